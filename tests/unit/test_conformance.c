/* compute/device.h: every device computes what plain C computes, operation by operation, at any shape. */
#include "compute/device.h"

#include "base/mem.h"
#include "compute/device_cpu.h"
#include "tests/support/machines.h"
#include "tests/support/random_weights.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ROUNDS   12
#define ROWS_MAX 2048

/* Of a number x, against 1 + |x|. */
#define ALLOWED_FP32 1e-4
#define ALLOWED_FP16 5e-3

static uint64_t seed;

static uint32_t between(uint64_t *state, uint32_t low, uint32_t high) {
    return low + (uint32_t)(random_next(state) % (high - low + 1));
}

/* ---- one operation on two devices ---- */

#define BUFFERS_MAX 6

/* The device that is tested and the reference, which get the same. */
struct pair {
    struct device *devices[2];
    struct device_stream *streams[2];
    struct device_buffer *buffers[BUFFERS_MAX][2];
    uint32_t buffer_count;
    uint32_t starts[DEVICE_WINDOWS_MAX + 1], windows, rows;
};

static void pair_init(struct pair *pair, const struct machine *machine, uint32_t columns_max) {
    static struct kernel_set reference;
    reference = kernel_ref;
    reference.levels = machine->levels;
    *pair = (struct pair){.devices = {machine->device, device_cpu_create(&reference)}};
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            device_stream_create(pair->devices[i], 2 * ROWS_MAX, columns_max, &pair->streams[i], NULL),
            STATUS_OK);
}

static void pair_finish(struct pair *pair) {
    for (uint32_t b = 0; b < pair->buffer_count; b++)
        for (int i = 0; i < 2; i++)
            device_buffer_destroy(pair->buffers[b][i]);
    for (int i = 0; i < 2; i++)
        device_stream_destroy(pair->streams[i]);
    device_destroy(pair->devices[1]);
}

static float *random_numbers(size_t count, float spread, uint64_t *random) {
    float *numbers = mem_alloc(count * sizeof *numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] = spread * random_float(random);
    return numbers;
}

