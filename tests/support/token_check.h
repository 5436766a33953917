/* token_check.h: what must hold for the tokens of any bytes.
 *
 * Owns    nothing; the message is static.
 * Threads any.
 * Errors  the first broken rule in words, NULL when all hold. */
#ifndef NOODLE_TOKEN_CHECK_H
#define NOODLE_TOKEN_CHECK_H

#include "analysis/lexer.h"

/* Tokens ascend without overlap, the gaps between them are gaps, lines and columns are those of the bytes.
 * *ret_byte (may be NULL) is where the rule was broken. */
const char *token_check(const struct language *language, const char *bytes, size_t length,
                        const struct token_list *tokens, size_t *ret_byte);

#endif
