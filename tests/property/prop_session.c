/* Many documents edited, closed and opened again while workers are busy with them: results arrive in order,
 * one at a time, never for a document that was closed before they were asked for, and the last one is what a
 * lone analysis says. NOODLE_SEED repeats the edits (not the threads' timing). */
#include "analysis/session.h"
#include "base/clock.h"
#include "base/thread.h"
#include "tests/support/damage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENTS    11
#define ROUNDS       400
#define LONGEST_TEXT 1500
#define LARGE_BYTES  600000           /* enough for chunks, open parses and finish work */
#define LIMIT_NS     (200 * NS_PER_S) /* sanitizers on a busy machine */
#define BUDGET_NS    (100 * NS_PER_MS)

struct document {
    char uri[32];
    const struct damage_source *source;
    struct str bytes;
    /* Guarded by lock. */
    bool in_callback;
    int64_t
        opened_version; /* results of an earlier life may still be on their way; a front door drops them */
    int64_t last_version;
    bool last_final;
    unsigned results, out_of_range, of_another_text, at_once, backwards;
    struct session_result kept; /* the last one */
};

struct desk {
    struct thread_lock *lock;
    struct document documents[DOCUMENTS];
};

static void keep(struct document *document, const struct session_result *result) {
    struct session_result old = document->kept;
    document->kept = *result;
    snapshot_ref(result->snapshot);
    if (result->analysis) analysis_ref(result->analysis);
    if (result->syntax) syntax_ref(result->syntax);
    if (old.snapshot) snapshot_unref(old.snapshot);
    analysis_unref(old.analysis);
    syntax_unref(old.syntax);
}

static void take_result(const struct session_result *result, void *payload) {
    struct desk *desk = payload;
    struct document *document = NULL;
    for (size_t i = 0; i < DOCUMENTS; i++)
        if (strcmp(desk->documents[i].uri, result->snapshot->uri) == 0) document = &desk->documents[i];
    if (!document) abort();
    /* Read it all, so that a race with whoever still writes it shows. */
    unsigned broken = 0;
    uint32_t size = text_size(result->snapshot->text);
    for (size_t i = 0; result->analysis && i < result->analysis->finding_count; i++)
        if (result->analysis->findings[i].end_byte > size) {
            const struct finding *finding = &result->analysis->findings[i];
            fprintf(stderr, "%s version %lld: finding %zu [%u,%u) of %u, %s\n", document->uri,
                    (long long)result->snapshot->version, i, finding->start_byte, finding->end_byte, size,
                    finding_code_name(finding->code));
            broken++;
        }
    bool is_final = !result->analysis || result->analysis->repairs_done;

    thread_lock_acquire(desk->lock);
    if (result->snapshot->version < document->opened_version) {
        thread_lock_release(desk->lock);
        return;
    }
    document->out_of_range += broken;
    document->of_another_text += result->analysis && result->analysis->text != result->snapshot->text;
    document->at_once += document->in_callback;
    document->backwards += result->snapshot->version < document->last_version;
    document->in_callback = true;
    thread_lock_release(desk->lock);

    thread_lock_acquire(desk->lock);
    if (result->snapshot->version < document->opened_version) {
        thread_lock_release(desk->lock);
        return;
    }
    document->in_callback = false;
    document->last_version = result->snapshot->version;
    document->last_final = is_final;
    document->results++;
    keep(document, result);
    thread_lock_release(desk->lock);
}

static void take_inline(const struct session_result *result, void *payload) {
    keep(payload, result);
}

static void open_document(struct desk *desk, struct document_store *store, struct session *session,
                          struct document *document, int64_t version) {
    thread_lock_acquire(desk->lock);
    document->opened_version = version;
    document->in_callback = false;
    thread_lock_release(desk->lock);
    str_clear(&document->bytes);
    str_adds(&document->bytes, document->source->text);
    struct snapshot *snapshot;
    assert_int_equal(document_open(store, document->uri, language_find(document->source->language), version,
                                   document->bytes.bytes, document->bytes.length, &snapshot),
                     STATUS_OK);
    session_submit(session, snapshot);
}

static void edit_document(struct document_store *store, struct session *session, struct document *document,
                          const struct damage_edit *edit, int64_t version) {
    struct snapshot *snapshot = document_find(store, document->uri);
    struct text *text;
    assert_int_equal(text_splice(snapshot->text, edit->start_byte, edit->end_byte, edit->new_bytes,
                                 edit->new_length, &text),
                     STATUS_OK);
    damage_apply(&document->bytes, edit);
    assert_int_equal(document_update(store, document->uri, version, text, &snapshot), STATUS_OK);
    text_unref(text);
    session_submit(session, snapshot);
}

static void check_order(const struct document *document) {
    assert_int_equal(document->out_of_range, 0);
    assert_int_equal(document->of_another_text, 0);
    assert_int_equal(document->at_once, 0);
    assert_int_equal(document->backwards, 0);
}

/* The last result against the same text analysed alone, from nothing. */
static void check_last_result(struct document *document, struct snapshot *snapshot) {
    check_order(document);
    assert_ptr_equal(document->kept.snapshot, snapshot);
    assert_int_equal(document->kept.status, STATUS_OK);
    assert_true(document->last_final);
    assert_non_null(document->kept.syntax);

    struct document alone = {0};
    struct session_params params = {
        .repair_budget_ns = BUDGET_NS, .run_limit_ns = LIMIT_NS, .on_result = take_inline, .payload = &alone};
    struct session *session = session_create(&params);
    session_submit(session, snapshot);
    session_destroy(session);
    const struct analysis *a = document->kept.analysis, *b = alone.kept.analysis;
    assert_int_equal(alone.kept.status, STATUS_OK);
    assert_int_equal(syntax_has_error(document->kept.syntax), syntax_has_error(alone.kept.syntax));
    assert_int_equal(a->finding_count > 0, b->finding_count > 0);
    assert_false(a->open);
    struct session_result none = {0};
    snapshot_unref(alone.kept.snapshot);
    analysis_unref(alone.kept.analysis);
    syntax_unref(alone.kept.syntax);
    alone.kept = none;
}

