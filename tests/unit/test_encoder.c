/* compute/encoder.h: scores equal those of a naive encoder in double precision and those that training
 * recorded, whatever the device, the precision and the company a window runs in. */
#include "compute/encoder.h"

#include "base/mem.h"
#include "base/str.h"
#include "compute/safetensors.h"
#include "tests/support/machines.h"
#include "tests/support/naive_encoder.h"
#include "tests/support/random_weights.h"
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

#define GOLDEN_WEIGHTS "tests/data/encoder/tiny.safetensors"
#define GOLDEN_SCORES  "tests/data/encoder/tiny_scores.safetensors"

/* fp32 against double, and against what PyTorch computed in fp32. */
#define NEAR_DOUBLE 1e-4
#define NEAR_GOLDEN 1e-4

static uint64_t seed;

static const struct random_weights_params small = {.layers = 2,
                                                   .width = 48,
                                                   .heads = 3,
                                                   .feed_forward = 100,
                                                   .reach = 5,
                                                   .literals = 29,
                                                   .grams = 50,
                                                   .gap_width = 24};

/* An encoder with all that is below it. */
struct tower {
    struct str bytes;
    struct weights *weights;
    struct device *device; /* of the machines */
    struct network *network;
    struct encoder *encoder;
};

static void build(struct tower *tower, const struct random_weights_params *params, struct device *device,
                  enum precision precision, uint32_t windows, uint32_t tokens) {
    struct error error = {0};
    random_weights_make(params, &tower->bytes);
    if (weights_from_memory("random", tower->bytes.bytes, tower->bytes.length, &tower->weights, &error))
        fail_msg("%s", error.message);
    tower->device = device;
    if (network_create(tower->weights, tower->device, precision, &tower->network, &error))
        fail_msg("%s", error.message);
    if (encoder_create(tower->network, windows, tokens, &tower->encoder, &error))
        fail_msg("%s", error.message);
}

static void demolish(struct tower *tower) {
    encoder_destroy(tower->encoder);
    network_destroy(tower->network);
    weights_destroy(tower->weights);
    str_finish(&tower->bytes);
}

static void random_window(const struct weights_shape *shape, uint32_t count, uint64_t *random,
                          struct device_token *tokens) {
    for (uint32_t t = 0; t < count; t++) {
        tokens[t] = (struct device_token){.token = (uint16_t)(random_next(random) % shape->tokens),
                                          .gram_count = (uint8_t)(random_next(random) % (DEVICE_GRAMS + 1))};
        for (uint32_t k = 0; k < DEVICE_FEATURES; k++)
            tokens[t].features[k] = (uint8_t)(random_next(random) % shape->feature_sizes[k]);
        for (uint32_t g = 0; g < DEVICE_GRAMS; g++)
            tokens[t].grams[g] =
                g < tokens[t].gram_count ? (uint16_t)(random_next(random) % shape->grams) : 0xFFFF;
    }
}

