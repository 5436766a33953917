/* Texts of some length, a random mistake in them, and its undoing: nothing is left of what was said about the
 * mistake, though only what lies around the edits was looked at. NOODLE_SEED repeats a run. */
#include "analysis/pipeline.h"
#include "base/str.h"
#include "tests/support/damage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS     25
#define TEXT_BYTES 24000 /* several times what is looked at around an edit */

struct desk {
    struct pipeline *pipeline;
    const struct language *language;
    struct syntax *syntax;
};

/* How many findings the next version has; *ret_advice: warnings and hints besides. */
static size_t next(struct desk *desk, const struct str *bytes, bool fresh, size_t *ret_advice) {
    struct text *text;
    struct analysis *analysis;
    struct syntax *syntax;
    assert_int_equal(text_create(bytes->bytes, bytes->length, &text), STATUS_OK);
    struct pipeline_request request = {
        .language = desk->language, .text = text, .previous = fresh ? NULL : desk->syntax, .finish = true};
    assert_int_equal(pipeline_run(desk->pipeline, &request, &analysis, &syntax), STATUS_OK);
    syntax_unref(desk->syntax);
    desk->syntax = syntax;
    size_t count = analysis->finding_count;
    *ret_advice = analysis->advice_count;
    analysis_unref(analysis);
    text_unref(text);
    return count;
}

static void undone_mistakes_leave_nothing(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    for (size_t i = 0; i < damage_source_count; i++) {
        const struct damage_source *source = &damage_sources[i];
        struct desk desk = {pipeline_create(), language_find(source->language), NULL};
        bool data = desk.language->flags & LANGUAGE_DATA;
        struct str whole, broken;
        str_init(&whole);
        str_init(&broken);
        if (data) str_adds(&whole, "[\n");
        while (whole.length < TEXT_BYTES) {
            if (data && whole.length > 2) str_adds(&whole, ",\n");
            str_adds(&whole, source->text);
        }
        if (data) str_adds(&whole, "\n]\n");
        size_t advice, advice_whole;
        size_t before = next(&desk, &whole, true, &advice_whole);
        for (int round = 0; round < ROUNDS; round++) {
            struct damage_edit edit = damage_make(&random, whole.bytes, whole.length);
            str_clear(&broken);
            str_add(&broken, whole.bytes, whole.length);
            damage_apply(&broken, &edit);
            next(&desk, &broken, false, &advice);
            size_t after = next(&desk, &whole, false, &advice);
            if (after != before || advice != advice_whole)
                fail_msg("%s: %zu findings and %zu hints, %zu and %zu before a mistake at %u",
                         source->language, after, advice, before, advice_whole, edit.start_byte);
        }
        syntax_unref(desk.syntax);
        pipeline_destroy(desk.pipeline);
        str_finish(&whole);
        str_finish(&broken);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(undone_mistakes_leave_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
