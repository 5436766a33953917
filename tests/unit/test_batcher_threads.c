/* compute/batcher.h: devices beside the CPU warm up, answer, fail, stall and share; callers always get right
 * scores. The devices are CPUs with other kernels, which fail when told to. */
#include "compute/batcher.h"

#include "base/clock.h"
#include "tests/support/faulty_device.h"
#include "tests/support/small_encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DEVICES    2
#define CALL_MAX   60
#define LONG_NS    (100 * NS_PER_S)
#define RETRY_NS   1000
#define FOREVER_NS (1000 * NS_PER_S)

struct fixture {
    struct small_encoder small;
    struct cost *cost;
    struct faults faults[DEVICES];
    struct batcher *batcher;
    struct batch_caller *caller;
};

static const struct plan_switches all_on = {true, true, true, true};
/* The first device that is ready gets everything, however fast it is. */
static const struct plan_switches in_order = {true, true, true, false};

static void start_with(struct fixture *fixture, uint32_t devices, struct batcher_params params) {
    static const char *const names[DEVICES] = {"first device", "second device"};
    struct batcher_device list[DEVICES];
    for (uint32_t i = 0; i < devices; i++)
        list[i] = (struct batcher_device){names[i], faulty_device_open, &fixture->faults[i]};
    fixture->cost = cost_create("test");
    params.network = fixture->small.network;
    params.weights = fixture->small.weights;
    params.devices = list;
    params.device_count = devices;
    params.cost = fixture->cost;
    params.window_tokens = SMALL_TOKENS;
    if (!params.patience_ns) params.patience_ns = LONG_NS; /* on a busy machine nothing is late */
    if (params.precision == PRECISION_AUTO) params.precision = PRECISION_FP32;
    fixture->batcher = batcher_create(&params);
    assert_int_equal(batch_caller_create(fixture->batcher, fixture->small.network, CALL_MAX,
                                         CALL_MAX * SMALL_TOKENS, &fixture->caller, NULL),
                     STATUS_OK);
}

static void start(struct fixture *fixture, uint32_t devices, const struct plan_switches *switches) {
    struct batcher_params params = {
        .switches = *switches, .windows_max = 8, .retry_ns = RETRY_NS, .retries = 1};
    start_with(fixture, devices, params);
}

static void stop(struct fixture *fixture) {
    batch_caller_destroy(fixture->caller);
    batcher_destroy(fixture->batcher);
    cost_destroy(fixture->cost);
}

static int set_up(void **state) {
    static struct fixture fixture;
    small_encoder_init(&fixture.small);
    faults_init(&fixture.faults[0], kernel_best());
    faults_init(&fixture.faults[1], &kernel_ref);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    for (int i = 0; i < DEVICES; i++)
        faults_finish(&fixture->faults[i]);
    small_encoder_finish(&fixture->small);
    return 0;
}

/* The call's windows are those of the small encoder, over and over. */
static void ask(struct fixture *fixture, uint32_t count) {
    struct encoder_window windows[CALL_MAX];
    struct encoder_scores scores[CALL_MAX];
    for (uint32_t i = 0; i < count; i++)
        windows[i] = fixture->small.windows[i % SMALL_WINDOWS];
    struct error error = {0};
    if (batcher_run(fixture->caller, windows, count, NULL, scores, &error)) fail_msg("%s", error.message);
    for (uint32_t i = 0; i < count; i++)
        assert_true(small_encoder_is_right(&fixture->small, i % SMALL_WINDOWS, &scores[i]));
}

static struct batcher_report report_of(const struct fixture *fixture) {
    static struct batcher_report report;
    batcher_report(fixture->batcher, &report);
    return report;
}

static void await_state(const struct fixture *fixture, uint32_t device, enum plan_state state) {
    while (report_of(fixture).devices[device].state != state)
        thread_yield();
}

