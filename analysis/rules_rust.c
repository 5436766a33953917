#include "analysis/rules_rust.h"

/* Words of all editions; what macros are given may be any word. */
static void rust_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "abstract", "as",       "break",   "const", "continue", "else",   "enum",   "extern", "final", "fn",
        "for",      "if",       "impl",    "in",    "let",      "loop",   "macro",  "match",  "mod",   "move",
        "mut",      "override", "priv",    "pub",   "ref",      "return", "static", "struct", "trait", "type",
        "typeof",   "unsafe",   "unsized", "use",   "virtual",  "where",  "while"};
    if (!RULE_IS_WORD(context, node, words)) return;
    bool lifetime = rule_is(rule_above(context, 0), "lifetime") || rule_is(rule_above(context, 0), "label");
    if (lifetime && rule_text_is(context, node, "static")) return;
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode above = rule_above(context, level);
        if (rule_is(above, "token_tree") || rule_is(above, "macro_definition") ||
            rule_is(above, "attribute_item") || rule_is(above, "inner_attribute_item"))
            return;
    }
    if (lifetime) {
        uint32_t end = ts_node_end_byte(node);
        rule_write(context, rule_refuse(context, node, "a keyword cannot be a name"), end, end, "_");
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

/* What attributes and documentation belong to follows them; those of the thing around stand first in it. */
static void rust_attributes(const struct rule_context *context, TSNode node) {
    static const char *const owners[] = {"source_file", "block", "declaration_list", "match_block", NULL};
    bool owner = rule_is_one_of(node, owners), begun = false;
    TSNode waiting = {0}; /* the first attribute that nothing has followed yet */
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_error(child) || ts_node_is_missing(child)) {
            waiting = (TSNode){0};
            break;
        }
        bool comment = ts_node_is_extra(child), attribute = rule_is(child, "inner_attribute_item");
        if (attribute || (comment && !ts_node_is_null(rule_field(child, "inner")))) {
            if (owner && !begun) continue;
            struct rule_violation *violation =
                rule_misplaced(context, child,
                               attribute ? "`#![...]` stands first in what it belongs to"
                                         : "documentation of what is around it stands first in it");
            uint32_t mark = ts_node_start_byte(child) + (attribute ? 1 : 2);
            rule_write(context, violation, mark, mark + 1, "");
            break;
        }
        if (rule_is(child, "attribute_item") || (comment && !ts_node_is_null(rule_field(child, "outer")))) {
            if (ts_node_is_null(waiting)) waiting = child;
            begun = true;
            continue;
        }
        if (comment || rule_is(child, "{") || rule_is(child, "shebang")) continue;
        begun = true;
        if (!rule_is(child, "}") && !rule_is(child, "empty_statement")) waiting = (TSNode){0};
        if (!ts_node_is_null(waiting)) break;
    }
    ts_tree_cursor_delete(&cursor);
    bool open =
        rule_is(node, "source_file") && ts_node_end_byte(node) + context->offset < text_size(context->text);
    if (ts_node_is_null(waiting) || open) return;
    if (rule_is(waiting, "attribute_item")) {
        rule_misplaced(context, waiting, "nothing follows that this attribute could belong to")->remedy =
            REMEDY_REMOVE;
        return;
    }
    uint32_t mark = ts_node_start_byte(waiting) + 2;
    rule_write(context,
               rule_misplaced(context, waiting, "nothing follows that this could be documentation of"), mark,
               mark + 1, "");
}

/* Between the words of an item there is no documentation. */
static void rust_documentation(const struct rule_context *context, TSNode node) {
    static const char *const items[] = {"function_item",
                                        "function_signature_item",
                                        "struct_item",
                                        "enum_item",
                                        "union_item",
                                        "impl_item",
                                        "trait_item",
                                        "mod_item",
                                        NULL};
    TSNode comment = rule_above(context, 0), above = rule_above(context, 1);
    if (!rule_is_one_of(above, items) || ts_node_has_error(above)) return;
    uint32_t mark = ts_node_start_byte(node);
    rule_write(context, rule_misplaced(context, comment, "documentation stands before the whole item"), mark,
               mark + 1, "");
}

static void rust_inner_documentation(const struct rule_context *context, TSNode node) {
    static const char *const others[] = {"source_file",      "block",      "declaration_list",
                                         "match_block",      "token_tree", "token_tree_pattern",
                                         "macro_definition", NULL};
    TSNode comment = rule_above(context, 0), above = rule_above(context, 1);
    if (ts_node_is_null(above) || rule_is_one_of(above, others) || ts_node_has_error(above)) return;
    uint32_t mark = ts_node_start_byte(node);
    rule_write(context,
               rule_misplaced(context, comment, "documentation of what is around it stands first in it"),
               mark, mark + 1, "");
}

static void rust_block(const struct rule_context *context, TSNode node) {
    rust_macro_end(context, node);
    rust_attributes(context, node);
}

