#include "tests/support/small_encoder.h"

#include "compute/device_cpu.h"
#include "tests/support/random_weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define GRAMS 7
#define NEAR  1e-3f /* sets of kernels add up in different orders */

static void make_windows(struct small_encoder *small) {
    uint64_t random = 3;
    for (uint32_t w = 0; w < SMALL_WINDOWS; w++) {
        for (uint32_t t = 0; t < SMALL_TOKENS; t++) {
            struct device_token *token = &small->tokens[w][t];
            token->token = (uint16_t)(random_next(&random) % SMALL_OUTPUTS);
            token->gram_count = (uint8_t)(random_next(&random) % 4);
            for (uint32_t g = 0; g < token->gram_count; g++)
                token->grams[g] = (uint16_t)(random_next(&random) % GRAMS);
        }
        small->windows[w] = (struct encoder_window){small->tokens[w], 1 + w % SMALL_TOKENS};
    }
}

static void make_expected(struct small_encoder *small) {
    struct encoder *encoder;
    assert_int_equal(encoder_create(small->network, 1, SMALL_TOKENS, &encoder, NULL), STATUS_OK);
    for (uint32_t w = 0; w < SMALL_WINDOWS; w++) {
        struct encoder_scores scores;
        size_t count = small->windows[w].count;
        assert_int_equal(encoder_run(encoder, &small->windows[w], 1, &scores, NULL), STATUS_OK);
        memcpy(small->token[w], scores.token, count * SMALL_OUTPUTS * sizeof(float));
        memcpy(small->gap[w], scores.gap, (count + 1) * SMALL_OUTPUTS * sizeof(float));
        small->fine[w] = scores.fine;
    }
    encoder_destroy(encoder);
}

void small_encoder_init(struct small_encoder *small) {
    struct random_weights_params params = {.layers = 1,
                                           .width = 32,
                                           .heads = 2,
                                           .feed_forward = 32,
                                           .reach = 8,
                                           .literals = SMALL_OUTPUTS - WEIGHTS_LITERALS,
                                           .grams = GRAMS,
                                           .gap_width = 16,
                                           .format = FORMAT_FP32,
                                           .seed = 5};
    struct error error = {0};
    memset(small, 0, sizeof *small);
    random_weights_make(&params, &small->bytes);
    if (weights_from_memory("small", small->bytes.bytes, small->bytes.length, &small->weights, &error))
        fail_msg("%s", error.message);
    small->device = device_cpu_create(kernel_best());
    if (network_create(small->weights, small->device, PRECISION_FP32, &small->network, &error))
        fail_msg("%s", error.message);
    make_windows(small);
    make_expected(small);
}

void small_encoder_finish(struct small_encoder *small) {
    network_destroy(small->network);
    device_destroy(small->device);
    weights_destroy(small->weights);
    str_finish(&small->bytes);
}

static bool are_near(const float *a, const float *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(a[i] - b[i]) <= NEAR * (1 + fabsf(a[i])))) return false;
    return true;
}

bool small_encoder_is_right(const struct small_encoder *small, uint32_t window,
                            const struct encoder_scores *scores) {
    size_t count = small->windows[window].count;
    return are_near(small->token[window], scores->token, count * SMALL_OUTPUTS) &&
           are_near(small->gap[window], scores->gap, (count + 1) * SMALL_OUTPUTS) &&
           are_near(&small->fine[window], &scores->fine, 1);
}

bool small_encoder_is_same(const struct small_encoder *small, uint32_t window,
                           const struct encoder_scores *scores) {
    size_t count = small->windows[window].count;
    return !memcmp(small->token[window], scores->token, count * SMALL_OUTPUTS * sizeof(float)) &&
           !memcmp(small->gap[window], scores->gap, (count + 1) * SMALL_OUTPUTS * sizeof(float)) &&
           small->fine[window] == scores->fine;
}
