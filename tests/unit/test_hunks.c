/* Places of one text in another version of it. */
#include "analysis/hunks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* "0123456789abcdefghij" with 5 to 7 taken out and "XYZ" put before 12. */
static const struct hunks hunks = {.items = {{5, 7, 5, 5}, {12, 12, 10, 13}}, .count = 2};

static void untouched_ranges_are_followed(void **unused) {
    (void)unused;
    static const struct {
        uint32_t start, end;
        bool untouched;
        uint32_t new_start, new_end;
        size_t passed;
    } cases[] = {{0, 4, true, 0, 4, 0},   {0, 5, false, 0, 0, 0},  {8, 11, true, 6, 9, 1},
                 {7, 11, false, 0, 0, 0}, {8, 12, false, 0, 0, 0}, {13, 20, true, 14, 21, 2},
                 {2, 18, false, 0, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t start = cases[i].start, end = cases[i].end;
        size_t passed;
        assert_int_equal(hunks_follow(&hunks, &start, &end, &passed), cases[i].untouched);
        assert_int_equal(start, cases[i].untouched ? cases[i].new_start : cases[i].start);
        assert_int_equal(end, cases[i].untouched ? cases[i].new_end : cases[i].end);
        if (cases[i].untouched) assert_int_equal(passed, cases[i].passed);
    }
}

static void edited_ranges_end_at_the_edit(void **unused) {
    (void)unused;
    uint32_t start = 6, end = 15;
    hunks_follow_loosely(&hunks, &start, &end);
    assert_int_equal(start, 5);
    assert_int_equal(end, 16);
}

static void places_are_found_again(void **unused) {
    (void)unused;
    for (uint32_t byte = 0; byte < 20; byte++) {
        uint32_t start = byte, end = byte;
        if (hunks_follow(&hunks, &start, &end, NULL)) assert_int_equal(hunks_back(&hunks, start), byte);
    }
    assert_int_equal(hunks_back(&hunks, 11), 12); /* within what was put in */
}

static void hunks_are_those_of_the_texts(void **unused) {
    (void)unused;
    struct text *earlier, *later;
    assert_int_equal(text_create("one two", 7, &earlier), STATUS_OK);
    assert_int_equal(text_splice(earlier, 3, 3, "!", 1, &later), STATUS_OK);
    struct hunks found = hunks_between(earlier, later);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.items[0].new_end - found.items[0].new_start, 1);
    assert_int_equal(hunks_between(earlier, earlier).count, 0);
    text_unref(earlier);
    text_unref(later);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untouched_ranges_are_followed),
        cmocka_unit_test(edited_ranges_end_at_the_edit),
        cmocka_unit_test(places_are_found_again),
        cmocka_unit_test(hunks_are_those_of_the_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
