/* The disk tier: what is put is found, also by the next process; what is old, damaged, newer or not to be
 * written is not, and nothing wrong is ever answered. */
#define _GNU_SOURCE
#include "tests/support/damage.h"
#include "tests/support/disk_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CORRUPTIONS 40

static void what_is_put_is_found_by_the_next_process(void **unused) {
    (void)unused;
    struct desk desk, other;
    begin(&desk);
    assert_false(has(&desk, 1));
    for (uint64_t i = 0; i < ENTRIES; i++)
        put(&desk, i, "c", NULL, 0);
    disk_tier_flush(desk.tier);
    assert_int_equal(count_found(&desk, ENTRIES), ENTRIES);
    /* At the same time, and afterwards. */
    other = desk;
    open_tier(&other);
    assert_int_equal(count_found(&other, ENTRIES), ENTRIES);
    put(&other, ENTRIES, "c", NULL, 0);
    close_tier(&other);
    assert_true(has(&desk, ENTRIES));
    disk_tier_count(desk.tier, TALLY_MISSES, 5);
    close_tier(&desk);
    open_tier(&desk);
    assert_int_equal(count_found(&desk, ENTRIES + 1), ENTRIES + 1);
    assert_int_equal(disk_tier_counters(desk.tier).entries, ENTRIES + 1);
    uint64_t tallies[TALLY_COUNT];
    disk_tier_tallies(desk.tier, tallies);
    assert_int_equal(tallies[TALLY_MISSES], 5);
    disk_tier_drop(desk.tier, key_of(7));
    disk_tier_flush(desk.tier);
    assert_false(has(&desk, 7));
    struct stat info;
    char path[128];
    file_path(&desk, 1, path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(desk.complaints, 0);
    end(&desk);
}

static void limits_and_time_hold(void **unused) {
    (void)unused;
    for (int strategy = 0; strategy < EVICT_STRATEGY_COUNT; strategy++) {
        struct desk desk;
        begin(&desk);
        desk.params.strategy = (enum evict_strategy)strategy;
        desk.params.entries_max = 300;
        desk.params.ttl_s = 1000;
        disk_tier_configure(desk.tier, &desk.params);
        for (uint64_t i = 0; i < ENTRIES; i++)
            put(&desk, i, "c", NULL, 0);
        disk_tier_flush(desk.tier);
        size_t found = count_found(&desk, ENTRIES);
        assert_true(found > 200 && found <= 300);
        assert_int_equal(disk_tier_counters(desk.tier).evicted, ENTRIES - found);
        close_tier(&desk);
        execute(&desk, "UPDATE entry SET made = made - 2000, used = used - 2000");
        open_tier(&desk);
        assert_int_equal(count_found(&desk, ENTRIES), 0);
        assert_int_equal(disk_tier_counters(desk.tier).expired, found);
        end(&desk);
    }
}

static void a_selection_is_cleared(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    put(&desk, 1, "c", PATHS("/p/a.c\0/p/x.h"));
    put(&desk, 2, "c", PATHS("/p/q/b.c\0/p/x.h"));
    put(&desk, 3, "json", PATHS("/p/q/b.json"));
    put(&desk, 4, "json", PATHS("/pq/b.json"));
    put(&desk, 5, "json", PATHS(""));
    disk_tier_flush(desk.tier);
    size_t count;
    char *recent = disk_tier_recent(desk.tier, "/p", 10, &count);
    assert_int_equal(count, 3); /* not the header, and not the neighbour */
    mem_free(recent);
    struct disk_selection selection = {.path = "/p/q", .language = "json"};
    assert_int_equal(disk_tier_clear(desk.tier, &selection), 1);
    assert_false(has(&desk, 3));
    selection = (struct disk_selection){.path = "/p/x.h"};
    assert_int_equal(disk_tier_clear(desk.tier, &selection), 2);
    assert_false(has(&desk, 1) || has(&desk, 2));
    execute(&desk, "UPDATE entry SET used = used - 100 WHERE id = (SELECT max(id) FROM entry)");
    selection = (struct disk_selection){.older_s = 50};
    assert_int_equal(disk_tier_clear(desk.tier, &selection), 1);
    assert_true(has(&desk, 4));
    selection = (struct disk_selection){.path = NULL};
    assert_int_equal(disk_tier_clear(desk.tier, &selection), 1);
    assert_int_equal(disk_tier_counters(desk.tier).entries, 0);
    end(&desk);
}

static void a_bad_row_is_a_miss_and_goes(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    for (uint64_t i = 0; i < 4; i++)
        put(&desk, i, "c", NULL, 0);
    disk_tier_flush(desk.tier);
    execute(&desk, "UPDATE val SET v = x'00' WHERE id = 1;"
                   "UPDATE val SET (crc, v) = (SELECT crc, v FROM val WHERE id = 3) WHERE id = 2;"
                   "UPDATE val SET v = NULL WHERE id = 4");
    assert_int_equal(count_found(&desk, 4), 1);
    assert_int_equal(disk_tier_counters(desk.tier).damaged_rows, 3);
    disk_tier_flush(desk.tier);
    assert_int_equal(count_found(&desk, 4), 1);
    assert_int_equal(disk_tier_counters(desk.tier).damaged_rows, 3);
    assert_int_equal(desk.complaints, 0);
    end(&desk);
}

/* What the tier says of its size is what counting the rows says, also to the next process. */
static void check_size(struct desk *desk, uint64_t entries) {
    for (int turn = 0; turn < 2; turn++) {
        struct disk_counters counters = disk_tier_counters(desk->tier);
        assert_int_equal(counters.entries, entries);
        close_tier(desk);
        assert_int_equal(ask(desk, "SELECT count(*) FROM entry"), entries);
        assert_int_equal(ask(desk, "SELECT sum(size) FROM entry"), counters.bytes);
        open_tier(desk);
    }
}

static void the_size_is_right_without_counting(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    for (int round = 0; round < 3; round++)
        for (uint64_t i = 0; i < 200; i++)
            put(&desk, i, "c", NULL, 0);
    disk_tier_flush(desk.tier);
    check_size(&desk, 200);
    for (uint64_t i = 150; i < 250; i++) /* also what is not there */
        disk_tier_drop(desk.tier, key_of(i));
    disk_tier_flush(desk.tier);
    check_size(&desk, 150);
    desk.params.entries_max = 100;
    disk_tier_configure(desk.tier, &desk.params);
    for (uint64_t i = 0; i < 50; i++)
        put(&desk, i, "c", NULL, 0);
    disk_tier_flush(desk.tier);
    check_size(&desk, 100);
    /* Putting again what is there makes no room. */
    uint64_t kept[100];
    for (size_t i = 0, count = 0; i < 200; i++)
        if (has(&desk, i)) kept[count++] = i;
    for (int i = 0; i < 100; i++)
        put(&desk, kept[i], "c", NULL, 0);
    disk_tier_flush(desk.tier);
    assert_int_equal(disk_tier_counters(desk.tier).evicted, 0);
    assert_int_equal(count_found(&desk, 200), 100);
    end(&desk);
}

static void two_that_write_count_together(void **unused) {
    (void)unused;
    struct desk desk, other;
    begin(&desk);
    other = desk;
    open_tier(&other);
    for (uint64_t i = 0; i < 300; i++)
        put(i % 2 ? &desk : &other, i * 2 / 3, "c", NULL, 0); /* some of them twice */
    disk_tier_flush(desk.tier);
    disk_tier_flush(other.tier);
    close_tier(&other);
    put(&desk, 1000, "c", NULL, 0); /* with it the tier sees what the other wrote */
    disk_tier_flush(desk.tier);
    check_size(&desk, 201);
    end(&desk);
}

/* What the file says of its size may be wrong: too much empties it at worst, and clearing counts. */
static void a_wrong_size_does_no_lasting_harm(void **unused) {
    (void)unused;
    static const char *const sizes[] = {"1000000000000", "-5", "'none'", "NULL"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct desk desk;
        char script[128];
        begin(&desk);
        for (uint64_t k = 0; k < 20; k++)
            put(&desk, k, "c", NULL, 0);
        close_tier(&desk);
        snprintf(script, sizeof script, "UPDATE tally SET n = %s WHERE name IN ('entries', 'bytes')",
                 sizes[i]);
        execute(&desk, script);
        open_tier(&desk);
        put(&desk, 100, "c", NULL, 0);
        disk_tier_flush(desk.tier);
        disk_tier_clear(desk.tier, &(struct disk_selection){.language = "json"});
        put(&desk, 101, "c", NULL, 0);
        disk_tier_flush(desk.tier);
        assert_true(has(&desk, 101));
        check_size(&desk, count_found(&desk, 102));
        end(&desk);
    }
}

static void a_transaction_that_fails_loses_no_count(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    put(&desk, 1, "c", NULL, 0);
    disk_tier_flush(desk.tier);
    execute(&desk, "CREATE TRIGGER t BEFORE INSERT ON tally BEGIN SELECT RAISE(ABORT, 'no'); END");
    disk_tier_count(desk.tier, TALLY_MISSES, 5);
    put(&desk, 2, "c", NULL, 0); /* fails, and the file is left for the next one */
    disk_tier_flush(desk.tier);
    disk_tier_count(desk.tier, TALLY_MISSES, 2);
    close_tier(&desk);
    open_tier(&desk);
    uint64_t tallies[TALLY_COUNT];
    disk_tier_tallies(desk.tier, tallies);
    assert_int_equal(tallies[TALLY_MISSES], 7);
    char path[128];
    file_path(&desk, 2, path);
    assert_int_equal(access(path, F_OK), 0);
    end(&desk);
}

/* A process that has the file open until a byte comes, which it says with one. */
static pid_t hold_file(const char *path, int to_child[2], int from_child[2]) {
    char byte = 0;
    assert_int_equal(pipe(to_child) | pipe(from_child), 0);
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *connection;
        close(to_child[1]);
        if (sqlite3_open(path, &connection) != SQLITE_OK ||
            sqlite3_exec(connection, "SELECT * FROM t", NULL, NULL, NULL) != SQLITE_OK ||
            write(from_child[1], &byte, 1) != 1)
            _exit(1);
        _exit(read(to_child[0], &byte, 1) == 1 ? 0 : 1);
    }
    assert_int_equal(read(from_child[0], &byte, 1), 1);
    return child;
}

