/* compute/device.h: operations whose shapes do not fit are refused before a backend sees them, and a pass
 * ends with the first of them. */
#include "compute/device.h"

#include "tests/support/machines.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WIDTH      16
#define HEADS      2
#define TOKENS     10
#define TABLE_ROWS 5

struct desk {
    struct device *device;
    struct device_stream *stream;
    struct device_buffer *x, *y, *qkv, *weight, *position, *short_one, *gap_output, *one;
    struct device_matrix *square;
    struct device_table *table, *narrow_table;
};

static struct device_buffer *buffer(struct desk *desk, uint32_t rows, uint32_t columns, bool constant) {
    static const float ones[TOKENS * 3 * WIDTH] = {1};
    struct device_buffer *made;
    struct error error;
    assert_int_equal(device_buffer_create(desk->device, rows, columns, constant ? ones : NULL, &made, &error),
                     0);
    return made;
}

static void set_up(struct desk *desk, const struct machine *machine) {
    static const float weights[WIDTH * WIDTH] = {0.5f};
    struct error error;
    desk->device = machine->device;
    assert_string_equal(device_name(desk->device), machine->name);
    assert_int_equal(device_stream_create(desk->device, TOKENS + 2, WIDTH, &desk->stream, &error), 0);
    desk->x = buffer(desk, TOKENS, WIDTH, false);
    desk->y = buffer(desk, TOKENS, WIDTH, false);
    desk->qkv = buffer(desk, TOKENS, 3 * WIDTH, false);
    desk->weight = buffer(desk, 1, WIDTH, true);
    desk->position = buffer(desk, HEADS, 5, true);
    desk->short_one = buffer(desk, 2, WIDTH, false);
    desk->gap_output = buffer(desk, TOKENS + 2, WIDTH, false);
    desk->one = buffer(desk, 2, 1, false);
    struct device_matrix_params params = {
        .rows = WIDTH, .columns = WIDTH, .values = weights, .precision = PRECISION_FP32};
    assert_int_equal(device_matrix_create(desk->device, &params, &desk->square, &error), 0);
    struct device_table_params table = {.rows = TABLE_ROWS, .columns = WIDTH, .values = weights};
    assert_int_equal(device_table_create(desk->device, &table, &desk->table, &error), 0);
    table.columns = WIDTH / 2;
    assert_int_equal(device_table_create(desk->device, &table, &desk->narrow_table, &error), 0);
}

static void tear_down(struct desk *desk) {
    struct device_buffer *all[] = {desk->x,        desk->y,         desk->qkv,        desk->weight,
                                   desk->position, desk->short_one, desk->gap_output, desk->one};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        device_buffer_destroy(all[i]);
    device_matrix_destroy(desk->square);
    device_table_destroy(desk->table);
    device_table_destroy(desk->narrow_table);
    device_stream_destroy(desk->stream);
}

static const uint32_t starts[] = {0, 4, TOKENS};

static void assert_refused(struct desk *desk, const char *operation) {
    struct error error = {0};
    assert_int_equal(device_run(desk->stream, &error), STATUS_INVALID);
    if (strncmp(error.message, operation, strlen(operation)))
        fail_msg("'%s' instead of a word on %s", error.message, operation);
    device_begin(desk->stream, starts, 2);
}

