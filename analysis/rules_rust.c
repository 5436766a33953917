#include "analysis/rule_node.h"

/* Words of all editions; what macros are given may be any word. */
static void rust_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "abstract", "as",       "break",   "const", "continue", "else",   "enum",   "extern", "final", "fn",
        "for",      "if",       "impl",    "in",    "let",      "loop",   "macro",  "match",  "mod",   "move",
        "mut",      "override", "priv",    "pub",   "ref",      "return", "static", "struct", "trait", "type",
        "typeof",   "unsafe",   "unsized", "use",   "virtual",  "where",  "while"};
    if (!RULE_IS_WORD(context, node, words)) return;
    if (rule_is(rule_above(context, 0), "lifetime") || rule_is(rule_above(context, 0), "label")) return;
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode above = rule_above(context, level);
        if (rule_is(above, "token_tree") || rule_is(above, "macro_definition") ||
            rule_is(above, "attribute_item") || rule_is(above, "inner_attribute_item"))
            return;
    }
    struct rule_violation *violation =
        rule_refuse(context, node, "a keyword cannot be a name; `r#` makes it one");
    rule_write(context, violation, ts_node_start_byte(node), ts_node_start_byte(node), "r#");
}

/* A macro called with ( ) or [ ] ends with a semicolon, unless it is the value of its block; in an included
 * file it may be all there is. */
static void rust_macro_end(const struct rule_context *context, TSNode node) {
    uint32_t end = 0; /* of such a macro that nothing has followed yet */
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_extra(child)) continue;
        if (ts_node_is_error(child) || ts_node_is_missing(child)) break;
        bool value = rule_is(child, "}") && rule_is(node, "block");
        if (end && !value && !rule_is(child, "empty_statement")) {
            struct rule_violation *violation =
                rule_violate(context, end, end, FINDING_MISSING_TOKEN, "missing `;`");
            rule_write(context, violation, end, end, ";");
        }
        end = 0;
        if (rule_is(child, "macro_invocation") && !ts_node_has_error(child)) {
            int last = rule_byte(context, ts_node_end_byte(child) - 1);
            if (last == ')' || last == ']') end = ts_node_end_byte(child);
        }
    }
    ts_tree_cursor_delete(&cursor);
}

static void rust_file(const struct rule_context *context, TSNode node) {
    rust_macro_end(context, node);
    bool seen = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_error(child)) break;
        TSNode first = ts_node_child(child, 0);
        if (rule_is(child, "let_declaration")) {
            rule_misplaced(context, first, "`let` outside of a function: `const` and `static` declare there");
            break;
        }
        if (rule_is(child, "empty_statement") && !ts_node_has_error(child)) {
            rule_misplaced(context, child, "a semicolon outside of a function")->remedy = REMEDY_REMOVE;
            break;
        }
        /* A file of one expression is there to be included. */
        if (seen && rule_is(child, "expression_statement") && !rule_is(first, "macro_invocation")) {
            rule_misplaced(context, child, "a statement outside of a function");
            break;
        }
        seen |= !ts_node_is_extra(child);
    }
    ts_tree_cursor_delete(&cursor);
}

static void rust_let(const struct rule_context *context, TSNode node) {
    TSNode value = rule_field(node, "value"), otherwise = rule_child(node, "else");
    if (ts_node_is_null(value) || ts_node_is_null(otherwise) || ts_node_has_error(node)) return;
    uint32_t end = ts_node_end_byte(value);
    if (rule_byte(context, end - 1) != '}') return;
    struct rule_violation *violation =
        rule_violate(context, end - 1, end, FINDING_NOT_ALLOWED,
                     "a value that ends with `}` needs parentheses before `else`");
    rule_write(context, violation, ts_node_start_byte(value), ts_node_start_byte(value), "(");
    rule_write(context, violation, end, end, ")");
}

/* Parameters of functions with a body have types. */
static void rust_parameters(const struct rule_context *context, TSNode node) {
    static const char *const names[] = {"type_identifier", "generic_type", "reference_type",
                                        "scoped_type_identifier", NULL};
    if (!rule_is(rule_above(context, 0), "function_item") || ts_node_has_error(node)) return;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (!rule_is_one_of(child, names)) continue;
        rule_refuse(context, child, "a parameter needs a name and a type: `name: Type`");
        break;
    }
    ts_tree_cursor_delete(&cursor);
}

static void rust_static(const struct rule_context *context, TSNode node) {
    TSNode name = rule_field(node, "name");
    if (!ts_node_is_null(name) && rule_text_is(context, name, "_"))
        rule_refuse(context, name, "a static variable needs a name");
}

/* What ends the text of an escape \u{...} is its closing brace behind at most six digits. */
static void rust_escape(const struct rule_context *context, TSNode node) {
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node), digits = 0;
    if (end - start < 4 || rule_byte(context, start + 1) != 'u' || rule_byte(context, start + 2) != '{')
        return;
    for (uint32_t byte = start + 3; byte < end - 1; byte++)
        digits += rule_byte(context, byte) != '_';
    if (digits > 6) rule_refuse(context, node, "`\\u{...}` holds at most six digits");
}

const struct rule rules_rust[] = {{"identifier", rust_identifier},  {"type_identifier", rust_identifier},
                                  {"block", rust_macro_end},        {"declaration_list", rust_macro_end},
                                  {"source_file", rust_file},       {"let_declaration", rust_let},
                                  {"parameters", rust_parameters},  {"static_item", rust_static},
                                  {"escape_sequence", rust_escape}, {NULL, NULL}};
