/* Maps between what is shown and the text, byte by byte; look-ups among readings. */
#include "analysis/reading.h"
#include "tests/support/reading_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The stretch "ab NAME(x) cd" is shown as "ab {x;} cd", and the last two bytes of it as others. */
static const struct reading_span spans[] = {{0, 0, 3, true},   {3, 3, 10, false}, {4, 8, 9, true},
                                            {5, 3, 10, false}, {7, 10, 11, true}, {8, 11, 13, false}};
#define SHOWN_LENGTH 10

static struct reading reading_of(const struct reading_span *items, size_t count) {
    struct reading reading = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&reading.spans, items[i]);
    return reading;
}

static void shown_bytes_have_a_place(void **unused) {
    (void)unused;
    static const struct {
        uint32_t at, end, start_byte, end_byte;
        bool copied;
    } rows[] = {
        {0, 0, 0, 0, true},    {0, 3, 0, 3, true},    {1, 2, 1, 2, true},      {2, 2, 2, 2, true},
        {3, 4, 3, 10, false},  {3, 3, 3, 3, false},   {4, 5, 8, 9, true},      {5, 7, 3, 10, false},
        {2, 4, 2, 10, false},  {4, 7, 8, 10, false},  {6, 8, 3, 11, false},    {7, 8, 10, 11, true},
        {8, 9, 11, 13, false}, {0, 10, 0, 13, false}, {10, 10, 11, 11, false},
    };
    struct reading reading = reading_of(spans, sizeof spans / sizeof *spans);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t start, end;
        bool copied;
        reading_to_stretch(&reading, rows[i].at, rows[i].end, &start, &end, &copied);
        if (start != rows[i].start_byte || end != rows[i].end_byte || copied != rows[i].copied)
            fail_msg("[%u, %u) is [%u, %u) %d", rows[i].at, rows[i].end, start, end, copied);
        uint32_t again, again_end;
        reading_to_stretch(&reading, rows[i].at, rows[i].end, &again, &again_end, NULL);
        assert_int_equal(again, start);
        assert_int_equal(again_end, end);
    }
    vec_finish(&reading.spans);
}

static void bytes_of_the_text_are_shown_somewhere(void **unused) {
    (void)unused;
    /* "abc", a directive of five bytes, "de" */
    static const struct reading_span two[] = {{0, 0, 3, true}, {3, 8, 10, true}};
    static const uint32_t places[] = {0, 1, 2, 3, 3, 3, 3, 3, 3, 4, 5, 5};
    struct reading reading = reading_of(two, 2);
    for (uint32_t byte = 0; byte < sizeof places / sizeof *places; byte++)
        assert_int_equal(reading_from_stretch(&reading, byte), places[byte]);
    vec_finish(&reading.spans);

    /* A macro's bytes begin where it does. */
    reading = reading_of(spans, 2);
    assert_int_equal(reading_from_stretch(&reading, 2), 2);
    for (uint32_t byte = 3; byte <= 10; byte++)
        assert_int_equal(reading_from_stretch(&reading, byte), 3);
    vec_finish(&reading.spans);

    struct reading nothing = {0};
    uint32_t start = 1, end = 1;
    bool copied = true;
    assert_int_equal(reading_from_stretch(&nothing, 4), 0);
    reading_to_stretch(&nothing, 0, 4, &start, &end, &copied);
    assert_true(start == 0 && end == 0 && !copied);
}

/* Each byte of the spans is what it was, but those rewritten are no longer the text's own. */
static void check_rewritten(const struct reading_span *items, size_t count, uint32_t at, uint32_t end) {
    struct reading before = reading_of(items, count), after = reading_of(items, count);
    reading_spans_rewritten(&after.spans, SHOWN_LENGTH, at, end);
    for (size_t i = 0; i < after.spans.count; i++) {
        assert_true(i > 0 ? after.spans.items[i].at > after.spans.items[i - 1].at
                          : after.spans.items[i].at == 0);
        assert_true(after.spans.items[i].at < SHOWN_LENGTH);
        uint32_t stop = i + 1 < after.spans.count ? after.spans.items[i + 1].at : SHOWN_LENGTH;
        if (after.spans.items[i].copied)
            assert_int_equal(after.spans.items[i].end_byte - after.spans.items[i].start_byte,
                             stop - after.spans.items[i].at);
    }
    for (uint32_t i = 0; i < SHOWN_LENGTH; i++) {
        uint32_t start, stop, was_start, was_stop;
        bool copied, was_copied;
        reading_to_stretch(&before, i, i + 1, &was_start, &was_stop, &was_copied);
        reading_to_stretch(&after, i, i + 1, &start, &stop, &copied);
        bool rewritten = i >= at && i < end;
        assert_int_equal(copied, was_copied && !rewritten);
        if (rewritten && was_copied)
            assert_true(start <= was_start && stop >= was_stop);
        else
            assert_true(start == was_start && stop == was_stop);
    }
    vec_finish(&before.spans);
    vec_finish(&after.spans);
}

