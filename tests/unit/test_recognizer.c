/* The recognizer against tree-sitter itself: it accepts what tree-sitter parses without an error, and on the
 * rest it stops where no valid program goes on. */
#include "analysis/parse.h"
#include "analysis/recognizer.h"
#include "analysis/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STEPS_MAX 100000 /* far more than any text here has tokens */

struct fixture {
    struct recognizer *recognizer;
    struct parser *parser;
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.recognizer = recognizer_create();
    fixture.parser = parser_create();
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    recognizer_destroy(fixture->recognizer);
    recognizer_destroy(NULL);
    parser_destroy(fixture->parser);
    return 0;
}

static struct recognizer *recognizer_of(void **state) {
    return ((struct fixture *)*state)->recognizer;
}

/* Steps to the end; *ret_last is the last configuration that was reached. */
static enum step_result run(struct recognizer *recognizer, config_id config, config_id *ret_last) {
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        config_id next = 0;
        enum step_result result = recognizer_step(recognizer, config, &next);
        *ret_last = config;
        if (result != STEP_ADVANCED) return result;
        assert_int_not_equal(next, 0);
        config = next;
    }
    fail_msg("no end after %d steps", STEPS_MAX);
    return STEP_STUCK;
}

static config_id start(struct recognizer *recognizer, const char *id, const char *text) {
    recognizer_reset(recognizer, language_find(id), text, (uint32_t)strlen(text));
    config_id config = recognizer_start(recognizer, 0);
    assert_int_not_equal(config, 0);
    assert_int_equal(recognizer_byte(recognizer, config), 0);
    assert_int_equal(recognizer_tape(recognizer, config), 0);
    return config;
}

/* Steps until at least `byte` has been read. */
static config_id walk(struct recognizer *recognizer, config_id config, uint32_t byte) {
    while (recognizer_byte(recognizer, config) < byte) {
        config_id next = 0;
        assert_int_equal(recognizer_step(recognizer, config, &next), STEP_ADVANCED);
        config = next;
    }
    return config;
}

static bool accepts(struct recognizer *recognizer, const char *id, const char *text) {
    config_id last;
    return run(recognizer, start(recognizer, id, text), &last) == STEP_ACCEPTED;
}

static bool tree_sitter_accepts(struct parser *parser, const char *id, const char *text) {
    struct text *made = NULL;
    assert_int_equal(text_create(text, strlen(text), &made), STATUS_OK);
    TSTree *tree = parser_parse_range(parser, language_find(id), made, 0, text_size(made), NULL, NULL);
    assert_non_null(tree);
    bool clean = !ts_node_has_error(ts_tree_root_node(tree));
    ts_tree_delete(tree);
    text_unref(made);
    return clean;
}

/* ---- the verdict ---- */

struct sample {
    const char *language;
    const char *text; /* valid */
};

static const struct sample samples[] = {
    {"c",
     "#include <stdio.h>\n#define N 3\nint f(int *a) {\n    T *p = (T)*a;\n    return a[0] ? N : -1;\n}\n"},
    {"c",
     "struct s { int x : 3; char *y[4]; };\ntypedef int (*g)(void);\n/* c */ enum e { A, B = 2 }; // d\n"},
    {"python", "def f(x, *y):\n    if x:\n        return [z for z in y]\n    else:\n        "
               "pass\n\nprint(f'a{x!r}b')\n"},
    {"python", "class A(B):\n    '''doc'''\n    @property\n    async def g(self): await h()\n# end\n"},
    {"javascript",
     "const f = async (a, b = 1) => {\n  return `x${a + `${b}`}y`\n}\nfor (const x of y) f(x)\n"},
    {"javascript", "class A extends B { #p = 1; static m() { return /a[/]b/g.test(this.#p) } }\n"},
    {"javascriptreact", "const x = <A b={1} c=\"d\"><E /> text {y}</A>;\n"},
    {"typescript", "interface A<T> { x?: number; f(y: T): void }\nlet z = <B>(w as unknown);\n"},
    {"typescriptreact", "const f = (p: P) => <div>{p.x! as string}</div>;\n"},
    {"json", "{\"a\": [1, -2.5e3, true, null], \"b\\n\": {}}\n"},
    {"jsonc", "// c\n{\"a\": /* d */ []}\n"},
    {"go", "package p\n\nimport \"fmt\"\n\nfunc f[T any](x ...T) (int, error) {\n\tif y := g(x); y "
           "{\n\t\treturn 1, nil\n"
           "\t}\n\tgo func() { <-ch }()\n\treturn T{a: b}, nil\n}\n"},
    {"rust", "fn f<'a, T: B>(x: &'a str) -> Option<T> {\n    match x { \"a\" | \"b\" => Some(r#\"x\"#), _ if "
             "y => None }\n}\n"},
    {"rust", "/* a /* b */ */\n#[derive(X)]\nstruct S(u8);\nmacro_rules! m { ($x:expr) => { $x + 1 }; }\n"},
    {"java", "package a.b;\nclass C<T> extends D {\n    @Override int f(int... x) throws E {\n"
             "        return x.length > 0 ? (int) g(y -> y + 1) : 'c';\n    }\n}\n"},
};

