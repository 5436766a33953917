#include "compute/encoder.h"
#include "base/mem.h"
#include "compute/network_parts.h"

#include <math.h>
#include <string.h>

_Static_assert(WEIGHTS_FEATURES == DEVICE_FEATURES, "a token has a feature for each table");
_Static_assert(WEIGHTS_HEAD_SIZE_MAX <= DEVICE_HEAD_SIZE_MAX &&
                   WEIGHTS_HEAD_SIZE_STEP == DEVICE_HEAD_SIZE_STEP,
               "what the file may have, the device takes");

struct encoder {
    const struct network *network;
    uint32_t windows_max, tokens_max;
    uint32_t *starts; /* [windows_max + 1] */
    struct device_token *tokens;
    struct device_stream *stream;
    struct device_buffer *x;      /* the residual stream */
    struct device_buffer *normed; /* and, after the layers, what the heads read */
    struct device_buffer *qkv, *mixed, *hidden;
    struct device_buffer *left, *right, *gap_hidden;
    struct device_buffer *token_scores, *gap_scores, *fine;
};

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static enum status create_buffers(struct encoder *encoder, struct error *error) {
    const struct weights_shape *shape = &encoder->network->shape;
    uint32_t rows = encoder->tokens_max, gaps = rows + encoder->windows_max;
    const struct {
        struct device_buffer **buffer;
        uint32_t rows, columns;
    } wanted[] = {
        {&encoder->x, rows, shape->width},
        {&encoder->normed, rows, shape->width},
        {&encoder->qkv, rows, 3 * shape->width},
        {&encoder->mixed, rows, shape->width},
        {&encoder->hidden, rows, shape->feed_forward},
        {&encoder->left, rows, shape->gap_width},
        {&encoder->right, rows, shape->gap_width},
        {&encoder->gap_hidden, gaps, shape->gap_width},
        {&encoder->token_scores, rows, shape->outputs},
        {&encoder->gap_scores, gaps, shape->outputs},
        {&encoder->fine, encoder->windows_max, 1},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof wanted / sizeof *wanted; i++)
        status = device_buffer_create(encoder->network->device, wanted[i].rows, wanted[i].columns, NULL,
                                      wanted[i].buffer, error);
    return status;
}

enum status encoder_create(const struct network *network, uint32_t windows_max, uint32_t tokens_max,
                           struct encoder **ret_encoder, struct error *error) {
    if (windows_max < 1 || windows_max > DEVICE_WINDOWS_MAX || tokens_max < windows_max ||
        tokens_max > windows_max * DEVICE_WINDOW_MAX)
        return error_set(error, STATUS_INVALID,
                         "an encoder takes 1 to %d windows of 1 to %d tokens, not %u of %u in all",
                         DEVICE_WINDOWS_MAX, DEVICE_WINDOW_MAX, windows_max, tokens_max);
    struct encoder *encoder = mem_zalloc(sizeof *encoder);
    encoder->network = network;
    encoder->windows_max = windows_max;
    encoder->tokens_max = tokens_max;
    encoder->starts = mem_alloc((windows_max + 1) * sizeof *encoder->starts);
    encoder->tokens = mem_alloc(tokens_max * sizeof *encoder->tokens);
    const struct weights_shape *shape = &network->shape;
    enum status status = device_stream_create(
        network->device, tokens_max + windows_max,
        larger(larger(shape->width, shape->feed_forward), shape->gap_width), &encoder->stream, error);
    if (!status) status = create_buffers(encoder, error);
    if (status)
        encoder_destroy(encoder);
    else
        *ret_encoder = encoder;
    return status;
}

void encoder_destroy(struct encoder *encoder) {
    if (!encoder) return;
    device_buffer_destroy(encoder->x);
    device_buffer_destroy(encoder->normed);
    device_buffer_destroy(encoder->qkv);
    device_buffer_destroy(encoder->mixed);
    device_buffer_destroy(encoder->hidden);
    device_buffer_destroy(encoder->left);
    device_buffer_destroy(encoder->right);
    device_buffer_destroy(encoder->gap_hidden);
    device_buffer_destroy(encoder->token_scores);
    device_buffer_destroy(encoder->gap_scores);
    device_buffer_destroy(encoder->fine);
    device_stream_destroy(encoder->stream);
    mem_free(encoder->tokens);
    mem_free(encoder->starts);
    mem_free(encoder);
}

static enum status check_token(const struct weights_shape *shape, const struct device_token *token,
                               uint32_t window, uint32_t index, struct error *error) {
    const char *part = NULL;
    uint32_t row = 0, rows = 0;
    if (token->token >= shape->tokens) part = "token", row = token->token, rows = shape->tokens;
    if (token->gram_count > DEVICE_GRAMS)
        part = "gram count", row = token->gram_count, rows = DEVICE_GRAMS + 1;
    for (uint32_t i = 0; !part && i < DEVICE_FEATURES; i++) {
        if (token->features[i] >= shape->feature_sizes[i])
            part = "feature", row = token->features[i], rows = shape->feature_sizes[i];
    }
    for (uint32_t i = 0; !part && i < token->gram_count; i++) {
        if (token->grams[i] >= shape->grams) part = "gram", row = token->grams[i], rows = shape->grams;
    }
    if (!part) return STATUS_OK;
    return error_set(error, STATUS_INVALID, "window %u, token %u: %s %u; the network has %u", window, index,
                     part, row, rows);
}

