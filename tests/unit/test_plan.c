/* What is decided in which situation: tables of cases, with the words for it. */
#include "compute/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS     UINT64_C(1000000)
#define TOKENS 128
#define ALL    8 /* windows of the batch that costs are told for */

/* Three devices: the CPU, and two others. Costs in microseconds of a pass of 1 and of 8 windows. */
struct device_case {
    enum plan_state state;
    unsigned one_us, eight_us; /* 0: not measured */
    unsigned busy_us, waiting;
};

struct place_case {
    const char *name;
    struct device_case devices[3];
    uint32_t device_count, windows;
    unsigned time_us;
    bool gpu_off, batch_off, auto_off;
    unsigned cpu_steps;
    uint32_t expected[3];
    enum plan_reason reason;
};

#define CPU                                                                                                  \
    { PLAN_READY, 7000, 56000, 0, 0 }
#define GPU                                                                                                  \
    { PLAN_READY, 1500, 3000, 0, 0 }
#define SLOW                                                                                                 \
    { PLAN_READY, 20000, 80000, 0, 0 }

static const struct place_case place_cases[] = {
    {.name = "the CPU alone",
     .devices = {CPU},
     .device_count = 1,
     .windows = 1,
     .expected = {1},
     .reason = PLAN_ONLY_CPU},
    {.name = "nothing measured and nothing else",
     .devices = {{PLAN_READY, 0, 0, 0, 0}},
     .device_count = 1,
     .windows = 3,
     .expected = {3},
     .reason = PLAN_ONLY_CPU},
    {.name = "switched off",
     .devices = {CPU, GPU},
     .device_count = 2,
     .windows = 8,
     .gpu_off = true,
     .expected = {8, 0},
     .reason = PLAN_SWITCHED_OFF},
    {.name = "warming up",
     .devices = {CPU, {PLAN_WARMING, 100, 100, 0, 0}},
     .device_count = 2,
     .windows = 8,
     .expected = {8, 0},
     .reason = PLAN_NOT_READY},
    {.name = "failed",
     .devices = {CPU, {PLAN_RETIRED, 100, 100, 0, 0}, {PLAN_GONE, 100, 100, 0, 0}},
     .device_count = 3,
     .windows = 8,
     .expected = {8, 0, 0},
     .reason = PLAN_NOT_READY},
    {.name = "does not answer",
     .devices = {CPU, {PLAN_STALLED, 100, 100, 0, 0}},
     .device_count = 2,
     .windows = 1,
     .expected = {1, 0},
     .reason = PLAN_NOT_READY},
    {.name = "ready and not measured",
     .devices = {CPU, {PLAN_READY, 0, 0, 0, 0}},
     .device_count = 2,
     .windows = 8,
     .expected = {8, 0},
     .reason = PLAN_NOT_READY},
    {.name = "the CPU not measured",
     .devices = {{PLAN_READY, 0, 0, 0, 0}, GPU},
     .device_count = 2,
     .windows = 1,
     .expected = {1, 0},
     .reason = PLAN_NOT_MEASURED},
    {.name = "one window, the GPU faster",
     .devices = {CPU, GPU},
     .device_count = 2,
     .windows = 1,
     .time_us = 10000,
     .expected = {0, 1},
     .reason = PLAN_FASTEST},
    {.name = "one window, the CPU faster",
     .devices = {CPU, SLOW},
     .device_count = 2,
     .windows = 1,
     .time_us = 10000,
     .expected = {1, 0},
     .reason = PLAN_FASTEST},
    {.name = "one window, the GPU busy",
     .devices = {CPU, {PLAN_READY, 1500, 3000, 9000, 0}},
     .device_count = 2,
     .windows = 1,
     .expected = {1, 0},
     .reason = PLAN_FASTEST},
    {.name = "one window, others wait for the GPU",
     .devices = {CPU, {PLAN_READY, 1500, 12000, 0, 7}},
     .device_count = 2,
     .windows = 1,
     .expected = {1, 0},
     .reason = PLAN_FASTEST},
    {.name = "one window, the second GPU faster",
     .devices = {CPU, {PLAN_READY, 3000, 6000, 0, 0}, GPU},
     .device_count = 3,
     .windows = 1,
     .expected = {0, 0, 1},
     .reason = PLAN_FASTEST},
    /* 10 ms a window and 40 ms a window, whatever the batch: as 4 to 1. */
    {.name = "split by speed",
     .devices = {{PLAN_READY, 10000, 80000, 0, 0}, {PLAN_READY, 40000, 320000, 0, 0}},
     .device_count = 2,
     .windows = 50,
     .expected = {40, 10},
     .reason = PLAN_SPLIT},
    {.name = "split in three",
     .devices = {{PLAN_READY, 10000, 80000, 0, 0},
                 {PLAN_READY, 20000, 160000, 0, 0},
                 {PLAN_READY, 20000, 160000, 0, 0}},
     .device_count = 3,
     .windows = 64,
     .expected = {32, 16, 16},
     .reason = PLAN_SPLIT},
    /* Free after 200 ms: by then the other has done 20. (T - 0) / 10 + (T - 200) / 10 = 40: T = 300. */
    {.name = "split with one that is busy",
     .devices = {{PLAN_READY, 10000, 80000, 0, 0}, {PLAN_READY, 10000, 80000, 200000, 0}},
     .device_count = 2,
     .windows = 40,
     .expected = {30, 10},
     .reason = PLAN_SPLIT},
    {.name = "the GPU is so fast that a share of the CPU gains nothing",
     .devices = {CPU, {PLAN_READY, 300, 400, 0, 0}},
     .device_count = 2,
     .windows = 64,
     .expected = {0, 64},
     .reason = PLAN_FASTEST},
    {.name = "the other so slow that its share would gain nothing",
     .devices = {CPU, {PLAN_READY, 500000, 4000000, 0, 0}},
     .device_count = 2,
     .windows = 8,
     .expected = {8, 0},
     .reason = PLAN_FASTEST},
    {.name = "no split without batchSizeAuto",
     .devices = {{PLAN_READY, 10000, 80000, 0, 0}, {PLAN_READY, 40000, 320000, 0, 0}},
     .device_count = 2,
     .windows = 50,
     .batch_off = true,
     .expected = {50, 0},
     .reason = PLAN_FASTEST},
    {.name = "in order without autoOptimization, however slow",
     .devices = {CPU, SLOW, GPU},
     .device_count = 3,
     .windows = 8,
     .auto_off = true,
     .expected = {0, 8, 0},
     .reason = PLAN_IN_ORDER},
    {.name = "in order, the first not ready",
     .devices = {CPU, {PLAN_WARMING, 0, 0, 0, 0}, {PLAN_READY, 0, 0, 0, 0}},
     .device_count = 3,
     .windows = 8,
     .auto_off = true,
     .expected = {0, 0, 8},
     .reason = PLAN_IN_ORDER},
    {.name = "processors short",
     .devices = {CPU, SLOW},
     .device_count = 2,
     .windows = 1,
     .cpu_steps = 1,
     .expected = {0, 1},
     .reason = PLAN_CPU_STRAINED},
    {.name = "processors short, but the other is too late",
     .devices = {CPU, SLOW},
     .device_count = 2,
     .windows = 1,
     .time_us = 10000,
     .cpu_steps = 1,
     .expected = {1, 0},
     .reason = PLAN_FASTEST},
    {.name = "processors short: no share for them",
     .devices = {{PLAN_READY, 10000, 80000, 0, 0}, {PLAN_READY, 10000, 80000, 0, 0}},
     .device_count = 2,
     .windows = 50,
     .cpu_steps = 2,
     .expected = {0, 50},
     .reason = PLAN_CPU_STRAINED},
    {.name = "processors short counts only with autoOptimization",
     .devices = {CPU},
     .device_count = 1,
     .windows = 1,
     .auto_off = true,
     .cpu_steps = 2,
     .expected = {1},
     .reason = PLAN_ONLY_CPU},
};

