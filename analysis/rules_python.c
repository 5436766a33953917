#include "analysis/rule_node.h"

static void python_print(const struct rule_context *context, TSNode node) {
    rule_refuse(context, node, "missing parentheses: `print` and `exec` are functions")->remedy =
        REMEDY_PARENTHESES;
}

struct indentation {
    uint32_t columns, columns_narrow; /* with tabs of 8 and of 1, as CPython compares */
    bool begins_line;
};

static struct indentation indentation_of(const struct rule_context *context, uint32_t byte) {
    struct indentation indent = {.begins_line = true};
    uint32_t start = byte;
    int c;
    while (start > 0 && ((c = rule_byte(context, start - 1)) == ' ' || c == '\t' || c == '\f'))
        start--;
    if (start > 0 && (c = rule_byte(context, start - 1)) != '\n' && c != '\r') indent.begins_line = false;
    for (uint32_t i = start; i < byte; i++) {
        c = rule_byte(context, i);
        if (c == '\f') {
            indent.columns = indent.columns_narrow = 0;
        } else {
            indent.columns = c == '\t' ? (indent.columns / 8 + 1) * 8 : indent.columns + 1;
            indent.columns_narrow++;
        }
    }
    return indent;
}

static bool continues_line(const struct rule_context *context, uint32_t byte) {
    int c;
    while (byte > 0 && ((c = rule_byte(context, byte - 1)) == ' ' || c == '\t'))
        byte--;
    if (byte > 0 && rule_byte(context, byte - 1) == '\n') byte--;
    if (byte > 0 && rule_byte(context, byte - 1) == '\r') byte--;
    return byte > 0 && rule_byte(context, byte - 1) == '\\';
}

/* All statements of a block begin in one column; those of the file in the first. */
static void check_columns(const struct rule_context *context, TSNode block, bool is_module) {
    TSTreeCursor cursor = ts_tree_cursor_new(block);
    bool have_first = is_module;
    struct indentation first = {0};
    TSNode first_node = block;
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode child = ts_tree_cursor_current_node(&cursor);
            if (!ts_node_is_named(child) || ts_node_is_extra(child) || ts_node_is_missing(child)) continue;
            if (ts_node_is_error(child)) break; /* what follows an error is guesswork */
            struct indentation here = indentation_of(context, ts_node_start_byte(child));
            if (!here.begins_line || continues_line(context, ts_node_start_byte(child))) {
                if (!have_first) break; /* the block stands on its header's line */
                continue;
            }
            if (!have_first) {
                first = here;
                first_node = child;
                have_first = true;
            } else if (here.columns != first.columns && here.columns_narrow != first.columns_narrow) {
                struct rule_violation *violation = rule_violate(
                    context, ts_node_start_byte(child), ts_node_start_byte(child), FINDING_INDENTATION,
                    here.columns > first.columns ? "unexpected indentation"
                                                 : "indentation does not match the block around");
                violation->from_start = ts_node_start_byte(first_node) + context->offset;
                violation->from_end = violation->from_start + !is_module;
                break; /* the rest of the block is indented alike */
            }
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

static void python_module(const struct rule_context *context, TSNode node) {
    check_columns(context, node, true);
}

static void python_block(const struct rule_context *context, TSNode node) {
    TSNode owner = ts_node_parent(node);
    if (!ts_node_is_null(owner) && ts_node_has_error(owner))
        return; /* where a block ends is then guesswork */
    uint32_t named = ts_node_named_child_count(node);
    bool empty = true;
    for (uint32_t i = 0; i < named && empty; i++)
        empty = ts_node_is_extra(ts_node_named_child(node, i));
    if (empty) {
        TSNode before = ts_node_prev_sibling(node);
        while (!ts_node_is_null(before) && ts_node_is_extra(before))
            before = ts_node_prev_sibling(before);
        uint32_t at = ts_node_is_null(before) ? ts_node_start_byte(node) : ts_node_end_byte(before);
        rule_violate(context, at, at, FINDING_INDENTATION, "expected an indented block")->remedy =
            REMEDY_PASS;
        return;
    }
    check_columns(context, node, false);
}

static void python_arguments(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_named_child_count(node);
    bool keyword = false, unpacked = false;
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = ts_node_named_child(node, i);
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

static void python_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "and",      "as",      "assert", "break", "class",  "continue", "def",    "del",   "elif", "else",
        "except",   "finally", "for",    "from",  "global", "if",       "import", "in",    "is",   "lambda",
        "nonlocal", "not",     "or",     "pass",  "raise",  "return",   "try",    "while", "with", "yield"};
    if (RULE_IS_WORD(context, node, words)) rule_refuse_word(context, node);
}

const struct rule rules_python[] = {{"identifier", python_identifier},
                                    {"print_statement", python_print},
                                    {"exec_statement", python_print},
                                    {"module", python_module},
                                    {"block", python_block},
                                    {"argument_list", python_arguments},
                                    {NULL, NULL}};
