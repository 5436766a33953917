/* bare.h: hypotheses about text that stands without quotes where a value has to: words side by side, a
 * version, a time, a colour, a path, a hash, a lone sign. Part of variant.h; quoting.h is about quotes that
 * are there.
 *
 * What is proposed cannot be an expression, or hardly: names and numbers with signs between them are left to
 * the grammar.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. Only the tokens given are looked at.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_BARE_H
#define NOODLE_BARE_H

#include "analysis/variant.h"

/* What fits the line whose tokens are [first, last); stuck_byte as in variant_propose. */
void bare_propose(const struct tape *tape, uint32_t first, uint32_t last, uint32_t stuck_byte,
                  struct variant_list *list);

#endif
