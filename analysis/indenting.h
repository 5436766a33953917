/* indenting.h: hypotheses about where lines should begin, in languages where that matters: one line or the
 * block that it begins stands elsewhere, the body of a head is not indented, with the head's colon or
 * without. Part of variant.h.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. At most a fixed number of lines is moved.
 * Units   byte offsets of the tape; columns with tabs of 8. */
#ifndef NOODLE_INDENTING_H
#define NOODLE_INDENTING_H

#include "analysis/variant.h"

/* What fits around stuck_byte, as in variant_propose. */
void indenting_propose(const struct tape *tape, uint32_t stuck_byte, struct variant_list *list);

#endif
