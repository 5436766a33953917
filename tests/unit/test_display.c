/* Text made safe and measured for a terminal. */
#include "cli/display.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *text, size_t length, const char *expected, size_t columns) {
    struct str out;
    str_init(&out);
    assert_int_equal(display_add(&out, text, length, 0), columns);
    assert_string_equal(out.bytes, expected);
    assert_int_equal(display_add(NULL, text, length, 0), columns); /* measuring says the same */
    str_finish(&out);
}

#define CHECK(text, expected, columns) check(text, sizeof(text) - 1, expected, columns)
#define BAD                            "\xEF\xBF\xBD"

static void test_columns(void **state) {
    (void)state;
    CHECK("abc", "abc", 3);
    CHECK("\tx", "        x", 9);
    CHECK("ab\tx", "ab      x", 9);
    CHECK("h\xC3\xA9", "h\xC3\xA9", 2);
    CHECK("e\xCC\x81", "e\xCC\x81", 1);                 /* a combining accent */
    CHECK("\xE4\xB8\xAD", "\xE4\xB8\xAD", 2);           /* a Chinese character */
    CHECK("\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", 2);   /* an emoji */
    assert_int_equal(display_add(NULL, "\t", 1, 3), 5); /* to the next stop of 8 */
}

static void test_nothing_reaches_the_terminal(void **state) {
    (void)state;
    CHECK("a\033[2Jb", "a" BAD "[2Jb", 6);
    CHECK("\0\x7F", BAD BAD, 2);
    CHECK("\xC2\x9B", BAD, 1);     /* CSI as one character */
    CHECK("\xE2\x80\xAE", BAD, 1); /* right-to-left override */
    CHECK("\xFF\xC3", BAD BAD, 2); /* no UTF-8 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_nothing_reaches_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
