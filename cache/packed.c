/* Declarations: packed.h. */
#include "cache/packed.h"

#include "base/mem.h"
#include <string.h>
#include <zstd.h>

#define HEAD_BYTES 20
#define LEVEL      1 /* higher ones gain little on a few KB */

static const char magic[4] = {'N', 'S', 'R', '2'};

static void write_number(char *at, uint64_t number, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        at[i] = (char)(number >> 8 * i & 0xff);
}

static uint64_t read_number(const char *at, unsigned count) {
    uint64_t number = 0;
    for (unsigned i = 0; i < count; i++)
        number |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return number;
}

bool packed_make(struct hash128 key, const struct blob *blob, uint32_t cost_us, struct str *packed) {
    str_clear(packed);
    size_t bound = ZSTD_compressBound(blob->size_bytes);
    char *frame = mem_try_alloc(bound);
    if (!frame) return false;
    size_t length = ZSTD_compress(frame, bound, blob->bytes, blob->size_bytes, LEVEL);
    bool made = !ZSTD_isError(length);
    if (made) {
        char head[HEAD_BYTES];
        memcpy(head, magic, sizeof magic);
        write_number(head + 4, blob->size_bytes, 4);
        write_number(head + 8, cost_us, 4);
        write_number(head + 12, blob_checksum(key, blob->bytes, blob->size_bytes) ^ cost_us, 8);
        str_add(packed, head, sizeof head);
        str_add(packed, frame, length);
    }
    mem_free(frame);
    return made;
}

struct blob *packed_open(struct hash128 key, const void *bytes, size_t length, uint32_t *ret_cost_us) {
    const char *head = bytes;
    if (length < HEAD_BYTES || memcmp(head, magic, sizeof magic) != 0) return NULL;
    uint64_t size_bytes = read_number(head + 4, 4), cost_us = read_number(head + 8, 4);
    struct blob *blob = size_bytes <= BLOB_BYTES_MAX ? blob_create(NULL, (size_t)size_bytes) : NULL;
    if (!blob) return NULL;
    size_t written = ZSTD_decompress(blob->bytes, blob->size_bytes, head + HEAD_BYTES, length - HEAD_BYTES);
    if (!ZSTD_isError(written) && written == size_bytes &&
        (blob_checksum(key, blob->bytes, blob->size_bytes) ^ cost_us) == read_number(head + 12, 8)) {
        *ret_cost_us = cost_us < PACKED_COST_MAX_US ? (uint32_t)cost_us : PACKED_COST_MAX_US;
        return blob;
    }
    blob_unref(blob);
    return NULL;
}
