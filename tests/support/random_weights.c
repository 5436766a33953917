#include "tests/support/random_weights.h"
#include "base/mem.h"
#include "compute/quant.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const uint32_t random_weights_feature_sizes[8] = {3, 2, 8, 4, 5, 9, 2, 7};

/* splitmix64 */
uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

float random_float(uint64_t *state) {
    return (float)(random_next(state) >> 40) / (float)(1 << 23) - 1;
}

float random_normal(uint64_t *state) {
    float sum = 0;
    for (int i = 0; i < 12; i++)
        sum += random_float(state);
    return sum / 2; /* the variance of each is 1 / 3 */
}

struct writer {
    struct str header, data;
    uint64_t state;
    enum number_format format;
};

static void add_entry(struct writer *writer, const char *name, const char *type, const char *shape,
                      size_t bytes) {
    str_addf(&writer->header, ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}", name,
             type, shape, writer->data.length, writer->data.length + bytes);
}

/* Rounds towards zero, which is near enough for numbers nobody trained; none of them is subnormal. */
static uint16_t to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> 23 & 0xFF) - 127 + 15;
    if (exponent <= 0) return 0;
    return (uint16_t)((bits >> 16 & 0x8000) | (uint32_t)exponent << 10 | (bits >> 13 & 0x3FF));
}

static void add_floats(struct writer *writer, const char *name, const char *shape, size_t count, float middle,
                       float spread) {
    add_entry(writer, name, "F32", shape, count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        float value = middle + spread * random_float(&writer->state);
        str_add(&writer->data, &value, sizeof value);
    }
}

static void add_row(struct writer *writer, const float *row, size_t columns) {
    if (writer->format == FORMAT_FP32) {
        str_add(&writer->data, row, columns * sizeof *row);
        return;
    }
    for (size_t i = 0; i < columns; i++) {
        uint16_t half = to_half(row[i]);
        str_add(&writer->data, &half, sizeof half);
    }
}

static void add_matrix(struct writer *writer, const char *name, uint32_t rows, uint32_t columns,
                       float spread) {
    static const char *const types[] = {[FORMAT_FP32] = "F32", [FORMAT_FP16] = "F16", [FORMAT_INT8] = "I8"};
    char shape[64], scale_name[80], scale_shape[32];
    snprintf(shape, sizeof shape, "[%u,%u]", rows, columns);
    snprintf(scale_name, sizeof scale_name, "%s.scale", name);
    snprintf(scale_shape, sizeof scale_shape, "[%u]", rows);
    float *row = mem_alloc(columns * sizeof *row), *scales = mem_alloc(rows * sizeof *scales);
    int8_t *bytes = mem_alloc(columns);
    add_entry(writer, name, types[writer->format], shape,
              (size_t)rows * columns * quant_format_bytes(writer->format));
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t i = 0; i < columns; i++)
            row[i] = spread * random_normal(&writer->state);
        if (writer->format == FORMAT_INT8) {
            scales[r] = quant_row_to_int8(row, columns, bytes);
            str_add(&writer->data, bytes, columns);
        } else {
            add_row(writer, row, columns);
        }
    }
    if (writer->format == FORMAT_INT8) {
        add_entry(writer, scale_name, "F32", scale_shape, rows * sizeof *scales);
        str_add(&writer->data, scales, rows * sizeof *scales);
    }
    mem_free(row);
    mem_free(scales);
    mem_free(bytes);
}

static void add_vector(struct writer *writer, const char *name, uint32_t count, float middle, float spread) {
    char shape[32];
    snprintf(shape, sizeof shape, "[%u]", count);
    add_floats(writer, name, shape, count, middle, spread);
}

static void add_linear(struct writer *writer, const char *prefix, uint32_t rows, uint32_t columns,
                       float gain) {
    char name[64];
    snprintf(name, sizeof name, "%s.weight", prefix);
    add_matrix(writer, name, rows, columns, gain / sqrtf((float)columns));
    snprintf(name, sizeof name, "%s.bias", prefix);
    add_vector(writer, name, rows, 0, 0.1f);
}

