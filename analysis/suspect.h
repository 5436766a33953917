/* suspect.h: where the layout of a broken text says that a bracket has no partner.
 *
 * A parser meets a missing bracket where nothing fits any more, often at the end of the text; brackets and
 * indentation tell where it is missing. That is known long before a repair is.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: false when every bracket has its partner, or when cancelled.
 * Units   UTF-8 byte offsets in the text. */
#ifndef NOODLE_SUSPECT_H
#define NOODLE_SUSPECT_H

#include "analysis/language.h"
#include "analysis/text.h"
#include "base/cancel.h"
#include <stdbool.h>

struct suspect {
    uint32_t byte;          /* where the bracket is missing, or where the one without a partner stands */
    uint32_t partner_start; /* the bracket without a partner */
    bool missing;           /* its partner belongs at `byte`; else it is itself too much */
    char bracket;           /* the one that is missing, or too much */
    char partner;           /* the one that stands there */
};

/* The first such place at or before `last_byte` in text[start_byte, end_byte). */
bool suspect_find(const struct text *text, const struct language *language, uint32_t start_byte,
                  uint32_t end_byte, uint32_t last_byte, const struct cancel *cancel,
                  struct suspect *ret_suspect);

#endif
