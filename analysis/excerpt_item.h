/* excerpt_item.h: an excerpt (excerpt.h) of text that is judged item by item (reading.h): the broken item as
 * it was shown to the parser, what else is broken next to it, and its neighbours as far as they are the
 * text's own bytes.
 *
 * Owns    memory in the caller's arena.
 * Threads any.
 * Errors  NULL when nothing small enough could be cut out.
 * Units   UTF-8 byte offsets of the text; of the reading for the focus. */
#ifndef NOODLE_EXCERPT_ITEM_H
#define NOODLE_EXCERPT_ITEM_H

#include "analysis/excerpt.h"
#include "analysis/reading.h"

/* Around [focus_start, focus_end) of the placed reading `index`, which has been kept. */
struct excerpt *excerpt_of_item(const struct syntax *syntax, size_t index, uint32_t focus_start,
                                uint32_t focus_end, struct arena *arena);

#endif
