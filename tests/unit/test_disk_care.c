/* The disk tier's care: what is too old goes part by part, and what quotes source text goes for good once
 * nobody is to keep it. */
#define _GNU_SOURCE
#include "cache/disk_care.h"
#include "tests/support/disk_desk.h"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <utime.h>

#define SLICE 256 /* entries looked at in one transaction */
#define TTL_S 1000

#define A_WORD "a_word_that_nobody_else_writes"

/* ---- sweeping ---- */

static void what_is_too_old_goes_in_parts(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    for (uint64_t i = 0; i < ENTRIES; i++)
        put(&desk, i, "c", NULL, 0);
    close_tier(&desk);
    execute(&desk, "UPDATE entry SET used = used - 2000, made = made - 2000 WHERE id % 2");
    struct disk_file file = {0};
    struct disk_rows rows;
    struct disk_limits limits = {.strategy = EVICT_ADAPTIVE, .ttl_s = TTL_S};
    struct disk_size size;
    struct error error;
    int64_t now_s = ask(&desk, "SELECT max(used) FROM entry");
    uint64_t all = 0, expired, parts = 0;
    assert_int_equal(disk_file_open(desk.folder, 0, &file, &error), STATUS_OK);
    assert_int_equal(disk_rows_open(&rows, &file), SQLITE_OK);
    assert_int_equal(disk_rows_size(&rows, &size), SQLITE_OK);
    do { /* as processes that live for one transaction each */
        assert_int_equal(disk_rows_begin(&rows), SQLITE_OK);
        assert_int_equal(disk_rows_size(&rows, &size), SQLITE_OK);
        assert_int_equal(disk_care_sweep(&rows, &limits, now_s, &size, &expired), SQLITE_OK);
        assert_int_equal(disk_rows_set_size(&rows, &size), SQLITE_OK);
        assert_int_equal(disk_rows_commit(&rows), SQLITE_OK);
        assert_true(expired <= SLICE);
        all += expired;
        parts++;
    } while (size.sweep_id);
    assert_int_equal(all, ENTRIES / 2);
    assert_true(parts >= ENTRIES / SLICE && parts <= ENTRIES / SLICE + 2);
    assert_int_equal(size.entries, ENTRIES / 2);
    assert_int_equal(size.swept_s, now_s);
    /* The next pass is not due yet; then it is, as soon as the clock says so or was set. */
    assert_int_equal(sqlite3_exec(file.writer, "UPDATE entry SET used = used - 2000", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(disk_care_sweep(&rows, &limits, now_s + TTL_S / 4 - 1, &size, &expired), SQLITE_OK);
    assert_int_equal(expired, 0);
    assert_int_equal(disk_care_sweep(&rows, &limits, now_s + TTL_S / 4, &size, &expired), SQLITE_OK);
    assert_true(expired > 0);
    size.sweep_id = 0;
    assert_int_equal(disk_care_sweep(&rows, &limits, now_s - 100, &size, &expired), SQLITE_OK);
    assert_true(expired > 0);
    /* Nothing is too old for ever. */
    limits.ttl_s = 0;
    assert_int_equal(disk_care_sweep(&rows, &limits, now_s + 100000, &size, &expired), SQLITE_OK);
    assert_int_equal(expired, 0);
    disk_rows_close(&rows);
    disk_file_close(&file);
    end(&desk);
}

static void the_writing_thread_sweeps(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    desk.params.ttl_s = TTL_S;
    disk_tier_configure(desk.tier, &desk.params);
    for (uint64_t i = 0; i < ENTRIES; i++)
        put(&desk, i, "c", NULL, 0);
    disk_tier_flush(desk.tier);
    execute(&desk, "UPDATE entry SET used = used - 2000 WHERE id % 2");
    /* A part with each write, and more in between; twice, since a pass may be half done. */
    uint64_t written = 0;
    for (int pass = 0; pass < 2; pass++) {
        execute(&desk, "UPDATE tally SET n = n - 2000 WHERE name = 'swept s'");
        for (uint64_t i = 0; i <= ENTRIES / SLICE + 1; i++) {
            put(&desk, 1000000 + written++, "c", NULL, 0);
            disk_tier_flush(desk.tier);
        }
    }
    struct disk_counters counters = disk_tier_counters(desk.tier);
    assert_int_equal(counters.expired, ENTRIES / 2);
    assert_int_equal(counters.entries, ENTRIES / 2 + written);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM entry"), counters.entries);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM val"), counters.entries);
    assert_int_equal(ask(&desk, "SELECT n FROM tally WHERE name = 'expired'"), ENTRIES / 2);
    end(&desk);
}

/* ---- erasing ---- */

static void put_words(struct desk *desk, uint64_t number, bool quotes) {
    struct str text;
    str_init(&text);
    for (int i = 0; i < 400; i++)
        str_addf(&text, "%s %d ", quotes ? A_WORD : "x", i);
    struct blob *blob = blob_create(text.bytes, text.length);
    struct disk_put item = {.key = key_of(number), .blob = blob, .quotes = quotes, .language = "c"};
    disk_tier_put(desk->tier, &item);
    blob_unref(blob);
    str_finish(&text);
}

