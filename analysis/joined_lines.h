/* joined_lines.h: two lines that became one: the line end between two statements or members is lost, where a
 * line end ends them.
 *
 * Owns    nothing; what is proposed lives in the list's arena.
 * Threads any.
 * Errors  none.
 * Units   byte offsets of the tape looked at; indentation with tabs expanded, as in lexer.h. */
#ifndef NOODLE_JOINED_LINES_H
#define NOODLE_JOINED_LINES_H

#include "analysis/variant.h"

/* Adds what fits around stuck. */
void joined_lines_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list);

#endif
