/* base/str.h and base/hash.h: growing strings, and hashes that do not depend on how bytes arrive. */
#include "base/str.h"

#include "base/hash.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_empty_string_is_readable(void **state) {
    (void)state;
    struct str str;
    str_init(&str);
    assert_string_equal(str.bytes, "");
    str_clear(&str);
    str_add(&str, NULL, 0);
    str_adds(&str, "");
    assert_int_equal(str.length, 0);
    char *detached = str_detach(&str);
    assert_string_equal(detached, "");
    mem_free(detached);
    str_finish(&str);
    str_finish(&str);
}

static void test_growth_keeps_content_and_terminator(void **state) {
    (void)state;
    struct str str;
    str_init(&str);
    for (int i = 0; i < 5000; i++) {
        str_addc(&str, (char)('a' + i % 26));
        assert_int_equal(str.bytes[str.length], '\0');
        assert_true(str.capacity > str.length);
    }
    for (int i = 0; i < 5000; i++)
        assert_int_equal(str.bytes[i], 'a' + i % 26);
    size_t capacity = str.capacity;
    str_clear(&str);
    assert_string_equal(str.bytes, "");
    assert_int_equal(str.capacity, capacity);
    str_finish(&str);
}

static void test_bytes_may_be_nul(void **state) {
    (void)state;
    struct str str;
    str_init(&str);
    str_add(&str, "a\0b", 3);
    str_adds(&str, "c");
    assert_int_equal(str.length, 4);
    assert_memory_equal(str.bytes, "a\0bc", 5);
    str_finish(&str);
}

static void test_format_of_any_length(void **state) {
    (void)state;
    struct str str;
    str_init(&str);
    str_addf(&str, "%s-%d", "x", 1);
    str_addf(&str, "%*d", 3000, 7);
    assert_int_equal(str.length, 3 + 3000);
    assert_memory_equal(str.bytes, "x-1  ", 5);
    assert_int_equal(str.bytes[3002], '7');
    str_addf(&str, "%s", "");
    assert_int_equal(str.length, 3003);
    str_finish(&str);
}

static void test_reserve_then_detach(void **state) {
    (void)state;
    struct str str;
    str_init(&str);
    str_reserve(&str, 1000);
    assert_true(str.capacity > 1000);
    assert_string_equal(str.bytes, "");
    const char *place = str.bytes;
    for (int i = 0; i < 1000; i++)
        str_addc(&str, 'n');
    assert_ptr_equal(str.bytes, place);
    char *detached = str_detach(&str);
    assert_ptr_equal(detached, place);
    assert_int_equal(strlen(detached), 1000);
    assert_string_equal(str.bytes, "");
    mem_free(detached);
    str_finish(&str);
}

static void test_affixes(void **state) {
    (void)state;
    assert_true(str_starts_with("noodle", "noo"));
    assert_true(str_starts_with("noodle", ""));
    assert_false(str_starts_with("no", "noo"));
    assert_true(str_ends_with("noodle.c", ".c"));
    assert_true(str_ends_with("", ""));
    assert_false(str_ends_with("c", ".c"));
    assert_false(str_ends_with("noodle.h", ".c"));
}

static void test_hash_stream_equals_one_call(void **state) {
    (void)state;
    static const char text[] = "A bowl of noodles is a graph with a single edge, counted many times over.";
    struct str str;
    str_init(&str);
    for (int i = 0; i < 50; i++)
        str_adds(&str, text);
    for (size_t length = 0; length <= str.length; length += 1 + length / 7) {
        struct hash128 whole = hash128(str.bytes, length);
        for (size_t step = 1; step < 600; step = step * 3 + 1) {
            struct hash_stream *stream = hash_stream_create();
            for (size_t at = 0; at < length; at += step) {
                hash_stream_add(stream, str.bytes + at, length - at < step ? length - at : step);
            }
            hash_stream_add(stream, NULL, 0);
            struct hash128 pieces = hash_stream_destroy(stream);
            assert_true(pieces.low == whole.low && pieces.high == whole.high);
        }
    }
    str_finish(&str);
}

static void test_hashes_tell_texts_and_seeds_apart(void **state) {
    (void)state;
    assert_true(hash64("a", 1, 0) != hash64("b", 1, 0));
    assert_true(hash64("a", 1, 0) != hash64("a", 1, 1));
    assert_true(hash64("a", 1, 7) == hash64("a", 1, 7));
    assert_true(hash128("", 0).low != hash128("\0", 1).low);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_string_is_readable),
        cmocka_unit_test(test_growth_keeps_content_and_terminator),
        cmocka_unit_test(test_bytes_may_be_nul),
        cmocka_unit_test(test_format_of_any_length),
        cmocka_unit_test(test_reserve_then_detach),
        cmocka_unit_test(test_affixes),
        cmocka_unit_test(test_hash_stream_equals_one_call),
        cmocka_unit_test(test_hashes_tell_texts_and_seeds_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
