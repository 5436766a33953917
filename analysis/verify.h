/* verify.h: the proof. A repair counts only when the parser itself accepts the text it makes.
 *
 * Owns    nothing.
 * Threads one at a time per parser.
 * Errors  a check that was cancelled has not proven anything: false. */
#ifndef NOODLE_VERIFY_H
#define NOODLE_VERIFY_H

#include "analysis/parse.h"
#include "analysis/repair.h"

/* Whether the slice parses without any error after the repair. */
bool verify_slice(struct parser *parser, const struct language *language, const char *bytes, uint32_t length,
                  const struct repair *repair, const struct cancel *cancel);

/* Whether the text after the edits has fewer broken places than the syntax says it has now: those that overlap
 * [start_byte, end_byte) gone, and no others than before. */
bool verify_region(struct parser *parser, const struct syntax *syntax, const struct repair *repair,
                   uint32_t start_byte, uint32_t end_byte, const struct cancel *cancel);

#endif