static void make_older(const char *path, time_t by_s) {
    static const char *const parts[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char part[160];
        snprintf(part, sizeof part, "%s%s", path, parts[i]);
        struct timespec when = {.tv_sec = time(NULL) - by_s};
        utimensat(AT_FDCWD, part, (struct timespec[2]){when, when}, 0);
    }
}

static void older_files_go_when_nobody_uses_them(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    close_tier(&desk);
    char path[128], stranger[128];
    snprintf(path, sizeof path, "%s/results-%d-3.sqlite", desk.folder, DISK_FILE_SCHEMA - 1);
    snprintf(stranger, sizeof stranger, "%s/results-%d-3.sqlite.bak", desk.folder, DISK_FILE_SCHEMA - 1);
    sqlite3 *connection;
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(connection, "PRAGMA journal_mode = WAL; CREATE TABLE t(a)", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(connection);
    fclose(fopen(stranger, "w"));
    make_older(stranger, DISK_FILE_FORGOTTEN_S + 60);
    make_older(path, DISK_FILE_FORGOTTEN_S - 60);
    open_tier(&desk);
    close_tier(&desk);
    assert_int_equal(access(path, F_OK), 0); /* not long enough */
    int to_child[2], from_child[2];
    pid_t child = hold_file(path, to_child, from_child);
    make_older(path, DISK_FILE_FORGOTTEN_S + 60);
    open_tier(&desk);
    close_tier(&desk);
    assert_int_equal(access(path, F_OK), 0); /* held */
    int status;
    assert_int_equal(write(to_child[1], "", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    make_older(path, DISK_FILE_FORGOTTEN_S + 60);
    open_tier(&desk);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(stranger, F_OK), 0);
    for (int i = 0; i < 2; i++)
        close(to_child[i]), close(from_child[i]);
    assert_int_equal(desk.complaints, 0);
    end(&desk);
}

/* Two versions of the program side by side. */
static void a_newer_file_is_left_alone(void **unused) {
    (void)unused;
    static const char content[] = "whatever the next version thinks of";
    struct desk desk;
    begin(&desk);
    put(&desk, 1, "c", NULL, 0);
    close_tier(&desk);
    char path[128], read_back[sizeof content];
    snprintf(path, sizeof path, "%s/results-%d-7.sqlite", desk.folder, DISK_FILE_SCHEMA + 1);
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(content, 1, sizeof content, file), sizeof content);
    fclose(file);
    make_older(path, DISK_FILE_FORGOTTEN_S + 60);
    open_tier(&desk);
    assert_true(has(&desk, 1));
    file = fopen(path, "r");
    assert_int_equal(fread(read_back, 1, sizeof read_back, file), sizeof content);
    assert_memory_equal(read_back, content, sizeof content);
    fclose(file);
    assert_int_equal(desk.complaints, 0);
    end(&desk);
}

static void what_is_no_results_file_is_left_for_a_new_one(void **unused) {
    (void)unused;
    static const char *const scripts[] = {
        "PRAGMA application_id = 7", "DROP TABLE val",
        "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END",
        "ALTER TABLE val RENAME COLUMN v TO w"};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct desk desk;
        begin(&desk);
        put(&desk, 1, "c", NULL, 0);
        close_tier(&desk);
        execute(&desk, scripts[i]);
        open_tier(&desk);
        assert_false(has(&desk, 1));
        put(&desk, 1, "c", NULL, 0);
        disk_tier_flush(desk.tier);
        assert_true(has(&desk, 1));
        char path[128];
        file_path(&desk, 2, path);
        assert_int_equal(access(path, F_OK), 0);
        end(&desk);
    }
}

