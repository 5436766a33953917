/* Each row is a text and the items it is split into. */
#include "analysis/item.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ITEMS_MAX 8

struct desk {
    struct c_tokens tokens;
    struct branches branches;
    struct items items;
};

static void split(struct desk *desk, const char *text) {
    vec_clear(&desk->tokens);
    vec_clear(&desk->items);
    c_token_scan(text, (uint32_t)strlen(text), &desk->tokens);
    branches_find(text, &desk->tokens, &desk->branches);
    items_split(text, &desk->tokens, &desk->branches, NULL, 0, &desk->items);
    uint32_t passed = 0;
    for (size_t i = 0; i < desk->items.count; i++) {
        const struct item *item = &desk->items.items[i];
        assert_true(item->first_token >= passed && item->end_token > item->first_token &&
                    item->end_token <= desk->tokens.count);
        passed = item->end_token;
        bool directives = false, conditional = false;
        for (uint32_t t = item->first_token; t < item->end_token; t++) {
            bool directive = desk->tokens.items[t].kind == C_DIRECTIVE;
            directives |= directive;
            conditional |= directive && desk->tokens.items[t].byte != C_DIRECTIVE_OTHER;
        }
        assert_int_equal(item->directives, directives);
        assert_int_equal(item->conditional, conditional);
    }
}

static void finish(struct desk *desk) {
    vec_finish(&desk->tokens);
    branches_finish(&desk->branches);
    vec_finish(&desk->items);
}

/* Items stand in the text one behind the other; what is between them is in none. */
static void check(const char *text, const char *const *expected) {
    struct desk desk = {0};
    split(&desk, text);
    size_t count = 0;
    for (; expected[count]; count++) {
        if (count >= desk.items.count) fail_msg("%s: no item %s", text, expected[count]);
        uint32_t start = desk.tokens.items[desk.items.items[count].first_token].start_byte;
        uint32_t end = desk.tokens.items[desk.items.items[count].end_token - 1].end_byte;
        if (end - start != strlen(expected[count]) || memcmp(text + start, expected[count], end - start) != 0)
            fail_msg("%s:\nthe item\n%.*s\nis no\n%s", text, (int)(end - start), text + start,
                     expected[count]);
    }
    if (count != desk.items.count) fail_msg("%s: %zu items", text, desk.items.count);
    finish(&desk);
}

#define ITEMS(text, ...) check(text, (const char *const[]){__VA_ARGS__, NULL})
#define NO_ITEMS(text)   check(text, (const char *const[]){NULL})
/* The text is one item. */
#define ITEM(text) ITEMS(text, text)

static void declarations_end_with_semicolons(void **unused) {
    (void)unused;
    NO_ITEMS("");
    NO_ITEMS("#include <a.h>\n#define X {\n/* int a; */");
    ITEMS("int a; int b;", "int a;", "int b;");
    ITEMS("int f(int a, int (*b)(void));\nint c[2];", "int f(int a, int (*b)(void));", "int c[2];");
    ITEM("int a[] = {1, 2}, b;");
    ITEM("int a = (struct s){1}.x, b = 2;");
    ITEM("int (*f(void))[2];");
    ITEMS(";;", ";", ";");
    ITEMS("a; b", "a;", "b");
    ITEMS("_Static_assert(sizeof(struct s { int a; }) == 4, \"a\");\nint b;",
          "_Static_assert(sizeof(struct s { int a; }) == 4, \"a\");", "int b;");
}

static void definitions_end_with_their_brace(void **unused) {
    (void)unused;
    ITEMS("int f(void) { a; }\nint g(void) { { b; } }", "int f(void) { a; }", "int g(void) { { b; } }");
    ITEMS("struct s *f(void) { }\nint b;", "struct s *f(void) { }", "int b;");
    ITEMS("struct s f(void) { }\nint b;", "struct s f(void) { }", "int b;");
    ITEMS("void f(struct s { int a; } b) { }\nint c;", "void f(struct s { int a; } b) { }", "int c;");
    ITEMS("f(a, b)\nint a;\nchar *b;\n{ }\nint c;", "f(a, b)\nint a;\nchar *b;\n{ }", "int c;");
    ITEMS("int f(a) int a; { }", "int f(a) int a; { }");
    ITEMS("int f(void) <% %> int b;", "int f(void) <% %>", "int b;");
    ITEMS("TEST(a, b) { c; }\nTEST(d, e) { }", "TEST(a, b) { c; }", "TEST(d, e) { }");
    ITEMS("int f(void) ATTRIBUTE { }\nint b;", "int f(void) ATTRIBUTE { }", "int b;");
}

