/* Brackets without their partner in the texts of macros. */
#include "analysis/macro_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* marked: a @ where one is missing, or before the one that is too much. */
static void gap_at(const char *marked, const char *missing) {
    char text[400];
    const char *mark = strchr(marked, '@');
    assert_non_null(mark);
    size_t place = (size_t)(mark - marked);
    assert_true(strlen(marked) < sizeof text);
    memcpy(text, marked, place);
    strcpy(text + place, mark + 1);
    struct macro_gap gap;
    assert_true(macro_text_check(text, (uint32_t)strlen(text), &gap));
    if (gap.byte != place) fail_msg("%s: at %u", marked, gap.byte);
    assert_int_equal(gap.length, missing ? 0 : 1);
    if (missing) assert_string_equal(gap.missing, missing);
    assert_non_null(gap.message);
}

static void none(const char *text) {
    struct macro_gap gap;
    if (macro_text_check(text, (uint32_t)strlen(text), &gap)) fail_msg("%s: at %u", text, gap.byte);
}

static void lone_brackets_are_found(void **unused) {
    (void)unused;
    gap_at("((x) + 1@", ")");
    gap_at("a[(x)@", "]");
    gap_at("(x) + 1@) * 2", NULL);
    gap_at("(((x)) | \\\n ((y << 8)@ | \\\n (z))", ")");
    gap_at("f((x), \\\n (y), \\\n z@", ")");
}

static void halves_and_quotes_are_fine(void **unused) {
    (void)unused;
    none("");
    none("# x (");
    none("f(");
    none(")");
    none(") + 1");
    none("{ (x)");
    none("\":-(\" '(' /* ( */");
    none("do { f(x); } while (0)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lone_brackets_are_found),
        cmocka_unit_test(halves_and_quotes_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
