/* head.h: the keyword or the sign that a line lacks at its beginning, by what the rest of the line looks
 * like: a name, its parameters and a block lack `func`; `a.b.c;` lacks `import`.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   costs as in propose.h. */
#ifndef NOODLE_HEAD_H
#define NOODLE_HEAD_H

#include "analysis/layout.h"

/* What it costs to write the word before the token `first`; PROPOSE_NEVER: nothing speaks for it. */
double head_cost(const struct layout *layout, uint32_t first, const char *word);

#endif