struct fixture {
    struct cost *cost;
    struct plan_device devices[3];
    struct plan_situation situation;
};

static void record(struct fixture *fixture, uint32_t device, uint32_t windows, unsigned us) {
    if (us)
        cost_record(fixture->cost, device, PRECISION_FP32, windows, windows * TOKENS, us * UINT64_C(1000));
}

static void start(struct fixture *fixture, const struct device_case *devices, uint32_t count) {
    static const char *const names[] = {"CPU", "GPU 1", "GPU 2"};
    *fixture = (struct fixture){.cost = cost_create("test")};
    for (uint32_t i = 0; i < count; i++) {
        fixture->devices[i] = (struct plan_device){.name = names[i],
                                                   .state = devices[i].state,
                                                   .machine = cost_machine(fixture->cost, names[i]),
                                                   .precision = PRECISION_FP32,
                                                   .busy_ns = devices[i].busy_us * UINT64_C(1000),
                                                   .waiting_windows = devices[i].waiting,
                                                   .waiting_tokens = devices[i].waiting * TOKENS};
        record(fixture, i, 1, devices[i].one_us);
        record(fixture, i, ALL, devices[i].eight_us);
    }
    fixture->situation = (struct plan_situation){.cost = fixture->cost,
                                                 .switches = {true, true, true, true},
                                                 .devices = fixture->devices,
                                                 .device_count = count};
}