static void assert_near(const float *numbers, const double *wanted, size_t count, double allowed,
                        const char *what) {
    for (size_t i = 0; i < count; i++) {
        if (!(fabs((double)numbers[i] - wanted[i]) <= allowed * (1 + fabs(wanted[i]))))
            fail_msg("%s: number %zu is %g instead of %g", what, i, (double)numbers[i], wanted[i]);
    }
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* How far scores are from wanted ones, over all rows. */
struct agreement {
    double product, square, wanted_square; /* for the cosine of numbers with their row's mean taken off */
    uint32_t rows, same_best;
};

static void compare_rows(const float *scores, const double *wanted, uint32_t rows, uint32_t outputs,
                         struct agreement *agreement) {
    for (uint32_t row = 0; row < rows; row++, scores += outputs, wanted += outputs) {
        double mean = 0, wanted_mean = 0;
        uint32_t best = 0, wanted_best = 0;
        for (uint32_t i = 0; i < outputs; i++) {
            mean += (double)scores[i] / outputs;
            wanted_mean += wanted[i] / outputs;
            if (scores[i] > scores[best]) best = i;
            if (wanted[i] > wanted[wanted_best]) wanted_best = i;
        }
        for (uint32_t i = 0; i < outputs; i++) {
            double a = (double)scores[i] - mean, b = wanted[i] - wanted_mean;
            agreement->product += a * b;
            agreement->square += a * a;
            agreement->wanted_square += b * b;
        }
        agreement->rows++;
        agreement->same_best += best == wanted_best;
    }
}

/* Several windows of different lengths in one run, against the naive encoder. */
static void check_windows(const struct random_weights_params *params, const struct machine *machine,
                          enum precision precision, struct agreement *agreement) {
    static const uint32_t counts[] = {1, 30, 7, 2};
    enum { WINDOWS = sizeof counts / sizeof *counts };
    struct tower tower;
    build(&tower, params, machine->device, precision, WINDOWS, 40);
    const struct weights_shape *shape = network_shape(tower.network);
    struct device_token tokens[WINDOWS][30];
    struct encoder_window windows[WINDOWS];
    struct encoder_scores scores[WINDOWS];
    uint64_t random = params->seed;
    for (uint32_t i = 0; i < WINDOWS; i++) {
        random_window(shape, counts[i], &random, tokens[i]);
        windows[i] = (struct encoder_window){.tokens = tokens[i], .count = counts[i]};
    }
    struct error error;
    assert_int_equal(encoder_run(tower.encoder, windows, WINDOWS, scores, &error), STATUS_OK);
    for (uint32_t i = 0; i < WINDOWS; i++) {
        struct naive_scores naive;
        naive_encoder_run(tower.weights, &windows[i], &naive);
        naive_log_softmax(naive.token, counts[i], shape->outputs);
        naive_log_softmax(naive.gap, counts[i] + 1, shape->outputs);
        if (agreement) {
            compare_rows(scores[i].token, naive.token, counts[i], shape->outputs, agreement);
            compare_rows(scores[i].gap, naive.gap, counts[i] + 1, shape->outputs, agreement);
            assert_true(fabs((double)scores[i].fine - sigmoid(naive.fine)) < 0.1);
        } else {
            assert_near(scores[i].token, naive.token, (size_t)counts[i] * shape->outputs, NEAR_DOUBLE,
                        "token");
            assert_near(scores[i].gap, naive.gap, (size_t)(counts[i] + 1) * shape->outputs, NEAR_DOUBLE,
                        "gap");
            assert_near(&scores[i].fine, (double[]){sigmoid(naive.fine)}, 1, NEAR_DOUBLE, "fine");
        }
        naive_scores_finish(&naive);
    }
    demolish(&tower);
}

/* ---- against the definition ---- */

static void test_fp32_equals_the_definition(void **state) {
    (void)state;
    static const enum number_format formats[] = {FORMAT_FP32, FORMAT_FP16, FORMAT_INT8};
    for (size_t m = 0; m < machines_count(); m++) {
        for (size_t i = 0; i < 3; i++) {
            struct random_weights_params params = small;
            params.seed = seed + i;
            params.format = formats[i];
            check_windows(&params, machines_at(m), PRECISION_FP32, NULL);
        }
    }
}

/* A width that is no multiple of a panel, one head of 128, and inputs of more than a block. */
static void test_odd_shapes(void **state) {
    (void)state;
    struct random_weights_params params = small;
    params.seed = seed;
    params.width = 40;
    params.heads = 5;
    params.feed_forward = 301;
    params.gap_width = 17;
    params.reach = 40;
    for (size_t m = 0; m < machines_count(); m++)
        check_windows(&params, machines_at(m), PRECISION_FP32, NULL);
    params.width = 128;
    params.heads = 1;
    for (size_t m = 0; m < machines_count(); m++)
        check_windows(&params, machines_at(m), PRECISION_FP32, NULL);
}

/* int8 and fp16 say nearly what fp32 says. Random weights have no large margins, so the best output changes
 * more often than after training. */
static void check_near(const struct machine *machine, enum precision precision, const char *name,
                       double least_cosine, double least_same) {
    struct agreement agreement = {0};
    for (uint64_t round = 0; round < 3; round++) {
        struct random_weights_params params = small;
        params.seed = seed + round;
        params.width = 96;
        params.feed_forward = 384;
        params.format = round % 2 ? FORMAT_INT8 : FORMAT_FP32;
        check_windows(&params, machine, precision, &agreement);
    }
    double cosine = agreement.product / sqrt(agreement.square * agreement.wanted_square);
    double same = (double)agreement.same_best / agreement.rows;
    print_message("%s, %s: cosine %.5f, best output the same in %.1f %% of %u rows\n", machine->name, name,
                  cosine, 100 * same, agreement.rows);
    assert_true(cosine > least_cosine);
    assert_true(same > least_same);
}

static void test_fewer_bits_are_near(void **state) {
    (void)state;
    for (size_t m = 0; m < machines_count(); m++) {
        check_near(machines_at(m), PRECISION_INT8, "int8", 0.998, 0.85);
        check_near(machines_at(m), PRECISION_FP16, "fp16", 0.9999, 0.95);
    }
}

/* ---- against training ---- */

static const struct tensor *golden(const struct safetensors *file, const char *name, enum tensor_type type,
                                   uint32_t rank) {
    const struct tensor *tensor = safetensors_find(file, name);
    if (!tensor || tensor->type != type || tensor->rank != rank) fail_msg("%s: no '%s'", file->name, name);
    return tensor;
}

static int32_t integer_at(const struct tensor *tensor, size_t i) {
    int32_t number;
    memcpy(&number, tensor->bytes + i * sizeof number, sizeof number);
    return number;
}

static double *doubles_of(const struct tensor *tensor) {
    size_t count = tensor->size_bytes / sizeof(float);
    double *numbers = mem_alloc(count * sizeof *numbers);
    for (size_t i = 0; i < count; i++) {
        float number;
        memcpy(&number, tensor->bytes + i * sizeof number, sizeof number);
        numbers[i] = (double)number;
    }
    return numbers;
}

static uint32_t golden_window(const struct safetensors *file, struct device_token *tokens) {
    const struct tensor *token = golden(file, "input.token", TENSOR_I32, 1);
    const struct tensor *features = golden(file, "input.features", TENSOR_I32, 2);
    const struct tensor *grams = golden(file, "input.grams", TENSOR_I32, 2);
    const struct tensor *gram_count = golden(file, "input.gram_count", TENSOR_I32, 1);
    uint32_t count = token->shape[0];
    assert_in_range(count, 1, DEVICE_WINDOW_MAX);
    assert_int_equal(features->shape[0] * features->shape[1], count * DEVICE_FEATURES);
    assert_int_equal(grams->shape[0] * grams->shape[1], count * DEVICE_GRAMS);
    assert_int_equal(gram_count->shape[0], count);
    for (uint32_t t = 0; t < count; t++) {
        tokens[t].token = (uint16_t)integer_at(token, t);
        tokens[t].gram_count = (uint8_t)integer_at(gram_count, t);
        for (uint32_t k = 0; k < DEVICE_FEATURES; k++)
            tokens[t].features[k] = (uint8_t)integer_at(features, t * DEVICE_FEATURES + k);
        for (uint32_t g = 0; g < DEVICE_GRAMS; g++)
            tokens[t].grams[g] = (uint16_t)integer_at(grams, t * DEVICE_GRAMS + g);
    }
    return count;
}

static void check_layers(const struct safetensors *file, const struct naive_scores *naive, uint32_t width) {
    for (uint32_t i = 0; i < naive->layer_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "layer.%u.output", i);
        double *wanted = doubles_of(golden(file, name, TENSOR_F32, 2));
        for (size_t at = 0; at < (size_t)naive->rows * width; at++)
            assert_true(fabs(naive->layers[i][at] - wanted[at]) <= NEAR_GOLDEN * (1 + fabs(wanted[at])));
        mem_free(wanted);
    }
}

