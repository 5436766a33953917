#include "compute/weights.h"
#include "base/arena.h"
#include "base/mem.h"
#include "compute/room.h"
#include "compute/safetensors.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT_NAME    "noodle-encoder"
#define INT8_SMALLEST  -127 /* -128 would let a product of two pairs pass what 16 bits hold */
#define NAME_BYTES_MAX 64

struct weights_data {
    struct weights weights; /* first: what the caller sees */
    struct arena arena;
    struct safetensors file;
    struct json_object *vocabulary;
};

/* Takes tensors one after another. The first failure is kept, and what follows it takes nothing. */
struct reader {
    struct weights_data *data;
    bool *taken; /* tensors of the file, by index */
    enum status status;
    struct error *error;
};

__attribute__((format(printf, 3, 4))) static void fail(struct reader *reader, enum status status,
                                                       const char *format, ...) {
    if (reader->status) return;
    char text[ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader->status = error_set(reader->error, status, "%s: %s", reader->data->file.name, text);
}

/* ---- metadata ---- */

static const char *metadata(struct reader *reader, const char *key) {
    const char *value = safetensors_metadata(&reader->data->file, key);
    if (!value) fail(reader, STATUS_MALFORMED, "__metadata__ has no '%s'", key);
    return value;
}

/* A decimal number from `text` up to a comma or the end; *ret_end is what follows. */
static bool read_number(const char *text, uint32_t *ret_number, const char **ret_end) {
    if (*text < '0' || *text > '9') return false;
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno || number > UINT32_MAX || (*end && *end != ',')) return false;
    *ret_number = (uint32_t)number;
    *ret_end = end;
    return true;
}

static uint32_t metadata_number(struct reader *reader, const char *key, uint32_t smallest, uint32_t largest) {
    const char *text = metadata(reader, key), *end;
    uint32_t number = 0;
    if (!text) return 0;
    if (!read_number(text, &number, &end) || *end || number < smallest || number > largest) {
        fail(reader, STATUS_MALFORMED, "%s is '%.40s'; it takes a number from %u to %u", key, text, smallest,
             largest);
        return 0;
    }
    return number;
}

static void read_feature_sizes(struct reader *reader, struct weights_shape *shape) {
    const char *text = metadata(reader, "feature_sizes");
    if (!text) return;
    const char *at = text;
    for (size_t i = 0; i < WEIGHTS_FEATURES; i++) {
        uint32_t size;
        bool last = i + 1 == WEIGHTS_FEATURES;
        if (!read_number(at, &size, &at) || size < 1 || size > UINT8_MAX + 1 || *at != (last ? '\0' : ',')) {
            fail(reader, STATUS_MALFORMED,
                 "feature_sizes is '%.60s'; it takes %d numbers from 1 to %d and commas", text,
                 WEIGHTS_FEATURES, UINT8_MAX + 1);
            return;
        }
        shape->feature_sizes[i] = size;
        shape->feature_rows += size;
        at += !last;
    }
}

static void read_vocabulary(struct reader *reader, uint32_t literals) {
    const char *text = metadata(reader, "vocabulary");
    if (!text) return;
    struct json_object *list = json_tokener_parse(text);
    reader->data->vocabulary = list;
    if (!json_object_is_type(list, json_type_array)) {
        fail(reader, STATUS_MALFORMED, "vocabulary is no JSON array");
        return;
    }
    if (json_object_array_length(list) != literals) {
        fail(reader, STATUS_MALFORMED, "the vocabulary has %zu literals, tokens is %u: it should be %d more",
             json_object_array_length(list), literals + WEIGHTS_LITERALS, WEIGHTS_LITERALS);
        return;
    }
    const char **names = arena_alloc(&reader->data->arena, literals * sizeof *names);
    for (uint32_t i = 0; i < literals; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        names[i] = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : "";
        if (!*names[i] || strlen(names[i]) != (size_t)json_object_get_string_len(item)) {
            fail(reader, STATUS_MALFORMED, "literal %u of the vocabulary is no text", i);
            return;
        }
    }
    reader->data->weights.literals = names;
}

static void read_int8_cost(struct reader *reader) {
    const char *text = safetensors_metadata(&reader->data->file, "int8_cost");
    reader->data->weights.int8_cost = -1;
    if (!text) return;
    char *end;
    double cost = strtod(text, &end);
    if (*text < '0' || *text > '9' || *end || !(cost <= 100)) {
        fail(reader, STATUS_MALFORMED, "int8_cost is '%.40s'; it takes points from 0 to 100", text);
        return;
    }
    reader->data->weights.int8_cost = cost;
}

