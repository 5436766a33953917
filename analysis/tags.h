/* tags.h: opening and closing tags of markup inside a program (JSX, TSX), read from tokens.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. What looks like a tag and is none (a comparison, a type argument) ends the reading without
 *         a word.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_TAGS_H
#define NOODLE_TAGS_H

#include "analysis/variant.h"

/* At the first closing tag that does not close the tag opened last: the missing closing tag written, or the
 * wrong one renamed. */
void tags_propose(const struct tape *tape, struct variant_list *list);

#endif
