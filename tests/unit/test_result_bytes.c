/* Analyses as bytes: what comes back is what went in, and nothing else is taken. */
#include "analysis/pipeline.h"
#include "analysis/result_bytes.h"
#include "tests/support/damage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static const char broken[] = "import os\n\ndef f(a, b:\n    return [a, b\n\nprint(f(1, 2)\n";

static struct analysis *analyze(const char *language, const char *bytes) {
    struct text *text;
    struct analysis *analysis;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    struct pipeline *pipeline = pipeline_create();
    struct pipeline_request request = {.language = language_find(language),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .repair_budget_ns = UINT64_C(5000000000)};
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
    pipeline_destroy(pipeline);
    text_unref(text);
    return analysis;
}

static void check_strings(const char *a, const char *b) {
    assert_int_equal(!a, !b);
    if (a) assert_string_equal(a, b);
}

static void check_repairs(const struct repair *a, const struct repair *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(a[i].title, b[i].title);
        assert_true(a[i].confidence == b[i].confidence);
        assert_memory_equal(a[i].reasons, b[i].reasons, sizeof a[i].reasons);
        assert_int_equal(a[i].edit_count, b[i].edit_count);
        for (size_t k = 0; k < a[i].edit_count; k++) {
            assert_int_equal(a[i].edits[k].start_byte, b[i].edits[k].start_byte);
            assert_int_equal(a[i].edits[k].end_byte, b[i].edits[k].end_byte);
            assert_int_equal(a[i].edits[k].new_length, b[i].edits[k].new_length);
            assert_memory_equal(a[i].edits[k].new_bytes, b[i].edits[k].new_bytes, a[i].edits[k].new_length);
        }
    }
}

static void check_findings(const struct finding *a, const struct finding *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].start_byte, b[i].start_byte);
        assert_int_equal(a[i].end_byte, b[i].end_byte);
        assert_int_equal(a[i].code, b[i].code);
        assert_int_equal(a[i].severity, b[i].severity);
        check_strings(a[i].message, b[i].message);
        check_strings(a[i].words, b[i].words);
        assert_int_equal(a[i].has_related, b[i].has_related);
        if (a[i].has_related) {
            assert_int_equal(a[i].related_start, b[i].related_start);
            assert_int_equal(a[i].related_end, b[i].related_end);
            check_strings(a[i].related_message, b[i].related_message);
        }
        assert_int_equal(a[i].repair_count, b[i].repair_count);
        check_repairs(a[i].repairs, b[i].repairs, a[i].repair_count);
    }
}

