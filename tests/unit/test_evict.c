/* Eviction: what each strategy does with a few entries, and how often replayed traces hit. The rates are
 * printed; the adaptive strategy is never more than two points below the best of the others. */
#include "base/mem.h"
#include "cache/evict.h"
#include "cache/memory_tier.h"
#include "cache/sketch.h"
#include "tests/support/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define REQUESTS 300000

static struct memory_tier *tier_of(enum evict_strategy strategy, size_t entries_max, size_t bytes_max) {
    struct memory_tier_params params = {
        .strategy = strategy, .entries_max = entries_max, .bytes_max = bytes_max};
    return memory_tier_create(&params);
}

static struct hash128 key_of(uint64_t number) {
    return hash128(&number, sizeof number);
}

static bool ask(struct memory_tier *tier, uint64_t number, uint64_t now_ns) {
    struct blob *blob = memory_tier_get(tier, key_of(number), now_ns);
    bool found = blob != NULL;
    if (found) assert_memory_equal(blob->bytes, &number, sizeof number);
    blob_unref(blob);
    return found;
}

static void put(struct memory_tier *tier, uint64_t number, uint64_t now_ns) {
    struct blob *blob = blob_create(&number, sizeof number);
    memory_tier_put(tier, key_of(number), blob, 100, now_ns);
    blob_unref(blob);
}

/* ---- a few entries ---- */

static void check_left(struct memory_tier *tier, const char *expected) {
    char left[16] = {0};
    size_t count = 0;
    for (uint64_t i = 1; i <= 5; i++)
        if (ask(tier, i, 1)) left[count++] = (char)('0' + i);
    assert_string_equal(left, expected);
    memory_tier_destroy(tier);
}

static struct memory_tier *four_of(enum evict_strategy strategy) {
    struct memory_tier *tier = tier_of(strategy, 3, 1 << 20);
    for (uint64_t i = 1; i <= 3; i++)
        put(tier, i, 1);
    ask(tier, 1, 1);
    ask(tier, 1, 1);
    ask(tier, 3, 1);
    ask(tier, 2, 1);
    put(tier, 4, 1);
    return tier;
}

static void each_strategy_has_its_victim(void **unused) {
    (void)unused;
    check_left(four_of(EVICT_LRU), "234");
    check_left(four_of(EVICT_LFU), "123");
    check_left(four_of(EVICT_TTL), "234");
    /* One that nobody ever asked for does not push out what was. */
    struct memory_tier *tier = four_of(EVICT_ADAPTIVE);
    put(tier, 5, 1);
    assert_true(ask(tier, 1, 1));
    memory_tier_destroy(tier);
}

static void limits_hold(void **unused) {
    (void)unused;
    for (int strategy = 0; strategy < EVICT_STRATEGY_COUNT; strategy++) {
        struct memory_tier *tier = tier_of((enum evict_strategy)strategy, 1000, 20000);
        for (uint64_t i = 0; i < 5000; i++) {
            put(tier, i, 1);
            put(tier, i, 1); /* in place of itself */
            ask(tier, i / 2, 1);
        }
        struct memory_counters counters = memory_tier_counters(tier);
        assert_true(counters.bytes <= 20000 && counters.entries > 50);
        struct memory_tier_params less = {.strategy = EVICT_LRU, .entries_max = 10, .bytes_max = 20000};
        memory_tier_configure(tier, &less);
        assert_int_equal(memory_tier_counters(tier).entries, 10);
        memory_tier_drop(tier, key_of(4999));
        memory_tier_clear(tier);
        assert_int_equal(memory_tier_counters(tier).bytes, 0);
        less.entries_max = 0;
        memory_tier_configure(tier, &less);
        put(tier, 1, 1);
        assert_int_equal(memory_tier_counters(tier).entries, 0);
        struct blob *large = blob_create(NULL, 30000);
        memset(large->bytes, 0, large->size_bytes);
        memory_tier_put(tier, key_of(7), large, 1, 1);
        assert_false(ask(tier, 7, 1));
        blob_unref(large);
        memory_tier_destroy(tier);
    }
    assert_null(blob_create(NULL, BLOB_BYTES_MAX + 1));
}

/* With other limits, and by another strategy, those that were used last are kept. */
static void changed_limits_keep_the_latest(void **unused) {
    (void)unused;
    for (int before = 0; before < EVICT_STRATEGY_COUNT; before++) {
        for (int after = 0; after < EVICT_STRATEGY_COUNT; after++) {
            struct memory_tier *tier = tier_of((enum evict_strategy)before, 100, 1 << 20);
            for (uint64_t i = 1; i <= 80; i++)
                put(tier, i, 1);
            for (uint64_t i = 80; i >= 41 && before != EVICT_TTL; i--) /* to it, being used means nothing */
                ask(tier, i, 1);
            struct memory_tier_params more = {
                .strategy = (enum evict_strategy)after, .entries_max = 120, .bytes_max = 1 << 20};
            memory_tier_configure(tier, &more);
            assert_int_equal(memory_tier_counters(tier).entries, 80);
            struct memory_tier_params less = more;
            less.entries_max = 40;
            memory_tier_configure(tier, &less);
            assert_int_equal(memory_tier_counters(tier).entries, 40);
            size_t kept = 0;
            for (uint64_t i = 41; i <= 80; i++)
                kept += ask(tier, i, 1);
            assert_in_range(kept, after == EVICT_ADAPTIVE ? 39 : 40, 40); /* the candidate may lose */
            memory_tier_destroy(tier);
        }
    }
}