static void read_metadata(struct reader *reader) {
    struct weights *weights = &reader->data->weights;
    struct weights_shape *shape = &weights->shape;
    const char *format = safetensors_metadata(&reader->data->file, "format");
    if (!format || strcmp(format, FORMAT_NAME)) {
        fail(reader, STATUS_UNSUPPORTED, "these are no weights of an encoder: their format is %.40s, not %s",
             format ? format : "not named", FORMAT_NAME);
        return;
    }
    const char *version = metadata(reader, "version");
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%d", WEIGHTS_VERSION);
    if (version && strcmp(version, wanted)) {
        fail(reader, STATUS_UNSUPPORTED, "these weights have version %.40s, this program reads version %s",
             version, wanted);
        return;
    }
    shape->layers = metadata_number(reader, "layers", 1, WEIGHTS_LAYERS_MAX);
    shape->width = metadata_number(reader, "width", WEIGHTS_HEAD_SIZE_STEP, WEIGHTS_WIDTH_MAX);
    shape->heads = metadata_number(reader, "heads", 1, WEIGHTS_WIDTH_MAX);
    shape->feed_forward = metadata_number(reader, "feed_forward", 1, WEIGHTS_FEED_FORWARD_MAX);
    shape->reach = metadata_number(reader, "reach", 1, WEIGHTS_REACH_MAX);
    shape->tokens = metadata_number(reader, "tokens", WEIGHTS_LITERALS + 1, UINT16_MAX + 1);
    shape->grams = metadata_number(reader, "grams", 1, UINT16_MAX + 1);
    weights->features_version = metadata_number(reader, "features_version", 0, UINT32_MAX);
    weights->lexer_version = metadata_number(reader, "lexer_version", 0, UINT32_MAX);
    read_feature_sizes(reader, shape);
    if (reader->status) return;
    uint32_t head_size = shape->width / shape->heads;
    if (shape->width % shape->heads || head_size % WEIGHTS_HEAD_SIZE_STEP ||
        head_size > WEIGHTS_HEAD_SIZE_MAX) {
        fail(reader, STATUS_UNSUPPORTED, "width %u in %u heads: each takes a multiple of %d, at most %d",
             shape->width, shape->heads, WEIGHTS_HEAD_SIZE_STEP, WEIGHTS_HEAD_SIZE_MAX);
        return;
    }
    shape->outputs = shape->tokens;
    read_vocabulary(reader, shape->tokens - WEIGHTS_LITERALS);
    weights->corpus = safetensors_metadata(&reader->data->file, "corpus");
    weights->scores = safetensors_metadata(&reader->data->file, "scores");
    weights->calibration = safetensors_metadata(&reader->data->file, "calibration");
    read_int8_cost(reader);
}

/* ---- tensors ---- */

static bool all_finite(enum tensor_type type, const void *values, size_t count) {
    /* Accumulators as wide as the numbers, and no way out of the loops, so that they are loops of vectors. */
    if (type == TENSOR_F32) {
        const uint32_t *bits = values; /* infinite and no number: all bits of the exponent */
        uint32_t wrong = 0;
        for (size_t i = 0; i < count; i++)
            wrong |= (bits[i] & UINT32_C(0x7F800000)) == UINT32_C(0x7F800000);
        return !wrong;
    }
    if (type == TENSOR_F16) {
        const uint16_t *bits = values;
        uint16_t wrong = 0;
        for (size_t i = 0; i < count; i++)
            wrong |= (bits[i] & 0x7C00) == 0x7C00;
        return !wrong;
    }
    const int8_t *bytes = values;
    uint8_t wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong |= bytes[i] < INT8_SMALLEST;
    return !wrong;
}

/* The numbers of a tensor, aligned; NULL after a failure. A dimension of 0 in the wanted shape is one that
 * any length up to WEIGHTS_FEED_FORWARD_MAX fits. */
