/* Each row is one item and its views in order; line ends are written as spaces there, and blanks of both
 * sides don't count. */
#include "analysis/view.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct c_tokens tokens;
    struct branches branches;
    struct view_maker *maker;
};

/* The whole text is the item. */
static void start(struct desk *desk, const char *text) {
    *desk = (struct desk){0};
    c_token_scan(text, (uint32_t)strlen(text), &desk->tokens);
    branches_find(text, &desk->tokens, &desk->branches);
    struct item item = {.end_token = (uint32_t)desk->tokens.count, .directives = true, .conditional = true};
    desk->maker = view_maker_create(text, &desk->tokens, &desk->branches, &item);
}

static void stop(struct desk *desk) {
    view_maker_destroy(desk->maker);
    vec_finish(&desk->tokens);
    branches_finish(&desk->branches);
}

static void assert_mapped(const char *text, uint32_t origin, const struct view *view) {
    uint32_t at = 0, passed = 0;
    for (size_t i = 0; i < view->spans.count; i++) {
        const struct reading_span *span = &view->spans.items[i];
        assert_true(span->copied && span->at == at && span->start_byte >= passed &&
                    span->end_byte > span->start_byte);
        assert_memory_equal(view->bytes + at, text + origin + span->start_byte,
                            span->end_byte - span->start_byte);
        at += span->end_byte - span->start_byte;
        passed = span->end_byte;
    }
    assert_int_equal(at, view->length);
    assert_int_equal(view->bytes[at], 0);
}

/* Words of the view with one space between. */
static void squeeze(const struct view *view, struct str *out) {
    str_clear(out);
    bool space = false;
    for (uint32_t i = 0; i < view->length; i++) {
        char c = view->bytes[i];
        if (c == ' ' || c == '\n') {
            space = out->length > 0;
            continue;
        }
        if (space) str_addc(out, ' ');
        space = false;
        str_addc(out, c);
    }
}

/* accepts: for each view + (it parses) or - (it does not). */
static void check(const char *text, const char *const *expected, const char *accepts, bool all_good) {
    struct desk desk;
    start(&desk, text);
    struct view view;
    struct str words;
    str_init(&words);
    size_t count = 0;
    while (view_next(desk.maker, &view)) {
        assert_mapped(text, desk.tokens.items[0].start_byte, &view);
        squeeze(&view, &words);
        if (!expected[count]) fail_msg("%s: one more view: %s", text, words.bytes);
        assert_string_equal(words.bytes, expected[count]);
        assert_true(accepts[count] != 0);
        if (accepts[count++] == '+') view_accept(desk.maker);
    }
    if (expected[count]) fail_msg("%s: no view %s", text, expected[count]);
    assert_int_equal(view_all_good(desk.maker), all_good);
    str_finish(&words);
    stop(&desk);
}

#define VIEWS(text, accepts, all_good, ...)                                                                  \
    check(text, (const char *const[]){__VA_ARGS__, NULL}, accepts, all_good)

static void nothing_and_everything_is_defined_first(void **unused) {
    (void)unused;
    VIEWS("a b;", "+", true, "a b;");
    VIEWS("a\n#if A\nb\n#endif\nc", "++", true, "a c", "a b c");
    VIEWS("a\n#if A\nb\n#else\nc\n#endif\nd", "++", true, "a c d", "a b d");
    VIEWS("a\n#ifndef A\nb\n#else\nc\n#endif\nd", "++", true, "a b d", "a c d");
    VIEWS("a\n#define X {\nb\n#include <c>\nd", "+", true, "a b d");
    VIEWS("#if A\na\n#endif\nb", "++", true, "b", "a b");
    VIEWS("a\n#if A\nb\n#endif", "++", true, "a", "a b");
}

static void other_branches_are_forced(void **unused) {
    (void)unused;
    VIEWS("#if A\na\n#elif B\nb\n#else\nc\n#endif", "+++", true, "c", "a", "b");
    VIEWS("#if A\na\n#endif\n#if !A\nb\n#endif", "++", true, "b", "a");
    VIEWS("#if A && !B\na\n#endif\n#if B\nb\n#endif\nc", "+++", true, "c", "b c", "a c");
    /* Nested ones with those around them. */
    VIEWS("#if !A\n#if B\na\n#endif\nb\n#endif\nc", "+++", true, "b c", "c", "a b c");
    /* Only branches that have not been in a good view. */
    VIEWS("#if A\na\n#else\nb\n#endif\n#if B\nc\n#endif", "+-++", true, "b", "a c", "a", "b c");
}

