#include "base/hash.h"

#include <stdlib.h>
#include <xxhash.h>

uint64_t hash64(const void *bytes, size_t length, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, length, seed);
}

struct hash128 hash128(const void *bytes, size_t length) {
    XXH128_hash_t digest = XXH3_128bits(bytes, length);
    return (struct hash128){.low = digest.low64, .high = digest.high64};
}

/* struct hash_stream is XXH3_state_t, under a name of ours so that headers need no third party's. */
struct hash_stream *hash_stream_create(void) {
    XXH3_state_t *state = XXH3_createState();
    if (!state) abort(); /* half a kilobyte: memory is gone */
    XXH3_128bits_reset(state);
    return (struct hash_stream *)state;
}

void hash_stream_add(struct hash_stream *stream, const void *bytes, size_t length) {
    if (length) XXH3_128bits_update((XXH3_state_t *)stream, bytes, length);
}

struct hash128 hash_stream_destroy(struct hash_stream *stream) {
    XXH128_hash_t digest = XXH3_128bits_digest((XXH3_state_t *)stream);
    XXH3_freeState((XXH3_state_t *)stream);
    return (struct hash128){.low = digest.low64, .high = digest.high64};
}
