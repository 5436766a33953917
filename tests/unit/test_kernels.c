/* compute/kernel.h: every set of kernels gives what plain C gives, at any shape. Sets that this CPU cannot
 * run are skipped. */
#include "compute/kernel.h"

#include "compute/kernel_pack.h"
#include "tests/support/random_weights.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ROUNDS 40

/* A number of an int8 product is rounded once in each of its few steps, each by half of this at most, in
 * proportion to what it adds up and not to what comes out. */
#define INT8_ROUNDING (4 * (double)FLT_EPSILON)

static uint64_t seed;

static uint32_t between(uint64_t *state, uint32_t low, uint32_t high) {
    return low + (uint32_t)(random_next(state) % (high - low + 1));
}

/* Aligned for kernels and of exactly this size as far as alignment allows, so that reads past it are seen. */
static void *room(size_t bytes) {
    size_t whole = (bytes + KERNEL_ALIGNMENT - 1) / KERNEL_ALIGNMENT * KERNEL_ALIGNMENT;
    void *memory = aligned_alloc(KERNEL_ALIGNMENT, whole ? whole : KERNEL_ALIGNMENT);
    assert_non_null(memory);
    return memory;
}

static float *random_room(uint64_t *state, size_t count, float spread) {
    float *numbers = room(count * sizeof *numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] = spread * random_float(state);
    return numbers;
}

static float *copy_of(const float *numbers, size_t count) {
    float *copy = room(count * sizeof *copy);
    memcpy(copy, numbers, count * sizeof *copy);
    return copy;
}

static void assert_near(const float *numbers, const float *wanted, size_t count, float allowed,
                        const char *what) {
    for (size_t i = 0; i < count; i++) {
        float allowed_here = allowed * (1 + fabsf(wanted[i]));
        if (!(fabsf(numbers[i] - wanted[i]) <= allowed_here))
            fail_msg("%s: number %zu is %g instead of %g", what, i, (double)numbers[i], (double)wanted[i]);
    }
}

static const struct kernel_set *set_of(void **state) {
    enum kernel_path path = (enum kernel_path)(intptr_t)*state;
    const struct kernel_set *set = kernel_find(path);
    if (!set) {
        print_message("this CPU or this build has no %s: its kernels are not tested here\n",
                      kernel_path_name(path));
        skip();
    }
    return set;
}

/* Output of either kind of product; what it held before matters to KERNEL_ADD. */
struct product {
    uint32_t rows, inputs, columns, columns_up;
    size_t stride;
    float *bias, *first, *second;
    enum kernel_store store;
};

static struct product random_product(uint64_t *state) {
    struct product product = {.rows = between(state, 1, 70), .inputs = between(state, 1, 600)};
    product.columns = between(state, 1, 90);
    if (between(state, 0, 3) == 0) product.rows = between(state, 90, 200);
    if (between(state, 0, 2) == 0) product.inputs = product.inputs / 16 * 16 + 16;
    if (between(state, 0, 9) == 0) product.inputs = between(state, 1000, 2400);
    product.columns_up = kernel_round_up(product.columns, KERNEL_PANEL);
    product.stride = product.columns + between(state, 0, 5);
    product.store = (enum kernel_store)between(state, 0, 2);
    product.bias = random_room(state, product.columns_up, 1);
    product.first = random_room(state, product.rows * product.stride, 1);
    product.second = copy_of(product.first, product.rows * product.stride);
    return product;
}

static struct kernel_output output_of(const struct product *product, float *numbers) {
    return (struct kernel_output){.numbers = numbers,
                                  .stride = product->stride,
                                  .columns = product->columns,
                                  .bias = product->bias,
                                  .store = product->store};
}

static void finish(struct product *product) {
    free(product->bias);
    free(product->first);
    free(product->second);
}