/* Like a parse that begins from nothing: a recognizer of its own for each text. */
static void check_verdict(struct fixture *fixture, const char *id, const char *text) {
    struct recognizer *recognizer = recognizer_create();
    bool expected = tree_sitter_accepts(fixture->parser, id, text);
    bool found = accepts(recognizer, id, text);
    recognizer_destroy(recognizer);
    if (found != expected)
        print_error("%s, tree-sitter %s:\n%s\n", id, expected ? "accepts" : "refuses", text);
    assert_int_equal(found, expected);
}

static void valid_texts_are_accepted(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (!tree_sitter_accepts(fixture->parser, samples[i].language, samples[i].text))
            print_error("%s\n", samples[i].text);
        assert_true(tree_sitter_accepts(fixture->parser, samples[i].language, samples[i].text));
        check_verdict(fixture, samples[i].language, samples[i].text);
    }
}

/* Every prefix of every sample, and every sample without one of its bytes. */
static void verdicts_agree_with_tree_sitter(void **state) {
    struct fixture *fixture = *state;
    char text[512];
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        size_t length = strlen(samples[i].text);
        assert_true(length < sizeof text);
        for (size_t cut = 0; cut < length; cut++) {
            memcpy(text, samples[i].text, cut);
            text[cut] = '\0';
            check_verdict(fixture, samples[i].language, text);
            strcpy(text + cut, samples[i].text + cut + 1);
            check_verdict(fixture, samples[i].language, text);
        }
    }
}

