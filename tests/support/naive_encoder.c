#include "tests/support/naive_encoder.h"
#include "base/mem.h"
#include "compute/quant.h"

#include <math.h>
#include <string.h>

#define EPSILON 1e-5

static double weight_at(const struct weights_matrix *matrix, uint32_t row, uint32_t column) {
    size_t at = (size_t)row * matrix->columns + column;
    switch (matrix->format) {
    case FORMAT_FP32: return (double)((const float *)matrix->values)[at];
    case FORMAT_FP16: return (double)quant_half_to_float(((const uint16_t *)matrix->values)[at]);
    case FORMAT_INT8: return (double)((const int8_t *)matrix->values)[at] * (double)matrix->scales[row];
    }
    return 0;
}

static double *zeros(size_t count) {
    return mem_zalloc(count * sizeof(double));
}

/* output[row] += matrix x[row] */
static void multiply(const struct weights_matrix *matrix, const double *x, uint32_t rows, double *output) {
    for (uint32_t o = 0; o < matrix->rows; o++) {
        for (uint32_t i = 0; i < matrix->columns; i++) {
            double weight = weight_at(matrix, o, i);
            for (uint32_t row = 0; row < rows; row++)
                output[(size_t)row * matrix->rows + o] += weight * x[(size_t)row * matrix->columns + i];
        }
    }
}

static void add_bias(const float *bias, uint32_t rows, uint32_t columns, double *x) {
    for (size_t i = 0; i < (size_t)rows * columns; i++)
        x[i] += (double)bias[i % columns];
}

static double *linear(const struct weights_linear *weights, const double *x, uint32_t rows) {
    double *output = zeros((size_t)rows * weights->weight.rows);
    multiply(&weights->weight, x, rows, output);
    add_bias(weights->bias, rows, weights->weight.rows, output);
    return output;
}

static double *norm(const double *x, const float *weight, uint32_t rows, uint32_t width) {
    double *output = zeros((size_t)rows * width);
    for (uint32_t row = 0; row < rows; row++) {
        double sum = 0;
        for (uint32_t i = 0; i < width; i++)
            sum += x[row * width + i] * x[row * width + i];
        for (uint32_t i = 0; i < width; i++)
            output[row * width + i] = x[row * width + i] / sqrt(sum / width + EPSILON) * (double)weight[i];
    }
    return output;
}

static void gelu(double *x, size_t count) {
    for (size_t i = 0; i < count; i++)
        x[i] = x[i] / 2 * (1 + tanh(sqrt(2 / acos(-1)) * (x[i] + 0.044715 * x[i] * x[i] * x[i])));
}

static void add_to(double *x, double *taken, size_t count) {
    for (size_t i = 0; i < count; i++)
        x[i] += taken[i];
    mem_free(taken);
}

static double *embed(const struct weights *weights, const struct encoder_window *window) {
    uint32_t width = weights->shape.width;
    double *x = zeros((size_t)window->count * width);
    for (uint32_t t = 0; t < window->count; t++) {
        const struct device_token *token = &window->tokens[t];
        for (uint32_t i = 0; i < width; i++) {
            double sum = weight_at(&weights->embed_token, token->token, i), grams = 0;
            for (uint32_t k = 0, offset = 0; k < WEIGHTS_FEATURES;
                 offset += weights->shape.feature_sizes[k++])
                sum += weight_at(&weights->embed_feature, offset + token->features[k], i);
            for (uint32_t g = 0; g < token->gram_count; g++)
                grams += weight_at(&weights->embed_gram, token->grams[g], i);
            x[t * width + i] = sum + (token->gram_count ? grams / token->gram_count : 0);
        }
    }
    return x;
}

static double *attention(const struct weights_shape *shape, const float *position, const double *qkv,
                         uint32_t rows) {
    uint32_t width = shape->width, size = width / shape->heads, reach = shape->reach;
    double *output = zeros((size_t)rows * width), *share = zeros(rows);
    for (uint32_t head = 0; head < shape->heads; head++) {
        for (uint32_t i = 0; i < rows; i++) {
            double largest = -INFINITY, all = 0;
            for (uint32_t j = 0; j < rows; j++) {
                const double *q = qkv + i * 3 * width + head * size,
                             *k = qkv + j * 3 * width + width + head * size;
                double dot = 0;
                for (uint32_t d = 0; d < size; d++)
                    dot += q[d] * k[d];
                int distance = (int)j - (int)i;
                if (distance < -(int)reach) distance = -(int)reach;
                if (distance > (int)reach) distance = (int)reach;
                share[j] = dot / sqrt(size) +
                           (double)position[head * (2 * reach + 1) + (uint32_t)(distance + (int)reach)];
                largest = fmax(largest, share[j]);
            }
            for (uint32_t j = 0; j < rows; j++)
                all += share[j] = exp(share[j] - largest);
            for (uint32_t j = 0; j < rows; j++) {
                for (uint32_t d = 0; d < size; d++)
                    output[i * width + head * size + d] +=
                        share[j] / all * qkv[j * 3 * width + 2 * width + head * size + d];
            }
        }
    }
    mem_free(share);
    return output;
}

