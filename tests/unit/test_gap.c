/* Gaps of the grammars: what is valid is not reported, what is broken beside it is, and rewriting stays where
 * it says. */
#include "analysis/gap_parse.h"
#include "analysis/pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t findings(struct pipeline *pipeline, const char *language, const char *bytes) {
    struct pipeline_request request = {.language = language_find(language), .finish = true};
    assert_int_equal(text_create(bytes, strlen(bytes), &request.text), STATUS_OK);
    struct analysis *analysis;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
    size_t count = analysis->finding_count;
    analysis_unref(analysis);
    text_unref(request.text);
    return count;
}

static void mistakes_beside_gaps_are_reported(void **unused) {
    (void)unused;
    static const char *const cases[][2] = {
        {"typescript", "let a: import('x'.B<C>;\n"},
        {"typescript", "let a: import(x).B<C>;\n"},
        {"typescript", "let a = [b, in c, d];\n"},
        {"typescript", "class A { static [b: string] any }\n"},
        {"typescript", "class A { private public readonly b c: D; }\n"},
        {"typescript", "class A { readonly readonly override b: C; }\n"},
        {"typescript", "[a as] = [1];\n"},
        {"typescript", "type as = ;\n"},
        {"typescript", "let a = [b: 1];\n"},
        {"typescript", "import { a b } from 'c';\n"},
        {"typescript", "export { a as };\n"},
        {"typescript", "@a('b').c(d class E {}\n"},
        {"typescript", "function f(using b) {}\n"},
        {"typescript", "interface A {\n  (b: C): D\n  <E>(f: G) H\n}\n"},
        {"javascript", "export { a } from 'b' with { type 'json' };\n"},
        {"javascript", "[(a] = b;\n"},
        {"javascript", "[(a + b)] = c;\n"},
        {"javascript", "({ ...a + b } = c);\n"},
        {"javascript", "a = `\\u{zz}`;\n"},
        {"javascript", "function* f() { yield `\\xg`; }\n"},
        {"javascript", "for (const a of `\\u{`) {}\n"},
        {"javascript", "if (a) `\\u{`;\n"},
        {"javascript", "a = tag`\\u ${f('\\u{zz}')}`;\n"},
        {"rust", "unsafe extern \"C\" { safe f(); }\n"},
        {"rust", "struct A<T: B + +>(T);\n"},
        {"rust", "fn f<A: B<N = >>(a: A) {}\n"},
        {"rust", "fn f() { try!(a }\n"},
        {"rust", "macro m($a:expr { 1 }\n"},
        {"rust", "fn f(a: u8) -> u8 { ~a }\n"},
        {"rust", "fn f() { let a = b c; }\n"},
        {"rust", "trait A = ;\n"},
        {"rust", "struct A { b: f32 = }\n"},
        {"json", "[2E]"},
        {"json", "[02E1]"},
        {"json", "[1.E2]"},
        {"json", "[1e+-2]"},
        {"python", "a = b, *\n"},
        {"python", "f(*, a, *)\n"},
        {"go", "package a\n\nvar b = [...]\n"},
        {"java", "class A { int f(int i) { return switch (i) { case 0 -> -; }; } }\n"},
    };
    struct pipeline *pipeline = pipeline_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!findings(pipeline, cases[i][0], cases[i][1])) fail_msg("not reported: %s", cases[i][1]);
    pipeline_destroy(pipeline);
}

static void a_mistake_far_from_a_gap_keeps_its_place(void **unused) {
    (void)unused;
    const char *bytes = "let a: import('x').B<C>;\n\n\n\nlet d = (e;\n\n\n\nlet f: import('y').G[];\n";
    struct parser *parser = parser_create();
    struct text *text;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    uint32_t size = text_size(text);
    const struct language *language = language_find("typescript");
    TSTree *tree = parser_parse_range(parser, language, text, 0, size, NULL, NULL);
    struct gap_parse result;
    assert_true(gap_parse(parser, language, text, 0, size, tree, NULL, &result));
    assert_int_equal(result.gaps.count, 2);
    assert_int_equal(result.gaps.items[0].start_byte, 7);
    assert_int_equal(result.gaps.items[0].end_byte, 18);
    assert_int_equal(text_size(result.text), size);
    assert_true(ts_node_has_error(ts_tree_root_node(result.tree)));
    gap_parse_finish(&result);
    ts_tree_delete(tree);
    text_unref(text);
    parser_destroy(parser);
}

