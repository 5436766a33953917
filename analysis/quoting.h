/* quoting.h: hypotheses about strings whose quotes are all there and stand in the wrong places, or are
 * missing in pairs: quotes inside a text that are not escaped, a last quote before or behind what it was to
 * close, text without quotes. Part of variant.h, which knows of single quotes.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. At most a fixed number of quotes and tokens of a line is looked at.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_QUOTING_H
#define NOODLE_QUOTING_H

#include "analysis/variant.h"

/* What fits the line whose tokens are [first, last); stuck_byte as in variant_propose. */
void quoting_propose(const struct tape *tape, uint32_t first, uint32_t last, uint32_t stuck_byte,
                     struct variant_list *list);

#endif
