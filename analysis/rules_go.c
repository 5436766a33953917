#include "analysis/rule_node.h"

#include <ctype.h>

static uint32_t row_of(TSNode node) {
    return ts_node_start_point(node).row;
}

/* ---- the file ---- */

/* A block behind a head of its own line is a function whose brace has slipped. */
static void refuse_item(const struct rule_context *context, TSNode before, TSNode node) {
    uint32_t start = ts_node_start_byte(node);
    TSNode first = ts_node_child(node, 0);
    if (rule_is(node, "block") && rule_is(before, "function_declaration") &&
        ts_node_is_null(rule_field(before, "body"))) {
        struct rule_violation *violation =
            rule_violate(context, start, start + 1, FINDING_NOT_ALLOWED,
                         "the `{` of a function stands in the line of its head");
        rule_write(context, violation, ts_node_end_byte(before), start, " ");
    } else if (rule_is(node, "expression_statement") && rule_is(first, "func_literal")) {
        uint32_t at = ts_node_end_byte(ts_node_child(first, 0));
        rule_violate(context, at, at, FINDING_MISSING_TOKEN, "missing name of the function");
    } else if (ts_node_is_null(before) && context->offset == 0 && rule_is(node, "expression_statement") &&
               rule_is(first, "identifier")) {
        rule_write(context, rule_violate(context, start, start, FINDING_MISSING_TOKEN, "missing `package`"),
                   start, start, "package ");
    } else {
        rule_misplaced(context, node, "a statement outside of a function");
    }
}

static void go_file(const struct rule_context *context, TSNode node) {
    static const char *const items[] = {
        "package_clause",    "import_declaration", "function_declaration", "method_declaration",
        "const_declaration", "var_declaration",    "type_declaration",     NULL};
    TSNode before = {0};
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_error(child)) break;
        if (!ts_node_is_named(child) || ts_node_is_extra(child)) continue;
        if (!rule_is_one_of(child, items)) {
            refuse_item(context, before, child);
            break;
        }
        /* Declarations alone are a fragment, which gofmt takes; imports are a file's. */
        if (ts_node_is_null(before) && context->offset == 0 && rule_is(child, "import_declaration")) {
            uint32_t start = ts_node_start_byte(child);
            struct rule_violation *violation =
                rule_violate(context, start, start, FINDING_MISSING_TOKEN, "missing `package`");
            violation->misplaced = true;
            rule_write(context, violation, start, start, "package main\n\n");
            break;
        }
        before = child;
    }
    ts_tree_cursor_delete(&cursor);
}

/* ---- statements ---- */

static void go_start(const struct rule_context *context, TSNode node) {
    TSNode call = rule_named(node, 0);
    if (ts_node_is_null(call) || ts_node_has_error(node) || rule_is(call, "call_expression") ||
        ts_node_is_extra(call))
        return;
    bool defer = rule_is(node, "defer_statement");
    if (rule_is(call, "parenthesized_expression")) {
        rule_refuse(context, call,
                    defer ? "the call behind `defer` stands without parentheses"
                          : "the call behind `go` stands without parentheses");
        return;
    }
    if (rule_is(call, "type_conversion_expression")) return;
    uint32_t end = ts_node_end_byte(call);
    struct rule_violation *violation =
        rule_violate(context, end, end, FINDING_MISSING_TOKEN,
                     defer ? "`defer` needs a call: missing `()`" : "`go` needs a call: missing `()`");
    violation->misplaced = true; /* in a broken text its parentheses may lie in the error */
    rule_write(context, violation, end, end, "()");
}

static void go_range(const struct rule_context *context, TSNode node) {
    TSNode left = rule_field(node, "left");
    if (rule_is(left, "expression_list") && rule_named_count(left) > 2 && !ts_node_has_error(node))
        rule_refuse(context, left, "`range` has at most two variables");
}

/* The line end behind the names ends the declaration. */
static void go_var(const struct rule_context *context, TSNode node) {
    TSNode type = rule_field(node, "type");
    if (ts_node_is_null(type) || ts_node_has_error(node)) return;
    TSNode before = ts_node_prev_sibling(type);
    if (ts_node_is_null(before) || ts_node_is_extra(before) || ts_node_end_point(before).row == row_of(type))
        return;
    uint32_t at = ts_node_end_byte(before);
    rule_violate(context, at, at, FINDING_MISSING_TOKEN, "a variable needs a type or a value in its line");
}

