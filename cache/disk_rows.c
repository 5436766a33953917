#include "cache/disk_rows.h"

#include "base/mem.h"
#include <sqlite3.h>
#include <string.h>

#define ROW_BYTES    96   /* of an entry beside its value: rows, keys, indices */
#define SHARERS_MAX  1024 /* an entry of equal texts takes no more files than this */

/* How they are called among the tallies. */
static const char *const size_names[] = {"entries", "bytes", "sweep id", "swept s", "erasing"};
#define SIZE_NAMES (sizeof size_names / sizeof *size_names)

static const char *const texts[STATEMENT_COUNT] = {
    [STATEMENT_GET] = "SELECT e.id, e.made, e.used, v.crc, v.v, e.cost, e.quotes FROM entry e JOIN val v ON"
                      " v.id = e.id WHERE e.k = ?1",
    [STATEMENT_RECENT] = "SELECT path FROM file WHERE used > 0 AND path >= ?1 || '/' AND path < ?1 || '0'"
                         " ORDER BY used DESC LIMIT ?2",
    [STATEMENT_TALLIES] = "SELECT name, n FROM tally",
    [STATEMENT_ENTRY] =
        "INSERT INTO entry(k, made, used, uses, size, cost, language, quotes)"
        " VALUES(?1, ?2, ?2, 1, ?3, ?4, ?5, ?6)"
        " ON CONFLICT(k) DO UPDATE SET made = ?2, used = ?2, uses = min(uses + 1, 15), size = ?3,"
        " cost = ?4, language = ?5, quotes = ?6 RETURNING id",
    [STATEMENT_VALUE] = "INSERT OR REPLACE INTO val(id, crc, v) VALUES(?1, ?2, ?3)",
    [STATEMENT_FILE] = "INSERT INTO file(dk, path, used) VALUES(?1, ?2, ?3)"
                       " ON CONFLICT(dk) DO UPDATE SET path = ?2, used = max(used, ?3)",
    [STATEMENT_DEPENDENCY] = "INSERT OR IGNORE INTO dep(dk, id) VALUES(?1, ?2)",
    [STATEMENT_TOUCH] = "UPDATE entry SET used = max(used, ?2), uses = min(uses + 1, 15) WHERE id = ?1",
    [STATEMENT_SHARE] = "INSERT OR IGNORE INTO dep(dk, id) SELECT ?1, ?2"
                        " WHERE (SELECT count(*) FROM dep WHERE id = ?2) < ?3",
    [STATEMENT_USE] = "UPDATE file SET used = max(used, ?2) WHERE dk = ?1",
    [STATEMENT_FIND] = "SELECT id, size FROM entry WHERE k = ?1",
    [STATEMENT_DROP_ENTRY] = "DELETE FROM entry WHERE id = ?1",
    [STATEMENT_DROP_VALUE] = "DELETE FROM val WHERE id = ?1",
    [STATEMENT_DROP_DEPENDENCIES] = "DELETE FROM dep WHERE id = ?1",
    [STATEMENT_COUNT_ALL] = "SELECT count(*), total(size) FROM entry",
    [STATEMENT_LAST] = "SELECT max(id) FROM entry",
    [STATEMENT_TALLY] =
        "INSERT INTO tally(name, n) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET n = n + ?2",
    [STATEMENT_SIZE] = "SELECT name, n FROM tally",
    [STATEMENT_SET_SIZE] = "INSERT OR REPLACE INTO tally(name, n) VALUES(?1, ?2)",
    [STATEMENT_SAMPLE] =
        "SELECT id, made, used, uses, size, cost, k FROM entry WHERE id >= ?1 ORDER BY id LIMIT ?2",
    [STATEMENT_SAMPLE_BY_KEY] =
        "SELECT id, made, used, uses, size, cost, k FROM entry WHERE k >= ?1 ORDER BY k LIMIT ?2",
    [STATEMENT_SAMPLE_OLDER] =
        "SELECT id, made, used, uses, size, cost, k FROM entry WHERE id <= ?1 ORDER BY id DESC LIMIT ?2",
    [STATEMENT_QUOTING] = "SELECT id, size FROM entry WHERE quotes LIMIT ?1",
};

static bool reads(enum disk_statement statement) {
    return statement <= STATEMENT_TALLIES;
}

