/* Each row is one place of an unknown macro: what becomes of the text, dots standing for blanks that were
 * written. */
#include "analysis/positional.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool is_known(const char *name, uint32_t length, void *payload) {
    (void)payload;
    return length == 5 && !memcmp(name, "KNOWN", 5);
}

static void rewrite(const char *input, char *out, struct positional_changes *changes) {
    struct positional_params params = {.is_known = is_known};
    strcpy(out, input);
    positional_rewrite(out, (uint32_t)strlen(out), &params, changes);
}

/* Dots of the expectation are blanks. */
static void check(const char *input, const char *expected) {
    char out[512], wanted[512];
    struct positional_changes changes = {0};
    rewrite(input, out, &changes);
    strcpy(wanted, expected);
    for (char *c = wanted; *c; c++)
        if (*c == '.') *c = ' ';
    assert_string_equal(out, wanted);
    for (size_t i = 0; i < strlen(input); i++) {
        bool inside = false;
        for (size_t k = 0; k < changes.count; k++)
            inside |= changes.items[k].start_byte <= i && i < changes.items[k].end_byte;
        if (!inside) assert_int_equal(out[i], input[i]);
    }
    vec_finish(&changes);
}

static void attributes_of_declarations(void **unused) {
    (void)unused;
    check("static NAME int f(void);", "static .... int f(void);");
    check("NAME int f(void);", ".... int f(void);");
    check("NAME(1) int f(void);", "....... int f(void);");
    check("int NAME f(void);", "int .... f(void);");
    check("int *NAME f(void);", "int *.... f(void);");
    check("int f(void) NAME;", "int f(void) ....;");
    check("int f(void) NAME(1, 2);", "int f(void) ..........;");
    check("int f(void) NAME {", "int f(void) .... {");
    check("int x NAME;", "int x ....;");
    check("int x NAME = 3;", "int x .... = 3;");
    check("int x[2] NAME(4) = {1};", "int x[2] ....... = {1};");
    check("static BOOL NAME f(int a);", "static BOOL .... f(int a);");
    check("static BOOL NAME OTHER f(int a);", "static BOOL .... ..... f(int a);");
    check("__init void f(void);", "...... void f(void);");
    check("struct NAME s { int a; };", "struct .... s { int a; };");
    check("void f(code NAME * NAME *table);", "void f(code .... * .... *table);");
    check("void f(char NAME *s, int n);", "void f(char .... *s, int n);");
    check("void f(int a NAME, int *b NAME);", "void f(int a ...., int *b ....);");
    check("struct s { int a NAME; NAME int b; };", "struct s { int a ....; .... int b; };");
    check("void f(void) { int x NAME; int *y NAME = 0; }", "void f(void) { int x ....; int *y .... = 0; }");
    check("} __name x;", "} __name x;");
    check("x = (__u32 __name)y;", "x = (__u32 ......)y;");
    check("int f(void) _name_(1, 2);", "int f(void) ............;");
    check("static NAME(int, x) = {0};", "static int N....... = {0};");
    check("enum e { A NAME, B NAME(2) = 3 };", "enum e { A ...., B ....... = 3 };");
    check("void f(struct s *) NAME ((1));", "void f(struct s *) ..........;");
    check("int f(void) NAME((1)) OTHER;", "int f(void) ......... .....;");
    check("void *NAME NAME((2))\nf(int x) { }", "void *.... .........\nf(int x) { }");
    check("NAME static T *x;", ".... static T *x;");
    check("NAME\nTYPE *f(void);", "....\nTYPE *f(void);");
    check("void f(NAME void (*)(int));", "void f(.... void (*)(int));");
}

static void types_stay(void **unused) {
    (void)unused;
    check("NAME x;", "NAME x;");
    check("static NAME x;", "static NAME x;");
    check("NAME *f(NAME a, const NAME *b);", "NAME *f(NAME a, const NAME *b);");
    check("typedef struct NAME NAME;", "typedef struct NAME NAME;");
    check("NAME(int) *x;", "NAME..... *x;");
    check("static NAME(int) f(NAME(int) a);", "static NAME..... f(NAME..... a);");
    check("void f(void) { x = (NAME(int) *)y; }", "void f(void) { x = (NAME..... *)y; }");
    check("void f(const NAME(int) *a);", "void f(const NAME..... *a);");
}

