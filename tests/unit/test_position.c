/* test_position.c: positions and bytes in three encodings, over line ends, surrogates, invalid UTF-8 and
 * block ends. */
#include "lsp/position.h"

#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct text *make(const char *bytes, size_t length) {
    struct text *text;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    return text;
}

static void check_byte(const struct text *text, uint32_t line, uint32_t character,
                       enum position_encoding encoding, uint32_t wanted) {
    uint32_t byte = position_to_byte(text, (struct position){line, character}, encoding);
    if (byte != wanted)
        fail_msg("%u:%u in %s is byte %u, not %u", line, character, position_encoding_name(encoding), byte,
                 wanted);
}

static void check_position(const struct text *text, uint32_t byte, enum position_encoding encoding,
                           uint32_t line, uint32_t character) {
    struct position position = position_of_byte(text, byte, encoding);
    if (position.line != line || position.character != character)
        fail_msg("byte %u in %s is %u:%u, not %u:%u", byte, position_encoding_name(encoding), position.line,
                 position.character, line, character);
}

/* a, e acute (2 bytes), euro (3), emoji (4, two UTF-16 units), z */
static const char mixed[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";

static void test_encodings(void **state) {
    (void)state;
    static const uint32_t bytes[] = {0, 1, 3, 6, 10, 11};
    static const uint32_t utf16[] = {0, 1, 2, 3, 5, 6};
    struct text *text = make(mixed, sizeof mixed - 1);
    for (uint32_t i = 0; i < 6; i++) {
        check_byte(text, 0, bytes[i], POSITION_UTF8, bytes[i]);
        check_byte(text, 0, utf16[i], POSITION_UTF16, bytes[i]);
        check_byte(text, 0, i, POSITION_UTF32, bytes[i]);
        check_position(text, bytes[i], POSITION_UTF8, 0, bytes[i]);
        check_position(text, bytes[i], POSITION_UTF16, 0, utf16[i]);
        check_position(text, bytes[i], POSITION_UTF32, 0, i);
    }
    text_unref(text);
}

static void test_inside_a_code_point(void **state) {
    (void)state;
    struct text *text = make(mixed, sizeof mixed - 1);
    check_byte(text, 0, 4, POSITION_UTF16, 6); /* between the surrogates */
    for (uint32_t character = 7; character < 10; character++)
        check_byte(text, 0, character, POSITION_UTF8, 6);
    check_byte(text, 0, 2, POSITION_UTF8, 1);
    check_position(text, 8, POSITION_UTF16, 0, 3);
    check_position(text, 2, POSITION_UTF32, 0, 1);
    text_unref(text);
}

static void test_clamping(void **state) {
    (void)state;
    struct text *text = make("ab\r\ncd\re\n", 9);
    for (int encoding = POSITION_UTF8; encoding <= POSITION_UTF32; encoding++) {
        check_byte(text, 0, 2, encoding, 2);
        check_byte(text, 0, 3, encoding, 2); /* not between "\r" and "\n" */
        check_byte(text, 0, UINT32_MAX, encoding, 2);
        check_byte(text, 1, UINT32_MAX, encoding, 6);
        check_byte(text, 2, 1, encoding, 8);
        check_byte(text, 3, 0, encoding, 9);
        check_byte(text, 3, 5, encoding, 9);
        check_byte(text, 4, 0, encoding, 9);
        check_byte(text, UINT32_MAX, UINT32_MAX, encoding, 9);
        check_position(text, 4, encoding, 1, 0);
        check_position(text, 7, encoding, 2, 0);
        check_position(text, 9, encoding, 3, 0);
        check_position(text, 1000, encoding, 3, 0);
    }
    text_unref(text);
    text = make("", 0);
    check_byte(text, 0, 0, POSITION_UTF16, 0);
    check_byte(text, 7, 7, POSITION_UTF16, 0);
    check_position(text, 0, POSITION_UTF16, 0, 0);
    text_unref(text);
}

/* What is no UTF-8 counts one unit for each piece that a decoder replaces. */
static void test_invalid_bytes(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t units;
    } cases[] = {
        {"\xFF", 1},         {"\x80\x80", 2},     {"\xC3", 1},         {"\xE2\x82", 1},
        {"\xF0\x9F\x98", 1}, {"\xED\xA0\x80", 3}, {"\xC0\xAF", 2},     {"\xE0\x80\x80", 3},
        {"\xF4\x90", 2},     {"\xF5", 1},         {"\xE2\x28\xA1", 3}, {"\xF0\x9F\xC3\xA9", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text *text = make(cases[i].bytes, strlen(cases[i].bytes));
        check_position(text, text_size(text), POSITION_UTF16, 0, cases[i].units);
        check_position(text, text_size(text), POSITION_UTF32, 0, cases[i].units);
        check_byte(text, 0, cases[i].units, POSITION_UTF16, text_size(text));
        text_unref(text);
    }
    struct text *text = make("a\0b", 3);
    check_position(text, 3, POSITION_UTF16, 0, 3);
    text_unref(text);
}

/* A line longer than the blocks of a text, with code points across their ends; every start of one, both ways.
 */
static void test_long_line(void **state) {
    (void)state;
    enum { REPEATS = 3000 };
    size_t unit = sizeof mixed - 1;
    char *bytes = mem_alloc(unit * REPEATS);
    for (size_t i = 0; i < REPEATS; i++)
        memcpy(bytes + i * unit, mixed, unit);
    struct text *text = make(bytes, unit * REPEATS);
    for (uint32_t i = 0; i < REPEATS; i++) {
        uint32_t byte = i * (uint32_t)unit;
        check_position(text, byte, POSITION_UTF16, 0, i * 6);
        check_byte(text, 0, i * 6 + 3, POSITION_UTF16, byte + 6);
        check_byte(text, 0, i * 6 + 4, POSITION_UTF16, byte + 6);
        check_position(text, byte + 10, POSITION_UTF32, 0, i * 5 + 4);
        check_byte(text, 0, i * 5 + 4, POSITION_UTF32, byte + 10);
    }
    text_unref(text);
    mem_free(bytes);
}

static void test_names(void **state) {
    (void)state;
    enum position_encoding encoding;
    for (int i = POSITION_UTF8; i <= POSITION_UTF32; i++) {
        assert_true(position_encoding_find(position_encoding_name(i), &encoding));
        assert_int_equal(encoding, i);
    }
    assert_false(position_encoding_find("UTF-8", &encoding));
    assert_false(position_encoding_find("", &encoding));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings), cmocka_unit_test(test_inside_a_code_point),
        cmocka_unit_test(test_clamping),  cmocka_unit_test(test_invalid_bytes),
        cmocka_unit_test(test_long_line), cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
