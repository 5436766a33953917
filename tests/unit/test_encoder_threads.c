/* compute/encoder.h: encoders in several threads share one network and say the same. */
#include "compute/encoder.h"

#include "base/str.h"
#include "base/thread.h"
#include "compute/device_cpu.h"
#include "tests/support/random_weights.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define THREADS 3
#define ROUNDS  5
#define TOKENS  24
#define OUTPUTS 28 /* 8 + literals */

struct desk {
    const struct network *network;
    float token[TOKENS * OUTPUTS], fine; /* of the last round */
    int failed;
};

static void run(void *payload) {
    struct desk *desk = payload;
    struct device_token tokens[TOKENS] = {0};
    for (uint32_t i = 0; i < TOKENS; i++)
        tokens[i] =
            (struct device_token){.token = (uint16_t)i, .gram_count = 2, .grams = {1, (uint16_t)(i % 7)}};
    struct encoder_window window = {.tokens = tokens, .count = TOKENS};
    struct encoder_scores scores;
    struct encoder *encoder = NULL;
    desk->failed = encoder_create(desk->network, 1, TOKENS, &encoder, NULL) != STATUS_OK;
    for (int i = 0; i < ROUNDS && !desk->failed; i++)
        desk->failed = encoder_run(encoder, &window, 1, &scores, NULL) != STATUS_OK;
    if (!desk->failed) {
        memcpy(desk->token, scores.token, sizeof desk->token);
        desk->fine = scores.fine;
    }
    encoder_destroy(encoder);
}

static void test_one_network_for_all(void **state) {
    (void)state;
    struct random_weights_params params = {.layers = 1,
                                           .width = 32,
                                           .heads = 2,
                                           .feed_forward = 64,
                                           .reach = 8,
                                           .literals = OUTPUTS - 8,
                                           .grams = 7,
                                           .gap_width = 16,
                                           .format = FORMAT_INT8};
    struct str bytes;
    struct weights *weights;
    struct network *network;
    random_weights_make(&params, &bytes);
    assert_int_equal(weights_from_memory("random", bytes.bytes, bytes.length, &weights, NULL), STATUS_OK);
    struct device *device = device_cpu_create(kernel_best());
    assert_int_equal(network_create(weights, device, PRECISION_AUTO, &network, NULL), STATUS_OK);
    assert_int_equal(network_precision(network), PRECISION_INT8);

    static struct desk desks[THREADS + 1];
    struct thread *threads[THREADS];
    for (int i = 0; i <= THREADS; i++)
        desks[i].network = network;
    for (int i = 0; i < THREADS; i++)
        threads[i] = thread_create(run, &desks[i]);
    for (int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
    run(&desks[THREADS]);
    for (int i = 0; i <= THREADS; i++) {
        assert_false(desks[i].failed);
        assert_memory_equal(desks[i].token, desks[THREADS].token, sizeof desks[i].token);
        assert_true(desks[i].fine == desks[THREADS].fine);
    }
    network_destroy(network);
    weights_destroy(weights);
    str_finish(&bytes);
    device_destroy(device);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_network_for_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
