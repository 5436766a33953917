/* Many threads, two devices that fail in all ways at random, switches that change meanwhile: every call is
 * answered and no answer is wrong. And what a day of requests leaves behind: nothing. */
#include "compute/batcher.h"

#include "base/clock.h"
#include "tests/support/faulty_device.h"
#include "tests/support/random_weights.h"
#include "tests/support/small_encoder.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define THREADS     8
#define CALLS       1250 /* of each thread: 10,000 in all */
#define CALL_MAX    6
#define DAY_CALLS   100000
#define DAY_WARM    2000
#define PAUSE_NS    20000
#define RETRIES     1000000
#define WINDOWS_MAX 4
#define LONG_NS     (100 * NS_PER_S)

struct storm {
    struct small_encoder small;
    struct faults faults[2];
    struct batcher *batcher;
    atomic_uint running;
};

struct desk {
    struct storm *storm;
    uint64_t seed;
    unsigned answered, wrong, refused;
};

static void ask(struct desk *desk, struct batch_caller *caller) {
    struct encoder_window windows[CALL_MAX];
    struct encoder_scores scores[CALL_MAX];
    uint32_t numbers[CALL_MAX], count = 1 + (uint32_t)(random_next(&desk->seed) % CALL_MAX);
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (uint32_t)(random_next(&desk->seed) % SMALL_WINDOWS);
        windows[i] = desk->storm->small.windows[numbers[i]];
    }
    if (batcher_run(caller, windows, count, NULL, scores, NULL)) {
        desk->refused++;
        return;
    }
    desk->answered++;
    for (uint32_t i = 0; i < count; i++)
        desk->wrong += !small_encoder_is_right(&desk->storm->small, numbers[i], &scores[i]);
}

static void sit(void *payload) {
    struct desk *desk = payload;
    struct storm *storm = desk->storm;
    struct batch_caller *caller;
    if (batch_caller_create(storm->batcher, storm->small.network, CALL_MAX, CALL_MAX * SMALL_TOKENS, &caller,
                            NULL) == STATUS_OK) {
        for (int i = 0; i < CALLS; i++)
            ask(desk, caller);
        batch_caller_destroy(caller);
    }
    atomic_fetch_sub(&storm->running, 1);
}

static struct batcher *create(struct small_encoder *small, struct faults *faults, struct cost *cost) {
    struct batcher_device devices[] = {{"first device", faulty_device_open, &faults[0]},
                                       {"second device", faulty_device_open, &faults[1]}};
    struct batcher_params params = {.network = small->network,
                                    .weights = small->weights,
                                    .devices = devices,
                                    .device_count = 2,
                                    .precision = PRECISION_FP32,
                                    .switches = {true, true, true, true},
                                    .cost = cost,
                                    .windows_max = WINDOWS_MAX,
                                    .window_tokens = SMALL_TOKENS,
                                    .retry_ns = PAUSE_NS,
                                    .retries = RETRIES};
    return batcher_create(&params);
}

/* Until all have finished: other switches, other faults, over and over. */
static void stir(struct storm *storm, uint64_t *random) {
    while (atomic_load(&storm->running)) {
        uint64_t bits = random_next(random) >> 20;
        struct plan_switches switches = {bits % 16 != 0, bits >> 10 & 1, true, (bits >> 11 & 3) == 0};
        batcher_configure(storm->batcher, &switches);
        struct faults *faults = &storm->faults[bits >> 5 & 1];
        atomic_store(&faults->wrong, (unsigned)(bits >> 6 & 1 ? WRONG_ZEROS : WRONG_NANS));
        atomic_store(&faults->failing_opens, (unsigned)(bits >> 7 & 1));
        atomic_store(&faults->dies, (unsigned)(bits >> 8 & 1));
        struct batcher_report report;
        batcher_report(storm->batcher, &report);
        thread_yield();
    }
}

