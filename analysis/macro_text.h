/* macro_text.h: whether what a macro stands for has a bracket without its partner.
 *
 * The grammar takes any text for it, and a call of the macro reads as a call. One that opens or closes with
 * such a bracket is a half of two and fine: `#define BEGIN (`. Braces do not count: those of macros are often
 * divided.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   bytes of the macro's text. */
#ifndef NOODLE_MACRO_TEXT_H
#define NOODLE_MACRO_TEXT_H

#include <stdbool.h>
#include <stdint.h>

struct macro_gap {
    uint32_t byte, length; /* the bracket that is too much, or where one is missing: length 0 */
    const char *missing;   /* the one that is missing; NULL: none */
    const char *message;   /* static */
};

bool macro_text_check(const char *bytes, uint32_t length, struct macro_gap *ret_gap);

#endif