static void test_cpu_alone(void **state) {
    struct fixture *fixture = *state;
    static const struct plan_switches each[] = {{true, true, true, true}, {false, false, false, false}};
    struct encoder_scores scores[SMALL_WINDOWS];
    for (int i = 0; i < 3; i++) {
        if (i < 2)
            start(fixture, 0, &each[i]);
        else
            assert_int_equal(batch_caller_create(NULL, fixture->small.network, CALL_MAX,
                                                 CALL_MAX * SMALL_TOKENS, &fixture->caller, NULL),
                             STATUS_OK);
        assert_int_equal(
            batcher_run(fixture->caller, fixture->small.windows, SMALL_WINDOWS, NULL, scores, NULL),
            STATUS_OK);
        for (uint32_t w = 0; w < SMALL_WINDOWS; w++)
            assert_true(small_encoder_is_same(&fixture->small, w, &scores[w]));
        if (i < 2) {
            struct batcher_report report = report_of(fixture);
            assert_int_equal(report.calls, 1);
            assert_int_equal(report.windows, SMALL_WINDOWS);
            assert_int_equal(report.device_count, 1);
            assert_int_equal(report.devices[0].windows, SMALL_WINDOWS);
            assert_true(report.devices[0].one_ns > 0);
            stop(fixture);
        } else {
            batch_caller_destroy(fixture->caller);
        }
    }
    batch_caller_destroy(NULL);
    batcher_destroy(NULL);
}

static void test_wrong_windows(void **state) {
    struct fixture *fixture = *state;
    start(fixture, 1, &in_order);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    struct device_token token = {.token = SMALL_OUTPUTS};
    struct encoder_window window = {&token, 1};
    struct encoder_scores scores;
    struct error error;
    assert_int_equal(batcher_run(fixture->caller, &window, 1, NULL, &scores, &error), STATUS_INVALID);
    assert_string_equal(error.message, "window 0, token 0: token 28; the network has 28");
    assert_int_equal(batcher_run(fixture->caller, &window, 0, NULL, &scores, &error), STATUS_INVALID);
    ask(fixture, 3);
    assert_int_equal(report_of(fixture).devices[1].failures, 0);
    stop(fixture);
}

static void test_warms_in_the_background(void **state) {
    struct fixture *fixture = *state;
    faults_close_gate(&fixture->faults[0]);
    start(fixture, 1, &in_order);
    faults_await_run(&fixture->faults[0]);
    ask(fixture, 5); /* does not wait for it */
    assert_false(batcher_wait_warm(fixture->batcher, 1));
    struct batcher_report report = report_of(fixture);
    assert_int_equal(report.devices[1].state, PLAN_WARMING);
    assert_int_equal(report.devices[0].windows, 5);
    faults_open_gate(&fixture->faults[0]);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    ask(fixture, 5);
    ask(fixture, 30); /* more than a pass takes */
    report = report_of(fixture);
    assert_int_equal(report.devices[1].state, PLAN_READY);
    assert_int_equal(report.devices[1].windows, 35);
    assert_int_equal(report.devices[0].windows, 5);
    assert_true(report.devices[1].one_ns && report.devices[1].eight_ns && report.devices[1].many_ns);
    assert_true(report.devices[0].one_ns > 0);
    assert_int_equal(report.redone, 0);
    stop(fixture);
}

static void test_switched_off(void **state) {
    struct fixture *fixture = *state;
    start(fixture, 1, &in_order);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    struct plan_switches off = in_order;
    off.gpu_acceleration = false;
    batcher_configure(fixture->batcher, &off);
    ask(fixture, 4);
    assert_int_equal(report_of(fixture).devices[1].windows, 0);
    batcher_configure(fixture->batcher, &in_order);
    ask(fixture, 4);
    assert_int_equal(report_of(fixture).devices[1].windows, 4);
    stop(fixture);
}

