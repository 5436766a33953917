/* Random mistakes in valid sources of every language: the analysis keeps its promises (engine_check.h)
 * whatever the damage. NOODLE_SEED repeats a run. */
#include "analysis/session.h"
#include "base/clock.h"
#include "tests/support/damage.h"
#include "tests/support/engine_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS       12 /* of each language, with 1 to MAX_MISTAKES mistakes */
#define MAX_MISTAKES 4
#define BUDGET_NS    (150 * NS_PER_MS)

struct desk {
    struct engine_check check;
    const struct language *language;
    size_t results;
    bool ok;
};

static void take(const struct session_result *result, void *payload) {
    struct desk *desk = payload;
    desk->results++;
    if (result->status != STATUS_OK) {
        snprintf(desk->check.broken, sizeof desk->check.broken, "status %s", status_text(result->status));
        desk->ok = false;
    } else if (desk->ok && result->analysis->repairs_done) {
        desk->ok = engine_check_analysis(&desk->check, desk->language, result->snapshot->text, result->syntax,
                                         result->analysis);
    }
}

static void valid_sources_have_no_findings(void **unused) {
    (void)unused;
    struct pipeline *pipeline = pipeline_create();
    for (size_t i = 0; i < damage_source_count; i++) {
        const struct damage_source *source = &damage_sources[i];
        struct text *text;
        assert_int_equal(text_create(source->text, strlen(source->text), &text), STATUS_OK);
        struct pipeline_request request = {
            .language = language_find(source->language), .text = text, .finish = true};
        struct analysis *analysis;
        assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
        if (analysis->finding_count > 0)
            print_message("%s: a finding at %u\n", source->language, analysis->findings[0].start_byte);
        assert_int_equal(analysis->finding_count, 0);
        analysis_unref(analysis);
        text_unref(text);
    }
    pipeline_destroy(pipeline);
}

static void repairs_of_random_damage_keep_their_promises(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct desk desk = {.check.pipeline = pipeline_create()};
    struct session_params params = {.repair_budget_ns = BUDGET_NS, .on_result = take, .payload = &desk};
    struct session *session = session_create(&params);
    struct document_store *store = document_store_create();
    size_t broken = 0;
    for (size_t i = 0; i < damage_source_count * ROUNDS; i++) {
        const struct damage_source *source = &damage_sources[i % damage_source_count];
        desk.language = language_find(source->language);
        struct str bytes;
        str_init(&bytes);
        str_adds(&bytes, source->text);
        struct snapshot *snapshot;
        assert_int_equal(document_open(store, "a", desk.language, 0, bytes.bytes, bytes.length, &snapshot),
                         STATUS_OK);
        session_submit(session,
                       snapshot); /* the valid text first, so that the damaged one is parsed from it */
        uint32_t mistakes = 1 + damage_random_below(&random, MAX_MISTAKES);
        for (uint32_t mistake = 0; mistake < mistakes; mistake++) {
            struct damage_edit edit = damage_make(&random, bytes.bytes, bytes.length);
            damage_apply(&bytes, &edit);
        }
        struct text *text;
        assert_int_equal(text_create(bytes.bytes, bytes.length, &text), STATUS_OK);
        assert_int_equal(document_update(store, "a", 1, text, &snapshot), STATUS_OK);
        text_unref(text);
        desk.ok = true;
        desk.results = 0;
        session_submit(session, snapshot);
        if (!desk.ok) {
            print_message("%s: %s\n%s\n", source->language, desk.check.broken, bytes.bytes);
            broken++;
        }
        assert_true(desk.results > 0);
        session_close(session, "a");
        assert_int_equal(document_close(store, "a"), STATUS_OK);
        str_finish(&bytes);
    }
    assert_int_equal(broken, 0);
    session_destroy(session);
    document_store_destroy(store);
    pipeline_destroy(desk.check.pipeline);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_sources_have_no_findings),
        cmocka_unit_test(repairs_of_random_damage_keep_their_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
