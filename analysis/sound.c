#include "analysis/sound.h"

#include "analysis/hunks.h"
#include "analysis/reading.h"
#include "analysis/syntax.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32 /* of branches in branches */

static bool is_container(TSNode node) {
    static const char *const names[] = {"preproc_ifdef",   "preproc_if",      "preproc_else",
                                        "preproc_elif",    "preproc_elifdef", "linkage_specification",
                                        "declaration_list"};
    const char *type = ts_node_type(node);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(type, names[i]) == 0) return true;
    return false;
}

void sound_find(const TSTree *tree, uint32_t offset, bool deep, struct sound_ranges *ranges) {
    TSNode root = ts_tree_root_node(tree);
    if (ts_node_is_error(root)) return;
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool joined = false, more = ts_tree_cursor_goto_first_child(&cursor);
    unsigned depth = 1;
    while (more) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        /* The brace of a linkage block may be another's: branches hide its own. */
        bool brace = !ts_node_is_named(node) && strchr("{}", *ts_node_type(node));
        bool sound = !ts_node_has_error(node) && !ts_node_is_missing(node) && !brace;
        if ((deep || depth > 1 || !sound) && depth < DEPTH_MAX && is_container(node) &&
            ts_tree_cursor_goto_first_child(&cursor)) {
            depth++;
            continue;
        }
        if (sound)
            vec_push(ranges, (struct sound_range){ts_node_start_byte(node) + offset,
                                                  ts_node_end_byte(node) + offset, joined});
        joined = sound;
        while (depth > 0 && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            ts_tree_cursor_goto_parent(&cursor);
            depth--;
        }
        more = depth > 0;
    }
    ts_tree_cursor_delete(&cursor);
}

bool sound_holds(const struct sound_ranges *ranges, size_t *next, uint32_t start_byte, uint32_t end_byte) {
    while (*next + 1 < ranges->count && ranges->items[*next + 1].start_byte <= start_byte)
        ++*next;
    size_t i = *next;
    if (i >= ranges->count || ranges->items[i].start_byte > start_byte) return false;
    while (ranges->items[i].end_byte < end_byte) {
        i++;
        if (i >= ranges->count || !ranges->items[i].joined) return false;
    }
    return true;
}

/* ---- items of an earlier version ---- */

static void keep(const struct hunks *hunks, struct known_item item, struct known_items *items) {
    if (hunks_follow(hunks, &item.start_byte, &item.end_byte, &item.edits)) vec_push(items, item);
}

static int by_start(const void *left, const void *right) {
    const struct known_item *a = left, *b = right;
    return (a->start_byte > b->start_byte) - (a->start_byte < b->start_byte);
}

static void keep_read(const struct hunks *hunks, const struct readings *readings,
                      const struct read_piece *piece, struct known_items *items) {
    for (size_t i = piece->trusted_first; i < piece->trusted_end && !piece->by_tree; i++)
        keep(hunks,
             (struct known_item){.start_byte = readings->trusted.items[i].start_byte,
                                 .end_byte = readings->trusted.items[i].end_byte,
                                 .good = true},
             items);
    for (size_t i = piece->placed_first; i < piece->placed_end; i++)
        keep(hunks,
             (struct known_item){.start_byte = readings->placed.items[i].start_byte,
                                 .end_byte = readings->placed.items[i].end_byte},
             items);
}

void known_items_find(const struct syntax *earlier, const struct text *text, uint32_t start_byte,
                      uint32_t end_byte, struct known_items *items) {
    vec_clear(items);
    struct hunks hunks = hunks_between(earlier->text, text);
    uint32_t from = hunks_back(&hunks, start_byte), to = hunks_back(&hunks, end_byte);
    struct sound_ranges ranges = {0};
    for (size_t i = syntax_piece_index(earlier, from); i < syntax_piece_count(earlier); i++) {
        struct syntax_piece piece = syntax_piece_at(earlier, i);
        if (piece.start_byte > to) break;
        const struct read_piece *read = readings_of_piece(earlier->readings, i);
        if (read) keep_read(&hunks, earlier->readings, read, items);
        if (piece.tree && (!piece.has_error || !read))
            sound_find(piece.tree, piece.start_byte, true, &ranges);
    }
    for (size_t i = 0; i < ranges.count; i++)
        keep(&hunks,
             (struct known_item){.start_byte = ranges.items[i].start_byte,
                                 .end_byte = ranges.items[i].end_byte,
                                 .good = true,
                                 .joined = ranges.items[i].joined},
             items);
    vec_finish(&ranges);
    if (items->count > 1) qsort(items->items, items->count, sizeof *items->items, by_start);
}

size_t known_items_from(const struct known_items *items, uint32_t byte) {
    size_t index;
    vec_bisect(items, item, item->start_byte < byte, &index);
    return index;
}

bool known_items_good(const struct known_items *items, uint32_t start_byte, uint32_t end_byte) {
    size_t i = known_items_from(items, start_byte);
    if (i == items->count || items->items[i].start_byte != start_byte) return false;
    /* An item may be several nodes: a type and its semicolon. */
    size_t first = i;
    while (items->items[i].good && items->items[i].end_byte < end_byte) {
        i++;
        if (i == items->count || !items->items[i].joined ||
            items->items[i].edits != items->items[first].edits)
            return false;
    }
    return items->items[i].good && items->items[i].end_byte == end_byte;
}
