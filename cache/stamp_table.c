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
#define AT_ROWS     64
#define HITS_MAX    (UINT64_C(1) << 60) /* what a file says may be anything */

struct stored_row {
    uint64_t hash;
    struct file_stamp stamp;
    struct hash128 text;
    uint64_t language;
    struct hash128 keys[STAMP_KEYS_MAX];
    uint32_t path_at;
    uint16_t flags, key_count;
};

struct stored_sight {
    struct file_stamp stamp;
    uint32_t path_at, kind;
};

_Static_assert(sizeof(struct stored_row) == STAMP_ROW_BYTES, "a row has no gaps");
_Static_assert(sizeof(struct stored_sight) == STAMP_SIGHT_BYTES, "a sight has none either");

struct sizes {
    uint32_t rows, sights, path_bytes, zero;
};

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
    vec_finish(&table->sights);
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

void stamp_table_add_sight(struct stamp_table *table, const struct stamp_sight *sight) {
    const char *path = arena_strndup(&table->paths, sight->path, strlen(sight->path));
    vec_push(&table->sights, (struct stamp_sight){path, sight->stamp, sight->kind});
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

/* ---- bytes ---- */

static uint64_t checksum(struct hash128 key, const char *bytes, size_t length) {
    return blob_checksum(key, bytes + AT_CHECKED, length - AT_CHECKED);
}

static uint64_t read_number(const char *bytes, size_t at) {
    uint64_t number;
    memcpy(&number, bytes + at, sizeof number);
    return number;
}

/* Whether all sizes fit. */
static bool is_whole(struct hash128 key, const char *bytes, size_t length, struct sizes *ret_sizes) {
    if (length < AT_ROWS || length > STAMP_TABLE_BYTES || read_number(bytes, 0) != MAGIC ||
        read_number(bytes, AT_CHECKSUM) != checksum(key, bytes, length))
        return false;
    memcpy(ret_sizes, bytes + AT_COUNT, sizeof *ret_sizes);
    uint64_t wanted = (uint64_t)AT_ROWS + (uint64_t)ret_sizes->rows * STAMP_ROW_BYTES +
                      (uint64_t)ret_sizes->sights * STAMP_SIGHT_BYTES + ret_sizes->path_bytes;
    return wanted == length && (!ret_sizes->path_bytes || bytes[length - 1] == '\0');
}

static bool decode_rows(struct stamp_table *table, const char *bytes, uint32_t count, const char *paths,
                        uint32_t path_bytes) {
    vec_reserve(&table->rows, count);
    table->hashes = mem_alloc((count + 1) * sizeof *table->hashes);
    for (uint32_t i = 0; i < count; i++) {
        struct stored_row row;
        memcpy(&row, bytes + (size_t)i * STAMP_ROW_BYTES, sizeof row);
        if (row.path_at >= path_bytes || (i && row.hash < table->hashes[i - 1]) || row.key_count == 0 ||
            row.key_count > STAMP_KEYS_MAX)
            return false;
        table->hashes[i] = row.hash;
        struct stamp_row *made = &table->rows.items[table->rows.count++];
        *made = (struct stamp_row){.path = paths + row.path_at,
                                   .stamp = row.stamp,
                                   .text = row.text,
                                   .language = row.language,
                                   .key_count = row.key_count,
                                   .flags = row.flags};
        memcpy(made->keys, row.keys, sizeof made->keys);
    }
    return true;
}

static bool decode_sights(struct stamp_table *table, const char *bytes, uint32_t count, const char *paths,
                          uint32_t path_bytes) {
    vec_reserve(&table->sights, count);
    for (uint32_t i = 0; i < count; i++) {
        struct stored_sight sight;
        memcpy(&sight, bytes + (size_t)i * STAMP_SIGHT_BYTES, sizeof sight);
        if (sight.path_at >= path_bytes || sight.kind >= STAMP_SEEN_KIND_COUNT) return false;
        table->sights.items[table->sights.count++] =
            (struct stamp_sight){paths + sight.path_at, sight.stamp, sight.kind};
    }
    return true;
}

bool stamp_table_decode(struct stamp_table *ret_table, struct hash128 key, const char *bytes, size_t length) {
    struct sizes sizes;
    if (!is_whole(key, bytes, length, &sizes)) return false;
    struct stamp_table table;
    stamp_table_init(&table, (int64_t)read_number(bytes, AT_CHECKED));
    table.used_s = (int64_t)read_number(bytes, AT_CHECKED + 8);
    uint64_t hits = read_number(bytes, STAMP_HITS_AT), get_ns = read_number(bytes, STAMP_HITS_AT + 8);
    if (hits < HITS_MAX && get_ns < HITS_MAX) table.hits = (struct stamp_hits){hits, get_ns};
    char *paths = arena_alloc(&table.paths, sizes.path_bytes + (size_t)1);
    memcpy(paths, bytes + length - sizes.path_bytes, sizes.path_bytes);
    const char *rows = bytes + AT_ROWS, *sights = rows + (size_t)sizes.rows * STAMP_ROW_BYTES;
    if (!decode_rows(&table, rows, sizes.rows, paths, sizes.path_bytes) ||
        !decode_sights(&table, sights, sizes.sights, paths, sizes.path_bytes)) {
        stamp_table_finish(&table);
        return false;
    }
    *ret_table = table;
    return true;
}

static int compare_rows(const void *left, const void *right) {
    const struct stored_row *a = left, *b = right;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* Returns where the path lies. */
static uint32_t store_path(struct str *paths, const char *path) {
    uint32_t at = (uint32_t)paths->length; /* of one that grew larger, nothing is written */
    str_add(paths, path, strlen(path) + 1);
    return at;
}

static void encode_rows(const struct stamp_table *table, struct str *out, struct str *paths) {
    size_t count = table->rows.count;
    struct stored_row *rows = mem_zalloc((count + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const struct stamp_row *row = &table->rows.items[i];
        rows[i] = (struct stored_row){.hash = path_hash(row->path),
                                      .stamp = row->stamp,
                                      .text = row->text,
                                      .language = row->language,
                                      .path_at = store_path(paths, row->path),
                                      .flags = row->flags,
                                      .key_count = row->key_count};
        memcpy(rows[i].keys, row->keys, sizeof rows[i].keys);
    }
    if (count) qsort(rows, count, sizeof *rows, compare_rows);
    str_add(out, rows, count * sizeof *rows);
    mem_free(rows);
}

static void encode_sights(const struct stamp_table *table, struct str *out, struct str *paths) {
    for (size_t i = 0; i < table->sights.count; i++) {
        const struct stamp_sight *sight = &table->sights.items[i];
        struct stored_sight stored = {sight->stamp, store_path(paths, sight->path), sight->kind};
        str_add(out, &stored, sizeof stored);
    }
}

void stamp_table_encode(const struct stamp_table *table, struct hash128 key, struct str *out) {
    const uint64_t head[] = {MAGIC, 0, table->hits.count, table->hits.get_ns, (uint64_t)table->made_s,
                             (uint64_t)table->used_s};
    struct sizes sizes = {.rows = (uint32_t)table->rows.count, .sights = (uint32_t)table->sights.count};
    struct str paths;
    str_init(&paths);
    str_clear(out);
    str_add(out, head, sizeof head);
    str_add(out, &sizes, sizeof sizes);
    encode_rows(table, out, &paths);
    encode_sights(table, out, &paths);
    sizes.path_bytes = (uint32_t)paths.length;
    memcpy(out->bytes + AT_COUNT, &sizes, sizeof sizes);
    str_add(out, paths.bytes, paths.length);
    uint64_t sum = checksum(key, out->bytes, out->length);
    memcpy(out->bytes + AT_CHECKSUM, &sum, sizeof sum);
    str_finish(&paths);
}