/* Nothing is opened for what is switched off, and all is for what is switched on. */
static void test_not_opened_while_off(void **state) {
    struct fixture *fixture = *state;
    struct plan_switches off = in_order;
    off.gpu_acceleration = false;
    start(fixture, 1, &off);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    ask(fixture, 4);
    await_state(fixture, 1, PLAN_OFF);
    assert_int_equal(atomic_load(&fixture->faults[0].opens), 0);
    batcher_configure(fixture->batcher, &in_order);
    await_state(fixture, 1, PLAN_READY);
    ask(fixture, 4);
    assert_int_equal(report_of(fixture).devices[1].windows, 4);
    batcher_configure(fixture->batcher, &off);
    ask(fixture, 4);
    assert_int_equal(report_of(fixture).devices[1].windows, 4);
    assert_int_equal(atomic_load(&fixture->faults[0].opens), 1);
    stop(fixture);
    start(fixture, 1, &off); /* and it ends without having begun */
    stop(fixture);
}

/* Without batchSizeAuto a call is a pass; with it, what waits together runs together. */
static void test_batch_size_auto(void **state) {
    struct fixture *fixture = *state;
    struct plan_switches switches = in_order;
    for (int gathers = 0; gathers < 2; gathers++) {
        switches.batch_size_auto = gathers;
        start(fixture, 1, &switches);
        assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
        ask(fixture, 8);
        ask(fixture, 3);
        assert_int_equal(report_of(fixture).devices[1].passes, 2);
        assert_int_equal(report_of(fixture).devices[1].windows, 11);
        stop(fixture);
    }
}

static void check_given_up_with(struct fixture *fixture, const struct plan_switches *switches,
                                const char *problem) {
    start(fixture, 1, switches);
    await_state(fixture, 1, PLAN_GONE);
    ask(fixture, 5);
    struct batcher_report report = report_of(fixture);
    assert_int_equal(report.devices[1].windows, 0);
    assert_int_equal(report.devices[1].failures, 2); /* it was tried once more */
    assert_int_equal(atomic_load(&fixture->faults[0].opens), 2);
    if (!strstr(report.devices[1].problem, problem)) fail_msg("%s", report.devices[1].problem);
    atomic_store(&fixture->faults[0].opens, 0);
    stop(fixture);
}

static void check_given_up(struct fixture *fixture, const char *problem) {
    check_given_up_with(fixture, &in_order, problem);
}

static void test_no_good_from_the_start(void **state) {
    struct fixture *fixture = *state;
    struct faults *faults = &fixture->faults[0];
    atomic_store(&faults->failing_opens, 2);
    check_given_up(fixture, "the device does not open");
    atomic_store(&faults->wrong, WRONG_ZEROS);
    check_given_up(fixture, "first device computes what cannot be");
    atomic_store(&faults->wrong, WRONG_NANS);
    check_given_up(fixture, "first device computes what cannot be");
    atomic_store(&faults->wrong, WRONG_REVERSED);
    check_given_up(fixture, "first device computes probabilities that are off by");
    atomic_store(&faults->wrong_from, 2);
    check_given_up_with(fixture, &all_on,
                        "first device computes something else for a window among 2 than for it alone");
    atomic_store(&faults->wrong_from, 0);
    atomic_store(&faults->wrong, WRONG_NONE);
    atomic_store(&faults->refused, PRECISION_FP32);
    check_given_up(fixture, "first device takes none of the formats that may be used");
    atomic_store(&faults->refused, PRECISION_AUTO);
    atomic_store(&faults->fail_one_in, 1);
    check_given_up(fixture, "the device failed in run");
}

static void test_wanted_formats(void **state) {
    struct fixture *fixture = *state;
    for (enum precision wanted = PRECISION_FP32; wanted <= PRECISION_INT8; wanted++) {
        struct batcher_params params = {.switches = all_on, .precision = wanted, .windows_max = 2};
        start_with(fixture, 1, params);
        assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
        assert_int_equal(report_of(fixture).devices[1].state, PLAN_READY);
        assert_int_equal(report_of(fixture).devices[1].precision, wanted);
        stop(fixture);
    }
}

