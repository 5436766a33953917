/* Texts: lines, rows, edits, differences, refusals. tests/property/prop_text.c compares with a flat buffer.
 */
#include "analysis/text.h"

#include "base/clock.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct text *make(const char *bytes) {
    struct text *text = NULL;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    return text;
}

static void assert_text(const struct text *text, const char *bytes) {
    char *copy = text_dup(text, 0, text_size(text));
    assert_string_equal(copy, bytes);
    mem_free(copy);
}

static void test_empty(void **state) {
    (void)state;
    struct text *text = NULL;
    assert_int_equal(text_create(NULL, 0, &text), STATUS_OK);
    uint32_t length = 1;
    assert_string_equal(text_run(text, 0, &length), "");
    assert_int_equal(length, 0);
    assert_int_equal(text_size(text), 0);
    assert_int_equal(text_line_count(text), 1);
    assert_int_equal(text_line_start(text, 0), 0);
    assert_int_equal(text_line_end(text, 0), 0);
    assert_int_equal(text_line_start(text, 5), 0);
    assert_int_equal(text_line_of(text, 0), 0);
    assert_int_equal(text_row_of(text, 9).row, 0);
    assert_int_equal(text_byte_at(text, 0), -1);
    struct text *slice = text_slice(text, 0, 10), *more = NULL;
    assert_int_equal(text_size(slice), 0);
    assert_int_equal(text_splice(slice, 3, 7, "ab", 2, &more), STATUS_OK);
    assert_text(more, "ab");
    text_unref(more);
    text_unref(slice);
    text_unref(text);
    text_unref(NULL);
}

static void test_lines(void **state) {
    (void)state;
    struct text *text = make("a\nbc\r\n\rd\r\r\n\n");
    static const uint32_t starts[] = {0, 2, 6, 7, 9, 11, 12}, ends[] = {1, 4, 6, 8, 9, 11, 12};
    assert_int_equal(text_line_count(text), 7);
    for (uint32_t line = 0; line < 7; line++) {
        assert_int_equal(text_line_start(text, line), starts[line]);
        assert_int_equal(text_line_end(text, line), ends[line]);
        assert_int_equal(text_line_of(text, starts[line]), line);
    }
    assert_int_equal(text_line_start(text, 7), 12);
    assert_int_equal(text_line_of(text, 5), 1); /* between \r and \n */
    assert_int_equal(text_row_of(text, 8).row, 2);
    assert_int_equal(text_row_of(text, 8).column_bytes, 2);
    text_unref(text);
}

static void test_nul_and_invalid_bytes_are_kept(void **state) {
    (void)state;
    static const char bytes[] = "\xEF\xBB\xBF"
                                "a\0b\xFF\xC3\n";
    struct text *text = NULL;
    assert_int_equal(text_create(bytes, sizeof bytes - 1, &text), STATUS_OK);
    assert_int_equal(text_size(text), sizeof bytes - 1);
    for (uint32_t i = 0; i < sizeof bytes - 1; i++)
        assert_int_equal(text_byte_at(text, i), (unsigned char)bytes[i]);
    text_unref(text);
}

/* A "\r\n" that an edit puts together, or takes apart, across pieces. */
static void test_divided_line_end(void **state) {
    (void)state;
    struct text *text = NULL, *joined = NULL, *apart = NULL;
    size_t length = 40000;
    char *bytes = mem_alloc(length);
    memset(bytes, 'x', length);
    for (uint32_t i = 8191; i + 1 < length; i += 8192) { /* wherever pieces may end */
        bytes[i] = '\r';
        bytes[i + 1] = '\n';
    }
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    assert_int_equal(text_line_count(text), 5);
    for (uint32_t line = 1; line < 5; line++) {
        assert_int_equal(text_line_start(text, line), 8192 * line + 1);
        assert_int_equal(text_line_end(text, line - 1), 8192 * line - 1);
        assert_int_equal(text_line_of(text, 8192 * line), line - 1);
    }
    assert_int_equal(text_splice(text, 8192, 8192, "y", 1, &apart), STATUS_OK);
    assert_int_equal(text_line_count(apart), 6);
    assert_int_equal(text_splice(apart, 8192, 8193, "", 0, &joined), STATUS_OK);
    assert_int_equal(text_line_count(joined), 5);
    struct text_hunk hunk;
    assert_int_equal(text_diff(text, joined, &hunk, 1), 0);
    mem_free(bytes);
    text_unref(joined);
    text_unref(apart);
    text_unref(text);
}

static void test_splice_clamps(void **state) {
    (void)state;
    struct text *text = make("abc"), *longer = NULL;
    assert_int_equal(text_splice(text, 2, 100, "XY", 2, &longer), STATUS_OK);
    assert_text(longer, "abXY");
    assert_text(text, "abc");
    text_unref(longer);
    assert_int_equal(text_splice(text, 50, 100, "!", 1, &longer), STATUS_OK);
    assert_text(longer, "abc!");
    text_unref(longer);
    text_unref(text);
}

