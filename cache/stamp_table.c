/* Declarations: stamp_table.h. */
#include "cache/stamp_table.h"

#include "base/mem.h"
#include "cache/blob.h"
#include <stdlib.h>
#include <string.h>

#define MAGIC       UINT64_C(0x31504d5453444e0a) /* "\nNDSTMP1" where the lowest byte comes first */
#define AT_CHECKSUM 8
#define AT_CHECKED  32 /* all behind this is */
#define AT_COUNT    48
#define AT_ROWS     56
#define HITS_MAX    (UINT64_C(1) << 60) /* what a file says may be anything */

struct stored_row {
    uint64_t hash;
    struct file_stamp stamp;
    struct hash128 text;
    uint64_t language;
    uint32_t path_at, zero;
};
_Static_assert(sizeof(struct stored_row) == STAMP_ROW_BYTES, "a row has no gaps");

uint64_t stamp_language(const char *id) {
    return hash64(id, strlen(id), 0);
}

static uint64_t path_hash(const char *path) {
    return hash64(path, strlen(path), 0);
}

void stamp_table_init(struct stamp_table *table, int64_t now_s) {
    *table = (struct stamp_table){.made_s = now_s, .used_s = now_s};
    arena_init(&table->paths);
}

void stamp_table_finish(struct stamp_table *table) {
    vec_finish(&table->rows);
    mem_free(table->hashes);
    arena_finish(&table->paths);
    *table = (struct stamp_table){0};
}

void stamp_table_add(struct stamp_table *table, const struct stamp_row *row) {
    const char *path = arena_strndup(&table->paths, row->path, strlen(row->path));
    vec_push(&table->rows, *row);
    table->rows.items[table->rows.count - 1].path = path;
    mem_free(table->hashes);
    table->hashes = NULL;
}

const struct stamp_row *stamp_table_find(const struct stamp_table *table, const char *path) {
    if (!table->hashes) return NULL;
    uint64_t hash = path_hash(path);
    size_t low = 0, high = table->rows.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < table->rows.count && table->hashes[low] == hash; low++)
        if (strcmp(table->rows.items[low].path, path) == 0) return &table->rows.items[low];
    return NULL;
}

/* ---- bytes
 * ------------------------------------------------------------------------------------------------------ */

static uint64_t checksum(struct hash128 key, const char *bytes, size_t length) {
    return blob_checksum(key, bytes + AT_CHECKED, length - AT_CHECKED);
}

static uint64_t read_number(const char *bytes, size_t at) {
    uint64_t number;
    memcpy(&number, bytes + at, sizeof number);
    return number;
}

/* Whether all sizes and places fit. */
static bool is_whole(struct hash128 key, const char *bytes, size_t length, uint32_t *ret_count,
                     uint32_t *ret_path_bytes) {
    if (length < AT_ROWS || length > STAMP_TABLE_BYTES || read_number(bytes, 0) != MAGIC ||
        read_number(bytes, AT_CHECKSUM) != checksum(key, bytes, length))
        return false;
    uint32_t sizes[2];
    memcpy(sizes, bytes + AT_COUNT, sizeof sizes);
    if ((uint64_t)AT_ROWS + (uint64_t)sizes[0] * STAMP_ROW_BYTES + sizes[1] != length) return false;
    if (sizes[1] && bytes[length - 1] != '\0') return false;
    *ret_count = sizes[0];
    *ret_path_bytes = sizes[1];
    return true;
}

bool stamp_table_decode(struct stamp_table *ret_table, struct hash128 key, const char *bytes, size_t length) {
    uint32_t count, path_bytes;
    if (!is_whole(key, bytes, length, &count, &path_bytes)) return false;
    struct stamp_table table;
    stamp_table_init(&table, 0);
    char *paths = arena_alloc(&table.paths, path_bytes + 1);
    memcpy(paths, bytes + length - path_bytes, path_bytes);
    vec_reserve(&table.rows, count);
    table.hashes = mem_alloc((count + 1) * sizeof *table.hashes);
    for (uint32_t i = 0; i < count; i++) {
        struct stored_row row;
        memcpy(&row, bytes + AT_ROWS + (size_t)i * STAMP_ROW_BYTES, sizeof row);
        if (row.path_at >= path_bytes || (i && row.hash < table.hashes[i - 1])) {
            stamp_table_finish(&table);
            return false;
        }
        table.hashes[i] = row.hash;
        table.rows.items[table.rows.count++] =
            (struct stamp_row){paths + row.path_at, row.stamp, row.text, row.language};
    }
    table.made_s = (int64_t)read_number(bytes, AT_CHECKED);
    table.used_s = (int64_t)read_number(bytes, AT_CHECKED + 8);
    uint64_t hits = read_number(bytes, STAMP_HITS_AT), get_ns = read_number(bytes, STAMP_HITS_AT + 8);
    if (hits < HITS_MAX && get_ns < HITS_MAX) table.hits = (struct stamp_hits){hits, get_ns};
    *ret_table = table;
    return true;
}

static int compare_rows(const void *left, const void *right) {
    const struct stored_row *a = left, *b = right;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

void stamp_table_encode(const struct stamp_table *table, struct hash128 key, struct str *out) {
    size_t count = table->rows.count;
    struct stored_row *rows = mem_zalloc((count + 1) * sizeof *rows);
    struct str paths;
    str_init(&paths);
    for (size_t i = 0; i < count; i++) {
        const struct stamp_row *row = &table->rows.items[i];
        rows[i] = (struct stored_row){.hash = path_hash(row->path),
                                      .stamp = row->stamp,
                                      .text = row->text,
                                      .language = row->language,
                                      .path_at = (uint32_t)paths.length};
        str_add(&paths, row->path, strlen(row->path) + 1);
    }
    if (count) qsort(rows, count, sizeof *rows, compare_rows);
    const uint64_t head[] = {MAGIC, 0, table->hits.count, table->hits.get_ns, (uint64_t)table->made_s,
                             (uint64_t)table->used_s};
    const uint32_t sizes[] = {(uint32_t)count, (uint32_t)paths.length};
    str_clear(out);
    str_add(out, (const char *)head, sizeof head);
    str_add(out, (const char *)sizes, sizeof sizes);
    str_add(out, (const char *)rows, count * sizeof *rows);
    str_add(out, paths.bytes, paths.length);
    uint64_t sum = checksum(key, out->bytes, out->length);
    memcpy(out->bytes + AT_CHECKSUM, &sum, sizeof sum);
    str_finish(&paths);
    mem_free(rows);
}