static void run_layer(const struct weights *weights, const struct weights_layer *layer, double *x,
                      uint32_t rows) {
    uint32_t width = weights->shape.width;
    size_t count = (size_t)rows * width;
    double *y = norm(x, layer->norm1, rows, width), *qkv = linear(&layer->qkv, y, rows);
    double *mixed = attention(&weights->shape, layer->position, qkv, rows);
    add_to(x, linear(&layer->out, mixed, rows), count);
    mem_free(y);
    mem_free(qkv);
    mem_free(mixed);
    y = norm(x, layer->norm2, rows, width);
    double *hidden = linear(&layer->up, y, rows);
    gelu(hidden, (size_t)rows * weights->shape.feed_forward);
    add_to(x, linear(&layer->down, hidden, rows), count);
    mem_free(y);
    mem_free(hidden);
}

static double *gap_logits(const struct weights *weights, const double *h, uint32_t rows) {
    uint32_t width = weights->shape.width, gaps = rows + 1;
    /* Each gap's neighbours, zeros outside the window. */
    double *left = zeros((size_t)gaps * width), *right = zeros((size_t)gaps * width);
    memcpy(left + width, h, (size_t)rows * width * sizeof *left);
    memcpy(right, h, (size_t)rows * width * sizeof *right);
    double *hidden = zeros((size_t)gaps * weights->shape.gap_width);
    multiply(&weights->head_gap_left, left, gaps, hidden);
    multiply(&weights->head_gap_right, right, gaps, hidden);
    add_bias(weights->head_gap_bias, gaps, weights->shape.gap_width, hidden);
    gelu(hidden, (size_t)gaps * weights->shape.gap_width);
    double *logits = linear(&weights->head_gap_out, hidden, gaps);
    mem_free(left);
    mem_free(right);
    mem_free(hidden);
    return logits;
}

void naive_encoder_run(const struct weights *weights, const struct encoder_window *window,
                       struct naive_scores *ret_scores) {
    uint32_t width = weights->shape.width, rows = window->count, layers = weights->shape.layers;
    size_t count = (size_t)rows * width;
    double *x = embed(weights, window);
    *ret_scores = (struct naive_scores){
        .rows = rows, .layer_count = layers, .layers = mem_zalloc(layers * sizeof *ret_scores->layers)};
    for (uint32_t i = 0; i < layers; i++) {
        run_layer(weights, &weights->layers[i], x, rows);
        ret_scores->layers[i] = zeros(count);
        memcpy(ret_scores->layers[i], x, count * sizeof *x);
    }
    double *h = norm(x, weights->final_norm, rows, width);
    ret_scores->token = linear(&weights->head_token, h, rows);
    ret_scores->gap = gap_logits(weights, h, rows);
    ret_scores->fine = (double)weights->head_fine_bias;
    for (size_t i = 0; i < count; i++)
        ret_scores->fine += h[i] * (double)weights->head_fine_weight[i % width] / rows;
    mem_free(x);
    mem_free(h);
}

void naive_scores_finish(struct naive_scores *scores) {
    for (uint32_t i = 0; i < scores->layer_count; i++)
        mem_free(scores->layers[i]);
    mem_free(scores->layers);
    mem_free(scores->token);
    mem_free(scores->gap);
}

void naive_log_softmax(double *logits, uint32_t rows, uint32_t outputs) {
    for (uint32_t row = 0; row < rows; row++, logits += outputs) {
        double largest = -INFINITY, sum = 0;
        for (uint32_t i = 0; i < outputs; i++)
            largest = fmax(largest, logits[i]);
        for (uint32_t i = 0; i < outputs; i++)
            sum += exp(logits[i] - largest);
        for (uint32_t i = 0; i < outputs; i++)
            logits[i] -= largest + log(sum);
    }
}