static void test_apply(void **state) {
    (void)state;
    struct text *text = make("0123456789"), *edited = NULL;
    struct text_edit edits[] = {{0, 0, "<", 1}, {2, 4, "", 0}, {4, 4, "ab", 2}, {9, 10, "end", 3}};
    assert_int_equal(text_apply(text, edits, 4, &edited), STATUS_OK);
    assert_text(edited, "<01ab45678end");
    text_unref(edited);
    edited = NULL;
    struct text_edit crossing[] = {{3, 6, "", 0}, {5, 7, "", 0}};
    assert_int_equal(text_apply(text, crossing, 2, &edited), STATUS_INVALID);
    assert_null(edited);
    text_unref(text);
}

static void test_diff(void **state) {
    (void)state;
    size_t length = 300000;
    char *bytes = mem_alloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)('a' + i % 23);
    struct text *text = NULL, *edited = NULL;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    struct text_edit edits[] = {{1000, 1001, "#", 1}, {150000, 150000, "@@", 2}, {280000, 280010, "", 0}};
    assert_int_equal(text_apply(text, edits, 3, &edited), STATUS_OK);

    struct text_hunk hunks[8];
    assert_int_equal(text_diff(text, edited, hunks, 8), 3);
    assert_memory_equal(&hunks[0], &((struct text_hunk){1000, 1001, 1000, 1001}), sizeof hunks[0]);
    assert_memory_equal(&hunks[1], &((struct text_hunk){150000, 150000, 150000, 150002}), sizeof hunks[0]);
    assert_int_equal(hunks[2].old_end - hunks[2].old_start, 10);
    assert_int_equal(hunks[2].new_end, hunks[2].new_start);

    assert_int_equal(text_diff(text, edited, hunks, 2), 2); /* the last one covers the rest */
    assert_int_equal(hunks[1].old_start, 150000);
    assert_true(hunks[1].old_end >= 280010);

    struct text *unrelated = NULL;
    bytes[77777] = '!';
    assert_int_equal(text_create(bytes, length, &unrelated), STATUS_OK);
    assert_int_equal(text_diff(text, unrelated, hunks, 8), 1);
    assert_memory_equal(&hunks[0], &((struct text_hunk){77777, 77778, 77777, 77778}), sizeof hunks[0]);
    assert_int_equal(text_diff(text, text, hunks, 8), 0);
    mem_free(bytes);
    text_unref(unrelated);
    text_unref(edited);
    text_unref(text);
}

static void test_refusals(void **state) {
    (void)state;
    struct text *text = make("abc"), *untouched = text;
    assert_int_equal(text_create("", (size_t)TEXT_SIZE_MAX + 1, &untouched), STATUS_TOO_LARGE);
    assert_int_equal(text_splice(text, 0, 0, "", (size_t)TEXT_SIZE_MAX + 1, &untouched), STATUS_TOO_LARGE);
    size_t length = 1 << 20;
    char *bytes = mem_zalloc(length);
    mem_set_try_limit(100000);
    assert_int_equal(text_create(bytes, length, &untouched), STATUS_NO_MEMORY);
    assert_int_equal(text_splice(text, 1, 2, bytes, length, &untouched), STATUS_NO_MEMORY);
    mem_set_try_limit(0);
    assert_ptr_equal(untouched, text);
    mem_free(bytes);
    text_unref(text);
}

static void test_hash(void **state) {
    (void)state;
    size_t length = 50000;
    char *bytes = mem_alloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i * 7);
    struct text *text = NULL, *edited = NULL;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    assert_int_equal(text_splice(text, 20000, 20003, bytes + 20000, 3, &edited), STATUS_OK);
    struct hash128 flat = hash128(bytes, length), pieces = text_hash(edited);
    assert_memory_equal(&flat, &pieces, sizeof flat);
    mem_free(bytes);
    text_unref(edited);
    text_unref(text);
}

/* Many keystrokes in 10 MB: cheap to the last one. The bound is loose, for sanitizers and busy machines. */
static void test_many_keystrokes(void **state) {
    (void)state;
    size_t length = 10 << 20;
    char *bytes = mem_alloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = i % 37 == 36 ? '\n' : 'x';
    struct text *text = NULL;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    uint32_t at = 5 << 20;
    uint64_t start_ns = clock_now_ns(), late_start_ns = 0;
    enum { COUNT = 20000, LATE = 19000 };
    for (int i = 0; i < COUNT; i++) {
        struct text *next = NULL;
        if (i == LATE) late_start_ns = clock_now_ns();
        if (i % 50 == 0) at = (uint32_t)(((uint64_t)i * 2654435761u) % length);
        assert_int_equal(text_splice(text, at, at, "k", 1, &next), STATUS_OK);
        at++;
        text_unref(text);
        text = next;
    }
    uint64_t early_ns = (late_start_ns - start_ns) / LATE;
    uint64_t late_ns = (clock_now_ns() - late_start_ns) / (COUNT - LATE);
    print_message("keystroke in 10 MB: %u ns, after %d more %u ns\n", (unsigned)early_ns, LATE,
                  (unsigned)late_ns);
    assert_int_equal(text_size(text), length + COUNT);
    assert_true(late_ns < 2000000);
    mem_free(bytes);
    text_unref(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nul_and_invalid_bytes_are_kept),
        cmocka_unit_test(test_divided_line_end),
        cmocka_unit_test(test_splice_clamps),
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_many_keystrokes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
