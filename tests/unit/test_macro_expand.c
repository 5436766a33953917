/* Expansion, case by case. Under each expected result stands where its bytes come from: '=' for a byte that
 * was copied from its own place, '.' for one that a macro made. */
#include "analysis/macro_expand.h"
#include "base/str.h"
#include "tests/support/expansion_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct expand_case {
    const char *defines, *input, *expected, *marks; /* marks NULL: every byte is copied */
};

static const struct macro *find_last(const struct expand_site *site, void *payload) {
    const struct macro_facts *facts = payload;
    for (size_t i = facts->macro_count; i-- > 0;)
        if (facts->macros[i].name_hash == site->name_hash && facts->macros[i].name_length == site->length &&
            memcmp(facts->macros[i].name, site->name, site->length) == 0)
            return &facts->macros[i];
    return NULL;
}

static void expand(const char *defines, const char *input, struct expansion *expansion) {
    struct macro_facts *facts = macro_facts_scan(defines, strlen(defines), NULL);
    struct expand_params params = {.find = find_last, .payload = facts};
    macro_expand(input, (uint32_t)strlen(input), NULL, &params, expansion);
    const char *wrong = expansion_check(input, strlen(input), expansion);
    if (wrong) fail_msg("%s: %s", input, wrong);
    macro_facts_unref(facts);
}

static void check(const struct expand_case *cases, size_t count) {
    struct expansion expansion;
    expansion_init(&expansion);
    for (size_t i = 0; i < count; i++) {
        const struct expand_case *one = &cases[i];
        expand(one->defines, one->input, &expansion);
        assert_string_equal(expansion.text.bytes, one->expected);
        char marks[1024];
        assert_true(expansion.text.length < sizeof marks);
        for (size_t k = 0; k < expansion.spans.count; k++) {
            size_t at = expansion.spans.items[k].at;
            size_t end =
                k + 1 < expansion.spans.count ? expansion.spans.items[k + 1].at : expansion.text.length;
            memset(marks + at, expansion.spans.items[k].copied ? '=' : '.', end - at);
        }
        marks[expansion.text.length] = '\0';
        if (one->marks) {
            assert_string_equal(marks, one->marks);
        } else {
            assert_null(strchr(marks, '.'));
        }
        assert_false(expansion.cut_short);
    }
    expansion_finish(&expansion);
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof *(cases))

static void objects_are_replaced(void **state) {
    (void)state;
    static const struct expand_case cases[] = {
        {"", "int a;", "int a;", NULL},
        {"#define N 10\n", "int a[N];", "int a[10];", "======..=="},
        {"#define EXTERN extern\n", "EXTERN int a;", "extern int a;", "......======="},
        {"#define NOTHING\n", "NOTHING int a;", " int a;", NULL},
        {"#define NOTHING\n", "int NOTHING a;", "int  a;", NULL},
        {"#define A B\n#define B C\n#define C 1\n", "A+B", "1+1", ".=."},
        {"#define A B\n#define B A\n", "A B", "A B", ".=."},
        {"#define A A + 1\n", "A;", "A + 1;", ".....="},
        {"#define N 10\n", "\"N\" 'N' NN N_ 1N", "\"N\" 'N' NN N_ 1N", NULL},
        {"#define N 10\n", "/* N */ // N\nx", "/* N */ // N\nx", NULL},
        {"#define N 10\n", "#define N 20\nN", "#define N 20\n10", "=============.."},
        {"#define M -1\n", "-M", "- -1", "=..."},
        {"#define M -\n", "a-M", "a- -", "==.."},
        {"#define P x\n", "P P", "x x", ".=."},
        {"#define E\n", "a-E-b", "a- -b", "==.=="},
        {"#define A 1\n", "A(2)", "1(2)", ".==="},
        {"#define X \"x\"\n", "\"a\"X\"b\"", "\"a\"\"x\"\"b\"", "===...==="},
        {"#define U \"u\"\n", "\"a\"U\"b\"", "\"a\"U\"b\"", NULL},
        {"#define PREFIX L\n", "PREFIX\"x\"", "L \"x\"", "..==="},
        {"#define D /\n", "D/**/2", "/ /**/2", "..====="},
        {"#define D /\n", "1 D// x", "1 / // x", "==..===="},
        {"#define D /\n", "/**/*", "/**/*", NULL},
        {"#define D x\n", "/**/D/**/*", "/**/x/**/*", "====.====="},
    };
    CHECK(cases);
}

