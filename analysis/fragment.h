/* fragment.h: C that is no file of its own but a part of one: the elements of a list, which another file
 * includes between the braces of an initializer or an enum.
 *
 *     { "read", 3, SF_READ },            [EPERM] = "not permitted",          NAME_A,
 *     { "write", 3, SF_WRITE },          [ENOENT] = "no such file",          NAME_B = 7,
 *
 * Told by tokens alone: the first thing is no declaration, no semicolon is anywhere, and there are commas or
 * nothing but texts.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: what is not certain is none. */
#ifndef NOODLE_FRAGMENT_H
#define NOODLE_FRAGMENT_H

#include "analysis/c_token.h"

/* What stands around the elements, so that they can be parsed. */
#define FRAGMENT_HEAD "int x[] = {\n"
#define FRAGMENT_TAIL "\n};"

/* tokens: of the whole file. */
bool fragment_is_list(const struct c_tokens *tokens);
/* The same of its bytes. Most files are told from a list by their first token. */
bool fragment_is_list_text(const char *bytes, uint32_t length);

#endif
