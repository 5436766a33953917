/* The store of open documents: snapshots stay as they were while newer ones come. */
#include "analysis/document.h"

#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct snapshot *open_document(struct document_store *store, const char *uri, int64_t version,
                                      const char *bytes) {
    struct snapshot *snapshot = NULL;
    assert_int_equal(document_open(store, uri, language_find("c"), version, bytes, strlen(bytes), &snapshot),
                     STATUS_OK);
    return snapshot;
}

static void assert_snapshot(const struct snapshot *snapshot, int64_t version, const char *bytes) {
    assert_non_null(snapshot);
    assert_int_equal(snapshot->version, version);
    char *copy = text_dup(snapshot->text, 0, text_size(snapshot->text));
    assert_string_equal(copy, bytes);
    mem_free(copy);
}

static void test_open_update_close(void **state) {
    (void)state;
    struct document_store *store = document_store_create();
    struct snapshot *first = snapshot_ref(open_document(store, "file:///a.c", 1, "int a;\n"));
    assert_ptr_equal(document_find(store, "file:///a.c"), first);
    assert_ptr_equal(first->language, language_find("c"));
    assert_true(first->received_ns > 0);

    struct text *text = NULL;
    struct snapshot *second = NULL;
    assert_int_equal(text_splice(first->text, 4, 5, "bb", 2, &text), STATUS_OK);
    assert_int_equal(document_update(store, "file:///a.c", 7, text, &second), STATUS_OK);
    text_unref(text);
    assert_snapshot(second, 7, "int bb;\n");
    assert_snapshot(first, 1, "int a;\n");
    assert_ptr_equal(second->language, first->language);
    assert_string_equal(second->uri, "file:///a.c");

    snapshot_ref(second);
    assert_int_equal(document_close(store, "file:///a.c"), STATUS_OK);
    assert_null(document_find(store, "file:///a.c"));
    assert_snapshot(second, 7, "int bb;\n");
    snapshot_unref(second);
    snapshot_unref(first);
    snapshot_unref(NULL);
    document_store_destroy(store);
    document_store_destroy(NULL);
}

static void test_absent_documents(void **state) {
    (void)state;
    struct document_store *store = document_store_create();
    struct text *text = NULL;
    struct snapshot *snapshot = NULL;
    assert_int_equal(text_create("x", 1, &text), STATUS_OK);
    assert_int_equal(document_update(store, "file:///none", 2, text, &snapshot), STATUS_NOT_FOUND);
    assert_int_equal(document_close(store, "file:///none"), STATUS_NOT_FOUND);
    assert_null(snapshot);
    assert_int_equal(document_count(store), 0);
    text_unref(text);
    document_store_destroy(store);
}

static void test_order_and_reopening(void **state) {
    (void)state;
    struct document_store *store = document_store_create();
    char uri[32];
    for (int i = 0; i < 20; i++) {
        snprintf(uri, sizeof uri, "file:///%d.c", i);
        open_document(store, uri, i, uri);
    }
    assert_int_equal(document_close(store, "file:///3.c"), STATUS_OK);
    open_document(store, "file:///5.c", 50, "again");
    assert_int_equal(document_count(store), 19);
    assert_snapshot(document_at(store, 3), 4, "file:///4.c");
    assert_snapshot(document_at(store, 4), 50, "again");
    assert_snapshot(document_at(store, 18), 19, "file:///19.c");
    document_store_destroy(store);
}

static void test_too_large(void **state) {
    (void)state;
    struct document_store *store = document_store_create();
    struct snapshot *snapshot = NULL;
    assert_int_equal(document_open(store, "file:///big", NULL, 1, "", (size_t)TEXT_SIZE_MAX + 1, &snapshot),
                     STATUS_TOO_LARGE);
    assert_null(snapshot);
    assert_int_equal(document_count(store), 0);
    document_store_destroy(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_update_close),
        cmocka_unit_test(test_absent_documents),
        cmocka_unit_test(test_order_and_reopening),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