static void arguments_keep_their_place(void **state) {
    (void)state;
    static const struct expand_case cases[] = {
        {"#define ID(x) x\n", "ID(a + b);", "a + b;", NULL},
        {"#define ID(x) x\n", "ID( a  /* c */ +\n b );", "a  /* c */ +\n b;", NULL},
        {"#define ID(x) x\n", "ID (a)", "a", NULL},
        {"#define ID(x) x\n", "ID\n(\na\n)", "a", NULL},
        {"#define ID(x) x\n", "ID;", "ID;", NULL},
        {"#define ID(x) x\n", "f(ID)", "f(ID)", NULL},
        {"#define CALL(f, x) f(x)\n", "CALL(g, 1)", "g(1)", "=.=."},
        {"#define TWICE(x) x x\n", "TWICE(ab)", "ab ab", "==..."},
        {"#define SWAP(a, b) b a\n", "SWAP(x, y)", "y x", "=.."},
        {"#define MAX(a, b) ((a) > (b) ? (a) : (b))\n", "MAX(i, j+1)", "((i) > (j+1) ? (i) : (j+1))",
         "..=.....===................"},
        {"#define F(x) x\n", "F(F(F(1)))", "1", NULL},
        {"#define F(x) [x]\n", "F(F(1))", "[[1]]", "..=.."},
        {"#define STACK_OF(type) struct stack_of_##type\n", "STACK_OF(X) *s;", "struct stack_of_X *s;",
         ".................===="},
        {"#define FOREACH(x, l) for (x = l; x; x = x->next)\n", "FOREACH(p, list) { a(); }",
         "for (p = list; p; p = p->next) { a(); }", ".....=...====.................========="},
        {"#define BLOCK(x) do { x } while (0)\n", "BLOCK(a = f(1); b;);", "do { a = f(1); b; } while (0);",
         ".....============............="},
    };
    CHECK(cases);
}

static void counts_have_to_match(void **state) {
    (void)state;
    static const struct expand_case cases[] = {
        {"#define F(a, b) a b\n", "F(1)", "F(1)", NULL},
        {"#define F(a, b) a b\n", "F(1, 2, 3)", "F(1, 2, 3)", NULL},
        {"#define F(a, b) a b\n", "F((1, 2), {3)", "(1, 2) {3", "======.=="},
        {"#define F(a, b) a b\n", "F(1, 2", "F(1, 2", NULL},
        {"#define F(a, b) a b\n#define N 9\n", "F(1, N /* x */", "F(1, 9 /* x */", "=====.========"},
        {"#define F(a, b) a b\n", "F(1,\n#if X\n2)", "F(1,\n#if X\n2)", NULL},
        {"#define F(a) <a>\n", "F()", "<>", ".."},
        {"#define F() <>\n", "F() F( ) F(1)", "<> <> F(1)", "..=..====="},
        {"#define F(a) <a>\n", "F((,))", "<(,)>", ".===."},
        {"#define F(a, b) <a|b>\n", "F(,)", "<|>", "..."},
    };
    CHECK(cases);
}

static void variadics(void **state) {
    (void)state;
    static const struct expand_case cases[] = {
        {"#define F(...) f(__VA_ARGS__)\n", "F(1, 2)", "f(1, 2)", "..====."},
        {"#define F(...) f(__VA_ARGS__)\n", "F()", "f()", "..."},
        {"#define F(a, ...) f(a, __VA_ARGS__)\n", "F(1)", "f(1,)", "..=.."},
        {"#define F(a, ...) f(a, ## __VA_ARGS__)\n", "F(1)", "f(1)", "..=."},
        {"#define F(a, ...) f(a, ## __VA_ARGS__)\n", "F(1, 2, 3)", "f(1, 2, 3)", "..=..====."},
        {"#define F(a, r...) f(a, r)\n", "F(1, 2, 3)", "f(1, 2, 3)", "..=..====."},
        {"#define F(a, r...) f(a , ##r)\n", "F(1)", "f(1)", "..=."},
        {"#define F(a, ...) f(a __VA_OPT__(,) __VA_ARGS__)\n", "F(1)", "f(1)", "..=."},
        {"#define F(a, ...) f(a __VA_OPT__(,) __VA_ARGS__)\n", "F(1, 2)", "f(1, 2)", "..=..=."},
        {"#define N 5\n#define F(...) f(__VA_ARGS__)\n", "F(N, N)", "f(5, 5)", "...=..."},
        {"#define S(...) #__VA_ARGS__\n", "S(a,  b)", "\"a, b\"", "......"},
    };
    CHECK(cases);
}