static void test_shapes_that_do_not_fit(void **state) {
    struct desk desk;
    set_up(&desk, *state);
    struct device_stream *stream = desk.stream;
    device_begin(stream, starts, 2);
    device_norm(stream, desk.x, desk.position, desk.y);
    assert_refused(&desk, "norm");
    device_norm(stream, desk.short_one, desk.weight, desk.y);
    assert_refused(&desk, "norm");
    device_norm(stream, desk.x, desk.weight, desk.weight); /* constant */
    assert_refused(&desk, "norm");
    device_norm(stream, NULL, desk.weight, desk.y);
    assert_refused(&desk, "norm");
    device_linear(stream, TOKENS, desk.x, desk.square, desk.weight, DEVICE_SET, desk.x);
    assert_refused(&desk, "linear");
    device_linear(stream, TOKENS + 1, desk.x, desk.square, desk.weight, DEVICE_SET, desk.y);
    assert_refused(&desk, "linear");
    device_linear(stream, 0, desk.x, desk.square, desk.weight, DEVICE_SET, desk.y);
    assert_refused(&desk, "linear");
    device_linear(stream, TOKENS, desk.qkv, desk.square, desk.weight, DEVICE_SET, desk.y);
    assert_refused(&desk, "linear");
    device_linear(stream, TOKENS, desk.x, NULL, desk.weight, DEVICE_SET, desk.y);
    assert_refused(&desk, "linear");
    device_attention(stream, desk.x, desk.position, desk.y);
    assert_refused(&desk, "attention");
    device_attention(stream, desk.qkv, desk.x, desk.y); /* an even number of distances */
    assert_refused(&desk, "attention");
    device_attention(stream, desk.qkv, NULL, desk.y);
    assert_refused(&desk, "attention");
    device_gaps(stream, desk.x, desk.x, desk.weight, desk.y); /* one row short for each window */
    assert_refused(&desk, "gaps");
    device_log_softmax(stream, TOKENS + 1, desk.y);
    assert_refused(&desk, "log_softmax");
    device_log_softmax(stream, 1, desk.weight);
    assert_refused(&desk, "log_softmax");
    device_mean_dot(stream, desk.x, desk.weight, desk.y);
    assert_refused(&desk, "mean_dot");
    device_fetch(stream, TOKENS + 1, desk.y);
    assert_refused(&desk, "fetch");
    device_fetch(stream, 0, desk.y);
    assert_refused(&desk, "fetch");
    device_fetch(stream, 1, NULL);
    assert_refused(&desk, "fetch");
    struct device_token tokens[TOKENS] = {0};
    struct device_embed_params params = {
        .token = desk.table, .feature = desk.table, .gram = desk.table, .tokens = tokens, .output = desk.y};
    tokens[9].grams[0] = TABLE_ROWS; /* not counted */
    device_embed(stream, &params);
    assert_int_equal(device_run(stream, NULL), STATUS_OK);
    device_begin(stream, starts, 2);
    tokens[9].gram_count = 1;
    device_embed(stream, &params);
    assert_refused(&desk, "embed");
    tokens[9].gram_count = 0;
    tokens[9].features[7] = TABLE_ROWS;
    device_embed(stream, &params);
    assert_refused(&desk, "embed");
    tokens[9].features[7] = 0;
    device_embed(stream, &params);
    device_embed(stream, &params); /* the tokens of both would be the second's */
    assert_refused(&desk, "embed");
    params.output = NULL;
    device_embed(stream, &params);
    assert_refused(&desk, "embed");
    params.output = desk.y;
    params.gram = desk.narrow_table;
    device_embed(stream, &params);
    assert_refused(&desk, "embed");
    params.gram = NULL;
    device_embed(stream, &params);
    assert_refused(&desk, "embed");
    tear_down(&desk);
}

static void test_batches(void **state) {
    static const uint32_t wrong[][3] = {{1, 2, 3}, {0, 0, 3}, {0, 4, 3}, {0, 4, TOKENS + 1}};
    struct desk desk;
    set_up(&desk, *state);
    struct error error = {0};
    assert_int_equal(device_run(desk.stream, &error), STATUS_INVALID);
    assert_string_equal(error.message, "no pass was begun");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        device_begin(desk.stream, wrong[i], 2);
        assert_refused(&desk, "begin");
    }
    device_begin(desk.stream, starts, 0);
    assert_refused(&desk, "begin");
    tear_down(&desk);
}

