/* Lines that are what is left of a directive. */
#include "analysis/lost_line.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_MAX 600

static void find(const char *text, uint32_t length, struct lost_lines *lines) {
    struct c_scan scan = {0};
    c_scan_take(&scan, mem_strndup(text, length), length);
    lost_lines_find(&scan, lines);
    c_scan_forget(&scan);
}

/* What the text is after the repair of its one line, and what is said of it. */
static void mends(const char *text, const char *mended, const char *message) {
    struct lost_lines lines = {0};
    uint32_t length = (uint32_t)strlen(text);
    find(text, length, &lines);
    if (lines.count != 1) fail_msg("%s: %zu lines", text, lines.count);
    const struct lost_line *line = &lines.items[0];
    assert_string_equal(line->message, message);
    assert_int_equal(line->title != NULL, line->text != NULL);
    assert_int_equal(line->text != NULL, mended != NULL);
    if (mended) {
        char made[TEXT_MAX];
        assert_true(strlen(text) + strlen(line->text) < sizeof made);
        memcpy(made, text, line->write_start);
        strcpy(made + line->write_start, line->text);
        strcat(made, text + line->write_end);
        assert_string_equal(made, mended);
        struct lost_lines left = {0};
        find(made, (uint32_t)strlen(made), &left);
        if (left.count) fail_msg("%s: %s", made, left.items[0].message);
        vec_finish(&left);
    }
    vec_finish(&lines);
}

static void none(const char *text) {
    struct lost_lines lines = {0};
    find(text, (uint32_t)strlen(text), &lines);
    for (size_t i = 0; i < lines.count; i++)
        if (lines.items[i].message) fail_msg("%s: %s", text, lines.items[i].message);
    vec_finish(&lines);
}

static void the_mark_is_lost(void **unused) {
    (void)unused;
    mends("include <string.h>\nint a;\n", "#include <string.h>\nint a;\n", "missing `#` before `include`");
    mends("int a;\n include \"a.h\"\n", "int a;\n #include \"a.h\"\n", "missing `#` before `include`");
    mends("define MAX 3\nint a;\n", "#define MAX 3\nint a;\n", "missing `#` before `define`");
    mends("define F(x) (x)\nint main(void)\n{\n}\n", "#define F(x) (x)\nint main(void)\n{\n}\n",
          "missing `#` before `define`");
    mends("define F(x) do { \\\n  x; \\\n} while (0)\n", "#define F(x) do { \\\n  x; \\\n} while (0)\n",
          "missing `#` before `define`");
    mends("BEGIN_C\ndefine EMPTY\nint a;\n", "BEGIN_C\n#define EMPTY\nint a;\n",
          "missing `#` before `define`");
    mends("undef X\nint a;\n", "#undef X\nint a;\n", "missing `#` before `undef`");
    mends("pragma once\n#include <a.h>\n", "#pragma once\n#include <a.h>\n", "missing `#` before `pragma`");
    mends("ifdef A\nint a;\n#endif\n", "#ifdef A\nint a;\n#endif\n", "missing `#` before `ifdef`");
    mends("ifndef A_H\n#define A_H\n#endif\n", "#ifndef A_H\n#define A_H\n#endif\n",
          "missing `#` before `ifndef`");
    mends("#ifdef A\nint a;\nendif /* A */\nint b;\n", "#ifdef A\nint a;\n#endif /* A */\nint b;\n",
          "missing `#` before `endif`");
    mends("#ifdef A\nint a;\nelse\nint b;\n#endif\n", "#ifdef A\nint a;\n#else\nint b;\n#endif\n",
          "missing `#` before `else`");
    mends("#if A\nint a;\nelif B\nint b;\n#endif\n", "#if A\nint a;\n#elif B\nint b;\n#endif\n",
          "missing `#` before `elif`");
    mends("if defined(A)\nint a;\n#endif\n", "#if defined(A)\nint a;\n#endif\n", "missing `#` before `if`");
    mends("#ifndef A_H\n#define A_H\nif !defined(B)\n#error \"b\"\n#endif\n#endif\n",
          "#ifndef A_H\n#define A_H\n#if !defined(B)\n#error \"b\"\n#endif\n#endif\n",
          "missing `#` before `if`");
    mends("#ifdef __cplusplus\nextern \"C\" {\nendif\nint a;\n#ifdef __cplusplus\n}\n#endif\n",
          "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif\n",
          "missing `#` before `endif`");
    mends("int f(void)\n{\nif A\n  g();\n#endif\n}\n", "int f(void)\n{\n#if A\n  g();\n#endif\n}\n",
          "missing `#` before `if`");
}

