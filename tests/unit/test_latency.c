/* Verdicts on latency, from tables of samples. */
#include "base/clock.h"
#include "monitor/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct latency_sample *samples, size_t count, enum latency_edit edit, uint64_t size_bytes,
                 uint64_t diagnosed_ms, uint64_t repaired_ms, enum stage busy, uint64_t busy_ms) {
    for (size_t i = 0; i < count; i++) {
        struct latency_sample sample = {.edit = edit, .size_bytes = size_bytes};
        sample.times.ns[STAGE_QUEUE] = 10000;
        sample.times.ns[STAGE_DIAGNOSED] = diagnosed_ms * NS_PER_MS;
        sample.times.ns[STAGE_REPAIRED] = repaired_ms * NS_PER_MS;
        sample.times.ns[busy] = busy_ms * NS_PER_MS;
        samples[i] = sample;
    }
}

static void verdicts_name_wait_stage_and_advice(void **unused) {
    (void)unused;
    static const struct {
        enum latency_edit edit;
        uint64_t size_bytes, diagnosed_ms, repaired_ms;
        enum stage busy;
        uint64_t busy_ms;
        enum latency_severity severity;
        enum stage measured;
        const char *message;
    } cases[] = {
        {LATENCY_CLEAN, 10000, 2, 0, STAGE_PARSE, 1, LATENCY_FINE, STAGE_DIAGNOSED,
         "diagnostics take 2.0 ms (p95, budget 50 ms), most of it parsing"},
        {LATENCY_CLEAN, 9000000, 120, 0, STAGE_PARSE, 96, LATENCY_WARNING, STAGE_DIAGNOSED,
         "parsing takes 80 % of 120 ms for diagnostics (p95, budget 50 ms): the file is large, splitting it "
         "would help"},
        {LATENCY_SIMPLE, 10000, 60, 61, STAGE_PARSE, 55, LATENCY_WARNING, STAGE_REPAIRED,
         "parsing takes 90 % of 61 ms for simple repairs (p95, budget 50 ms): the file has much that does "
         "not parse, "
         "repairing its first mistakes would help"},
        {LATENCY_SIMPLE, 10000, 2, 300, STAGE_VERIFY, 270, LATENCY_CRITICAL, STAGE_REPAIRED,
         "proving repairs takes 90 % of 300 ms for simple repairs (p95, budget 50 ms): mistakes stand close "
         "together, "
         "repairing them one at a time would help"},
        {LATENCY_COMPLEX, 10000, 2, 300, STAGE_SEARCH, 270, LATENCY_FINE, STAGE_REPAIRED,
         "complex repairs take 300.0 ms (p95, budget 500 ms), most of it searching repairs"},
        {LATENCY_COMPLEX, 10000, 100, 600, STAGE_QUEUE, 80, LATENCY_WARNING, STAGE_DIAGNOSED,
         "waiting for a worker takes 80 % of 100 ms for diagnostics (p95, budget 50 ms): close large "
         "documents, or allow "
         "more threads"},
        {LATENCY_CLEAN, 20000000, 90, 0, STAGE_STORE, 80, LATENCY_FINE, STAGE_DIAGNOSED,
         "diagnostics take 90.0 ms (p95, budget 100 ms), most of it storing the text"},
        {LATENCY_CLEAN, 1000, 201, 0, STAGE_PUBLISH, 180, LATENCY_CRITICAL, STAGE_DIAGNOSED,
         "sending the result takes 89 % of 201 ms for diagnostics (p95, budget 50 ms): the editor takes "
         "messages slowly"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct latency_sample samples[20];
        struct latency_verdict verdict;
        fill(samples, 20, cases[i].edit, cases[i].size_bytes, cases[i].diagnosed_ms, cases[i].repaired_ms,
             cases[i].busy, cases[i].busy_ms);
        assert_true(latency_judge(samples, 20, LATENCY_FINE, &verdict));
        assert_string_equal(verdict.message, cases[i].message);
        assert_int_equal(verdict.severity, cases[i].severity);
        assert_int_equal(verdict.measured, cases[i].measured);
        assert_int_equal(verdict.bottleneck, cases[i].busy);
    }
}

static void the_slow_requests_decide_the_bottleneck(void **unused) {
    (void)unused;
    struct latency_sample samples[100];
    fill(samples, 90, LATENCY_CLEAN, 1000, 3, 0, STAGE_PARSE, 3);
    fill(samples + 90, 10, LATENCY_CLEAN, 1000, 80, 0, STAGE_QUEUE, 70);
    struct latency_verdict verdict;
    assert_true(latency_judge(samples, 100, LATENCY_FINE, &verdict));
    assert_int_equal(verdict.severity, LATENCY_WARNING);
    assert_int_equal(verdict.bottleneck, STAGE_QUEUE);
    assert_int_equal(verdict.bottleneck_percent, 87);
    assert_int_equal(verdict.waited.p50_ns, 3 * NS_PER_MS);
    assert_int_equal(verdict.waited.p95_ns, 80 * NS_PER_MS);
}

static void one_outlier_is_no_verdict(void **unused) {
    (void)unused;
    struct latency_sample samples[40];
    fill(samples, 40, LATENCY_CLEAN, 1000, 1, 0, STAGE_PARSE, 1);
    samples[7].times.ns[STAGE_DIAGNOSED] = 2 * NS_PER_S;
    struct latency_verdict verdict;
    assert_true(latency_judge(samples, 40, LATENCY_FINE, &verdict));
    assert_int_equal(verdict.severity, LATENCY_FINE);
}

static void severity_has_hysteresis(void **unused) {
    (void)unused;
    static const struct {
        uint64_t diagnosed_ms;
        enum latency_severity before, after;
    } cases[] = {
        {50, LATENCY_FINE, LATENCY_FINE},         {51, LATENCY_FINE, LATENCY_WARNING},
        {45, LATENCY_FINE, LATENCY_FINE},         {45, LATENCY_WARNING, LATENCY_WARNING},
        {40, LATENCY_WARNING, LATENCY_WARNING},   {39, LATENCY_WARNING, LATENCY_FINE},
        {201, LATENCY_WARNING, LATENCY_CRITICAL}, {180, LATENCY_CRITICAL, LATENCY_CRITICAL},
        {180, LATENCY_WARNING, LATENCY_WARNING},  {159, LATENCY_CRITICAL, LATENCY_WARNING},
        {45, LATENCY_CRITICAL, LATENCY_WARNING},  {10, LATENCY_CRITICAL, LATENCY_FINE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct latency_sample samples[LATENCY_MIN_SAMPLES];
        struct latency_verdict verdict;
        fill(samples, LATENCY_MIN_SAMPLES, LATENCY_CLEAN, 1000, cases[i].diagnosed_ms, 0, STAGE_PARSE, 1);
        assert_true(latency_judge(samples, LATENCY_MIN_SAMPLES, cases[i].before, &verdict));
        assert_int_equal(verdict.severity, cases[i].after);
    }
}

static void few_samples_say_nothing(void **unused) {
    (void)unused;
    struct latency_sample samples[LATENCY_MIN_SAMPLES];
    struct latency_verdict verdict;
    fill(samples, LATENCY_MIN_SAMPLES, LATENCY_CLEAN, 1000, 900, 0, STAGE_PARSE, 800);
    assert_false(latency_judge(samples, LATENCY_MIN_SAMPLES - 1, LATENCY_FINE, &verdict));
    assert_false(latency_judge(samples, 0, LATENCY_FINE, &verdict));
    samples[0].times.ns[STAGE_DIAGNOSED] = 0; /* seven left */
    assert_false(latency_judge(samples, LATENCY_MIN_SAMPLES, LATENCY_FINE, &verdict));
    assert_int_equal(latency_quantiles_of(samples, LATENCY_MIN_SAMPLES, STAGE_DIAGNOSED).count,
                     LATENCY_MIN_SAMPLES - 1);
    assert_int_equal(latency_quantiles_of(samples, LATENCY_MIN_SAMPLES, STAGE_RANK).count, 0);
}

static void documents_keep_a_window(void **unused) {
    (void)unused;
    struct latency *latency = latency_create();
    struct latency_sample slow, fast;
    fill(&slow, 1, LATENCY_CLEAN, 1000, 100, 0, STAGE_PARSE, 90);
    fill(&fast, 1, LATENCY_CLEAN, 1000, 1, 0, STAGE_PARSE, 1);
    struct latency_verdict verdict;
    const struct latency_sample *samples;
    assert_false(latency_verdict(latency, "a", &verdict));
    assert_int_equal(latency_samples(latency, "a", &samples), 0);
    for (int i = 0; i < 1000; i++) {
        latency_record(latency, "a", &slow);
        latency_record(latency, "b", &fast);
    }
    assert_int_equal(latency_samples(latency, "a", &samples), LATENCY_WINDOW);
    assert_true(latency_verdict(latency, "a", &verdict));
    assert_int_equal(verdict.severity, LATENCY_WARNING);
    assert_true(latency_verdict(latency, "b", &verdict));
    assert_int_equal(verdict.severity, LATENCY_FINE);
    /* As the slow ones leave the window, the document becomes fast. */
    int changes = 0;
    do {
        latency_record(latency, "a", &fast);
        changes++;
        assert_true(latency_verdict(latency, "a", &verdict));
    } while (verdict.severity != LATENCY_FINE && changes < LATENCY_WINDOW);
    assert_in_range(changes, LATENCY_WINDOW * 90 / 100, LATENCY_WINDOW * 96 / 100);
    assert_int_equal(latency_samples(latency, "a", &samples), LATENCY_WINDOW);
    assert_int_equal(samples[0].times.ns[STAGE_DIAGNOSED], 100 * NS_PER_MS);
    assert_int_equal(samples[LATENCY_WINDOW - 1].times.ns[STAGE_DIAGNOSED], NS_PER_MS);
    latency_forget(latency, "a");
    latency_forget(latency, "a");
    assert_false(latency_verdict(latency, "a", &verdict));
    assert_true(latency_verdict(latency, "b", &verdict));
    latency_destroy(latency);
    latency_destroy(NULL);
}

static void settings(void **unused) {
    (void)unused;
    enum latency_setting setting;
    assert_true(latency_setting_parse("off", &setting));
    assert_int_equal(setting, LATENCY_OFF);
    assert_true(latency_setting_parse("overBudget", &setting));
    assert_int_equal(setting, LATENCY_OVER_BUDGET);
    assert_true(latency_setting_parse("always", &setting));
    assert_int_equal(setting, LATENCY_ALWAYS);
    assert_false(latency_setting_parse("", &setting));
    assert_false(latency_setting_parse("Always", &setting));
    struct latency_verdict fine = {.severity = LATENCY_FINE}, slow = {.severity = LATENCY_WARNING};
    assert_false(latency_shows(LATENCY_OFF, &slow));
    assert_true(latency_shows(LATENCY_OVER_BUDGET, &slow));
    assert_false(latency_shows(LATENCY_OVER_BUDGET, &fine));
    assert_true(latency_shows(LATENCY_ALWAYS, &fine));
}

static void budgets(void **unused) {
    (void)unused;
    assert_int_equal(latency_budget_ns(STAGE_DIAGNOSED, 10000, LATENCY_CLEAN), 50 * NS_PER_MS);
    assert_int_equal(latency_budget_ns(STAGE_DIAGNOSED, 30000000, LATENCY_CLEAN), 150 * NS_PER_MS);
    assert_int_equal(latency_budget_ns(STAGE_REPAIRED, 10000, LATENCY_CLEAN), 0);
    assert_int_equal(latency_budget_ns(STAGE_REPAIRED, 10000, LATENCY_SIMPLE), 50 * NS_PER_MS);
    assert_int_equal(latency_budget_ns(STAGE_REPAIRED, 10000, LATENCY_COMPLEX), 500 * NS_PER_MS);
    assert_int_equal(latency_budget_ns(STAGE_PARSE, 10000, LATENCY_COMPLEX), 0);
    assert_int_equal(latency_goal_ns(10000), 400000);
    assert_int_equal(latency_goal_ns(10001), 1500000);
    assert_int_equal(latency_goal_ns(1000000), 4 * NS_PER_MS);
    assert_int_equal(latency_goal_ns(10000000), 10 * NS_PER_MS);
    assert_int_equal(latency_goal_ns(20000000), 20 * NS_PER_MS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_name_wait_stage_and_advice),
        cmocka_unit_test(the_slow_requests_decide_the_bottleneck),
        cmocka_unit_test(one_outlier_is_no_verdict),
        cmocka_unit_test(severity_has_hysteresis),
        cmocka_unit_test(few_samples_say_nothing),
        cmocka_unit_test(documents_keep_a_window),
        cmocka_unit_test(settings),
        cmocka_unit_test(budgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
