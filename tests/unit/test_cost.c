/* Estimates of what a pass takes: what samples make of them, and the text that they are kept as. */
#include "compute/cost.h"

#include "base/hash.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TOKENS 128

static uint64_t predict(const struct cost *cost, uint32_t machine, uint32_t windows) {
    return cost_predict_ns(cost, machine, PRECISION_FP32, windows, windows * TOKENS);
}

static void record(struct cost *cost, uint32_t machine, uint32_t windows, uint64_t ns) {
    cost_record(cost, machine, PRECISION_FP32, windows, windows * TOKENS, ns);
}

static void assert_about(uint64_t ns, uint64_t expected, unsigned percent) {
    assert_in_range(ns, expected - expected * percent / 100, expected + expected * percent / 100);
}

static void test_machines(void **state) {
    (void)state;
    struct cost *cost = cost_create("test");
    assert_int_equal(cost_machine(cost, "a"), 0);
    assert_int_equal(cost_machine(cost, "b\tc\n"), 1);
    assert_int_equal(cost_machine(cost, "b c "), 1);
    assert_int_equal(cost_machine(cost, "a"), 0);
    char name[2 * COST_NAME_MAX];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(cost_machine(cost, name), 2);
    name[COST_NAME_MAX] = '\0';
    assert_int_equal(cost_machine(cost, name), 2);
    for (uint32_t i = 3; i < COST_MACHINES_MAX; i++) {
        snprintf(name, sizeof name, "%u", i);
        assert_int_equal(cost_machine(cost, name), i);
    }
    assert_int_equal(cost_machine(cost, "one too many"), COST_NONE);
    record(cost, COST_NONE, 1, 1); /* ignored */
    assert_int_equal(predict(cost, COST_NONE, 1), 0);
    cost_destroy(cost);
    cost_destroy(NULL);
}

static void test_nearest_measured(void **state) {
    (void)state;
    struct cost *cost = cost_create("test");
    uint32_t machine = cost_machine(cost, "m");
    assert_int_equal(predict(cost, machine, 1), 0);
    record(cost, machine, 1, 1280000);
    record(cost, machine, 16, 20480000 / 4);
    cost_record(cost, machine, PRECISION_FP32, 0, 0, 77);
    cost_record(cost, machine, PRECISION_AUTO, 1, 1, 77);
    assert_int_equal(predict(cost, machine, 1), 1280000);
    assert_int_equal(predict(cost, machine, 16), 5120000);
    assert_int_equal(predict(cost, machine, 31), 31 * 320000); /* the same bucket */
    assert_int_equal(predict(cost, machine, 64), 64 * 320000); /* nearer to 16 than to 1 */
    assert_int_equal(predict(cost, machine, 4), 4 * 1280000);  /* in the middle: what promises less */
    assert_int_equal(cost_predict_ns(cost, machine, PRECISION_FP32, 1, 20), 200000);
    assert_int_equal(cost_predict_ns(cost, machine, PRECISION_INT8, 1, TOKENS), 0); /* never measured */
    assert_int_equal(cost_predict_ns(cost, machine, PRECISION_FP32, 0, 0), 0);
    cost_destroy(cost);
}

static void test_outliers_and_change(void **state) {
    (void)state;
    struct cost *cost = cost_create("test");
    uint32_t machine = cost_machine(cost, "m");
    for (int i = 0; i < 40; i++)
        record(cost, machine, 1, 1000000 + (uint64_t)(i % 5) * 20000);
    assert_about(predict(cost, machine, 1), 1040000, 3);
    record(cost, machine, 1, 1000000000); /* one pass that had to wait a second */
    assert_about(predict(cost, machine, 1), 1040000, 5);
    for (int i = 0; i < 40; i++) /* the machine became five times slower */
        record(cost, machine, 1, 5000000);
    assert_about(predict(cost, machine, 1), 5000000, 15);
    for (int i = 0; i < 60; i++) /* and recovered */
        record(cost, machine, 1, 1000000);
    assert_about(predict(cost, machine, 1), 1000000, 15);
    cost_destroy(cost);
}

static struct cost *some_costs(void) {
    struct cost *cost = cost_create("0.1.0 of 4x192");
    uint32_t a = cost_machine(cost, "AVX2"), b = cost_machine(cost, "Some GPU (driver 1.2)");
    record(cost, a, 1, 7000000);
    record(cost, b, 1, 900000);
    record(cost, b, 64, 9000000);
    cost_record(cost, b, PRECISION_FP16, 8, 8 * 30, 700000);
    return cost;
}