static void equal_conditions_choose_alike(void **unused) {
    (void)unused;
    VIEWS("#if A\na\n#endif\nb\n#ifdef A\nc\n#endif", "++", true, "b", "a b c");
    VIEWS("#if A > 1\na\n#else\nb\n#endif\n#if A>1\nc\n#endif\nd", "++", true, "b d", "a c d");
}

static void dead_branches_are_never_shown(void **unused) {
    (void)unused;
    VIEWS("a\n#if 0\nb\n#endif\nc", "+", true, "a c");
    VIEWS("a\n#if 0\nb\n#else\nc\n#endif", "+", true, "a c");
    VIEWS("a\n#if A\nb\n#else\n#error x\n#endif\nc", "+", true, "a b c");
    VIEWS("a\n#ifdef __cplusplus\nb\n#endif\nc", "+", true, "a c");
    VIEWS("a\n#if 0\n#if A\nb\n#endif\n#endif\nc", "+", true, "a c");
    VIEWS("a\n#if A\n#error x\n#endif\nc", "+", true, "a c");
}

static void verdicts_are_of_branches(void **unused) {
    (void)unused;
    VIEWS("a b;", "-", false, "a b;");
    VIEWS("a\n#if A\nb\n#endif", "+--", false, "a", "a b");
    VIEWS("a\n#if A\nb\n#endif", "-+", true, "a", "a b"); /* no branch is in the bad view */
    VIEWS("#if A\na\n#else\nb\n#endif", "+-", false, "b", "a");
    VIEWS("#if A\na\n#elif B\nb\n#endif\nc", "+++", true, "c", "a c", "b c");
    /* Branches that exclude each other, chosen together by neither name alone. */
    VIEWS("#if A\na\n#endif\n#if B\nb\n#endif", "+-++", true, "", "a b", "a", "b");
}

/* A branch that no choice takes is nobody's mistake. */
static void impossible_branches_do_not_count(void **unused) {
    (void)unused;
    VIEWS("a\n#if A && !A\nb\n#endif\nc", "+", true, "a c");
    VIEWS("#if A\na\n#elif A\nb\n#else\nc\n#endif", "++", true, "c", "a");
}

static void an_item_may_be_part_of_a_text(void **unused) {
    (void)unused;
    static const char text[] = "#if X\nx\n#endif\nint a\n#if A\n= 1\n#endif\n;\n#if Y\ny\n#endif\n";
    struct desk desk = {0};
    c_token_scan(text, sizeof text - 1, &desk.tokens);
    branches_find(text, &desk.tokens, &desk.branches);
    struct item item = {.first_token = 3, .end_token = 10, .directives = true, .conditional = true};
    desk.maker = view_maker_create(text, &desk.tokens, &desk.branches, &item);
    struct view view;
    struct str words;
    str_init(&words);
    assert_true(view_next(desk.maker, &view));
    assert_mapped(text, desk.tokens.items[3].start_byte, &view);
    squeeze(&view, &words);
    assert_string_equal(words.bytes, "int a ;");
    assert_true(view_next(desk.maker, &view));
    squeeze(&view, &words);
    assert_string_equal(words.bytes, "int a = 1 ;");
    view_accept(desk.maker);
    assert_false(view_next(desk.maker, &view));
    assert_true(view_all_good(desk.maker));
    str_finish(&words);
    stop(&desk);
}

/* Thousands of branches cost a bounded number of views, and no more than that of tries. */
static void views_are_bounded(void **unused) {
    (void)unused;
    for (int kind = 0; kind < 4; kind++) {
        struct str text;
        str_init(&text);
        str_adds(&text, "int a = {\n#if N\n1,\n");
        for (int i = 0; i < 30000; i++) {
            if (kind == 0) str_adds(&text, "#elif A\n1,\n");
            if (kind == 1) str_addf(&text, "#elif A%d\n1,\n", i);
            if (kind == 3) str_adds(&text, "#endif\n#if A\n1,\n");
            if (kind == 2) str_addf(&text, "#endif\n#if A%d && !A%d\n1,\n", i, i);
        }
        str_adds(&text, "#endif\n};");
        struct desk desk;
        start(&desk, text.bytes);
        struct view view;
        unsigned count = 0;
        while (view_next(desk.maker, &view))
            count++;
        assert_true(count > 0 && count <= VIEWS_MAX);
        stop(&desk);
        str_finish(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_everything_is_defined_first),
        cmocka_unit_test(other_branches_are_forced),
        cmocka_unit_test(equal_conditions_choose_alike),
        cmocka_unit_test(dead_branches_are_never_shown),
        cmocka_unit_test(verdicts_are_of_branches),
        cmocka_unit_test(impossible_branches_do_not_count),
        cmocka_unit_test(an_item_may_be_part_of_a_text),
        cmocka_unit_test(views_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
