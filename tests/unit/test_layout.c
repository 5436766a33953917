/* Layout, case by case: which brackets belong together, where brackets are probably missing, what stands
 * around a byte.
 *
 * Matches are one character for each bracket in the order of the text: a letter that its partner shares, or a
 * dot. Hints are "bracket@byte" in ascending order. */
#include "analysis/layout.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct layout make(const char *id, const char *text) {
    struct layout layout;
    layout_init(&layout, language_find(id), text, (uint32_t)strlen(text));
    return layout;
}

/* One character per bracket in the order of the text. */
static void check_match(const char *id, const char *text, const char *expected) {
    struct layout layout = make(id, text);
    struct str found;
    str_init(&found);
    char letter = 'a';
    for (uint32_t i = 0; i < layout.tokens.count; i++) {
        const struct token *token = &layout.tokens.items[i];
        uint32_t partner = layout.match[i];
        if (token->kind != TOKEN_OPEN && token->kind != TOKEN_CLOSE) {
            assert_int_equal(partner, LAYOUT_NONE);
            continue;
        }
        if (partner == LAYOUT_NONE) {
            str_addc(&found, '.');
            continue;
        }
        assert_int_equal(layout.match[partner], i);
        assert_int_equal(layout_closer(layout_char(&layout, partner < i ? partner : i)),
                         layout_char(&layout, partner < i ? i : partner));
        if (partner > i) {
            str_addc(&found, letter++);
        } else {
            unsigned at = 0; /* the partner's place among the brackets */
            for (uint32_t k = 0; k < partner; k++)
                at += layout.tokens.items[k].kind == TOKEN_OPEN || layout.tokens.items[k].kind == TOKEN_CLOSE;
            str_addc(&found, found.bytes[at]);
        }
    }
    if (strcmp(found.bytes, expected) != 0) print_error("%s: %s\n", id, text);
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
    layout_finish(&layout);
}

static void brackets_match_by_kind(void **state) {
    (void)state;
    check_match("c", "", "");
    check_match("c", "f(a[0], (b));", "abbcca");
    check_match("c", "int f(void) { return g(1); }", "aabccb");
    check_match("json", "{\"a\": [1, {\"b\": []}]}", "abcddcba");
    check_match("python", "f(x)[1] = {2: (3,)}", "aabbcddc");
    check_match("c", "(]", "..");
    check_match("c", ")(", "..");
    check_match("c", "((a)", ".aa");
    check_match("c", "(a))", "aa.");
    check_match("c", "f(a[1)", "a.a"); /* the closer of the outer one; the inner one is left open */
    check_match("c", "f(\"(\", '(') /* ( */ // (", "aa");
}

static void small_brackets_stay_in_their_block(void **state) {
    (void)state;
    check_match("c", "f({ g) }", ".a.a");
    check_match("c", "f({ g })", "abba");
    check_match("c", "x[{ y] }", ".a.a");
    check_match("c", "{ f(1; }", "a.a"); /* a block's end closes over parentheses */
}

static void blocks_match_by_indentation(void **state) {
    (void)state;
    check_match("c", "int f()\n{\n    if (x) {\n        g();\n}\n",
                "aab"
                "cc"
                "."
                "dd"
                "b");
    check_match("java",
                "class A {\n"
                "    void f() {\n"
                "        while (x) {\n"
                "            g();\n"
                "    }\n"
                "}\n",
                "abbcdd.eeca");
    check_match("c", "void f() {\n    g();\n    }\n}\n",
                "aabcc.b"); /* the closer indented unlike any opener */
    check_match("json", "{\n  \"a\": {\n    \"b\": 1\n}\n", "a.a");
}

/* Odd layout is no mistake where every bracket has its partner. */
static void settled_brackets_match_by_kind(void **state) {
    (void)state;
    check_match("javascript", " class A {\n    b() {\n        c();\n    }\n d() {\n    }\n}\nf(1;\n",
                "abbcddceeffa.");
    check_match("javascript", "function a() {\n  if (b) {\n        c();\n    }\n}\nf(1;\n", "aabccdeedb.");
    /* The block that stands at the margin of its wrapper's closers is not theirs. */
    check_match("javascript", "(function (a) {\n\nfunction b() {\n  c();\n\n});\n", "abbcdd.eeca");
}

