/* lost_line.h: lines of a C text that are what is left of a directive: `include <a.h>`, `endif`, `#"a.h"`,
 * `#undef` without a name, a second `#else`.
 *
 * Told by the words of the line and those around it, before any tree is asked: a line that lost its # makes
 * one statement with those behind it. Certain only: a name that the text uses as one is none of these, and
 * nothing is said of what compilers pass over.
 *
 * Owns    the list's items (vec); messages and texts are static.
 * Threads any.
 * Errors  none: what is not certain is not found.
 * Units   bytes of the text. */
#ifndef NOODLE_LOST_LINE_H
#define NOODLE_LOST_LINE_H

#include "analysis/c_scan.h"
#include "analysis/repair.h"

struct lost_line {
    uint32_t start_byte, end_byte; /* from its first token to its end */
    bool hidden;                   /* it is a directive, of this kind, though it has no # */
    uint8_t directive;             /* enum c_directive */
    uint8_t code;                  /* enum finding_code */
    const char *message;           /* NULL: nothing is wrong with it for certain, whatever a tree says */
    const char *title;             /* of the repair; NULL: there is none */
    const char *text;              /* that is written instead of [write_start, write_end) */
    uint32_t write_start, write_end;
};

struct lost_lines {
    VEC_FIELDS(struct lost_line);
};

/* Appends those of the text, ascending. */
void lost_lines_find(struct c_scan *scan, struct lost_lines *lines);
/* The line that begins with the byte; NULL: none. */
const struct lost_line *lost_lines_at(const struct lost_lines *lines, uint32_t start_byte);
/* Makes the tokens of hidden lines in [piece_start, piece_end) directives. tokens: of the piece. */
void lost_lines_hide(const struct lost_lines *lines, uint32_t piece_start, uint32_t piece_end,
                     struct c_tokens *tokens);

#endif
