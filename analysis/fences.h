/* fences.h: the fence of a block of Markdown that came along with pasted code: a line of three or more
 * backquotes or tildes, and perhaps the name of a language. All such lines go together.
 *
 * Owns    nothing; what is proposed lives in the list's arena.
 * Threads any.
 * Errors  none.
 * Units   byte offsets of the tape looked at. */
#ifndef NOODLE_FENCES_H
#define NOODLE_FENCES_H

#include "analysis/variant.h"

/* Adds what fits around stuck. */
void fences_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list);

#endif