/* A constant buffer of random numbers, or one to write to when spread is 0; returns its index. */
static uint32_t pair_buffer(struct pair *pair, uint32_t rows, uint32_t columns, float spread,
                            uint64_t *random) {
    float *numbers = random_numbers((size_t)rows * columns, spread, random);
    uint32_t index = pair->buffer_count++;
    assert_in_range(index, 0, BUFFERS_MAX - 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(device_buffer_create(pair->devices[i], rows, columns, spread > 0 ? numbers : NULL,
                                              &pair->buffers[index][i], NULL),
                         STATUS_OK);
    mem_free(numbers);
    return index;
}

/* Edge cases come first: a token, the longest window, 64 of them of any length. */
static void pair_windows(struct pair *pair, int round, uint64_t *random) {
    pair->windows = round < 2 ? 1 : round == 2 ? 64 : between(random, 1, 6);
    for (uint32_t i = 0; i < pair->windows; i++) {
        uint32_t longest = round == 2 ? 60 : 256;
        uint32_t rows = round == 0 ? 1 : round == 1 ? DEVICE_WINDOW_MAX : between(random, 1, longest);
        pair->starts[i + 1] = pair->starts[i] + rows;
    }
    pair->rows = pair->starts[pair->windows];
}

static void pair_begin(struct pair *pair) {
    for (int i = 0; i < 2; i++)
        device_begin(pair->streams[i], pair->starts, pair->windows);
}

static void pair_compare(struct pair *pair, uint32_t output, uint32_t rows, uint32_t columns, double allowed,
                         const char *what) {
    struct error error = {0};
    for (int i = 0; i < 2; i++) {
        device_fetch(pair->streams[i], rows, pair->buffers[output][i]);
        if (device_run(pair->streams[i], &error)) fail_msg("%s: %s", what, error.message);
    }
    const float *numbers = device_read(pair->streams[0], pair->buffers[output][0]);
    const float *wanted = device_read(pair->streams[1], pair->buffers[output][1]);
    for (size_t i = 0; i < (size_t)rows * columns; i++) {
        double off = fabs((double)numbers[i] - (double)wanted[i]);
        if (!(off <= allowed * (1 + fabs((double)wanted[i]))))
            fail_msg("%s: row %zu, column %zu of %u x %u is %g instead of %g", what, i / columns, i % columns,
                     rows, columns, (double)numbers[i], (double)wanted[i]);
    }
}

/* ---- products ---- */

struct linear_shape {
    uint32_t rows, inputs, outputs;
};

/* Of one row and a single number; tiles filled exactly, and by one more or less; the last two have work
 * enough for the larger tiles. */
static const struct linear_shape linear_edges[] = {{1, 1, 1},      {1, 256, 768},    {256, 192, 100},
                                                   {64, 32, 32},   {65, 33, 129},    {127, 16, 63},
                                                   {7, 1024, 256}, {2001, 17, 1000}, {2000, 36, 511}};
#define LINEAR_EDGES (sizeof linear_edges / sizeof *linear_edges)

static struct linear_shape linear_shape(int round, uint64_t *random) {
    if ((size_t)round < LINEAR_EDGES) return linear_edges[round];
    return (struct linear_shape){between(random, 1, 300), between(random, 1, 200), between(random, 1, 200)};
}

static void check_linear(const struct machine *machine, enum precision precision, enum number_format format,
                         double allowed) {
    uint64_t random = seed;
    for (int round = 0; round < (int)LINEAR_EDGES + 4; round++) {
        struct linear_shape shape = linear_shape(round, &random);
        struct pair pair;
        pair_init(&pair, machine, shape.inputs);
        pair.windows = (shape.rows + DEVICE_WINDOW_MAX - 1) / DEVICE_WINDOW_MAX;
        for (uint32_t i = 0; i < pair.windows; i++)
            pair.starts[i + 1] = shape.rows * (i + 1) / pair.windows;
        uint32_t input = pair_buffer(&pair, shape.rows, shape.inputs, 2, &random);
        uint32_t bias = pair_buffer(&pair, 1, shape.outputs, 1, &random);
        uint32_t output = pair_buffer(&pair, shape.rows, shape.outputs, 0, &random);
        size_t count = (size_t)shape.outputs * shape.inputs;
        float *floats = random_numbers(count, 0.1f, &random);
        float *scales = random_numbers(shape.outputs, 1e-3f, &random);
        int8_t *bytes = mem_alloc(count);
        for (size_t i = 0; i < count; i++)
            bytes[i] = (int8_t)((int)between(&random, 0, 254) - 127);
        struct device_matrix_params params = {.rows = shape.outputs,
                                              .columns = shape.inputs,
                                              .format = format,
                                              .values =
                                                  format == FORMAT_INT8 ? (void *)bytes : (void *)floats,
                                              .scales = format == FORMAT_INT8 ? scales : NULL,
                                              .precision = precision};
        struct device_matrix *matrices[2];
        pair_begin(&pair);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(device_matrix_create(pair.devices[i], &params, &matrices[i], NULL), STATUS_OK);
            for (int store = DEVICE_SET; store <= DEVICE_GELU; store++)
                device_linear(pair.streams[i], shape.rows, pair.buffers[input][i], matrices[i],
                              pair.buffers[bias][i], (enum device_store)((store + round) % 3),
                              pair.buffers[output][i]);
        }
        pair_compare(&pair, output, shape.rows, shape.outputs, allowed, "linear");
        for (int i = 0; i < 2; i++)
            device_matrix_destroy(matrices[i]);
        mem_free(floats);
        mem_free(scales);
        mem_free(bytes);
        pair_finish(&pair);
    }
}

static void test_fp32(void **state) {
    check_linear(*state, PRECISION_FP32, FORMAT_FP32, ALLOWED_FP32);
}

static void test_fp16(void **state) {
    check_linear(*state, PRECISION_FP16, FORMAT_FP32, ALLOWED_FP16);
}

/* Weights that are int8 already, so that both have the same: sums are exact, and only the numbers around them
 * are rounded. A level that the device rounds the other way is at most one step of one input. */
static void test_int8(void **state) {
    check_linear(*state, PRECISION_INT8, FORMAT_INT8, 2e-3);
}

/* ---- the rest ---- */

struct table {
    struct device_table *made[2];
    void *values;
    float *scales;
};

/* Of random numbers, on both devices. */
static void table_init(struct table *table, struct pair *pair, enum number_format format, uint32_t rows,
                       uint32_t columns, uint64_t *random) {
    size_t count = (size_t)rows * columns;
    *table = (struct table){.values = random_numbers(count, 1, random)};
    if (format == FORMAT_FP16) {
        uint16_t *halves = mem_alloc(count * sizeof *halves);
        for (size_t i = 0; i < count; i++)
            halves[i] = quant_float_to_half(((const float *)table->values)[i]);
        mem_free(table->values);
        table->values = halves;
    } else if (format == FORMAT_INT8) {
        int8_t *bytes = mem_alloc(count);
        table->scales = mem_alloc(rows * sizeof *table->scales);
        for (uint32_t row = 0; row < rows; row++)
            table->scales[row] = quant_row_to_int8((const float *)table->values + (size_t)row * columns,
                                                   columns, bytes + (size_t)row * columns);
        mem_free(table->values);
        table->values = bytes;
    }
    struct device_table_params params = {
        .rows = rows, .columns = columns, .format = format, .values = table->values, .scales = table->scales};
    for (int i = 0; i < 2; i++)
        assert_int_equal(device_table_create(pair->devices[i], &params, &table->made[i], NULL), STATUS_OK);
}