static void test_scores_of_training(void **state) {
    (void)state;
    struct error error = {0};
    struct safetensors file;
    struct weights *weights;
    if (weights_open(GOLDEN_WEIGHTS, &weights, &error) || safetensors_open(GOLDEN_SCORES, &file, &error))
        fail_msg("%s", error.message);
    const struct weights_shape *shape = &weights->shape;
    struct device_token tokens[DEVICE_WINDOW_MAX];
    struct encoder_window window = {.tokens = tokens, .count = golden_window(&file, tokens)};
    struct naive_scores naive;
    naive_encoder_run(weights, &window, &naive);
    check_layers(&file, &naive, shape->width);
    naive_scores_finish(&naive);

    double *token = doubles_of(golden(&file, "output.token", TENSOR_F32, 2));
    double *gap = doubles_of(golden(&file, "output.gap", TENSOR_F32, 2));
    double *fine = doubles_of(golden(&file, "output.fine", TENSOR_F32, 1));
    naive_log_softmax(token, window.count, shape->outputs);
    naive_log_softmax(gap, window.count + 1, shape->outputs);
    for (size_t m = 0; m < machines_count(); m++) {
        struct network *network;
        struct encoder *encoder;
        struct encoder_scores scores;
        assert_int_equal(network_create(weights, machines_at(m)->device, PRECISION_FP32, &network, &error),
                         STATUS_OK);
        assert_int_equal(encoder_create(network, 1, window.count, &encoder, &error), STATUS_OK);
        assert_int_equal(encoder_run(encoder, &window, 1, &scores, &error), STATUS_OK);
        assert_near(scores.token, token, (size_t)window.count * shape->outputs, NEAR_GOLDEN, "token");
        assert_near(scores.gap, gap, (size_t)(window.count + 1) * shape->outputs, NEAR_GOLDEN, "gap");
        assert_near(&scores.fine, (double[]){sigmoid(*fine)}, 1, NEAR_GOLDEN, "fine");
        encoder_destroy(encoder);
        network_destroy(network);
    }
    mem_free(token);
    mem_free(gap);
    mem_free(fine);
    safetensors_close(&file);
    weights_destroy(weights);
}

