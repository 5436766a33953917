#include "analysis/rules_python.h"

#include <ctype.h>
#include <string.h>

/* ---- targets ---- */

enum target { TARGET_DELETE, TARGET_WITH };

/* What stands at a place for a name, in words; NULL when it can stand there. */
static const char *refused_target(TSNode node, enum target target) {
    static const char *const names[] = {"identifier", "attribute", "subscript", NULL};
    static const char *const literals[] = {"integer",  "float", "string", "concatenated_string",
                                           "ellipsis", NULL};
    static const char *const constants[] = {"true", "false", "none", NULL};
    bool deletes = target == TARGET_DELETE;
    if (rule_is_one_of(node, names)) return NULL;
    if (rule_is(node, "call")) return deletes ? "cannot delete a call" : "cannot assign to a call";
    if (rule_is_one_of(node, literals))
        return deletes ? "cannot delete a literal" : "cannot assign to a literal";
    if (rule_is_one_of(node, constants))
        return deletes ? "cannot delete a constant" : "cannot assign to a constant";
    if (rule_is(node, "list_splat")) return deletes ? "cannot delete with `*`" : "`*` has no place here";
    return deletes ? "cannot delete an expression" : "cannot assign to an expression";
}

/* The names in brackets and lists, without recursion: only containers are entered. */
static struct rule_violation *check_target(const struct rule_context *context, TSNode top,
                                           enum target target) {
    static const char *const containers[] = {"expression_list", "tuple", "list", "parenthesized_expression",
                                             NULL};
    struct rule_violation *violation = NULL;
    TSTreeCursor cursor = ts_tree_cursor_new(top);
    for (bool more = true; more;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool inside = rule_is_one_of(node, containers) ||
                      (target == TARGET_WITH && rule_is(node, "list_splat") && !ts_node_eq(node, top));
        if (inside && ts_tree_cursor_goto_first_child(&cursor)) continue;
        if (!inside && ts_node_is_named(node) && !ts_node_is_extra(node)) {
            const char *message = refused_target(node, target);
            if (message) {
                violation = rule_refuse(context, node, message);
                break;
            }
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor))
            more = ts_tree_cursor_goto_parent(&cursor);
    }
    ts_tree_cursor_delete(&cursor);
    return violation;
}

void python_delete(const struct rule_context *context, TSNode node) {
    python_lines(context, node);
    TSNode first = rule_named(node, 0);
    if (ts_node_is_null(first) || ts_node_has_error(node)) return;
    struct rule_violation *violation = check_target(context, first, TARGET_DELETE);
    if (violation && rule_is(first, "call"))
        rule_write(context, violation, ts_node_start_byte(node), ts_node_start_byte(first), "");
}

void python_with_item(const struct rule_context *context, TSNode node) {
    TSNode value = rule_field(node, "value");
    if (!rule_is(value, "as_pattern") || ts_node_has_error(node)) return;
    TSNode alias = rule_field(value, "alias");
    TSNode target = ts_node_is_null(alias) ? alias : rule_named(alias, 0);
    if (!ts_node_is_null(target)) check_target(context, target, TARGET_WITH);
}

static bool is_sequence(TSNode node) {
    static const char *const types[] = {"pattern_list", "tuple_pattern", "list_pattern", NULL};
    return rule_is_one_of(node, types);
}

/* `(x): int` is a single target, `(x,): int` is a tuple. */
static bool is_parenthesised(TSNode node) {
    return rule_is(node, "tuple_pattern") && rule_named_count(node) == 1 && ts_node_child_count(node) == 3;
}

void python_assignment(const struct rule_context *context, TSNode node) {
    TSNode left = rule_field(node, "left");
    if (ts_node_has_error(node)) return;
    bool augmented = rule_is(node, "augmented_assignment");
    TSNode above = rule_above(context, 0), colon = rule_child(node, ":");
    if ((rule_is(above, "assignment") || rule_is(above, "augmented_assignment")) && !ts_node_is_null(colon))
        rule_misplaced(context, colon, "a value has no type: only what is assigned to has");
    while (is_parenthesised(left))
        left = rule_named(left, 0);
    if (is_sequence(left)) {
        if (augmented)
            rule_refuse(context, left, "only one name can stand before an operator with `=`");
        else if (!ts_node_is_null(rule_field(node, "type")))
            rule_refuse(context, left, "only one name can have a type");
    }
}

/* ---- as, stars, := ---- */

void python_as(const struct rule_context *context, TSNode node) {
    enum { LEVELS = 4 };
    static const char *const places[] = {
        "with_item",    "with_clause", "except_clause", "except_group_clause", "case_clause",
        "case_pattern", NULL};
    if (ts_node_has_error(node)) return;
    for (size_t level = 0; level < LEVELS; level++)
        if (rule_is_one_of(rule_above(context, level), places)) return;
    rule_misplaced(context, node, "`as` has no place in an expression");
}