static const void *take(struct reader *reader, const char *name, const struct tensor *tensor, uint32_t rank,
                        const uint32_t *shape) {
    if (reader->status) return NULL;
    reader->taken[tensor - reader->data->file.tensors] = true;
    size_t count = 1;
    bool fits = tensor->rank == rank;
    for (uint32_t i = 0; i < rank; i++) {
        fits &= shape[i] ? tensor->shape[i] == shape[i]
                         : tensor->shape[i] >= 1 && tensor->shape[i] <= WEIGHTS_FEED_FORWARD_MAX;
        count *= tensor->shape[i];
    }
    if (!fits) {
        fail(reader, STATUS_MALFORMED,
             "tensor '%s' has %u dimensions, [%u, %u, %u]; it should have %u, [%u, %u]", name, tensor->rank,
             tensor->shape[0], tensor->shape[1], tensor->shape[2], rank, shape[0], rank > 1 ? shape[1] : 1);
        return NULL;
    }
    room_expect_reads(tensor->bytes, tensor->size_bytes);
    const void *values = tensor->bytes;
    size_t bytes = tensor->size_bytes / count;
    if ((uintptr_t)values % bytes) {
        void *copy = arena_alloc(&reader->data->arena, tensor->size_bytes);
        memcpy(copy, values, tensor->size_bytes);
        values = copy;
    }
    if (!all_finite(tensor->type, values, count)) {
        fail(reader, STATUS_MALFORMED, "tensor '%s' has numbers that are none or out of range", name);
        return NULL;
    }
    return values;
}

static const struct tensor *find(struct reader *reader, const char *name) {
    const struct tensor *tensor = safetensors_find(&reader->data->file, name);
    if (!tensor) fail(reader, STATUS_MALFORMED, "there is no tensor '%s'", name);
    return tensor;
}

static const float *take_floats(struct reader *reader, const char *name, uint32_t rank,
                                const uint32_t *shape) {
    const struct tensor *tensor = find(reader, name);
    if (tensor && tensor->type != TENSOR_F32)
        fail(reader, STATUS_MALFORMED, "tensor '%s' should be F32", name);
    return tensor ? take(reader, name, tensor, rank, shape) : NULL;
}

static const float *take_vector(struct reader *reader, const char *name, uint32_t count) {
    return take_floats(reader, name, 1, &count);
}

static const float *take_scales(struct reader *reader, const char *matrix, uint32_t rows) {
    char name[NAME_BYTES_MAX];
    snprintf(name, sizeof name, "%s.scale", matrix);
    const float *scales = take_vector(reader, name, rows);
    for (uint32_t row = 0; scales && row < rows; row++) {
        if (!(scales[row] >= 0)) fail(reader, STATUS_MALFORMED, "tensor '%s' has a negative scale", name);
    }
    return scales;
}

static void take_matrix(struct reader *reader, const char *name, uint32_t rows, uint32_t columns,
                        struct weights_matrix *matrix) {
    const struct tensor *tensor = find(reader, name);
    if (!tensor) return;
    static const enum number_format formats[] = {
        [TENSOR_F32] = FORMAT_FP32, [TENSOR_F16] = FORMAT_FP16, [TENSOR_I8] = FORMAT_INT8};
    if (tensor->type == TENSOR_I32) {
        fail(reader, STATUS_MALFORMED, "tensor '%s' should be F32, F16 or I8", name);
        return;
    }
    const void *values = take(reader, name, tensor, 2, (uint32_t[]){rows, columns});
    if (!values) return;
    *matrix = (struct weights_matrix){
        .rows = tensor->shape[0], .columns = columns, .format = formats[tensor->type], .values = values};
    if (matrix->format == FORMAT_INT8) matrix->scales = take_scales(reader, name, matrix->rows);
}

/* PREFIX.weight and PREFIX.bias */
static void take_linear(struct reader *reader, const char *prefix, uint32_t rows, uint32_t columns,
                        struct weights_linear *linear) {
    char name[NAME_BYTES_MAX + sizeof ".weight"];
    snprintf(name, sizeof name, "%s.weight", prefix);
    take_matrix(reader, name, rows, columns, &linear->weight);
    snprintf(name, sizeof name, "%s.bias", prefix);
    linear->bias = take_vector(reader, name, rows);
}

static void take_layer(struct reader *reader, uint32_t number, struct weights_layer *layer) {
    const struct weights_shape *shape = &reader->data->weights.shape;
    uint32_t width = shape->width;
    char name[NAME_BYTES_MAX];
#define LAYER(part) (snprintf(name, sizeof name, "layers.%u." part, number), name)
    layer->norm1 = take_vector(reader, LAYER("norm1.weight"), width);
    layer->norm2 = take_vector(reader, LAYER("norm2.weight"), width);
    layer->position =
        take_floats(reader, LAYER("position"), 2, (uint32_t[]){shape->heads, 2 * shape->reach + 1});
    take_linear(reader, LAYER("qkv"), 3 * width, width, &layer->qkv);
    take_linear(reader, LAYER("out"), width, width, &layer->out);
    take_linear(reader, LAYER("up"), shape->feed_forward, width, &layer->up);
    take_linear(reader, LAYER("down"), width, shape->feed_forward, &layer->down);
#undef LAYER
}

