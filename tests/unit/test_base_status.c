/* base/status.h: every status has a text, and a message is one line that fits. */
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_every_status_has_its_own_text(void **state) {
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_non_null(status_text((enum status)i));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(status_text((enum status)i), status_text((enum status)j));
        }
    }
    assert_string_equal(status_text(STATUS_NOT_FOUND), "not found");
    assert_string_equal(status_text((enum status) - 1), "unknown status");
    assert_string_equal(status_text(STATUS_COUNT), "unknown status");
}

static void test_set_fills_and_returns(void **state) {
    (void)state;
    struct error error = {0};
    assert_int_equal(error_set(&error, STATUS_IO, "%s: line %d", "a.c", 7), STATUS_IO);
    assert_int_equal(error.status, STATUS_IO);
    assert_string_equal(error.message, "a.c: line 7");
    assert_int_equal(error_set(NULL, STATUS_CLOSED, "nobody listens"), STATUS_CLOSED);
}

static void test_message_stays_one_line(void **state) {
    (void)state;
    struct error error = {0};
    char hostile[32] = "name";
    for (int byte = 1; byte < 0x20; byte++) {
        hostile[4] = (char)byte;
        error_set(&error, STATUS_INVALID, "%s.c", hostile);
        assert_string_equal(error.message, "name .c");
    }
    error_set(&error, STATUS_INVALID, "a\r\nb\x7f\x1b[31mc \xc3\xa9");
    assert_string_equal(error.message, "a  b  [31mc \xc3\xa9");
}

static void test_long_message_is_cut_between_characters(void **state) {
    (void)state;
    /* At every offset of the cut within é, € and the emoji, what stays is whole. */
    static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < 3; c++) {
        size_t width = strlen(characters[c]);
        for (size_t shift = 0; shift < width; shift++) {
            char text[2 * ERROR_MESSAGE_SIZE];
            size_t length = 0;
            while (length < shift)
                text[length++] = 'x';
            while (length + width < sizeof text) {
                memcpy(text + length, characters[c], width);
                length += width;
            }
            text[length] = '\0';
            struct error error = {0};
            error_set(&error, STATUS_TOO_LARGE, "%s", text);
            size_t kept = strlen(error.message);
            assert_true(kept < ERROR_MESSAGE_SIZE && kept + width >= ERROR_MESSAGE_SIZE);
            assert_int_equal((kept - shift) % width, 0);
            assert_memory_equal(error.message, text, kept);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_its_own_text),
        cmocka_unit_test(test_set_fills_and_returns),
        cmocka_unit_test(test_message_stays_one_line),
        cmocka_unit_test(test_long_message_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
