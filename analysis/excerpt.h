/* excerpt.h: the part of a text that decides a mistake: small enough to search in, whatever the size of the
 * file.
 *
 * Small texts are taken whole. From larger ones the stretch around the mistake is kept together with the
 * heads and ends of the constructs around it; in between, runs of whole nodes are left out. Leaving out the
 * bytes from the start of one node to the start of a later sibling is harmless when the automaton was in the
 * same state before both (ts_node_parse_state) and every bracket between them closes: what follows is read
 * the same way.
 *
 * Owns    memory in the caller's arena.
 * Threads any.
 * Errors  NULL when nothing small enough could be cut out, or when cancelled.
 * Units   UTF-8 byte offsets of the text, and of the excerpt's own bytes where said. */
#ifndef NOODLE_EXCERPT_H
#define NOODLE_EXCERPT_H

#include "analysis/parse.h"
#include "base/arena.h"
#include "base/cancel.h"

struct excerpt_range {
    uint32_t start_byte, end_byte; /* in the text */
    uint32_t at;                   /* in the excerpt; it reaches to the next range's, or to the end */
    bool copied; /* the text's own bytes; else they stand for the range as a whole and cannot be edited */
};

struct excerpt {
    char *bytes;
    uint32_t length;
    struct excerpt_range *ranges; /* ascending */
    size_t range_count;
};

/* Where to begin in an error: a long one, which took in what is right, ends soon behind the mistake. */
uint32_t excerpt_focus(uint32_t start_byte, uint32_t end_byte);

/* Text [start_byte, end_byte) as it is. */
struct excerpt *excerpt_whole(const struct text *text, uint32_t start_byte, uint32_t end_byte,
                              struct arena *arena);
/* Around the focus of [focus_start, focus_end) in the piece of the text that tree covers from piece_start to
 * piece_end. */
struct excerpt *excerpt_around(const struct text *text, const TSTree *tree, uint32_t piece_start,
                               uint32_t piece_end, uint32_t focus_start, uint32_t focus_end,
                               const struct cancel *cancel, struct arena *arena);

/* Whether the range lies in one kept stretch; fills where. */
bool excerpt_to_text(const struct excerpt *excerpt, uint32_t start, uint32_t end, uint32_t *ret_start,
                     uint32_t *ret_end);
bool excerpt_holds(const struct excerpt *excerpt, uint32_t text_start, uint32_t text_end);

#endif
