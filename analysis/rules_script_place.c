#include "analysis/rules_script.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX      1000 /* of one block; those behind are not compared */
#define NAME_BYTES_MAX 64
#define PROLOGUE_MAX   8 /* directives looked at */

static const char *const functions[] = {
    "function_declaration", "function_expression", "generator_function", "generator_function_declaration",
    "method_definition",    "class_static_block",  "field_definition",   NULL};

size_t script_function_level(const struct rule_context *context, size_t level, bool through_arrows) {
    for (; level < context->path.count; level++) {
        TSNode node = rule_above(context, level);
        if (rule_is_one_of(node, functions) || (!through_arrows && rule_is(node, "arrow_function")))
            return level;
    }
    return SIZE_MAX;
}

static TSNode directive_of(const struct rule_context *context, TSNode block) {
    uint32_t count = rule_named_count(block);
    for (uint32_t i = 0; i < count && i < PROLOGUE_MAX; i++) {
        TSNode child = rule_named(block, i);
        if (ts_node_is_extra(child)) continue;
        TSNode string = rule_is(child, "expression_statement") ? rule_named(child, 0) : (TSNode){0};
        if (!rule_is(string, "string")) break;
        if (rule_text_is(context, string, "'use strict'") || rule_text_is(context, string, "\"use strict\""))
            return child;
    }
    return (TSNode){0};
}

bool script_is_strict(const struct rule_context *context, TSNode *ret_directive) {
    *ret_directive = (TSNode){0};
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode node = rule_above(context, level);
        if (rule_is(node, "class_body")) return true;
        bool code = rule_is(node, "program") || (rule_is(node, "statement_block") &&
                                                 (rule_is_one_of(rule_above(context, level + 1), functions) ||
                                                  rule_is(rule_above(context, level + 1), "arrow_function")));
        if (!code) continue;
        *ret_directive = directive_of(context, node);
        if (!ts_node_is_null(*ret_directive)) return true;
    }
    return false;
}

/* ---- jumps ---- */

/* A function that is called for each item goes on to the next by `return`. */
static void leave_function(const struct rule_context *context, size_t function,
                           struct rule_violation *violation, TSNode word) {
    if (function < context->path.count)
        rule_write(context, violation, ts_node_start_byte(word), ts_node_end_byte(word), "return");
}

void script_break(const struct rule_context *context, TSNode node) {
    static const char *const loops[] = {"while_statement", "do_statement", "for_statement",
                                        "for_in_statement", NULL};
    TSNode label = rule_field(node, "label");
    bool is_break = rule_is(node, "break_statement");
    size_t end = script_function_level(context, 0, false);
    for (size_t level = 0; level < end && level < context->path.count; level++) {
        TSNode above = rule_above(context, level);
        if (ts_node_is_null(label)) {
            if (rule_is_one_of(above, loops) || (is_break && rule_is(above, "switch_statement"))) return;
        } else if (rule_is(above, "labeled_statement")) {
            TSNode name = rule_field(above, "label");
            if (ts_node_is_null(name) || rule_same_text(context, name, label)) return;
        }
    }
    if (!ts_node_is_null(label))
        rule_misplaced(context, label, "no statement around has this label");
    else
        leave_function(context, end,
                       rule_misplaced(context, node,
                                      is_break ? "`break` outside of a loop or `switch`"
                                               : "`continue` outside of a loop"),
                       ts_node_child(node, 0));
}

void script_yield(const struct rule_context *context, TSNode node) {
    static const char *const values[] = {"identifier", "number", "string", "this", "object",
                                         "true",       "false",  "null",   NULL};
    TSNode value = rule_named(node, 0);
    if (!ts_node_is_null(rule_child(node, "*"))) return; /* a product */
    /* `yield` is a name outside of generators: only what cannot follow a name is certain. */
    if (!rule_is_one_of(value, values) || ts_node_start_point(value).row != ts_node_start_point(node).row)
        return;
    size_t level = script_function_level(context, 0, false);
    TSNode function = level == SIZE_MAX ? (TSNode){0} : rule_above(context, level);
    if (rule_is(function, "field_definition") || rule_is(function, "class_static_block")) return;
    if (!ts_node_is_null(function) && !ts_node_is_null(rule_child(function, "*"))) return;
    rule_misplaced(context, node, "`yield` outside of a generator (`function*`)");
}

