/* compute/pass_time.h: rounds are counted and in order, and made-up tokens are the network's. */
#include "compute/pass_time.h"

#include "base/clock.h"
#include "tests/support/small_encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct small_encoder small;

static struct pass_time measure(uint32_t windows, uint32_t rounds, uint64_t time_ns) {
    struct pass_time_params params = {.network = small.network,
                                      .windows = windows,
                                      .tokens = SMALL_TOKENS,
                                      .rounds_max = rounds,
                                      .time_ns = time_ns};
    struct pass_time time;
    struct error error = {0};
    if (pass_time_measure(&params, &time, &error)) fail_msg("%s", error.message);
    return time;
}

static void test_rounds(void **state) {
    (void)state;
    struct pass_time time = measure(3, 5, 100 * NS_PER_S);
    assert_int_equal(time.rounds, 5);
    assert_true(time.first_ns > 0 && time.best_ns > 0 && time.best_ns <= time.median_ns);
    assert_int_equal(measure(1, 5, 0).rounds, 0);
    assert_int_equal(measure(1, 5, 1).rounds, 1); /* the clock has gone on when it is done */
    assert_int_equal(measure(1, 0, NS_PER_S).rounds, 0);
    assert_true(measure(1, UINT32_MAX, 100 * NS_PER_S).rounds == PASS_TIME_ROUNDS_MAX);
}

static void test_what_cannot_be_measured(void **state) {
    (void)state;
    static const uint32_t wrong[][2] = {
        {0, 1}, {1, 0}, {DEVICE_WINDOWS_MAX + 1, 1}, {1, DEVICE_WINDOW_MAX + 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pass_time_params params = {
            .network = small.network, .windows = wrong[i][0], .tokens = wrong[i][1], .rounds_max = 1};
        struct pass_time time;
        assert_int_equal(pass_time_measure(&params, &time, NULL), STATUS_INVALID);
    }
}

static void test_tokens_are_the_network_s(void **state) {
    (void)state;
    const struct weights_shape *shape = network_shape(small.network);
    struct device_token tokens[200], again[200];
    uint32_t most_grams = 0;
    pass_time_tokens(shape, 7, tokens, 200);
    pass_time_tokens(shape, 7, again, 200);
    assert_memory_equal(tokens, again, sizeof tokens);
    for (uint32_t i = 0; i < 200; i++) {
        assert_true(tokens[i].token < shape->tokens && tokens[i].gram_count <= DEVICE_GRAMS);
        for (uint32_t f = 0; f < DEVICE_FEATURES; f++)
            assert_true(!tokens[i].features[f] || tokens[i].features[f] < shape->feature_sizes[f]);
        for (uint32_t g = 0; g < tokens[i].gram_count; g++)
            assert_true(tokens[i].grams[g] < shape->grams);
        if (tokens[i].gram_count > most_grams) most_grams = tokens[i].gram_count;
    }
    assert_int_equal(most_grams, DEVICE_GRAMS);
}

/* One layer of width 4 with a hidden layer of 8, gaps of 2, 3 outputs. */
static void test_operations(void **state) {
    (void)state;
    struct weights_shape shape = {
        .layers = 1, .width = 4, .heads = 1, .feed_forward = 8, .gap_width = 2, .outputs = 3};
    assert_true(pass_time_operations(&shape, 1) == 2 * (4 * 16 + 2 * 32 + 16 + 18) + 4 * 4);
    assert_true(pass_time_operations(&shape, 10) == 20 * (4 * 16 + 2 * 32 + 16 + 18) + 400 * 4);
}

static int set_up(void **state) {
    (void)state;
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
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_what_cannot_be_measured),
        cmocka_unit_test(test_tokens_are_the_network_s),
        cmocka_unit_test(test_operations),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
