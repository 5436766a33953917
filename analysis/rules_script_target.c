#include "analysis/rules_script.h"

#define CHAIN_MAX 32 /* members of one target that are looked through */

/* ---- assignment ---- */

static bool has_optional_chain(TSNode target) {
    static const char *const members[] = {"member_expression", "subscript_expression", "call_expression",
                                          NULL};
    for (int i = 0; i < CHAIN_MAX && rule_is_one_of(target, members); i++) {
        if (!ts_node_is_null(rule_field(target, "optional_chain"))) return true;
        TSNode object = rule_field(target, "object");
        target = ts_node_is_null(object) ? rule_field(target, "function") : object;
        if (ts_node_is_null(target)) break;
    }
    return false;
}

static const char not_assignable[] = "an expression cannot be assigned to; `==` and `===` compare";

/* `a + b = c`: the grammar reads `a + (b = c)`; `await using b = c` likewise, which is a declaration. */
void script_assignment(const struct rule_context *context, TSNode node) {
    static const char *const operators[] = {"unary_expression", "binary_expression", "await_expression",
                                            "update_expression", NULL};
    TSNode above = rule_above(context, 0), left = rule_field(node, "left");
    if (ts_node_has_error(node) || !rule_is_one_of(above, operators)) return;
    if (rule_is(above, "await_expression") && !ts_node_is_null(rule_child(node, "using"))) return;
    if (ts_node_start_byte(node) > ts_node_start_byte(above))
        rule_violate(context, ts_node_start_byte(above), ts_node_end_byte(left), FINDING_NOT_ALLOWED,
                     not_assignable);
}

void javascript_assignment(const struct rule_context *context, TSNode node) {
    static const char *const targets[] = {
        "identifier",      "member_expression",        "subscript_expression",
        "call_expression", "parenthesized_expression", NULL};
    script_assignment(context, node);
    TSNode left = rule_field(node, "left");
    if (ts_node_has_error(node)) return;
    if (rule_is(left, "parenthesized_expression")) {
        TSNode inner = left;
        for (int i = 0; i < CHAIN_MAX && rule_is(inner, "parenthesized_expression"); i++) {
            TSNode next = rule_named(inner, 0);
            if (ts_node_is_null(next)) return;
            inner = next;
        }
        if (!rule_is_one_of(inner, targets) && !ts_node_is_extra(inner) && ts_node_is_named(inner))
            rule_refuse(context, left, not_assignable);
    } else if (has_optional_chain(left)) {
        rule_refuse(context, left, "what is reached through `?.` cannot be assigned to");
    }
}

static void refuse_constant(const struct rule_context *context, TSNode name, TSNode declaration) {
    TSNode kind = rule_field(declaration, "kind");
    struct rule_violation *violation = rule_refuse(context, name, "a constant needs a value");
    violation->misplaced = true; /* in a broken text its value may lie in the error */
    rule_write(context, violation, ts_node_start_byte(kind), ts_node_end_byte(kind), "let");
}

void script_declarator(const struct rule_context *context, TSNode node) {
    static const char *const patterns[] = {"object_pattern", "array_pattern", NULL};
    if (ts_node_has_error(node) || !ts_node_is_null(rule_field(node, "value"))) return;
    TSNode name = rule_field(node, "name"), declaration = rule_above(context, 0);
    if (rule_is_one_of(name, patterns))
        rule_refuse(context, name, "what is taken apart needs a value");
    else if (rule_is(rule_field(declaration, "kind"), "const"))
        refuse_constant(context, name, declaration);
}

void script_for_in(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    TSNode await = rule_child(node, "await");
    if (!ts_node_is_null(await)) script_refuse_await(context, await);
    TSNode operator= rule_field(node, "operator"), kind = rule_field(node, "kind"),
           left = rule_field(node, "left");
    TSNode sign = rule_child(node, "=");
    bool allowed = rule_is(operator, "in") && rule_is(kind, "var") && rule_is(left, "identifier");
    if (!ts_node_is_null(sign) && !allowed)
        rule_refuse(context, sign, "the variable of a loop over values has no value of its own");
    if (rule_is(left, "parenthesized_expression")) {
        static const char *const patterns[] = {"object", "array", "object_pattern", "array_pattern", NULL};
        TSNode inner = rule_named(left, 0);
        if (rule_is_one_of(inner, patterns))
            rule_refuse(context, left, "a pattern stands without parentheses");
    }
}

/* ---- patterns ---- */

/* Only arrays have holes. */
void script_holes(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    const char *message = rule_is(node, "arguments") ? "missing argument before `,`"
                          : rule_is(node, "object")  ? "missing property before `,`"
                                                     : "missing name before `,`";
    bool empty = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_extra(child)) continue;
        bool comma = rule_is(child, ",");
        if (comma && empty) {
            rule_refuse(context, child, message)->remedy = REMEDY_REMOVE;
            break;
        }
        empty = comma || rule_is(child, "(") || rule_is(child, "{");
    }
    ts_tree_cursor_delete(&cursor);
}