static void test_fp32(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        struct product product = random_product(&random);
        size_t x_stride = product.inputs + between(&random, 0, 3);
        float *x = random_room(&random, product.rows * x_stride, 1);
        float *panels = random_room(&random, (size_t)product.columns_up * product.inputs, 0.1f);
        struct kernel_fp32_params params = {.x = x,
                                            .x_stride = x_stride,
                                            .rows = product.rows,
                                            .inputs = product.inputs,
                                            .panels = panels,
                                            .output = output_of(&product, product.first)};
        set->fp32(&params);
        params.output.numbers = product.second;
        kernel_ref.fp32(&params);
        assert_near(product.first, product.second, product.rows * product.stride, 2e-5f, "product");
        free(x);
        free(panels);
        finish(&product);
    }
}

struct int8_terms {
    double products, lows; /* what the codes and the rows' lows add to a number */
};

/* What sum(q * w) comes to, from the weights as they were before they were packed. */
static struct int8_terms int8_terms(const struct kernel_int8_params *params,
                                    const struct kernel_pack_params *weights, uint32_t row, uint32_t column) {
    const uint8_t *q = params->q + (size_t)row * kernel_round_up(params->inputs, KERNEL_INT8_STEP);
    const int8_t *w = (const int8_t *)weights->values + (size_t)column * params->inputs;
    double products = 0, sum = 0;
    for (uint32_t i = 0; i < params->inputs; i++) {
        products += q[i] * w[i];
        sum += w[i];
    }
    double scale = (double)weights->scales[column];
    return (struct int8_terms){.products = scale * (double)params->step[row] * products,
                               .lows = scale * (double)params->low[row] * sum};
}

static void check_int8(const struct kernel_set *set, uint64_t *random,
                       int8_t (*next_weight)(uint64_t *random), bool largest_q) {
    struct product product = random_product(random);
    product.store = KERNEL_ADD;
    size_t q_bytes = product.rows * (size_t)kernel_round_up(product.inputs, KERNEL_INT8_STEP);
    size_t weights_bytes = (size_t)product.columns * product.inputs;
    uint8_t *q = room(q_bytes);
    int8_t *weights = room(weights_bytes);
    for (size_t i = 0; i < q_bytes; i++)
        q[i] = (uint8_t)(largest_q ? set->levels : between(random, 0, set->levels));
    for (size_t i = 0; i < weights_bytes; i++)
        weights[i] = next_weight(random);
    float *step = random_room(random, product.rows, 1e-3f), *low = random_room(random, product.rows, 1);
    struct kernel_pack_params to_pack = {.rows = product.columns,
                                         .columns = product.inputs,
                                         .format = FORMAT_INT8,
                                         .values = weights,
                                         .scales = random_room(random, product.columns, 1e-2f)};
    struct kernel_pack pack;
    assert_true(kernel_pack_int8(&to_pack, set->levels, &pack));
    struct kernel_int8_params params = {.q = q,
                                        .step = step,
                                        .low = low,
                                        .rows = product.rows,
                                        .inputs = product.inputs,
                                        .panels = pack.int8_panels,
                                        .mirrors = pack.mirrors,
                                        .mirror_sums = pack.mirror_sums,
                                        .excess = pack.excess.items,
                                        .excess_starts = pack.excess_starts,
                                        .scale = pack.scales,
                                        .sum = pack.scaled_sums,
                                        .output = output_of(&product, product.first)};
    set->int8(&params);
    for (uint32_t row = 0; row < product.rows; row++) {
        for (uint32_t column = 0; column < product.stride; column++) {
            size_t at = row * product.stride + column;
            double before = (double)product.second[at], wanted = before, magnitude = fabs(before);
            if (column < product.columns) {
                double bias = (double)product.bias[column];
                struct int8_terms terms = int8_terms(&params, &to_pack, row, column);
                wanted += bias + terms.products + terms.lows;
                magnitude += fabs(bias) + fabs(terms.products) + fabs(terms.lows);
            }
            if (!(fabs((double)product.first[at] - wanted) <= INT8_ROUNDING * magnitude))
                fail_msg("row %u, column %u is %.9g instead of %.9g", row, column, (double)product.first[at],
                         wanted);
        }
    }
    kernel_pack_finish(&pack);
    free((void *)to_pack.scales);
    free(q);
    free(weights);
    free(step);
    free(low);
    finish(&product);
}

static int8_t any_weight(uint64_t *random) {
    return (int8_t)((int)between(random, 0, 254) - 127);
}

