/* chunk.c: see chunk.h. */
#include "analysis/chunk.h"

#include "base/mem.h"

#define NO_STATE        UINT16_MAX /* the parse state of nodes made while several readings were alive */
#define TOP_STATE_VOTES 4          /* nodes that must agree on the top state */
#define CLEAN_NODES_AFTER_ERROR                                                                              \
    2 /* nodes that must follow an error before the next cut, so that recovery has its context */

static bool is_error(TSNode node) {
    return ts_node_is_error(node) || ts_node_is_missing(node);
}

uint16_t chunk_top_state(const TSTree *tree) {
    TSNode root = ts_tree_root_node(tree);
    if (ts_node_is_error(root)) return 0;
    uint32_t *counts = mem_zalloc(((size_t)UINT16_MAX + 1) * sizeof *counts);
    uint16_t best = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    if (more)
        more = ts_tree_cursor_goto_next_sibling(&cursor); /* the first child is reached in the start state */
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        uint16_t state = ts_node_parse_state(node);
        if (state == NO_STATE || !ts_node_is_named(node) || ts_node_is_extra(node) || is_error(node))
            continue;
        if (++counts[state] > counts[best]) best = state;
    }
    ts_tree_cursor_delete(&cursor);
    uint32_t votes = counts[best];
    mem_free(counts);
    return votes >= TOP_STATE_VOTES ? best : 0;
}

/* Walks the root children once and closes a chunk before every node where that is allowed. */
struct cutter {
    struct chunk_list *list;
    struct chunk chunk; /* the one being filled */
    uint32_t range_start;
    uint32_t sync_start;  /* in the range; valid when chunk.sync_length > 0 */
    unsigned clean_nodes; /* nodes that can be sync nodes since the chunk's start, its last error or giant */
    uint32_t ended_row;   /* where the last statement ended; UINT32_MAX: nothing more is needed to end it */
    bool has_first, line_ends;
};

/* Line ends that end statements are hidden from a tree's readers, and so is one that is MISSING between two
 * statements on a line. */
static bool lacks_line_end(struct cutter *cutter, TSNode node) {
    if (!cutter->line_ends || ts_node_is_extra(node)) return false;
    bool lacks = ts_node_is_named(node) && ts_node_start_point(node).row == cutter->ended_row;
    cutter->ended_row = ts_node_is_named(node) ? ts_node_end_point(node).row : UINT32_MAX;
    return lacks;
}

static void cutter_begin(struct cutter *cutter, uint32_t start_byte) {
    cutter->chunk = (struct chunk){.start_byte = start_byte};
    cutter->has_first = false;
    cutter->clean_nodes = CLEAN_NODES_AFTER_ERROR;
}

static void cutter_close(struct cutter *cutter, uint32_t end_byte) {
    if (cutter->chunk.sync_length > 0)
        cutter->chunk.sync_back = end_byte - cutter->range_start - cutter->sync_start;
    cutter->chunk.id = chunk_new_id();
    vec_push(cutter->list, cutter->chunk);
    cutter_begin(cutter, end_byte);
}

/* The first node of a range is reached in the start state, whatever its state in the whole text is. */
static bool can_sync(TSNode node, uint16_t top_state) {
    uint32_t start = ts_node_start_byte(node);
    return !ts_node_has_error(node) && ts_node_end_byte(node) > start && ts_node_is_named(node) &&
           !ts_node_is_extra(node) && ts_node_start_point(node).column == 0 &&
           (ts_node_parse_state(node) == top_state || start == 0);
}