/* By cost every format is tried once, and then the fastest that is left. */
static void test_formats_by_cost(void **state) {
    struct fixture *fixture = *state;
    struct faults *faults = &fixture->faults[0];
    struct batcher_device device = {"first device", faulty_device_open, faults};
    atomic_store(&faults->refused, PRECISION_FP16);
    for (int quantization = 0; quantization < 2; quantization++) {
        fixture->cost = cost_create("test");
        struct batcher_params params = {.network = fixture->small.network,
                                        .weights = fixture->small.weights,
                                        .devices = &device,
                                        .device_count = 1,
                                        .int8_accurate = true,
                                        .switches = {true, true, quantization, true},
                                        .cost = fixture->cost,
                                        .windows_max = 8,
                                        .window_tokens = SMALL_TOKENS};
        uint32_t machine = cost_machine(fixture->cost, "first device");
        fixture->batcher = batcher_create(&params);
        assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
        struct batcher_report report = report_of(fixture);
        assert_int_equal(report.devices[1].state, PLAN_READY);
        bool is_int8 = report.devices[1].precision == PRECISION_INT8;
        assert_true(is_int8 ? quantization : report.devices[1].precision == PRECISION_FP32);
        assert_true(cost_predict_ns(fixture->cost, machine, PRECISION_FP32, 1, 1) > 0);
        assert_int_equal(cost_predict_ns(fixture->cost, machine, PRECISION_INT8, 1, 1) > 0, quantization);
        fixture->caller = NULL;
        stop(fixture);
    }
}

static void test_little_memory(void **state) {
    struct fixture *fixture = *state;
    atomic_store(&fixture->faults[0].buffers_max, 300); /* 256 tokens and 16 windows more: 4 fit, 64 do not */
    struct batcher_params params = {.switches = in_order};
    start_with(fixture, 1, params);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    ask(fixture, CALL_MAX);
    struct batcher_report report = report_of(fixture);
    assert_int_equal(report.devices[1].state, PLAN_READY);
    assert_int_equal(report.devices[1].windows, CALL_MAX);
    assert_in_range(report.devices[1].passes, 2, CALL_MAX);
    stop(fixture);
}

static void test_fails_in_a_pass(void **state) {
    struct fixture *fixture = *state;
    struct faults *faults = &fixture->faults[0];
    start(fixture, 1, &in_order);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    atomic_store(&faults->fail_at, atomic_load(&faults->runs) + 2);
    atomic_store(&faults->dies, 1);
    ask(fixture, 20); /* passes of 8, 8 and 4: the second fails, and the third is not tried */
    assert_int_equal(batch_caller_device_windows(fixture->caller), 8);
    struct batcher_report report = report_of(fixture);
    assert_int_equal(report.redone, 12);
    assert_int_equal(report.late, 0);
    assert_int_equal(report.devices[1].windows, 8);
    assert_int_equal(report.devices[1].failures, 1);
    assert_non_null(strstr(report.devices[1].problem, "the device failed in run"));
    await_state(fixture, 1, PLAN_READY); /* opened anew */
    assert_int_equal(atomic_load(&faults->opens), 2);
    ask(fixture, 20);
    assert_int_equal(report_of(fixture).devices[1].windows, 28);
    atomic_store(&faults->fail_at, atomic_load(&faults->runs) + 1);
    ask(fixture, 1); /* the second failure is the last */
    await_state(fixture, 1, PLAN_GONE);
    ask(fixture, 20);
    assert_int_equal(report_of(fixture).devices[1].windows, 28);
    stop(fixture);
}

static void test_wrong_in_a_pass(void **state) {
    struct fixture *fixture = *state;
    struct faults *faults = &fixture->faults[0];
    start(fixture, 1, &in_order);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    atomic_store(&faults->wrong, WRONG_ZEROS);
    ask(fixture, 20);
    assert_int_equal(report_of(fixture).redone, 20);
    stop(fixture);
}