/* ---- company, refusals ---- */

static void check_company(const struct machine *machine, enum precision precision) {
    struct random_weights_params params = small;
    params.seed = seed;
    struct tower tower;
    build(&tower, &params, machine->device, precision, 3, 60);
    struct error error;
    const struct weights_shape *shape = network_shape(tower.network);
    struct device_token tokens[3][20];
    struct encoder_window windows[3];
    uint64_t random = seed;
    for (uint32_t i = 0; i < 3; i++) {
        random_window(shape, 20 - i, &random, tokens[i]);
        windows[i] = (struct encoder_window){.tokens = tokens[i], .count = 20 - i};
    }
    size_t count = 19 * shape->outputs;
    struct encoder_scores alone, together[3];
    assert_int_equal(encoder_run(tower.encoder, &windows[1], 1, &alone, &error), STATUS_OK);
    float *kept = mem_alloc(count * sizeof *kept), fine = alone.fine;
    memcpy(kept, alone.token, count * sizeof *kept);
    assert_int_equal(encoder_run(tower.encoder, windows, 3, together, &error), STATUS_OK);
    for (size_t i = 0; i < count; i++)
        assert_true(fabsf(together[1].token[i] - kept[i]) < 1e-5f);
    assert_true(fabsf(together[1].fine - fine) < 1e-5f);
    mem_free(kept);
    demolish(&tower);
}

static void test_company_changes_nothing(void **state) {
    (void)state;
    for (size_t m = 0; m < machines_count(); m++)
        for (int precision = PRECISION_FP32; precision <= PRECISION_INT8; precision++)
            check_company(machines_at(m), (enum precision)precision);
}