static void table_finish(struct table *table) {
    for (int i = 0; i < 2; i++)
        device_table_destroy(table->made[i]);
    mem_free(table->values);
    mem_free(table->scales);
}

static void test_embed(void **state) {
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair pair;
        uint32_t width = between(&random, 1, 300), table_rows = between(&random, 1, 40);
        pair_init(&pair, *state, width);
        pair_windows(&pair, round, &random);
        struct device_token *tokens = mem_zalloc(pair.rows * sizeof *tokens);
        for (uint32_t t = 0; t < pair.rows; t++) {
            tokens[t].token = (uint16_t)between(&random, 0, table_rows - 1);
            tokens[t].gram_count = (uint8_t)between(&random, 0, DEVICE_GRAMS);
            for (uint32_t f = 0; f < DEVICE_FEATURES; f++)
                tokens[t].features[f] = (uint8_t)between(&random, 0, table_rows - 1);
            for (uint32_t g = 0; g < DEVICE_GRAMS; g++)
                tokens[t].grams[g] =
                    g < tokens[t].gram_count ? (uint16_t)between(&random, 0, table_rows - 1) : 0xFFFF;
        }
        static const enum number_format formats[] = {FORMAT_INT8, FORMAT_FP32, FORMAT_FP16};
        struct table token, feature, gram;
        table_init(&token, &pair, formats[round % 3], table_rows, width, &random);
        table_init(&feature, &pair, formats[round / 3 % 3], table_rows + 7, width, &random);
        table_init(&gram, &pair, formats[round % 3], table_rows, width, &random);
        uint32_t output = pair_buffer(&pair, pair.rows, width, 0, &random);
        pair_begin(&pair);
        for (int i = 0; i < 2; i++) {
            struct device_embed_params params = {.token = token.made[i],
                                                 .feature = feature.made[i],
                                                 .gram = gram.made[i],
                                                 .feature_offsets = {0, 1, 2, 3, 4, 5, 6, 7},
                                                 .tokens = tokens,
                                                 .output = pair.buffers[output][i]};
            device_embed(pair.streams[i], &params);
        }
        pair_compare(&pair, output, pair.rows, width, ALLOWED_FP32, "embed");
        table_finish(&token);
        table_finish(&feature);
        table_finish(&gram);
        mem_free(tokens);
        pair_finish(&pair);
    }
}

static void test_norm(void **state) {
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair pair;
        uint32_t width = between(&random, 1, 700);
        pair_init(&pair, *state, width);
        pair_windows(&pair, round, &random);
        uint32_t x = pair_buffer(&pair, pair.rows, width, round == 3 ? 1e-6f : 3, &random);
        uint32_t weight = pair_buffer(&pair, 1, width, 1, &random);
        uint32_t y = pair_buffer(&pair, pair.rows, width, 0, &random);
        pair_begin(&pair);
        for (int i = 0; i < 2; i++) {
            device_norm(pair.streams[i], pair.buffers[x][i], pair.buffers[weight][i], pair.buffers[y][i]);
            device_norm(pair.streams[i], pair.buffers[y][i], pair.buffers[weight][i], pair.buffers[y][i]);
        }
        pair_compare(&pair, y, pair.rows, width, ALLOWED_FP32, "norm");
        pair_finish(&pair);
    }
}

static void test_attention(void **state) {
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair pair;
        uint32_t heads = between(&random, 1, 4);
        uint32_t head_size = round == 1   ? DEVICE_HEAD_SIZE_MAX
                             : round == 4 ? 120
                                          : DEVICE_HEAD_SIZE_STEP * between(&random, 1, 6);
        uint32_t width = heads * head_size, reach = between(&random, 0, 80);
        pair_init(&pair, *state, 3 * width);
        pair_windows(&pair, round, &random);
        uint32_t x = pair_buffer(&pair, pair.rows, 3 * width, 2, &random);
        uint32_t position = pair_buffer(&pair, heads, 2 * reach + 1, 2, &random);
        uint32_t y = pair_buffer(&pair, pair.rows, width, 0, &random);
        pair_begin(&pair);
        for (int i = 0; i < 2; i++)
            device_attention(pair.streams[i], pair.buffers[x][i], pair.buffers[position][i],
                             pair.buffers[y][i]);
        pair_compare(&pair, y, pair.rows, width, ALLOWED_FP32, "attention");
        pair_finish(&pair);
    }
}

