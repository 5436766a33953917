/* Stamps of files: what tells that a file is as it was, tables of them, and what becomes of tables that are
 * damaged, old, too many or of another version. */
#define _GNU_SOURCE
#include "cache/disk_folder.h"
#include "cache/stamp_disk.h"
#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define NOW_S  INT64_C(1700000000)

static const struct hash128 key = {.low = 0x1122334455667788, .high = 0x99aabbccddeeff00};
static const struct stamp_limits limits = {.rows_max = 1000, .bytes_max = 1 << 20, .ttl_s = 3600};

struct desk {
    char folder[64];
};

static void begin(struct desk *desk) {
    strcpy(desk->folder, "/tmp/noodle-stamps-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
}

static void end(struct desk *desk) {
    char command[256];
    snprintf(command, sizeof command, "rm -r %s", desk->folder);
    assert_int_equal(system(command), 0);
}

/* ---- one stamp ---- */

static struct file_stamp stamp_at(const char *path) {
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return file_stamp_of(&info);
}

static void a_stamp_counts_when_its_times_are_clearly_past(void **unused) {
    (void)unused;
    const int64_t taken_ns = NOW_S * SECOND;
    const struct {
        int64_t modified_ns, changed_ns;
        bool settled;
    } cases[] = {{taken_ns - 10 * SECOND, taken_ns - 10 * SECOND, true},
                 {taken_ns - 2 * SECOND - 1, taken_ns - 2 * SECOND - 1, true},
                 {taken_ns - 2 * SECOND, taken_ns - 10 * SECOND, false},
                 {taken_ns - 10 * SECOND, taken_ns - 2 * SECOND, false}, /* touched back to an earlier time */
                 {taken_ns, taken_ns, false},
                 {taken_ns + 10 * SECOND, taken_ns - 10 * SECOND, false}, /* from the future */
                 {taken_ns - 10 * SECOND, taken_ns + 10 * SECOND, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct file_stamp stamp = {.modified_ns = cases[i].modified_ns, .changed_ns = cases[i].changed_ns};
        assert_int_equal(file_stamp_is_settled(&stamp, taken_ns), cases[i].settled);
    }
}

static void each_part_of_a_stamp_tells(void **unused) {
    (void)unused;
    const struct file_stamp stamp = {1, 2, 3, 4, 5};
    for (size_t i = 0; i < sizeof stamp / sizeof(uint64_t); i++) {
        struct file_stamp other = stamp;
        assert_true(file_stamps_equal(&stamp, &other));
        ((uint64_t *)&other)[i] += 7;
        assert_false(file_stamps_equal(&stamp, &other));
    }
}

/* Whoever puts size and time of modification back cannot put the time of change back. */
static void an_equal_size_and_an_old_time_do_not_deceive(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    folder_write(desk.folder, "a.json", "[1,2]\n");
    char *path = folder_path(desk.folder, "a.json");
    const struct timespec old[] = {{1000, 0}, {1000, 0}};
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    struct file_stamp before = stamp_at(path), after = before;
    assert_int_equal(before.modified_ns, 1000 * SECOND);
    while (after.changed_ns == before.changed_ns) { /* the clock's next tick */
        folder_write(desk.folder, "a.json", "[1 2]\n");
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
        after = stamp_at(path);
    }
    assert_int_equal(after.modified_ns, before.modified_ns);
    assert_int_equal(after.size_bytes, before.size_bytes);
    assert_int_equal(after.inode, before.inode);
    assert_false(file_stamps_equal(&before, &after));
    /* Another file in its place. */
    folder_write(desk.folder, "b.json", "[1,2]\n");
    char *other = folder_path(desk.folder, "b.json");
    assert_int_equal(utimensat(AT_FDCWD, other, old, 0), 0);
    assert_int_equal(rename(other, path), 0);
    struct file_stamp replaced = stamp_at(path);
    assert_int_not_equal(replaced.inode, after.inode);
    assert_false(file_stamps_equal(&replaced, &after));
    mem_free(other);
    mem_free(path);
    end(&desk);
}

/* ---- tables ---- */

static const char *path_of(uint64_t number) {
    static char path[64];
    snprintf(path, sizeof path, "/p%" PRIu64 "/file%" PRIu64 ".%s", number % 3, number,
             number % 2 ? "py" : "json");
    return path;
}

static struct stamp_row row_of(uint64_t number) {
    return (struct stamp_row){
        .path = path_of(number),
        .stamp = {number, number * 2, number * 3, (int64_t)number * -4, (int64_t)number * 5},
        .text = hash128(&number, sizeof number),
        .language = stamp_language(number % 2 ? "python" : "json"),
        .keys = {{number, 1}, {number, 2}},
        .key_count = (uint16_t)(1 + number % 3),
        .flags = number % 5 ? STAMP_CLEAN : STAMP_AROUND};
}

static void fill(struct stamp_table *table, uint64_t count, int64_t now_s) {
    stamp_table_init(table, now_s);
    for (uint64_t i = 0; i < count; i++) {
        struct stamp_row row = row_of(i);
        stamp_table_add(table, &row);
        struct stamp_sight sight = {row.path, row.stamp, (uint32_t)(i % STAMP_SEEN_KIND_COUNT)};
        stamp_table_add_sight(table, &sight);
    }
}

static void check_rows(const struct stamp_table *table, uint64_t count) {
    assert_int_equal(table->rows.count, count);
    for (uint64_t i = 0; i < count; i++) {
        struct stamp_row expected = row_of(i);
        const struct stamp_row *found = stamp_table_find(table, expected.path);
        assert_non_null(found);
        assert_string_equal(found->path, expected.path);
        assert_true(file_stamps_equal(&found->stamp, &expected.stamp));
        assert_memory_equal(&found->text, &expected.text, sizeof found->text);
        assert_true(found->language == expected.language);
        assert_memory_equal(found->keys, expected.keys, sizeof found->keys);
        assert_int_equal(found->key_count, expected.key_count);
        assert_int_equal(found->flags, expected.flags);
    }
    assert_int_equal(table->sights.count, count);
    for (uint64_t i = 0; i < count; i++) {
        struct stamp_row expected = row_of(i);
        assert_string_equal(table->sights.items[i].path, expected.path);
        assert_true(file_stamps_equal(&table->sights.items[i].stamp, &expected.stamp));
        assert_int_equal(table->sights.items[i].kind, i % STAMP_SEEN_KIND_COUNT);
    }
    assert_null(stamp_table_find(table, "/p1/none.json"));
}

static void a_table_is_read_as_it_was_written(void **unused) {
    (void)unused;
    static const uint64_t counts[] = {0, 1, 2, 500};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct stamp_table table, again;
        struct str bytes;
        str_init(&bytes);
        fill(&table, counts[i], NOW_S);
        table.used_s = NOW_S + 1;
        table.hits = (struct stamp_hits){3, 4};
        stamp_table_encode(&table, key, &bytes);
        assert_true(stamp_table_decode(&again, key, bytes.bytes, bytes.length));
        check_rows(&again, counts[i]);
        assert_int_equal(again.made_s, NOW_S);
        assert_int_equal(again.used_s, NOW_S + 1);
        assert_int_equal(again.hits.count, 3);
        assert_int_equal(again.hits.get_ns, 4);
        stamp_table_finish(&again);
        /* It is another's. */
        assert_false(stamp_table_decode(&again, (struct hash128){1, 2}, bytes.bytes, bytes.length));
        stamp_table_finish(&table);
        str_finish(&bytes);
    }
}

static void damaged_bytes_are_no_table(void **unused) {
    (void)unused;
    struct stamp_table table, again;
    struct str bytes;
    str_init(&bytes);
    fill(&table, 5, NOW_S);
    stamp_table_encode(&table, key, &bytes);
    for (size_t length = 0; length < bytes.length; length++)
        assert_false(stamp_table_decode(&again, key, bytes.bytes, length));
    for (size_t i = 0; i < bytes.length; i++) {
        bytes.bytes[i] ^= 0x41;
        if (i < STAMP_HITS_AT || i >= STAMP_HITS_AT + sizeof(struct stamp_hits)) {
            assert_false(stamp_table_decode(&again, key, bytes.bytes, bytes.length));
        } else { /* counted up without the checksum, and believed as far as it can be */
            assert_true(stamp_table_decode(&again, key, bytes.bytes, bytes.length));
            stamp_table_finish(&again);
        }
        bytes.bytes[i] ^= 0x41;
    }
    str_finish(&bytes);
    stamp_table_finish(&table);
}

static void write_checksum(struct str *bytes) {
    uint64_t sum = blob_checksum(key, bytes->bytes + 32, bytes->length - 32);
    memcpy(bytes->bytes + 8, &sum, sizeof sum);
}

/* Whoever can write there can make a checksum, too. */
static void hostile_bytes_with_a_good_checksum_are_no_table(void **unused) {
    (void)unused;
    struct stamp_table table, again;
    struct str good;
    str_init(&good);
    fill(&table, 5, NOW_S);
    stamp_table_encode(&table, key, &good);
    const size_t row = 64, path_at = row + 120, flags = row + 124, count = 48, sights = 52, path_bytes = 56;
    const size_t sight = row + 5 * STAMP_ROW_BYTES, paths = sight + 5 * STAMP_SIGHT_BYTES;
    const struct {
        size_t at;
        uint32_t number;
    } cases[] = {{count, 6},
                 {count, UINT32_MAX},
                 {path_bytes, UINT32_MAX},
                 {path_bytes, 0},
                 {path_at, UINT32_MAX},
                 {path_at, (uint32_t)(good.length - paths)},
                 {sights, 6},
                 {sights, UINT32_MAX},
                 {sight + 40, UINT32_MAX},
                 {sight + 44, STAMP_SEEN_KIND_COUNT},
                 {flags, 0}, /* and no key */
                 {flags, (STAMP_KEYS_MAX + 1) << 16},
                 {row + STAMP_ROW_BYTES + 4, 0}, /* the second hash below the first */
                 {good.length - 4, 0x41414141}}; /* no end of the last path */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str bytes;
        str_init(&bytes);
        str_add(&bytes, good.bytes, good.length);
        memcpy(bytes.bytes + cases[i].at, &cases[i].number, sizeof cases[i].number);
        write_checksum(&bytes);
        assert_false(stamp_table_decode(&again, key, bytes.bytes, bytes.length));
        str_finish(&bytes);
    }
    str_finish(&good);
    stamp_table_finish(&table);
}

