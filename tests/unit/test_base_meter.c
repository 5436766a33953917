/* base/meter.h: quantiles within the promised 3 %, exact counts from many threads. */
#include "base/meter.h"

#include "base/thread.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_within_3_percent(uint64_t value, uint64_t wanted) {
    uint64_t difference = value > wanted ? value - wanted : wanted - value;
    if (difference * 100 > wanted * 3) fail_msg("%lu is not within 3 %% of %lu", value, wanted);
}

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The value below or at which percent of the sorted values lie. */
static uint64_t quantile(const uint64_t *sorted, size_t count, unsigned percent) {
    size_t rank = (count * percent + 99) / 100;
    return sorted[rank ? rank - 1 : 0];
}

static void test_nothing_recorded(void **state) {
    (void)state;
    struct meter *meter = meter_create();
    struct meter_summary summary = meter_summary(meter, STAGE_PARSE);
    assert_true(summary.count == 0 && summary.sum_ns == 0 && summary.p99_ns == 0 && summary.max_ns == 0);
    meter_record(NULL, STAGE_PARSE, 1);
    meter_record(meter, STAGE_COUNT, 1);
    assert_int_equal(meter_summary(NULL, STAGE_PARSE).count, 0);
    assert_int_equal(meter_summary(meter, STAGE_COUNT).count, 0);
    meter_destroy(meter);
    meter_destroy(NULL);
}

static void test_one_value_is_all_quantiles(void **state) {
    (void)state;
    /* Every power of two and its neighbours: the borders between buckets. */
    for (unsigned bit = 0; bit < 42; bit++) {
        for (int offset = -1; offset <= 1; offset++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)offset;
            struct meter *meter = meter_create();
            meter_record(meter, STAGE_PARSE, value);
            struct meter_summary summary = meter_summary(meter, STAGE_PARSE);
            assert_true(summary.count == 1 && summary.sum_ns == value && summary.max_ns == value);
            assert_within_3_percent(summary.p50_ns, value);
            assert_true(summary.p50_ns == summary.p99_ns && summary.p99_ns <= summary.max_ns);
            meter_destroy(meter);
        }
    }
}

static void test_quantiles_of_spread_values(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    uint64_t *values = malloc(COUNT * sizeof *values);
    assert_non_null(values);
    uint64_t random = 42;
    struct meter *meter = meter_create();
    uint64_t sum = 0;
    for (int i = 0; i < COUNT; i++) {
        /* xorshift; the shift spreads values over nine decades, as latencies are */
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        values[i] = (random & 0xFFFFFFFF) >> (random >> 32) % 30;
        sum += values[i];
        meter_record(meter, STAGE_SEARCH, values[i]);
    }
    qsort(values, COUNT, sizeof *values, compare);
    struct meter_summary summary = meter_summary(meter, STAGE_SEARCH);
    assert_int_equal(summary.count, COUNT);
    assert_true(summary.sum_ns == sum && summary.max_ns == values[COUNT - 1]);
    assert_within_3_percent(summary.p50_ns, quantile(values, COUNT, 50));
    assert_within_3_percent(summary.p95_ns, quantile(values, COUNT, 95));
    assert_within_3_percent(summary.p99_ns, quantile(values, COUNT, 99));
    assert_int_equal(meter_summary(meter, STAGE_VERIFY).count, 0);
    meter_destroy(meter);
    free(values);
}

static void test_huge_values_are_kept_as_the_maximum(void **state) {
    (void)state;
    struct meter *meter = meter_create();
    meter_record(meter, STAGE_QUEUE, UINT64_MAX);
    struct meter_summary summary = meter_summary(meter, STAGE_QUEUE);
    assert_true(summary.max_ns == UINT64_MAX && summary.p50_ns == UINT64_MAX);
    meter_destroy(meter);
}

static void test_times_record_what_is_not_zero(void **state) {
    (void)state;
    struct meter *meter = meter_create();
    struct stage_times times = {.ns = {[STAGE_PARSE] = 1000, [STAGE_RANK] = 10}};
    meter_record_times(meter, &times);
    meter_record_times(NULL, &times);
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        uint64_t wanted = stage == STAGE_PARSE || stage == STAGE_RANK;
        assert_int_equal(meter_summary(meter, (enum stage)stage).count, wanted);
    }
    meter_destroy(meter);
}

static void test_stage_names(void **state) {
    (void)state;
    for (int i = 0; i < STAGE_COUNT; i++) {
        for (int j = 0; j < i; j++)
            assert_string_not_equal(stage_name((enum stage)i), stage_name((enum stage)j));
    }
    assert_string_equal(stage_name(STAGE_PARSE), "parse");
    assert_string_equal(stage_name(STAGE_COUNT), "unknown");
}

static void record_many(void *payload) {
    for (uint64_t i = 1; i <= 20000; i++)
        meter_record(payload, STAGE_PUBLISH, i);
}

static void test_threads_lose_nothing(void **state) {
    (void)state;
    struct meter *meter = meter_create();
    struct thread *threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = thread_create(record_many, meter);
    for (int i = 0; i < 100; i++) { /* reading beside the writers */
        struct meter_summary summary = meter_summary(meter, STAGE_PUBLISH);
        assert_true(summary.count <= 80000 && summary.max_ns <= 20000);
    }
    for (int i = 0; i < 4; i++)
        thread_join(threads[i]);
    struct meter_summary summary = meter_summary(meter, STAGE_PUBLISH);
    assert_int_equal(summary.count, 80000);
    assert_int_equal(summary.sum_ns, 4ull * 20000 * 20001 / 2);
    assert_int_equal(summary.max_ns, 20000);
    assert_within_3_percent(summary.p50_ns, 10000);
    meter_destroy(meter);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_recorded),
        cmocka_unit_test(test_one_value_is_all_quantiles),
        cmocka_unit_test(test_quantiles_of_spread_values),
        cmocka_unit_test(test_huge_values_are_kept_as_the_maximum),
        cmocka_unit_test(test_times_record_what_is_not_zero),
        cmocka_unit_test(test_stage_names),
        cmocka_unit_test(test_threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
