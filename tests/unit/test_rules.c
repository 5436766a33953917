/* What grammars let pass and languages refuse: for each rule texts on both sides of its border. */
#include "analysis/rules.h"

#include "analysis/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct rule_case {
    const char *text;
    const char *place; /* what the first violation's range begins with; NULL: nothing is refused */
    enum finding_code code;
    enum rule_remedy remedy;
};

static bool with_advice; /* of the checks that follow */

static struct rule_violations check(const char *language_id, const char *bytes, uint32_t start, uint32_t end,
                                    size_t max) {
    const struct language *language = language_find(language_id);
    struct text *text;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    struct parser *parser = parser_create();
    TSTree *tree = parser_parse_range(parser, language, text, 0, text_size(text), NULL, NULL);
    assert_non_null(tree);
    if (ts_node_has_error(ts_tree_root_node(tree))) fail_msg("%s: does not parse: %s", language_id, bytes);
    struct rule_checker *checker = rule_checker_create(language);
    assert_non_null(checker);
    struct rule_violations violations = {.with_advice = with_advice};
    rules_check(checker, tree, text, 0, start, end, max, &violations);
    rule_checker_destroy(checker);
    ts_tree_delete(tree);
    parser_destroy(parser);
    text_unref(text);
    return violations;
}

static void run(const char *language_id, const struct rule_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *text = cases[i].text;
        struct rule_violations violations = check(language_id, text, 0, (uint32_t)strlen(text), 10);
        if (!cases[i].place) {
            if (violations.count)
                fail_msg("%s: refused at %u (%s): %s", language_id, violations.items[0].start_byte,
                         violations.items[0].message, text);
        } else {
            if (!violations.count) fail_msg("%s: not refused: %s", language_id, text);
            const struct rule_violation *first = &violations.items[0];
            if (strncmp(text + first->start_byte, cases[i].place, strlen(cases[i].place)))
                fail_msg("%s: refused at %u instead of `%s`: %s", language_id, first->start_byte,
                         cases[i].place, text);
            if (first->code != cases[i].code || first->remedy != cases[i].remedy)
                fail_msg("%s: %s, remedy %d: %s", language_id, finding_code_name(first->code),
                         (int)first->remedy, text);
            assert_true(first->start_byte <= first->end_byte && first->end_byte <= strlen(text));
            assert_true(strlen(first->message) > 0);
        }
        vec_finish(&violations);
    }
}

#define RUN(language, ...)                                                                                   \
    do {                                                                                                     \
        static const struct rule_case cases_[] = {__VA_ARGS__};                                              \
        run(language, cases_, sizeof cases_ / sizeof *cases_);                                               \
    } while (0)
#define REFUSED(text, place)                                                                                 \
    { text, place, FINDING_NOT_ALLOWED, REMEDY_NONE }
#define UNKNOWN(text, place)                                                                                 \
    { text, place, FINDING_NOT_ALLOWED, REMEDY_UNKNOWN }
#define INDENT(text, place)                                                                                  \
    { text, place, FINDING_INDENTATION, REMEDY_NONE }
#define VALID(text)                                                                                          \
    { text, NULL, FINDING_SYNTAX, REMEDY_NONE }

static void c_keywords_are_no_names(void **unused) {
    (void)unused;
    RUN("c", REFUSED("void f(void) { else; }", "else"), REFUSED("void f(void) { x = else; }", "else"),
        VALID("void f(void) { elsewhere; }"), VALID("void f(void) { MACRO(return); }"),
        VALID("void f(void) { LIST(a, goto, default); }"), VALID("void f(int a) { if (a) g(); else h(); }"));
}

static void c_statements_stand_in_functions(void **unused) {
    (void)unused;
    RUN("c", REFUSED("int a;\nreturn 0;\n", "return"), REFUSED("for (;;) {}\n", "for"),
        REFUSED("while (1) {}\n", "while"), REFUSED("int a;\na = 1;\n", "a = 1"),
        REFUSED("int a;\na++;\n", "a++"), VALID("int a;\nDECLARE(x);\n"), VALID("EXPORT_ALL;\nint a;\n"),
        VALID("int f(void)\n{\n    return 0;\n}\n"), VALID("int a;\n;\nint b;\n"), VALID(""));
}

static void c_strings_stand_beside_macros(void **unused) {
    (void)unused;
    RUN("c", {"void f(int n) { g(\"a\" n); }", "n", FINDING_MISSING_TOKEN, REMEDY_NONE},
        VALID("void f(void) { g(\"a\" PRIu64 \"b\"); }"), VALID("void f(int n) { g(\"a\", n); }"),
        VALID("void f(void) { g(\"a\" str_suffix); }"));
}

