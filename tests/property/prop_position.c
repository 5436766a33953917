/* prop_position.c: over random texts of every kind of byte, bytes and positions agree with a walk over code
 * points from the beginning of the text, and go both ways, in all three encodings. The seed is printed;
 * NOODLE_SEED repeats a run. */
#include "lsp/position.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "lsp/utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 200

static uint64_t dice_state;

static uint32_t dice(uint32_t sides) {
    dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice_state >> 33) % sides;
}

static void add_random(struct str *bytes) {
    static const char *const pieces[] = {
        "a",    "plain text ", "\n",       "\r",   "\r\n", "\xC3\xA9",    "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
        "\xFF", "\x80",        "\xE2\x82", "\xC3", "\xF0", "\xED\xA0\x80"};
    uint32_t which = dice(sizeof pieces / sizeof *pieces + 1);
    if (which == sizeof pieces / sizeof *pieces)
        str_addc(bytes, '\0');
    else
        str_adds(bytes, pieces[which]);
}

static uint32_t units_of(struct utf8_step step, enum position_encoding encoding) {
    if (encoding == POSITION_UTF8) return step.length;
    return encoding == POSITION_UTF16 && step.valid && step.length == 4 ? 2 : 1;
}

/* Walks the whole text; at each code point both functions have to agree with the walk. */
static void check_text(const struct str *bytes, const struct text *text, enum position_encoding encoding) {
    uint32_t length = (uint32_t)bytes->length, at = 0, line = 0, character = 0;
    while (at < length) {
        unsigned char byte = (unsigned char)bytes->bytes[at];
        bool crlf = byte == '\r' && at + 1 < length && bytes->bytes[at + 1] == '\n';
        struct utf8_step step = utf8_next((const unsigned char *)bytes->bytes + at, length - at);
        struct position here = position_of_byte(text, at, encoding);
        assert_int_equal(here.line, line);
        assert_int_equal(here.character, character);
        assert_int_equal(position_to_byte(text, here, encoding), at);
        uint32_t units = units_of(step, encoding);
        bool line_end = byte == '\n' || byte == '\r';
        for (uint32_t inside = 1; inside < units && !line_end; inside++)
            assert_int_equal(position_to_byte(text, (struct position){line, character + inside}, encoding),
                             at);
        if (line_end) {
            assert_int_equal(
                position_to_byte(text, (struct position){line, character + 1 + dice(100)}, encoding), at);
            at += crlf ? 2 : 1;
            line++, character = 0;
        } else {
            at += step.length;
            character += units;
        }
    }
    struct position end = position_of_byte(text, length, encoding);
    assert_int_equal(end.line, line);
    assert_int_equal(end.character, character);
    assert_int_equal(position_to_byte(text, (struct position){line + 1 + dice(5), dice(9)}, encoding),
                     length);
}

static void test_random_texts(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct str bytes;
        str_init(&bytes);
        /* Now and then larger than the blocks of a text. */
        uint32_t pieces = round % 50 == 0 ? 2000 : dice(60);
        for (uint32_t i = 0; i < pieces; i++)
            add_random(&bytes);
        struct text *text, *edited;
        assert_int_equal(text_create(bytes.bytes, bytes.length, &text), STATUS_OK);
        for (int encoding = POSITION_UTF8; encoding <= POSITION_UTF32; encoding++)
            check_text(&bytes, text, encoding);
        /* The same text in other blocks: code points lie across their ends. */
        uint32_t cut = dice((uint32_t)bytes.length + 1);
        struct text *head = text_slice(text, 0, cut);
        assert_int_equal(text_splice(head, cut, cut, bytes.bytes + cut, bytes.length - cut, &edited),
                         STATUS_OK);
        for (int encoding = POSITION_UTF8; encoding <= POSITION_UTF32; encoding++)
            check_text(&bytes, edited, encoding);
        text_unref(edited);
        text_unref(head);
        text_unref(text);
        str_finish(&bytes);
    }
}

int main(void) {
    const char *seed = getenv("NOODLE_SEED");
    dice_state = seed ? strtoull(seed, NULL, 10) : clock_now_ns();
    printf("seed %llu\n", (unsigned long long)dice_state);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
