/* compute/batcher.h over two Vulkan devices: they share a load by their speeds, one dies and comes back, and
 * under random faults of the driver every request is answered, none wrongly, and nothing is left behind.
 *
 * NOODLE_REQUESTS=10000 and NOODLE_DAY_REQUESTS=100000 in the environment make it as large as it is meant to
 * be; without them it is sized for a test. The validation layer is on. */
#include "compute/batcher.h"

#include "base/clock.h"
#include "base/thread.h"
#include "compute/device_vulkan.h"
#include "tests/support/machines.h"
#include "tests/support/random_weights.h"
#include "tests/support/small_encoder.h"
#include "tests/support/vk_shim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS           8
#define REQUESTS          800 /* without the environment */
#define CALL_MAX          6
#define MANY              32 /* windows of a call that is worth splitting */
#define DEATHS            4
#define STORM_ONE_IN      20
#define PAUSE_NS          20000
#define RETRIES           1000000
#define LONG_NS           (100 * NS_PER_S)
#define PATIENCE_NS       NS_PER_S /* software devices share the processors with the test */
#define GROUP_NS          20000    /* more than what software devices take, and what others leave them */
#define CPU_NS            (5 * NS_PER_MS) /* of a token, as if it had been measured */
#define GROWTH_BYTES_MAX  (16u << 20)
#define GROWTH_WARM_PARTS 5 /* of all requests, one part before memory is looked at */

static struct small_encoder small;
static uint64_t seed;

static uint32_t request_count(const char *variable) {
    const char *given = getenv(variable);
    return given ? (uint32_t)strtoul(given, NULL, 10) : REQUESTS;
}

/* ---- two devices ---- */

struct pair {
    struct thread_lock *lock; /* devices are opened one after the other, so that the shim's number is known */
    struct slot {
        struct pair *pair;
        uint32_t number; /* of vk_shim.h; of the one that was opened last */
    } slots[2];
    struct cost *cost;
    struct batcher *batcher;
};

static enum status open_slot(void *payload, struct device **ret_device, struct error *error) {
    struct slot *slot = payload;
    struct device_vulkan_params params = {.resolver = vk_shim_resolver};
    thread_lock_acquire(slot->pair->lock);
    enum status status = device_vulkan_create(&params, 0, ret_device, error);
    slot->number = vk_shim_counts().opened;
    thread_lock_release(slot->pair->lock);
    return status;
}

/* What the CPU takes, so that it is the devices that are chosen. */
static void make_cpu_slow(struct cost *cost) {
    uint32_t cpu = cost_machine(cost, device_name(small.device));
    for (uint32_t windows = 1; windows <= PLAN_BATCH_MAX; windows *= 2)
        for (int i = 0; i < 20; i++)
            cost_record(cost, cpu, PRECISION_FP32, windows, windows * SMALL_TOKENS,
                        windows * SMALL_TOKENS * CPU_NS);
}

static void pair_init(struct pair *pair, bool by_cost) {
    *pair = (struct pair){.lock = thread_lock_create(), .cost = cost_create("test")};
    if (by_cost) make_cpu_slow(pair->cost);
    struct batcher_device devices[] = {{"first device", open_slot, &pair->slots[0]},
                                       {"second device", open_slot, &pair->slots[1]}};
    pair->slots[0].pair = pair->slots[1].pair = pair;
    struct batcher_params params = {.network = small.network,
                                    .weights = small.weights,
                                    .devices = devices,
                                    .device_count = 2,
                                    .precision = PRECISION_FP32,
                                    .switches = {true, true, true, by_cost},
                                    .cost = pair->cost,
                                    .windows_max = MANY,
                                    .window_tokens = SMALL_TOKENS,
                                    .retry_ns = PAUSE_NS,
                                    .idle_ns = NS_PER_S, /* one that seemed slow is not left out for long */
                                    /* Without it the CPU would be seen to be fast when a device is late. */
                                    .patience_ns = by_cost ? LONG_NS : PATIENCE_NS,
                                    .retries = RETRIES};
    pair->batcher = batcher_create(&params);
}

static void pair_finish(struct pair *pair) {
    batcher_destroy(pair->batcher);
    cost_destroy(pair->cost);
    thread_lock_destroy(pair->lock);
}

static struct batcher_report report_of(const struct pair *pair) {
    struct batcher_report report;
    batcher_report(pair->batcher, &report);
    return report;
}

/* Both are ready, however often they had to be opened. */
static void await_ready(struct pair *pair) {
    for (uint64_t end_ns = clock_now_ns() + LONG_NS; clock_now_ns() < end_ns;) {
        batcher_wait_warm(pair->batcher, LONG_NS);
        struct batcher_report report = report_of(pair);
        if (report.devices[1].state == PLAN_READY && report.devices[2].state == PLAN_READY) return;
        thread_yield(); /* it pauses before it is tried again */
    }
    fail_msg("%s; %s", report_of(pair).devices[1].problem, report_of(pair).devices[2].problem);
}

