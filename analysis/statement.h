/* statement.h: the statements of C around a place, told by brackets and semicolons, where no tree shows them.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  false where there is none, where braces do not pair, and where directives stand in it.
 * Units   bytes, as the tokens have them. */
#ifndef NOODLE_STATEMENT_H
#define NOODLE_STATEMENT_H

#include "analysis/c_token.h"

/* The statement that holds [*start_byte, *end_byte) in the innermost block around it, or in the block `level`
 * blocks further out: the range becomes the statement's. tokens: of `bytes`. */
bool statement_around(const char *bytes, const struct c_tokens *tokens, unsigned level, uint32_t *start_byte,
                      uint32_t *end_byte);

#endif