static void a_word_is_lost(void **unused) {
    (void)unused;
    mends("#<string.h>\n", "#include <string.h>\n", "missing `include` behind `#`");
    mends("# \"a.h\"\n", "#include \"a.h\"\n", "missing `include` behind `#`");
    mends("<string.h>\ntypedef int a;\n", "#include <string.h>\ntypedef int a;\n", "missing `#include`");
    mends("int b;\n <sys/a.h>\nstruct a;\n", "int b;\n#include <sys/a.h>\nstruct a;\n", "missing `#include`");
    mends("#define A_H\n\"a.h\"\nint a;\n", "#define A_H\n#include \"a.h\"\nint a;\n", "missing `#include`");
    mends("#ifndef A_H\nA_H\nint a;\n#endif\n", "#ifndef A_H\n#define A_H\nint a;\n#endif\n",
          "missing `#define`");
    mends(" A_H\n#define A_H\nint a;\n#endif\n", "#ifndef A_H\n#define A_H\nint a;\n#endif\n",
          "missing `#ifndef`");
    mends("#define SIG_A (1)\n SIG_B (2)\nint a;\n", "#define SIG_A (1)\n#define SIG_B (2)\nint a;\n",
          "missing `#define`");
    mends("int a;\nopen_it(a) \\\n  (a)->open\nint b;\n",
          "int a;\n#define open_it(a) \\\n  (a)->open\nint b;\n", "missing `#define`");
    mends("int a;\nFOO(x) (x+1)\nint b;\n", "int a;\n#define FOO(x) (x+1)\nint b;\n", "missing `#define`");
}

static void directives_need_an_argument(void **unused) {
    (void)unused;
    mends("#undef\nint a;\n", "int a;\n", "`#undef` needs a name");
    mends("#define /* a */\nint a;\n", "int a;\n", "`#define` needs a name");
    mends("#include", "", "`#include` needs the name of a file");
    mends("#if\nint a;\n#endif\n", NULL, "`#if` needs a condition");
    mends("#ifdef\nint a;\n#endif\n", NULL, "`#ifdef` needs a name");
    mends("#if A\nint a;\n#elif\nint b;\n#endif\n", NULL, "`#elif` needs a condition");
    mends("#define 64BIT 1\n", "#define _64BIT 1\n", "the name of a macro does not begin with a digit");
    mends("#ifndef A_H\n#define A_H\n#undef\n#endif\n", "#ifndef A_H\n#define A_H\n#endif\n",
          "`#undef` needs a name");
    mends("#ifdef A\n#undef\n#endif\n", "#ifdef A\n#endif\n", "`#undef` needs a name");
    /* In a branch that is never compiled nobody looks at them. */
    none("#if 0\n#undef\n#define\n#include\n#define 64BIT 1\n#<a.h>\n#if\n#endif\n#endif\n");
}

static void branches_have_a_beginning(void **unused) {
    (void)unused;
    mends("#if A\nint a;\n#else\nint b;\n#else\nint c;\n#endif\n",
          "#if A\nint a;\n#else\nint b;\nint c;\n#endif\n", "a second `#else` of one `#if`");
    mends("#if A\nint a;\n#else\nint b;\n#elif B\nint c;\n#endif\n",
          "#if A\nint a;\n#else\nint b;\nint c;\n#endif\n", "`#elif` behind the `#else`");
    mends("int a;\n#else\nint b;\n", "int a;\nint b;\n", "no `#if` before this `#else`");
    mends("int a;\n#elif B\nint b;\n", "int a;\nint b;\n", "no `#if` before this `#elif`");
    mends("int a;\n#elif\nint b;\n", "int a;\nint b;\n", "no `#if` before this `#elif`");
    struct lost_lines lines = {0};
    const char *text = "int a;\n#else\nint b;\n#endif\n"; /* one mistake */
    find(text, (uint32_t)strlen(text), &lines);
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.items[0].message, "no `#if` before this `#else`");
    assert_null(lines.items[0].text);
    assert_null(lines.items[1].message);
    assert_ptr_equal(lost_lines_at(&lines, 7), &lines.items[0]);
    assert_null(lost_lines_at(&lines, 8));
    vec_finish(&lines);
    /* Another directive is gone: nobody knows which of them is wrong. */
    none("#if A\nint a;\n#if B\n#else\nint b;\n#else\nint c;\n#endif\n");
}

