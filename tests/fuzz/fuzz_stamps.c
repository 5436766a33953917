/* A table of stamps from a file that anybody may have written, its checksum included: no table, or one that
 * is written and read again as it is. */
#include "cache/blob.h"
#include "cache/stamp_table.h"

#include <stdlib.h>
#include <string.h>

#define CHECKSUM_AT 8
#define CHECKED_AT  32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct stamp_table *table, struct hash128 key) {
    struct stamp_table again;
    struct str bytes;
    str_init(&bytes);
    stamp_table_encode(table, key, &bytes);
    if (!stamp_table_decode(&again, key, bytes.bytes, bytes.length) ||
        again.rows.count != table->rows.count || again.sights.count != table->sights.count)
        abort();
    for (size_t i = 0; i < table->rows.count; i++)
        if (!stamp_table_find(&again, table->rows.items[i].path)) abort();
    stamp_table_finish(&again);
    str_finish(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct hash128 key = {1, 2};
    struct stamp_table table;
    struct str bytes;
    str_init(&bytes);
    str_add(&bytes, data, size);
    if (size >= CHECKED_AT) {
        uint64_t sum = blob_checksum(key, bytes.bytes + CHECKED_AT, size - CHECKED_AT);
        memcpy(bytes.bytes + CHECKSUM_AT, &sum, sizeof sum);
    }
    if (stamp_table_decode(&table, key, bytes.bytes, size)) {
        for (size_t i = 0; i < table.rows.count; i++)
            stamp_table_find(&table, table.rows.items[i].path);
        write_again(&table, key);
        stamp_table_finish(&table);
    }
    str_finish(&bytes);
    return 0;
}