/* A rest takes what is left: nothing follows it. */
void script_pattern(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    TSNode rest = {0};
    if (rule_is(node, "object_pattern")) script_holes(context, node);
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (rule_is(child, ",") && !ts_node_is_null(rest)) {
            rule_refuse(context, child, "nothing follows a `...`");
            break;
        }
        if (rule_is(child, "rest_pattern")) rest = child;
    }
    ts_tree_cursor_delete(&cursor);
}

/* Parameters are names, not places. */
void script_parameters(const struct rule_context *context, TSNode node) {
    static const char *const containers[] = {"formal_parameters", "object_pattern", "array_pattern",
                                             "rest_pattern", NULL};
    static const char *const places[] = {"member_expression", "subscript_expression", NULL};
    script_pattern(context, node);
    if (ts_node_has_error(node)) return;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    for (bool more = true; more;) {
        TSNode inner = ts_tree_cursor_current_node(&cursor);
        bool pair = rule_is(inner, "pair_pattern");
        if (rule_is_one_of(inner, places)) {
            rule_refuse(context, inner, "a parameter is a name");
            break;
        }
        if (rule_is_one_of(inner, containers) && ts_tree_cursor_goto_first_child(&cursor)) continue;
        if (pair && ts_tree_cursor_goto_last_child(&cursor)) continue;
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor))
            more = ts_tree_cursor_goto_parent(&cursor);
    }
    ts_tree_cursor_delete(&cursor);
}

void script_accessor(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    TSNode parameters = rule_field(node, "parameters");
    if (ts_node_is_null(parameters)) return;
    uint32_t count = 0, all = rule_named_count(parameters);
    for (uint32_t i = 0; i < all; i++)
        count += !ts_node_is_extra(rule_named(parameters, i));
    if (count && !ts_node_is_null(rule_child(node, "get")))
        rule_refuse(context, parameters, "a getter has no parameters");
    else if (count != 1 && !ts_node_is_null(rule_child(node, "set")))
        rule_refuse(context, parameters, "a setter has one parameter");
}

/* ---- operators ---- */

static void parenthesise_arrow(const struct rule_context *context, TSNode node) {
    struct rule_violation *violation = rule_refuse(context, node, "an arrow function needs parentheses here");
    rule_write(context, violation, ts_node_start_byte(node), ts_node_start_byte(node), "(");
    rule_write(context, violation, ts_node_end_byte(node), ts_node_end_byte(node), ")");
}

/* Behind an operator. */
void script_arrow(const struct rule_context *context, TSNode node) {
    static const char *const operators[] = {"unary_expression", "binary_expression", NULL};
    TSNode above = rule_above(context, 0);
    if (rule_is_one_of(above, operators) && !ts_node_has_error(above) &&
        ts_node_start_byte(node) > ts_node_start_byte(above))
        parenthesise_arrow(context, node);
}

/* Nothing goes on behind a block: what stands in the next line begins another statement. */
static bool ends_statement(TSNode above, TSNode arrow) {
    TSNode next = rule_beside(above, arrow, 1);
    return rule_is(rule_field(arrow, "body"), "statement_block") && !ts_node_is_null(next) &&
           ts_node_start_point(next).row > ts_node_end_point(arrow).row;
}

/* Before one too, and `=>` stands in the line of its parameters. */
void javascript_arrow(const struct rule_context *context, TSNode node) {
    static const char *const operators[] = {"unary_expression", "binary_expression", "call_expression",
                                            "member_expression", NULL};
    TSNode above = rule_above(context, 0), sign = rule_child(node, "=>");
    bool operand = rule_is_one_of(above, operators) && !ts_node_has_error(above);
    if (operand && !ends_statement(above, node)) parenthesise_arrow(context, node);
    if (ts_node_is_null(sign) || ts_node_has_error(node)) return;
    TSNode before = rule_beside(node, sign, -1);
    if (ts_node_is_null(before) || ts_node_is_extra(before)) return;
    if (ts_node_end_point(before).row == ts_node_start_point(sign).row) return;
    rule_write(context, rule_refuse(context, sign, "`=>` stands in the line of its parameters"),
               ts_node_end_byte(before), ts_node_start_byte(sign), " ");
}

void script_coalesce(const struct rule_context *context, TSNode node) {
    TSNode above = rule_above(context, 0);
    if (!rule_is(above, "binary_expression") || ts_node_has_error(above)) return;
    TSNode inner = rule_field(node, "operator"), outer = rule_field(above, "operator");
    bool inner_logical = rule_is(inner, "||") || rule_is(inner, "&&");
    bool outer_logical = rule_is(outer, "||") || rule_is(outer, "&&");
    if (!(rule_is(inner, "??") && outer_logical) && !(rule_is(outer, "??") && inner_logical)) return;
    struct rule_violation *violation =
        rule_refuse(context, node, "`??` beside `||` or `&&` needs parentheses");
    rule_write(context, violation, ts_node_start_byte(node), ts_node_start_byte(node), "(");
    rule_write(context, violation, ts_node_end_byte(node), ts_node_end_byte(node), ")");
}
