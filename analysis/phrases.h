/* phrases.h: hypotheses about what is written as another language has it, or as one speaks: operators of
 * other languages, `=<`, `else if` for elif, a condition that goes on behind its parenthesis, the parentheses
 * of a loop's head, a cast like a call. Part of variant.h.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. At most a fixed number of tokens of a line is looked at.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_PHRASES_H
#define NOODLE_PHRASES_H

#include "analysis/variant.h"

/* What fits around stuck_byte, as in variant_propose. */
void phrases_propose(const struct tape *tape, uint32_t stuck_byte, struct variant_list *list);

#endif
