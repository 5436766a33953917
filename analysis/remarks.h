/* remarks.h: hypotheses about comments: where one that is not closed should have ended, comments with the
 * mark of another language, lines of plain text that have no mark at all. Part of variant.h.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. At most a fixed number of lines is looked at.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_REMARKS_H
#define NOODLE_REMARKS_H

#include "analysis/variant.h"

/* What fits around stuck_byte, as in variant_propose. */
void remarks_propose(const struct tape *tape, uint32_t stuck_byte, struct variant_list *list);

#endif