static void what_goes_in_comes_back(void **unused) {
    (void)unused;
    static const char *const texts[][2] = {{"python", broken},
                                           {"json", "[1 2]"},
                                           {"json", "[1, 2]"},
                                           {"json", ""},
                                           {"javascript", "switch (x) { case 1: let a; case 2: let a; }"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct analysis *a = analyze(texts[i][0], texts[i][1]);
        struct str bytes, again;
        str_init(&bytes);
        str_init(&again);
        assert_true(result_bytes_encode(a, &bytes));
        struct analysis *b = result_bytes_decode(bytes.bytes, bytes.length, a->text);
        assert_non_null(b);
        assert_ptr_equal(a->text, b->text);
        assert_int_equal(a->finding_count, b->finding_count);
        check_findings(a->findings, b->findings, a->finding_count);
        assert_int_equal(a->advice_count, b->advice_count);
        check_findings(a->advice, b->advice, a->advice_count);
        assert_int_equal(a->echo_count, b->echo_count);
        for (size_t k = 0; k < a->echo_count; k++)
            assert_memory_equal(&a->echoes[k], &b->echoes[k], sizeof a->echoes[k]);
        assert_int_equal(a->fix_count, b->fix_count);
        check_repairs(a->fixes, b->fixes, a->fix_count);
        assert_int_equal(a->partial, b->partial);
        assert_int_equal(a->too_many, b->too_many);
        assert_true(b->repairs_done);
        assert_true(result_bytes_encode(b, &again));
        assert_int_equal(bytes.length, again.length);
        assert_memory_equal(bytes.bytes, again.bytes, bytes.length);
        str_finish(&bytes);
        str_finish(&again);
        analysis_unref(a);
        analysis_unref(b);
    }
}

static void nothing_shorter_or_longer_is_taken(void **unused) {
    (void)unused;
    struct analysis *analysis = analyze("python", broken);
    struct str bytes;
    str_init(&bytes);
    assert_true(analysis->finding_count > 1);
    assert_true(result_bytes_encode(analysis, &bytes));
    for (size_t length = 0; length < bytes.length; length++)
        assert_null(result_bytes_decode(bytes.bytes, length, analysis->text));
    str_addc(&bytes, 0);
    assert_null(result_bytes_decode(bytes.bytes, bytes.length, analysis->text));
    struct text *other;
    assert_int_equal(text_create("x", 1, &other), STATUS_OK);
    assert_null(result_bytes_decode(bytes.bytes, bytes.length - 1, other));
    text_unref(other);
    str_finish(&bytes);
    analysis_unref(analysis);
}

/* What is taken all the same keeps the promises: places in the text, edits that ascend, certainties that are.
 */
static void check_promises(const struct analysis *analysis) {
    uint32_t size = text_size(analysis->text);
    for (size_t i = 0; i < analysis->finding_count; i++) {
        const struct finding *finding = &analysis->findings[i];
        assert_true(finding->start_byte <= finding->end_byte && finding->end_byte <= size);
        assert_true(finding->code < FINDING_CODE_COUNT && finding->severity <= SEVERITY_HINT);
        assert_non_null(finding->message);
    }
    for (size_t i = 0; i < analysis->fix_count; i++) {
        const struct repair *repair = &analysis->fixes[i];
        assert_true(repair->confidence >= 0 && repair->confidence <= 1);
        uint32_t at = 0;
        for (size_t k = 0; k < repair->edit_count; k++) {
            assert_true(repair->edits[k].start_byte >= at && repair->edits[k].end_byte <= size);
            assert_true(repair->edits[k].start_byte <= repair->edits[k].end_byte);
            at = repair->edits[k].end_byte;
        }
    }
}

static void changed_bytes_keep_the_promises(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct analysis *analysis = analyze("python", broken);
    struct str bytes, changed;
    str_init(&bytes);
    str_init(&changed);
    assert_true(result_bytes_encode(analysis, &bytes));
    for (int i = 0; i < 20000; i++) {
        str_clear(&changed);
        str_add(&changed, bytes.bytes, bytes.length);
        for (uint32_t k = 0; k <= damage_random_below(&random, 3); k++)
            changed.bytes[damage_random_below(&random, (uint32_t)bytes.length)] =
                (char)damage_random_below(&random, 256);
        struct analysis *decoded = result_bytes_decode(changed.bytes, changed.length, analysis->text);
        if (decoded) check_promises(decoded);
        analysis_unref(decoded);
    }
    str_finish(&bytes);
    str_finish(&changed);
    analysis_unref(analysis);
}

static void numbers_that_are_none_are_not_written(void **unused) {
    (void)unused;
    struct analysis *analysis = analyze("json", "[1 2]");
    struct str bytes;
    str_init(&bytes);
    assert_true(analysis->fix_count > 0);
    double confidence = analysis->fixes[0].confidence;
    analysis->fixes[0].confidence = (double)NAN;
    assert_false(result_bytes_encode(analysis, &bytes));
    analysis->fixes[0].confidence = confidence;
    analysis->fixes[0].reasons[0] = INFINITY;
    assert_false(result_bytes_encode(analysis, &bytes));
    str_finish(&bytes);
    analysis_unref(analysis);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(nothing_shorter_or_longer_is_taken),
        cmocka_unit_test(changed_bytes_keep_the_promises),
        cmocka_unit_test(numbers_that_are_none_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