static void add_layer(struct writer *writer, const struct random_weights_params *params, uint32_t layer) {
    char name[64], shape[32];
#define LAYER(part) (snprintf(name, sizeof name, "layers.%u." part, layer), name)
    add_vector(writer, LAYER("norm1.weight"), params->width, 1, 0.2f);
    add_vector(writer, LAYER("norm2.weight"), params->width, 1, 0.2f);
    snprintf(shape, sizeof shape, "[%u,%u]", params->heads, 2 * params->reach + 1);
    add_floats(writer, LAYER("position"), shape, (size_t)params->heads * (2 * params->reach + 1), 0, 1);
    add_linear(writer, LAYER("qkv"), 3 * params->width, params->width, 1);
    add_linear(writer, LAYER("out"), params->width, params->width, 0.5f);
    add_linear(writer, LAYER("up"), params->feed_forward, params->width, 1);
    add_linear(writer, LAYER("down"), params->width, params->feed_forward, 0.5f);
#undef LAYER
}

static const uint32_t *sizes_of(const struct random_weights_params *params) {
    return params->feature_sizes ? params->feature_sizes : random_weights_feature_sizes;
}

static void add_metadata(struct writer *writer, const struct random_weights_params *params) {
    str_addf(&writer->header,
             "{\"__metadata__\":{\"format\":\"noodle-encoder\",\"version\":\"1\",\"layers\":\"%u\",\"width\":"
             "\"%u\","
             "\"heads\":\"%u\",\"feed_forward\":\"%u\",\"reach\":\"%u\",\"tokens\":\"%u\",\"grams\":\"%u\","
             "\"features_version\":\"1\",\"lexer_version\":\"1\",\"corpus\":\"none\",\"scores\":\"{}\","
             "\"feature_sizes\":\"",
             params->layers, params->width, params->heads, params->feed_forward, params->reach,
             8 + params->literals, params->grams);
    for (int i = 0; i < 8; i++)
        str_addf(&writer->header, "%s%u", i ? "," : "", sizes_of(params)[i]);
    str_adds(&writer->header, "\",\"vocabulary\":\"[");
    for (uint32_t i = 0; i < params->literals; i++)
        str_addf(&writer->header, "%s\\\"l%u\\\"", i ? "," : "", i);
    str_adds(&writer->header, "]\"}");
}

void random_weights_make(const struct random_weights_params *params, struct str *ret_bytes) {
    struct writer writer = {.state = params->seed, .format = params->format};
    str_init(&writer.header);
    str_init(&writer.data);
    add_metadata(&writer, params);
    uint32_t feature_rows = 0, outputs = 8 + params->literals;
    for (int i = 0; i < 8; i++)
        feature_rows += sizes_of(params)[i];
    add_matrix(&writer, "embed.token", outputs, params->width, 0.5f);
    add_matrix(&writer, "embed.feature", feature_rows, params->width, 0.2f);
    add_matrix(&writer, "embed.gram", params->grams, params->width, 0.5f);
    for (uint32_t i = 0; i < params->layers; i++)
        add_layer(&writer, params, i);
    add_vector(&writer, "final.norm.weight", params->width, 1, 0.2f);
    add_linear(&writer, "head.token", outputs, params->width, 2);
    add_matrix(&writer, "head.gap.left.weight", params->gap_width, params->width,
               0.7f / sqrtf((float)params->width));
    add_matrix(&writer, "head.gap.right.weight", params->gap_width, params->width,
               0.7f / sqrtf((float)params->width));
    add_vector(&writer, "head.gap.bias", params->gap_width, 0, 0.1f);
    add_linear(&writer, "head.gap.out", outputs, params->gap_width, 2);
    add_linear(&writer, "head.fine", 1, params->width, 4);
    str_addc(&writer.header, '}');
    while (writer.header.length % 8)
        str_addc(&writer.header, ' ');
    str_init(ret_bytes);
    for (int i = 0; i < 8; i++)
        str_addc(ret_bytes, (char)(writer.header.length >> 8 * i & 0xFF));
    str_add(ret_bytes, writer.header.bytes, writer.header.length);
    str_add(ret_bytes, writer.data.bytes, writer.data.length);
    str_finish(&writer.header);
    str_finish(&writer.data);
}
