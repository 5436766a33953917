/* Declarations: stamp_disk.h. */
#include "cache/stamp_disk.h"

#include "base/beside.h"
#include "base/mem.h"
#include "cache/disk_folder.h"
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX       "stamps-"
#define USES_PER_TTL 4 /* results of a table count as used so often before they would be too old */
#define DAY_S        (24 * 3600)
#define KEY_DIGITS   32

static char *path_of(const char *folder, const char *name) {
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/%s", folder, name);
    return str_detach(&path);
}

static char *path_of_key(const char *folder, struct hash128 key) {
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/" PREFIX "%d-%016" PRIx64 "%016" PRIx64, folder, STAMP_DISK_SCHEMA, key.high, key.low);
    return str_detach(&path);
}

/* False: the name is not a table's. */
static bool read_name(const char *name, unsigned long *ret_schema, struct hash128 *ret_key) {
    if (!str_starts_with(name, PREFIX)) return false;
    name += sizeof PREFIX - 1;
    char *end;
    unsigned long schema = strtoul(name, &end, 10);
    if (end == name || *end != '-' || strlen(end + 1) != KEY_DIGITS) return false;
    char high[KEY_DIGITS / 2 + 1] = "", *high_end, *low_end;
    memcpy(high, end + 1, KEY_DIGITS / 2);
    *ret_key = (struct hash128){.high = strtoull(high, &high_end, 16),
                                .low = strtoull(end + 1 + KEY_DIGITS / 2, &low_end, 16)};
    *ret_schema = schema;
    return !*high_end && !*low_end;
}

/* False: it is not there, or not ours; *ret_damaged: it is no table. */
static bool read_table(const char *path, struct hash128 key, struct stamp_table *ret_table, bool *ret_damaged) {
    int handle = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *ret_damaged = false;
    if (handle < 0) return false;
    struct stat info;
    bool ours = !fstat(handle, &info) && S_ISREG(info.st_mode) && info.st_uid == geteuid();
    size_t size = ours && info.st_size > 0 ? (size_t)info.st_size : 0;
    char *bytes = size && size <= STAMP_TABLE_BYTES ? mem_try_alloc(size) : NULL;
    bool read_all = bytes && read(handle, bytes, size) == (ssize_t)size;
    close(handle);
    bool good = read_all && stamp_table_decode(ret_table, key, bytes, size);
    *ret_damaged = ours && !good;
    mem_free(bytes);
    return good;
}

static bool is_too_old(const struct stamp_table *table, const struct stamp_limits *limits, int64_t now_s) {
    int64_t from_s = limits->from_made ? table->made_s : table->used_s;
    return limits->ttl_s && now_s > from_s && (uint64_t)now_s - (uint64_t)from_s > limits->ttl_s;
}

bool stamp_disk_is_due(const struct stamp_table *table, const struct stamp_limits *limits, int64_t now_s) {
    uint64_t pause_s = limits->ttl_s ? limits->ttl_s / USES_PER_TTL : DAY_S;
    return now_s < table->used_s /* the clock was set */ ||
           (uint64_t)now_s - (uint64_t)table->used_s >= pause_s;
}

bool stamp_disk_read(const char *folder, struct hash128 key, const struct stamp_limits *limits, int64_t now_s,
                     struct stamp_table *ret_table) {
    bool damaged = false;
    char *path = path_of_key(folder, key);
    bool found = disk_folder_is_ours(folder) && read_table(path, key, ret_table, &damaged);
    bool too_old = found && is_too_old(ret_table, limits, now_s);
    if (too_old) stamp_table_finish(ret_table);
    if (damaged || too_old) unlink(path);
    mem_free(path);
    if (found && !too_old) return true;
    stamp_table_init(ret_table, now_s);
    return false;
}

/* ---- all tables ---- */

struct listed {
    char *path;
    struct hash128 key;
    int64_t written_s;
    uint64_t bytes;
};

struct list {
    VEC_FIELDS(struct listed);
};

static struct list list_tables(const char *folder) {
    struct list list = {0};
    DIR *listing = disk_folder_is_ours(folder) ? opendir(folder) : NULL;
    for (struct dirent *item; listing && (item = readdir(listing));) {
        unsigned long schema;
        struct listed listed = {0};
        struct stat info;
        if (!read_name(item->d_name, &schema, &listed.key) || schema > STAMP_DISK_SCHEMA) continue;
        listed.path = path_of(folder, item->d_name);
        if (schema < STAMP_DISK_SCHEMA) unlink(listed.path);
        if (schema < STAMP_DISK_SCHEMA || lstat(listed.path, &info) || !S_ISREG(info.st_mode)) {
            mem_free(listed.path);
            continue;
        }
        listed.written_s = info.st_mtim.tv_sec;
        listed.bytes = (uint64_t)info.st_size;
        vec_push(&list, listed);
    }
    if (listing) closedir(listing);
    return list;
}

static void finish_list(struct list *list) {
    for (size_t i = 0; i < list->count; i++)
        mem_free(list->items[i].path);
    vec_finish(list);
}

