/* The session inline: what one submit leads to. Threads are in tests/property/prop_session.c. */
#include "analysis/session.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct session *session;
    struct meter *meter;
    struct document_store *store;
    struct {
        VEC_FIELDS(struct session_result);
    } results; /* with references */
};

static void take(const struct session_result *result, void *payload) {
    struct desk *desk = payload;
    snapshot_ref(result->snapshot);
    if (result->analysis) analysis_ref(result->analysis);
    if (result->syntax) syntax_ref(result->syntax);
    vec_push(&desk->results, *result);
}

static void drop_results(struct desk *desk) {
    for (size_t i = 0; i < desk->results.count; i++) {
        snapshot_unref(desk->results.items[i].snapshot);
        analysis_unref(desk->results.items[i].analysis);
        syntax_unref(desk->results.items[i].syntax);
    }
    vec_clear(&desk->results);
}

static void start(struct desk *desk) {
    memset(desk, 0, sizeof *desk);
    desk->meter = meter_create();
    desk->store = document_store_create();
    struct session_params params = {.meter = desk->meter, .on_result = take, .payload = desk};
    desk->session = session_create(&params);
}

static void stop(struct desk *desk) {
    session_destroy(desk->session);
    document_store_destroy(desk->store);
    meter_destroy(desk->meter);
    drop_results(desk);
    vec_finish(&desk->results);
}

static void submit(struct desk *desk, const char *uri, const char *language, int64_t version,
                   const char *bytes) {
    struct snapshot *snapshot;
    if (!document_find(desk->store, uri)) {
        assert_int_equal(document_open(desk->store, uri, language ? language_find(language) : NULL, version,
                                       bytes, strlen(bytes), &snapshot),
                         STATUS_OK);
    } else {
        struct text *text;
        assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
        assert_int_equal(document_update(desk->store, uri, version, text, &snapshot), STATUS_OK);
        text_unref(text);
    }
    session_submit(desk->session, snapshot);
}

static void findings_come_before_repairs(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    submit(&desk, "a.c", "c", 1, "int main(void) {\n    return 0\n}\n");
    assert_int_equal(desk.results.count, 2);
    const struct session_result *early = &desk.results.items[0], *last = &desk.results.items[1];
    assert_false(early->analysis->repairs_done);
    assert_true(early->analysis->finding_count > 0);
    assert_null(early->syntax);
    assert_true(last->analysis->repairs_done);
    assert_non_null(last->syntax);
    assert_ptr_equal(last->analysis->text, last->snapshot->text);
    assert_ptr_equal(last->snapshot, document_find(desk.store, "a.c"));
    assert_true(last->analysis->fix_count > 0);
    assert_int_equal(last->analysis->fixes[0].edit_count, 1);
    assert_int_equal(last->analysis->fixes[0].edits[0].new_length, 1);
    assert_memory_equal(last->analysis->fixes[0].edits[0].new_bytes, ";", 1);
    stop(&desk);
}

static void a_clean_text_has_one_result(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    submit(&desk, "a.json", "json", 1, "{\"a\": [1]}");
    assert_int_equal(desk.results.count, 1);
    assert_int_equal(desk.results.items[0].analysis->finding_count, 0);
    assert_int_equal(desk.results.items[0].status, STATUS_OK);
    submit(&desk, "a.json", "json", 2, "{\"a\": [1, 2]}");
    assert_int_equal(desk.results.count, 2);
    assert_int_equal(desk.results.items[1].snapshot->version, 2);
    assert_false(syntax_has_error(desk.results.items[1].syntax));
    stop(&desk);
}

static void times_count_from_the_change(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    submit(&desk, "a.py", "python", 1, "def f(:\n    return [1, 2\n");
    const struct session_result *early = &desk.results.items[0],
                                *last = &desk.results.items[desk.results.count - 1];
    const struct stage_times *times = &last->times;
    assert_true(times->ns[STAGE_PARSE] > 0);
    assert_true(times->ns[STAGE_DIAGNOSED] >= times->ns[STAGE_PARSE]);
    assert_true(times->ns[STAGE_REPAIRED] >= times->ns[STAGE_DIAGNOSED]);
    assert_int_equal(times->ns[STAGE_DIAGNOSED], early->times.ns[STAGE_DIAGNOSED]);
    assert_int_equal(early->times.ns[STAGE_REPAIRED], 0);
    assert_int_equal(meter_summary(desk.meter, STAGE_PARSE).count, 1);
    assert_int_equal(meter_summary(desk.meter, STAGE_DIAGNOSED).count, 1);
    assert_int_equal(meter_summary(desk.meter, STAGE_REPAIRED).count, 1);
    assert_int_equal(meter_summary(desk.meter, STAGE_PUBLISH).count, 0); /* the front door's */
    submit(&desk, "b.py", "python", 1, "x = 1\n");
    assert_int_equal(desk.results.items[desk.results.count - 1].times.ns[STAGE_REPAIRED], 0);
    assert_int_equal(meter_summary(desk.meter, STAGE_REPAIRED).count, 1);
    stop(&desk);
}