static void statements(void **unused) {
    (void)unused;
    check("void f(void) {\n    NAME(a)\n    b = 1;\n}", "void f(void) {\n    ......;\n    b = 1;\n}");
    check("void f(void) {\n    NAME\n    b = 1;\n}", "void f(void) {\n    ...;\n    b = 1;\n}");
    check("void f(void) { NAME(a, b) { c(); } }", "void f(void) { .......... { c(); } }");
    check("NAME(a, b)\nstatic int f(void);", "..........\nstatic int f(void);");
    check("NAME(\"a\")\nNAME(\"b\")\nint a;", ".........\n.........\nint a;");
    check("struct s {\n    NAME(a)\n    int b;\n};", "struct s {\n    .......\n    int b;\n};");
    check("void f(void) { my_for_each_x(a, b) { c(); } }", "void f(void) { ................... { c(); } }");
    check("void f(void) { my_for_each_x(a, b); }", "void f(void) { my_for_each_x(a, b); }");
    /* A compiler's own function, not a macro. */
    check("void f(void) {\n    __name(a)\n    b = 1;\n}", "void f(void) {\n    __name(a)\n    b = 1;\n}");
    /* The same macro with its `;`: here it was lost. */
    check("void f(void) {\n    NAME(a)\n    b = 1;\n    NAME(c);\n}",
          "void f(void) {\n    NAME(a)\n    b = 1;\n    NAME(c);\n}");
    check("void f(void) {\n    NAME(a) b = 1;\n}", "void f(void) {\n    NAME(a) b = 1;\n}");
    check("void f(void) {\n    x = a\n    NAME(b);\n}", "void f(void) {\n    x = a\n    NAME(b);\n}");
}

static void arguments_and_lists(void **unused) {
    (void)unused;
    check("int f P((int a));", "int f ..(int a).;");
    check("void f(void) { x = NAME(int, y); }", "void f(void) { x = NAME(......); }");
    check("void f(void) { x = NAME(struct s *, y); }", "void f(void) { x = NAME(.............); }");
    check("void f(void) { x = NAME(y, z); }", "void f(void) { x = NAME(y, z); }");
    check("void f(EV_P_ int x);", "void f(..... int x);");
    check("char *s = \"a\" NAME(b) \"c\";", "char *s = \"a\" NAME... \"c\";");
}

static void whole_calls(void **unused) {
    (void)unused;
    struct positional_params params = {.whole_call = true};
    static const struct {
        const char *input, *output;
    } rows[] = {{"NAME(int a; struct b *c,)", "                         "},
                {"NAME(int);", "         ;"},
                {"NAME(int) x;", "NAME(int) x;"},
                {"name(int)", "name(int)"},
                {"NAME(int", "NAME(int"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[64];
        struct positional_changes changes = {0};
        strcpy(out, rows[i].input);
        positional_rewrite(out, (uint32_t)strlen(out), &params, &changes);
        assert_string_equal(out, rows[i].output);
        vec_finish(&changes);
    }
}

static void others_are_left_alone(void **unused) {
    (void)unused;
    check("KNOWN int f(void);", "KNOWN int f(void);");
    check("name int f(void);", "name int f(void);");
    check("void f(void) { return NAME x; }", "void f(void) { return NAME x; }");
    check("void f(void) { g(a) NAME; }", "void f(void) { g(a) NAME; }");
    check("void f(void) { x = a NAME b; }", "void f(void) { x = a NAME b; }");
    check("__attribute__((x)) int f(void);", "__attribute__((x)) int f(void);");
    check("FILE *f; DIR *d;", "FILE *f; DIR *d;");
    check("", "");
    check("NAME(", "NAME(");
    check(")NAME", ")NAME");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_of_declarations),
        cmocka_unit_test(types_stay),
        cmocka_unit_test(statements),
        cmocka_unit_test(arguments_and_lists),
        cmocka_unit_test(whole_calls),
        cmocka_unit_test(others_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
