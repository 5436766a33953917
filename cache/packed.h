/* packed.h: values on their way to other machines: compressed, and proven to be what was put under their key.
 *
 *     0   4  "NSR1"
 *     4   4  size of the bytes, least significant byte first
 *     8   8  hash64 of the bytes, seeded with the key
 *     16     the bytes, as one zstd frame
 *
 * Owns    nothing.
 * Threads any.
 * Errors  unpacking takes any bytes: NULL when they are not whole, not of this key, or too large.
 * Units   bytes. */
#ifndef NOODLE_PACKED_H
#define NOODLE_PACKED_H

#include "base/hash.h"
#include "base/str.h"
#include "cache/blob.h"
#include <stdbool.h>

/* Replaces what is in *packed; false: the system refuses the memory. */
bool packed_make(struct hash128 key, const struct blob *blob, struct str *packed);
struct blob *packed_open(struct hash128 key, const void *bytes, size_t length);

#endif
