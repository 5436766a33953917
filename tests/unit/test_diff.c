/* Unified diffs: exact on small cases; on random texts the hunks always lead from one text to the other. */
#include "cli/diff.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct diff_side side(const char *text) {
    return (struct diff_side){text, strlen(text)};
}

static void check(const char *before, const char *after, const char *expected) {
    struct str out;
    str_init(&out);
    diff_unified(&out, "f", side(before), side(after), false);
    assert_string_equal(out.bytes, expected);
    str_finish(&out);
}

#define NAMES "--- a/f\n+++ b/f\n"

static void test_small(void **state) {
    (void)state;
    check("", "", "");
    check("a\n", "a\n", "");
    check("a\n", "b\n", NAMES "@@ -1 +1 @@\n-a\n+b\n");
    check("", "a\n", NAMES "@@ -0,0 +1 @@\n+a\n");
    check("a\n", "", NAMES "@@ -1 +0,0 @@\n-a\n");
    check("a", "a\n", NAMES "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
    check("a\nb", "a\nc",
          NAMES "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n");
    check("a\r\nb\r\n", "a\r\nc\r\n", NAMES "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n");
    check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
          NAMES "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
    check("1\n2\n3\n4\n5\n6\n7\n", "x\n1\n2\n3\n4\n5\n6\ny\n", /* contexts touch: one hunk */
          NAMES "@@ -1,7 +1,8 @@\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-7\n+y\n");
    check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n", /* and here they do not */
          NAMES "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n");
}

static void test_name_and_color(void **state) {
    (void)state;
    struct str out;
    str_init(&out);
    diff_unified(&out, "/tmp/f", side("a\n"), side("b\n"), true);
    assert_non_null(strstr(out.bytes, "--- a/tmp/f"));
    assert_non_null(strstr(out.bytes, "\033[31m-a\033[0m\n\033[32m+b\033[0m\n"));
    str_finish(&out);
}

/* As git writes them, so that no name ends its line or passes for another one. */
static void test_names_that_need_care(void **state) {
    (void)state;
    static const struct {
        const char *name, *old_line, *new_line;
    } cases[] = {
        {"a b.c", "--- a/a b.c\t\n", "+++ b/a b.c\t\n"},
        {"a\nb.c", "--- \"a/a\\nb.c\"\n", "+++ \"b/a\\nb.c\"\n"},
        {"\t\"\\\r\x01 \x7f", "--- \"a/\\t\\\"\\\\\\r\\001 \\177\"\n",
         "+++ \"b/\\t\\\"\\\\\\r\\001 \\177\"\n"},
        {"\xC3\xA9\xFF.c", "--- a/\xC3\xA9\xFF.c\n", "+++ b/\xC3\xA9\xFF.c\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str out, expected;
        str_init(&out);
        str_init(&expected);
        str_addf(&expected, "%s%s@@ -1 +1 @@\n-a\n+b\n", cases[i].old_line, cases[i].new_line);
        diff_unified(&out, cases[i].name, side("a\n"), side("b\n"), false);
        assert_string_equal(out.bytes, expected.bytes);
        str_finish(&expected);
        str_finish(&out);
    }
}

struct lines {
    const char *start[2048];
    size_t length[2048], count;
};

static void split(const char *text, struct lines *lines) {
    lines->count = 0;
    while (*text) {
        const char *newline = strchr(text, '\n');
        size_t length = newline ? (size_t)(newline - text) + 1 : strlen(text);
        lines->start[lines->count] = text;
        lines->length[lines->count++] = length;
        text += length;
    }
}

/* Applies the hunks to before; the result has to be after. Returns how many lines they touch. */
static size_t check_hunks(const char *before, const char *after) {
    static struct lines old, new;
    split(before, &old);
    split(after, &new);
    struct diff_hunks hunks = {0};
    diff_lines(side(before), side(after), &hunks);
    struct str result;
    str_init(&result);
    size_t line = 0, touched = 0;
    for (size_t i = 0; i < hunks.count; i++) {
        const struct diff_hunk *hunk = &hunks.items[i];
        assert_true(hunk->old_start >= line && hunk->old_end <= old.count && hunk->new_end <= new.count);
        for (; line < hunk->old_start; line++)
            str_add(&result, old.start[line], old.length[line]);
        for (size_t j = hunk->new_start; j < hunk->new_end; j++)
            str_add(&result, new.start[j], new.length[j]);
        touched += hunk->old_end - hunk->old_start + hunk->new_end - hunk->new_start;
        line = hunk->old_end;
    }
    for (; line < old.count; line++)
        str_add(&result, old.start[line], old.length[line]);
    assert_string_equal(result.bytes, after);
    str_finish(&result);
    vec_finish(&hunks);
    return touched;
}

/* The length of the shortest edit script by the textbook table, for texts of at most 40 one-letter lines. */
static size_t shortest(const char *before, const char *after) {
    size_t n = strlen(before) / 2, m = strlen(after) / 2, table[41][41];
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            if (!i || !j)
                table[i][j] = i + j;
            else if (before[2 * (i - 1)] == after[2 * (j - 1)])
                table[i][j] = table[i - 1][j - 1];
            else
                table[i][j] = 1 + (table[i - 1][j] < table[i][j - 1] ? table[i - 1][j] : table[i][j - 1]);
        }
    return table[n][m];
}

static void random_lines(char *text, unsigned letters) {
    size_t count = (size_t)rand() % 41;
    for (size_t i = 0; i < count; i++) {
        *text++ = (char)('a' + (unsigned)rand() % letters);
        *text++ = '\n';
    }
    *text = '\0';
}

static void test_random_texts(void **state) {
    (void)state;
    srand(7);
    for (int round = 0; round < 3000; round++) {
        char before[100], after[100];
        random_lines(before, 1 + (unsigned)round % 5);
        random_lines(after, 1 + (unsigned)round % 5);
        assert_int_equal(check_hunks(before, after), shortest(before, after));
    }
}

static void test_nothing_in_common(void **state) {
    (void)state;
    struct str before, after;
    str_init(&before);
    str_init(&after);
    for (int i = 0; i < 1500; i++) { /* more edits than the search goes through */
        str_addf(&before, "old %d\n", i);
        str_addf(&after, "new %d\n", i);
    }
    assert_int_equal(check_hunks(before.bytes, after.bytes), 3000);
    str_finish(&after);
    str_finish(&before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_name_and_color),
        cmocka_unit_test(test_names_that_need_care),
        cmocka_unit_test(test_random_texts),
        cmocka_unit_test(test_nothing_in_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
