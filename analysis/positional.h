/* positional.h: macros that nobody has a definition of, understood by where they stand. Strict: only names
 * that can hardly be anything else (all upper case, or with two leading underscores), and only in places
 * where such macros are common; leniency that hides a mistake is worse than a false alarm.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   bytes. */
#ifndef NOODLE_POSITIONAL_H
#define NOODLE_POSITIONAL_H

#include "analysis/reading.h"

struct positional_params {
    /* Whether there is a definition: such names are none of this module's business. */
    bool (*is_known)(const char *name, uint32_t length, void *payload);
    void *payload;
    /* Nothing else but: bytes that are one call with whatever arguments, at the level of the file, are a
     * declaration. */
    bool whole_call;
};

struct positional_change {
    uint32_t start_byte, end_byte;
};

struct positional_changes {
    VEC_FIELDS(struct positional_change);
};

/* Rewrites bytes in place, to the same length; appends what was rewritten. */
void positional_rewrite(char *bytes, uint32_t length, const struct positional_params *params,
                        struct positional_changes *changes);

#endif
