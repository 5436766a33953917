/* directive.h: the directives of a C file as plain lines: continuations joined, comments gone, blanks single.
 *
 * A directive is a # (or %:) that is first on its line, outside of comments and strings. Kept are those that
 * say something about macros: define, include, include_next, import, if, ifdef, ifndef, elif, elifdef,
 * elifndef, else, endif. A line comes out as the keyword, a space, and the rest, ended by a line feed:
 * "define A(x) x + 1\n". The rest holds no line feed.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none; a directive longer than DIRECTIVE_BYTES_MAX is left out, and `limited` set.
 * Units   bytes. */
#ifndef NOODLE_DIRECTIVE_H
#define NOODLE_DIRECTIVE_H

#include "base/str.h"

#define DIRECTIVE_BYTES_MAX (64u * 1024)

/* Appends the lines. */
void directive_collect(const char *bytes, size_t length, struct str *lines, bool *ret_limited);

#endif
