/* blob.h: bytes that several tiers hold at once.
 *
 * Owns    its bytes, by an atomic reference count.
 * Threads any: a blob never changes once it is shared.
 * Errors  NULL above BLOB_BYTES_MAX, and when the system refuses the memory.
 * Units   bytes. */
#ifndef NOODLE_BLOB_H
#define NOODLE_BLOB_H

#include "base/hash.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define BLOB_BYTES_MAX                                                                                       \
    ((size_t)8 << 20) /* larger results are not kept: they take longer to read than to make */

struct blob {
    atomic_uint references;
    uint32_t size_bytes;
    char bytes[];
};

struct blob *blob_create(const void *bytes, size_t size_bytes); /* copies; bytes NULL: to be filled in */
struct blob *blob_ref(struct blob *blob);
void blob_unref(struct blob *blob); /* NULL is harmless */

/* Of bytes that lie under a key where others can write: against accidents, also against the right bytes under
 * another key. */
uint64_t blob_checksum(struct hash128 key, const void *bytes, size_t size_bytes);

#endif