static void check_hints(const char *id, const char *text, const char *expected) {
    struct layout layout = make(id, text);
    struct str found;
    str_init(&found);
    for (size_t i = 0; i < layout.hints.count; i++) {
        const struct layout_hint *hint = &layout.hints.items[i];
        str_addf(&found, i ? " %c@%u" : "%c@%u", hint->bracket, hint->byte);
        if (i > 0) assert_true(hint->byte >= layout.hints.items[i - 1].byte);
        assert_in_range(hint->byte, 1, strlen(text));
        if (hint->partner != LAYOUT_NONE && !strchr("{([", hint->bracket))
            assert_int_equal(layout_closer(layout_char(&layout, hint->partner)), hint->bracket);
        const struct layout_hint *at = layout_hint_at(&layout, hint->byte, hint->bracket);
        assert_non_null(at);
        assert_int_equal(at->byte, hint->byte);
        assert_int_equal(at->bracket, hint->bracket);
    }
    if (strcmp(found.bytes, expected) != 0) print_error("%s: %s\n", id, text);
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
    layout_finish(&layout);
}

static void whole_texts_have_no_hints(void **state) {
    (void)state;
    check_hints("c", "", "");
    check_hints("c", "int f(void)\n{\n    return g(1);\n}\n", "");
    check_hints("c", "int f(void) {\n    if (x) {\n        y();\n    }\n}\n", "");
    check_hints("python", "def f(x):\n    return [\n        x,\n    ]\n", "");
    check_hints("json", "{\n  \"a\": [\n    1\n  ]\n}\n", "");
    check_hints("go", "func f() {\n\tg(func() {\n\t\th()\n\t})\n}\n", "");
}

static void missing_closers_are_hinted(void **state) {
    (void)state;
    check_hints("c", "void f() {\n    g();\n", "}@19");
    check_hints("c", "void f() {\n    g();\nvoid h() {\n}\n", "}@19");
    check_hints("c", "void f() {\n    if (x) {\n        g();\n}\n", "}@36");
    check_hints("json", "{\n  \"a\": [\n    1\n}\n", "]@16");
    check_hints("json", "[1, 2", "]@5");
    check_hints("json", "{\"a\": [1", "]@8 }@8"); /* inner first */
    check_hints("c", "f(1", ")@3");
}

/* A parenthesis is closed before the semicolon of its statement. */
static void parentheses_close_before_semicolons(void **state) {
    (void)state;
    check_hints("c", "f(1;\ng();\n", ")@3");
    check_hints("c", "f(1 ;\ng();\n", ")@3");
    check_hints("javascript", "f([1, 2;\ng();\n", "]@7 )@7");
}

static void missing_openers_are_hinted(void **state) {
    (void)state;
    check_hints("c", "if (x)\n    g();\n}\n", "{@6");
    check_hints("java", "class A\n    int x;\n}\n", "{@7");
    check_hints("json", "{\n  \"a\":\n    \"b\": 1\n  },\n  \"c\": 2\n}\n", "{@8");
    check_hints("go", "var\n\ta = 1\n\tb = 2\n)\n", "(@3");
    check_hints("javascript", "a = b(\n  1,\n  2,\n]);\n", "[@6");
    /* Before the function whose end the closer stands behind. */
    check_hints("javascript", "a = function () {\n  b();\n})();\n", "(@3");
    /* Where blocks have no braces there is none to miss, and a line that goes on is no block. */
    check_hints("python", "if x\n    g()\n", "");
    check_hints("c", "x = 1 +\n    2;\n", "");
}

static void hints_of_other_brackets_are_not_found(void **state) {
    (void)state;
    struct layout layout = make("c", "void f() {\n    g();\n");
    assert_non_null(layout_hint_at(&layout, 19, '}'));
    assert_null(layout_hint_at(&layout, 19, ')'));
    assert_null(layout_hint_at(&layout, 18, '}'));
    assert_null(layout_hint_at(&layout, 20, '}'));
    assert_null(layout_hint_at(&layout, UINT32_MAX, '}'));
    layout_finish(&layout);
}

