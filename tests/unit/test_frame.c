/* test_frame.c: messages come out the same however the stream is cut, and a broken stream is told once and
 * left behind. */
#include "lsp/frame.h"

#include "base/mem.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What a stream leads to, as text: "<body>" for each message, "!" for each fault. */
static char *read_all(const char *stream, size_t length, size_t piece) {
    struct frame *frame = frame_create();
    struct str told;
    str_init(&told);
    while (length) {
        size_t count = piece && piece < length ? piece : length;
        char *copy = mem_alloc(count);
        memcpy(copy, stream, count);
        const char *bytes = copy, *body;
        size_t left = count, body_length;
        struct error error;
        enum frame_event event;
        while ((event = frame_read(frame, &bytes, &left, &body, &body_length, &error)) != FRAME_NONE) {
            if (event == FRAME_BODY) {
                str_addc(&told, '<');
                str_add(&told, body, body_length);
                str_addc(&told, '>');
            } else {
                assert_true(error.status != STATUS_OK && error.message[0]);
                str_addc(&told, '!');
            }
        }
        assert_int_equal(left, 0);
        mem_free(copy);
        stream += count, length -= count;
    }
    frame_destroy(frame);
    return str_detach(&told);
}

/* The same in pieces of every size. */
static void check(const char *stream, const char *wanted) {
    size_t length = strlen(stream);
    for (size_t piece = 0; piece <= length; piece++) {
        char *told = read_all(stream, length, piece);
        assert_string_equal(told, wanted);
        mem_free(told);
    }
}

static void test_messages(void **state) {
    (void)state;
    check("", "");
    check("Content-Length: 2\r\n\r\n{}", "<{}>");
    check("Content-Length: 2\r\n\r\n{}Content-Length: 3\r\n\r\n[1]", "<{}><[1]>");
    check("Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\nx", "<><x>");
    check("Content-Length: 4\r\n\r\n\r\n\r\n", "<\r\n\r\n>");
    check("Content-Length: 5\r\n\r\n{}", "");
}

static void test_header_spelling(void **state) {
    (void)state;
    check("content-length:2\r\n\r\n{}", "<{}>");
    check("CONTENT-LENGTH: \t 2 \t\r\n\r\n{}", "<{}>");
    check("Content-Length: 2\n\n{}", "<{}>");
    check("X: y\r\nContent-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n{}",
          "<{}>");
    check("Content-Type: a; charset=\"UTF-8\"\r\nContent-Length: 2\r\n\r\n{}", "<{}>");
    check("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "<{}>");
    check("\r\n\n\r\nContent-Length: 2\r\n\r\n{}", "<{}>");
    check("Content-Length: 00000000000000000002\r\n\r\n{}", "<{}>");
}

static void test_broken_headers(void **state) {
    (void)state;
    const char *broken[] = {"Content-Length: x\r\n\r\n",
                            "Content-Length:\r\n\r\n",
                            "Content-Length: -2\r\n\r\n",
                            "Content-Length: 2x\r\n\r\n",
                            "X-Length: 2\r\n\r\n",
                            "{\"jsonrpc\":\"2.0\"}\r\n",
                            "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
                            "Content-Length: 18446744073709551615\r\n\r\n",
                            "Content-Length: 18446744073709551616\r\n\r\n",
                            "Content-Length: 100000000000\r\n\r\n",
                            "Content-Length: 000000000000000000002\r\n\r\n",
                            "no colon\r\n"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct str stream;
        str_init(&stream);
        str_adds(&stream, broken[i]);
        str_adds(&stream, "cCoContent-length: 2\r\n\r\n{}");
        check(stream.bytes, "!<{}>");
        str_finish(&stream);
    }
}

static void test_foreign_charset(void **state) {
    (void)state;
    check("Content-Length: 4\r\nContent-Type: a; charset=latin1\r\n\r\nabcdContent-Length: 2\r\n\r\n{}",
          "!<{}>");
    check("Content-Length: 4\r\nContent-Type: a; charset=\r\n\r\nabcdContent-Length: 2\r\n\r\n{}", "!<{}>");
}

static void test_endless_header(void **state) {
    (void)state;
    struct str stream;
    str_init(&stream);
    for (int i = 0; i < 3 * FRAME_HEADER_MAX; i++)
        str_addc(&stream, 'a');
    str_adds(&stream, "Content-Length: 2\r\n\r\n{}");
    char *told = read_all(stream.bytes, stream.length, 7);
    assert_string_equal(told, "!<{}>");
    mem_free(told);
    str_clear(&stream);
    for (int i = 0; i < FRAME_HEADER_MAX; i++)
        str_adds(&stream, "a: b\r\n");
    str_adds(&stream, "Content-Length: 2\r\n\r\n{}");
    told = read_all(stream.bytes, stream.length, 1000);
    assert_string_equal(told, "!<{}>");
    mem_free(told);
    str_finish(&stream);
}

/* Feeds a body of the length in pieces of 64 KB, then a small message. */
static void feed_large(uint64_t length, const char *wanted) {
    static char zeros[64 << 10];
    struct frame *frame = frame_create();
    char header[64];
    snprintf(header, sizeof header, "Content-Length: %llu\r\n\r\n", (unsigned long long)length);
    struct str told;
    str_init(&told);
    for (int part = 0; part < 3; part++) {
        const char *source = part == 0 ? header : part == 1 ? zeros : "Content-Length: 2\r\n\r\n{}";
        uint64_t left = part == 1 ? length : strlen(source);
        while (left) {
            size_t count = left < sizeof zeros ? (size_t)left : sizeof zeros, rest = count, body_length;
            const char *bytes = source, *body;
            struct error error;
            enum frame_event event;
            while ((event = frame_read(frame, &bytes, &rest, &body, &body_length, &error)) != FRAME_NONE)
                str_addf(&told, event == FRAME_BODY ? "<%zu>" : "!", body_length);
            left -= count;
        }
    }
    assert_string_equal(told.bytes, wanted);
    str_finish(&told);
    frame_destroy(frame);
}

static void test_large_messages(void **state) {
    (void)state;
    feed_large(UINT64_C(5) << 20, "<5242880><2>");
    feed_large(FRAME_BODY_MAX, "<268435456><2>");
    feed_large(FRAME_BODY_MAX + 1, "!<2>");
}

static void test_refused_memory(void **state) {
    (void)state;
    mem_set_try_limit(3 << 20);
    feed_large(UINT64_C(2) << 20, "<2097152><2>");
    feed_large(UINT64_C(8) << 20, "!<2>");
    mem_set_try_limit(0);
}

static void test_written_header(void **state) {
    (void)state;
    char room[FRAME_HEADER_ROOM + 1] = {0};
    char *begin = frame_header_before(room + FRAME_HEADER_ROOM, SIZE_MAX);
    assert_true(begin >= room);
    assert_string_equal(begin, "Content-Length: 18446744073709551615\r\n\r\n");
    begin = frame_header_before(room + FRAME_HEADER_ROOM, 0);
    assert_string_equal(begin, "Content-Length: 0\r\n\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),       cmocka_unit_test(test_header_spelling),
        cmocka_unit_test(test_broken_headers), cmocka_unit_test(test_foreign_charset),
        cmocka_unit_test(test_endless_header), cmocka_unit_test(test_large_messages),
        cmocka_unit_test(test_refused_memory), cmocka_unit_test(test_written_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