static void assert_refused(struct encoder *encoder, const struct encoder_window *windows, uint32_t count,
                           const char *words) {
    struct encoder_scores scores[4];
    struct error error = {0};
    assert_int_equal(encoder_run(encoder, windows, count, scores, &error), STATUS_INVALID);
    if (!strstr(error.message, words)) fail_msg("'%s' does not say '%s'", error.message, words);
}

static void test_what_the_network_has_no_row_for(void **state) {
    (void)state;
    struct random_weights_params params = small;
    struct tower tower;
    build(&tower, &params, machines_at(0)->device, PRECISION_AUTO, 2, 300);
    assert_int_equal(network_precision(tower.network), PRECISION_FP32);
    struct device_token tokens[DEVICE_WINDOW_MAX + 1] = {0};
    struct encoder_window window = {.tokens = tokens, .count = 3};
    struct encoder_scores scores;
    struct error error;
    assert_int_equal(encoder_run(tower.encoder, &window, 1, &scores, &error), STATUS_OK);
    tokens[1].token = (uint16_t)tower.weights->shape.tokens;
    assert_refused(tower.encoder, &window, 1, "window 0, token 1: token 37; the network has 37");
    tokens[1] = (struct device_token){.features = {0, 2}};
    assert_refused(tower.encoder, &window, 1, "feature 2; the network has 2");
    tokens[1] = (struct device_token){.gram_count = 1, .grams = {50}};
    assert_refused(tower.encoder, &window, 1, "gram 50; the network has 50");
    tokens[1] = (struct device_token){.gram_count = DEVICE_GRAMS + 1};
    assert_refused(tower.encoder, &window, 1, "gram count 13");
    tokens[1] = (struct device_token){0};
    window.count = 0;
    assert_refused(tower.encoder, &window, 1, "window 0 has 0 tokens");
    window.count = DEVICE_WINDOW_MAX + 1;
    assert_refused(tower.encoder, &window, 1, "may have 1 to 256");
    struct encoder_window many[3] = {{tokens, 200}, {tokens, 101}, {tokens, 1}};
    assert_refused(tower.encoder, many, 2,
                   "window 1 has 101 tokens; it may have 1 to 256, and all windows together 300");
    assert_refused(tower.encoder, many, 3, "3 windows; the encoder takes 1 to 2");
    assert_refused(tower.encoder, many, 0, "0 windows");
    demolish(&tower);
}

static void test_sizes_of_an_encoder(void **state) {
    (void)state;
    struct random_weights_params params = small;
    struct tower tower;
    build(&tower, &params, machines_at(0)->device, PRECISION_AUTO, 1, 1);
    struct encoder *encoder;
    struct error error;
    static const uint32_t wrong[][2] = {
        {0, 1}, {1, 0}, {2, 1}, {1, DEVICE_WINDOW_MAX + 1}, {DEVICE_WINDOWS_MAX + 1, 5000}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(encoder_create(tower.network, wrong[i][0], wrong[i][1], &encoder, &error),
                         STATUS_INVALID);
    mem_set_try_limit(1);
    assert_int_equal(encoder_create(tower.network, 1, 1, &encoder, &error), STATUS_NO_MEMORY);
    struct network *network;
    assert_int_equal(network_create(tower.weights, tower.device, PRECISION_INT8, &network, &error),
                     STATUS_NO_MEMORY);
    assert_int_equal(network_create(tower.weights, tower.device, PRECISION_FP32, &network, &error),
                     STATUS_NO_MEMORY);
    mem_set_try_limit(0);
    encoder_destroy(NULL);
    network_destroy(NULL);
    demolish(&tower);
}

int main(void) {
    const char *given = getenv("NOODLE_SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("NOODLE_SEED=%llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fp32_equals_the_definition),
        cmocka_unit_test(test_odd_shapes),
        cmocka_unit_test(test_fewer_bits_are_near),
        cmocka_unit_test(test_scores_of_training),
        cmocka_unit_test(test_company_changes_nothing),
        cmocka_unit_test(test_what_the_network_has_no_row_for),
        cmocka_unit_test(test_sizes_of_an_encoder),
    };
    return cmocka_run_group_tests(tests, machines_open, machines_close);
}