static void code_is_none_of_these(void **unused) {
    (void)unused;
    none("int f(void)\n{\n    int include;\n    include = 3;\n    define(include);\n    goto endif;\nendif:\n"
         "    return include;\n}\n");
    none("typedef int pragma;\npragma once;\ntypedef struct s include;\ninclude *p;\n");
    none("typedef int define;\ndefine MAX\n= 3;\n");
    none("define MAX;\n");
    none("define f(int a)\n{\n}\n");
    none("int ifdef, endif\n, undef;\n");
    none("int f(int a)\n{\n    if (a)\n        g();\n    else\n        h();\n}\n");
    none("#ifdef A\nint f(int a)\n{\n    if (a)\n        g();\n    else\n        h();\n}\n#endif\n");
    none("const char *names[] = {\n\"a.h\"\n};\nconst char *a =\n\"a.h\"\n;\n");
    none("const char *a =\n#ifdef B\n\"b.h\"\n#else\n\"c.h\"\n#endif\n;\n");
    none("#define FOO(x) int x;\nFOO(x) (x+1)\n");
    none("#define SIG_A (1)\nSIG_B (2);\nint a;\n");
    none("#define SIG_A (1)\n\nSIG_B (2)\nint a;\n");
    none("#define SIG_A (1)\nint a\n= 3;\n");
    none("#define ONE 1\nlist (2)\nint a;\n");
    none("A_H\n#define A_H\nint a;\n");
    none("#if 0\ninclude <a.h>\nendif\ndefine A 1\n\"a.h\"\n#endif\n");
    none("#\n# /* a */\n#pragma\n#line 3\n# 3 \"a.c\"\n");
    none("#if A\n#else\n#endif\n#ifndef A_H\nint a;\n#endif\n");
    none("/* include <a.h>\ninclude <b.h>\n*/\n");
    none("");
}

static void lines_are_hidden_among_tokens(void **unused) {
    (void)unused;
    const char *text = "int a;\ndefine B 1\nifdef C\nint b;\n#endif\n";
    uint32_t length = (uint32_t)strlen(text);
    struct lost_lines lines = {0};
    struct c_tokens tokens = {0};
    find(text, length, &lines);
    assert_int_equal(lines.count, 2);
    c_token_scan(text, length, &tokens);
    lost_lines_hide(&lines, 0, length, &tokens);
    assert_int_equal(tokens.count, 9);
    assert_int_equal(tokens.items[3].kind, C_DIRECTIVE);
    assert_int_equal(tokens.items[3].byte, C_DIRECTIVE_OTHER);
    assert_int_equal(tokens.items[3].end_byte - tokens.items[3].start_byte, strlen("define B 1"));
    assert_int_equal(tokens.items[4].kind, C_DIRECTIVE);
    assert_int_equal(tokens.items[4].byte, C_DIRECTIVE_IFDEF);
    uint32_t start, end;
    c_token_argument(text, &tokens.items[4], &start, &end);
    assert_memory_equal(text + start, " C", 2);
    assert_int_equal(end - start, 2);
    vec_finish(&tokens);
    /* A piece that begins behind the first. */
    uint32_t from = 18;
    c_token_scan(text + from, length - from, &tokens);
    lost_lines_hide(&lines, from, length, &tokens);
    assert_int_equal(tokens.count, 5);
    assert_int_equal(tokens.items[0].kind, C_DIRECTIVE);
    vec_finish(&tokens);
    vec_finish(&lines);
}

static void hostile_texts_end(void **unused) {
    (void)unused;
    static const char *const parts[] = {"#undef\n",       "#if\n",   "define A\n",
                                        "FOO(x) (x+1)\n", "#else\n", "endif\n",
                                        "#ifndef A\nA\n", "(",       "#"};
    enum { COPIES = 3000 };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t length = strlen(parts[i]);
        char *text = test_malloc(COPIES * length);
        for (size_t k = 0; k < COPIES; k++)
            memcpy(text + k * length, parts[i], length);
        struct lost_lines lines = {0};
        find(text, (uint32_t)(COPIES * length), &lines);
        assert_true(lines.count <= 110);
        vec_finish(&lines);
        test_free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mark_is_lost),
        cmocka_unit_test(a_word_is_lost),
        cmocka_unit_test(directives_need_an_argument),
        cmocka_unit_test(branches_have_a_beginning),
        cmocka_unit_test(code_is_none_of_these),
        cmocka_unit_test(lines_are_hidden_among_tokens),
        cmocka_unit_test(hostile_texts_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
