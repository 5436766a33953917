/* Settings of the cache that change while the server runs: whoever changes them waits for no disk and for no
 * large table, and nothing that was kept is lost. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/mem.h"
#include "cache/disk_file.h"
#include "cli/cache_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES     300
#define BUSY_NS_MIN (5 * NS_PER_S) /* what a cache that ends waits for a file that is locked */

static char home[] = "/tmp/noodle-setup-XXXXXX";
static const struct options options = {.command = COMMAND_SERVE};
static const struct cache_preferences plain = {.strategy = EVICT_ADAPTIVE,
                                               .entries = 10000,
                                               .memory_mb = 64,
                                               .disk_mb = 64,
                                               .ttl_s = 3600,
                                               .source_text = true};

static void begin(struct cache_setup *setup) {
    strcpy(strrchr(home, '-'), "-XXXXXX");
    assert_non_null(mkdtemp(home));
    assert_int_equal(setenv("XDG_CACHE_HOME", home, 1), 0);
    cache_setup_init(setup, &(struct cache_setup_params){.options = &options, .wait_ns = 10 * NS_PER_S});
    cache_setup_apply(setup, &plain);
    assert_non_null(setup->cache);
}

static void end(struct cache_setup *setup) {
    char command[64];
    cache_setup_finish(setup);
    snprintf(command, sizeof command, "rm -r %s", home);
    assert_int_equal(system(command), 0);
}

static struct hash128 key_of(uint64_t number) {
    return hash128(&number, sizeof number);
}

static void put(struct cache *cache, uint64_t number) {
    struct cache_put item = {.key = key_of(number),
                             .bytes = &number,
                             .size_bytes = sizeof number,
                             .reach = CACHE_DISK,
                             .language = "c"};
    cache_put(cache, &item);
}

static size_t count_found(struct cache *cache, uint64_t count) {
    size_t found = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct cache_found where;
        struct blob *blob = cache_get(cache, key_of(i), CACHE_DISK, &where);
        found += blob != NULL;
        blob_unref(blob);
    }
    return found;
}

/* The lock keeps the writing thread from writing, and so from ending. */
static void a_cache_that_ends_is_not_waited_for(void **unused) {
    (void)unused;
    struct cache_setup setup;
    struct cache_preferences other = plain;
    char path[128];
    sqlite3 *connection;
    begin(&setup);
    cache_flush(setup.cache);
    snprintf(path, sizeof path, "%s/noodle/results-%d-1.sqlite", home, DISK_FILE_SCHEMA);
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_exec(connection, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (uint64_t i = 0; i < ENTRIES; i++)
        put(setup.cache, i);
    uint64_t start_ns = clock_now_ns();
    other.disk_mb = 0;
    for (int i = 0; i < 6; i++) { /* without a disk, with one, ... */
        cache_setup_apply(&setup, i % 2 ? &plain : &other);
        assert_non_null(setup.cache);
    }
    uint64_t took_ns = clock_now_ns() - start_ns;
    assert_true(took_ns < BUSY_NS_MIN / 2);
    assert_int_equal(sqlite3_exec(connection, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(connection);
    cache_setup_finish(&setup);
    cache_setup_init(&setup, &(struct cache_setup_params){.options = &options, .wait_ns = 10 * NS_PER_S});
    cache_setup_apply(&setup, &plain);
    assert_int_equal(count_found(setup.cache, ENTRIES), ENTRIES);
    end(&setup);
}

/* What was set last counts, in whatever order it is done. */
static void the_last_settings_count(void **unused) {
    (void)unused;
    struct cache_setup setup;
    struct cache_preferences other = plain;
    begin(&setup);
    for (uint64_t i = 0; i < 2 * ENTRIES; i++)
        put(setup.cache, i);
    struct cache *cache = setup.cache;
    for (int i = 0; i < 20; i++) {
        other.strategy = (enum evict_strategy)(i % EVICT_STRATEGY_COUNT);
        other.entries = 5000 + (size_t)i;
        cache_setup_apply(&setup, &other);
        assert_ptr_equal(setup.cache, cache);
    }
    other.entries = ENTRIES;
    cache_setup_apply(&setup, &other);
    cache_setup_wait(&setup);
    assert_int_equal(cache_counters(cache).entries_max, ENTRIES);
    assert_int_equal(cache_counters(cache).memory.entries, ENTRIES);
    other.entries = 0; /* none; then the same once more */
    cache_setup_apply(&setup, &other);
    assert_null(setup.cache);
    other.entries = ENTRIES;
    cache_setup_apply(&setup, &other);
    assert_ptr_equal(setup.cache, cache);
    assert_int_equal(cache_counters(cache).memory.entries, ENTRIES);
    end(&setup);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cache_that_ends_is_not_waited_for),
        cmocka_unit_test(the_last_settings_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