/* ---- on disk ---- */

static size_t count_files(const struct desk *desk) {
    size_t count = 0;
    DIR *listing = opendir(desk->folder);
    assert_non_null(listing);
    for (struct dirent *item; (item = readdir(listing));)
        count += item->d_name[0] != '.';
    closedir(listing);
    return count;
}

static char *table_path(const struct desk *desk) {
    char name[64];
    snprintf(name, sizeof name, "stamps-%d-%016" PRIx64 "%016" PRIx64, STAMP_DISK_SCHEMA, key.high, key.low);
    return folder_path(desk->folder, name);
}

static void put_table(const struct desk *desk, struct hash128 of, uint64_t count, int64_t now_s) {
    struct stamp_table table;
    fill(&table, count, now_s);
    stamp_disk_write(desk->folder, of, &limits, &table);
    stamp_table_finish(&table);
}

/* -1: there is none. */
static int64_t count_rows(const struct desk *desk, struct hash128 of, int64_t now_s) {
    struct stamp_table table;
    bool found = stamp_disk_read(desk->folder, of, &limits, now_s, &table);
    int64_t count = found ? (int64_t)table.rows.count : -1;
    if (!found) assert_int_equal(table.rows.count, 0);
    stamp_table_finish(&table);
    return count;
}

static void a_table_is_kept_and_counted(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    assert_int_equal(count_rows(&desk, key, NOW_S), -1);
    put_table(&desk, key, 7, NOW_S);
    put_table(&desk, (struct hash128){1, 2}, 3, NOW_S);
    assert_int_equal(count_rows(&desk, key, NOW_S), 7);
    for (int i = 0; i < 2; i++)
        stamp_disk_hit(desk.folder, key, &(struct stamp_hits){7, 100});
    assert_int_equal(count_rows(&desk, key, NOW_S), 7);
    struct stamp_sums sums = stamp_disk_sum(desk.folder);
    assert_int_equal(sums.tables, 2);
    assert_int_equal(sums.clean, 7);
    assert_int_equal(sums.hits.count, 14);
    assert_int_equal(sums.hits.get_ns, 200);
    assert_true(sums.bytes > 10 * STAMP_ROW_BYTES);
    struct stat info;
    char *path = table_path(&desk);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    mem_free(path);
    end(&desk);
}

