#include "analysis/rules_rust.h"

/* ---- types ---- */

/* fn(A), the type of a pointer, and not Fn(A). */
static bool is_pointer_type(TSNode type) {
    return rule_is(type, "function_type") && !ts_node_is_null(rule_child(type, "fn"));
}

/* What follows `impl` and `dyn` is a bound, and so is what follows the `:` of a parameter. */
void rust_trait(const struct rule_context *context, TSNode node) {
    TSNode bound = rule_field(node, "trait");
    if (ts_node_is_null(bound) || ts_node_has_error(node)) return;
    TSNode inner = rule_named(bound, 0);
    if (is_pointer_type(bound)) {
        rule_refuse(context, bound, "a type stands where a trait has to");
    } else if (rule_is(bound, "tuple_type") &&
               (rule_named_count(bound) != 1 || rule_is(inner, "bounded_type"))) {
        static const char *const owners[] = {"reference_type", "pointer_type", NULL};
        struct rule_violation *violation =
            rule_refuse(context, bound, "parentheses hold one bound, not several");
        uint32_t start = ts_node_start_byte(bound), end = ts_node_end_byte(bound);
        if (!rule_is(inner, "bounded_type")) return;
        bool moved = rule_is_one_of(rule_above(context, 0), owners);
        if (moved) rule_write(context, violation, ts_node_start_byte(node), ts_node_start_byte(node), "(");
        rule_write(context, violation, start, start + 1, "");
        if (!moved) rule_write(context, violation, end - 1, end, "");
    }
}

void rust_bounds(const struct rule_context *context, TSNode node) {
    static const char *const types[] = {"abstract_type", "dynamic_type", NULL};
    if (ts_node_has_error(node)) return;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor), bound = {0};
        if (rule_is_one_of(child, types)) bound = rule_field(child, "trait");
        if (ts_node_is_null(bound) && !is_pointer_type(child)) continue;
        struct rule_violation *violation = rule_refuse(context, child, "a type stands where a trait has to");
        if (!ts_node_is_null(bound))
            rule_write(context, violation, ts_node_start_byte(child), ts_node_start_byte(bound), "");
        break;
    }
    ts_tree_cursor_delete(&cursor);
}

/* &A + B: the reference ends before the +. */
void rust_sum(const struct rule_context *context, TSNode node) {
    static const char *const ends[] = {"reference_type", "pointer_type", NULL};
    TSNode left = rule_named(node, 0), target = {0};
    if (ts_node_has_error(node)) return;
    if (rule_is_one_of(left, ends)) target = rule_field(left, "type");
    if (ts_node_is_null(target) && !is_pointer_type(left)) return;
    struct rule_violation *violation = rule_refuse(context, left, "`+` needs parentheses around its bounds");
    if (ts_node_is_null(target)) return;
    TSNode sum = node;
    for (size_t level = 0; rule_is(rule_above(context, level), "bounded_type"); level++)
        sum = rule_above(context, level);
    rule_write(context, violation, ts_node_start_byte(target), ts_node_start_byte(target), "(");
    rule_write(context, violation, ts_node_end_byte(sum), ts_node_end_byte(sum), ")");
}

/* ---- functions and patterns ---- */

void rust_modifiers(const struct rule_context *context, TSNode node) {
    static const char *const order[] = {"default", "const", "async", "unsafe", "extern_modifier"};
    static const char *const words[] = {"default ", "const ", "async ", "unsafe "};
    enum { PLACES = sizeof(order) / sizeof *order, ASYNC = 2 };
    bool pointer = rule_is(rule_above(context, 0), "function_type");
    size_t least = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = !ts_node_has_error(node) && ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        size_t place = 0;
        while (place < PLACES && !rule_is(child, order[place]))
            place++;
        if (place == PLACES) continue;
        uint32_t start = ts_node_start_byte(child);
        TSNode before = ts_node_prev_sibling(child), after = ts_node_next_sibling(child);
        if (pointer && place <= ASYNC) {
            struct rule_violation *violation =
                rule_refuse(context, child, "the type of a pointer to functions does not say this");
            if (ts_node_is_null(after)) after = rule_child(rule_above(context, 0), "fn");
            if (!ts_node_is_null(after)) rule_write(context, violation, start, ts_node_start_byte(after), "");
            break;
        }
        if (place < least) {
            struct rule_violation *violation = rule_refuse(
                context, child, "the order is `default const async unsafe extern`, each at most once");
            if (place + 1 < least) {
                uint32_t first = ts_node_start_byte(node);
                rule_write(context, violation, first, first, words[place]);
            }
            rule_write(context, violation, ts_node_end_byte(before), ts_node_end_byte(child), "");
            break;
        }
        least = place + 1;
    }
    ts_tree_cursor_delete(&cursor);
}

void rust_implementation(const struct rule_context *context, TSNode node) {
    TSNode end = rule_child(node, ";");
    if (ts_node_is_null(end) || ts_node_has_error(node)) return;
    struct rule_violation *violation = rule_refuse(context, end, "an implementation has a body, `{}`");
    rule_write(context, violation, ts_node_start_byte(end), ts_node_end_byte(end), " {}");
}

/* `mut` and `ref` belong to a name. */
void rust_binding(const struct rule_context *context, TSNode node) {
    static const char *const others[] = {"_",
                                         "tuple_pattern",
                                         "tuple_struct_pattern",
                                         "struct_pattern",
                                         "slice_pattern",
                                         "reference_pattern",
                                         "scoped_identifier",
                                         "macro_invocation",
                                         "mut_pattern",
                                         NULL};
    bool by_reference = rule_is(node, "ref_pattern");
    TSNode word = rule_child(node, by_reference ? "ref" : "mutable_specifier");
    if (ts_node_is_null(word) || ts_node_has_error(node)) return;
    TSNode pattern = rule_field(node, "pattern");
    if (ts_node_is_null(pattern)) pattern = rule_named(node, by_reference ? 0 : 1);
    if (by_reference && rule_is(pattern, "mut_pattern")) return; /* it is looked at by itself */
    if (ts_node_is_null(pattern)) pattern = rule_child(node, "_");
    if (!rule_is_one_of(pattern, others)) return;
    rule_write(context,
               rule_refuse(context, word,
                           by_reference ? "`ref` stands before a name" : "`mut` stands before a name"),
               ts_node_start_byte(word), ts_node_start_byte(pattern), "");
}

void rust_struct_pattern(const struct rule_context *context, TSNode node) {
    bool empty = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = !ts_node_has_error(node) && ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_extra(child)) continue;
        bool comma = rule_is(child, ",");
        if (comma && empty) {
            rule_refuse(context, child, "missing name before `,`")->remedy = REMEDY_REMOVE;
            break;
        }
        empty = comma || rule_is(child, "{");
    }
    ts_tree_cursor_delete(&cursor);
}
