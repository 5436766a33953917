/* disk_desk.h: a disk tier in a folder of its own, for tests: entries by number, and questions to its file.
 *
 * Owns    the folder and what is in it, until end.
 * Threads one.
 * Errors  an assertion fails. */
#ifndef NOODLE_DISK_DESK_H
#define NOODLE_DISK_DESK_H

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cache/disk_file.h"
#include "cache/disk_tier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_NS     (10 * NS_PER_S)
#define COST_US     1000
#define ENTRIES     2000
#define PATHS(text) text, sizeof text

struct desk {
    char folder[64];
    struct disk_tier *tier;
    struct disk_tier_params params;
    unsigned complaints;
    char complaint[512];
};

static inline void complain(const char *message, void *payload) {
    struct desk *desk = payload;
    desk->complaints++;
    snprintf(desk->complaint, sizeof desk->complaint, "%s", message);
}

static inline void open_tier(struct desk *desk) {
    desk->tier = disk_tier_create(&desk->params);
    disk_tier_flush(desk->tier);
}

static inline void close_tier(struct desk *desk) {
    disk_tier_destroy(desk->tier);
    desk->tier = NULL;
}

static inline void begin(struct desk *desk) {
    memset(desk, 0, sizeof *desk);
    strcpy(desk->folder, "/tmp/noodle-disk-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    desk->params = (struct disk_tier_params){.folder = desk->folder,
                                             .strategy = EVICT_ADAPTIVE,
                                             .entries_max = 100000,
                                             .bytes_max = 1u << 30,
                                             .complain = complain,
                                             .payload = desk};
    open_tier(desk);
}

static inline void end(struct desk *desk) {
    if (desk->tier) close_tier(desk);
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+w %s && rm -r %s", desk->folder, desk->folder);
    assert_int_equal(system(command), 0);
}

static inline struct hash128 key_of(uint64_t number) {
    return hash128(&number, sizeof number);
}

/* A value says whose it is, and how it goes on. */
static inline struct blob *value_of(uint64_t number) {
    struct blob *blob = blob_create(NULL, 100 + number % 3000);
    for (uint32_t i = 0; i < blob->size_bytes; i++)
        blob->bytes[i] = (char)(number * 31 + i * 7);
    return blob;
}

static inline void put(struct desk *desk, uint64_t number, const char *language, const char *paths,
                       size_t paths_bytes) {
    struct blob *blob = value_of(number);
    struct disk_put item = {.key = key_of(number),
                            .blob = blob,
                            .cost_us = COST_US,
                            .language = language,
                            .paths = paths,
                            .paths_bytes = paths_bytes};
    disk_tier_put(desk->tier, &item);
    blob_unref(blob);
    if (number % 500 == 499) disk_tier_flush(desk->tier); /* more than what may wait */
}

/* Whether it is there; what is there has to be right. */
static inline bool has(struct desk *desk, uint64_t number) {
    uint32_t cost_us = 0;
    struct blob *found = disk_tier_get(desk->tier, key_of(number), WAIT_NS, &cost_us);
    if (!found) return false;
    assert_int_equal(cost_us, COST_US);
    struct blob *expected = value_of(number);
    assert_int_equal(found->size_bytes, expected->size_bytes);
    assert_memory_equal(found->bytes, expected->bytes, expected->size_bytes);
    blob_unref(expected);
    blob_unref(found);
    return true;
}

static inline size_t count_found(struct desk *desk, size_t entries) {
    size_t count = 0;
    for (size_t i = 0; i < entries; i++)
        count += has(desk, i);
    return count;
}

static inline void file_path(const struct desk *desk, unsigned generation, char path[128]) {
    snprintf(path, 128, "%s/results-%d-%u.sqlite", desk->folder, DISK_FILE_SCHEMA, generation);
}

static inline void execute(const struct desk *desk, const char *script) {
    char path[128];
    sqlite3 *connection;
    file_path(desk, 1, path);
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_exec(connection, script, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(connection);
}

static inline int64_t ask(const struct desk *desk, const char *question) {
    char path[128];
    sqlite3 *connection;
    sqlite3_stmt *statement;
    file_path(desk, 1, path);
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(connection, question, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return answer;
}

#endif