static int newest_first(const void *left, const void *right) {
    const struct listed *a = left, *b = right;
    return a->written_s > b->written_s ? -1 : a->written_s < b->written_s;
}

static void make_room(const char *folder, uint64_t bytes_max) {
    struct list list = list_tables(folder);
    if (list.count) qsort(list.items, list.count, sizeof *list.items, newest_first);
    uint64_t bytes = 0;
    for (size_t i = 0; i < list.count; i++) {
        bytes += list.items[i].bytes;
        if (bytes > bytes_max) unlink(list.items[i].path);
    }
    finish_list(&list);
}

/* ---- writing ---- */

static void write_table(const char *path, struct hash128 key, const struct stamp_table *table) {
    struct str bytes;
    struct error error;
    str_init(&bytes);
    stamp_table_encode(table, key, &bytes);
    if (bytes.length <= STAMP_TABLE_BYTES) beside_write(path, bytes.bytes, bytes.length, &error);
    str_finish(&bytes);
}

void stamp_disk_write(const char *folder, struct hash128 key, const struct stamp_limits *limits,
                      const struct stamp_table *table) {
    struct error error;
    if (table->rows.count > limits->rows_max || disk_folder_make(folder, &error)) return;
    char *path = path_of_key(folder, key);
    write_table(path, key, table);
    make_room(folder, limits->bytes_max);
    mem_free(path);
}

void stamp_disk_hit(const char *folder, struct hash128 key, const struct stamp_hits *hits) {
    char *path = path_of_key(folder, key);
    int handle = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    mem_free(path);
    if (handle < 0) return;
    struct stamp_hits all;
    /* Two processes at the same moment count once: nothing depends on it. */
    if (pread(handle, &all, sizeof all, STAMP_HITS_AT) == (ssize_t)sizeof all) {
        all.count += hits->count;
        all.get_ns += hits->get_ns;
        if (pwrite(handle, &all, sizeof all, STAMP_HITS_AT) < 0) close(handle), handle = -1;
    }
    if (handle >= 0) close(handle);
}

/* ---- clearing and counting ---- */

static bool lies_at_or_below(const char *path, const char *place) {
    size_t length = strlen(place);
    if (length && place[length - 1] == '/') length--;
    return strncmp(path, place, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Whether results that depend on more than their text may depend on it. */
static bool saw(const struct stamp_table *table, const char *path) {
    for (size_t i = 0; i < table->sights.count; i++)
        if (table->sights.items[i].kind == STAMP_SEEN_FILE && lies_at_or_below(table->sights.items[i].path, path))
            return true;
    return false;
}

static void drop_selected(struct stamp_table *table, const struct disk_selection *selection) {
    bool around = selection->path && saw(table, selection->path);
    uint64_t language = selection->language ? stamp_language(selection->language) : 0;
    size_t kept = 0;
    for (size_t i = 0; i < table->rows.count; i++) {
        const struct stamp_row *row = &table->rows.items[i];
        bool selected = !selection->path || lies_at_or_below(row->path, selection->path) ||
                        (around && row->flags & STAMP_AROUND);
        if (!selected || (selection->language && row->language != language)) table->rows.items[kept++] = *row;
    }
    table->rows.count = kept;
}

struct stamp_hits stamp_disk_clear(const char *folder, const struct disk_selection *selection, int64_t now_s) {
    struct stamp_hits gone = {0};
    struct list list = list_tables(folder);
    for (size_t i = 0; i < list.count; i++) {
        const struct listed *listed = &list.items[i];
        struct stamp_table table;
        bool damaged;
        if (!read_table(listed->path, listed->key, &table, &damaged)) {
            if (damaged) unlink(listed->path);
            continue;
        }
        size_t count = table.rows.count;
        bool old_enough = !selection->older_s || table.used_s < now_s - (int64_t)selection->older_s;
        if (old_enough) drop_selected(&table, selection);
        if (table.rows.count == 0) {
            gone.count += table.hits.count;
            gone.get_ns += table.hits.get_ns;
            unlink(listed->path);
        } else if (table.rows.count < count) {
            write_table(listed->path, listed->key, &table);
        }
        stamp_table_finish(&table);
    }
    finish_list(&list);
    return gone;
}

struct stamp_sums stamp_disk_sum(const char *folder) {
    struct stamp_sums sums = {0};
    struct list list = list_tables(folder);
    for (size_t i = 0; i < list.count; i++) {
        struct stamp_table table;
        bool damaged;
        if (!read_table(list.items[i].path, list.items[i].key, &table, &damaged)) continue;
        sums.tables++;
        for (size_t k = 0; k < table.rows.count; k++)
            sums.clean += (table.rows.items[k].flags & STAMP_CLEAN) != 0;
        sums.bytes += list.items[i].bytes;
        sums.hits.count += table.hits.count;
        sums.hits.get_ns += table.hits.get_ns;
        stamp_table_finish(&table);
    }
    finish_list(&list);
    return sums;
}
