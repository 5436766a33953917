/* window.h: the first chunks of a large text, without ever holding the tree of all of it.
 *
 * The text is parsed window by window; each begins at a place where a cut is proven and is trusted up to its
 * last cut. A window that gives none is tried smaller, then larger, up to the end of the text. Only when that
 * too finds no way is the text held for broken there: the broken part becomes one chunk, and the chunks go on
 * behind it where a line begins that several nodes in a row can start from.
 *
 * Owns    nothing.
 * Threads those of the parser.
 * Errors  STATUS_CANCELLED, STATUS_DEADLINE.
 * Units   bytes. */
#ifndef NOODLE_WINDOW_H
#define NOODLE_WINDOW_H

#include "analysis/syntax.h"

/* *ret_syntax is NULL when the text has too few places to cut: it has to be parsed as one piece. */
enum status window_parse(struct parser *parser, const struct language *language, struct text *text,
                         const struct cancel *cancel, struct syntax **ret_syntax);

#endif