/* By byte: what begins behind it, what ends before it, what holds it. */
static void neighbours(void **state) {
    (void)state;
    struct layout layout = make("c", "int /* a */ x; // b\n"); /* int, comment, x, ;, comment */
    static const struct {
        uint32_t byte, next, previous, holding;
    } cases[] = {
        {0, 0, LAYOUT_NONE, 0},
        {1, 2, LAYOUT_NONE, 0},
        {3, 2, 0, LAYOUT_NONE},
        {4, 2, 0, 1}, /* comments hold bytes and are no neighbours */
        {11, 2, 0, LAYOUT_NONE},
        {12, 2, 0, 2},
        {13, 3, 2, 3},
        {14, 5, 3, LAYOUT_NONE},
        {15, 5, 3, 4},
        {20, 5, 3, LAYOUT_NONE},
        {1000, 5, 3, LAYOUT_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(layout_next(&layout, cases[i].byte), cases[i].next);
        assert_int_equal(layout_previous(&layout, cases[i].byte), cases[i].previous);
        assert_int_equal(layout_holding(&layout, cases[i].byte), cases[i].holding);
    }
    layout_finish(&layout);
}

static void enclosing_brackets(void **state) {
    (void)state;
    const char *text = "f(a, {b[0]}) + c"; /* f ( a , { b [ 0 ] } ) + c */
    struct layout layout = make("javascript", text);
    static const struct {
        const char *before;
        uint32_t opener;
    } cases[] = {{"f(", LAYOUT_NONE}, {"(a", LAYOUT_NONE}, {"a,", 1},           {"{b", 1},
                 {"b[", 4},           {"[0", 4},           {"0]", 6},           {"]}", 6},
                 {"})", 4},           {") +", 1},          {"+ c", LAYOUT_NONE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t byte = (uint32_t)(strstr(text, cases[i].before) - text);
        assert_int_equal(layout_enclosing(&layout, byte), cases[i].opener);
    }
    assert_int_equal(layout_enclosing(&layout, (uint32_t)strlen(text)), LAYOUT_NONE);
    layout_finish(&layout);

    layout = make("c", "f(a[1");
    assert_int_equal(layout_enclosing(&layout, 5), 3); /* still open at the end */
    assert_int_equal(layout_enclosing(&layout, UINT32_MAX), 3);
    layout_finish(&layout);
}

/* Line ends do not change what belongs together or what is missing. */
static void carriage_returns(void **state) {
    (void)state;
    check_match("c", "int f()\r\n{\r\n    if (x) {\r\n        g();\r\n}\r\n",
                "aab"
                "cc"
                "."
                "dd"
                "b");
    check_hints("c", "int f(void)\r\n{\r\n    return g(1);\r\n}\r\n", "");
    check_hints("c", "void f() {\r\n    g();\r\nvoid h() {\r\n}\r\n", "}@20");
    check_hints("c", "f(1;\r\ng();\r\n", ")@3");
    check_hints("c", "void f() {\r    g();\rvoid h() {\r}\r", "}@19");
}

static void empty_texts(void **state) {
    (void)state;
    static const char *const texts[] = {"", "\n", "   \t", "\r\n\r\n"};
    const struct language *language;
    for (size_t l = 0; (language = language_at(l)); l++) {
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            struct layout layout = make(language->id, texts[i]);
            assert_int_equal(layout.tokens.count, 0);
            assert_int_equal(layout.hints.count, 0);
            assert_int_equal(layout_next(&layout, 0), 0);
            assert_int_equal(layout_previous(&layout, layout.length), LAYOUT_NONE);
            assert_int_equal(layout_holding(&layout, 0), LAYOUT_NONE);
            assert_int_equal(layout_enclosing(&layout, 0), LAYOUT_NONE);
            assert_null(layout_hint_at(&layout, 0, '}'));
            layout_finish(&layout);
        }
    }
}

/* Which closers are one too many, by their number among the tokens that close. */
static void check_spare(const char *id, const char *text, const char *expected) {
    struct layout layout = make(id, text);
    struct str found;
    str_init(&found);
    for (uint32_t i = 0, closers = 0; i < layout.tokens.count; i++) {
        bool closes = layout.tokens.items[i].kind == TOKEN_CLOSE;
        if (!closes) assert_false(layout_is_spare(&layout, i));
        if (closes && layout_is_spare(&layout, i)) str_addf(&found, found.length ? " %u" : "%u", closers);
        closers += closes;
    }
    if (strcmp(found.bytes, expected) != 0) print_error("%s: %s\n", id, text);
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
    layout_finish(&layout);
}

static void closers_to_spare(void **state) {
    (void)state;
    check_spare("c", "", "");
    check_spare("c", "void f() {\n    if (x) {\n        g();\n    }\n}\n", "");
    check_spare("c", "int a[] = {1, 2, 3};\nvoid f() { g(); }\n", "");
    check_spare("c", "void f(int a,\n       int b) {\n    g(a);\n}\n", "");
    check_spare("c", "void f() {\n    g();\n}\n}\n", "3");
    /* Deeper than what it ends, with a partner by kind; one column is a slip. */
    check_spare("c", "void f() {\nvoid h() {\n        g();\n    }\n}\n", "3");
    check_spare("c", "void f() {\nvoid h() {\n        g();\n }\n}\n", "");
    check_spare("json", "{\n  \"a\": 1\n}\n}\n", "1");
}

static void closers_of_openers(void **state) {
    (void)state;
    assert_int_equal(layout_closer('('), ')');
    assert_int_equal(layout_closer('['), ']');
    assert_int_equal(layout_closer('{'), '}');
    assert_int_equal(layout_closer(')'), 0);
    assert_int_equal(layout_closer('<'), 0);
    assert_int_equal(layout_closer(0), 0);
}

/* 100,000 brackets: whatever cannot be matched, partners are mutual and hints no more than brackets. */
static void many_brackets(void **state) {
    (void)state;
    enum { BRACKETS = 100000 };
    static const struct {
        const char *unit;
        bool all_match, none_match;
    } cases[] = {{"(", false, true},
                 {"}", false, true},
                 {"()", true, false},
                 {"[{", false, true},
                 {"{(})", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str text;
        str_init(&text);
        while (text.length < BRACKETS)
            str_adds(&text, cases[i].unit);
        struct layout layout;
        layout_init(&layout, language_find("c"), text.bytes, (uint32_t)text.length);
        assert_int_equal(layout.tokens.count, BRACKETS);
        size_t matched = 0;
        for (uint32_t k = 0; k < layout.tokens.count; k++) {
            if (layout.match[k] == LAYOUT_NONE) continue;
            assert_int_equal(layout.match[layout.match[k]], k);
            matched++;
        }
        if (cases[i].all_match) assert_int_equal(matched, BRACKETS);
        if (cases[i].none_match) assert_int_equal(matched, 0);
        assert_true(layout.hints.count <= BRACKETS);
        layout_finish(&layout);
        str_finish(&text);
    }
}

static void deep_nesting_closes_from_inside(void **state) {
    (void)state;
    enum { DEPTH = 1000 };
    struct str text;
    str_init(&text);
    for (int i = 0; i < DEPTH; i++)
        str_addc(&text, '[');
    for (int i = 0; i < DEPTH; i++)
        str_addc(&text, ']');
    struct layout layout;
    layout_init(&layout, language_find("json"), text.bytes, (uint32_t)text.length);
    for (uint32_t i = 0; i < DEPTH; i++)
        assert_int_equal(layout.match[i], 2 * DEPTH - 1 - i);
    assert_int_equal(layout_enclosing(&layout, DEPTH), DEPTH - 1);
    assert_int_equal(layout.hints.count, 0);
    layout_finish(&layout);
    str_finish(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_match_by_kind),
        cmocka_unit_test(small_brackets_stay_in_their_block),
        cmocka_unit_test(blocks_match_by_indentation),
        cmocka_unit_test(whole_texts_have_no_hints),
        cmocka_unit_test(settled_brackets_match_by_kind),
        cmocka_unit_test(missing_closers_are_hinted),
        cmocka_unit_test(parentheses_close_before_semicolons),
        cmocka_unit_test(missing_openers_are_hinted),
        cmocka_unit_test(hints_of_other_brackets_are_not_found),
        cmocka_unit_test(neighbours),
        cmocka_unit_test(enclosing_brackets),
        cmocka_unit_test(carriage_returns),
        cmocka_unit_test(empty_texts),
        cmocka_unit_test(closers_to_spare),
        cmocka_unit_test(closers_of_openers),
        cmocka_unit_test(many_brackets),
        cmocka_unit_test(deep_nesting_closes_from_inside),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
