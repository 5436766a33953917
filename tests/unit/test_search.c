/* The search alone: cheapest edits of one slice. How they are written is in test_script.c. */
#include "analysis/search.h"

#include "analysis/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct parser *parser;
    struct search *search;
    struct arena arena;
    const struct cancel *cancel;
};

static void start(struct bench *bench) {
    bench->parser = parser_create();
    bench->search = search_create();
    bench->cancel = NULL;
    arena_init(&bench->arena);
}

static void stop(struct bench *bench) {
    search_destroy(bench->search);
    parser_destroy(bench->parser);
    arena_finish(&bench->arena);
}

static struct search_result solve(struct bench *bench, const char *language, const char *bytes,
                                  unsigned max) {
    struct search_request request = {.language = language_find(language),
                                     .bytes = bytes,
                                     .length = (uint32_t)strlen(bytes),
                                     .cancel = bench->cancel,
                                     .max_solutions = max};
    struct search_result result;
    memset(&result, 0xA5, sizeof result); /* the search fills all of it */
    search_run(bench->search, bench->parser, &request, &bench->arena, &result);
    return result;
}

/* Whether the text after the repair parses. */
static bool parses(struct bench *bench, const char *language, const char *bytes,
                   const struct repair *repair) {
    uint32_t length;
    char *after = script_apply(bytes, (uint32_t)strlen(bytes), repair->edits, repair->edit_count,
                               &bench->arena, &length);
    struct text *text;
    assert_int_equal(text_create(after, length, &text), STATUS_OK);
    TSTree *tree = parser_parse_range(bench->parser, language_find(language), text, 0, length, NULL, NULL);
    bool clean = !ts_node_has_error(ts_tree_root_node(tree));
    ts_tree_delete(tree);
    text_unref(text);
    return clean;
}

static const struct {
    const char *language, *text;
    size_t mistakes;
} broken[] = {
    {"c", "int main(void)\n{\n    return 0\n}\n", 1},
    {"c", "void f(void)\n{\n    g(1;\n    h(2);\n}\n", 1},
    {"c", "void f(void)\n{\n    g(1;\n    a = 1;\n    b = 2;\n    h(2)\n}\n", 2},
    {"python", "def f(:\n    return 1\n", 1},
    {"python", "def f()\n    return 1\n\n\ndef g()\n    return 2\n", 2},
    {"json", "{\"a\": [1, 2, \"b\": 3}", 1},
    {"json", "[\n  1 2,\n  3,\n  4,\n  5 6\n]\n", 2},
    {"javascript", "const a = [1, 2;\nlet b = 3;\n", 1},
    {"typescript", "function f(a: number {\n    return a;\n}\n", 1},
    {"go", "package main\n\nfunc main() {\n\tf(1\n}\n", 1},
    {"rust", "fn main() {\n    let a = 1\n    let b = 2;\n}\n", 1},
    {"java", "class A {\n    void f() {\n        g(1)\n    }\n}\n", 1},
};

static void mistakes_are_explained_and_proven(void **unused) {
    (void)unused;
    struct bench bench;
    start(&bench);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct search_result result = solve(&bench, broken[i].language, broken[i].text, 5);
        if (!result.solution_count) fail_msg("no repair of:\n%s", broken[i].text);
        assert_false(result.cut_short);
        assert_true(result.solution_count <= 5);
        const struct solution *best = &result.solutions[0];
        if (best->mistake_count != broken[i].mistakes)
            fail_msg("%zu mistakes in:\n%s", best->mistake_count, broken[i].text);
        uint32_t length = (uint32_t)strlen(broken[i].text), before = 0;
        size_t edits = 0;
        for (size_t k = 0; k < best->mistake_count; k++) {
            const struct mistake *mistake = &best->mistakes[k];
            assert_true(mistake->start_byte >= before && mistake->start_byte <= mistake->end_byte &&
                        mistake->end_byte <= length);
            before = mistake->start_byte;
            assert_true(strlen(mistake->message) > 0);
            assert_true(mistake->repair.edit_count > 0);
            edits += mistake->repair.edit_count;
        }
        assert_int_equal(edits, best->repair.edit_count);
        for (size_t s = 0; s < result.solution_count; s++) {
            const struct solution *solution = &result.solutions[s];
            if (!parses(&bench, broken[i].language, broken[i].text, &solution->repair))
                fail_msg("solution %zu does not parse:\n%s", s, broken[i].text);
            if (s) assert_true(solution->cost >= result.solutions[s - 1].cost);
            for (size_t e = 1; e < solution->repair.edit_count; e++)
                assert_true(solution->repair.edits[e].start_byte >= solution->repair.edits[e - 1].end_byte);
        }
    }
    stop(&bench);
}