static void without_a_disk_there_is_one_line(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    close_tier(&desk);
    const char *real = desk.params.folder;
    char below[128];
    file_path(&desk, 1, below);
    strcat(below, "/folder"); /* below a file */
    const char *folders[] = {"/proc/noodle", "/dev/null", below};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        desk.complaints = 0;
        desk.params.folder = folders[i];
        open_tier(&desk);
        for (uint64_t k = 0; k < 10; k++) {
            put(&desk, k, "c", NULL, 0);
            assert_false(has(&desk, k));
        }
        assert_int_equal(disk_tier_clear(desk.tier, &(struct disk_selection){.path = NULL}), 0);
        close_tier(&desk);
        assert_int_equal(desk.complaints, 1);
        assert_non_null(strstr(desk.complaint, "results are kept in memory only"));
    }
    /* Others may write there. */
    desk.params.folder = real;
    desk.complaints = 0;
    assert_int_equal(chmod(desk.folder, 0777), 0);
    open_tier(&desk);
    assert_false(disk_tier_counters(desk.tier).open);
    assert_int_equal(desk.complaints, 1);
    end(&desk);
}

static void corrupt(struct damage_random *random, const char *path) {
    int file = open(path, O_RDWR);
    struct stat info;
    assert_true(file >= 0);
    assert_int_equal(fstat(file, &info), 0);
    uint32_t size = (uint32_t)info.st_size;
    assert_true(size > 0);
    if (damage_random_below(random, 8) == 0) {
        assert_int_equal(ftruncate(file, damage_random_below(random, size)), 0);
    } else {
        for (uint32_t i = 0, count = 1 + damage_random_below(random, 200); i < count; i++) {
            /* Often where the structure lies: at the beginnings of pages. */
            uint32_t at = damage_random_below(random, size);
            if (i % 3 == 0)
                at = at / 8192 * 8192 + damage_random_below(random, 110) % (size - at / 8192 * 8192);
            char byte = (char)damage_random_below(random, 256);
            assert_int_equal(pwrite(file, &byte, 1, at), 1);
        }
    }
    close(file);
}