static void test_does_not_answer(void **state) {
    struct fixture *fixture = *state;
    struct faults *faults = &fixture->faults[0];
    struct batcher_params params = {.switches = in_order, .windows_max = 8, .patience_ns = 1};
    start_with(fixture, 1, params);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    faults_close_gate(faults);
    do
        ask(fixture, 20); /* 8 are in the pass, 12 in the queue */
    while (report_of(fixture).devices[1].state != PLAN_STALLED);
    struct batcher_report report = report_of(fixture);
    assert_int_equal(report.redone % 20, 0);
    assert_int_equal(report.late, report.redone);
    ask(fixture, 20); /* at once on the CPU */
    assert_int_equal(report_of(fixture).late, report.late);
    faults_open_gate(faults);
    await_state(fixture, 1, PLAN_READY);
    ask(fixture, 20);
    stop(fixture);
}

static void test_cancelled(void **state) {
    struct fixture *fixture = *state;
    start(fixture, 1, &in_order);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    faults_close_gate(&fixture->faults[0]);
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    struct encoder_scores scores[4];
    struct error error;
    assert_int_equal(batcher_run(fixture->caller, fixture->small.windows, 4, &cancel, scores, &error),
                     STATUS_CANCELLED);
    assert_int_equal(report_of(fixture).devices[1].state, PLAN_READY); /* it did nothing wrong */
    faults_open_gate(&fixture->faults[0]);
    ask(fixture, 4);
    stop(fixture);
}

/* Ends while a device warms up, while one is retired, and while one computes what nobody waits for. */
static void test_ends_at_any_time(void **state) {
    struct fixture *fixture = *state;
    struct batcher_params params = {.switches = in_order, .windows_max = 8, .retry_ns = FOREVER_NS};
    start_with(fixture, 2, params);
    stop(fixture);
    atomic_store(&fixture->faults[1].failing_opens, 1);
    start_with(fixture, 2, params);
    await_state(fixture, 2, PLAN_RETIRED);
    await_state(fixture, 1, PLAN_READY);
    ask(fixture, 3);
    stop(fixture);
}

/* ---- sharing ---- */

/* What a pass takes, on each of three machines, is told instead of measured. */
static void tell_costs(const struct fixture *fixture, const unsigned *us_per_window) {
    const char *const names[] = {device_name(fixture->small.device), "first device", "second device"};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t machine = cost_machine(fixture->cost, names[i]);
        for (uint32_t windows = 1; windows <= 64; windows *= 2)
            for (int sample = 0; sample < 100; sample++)
                cost_record(fixture->cost, machine, PRECISION_FP32, windows, windows * 6,
                            us_per_window[i] * windows * UINT64_C(1000));
    }
}

static void test_shares_by_speed(void **state) {
    struct fixture *fixture = *state;
    static const unsigned us[][3] = {
        {3000, 1000, 3000}, {1000, 1000, 1000}, {2000, 500, 1000}, {600, 1000000, 600}};
    static const uint32_t expected[][3] = {{12, 36, 12}, {20, 20, 20}, {9, 34, 17}, {30, 0, 30}};
    for (size_t i = 0; i < sizeof us / sizeof *us; i++) {
        start(fixture, 2, &all_on);
        assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
        tell_costs(fixture, us[i]); /* nobody asks anything meanwhile */
        ask(fixture, 60);
        struct batcher_report report = report_of(fixture);
        for (uint32_t d = 0; d < 3; d++)
            assert_in_range(report.devices[d].windows + 2, expected[i][d] + 1, expected[i][d] + 3);
        assert_int_equal(report.redone, 0);
        struct str words;
        str_init(&words);
        batcher_explain_last(fixture->batcher, &words);
        assert_non_null(strstr(words.bytes, "60 windows of 6 tokens: "));
        assert_non_null(strstr(words.bytes, "split by speed"));
        str_finish(&words);
        stop(fixture);
    }
}