/* Nothing ends a label before `case`: a line end makes no semicolon behind its colon. */
static void go_label(const struct rule_context *context, TSNode node) {
    static const char *const clauses[] = {"expression_case", "type_case", "communication_case",
                                          "default_case", NULL};
    TSNode list = rule_above(context, 0), clause = rule_above(context, 1);
    if (rule_named_count(node) > 1 || ts_node_has_error(node) || !rule_is(list, "statement_list") ||
        !rule_is_one_of(clause, clauses))
        return;
    TSNode next = ts_node_next_sibling(node), behind = ts_node_next_named_sibling(clause);
    while (!ts_node_is_null(behind) && ts_node_is_extra(behind))
        behind = ts_node_next_named_sibling(behind);
    if (!ts_node_is_null(next) || !rule_is_one_of(behind, clauses)) return;
    uint32_t at = ts_node_end_byte(node);
    rule_write(context,
               rule_violate(context, at, at, FINDING_MISSING_TOKEN, "missing `;` between a label and `case`"),
               at, at, ";");
}

/* ---- lists ---- */

/* A line end behind a value ends a statement: a comma has to stand before it. */
static void go_list(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_child_count(node);
    if (count < 3 || row_of(node) == ts_node_end_point(node).row || ts_node_has_error(node)) return;
    TSNode close = ts_node_child(node, count - 1), last = {0};
    for (uint32_t i = count - 1; i-- > 1 && ts_node_is_null(last);) {
        TSNode child = ts_node_child(node, i);
        if (!ts_node_is_extra(child)) last = child;
    }
    if (ts_node_is_null(last) || rule_is(last, ",") || ts_node_end_point(last).row == row_of(close)) return;
    uint32_t at = ts_node_end_byte(last);
    struct rule_violation *violation =
        rule_violate(context, at, at, FINDING_MISSING_TOKEN, "missing `,` before the end of the line");
    rule_write(context, violation, at, at, ",");
}

/* Either all parameters have names or none has. */
static void go_parameters(const struct rule_context *context, TSNode node) {
    static const char *const parameters[] = {"parameter_declaration", "variadic_parameter_declaration", NULL};
    go_list(context, node);
    if (ts_node_has_error(node)) return;
    TSNode unnamed = {0}, type_only = {0};
    bool named = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (!rule_is_one_of(child, parameters)) continue;
        bool plain =
            rule_is(rule_field(child, "type"), "type_identifier") && rule_is(child, "parameter_declaration");
        if (!ts_node_is_null(rule_field(child, "name"))) {
            named = true;
            unnamed = (TSNode){0}; /* names before a name share its type */
        } else if (!plain && ts_node_is_null(type_only)) {
            type_only = child;
        } else if (plain && ts_node_is_null(unnamed)) {
            unnamed = child;
        }
    }
    ts_tree_cursor_delete(&cursor);
    if (ts_node_is_null(unnamed)) unnamed = type_only;
    if (named && !ts_node_is_null(unnamed))
        rule_refuse(context, unnamed, "a parameter without a name or a type among others with both");
}

static void go_escape(const struct rule_context *context, TSNode node) {
    if (rule_is(rule_above(context, 0), "interpreted_string_literal") && rule_text_is(context, node, "\\'"))
        rule_write(context, rule_refuse(context, node, "a string has no escape `\\'`"),
                   ts_node_start_byte(node), ts_node_start_byte(node) + 1, "");
}

/* Behind a condition or a clause the line end is a semicolon (spec, Semicolons), and the block is missing. */
static void go_block(const struct rule_context *context, TSNode node) {
    static const char *const owners[] = {"if_statement", "for_statement", NULL};
    TSNode before = ts_node_prev_sibling(node);
    if (!rule_is_one_of(rule_above(context, 0), owners) || ts_node_is_null(before)) return;
    if (!ts_node_is_named(before) || ts_node_is_extra(before) || ts_node_has_error(before)) return;
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(before);
    if (ts_node_end_point(before).row == ts_node_start_point(node).row) return;
    for (uint32_t byte = end; byte < start; byte++)
        if (!isspace(rule_byte(context, byte))) return; /* `for a; b;`: no semicolon is added */
    rule_write(context,
               rule_violate(context, start, start + 1, FINDING_NOT_ALLOWED,
                            "the `{` stands in the line of its head"),
               end, start, " ");
}

const struct rule rules_go[] = {{"source_file", go_file},          {"go_statement", go_start},
                                {"defer_statement", go_start},     {"block", go_block},
                                {"range_clause", go_range},        {"var_spec", go_var},
                                {"literal_value", go_list},        {"argument_list", go_list},
                                {"parameter_list", go_parameters}, {"escape_sequence", go_escape},
                                {"labeled_statement", go_label},   {NULL, NULL}};