/* Not only the value: what it cost, and whether it quotes the source. */
static void all_of_a_row_is_checked(void **unused) {
    (void)unused;
    static const char *const changes[] = {"UPDATE entry SET cost = 0 WHERE id = 1",
                                          "UPDATE entry SET cost = cost + 4294967296 WHERE id = 1",
                                          "UPDATE entry SET quotes = 1 - quotes WHERE id = 1",
                                          "UPDATE val SET v = zeroblob(length(v)) WHERE id = 1"};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct desk desk;
        begin(&desk);
        put(&desk, 0, "c", NULL, 0);
        put(&desk, 1, "c", NULL, 0);
        close_tier(&desk);
        execute(&desk, changes[i]);
        open_tier(&desk);
        assert_int_equal(has(&desk, 0) + has(&desk, 1), 1);
        end(&desk);
    }
}

static void corruptions_are_survived(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    size_t found = 0, files = 0;
    for (int i = 0; i < CORRUPTIONS; i++) {
        struct desk desk;
        begin(&desk);
        for (uint64_t k = 0; k < 400; k++)
            put(&desk, k, "c", PATHS("/p/a.c\0/p/b.h"));
        close_tier(&desk);
        char path[128], log[140];
        file_path(&desk, 1, path);
        snprintf(log, sizeof log, "%s-wal", path);
        bool in_log = i % 4 == 0;
        if (!in_log) execute(&desk, "PRAGMA wal_checkpoint(TRUNCATE)");
        corrupt(&random, in_log ? log : path);
        if (i % 8 != 0) corrupt(&random, path);
        open_tier(&desk);
        found += count_found(&desk, 400); /* has() looks at every byte */
        for (uint64_t k = 400; k < 500; k++)
            put(&desk, k, "c", PATHS("/p/a.c"));
        disk_tier_flush(desk.tier);
        found += count_found(&desk, 500);
        size_t count;
        mem_free(disk_tier_recent(desk.tier, "/p", 5, &count));
        disk_tier_clear(desk.tier, &(struct disk_selection){.path = "/p/a.c"});
        close_tier(&desk);
        /* In the end the store works again. */
        open_tier(&desk);
        put(&desk, 1000, "c", NULL, 0);
        disk_tier_flush(desk.tier);
        for (int tries = 0; tries < 20 && !has(&desk, 1000); tries++) {
            put(&desk, 1000, "c", NULL, 0);
            disk_tier_flush(desk.tier);
        }
        if (desk.complaints) printf("%s\n", desk.complaint);
        assert_true(has(&desk, 1000));
        files += disk_tier_counters(desk.tier).damaged_files;
        end(&desk);
    }
    printf("%d corruptions: %zu right answers, none wrong, %zu files left while they were open\n",
           CORRUPTIONS, found, files);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_by_the_next_process),
        cmocka_unit_test(limits_and_time_hold),
        cmocka_unit_test(a_selection_is_cleared),
        cmocka_unit_test(a_bad_row_is_a_miss_and_goes),
        cmocka_unit_test(the_size_is_right_without_counting),
        cmocka_unit_test(two_that_write_count_together),
        cmocka_unit_test(a_wrong_size_does_no_lasting_harm),
        cmocka_unit_test(a_transaction_that_fails_loses_no_count),
        cmocka_unit_test(older_files_go_when_nobody_uses_them),
        cmocka_unit_test(a_newer_file_is_left_alone),
        cmocka_unit_test(what_is_no_results_file_is_left_for_a_new_one),
        cmocka_unit_test(without_a_disk_there_is_one_line),
        cmocka_unit_test(all_of_a_row_is_checked),
        cmocka_unit_test(corruptions_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