void python_star(const struct rule_context *context, TSNode node) {
    static const char *const never[] = {"parenthesized_expression", "slice",
                                        "list_comprehension",       "set_comprehension",
                                        "generator_expression",     NULL};
    static const char *const operators[] = {"boolean_operator", "comparison_operator", "not_operator",
                                            "conditional_expression", NULL};
    static const char *const displays[] = {"list", "set", "tuple", "expression_list", NULL};
    TSNode above = rule_above(context, 0), argument = rule_named(node, 0);
    if (ts_node_is_null(above) || ts_node_has_error(above)) return;
    bool refused = rule_is_one_of(above, never);
    bool operand = rule_is_one_of(above, operators) || rule_is(above, "binary_operator");
    if (operand && !ts_node_eq(rule_named(above, 0), node))
        refused = true;
    else if (rule_is_one_of(above, operators))
        refused = rule_is_one_of(rule_above(context, 1), displays);
    if (rule_is_one_of(above, displays)) refused = rule_is_one_of(argument, operators);
    if ((rule_is(above, "tuple") || rule_is(above, "tuple_pattern")) && ts_node_child_count(above) == 3)
        refused = true; /* (*x) is no tuple */
    if (refused) rule_refuse(context, node, "`*` has no place here");
}

/* A type begins with a star behind a parameter that does, and in brackets; two stand where a class, a
 * function or a type has parameters. */
void python_type(const struct rule_context *context, TSNode node) {
    TSNode star = rule_named(node, 0), above = rule_above(context, 0);
    if (!rule_is(star, "splat_type") || ts_node_is_null(above) || ts_node_has_error(above)) return;
    static const char *const owners[] = {"class_definition", "function_definition", "type_alias_statement",
                                         NULL};
    if (rule_is(above, "typed_parameter") && rule_is(rule_named(above, 0), "list_splat_pattern")) return;
    if (rule_is(above, "type_parameter") &&
        (rule_is(ts_node_child(star, 0), "*") || rule_is_one_of(rule_above(context, 1), owners)))
        return;
    rule_refuse(context, star, "`*` has no place here");
}

/* The colon of an f-string begins the format. */
void python_lambda(const struct rule_context *context, TSNode node) {
    if (rule_is(rule_above(context, 0), "interpolation") && !ts_node_has_error(node))
        rule_refuse(context, node, "`lambda` in an f-string needs parentheses");
}

void python_named(const struct rule_context *context, TSNode node) {
    static const char *const places[] = {"expression_statement",
                                         "assignment",
                                         "augmented_assignment",
                                         "return_statement",
                                         "pair",
                                         "keyword_argument",
                                         "default_parameter",
                                         "typed_default_parameter",
                                         "slice",
                                         "lambda",
                                         NULL};
    TSNode above = rule_above(context, 0);
    if (!rule_is_one_of(above, places) || ts_node_has_error(above)) return;
    TSNode sign = rule_child(node, ":=");
    struct rule_violation *violation = rule_refuse(context, node, "`:=` needs parentheses here");
    if (!rule_is(above, "expression_statement") || ts_node_is_null(sign)) return;
    violation->message = "`:=` assigns inside of an expression only; a statement assigns with `=`";
    rule_write(context, violation, ts_node_start_byte(sign), ts_node_end_byte(sign), "=");
}

/* ---- numbers ---- */

enum { NUMBER_MAX = 64 }; /* longer ones are not looked at */

/* An underscore stands between digits, or between the base and a digit. */
static bool underscores_fit(const char *text, uint32_t length) {
    for (uint32_t i = 0; i < length; i++) {
        if (text[i] != '_') continue;
        if (i == 0 || i + 1 == length || !isxdigit((unsigned char)text[i + 1])) return false;
        bool based = text[0] == '0' && i == 2 && strchr("xXoObB", text[1]);
        if (!based && !isxdigit((unsigned char)text[i - 1])) return false;
        if (!based && (text[1] != 'x' && text[1] != 'X') &&
            !(isdigit((unsigned char)text[i - 1]) && isdigit((unsigned char)text[i + 1])))
            return false;
    }
    return true;
}

void python_number(const struct rule_context *context, TSNode node) {
    char text[NUMBER_MAX + 1];
    uint32_t start = ts_node_start_byte(node), length = ts_node_end_byte(node) - start;
    if (length < 2 || length > NUMBER_MAX) return;
    text_copy(context->text, start + context->offset, start + length + context->offset, text);
    text[length] = 0;
    if (text[length - 1] == 'l' || text[length - 1] == 'L') {
        rule_violate(context, start + length - 1, start + length, FINDING_NOT_ALLOWED,
                     "`L` does not end a number: whole numbers have any size")
            ->remedy = REMEDY_REMOVE;
        return;
    }
    if (!underscores_fit(text, length)) {
        rule_refuse(context, node, "an underscore in a number stands between two digits");
        return;
    }
    if (text[0] != '0' || !rule_is(node, "integer") || strspn(text, "0123456789_") != length) return;
    uint32_t zeros = (uint32_t)strspn(text, "0_");
    if (zeros == length) return;
    rule_violate(context, start, start + zeros, FINDING_NOT_ALLOWED,
                 "a whole number does not begin with `0`; octal numbers begin with `0o`")
        ->remedy = REMEDY_REMOVE;
}