int disk_rows_open(struct disk_rows *rows, struct disk_file *file) {
    *rows = (struct disk_rows){.file = file};
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3 *connection = reads((enum disk_statement)i) ? file->reader : file->writer;
        int code = sqlite3_prepare_v3(connection, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &rows->statements[i], NULL);
        if (code == SQLITE_OK) continue;
        disk_rows_close(rows);
        return code;
    }
    return SQLITE_OK;
}

void disk_rows_close(struct disk_rows *rows) {
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(rows->statements[i]);
    *rows = (struct disk_rows){0};
}

/* A statement with no row of interest. */
static int run(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static void bind_key(sqlite3_stmt *statement, const struct hash128 *key) {
    sqlite3_bind_blob(statement, 1, key, sizeof *key, SQLITE_STATIC);
}

bool disk_rows_too_old(const struct disk_limits *limits, int64_t made_s, int64_t used_s, int64_t now_s) {
    int64_t from_s = limits->strategy == EVICT_TTL ? made_s : used_s;
    return limits->ttl_s && now_s > from_s && (uint64_t)now_s - (uint64_t)from_s > limits->ttl_s;
}

/* Of all that a row says of its value. */
static uint64_t row_checksum(struct hash128 key, const void *bytes, size_t length, int64_t cost_us, int quotes) {
    return blob_checksum(key, bytes, length) ^ (uint64_t)cost_us ^ (uint64_t)(quotes != 0) << 32;
}

int disk_rows_get(struct disk_rows *rows, struct hash128 key, const struct disk_limits *limits, int64_t now_s,
                  struct disk_found *ret_found) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_GET];
    struct disk_found found = {0};
    bind_key(statement, &key);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        found.id = sqlite3_column_int64(statement, 0);
        const void *bytes = sqlite3_column_blob(statement, 4);
        int length = sqlite3_column_bytes(statement, 4);
        int64_t cost_us = sqlite3_column_int64(statement, 5);
        int quotes = sqlite3_column_int(statement, 6);
        found.bad = !bytes || length < 0 ||
                    (uint64_t)sqlite3_column_int64(statement, 3) !=
                        row_checksum(key, bytes, (size_t)length, cost_us, quotes);
        found.expired = !found.bad && disk_rows_too_old(limits, sqlite3_column_int64(statement, 1),
                                              sqlite3_column_int64(statement, 2), now_s);
        found.barred = limits->no_quotes && quotes;
        if (!found.bad && !found.expired && !found.barred) found.blob = blob_create(bytes, (size_t)length);
        found.cost_us = (uint32_t)cost_us;
        code = SQLITE_DONE;
    }
    sqlite3_reset(statement);
    *ret_found = found;
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int disk_rows_recent(struct disk_rows *rows, const char *folder, size_t count_max, struct str *paths,
                     size_t *ret_count) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_RECENT];
    size_t count = 0;
    int code;
    sqlite3_bind_text(statement, 1, folder, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)count_max);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *path = (const char *)sqlite3_column_text(statement, 0);
        int length = sqlite3_column_bytes(statement, 0);
        if (!path || memchr(path, '\0', (size_t)length)) continue;
        str_add(paths, path, (size_t)length + 1);
        count++;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    *ret_count = count;
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int disk_rows_tallies(struct disk_rows *rows, uint64_t tallies[TALLY_COUNT]) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_TALLIES];
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        for (int i = 0; i < TALLY_COUNT && name; i++)
            if (strcmp(name, disk_tally_name((enum disk_tally)i)) == 0)
                tallies[i] = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* ---- writing ---- */

static int execute(struct disk_rows *rows, const char *text) {
    return sqlite3_exec(rows->file->writer, text, NULL, NULL, NULL);
}

int disk_rows_begin(struct disk_rows *rows) {
    return execute(rows, "BEGIN IMMEDIATE");
}

int disk_rows_commit(struct disk_rows *rows) {
    return execute(rows, "COMMIT");
}

void disk_rows_rollback(struct disk_rows *rows) {
    if (!sqlite3_get_autocommit(rows->file->writer)) execute(rows, "ROLLBACK");
}