static void nothing_is_done_where_nothing_helps(void **unused) {
    (void)unused;
    const char *bytes = "let d = (e;\n";
    struct parser *parser = parser_create();
    struct text *text;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    const struct language *language = language_find("typescript");
    TSTree *tree = parser_parse_range(parser, language, text, 0, text_size(text), NULL, NULL);
    struct gap_parse result = {0};
    assert_false(gap_parse(parser, language, text, 0, text_size(text), tree, NULL, &result));
    assert_null(result.text);
    ts_tree_delete(tree);
    text_unref(text);
    parser_destroy(parser);
}

/* Outside of the ranges it tells, and at line ends, no byte changes; ranges ascend. */
static void check_rewrite(const struct language *language, const char *bytes, uint32_t length,
                          uint32_t from) {
    char *copy = malloc(length + 1u);
    memcpy(copy, bytes, length);
    struct gap_list list = {0};
    size_t count = gap_rewrite(language, copy, length, from, &list);
    assert_int_equal(count, list.count);
    uint32_t at = 0;
    for (size_t i = 0; i < list.count; i++) {
        assert_true(list.items[i].start_byte >= at && list.items[i].end_byte > list.items[i].start_byte);
        assert_memory_equal(copy + at, bytes + at, list.items[i].start_byte - at);
        at = list.items[i].end_byte;
    }
    assert_true(at <= length);
    assert_memory_equal(copy + at, bytes + at, length - at);
    for (uint32_t i = 0; i < length; i++)
        if ((bytes[i] == '\n') != (copy[i] == '\n'))
            fail_msg("%s: a line end at %u: %.*s", language->id, i, (int)length, bytes);
    vec_finish(&list);
    free(copy);
}

static void rewriting_stays_where_it_says(void **unused) {
    (void)unused;
    static const char *const words[] = {
        "import", "(",       "'x'",      ")",       ".",   "type",   "export",  "{",
        "}",      "as",      "<",        ">",       "in",  "out",    "static",  "[",
        "]",      ":",       "readonly", "class",   "=",   "@",      "...",     "unsafe",
        "extern", "safe",    "fn",       "try",     "!",   "macro",  "+",       "where",
        "const",  "~",       "impl",     "default", "box", "struct", "#",       "1E+2",
        "*",      ":=",      "abstract", "?.",      "\n",  " ",      "`a\\`b`", "`\\u\\`${A}`",
        "#!",     "for",     "infer",    "extends", "?",   "with",   ",",       ";",
        "global", "asserts", "is",       "A",       "b",   "r\"C\"", "$",       "->",
    };
    unsigned seed = 20261125;
    for (unsigned round = 0; round < 3000; round++) {
        char bytes[512];
        uint32_t length = 0;
        for (unsigned i = 0; i < 40; i++) {
            seed = seed * 1103515245u + 12345u;
            const char *word = words[(seed >> 16) % (sizeof words / sizeof *words)];
            memcpy(bytes + length, word, strlen(word));
            length += (uint32_t)strlen(word);
            if (seed >> 31) bytes[length++] = ' ';
        }
        for (size_t i = 0; language_at(i); i++) {
            check_rewrite(language_at(i), bytes, length, 0);
            check_rewrite(language_at(i), bytes, length, length / 3);
        }
    }
}

/* The class that holds a field is open before the place from which rules are asked. */
static void brackets_before_the_place_are_known(void **unused) {
    (void)unused;
    enum { FAR = 10000 };
    static const char head[] = "class A {\n  static declare a;\n", tail[] = "  static declare b;\n}\n";
    char bytes[FAR + sizeof tail];
    memset(bytes, '\n', FAR);
    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + FAR, tail, sizeof tail);
    struct gap_list list = {0};
    assert_int_equal(gap_rewrite(language_find("typescript"), bytes, FAR + sizeof tail - 1, FAR, &list), 2);
    assert_memory_equal(bytes, head, sizeof head - 1);
    assert_string_equal(bytes + FAR, "                 b;\n}\n");
    vec_finish(&list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_before_the_place_are_known),
        cmocka_unit_test(mistakes_beside_gaps_are_reported),
        cmocka_unit_test(a_mistake_far_from_a_gap_keeps_its_place),
        cmocka_unit_test(nothing_is_done_where_nothing_helps),
        cmocka_unit_test(rewriting_stays_where_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
