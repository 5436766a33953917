#include "analysis/rules_python.h"

#include <ctype.h>

static void python_print(const struct rule_context *context, TSNode node) {
    python_lines(context, node);
    rule_refuse(context, node, "missing parentheses: `print` and `exec` are functions")->remedy =
        REMEDY_PARENTHESES;
}

static void python_arguments(const struct rule_context *context, TSNode node) {
    if (rule_is(ts_node_child(node, 1), ",")) {
        rule_refuse(context, ts_node_child(node, 1), "missing argument before `,`")->remedy = REMEDY_REMOVE;
        return;
    }
    uint32_t count = rule_named_count(node);
    bool keyword = false, unpacked = false;
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = rule_named(node, i);
        if (ts_node_is_extra(child)) continue;
        if (rule_is(child, "keyword_argument")) {
            keyword = true;
        } else if (rule_is(child, "dictionary_splat")) {
            unpacked = true;
        } else if (rule_is(child, "list_splat")) {
            if (!unpacked) continue;
            rule_refuse(context, child, "`*` argument after `**` argument");
            return;
        } else if (keyword || unpacked) {
            rule_refuse(context, child, "positional argument after keyword argument");
            return;
        }
    }
}

/* What is wrong with the order of the parameters in front of each other. */
struct parameters {
    bool star, bare_star, double_star, slash, has_default, any;
};

static const char no_default[] = "a parameter without a default follows one with a default";

static const char *refused_parameter(struct parameters *seen, TSNode node) {
    static const char *const defaults[] = {"default_parameter", "typed_default_parameter", NULL};
    TSNode inner = rule_is(node, "typed_parameter") ? rule_named(node, 0) : node;
    bool star = rule_is(inner, "list_splat_pattern"), bare = rule_is(node, "keyword_separator");
    bool double_star = rule_is(inner, "dictionary_splat_pattern");
    if (seen->double_star) return "nothing follows a `**` parameter";
    if (rule_is(inner, "tuple_pattern")) return "a parameter is a name, without parentheses";
    if (star || bare) {
        if (seen->star) return "there is one `*` among the parameters";
        seen->star = true;
        seen->bare_star = bare;
        return NULL;
    }
    if (double_star) {
        seen->double_star = true;
        return seen->bare_star ? "`*` is followed by a parameter with a name" : NULL;
    }
    if (rule_is(node, "positional_separator")) {
        if (seen->slash) return "there is one `/` among the parameters";
        if (seen->star) return "`/` stands before `*`";
        seen->slash = true;
        return seen->any ? NULL : "`/` follows a parameter";
    }
    seen->any = true;
    seen->bare_star = false;
    if (rule_is_one_of(node, defaults))
        seen->has_default = true;
    else if (seen->has_default && !seen->star)
        return no_default;
    return NULL;
}

static void python_parameters(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    struct parameters seen = {0};
    TSNode last_star = {0};
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (!ts_node_is_named(child) || ts_node_is_extra(child)) continue;
        if (rule_is(child, "keyword_separator")) last_star = child;
        const char *message = refused_parameter(&seen, child);
        if (!message) continue;
        struct rule_violation *violation = rule_refuse(context, child, message);
        if (message == no_default) {
            bool typed = rule_is(child, "typed_parameter");
            rule_write(context, violation, ts_node_end_byte(child), ts_node_end_byte(child),
                       typed ? " = None" : "=None");
        }
        seen.bare_star = false;
        break;
    }
    ts_tree_cursor_delete(&cursor);
    if (seen.bare_star) rule_refuse(context, last_star, "`*` is followed by a parameter with a name");
}

/* `for` of a comprehension takes one value. */
static void python_for_in(const struct rule_context *context, TSNode node) {
    bool in = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        in |= rule_is(child, "in");
        if (!in || !rule_is(child, ",")) continue;
        bool call = rule_is(rule_above(context, 0), "generator_expression") &&
                    rule_is(rule_above(context, 1), "call");
        struct rule_violation *violation =
            rule_refuse(context, child,
                        call ? "a generator beside other arguments needs parentheses"
                             : "values after `in` need parentheses around them");
        if (call || ts_node_has_error(node)) break;
        TSNode first = rule_field(node, "right");
        rule_write(context, violation, ts_node_start_byte(first), ts_node_start_byte(first), "(");
        rule_write(context, violation, ts_node_end_byte(node), ts_node_end_byte(node), ")");
        break;
    }
    ts_tree_cursor_delete(&cursor);
}