static int put_file(struct disk_rows *rows, int64_t dk, const char *path, int64_t used_s) {
    sqlite3_stmt *file = rows->statements[STATEMENT_FILE];
    sqlite3_bind_int64(file, 1, dk);
    sqlite3_bind_text(file, 2, path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(file, 3, used_s);
    return run(file);
}

static int64_t file_key(const char *path) {
    return (int64_t)hash64(path, strlen(path), 0);
}

static int put_paths(struct disk_rows *rows, const struct disk_put *put, int64_t id, int64_t now_s) {
    if (!put->paths) return SQLITE_OK;
    const char *path = put->paths, *end = put->paths + put->paths_bytes;
    for (int count = 0; path < end && count < DISK_PATHS_MAX; count++, path += strlen(path) + 1) {
        if (!*path) continue;
        int64_t dk = file_key(path);
        int code = put_file(rows, dk, path, count == 0 ? now_s : 0);
        if (code != SQLITE_OK) return code;
        sqlite3_stmt *dependency = rows->statements[STATEMENT_DEPENDENCY];
        sqlite3_bind_int64(dependency, 1, dk);
        sqlite3_bind_int64(dependency, 2, id);
        code = run(dependency);
        if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}

static void take_from(uint64_t *number, int64_t less) {
    uint64_t by = less > 0 ? (uint64_t)less : 0; /* what a file says may be anything */
    *number -= by < *number ? by : *number;
}

/* The entry of a key, with its size in bytes; *ret_id 0: there is none. */
static int find(struct disk_rows *rows, const struct hash128 *key, int64_t *ret_id, int64_t *ret_bytes) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_FIND];
    bind_key(statement, key);
    int code = sqlite3_step(statement);
    *ret_id = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    *ret_bytes = code == SQLITE_ROW ? sqlite3_column_int64(statement, 1) : 0;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int disk_rows_put(struct disk_rows *rows, const struct disk_put *put, int64_t now_s, struct disk_size *size) {
    sqlite3_stmt *entry = rows->statements[STATEMENT_ENTRY], *value = rows->statements[STATEMENT_VALUE];
    int64_t old_id, old_bytes, bytes = (int64_t)put->blob->size_bytes + ROW_BYTES;
    int code = find(rows, &put->key, &old_id, &old_bytes);
    if (code != SQLITE_OK) return code;
    bind_key(entry, &put->key);
    sqlite3_bind_int64(entry, 2, now_s);
    sqlite3_bind_int64(entry, 3, bytes);
    sqlite3_bind_int64(entry, 4, put->cost_us);
    sqlite3_bind_text(entry, 5, put->language, -1, SQLITE_STATIC);
    sqlite3_bind_int(entry, 6, put->quotes);
    code = sqlite3_step(entry);
    sqlite3_int64 id = code == SQLITE_ROW ? sqlite3_column_int64(entry, 0) : 0;
    if (code == SQLITE_ROW) code = sqlite3_step(entry); /* it is done when it says so */
    sqlite3_reset(entry);
    sqlite3_clear_bindings(entry);
    if (code != SQLITE_DONE) return code;
    take_from(&size->bytes, old_bytes);
    size->bytes += (uint64_t)bytes;
    size->entries += old_id == 0;
    sqlite3_bind_int64(value, 1, id);
    sqlite3_bind_int64(value, 2,
                       (sqlite3_int64)row_checksum(put->key, put->blob->bytes, put->blob->size_bytes,
                                                   put->cost_us, put->quotes));
    sqlite3_bind_blob(value, 3, put->blob->bytes, (int)put->blob->size_bytes, SQLITE_STATIC);
    code = run(value);
    return code == SQLITE_OK ? put_paths(rows, put, id, now_s) : code;
}

/* A file is listed because of an entry: one that finds no room there is not. */
static int share(struct disk_rows *rows, int64_t id, const char *path, int64_t used_s) {
    int64_t dk = file_key(path);
    sqlite3_stmt *statement = rows->statements[STATEMENT_SHARE];
    sqlite3_bind_int64(statement, 1, dk);
    sqlite3_bind_int64(statement, 2, id);
    sqlite3_bind_int64(statement, 3, SHARERS_MAX);
    int code = run(statement);
    if (code != SQLITE_OK) return code;
    if (sqlite3_changes(rows->file->writer)) return put_file(rows, dk, path, used_s);
    statement = rows->statements[STATEMENT_USE];
    sqlite3_bind_int64(statement, 1, dk);
    sqlite3_bind_int64(statement, 2, used_s);
    return run(statement);
}

int disk_rows_use(struct disk_rows *rows, struct hash128 key, const char *path, int64_t now_s,
                  int64_t used_s) {
    int64_t id, bytes;
    int code = find(rows, &key, &id, &bytes);
    if (code != SQLITE_OK || id == 0) return code;
    sqlite3_stmt *statement = rows->statements[STATEMENT_TOUCH];
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, now_s);
    code = run(statement);
    return code == SQLITE_OK && path ? share(rows, id, path, used_s) : code;
}

