/* hash.h: content hashes (XXH3, 64 and 128 bits). Not for secrets.
 *
 * Owns    nothing.   Threads any.   Errors none. */
#ifndef NOODLE_HASH_H
#define NOODLE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash128 {
    uint64_t low, high;
};

uint64_t hash64(const void *bytes, size_t length, uint64_t seed);
struct hash128 hash128(const void *bytes, size_t length);

/* Streaming, for texts that are not contiguous; equal to hash128 over the same bytes. */
struct hash_stream;
struct hash_stream *hash_stream_create(void);
void hash_stream_add(struct hash_stream *stream, const void *bytes, size_t length);
struct hash128 hash_stream_destroy(struct hash_stream *stream); /* returns the digest */

#endif