/* The first refusal is kept, nothing behind it is done, and the next pass is free of it. */
static void test_a_pass_ends_with_its_first_refusal(void **state) {
    struct desk desk;
    set_up(&desk, *state);
    device_begin(desk.stream, starts, 2);
    device_log_softmax(desk.stream, 2, desk.x); /* zeros become -log(WIDTH) */
    device_fetch(desk.stream, TOKENS, desk.x);
    assert_int_equal(device_run(desk.stream, NULL), STATUS_OK);
    float before = device_read(desk.stream, desk.x)[0];
    assert_true(before < -2.7f);
    device_begin(desk.stream, starts, 2);
    device_gaps(desk.stream, desk.x, desk.x, desk.weight, desk.y);
    device_norm(desk.stream, desk.x, desk.weight, desk.x);
    device_mean_dot(desk.stream, desk.x, desk.weight, desk.y);
    assert_refused(&desk, "gaps");
    device_fetch(desk.stream, 1, desk.x);
    assert_int_equal(device_run(desk.stream, NULL), STATUS_OK);
    assert_true(device_read(desk.stream, desk.x)[0] == before);
    device_begin(desk.stream, starts, 2);
    device_gaps(desk.stream, desk.x, desk.x, desk.weight, desk.gap_output);
    device_mean_dot(desk.stream, desk.x, desk.weight, desk.one);
    assert_int_equal(device_run(desk.stream, NULL), STATUS_OK);
    device_norm(desk.stream, desk.x, desk.weight, desk.x); /* of no pass */
    assert_refused(&desk, "no pass was begun");
    tear_down(&desk);
}

static void test_what_cannot_be_made(void **state) {
    struct desk desk;
    set_up(&desk, *state);
    struct error error;
    struct device_buffer *made;
    struct device_matrix *matrix;
    struct device_stream *stream;
    assert_int_equal(device_buffer_create(desk.device, 0, 1, NULL, &made, &error), STATUS_INVALID);
    assert_int_equal(device_buffer_create(desk.device, 1, DEVICE_COLUMNS_MAX + 1, NULL, &made, &error),
                     STATUS_INVALID);
    assert_int_equal(device_stream_create(desk.device, DEVICE_ROWS_MAX + 1, 1, &stream, &error),
                     STATUS_INVALID);
    float values[4] = {0};
    struct device_matrix_params params = {.rows = 2, .columns = 2, .values = values};
    assert_int_equal(device_matrix_create(desk.device, &params, &matrix, &error),
                     STATUS_INVALID); /* no precision */
    params.precision = PRECISION_INT8;
    params.format = FORMAT_INT8; /* no scales */
    assert_int_equal(device_matrix_create(desk.device, &params, &matrix, &error), STATUS_INVALID);
    struct device_table *table;
    struct device_table_params table_params = {
        .rows = 2, .columns = 2, .format = FORMAT_INT8, .values = values}; /* no scales */
    assert_int_equal(device_table_create(desk.device, &table_params, &table, &error), STATUS_INVALID);
    table_params = (struct device_table_params){.rows = 2, .columns = 2}; /* no values */
    assert_int_equal(device_table_create(desk.device, &table_params, &table, &error), STATUS_INVALID);
    device_buffer_destroy(NULL);
    device_table_destroy(NULL);
    device_matrix_destroy(NULL);
    device_stream_destroy(NULL);
    device_destroy(NULL);
    tear_down(&desk);
}

int main(void) {
    int failed = 0;
    machines_open(NULL);
    for (size_t m = 0; m < machines_count(); m++) {
        void *machine = (void *)machines_at(m);
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate(test_shapes_that_do_not_fit, machine),
            cmocka_unit_test_prestate(test_batches, machine),
            cmocka_unit_test_prestate(test_a_pass_ends_with_its_first_refusal, machine),
            cmocka_unit_test_prestate(test_what_cannot_be_made, machine),
        };
        failed += cmocka_run_group_tests_name(machines_at(m)->name, tests, NULL, NULL);
    }
    return machines_close(NULL) || failed;
}
