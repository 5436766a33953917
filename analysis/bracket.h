/* bracket.h: which brackets of a text belong together, however broken it is.
 *
 * Where every bracket has its partner by kind, that is the answer. Where not, indentation decides which one
 * has none: a closer that begins its line belongs to the opener whose line, or whose statement's first line,
 * is indented alike. Openers passed over on the way are left open, closers deeper than what they could close
 * are spare; what turns out to be sloppy layout (an opener left open and a closer to spare) is made good
 * again.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   indexes into the tokens. */
#ifndef NOODLE_BRACKET_H
#define NOODLE_BRACKET_H

#include "analysis/lexer.h"

#define BRACKET_NONE UINT32_MAX

char bracket_closer(char opener); /* ')' for '(' ...; 0 for others */

/* Fills match, one for each token: the partner of a bracket, else BRACKET_NONE. Says whether every bracket
 * has one. */
bool bracket_match(const char *bytes, const struct token_list *tokens, uint32_t *match);

/* The token that begins the statement in which an opener stands, or one on its line: a block's closer is
 * indented like it. */
uint32_t bracket_head(const char *bytes, const struct token_list *tokens, const uint32_t *match,
                      uint32_t opener);

#endif