static void rewritten_spans_are_divided(void **unused) {
    (void)unused;
    static const struct reading_span whole[] = {{0, 0, SHOWN_LENGTH, true}};
    static const struct reading_span moved[] = {{0, 0, 2, true}, {2, 20, 24, true}, {6, 30, 34, true}};
    for (uint32_t at = 0; at <= SHOWN_LENGTH; at++) {
        for (uint32_t end = at; end <= SHOWN_LENGTH; end++) {
            check_rewritten(whole, 1, at, end);
            check_rewritten(moved, 3, at, end);
            check_rewritten(spans, sizeof spans / sizeof *spans, at, end);
        }
    }
}

static void readings_are_found_by_key_and_place(void **unused) {
    (void)unused;
    struct readings *readings = readings_create();
    assert_true(readings->plain);
    readings_index(readings);
    assert_null(readings_lookup(readings, (struct hash128){1, 1}));
    assert_null(readings_lookup(NULL, (struct hash128){1, 1}));
    assert_int_equal(readings_find(readings, 0), SIZE_MAX);
    assert_int_equal(readings_find(NULL, 0), SIZE_MAX);
    for (uint32_t i = 0; i < 100; i++) {
        struct reading *reading = reading_create();
        reading->key = (struct hash128){i % 4, i + 1}; /* slots collide */
        vec_push(&readings->placed, (struct placed_reading){10 * i + 5, 10 * i + 8, reading});
    }
    readings_index(readings);
    for (uint32_t i = 0; i < 100; i++)
        assert_ptr_equal(readings_lookup(readings, (struct hash128){i % 4, i + 1}),
                         readings->placed.items[i].reading);
    assert_null(readings_lookup(readings, (struct hash128){0, 102}));
    assert_int_equal(readings_find(readings, 4), SIZE_MAX);
    assert_int_equal(readings_find(readings, 5), 0);
    assert_int_equal(readings_find(readings, 14), 0);
    assert_int_equal(readings_find(readings, 15), 1);
    assert_int_equal(readings_find(readings, UINT32_MAX), 99);
    for (size_t i = 0; i < 7; i++)
        vec_push(&readings->pieces, (struct read_piece){.piece = 3 * i, .id = 100 + i, .means = 7});
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(readings_hold_piece(readings, i), i % 3 == 0 && i < 21);
    assert_false(readings_hold_piece(NULL, 0));
    assert_ptr_equal(readings_piece(readings, 103, 7, 0), &readings->pieces.items[3]);
    assert_null(readings_piece(readings, 103, 8, 2));
    assert_null(readings_piece(readings, 107, 7, 0));
    assert_null(readings_piece(NULL, 103, 7, 0));
    /* One that is shared outlives the list. */
    struct reading *kept = reading_ref(readings->placed.items[50].reading);
    readings_destroy(readings);
    assert_int_equal(kept->key.high, 51);
    reading_unref(kept);
    reading_unref(NULL);
    readings_destroy(NULL);
}

static void only_sound_ranges_are_trusted(void **unused) {
    (void)unused;
    static const char text[] = "int good;\nint bad bad(;\nint fine;\n";
    struct reading_desk desk;
    reading_desk_start(&desk);
    struct syntax *syntax = reading_desk_read(&desk, text, sizeof text - 1, NULL, NULL);
    assert_null(reading_check(syntax));
    const struct readings *readings = readings_of(syntax);
    assert_non_null(readings);
    assert_true(readings_trust(readings, syntax, 0, 9));
    assert_true(readings_trust(readings, syntax, 4, 8));
    assert_false(readings_trust(readings, syntax, 4, 12));
    assert_false(readings_trust(readings, syntax, 14, 17));
    assert_true(readings_trust(NULL, syntax, 14, 17));
    assert_true(syntax_is_broken(syntax));
    syntax_unref(syntax);

    syntax = reading_desk_read(&desk, "int good;\n", 10, NULL, NULL);
    assert_null(readings_of(syntax));
    assert_false(syntax_is_broken(syntax));
    syntax_unref(syntax);
    reading_desk_finish(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shown_bytes_have_a_place),
        cmocka_unit_test(bytes_of_the_text_are_shown_somewhere),
        cmocka_unit_test(rewritten_spans_are_divided),
        cmocka_unit_test(readings_are_found_by_key_and_place),
        cmocka_unit_test(only_sound_ranges_are_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
