/* compute/weights.h and compute/safetensors.h: what is written is read, from anywhere in memory, and whatever
 * is wrong with a file is said in one line. */
#define _GNU_SOURCE
#include "compute/weights.h"

#include "base/str.h"
#include "compute/safetensors.h"
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
#include <unistd.h>

#include <cmocka.h>

#define MUTATIONS 3000

static const struct random_weights_params small = {.layers = 1,
                                                   .width = 8,
                                                   .heads = 1,
                                                   .feed_forward = 12,
                                                   .reach = 2,
                                                   .literals = 3,
                                                   .grams = 5,
                                                   .gap_width = 6};

static void make(struct str *bytes, enum number_format format) {
    struct random_weights_params params = small;
    params.format = format;
    params.seed = 7;
    random_weights_make(&params, bytes);
}

/* ---- what is right ---- */

static void check_small(const struct weights *weights, enum number_format format) {
    assert_int_equal(weights->shape.layers, 1);
    assert_int_equal(weights->shape.width, 8);
    assert_int_equal(weights->shape.outputs, 11);
    assert_int_equal(weights->shape.gap_width, 6);
    assert_int_equal(weights->shape.feature_rows, 40);
    assert_int_equal(weights->features_version, 1);
    assert_string_equal(weights->literals[2], "l2");
    assert_string_equal(weights->corpus, "none");
    assert_null(weights->calibration);
    assert_true(weights->int8_cost < 0);
    assert_true(weights_int8_is_accurate(weights) == (format == FORMAT_INT8));
    assert_int_equal(weights->layers[0].qkv.weight.rows, 24);
    assert_int_equal(weights->layers[0].qkv.weight.format, format);
    assert_int_equal(weights->embed_gram.rows, 5);
    assert_true((weights->head_token.weight.scales != NULL) == (format == FORMAT_INT8));
    assert_true(fabsf(weights->final_norm[0] - 1) <= 0.2f);
}

static void test_every_format_at_every_alignment(void **state) {
    (void)state;
    for (int format = FORMAT_FP32; format <= FORMAT_INT8; format++) {
        struct str bytes;
        make(&bytes, (enum number_format)format);
        for (size_t shift = 0; shift < 8; shift++) {
            char *moved = malloc(bytes.length + shift);
            memcpy(moved + shift, bytes.bytes, bytes.length);
            struct weights *weights;
            struct error error = {0};
            if (weights_from_memory("moved", moved + shift, bytes.length, &weights, &error))
                fail_msg("%s", error.message);
            check_small(weights, (enum number_format)format);
            weights_destroy(weights);
            free(moved);
        }
        str_finish(&bytes);
    }
}

static void test_a_file(void **state) {
    (void)state;
    char path[] = "/tmp/noodle_weights_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    struct str bytes;
    make(&bytes, FORMAT_FP16);
    assert_int_equal(write(descriptor, bytes.bytes, bytes.length), bytes.length);
    struct weights *weights;
    struct error error = {0};
    assert_int_equal(weights_open(path, &weights, &error), STATUS_OK);
    check_small(weights, FORMAT_FP16);
    weights_destroy(weights);
    assert_int_equal(ftruncate(descriptor, 0), 0);
    assert_int_equal(weights_open(path, &weights, &error), STATUS_MALFORMED);
    assert_non_null(strstr(error.message, "0 bytes are no safetensors file"));
    close(descriptor);
    unlink(path);
    assert_int_equal(weights_open(path, &weights, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "No such file"));
    assert_int_equal(weights_open("/tmp", &weights, &error), STATUS_INVALID);
    weights_destroy(NULL);
    str_finish(&bytes);
}

