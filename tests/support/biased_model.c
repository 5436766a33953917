#include "tests/support/biased_model.h"

#include "analysis/features.h"
#include "base/str.h"
#include "compute/device_cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WIDTH 8u
#define REACH 1u

const char *const biased_model_literals[] = {";", ",", ":", "+",      "(",  ")", "{",
                                             "}", "[", "]", "return", "if", "\""};
#define LITERALS (sizeof biased_model_literals / sizeof *biased_model_literals)
#define OUTPUTS  (VOCABULARY_CLASSES + LITERALS)

struct file {
    struct str header, data;
};

/* All of the tensor is `value`, but for what is patched in later. */
static size_t add(struct file *file, const char *name, size_t rows, size_t columns, float value) {
    size_t at = file->data.length, count = rows * (columns ? columns : 1);
    char shape[64];
    if (columns)
        snprintf(shape, sizeof shape, "[%zu,%zu]", rows, columns);
    else
        snprintf(shape, sizeof shape, "[%zu]", rows);
    for (size_t i = 0; i < count; i++)
        str_add(&file->data, (const char *)&value, sizeof value);
    str_addf(&file->header, ",\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}", name,
             shape, at, file->data.length);
    return at;
}

static void add_biases(struct file *file, const char *name, const struct bias *biases) {
    size_t at = add(file, name, OUTPUTS, 0, 0);
    float *values = (float *)(void *)(file->data.bytes + at);
    values[OUTPUT_NONE] = (float)BIASED_MODEL_ODDS;
    for (; biases->odds != 0; biases++) {
        size_t output = biases->output;
        for (size_t i = 0; biases->literal && i < LITERALS; i++)
            if (!strcmp(biased_model_literals[i], biases->literal)) output = VOCABULARY_CLASSES + i;
        assert_int_not_equal(output, OUTPUT_NONE);
        values[output] = (float)(BIASED_MODEL_ODDS - biases->odds);
    }
}

static void add_metadata(struct file *file) {
    str_addf(&file->header,
             "{\"__metadata__\":{\"format\":\"noodle-encoder\",\"version\":\"1\",\"layers\":\"1\",\"width\":"
             "\"%u\","
             "\"heads\":\"1\",\"feed_forward\":\"%u\",\"reach\":\"%u\",\"tokens\":\"%zu\",\"grams\":\"%u\","
             "\"features_version\":\"%u\",\"lexer_version\":\"%u\",\"feature_sizes\":\"",
             WIDTH, WIDTH, REACH, OUTPUTS, FEATURE_GRAM_ROWS, FEATURES_VERSION, LEXER_VERSION);
    for (int i = 0; i < FEATURE_COUNT; i++)
        str_addf(&file->header, "%s%u", i ? "," : "", feature_size((enum feature)i));
    str_adds(&file->header, "\",\"vocabulary\":\"[");
    for (size_t i = 0; i < LITERALS; i++)
        str_addf(&file->header, "%s\\\"%s%s\\\"", i ? "," : "",
                 *biased_model_literals[i] == '"' ? "\\\\\\" : "", biased_model_literals[i]);
    str_adds(&file->header, "]\"}");
}

static void add_tensors(struct file *file, const struct bias *tokens, const struct bias *gaps) {
    size_t feature_rows = 0;
    for (int i = 0; i < FEATURE_COUNT; i++)
        feature_rows += feature_size((enum feature)i);
    add(file, "embed.token", OUTPUTS, WIDTH, 1);
    add(file, "embed.feature", feature_rows, WIDTH, 0);
    add(file, "embed.gram", FEATURE_GRAM_ROWS, WIDTH, 0);
    add(file, "layers.0.norm1.weight", WIDTH, 0, 1);
    add(file, "layers.0.norm2.weight", WIDTH, 0, 1);
    add(file, "layers.0.qkv.weight", 3 * WIDTH, WIDTH, 0);
    add(file, "layers.0.qkv.bias", 3 * WIDTH, 0, 0);
    add(file, "layers.0.position", 1, 2 * REACH + 1, 0);
    add(file, "layers.0.out.weight", WIDTH, WIDTH, 0);
    add(file, "layers.0.out.bias", WIDTH, 0, 0);
    add(file, "layers.0.up.weight", WIDTH, WIDTH, 0);
    add(file, "layers.0.up.bias", WIDTH, 0, 0);
    add(file, "layers.0.down.weight", WIDTH, WIDTH, 0);
    add(file, "layers.0.down.bias", WIDTH, 0, 0);
    add(file, "final.norm.weight", WIDTH, 0, 1);
    add(file, "head.token.weight", OUTPUTS, WIDTH, 0);
    add_biases(file, "head.token.bias", tokens);
    add(file, "head.gap.left.weight", WIDTH, WIDTH, 0);
    add(file, "head.gap.right.weight", WIDTH, WIDTH, 0);
    add(file, "head.gap.bias", WIDTH, 0, 0);
    add(file, "head.gap.out.weight", OUTPUTS, WIDTH, 0);
    add_biases(file, "head.gap.out.bias", gaps);
    add(file, "head.fine.weight", 1, WIDTH, 0);
    add(file, "head.fine.bias", 1, 0, 0);
}

void biased_model_init(struct biased_model *biased, const struct bias *tokens, const struct bias *gaps) {
    biased_model_init_on(biased, device_cpu_create(kernel_best()), tokens, gaps);
}

void biased_model_init_on(struct biased_model *biased, struct device *device, const struct bias *tokens,
                          const struct bias *gaps) {
    struct file file;
    str_init(&file.header);
    str_init(&file.data);
    add_metadata(&file);
    add_tensors(&file, tokens, gaps);
    str_addc(&file.header, '}');
    uint64_t length =
        file.header.length; /* safetensors are little-endian, and so are the machines of the tests */
    struct str whole;
    str_init(&whole);
    str_add(&whole, (const char *)&length, sizeof length);
    str_add(&whole, file.header.bytes, file.header.length);
    str_add(&whole, file.data.bytes, file.data.length);
    struct error error = {0};
    if (weights_from_memory("a biased model", whole.bytes, whole.length, &biased->weights, &error))
        fail_msg("%s", error.message);
    biased->device = device;
    if (model_create(biased->weights, biased->device, PRECISION_FP32, &biased->model, &error))
        fail_msg("%s", error.message);
    str_finish(&whole);
    str_finish(&file.header);
    str_finish(&file.data);
}

void biased_model_finish(struct biased_model *biased) {
    model_destroy(biased->model);
    device_destroy(biased->device);
    weights_destroy(biased->weights);
}