void script_refuse_await(const struct rule_context *context, TSNode word) {
    size_t level = script_function_level(context, 0, false);
    if (level == SIZE_MAX) return; /* modules await */
    TSNode function = rule_above(context, level);
    if (rule_is(function, "field_definition") || rule_is(function, "class_static_block")) return;
    if (!ts_node_is_null(rule_child(function, "async"))) return;
    struct rule_violation *violation =
        rule_misplaced(context, word, "`await` outside of an `async` function");
    TSNode name = rule_is(function, "method_definition") ? rule_field(function, "name") : function;
    uint32_t at = ts_node_start_byte(ts_node_is_null(name) ? function : name);
    rule_write(context, violation, at, at, "async ");
}

void script_await(const struct rule_context *context, TSNode node) {
    TSNode value = rule_named(node, 0);
    static const char *const values[] = {
        "identifier", "call_expression", "new_expression", "member_expression", "this", NULL};
    if (!rule_is_one_of(value, values) || ts_node_start_point(value).row != ts_node_start_point(node).row)
        return;
    /* `await (x)` calls a function of that name. */
    uint32_t start = ts_node_start_byte(value);
    if (rule_byte(context, start) != '(' && rule_byte(context, start) != '[')
        script_refuse_await(context, node);
}

void script_super(const struct rule_context *context, TSNode node) {
    TSNode above = rule_above(context, 0);
    if (rule_is(above, "parenthesized_expression") || rule_is(above, "new_expression")) {
        rule_refuse(context, node, "`super` is followed by its arguments or by the name of a member");
        return;
    }
    size_t level = script_function_level(context, 0, true);
    TSNode function = level == SIZE_MAX ? (TSNode){0} : rule_above(context, level);
    static const char *const members[] = {"method_definition", "class_static_block", "field_definition",
                                          NULL};
    if (level != SIZE_MAX && !rule_is_one_of(function, members))
        rule_misplaced(context, node, "`super` outside of a method");
}

/* ---- declarations ---- */

void script_module_item(const struct rule_context *context, TSNode node) {
    TSNode above = rule_above(context, 0);
    if (ts_node_is_null(above) || rule_is(above, "program")) return;
    rule_misplaced(context, node,
                   rule_is(node, "import_statement") ? "`import` stands at the top of a module only"
                                                     : "`export` stands at the top of a module only");
}

/* Is it the single statement of an `if` (then functions may stand there), a loop or a `with`? */
static bool is_body(const struct rule_context *context, TSNode node, bool of_if) {
    static const char *const owners[] = {"while_statement",  "do_statement",   "for_statement",
                                         "for_in_statement", "with_statement", NULL};
    TSNode above = rule_above(context, 0);
    if (rule_is_one_of(above, owners)) {
        TSNode body = rule_field(above, "body");
        return !ts_node_is_null(body) && ts_node_eq(body, node);
    }
    return of_if && (rule_is(above, "if_statement") || rule_is(above, "else_clause"));
}

void script_lexical(const struct rule_context *context, TSNode node) {
    if (is_body(context, node, true) && !ts_node_has_error(node))
        rule_refuse(context, node, "a declaration cannot be the whole body: it needs a block");
}

void script_declaration(const struct rule_context *context, TSNode node) {
    if (is_body(context, node, rule_is(node, "class_declaration")) && !ts_node_has_error(node))
        rule_refuse(context, node, "a declaration cannot be the whole body: it needs a block");
}

struct name {
    uint64_t hash;
    TSNode node, statement;
    bool lexical;
};

struct names {
    VEC_FIELDS(struct name);
};