static void test_kept_as_text(void **state) {
    (void)state;
    struct cost *cost = some_costs(), *again = cost_create("0.1.0 of 4x192");
    struct str text, text_again;
    str_init(&text);
    str_init(&text_again);
    cost_write(cost, &text);
    uint32_t fresh = cost_machine(again, "Some GPU (driver 1.2)"); /* numbered otherwise */
    struct error error;
    assert_int_equal(cost_read(again, text.bytes, text.length, &error), STATUS_OK);
    assert_int_equal(fresh, 0);
    assert_about(predict(again, fresh, 1), 900000, 1);
    assert_about(predict(again, fresh, 64), 9000000, 1);
    assert_about(cost_predict_ns(again, fresh, PRECISION_FP16, 8, 240), 700000, 1);
    assert_about(predict(again, cost_machine(again, "AVX2"), 1), 7000000, 1);
    for (int i = 0; i < 12; i++) /* what was read gives way soon */
        record(again, fresh, 1, 1800000);
    assert_about(predict(again, fresh, 1), 1800000, 15);
    cost_destroy(again);
    again = cost_create("0.1.0 of 4x192");
    assert_int_equal(cost_read(again, text.bytes, text.length, NULL), STATUS_OK);
    cost_write(again, &text_again);
    assert_string_equal(text.bytes, text_again.bytes);
    str_finish(&text_again);
    str_finish(&text);
    cost_destroy(again);
    cost_destroy(cost);
}

static void check_refused(const char *text, size_t length, const char *what) {
    struct cost *cost = cost_create("0.1.0 of 4x192");
    struct error error = {0};
    if (!cost_read(cost, text, length, &error)) fail_msg("taken: %s", what);
    assert_true(error.message[0] && !strchr(error.message, '\n'));
    /* Nothing of it was kept. */
    struct str kept;
    str_init(&kept);
    cost_write(cost, &kept);
    assert_null(strstr(kept.bytes, "AVX2"));
    str_finish(&kept);
    cost_destroy(cost);
}

static void test_foreign_text(void **state) {
    (void)state;
    struct cost *cost = some_costs();
    struct str text;
    str_init(&text);
    cost_write(cost, &text);
    for (size_t length = 0; length < text.length; length++)
        check_refused(text.bytes, length, "a part");
    for (size_t i = 0; i < text.length; i++) {
        text.bytes[i] ^= 1;
        check_refused(text.bytes, text.length, "a wrong byte");
        text.bytes[i] ^= 1;
    }
    check_refused("", 0, "nothing");
    check_refused("noodle\0costs", 12, "zeros");
    struct cost *other = cost_create("0.2.0 of 4x192");
    struct error error;
    assert_int_equal(cost_read(other, text.bytes, text.length, &error), STATUS_UNSUPPORTED);
    assert_string_equal(error.message, "the measured costs are of '0.1.0 of 4x192', not of '0.2.0 of 4x192'");
    cost_destroy(other);
    str_finish(&text);
    cost_destroy(cost);
}

/* Whole, with the right hash, and wrong all the same. */
static void test_wrong_cells(void **state) {
    (void)state;
    static const char *const cells[] = {
        "AVX2\tfp32\t0\t0\t1",
        "AVX2\tfp32\t0\t0\t1\t1\t1",
        "AVX2\tauto\t0\t0\t1\t1",
        "AVX2\tfp32\t8\t0\t1\t1",
        "AVX2\tfp32\t0\t4\t1\t1",
        "AVX2\tfp32\t-1\t0\t1\t1",
        "AVX2\tfp32\t0\t0\t1e9\t1",
        "AVX2\tfp32\t0\t0\tnan\t1",
        "AVX2\tfp32\t0\t0\t\t1",
        "AVX2\tfp32\t0\t0\t9999999999999999\t1",
        "",
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct str text;
        str_init(&text);
        str_addf(&text, "noodle-costs 1\t0.1.0 of 4x192\nAVX2\tfp32\t0\t0\t1\t1\n%s\nmore\n", cells[i]);
        uint64_t hash = hash64(text.bytes, text.length, 0);
        str_addf(&text, "end\t%016" PRIx64 "\n", hash);
        check_refused(text.bytes, text.length, cells[i]);
        str_finish(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines),
        cmocka_unit_test(test_nearest_measured),
        cmocka_unit_test(test_outliers_and_change),
        cmocka_unit_test(test_kept_as_text),
        cmocka_unit_test(test_foreign_text),
        cmocka_unit_test(test_wrong_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
