/* Conditions of #if lines: what they are of themselves, under choices, and which choices make them true. */
#include "analysis/choice.h"
#include "base/hash.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void parse(const char *line, struct choice_condition *condition) {
    struct c_tokens tokens = {0};
    c_token_scan(line, (uint32_t)strlen(line), &tokens);
    assert_int_equal(tokens.count, 1);
    choice_parse(line, &tokens.items[0], condition);
    assert_true(condition->count > 0);
    for (size_t i = 0; i < condition->count; i++) /* operands come before what they are of */
        assert_true(condition->items[i].left < i + !i && condition->items[i].right < i + !i);
    vec_finish(&tokens);
}

static void constants_follow_from_the_line_alone(void **unused) {
    (void)unused;
    static const struct {
        const char *line;
        enum truth truth;
    } rows[] = {
        {"#if 0", TRUTH_NO},
        {"#if 00", TRUTH_NO},
        {"#if", TRUTH_NO}, /* nobody knows what it is about */
        {"#elif /* A */", TRUTH_NO},
        {"#ifdef", TRUTH_NO},
        {"#ifndef", TRUTH_YES},
        {"#if 0L", TRUTH_NO},
        {"#if 0x10", TRUTH_YES},
        {"#if 1", TRUTH_YES},
        {"#if 1u", TRUTH_YES},
        {"#if (0)", TRUTH_NO},
        {"#if !0", TRUTH_YES},
        {"#if !!0", TRUTH_NO},
        {"#if 0 && A", TRUTH_NO},
        {"#if A && 0", TRUTH_NO},
        {"#if A || 1", TRUTH_YES},
        {"#if 0 || A", TRUTH_UNKNOWN},
        {"#if 1 && A", TRUTH_UNKNOWN},
        {"#if 0 /* && */ // A", TRUTH_NO},
        {"#if A", TRUTH_UNKNOWN},
        {"#if 1 > 2", TRUTH_UNKNOWN}, /* calculations are not done */
        {"#if 0 + A", TRUTH_UNKNOWN},
        {"#else", TRUTH_YES},
        {"#ifdef A", TRUTH_UNKNOWN},
        {"#ifndef A", TRUTH_UNKNOWN},
        {"#ifdef __cplusplus", TRUTH_NO},
        {"#ifndef __cplusplus", TRUTH_YES},
        {"#elifdef __cplusplus", TRUTH_NO},
        {"#elifndef __OBJC__", TRUTH_YES},
        {"#if defined(__cplusplus) || defined __ASSEMBLER__", TRUTH_NO},
        {"#if defined(__cplusplus) && A", TRUTH_NO},
        {"#if defined(__cplusplus) || A", TRUTH_UNKNOWN},
        {"#if __ASSEMBLY__", TRUTH_NO},
        {"#if __cplusplus >= 201103L", TRUTH_NO},
        {"#elif 0", TRUTH_NO},
        {"#if && 0", TRUTH_UNKNOWN},
        {"#if (0", TRUTH_UNKNOWN},
        {"#if 0)", TRUTH_UNKNOWN},
        {"#if 0 &&", TRUTH_UNKNOWN},
        {"#if defined", TRUTH_UNKNOWN},
        {"#if defined(A", TRUTH_UNKNOWN},
        {"#if \"0\"", TRUTH_UNKNOWN},
        {"#ifdef 0", TRUTH_UNKNOWN},
    };
    struct choice_condition condition = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse(rows[i].line, &condition);
        enum truth truth = choice_constant(&condition);
        if (truth != rows[i].truth) fail_msg("%s is %d", rows[i].line, truth);
    }
    choice_condition_finish(&condition);
}

static void assume(struct choice *choice, const char *names) {
    vec_clear(&choice->assumptions);
    for (const char *c = names; *c; c += 2) {
        uint64_t name = hash64(c + 1, 1, 0);
        vec_push(&choice->assumptions, (struct assumption){name, *c == '+'});
    }
}

static void conditions_hold_under_choices(void **unused) {
    (void)unused;
    static const struct {
        const char *line, *names; /* +A: A holds, -A: it does not */
        bool none, all;           /* when all others do not, or do */
    } rows[] = {
        {"#if A", "", false, true},
        {"#if A", "+A", true, true},
        {"#if A", "-A", false, false},
        {"#if defined A", "+A", true, true},
        {"#if defined(A)", "-A", false, false},
        {"#if !A", "", true, false},
        {"#if !defined(A) && B", "-A+B", true, true},
        {"#if A && B", "+A", false, true},
        {"#if A || B", "-A", false, true},
        {"#if A || B && C", "-A+B", false, true},
        {"#if (A || B) && C", "+A-C", false, false},
        {"#if !(A || B)", "-A-B", true, true},
        {"#if A != B", "", false, true}, /* a comparison is one name */
        {"#if F(A, (B))", "", false, true},
        {"#if A > 1 && B", "+B", false, true},
        {"#ifndef A", "+A", false, false},
        {"#elifdef A", "+A", true, true},
        {"#if 1", "", true, true},
        {"#else", "", true, true},
        {"#if 0", "", false, false},
        {"#if A ? B : C", "", false, true},
    };
    struct choice_condition condition = {0};
    struct choice choice = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse(rows[i].line, &condition);
        assume(&choice, rows[i].names);
        choice.others = false;
        if (choice_holds(&condition, &choice) != rows[i].none) fail_msg("%s with none", rows[i].line);
        choice.others = true;
        if (choice_holds(&condition, &choice) != rows[i].all) fail_msg("%s with all", rows[i].line);
    }
    choice_condition_finish(&condition);
    choice_finish(&choice);
}

