/* directive_check.h: what is wrong with a directive line in itself: a condition that is none, an #include
 * without its closing bracket, a #define without a name. The grammar sees little of that.
 *
 * Owns    nothing; messages are static.
 * Threads any.
 * Errors  none: NULL for a line that is well formed, and for directives that this knows nothing of.
 * Units   bytes. */
#ifndef NOODLE_DIRECTIVE_CHECK_H
#define NOODLE_DIRECTIVE_CHECK_H

#include "analysis/c_token.h"

/* A message for people, or NULL. *ret_byte (may be NULL): where in the directive it is wrong, as near as is
 * known. */
const char *directive_check(const char *bytes, const struct c_token *directive, uint32_t *ret_byte);

#endif