static bool is_there(struct desk *desk, uint64_t number) {
    uint32_t cost_us;
    struct blob *blob = disk_tier_get(desk->tier, key_of(number), WAIT_NS, &cost_us);
    blob_unref(blob);
    return blob != NULL;
}

/* In any file of the folder, whatever SQLite thinks of it. */
static bool folder_says(const struct desk *desk, const char *word) {
    bool says = false;
    DIR *listing = opendir(desk->folder);
    const struct dirent *item;
    assert_non_null(listing);
    while ((item = readdir(listing))) {
        char path[400];
        static char bytes[8 << 20];
        snprintf(path, sizeof path, "%s/%s", desk->folder, item->d_name);
        if (item->d_name[0] == '.') continue;
        int file = open(path, O_RDONLY);
        assert_true(file >= 0);
        ssize_t length = read(file, bytes, sizeof bytes);
        assert_true(length >= 0 && length < (ssize_t)sizeof bytes);
        close(file);
        says |= memmem(bytes, (size_t)length, word, strlen(word)) != NULL;
    }
    closedir(listing);
    return says;
}

static void fill(struct desk *desk) {
    for (uint64_t i = 0; i < 600; i++)
        put_words(desk, i, i % 2);
    disk_tier_flush(desk->tier);
    assert_true(is_there(desk, 0) && is_there(desk, 1) && folder_says(desk, A_WORD));
}

static void check_erased(struct desk *desk) {
    disk_tier_flush(desk->tier);
    assert_false(folder_says(desk, A_WORD));
    for (uint64_t i = 0; i < 600; i++)
        assert_int_equal(is_there(desk, i), i % 2 == 0);
    assert_int_equal(disk_tier_counters(desk->tier).entries, 300);
    assert_int_equal(disk_tier_counters(desk->tier).erased, 300);
    put_words(desk, 1001, true);
    put_words(desk, 1002, false);
    disk_tier_flush(desk->tier);
    assert_true(is_there(desk, 1002) && !is_there(desk, 1001));
    assert_false(folder_says(desk, A_WORD));
}

static void quotes_go_when_that_is_switched(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    fill(&desk);
    desk.params.no_quotes = true;
    disk_tier_configure(desk.tier, &desk.params);
    check_erased(&desk);
    /* And back. */
    desk.params.no_quotes = false;
    disk_tier_configure(desk.tier, &desk.params);
    put_words(&desk, 1003, true);
    disk_tier_flush(desk.tier);
    assert_true(is_there(&desk, 1003));
    end(&desk);
}

static void quotes_go_at_a_start(void **unused) {
    (void)unused;
    struct desk desk;
    char older[128];
    begin(&desk);
    fill(&desk);
    close_tier(&desk);
    /* One that an older version of the program left. */
    snprintf(older, sizeof older, "%s/results-%d-1.sqlite", desk.folder, DISK_FILE_SCHEMA - 1);
    FILE *file = fopen(older, "w");
    assert_non_null(file);
    fputs(A_WORD, file);
    fclose(file);
    /* Whatever its time: the clock may have been set, and a file's may be ahead of it by a tick. */
    assert_int_equal(utime(older, &(struct utimbuf){.modtime = time(NULL) + 3600}), 0);
    desk.params.no_quotes = true;
    open_tier(&desk);
    assert_int_not_equal(access(older, F_OK), 0);
    check_erased(&desk);
    end(&desk);
}

/* Who reads keeps the log from being emptied; what is in it is not served, and goes when it can. */
static void quotes_go_while_others_read(void **unused) {
    (void)unused;
    struct desk desk;
    char path[128];
    sqlite3 *connection;
    begin(&desk);
    fill(&desk);
    file_path(&desk, 1, path);
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_exec(connection, "BEGIN; SELECT count(*) FROM entry", NULL, NULL, NULL),
                     SQLITE_OK);
    desk.params.no_quotes = true;
    disk_tier_configure(desk.tier, &desk.params);
    for (uint64_t i = 0; i < 600; i++)
        assert_int_equal(is_there(&desk, i), i % 2 == 0);
    assert_int_equal(sqlite3_exec(connection, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(connection);
    check_erased(&desk);
    end(&desk);
}

/* Another process may still be told to keep them. */
static void quotes_of_others_are_not_served(void **unused) {
    (void)unused;
    struct desk desk, other;
    begin(&desk);
    desk.params.no_quotes = true;
    disk_tier_configure(desk.tier, &desk.params);
    disk_tier_flush(desk.tier);
    other = desk;
    other.params.no_quotes = false;
    open_tier(&other);
    put_words(&other, 1, true);
    disk_tier_flush(other.tier);
    assert_true(is_there(&other, 1));
    assert_false(is_there(&desk, 1));
    disk_tier_flush(desk.tier);
    assert_false(is_there(&other, 1));
    close_tier(&other);
    end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_too_old_goes_in_parts),   cmocka_unit_test(the_writing_thread_sweeps),
        cmocka_unit_test(quotes_go_when_that_is_switched), cmocka_unit_test(quotes_go_at_a_start),
        cmocka_unit_test(quotes_go_while_others_read),     cmocka_unit_test(quotes_of_others_are_not_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