static void python_raise(const struct rule_context *context, TSNode node) {
    python_lines(context, node);
    if (ts_node_has_error(node)) return;
    TSNode first = rule_named(node, 0);
    if (rule_is(first, "expression_list")) {
        struct rule_violation *violation =
            rule_refuse(context, first, "`raise` takes one exception; its arguments go in parentheses");
        TSNode comma = ts_node_child(first, 1), argument = ts_node_child(first, 2);
        if (ts_node_child_count(first) != 3 || !rule_is(ts_node_child(first, 0), "identifier")) return;
        rule_write(context, violation, ts_node_start_byte(comma), ts_node_start_byte(argument), "(");
        rule_write(context, violation, ts_node_end_byte(argument), ts_node_end_byte(argument), ")");
        return;
    }
    TSNode cause = rule_field(node, "cause");
    if (!ts_node_is_null(cause) && ts_node_eq(cause, first))
        rule_refuse(context, node, "`raise ... from` needs an exception before `from`");
}

static void python_except(const struct rule_context *context, TSNode node) {
    python_clause(context, node);
    if (ts_node_has_error(node)) return;
    static const char parentheses[] =
        "several exceptions need parentheses; a name for the exception follows `as`";
    TSNode comma = rule_child(node, ","), star = rule_child(node, "*"), value = rule_field(node, "value");
    if (!ts_node_is_null(star) && ts_node_is_null(value)) {
        rule_refuse(context, star, "`except*` needs an exception");
        return;
    }
    TSNode alias = rule_is(value, "as_pattern") ? rule_field(value, "alias") : value;
    TSNode name = rule_is(value, "as_pattern") && !ts_node_is_null(alias) ? rule_named(alias, 0) : alias;
    if (rule_is(value, "as_pattern") && !ts_node_is_null(name) && !rule_is(name, "identifier"))
        rule_refuse(context, name, "an exception gets a plain name after `as`");
    if (ts_node_is_null(comma)) return;
    struct rule_violation *violation = rule_refuse(context, comma, parentheses);
    /* Python 2 wrote `except Error, name`; names of exceptions are upper case. */
    TSNode second = ts_node_next_named_sibling(comma);
    if (rule_is(second, "identifier") && islower(rule_byte(context, ts_node_start_byte(second))) &&
        !rule_is(ts_node_next_sibling(second), ","))
        rule_write(context, violation, ts_node_start_byte(comma), ts_node_end_byte(comma), " as");
}

static void python_try(const struct rule_context *context, TSNode node) {
    static const char *const handlers[] = {"except_clause", "except_group_clause", "finally_clause", NULL};
    if (ts_node_has_error(node)) return;
    TSNode body = rule_field(node, "body");
    bool handled = false, plain = false, group = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        handled |= rule_is_one_of(child, handlers);
        if (!rule_is(child, "except_clause")) continue;
        bool star = !ts_node_is_null(rule_child(child, "*"));
        plain |= !star;
        group |= star;
        if (!plain || !group) continue;
        rule_violate(context, ts_node_start_byte(child), ts_node_start_byte(child) + 6, FINDING_NOT_ALLOWED,
                     "a `try` has either `except` or `except*`");
        break;
    }
    ts_tree_cursor_delete(&cursor);
    if (handled || ts_node_is_null(body)) return;
    uint32_t start = ts_node_start_byte(node);
    struct rule_violation *violation = rule_violate(context, start, start + 3, FINDING_MISSING_TOKEN,
                                                    "`try` needs an `except` or a `finally`");
    TSNode otherwise = rule_child(node, "else_clause");
    if (ts_node_is_null(otherwise)) {
        violation->remedy = REMEDY_EXCEPT;
        violation->from_end = ts_node_end_byte(body) + context->offset;
        violation->from_start = violation->from_end - 1;
    } else {
        start = ts_node_start_byte(otherwise);
        rule_write(context, violation, start, start + 4, "except");
    }
}

static void python_import_from(const struct rule_context *context, TSNode node) {
    python_lines(context, node);
    if (ts_node_has_error(node)) return;
    TSNode module = rule_field(node, "module_name"), last = {0};
    bool parentheses = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_extra(child)) continue;
        last = child;
        parentheses |= rule_is(child, "(");
        TSNode name = rule_is(child, "aliased_import") ? rule_field(child, "name") : child;
        if (!rule_is(name, "dotted_name") || ts_node_child_count(name) < 2) continue;
        if (!ts_node_is_null(module) && ts_node_eq(child, module)) continue;
        uint32_t dot = ts_node_start_byte(ts_node_child(name, 1)), end = ts_node_end_byte(name);
        struct rule_violation *violation =
            rule_violate(context, dot, end, FINDING_NOT_ALLOWED, "a name after `import` has no dots in it");
        if (ts_node_child_count(name) == 3 && rule_text_is(context, ts_node_child(name, 2), "py"))
            violation->remedy = REMEDY_REMOVE;
        break;
    }
    ts_tree_cursor_delete(&cursor);
    if (!more && !parentheses && rule_is(last, ","))
        rule_refuse(context, last, "a comma at the end of the names needs parentheses around them")->remedy =
            REMEDY_REMOVE;
}

