/* chunk.h: where a text may be cut into chunks, and when the parse of a chunk alone can be trusted.
 *
 * A cut stands before a root child that a parser reaches in the grammar's top state: whatever came before has
 * been put away, so a parser that starts there sees the same program. The top state is the commonest parse
 * state before a root child; nodes made while several readings were alive have none and are never cut before.
 *
 * Owns    nothing; chunks made here have no box yet.
 * Threads any.
 * Errors  none.
 * Units   bytes; ranges of the text for chunks, offsets in the tree's own range for sync nodes. */
#ifndef NOODLE_CHUNK_H
#define NOODLE_CHUNK_H

#include "analysis/syntax.h"

#define CHUNK_TARGET_BYTES 4096u /* a chunk ends at the first cut after this many bytes */
#define CHUNK_GIANT_BYTES                                                                                    \
    16384u /* longer root children: never first or last in their chunk, and their tree is kept */
/* A longer broken chunk that runs to the end of the text has swallowed what is no part of it. */
#define CHUNK_BROKEN_BYTES 65536u

/* A node that a later parse must find again at the same distance from the end. */
struct sync_node {
    uint32_t start_byte, length;
    uint16_t symbol;
};

uint16_t chunk_top_state(const TSTree *tree); /* 0: the tree has no root children that say so */

/* Adds the chunks of a range, one when there is no cut in it. The tree begins where the range does; what it
 * holds behind the range is left out. */
void chunk_cut(const struct language *language, const TSTree *tree, uint32_t start_byte, uint32_t end_byte,
               uint16_t top_state, struct chunk_list *list);
/* After a parse up to the end of the text: the broken chunk that looked behind it depends on all that
 * follows. */
void chunk_mark_to_end(struct chunk *chunks, size_t count, uint32_t start_byte, uint32_t leak_byte);
/* The range as one chunk. */
struct chunk chunk_whole(const struct language *language, const TSTree *tree, uint32_t start_byte,
                         uint32_t end_byte, uint16_t top_state);

/* Whether a cut may stand at offset in the tree's range. */
bool chunk_can_cut(const TSTree *tree, uint32_t offset, uint16_t top_state);

/* Whether what follows the sync node, in the tree's range and behind it, is parsed as it was before the edit:
 * the root is no ERROR, the node recurs behind every error, and nothing before it asked for text behind the
 * range. */
bool chunk_is_settled(const TSTree *tree, struct sync_node sync, uint32_t leak_byte);

/* Giants' trees are kept, because parsing one afresh takes longer than a keystroke may. */
bool chunk_is_giant(uint32_t length);
/* The tree of a chunk on its own; NULL when cancelled, or when its verdict is not the chunk's: then something
 * before the chunk decides it. */
struct tree_box *chunk_tree(struct parser *parser, const struct language *language, const struct text *text,
                            const struct chunk *chunk, uint32_t end_byte, const struct cancel *cancel);

#endif