static void a_damaged_table_goes(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    char *path = table_path(&desk);
    static const char *const contents[] = {"", "nothing of the kind", NULL};
    for (size_t i = 0; contents[i]; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(contents[i], file);
        fclose(file);
        assert_int_equal(count_rows(&desk, key, NOW_S), -1);
        assert_int_equal(count_files(&desk), 0);
    }
    assert_int_equal(symlink("/etc/passwd", path), 0); /* not even looked at */
    assert_int_equal(count_rows(&desk, key, NOW_S), -1);
    put_table(&desk, key, 2, NOW_S);
    assert_int_equal(count_rows(&desk, key, NOW_S), 2);
    mem_free(path);
    end(&desk);
}

static void a_table_that_was_not_used_goes(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    const int64_t ttl_s = (int64_t)limits.ttl_s;
    struct stamp_limits for_ever = limits, from_made = limits;
    for_ever.ttl_s = 0;
    from_made.from_made = true;
    struct stamp_table table;
    fill(&table, 2, NOW_S);
    table.used_s = NOW_S + 100;
    stamp_disk_write(desk.folder, key, &limits, &table);
    assert_false(stamp_disk_is_due(&table, &limits, NOW_S + 100 + ttl_s / 4 - 1));
    assert_true(stamp_disk_is_due(&table, &limits, NOW_S + 100 + ttl_s / 4));
    assert_true(stamp_disk_is_due(&table, &limits, NOW_S)); /* the clock was set */
    assert_false(stamp_disk_is_due(&table, &for_ever, NOW_S + 100 + ttl_s));
    stamp_table_finish(&table);
    assert_true(stamp_disk_read(desk.folder, key, &for_ever, NOW_S + 1000 * ttl_s, &table));
    stamp_table_finish(&table);
    assert_int_equal(count_rows(&desk, key, NOW_S + 100 + ttl_s), 2);
    assert_false(stamp_disk_read(desk.folder, key, &from_made, NOW_S + 1 + ttl_s, &table));
    stamp_table_finish(&table);
    assert_int_equal(count_files(&desk), 0);
    put_table(&desk, key, 2, NOW_S);
    assert_int_equal(count_rows(&desk, key, NOW_S + ttl_s + 1), -1);
    assert_int_equal(count_files(&desk), 0);
    end(&desk);
}