/* One is, or it took too long, which shows in what was counted. */
static void await_any(struct pair *pair) {
    for (uint64_t end_ns = clock_now_ns() + LONG_NS; clock_now_ns() < end_ns; thread_yield()) {
        struct batcher_report report = report_of(pair);
        if (report.devices[1].state == PLAN_READY || report.devices[2].state == PLAN_READY) return;
        batcher_wait_warm(pair->batcher, LONG_NS);
    }
}

static void ask(struct batch_caller *caller, uint32_t count, uint64_t *random) {
    struct encoder_window windows[MANY];
    struct encoder_scores scores[MANY];
    uint32_t numbers[MANY];
    struct error error = {0};
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (uint32_t)(random_next(random) % SMALL_WINDOWS);
        windows[i] = small.windows[numbers[i]];
    }
    if (batcher_run(caller, windows, count, NULL, scores, &error)) fail_msg("%s", error.message);
    for (uint32_t i = 0; i < count; i++)
        if (!small_encoder_is_right(&small, numbers[i], &scores[i])) fail_msg("window %u is wrong", i);
}

static struct batch_caller *caller_of(struct pair *pair, uint32_t windows) {
    struct batch_caller *caller;
    assert_int_equal(
        batch_caller_create(pair->batcher, small.network, windows, windows * SMALL_TOKENS, &caller, NULL),
        STATUS_OK);
    return caller;
}

static void no_faults(void) {
    vk_shim_set(&(struct vk_shim_plan){0});
}

/* What did not answer is seen to be done when the next device is opened. */
static void assert_nothing_left(void) {
    struct device_vulkan_params params = {.resolver = vk_shim_resolver};
    struct device *device = NULL;
    vk_shim_release();
    assert_int_equal(device_vulkan_create(&params, 0, &device, NULL), STATUS_OK);
    device_destroy(device);
    assert_int_equal(vk_shim_counts().live, 0);
}

/* ---- by speed, and without one of them ---- */

static void test_the_load_is_split_by_speed(void **state) {
    (void)state;
    uint64_t random = seed;
    vk_shim_set(&(struct vk_shim_plan){.group_ns = GROUP_NS, .slow_device = 1});
    struct pair pair;
    pair_init(&pair, true);
    await_ready(&pair);
    struct batch_caller *caller = caller_of(&pair, MANY);
    for (int i = 0; i < 10; i++)
        ask(caller, MANY, &random);
    struct batcher_report report = report_of(&pair);
    uint32_t slow = pair.slots[0].number == 1 ? 1 : 2;
    uint64_t slow_windows = report.devices[slow].windows, fast_windows = report.devices[3 - slow].windows;
    print_message("%lu windows on the slow device, %lu on the other, %lu on the CPU\n",
                  (unsigned long)slow_windows, (unsigned long)fast_windows,
                  (unsigned long)report.devices[0].windows);
    assert_true(slow_windows > 0 && fast_windows > slow_windows);
    batch_caller_destroy(caller);
    pair_finish(&pair);
    no_faults();
    assert_nothing_left();
}

/* Lost at one submit after another, so that it happens in all parts of a pass. */
static void test_one_of_two_dies(void **state) {
    (void)state;
    uint64_t random = seed;
    struct pair pair;
    no_faults();
    pair_init(&pair, true);
    await_ready(&pair);
    struct batch_caller *caller = caller_of(&pair, MANY);
    for (uint32_t at = 1; at <= DEATHS; at++) {
        uint32_t victim = 1 + at % 2;
        uint64_t failures = report_of(&pair).devices[victim].failures;
        vk_shim_set(
            &(struct vk_shim_plan){.device = pair.slots[victim - 1].number, .lost_at_submit = 1 + at / 2});
        for (uint64_t end_ns = clock_now_ns() + LONG_NS;
             clock_now_ns() < end_ns && report_of(&pair).devices[victim].failures == failures;)
            ask(caller, MANY, &random);
        struct batcher_report report = report_of(&pair);
        assert_int_equal(report.devices[victim].failures, failures + 1);
        assert_non_null(strstr(report.devices[victim].problem, "the device was lost"));
        ask(caller, MANY, &random); /* without it */
        await_ready(&pair);
        uint64_t windows = report_of(&pair).devices[victim].windows;
        for (uint64_t end_ns = clock_now_ns() + LONG_NS;
             clock_now_ns() < end_ns && report_of(&pair).devices[victim].windows == windows;)
            ask(caller, MANY, &random); /* and with it again */
        assert_true(report_of(&pair).devices[victim].windows > windows);
    }
    struct batcher_report report = report_of(&pair);
    assert_int_equal(report.devices[1].failures + report.devices[2].failures, DEATHS);
    assert_true(report.redone > 0);
    batch_caller_destroy(caller);
    pair_finish(&pair);
    no_faults();
    assert_nothing_left();
}