static void strings_and_pastes(void **state) {
    (void)state;
    static const struct expand_case cases[] = {
        {"#define S(x) #x\n", "S(a + \"b\\n\")", "\"a + \\\"b\\\\n\\\"\"", ".............."},
        {"#define S(x) #x\n#define N 1\n", "S(N)", "\"N\"", "..."},
        {"#define S(x) #x\n#define X(x) S(x)\n#define N 1\n", "X(N)", "\"1\"", "..."},
        {"#define C(a, b) a##b\n", "C(x, y)", "xy", ".."},
        {"#define C(a, b) a ## b\n", "C(x, )", "x", NULL},
        {"#define C(a, b) a ## b\n", "C(, y)", "y", NULL},
        {"#define C(a, b) a##b\n", "C(,)", "", ""},
        {"#define C(a, b) a##b\n#define xy 1\n", "C(x, y)", "1", "."},
        {"#define C(a, b) a##b\n#define x 1\n", "C(x, y)", "xy", ".."},
        {"#define C(a, b) a##b\n", "C(1 2, 3 4)", "1 23 4", "=....="},
        {"#define C(a, b) a##b\n", "C(-, >)", "->", ".."},
        {"#define C(a, b) a##b\n", "C(L, \"x\")", "L\"x\"", "...."},
        {"#define C(a, b, c) a##b##c\n", "C(x, , z)", "xz", ".."},
        {"#define H hash ## hash\n", "H", "hashhash", "........"},
        {"#define DEFINE(t) typedef struct t##_s t##_t;\n", "DEFINE(node)", "typedef struct node_s node_t;",
         "............................."},
        {"#define T(name, type) static type get_##name(void)\n", "T(size, unsigned long) {}",
         "static unsigned long get_size(void) {}", ".......=============...............==="},
    };
    CHECK(cases);
}

static void results_are_read_again(void **state) {
    (void)state;
    static const struct expand_case cases[] = {
        {"#define f(x) (x)\n#define g f\n", "g(1)", "(1)", ".=."},
        {"#define f(x) (x)\n#define g f\n", "g(1) + g", "(1) + f", ".=.===."},
        {"#define f(x) x f\n", "f(1)(2)", "1 f(2)", "=..==="},
        {"#define LPAREN (\n#define f(x) x\n", "f LPAREN 1)", "f ( 1)", "==.==="},
        {"#define f(a) a*g\n#define g(a) f(a)\n", "f(2)(9)", "2*9*g", "=.=.."},
        {"#define EMPTY\n#define DEFER(x) x EMPTY\n#define A() 1\n", "DEFER(A)()", "A()", NULL},
        {"#define X_LIST X(a) X(b)\n#define X(n) int n;\n", "X_LIST", "int a; int b;", "............."},
        {"#define LIST(X) X(a) X(b)\n#define VAR(n) int n;\n", "LIST(VAR)", "int a; int b;", "............."},
        {"#define BEGIN {\n#define END }\n", "BEGIN x; END", "{ x; }", ".====."},
    };
    CHECK(cases);
}

/* A map of the input is carried through. */
static void maps_are_joined(void **state) {
    (void)state;
    /* The file has four bytes between aaaa and N that the input lacks. */
    const char *input = "aaaaN+ID(x)";
    struct reading_span spans[] = {{0, 0, 4, true}, {4, 8, 15, true}};
    struct reading_spans map = {spans, 2, 2};
    struct macro_facts *facts = macro_facts_scan("#define N 10\n#define ID(x) x\n", 28, NULL);
    struct expand_params params = {.find = find_last, .payload = facts};
    struct expansion expansion;
    expansion_init(&expansion);
    macro_expand(input, 11, &map, &params, &expansion);
    assert_string_equal(expansion.text.bytes, "aaaaN+x");
    assert_int_equal(expansion.spans.count, 3);
    assert_int_equal(expansion.spans.items[1].start_byte, 8);
    assert_int_equal(expansion.spans.items[1].end_byte, 10);
    assert_int_equal(expansion.spans.items[2].at, 6);
    assert_int_equal(expansion.spans.items[2].start_byte, 13);
    assert_int_equal(expansion.spans.items[2].end_byte, 14);
    macro_expand("N ID(N)", 7, &(struct reading_spans){(struct reading_span[]){{0, 100, 107, true}}, 1, 1},
                 &params, &expansion);
    assert_string_equal(expansion.text.bytes, "10 10");
    assert_int_equal(expansion.spans.count, 3);
    assert_int_equal(expansion.spans.items[0].start_byte, 100);
    assert_int_equal(expansion.spans.items[0].end_byte, 101);
    assert_int_equal(expansion.spans.items[2].start_byte, 102);
    assert_int_equal(expansion.spans.items[2].end_byte, 107);
    expansion_finish(&expansion);
    macro_facts_unref(facts);
}

struct asked {
    const struct macro_facts *facts;
    struct expand_site sites[16];
    size_t count;
};

static const struct macro *note_site(const struct expand_site *site, void *payload) {
    struct asked *asked = payload;
    if (asked->count < 16) asked->sites[asked->count++] = *site;
    return find_last(site, (void *)asked->facts);
}

