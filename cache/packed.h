/* packed.h: values on their way to other machines: compressed, and proven to be what was put under their key.
 *
 *     0   4  "NSR2"
 *     4   4  size of the bytes, least significant byte first
 *     8   4  what making them took, in microseconds
 *     12  8  hash64 of the bytes, seeded with the key, exclusive or what making them took
 *     20     the bytes, as one zstd frame
 *
 * Owns    nothing.
 * Threads any.
 * Errors  unpacking takes any bytes: NULL when they are not whole, not of this key, or too large.
 * Units   bytes; microseconds. A cost above PACKED_COST_MAX_US is that: nothing takes longer, and it would
 * keep an entry from ever leaving memory. */
#ifndef NOODLE_PACKED_H
#define NOODLE_PACKED_H

#include "base/hash.h"
#include "base/str.h"
#include "cache/blob.h"
#include <stdbool.h>

#define PACKED_COST_MAX_US 60000000u

/* Replaces what is in *packed; false: the system refuses the memory. */
bool packed_make(struct hash128 key, const struct blob *blob, uint32_t cost_us, struct str *packed);
struct blob *packed_open(struct hash128 key, const void *bytes, size_t length, uint32_t *ret_cost_us);

#endif