enum status encoder_check(const struct encoder *encoder, const struct encoder_window *windows, uint32_t count,
                          struct error *error) {
    if (count < 1 || count > encoder->windows_max)
        return error_set(error, STATUS_INVALID, "%u windows; the encoder takes 1 to %u", count,
                         encoder->windows_max);
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct encoder_window *window = &windows[i];
        if (window->count < 1 || window->count > DEVICE_WINDOW_MAX ||
            window->count > encoder->tokens_max - total)
            return error_set(error, STATUS_INVALID,
                             "window %u has %u tokens; it may have 1 to %d, and all windows together %u", i,
                             window->count, DEVICE_WINDOW_MAX, encoder->tokens_max);
        for (uint32_t t = 0; t < window->count; t++) {
            enum status status = check_token(&encoder->network->shape, &window->tokens[t], i, t, error);
            if (status) return status;
        }
        total += window->count;
    }
    return STATUS_OK;
}

/* The windows' tokens one behind the other. */
static void gather(struct encoder *encoder, const struct encoder_window *windows, uint32_t count) {
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        encoder->starts[i] = total;
        memcpy(encoder->tokens + total, windows[i].tokens, windows[i].count * sizeof *windows[i].tokens);
        total += windows[i].count;
    }
    encoder->starts[count] = total;
}

static void embed(struct encoder *encoder) {
    const struct network *network = encoder->network;
    struct device_embed_params params = {.token = network->embed_token,
                                         .feature = network->embed_feature,
                                         .gram = network->embed_gram,
                                         .tokens = encoder->tokens,
                                         .output = encoder->x};
    for (uint32_t i = 1; i < DEVICE_FEATURES; i++)
        params.feature_offsets[i] = params.feature_offsets[i - 1] + network->shape.feature_sizes[i - 1];
    device_embed(encoder->stream, &params);
}

static void linear(struct encoder *encoder, uint32_t rows, const struct device_buffer *input,
                   const struct network_linear *weights, enum device_store store,
                   struct device_buffer *output) {
    device_linear(encoder->stream, rows, input, weights->weight, weights->bias, store, output);
}

static void run_layer(struct encoder *encoder, const struct network_layer *layer, uint32_t rows) {
    device_norm(encoder->stream, encoder->x, layer->norm1, encoder->normed);
    linear(encoder, rows, encoder->normed, &layer->qkv, DEVICE_SET, encoder->qkv);
    device_attention(encoder->stream, encoder->qkv, layer->position, encoder->mixed);
    linear(encoder, rows, encoder->mixed, &layer->out, DEVICE_ADD, encoder->x);
    device_norm(encoder->stream, encoder->x, layer->norm2, encoder->normed);
    linear(encoder, rows, encoder->normed, &layer->up, DEVICE_GELU, encoder->hidden);
    linear(encoder, rows, encoder->hidden, &layer->down, DEVICE_ADD, encoder->x);
}

static void run_heads(struct encoder *encoder, uint32_t rows, uint32_t gaps) {
    const struct network *network = encoder->network;
    device_norm(encoder->stream, encoder->x, network->final_norm, encoder->normed);
    linear(encoder, rows, encoder->normed, &network->token, DEVICE_SET, encoder->token_scores);
    device_log_softmax(encoder->stream, rows, encoder->token_scores);
    linear(encoder, rows, encoder->normed, &network->gap_left, DEVICE_SET, encoder->left);
    linear(encoder, rows, encoder->normed, &network->gap_right, DEVICE_SET, encoder->right);
    device_gaps(encoder->stream, encoder->left, encoder->right, network->gap_bias, encoder->gap_hidden);
    linear(encoder, gaps, encoder->gap_hidden, &network->gap_out, DEVICE_SET, encoder->gap_scores);
    device_log_softmax(encoder->stream, gaps, encoder->gap_scores);
    device_mean_dot(encoder->stream, encoder->normed, network->fine_weight, encoder->fine);
}

static void fetch_scores(struct encoder *encoder, uint32_t rows, uint32_t windows) {
    device_fetch(encoder->stream, rows, encoder->token_scores);
    device_fetch(encoder->stream, rows + windows, encoder->gap_scores);
    device_fetch(encoder->stream, windows, encoder->fine);
}

enum status encoder_run(struct encoder *encoder, const struct encoder_window *windows, uint32_t count,
                        struct encoder_scores *ret_scores, struct error *error) {
    enum status status = encoder_check(encoder, windows, count, error);
    if (status) return status;
    gather(encoder, windows, count);
    const struct network *network = encoder->network;
    uint32_t rows = encoder->starts[count];
    device_begin(encoder->stream, encoder->starts, count);
    embed(encoder);
    for (uint32_t i = 0; i < network->shape.layers; i++)
        run_layer(encoder, &network->layers[i], rows);
    run_heads(encoder, rows, rows + count);
    fetch_scores(encoder, rows, count);
    status = device_run(encoder->stream, error);
    if (status) return status;
    size_t outputs = network->shape.outputs;
    const float *token = device_read(encoder->stream, encoder->token_scores);
    const float *gap = device_read(encoder->stream, encoder->gap_scores);
    const float *fine = device_read(encoder->stream, encoder->fine);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = encoder->starts[i];
        ret_scores[i] =
            (struct encoder_scores){.token = token + start * outputs,
                                    .gap = gap + (start + i) * outputs,
                                    .fine = 1.0f / (1.0f + expf(-(fine[i] + network->fine_bias)))};
    }
    return STATUS_OK;
}