static void callers_see_the_place(void **state) {
    (void)state;
    struct macro_facts *facts = macro_facts_scan("#define F(x) g x\n", 17, NULL);
    struct asked asked = {.facts = facts};
    struct expand_params params = {.find = note_site, .payload = &asked};
    struct expansion expansion;
    expansion_init(&expansion);
    macro_expand("a F(b)", 6, NULL, &params, &expansion);
    assert_int_equal(asked.count, 5); /* a, F, b in the argument, g, b once more */
    assert_false(asked.sites[0].called);
    assert_true(asked.sites[1].called);
    assert_int_equal(asked.sites[1].start_byte, 2);
    assert_int_equal(asked.sites[1].end_byte, 3);
    assert_int_equal(asked.sites[2].start_byte, 4);
    assert_int_equal(asked.sites[2].depth, 0);
    assert_int_equal(asked.sites[3].start_byte, 2);
    assert_int_equal(asked.sites[3].end_byte, 6);
    assert_int_equal(asked.sites[3].depth, 1);
    assert_int_equal(expansion.replaced_count, 1);
    expansion_finish(&expansion);
    macro_facts_unref(facts);
}

/* Each level doubles: 2^30 tokens. What came before stays replaced, what is too much stays as it was. */
static void exponential_macros_end(void **state) {
    (void)state;
    struct str defines, input;
    str_init(&defines);
    str_init(&input);
    for (int i = 0; i < 30; i++)
        str_addf(&defines, "#define A%d A%d A%d\n#define B%d(x) B%d(x) B%d(x)\n", i, i + 1, i + 1, i, i + 1,
                 i + 1);
    str_adds(&defines, "#define N 1\n#define B30(x) x\n");
    struct expansion expansion;
    expansion_init(&expansion);
    static const char *const hostile[] = {"A0", "B0(y)", "A9 A9 A9"};
    for (size_t i = 0; i < 3; i++) {
        str_clear(&input);
        str_addf(&input, "N %s N", hostile[i]);
        expand(defines.bytes, input.bytes, &expansion);
        assert_true(expansion.cut_short);
        assert_int_equal(expansion.replaced_count, 1);
        input.bytes[0] = '1';
        assert_string_equal(expansion.text.bytes, input.bytes);
    }
    expansion_finish(&expansion);
    str_finish(&defines);
    str_finish(&input);
}

/* Neither depth nor length of the input is a depth of calls. */
static void depth_has_a_limit(void **state) {
    (void)state;
    struct str defines, input;
    str_init(&defines);
    str_init(&input);
    for (int i = 0; i < 1000; i++)
        str_addf(&defines, "#define D%d D%d\n", i, i + 1);
    str_adds(&defines, "#define F(x) x\n");
    struct expansion expansion;
    expansion_init(&expansion);
    expand(defines.bytes, "D0;", &expansion);
    char expected[16];
    snprintf(expected, sizeof expected, "D%d;", EXPAND_DEPTH_MAX);
    assert_string_equal(expansion.text.bytes, expected);
    for (int i = 0; i < 10000; i++)
        str_adds(&input, "F(");
    expand(defines.bytes, input.bytes, &expansion); /* never closed */
    assert_string_equal(expansion.text.bytes, input.bytes);
    for (int i = 0; i < 10000; i++)
        str_adds(&input, ")");
    expand(defines.bytes, input.bytes, &expansion);
    expansion_finish(&expansion);
    str_finish(&defines);
    str_finish(&input);
}

static void cancel_is_heard(void **state) {
    (void)state;
    struct str defines;
    str_init(&defines);
    for (int i = 0; i < 17; i++)
        str_addf(&defines, "#define A%d A%d A%d\n", i, i + 1, i + 1);
    struct macro_facts *facts = macro_facts_scan(defines.bytes, defines.length, NULL);
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    struct expand_params params = {.find = find_last, .payload = facts, .cancel = &cancel};
    struct expansion expansion;
    expansion_init(&expansion);
    macro_expand("A0", 2, NULL, &params, &expansion);
    assert_true(expansion.cut_short);
    assert_string_equal(expansion.text.bytes, "A0");
    expansion_finish(&expansion);
    macro_facts_unref(facts);
    str_finish(&defines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_replaced),   cmocka_unit_test(arguments_keep_their_place),
        cmocka_unit_test(counts_have_to_match),   cmocka_unit_test(variadics),
        cmocka_unit_test(strings_and_pastes),     cmocka_unit_test(results_are_read_again),
        cmocka_unit_test(maps_are_joined),        cmocka_unit_test(callers_see_the_place),
        cmocka_unit_test(exponential_macros_end), cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(cancel_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
