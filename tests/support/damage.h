/* damage.h: valid sources in every language, and mistakes of the kind that people make.
 *
 * Owns    static texts; damaged copies belong to the caller's str.
 * Threads any, one struct damage_random per thread.
 * Errors  none. */
#ifndef NOODLE_DAMAGE_H
#define NOODLE_DAMAGE_H

#include "base/str.h"
#include <stdint.h>

struct damage_source {
    const char *language; /* id */
    const char *text;     /* without a syntax error */
};

extern const struct damage_source damage_sources[];
extern const size_t damage_source_count;

struct damage_random {
    uint64_t state;
};

/* From NOODLE_SEED when it is set, else from the clock; the seed is printed. */
struct damage_random damage_random_start(void);
uint32_t damage_random_below(struct damage_random *random, uint32_t limit);

/* One random edit of a text of `length` bytes: what to replace and by what (static or within bytes). */
struct damage_edit {
    uint32_t start_byte, end_byte;
    const char *new_bytes;
    uint32_t new_length;
};
struct damage_edit damage_make(struct damage_random *random, const char *bytes, size_t length);
void damage_apply(struct str *bytes, const struct damage_edit *edit);

#endif
