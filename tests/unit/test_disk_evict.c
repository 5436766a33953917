/* Eviction on disk: how often replayed traces hit, by a clock of their own; adaptive is never more than two
 * points below the best of the others. And what was dear to make survives what was cheap. */
#define _GNU_SOURCE
#include "tests/support/disk_desk.h"
#include "tests/support/trace.h"

#include "cache/disk_evict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#define REQUESTS 60000
#define TTL_S    3600
#define START_S  1800000000
#define PER_S    10
#define BATCH    64 /* requests in one transaction */
#define VALUE    "a value"

struct store {
    struct disk_file file;
    struct disk_rows rows;
    struct disk_limits limits;
    struct disk_size size;
    struct disk_evict *evict;
};

static void open_store(struct store *store, const char *folder, enum evict_strategy strategy) {
    struct error error;
    *store = (struct store){
        .limits = {
            .strategy = strategy, .entries_max = TRACE_CAPACITY, .bytes_max = 1u << 30, .ttl_s = TTL_S}};
    assert_int_equal(disk_file_open(folder, 0, &store->file, &error), STATUS_OK);
    assert_int_equal(disk_rows_open(&store->rows, &store->file), SQLITE_OK);
    store->evict = disk_evict_create(&store->limits, 20261126);
    assert_int_equal(sqlite3_exec(store->file.writer, "PRAGMA synchronous = OFF", NULL, NULL, NULL),
                     SQLITE_OK);
}

static void close_store(struct store *store) {
    disk_evict_destroy(store->evict);
    disk_rows_close(&store->rows);
    disk_file_close(&store->file);
}

static void put_in(struct store *store, uint64_t number, uint32_t cost_us, int64_t now_s) {
    struct blob *blob = blob_create(VALUE, sizeof VALUE);
    struct disk_put item = {.key = key_of(number), .blob = blob, .cost_us = cost_us, .language = "c"};
    assert_int_equal(disk_rows_put(&store->rows, &item, now_s, &store->size), SQLITE_OK);
    blob_unref(blob);
    while (store->size.entries > store->limits.entries_max) {
        bool any = false, expired;
        assert_int_equal(
            disk_evict_one(store->evict, &store->rows, &store->limits, now_s, &store->size, &any, &expired),
            SQLITE_OK);
        assert_true(any);
    }
}

/* In the writing connection's transaction: the reading one would not see it yet. */
static bool is_in(struct store *store, uint64_t number) {
    struct hash128 key = key_of(number);
    sqlite3_stmt *statement = store->rows.statements[STATEMENT_FIND];
    sqlite3_bind_blob(statement, 1, &key, sizeof key, SQLITE_STATIC);
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_reset(statement);
    return found;
}

static double hit_rate(const char *folder, enum evict_strategy strategy, enum trace_kind kind) {
    struct store store;
    struct trace trace;
    size_t hits = 0;
    open_store(&store, folder, strategy);
    trace_begin(&trace, kind);
    for (size_t i = 0; i < REQUESTS; i++) {
        int64_t now_s = START_S + (int64_t)(i / PER_S);
        uint64_t number = trace_next(&trace);
        if (i % BATCH == 0) assert_int_equal(disk_rows_begin(&store.rows), SQLITE_OK);
        disk_evict_ask(store.evict, key_of(number));
        if (is_in(&store, number)) {
            hits++;
            assert_int_equal(disk_rows_use(&store.rows, key_of(number), NULL, now_s, now_s), SQLITE_OK);
        } else {
            put_in(&store, number, COST_US, now_s);
        }
        if (i % BATCH == BATCH - 1) assert_int_equal(disk_rows_commit(&store.rows), SQLITE_OK);
    }
    disk_rows_rollback(&store.rows);
    close_store(&store);
    return 100.0 * (double)hits / REQUESTS;
}

static void adaptive_is_near_the_best(void **unused) {
    (void)unused;
    bool near = true;
    printf("%-8s", "hits, %");
    for (int strategy = 0; strategy < EVICT_STRATEGY_COUNT; strategy++)
        printf("%10s", evict_strategy_name((enum evict_strategy)strategy));
    printf("\n");
    for (int kind = 0; kind < TRACE_KINDS; kind++) {
        double rates[EVICT_STRATEGY_COUNT], best = 0;
        printf("%-8s", trace_name((enum trace_kind)kind));
        for (int strategy = 0; strategy < EVICT_STRATEGY_COUNT; strategy++) {
            struct desk desk;
            begin(&desk);
            close_tier(&desk);
            rates[strategy] = hit_rate(desk.folder, (enum evict_strategy)strategy, (enum trace_kind)kind);
            end(&desk);
            if (rates[strategy] > best) best = rates[strategy];
            printf("%10.1f", rates[strategy]);
        }
        printf("\n");
        near &= rates[EVICT_ADAPTIVE] >= best - 2;
    }
    assert_true(near);
}

#define DEAR_US  2000000
#define CHEAP_US 10

/* As many dear ones as cheap ones, used as often, in an order that favours nobody. */
static void what_is_dear_outlives_what_is_cheap(void **unused) {
    (void)unused;
    struct desk desk;
    struct store store;
    size_t dear = 0, cheap = 0;
    begin(&desk);
    close_tier(&desk);
    open_store(&store, desk.folder, EVICT_ADAPTIVE);
    assert_int_equal(disk_rows_begin(&store.rows), SQLITE_OK);
    for (uint64_t i = 0; i < 2 * TRACE_CAPACITY; i++)
        put_in(&store, i, i % 2 ? DEAR_US : CHEAP_US, START_S + (int64_t)i / PER_S);
    for (uint64_t i = 0; i < 2 * TRACE_CAPACITY; i++)
        *(i % 2 ? &dear : &cheap) += is_in(&store, i);
    printf("left: %zu dear, %zu cheap\n", dear, cheap);
    assert_int_equal(dear + cheap, TRACE_CAPACITY);
    assert_true(dear > 4 * cheap);
    disk_rows_rollback(&store.rows);
    close_store(&store);
    end(&desk);
}

/* What an earlier project needed makes room for what is made now, though nobody knows of that one yet. */
static void what_is_not_used_any_more_makes_room(void **unused) {
    (void)unused;
    struct desk desk;
    struct store store;
    size_t now = 0;
    begin(&desk);
    close_tier(&desk);
    open_store(&store, desk.folder, EVICT_ADAPTIVE);
    assert_int_equal(disk_rows_begin(&store.rows), SQLITE_OK);
    for (uint64_t i = 0; i < TRACE_CAPACITY; i++)
        put_in(&store, i, COST_US, START_S);
    for (uint64_t i = TRACE_CAPACITY; i < 2 * TRACE_CAPACITY; i++)
        put_in(&store, i, COST_US, START_S + TTL_S / 2);
    for (uint64_t i = TRACE_CAPACITY; i < 2 * TRACE_CAPACITY; i++)
        now += is_in(&store, i);
    assert_true(now > TRACE_CAPACITY * 3 / 4);
    disk_rows_rollback(&store.rows);
    close_store(&store);
    end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adaptive_is_near_the_best),
        cmocka_unit_test(what_is_dear_outlives_what_is_cheap),
        cmocka_unit_test(what_is_not_used_any_more_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