static void concurrent_edits_and_closes_keep_their_order(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct desk desk = {.lock = thread_lock_create()};
    struct meter *meter = meter_create();
    struct session_params params = {.thread_count = 3,
                                    .repair_budget_ns = BUDGET_NS,
                                    .run_limit_ns = LIMIT_NS,
                                    .meter = meter,
                                    .on_result = take_result,
                                    .payload = &desk};
    struct session *session = session_create(&params);
    struct document_store *store = document_store_create();
    int64_t version = 0;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct document *document = &desk.documents[i];
        document->source = &damage_sources[i % damage_source_count];
        snprintf(document->uri, sizeof document->uri, "file:///d%zu", i);
        str_init(&document->bytes);
    }
    for (size_t i = 0; i < DOCUMENTS; i++)
        open_document(&desk, store, session, &desk.documents[i], ++version);
    for (int round = 0; round < ROUNDS; round++) {
        struct document *document = &desk.documents[damage_random_below(&random, DOCUMENTS)];
        if (damage_random_below(&random, 40) == 0 || document->bytes.length > LONGEST_TEXT) {
            session_close(session, document->uri);
            assert_int_equal(document_close(store, document->uri), STATUS_OK);
            open_document(&desk, store, session, document, ++version);
        } else {
            struct damage_edit edit = damage_make(&random, document->bytes.bytes, document->bytes.length);
            edit_document(store, session, document, &edit, ++version);
        }
        /* Sometimes the workers catch up, mostly they are overtaken. */
        if (damage_random_below(&random, 25) == 0) session_wait_idle(session);
    }
    session_wait_idle(session);
    for (size_t i = 0; i < DOCUMENTS; i++)
        check_last_result(&desk.documents[i], document_find(store, desk.documents[i].uri));
    assert_true(meter_summary(meter, STAGE_DIAGNOSED).count >= DOCUMENTS);
    assert_true(meter_summary(meter, STAGE_REGIONS).count >= meter_summary(meter, STAGE_DIAGNOSED).count);

    /* Destroying amid work is an ordinary end. */
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct damage_edit edit =
            damage_make(&random, desk.documents[i].bytes.bytes, desk.documents[i].bytes.length);
        edit_document(store, session, &desk.documents[i], &edit, ++version);
    }
    session_destroy(session);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        check_order(&desk.documents[i]);
        snapshot_unref(desk.documents[i].kept.snapshot);
        analysis_unref(desk.documents[i].kept.analysis);
        syntax_unref(desk.documents[i].kept.syntax);
        str_finish(&desk.documents[i].bytes);
    }
    document_store_destroy(store);
    meter_destroy(meter);
    thread_lock_destroy(desk.lock);
}

static void a_large_document_does_not_hold_up_a_small_one(void **unused) {
    (void)unused;
    struct desk desk = {.lock = thread_lock_create()};
    struct session_params params = {.thread_count = 2,
                                    .repair_budget_ns = BUDGET_NS,
                                    .run_limit_ns = LIMIT_NS,
                                    .on_result = take_result,
                                    .payload = &desk};
    struct session *session = session_create(&params);
    struct document_store *store = document_store_create();
    struct document *large = &desk.documents[0], *small = &desk.documents[1];
    strcpy(large->uri, "file:///large");
    strcpy(small->uri, "file:///small");
    large->source = small->source = &damage_sources[0];
    str_init(&large->bytes);
    str_init(&small->bytes);
    struct str text;
    str_init(&text);
    for (int i = 0; text.length < LARGE_BYTES; i++)
        str_addf(&text, "int function_%d(int a) {\n    if (a > %d) return a * %d;\n    return 0;\n}\n\n", i,
                 i, i);
    struct damage_source source = {"c", text.bytes};
    large->source = &source;
    open_document(&desk, store, session, large, 1);
    open_document(&desk, store, session, small, 2);
    /* Open a comment high up, and close it: each keystroke changes what the rest means. */
    int64_t version = 2;
    for (int i = 0; i < 10; i++) {
        struct damage_edit typed = {1000, 1000, "/*", 2}, undone = {1000, 1002, NULL, 0};
        edit_document(store, session, large, &typed, ++version);
        edit_document(store, session, large, i < 9 ? &undone : &(struct damage_edit){1002, 1002, "\"", 1},
                      ++version);
        struct damage_edit other = {0, 0, "int x;\n", 7};
        edit_document(store, session, small, &other, ++version);
    }
    session_wait_idle(session);
    check_last_result(large, document_find(store, large->uri));
    check_last_result(small, document_find(store, small->uri));
    session_drop_syntax(session, large->kept.syntax); /* what a front door does with the one it kept */
    large->kept.syntax = NULL;
    session_destroy(session);
    for (struct document *document = large; document <= small; document++) {
        snapshot_unref(document->kept.snapshot);
        analysis_unref(document->kept.analysis);
        syntax_unref(document->kept.syntax);
        str_finish(&document->bytes);
    }
    str_finish(&text);
    document_store_destroy(store);
    thread_lock_destroy(desk.lock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concurrent_edits_and_closes_keep_their_order),
        cmocka_unit_test(a_large_document_does_not_hold_up_a_small_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
