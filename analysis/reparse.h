/* reparse.h: the next syntax of a text in chunks: what an edit touched is parsed again, the rest is shared.
 *
 * Each run of touched chunks is parsed on its own, with following chunks added until the result is settled
 * (chunk.h) or the budget is spent. A run that is not settled stays one open chunk; with `finish` it is
 * followed to the end of the text if need be.
 *
 * Owns    nothing.
 * Threads those of the parser.
 * Errors  STATUS_CANCELLED, STATUS_DEADLINE by the caller's cancel.
 * Units   bytes. */
#ifndef NOODLE_REPARSE_H
#define NOODLE_REPARSE_H

#include "analysis/syntax.h"

/* previous has chunks (top_state is not 0); hunks are all its differences from text. */
enum status reparse_chunks(struct parser *parser, struct text *text, const struct syntax *previous,
                           const struct text_hunk *hunks, size_t hunk_count, bool finish,
                           const struct cancel *cancel, struct syntax **ret_syntax);

#endif
