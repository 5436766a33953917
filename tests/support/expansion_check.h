/* expansion_check.h: what every expansion keeps (macro_expand.h), for tests and fuzzers.
 *
 * Owns    nothing.   Threads any.   Errors a sentence; NULL: all is well. */
#ifndef NOODLE_EXPANSION_CHECK_H
#define NOODLE_EXPANSION_CHECK_H

#include "analysis/macro_expand.h"

/* For an expansion without a map: spans cover the text and ascend, copied bytes are the input's, each at most
 * once and in its order. */
const char *expansion_check(const char *input, size_t length, const struct expansion *expansion);

#endif