static void unknown_languages_and_closed_documents_are_quiet(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    submit(&desk, "a.txt", NULL, 1, "{{{{");
    assert_int_equal(desk.results.count, 0);
    submit(&desk, "a.c", "c", 1, "int a;");
    session_close(desk.session, "a.c");
    session_close(desk.session, "a.c");
    session_close(desk.session, "never opened");
    assert_int_equal(document_close(desk.store, "a.c"), STATUS_OK);
    drop_results(&desk);
    /* Opened again as another language: the old parse is of no use. */
    submit(&desk, "a.c", "json", 1, "{\"a\": 1}");
    assert_int_equal(desk.results.count, 1);
    assert_int_equal(desk.results.items[0].analysis->finding_count, 0);
    stop(&desk);
}

static void large_texts_end_settled(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    struct str text;
    str_init(&text);
    for (int i = 0; text.length < 600000; i++)
        str_addf(&text, "int function_%d(int a) {\n    return a * %d;\n}\n\n", i, i);
    submit(&desk, "a.c", "c", 1, text.bytes);
    assert_int_equal(desk.results.items[desk.results.count - 1].analysis->finding_count, 0);
    text.bytes[1000] = '"';
    submit(&desk, "a.c", "c", 2, text.bytes);
    const struct session_result *last = &desk.results.items[desk.results.count - 1];
    assert_int_equal(last->snapshot->version, 2);
    assert_true(last->analysis->finding_count > 0);
    assert_false(last->analysis->open);
    assert_false(syntax_is_open(last->syntax));
    for (size_t i = 1; i < desk.results.count; i++)
        assert_true(desk.results.items[i].snapshot->version >= desk.results.items[i - 1].snapshot->version);
    session_drop_syntax(desk.session, syntax_ref(last->syntax));
    str_finish(&text);
    stop(&desk);
}

static void a_run_past_its_limit_gives_up(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    session_destroy(desk.session);
    struct session_params params = {.run_limit_ns = 1, .on_result = take, .payload = &desk};
    desk.session = session_create(&params);
    struct str text;
    str_init(&text);
    for (int i = 0; text.length < 300000; i++)
        str_addf(&text, "int function_%d(int a) {\n    return a * %d;\n}\n\n", i, i);
    submit(&desk, "a.c", "c", 1, text.bytes);
    assert_int_equal(desk.results.count, 1);
    assert_int_equal(desk.results.items[0].status, STATUS_DEADLINE);
    assert_null(desk.results.items[0].analysis);
    assert_null(desk.results.items[0].syntax);
    str_finish(&text);
    stop(&desk);
}

/* No time is ever enough: nothing is said, and that comes to an end. */
static void what_is_never_judged_is_never_told(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    session_destroy(desk.session);
    struct session_params params = {.run_limit_ns = 1, .on_result = take, .payload = &desk};
    desk.session = session_create(&params);
    submit(&desk, "a.c", "c", 1, "int a = ;\n");
    assert_int_equal(desk.results.count, 2);
    for (size_t i = 0; i < desk.results.count; i++) {
        assert_int_equal(desk.results.items[i].status, STATUS_OK);
        assert_true(desk.results.items[i].analysis->half_judged);
        assert_int_equal(desk.results.items[i].analysis->finding_count, 0);
    }
    stop(&desk);
}

static void one_text_is_analysed_now(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    struct pipeline *pipeline = pipeline_create();
    struct text *text;
    assert_int_equal(text_create("[1, 2", 5, &text), STATUS_OK);
    struct pipeline_request request = {
        .language = language_find("json"), .text = text, .finish = true, .want_repairs = true};
    struct analysis *analysis;
    assert_int_equal(session_analyze(desk.session, pipeline, &request, NULL, &analysis, NULL), STATUS_OK);
    assert_true(analysis->finding_count > 0);
    assert_true(analysis->fix_count > 0);
    assert_int_equal(meter_summary(desk.meter, STAGE_PARSE).count, 1);
    assert_int_equal(desk.results.count, 0);
    analysis_unref(analysis);
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    request.cancel = &cancel;
    struct analysis *untouched = NULL;
    enum status status = session_analyze(desk.session, pipeline, &request, NULL, &untouched, NULL);
    /* A text this small may be parsed before the first look at the flag. */
    if (status == STATUS_OK)
        analysis_unref(untouched);
    else
        assert_int_equal(status, STATUS_CANCELLED);
    text_unref(text);
    pipeline_destroy(pipeline);
    stop(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_come_before_repairs),
        cmocka_unit_test(a_clean_text_has_one_result),
        cmocka_unit_test(times_count_from_the_change),
        cmocka_unit_test(unknown_languages_and_closed_documents_are_quiet),
        cmocka_unit_test(large_texts_end_settled),
        cmocka_unit_test(a_run_past_its_limit_gives_up),
        cmocka_unit_test(what_is_never_judged_is_never_told),
        cmocka_unit_test(one_text_is_analysed_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
