/* prompts.h: hypotheses about text pasted from an interactive console: prompts stand before its statements,
 * and what they print stands between them. Part of variant.h.
 *
 * Owns    nothing; variants go into the caller's list.
 * Threads any.
 * Errors  none. A fixed number of lines is changed at most, those behind are left.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_PROMPTS_H
#define NOODLE_PROMPTS_H

#include "analysis/variant.h"

/* When a prompt stands before what is at stuck_byte: all prompts of the text removed together; and where
 * something is printed, that made comments as well. */
void prompts_propose(const struct tape *tape, uint32_t stuck_byte, struct variant_list *list);

#endif