static void add_name(const struct rule_context *context, struct names *names, TSNode node, TSNode statement,
                     bool lexical) {
    char bytes[NAME_BYTES_MAX];
    if (!rule_is(node, "identifier")) return;
    uint32_t start = ts_node_start_byte(node), length = ts_node_end_byte(node) - start;
    if (length > NAME_BYTES_MAX) return;
    text_copy(context->text, start + context->offset, start + length + context->offset, bytes);
    vec_push(names, (struct name){hash64(bytes, length, 0), node, statement, lexical});
}

static int by_hash(const void *a, const void *b) {
    const struct name *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    uint32_t i = ts_node_start_byte(x->node), j = ts_node_start_byte(y->node);
    return i < j ? -1 : i > j;
}

static void declared_twice(const struct rule_context *context, const struct name *first,
                           const struct name *second) {
    struct rule_violation *violation =
        rule_refuse(context, second->node, "this name is declared in this block already");
    violation->from_start = ts_node_start_byte(first->node) + context->offset;
    violation->from_end = ts_node_end_byte(first->node) + context->offset;
    violation->remedy = REMEDY_UNKNOWN;
    TSNode kind = rule_field(second->statement, "kind"), declarator = rule_named(second->statement, 0);
    if (!rule_is(kind, "let") || rule_named_count(second->statement) != 1 ||
        ts_node_is_null(rule_field(declarator, "value")))
        return;
    violation->remedy = REMEDY_WRITE;
    violation->writes[0] = (struct rule_write){ts_node_start_byte(kind) + context->offset,
                                               ts_node_start_byte(declarator) + context->offset, ""};
    violation->write_count = 1;
}

/* `let`, `const` and classes share their names with nothing else in the same block. */
void script_scope(const struct rule_context *context, TSNode node) {
    static const char *const declarations[] = {"lexical_declaration", "variable_declaration", NULL};
    static const char *const named[] = {"function_declaration", "generator_function_declaration",
                                        "class_declaration", NULL};
    struct names names = {0};
    bool any = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more && names.count < NAMES_MAX; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (rule_is_one_of(child, declarations)) {
            bool lexical = rule_is(child, "lexical_declaration");
            any |= lexical;
            uint32_t count = rule_named_count(child);
            for (uint32_t i = 0; i < count && names.count < NAMES_MAX; i++) {
                TSNode declarator = rule_named(child, i);
                if (rule_is(declarator, "variable_declarator"))
                    add_name(context, &names, rule_field(declarator, "name"), child, lexical);
            }
        } else if (rule_is_one_of(child, named)) {
            bool lexical = rule_is(child, "class_declaration");
            any |= lexical;
            add_name(context, &names, rule_field(child, "name"), child, lexical);
        }
    }
    ts_tree_cursor_delete(&cursor);
    if (any && names.count > 1) {
        qsort(names.items, names.count, sizeof *names.items, by_hash);
        for (size_t i = 1; i < names.count; i++) {
            const struct name *first = &names.items[i - 1], *second = &names.items[i];
            if (first->hash == second->hash && (first->lexical || second->lexical) &&
                rule_same_text(context, first->node, second->node))
                declared_twice(context, first, second);
        }
    }
    vec_finish(&names);
}

void script_switch(const struct rule_context *context, TSNode node) {
    bool seen = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (!rule_is(child, "switch_default")) continue;
        if (seen) {
            rule_refuse(context, ts_node_child(child, 0), "a `switch` has one `default`")->remedy =
                REMEDY_UNKNOWN;
            break;
        }
        seen = true;
    }
    ts_tree_cursor_delete(&cursor);
}

void script_class_body(const struct rule_context *context, TSNode node) {
    bool seen = false;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (!rule_is(child, "method_definition") || !ts_node_is_null(rule_child(child, "static"))) continue;
        TSNode name = rule_field(child, "name");
        if (!rule_text_is(context, name, "constructor")) continue;
        if (seen) {
            rule_refuse(context, name, "a class has one constructor")->remedy = REMEDY_UNKNOWN;
            break;
        }
        seen = true;
    }
    ts_tree_cursor_delete(&cursor);
}