static void c_values_and_casts(void **unused) {
    (void)unused;
    RUN("c", {"void f(int n) { g(\"a\" INT_MAX); }", "INT_MAX", FINDING_MISSING_TOKEN, REMEDY_NONE},
        {"void f(void) { int D; g(\"a\" D); }", "D)", FINDING_MISSING_TOKEN, REMEDY_NONE},
        {"void f(char *S) { g(\"a\" S); }", "S)", FINDING_MISSING_TOKEN, REMEDY_NONE},
        VALID("void f(int n) { g(\"a\" D); }"),
        {"void f(int a) { b = char(a); }", "char", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        {"void f(int a) { g(\"%d\", int(a)); }", "int(a)", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        {"int f(void) { return void; }", "void; }", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("void f(int a) { b = (char)(a); }"),
        VALID("void f(void) { a = va_arg(b, int); MACRO(int, a); }"),
        {"void f(void) { a = (b[i])*(c[j])\n d = 1; }", "\n d", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        VALID("void f(void) { a = (b[i])*(c[j]); }"), VALID("void f(void) { a = (T(*)[8])b; }"),
        {"int a = 10f;", "10f", FINDING_NOT_ALLOWED, REMEDY_WRITE}, REFUSED("int a = 089;", "089"),
        VALID("double a = 1.0f + 1e5f + 0x1f + 07 + 10UL + 089.5;"));
}

static void c_places_and_directives(void **unused) {
    (void)unused;
    RUN("c", {"int f(int a);\n{\n    return a;\n}\n", ";", FINDING_UNEXPECTED_TOKEN, REMEDY_REMOVE},
        VALID("int f(int a);\nint g(int a)\n{\n    return a;\n}\n"),
        REFUSED("void f(int a) { case 1: g(); }", "case"),
        VALID("void f(int a) { switch (a) { case 1: { default: g(); } } }"),
        VALID("void f(void) { SWITCH(a) { case 1: g(); } }"),
        {"#inlcude <a.h>\n", "#inlcude", FINDING_MISSPELT_KEYWORD, REMEDY_WRITE},
        REFUSED("int a;\n#endif\n", "#endif"), REFUSED("#nothing here\n", "#nothing"),
        VALID("#pragma once\n#error no\n#line 3\n#ident \"a\"\n"), VALID("#if 0\n#nothing here\n#endif\n"),
        VALID("#ifdef A\n#nothing here\n#endif\n"),
        {"#ifndef A_H\n#define A_H\n#defin B 1\n#endif\n", "#defin", FINDING_MISSPELT_KEYWORD, REMEDY_WRITE},
        VALID("#define if(a) while (a)\n"), VALID("T (*a)(void) = 0;\n"),
        VALID("void f(int a)\n{\n    if (a)\n        g();\n#ifdef B\n    else\n        h();\n#endif\n}\n"));
}

static void python_statements_of_version_2(void **unused) {
    (void)unused;
    RUN("python", {"print 'a'\n", "print", FINDING_NOT_ALLOWED, REMEDY_PARENTHESES},
        {"exec 'a'\n", "exec", FINDING_NOT_ALLOWED, REMEDY_PARENTHESES}, VALID("print('a')\n"),
        VALID("exec('a')\n"), VALID("print\n"));
}

static void python_arguments_in_order(void **unused) {
    (void)unused;
    RUN("python", REFUSED("f(a=1, b)\n", "b"), REFUSED("f(**a, b)\n", "b"), REFUSED("f(**a, *b)\n", "*b"),
        VALID("f(b, a=1)\n"), VALID("f(a=1, *b)\n"), VALID("f(a=1, **b)\n"), VALID("f(**a, b=1)\n"),
        VALID("f(a=1,  # comment\n  b=2)\n"));
}

static void python_operands_and_types(void **unused) {
    (void)unused;
    RUN("python", REFUSED("a + *b\n", "*b"), REFUSED("a or *b, c\n", "*b"), VALID("[*a + b]\n"),
        VALID("[*a, *b]\n"), VALID("f(*a + b)\n"), REFUSED("a = b: c\n", ":"), VALID("a: b = c\n"),
        VALID("a = b = c\n"));
}

/* Refused by the grammar or by a rule: nothing between them. */
static void python_keywords_are_no_names(void **unused) {
    (void)unused;
    static const char *const words[] = {"else", "return", "for",   "if", "import",
                                        "in",   "lambda", "class", "def"};
    const struct language *language = language_find("python");
    struct parser *parser = parser_create();
    struct rule_checker *checker = rule_checker_create(language);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char bytes[64];
        int length = snprintf(bytes, sizeof bytes, "x = f(1, %s)\n", words[i]);
        struct text *text;
        assert_int_equal(text_create(bytes, (size_t)length, &text), STATUS_OK);
        TSTree *tree = parser_parse_range(parser, language, text, 0, text_size(text), NULL, NULL);
        struct rule_violations violations = {0};
        rules_check(checker, tree, text, 0, 0, text_size(text), 10, &violations);
        if (!ts_node_has_error(ts_tree_root_node(tree)) && !violations.count)
            fail_msg("not refused: %s", bytes);
        vec_finish(&violations);
        ts_tree_delete(tree);
        text_unref(text);
    }
    rule_checker_destroy(checker);
    parser_destroy(parser);
    RUN("python", VALID("x = elsewhere\n"), VALID("match = 1\n"), VALID("type = print\n"),
        VALID("_ = case\n"));
}

static void python_blocks_stand_in_one_column(void **unused) {
    (void)unused;
    RUN("python", INDENT("a = 1\n  b = 2\n", "b = 2"), INDENT("  a = 1\n", "a = 1"),
        INDENT("if a:\n    b\n      c\n", "c"), VALID("if a:\n    b\n    c\n"), VALID("if a: b; c\n"),
        VALID("if a:\n    b; c\n    d\n"), VALID("x = [\n  1,\n    2]\ny = 3\n"),
        VALID("if a:\n        # deep\n    b\n"));
}

static void python_tabs_and_continuations(void **unused) {
    (void)unused;
    RUN("python", VALID("if a:\n\tb\n\tc\n"), INDENT("if a:\n\tb\n        c\n", "c"),
        INDENT("if a:\n        b\n\tc\n", "c"), INDENT("class A:\n    if b:\n\tc\n", "c"),
        VALID("class A:\n\tif b:\n            c\n"), VALID("if a:\n\tb\nif c:\n        d\n"),
        INDENT("if a:\n\tif b:\n\t\tc\n        else:\n\t\tc\n", "else"),
        VALID("a = 1 + \\\n      2\nb = 1\n"), VALID("if a and \\\n        b:\n    c\n"), VALID("\fa = 1\n"),
        VALID("if a:\n    b\n\f\n    c\n"), VALID("a = 1\r\nb = 2\r\n"),
        VALID("try:\n    a\nexcept B:\n    c\nfinally:\n    d\n"));
}

#define BROKEN_LINE(text, place)                                                                             \
    { text, place, FINDING_UNEXPECTED_TOKEN, REMEDY_WRITE }

static void python_statements_end_with_their_line(void **unused) {
    (void)unused;
    RUN("python", BROKEN_LINE("a =\nb\n", "\nb"), BROKEN_LINE("a = b +\nc\n", "\nc"),
        {"a = # words\n[1]\n", "\n[1]", FINDING_UNEXPECTED_TOKEN, REMEDY_NONE},
        {"if a and\\\n\n        b:\n    c\n", "\n", FINDING_UNEXPECTED_TOKEN, REMEDY_NONE},
        BROKEN_LINE("not\n\na\n", "\n\na"), VALID("a = (b +\nc)\n"), VALID("a = [\nb,\nc]\n"),
        VALID("a = b[\nc]\n"), VALID("f(a,\n  b)\n"), VALID("a = b + \\\nc\n"), VALID("a = '''b\nc'''\n"),
        VALID("if (a and\n    b):\n    c\n"), VALID("def f(a,\n      b):\n    return (\n        a)\n"),
        VALID("from a import (\n    b,\n    c)\n"), VALID("with (a as b,\n      c as d):\n    e\n"),
        VALID("x = {\n    a: b,  # words\n    c: d}\n"), VALID("class A(\n    B):\n    c = f(\n        d)\n"),
        VALID("try:\n    a\nexcept (B,\n        C):\n    d\nelse:\n    e\n"),
        VALID("a = b if (\n  c) else d\n"));
}

static void python_targets(void **unused) {
    (void)unused;
    RUN("python", {"del f()\n", "f()", FINDING_NOT_ALLOWED, REMEDY_WRITE}, REFUSED("del a, 1\n", "1"),
        REFUSED("del (a, [b, c + d])\n", "c + d"), REFUSED("del None\n", "None"),
        REFUSED("del *a, b\n", "*a"), VALID("del a, (b.c, [d[0]])\n"), VALID("del (a)\n"),
        REFUSED("with a as f(): pass\n", "f()"), REFUSED("with a as (b, c + 1): pass\n", "c + 1"),
        VALID("with a as (b, *c): pass\n"), VALID("with a as b.c, d as e[0]: pass\n"),
        REFUSED("(a, b) += c\n", "(a, b)"), REFUSED("a, b: int\n", "a, b"), REFUSED("[a]: int = b\n", "[a]"),
        VALID("(a): int = 1\n"), VALID("a.b: int\n"), VALID("a[0] += 1\n"), VALID("a, b = c, d = e\n"));
}

static void python_stars_and_names(void **unused) {
    (void)unused;
    RUN("python", REFUSED("a = (*b)\n", "*b"), REFUSED("[*a for a in b]\n", "*a"),
        REFUSED("a = [*b or c, d]\n", "*b"), VALID("f(*a or b)\n"), VALID("a = *b, c\n"),
        VALID("a = (*b,)\n"), VALID("for a in *b, c: pass\n"), VALID("def f(*a: *b): pass\n"),
        REFUSED("def f(a: *b): pass\n", "*b"), {"a := 1\n", "a := 1", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        REFUSED("x = b := 1\n", "b := 1"), VALID("f(a := 1)\n"), VALID("if a := 1: pass\n"),
        VALID("(a := 1)\n"), VALID("b[a := 1]\n"), VALID("[a := 1, 2]\n"), REFUSED("f((a as b))\n", "a as b"),
        VALID("with (a as b, c as d): pass\n"), VALID("match a:\n    case (1 as b): pass\n"),
        VALID("try:\n    a\nexcept (B, C) as d:\n    e\n"));
}

static void python_literals(void **unused) {
    (void)unused;
    RUN("python", {"a = 07\n", "07", FINDING_NOT_ALLOWED, REMEDY_REMOVE},
        {"a = 10L\n", "L", FINDING_NOT_ALLOWED, REMEDY_REMOVE}, REFUSED("a = 1e2_\n", "1e2_"),
        VALID("a = 00 + 0_0 + 0o7 + 07.5 + 09j + 0x_ff + 1_000.0_1e1_0 + 0xdead_beef\n"),
        {"a = 'C:\\Users'\n", "\\U", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        {"a = '\\x1'\n", "\\x1", FINDING_NOT_ALLOWED, REMEDY_WRITE}, REFUSED("a = u'\\u12'\n", "\\u12"),
        {"a = '\\N{}'\n", "\\N{}", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("a = r'C:\\Users'\n"),
        VALID("a = '\\u0041\\U0001F600\\x41\\N{DASH}\\q\\777'\n"), VALID("a = b'\\u\\N'\n"),
        VALID("a = f'\\N{DASH}{b}'\n"), VALID("a = '\\\\Users'\n"),
        {"a = b'\xC3\xA9'\n", "\xC3\xA9", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("a = b'\\xe9'\n"),
        REFUSED("a = b'c' 'd'\n", "'d'"), VALID("a = b'c' rb'd'\n"), VALID("a = 'c' f'd' r'e'\n"),
        REFUSED("a = f'{b!z}'\n", "!z"), VALID("a = f'{b!r:>10}'\n"),
        REFUSED("a = f'{lambda b: b}'\n", "lambda"));
}

static void python_parameters_in_order(void **unused) {
    (void)unused;
    RUN("python", {"def f(a=1, b): pass\n", "b", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        REFUSED("def f(*a, *b): pass\n", "*b"), REFUSED("def f(**a, b): pass\n", "b"),
        REFUSED("def f(*): pass\n", "*"), REFUSED("def f(*, **a): pass\n", "**a"),
        REFUSED("def f(a, (b, c)): pass\n", "(b, c)"), REFUSED("lambda (a): a\n", "(a)"),
        REFUSED("def f(/, a): pass\n", "/"), REFUSED("def f(a, /, b, /): pass\n", "/)"),
        REFUSED("def f(*a, /): pass\n", "/"), VALID("def f(a, b=1, *, c, d=2, e, **g): pass\n"),
        VALID("def f(a, /, b=1, *c, d: int, **e): pass\n"), VALID("lambda *a, **b: 0\n"),
        VALID("def f(a=1, /, b=2): pass\n"), {"f(,)\n", ",", FINDING_NOT_ALLOWED, REMEDY_REMOVE});
}

static void python_clauses(void **unused) {
    (void)unused;
    RUN("python", {"try:\n    a\nexcept B, c:\n    d\n", ",", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        REFUSED("try:\n    a\nexcept B, C:\n    d\n", ","),
        {"try:\n    a\n", "try", FINDING_MISSING_TOKEN, REMEDY_EXCEPT},
        {"try:\n    a\nelse:\n    b\n", "try", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        REFUSED("try:\n    a\nexcept B as c.d:\n    e\n", "c.d"),
        REFUSED("try: a\nexcept B: c\nexcept* D: e\n", "except*"), VALID("try: a\nfinally: b\n"),
        VALID("try: a\nexcept: b\n"), VALID("try: a\nexcept* B: c\n"),
        {"raise A, 'b'\n", "A, 'b'", FINDING_NOT_ALLOWED, REMEDY_WRITE}, REFUSED("raise from a\n", "raise"),
        VALID("raise A('b') from c\n"), VALID("raise (A, 'b')\n"), VALID("raise\n"),
        {"a <> b\n", "<>", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("a != b\n"),
        {"[a for a in b, c]\n", ",", FINDING_NOT_ALLOWED, REMEDY_WRITE}, REFUSED("f(a for a in b, c)\n", ","),
        VALID("[a for a in (b, c)]\n"), VALID("[a for a, b in c]\n"), VALID("for a in b, c: pass\n"),
        REFUSED("from a import b.c\n", ".c"),
        {"from a import b.py\n", ".py", FINDING_NOT_ALLOWED, REMEDY_REMOVE},
        VALID("from a.b import c as d, e\n"), {"from a import b,\n", ",", FINDING_NOT_ALLOWED, REMEDY_REMOVE},
        VALID("from a import (b,)\n"), VALID("import a.b\n"),
        REFUSED("match a:\n    case B(c=1, d): pass\n", "d"), VALID("match a:\n    case B(d, c=1): pass\n"));
}

static void python_blocks_hold_something(void **unused) {
    (void)unused;
    RUN("python", VALID("def f():\n    pass\n"), VALID("def f(): ...\n"),
        VALID("class A:\n    \"\"\"Words.\"\"\"\n"), VALID("class A:\n    # words\n    x = 1\n"));
    struct rule_violations violations = check("python", "def f():\n    # words\nx = 1\n", 0, 100, 10);
    bool found = false;
    for (size_t i = 0; i < violations.count; i++)
        found |= violations.items[i].remedy == REMEDY_PASS;
    assert_true(found);
    vec_finish(&violations);
}

static void json_holds_one_value(void **unused) {
    (void)unused;
    RUN("json", REFUSED("{} {}", "{}"), REFUSED("1\n2\n", "2"),
        {"{} // a", "// a", FINDING_NOT_ALLOWED, REMEDY_REMOVE},
        {"[1, /* b */ 2]", "/* b */", FINDING_NOT_ALLOWED, REMEDY_REMOVE}, VALID("{}"), VALID("[1, 2]\n"),
        VALID("\"// no comment\""));
    RUN("jsonc", REFUSED("{} []", "[]"), VALID("// a\n{} // b\n"), VALID("[1, /* b */ 2]"));
    RUN("json", {"[\"a\tb\"]", "\t", FINDING_NOT_ALLOWED, REMEDY_WRITE}, REFUSED("[\"a\x01\"]", "\x01"),
        {"[\"\\u12\"]", "\\u12", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        {"[\"\\uqqqq\"]", "\\u", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        {"[2.e3]", "2.e3", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        {"[1.]", "1.", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("[2.0e3, -0.5e1, 0]"),
        VALID("[\"\\u00e9\\\\u\\n\x7f\"]"), VALID("{\"a\": 1, \"a\": 2}"));
    struct rule_violations violations = check("json", "{} {}", 0, 5, 10);
    assert_int_equal(violations.count, 1);
    assert_int_equal(violations.items[0].start_byte, 3);
    vec_finish(&violations);
}

#define ADVICE(text, place, code)                                                                            \
    { text, place, code, REMEDY_NONE }

static void json_keys_twice_are_a_hint(void **unused) {
    (void)unused;
    with_advice = true;
    RUN("json", ADVICE("{\"a\": 1, \"b\": 2, \"a\": 3}", "\"a\": 3", FINDING_DUPLICATE),
        VALID("{\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}"), VALID("[{\"a\": 1}, {\"a\": 1}]"));
    struct rule_violations violations = check("jsonc", "{\"a\": 1, \"a\": 2}", 0, 16, 10);
    assert_int_equal(violations.count, 1);
    assert_int_equal(violations.items[0].severity, SEVERITY_HINT);
    vec_finish(&violations);
    with_advice = false;
}

static void python_jumps_outside_are_warnings(void **unused) {
    (void)unused;
    with_advice = true;
    RUN("python", REFUSED("return 1\n", "return"), REFUSED("class A:\n    return\n", "return"),
        REFUSED("break\n", "break"), REFUSED("while a:\n    def f():\n        continue\n", "continue"),
        REFUSED("for a in b:\n    c\nelse:\n    break\n", "break"),
        VALID("def f():\n    if a:\n        return\n"), VALID("while a:\n    if b:\n        break\n"),
        VALID("for a in b:\n    while c:\n        d\n    else:\n        continue\n"));
    struct rule_violations violations = check("python", "return 1\n", 0, 9, 10);
    assert_int_equal(violations.items[0].severity, SEVERITY_WARNING);
    vec_finish(&violations);
    with_advice = false;
}

static void java_statements(void **unused) {
    (void)unused;
    RUN("java", REFUSED("class A { void f() { a + 1; } }", "a + 1"),
        REFUSED("class A { void f() { a; } }", "a"), VALID("class A { void f() { a = 1; } }"),
        VALID("class A { void f() { a++; } }"), VALID("class A { void f() { g(); } }"),
        VALID("class A { void f() { new A(); } }"));
}

static void java_names(void **unused) {
    (void)unused;
    static const char text[] = "class Alpha { Beta() { } }";
    RUN("java", {text, "Beta", FINDING_NOT_ALLOWED, REMEDY_RENAME}, VALID("class Alpha { Alpha() { } }"),
        VALID("class Alpha { void Beta() { } }"), VALID("enum Alpha { A; Alpha() { } }"),
        REFUSED("class A { void f() { g(else); } }", "else"), VALID("class A { void f() { g(record); } }"));
    struct rule_violations violations = check("java", text, 0, sizeof text - 1, 10);
    assert_int_equal(violations.count, 1);
    const struct rule_violation *first = &violations.items[0];
    assert_int_equal(first->from_end - first->from_start, 5);
    assert_memory_equal(text + first->from_start, "Alpha", 5);
    vec_finish(&violations);
}

static void java_characters(void **unused) {
    (void)unused;
    RUN("java", {"class A { char c = 'ab'; }", "'ab'", FINDING_NOT_ALLOWED, REMEDY_DOUBLE_QUOTES},
        VALID("class A { char c = 'a'; }"), VALID("class A { char c = '\\u0041'; }"),
        VALID("class A { char c = '\\n'; }"), VALID("class A { char c = '\xC3\xA9'; }"));
}

static void go_items_and_lists(void **unused) {
    (void)unused;
    RUN("go", {"package p\nfunc f()\n{\n}\n", "{", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        REFUSED("package p\nx := 1\n", "x := 1"), REFUSED("package p\nf()\n", "f()"),
        {"main\nimport \"a\"\n", "main", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        {"package p\nfunc (a int) {}\n", " (a", FINDING_MISSING_TOKEN, REMEDY_NONE},
        VALID("package p\n\n// words\nimport \"a\"\nvar b = 1\nfunc (c D) e() {}\ntype F int\nconst g = 1\n"),
        {"package p\nfunc f() { go g; }\n", ";", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        {"package p\nfunc f() { defer func() {} }\n", " }", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        REFUSED("package p\nfunc f() { go (g()) }\n", "(g())"),
        VALID("package p\nfunc f() { go g(); defer func() {}() }\n"),
        REFUSED("package p\nfunc f() { for a, b, c = range d {} }\n", "a, b, c"),
        {"package p\nvar a = []int{\n1,\n2\n}\n", "\n}", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        {"package p\nvar a = b(\nc\n)\n", "\n)", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        VALID("package p\nvar a = []int{\n1,\n2, // words\n}\n"), VALID("package p\nvar a = b(c,\nd)\n"),
        VALID("package p\nvar a = b(func() {\n})\n"), REFUSED("package p\nfunc f(a int, b) {}\n", "b"),
        VALID("package p\nfunc f(a, b int, c ...d) (e, f) {}\n"),
        {"package p\nvar a = \"\\'\"\n", "\\'", FINDING_NOT_ALLOWED, REMEDY_WRITE});
}

static void rust_items_and_names(void **unused) {
    (void)unused;
    RUN("rust", {"fn f() { let type = 1; }", "type", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        {"fn macro() {}", "macro", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("fn f() { let r#type = 1; }"),
        VALID("fn f<'a>(b: &'static u8) {}"), VALID("macro_rules! a { ($b:expr) => { let type = 1; } }"),
        VALID("fn f() { a!(if type b) }"), VALID("fn f() { let union = dyn_; async_(); }"),
        {"let a = 1;", "let", FINDING_NOT_ALLOWED, REMEDY_WRITE}, REFUSED("fn f() {}\na + 1;", "a + 1"),
        VALID("match a { _ => 1 }"), {"fn f() {}\n;\n", ";", FINDING_NOT_ALLOWED, REMEDY_REMOVE},
        VALID("a! {} b!(); fn f() { let c = 1; ; }"),
        {"fn f() { let Some(a) = {b} else { return }; }", "}", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("fn f() { let Some(a) = b else { return }; let c = {d}; }"), REFUSED("fn f(a) {}", "a"),
        VALID("fn f(&self, a: u8) {}"), VALID("trait A { fn f(u8); }"), REFUSED("static _: u8 = 1;", "_"),
        VALID("const _: u8 = 1;"), REFUSED("fn f() { \"\\u{1234567}\"; }", "\\u"),
        VALID("fn f() { \"\\u{10FFFF}\"; }"));
}

static void script_names_and_literals(void **unused) {
    (void)unused;
    RUN("javascript", REFUSED("export\n", "export"), REFUSED("({var} = 0)", "var"),
        REFUSED("import {a as enum} from 'b'", "enum"), VALID("import {default as a} from 'b'"),
        VALID("export {a as default} from 'b'"), VALID("a.class = {new: 1, if() {}}"),
        VALID("let of, get, async;"), {"3in []", "in", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        VALID("3 in []; 1e5; 0x1f; 10n; 1_000"), VALID("a = 'b\\\nc'"), VALID("a = 'b\\\nc'"),
        VALID("a = <b c='d\ne'/>"), {"/a/gg", "g", FINDING_NOT_ALLOWED, REMEDY_REMOVE},
        {"/a/k", "k", FINDING_NOT_ALLOWED, REMEDY_REMOVE}, VALID("/a/dgimsuy"),
        REFUSED("'use strict'; a = 07", "07"), VALID("a = 07"), VALID("'use strict'; a = 0"),
        REFUSED("function f() { 'use strict'; g('\\1'); }", "\\1"), VALID("g('\\1')"),
        VALID("'use strict'; g('\\0')"), REFUSED("class A { b() { return 010; } }", "010"),
        REFUSED("`\\01`", "\\01"), VALID("String.raw`\\01`"),
        REFUSED("function* g() { let yield; }", "yield"), VALID("function f() { let yield; }"),
        REFUSED("async function f() { await.g(); }", "await"), VALID("function f() { await.g(); }"),
        REFUSED("async () => await.g()", "await"), VALID("async () => a ? await (0, b.c)(d) : e"),
        REFUSED("async () => { a(await, 1); }", "await"), VALID("async () => { await\n[a]; }"),
        VALID("async function await() {}"), {"'use strict';\nlet;", ";", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        VALID("let;"), {"'use strict';\ndelete a;", "a", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("delete a;"), VALID("'use strict';\ndelete a.b;"));
    RUN("typescript", REFUSED("export\n", "export"), {"3in []", "in", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        VALID("function f(this: A): void {}"), VALID("let a: [default: string];"));
    RUN("typescriptreact", VALID("a = <this.Row b='c\nd'/>"));
}

static void script_statements(void **unused) {
    (void)unused;
    RUN("javascript", {"try { a(); }", "", FINDING_MISSING_TOKEN, REMEDY_WRITE}, VALID("try {} catch {}"),
        VALID("try {} finally {}"), {"function () {}", "() {}", FINDING_MISSING_TOKEN, REMEDY_WRITE},
        {"class {}", "{}", FINDING_MISSING_TOKEN, REMEDY_WRITE}, VALID("export default function () {}"),
        VALID("(function () {})()"), REFUSED("function a() {}\n.b = 1;", ".b"),
        REFUSED("class A {}\n.b()", ".b"), REFUSED("{a: b, c: d} = e;", "="), VALID("({a} = b);"),
        VALID("(function () {}).a = 1;"), VALID("a = {}.b;"), VALID("a = function () {}.b;"),
        {"function f() { for await (a of b) {} }", "await", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("async function f() { for await (a of b) {} }"), REFUSED("if (a) let b = 1;", "let"),
        REFUSED("while (a) function b() {}", "function"), VALID("if (a) function b() {}"),
        VALID("for (let a = 1;;) {}"), VALID("if (a) var b = 1; else { let c; }"), REFUSED("break", "break"),
        {"while (a) { (() => { break; })(); }", "break", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("while (a) break;"), REFUSED("switch (a) { case 1: continue; }", "continue"),
        VALID("for (;;) switch (a) { case 1: continue; }"), REFUSED("a: while (b) { continue c; }", "c"),
        VALID("a: { break a; }"), VALID("a: b: for (;;) { continue a; }"),
        REFUSED("{ import 'a' }", "import"), REFUSED("if (a) { export {b}; }", "export"),
        VALID("import 'a'; export {b}"), UNKNOWN("switch (a) { default: default: }", "default"),
        VALID("switch (a) { default: case 1: }"),
        {"let a = 1;\nlet a = 2;", "a = 2", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        UNKNOWN("const a = 1; var a = 2;", "a = 2"), UNKNOWN("{ class A {} let A; }", "A;"),
        VALID("var a; var a; function a() {}"), VALID("let a; { let a; }"), VALID("function f(a) { var a; }"),
        UNKNOWN("class A { constructor() {} constructor() {} }", "constructor() {} }"),
        VALID("class A { constructor() {} static constructor() {} }"));
}

static void script_code_in_functions(void **unused) {
    (void)unused;
    RUN("javascript", {"function f() { await g(); }", "await", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("async function f() { await g(); }"), VALID("await g();"),
        {"async () => { a.map(b => await b); }", "await", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("async () => await a"), VALID("class A { async b() { await c; } }"),
        REFUSED("function f() { yield a; }", "yield"), VALID("function* f() { yield a; }"),
        VALID("function f() { yield * a; }"), VALID("({ *f() { yield a; } })"),
        REFUSED("function f() { super(); }", "super"), VALID("({ f() { super.a; } })"),
        VALID("class A extends B { constructor() { super(); } c = super.d; static { super.e; } }"),
        VALID("class A { b() { return () => super.b(); } }"),
        REFUSED("class A { b() { (super).c; } }", "super"));
}

static void script_targets(void **unused) {
    (void)unused;
    RUN("javascript", REFUSED("(a + b) = c", "(a + b)"), REFUSED("a && b = c", "a && b"),
        REFUSED("+a = b", "+a"), REFUSED("a?.b = c", "a?.b"), VALID("(a) = b; (a.b) = c; a = b = c"),
        VALID("a && (b = c)"), VALID("a ? b : c = d"), REFUSED("let [a];", "[a]"),
        {"const a;", "a", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("for (const a of b);"),
        VALID("const [a] = b; let c;"), REFUSED("for (var a = 1 of b);", "="), VALID("for (var a = 1 in b);"),
        REFUSED("for (({a}) of b);", "({a})"), REFUSED("function f(...a, b) {}", ", b"),
        REFUSED("let [...a, b] = c", ", b"), VALID("f(...a, b); [...a, b]"), VALID("let [, a, , ...b] = c"),
        REFUSED("function f({a: b.c}) {}", "b.c"), VALID("function f({a: b = c.d}) {}"),
        REFUSED("({ get a(b) {} })", "(b)"), REFUSED("class A { set a() {} }", "()"),
        VALID("class A { get a() {} set a(b) {} }"), VALID("({ get: 1, set(a, b) {}, get() {} })"),
        {"a || () => b", "() => b", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("a || (() => b)"),
        {"a\n=> b", "=>", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("(a,\nb) => c"), VALID("a =>\nb"),
        {"a ?? b || c", "b || c", FINDING_NOT_ALLOWED, REMEDY_WRITE}, VALID("a ?? (b || c)"),
        VALID("a ?? b ?? c"), {"class A extends b + c {}", "b + c", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("class A extends b(c).d {}"));
    RUN("typescript", REFUSED("a && b = c", "a && b"),
        {"a || () => b", "() => b", FINDING_NOT_ALLOWED, REMEDY_WRITE},
        VALID("const a = async <T,>(b: T) => {}"), VALID("a = (b) => c<d>`e`"));
}

static void ranges_and_limits(void **unused) {
    (void)unused;
    static const char text[] = "class A { void f() { a; } void g() { b; } void h() { c; } }";
    uint32_t b = (uint32_t)(strstr(text, "b;") - text);
    struct rule_violations all = check("java", text, 0, sizeof text - 1, 10);
    struct rule_violations two = check("java", text, 0, sizeof text - 1, 2);
    struct rule_violations middle = check("java", text, b, b + 1, 10);
    assert_int_equal(all.count, 3);
    assert_int_equal(two.count, 2);
    bool seen = false;
    for (size_t i = 0; i < middle.count; i++)
        seen |= middle.items[i].start_byte == b;
    assert_true(seen);
    assert_true(middle.count < 3);
    vec_finish(&all);
    vec_finish(&two);
    vec_finish(&middle);
    rule_checker_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c_keywords_are_no_names),
        cmocka_unit_test(c_statements_stand_in_functions),
        cmocka_unit_test(c_strings_stand_beside_macros),
        cmocka_unit_test(c_values_and_casts),
        cmocka_unit_test(c_places_and_directives),
        cmocka_unit_test(python_statements_of_version_2),
        cmocka_unit_test(python_arguments_in_order),
        cmocka_unit_test(python_operands_and_types),
        cmocka_unit_test(python_keywords_are_no_names),
        cmocka_unit_test(python_blocks_stand_in_one_column),
        cmocka_unit_test(python_tabs_and_continuations),
        cmocka_unit_test(python_statements_end_with_their_line),
        cmocka_unit_test(python_targets),
        cmocka_unit_test(python_stars_and_names),
        cmocka_unit_test(python_literals),
        cmocka_unit_test(python_parameters_in_order),
        cmocka_unit_test(python_clauses),
        cmocka_unit_test(python_blocks_hold_something),
        cmocka_unit_test(json_holds_one_value),
        cmocka_unit_test(json_keys_twice_are_a_hint),
        cmocka_unit_test(python_jumps_outside_are_warnings),
        cmocka_unit_test(java_statements),
        cmocka_unit_test(java_names),
        cmocka_unit_test(java_characters),
        cmocka_unit_test(go_items_and_lists),
        cmocka_unit_test(rust_items_and_names),
        cmocka_unit_test(script_names_and_literals),
        cmocka_unit_test(script_statements),
        cmocka_unit_test(script_code_in_functions),
        cmocka_unit_test(script_targets),
        cmocka_unit_test(ranges_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
