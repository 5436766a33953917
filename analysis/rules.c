#include "analysis/rule_node.h"

#include <language.h>
#include <stdlib.h>
#include <string.h>
#include <tree.h>

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

/* A node whose children are being looked at. A cursor takes ten times as long for a whole tree. */
struct level {
    const Subtree *subtree;
    Length start, at; /* of the node; behind the last child looked at */
    TSSymbol alias;
    uint32_t next, structural; /* children: all, and those that are no extras */
};

struct levels {
    VEC_FIELDS(struct level);
    size_t in_path; /* the first of them, whose visible nodes are the path */
};

static bool is_visible(const struct level *level) {
    return level->alias || ts_subtree_visible(*level->subtree);
}

/* Most levels are left again before anybody asks for the path to them. */
static void find_path(struct levels *levels, const TSTree *tree, struct rule_path *path) {
    for (; levels->in_path < levels->count; levels->in_path++) {
        const struct level *level = &levels->items[levels->in_path];
        if (is_visible(level)) vec_push(path, ts_node_new(tree, level->subtree, level->start, level->alias));
    }
}

static void leave_level(struct levels *levels, struct rule_path *path) {
    levels->count--;
    if (levels->in_path <= levels->count) return;
    levels->in_path = levels->count;
    if (is_visible(&levels->items[levels->count])) path->count--;
}

/* The next child of the innermost level; false when there is none. */
static bool next_child(struct levels *levels, const TSLanguage *grammar, struct level *ret_child) {
    struct level *parent = &levels->items[levels->count - 1];
    if (parent->next == ts_subtree_child_count(*parent->subtree)) return false;
    const Subtree *child = &ts_subtree_children(*parent->subtree)[parent->next];
    TSSymbol alias = 0;
    if (!ts_subtree_extra(*child))
        alias = ts_language_alias_at(grammar, parent->subtree->ptr->production_id, parent->structural++);
    if (parent->next++ > 0) parent->at = length_add(parent->at, ts_subtree_padding(*child));
    *ret_child = (struct level){.subtree = child, .start = parent->at, .at = parent->at, .alias = alias};
    parent->at = length_add(parent->at, ts_subtree_size(*child));
    return true;
}

void rules_check(const struct rule_checker *checker, const TSTree *tree, const struct text *text,
                 uint32_t offset, uint32_t start_byte, uint32_t end_byte, size_t max,
                 struct rule_violations *violations) {
    if (!checker) return;
    const TSLanguage *grammar = ts_tree_language(tree);
    TSNode root = ts_tree_root_node(tree);
    struct rule_context context = {.text = text, .offset = offset, .violations = violations};
    uint32_t from = start_byte > offset ? start_byte - offset : 0;
    uint32_t to = end_byte > offset ? end_byte - offset : 0;
    struct levels levels = {0};
    TSPoint point = ts_node_start_point(root);
    struct level level = {.subtree = root.id, .start = {ts_node_start_byte(root), point}};
    level.at = level.start;
    for (bool more = true; more && violations->count < max;) {
        bool behind = level.start.bytes > to;
        bool before =
            from && levels.count && level.start.bytes + ts_subtree_size(*level.subtree).bytes <= from;
        /* Inside an ERROR the tree says little: its nodes are leftovers. */
        if (!behind && !before && !ts_subtree_is_error(*level.subtree)) {
            TSSymbol symbol = level.alias ? level.alias : ts_subtree_symbol(*level.subtree);
            if (symbol < TYPES_MAX && checker->of_symbol[symbol] && is_visible(&level)) {
                find_path(&levels, tree, &context.path);
                checker->of_symbol[symbol]->check(&context,
                                                  ts_node_new(tree, level.subtree, level.start, level.alias));
            }
            if (ts_subtree_child_count(*level.subtree)) vec_push(&levels, level);
        } else if (behind && levels.count) {
            leave_level(&levels, &context.path);
        }
        while ((more = levels.count) && !next_child(&levels, grammar, &level))
            leave_level(&levels, &context.path);
    }
    vec_finish(&levels);
    vec_finish(&context.path);
}
