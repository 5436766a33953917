#include "analysis/rules_python.h"

#include <string.h>

#define ABOVE_MAX 8 /* nodes above one where an error is looked for */

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

static void refuse_column(const struct rule_context *context, TSNode node, TSNode like, const char *message) {
    uint32_t at = ts_node_start_byte(node);
    struct rule_violation *violation = rule_violate(context, at, at, FINDING_INDENTATION, message);
    if (ts_node_is_null(like)) return;
    violation->from_start = ts_node_start_byte(like) + context->offset;
    violation->from_end = violation->from_start + 1;
}

static const char mixed[] = "tabs and spaces are mixed so that the indentation depends on the width of a tab";

/* What begins a line stands in the column of another line; NULL when it does. */
static const char *differs(struct indentation here, struct indentation like) {
    if (here.columns == like.columns) return here.columns_narrow == like.columns_narrow ? NULL : mixed;
    return here.columns > like.columns ? "unexpected indentation"
                                       : "indentation does not match the block around";
}

/* All statements of a block begin in one column; those of the file in the first. A block is deeper than its
 * owner. */
static void check_columns(const struct rule_context *context, TSNode block, TSNode owner) {
    TSTreeCursor cursor = ts_tree_cursor_new(block);
    bool is_module = ts_node_is_null(owner), have_first = is_module;
    struct indentation first = {0};
    TSNode first_node = {0};
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
                struct indentation outer = indentation_of(context, ts_node_start_byte(owner));
                if (!outer.begins_line || here.columns_narrow > outer.columns_narrow) continue;
                refuse_column(context, child, owner, mixed);
                break;
            }
            const char *message = differs(here, first);
            if (!message) continue;
            refuse_column(context, child, first_node, message);
            break; /* the rest of the block is indented alike */
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

void python_module(const struct rule_context *context, TSNode node) {
    check_columns(context, node, (TSNode){0});
}

void python_block(const struct rule_context *context, TSNode node) {
    TSNode owner = rule_above(context, 0);
    if (ts_node_is_null(owner) || ts_node_has_error(owner)) return; /* where a block ends is then guesswork */
    if (rule_named_count(node) == 0) {
        TSNode before = rule_beside(owner, node, -1);
        while (!ts_node_is_null(before) && ts_node_is_extra(before))
            before = rule_beside(owner, before, -1);
        uint32_t at = ts_node_is_null(before) ? ts_node_start_byte(node) : ts_node_end_byte(before);
        rule_violate(context, at, at, FINDING_INDENTATION, "expected an indented block")->remedy =
            REMEDY_PASS;
        return;
    }
    check_columns(context, node, owner);
}

/* Is there a line end that no backslash takes back? */
static bool ends_line(const struct rule_context *context, uint32_t start, uint32_t end) {
    for (uint32_t byte = start; byte < end; byte++) {
        if (rule_byte(context, byte) != '\n') continue;
        uint32_t before = byte;
        if (before > start && rule_byte(context, before - 1) == '\r') before--;
        if (before == start || rule_byte(context, before - 1) != '\\') return true;
    }
    return false;
}

struct node_list {
    VEC_FIELDS(TSNode);
};

/* Whether an error stands before the node on its line. */
static bool follows_error(TSNode node) {
    uint32_t row = ts_node_start_point(node).row;
    for (int depth = 0; depth < ABOVE_MAX && !ts_node_is_null(node); depth++) {
        TSNode before = ts_node_prev_sibling(node);
        if (!ts_node_is_null(before)) return ts_node_is_error(before) && ts_node_end_point(before).row == row;
        node = ts_node_parent(node);
    }
    return false;
}

/* The first line end between two children outside of brackets; children that reach over lines are looked
 * into. A compound statement's lines end where its colon is. */
static bool check_gaps(const struct rule_context *context, TSNode node, bool compound,
                       struct node_list *inner) {
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool found = false;
    uint32_t depth = 0, last_end = 0, last_row = 0;
    bool first = true, after_extra = false, after_colon = false;
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode child = ts_tree_cursor_current_node(&cursor);
            const char *type = ts_node_type(child);
            bool token = !ts_node_is_named(child) && type[0] && !type[1];
            uint32_t row = ts_node_start_point(child).row;
            if (!first && !depth && row != last_row &&
                ends_line(context, last_end, ts_node_start_byte(child))) {
                struct rule_violation *violation =
                    rule_violate(context, last_end, last_end, FINDING_UNEXPECTED_TOKEN,
                                 "the line ends in the middle of a statement");
                /* The line rather begins with a misspelt keyword: then the next one is not a part of it. */
                violation->misplaced = after_colon || follows_error(node);
                if (!ts_node_is_extra(child) && !after_extra)
                    rule_write(context, violation, last_end, ts_node_start_byte(child), " ");
                found = true;
                break;
            }
            if (token && (*type == '(' || *type == '[' || *type == '{')) depth++;
            if (token && depth && (*type == ')' || *type == ']' || *type == '}')) depth--;
            if (compound && token && *type == ':') break;
            first = false;
            after_extra = ts_node_is_extra(child);
            after_colon = token && *type == ':';
            last_end = ts_node_end_byte(child);
            last_row = ts_node_end_point(child).row;
            if (!depth && last_row != row && ts_node_is_named(child) && strcmp(type, "string"))
                vec_push(inner, child);
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

void python_lines(const struct rule_context *context, TSNode node) {
    if (ts_node_start_point(node).row == ts_node_end_point(node).row || ts_node_has_error(node)) return;
    static const char *const compound[] = {"if_statement",
                                           "elif_clause",
                                           "else_clause",
                                           "while_statement",
                                           "for_statement",
                                           "with_statement",
                                           "except_clause",
                                           "finally_clause",
                                           "case_clause",
                                           "match_statement",
                                           "function_definition",
                                           "class_definition",
                                           NULL};
    struct node_list inner = {0};
    bool found = check_gaps(context, node, rule_is_one_of(node, compound), &inner);
    for (size_t i = 0; i < inner.count && !found; i++)
        found = check_gaps(context, inner.items[i], false, &inner);
    vec_finish(&inner);
}

/* else, except and their like stand in the column of their statement. */
void python_clause(const struct rule_context *context, TSNode node) {
    python_lines(context, node);
    TSNode owner = rule_above(context, 0);
    if (ts_node_is_null(owner) || ts_node_has_error(owner)) return;
    struct indentation here = indentation_of(context, ts_node_start_byte(node));
    struct indentation like = indentation_of(context, ts_node_start_byte(owner));
    if (!here.begins_line || !like.begins_line) return;
    const char *message = differs(here, like);
    if (message) refuse_column(context, node, owner, message);
}