static int8_t largest_weight(uint64_t *random) {
    (void)random;
    return 127;
}

static int8_t smallest_weight(uint64_t *random) {
    (void)random;
    return -127;
}

static int8_t small_weight(uint64_t *random) {
    return (int8_t)((int)between(random, 0, 40) - 20);
}

/* Sums are exact whatever the numbers: where 16 bits do not hold four products, too. */
static void test_int8(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        check_int8(set, &random, any_weight, false);
        check_int8(set, &random, small_weight, false);
    }
    check_int8(set, &random, any_weight, true);
    check_int8(set, &random, largest_weight, true);
    check_int8(set, &random, smallest_weight, true);
}

static void test_quantise(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t rows = between(&random, 1, 9), inputs = between(&random, 1, 200);
        size_t x_stride = inputs + between(&random, 0, 3),
               q_stride = kernel_round_up(inputs, KERNEL_INT8_STEP);
        float *x = random_room(&random, rows * x_stride, 10);
        for (uint32_t i = 0; i < inputs; i++)
            x[i] = round % 3 ? x[i] : 0.25f; /* a row without a range */
        uint8_t *q = room(rows * q_stride), *wanted = room(rows * q_stride);
        float step[9], low[9], wanted_step[9], wanted_low[9];
        set->quantise(x, x_stride, rows, inputs, set->levels, q, step, low);
        kernel_ref.quantise(x, x_stride, rows, inputs, set->levels, wanted, wanted_step, wanted_low);
        assert_memory_equal(q, wanted, rows * q_stride);
        assert_memory_equal(step, wanted_step, rows * sizeof *step);
        assert_memory_equal(low, wanted_low, rows * sizeof *low);
        for (uint32_t row = 0; row < rows; row++) {
            for (uint32_t i = 0; i < inputs; i++)
                assert_true(fabsf(step[row] * q[row * q_stride + i] + low[row] - x[row * x_stride + i]) <=
                            0.501f * step[row] + 1e-5f);
        }
        free(x);
        free(q);
        free(wanted);
    }
}

/* What is no number becomes some byte; sanitizers see what must not happen on the way. */
static void test_quantise_of_what_is_no_number(void **state) {
    const struct kernel_set *set = set_of(state);
    static const float odd[] = {INFINITY, -INFINITY, NAN, 3e38f, -3e38f, 1e-42f, 0};
    for (size_t a = 0; a < 7; a++) {
        float x[40] = {0};
        for (size_t i = 0; i < 40; i++)
            x[i] = i % 3 ? odd[a] : odd[(a + i) % 7];
        uint8_t q[2 * KERNEL_INT8_STEP];
        float step, low;
        set->quantise(x, 40, 1, 40, set->levels, q, &step, &low);
    }
}

static void test_add_bytes(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t count = between(&random, 1, 100);
        int8_t bytes[100];
        for (uint32_t i = 0; i < count; i++)
            bytes[i] = any_weight(&random);
        float factor = random_float(&random), *x = random_room(&random, count, 1),
              *wanted = copy_of(x, count);
        set->add_bytes(bytes, factor, count, x);
        kernel_ref.add_bytes(bytes, factor, count, wanted);
        assert_near(x, wanted, count, 1e-6f, "sum");
        free(x);
        free(wanted);
    }
}

static void test_norm(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t rows = between(&random, 1, 9), width = between(&random, 1, 200);
        float *x = random_room(&random, rows * width, round ? 3 : 0),
              *weight = random_room(&random, width, 1);
        float *output = room(rows * width * sizeof *output), *wanted = room(rows * width * sizeof *wanted);
        set->norm(x, weight, rows, width, output);
        kernel_ref.norm(x, weight, rows, width, wanted);
        assert_near(output, wanted, rows * width, 1e-5f, "norm");
        set->norm(x, weight, rows, width, x); /* in place */
        assert_near(x, wanted, rows * width, 1e-5f, "norm in place");
        free(x);
        free(weight);
        free(output);
        free(wanted);
    }
}

