/* macro_text.h: macros whose text has a bracket without its partner, where no program can be right with it.
 *
 * The grammar takes any text for what a macro stands for. A bracket alone in it is fine when another macro
 * has the partner, or the text around a call: then the brackets of all that is compiled balance. So it is
 * wrong for certain only when the text uses the macro, its own brackets of that kind balance outside of
 * directives, and no other macro of it has one alone.
 *
 * Owns    the list's items (vec).
 * Threads any.
 * Errors  none: what is not certain is not found.
 * Units   bytes of the text. */
#ifndef NOODLE_MACRO_TEXT_H
#define NOODLE_MACRO_TEXT_H

#include "analysis/c_scan.h"
#include <stdint.h>

struct macro_gap {
    uint32_t byte, length; /* the bracket that is too much, with the space before it when nothing stands
                              behind it; or where one is missing: length 0 */
    char bracket;          /* that one */
    uint32_t count;        /* so many of them, at one place */
    uint32_t name_start, name_end; /* of the macro */
};

struct macro_gaps {
    VEC_FIELDS(struct macro_gap);
};

/* Appends those of the text, ascending. */
void macro_text_find(struct c_scan *scan, struct macro_gaps *gaps);

#endif
