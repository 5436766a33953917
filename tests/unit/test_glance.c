/* What a change broke, seen before the text is parsed. Texts are written with the change in them: `<old|new>`
 * stands for old before it and for new behind it. */
#include "analysis/glance.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct text *make_text(const struct str *bytes) {
    struct text *text;
    assert_int_equal(text_create(bytes->bytes, bytes->length, &text), STATUS_OK);
    return text;
}

/* said: line of the finding and its message, which is - when only the place is known; "": nothing is. */
static void check(const char *id, const char *marked, const char *expected) {
    const struct language *language = language_find(id);
    struct reader_means means = {.reader = reader_create(), .parser = parser_create()};
    struct str before;
    struct arena arena;
    struct syntax *first, *syntax; /* the second hides what only a reading makes valid */
    struct region region;
    const char *open = strchr(marked, '<'), *bar = strchr(marked, '|'), *close = bar + strcspn(bar, ">");
    str_init(&before);
    arena_init(&arena);
    str_add(&before, marked, (size_t)(open - marked));
    str_add(&before, open + 1, (size_t)(bar - open - 1));
    str_adds(&before, close + 1);
    struct text *earlier = make_text(&before), *later;
    uint32_t start = (uint32_t)(open - marked), end = start + (uint32_t)(bar - open - 1);
    assert_int_equal(text_splice(earlier, start, end, bar + 1, (size_t)(close - bar - 1), &later), STATUS_OK);
    struct macro_env *env = macro_env_of_text(earlier, NULL, NULL, NULL, NULL);
    means.env = env;
    assert_int_equal(syntax_parse(means.parser, language, earlier, NULL, true, NULL, &first), STATUS_OK);
    reader_read(&means, first, NULL, NULL, NULL);
    assert_int_equal(syntax_parse(means.parser, language, earlier, first, true, NULL, &syntax), STATUS_OK);
    char said[200] = "";
    if (glance(&means, syntax, later, NULL, &arena, &region))
        snprintf(said, sizeof said, "%u: %s", text_line_of(later, region.start_byte) + 1,
                 region.message ? region.message : "-");
    if (strcmp(said, expected) != 0) print_error("in %s: %s\n", id, marked);
    assert_string_equal(said, expected);
    text_unref(earlier);
    text_unref(later);
    syntax_unref(first);
    syntax_unref(syntax);
    macro_env_unref(env);
    str_finish(&before);
    arena_finish(&arena);
    reader_destroy(means.reader);
    parser_destroy(means.parser);
}

static void a_statement_is_judged_in_its_frame(void **unused) {
    (void)unused;
    check("c", "int a;\nvoid f(void) {\n    if (x) {\n        g(1<)|>;\n    }\n}\n",
          "4: missing `)` to match `(`");
    check("c", "struct s {\n    int a<;|;;*>\n};\n", "2: -");
    check("c", "int f(void) {\n    return a <+ b|+ + >;\n}\n", "2: -");
    check("c", "#ifndef A_H\nint f(void) {\n    return <a|>[1];\n}\n#endif\n", "3: -");
    check("python", "def f():\n    if a:\n        b = [1, 2<]|>\n", "3: missing `]` to match `[`");
    check("python", "class A:\n    def f(self)<:|>\n        pass\n", "2: -");
    check("javascript", "class A {\n  get() {\n    return f(1, <2|]>);\n  }\n}\n", "3: unmatched `]`");
    check("typescript", "class A {\n  private a: number<;|= =;>\n}\n", "2: -");
    check("json", "{\"a\": [1, {\"b\": <2|2 2>}]}", "1: -");
    check("go", "package p\n\nfunc f() {\n\tif a {\n\t\tg(1<,|> 2)\n\t}\n}\n", "5: -");
    check("rust", "impl A {\n    fn f(&self) -> u8 {\n        self.a <+|+ +> 1;\n    }\n}\n", "3: -");
    check("rust", "impl A {\n    fn f(&self) -> u8 {\n        self.a <+|+ *> 1;\n    }\n}\n", "");
    check("rust", "impl A {\n    fn f(&self) {\n        let a <=|> 1;\n    }\n}\n", "3: -");
    check("java", "class A {\n    A() {\n        super(<)|>;\n    }\n}\n", "3: missing `)` to match `(`");
}