static const char outer_let[] = "`let` outside of a function: `const` and `static` declare there";
static const char outer_semicolon[] = "a semicolon outside of a function";

static void refuse_let(const struct rule_context *context, TSNode word) {
    rule_write(context, rule_misplaced(context, word, outer_let), ts_node_start_byte(word),
               ts_node_end_byte(word), "const");
}

/* The items of a module, a trait, an implementation or a foreign block. */
static void rust_declarations(const struct rule_context *context, TSNode node) {
    rust_block(context, node);
    bool called = false; /* a macro before it needs the semicolon */
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_error(child) || ts_node_is_missing(child)) break;
        if (ts_node_is_extra(child)) continue;
        if (rule_is(child, "let_declaration")) {
            refuse_let(context, ts_node_child(child, 0));
            break;
        }
        if (rule_is(child, "empty_statement") && !called) {
            rule_misplaced(context, child, outer_semicolon)->remedy = REMEDY_REMOVE;
            break;
        }
        called = rule_is(child, "macro_invocation") && rule_byte(context, ts_node_end_byte(child) - 1) != '}';
    }
    ts_tree_cursor_delete(&cursor);
}

static void rust_file(const struct rule_context *context, TSNode node) {
    rust_block(context, node);
    bool seen = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_error(child)) break;
        TSNode first = ts_node_child(child, 0);
        if (rule_is(child, "let_declaration")) {
            refuse_let(context, first);
            break;
        }
        if (rule_is(child, "empty_statement") && !ts_node_has_error(child)) {
            rule_misplaced(context, child, outer_semicolon)->remedy = REMEDY_REMOVE;
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
    rust_binding(context, node);
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
static void check_escape(const struct rule_context *context, uint32_t start, uint32_t end, bool bytes) {
    enum { DIGITS_MAX = 6 };
    uint32_t digits = 0, value = 0;
    if (end - start < 4 || rule_byte(context, start + 1) != 'u' || rule_byte(context, start + 2) != '{')
        return;
    for (uint32_t byte = start + 3; byte < end - 1 && digits <= DIGITS_MAX; byte++) {
        int c = rule_byte(context, byte);
        if (c == '_') continue;
        digits++;
        value = value * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    const char *message = NULL;
    if (digits > DIGITS_MAX)
        message = "`\\u{...}` holds at most six digits";
    else if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        message = "there is no character of this number";
    else if (bytes)
        message = "bytes have no escape `\\u{...}`; `\\xHH` is a byte";
    if (message) rule_violate(context, start, end, FINDING_NOT_ALLOWED, message);
}

static void rust_escape(const struct rule_context *context, TSNode node) {
    TSNode literal = rule_above(context, 0);
    bool bytes = !ts_node_is_null(literal) && rule_byte(context, ts_node_start_byte(literal)) == 'b';
    check_escape(context, ts_node_start_byte(node), ts_node_end_byte(node), bytes);
}

static void rust_character(const struct rule_context *context, TSNode node) {
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    bool bytes = rule_byte(context, start) == 'b';
    check_escape(context, start + 1 + bytes, end - 1, bytes);
}

static void rust_string(const struct rule_context *context, TSNode node) {
    enum { BYTES_MAX = 64 << 10 };
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    if (rule_byte(context, start) != 'b' || end - start > BYTES_MAX || ts_node_has_error(node)) return;
    for (uint32_t byte = start; byte < end; byte++)
        if (rule_byte(context, byte) > 0x7f) {
            rule_violate(context, start, end, FINDING_NOT_ALLOWED, "bytes are written in ASCII");
            return;
        }
}

const struct rule rules_rust[] = {{"identifier", rust_identifier},
                                  {"type_identifier", rust_identifier},
                                  {"block", rust_block},
                                  {"declaration_list", rust_declarations},
                                  {"source_file", rust_file},
                                  {"field_declaration_list", rust_attributes},
                                  {"enum_variant_list", rust_attributes},
                                  {"match_block", rust_attributes},
                                  {"outer_doc_comment_marker", rust_documentation},
                                  {"inner_doc_comment_marker", rust_inner_documentation},
                                  {"let_declaration", rust_let},
                                  {"parameters", rust_parameters},
                                  {"parameter", rust_binding},
                                  {"mut_pattern", rust_binding},
                                  {"ref_pattern", rust_binding},
                                  {"struct_pattern", rust_struct_pattern},
                                  {"static_item", rust_static},
                                  {"function_modifiers", rust_modifiers},
                                  {"impl_item", rust_implementation},
                                  {"dynamic_type", rust_trait},
                                  {"abstract_type", rust_trait},
                                  {"trait_bounds", rust_bounds},
                                  {"bounded_type", rust_sum},
                                  {"escape_sequence", rust_escape},
                                  {"char_literal", rust_character},
                                  {"string_literal", rust_string},
                                  {NULL, NULL}};