static void two_runs_are_equal(void **unused) {
    (void)unused;
    struct bench bench, other;
    start(&bench);
    start(&other);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct search_result a = solve(&bench, broken[i].language, broken[i].text, 5); /* after others */
        struct search_result b = solve(&other, broken[i].language, broken[i].text, 5);
        struct search_result c = solve(&other, broken[i].language, broken[i].text, 5); /* after itself */
        const struct search_result *again[] = {&b, &c};
        for (size_t r = 0; r < 2; r++) {
            assert_int_equal(again[r]->solution_count, a.solution_count);
            for (size_t s = 0; s < a.solution_count; s++) {
                const struct solution *x = &a.solutions[s], *y = &again[r]->solutions[s];
                assert_true(x->cost == y->cost);
                assert_string_equal(x->repair.title, y->repair.title);
                assert_int_equal(x->repair.edit_count, y->repair.edit_count);
                assert_int_equal(x->mistake_count, y->mistake_count);
                for (size_t e = 0; e < x->repair.edit_count; e++) {
                    const struct text_edit *left = &x->repair.edits[e], *right = &y->repair.edits[e];
                    assert_int_equal(left->start_byte, right->start_byte);
                    assert_int_equal(left->end_byte, right->end_byte);
                    assert_int_equal(left->new_length, right->new_length);
                    if (left->new_length)
                        assert_memory_equal(left->new_bytes, right->new_bytes, left->new_length);
                }
            }
        }
    }
    stop(&bench);
    stop(&other);
}

static void as_many_solutions_as_asked_for(void **unused) {
    (void)unused;
    struct bench bench;
    start(&bench);
    struct search_result many = solve(&bench, "json", "[1 2]", 5), one = solve(&bench, "json", "[1 2]", 1);
    assert_true(many.solution_count > 1);
    assert_int_equal(one.solution_count, 1);
    assert_int_equal(one.solutions[0].repair.edits[0].start_byte,
                     many.solutions[0].repair.edits[0].start_byte);
    stop(&bench);
}

static void a_reached_deadline_ends_the_search(void **unused) {
    (void)unused;
    struct bench bench;
    start(&bench);
    struct cancel requested, late;
    cancel_init(&requested, NULL, 0);
    cancel_request(&requested);
    cancel_init(&late, NULL, 1); /* an instant long gone */
    const struct cancel *cancels[] = {&requested, &late};
    for (size_t i = 0; i < 2; i++) {
        bench.cancel = cancels[i];
        struct search_result result = solve(&bench, "c", "int f(int a)\n{\n    return g(a;\n}\n", 5);
        assert_true(result.cut_short);
        assert_int_equal(result.solution_count, 0);
    }
    /* The same search is as good as new. */
    bench.cancel = NULL;
    struct search_result result = solve(&bench, "c", "int a\n", 5);
    assert_false(result.cut_short);
    assert_true(result.solution_count > 0);
    stop(&bench);
}

static void nothing_wrong_has_no_solution(void **unused) {
    (void)unused;
    static const struct {
        const char *language, *text;
    } cases[] = {{"c", "int a;\n"},
                 {"c", ""},
                 {"python", "x = 1\n"},
                 {"json", "{\"a\": [1, 2]}"},
                 {"go", "package main\n"}};
    struct bench bench;
    start(&bench);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct search_result result = solve(&bench, cases[i].language, cases[i].text, 5);
        if (result.solution_count) fail_msg("a solution for: %s", cases[i].text);
        assert_false(result.cut_short);
    }
    stop(&bench);
    search_destroy(NULL);
}

static void spaces_are_told_as_lines(void **state) {
    (void)state;
    struct bench bench;
    start(&bench);
    static const char text[] = "x =\ny = 2\n";
    const struct language *language = language_find("python");
    struct rule_checker *rules = rule_checker_create(language);
    struct search_request request = {
        .language = language, .bytes = text, .length = sizeof text - 1, .rules = rules, .max_solutions = 1};
    struct search_result result;
    search_run(bench.search, bench.parser, &request, &bench.arena, &result);
    assert_int_equal(result.solution_count, 1);
    assert_string_equal(result.solutions[0].repair.title, "join the lines");
    rule_checker_destroy(rules);
    stop(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spaces_are_told_as_lines),
        cmocka_unit_test(mistakes_are_explained_and_proven),
        cmocka_unit_test(two_runs_are_equal),
        cmocka_unit_test(as_many_solutions_as_asked_for),
        cmocka_unit_test(a_reached_deadline_ends_the_search),
        cmocka_unit_test(nothing_wrong_has_no_solution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
