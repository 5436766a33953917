#include "analysis/rule_node.h"

#include <stdlib.h>
#include <string.h>

#define TYPES_MAX 512 /* symbols of a grammar that a table covers */

struct rule_checker {
    const struct rule *of_symbol[TYPES_MAX];
};

struct rule_checker *rule_checker_create(const struct language *language) {
    if (!language->rules) return NULL;
    struct rule_checker *checker = mem_zalloc(sizeof *checker);
    const TSLanguage *grammar = language->grammar();
    for (const struct rule *rule = language->rules; rule->node_type; rule++) {
        uint32_t count = ts_language_symbol_count(grammar);
        for (uint32_t symbol = 1; symbol < count && symbol < TYPES_MAX; symbol++)
            if (ts_language_symbol_type(grammar, (TSSymbol)symbol) == TSSymbolTypeRegular &&
                !strcmp(ts_language_symbol_name(grammar, (TSSymbol)symbol), rule->node_type))
                checker->of_symbol[symbol] = rule;
    }
    return checker;
}

void rule_checker_destroy(struct rule_checker *checker) {
    mem_free(checker);
}

void rule_violation_move(struct rule_violation *violation, uint32_t (*place)(void *context, uint32_t byte),
                         void *context) {
    violation->start_byte = place(context, violation->start_byte);
    violation->end_byte = place(context, violation->end_byte);
    violation->from_start = place(context, violation->from_start);
    violation->from_end = place(context, violation->from_end);
    for (size_t i = 0; i < violation->write_count; i++) {
        violation->writes[i].start_byte = place(context, violation->writes[i].start_byte);
        violation->writes[i].end_byte = place(context, violation->writes[i].end_byte);
    }
}

static int by_start(const void *a, const void *b) {
    const struct rule_violation *x = a, *y = b;
    return x->start_byte < y->start_byte ? -1 : x->start_byte > y->start_byte;
}

void rules_sort(struct rule_violations *violations) {
    if (violations->count > 1)
        qsort(violations->items, violations->count, sizeof *violations->items, by_start);
}

void rules_check(const struct rule_checker *checker, const TSTree *tree, const struct text *text,
                 uint32_t offset, uint32_t start_byte, uint32_t end_byte, size_t max,
                 struct rule_violations *violations) {
    if (!checker) return;
    TSNode root = ts_tree_root_node(tree);
    struct rule_context context = {.text = text, .offset = offset, .violations = violations};
    uint32_t from = start_byte > offset ? start_byte - offset : 0;
    uint32_t to = end_byte > offset ? end_byte - offset : 0;
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    for (bool more = true; more && violations->count < max;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool behind = ts_node_start_byte(node) > to, error = ts_node_is_error(node);
        TSSymbol symbol = ts_node_symbol(node);
        if (!behind && !error && symbol < TYPES_MAX && checker->of_symbol[symbol])
            checker->of_symbol[symbol]->check(&context, node);
        /* Inside an ERROR the tree says little: its nodes are leftovers. */
        if (!behind && !error &&
            (from ? ts_tree_cursor_goto_first_child_for_byte(&cursor, from) >= 0
                  : ts_tree_cursor_goto_first_child(&cursor))) {
            vec_push(&context.path, node);
            continue;
        }
        while (behind || !ts_tree_cursor_goto_next_sibling(&cursor)) {
            behind = false;
            if (!ts_tree_cursor_goto_parent(&cursor)) {
                more = false;
                break;
            }
            context.path.count--;
        }
    }
    ts_tree_cursor_delete(&cursor);
    vec_finish(&context.path);
}