static void equal_conditions_agree(void **unused) {
    (void)unused;
    static const struct {
        const char *left, *right;
        bool same;
    } rows[] = {
        {"#if defined(A)", "#ifdef A", true},
        {"#if A", "#ifdef A", true},
        {"#if A > 1", "#if A>1 // as above", true},
        {"#if A > 1", "#elif A /* */ > 1", true},
        {"#if A > 1", "#if A > 2", false},
        {"#if F(A)", "#if F( A )", true},
        {"#if F(A)", "#if G(A)", false},
        {"#if A", "#if B", false},
    };
    struct choice_condition left = {0}, right = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct choice choice = {0};
        parse(rows[i].left, &left);
        parse(rows[i].right, &right);
        assert_true(choice_force(&left, true, &choice));
        if (choice_holds(&right, &choice) != rows[i].same) fail_msg("%s and %s", rows[i].left, rows[i].right);
        choice_finish(&choice);
    }
    choice_condition_finish(&left);
    choice_condition_finish(&right);
}

static void what_is_forced_holds(void **unused) {
    (void)unused;
    static const struct {
        const char *line, *names;
        bool yes, no; /* whether it can be forced to be true, to be false */
    } rows[] = {
        {"#if A", "", true, true},
        {"#if A", "+A", true, false},
        {"#if A", "-A", false, true},
        {"#if !A", "+A", false, true},
        {"#if A && B", "", true, true},
        {"#if A && B", "-B", false, true},
        {"#if A || B", "", true, true},
        {"#if A || B", "+B", true, false},
        {"#if A && !A", "", false, true},
        {"#if A || !A", "", true, false},
        {"#if !(A && (B || !C))", "", true, true},
        {"#if 0", "", false, true},
        {"#if 1", "", true, false},
        {"#else", "", true, false},
        {"#if 0 && A", "", false, true},
        {"#if 0 || A", "", true, true},
        {"#if A > 2", "", true, true},
        {"#ifdef __cplusplus", "", false, true},
        /* One side is enough, and it is the one that can still be had. */
        {"#if 0 || B || C", "-C", true, true},
        {"#if A || B", "-A", true, true},
        {"#if A && B", "+A", true, true},
        {"#if (A || B) && !A", "", true, true},
    };
    struct choice_condition condition = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse(rows[i].line, &condition);
        for (int wanted = 0; wanted < 2; wanted++) {
            struct choice choice = {0};
            assume(&choice, rows[i].names);
            bool forced = choice_force(&condition, wanted, &choice);
            if (forced != (wanted ? rows[i].yes : rows[i].no))
                fail_msg("%s (%s) to %d: %d", rows[i].line, rows[i].names, wanted, forced);
            for (int others = 0; forced && others < 2; others++) {
                choice.others = others;
                if (choice_holds(&condition, &choice) != (bool)wanted)
                    fail_msg("%s does not hold as forced", rows[i].line);
            }
            choice_finish(&choice);
        }
    }
    choice_condition_finish(&condition);
}

/* Hostile lines are one name, whatever is in them. */
static void deep_and_long_conditions_are_one_name(void **unused) {
    (void)unused;
    struct choice_condition condition = {0};
    struct str line;
    str_init(&line);
    for (int kind = 0; kind < 4; kind++) {
        str_clear(&line);
        str_adds(&line, "#if ");
        for (int i = 0; i < 20000; i++)
            str_adds(&line, kind == 0 ? "(" : kind == 1 ? "!" : kind == 2 ? "0 && " : "F((");
        str_adds(&line, "0");
        for (int i = 0; i < 20000 && kind == 0; i++)
            str_addc(&line, ')');
        parse(line.bytes, &condition);
        assert_true(condition.count <= 200);
        assert_int_equal(choice_constant(&condition), TRUTH_UNKNOWN);
        struct choice choice = {0};
        assert_true(choice_force(&condition, true, &choice));
        assert_true(choice_holds(&condition, &choice));
        choice_finish(&choice);
    }
    choice_condition_finish(&condition);
    str_finish(&line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_follow_from_the_line_alone),
        cmocka_unit_test(conditions_hold_under_choices),
        cmocka_unit_test(equal_conditions_agree),
        cmocka_unit_test(what_is_forced_holds),
        cmocka_unit_test(deep_and_long_conditions_are_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