/* A single row of weights, in any format, as fp32. */
static const float *take_row(struct reader *reader, const char *name, uint32_t columns) {
    struct weights_matrix matrix;
    take_matrix(reader, name, 1, columns, &matrix);
    if (reader->status) return NULL;
    float *values = arena_alloc(&reader->data->arena, columns * sizeof *values);
    quant_widen(matrix.format, matrix.values, matrix.scales ? matrix.scales[0] : 1, columns, values);
    return values;
}

static void take_heads(struct reader *reader, struct weights *weights) {
    struct weights_shape *shape = &weights->shape;
    weights->final_norm = take_vector(reader, "final.norm.weight", shape->width);
    take_linear(reader, "head.token", shape->outputs, shape->width, &weights->head_token);
    take_matrix(reader, "head.gap.left.weight", 0, shape->width, &weights->head_gap_left);
    shape->gap_width = weights->head_gap_left.rows;
    take_matrix(reader, "head.gap.right.weight", shape->gap_width, shape->width, &weights->head_gap_right);
    weights->head_gap_bias = take_vector(reader, "head.gap.bias", shape->gap_width);
    take_linear(reader, "head.gap.out", shape->outputs, shape->gap_width, &weights->head_gap_out);
    weights->head_fine_weight = take_row(reader, "head.fine.weight", shape->width);
    const float *bias = take_vector(reader, "head.fine.bias", 1);
    if (bias) weights->head_fine_bias = *bias;
}

static void read_all(struct reader *reader) {
    struct weights *weights = &reader->data->weights;
    struct weights_shape *shape = &weights->shape;
    read_metadata(reader);
    if (reader->status) return;
    take_matrix(reader, "embed.token", shape->tokens, shape->width, &weights->embed_token);
    take_matrix(reader, "embed.feature", shape->feature_rows, shape->width, &weights->embed_feature);
    take_matrix(reader, "embed.gram", shape->grams, shape->width, &weights->embed_gram);
    struct weights_layer *layers = arena_zalloc(&reader->data->arena, shape->layers * sizeof *layers);
    for (uint32_t i = 0; i < shape->layers; i++)
        take_layer(reader, i, &layers[i]);
    weights->layers = layers;
    take_heads(reader, weights);
    for (size_t i = 0; i < reader->data->file.count; i++) {
        if (!reader->taken[i])
            fail(reader, STATUS_MALFORMED, "tensor '%s' is none of an encoder with %u layers",
                 reader->data->file.tensors[i].name, shape->layers);
    }
}

/* Takes the file over. */
static enum status read_weights(struct safetensors *file, struct weights **ret_weights, struct error *error) {
    struct weights_data *data = mem_zalloc(sizeof *data);
    arena_init(&data->arena);
    data->file = *file;
    struct reader reader = {.data = data,
                            .taken = arena_zalloc(&data->arena, file->count * sizeof *reader.taken),
                            .error = error};
    read_all(&reader);
    if (reader.status)
        weights_destroy(&data->weights);
    else
        *ret_weights = &data->weights;
    return reader.status;
}

enum status weights_open(const char *path, struct weights **ret_weights, struct error *error) {
    struct safetensors file;
    enum status status = safetensors_open(path, &file, error);
    return status ? status : read_weights(&file, ret_weights, error);
}

enum status weights_from_memory(const char *name, const void *bytes, size_t size,
                                struct weights **ret_weights, struct error *error) {
    struct safetensors file;
    enum status status = safetensors_from_memory(name, bytes, size, &file, error);
    return status ? status : read_weights(&file, ret_weights, error);
}

void weights_destroy(struct weights *weights) {
    if (!weights) return;
    struct weights_data *data = (struct weights_data *)weights;
    json_object_put(data->vocabulary);
    safetensors_close(&data->file);
    arena_finish(&data->arena);
    mem_free(data);
}

uint64_t weights_hash(const struct weights *weights) {
    return safetensors_hash(&((const struct weights_data *)weights)->file);
}

bool weights_int8_is_accurate(const struct weights *weights) {
    if (weights->int8_cost >= 0) return weights->int8_cost <= WEIGHTS_INT8_COST_MAX;
    return weights->layers[0].qkv.weight.format == FORMAT_INT8;
}
