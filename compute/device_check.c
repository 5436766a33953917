#include "compute/device_check.h"
#include "base/mem.h"
#include "compute/device_cpu.h"

#include <math.h>

/* Shapes that no tile divides, windows of one token and of more than a workgroup of attention. */
#define WIDTH        40
#define HEADS        5
#define HIDDEN       77
#define TABLE_ROWS   9
#define POSITIONS    15
#define WINDOWS      3
#define ROWS         80
#define GAPS         (ROWS + WINDOWS)
#define NUMBERS_MAX  (GAPS * 3 * WIDTH)
#define WEIGHT_SCALE 0.2f

static const uint32_t starts[WINDOWS + 1] = {0, 1, 71, ROWS};

/* What each precision may be off by. fp16 rounds weights, int8 both sides in the same way; a level that is
 * rounded the other way is what an int8 device may differ by. */
static const double allowed[] = {[PRECISION_FP32] = 1e-4, [PRECISION_FP16] = 5e-3, [PRECISION_INT8] = 1e-2};

struct bench {
    struct device *device;
    struct device_stream *stream;
    int8_t table_numbers[TABLE_ROWS * WIDTH];
    float table_scales[TABLE_ROWS];
    struct device_table *table;
    struct device_buffer *x, *normed, *qkv, *mixed, *hidden, *gaps, *fine; /* the last of each is an output */
    struct device_buffer *norm_weight, *position, *bias_qkv, *bias_hidden, *bias;
    struct device_matrix *qkv_matrix, *hidden_matrix, *back_matrix;
};

/* Some numbers from -1 to 1, the same each time. */
static float number(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / (float)(1u << 23) - 1;
}

static enum status make_buffer(struct bench *bench, uint32_t rows, uint32_t columns, uint32_t seed,
                               float scale, struct device_buffer **ret_buffer, struct error *error) {
    float *numbers = mem_alloc((size_t)rows * columns * sizeof *numbers);
    for (size_t i = 0; i < (size_t)rows * columns; i++)
        numbers[i] = scale * number(&seed);
    enum status status = device_buffer_create(bench->device, rows, columns,
                                              seed && scale > 0 ? numbers : NULL, ret_buffer, error);
    mem_free(numbers);
    return status;
}

static enum status make_table(struct bench *bench, struct error *error) {
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof bench->table_numbers; i++)
        bench->table_numbers[i] = (int8_t)(127 * number(&seed));
    for (size_t i = 0; i < TABLE_ROWS; i++)
        bench->table_scales[i] = 1.0f / (float)(120 + i);
    struct device_table_params params = {.rows = TABLE_ROWS,
                                         .columns = WIDTH,
                                         .format = FORMAT_INT8,
                                         .values = bench->table_numbers,
                                         .scales = bench->table_scales};
    return device_table_create(bench->device, &params, &bench->table, error);
}

static enum status make_matrix(struct bench *bench, uint32_t rows, uint32_t columns, enum precision precision,
                               struct device_matrix **ret_matrix, struct error *error) {
    float *numbers = mem_alloc((size_t)rows * columns * sizeof *numbers);
    uint32_t seed = rows * columns;
    for (size_t i = 0; i < (size_t)rows * columns; i++)
        numbers[i] = WEIGHT_SCALE * number(&seed);
    struct device_matrix_params params = {
        .rows = rows, .columns = columns, .values = numbers, .precision = precision};
    enum status status = device_matrix_create(bench->device, &params, ret_matrix, error);
    mem_free(numbers);
    return status;
}

static enum status set_up(struct bench *bench, enum precision precision, struct error *error) {
    const struct {
        struct device_buffer **buffer;
        uint32_t rows, columns;
        float scale; /* of constants */
    } wanted[] = {{&bench->norm_weight, 1, WIDTH, 1},     {&bench->position, HEADS, POSITIONS, 2},
                  {&bench->bias_qkv, 1, 3 * WIDTH, 0.5f}, {&bench->bias_hidden, 1, HIDDEN, 0.5f},
                  {&bench->bias, 1, WIDTH, 0.5f},         {&bench->x, ROWS, WIDTH, 0},
                  {&bench->normed, ROWS, WIDTH, 0},       {&bench->qkv, ROWS, 3 * WIDTH, 0},
                  {&bench->mixed, ROWS, WIDTH, 0},        {&bench->hidden, ROWS, HIDDEN, 0},
                  {&bench->gaps, GAPS, WIDTH, 0},         {&bench->fine, WINDOWS, 1, 0}};
    enum status status = device_stream_create(bench->device, GAPS, 3 * WIDTH, &bench->stream, error);
    if (!status) status = make_table(bench, error);
    for (size_t i = 0; !status && i < sizeof wanted / sizeof *wanted; i++)
        status = make_buffer(bench, wanted[i].rows, wanted[i].columns, (uint32_t)i + 1, wanted[i].scale,
                             wanted[i].buffer, error);
    if (!status) status = make_matrix(bench, 3 * WIDTH, WIDTH, precision, &bench->qkv_matrix, error);
    if (!status) status = make_matrix(bench, HIDDEN, WIDTH, precision, &bench->hidden_matrix, error);
    if (!status) status = make_matrix(bench, WIDTH, HIDDEN, precision, &bench->back_matrix, error);
    return status;
}

