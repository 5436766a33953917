/* macro_reads.h: which macros read as what they look like, so that expanding them changes nothing.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: in doubt they don't. */
#ifndef NOODLE_MACRO_READS_H
#define NOODLE_MACRO_READS_H

#include "analysis/c_token.h"
#include "analysis/macro.h"

/* An object-like macro that stands for one value reads as its name does. */
bool macro_is_value(const struct macro *macro);
/* A macro that stands for an expression or one statement, called with what calls are called with, reads as a
 * call. name: its token. */
bool macro_reads_as_call(const struct macro *macro, const char *bytes, const struct c_tokens *tokens,
                         size_t name);

#endif
