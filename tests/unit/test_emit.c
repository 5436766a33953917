/* test_emit.c: JSON comes out well-formed and is always UTF-8; URIs and paths go both ways. */
#include "lsp/emit.h"

#include "base/mem.h"
#include "lsp/uri.h"
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check_string(const char *bytes, size_t length, const char *wanted) {
    struct emit emit;
    emit_init(&emit);
    emit_string(&emit, bytes, length);
    assert_string_equal(emit.out.bytes, wanted);
    emit_finish(&emit);
}

static void test_strings(void **state) {
    (void)state;
    check_string("", 0, "\"\"");
    check_string("a\"\\/\n\r\t\x01\x1F\x7F", 10, "\"a\\\"\\\\/\\n\\r\\t\\u0001\\u001f\x7F\"");
    check_string("\0x", 2, "\"\\u0000x\"");
    check_string("\xC3\xA9\xF0\x9F\x98\x80", 6, "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    check_string("\xFFz", 2, "\"\xEF\xBF\xBDz\"");
    check_string("\xF0\x9F\x98", 3, "\"\xEF\xBF\xBD\"");
    check_string("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_structure(void **state) {
    (void)state;
    struct emit emit;
    emit_init(&emit);
    emit_open_object(&emit);
    emit_int_at(&emit, "a", -5);
    emit_key(&emit, "b");
    emit_open_array(&emit);
    emit_null(&emit);
    emit_bool(&emit, true);
    emit_open_object(&emit);
    emit_close_object(&emit);
    emit_open_array(&emit);
    emit_close_array(&emit);
    emit_raw(&emit, "{\"x\":1}", 7);
    emit_close_array(&emit);
    emit_string_key(&emit, "k\"");
    emit_text(&emit, NULL);
    emit_ms_at(&emit, "ms", 1500000);
    emit_close_object(&emit);
    assert_string_equal(emit.out.bytes,
                        "{\"a\":-5,\"b\":[null,true,{},[],{\"x\":1}],\"k\\\"\":null,\"ms\":1.5}");
    emit_clear(&emit);
    emit_int(&emit, INT64_MIN);
    assert_string_equal(emit.out.bytes, "-9223372036854775808");
    emit_finish(&emit);
}

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *wanted;
    } cases[] = {{0, "0"},      {0.25, "0.25"},    {-1e300, "-1e+300"}, {1234567.0, "1.23457e+06"},
                 {NAN, "null"}, {INFINITY, "null"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct emit emit;
        emit_init(&emit);
        emit_double(&emit, cases[i].value);
        assert_string_equal(emit.out.bytes, cases[i].wanted);
        emit_finish(&emit);
    }
}

static void check_path(const char *uri, const char *wanted) {
    char *path = uri_to_path(uri);
    if (wanted)
        assert_string_equal(path, wanted);
    else
        assert_null(path);
    mem_free(path);
}

static void test_uris(void **state) {
    (void)state;
    check_path("file:///home/a%20b/%C3%A9.c", "/home/a b/\xC3\xA9.c");
    check_path("FILE://localhost/x", "/x");
    check_path("file:///a?query", "/a");
    check_path("file:///a%2", "/a%2");
    check_path("file:///a%zz%", "/a%zz%");
    check_path("file:///a%00b", NULL);
    check_path("file://server/share", NULL);
    check_path("untitled:Untitled-1", NULL);
    check_path("", NULL);
    static const char path[] = "/a b/\xC3\xA9#?%/\xFF.c";
    char *uri = uri_from_path(path);
    assert_string_equal(uri, "file:///a%20b/%C3%A9%23%3F%25/%FF.c");
    check_path(uri, path);
    mem_free(uri);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_uris),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
