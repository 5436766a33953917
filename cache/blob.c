#include "cache/blob.h"

#include "base/mem.h"
#include <string.h>

struct blob *blob_create(const void *bytes, size_t size_bytes) {
    if (size_bytes > BLOB_BYTES_MAX) return NULL;
    struct blob *blob = mem_try_alloc(sizeof *blob + size_bytes);
    if (!blob) return NULL;
    atomic_init(&blob->references, 1);
    blob->size_bytes = (uint32_t)size_bytes;
    if (bytes && size_bytes) memcpy(blob->bytes, bytes, size_bytes);
    return blob;
}

struct blob *blob_ref(struct blob *blob) {
    atomic_fetch_add_explicit(&blob->references, 1, memory_order_relaxed);
    return blob;
}

void blob_unref(struct blob *blob) {
    if (!blob || atomic_fetch_sub_explicit(&blob->references, 1, memory_order_acq_rel) != 1) return;
    mem_free(blob);
}

uint64_t blob_checksum(struct hash128 key, const void *bytes, size_t size_bytes) {
    return hash64(bytes, size_bytes, key.low ^ key.high << 1);
}