static void test_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof place_cases / sizeof *place_cases; i++) {
        const struct place_case *each = &place_cases[i];
        struct fixture fixture;
        start(&fixture, each->devices, each->device_count);
        struct plan_situation *situation = &fixture.situation;
        situation->switches.gpu_acceleration = !each->gpu_off;
        situation->switches.batch_size_auto = !each->batch_off;
        situation->switches.auto_optimization = !each->auto_off;
        situation->cpu_steps = each->cpu_steps;
        struct plan_load load = {each->windows, each->windows * TOKENS, each->time_us * UINT64_C(1000)};
        struct plan_placement placement = plan_place(situation, &load);
        struct str words;
        str_init(&words);
        plan_explain(situation, &load, &placement, &words);
        if (placement.reason != each->reason ||
            memcmp(placement.windows, each->expected, sizeof each->expected))
            fail_msg("%s: %s", each->name, words.bytes);
        str_finish(&words);
        cost_destroy(fixture.cost);
    }
}

/* Whatever the costs: every window goes somewhere, and only to who is ready. */
static void test_place_any(void **state) {
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 3000; round++) {
        struct device_case devices[3];
        for (int i = 0; i < 3; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            unsigned bits = (unsigned)(random >> 33);
            devices[i] = (struct device_case){i ? (enum plan_state)(bits % 5) : PLAN_READY,
                                              bits % 3 ? bits % 9973 + 1 : 0, (bits >> 5) % 99991 + 1,
                                              i && bits % 4 == 0 ? bits % 50000 : 0, i ? bits % 5 : 0};
        }
        struct fixture fixture;
        start(&fixture, devices, 1 + round % 3);
        fixture.situation.cpu_steps = round % 7 == 0;
        struct plan_load load = {1 + round % 200, (1 + round % 200) * TOKENS, (round % 5) * MS};
        struct plan_placement placement = plan_place(&fixture.situation, &load);
        uint32_t sum = 0;
        for (int i = 0; i < PLAN_DEVICES_MAX; i++) {
            sum += placement.windows[i];
            assert_true(!placement.windows[i] || (i < 1 + round % 3 && devices[i].state == PLAN_READY));
        }
        assert_int_equal(sum, load.windows);
        cost_destroy(fixture.cost);
    }
}

struct gather_case {
    const char *name;
    unsigned one_us, eight_us;
    struct plan_queue queue;
    bool batch_off, auto_off;
    unsigned memory_steps;
    struct plan_batch expected;
};

