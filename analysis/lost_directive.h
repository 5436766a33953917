/* lost_directive.h: hypotheses about lines that are what is left of a directive without its first word:
 * `<stdio.h>` alone, `LIMIT 10` beside other definitions. Part of variant.h.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none; languages without directives have none that could be lost.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_LOST_DIRECTIVE_H
#define NOODLE_LOST_DIRECTIVE_H

#include "analysis/variant.h"

/* What fits around stuck_byte, as in variant_propose. */
void lost_directive_propose(const struct tape *tape, uint32_t stuck_byte, struct variant_list *list);

#endif