static void python_comparison(const struct rule_context *context, TSNode node) {
    TSNode sign = rule_child(node, "<>");
    if (ts_node_is_null(sign)) return;
    rule_write(context, rule_refuse(context, sign, "`<>` is written `!=`"), ts_node_start_byte(sign),
               ts_node_end_byte(sign), "!=");
}

static void python_class_pattern(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    bool keyword = false;
    uint32_t count = rule_named_count(node);
    for (uint32_t i = 1; i < count; i++) {
        TSNode child = rule_named(node, i);
        if (!rule_is(child, "case_pattern")) continue;
        bool named = rule_is(rule_named(child, 0), "keyword_pattern");
        if (keyword && !named) {
            rule_refuse(context, child, "a pattern without a name follows one with a name");
            return;
        }
        keyword |= named;
    }
}

static void python_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "and",    "as",     "assert", "break",   "class",    "continue", "def",    "del",
        "elif",   "else",   "except", "finally", "for",      "from",     "global", "if",
        "import", "in",     "is",     "lambda",  "nonlocal", "not",      "or",     "pass",
        "raise",  "return", "try",    "while",   "with",     "yield",    "async",  "await"};
    if (RULE_IS_WORD(context, node, words)) rule_refuse_word(context, node);
}

/* ---- what CPython refuses after parsing ---- */

/* The nearest function or class above; a null node in the file itself. */
static TSNode scope_of(const struct rule_context *context, bool *ret_loop) {
    static const char *const scopes[] = {"function_definition", "class_definition", "lambda", NULL};
    static const char *const loops[] = {"for_statement", "while_statement", NULL};
    *ret_loop = false;
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode above = rule_above(context, level);
        if (rule_is_one_of(above, scopes)) return above;
        /* The `else` of a loop is outside of it. */
        bool in_else = level > 0 && rule_is(rule_above(context, level - 1), "else_clause");
        *ret_loop |= rule_is_one_of(above, loops) && !in_else;
    }
    return (TSNode){0};
}

static void python_return(const struct rule_context *context, TSNode node) {
    bool loop;
    python_lines(context, node);
    TSNode scope = scope_of(context, &loop);
    if (ts_node_is_null(scope) || rule_is(scope, "class_definition"))
        rule_advise(context, node, SEVERITY_WARNING, FINDING_NOT_ALLOWED, "`return` outside of a function");
}

static void python_jump(const struct rule_context *context, TSNode node) {
    bool loop;
    scope_of(context, &loop);
    if (!loop)
        rule_advise(context, node, SEVERITY_WARNING, FINDING_NOT_ALLOWED,
                    rule_is(node, "break_statement") ? "`break` outside of a loop"
                                                     : "`continue` outside of a loop");
}

const struct rule rules_python[] = {{"identifier", python_identifier},
                                    {"print_statement", python_print},
                                    {"exec_statement", python_print},
                                    {"module", python_module},
                                    {"block", python_block},
                                    {"argument_list", python_arguments},
                                    {"parameters", python_parameters},
                                    {"lambda_parameters", python_parameters},
                                    {"for_in_clause", python_for_in},
                                    {"raise_statement", python_raise},
                                    {"except_clause", python_except},
                                    {"except_group_clause", python_except},
                                    {"elif_clause", python_clause},
                                    {"else_clause", python_clause},
                                    {"finally_clause", python_clause},
                                    {"try_statement", python_try},
                                    {"import_from_statement", python_import_from},
                                    {"comparison_operator", python_comparison},
                                    {"class_pattern", python_class_pattern},
                                    {"delete_statement", python_delete},
                                    {"with_item", python_with_item},
                                    {"assignment", python_assignment},
                                    {"augmented_assignment", python_assignment},
                                    {"as_pattern", python_as},
                                    {"list_splat", python_star},
                                    {"list_splat_pattern", python_star},
                                    {"type", python_type},
                                    {"lambda", python_lambda},
                                    {"named_expression", python_named},
                                    {"integer", python_number},
                                    {"float", python_number},
                                    {"string", python_string},
                                    {"concatenated_string", python_concatenation},
                                    {"type_conversion", python_conversion},
                                    {"expression_statement", python_lines},
                                    {"return_statement", python_return},
                                    {"break_statement", python_jump},
                                    {"continue_statement", python_jump},
                                    {"assert_statement", python_lines},
                                    {"import_statement", python_lines},
                                    {"future_import_statement", python_lines},
                                    {"global_statement", python_lines},
                                    {"nonlocal_statement", python_lines},
                                    {"if_statement", python_lines},
                                    {"while_statement", python_lines},
                                    {"for_statement", python_lines},
                                    {"with_statement", python_lines},
                                    {"match_statement", python_lines},
                                    {"case_clause", python_lines},
                                    {"function_definition", python_lines},
                                    {"class_definition", python_lines},
                                    {NULL, NULL}};
