#include "compute/pass_time.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

static uint32_t next_number(uint64_t *state, uint32_t limit) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return limit ? (uint32_t)(*state >> 33) % limit : 0;
}

void pass_time_tokens(const struct weights_shape *shape, uint64_t seed, struct device_token *tokens,
                      uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct device_token *token = &tokens[i];
        *token = (struct device_token){.token = (uint16_t)next_number(&seed, shape->tokens),
                                       .gram_count = (uint8_t)next_number(&seed, DEVICE_GRAMS + 1)};
        for (uint32_t f = 0; f < DEVICE_FEATURES; f++)
            token->features[f] = (uint8_t)next_number(&seed, shape->feature_sizes[f]);
        for (uint32_t g = 0; g < token->gram_count; g++)
            token->grams[g] = (uint16_t)next_number(&seed, shape->grams);
    }
}

double pass_time_operations(const struct weights_shape *shape, uint32_t tokens) {
    double width = shape->width, layer = 4 * width * width + 2 * width * shape->feed_forward;
    double heads = 2 * width * shape->gap_width + (width + shape->gap_width) * shape->outputs;
    double attention = 4.0 * tokens * tokens * width * shape->layers;
    return 2.0 * tokens * (shape->layers * layer + heads) + attention;
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static enum status time_rounds(const struct pass_time_params *params, struct encoder *encoder,
                               const struct encoder_window *windows, struct encoder_scores *scores,
                               struct pass_time *ret_time, struct error *error) {
    uint64_t times_ns[PASS_TIME_ROUNDS_MAX], start_ns = clock_now_ns();
    uint32_t rounds = 0;
    uint32_t most = params->rounds_max < PASS_TIME_ROUNDS_MAX ? params->rounds_max : PASS_TIME_ROUNDS_MAX;
    enum status status = encoder_run(encoder, windows, params->windows, scores, error);
    uint64_t now_ns = clock_now_ns(), first_ns = now_ns - start_ns, end_ns = now_ns + params->time_ns;
    while (!status && rounds < most && now_ns < end_ns) {
        start_ns = now_ns;
        status = encoder_run(encoder, windows, params->windows, scores, error);
        now_ns = clock_now_ns();
        times_ns[rounds++] = now_ns - start_ns;
    }
    if (status) return status;
    *ret_time = (struct pass_time){.first_ns = first_ns, .rounds = rounds};
    if (!rounds) return STATUS_OK;
    qsort(times_ns, rounds, sizeof *times_ns, by_value);
    ret_time->best_ns = times_ns[0];
    ret_time->median_ns = times_ns[rounds / 2];
    return STATUS_OK;
}

enum status pass_time_measure(const struct pass_time_params *params, struct pass_time *ret_time,
                              struct error *error) {
    size_t count = (size_t)params->windows * params->tokens;
    if (!count || params->windows > DEVICE_WINDOWS_MAX || params->tokens > DEVICE_WINDOW_MAX)
        return error_set(error, STATUS_INVALID, "a pass of %u windows of %u tokens cannot be measured",
                         params->windows, params->tokens);
    struct encoder *encoder;
    enum status status = encoder_create(params->network, params->windows, (uint32_t)count, &encoder, error);
    if (status) return status;
    struct device_token *tokens = mem_alloc(count * sizeof *tokens);
    struct encoder_window *windows = mem_alloc(params->windows * sizeof *windows);
    struct encoder_scores *scores = mem_alloc(params->windows * sizeof *scores);
    pass_time_tokens(network_shape(params->network), 1, tokens, (uint32_t)count);
    for (uint32_t i = 0; i < params->windows; i++)
        windows[i] = (struct encoder_window){tokens + (size_t)i * params->tokens, params->tokens};
    status = time_rounds(params, encoder, windows, scores, ret_time, error);
    mem_free(scores);
    mem_free(windows);
    mem_free(tokens);
    encoder_destroy(encoder);
    return status;
}