static const struct gather_case gather_cases[] = {
    {"nobody else asks", 1000, 1100, {1, TOKENS, 1, 64, 0, 0, 0}, false, false, 0, {1, 0}},
    {"others ask all the time: waits half a pass",
     1000,
     1100,
     {1, TOKENS, 1, 64, 0, 0, 10000},
     false,
     false,
     0,
     {0, 500000}},
    {"has waited a part of it",
     1000,
     1100,
     {1, TOKENS, 1, 64, 300000, 0, 10000},
     false,
     false,
     0,
     {0, 200000}},
    {"has waited long enough", 1000, 1100, {3, 3 * TOKENS, 1, 64, 500000, 0, 10000}, false, false, 0, {3, 0}},
    {"others ask more seldom than that",
     1000,
     1100,
     {1, TOKENS, 1, 64, 0, 0, 600000},
     false,
     false,
     0,
     {1, 0}},
    {"a larger batch is no cheaper", 1000, 8000, {1, TOKENS, 1, 64, 0, 0, 10000}, false, false, 0, {1, 0}},
    {"never waits long", 90000, 91000, {1, TOKENS, 1, 64, 0, 0, 10000}, false, false, 0, {0, 2000000}},
    {"the deadline leaves no time",
     1000,
     1100,
     {1, TOKENS, 1, 64, 0, 1010000, 10000},
     false,
     false,
     0,
     {1, 0}},
    {"the deadline leaves some time",
     1000,
     1100,
     {1, TOKENS, 1, 64, 0, 1214000, 10000},
     false,
     false,
     0,
     {0, 200000}},
    {"a full batch goes at once", 1000, 1100, {70, 70 * TOKENS, 1, 64, 0, 0, 10}, false, false, 0, {64, 0}},
    {"the device takes fewer", 1000, 1100, {70, 70 * TOKENS, 1, 16, 0, 0, 10}, false, false, 0, {16, 0}},
    {"memory is short: an eighth", 1000, 1100, {70, 70 * TOKENS, 1, 64, 0, 0, 10}, false, false, 3, {8, 0}},
    {"memory is very short: one", 1000, 1100, {70, 70 * TOKENS, 1, 16, 0, 0, 10}, false, false, 6, {1, 0}},
    {"strain counts only with autoOptimization",
     1000,
     1100,
     {70, 70 * TOKENS, 1, 64, 0, 0, 10},
     false,
     true,
     3,
     {64, 0}},
    {"one call only without batchSizeAuto",
     1000,
     1100,
     {5, 5 * TOKENS, 2, 64, 0, 0, 10},
     true,
     false,
     0,
     {2, 0}},
    {"a call too large for a pass", 1000, 1100, {70, 70 * TOKENS, 70, 64, 0, 0, 10}, true, false, 0, {64, 0}},
    {"no waiting without autoOptimization",
     1000,
     1100,
     {1, TOKENS, 1, 64, 0, 0, 10000},
     false,
     true,
     0,
     {1, 0}},
    {"no waiting without costs", 0, 0, {1, TOKENS, 1, 64, 0, 0, 10000}, false, false, 0, {1, 0}},
};

static void test_gather(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof gather_cases / sizeof *gather_cases; i++) {
        const struct gather_case *each = &gather_cases[i];
        struct device_case devices[] = {CPU, {PLAN_READY, each->one_us, each->eight_us, 0, 0}};
        struct fixture fixture;
        start(&fixture, devices, 2);
        if (each->eight_us) record(&fixture, 1, 2, each->one_us + (each->eight_us - each->one_us) / 7);
        fixture.situation.switches.batch_size_auto = !each->batch_off;
        fixture.situation.switches.auto_optimization = !each->auto_off;
        fixture.situation.memory_steps = each->memory_steps;
        struct plan_batch batch = plan_gather(&fixture.situation, 1, &each->queue);
        uint64_t wrong = batch.wait_ns > each->expected.wait_ns ? batch.wait_ns - each->expected.wait_ns
                                                                : each->expected.wait_ns - batch.wait_ns;
        if (batch.windows != each->expected.windows || wrong > 20000)
            fail_msg("%s: takes %u, waits %lu ns", each->name, batch.windows, (unsigned long)batch.wait_ns);
        cost_destroy(fixture.cost);
    }
}

struct precision_case {
    const char *name;
    unsigned fp32_us, fp16_us, int8_us;
    bool quantization_off, inaccurate, auto_off;
    enum precision wanted, refused, expected;
};

static const struct precision_case precision_cases[] = {
    {"nothing measured: int8 first", 0, 0, 0, false, false, false, PRECISION_AUTO, PRECISION_AUTO,
     PRECISION_INT8},
    {"then fp16", 0, 0, 5, false, false, false, PRECISION_AUTO, PRECISION_AUTO, PRECISION_FP16},
    {"then fp32", 0, 9, 5, false, false, false, PRECISION_AUTO, PRECISION_AUTO, PRECISION_FP32},
    {"the fastest", 9, 3, 5, false, false, false, PRECISION_AUTO, PRECISION_AUTO, PRECISION_FP16},
    {"int8 is", 9, 7, 5, false, false, false, PRECISION_AUTO, PRECISION_AUTO, PRECISION_INT8},
    {"int8 loses too much", 9, 7, 5, false, true, false, PRECISION_AUTO, PRECISION_AUTO, PRECISION_FP16},
    {"quantisation is off", 9, 7, 5, true, false, false, PRECISION_AUTO, PRECISION_AUTO, PRECISION_FP16},
    {"refused by the device", 9, 7, 5, true, false, false, PRECISION_AUTO, PRECISION_FP16, PRECISION_FP32},
    {"wanted", 9, 7, 5, true, true, false, PRECISION_INT8, PRECISION_AUTO, PRECISION_INT8},
    {"wanted and refused", 9, 7, 5, false, false, false, PRECISION_FP16, PRECISION_FP16, PRECISION_AUTO},
    {"costs do not count", 1, 7, 5, false, false, true, PRECISION_AUTO, PRECISION_AUTO, PRECISION_INT8},
};

