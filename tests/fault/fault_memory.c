/* Large buffers are refused: a clear status comes back, and what was there before is intact. */
#include "analysis/session.h"
#include "base/mem.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT_BYTES (64u << 10)
#define LARGE_BYTES (4u << 20)

static int lift_limit(void **state) {
    (void)state;
    mem_set_try_limit(0);
    return 0;
}

static char *large_text(void) {
    char *bytes = mem_alloc(LARGE_BYTES);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        bytes[i] = i % 40 == 39 ? '\n' : (char)('a' + i % 26);
    return bytes;
}

static void assert_text(const struct text *text, const char *expected) {
    assert_int_equal(text_size(text), strlen(expected));
    char *bytes = text_dup(text, 0, text_size(text));
    assert_string_equal(bytes, expected);
    mem_free(bytes);
}

/* Refusals at any point of a large text: every request from the first on, and those of some size and more. */
static void texts_are_refused_whole(void **unused) {
    (void)unused;
    char *bytes = large_text();
    static const size_t limits[] = {1, 1000, 10000, 1 << 20};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct text *text = NULL;
        mem_set_try_limit(limits[i]);
        enum status status = text_create(bytes, LARGE_BYTES, &text);
        mem_set_try_limit(0);
        if (status == STATUS_OK) { /* made of smaller blocks */
            assert_int_equal(text_size(text), LARGE_BYTES);
            text_unref(text);
        } else {
            assert_int_equal(status, STATUS_NO_MEMORY);
            assert_null(text);
        }
    }
    struct text *text = NULL;
    mem_set_try_limit(1);
    assert_int_equal(text_create(bytes, LARGE_BYTES, &text), STATUS_NO_MEMORY);
    assert_null(text);
    mem_free(bytes);
}

static void refused_edits_leave_the_text(void **unused) {
    (void)unused;
    char *bytes = large_text();
    struct text *text, *edited = NULL;
    assert_int_equal(text_create("int a;\n", 7, &text), STATUS_OK);
    mem_set_try_limit(1);
    assert_int_equal(text_splice(text, 3, 3, bytes, LARGE_BYTES, &edited), STATUS_NO_MEMORY);
    struct text_edit edits[] = {{0, 1, bytes, 10}, {5, 6, bytes, LARGE_BYTES - 10}};
    assert_int_equal(text_apply(text, edits, 2, &edited), STATUS_NO_MEMORY);
    assert_null(edited);
    mem_set_try_limit(0);
    assert_text(text, "int a;\n");
    text_unref(text);
    mem_free(bytes);
}

static void sizes_above_the_maximum_are_too_large(void **unused) {
    (void)unused;
    struct text *text = NULL;
    /* Refused by its size: the bytes are never looked at. */
    assert_int_equal(text_create("", (size_t)TEXT_SIZE_MAX + 1, &text), STATUS_TOO_LARGE);
    assert_int_equal(text_create("", SIZE_MAX, &text), STATUS_TOO_LARGE);
    assert_null(text);
    assert_int_equal(text_create("abc", 3, &text), STATUS_OK);
    struct text *longer = NULL;
    assert_int_equal(text_splice(text, 1, 1, "", (size_t)TEXT_SIZE_MAX + 1, &longer), STATUS_TOO_LARGE);
    assert_null(longer);
    assert_text(text, "abc");
    text_unref(text);
}

static void the_store_survives_refusals(void **unused) {
    (void)unused;
    char *bytes = large_text();
    const struct language *language = language_find("c");
    struct document_store *store = document_store_create();
    struct snapshot *first, *snapshot = NULL;
    assert_int_equal(document_open(store, "a", language, 1, "int a;\n", 7, &first), STATUS_OK);
    mem_set_try_limit(1);
    assert_int_equal(document_open(store, "b", language, 1, bytes, LARGE_BYTES, &snapshot), STATUS_NO_MEMORY);
    mem_set_try_limit(0);
    assert_null(snapshot);
    assert_null(document_find(store, "b"));
    assert_int_equal(document_count(store), 1);
    assert_ptr_equal(document_find(store, "a"), first);
    assert_text(first->text, "int a;\n");
    /* And goes on when there is memory again. */
    assert_int_equal(document_open(store, "b", language, 1, bytes, LARGE_BYTES, &snapshot), STATUS_OK);
    assert_int_equal(text_size(document_find(store, "b")->text), LARGE_BYTES);
    document_store_destroy(store);
    mem_free(bytes);
}

static unsigned results;

static void take(const struct session_result *result, void *payload) {
    (void)payload;
    results++;
    assert_int_equal(result->status, STATUS_OK);
    assert_non_null(result->analysis);
    assert_int_equal(result->analysis->finding_count, 1);
}

/* Buffers that grow with the text are refused while it is analysed: what is found with the rest of the memory
 * is right. */
static void analysis_under_refusals_ends(void **unused) {
    (void)unused;
    struct session_params params = {.on_result = take};
    struct session *session = session_create(&params);
    struct document_store *store = document_store_create();
    struct str text;
    str_init(&text);
    for (int i = 0; text.length < 3 * LIMIT_BYTES; i++)
        str_addf(&text, "int f%d(int a) {\n    return a * %d;\n}\n\n", i, i);
    str_adds(&text, "int last(void) {\n    return 0\n}\n");
    struct snapshot *snapshot;
    assert_int_equal(document_open(store, "a", language_find("c"), 1, text.bytes, text.length, &snapshot),
                     STATUS_OK);
    mem_set_try_limit(LIMIT_BYTES);
    results = 0;
    session_submit(session, snapshot);
    assert_true(results > 0);
    mem_set_try_limit(0);
    session_destroy(session);
    document_store_destroy(store);
    str_finish(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(texts_are_refused_whole, lift_limit),
        cmocka_unit_test_teardown(refused_edits_leave_the_text, lift_limit),
        cmocka_unit_test_teardown(sizes_above_the_maximum_are_too_large, lift_limit),
        cmocka_unit_test_teardown(the_store_survives_refusals, lift_limit),
        cmocka_unit_test_teardown(analysis_under_refusals_ends, lift_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