/* A bracket that is taken away is missing where it stood. */
static void a_bracket_is_missed_where_it_stood(void **unused) {
    (void)unused;
    check("c", "int f(void) {\n    while (a) {\n        b();\n    <}|>\n    c();\n}\n",
          "4: missing `}` to match `{`");
    check("c", "int f(void) {\n    return 1;\n<}|>\n\nint g(void) {\n    return 2;\n}\n",
          "3: missing `}` to match `{`");
    check("javascript", "function f() {\n  a(<|]>);\n}\n", "2: unmatched `]`");
}

/* What is left of its pair may be far away; the words are found by those who know the earlier text (early.h).
 */
static void a_bracket_left_alone_is_not_shown(void **unused) {
    (void)unused;
    check("json", "{\"a\": <[|>\n1,\n2\n]}\n", "1: -");
    check("javascript", "a.push<(|>\n  1,\n  2\n);\n", "1: -");
    check("javascript", "let a = `b ${c} <(|>d)`;\n", ""); /* it is text */
}

static void what_is_good_is_good(void **unused) {
    (void)unused;
    check("c", "int f(void) {\n    return <1|2 + a>;\n}\n", "");
    check("python", "def f():\n    return <a|a.b[1]>\n", "");
    check("javascript", "f(a<|, b>);\n", "");
}

/* What ends otherwise, or begins otherwise, may go on with its neighbour. */
static void a_neighbour_may_make_it_good(void **unused) {
    (void)unused;
    check("c", "void f(void) {\n    T *a<;|>\n    *b = c;\n}\n", "");
    check("c", "void f(void) {\n    a = 1<;|>\n    b = 2;\n}\n", "2: -");
    check("c", "void f(void) {\n    a = 1<;|>\n}\n", "2: -");
    check("javascript", "const a = b()<;|+>\nclass A {}\n", "");
    check("javascript", "const a = b()<;|+>\nlet c = 1;\n", "1: -");
    check("javascript", "a = b<;|+>\nif (c) d();\n", "1: -");
    check("go", "package p\n\ntype t struct {\n\ta map[string]any\n\t<b|> c.D\n}\n", "");
}

/* These are left to those who look at all of the text. */
static void nothing_is_said_of_what_reaches_further(void **unused) {
    (void)unused;
    check("c", "int f(void) {\n    return 1;<|/*>\n}\n/* a */\n", "");
    check("c", "int f(void) {\n    return 1<|\n>(;\n}\n", "");
    check("c", "char *a = <\"|>b\";\n", "");
    check("c", "#if 0\nint f(void) {\n    return 1<;|>\n}\n#endif\n", "");
    check("c", "#ifdef __cplusplus\nint f(void) {\n    return (1<)|>;\n}\n#endif\n", "");
    check("c", "#define A(x) <x|(x>\n", "");
    check("c", "int <whil|while> = 1;\n", "");
    check("json", "{\"a\": 1}<|}>", "");
    check("rust", "#!<[|>cfg(test)]\nfn f() {}\n", "");
}

/* No tree shows the statements of what is valid by its macros. */
static void statements_are_found_in_what_is_hidden(void **unused) {
    (void)unused;
#define HEAD "#define BEGIN {\n#define END }\n#define EACH(x, l) for (x = l; x; x++)\nint f(void) BEGIN\n"
    check("c", HEAD "    EACH(x, y) {\n        g(x<)|>;\n    }\nEND\n", "6: missing `)` to match `(`");
    check("c", HEAD "    if (a) {\n        g(1<,|> 2);\n    }\nEND\n", "6: -");
    check("c", HEAD "    while (a) {\n        EACH(x, <y|y y>) g();\n    }\nEND\n", "6: -");
    check("c", HEAD "    while (a) {\n        EACH(x, <y|y + 1>) g();\n    }\nEND\n", "");
    check("c", HEAD "    g(1<,|> 2);\nEND\n", "");
    check("c", HEAD "    while (a) {\n        b = c<;|>\n        if (d) g();\n    }\nEND\n", "6: -");
    check("c", HEAD "    while (a) {\n        b = c<;|>\n        *d = e;\n    }\nEND\n", "");
#undef HEAD
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_is_judged_in_its_frame),
        cmocka_unit_test(a_bracket_is_missed_where_it_stood),
        cmocka_unit_test(a_bracket_left_alone_is_not_shown),
        cmocka_unit_test(what_is_good_is_good),
        cmocka_unit_test(a_neighbour_may_make_it_good),
        cmocka_unit_test(statements_are_found_in_what_is_hidden),
        cmocka_unit_test(nothing_is_said_of_what_reaches_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