static void test_precision(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof precision_cases / sizeof *precision_cases; i++) {
        const struct precision_case *each = &precision_cases[i];
        struct cost *cost = cost_create("test");
        uint32_t machine = cost_machine(cost, "GPU");
        const unsigned us[] = {[PRECISION_FP32] = each->fp32_us,
                               [PRECISION_FP16] = each->fp16_us,
                               [PRECISION_INT8] = each->int8_us};
        for (enum precision p = PRECISION_FP32; p <= PRECISION_INT8; p++)
            if (us[p]) cost_record(cost, machine, p, ALL, ALL * TOKENS, us[p] * UINT64_C(1000));
        struct plan_switches switches = {true, true, !each->quantization_off, !each->auto_off};
        struct plan_formats formats = {.int8_accurate = !each->inaccurate, .wanted = each->wanted};
        if (each->refused) formats.refused[each->refused] = true;
        enum precision got = plan_precision(cost, machine, &switches, &formats);
        if (got != each->expected) fail_msg("%s: %s", each->name, precision_name(got));
        cost_destroy(cost);
    }
}

static void test_threads(void **state) {
    (void)state;
    struct plan_situation situation = {.switches = {true, true, true, true}};
    assert_int_equal(plan_cpu_threads(&situation, 8), UINT32_MAX);
    situation.cpu_steps = 1;
    assert_int_equal(plan_cpu_threads(&situation, 8), 4);
    situation.cpu_steps = 6;
    assert_int_equal(plan_cpu_threads(&situation, 8), 1);
    situation.switches.auto_optimization = false;
    assert_int_equal(plan_cpu_threads(&situation, 8), UINT32_MAX);
}

static void explain(struct fixture *fixture, uint32_t windows, uint64_t time_ns, const char *expected) {
    struct plan_load load = {windows, windows * TOKENS, time_ns};
    struct plan_placement placement = plan_place(&fixture->situation, &load);
    struct str words;
    str_init(&words);
    plan_explain(&fixture->situation, &load, &placement, &words);
    assert_string_equal(words.bytes, expected);
    str_finish(&words);
}

static void test_words(void **state) {
    (void)state;
    struct device_case devices[] = {CPU, GPU, {PLAN_WARMING, 0, 0, 0, 0}};
    struct fixture fixture;
    start(&fixture, devices, 3);
    explain(&fixture, 1, 20 * MS,
            "1 window of 128 tokens within 20 ms: GPU 1 fp32 (1.5 ms): the fastest; CPU fp32 (7 ms); GPU 2: "
            "warming "
            "up");
    fixture.situation.cpu_steps = 1;
    fixture.devices[1].state = PLAN_READY;
    fixture.devices[1].busy_ns = 30 * MS;
    explain(
        &fixture, 1, 0,
        "1 window of 128 tokens: GPU 1 fp32 (31.5 ms): the processors are short, so not on them; CPU fp32 (7 "
        "ms); GPU 2: warming up");
    fixture.situation.switches.gpu_acceleration = false;
    explain(&fixture, 8, 0,
            "8 windows of 128 tokens: CPU fp32 (56 ms): gpuAcceleration is off; GPU 1: switched off; GPU 2: "
            "switched off");
    cost_destroy(fixture.cost);
    struct device_case halves[] = {{PLAN_READY, 10000, 80000, 0, 0}, {PLAN_READY, 10000, 80000, 0, 0}};
    start(&fixture, halves, 2);
    explain(&fixture, 8, 0,
            "8 windows of 128 tokens: 4 on CPU fp32 (40 ms), 4 on GPU 1 fp32 (40 ms): split by speed");
    cost_destroy(fixture.cost);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place),     cmocka_unit_test(test_place_any), cmocka_unit_test(test_gather),
        cmocka_unit_test(test_precision), cmocka_unit_test(test_threads),   cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