/* ---- random faults ---- */

struct desk {
    struct pair *pair;
    uint64_t random;
    uint32_t requests;
};

/* Without a device there is nothing that could fail, so one is waited for. */
static void sit(void *payload) {
    struct desk *desk = payload;
    struct batch_caller *caller = caller_of(desk->pair, CALL_MAX);
    for (uint32_t i = 0; i < desk->requests; i++) {
        ask(caller, 1 + (uint32_t)(random_next(&desk->random) % CALL_MAX), &desk->random);
        await_any(desk->pair);
    }
    batch_caller_destroy(caller);
}

static void test_random_faults(void **state) {
    (void)state;
    vk_shim_set(&(struct vk_shim_plan){.storm_one_in = STORM_ONE_IN, .seed = seed});
    struct pair pair;
    struct desk desks[THREADS];
    struct thread *threads[THREADS];
    pair_init(&pair, false);
    for (uint32_t i = 0; i < THREADS; i++) {
        desks[i] = (struct desk){&pair, seed + i, (request_count("NOODLE_REQUESTS") + THREADS - 1) / THREADS};
        threads[i] = thread_create(sit, &desks[i]);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        thread_join(threads[i]);
    struct batcher_report report = report_of(&pair);
    struct vk_shim_counts counts = vk_shim_counts();
    print_message("%lu requests of %lu windows: %lu on the CPU, %lu and %lu on devices that failed %lu and "
                  "%lu times (lost %u, silent %u, without memory %u); %lu redone, %lu of them late\n",
                  (unsigned long)report.calls, (unsigned long)report.windows,
                  (unsigned long)report.devices[0].windows, (unsigned long)report.devices[1].windows,
                  (unsigned long)report.devices[2].windows, (unsigned long)report.devices[1].failures,
                  (unsigned long)report.devices[2].failures, counts.lost, counts.hung, counts.refused,
                  (unsigned long)report.redone, (unsigned long)report.late);
    assert_int_equal(report.calls, THREADS * desks[0].requests);
    assert_true(report.devices[1].windows && report.devices[2].windows && report.redone);
    assert_true(counts.lost && counts.hung && counts.refused);
    pair_finish(&pair);
    assert_int_equal(vk_shim_counts().frees_while_hanging, 0);
    no_faults();
    assert_nothing_left();
}

/* ---- a day of edits ---- */

static size_t resident_bytes(void) {
    unsigned long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%lu %lu", &all, &resident) != 2) resident = 0;
        fclose(file);
    }
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void test_flat_memory(void **state) {
    (void)state;
    uint64_t random = seed;
    struct pair pair;
    no_faults();
    pair_init(&pair, false);
    await_ready(&pair);
    struct batch_caller *caller = caller_of(&pair, CALL_MAX);
    uint32_t requests = request_count("NOODLE_DAY_REQUESTS"), warm = requests / GROWTH_WARM_PARTS;
    size_t before = 0;
    for (uint32_t i = 0; i < requests; i++) {
        if (i == warm) before = resident_bytes();
        ask(caller, 1 + i % CALL_MAX, &random);
    }
    size_t after = resident_bytes();
    print_message("%u requests, %.1f MB resident after %u of them and %.1f MB at the end\n", requests,
                  (double)before / 1e6, warm, (double)after / 1e6);
    assert_true(after < before + GROWTH_BYTES_MAX);
    assert_true(report_of(&pair).devices[1].windows >= requests);
    batch_caller_destroy(caller);
    pair_finish(&pair);
    assert_nothing_left();
}

/* ---- set-up ---- */

static int set_up(void **state) {
    (void)state;
    const char *given = getenv("NOODLE_SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("NOODLE_SEED=%llu\n", (unsigned long long)seed);
    small_encoder_init(&small);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    small_encoder_finish(&small);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_load_is_split_by_speed),
        cmocka_unit_test(test_one_of_two_dies),
        cmocka_unit_test(test_random_faults),
        cmocka_unit_test(test_flat_memory),
    };
    int failed = 0;
    machines_validation_begin();
    if (vk_shim_open()) {
        failed = cmocka_run_group_tests_name("two Vulkan devices", tests, set_up, tear_down);
    } else {
        print_message("there is no Vulkan device: two of them are not tested here\n");
        failed = getenv("CI") != NULL;
    }
    vk_shim_close();
    return machines_validation_end() || failed;
}