static void test_half_precision(void **state) {
    (void)state;
    static const struct {
        uint16_t half;
        float value;
    } cases[] = {{0x0000, 0},
                 {0x3C00, 1},
                 {0xC000, -2},
                 {0x7BFF, 65504},
                 {0x0400, 0x1p-14f},
                 {0x0001, 0x1p-24f},
                 {0x83FF, -0x1.ff8p-15f},
                 {0x3555, 0x1.554p-2f},
                 {0x7C00, INFINITY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(quant_half_to_float(cases[i].half) == cases[i].value);
    assert_true(signbit(quant_half_to_float(0x8000)));
    assert_true(isnan(quant_half_to_float(0x7E00)));
}

static void test_rows_as_int8(void **state) {
    (void)state;
    static const float rows[][3] = {{1, -2, 0.5f}, {0, 0, 0}, {1e-44f, 0, 0}, {3e38f, -3e38f, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int8_t bytes[3];
        float scale = quant_row_to_int8(rows[i], 3, bytes);
        for (int k = 0; k < 3; k++) {
            assert_true(bytes[k] >= -127);
            assert_true(fabsf((float)bytes[k] * scale - rows[i][k]) <= fmaxf(0.5001f * scale, 1e-40f));
        }
    }
}

/* ---- what is wrong ---- */

static void assert_refused(const struct str *bytes, enum status status, const char *words) {
    struct weights *weights;
    struct error error = {0};
    enum status got = weights_from_memory("w", bytes->bytes, bytes->length, &weights, &error);
    if (got == STATUS_OK) fail_msg("accepted, but should say '%s'", words);
    if (!strstr(error.message, words)) fail_msg("'%s' does not say '%s'", error.message, words);
    assert_int_equal(got, status);
    assert_null(strchr(error.message, '\n'));
}

/* The header with `from` as `to`; its length is put right. */
static void replace(struct str *bytes, const char *from, const char *to) {
    char *found = memmem(bytes->bytes, bytes->length, from, strlen(from));
    if (!found) fail_msg("the header has no '%s'", from);
    size_t start = (size_t)(found - bytes->bytes);
    struct str changed;
    str_init(&changed);
    str_add(&changed, bytes->bytes, start);
    str_adds(&changed, to);
    str_add(&changed, found + strlen(from), bytes->length - start - strlen(from));
    uint64_t length;
    memcpy(&length, changed.bytes, sizeof length);
    length += strlen(to) - strlen(from);
    memcpy(changed.bytes, &length, sizeof length);
    str_finish(bytes);
    *bytes = changed;
}

static void test_headers_that_are_wrong(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        enum status status;
        const char *words;
    } cases[] = {
        {"noodle-encoder", "else", STATUS_UNSUPPORTED, "their format is else, not noodle-encoder"},
        {"\"format\":\"noodle-encoder\",", "", STATUS_UNSUPPORTED, "format is not named"},
        {"\"version\":\"1\"", "\"version\":\"2\"", STATUS_UNSUPPORTED,
         "have version 2, this program reads version 1"},
        {"\"layers\":\"1\"", "\"layers\":\"2\"", STATUS_MALFORMED, "no tensor 'layers.1.norm1.weight'"},
        {"\"layers\":\"1\"", "\"layers\":\"0\"", STATUS_MALFORMED,
         "layers is '0'; it takes a number from 1 to 24"},
        {"\"layers\":\"1\"", "\"layers\":\"-1\"", STATUS_MALFORMED, "layers is '-1'"},
        {"\"layers\":\"1\"", "\"layers\":\"99999999999999999999\"", STATUS_MALFORMED, "layers is '9999"},
        {"\"layers\":\"1\"", "\"layers\":1", STATUS_MALFORMED, "'layers' in __metadata__ is no string"},
        {"\"layers\":\"1\"", "\"layers\":\"1\\u0000\"", STATUS_MALFORMED,
         "'layers' in __metadata__ is no string"},
        {"\"layers\":\"1\",", "", STATUS_MALFORMED, "__metadata__ has no 'layers'"},
        {"\"layers\"", "\"int8_cost\":\"little\",\"layers\"", STATUS_MALFORMED,
         "int8_cost is 'little'; it takes points from 0 to 100"},
        {"\"layers\"", "\"int8_cost\":\"-1\",\"layers\"", STATUS_MALFORMED, "int8_cost is '-1'"},
        {"\"layers\"", "\"int8_cost\":\"\",\"layers\"", STATUS_MALFORMED, "int8_cost is ''"},
        {"\"layers\"", "\"int8_cost\":\"1e9\",\"layers\"", STATUS_MALFORMED, "int8_cost is '1e9'"},
        {"\"heads\":\"1\"", "\"heads\":\"2\"", STATUS_UNSUPPORTED, "width 8 in 2 heads"},
        {"\"heads\":\"1\"", "\"heads\":\"9\"", STATUS_UNSUPPORTED, "width 8 in 9 heads"},
        {"\"width\":\"8\"", "\"width\":\"16\"", STATUS_MALFORMED, "embed.token"},
        {"\"tokens\":\"11\"", "\"tokens\":\"12\"", STATUS_MALFORMED,
         "vocabulary has 3 literals, tokens is 12"},
        {"\"tokens\":\"11\"", "\"tokens\":\"8\"", STATUS_MALFORMED, "tokens is '8'"},
        {"3,2,8,4,5,9,2,7", "3,2,8,4,5,9,2", STATUS_MALFORMED, "feature_sizes is '3,2,8,4,5,9,2'"},
        {"3,2,8,4,5,9,2,7", "3,2,8,4,5,9,2,7,", STATUS_MALFORMED, "feature_sizes"},
        {"3,2,8,4,5,9,2,7", "3,2,8,4,5,9,2,0", STATUS_MALFORMED, "feature_sizes"},
        {"3,2,8,4,5,9,2,7", "3,2,8,4,5,9,257,7", STATUS_MALFORMED, "feature_sizes"},
        {"3,2,8,4,5,9,2,7", "3,2,8,4,5,9,2,8", STATUS_MALFORMED,
         "'embed.feature' has 2 dimensions, [40, 8, 1]; it should have 2, [41, 8]"},
        {"[\\\"l0\\\"", "[\\\"\\\"", STATUS_MALFORMED, "literal 0 of the vocabulary is no text"},
        {"[\\\"l0\\\"", "[7", STATUS_MALFORMED, "literal 0 of the vocabulary is no text"},
        {"[\\\"l0\\\"", "{\\\"l0\\\"", STATUS_MALFORMED, "vocabulary is no JSON array"},
        {"\"embed.token\"", "\"embed.tokens\"", STATUS_MALFORMED, "there is no tensor 'embed.token'"},
        {"\"__metadata__\":{", "\"__metadata__\":[],\"m\":{", STATUS_MALFORMED, "__metadata__ is no object"},
        {"\"F32\"", "\"F64\"", STATUS_UNSUPPORTED, "has the dtype \"F64\""},
        {"\"F32\"", "7", STATUS_UNSUPPORTED, "has the dtype 7"},
        {"\"F32\"", "\"I32\"", STATUS_MALFORMED, "should be F32, F16 or I8"},
        {"\"dtype\":\"F32\",", "", STATUS_MALFORMED, "needs a dtype"},
        {"\"shape\":[11,8]", "\"shape\":[8,11]", STATUS_MALFORMED, "[8, 11, 1]; it should have 2, [11, 8]"},
        {"\"shape\":[11,8]", "\"shape\":[88]", STATUS_MALFORMED, "has 1 dimensions"},
        {"\"shape\":[11,8]", "\"shape\":[11,8,1]", STATUS_MALFORMED, "has 3 dimensions"},
        {"\"shape\":[11,8]", "\"shape\":[11,8,1,1]", STATUS_UNSUPPORTED, "has 4 dimensions"},
        {"\"shape\":[11,8]", "\"shape\":[11,-8]", STATUS_MALFORMED, "no sensible length"},
        {"\"shape\":[11,8]", "\"shape\":[11,8.0]", STATUS_MALFORMED, "no sensible length"},
        {"\"shape\":[11,8]", "\"shape\":[1073741824,1073741824]", STATUS_MALFORMED,
         "is larger than the file"},
        {"\"shape\":[11,8]", "\"shape\":[99999999999999999999,8]", STATUS_MALFORMED, "no sensible length"},
        {"\"shape\":[11,8]", "\"shape\":[11,9]", STATUS_MALFORMED,
         "has 352 bytes, its shape and dtype need 396"},
        {"\"shape\":[11,8]", "\"shape\":\"11,8\"", STATUS_MALFORMED, "needs a dtype, a shape"},
        {"[0,352]", "[352,0]", STATUS_MALFORMED, "are no range"},
        {"[0,352]", "[4,356]", STATUS_MALFORMED, "a hole before tensor 'embed.token'"},
        {"[352,1632]", "[348,1628]", STATUS_MALFORMED, "an overlap before tensor 'embed.feature'"},
        {"[0,352]", "[0,99999999]", STATUS_MALFORMED, "are no range"},
        {"[0,352]", "[0]", STATUS_MALFORMED, "are no range"},
        {"[0,352]", "[-1,352]", STATUS_MALFORMED, "are no range"},
        {"{\"__metadata__\"", "{{\"__metadata__\"", STATUS_MALFORMED, "the header is no JSON object"},
        {"{\"__metadata__\"", "{}  {\"__metadata__\"", STATUS_MALFORMED, "the header is no JSON object"},
        {"{\"__metadata__\"", " {\"__metadata__\"", STATUS_MALFORMED, "does not begin with a header"},
        {"\"none\"", "\"\xFF\"", STATUS_MALFORMED, "the header is no JSON object"},
        {"\"none\"", "[[[[[[[[[[]]]]]]]]]]", STATUS_MALFORMED, "the header is no JSON object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str bytes;
        make(&bytes, FORMAT_FP32);
        replace(&bytes, cases[i].from, cases[i].to);
        assert_refused(&bytes, cases[i].status, cases[i].words);
        str_finish(&bytes);
    }
}

/* What the file says of itself counts before what it looks like. */
static void test_cost_of_int8(void **state) {
    (void)state;
    static const struct {
        enum number_format format;
        const char *said;
        bool accurate;
    } cases[] = {{FORMAT_INT8, "0.10", true},
                 {FORMAT_INT8, "0.50", true},
                 {FORMAT_INT8, "0.51", false},
                 {FORMAT_FP32, "0", true},
                 {FORMAT_FP16, "7", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str bytes;
        char to[64];
        make(&bytes, cases[i].format);
        snprintf(to, sizeof to, "\"int8_cost\":\"%s\",\"layers\"", cases[i].said);
        replace(&bytes, "\"layers\"", to);
        struct weights *weights;
        assert_int_equal(weights_from_memory("w", bytes.bytes, bytes.length, &weights, NULL), STATUS_OK);
        assert_true(weights_int8_is_accurate(weights) == cases[i].accurate);
        weights_destroy(weights);
        str_finish(&bytes);
    }
}

static void test_int8_without_scales(void **state) {
    (void)state;
    struct str bytes;
    make(&bytes, FORMAT_INT8);
    replace(&bytes, "\"embed.gram.scale\"", "\"embed.gram.scales\"");
    assert_refused(&bytes, STATUS_MALFORMED, "there is no tensor 'embed.gram.scale'");
    str_finish(&bytes);
    make(&bytes, FORMAT_FP32);
    replace(&bytes, "\"layers.0.norm1.weight\"", "\"layers.0.norm3.weight\"");
    assert_refused(&bytes, STATUS_MALFORMED, "there is no tensor 'layers.0.norm1.weight'");
    str_finish(&bytes);
    /* A tensor more than there should be, of no bytes. */
    make(&bytes, FORMAT_FP32);
    replace(&bytes, ",\"embed.token\"",
            ",\"spare\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"embed.token\"");
    assert_refused(&bytes, STATUS_MALFORMED, "tensor 'spare' is none of an encoder with 1 layers");
    str_finish(&bytes);
}

/* Where a tensor's numbers begin. */
static size_t place_of(const struct str *bytes, const char *name) {
    struct safetensors file;
    struct error error;
    assert_int_equal(safetensors_from_memory("w", bytes->bytes, bytes->length, &file, &error), STATUS_OK);
    const struct tensor *tensor = safetensors_find(&file, name);
    assert_non_null(tensor);
    assert_null(safetensors_find(&file, "nothing"));
    size_t place = (size_t)(tensor->bytes - (const unsigned char *)bytes->bytes);
    safetensors_close(&file);
    return place;
}

static void test_numbers_that_are_none(void **state) {
    (void)state;
    static const struct {
        enum number_format format;
        const char *name;
        uint32_t bits;
        size_t size;
        const char *words;
    } cases[] = {
        {FORMAT_FP32, "final.norm.weight", 0x7FC00000, 4, "'final.norm.weight' has numbers that are none"},
        {FORMAT_FP32, "layers.0.position", 0xFF800000, 4, "'layers.0.position' has numbers that are none"},
        {FORMAT_FP32, "head.fine.bias", 0x7F800000, 4, "'head.fine.bias' has numbers that are none"},
        {FORMAT_FP16, "embed.token", 0x7C00, 2, "'embed.token' has numbers that are none"},
        {FORMAT_INT8, "layers.0.up.weight", 0x80, 1,
         "'layers.0.up.weight' has numbers that are none or out of range"},
        {FORMAT_INT8, "layers.0.up.weight.scale", 0xBF800000, 4, "has a negative scale"},
        {FORMAT_INT8, "layers.0.up.weight.scale", 0x7F800000, 4, "has numbers that are none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str bytes;
        make(&bytes, cases[i].format);
        memcpy(bytes.bytes + place_of(&bytes, cases[i].name), &cases[i].bits, cases[i].size);
        assert_refused(&bytes, STATUS_MALFORMED, cases[i].words);
        str_finish(&bytes);
    }
}

static void test_cut_anywhere(void **state) {
    (void)state;
    struct str bytes;
    make(&bytes, FORMAT_INT8);
    struct weights *weights;
    struct error error;
    for (size_t length = 0; length < bytes.length; length += length < 16 ? 1 : 37) {
        char *exact = malloc(length ? length : 1); /* so that a read past the end is seen */
        memcpy(exact, bytes.bytes, length);
        assert_int_equal(weights_from_memory("w", exact, length, &weights, &error), STATUS_MALFORMED);
        free(exact);
    }
    str_addc(&bytes, 0);
    assert_refused(&bytes, STATUS_MALFORMED, "1 bytes follow the last tensor");
    str_finish(&bytes);
}

static void test_lengths_of_the_header(void **state) {
    (void)state;
    static const uint64_t lengths[] = {0, 1, 1u << 20, (1u << 20) + 1, UINT64_MAX, (uint64_t)1 << 63};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct str bytes;
        make(&bytes, FORMAT_FP32);
        memcpy(bytes.bytes, &lengths[i], sizeof lengths[i]);
        assert_refused(&bytes, STATUS_MALFORMED, "w: ");
        str_finish(&bytes);
    }
}

static void test_bytes_changed_anywhere(void **state) {
    (void)state;
    const char *given = getenv("NOODLE_SEED");
    uint64_t random = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("NOODLE_SEED=%llu\n", (unsigned long long)random);
    struct str bytes;
    make(&bytes, FORMAT_INT8);
    uint64_t header;
    memcpy(&header, bytes.bytes, sizeof header);
    for (int i = 0; i < MUTATIONS; i++) {
        /* Mostly in the header, where they matter. */
        size_t at = random_next(&random) % (i % 4 ? 8 + header : bytes.length);
        char kept = bytes.bytes[at];
        bytes.bytes[at] = (char)random_next(&random);
        struct weights *weights = NULL;
        struct error error;
        if (weights_from_memory("w", bytes.bytes, bytes.length, &weights, &error) == STATUS_OK)
            weights_destroy(weights);
        bytes.bytes[at] = kept;
    }
    str_finish(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_at_every_alignment),
        cmocka_unit_test(test_a_file),
        cmocka_unit_test(test_half_precision),
        cmocka_unit_test(test_rows_as_int8),
        cmocka_unit_test(test_headers_that_are_wrong),
        cmocka_unit_test(test_cost_of_int8),
        cmocka_unit_test(test_int8_without_scales),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_lengths_of_the_header),
        cmocka_unit_test(test_bytes_changed_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