static void tear_down(struct bench *bench) {
    struct device_buffer *const buffers[] = {
        bench->x,    bench->normed, bench->qkv,         bench->mixed,    bench->hidden,   bench->gaps,
        bench->fine, bench->bias,   bench->norm_weight, bench->position, bench->bias_qkv, bench->bias_hidden};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        device_buffer_destroy(buffers[i]);
    device_table_destroy(bench->table);
    device_matrix_destroy(bench->qkv_matrix);
    device_matrix_destroy(bench->hidden_matrix);
    device_matrix_destroy(bench->back_matrix);
    device_stream_destroy(bench->stream);
}

static enum status run(struct bench *bench, struct error *error) {
    struct device_token tokens[ROWS];
    uint32_t seed = 1;
    for (uint32_t i = 0; i < ROWS; i++) {
        tokens[i] = (struct device_token){.token = (uint16_t)(i % TABLE_ROWS),
                                          .gram_count = (uint8_t)(i % (DEVICE_GRAMS + 1))};
        for (uint32_t f = 0; f < DEVICE_FEATURES; f++)
            tokens[i].features[f] = (uint8_t)((uint32_t)fabsf(100 * number(&seed)) % TABLE_ROWS);
        for (uint32_t g = 0; g < tokens[i].gram_count; g++)
            tokens[i].grams[g] = (uint16_t)((uint32_t)fabsf(100 * number(&seed)) % TABLE_ROWS);
    }
    struct device_embed_params embed = {.token = bench->table,
                                        .feature = bench->table,
                                        .gram = bench->table,
                                        .tokens = tokens,
                                        .output = bench->x};
    struct device_stream *stream = bench->stream;
    device_begin(stream, starts, WINDOWS);
    device_embed(stream, &embed);
    device_norm(stream, bench->x, bench->norm_weight, bench->normed);
    device_linear(stream, ROWS, bench->normed, bench->qkv_matrix, bench->bias_qkv, DEVICE_SET, bench->qkv);
    device_attention(stream, bench->qkv, bench->position, bench->mixed);
    device_linear(stream, ROWS, bench->mixed, bench->hidden_matrix, bench->bias_hidden, DEVICE_GELU,
                  bench->hidden);
    device_linear(stream, ROWS, bench->hidden, bench->back_matrix, bench->bias, DEVICE_ADD, bench->x);
    device_gaps(stream, bench->x, bench->mixed, bench->bias, bench->gaps);
    device_mean_dot(stream, bench->x, bench->norm_weight, bench->fine);
    device_log_softmax(stream, GAPS, bench->gaps);
    device_fetch(stream, ROWS, bench->qkv);
    device_fetch(stream, ROWS, bench->mixed);
    device_fetch(stream, ROWS, bench->x);
    device_fetch(stream, GAPS, bench->gaps);
    device_fetch(stream, WINDOWS, bench->fine);
    return device_run(stream, error);
}

/* Not a number is as far off as can be. */
static double largest_error(struct bench *bench, struct device_buffer *buffer, struct bench *reference,
                            struct device_buffer *reference_buffer, size_t count) {
    const float *numbers = device_read(bench->stream, buffer);
    const float *wanted = device_read(reference->stream, reference_buffer);
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        double off = fabs((double)numbers[i] - (double)wanted[i]) / (1 + fabs((double)wanted[i]));
        if (!(off <= largest)) largest = isnan(off) ? (double)INFINITY : off;
    }
    return largest;
}

enum status device_check(struct device *device, enum precision precision, double *ret_largest_error,
                         struct error *error) {
    /* Plain C with the levels that others have where nothing can overflow. */
    struct kernel_set kernels = kernel_ref;
    kernels.levels = KERNEL_LEVELS_8_BIT;
    struct bench bench = {.device = device}, reference = {.device = device_cpu_create(&kernels)};
    enum status status = set_up(&bench, precision, error);
    if (!status) status = set_up(&reference, precision, error);
    if (!status) status = run(&bench, error);
    if (!status) status = run(&reference, error);
    double largest = 0;
    if (!status) {
        const struct {
            struct device_buffer *buffer, *reference;
            size_t count;
        } outputs[] = {{bench.qkv, reference.qkv, (size_t)ROWS * 3 * WIDTH},
                       {bench.mixed, reference.mixed, (size_t)ROWS * WIDTH},
                       {bench.x, reference.x, (size_t)ROWS * WIDTH},
                       {bench.gaps, reference.gaps, (size_t)GAPS * WIDTH},
                       {bench.fine, reference.fine, WINDOWS}};
        for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
            largest = fmax(largest, largest_error(&bench, outputs[i].buffer, &reference, outputs[i].reference,
                                                  outputs[i].count));
    }
    tear_down(&bench);
    tear_down(&reference);
    device_destroy(reference.device);
    if (status) return status;
    *ret_largest_error = largest;
    if (largest <= allowed[precision]) return STATUS_OK;
    return error_set(error, STATUS_UNSUPPORTED, "%s does not compute right: %g off, %g is allowed",
                     device_name(device), largest, allowed[precision]);
}