static bool is_dear(uint64_t number) {
    return key_of(number).high & 1;
}

/* As many dear ones as cheap ones, asked for as often. */
static void what_is_dear_outlives_what_is_cheap(void **unused) {
    (void)unused;
    struct memory_tier *tier = tier_of(EVICT_ADAPTIVE, 200, 1 << 24);
    size_t dear = 0, cheap = 0;
    for (uint64_t i = 0; i < 400; i++) {
        struct blob *blob = blob_create(&i, sizeof i);
        assert_false(ask(tier, i, 1));
        memory_tier_put(tier, key_of(i), blob, is_dear(i) ? 2000000 : 10, 1);
        blob_unref(blob);
    }
    for (uint64_t i = 0; i < 400; i++)
        *(is_dear(i) ? &dear : &cheap) += ask(tier, i, 1);
    printf("left: %zu dear, %zu cheap\n", dear, cheap);
    assert_int_equal(dear + cheap, 200);
    assert_true(dear > 2 * cheap);
    memory_tier_destroy(tier);
}

static void time_ends_entries(void **unused) {
    (void)unused;
    struct memory_tier_params params = {
        .strategy = EVICT_LRU, .entries_max = 10, .bytes_max = 1 << 20, .ttl_ns = 100};
    struct memory_tier *tier = memory_tier_create(&params);
    put(tier, 1, 1000);
    assert_true(ask(tier, 1, 1090));
    assert_true(ask(tier, 1, 1180)); /* since the last use */
    assert_false(ask(tier, 1, 1281));
    memory_tier_destroy(tier);
    params.strategy = EVICT_TTL;
    tier = memory_tier_create(&params);
    put(tier, 1, 1000);
    assert_true(ask(tier, 1, 1090));
    assert_false(ask(tier, 1, 1180)); /* since it was written */
    assert_int_equal(memory_tier_counters(tier).expired, 1);
    memory_tier_destroy(tier);
}

static void the_sketch_counts_and_forgets(void **unused) {
    (void)unused;
    struct sketch *sketch = sketch_create(1000);
    for (int i = 0; i < 10; i++)
        sketch_add(sketch, 42);
    assert_int_equal(sketch_count(sketch, 42), 10);
    for (int i = 0; i < 100; i++)
        sketch_add(sketch, 42);
    assert_int_equal(sketch_count(sketch, 42), SKETCH_COUNT_MAX);
    unsigned wrong = 0;
    for (uint64_t i = 0; i < 1000; i++)
        wrong += sketch_count(sketch, key_of(i).low) > 0;
    assert_true(wrong < 20);
    for (uint64_t i = 0; i < 9995; i++)
        sketch_add(sketch, key_of(i).low);
    assert_true(sketch_count(sketch, 42) < SKETCH_COUNT_MAX);
    assert_true(sketch_count(sketch, 42) >= SKETCH_COUNT_MAX / 2);
    sketch_destroy(sketch);
}

static void names_are_read(void **unused) {
    (void)unused;
    enum evict_strategy strategy;
    for (int i = 0; i < EVICT_STRATEGY_COUNT; i++) {
        assert_true(evict_strategy_parse(evict_strategy_name((enum evict_strategy)i), &strategy));
        assert_int_equal(strategy, i);
    }
    assert_true(evict_strategy_parse("advanced", &strategy));
    assert_int_equal(strategy, EVICT_ADAPTIVE);
    assert_false(evict_strategy_parse("random", &strategy));
}

/* ---- traces ---- */

static double hit_rate(enum evict_strategy strategy, enum trace_kind kind) {
    struct memory_tier *tier = tier_of(strategy, TRACE_CAPACITY, 1 << 30);
    struct trace trace;
    trace_begin(&trace, kind);
    size_t hits = 0;
    for (size_t i = 0; i < REQUESTS; i++) {
        uint64_t number = trace_next(&trace);
        if (ask(tier, number, 1))
            hits++;
        else
            put(tier, number, 1);
    }
    memory_tier_destroy(tier);
    return 100.0 * (double)hits / REQUESTS;
}

static void adaptive_is_near_the_best(void **unused) {
    (void)unused;
    printf("%-8s", "hits, %");
    for (int strategy = 0; strategy < EVICT_STRATEGY_COUNT; strategy++)
        printf("%10s", evict_strategy_name((enum evict_strategy)strategy));
    printf("\n");
    bool near = true;
    for (int kind = 0; kind < TRACE_KINDS; kind++) {
        double rates[EVICT_STRATEGY_COUNT], best = 0;
        printf("%-8s", trace_name((enum trace_kind)kind));
        for (int strategy = 0; strategy < EVICT_STRATEGY_COUNT; strategy++) {
            rates[strategy] = hit_rate((enum evict_strategy)strategy, (enum trace_kind)kind);
            if (rates[strategy] > best) best = rates[strategy];
            printf("%10.1f", rates[strategy]);
        }
        printf("\n");
        near &= rates[EVICT_ADAPTIVE] >= best - 2;
    }
    assert_true(near);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_strategy_has_its_victim),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(changed_limits_keep_the_latest),
        cmocka_unit_test(time_ends_entries),
        cmocka_unit_test(what_is_dear_outlives_what_is_cheap),
        cmocka_unit_test(the_sketch_counts_and_forgets),
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(adaptive_is_near_the_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