bool chunk_can_cut(const TSTree *tree, uint32_t offset, uint16_t top_state) {
    TSNode root = ts_tree_root_node(tree);
    if (ts_node_is_error(root)) return false;
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool found = false;
    if (ts_tree_cursor_goto_first_child_for_byte(&cursor, offset) >= 0) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        found = ts_node_start_byte(node) == offset && can_sync(node, top_state);
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

static void cutter_add(struct cutter *cutter, TSNode node, uint16_t top_state, bool cut) {
    uint32_t start = ts_node_start_byte(node), length = ts_node_end_byte(node) - start;
    uint32_t start_byte = cutter->range_start + start;
    bool broken = ts_node_has_error(node) || lacks_line_end(cutter, node), sync = can_sync(node, top_state);
    bool giant = length >= CHUNK_GIANT_BYTES;
    if (cut && sync && !giant && start_byte - cutter->chunk.start_byte >= CHUNK_TARGET_BYTES &&
        cutter->clean_nodes >= CLEAN_NODES_AFTER_ERROR)
        cutter_close(cutter, start_byte);

    struct chunk *chunk = &cutter->chunk;
    if (!cutter->has_first) {
        cutter->has_first = true;
        chunk->first_length = start_byte + length - chunk->start_byte;
    }
    if (sync) {
        cutter->sync_start = start;
        chunk->sync_length = length;
        chunk->sync_symbol = ts_node_symbol(node);
        cutter->clean_nodes++;
    }
    chunk->has_error |= broken;
    if (broken)
        cutter->clean_nodes = 0;
    else if (giant)
        cutter->clean_nodes = CLEAN_NODES_AFTER_ERROR - 1; /* one small node comes after it */
}

static void cut_range(const struct language *language, const TSTree *tree, uint32_t start_byte,
                      uint32_t end_byte, uint16_t top_state, bool cut, struct chunk_list *list) {
    TSNode root = ts_tree_root_node(tree);
    struct cutter cutter = {.list = list, .range_start = start_byte, .ended_row = UINT32_MAX};
    cutter.line_ends = (language->flags & (LANGUAGE_LINE_ENDS | LANGUAGE_SEMICOLONS)) == LANGUAGE_LINE_ENDS &&
                       ts_node_has_error(root);
    cutter_begin(&cutter, start_byte);
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool more = !ts_node_is_error(root) && ts_tree_cursor_goto_first_child(&cursor);
    if (!more) {
        cutter.chunk.first_length = end_byte - start_byte;
        cutter.chunk.has_error = ts_node_has_error(root);
    }
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        if (start_byte + ts_node_start_byte(node) >= end_byte) break;
        cutter_add(&cutter, node, top_state, cut);
    }
    ts_tree_cursor_delete(&cursor);
    cutter_close(&cutter, end_byte);
}

void chunk_cut(const struct language *language, const TSTree *tree, uint32_t start_byte, uint32_t end_byte,
               uint16_t top_state, struct chunk_list *list) {
    cut_range(language, tree, start_byte, end_byte, top_state, true, list);
}

void chunk_mark_to_end(struct chunk *chunks, size_t count, uint32_t start_byte, uint32_t leak_byte) {
    if (leak_byte == UINT32_MAX) return;
    while (count > 0 && chunks[count - 1].start_byte > start_byte + leak_byte)
        count--;
    if (count > 0) chunks[count - 1].to_end = chunks[count - 1].has_error;
}

struct chunk chunk_whole(const struct language *language, const TSTree *tree, uint32_t start_byte,
                         uint32_t end_byte, uint16_t top_state) {
    struct chunk_list list = {0};
    cut_range(language, tree, start_byte, end_byte, top_state, false, &list);
    struct chunk chunk = list.items[0];
    vec_finish(&list);
    return chunk;
}

bool chunk_is_settled(const TSTree *tree, struct sync_node sync, uint32_t leak_byte) {
    TSNode root = ts_tree_root_node(tree);
    if (leak_byte < sync.start_byte || ts_node_is_error(root)) return false;
    bool found = false, broken = false;
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool more = ts_tree_cursor_goto_first_child_for_byte(&cursor, sync.start_byte) >= 0;
    for (; more && !broken; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        if (!found) {
            uint32_t start = ts_node_start_byte(node);
            if (start > sync.start_byte) break;
            found = start == sync.start_byte && ts_node_end_byte(node) - start == sync.length &&
                    ts_node_symbol(node) == sync.symbol && !ts_node_is_extra(node);
            if (!found && start < sync.start_byte) continue;
        }
        broken = !found || ts_node_has_error(node);
    }
    ts_tree_cursor_delete(&cursor);
    return found && !broken;
}

bool chunk_is_giant(uint32_t length) {
    return length >= 2 * CHUNK_GIANT_BYTES;
}

struct tree_box *chunk_tree(struct parser *parser, const struct language *language, const struct text *text,
                            const struct chunk *chunk, uint32_t end_byte, const struct cancel *cancel) {
    TSTree *tree = parser_parse_range(parser, language, text, chunk->start_byte, end_byte, NULL, cancel);
    if (!tree) return NULL;
    if (ts_node_has_error(ts_tree_root_node(tree)) == chunk->has_error) return tree_box_create(tree);
    ts_tree_delete(tree);
    return NULL;
}