static void test_attention(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    float *scratch = room(KERNEL_ATTENTION_SCRATCH * sizeof *scratch);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t rows = round == 0 ? KERNEL_WINDOW_MAX : round == 1 ? 1 : between(&random, 1, 90);
        uint32_t head_size = round == 0 ? KERNEL_HEAD_MAX : 8 * between(&random, 1, 6);
        size_t stride = 3 * head_size + 5, output_stride = head_size + 3;
        float *x = random_room(&random, rows * stride, round == 2 ? 30 : 2);
        float *bias = random_room(&random, 2 * rows - 1 + KERNEL_KEYS_STEP, 2);
        float *output = random_room(&random, rows * output_stride, 1);
        float *wanted = copy_of(output, rows * output_stride);
        struct kernel_attention_params params = {.query = x,
                                                 .key = x + head_size,
                                                 .value = x + 2 * head_size,
                                                 .stride = stride,
                                                 .output = output,
                                                 .output_stride = output_stride,
                                                 .rows = rows,
                                                 .head_size = head_size,
                                                 .bias = bias,
                                                 .scratch = scratch};
        set->attention(&params);
        params.output = wanted;
        kernel_ref.attention(&params);
        assert_near(output, wanted, rows * output_stride, round == 2 ? 2e-3f : 2e-5f, "attention");
        free(x);
        free(bias);
        free(output);
        free(wanted);
    }
    free(scratch);
}

static void test_gap(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t width = between(&random, 1, 100);
        float *left = random_room(&random, width, 20), *right = random_room(&random, width, 5);
        float *bias = random_room(&random, width, 1), *output = room(width * sizeof *output);
        float *wanted = room(width * sizeof *wanted);
        const float *from_left = round % 4 == 1 ? NULL : left, *from_right = round % 4 == 2 ? NULL : right;
        set->gap(from_left, from_right, bias, width, output);
        kernel_ref.gap(from_left, from_right, bias, width, wanted);
        assert_near(output, wanted, width, 1e-6f, "gelu");
        free(left);
        free(right);
        free(bias);
        free(output);
        free(wanted);
    }
}

static void test_log_softmax(void **state) {
    const struct kernel_set *set = set_of(state);
    uint64_t random = seed;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t rows = between(&random, 1, 5), columns = between(&random, 1, 100);
        float *x = random_room(&random, rows * columns, round % 5 ? 10 : 1000);
        float *wanted = copy_of(x, rows * columns);
        set->log_softmax(x, rows, columns);
        kernel_ref.log_softmax(wanted, rows, columns);
        assert_near(x, wanted, rows * columns, 1e-5f, "log softmax");
        free(x);
        free(wanted);
    }
}

static void test_best_is_one_of_them(void **state) {
    (void)state;
    bool found = false;
    for (int path = 0; path < KERNEL_PATHS; path++)
        found |= kernel_find((enum kernel_path)path) == kernel_best();
    assert_true(found);
    print_message("best here: %s\n", kernel_best()->name);
}

#define TESTS_OF(path, name)                                                                                 \
    {name ": fp32", test_fp32, NULL, NULL, (void *)path},                                                    \
        {name ": int8", test_int8, NULL, NULL, (void *)path},                                                \
        {name ": quantise", test_quantise, NULL, NULL, (void *)path},                                        \
        {name ": no numbers", test_quantise_of_what_is_no_number, NULL, NULL, (void *)path},                 \
        {name ": bytes", test_add_bytes, NULL, NULL, (void *)path},                                          \
        {name ": norm", test_norm, NULL, NULL, (void *)path},                                                \
        {name ": attention", test_attention, NULL, NULL, (void *)path},                                      \
        {name ": gap", test_gap, NULL, NULL, (void *)path}, {                                                \
        name ": log softmax", test_log_softmax, NULL, NULL, (void *)path                                     \
    }

int main(void) {
    const char *given = getenv("NOODLE_SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("NOODLE_SEED=%llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_is_one_of_them),
        TESTS_OF(KERNEL_REF, "plain C"),
        TESTS_OF(KERNEL_AVX2, "AVX2"),
        TESTS_OF(KERNEL_AVXVNNI, "AVX-VNNI"),
        TESTS_OF(KERNEL_AVX512, "AVX-512"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