static void test_storm(void **state) {
    (void)state;
    static struct storm storm;
    uint64_t random = clock_now_ns();
    print_message("seed %lu\n", (unsigned long)random);
    small_encoder_init(&storm.small);
    for (int i = 0; i < 2; i++) {
        faults_init(&storm.faults[i], i ? &kernel_ref : kernel_best());
        storm.faults[i].seed = random + (unsigned)i;
        atomic_store(&storm.faults[i].fail_one_in, 50);
        atomic_store(&storm.faults[i].wrong_one_in, 80);
        atomic_store(&storm.faults[i].wrong, WRONG_ZEROS);
    }
    struct cost *cost = cost_create("test");
    storm.batcher = create(&storm.small, storm.faults, cost);
    struct thread *threads[THREADS];
    struct desk desks[THREADS];
    atomic_store(&storm.running, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        desks[i] = (struct desk){.storm = &storm, .seed = random + i};
        threads[i] = thread_create(sit, &desks[i]);
    }
    stir(&storm, &random);
    for (int i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
        assert_int_equal(desks[i].answered, CALLS);
        assert_int_equal(desks[i].refused, 0);
        assert_int_equal(desks[i].wrong, 0);
    }
    struct batcher_report report;
    batcher_report(storm.batcher, &report);
    assert_int_equal(report.calls, THREADS * CALLS);
    print_message(
        "%lu windows: %lu on the CPU, %lu and %lu on devices that failed %lu and %lu times; %lu redone, "
        "%lu of them late\n",
        (unsigned long)report.windows, (unsigned long)report.devices[0].windows,
        (unsigned long)report.devices[1].windows, (unsigned long)report.devices[2].windows,
        (unsigned long)report.devices[1].failures, (unsigned long)report.devices[2].failures,
        (unsigned long)report.redone, (unsigned long)report.late);
    assert_true(report.devices[1].windows && report.devices[2].windows);
    assert_true(report.devices[1].failures && report.devices[2].failures);
    batcher_destroy(storm.batcher);
    cost_destroy(cost);
    for (int i = 0; i < 2; i++)
        faults_finish(&storm.faults[i]);
    small_encoder_finish(&storm.small);
}

/* A day's worth of edits. Sanitizers have a heap of their own, and there the numbers are always equal. */
static void test_flat_memory(void **state) {
    (void)state;
    static struct small_encoder small;
    struct faults faults[2];
    small_encoder_init(&small);
    for (int i = 0; i < 2; i++)
        faults_init(&faults[i], i ? &kernel_ref : kernel_best());
    struct cost *cost = cost_create("test");
    struct batcher *batcher = create(&small, faults, cost);
    assert_true(batcher_wait_warm(batcher, LONG_NS));
    struct batch_caller *caller;
    assert_int_equal(batch_caller_create(batcher, small.network, 2, 2 * SMALL_TOKENS, &caller, NULL),
                     STATUS_OK);
    struct encoder_scores scores[2];
    size_t before = 0;
    for (int i = 0; i < DAY_CALLS; i++) {
        if (i == DAY_WARM) before = mallinfo2().uordblks;
        struct plan_switches switches = {true, true, true, i % 2}; /* in turns by cost, and all on a device */
        if (i % 100 < 2) batcher_configure(batcher, &switches);
        uint32_t window = (uint32_t)i % 3; /* of few tokens */
        assert_int_equal(batcher_run(caller, &small.windows[window], 2, NULL, scores, NULL), STATUS_OK);
        assert_true(small_encoder_is_right(&small, window, &scores[0]));
        assert_true(small_encoder_is_right(&small, window + 1, &scores[1]));
    }
    assert_int_equal(mallinfo2().uordblks, before);
    struct batcher_report report;
    batcher_report(batcher, &report);
    assert_int_equal(report.calls, DAY_CALLS);
    assert_true(report.devices[1].passes > 0);
    batch_caller_destroy(caller);
    batcher_destroy(batcher);
    cost_destroy(cost);
    for (int i = 0; i < 2; i++)
        faults_finish(&faults[i]);
    small_encoder_finish(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_storm), cmocka_unit_test(test_flat_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
