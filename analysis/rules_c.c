#include "analysis/rule_node.h"

#include <ctype.h>

/* Macros take keywords as arguments, so an argument may be one. */
static void c_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {"else",     "if",   "for",     "while",  "do",
                                        "switch",   "case", "default", "return", "break",
                                        "continue", "goto", "typedef", "sizeof"};
    if (!RULE_IS_WORD(context, node, words)) return;
    TSNode parent = ts_node_parent(node);
    if (ts_node_is_null(parent) || !rule_is(parent, "argument_list")) rule_refuse_word(context, node);
}

/* A call or a name may be a macro that declares something; other expressions declare nothing. */
static bool is_stray_expression(TSNode node) {
    if (!rule_is(node, "expression_statement")) return false;
    TSNode expression = ts_node_named_child(node, 0);
    return !ts_node_is_null(expression) && !rule_is(expression, "call_expression") &&
           !rule_is(expression, "identifier") && !ts_node_is_extra(expression);
}

static void c_translation_unit(const struct rule_context *context, TSNode node) {
    static const char *const statements[] = {
        "return_statement", "for_statement",  "while_statement", "do_statement",       "switch_statement",
        "if_statement",     "goto_statement", "break_statement", "continue_statement", NULL};
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode child = ts_tree_cursor_current_node(&cursor);
            if (ts_node_is_error(child)) break; /* an unbalanced brace: what is outside is guesswork */
            if (!rule_is_one_of(child, statements) && !is_stray_expression(child)) continue;
            rule_violate(context, ts_node_start_byte(child), ts_node_start_byte(child), FINDING_NOT_ALLOWED,
                         "a statement outside of a function");
            break;
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

/* A macro's name is upper case or has an underscore before or after; a variable beside a string is a lost
 * comma. */
static void c_concatenated_string(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_named_child_count(node);
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = ts_node_named_child(node, i);
        if (!rule_is(child, "identifier")) continue;
        bool lower = true;
        for (uint32_t byte = ts_node_start_byte(child); byte < ts_node_end_byte(child); byte++) {
            int c = rule_byte(context, byte);
            lower &= islower(c) || (isdigit(c) && byte > ts_node_start_byte(child));
        }
        if (lower)
            rule_violate(context, ts_node_start_byte(child), ts_node_end_byte(child), FINDING_MISSING_TOKEN,
                         "missing `,` or operator between a string and a name");
    }
}

const struct rule rules_c[] = {{"concatenated_string", c_concatenated_string},
                               {"identifier", c_identifier},
                               {"type_identifier", c_identifier},
                               {"translation_unit", c_translation_unit},
                               {NULL, NULL}};