static void there_is_only_so_much_room(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    struct stamp_table table;
    struct stamp_limits narrow = limits;
    fill(&table, 20, NOW_S);
    narrow.rows_max = 19; /* nothing half */
    stamp_disk_write(desk.folder, key, &narrow, &table);
    assert_int_equal(count_files(&desk), 0);
    narrow = limits;
    narrow.bytes_max = 11000; /* two tables */
    for (uint64_t i = 0; i < 5; i++) {
        stamp_disk_write(desk.folder, (struct hash128){i, i}, &narrow, &table);
        char name[64];
        snprintf(name, sizeof name, "stamps-%d-%016" PRIx64 "%016" PRIx64, STAMP_DISK_SCHEMA, i, i);
        char *path = folder_path(desk.folder, name);
        const struct timespec times[] = {{1000 + (time_t)i, 0}, {1000 + (time_t)i, 0}};
        utimensat(AT_FDCWD, path, times, 0);
        mem_free(path);
    }
    assert_int_equal(count_files(&desk), 2);
    assert_int_equal(count_rows(&desk, (struct hash128){4, 4}, NOW_S), 20);
    assert_int_equal(count_rows(&desk, (struct hash128){3, 3}, NOW_S), 20);
    stamp_table_finish(&table);
    end(&desk);
}

