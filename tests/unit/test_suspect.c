/* Where the layout says that a bracket has no partner, and where it says nothing. */
#include "analysis/suspect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool find(const char *bytes, uint32_t last_byte, struct suspect *suspect) {
    struct text *text;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    bool found = suspect_find(text, language_find("c"), 0, text_size(text), last_byte, NULL, suspect);
    text_unref(text);
    return found;
}

static void balanced_texts_have_none(void **unused) {
    (void)unused;
    struct suspect suspect;
    assert_false(find("", 0, &suspect));
    assert_false(find("int f(void) {\n    return g(1);\n}\n", 30, &suspect));
}

static void a_block_left_open(void **unused) {
    (void)unused;
    const char *text = "void f() {\n    if (x) {\n        g();\n\n    h();\n}\n";
    struct suspect suspect;
    assert_true(find(text, (uint32_t)strlen(text), &suspect));
    assert_true(suspect.missing);
    assert_int_equal(suspect.bracket, '}');
    assert_int_equal(suspect.partner, '{');
    assert_int_equal(suspect.byte, strstr(text, "g();") + 4 - text);
    assert_int_equal(suspect.partner_start, strstr(text, "{\n        g") - text);
    assert_false(find(text, 5, &suspect)); /* what lies behind the last symptom explains none */
}

static void a_closer_too_many(void **unused) {
    (void)unused;
    const char *text = "int x = f(1));\n";
    struct suspect suspect;
    assert_true(find(text, (uint32_t)strlen(text), &suspect));
    assert_false(suspect.missing);
    assert_int_equal(suspect.byte, 12);
    assert_int_equal(suspect.bracket, ')');
}

static void open_quotes_make_it_unsure(void **unused) {
    (void)unused;
    const char *text = "void f() {\n    g(\"a(b);\n}\n";
    struct suspect suspect;
    assert_false(find(text, (uint32_t)strlen(text), &suspect));
}

static void a_range_of_the_text(void **unused) {
    (void)unused;
    const char *bytes = "int a;\nint f(void) { return g(1; }\n";
    struct text *text;
    struct suspect suspect;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    assert_true(suspect_find(text, language_find("c"), 7, text_size(text), text_size(text), NULL, &suspect));
    assert_int_equal(suspect.byte, strstr(bytes, "(1") + 2 - bytes);
    assert_int_equal(suspect.partner_start, strstr(bytes, "(1") - bytes);
    assert_false(suspect_find(text, language_find("c"), 7, text_size(text), 3, NULL, &suspect));
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    assert_false(
        suspect_find(text, language_find("c"), 7, text_size(text), text_size(text), &cancel, &suspect));
    text_unref(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balanced_texts_have_none), cmocka_unit_test(a_block_left_open),
        cmocka_unit_test(a_closer_too_many),        cmocka_unit_test(open_quotes_make_it_unsure),
        cmocka_unit_test(a_range_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