/* ---- strings ---- */

struct prefix {
    bool raw, bytes, formatted;
    uint32_t quote; /* the first quote's place */
};

static struct prefix prefix_of(const struct rule_context *context, TSNode string) {
    struct prefix prefix = {.quote = ts_node_start_byte(string)};
    for (int c; (c = rule_byte(context, prefix.quote)) > 0 && isalpha(c); prefix.quote++) {
        c = tolower(c);
        prefix.raw |= c == 'r';
        prefix.bytes |= c == 'b';
        prefix.formatted |= c == 'f' || c == 't';
    }
    return prefix;
}

/* The escape at byte (a backslash) of a string that ends at end: its mistake in words, or NULL. */
static const char *refused_escape(const struct rule_context *context, uint32_t byte, uint32_t end, bool bytes,
                                  bool names) {
    int kind = rule_byte(context, byte + 1);
    uint32_t digits = kind == 'x' ? 2 : bytes ? 0 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    uint32_t value = 0;
    for (uint32_t i = 0; i < digits; i++) {
        int c = byte + 2 + i < end ? rule_byte(context, byte + 2 + i) : -1;
        if (c < 0 || !isxdigit(c))
            return kind == 'x'   ? "`\\x` needs two hexadecimal digits; a backslash itself is `\\\\`"
                   : kind == 'u' ? "`\\u` needs four hexadecimal digits; a backslash itself is `\\\\`"
                                 : "`\\U` needs eight hexadecimal digits; a backslash itself is `\\\\`";
        value = value * 16 + (uint32_t)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
    }
    if (kind == 'U' && digits && value > 0x10FFFF) return "there is no such character";
    if (kind != 'N' || !names) return NULL;
    static const char message[] = "`\\N` needs a character's name in braces; a backslash itself is `\\\\`";
    if (byte + 3 >= end || rule_byte(context, byte + 2) != '{' || rule_byte(context, byte + 3) == '}')
        return message;
    for (uint32_t i = byte + 3; i < end; i++)
        if (rule_byte(context, i) == '}') return NULL;
    return message;
}

/* Looked at in windows of the string's own bytes: what stands in braces of an f-string is another's business.
 */
void python_string(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    struct prefix prefix = prefix_of(context, node);
    if (prefix.raw && !prefix.bytes) return;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode content = ts_tree_cursor_current_node(&cursor);
        if (!rule_is(content, "string_content")) continue;
        uint32_t start = ts_node_start_byte(content), end = ts_node_end_byte(content);
        for (uint32_t byte = start; byte < end; byte++) {
            int c = rule_byte(context, byte);
            if (prefix.bytes && c >= 0x80) {
                uint32_t b = ts_node_start_byte(node);
                struct rule_violation *violation = rule_violate(context, byte, byte, FINDING_NOT_ALLOWED,
                                                                "bytes hold ASCII characters only");
                if (prefix.quote == b + 1) rule_write(context, violation, b, b + 1, "");
                more = false;
                break;
            }
            if (c != '\\' || prefix.raw) continue;
            const char *message =
                refused_escape(context, byte, end, prefix.bytes, !prefix.bytes && !prefix.formatted);
            if (message) {
                struct rule_violation *violation =
                    rule_violate(context, byte, byte + 2, FINDING_NOT_ALLOWED, message);
                if (prefix.quote == ts_node_start_byte(node))
                    rule_write(context, violation, prefix.quote, prefix.quote, "r");
                more = false;
                break;
            }
            byte++;
        }
        if (!more) break;
    }
    ts_tree_cursor_delete(&cursor);
}

void python_concatenation(const struct rule_context *context, TSNode node) {
    bool any = false, bytes = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (!rule_is(child, "string")) continue;
        bool is_bytes = prefix_of(context, child).bytes;
        if (any && bytes != is_bytes) {
            rule_refuse(context, child, "bytes and text cannot stand side by side");
            break;
        }
        any = true;
        bytes = is_bytes;
    }
    ts_tree_cursor_delete(&cursor);
}

void python_conversion(const struct rule_context *context, TSNode node) {
    uint32_t start = ts_node_start_byte(node), length = ts_node_end_byte(node) - start;
    int c = rule_byte(context, start + 1);
    if (length == 2 && (c == 's' || c == 'r' || c == 'a')) return;
    rule_refuse(context, node, "a conversion is `!s`, `!r` or `!a`");
}