int disk_rows_add_tally(struct disk_rows *rows, enum disk_tally tally, uint64_t by) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_TALLY];
    sqlite3_bind_text(statement, 1, disk_tally_name(tally), -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)by);
    return run(statement);
}

int disk_rows_drop_id(struct disk_rows *rows, int64_t id, int64_t bytes, struct disk_size *size) {
    static const enum disk_statement drops[] = {STATEMENT_DROP_ENTRY, STATEMENT_DROP_VALUE,
                                                STATEMENT_DROP_DEPENDENCIES};
    int code = SQLITE_OK;
    take_from(&size->entries, 1);
    take_from(&size->bytes, bytes);
    for (size_t i = 0; i < sizeof drops / sizeof *drops && code == SQLITE_OK; i++) {
        sqlite3_bind_int64(rows->statements[drops[i]], 1, id);
        code = run(rows->statements[drops[i]]);
    }
    return code;
}

int disk_rows_drop(struct disk_rows *rows, struct hash128 key, struct disk_size *size) {
    int64_t id, bytes;
    int code = find(rows, &key, &id, &bytes);
    if (code != SQLITE_OK || id == 0) return code;
    return disk_rows_drop_id(rows, id, bytes, size);
}

/* What a file says may be anything. */
static uint64_t amount(int64_t number) {
    return number > 0 && number < INT64_C(1) << 60 ? (uint64_t)number : 0;
}

static uint64_t *size_at(struct disk_size *size, size_t index) {
    uint64_t *const numbers[SIZE_NAMES] = {&size->entries, &size->bytes, &size->sweep_id, &size->swept_s,
                                           &size->erasing};
    return numbers[index];
}

int disk_rows_size(struct disk_rows *rows, struct disk_size *ret_size) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_SIZE];
    struct disk_size size = {0};
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        for (size_t i = 0; name && i < SIZE_NAMES; i++)
            if (strcmp(name, size_names[i]) == 0)
                *size_at(&size, i) = amount(sqlite3_column_int64(statement, 1));
    }
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) return code;
    *ret_size = size;
    return SQLITE_OK;
}

int disk_rows_set_size(struct disk_rows *rows, const struct disk_size *size) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_SET_SIZE];
    struct disk_size copy = *size;
    int code = SQLITE_OK;
    for (size_t i = 0; i < SIZE_NAMES && code == SQLITE_OK; i++) {
        sqlite3_bind_text(statement, 1, size_names[i], -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)*size_at(&copy, i));
        code = run(statement);
    }
    return code;
}

static int count_all(struct disk_rows *rows, struct disk_size *ret_size) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_COUNT_ALL];
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        double bytes = sqlite3_column_double(statement, 1);
        ret_size->entries = amount(sqlite3_column_int64(statement, 0));
        ret_size->bytes = bytes > 0 && bytes < 1e18 ? (uint64_t)bytes : 0;
    }
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* In a transaction. */
static int count_and_set(struct disk_rows *rows, struct disk_size *ret_size) {
    int code = disk_rows_size(rows, ret_size);
    if (code == SQLITE_OK) code = count_all(rows, ret_size);
    return code == SQLITE_OK ? disk_rows_set_size(rows, ret_size) : code;
}

int disk_rows_recount(struct disk_rows *rows, struct disk_size *ret_size) {
    int code = disk_rows_begin(rows);
    if (code == SQLITE_OK) code = count_and_set(rows, ret_size);
    if (code == SQLITE_OK) code = disk_rows_commit(rows);
    disk_rows_rollback(rows);
    return code;
}

