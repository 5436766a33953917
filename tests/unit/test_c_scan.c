/* analysis/c_scan.h: the tokens are those of the text that was taken last, however many were before it. */
#include "analysis/c_scan.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void take(struct c_scan *scan, const char *text) {
    c_scan_take(scan, mem_strdup(text), (uint32_t)strlen(text));
}

static void assert_tokens_of(struct c_scan *scan, const char *text) {
    struct c_tokens wanted = {0};
    c_token_scan(text, (uint32_t)strlen(text), &wanted);
    const struct c_tokens *tokens = c_scan_tokens(scan);
    assert_int_equal(tokens->count, wanted.count);
    for (size_t i = 0; i < wanted.count; i++) {
        assert_int_equal(tokens->items[i].start_byte, wanted.items[i].start_byte);
        assert_int_equal(tokens->items[i].end_byte, wanted.items[i].end_byte);
        assert_int_equal(tokens->items[i].kind, wanted.items[i].kind);
    }
    assert_int_equal(scan->length, strlen(text));
    assert_string_equal(scan->bytes, text);
    vec_finish(&wanted);
}

static void tokens_follow_the_text(void **state) {
    (void)state;
    struct c_scan scan = {0};
    assert_int_equal(c_scan_tokens(&scan)->count, 0);
    take(&scan, "int f(void) { return 1; }\n");
    assert_tokens_of(&scan, "int f(void) { return 1; }\n");
    assert_tokens_of(&scan, "int f(void) { return 1; }\n");
    take(&scan, "int f(void) { return 12; }\n");
    assert_tokens_of(&scan, "int f(void) { return 12; }\n");
    take(&scan, "");
    assert_tokens_of(&scan, "");
    take(&scan, "int f(void) { return 12; }\n");
    assert_tokens_of(&scan, "int f(void) { return 12; }\n");
    c_scan_forget(&scan);
    assert_null(scan.bytes);
    assert_int_equal(c_scan_tokens(&scan)->count, 0);
}

/* Nobody asks for the tokens of each. */
static void texts_are_passed_over(void **state) {
    (void)state;
    struct c_scan scan = {0};
    take(&scan, "a b c");
    take(&scan, "d e");
    assert_tokens_of(&scan, "d e");
    take(&scan, "f \"g");
    take(&scan, "d /* e");
    take(&scan, "d e f");
    assert_tokens_of(&scan, "d e f");
    take(&scan, "never asked for");
    c_scan_forget(&scan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_follow_the_text),
        cmocka_unit_test(texts_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
