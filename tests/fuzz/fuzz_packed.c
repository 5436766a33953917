/* Values from a server that anybody may have written: nothing, or bytes that are packed and opened again. */
#include "cache/packed.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct hash128 key = {1, 2};
    uint32_t cost_us, kept_us = 0;
    struct blob *found = packed_open(key, data, size, &cost_us), *blob = blob_create(data, size);
    blob_unref(found);
    if (!blob) return 0;
    struct str packed;
    str_init(&packed);
    if (packed_make(key, blob, (uint32_t)size, &packed)) {
        found = packed_open(key, packed.bytes, packed.length, &kept_us);
        if (!found || kept_us != size || found->size_bytes != size || memcmp(found->bytes, data, size) != 0)
            abort();
        blob_unref(found);
    }
    str_finish(&packed);
    blob_unref(blob);
    return 0;
}