static void aggregates_go_on_to_their_semicolon(void **unused) {
    (void)unused;
    ITEMS("struct s { int a; };\nint b;", "struct s { int a; };", "int b;");
    ITEMS("struct s { int a; } x, *y;\nint b;", "struct s { int a; } x, *y;", "int b;");
    ITEMS("typedef struct { int a; } s;\nint b;", "typedef struct { int a; } s;", "int b;");
    ITEMS("enum { A, B };\nint b;", "enum { A, B };", "int b;");
    ITEM("static const struct s a = { {1}, {2} };");
    ITEM("struct s { struct { int a; } b; union { int c; }; } d[2] = {{1}};");
    ITEM("struct __attribute__((packed)) s { int a; } b;");
    ITEM("struct PACKED s { int a; } b;");
    ITEM("struct PACKED(2) s { int a; } b;");
}

static void macros_without_semicolon_belong_to_what_follows(void **unused) {
    (void)unused;
    ITEMS("MODULE(a)\nint b;\nint c;", "MODULE(a)\nint b;", "int c;");
    ITEMS("MODULE(int a; int b;)\nint c;", "MODULE(int a; int b;)\nint c;");
    ITEMS("BEGIN_DECLS\nint a;\nEND_DECLS", "BEGIN_DECLS\nint a;", "END_DECLS");
    ITEMS("ENTRY(a, { b; c; });\nint d;", "ENTRY(a, { b; c; });", "int d;");
}

static void linkage_is_in_no_item(void **unused) {
    (void)unused;
    ITEMS("extern \"C\" {\nint a;\nint b;\n}\nint c;", "int a;", "int b;", "int c;");
    ITEMS("extern \"C\" int a;", "extern \"C\" int a;");
    ITEMS("#ifdef __cplusplus\nextern \"C\" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif\nint b;",
          "int a;", "int b;");
}

static void branches_between_items_are_in_none(void **unused) {
    (void)unused;
    ITEMS("#if A\nint a;\n#else\nint b;\nint c;\n#endif\nint d;", "int a;", "int b;", "int c;", "int d;");
    ITEMS("#if 0\nint a(\n#endif\nint d;", "int d;");
    ITEMS("#if A\n#if B\nint a;\n#endif\n#endif\nint d;", "int a;", "int d;");
    ITEMS("#ifndef H\n#define H\nint a;\n#endif", "int a;");
    ITEMS("#if A\nint a;\n#else\n#error no (\n#endif\nint d;", "int a;", "int d;");
}

static void branches_inside_items_belong_to_them(void **unused) {
    (void)unused;
    ITEM("int a = {\n#if A\n1,\n#endif\n2};");
    ITEM("int f(void) {\n#if A\nif (a) {\n#else\nif (b) {\n#endif\n}\n}");
    ITEMS("#if A\nint f(int a)\n#else\nint f(void)\n#endif\n{ }\nint b;",
          "#if A\nint f(int a)\n#else\nint f(void)\n#endif\n{ }", "int b;");
    ITEMS("int f(int a,\n#if A\nint b) {\n#else\nint c) {\n#endif\n}\nint d;",
          "int f(int a,\n#if A\nint b) {\n#else\nint c) {\n#endif\n}", "int d;");
    ITEMS("#if A\nint a = 1;\nint b = 2\n#else\nint b = 3\n#endif\n;\nint c;",
          "#if A\nint a = 1;\nint b = 2\n#else\nint b = 3\n#endif\n;", "int c;");
    ITEMS("static\n#if A\nint a;\n#else\nint b;\n#endif\nint c;",
          "static\n#if A\nint a;\n#else\nint b;\n#endif", "int c;");
    ITEMS("int x\n#if A\n= 1\n#endif\n;\nint c;", "int x\n#if A\n= 1\n#endif\n;", "int c;");
    ITEMS("#if A\nint f(void) {\n#else\nint g(void) {\n#endif\n}\nint c;",
          "#if A\nint f(void) {\n#else\nint g(void) {\n#endif\n}", "int c;");
}