static void test_gaps(void **state) {
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair pair;
        uint32_t width = between(&random, 1, 300);
        pair_init(&pair, *state, width);
        pair_windows(&pair, round, &random);
        uint32_t left = pair_buffer(&pair, pair.rows, width, round == 3 ? 1000 : 3, &random);
        uint32_t right = pair_buffer(&pair, pair.rows, width, 3, &random);
        uint32_t bias = pair_buffer(&pair, 1, width, 1, &random);
        uint32_t y = pair_buffer(&pair, pair.rows + pair.windows, width, 0, &random);
        pair_begin(&pair);
        for (int i = 0; i < 2; i++)
            device_gaps(pair.streams[i], pair.buffers[left][i], pair.buffers[right][i], pair.buffers[bias][i],
                        pair.buffers[y][i]);
        pair_compare(&pair, y, pair.rows + pair.windows, width, ALLOWED_FP32, "gaps");
        pair_finish(&pair);
    }
}

/* Rows come from gaps, because only what was written can be changed where it lies. */
static void test_log_softmax(void **state) {
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair pair;
        uint32_t width = round == 3 ? 1 : between(&random, 1, 700);
        pair_init(&pair, *state, width);
        pair_windows(&pair, round, &random);
        uint32_t x = pair_buffer(&pair, pair.rows, width, round == 4 ? 900 : 10, &random);
        uint32_t bias = pair_buffer(&pair, 1, width, 1, &random);
        uint32_t y = pair_buffer(&pair, pair.rows + pair.windows, width, 0, &random);
        pair_begin(&pair);
        for (int i = 0; i < 2; i++) {
            device_gaps(pair.streams[i], pair.buffers[x][i], pair.buffers[x][i], pair.buffers[bias][i],
                        pair.buffers[y][i]);
            device_log_softmax(pair.streams[i], pair.rows, pair.buffers[y][i]);
        }
        /* Numbers of nearly 2000 have steps of 1e-4. */
        pair_compare(&pair, y, pair.rows + pair.windows, width, round == 4 ? 1e-3 : ALLOWED_FP32,
                     "log softmax");
        pair_finish(&pair);
    }
}

static void test_mean_dot(void **state) {
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair pair;
        uint32_t width = between(&random, 1, 700);
        pair_init(&pair, *state, width);
        pair_windows(&pair, round, &random);
        uint32_t x = pair_buffer(&pair, pair.rows, width, 2, &random);
        uint32_t weight = pair_buffer(&pair, 1, width, 1, &random);
        uint32_t y = pair_buffer(&pair, pair.windows, 1, 0, &random);
        pair_begin(&pair);
        for (int i = 0; i < 2; i++)
            device_mean_dot(pair.streams[i], pair.buffers[x][i], pair.buffers[weight][i], pair.buffers[y][i]);
        pair_compare(&pair, y, pair.windows, 1, ALLOWED_FP32, "mean dot");
        pair_finish(&pair);
    }
}

static const struct {
    const char *name;
    void (*run)(void **state);
} operations[] = {{"fp32", test_fp32},        {"fp16", test_fp16},
                  {"int8", test_int8},        {"embed", test_embed},
                  {"norm", test_norm},        {"attention", test_attention},
                  {"gaps", test_gaps},        {"log softmax", test_log_softmax},
                  {"mean dot", test_mean_dot}};
#define OPERATIONS (sizeof operations / sizeof *operations)

int main(void) {
    const char *given = getenv("NOODLE_SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("NOODLE_SEED=%llu\n", (unsigned long long)seed);
    int failed = 0;
    machines_open(NULL);
    for (size_t m = 0; m < machines_count(); m++) {
        struct CMUnitTest tests[OPERATIONS];
        for (size_t i = 0; i < OPERATIONS; i++)
            tests[i] = (struct CMUnitTest){.name = operations[i].name,
                                           .test_func = operations[i].run,
                                           .initial_state = (void *)machines_at(m)};
        failed += cmocka_run_group_tests_name(machines_at(m)->name, tests, NULL, NULL);
    }
    return machines_close(NULL) || failed;
}