static void odd_texts(void **state) {
    struct fixture *fixture = *state;
    static const char *const texts[] = {"",
                                        "\n",
                                        " \t ",
                                        "\r\n",
                                        "\xef\xbb\xbf",
                                        "\xff",
                                        "\xef\xbb\xbf[]",
                                        "\\",
                                        "\\\n",
                                        "\x01",
                                        "1\r\n2\r\n",
                                        "é",
                                        "\"",
                                        "'",
                                        "/*",
                                        "//",
                                        "#",
                                        "[[[[[[[[[[[",
                                        "}",
                                        "\f\v",
                                        "x\xc2\xa0y"};
    const struct language *language;
    for (size_t l = 0; (language = language_at(l)); l++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            check_verdict(fixture, language->id, texts[i]);
}

/* ---- where and why it stops ---- */

static uint16_t symbol_of(const struct symbols *symbols, const char *text, const uint16_t *among,
                          size_t count) {
    for (size_t i = 0; i < count; i++)
        if (among[i] < symbols->count && !strcmp(symbols->items[among[i]].text, text)) return among[i];
    return 0;
}

/* The symbol that spells text and can come next. */
static uint16_t expected_symbol(struct recognizer *recognizer, const char *id, config_id config,
                                const char *text) {
    uint16_t expected[512];
    size_t count = recognizer_expected(recognizer, config, expected, 512);
    for (size_t i = 1; i < count; i++)
        assert_true(expected[i - 1] < expected[i]);
    struct symbols symbols;
    symbols_init(&symbols, language_find(id));
    uint16_t symbol = symbol_of(&symbols, text, expected, count);
    symbols_finish(&symbols);
    return symbol;
}

static void stuck_places(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    static const struct {
        const char *language, *text;
        const char *read;   /* up to the end of the last token that was good */
        const char *wanted; /* a symbol that goes on from there, and repairs the text */
    } cases[] = {
        {"c", "int x = f(1;\n", "int x = f(1", ")"},
        {"c", "int x = 1\nint y;\n", "int x = 1", ";"},
        {"java", "class A { int x }", "class A { int x", ";"},
        {"json", "{\"a\" 1}", "{\"a\"", ":"},
        {"json", "[1 2]", "[1", ","},
        {"json", "[1", "[1", "]"},
        {"rust", "fn f( {}", "fn f(", ")"},
        {"go", "package p\nvar x = f(1\n", "package p\nvar x = f(1", ")"},
        {"javascript", "f(a b)", "f(a", ","},
        {"python", "x = [1, 2\n", "x = [1, 2", "]"},
        {"typescript", "let x: A<number = 1;", "let x: A<number", ">"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        config_id last = 0, next = 1;
        assert_int_equal(run(recognizer, start(recognizer, cases[i].language, cases[i].text), &last),
                         STEP_STUCK);
        uint32_t byte = recognizer_byte(recognizer, last);
        if (byte != strlen(cases[i].read))
            print_error("%s: %s at %u\n", cases[i].language, cases[i].text, byte);
        assert_int_equal(byte, strlen(cases[i].read));
        assert_int_equal(recognizer_step(recognizer, last, &next), STEP_STUCK); /* and stays stuck */
        assert_int_equal(next, 0);
        uint16_t wanted = expected_symbol(recognizer, cases[i].language, last, cases[i].wanted);
        if (!wanted) print_error("%s: no %s in %s\n", cases[i].language, cases[i].wanted, cases[i].text);
        assert_int_not_equal(wanted, 0);
        config_id after = recognizer_insert(recognizer, last, wanted);
        assert_int_not_equal(after, 0);
        assert_int_equal(recognizer_byte(recognizer, after), byte);
        enum step_result repaired = run(recognizer, after, &last);
        if (repaired != STEP_ACCEPTED)
            print_error("%s: %s with %s\n", cases[i].language, cases[i].text, cases[i].wanted);
        assert_int_equal(repaired, STEP_ACCEPTED);
    }
}

static void what_cannot_come_is_not_inserted(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    config_id last, config = start(recognizer, "json", "[1");
    uint16_t comma = 0, colon = 0;
    struct symbols symbols;
    symbols_init(&symbols, language_find("json"));
    for (uint16_t i = 0; i < symbols.count; i++) {
        if (!strcmp(symbols.items[i].text, ",")) comma = i;
        if (!strcmp(symbols.items[i].text, ":")) colon = i;
    }
    symbols_finish(&symbols);
    assert_int_equal(recognizer_insert(recognizer, config, comma), 0);
    run(recognizer, config, &last);
    assert_int_not_equal(recognizer_insert(recognizer, last, comma), 0);
    assert_int_equal(recognizer_insert(recognizer, last, colon), 0);
    assert_int_equal(expected_symbol(recognizer, "json", last, ":"), 0);
    uint16_t few[1];
    assert_int_equal(recognizer_expected(recognizer, last, few, 1), 1);
}

static void tokens_ahead(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    config_id last, config = start(recognizer, "json", "  [12, ?]");
    struct recognized_token token = recognizer_token(recognizer, config);
    assert_int_equal(token.start_byte, 2);
    assert_int_equal(token.end_byte, 3);
    assert_false(token.external);
    assert_int_equal(run(recognizer, config, &last), STEP_STUCK);
    assert_int_equal(recognizer_byte(recognizer, last), 6);
    token = recognizer_token(recognizer, last);
    assert_int_equal(token.start_byte, 7);
    assert_int_equal(token.end_byte, 8);
    assert_int_equal(token.symbol, UINT16_MAX);

    config = start(recognizer, "json", "[ ");
    run(recognizer, config, &last);
    token = recognizer_token(recognizer, last);
    assert_int_equal(token.symbol, 0);
    assert_int_equal(token.start_byte, token.end_byte);

    config = walk(recognizer, start(recognizer, "python", "if x:\n  y\n"), 5);
    token = recognizer_token(recognizer, config); /* the indentation */
    assert_true(token.external);
}

/* ---- going on after an edit ---- */

static void moving_skips_what_lies_between(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    config_id last, end, config = start(recognizer, "c", "int x = 1 ] ;\n");
    assert_int_equal(run(recognizer, config, &last), STEP_STUCK);
    assert_int_equal(recognizer_byte(recognizer, last), 9);
    config_id moved = recognizer_move(recognizer, last, 0, 11);
    assert_int_not_equal(moved, 0);
    assert_int_equal(recognizer_byte(recognizer, moved), 11);
    assert_int_equal(run(recognizer, moved, &end), STEP_ACCEPTED);
    assert_int_equal(recognizer_move(recognizer, last, 0, 9), last); /* nowhere: the same */
    assert_int_equal(recognizer_move(recognizer, last, 0, 11), moved);
}

static void equal_futures_have_equal_numbers(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    /* Walking the same way twice, and by steps that have been taken. */
    config_id config = start(recognizer, "javascript", "f(1, 2); g(x)");
    config_id once = walk(recognizer, config, 8), again = walk(recognizer, config, 8);
    assert_int_equal(once, again);
    assert_int_equal(recognizer_start(recognizer, 0), config);

    /* Two repairs of `[1 2]` behind whose places the rest is the same: remove the 1, or the 2; a comma is
     * another list. */
    config_id open = walk(recognizer, start(recognizer, "json", "[1 2]"), 1);
    config_id one = walk(recognizer, open, 2);
    config_id without_first = recognizer_move(recognizer, open, 0, 2), next = 0;
    assert_int_equal(recognizer_step(recognizer, without_first, &next), STEP_ADVANCED);
    config_id without_second = recognizer_move(recognizer, one, 0, 4);
    assert_int_equal(next, without_second);
    uint16_t comma = expected_symbol(recognizer, "json", one, ",");
    config_id with_comma = recognizer_insert(recognizer, one, comma);
    assert_int_equal(recognizer_step(recognizer, with_comma, &next), STEP_ADVANCED);
    assert_int_not_equal(next, without_second);
    config_id end;
    assert_int_equal(run(recognizer, next, &end), STEP_ACCEPTED);
    assert_int_equal(run(recognizer, without_second, &end), STEP_ACCEPTED);
}

static void other_tapes(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    static const char broken[] = "x = \"a;\ny = 1;\n", whole[] = "x = \"a\";\ny = 1;\n";
    config_id last, end, config = start(recognizer, "javascript", broken);
    assert_int_equal(run(recognizer, config, &last), STEP_STUCK);
    uint16_t tape = recognizer_add_tape(recognizer, whole, sizeof whole - 1);
    assert_int_equal(tape, 1);
    assert_int_equal(run(recognizer, recognizer_start(recognizer, tape), &end), STEP_ACCEPTED);
    assert_int_equal(recognizer_tape(recognizer, end), tape);
    /* From before the quote, where both agree. */
    config_id before = walk(recognizer, config, 3), moved = recognizer_move(recognizer, before, tape, 3);
    assert_int_equal(recognizer_tape(recognizer, before), 0);
    assert_int_equal(recognizer_tape(recognizer, moved), tape);
    assert_int_not_equal(before, moved);
    assert_int_equal(moved, walk(recognizer, recognizer_start(recognizer, tape), 3));
    assert_int_equal(run(recognizer, moved, &end), STEP_ACCEPTED);
    assert_int_equal(run(recognizer, before, &end), STEP_STUCK); /* the other tape is as it was */
}

static void tapes_are_limited(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    config_id end;
    start(recognizer, "json", "[]");
    uint16_t number = 0, last = 0;
    for (unsigned i = 0; i < UINT16_MAX && (number = recognizer_add_tape(recognizer, "[", 1)) != UINT16_MAX;
         i++)
        last = number;
    assert_int_equal(number, UINT16_MAX);
    assert_true(last > 100);
    assert_int_equal(run(recognizer, recognizer_start(recognizer, last), &end), STEP_STUCK);
    assert_int_equal(run(recognizer, recognizer_start(recognizer, 0), &end), STEP_ACCEPTED);
}

/* ---- the rest of the contract ---- */

static void reset_forgets(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    for (int round = 0; round < 3; round++) {
        assert_true(accepts(recognizer, "python", "if x:\n    y\n"));
        assert_false(accepts(recognizer, "python", "if x\n    y\n"));
        assert_true(accepts(recognizer, "json", "[1]"));
        assert_false(accepts(recognizer, "json", "[1)"));
        assert_true(accepts(recognizer, "c", "int x;"));
        /* What the scanner of one text had open is not open in the next. */
        assert_false(accepts(recognizer, "python", "f'"));
        assert_true(accepts(recognizer, "python", "if x:\n    y\nelse:\n    z\n"));
    }
    start(recognizer, "c", "");
    recognizer_add_tape(recognizer, "int", 3);
    start(recognizer, "c", "");
    assert_int_equal(recognizer_add_tape(recognizer, "int", 3), 1);
    assert_false(recognizer_exhausted(recognizer));
}

/* Only `length` bytes are read, and NUL is a byte. */
static void lengths_count(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    config_id last;
    recognizer_reset(recognizer, language_find("json"), "[1]]]]", 3);
    assert_int_equal(run(recognizer, recognizer_start(recognizer, 0), &last), STEP_ACCEPTED);
    recognizer_reset(recognizer, language_find("json"), "[1]\0]", 5);
    assert_int_equal(run(recognizer, recognizer_start(recognizer, 0), &last), STEP_STUCK);
    assert_int_equal(recognizer_byte(recognizer, last), 3);
}

static unsigned most_versions(struct recognizer *recognizer, const char *id, const char *text) {
    config_id config = start(recognizer, id, text);
    unsigned most = recognizer_version_count(recognizer, config);
    assert_int_equal(most, 1);
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        config_id next = 0;
        enum step_result result = recognizer_step(recognizer, config, &next);
        if (result != STEP_ADVANCED) {
            assert_int_equal(result, STEP_ACCEPTED);
            return most;
        }
        unsigned count = recognizer_version_count(recognizer, next);
        assert_in_range(count, 1, RECOGNIZER_VERSIONS_MAX);
        if (count > most) most = count;
        config = next;
    }
    return 0;
}

/* Where a grammar cannot decide yet it keeps several stacks: what is a type in C, a type argument in Go, a
 * parameter in JavaScript. */
static void ambiguity_keeps_versions(void **state) {
    struct recognizer *recognizer = recognizer_of(state);
    assert_int_equal(most_versions(recognizer, "json", "{\"a\": [1, {}]}"), 1);
    assert_true(most_versions(recognizer, "c", "void f() { a * b; (c)(d); e (*g)(h); }") > 1);
    assert_true(most_versions(recognizer, "go", "package p\nfunc f() { if x == (T{1}) { g[a, b](c) } }\n") >
                1);
    assert_true(most_versions(recognizer, "javascript", "f = (a, {b}) => ({c}); async (x) => y") > 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_texts_are_accepted),
        cmocka_unit_test(verdicts_agree_with_tree_sitter),
        cmocka_unit_test(odd_texts),
        cmocka_unit_test(stuck_places),
        cmocka_unit_test(what_cannot_come_is_not_inserted),
        cmocka_unit_test(tokens_ahead),
        cmocka_unit_test(moving_skips_what_lies_between),
        cmocka_unit_test(equal_futures_have_equal_numbers),
        cmocka_unit_test(other_tapes),
        cmocka_unit_test(tapes_are_limited),
        cmocka_unit_test(reset_forgets),
        cmocka_unit_test(lengths_count),
        cmocka_unit_test(ambiguity_keeps_versions),
    };
    return cmocka_run_group_tests_name("recognizer", tests, set_up, tear_down);
}