static void missing_brackets_make_large_items(void **unused) {
    (void)unused;
    ITEM("int f(void) { if (a) {\n}\nint b;\nint g(void) { }");
    ITEMS("int f(void) { } }\nint b;", "int f(void) { }", "}", "int b;");
    ITEMS("}\n}\nint b;", "}", "}", "int b;");
    ITEMS("int f(int a;\nint b;", "int f(int a;", "int b;");
    ITEMS("int a = (1;\n  int b;\nint c;", "int a = (1;\n  int b;", "int c;");
    ITEMS("int a);\nint b;", "int a);", "int b;");
    ITEMS("int a[2;\nint b;", "int a[2;", "int b;");
}

static void lost_opening_braces_make_one_item(void **unused) {
    (void)unused;
    ITEMS("int f(void)\n  int a;\n  b();\n}\nint c;", "int f(void)\n  int a;\n  b();\n}", "int c;");
    ITEMS("int f(void)\n  a = 1;\n  if (b) {\n  }\nend:\n  c();\n}\nint d;",
          "int f(void)\n  a = 1;\n  if (b) {\n  }\nend:\n  c();\n}", "int d;");
    ITEMS("int a;\nstatic int\nf(int b,\n  int c)\n  if (b) {\n  }\n  d();\n}\nint e;", "int a;",
          "static int\nf(int b,\n  int c)\n  if (b) {\n  }\n  d();\n}", "int e;");
    ITEMS("int f(void) {\n  if (a)\n    b();\n  }\n  c();\n}\nint d;",
          "int f(void) {\n  if (a)\n    b();\n  }\n  c();\n}", "int d;");
    ITEMS("struct s\n  int a;\n  int b;\n};\nint c;", "struct s\n  int a;\n  int b;\n}", ";", "int c;");
    ITEMS("int f(void)\n  a();\n#if A\n  b();\n#endif\n}\nint c;",
          "int f(void)\n  a();\n#if A\n  b();\n#endif\n}", "int c;");
    /* One too many. */
    ITEMS("int a;\n}\nint b;", "int a;", "}", "int b;");
    ITEMS("int f(void) {\n  a();\n}\n}\nint b;", "int f(void) {\n  a();\n}", "}", "int b;");
    ITEMS("int f(int a,\n  int b);\n}\nint c;", "int f(int a,\n  int b);", "}", "int c;");
    ITEMS("int f(void)\n  int a;\n  b();\n  }\nint c;", "int f(void)\n  int a;", "b();", "}", "int c;");
    ITEMS("#if A\nint f(void)\n  a();\n#else\n}\n#endif\nint b;", "int f(void)\n  a();", "}", "int b;");
}

static void unpaired_branches_are_kept(void **unused) {
    (void)unused;
    ITEMS("#if A\nint a;\nint b;", "int a;", "int b;");
    ITEMS("#if A\nint a\n#else\nint b;", "#if A\nint a\n#else\nint b;");
    ITEMS("int a;\n#endif\nint b;", "int a;", "int b;");
    ITEMS("int f(void) {\n#endif\n}", "int f(void) {\n#endif\n}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declarations_end_with_semicolons),
        cmocka_unit_test(definitions_end_with_their_brace),
        cmocka_unit_test(aggregates_go_on_to_their_semicolon),
        cmocka_unit_test(macros_without_semicolon_belong_to_what_follows),
        cmocka_unit_test(linkage_is_in_no_item),
        cmocka_unit_test(branches_between_items_are_in_none),
        cmocka_unit_test(branches_inside_items_belong_to_them),
        cmocka_unit_test(missing_brackets_make_large_items),
        cmocka_unit_test(lost_opening_braces_make_one_item),
        cmocka_unit_test(unpaired_branches_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
