#include "cache/disk_care.h"

#include <sqlite3.h>

#define SLICE_ROWS     256
#define PASSES_PER_TTL 4 /* what is too old stays for a fourth of its time more, at most */
#define PASS_S_MIN     60
#define SLICES_MAX     4096 /* in one try to erase: whatever the file says, it ends */

static bool pass_is_due(const struct disk_size *size, const struct disk_limits *limits, int64_t now_s) {
    uint64_t pause_s = limits->ttl_s / PASSES_PER_TTL;
    if (pause_s < PASS_S_MIN) pause_s = PASS_S_MIN;
    uint64_t time_s = now_s > 0 ? (uint64_t)now_s : 0;
    return size->sweep_id || time_s < size->swept_s /* the clock was set */ || time_s - size->swept_s >= pause_s;
}

struct slice {
    int64_t ids[SLICE_ROWS], bytes[SLICE_ROWS]; /* of those that go */
    size_t count;
};

static int drop_slice(struct disk_rows *rows, const struct slice *slice, struct disk_size *size) {
    int code = SQLITE_OK;
    for (size_t i = 0; i < slice->count && code == SQLITE_OK; i++)
        code = disk_rows_drop_id(rows, slice->ids[i], slice->bytes[i], size);
    return code;
}

int disk_care_sweep(struct disk_rows *rows, const struct disk_limits *limits, int64_t now_s,
                    struct disk_size *size, uint64_t *ret_expired) {
    *ret_expired = 0;
    if (!limits->ttl_s || !pass_is_due(size, limits, now_s)) return SQLITE_OK;
    struct disk_sample seen[SLICE_ROWS];
    struct slice slice = {.count = 0};
    int count;
    int code = disk_rows_from(rows, (int64_t)size->sweep_id, SLICE_ROWS, seen, &count);
    if (code != SQLITE_OK) return code;
    for (int i = 0; i < count; i++) {
        if (!disk_rows_too_old(limits, seen[i].made_s, seen[i].used_s, now_s)) continue;
        slice.ids[slice.count] = seen[i].id;
        slice.bytes[slice.count++] = seen[i].size;
    }
    code = drop_slice(rows, &slice, size);
    if (code != SQLITE_OK) return code;
    *ret_expired = slice.count;
    int64_t last = count ? seen[count - 1].id : 0;
    bool more = count == SLICE_ROWS && last > 0 && last < INT64_MAX;
    size->sweep_id = more ? (uint64_t)last + 1 : 0;
    if (!more) size->swept_s = now_s > 0 ? (uint64_t)now_s : 0;
    return SQLITE_OK;
}

/* ---- erasing ---- */

static int find_quoting(struct disk_rows *rows, struct slice *slice) {
    sqlite3_stmt *statement = rows->statements[STATEMENT_QUOTING];
    int code;
    slice->count = 0;
    sqlite3_bind_int(statement, 1, SLICE_ROWS);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && slice->count < SLICE_ROWS) {
        slice->ids[slice->count] = sqlite3_column_int64(statement, 0);
        slice->bytes[slice->count++] = sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int erase_slice(struct disk_rows *rows, struct slice *slice, struct disk_size *size) {
    int code = disk_rows_begin(rows);
    if (code == SQLITE_OK) code = disk_rows_size(rows, size);
    if (code == SQLITE_OK) code = find_quoting(rows, slice);
    if (code == SQLITE_OK && slice->count) {
        code = drop_slice(rows, slice, size);
        size->erasing = 1;
        if (code == SQLITE_OK) code = disk_rows_set_size(rows, size);
    }
    if (code == SQLITE_OK) code = disk_rows_commit(rows);
    disk_rows_rollback(rows);
    return code;
}

static int note_erased(struct disk_rows *rows, struct disk_size *size) {
    int code = disk_rows_begin(rows);
    if (code == SQLITE_OK) code = disk_rows_size(rows, size);
    size->erasing = 0;
    if (code == SQLITE_OK) code = disk_rows_set_size(rows, size);
    if (code == SQLITE_OK) code = disk_rows_commit(rows);
    disk_rows_rollback(rows);
    return code;
}

int disk_care_erase(struct disk_rows *rows, struct disk_size *ret_size, uint64_t *erased) {
    struct slice slice = {.count = 1};
    for (int i = 0; i < SLICES_MAX && slice.count; i++) {
        int code = erase_slice(rows, &slice, ret_size);
        if (code != SQLITE_OK) return code;
        *erased += slice.count;
    }
    if (slice.count) return SQLITE_BUSY;
    if (!ret_size->erasing) return SQLITE_OK;
    int code = disk_rows_checkpoint(rows, SQLITE_CHECKPOINT_TRUNCATE);
    return code == SQLITE_OK ? note_erased(rows, ret_size) : code;
}