static void rows_are_cleared_by_what_is_asked(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    static const struct {
        struct disk_selection selection;
        int64_t left;
    } cases[] = {{{.language = "python"}, 3},
                 {{.language = "rust"}, 6},
                 {{.path = "/p1"}, 2}, /* and two that may depend on a file there */
                 {{.path = "/p0/file0.json"}, 4},
                 {{.path = "/p0/file0.json", .language = "python"}, 5},
                 {{.path = "/p1/file1.py"}, 5},
                 {{.path = "/p1/file"}, 6},
                 {{.path = "/", .language = "json"}, 3},
                 {{.older_s = 10}, 6},
                 {{.older_s = 4, .path = "/p2"}, 4},
                 {{.older_s = 4}, -1},
                 {{0}, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_table(&desk, key, 6, NOW_S);
        stamp_disk_hit(desk.folder, key, &(struct stamp_hits){9, 1});
        struct stamp_hits gone = stamp_disk_clear(desk.folder, &cases[i].selection, NOW_S + 5);
        assert_int_equal(count_rows(&desk, key, NOW_S), cases[i].left);
        assert_int_equal(gone.count, cases[i].left < 0 ? 9 : 0);
        assert_int_equal(stamp_disk_sum(desk.folder).hits.count, cases[i].left < 0 ? 0 : 9);
    }
    end(&desk);
}

static void tables_of_newer_versions_are_left_alone(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    const char *digits = "00112233445566778899aabbccddeeff";
    char newer[64], older[64];
    snprintf(newer, sizeof newer, "stamps-%d-%s", STAMP_DISK_SCHEMA + 1, digits);
    snprintf(older, sizeof older, "stamps-%d-%s", STAMP_DISK_SCHEMA - 1, digits);
    folder_write(desk.folder, newer, "what is to come");
    folder_write(desk.folder, older, "what was");
    folder_write(desk.folder, "stamps-1-xyz", "something else");
    put_table(&desk, key, 1, NOW_S); /* makes room, and finds the older one */
    assert_int_equal(count_files(&desk), 3);
    stamp_disk_clear(desk.folder, &(struct disk_selection){0}, NOW_S);
    char *path = folder_path(desk.folder, newer);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(count_files(&desk), 2);
    mem_free(path);
    end(&desk);
}

static void a_folder_that_others_can_write_to_has_no_tables(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    put_table(&desk, key, 1, NOW_S);
    assert_int_equal(chmod(desk.folder, 0777), 0);
    assert_int_equal(count_rows(&desk, key, NOW_S), -1);
    put_table(&desk, key, 2, NOW_S);
    assert_int_equal(chmod(desk.folder, 0700), 0);
    assert_int_equal(count_rows(&desk, key, NOW_S), 1);
    end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stamp_counts_when_its_times_are_clearly_past),
        cmocka_unit_test(each_part_of_a_stamp_tells),
        cmocka_unit_test(an_equal_size_and_an_old_time_do_not_deceive),
        cmocka_unit_test(a_table_is_read_as_it_was_written),
        cmocka_unit_test(damaged_bytes_are_no_table),
        cmocka_unit_test(hostile_bytes_with_a_good_checksum_are_no_table),
        cmocka_unit_test(a_table_is_kept_and_counted),
        cmocka_unit_test(a_damaged_table_goes),
        cmocka_unit_test(a_table_that_was_not_used_goes),
        cmocka_unit_test(there_is_only_so_much_room),
        cmocka_unit_test(rows_are_cleared_by_what_is_asked),
        cmocka_unit_test(tables_of_newer_versions_are_left_alone),
        cmocka_unit_test(a_folder_that_others_can_write_to_has_no_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
