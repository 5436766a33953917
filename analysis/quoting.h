/* quoting.h: hypotheses about strings whose quotes are all there and stand in the wrong places: quotes inside
 * a text that are not escaped, a last quote before or behind what it was to close. Part of variant.h, which
 * knows of single quotes; bare.h is about text that has none.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. At most a fixed number of quotes and tokens of a line is looked at.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_QUOTING_H
#define NOODLE_QUOTING_H

#include "analysis/variant.h"

/* What fits the line whose tokens are [first, last). */
void quoting_propose(const struct tape *tape, uint32_t first, uint32_t last, struct variant_list *list);

#endif
