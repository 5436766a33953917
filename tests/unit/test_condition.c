/* Conditions, case by case: "t" surely compiled, "?" open, "u" unlikely, "f" never. */
#include "analysis/condition.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char letter(enum condition condition) {
    return "t?uf"[condition];
}

static void expressions(void **state) {
    (void)state;
    static const struct {
        char expected;
        const char *expression;
    } cases[] = {
        {'f', "0"},
        {'t', "1"},
        {'t', " 2 /* c */ // d"},
        {'?', "X"},
        {'?', "defined X"},
        {'?', "defined(X) && 1"},
        {'f', "defined(X) && 0"},
        {'f', "0 && (X"
              ")"},
        {'t', "defined X || 1"},
        {'f', "defined __cplusplus"},
        {'t', "!defined(__cplusplus)"},
        {'f', "defined(__cplusplus) && __cplusplus >= 201103L"},
        {'?', "defined(__cplusplus) || defined(X)"},
        {'u', "defined(_WIN32)"},
        {'u', "defined(_WIN32) && X > 3"},
        {'u', "defined(_WIN32) || defined(_WIN64)"},
        {'u', "_MSC_VER >= 1900"},
        {'?', "!defined(_WIN32)"},
        {'?', "defined(_WIN32) || defined(X)"},
        {'t', "__STDC_VERSION__ >= 199901L"},
        {'t', "__GNUC__ > 4 || (__GNUC__ == 4 && __GNUC_MINOR__ >= 3)"},
        {'t', "__GNUC_PREREQ (4, 3)"},
        {'?', "__has_include(<x.h>) && 1"},
        {'?', "VERSION(1, (2))"},
        {'t', "1 + 2 * 3 == 7"},
        {'t', "(1 + 2) * 3 == 9"},
        {'t', "-1 < 0 && ~0 == -1 && !0"},
        {'t', "0x10 == 16 && 010 == 8 && 0b11 == 3 && 10UL == 10"},
        {'t', "1 << 4 == 16"},
        {'?', "1 << 64"},
        {'?', "1 / 0"},
        {'?', "1 % 0"},
        {'?', "-9223372036854775807 - 1 / -1"},
        {'?', "X ? 1 : 0"},
        {'?', ""},
        {'?', "("},
        {'?', ")"},
        {'?', "1 1"},
        {'?', "1 +"},
        {'?', "defined"},
        {'?', "defined("},
        {'?', "'a' == 97"},
        {'f', "0 \\\n&& X"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char found = letter(condition_of_expression(cases[i].expression, strlen(cases[i].expression)));
        if (found != cases[i].expected) fprintf(stderr, "%s\n", cases[i].expression);
        assert_int_equal(found, cases[i].expected);
    }
}

static void names_and_their_logic(void **state) {
    (void)state;
    assert_int_equal(condition_of_name("__cplusplus", 11), CONDITION_FALSE);
    assert_int_equal(condition_of_name("__GNUC__", 8), CONDITION_TRUE);
    assert_int_equal(condition_of_name("_WIN32", 6), CONDITION_UNLIKELY);
    assert_int_equal(condition_of_name("DEBUG", 5), CONDITION_OPEN);
    assert_int_equal(condition_of_name("", 0), CONDITION_OPEN);
    assert_int_equal(condition_not(CONDITION_UNLIKELY), CONDITION_OPEN);
    assert_int_equal(condition_not(CONDITION_FALSE), CONDITION_TRUE);
    assert_int_equal(condition_and(CONDITION_TRUE, CONDITION_OPEN), CONDITION_OPEN);
    assert_int_equal(condition_and(CONDITION_FALSE, CONDITION_OPEN), CONDITION_FALSE);
}

/* More than the stacks hold is open, whatever it is. */
static void hostile_expressions_are_open(void **state) {
    (void)state;
    static const char *const parts[] = {"(", "!", "1+", "1||", "-", "defined ", "f(", "1<<1|"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct str expression;
        str_init(&expression);
        while (expression.length < CONDITION_BYTES_MAX - 16)
            str_adds(&expression, parts[i]);
        condition_of_expression(expression.bytes, expression.length);
        for (size_t k = 0; k < 16; k++)
            str_adds(&expression, parts[i]);
        str_adds(&expression, "1");
        assert_int_equal(condition_of_expression(expression.bytes, expression.length), CONDITION_OPEN);
        str_finish(&expression);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions),
        cmocka_unit_test(names_and_their_logic),
        cmocka_unit_test(hostile_expressions_are_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