/* Nobody asks a device that once seemed to be slow; it finds out by itself that it is not. */
static void test_measured_again(void **state) {
    struct fixture *fixture = *state;
    static const unsigned us[] = {1000, 1000000, 1000000};
    start_with(fixture, 1,
               (struct batcher_params){
                   .switches = all_on, .windows_max = 8, .idle_ns = NS_PER_MS, .retry_ns = RETRY_NS});
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    tell_costs(fixture, us);
    ask(fixture, 8);
    struct batcher_device_report told = report_of(fixture).devices[1], now = told;
    for (uint64_t end_ns = clock_now_ns() + LONG_NS; clock_now_ns() < end_ns; thread_yield()) {
        if (now.one_ns < told.one_ns / 10 && now.eight_ns < told.eight_ns / 10) break;
        ask(fixture, 8);
        now = report_of(fixture).devices[1];
    }
    assert_in_range(now.one_ns, 1, told.one_ns / 10);
    assert_in_range(now.eight_ns, 1, told.eight_ns / 10);
    stop(fixture);
}

static void test_one_of_two_dies(void **state) {
    struct fixture *fixture = *state;
    static const unsigned us[] = {3000, 1000, 1000};
    start(fixture, 2, &all_on);
    assert_true(batcher_wait_warm(fixture->batcher, LONG_NS));
    atomic_store(&fixture->faults[0].fail_one_in, 1);
    tell_costs(fixture, us);
    ask(fixture, 60);
    await_state(fixture, 1, PLAN_GONE);
    struct batcher_report report = report_of(fixture);
    assert_int_equal(report.devices[1].windows, 0);
    assert_int_equal(report.redone, 26);
    assert_in_range(report.devices[2].windows, 25, 27);
    tell_costs(fixture, us);
    ask(fixture, 60); /* 45 for the one that is left */
    report = report_of(fixture);
    assert_in_range(report.devices[2].windows, 25 + 44, 27 + 46);
    assert_int_equal(report.redone, 26);
    stop(fixture);
}

static enum status open_none(void *payload, struct device **ret_device, struct error *error) {
    (void)ret_device;
    atomic_fetch_add((atomic_uint *)payload, 1);
    return error_set(error, STATUS_NOT_FOUND, "there is no such device");
}

static void test_absent(void **state) {
    struct fixture *fixture = *state;
    atomic_uint opens = 0;
    struct batcher_device device = {"no device", open_none, &opens};
    struct cost *cost = cost_create("test");
    struct batcher_params params = {.network = fixture->small.network,
                                    .weights = fixture->small.weights,
                                    .devices = &device,
                                    .device_count = 1,
                                    .switches = all_on,
                                    .cost = cost,
                                    .retry_ns = RETRY_NS};
    struct batcher *batcher = batcher_create(&params);
    assert_true(batcher_wait_warm(batcher, LONG_NS));
    static struct batcher_report report;
    batcher_report(batcher, &report);
    assert_int_equal(report.device_count, 1);
    struct plan_load load = {.windows = 1, .tokens = 1};
    struct str line;
    str_init(&line);
    batcher_explain(batcher, &load, &line);
    if (!strstr(line.bytes, "there is no other device")) fail_msg("%s", line.bytes);
    str_finish(&line);
    batcher_destroy(batcher);
    assert_int_equal(atomic_load(&opens), 1); /* and not once more after the pause */
    cost_destroy(cost);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_cpu_alone),
        TEST(test_wrong_windows),
        TEST(test_warms_in_the_background),
        TEST(test_switched_off),
        TEST(test_not_opened_while_off),
        TEST(test_batch_size_auto),
        TEST(test_no_good_from_the_start),
        TEST(test_wanted_formats),
        TEST(test_formats_by_cost),
        TEST(test_little_memory),
        TEST(test_fails_in_a_pass),
        TEST(test_wrong_in_a_pass),
        TEST(test_does_not_answer),
        TEST(test_cancelled),
        TEST(test_ends_at_any_time),
        TEST(test_shares_by_speed),
        TEST(test_measured_again),
        TEST(test_one_of_two_dies),
        TEST(test_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