int disk_rows_last(struct disk_rows *rows, int64_t *ret_id) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_LAST];
    int code = sqlite3_step(statement);
    *ret_id = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

static int read_samples(sqlite3_stmt *statement, int count, struct disk_sample *samples, int *ret_count) {
    int code, found = 0;
    sqlite3_bind_int(statement, 2, count);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && found < count) {
        struct disk_sample *sample = &samples[found++];
        *sample = (struct disk_sample){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                                       sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3),
                                       sqlite3_column_int64(statement, 4), sqlite3_column_int64(statement, 5),
                                       {0}};
        const void *key = sqlite3_column_blob(statement, 6);
        if (key && sqlite3_column_bytes(statement, 6) == sizeof sample->key)
            memcpy(&sample->key, key, sizeof sample->key);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    *ret_count = found;
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

int disk_rows_from(struct disk_rows *rows, int64_t id, int count, struct disk_sample *samples,
                   int *ret_count) {
    sqlite3_bind_int64(rows->statements[STATEMENT_SAMPLE], 1, id);
    return read_samples(rows->statements[STATEMENT_SAMPLE], count, samples, ret_count);
}

int disk_rows_down_from(struct disk_rows *rows, int64_t id, int count, struct disk_sample *samples,
                        int *ret_count) {
    sqlite3_bind_int64(rows->statements[STATEMENT_SAMPLE_OLDER], 1, id);
    return read_samples(rows->statements[STATEMENT_SAMPLE_OLDER], count, samples, ret_count);
}

int disk_rows_from_key(struct disk_rows *rows, struct hash128 key, int count, struct disk_sample *samples,
                       int *ret_count) {
    bind_key(rows->statements[STATEMENT_SAMPLE_BY_KEY], &key);
    return read_samples(rows->statements[STATEMENT_SAMPLE_BY_KEY], count, samples, ret_count);
}

/* ---- clearing ---- */

int disk_rows_clear(struct disk_rows *rows, const struct disk_selection *selection, int64_t now_s,
                    struct disk_size *ret_size, uint64_t *ret_count) {
    static const char text[] =
        "DELETE FROM entry WHERE (?1 IS NULL OR language = ?1) AND (?2 IS NULL OR used < ?2) AND (?3 IS NULL "
        "OR id IN"
        " (SELECT id FROM dep WHERE dk IN (SELECT dk FROM file WHERE path = ?3 OR (path >= ?3 || '/' AND"
        " path < ?3 || '0'))))";
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(rows->file->writer, text, -1, &statement, NULL);
    if (code != SQLITE_OK) return code;
    if (selection->language) sqlite3_bind_text(statement, 1, selection->language, -1, SQLITE_STATIC);
    if (selection->older_s) sqlite3_bind_int64(statement, 2, now_s - (int64_t)selection->older_s);
    if (selection->path) sqlite3_bind_text(statement, 3, selection->path, -1, SQLITE_STATIC);
    code = disk_rows_begin(rows);
    if (code == SQLITE_OK) code = run(statement);
    uint64_t count = (uint64_t)sqlite3_changes(rows->file->writer);
    sqlite3_finalize(statement);
    if (code == SQLITE_OK)
        code = execute(rows, "DELETE FROM val WHERE id NOT IN (SELECT id FROM entry);"
                             "DELETE FROM dep WHERE id NOT IN (SELECT id FROM entry);");
    if (code == SQLITE_OK) code = disk_rows_tidy(rows);
    struct disk_size size;
    if (code == SQLITE_OK) code = count_and_set(rows, &size);
    if (code == SQLITE_OK) code = disk_rows_commit(rows);
    disk_rows_rollback(rows);
    if (code != SQLITE_OK) return code;
    *ret_size = size;
    *ret_count = count;
    return SQLITE_OK;
}

int disk_rows_tidy(struct disk_rows *rows) {
    return execute(rows, "DELETE FROM file WHERE NOT EXISTS (SELECT 1 FROM dep WHERE dep.dk = file.dk)");
}

int disk_rows_checkpoint(struct disk_rows *rows, int mode) {
    return sqlite3_wal_checkpoint_v2(rows->file->writer, NULL, mode, NULL, NULL);
}
