/* Symbols, folds and selections in every language, as small texts. */
#include "analysis/outline.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct parsed {
    struct parser *parser;
    struct syntax *syntax;
    struct arena arena;
};

static struct parsed parse(const char *language_id, const char *source, size_t length) {
    struct parsed parsed = {.parser = parser_create()};
    const struct language *language = language_find(language_id);
    assert_non_null(language);
    struct text *text;
    assert_int_equal(text_create(source, length, &text), STATUS_OK);
    assert_int_equal(syntax_parse(parsed.parser, language, text, NULL, true, NULL, &parsed.syntax),
                     STATUS_OK);
    text_unref(text);
    arena_init(&parsed.arena);
    return parsed;
}

static void finish(struct parsed *parsed) {
    arena_finish(&parsed->arena);
    syntax_unref(parsed->syntax);
    parser_destroy(parsed->parser);
}

static const char *kind_name(enum outline_kind kind) {
    switch (kind) {
    case OUTLINE_MODULE: return "module";
    case OUTLINE_NAMESPACE: return "namespace";
    case OUTLINE_CLASS: return "class";
    case OUTLINE_METHOD: return "method";
    case OUTLINE_PROPERTY: return "property";
    case OUTLINE_FIELD: return "field";
    case OUTLINE_CONSTRUCTOR: return "constructor";
    case OUTLINE_ENUM: return "enum";
    case OUTLINE_INTERFACE: return "interface";
    case OUTLINE_FUNCTION: return "function";
    case OUTLINE_VARIABLE: return "variable";
    case OUTLINE_CONSTANT: return "constant";
    case OUTLINE_OBJECT: return "object";
    case OUTLINE_ENUM_MEMBER: return "member";
    case OUTLINE_STRUCT: return "struct";
    default: return "?";
    }
}

/* One line a symbol, indented by its nesting. Checks what holds for any list on the way. */
static void print_symbols(const struct outline_symbols *symbols, uint32_t size, struct str *out) {
    for (size_t i = 0; i < symbols->count; i++) {
        const struct outline_symbol *symbol = &symbols->items[i];
        int depth = 0;
        assert_true(symbol->start_byte <= symbol->name_start && symbol->name_start < symbol->name_end);
        assert_true(symbol->name_end <= symbol->end_byte && symbol->end_byte <= size);
        assert_true(symbol->name[0] != '\0');
        for (uint32_t parent = symbol->parent, child = (uint32_t)i; parent != OUTLINE_NO_PARENT; depth++) {
            assert_true(parent < child);
            child = parent;
            parent = symbols->items[parent].parent;
        }
        str_addf(out, "%*s%s %s\n", depth * 2, "", kind_name(symbol->kind), symbol->name);
    }
}

static void check_symbols(const char *language_id, const char *source, const char *expected) {
    struct parsed parsed = parse(language_id, source, strlen(source));
    struct outline_symbols symbols;
    assert_int_equal(outline_symbols(parsed.syntax, parsed.parser, NULL, &parsed.arena, &symbols), STATUS_OK);
    struct str out;
    str_init(&out);
    print_symbols(&symbols, (uint32_t)strlen(source), &out);
    assert_string_equal(out.bytes, expected);
    assert_false(symbols.cut_short);
    str_finish(&out);
    finish(&parsed);
}

static void symbols_c(void **unused) {
    (void)unused;
    check_symbols("c",
                  "#include <stdio.h>\n#define MAX 3\n#define SQ(x) ((x)*(x))\n"
                  "typedef struct point { int x, y; } point_t;\n"
                  "typedef int number;\n"
                  "struct node { struct node *next; int values[4]; };\n"
                  "enum color { RED, GREEN = 2 };\n"
                  "static int counter = 0, *other;\n"
                  "int *make(int a, char *b) { int local; return 0; }\n"
                  "int (*handler)(int);\nint proto(void);\n"
                  "#ifdef X\nvoid g(void) { }\n#endif\n",
                  "constant MAX\nfunction SQ\nstruct point_t\n  struct point\n    field x\n    field y\n"
                  "class number\nstruct node\n  field next\n  field values\nenum color\n  member RED\n"
                  "  member GREEN\nvariable counter\nvariable other\nfunction make\nvariable handler\n"
                  "function proto\nfunction g\n");
}

static void symbols_python(void **unused) {
    (void)unused;
    check_symbols(
        "python",
        "import os\nX = 1\ny: int = 2\na, b = 1, 2\n"
        "class C(object):\n    attr = 1\n    @staticmethod\n    def m(self):\n"
        "        local = 1\n        self.x = 2\n        def inner():\n            pass\n"
        "        return 1\n"
        "if X:\n    async def g(): pass\ntry:\n    import z\nexcept ImportError:\n    z = None\n",
        "variable X\nvariable y\nclass C\n  field attr\n  method m\n    function inner\nfunction g\n"
        "variable z\n");
}

static void symbols_javascript(void **unused) {
    (void)unused;
    check_symbols(
        "javascript",
        "import a from 'a';\n"
        "export default class C { x = 1; #p; constructor() {} get v() { return 1 } static s() {} }\n"
        "function f() { var local = {k: 1}; function g() {} }\n"
        "const h = () => { let q = 1; }, k = 2;\nexport const E = function () {};\n"
        "let { a1, b1 } = obj;\nvar o = { m() {}, p: 1, 'q': function () {} };\n"
        "module.exports.z = function () {};\nmodule.exports.n = 1;\n",
        "class C\n  field x\n  field #p\n  method constructor\n  method v\n  method s\n"
        "function f\n  function g\nfunction h\nvariable k\nfunction E\nvariable o\n  method m\n"
        "  property p\n  function q\nfunction module.exports.z\n");
    check_symbols("javascriptreact", "const App = () => <p>hi</p>;\n", "function App\n");
}

static void symbols_typescript(void **unused) {
    (void)unused;
    check_symbols("typescript",
                  "interface I { a: number; m(): void }\ntype T = string;\nenum E { A, B = 2 }\n"
                  "namespace N { export const x = 1; export function f() {} }\n"
                  "declare module \"m\" { const y: number; }\n"
                  "abstract class C { private x = 1; abstract m(): void; foo(): void {} }\n"
                  "export default function () {}\ndeclare function df(): void;\nfunction* gen() {}\n",
                  "interface I\n  property a\n  method m\nclass T\nenum E\n  member A\n  member B\n"
                  "namespace N\n  variable x\n  function f\nmodule m\n  variable y\nclass C\n  field x\n"
                  "  method m\n  method foo\nfunction df\nfunction gen\n");
    check_symbols("typescriptreact", "export const A = (p: P) => <b/>;\n", "function A\n");
}

static void symbols_json(void **unused) {
    (void)unused;
    const char *expected = "property a\nproperty b\n  property c\n    property d\nproperty \"\"\n";
    check_symbols("json", "{\"a\": 1, \"b\": {\"c\": [1, {\"d\": 2}]}, \"\": 0}", expected);
    check_symbols("jsonc", "// x\n{\"a\": 1, \"b\": {\"c\": [1, {\"d\": 2}]}, \"\": 0}", expected);
}

static void symbols_go(void **unused) {
    (void)unused;
    check_symbols("go",
                  "package main\nimport (\n \"fmt\"\n)\nconst A, B = 1, 2\nvar x int\nvar (\n\tv = 1\n)\n"
                  "type P struct { X, Y int }\ntype I interface { M() }\ntype T = int\n"
                  "func main() { local := 1; fmt.Println() }\nfunc (p *P) Move(d int) {}\n",
                  "constant A\nconstant B\nvariable x\nvariable v\nstruct P\n  field X\n  field Y\n"
                  "interface I\n  method M\nclass T\nfunction main\nmethod Move\n");
}

static void symbols_rust(void **unused) {
    (void)unused;
    check_symbols("rust",
                  "use std::io;\nmod inner { pub fn f() {} }\nconst N: u32 = 1;\nstatic S: u8 = 0;\n"
                  "struct P { x: i32 }\nenum E { A, B(u8) }\ntrait T { fn m(&self); }\n"
                  "impl T for P { fn m(&self) {} }\nimpl<A> V<A> { fn n() { fn deep() {} } }\n"
                  "type A = u8;\nmacro_rules! mm { () => {} }\nunion U { a: u8 }\n",
                  "module inner\n  function f\nconstant N\nvariable S\nstruct P\n  field x\nenum E\n"
                  "  member A\n  member B\ninterface T\n  method m\nobject T for P\n  method m\n"
                  "object V<A>\n  method n\n    function deep\nclass A\nfunction mm\nstruct U\n  field a\n");
}

static void symbols_java(void **unused) {
    (void)unused;
    check_symbols("java",
                  "package a.b;\nimport java.util.List;\npublic class P<T> extends Q {\n"
                  "  private int x = 1, y;\n  P(int a) { }\n  int get() { int local; return x; }\n"
                  "  enum E { A, B; void f() {} }\n  interface I { int Z = 1; int z(); }\n"
                  "  record R(int a) {}\n  @interface An { int v(); }\n}\n",
                  "class P\n  field x\n  field y\n  constructor P\n  method get\n  enum E\n    member A\n"
                  "    member B\n    method f\n  interface I\n    constant Z\n    method z\n  class R\n"
                  "  interface An\n    method v\n");
}

static void symbols_of_broken_texts(void **unused) {
    (void)unused;
    check_symbols("c", "", "");
    check_symbols("c", "int a(void) { return 1; }\nint b(void) { return (1; }\nint c(void) { }\n",
                  "function a\nfunction b\nfunction c\n");
    check_symbols("java", "class A { void f() { int x = ; }\n void g() { }\n",
                  "class A\n  method f\n  method g\n");
    check_symbols("json", "{\"a\": {\"b\": 1,}, \"c\"", "property a\n  property b\n");
}

/* "start-end kind" for each fold, lines from 0. */
static void check_folds(const char *language_id, const char *source, const char *expected) {
    struct parsed parsed = parse(language_id, source, strlen(source));
    struct outline_folds folds;
    assert_int_equal(outline_folds(parsed.syntax, parsed.parser, NULL, &parsed.arena, &folds), STATUS_OK);
    struct str out;
    str_init(&out);
    static const char *const kinds[] = {"", "c", "i"};
    for (size_t i = 0; i < folds.count; i++) {
        assert_true(folds.items[i].end_line > folds.items[i].start_line);
        assert_true(i == 0 || folds.items[i].start_line > folds.items[i - 1].start_line);
        str_addf(&out, "%s%u-%u%s", i ? " " : "", folds.items[i].start_line, folds.items[i].end_line,
                 kinds[folds.items[i].kind]);
    }
    assert_string_equal(out.bytes, expected);
    str_finish(&out);
    finish(&parsed);
}

static void folds_in_all_languages(void **unused) {
    (void)unused;
    check_folds(
        "c",
        "#include <a.h>\n#include <b.h>\n\n/* one\n * two\n */\n// x\n// y\nint f(void)\n{\n    if (a) {\n"
        "        b();\n    } else {\n        c();\n    }\n    return 0; // z\n    // w\n}\n#ifdef A\nint a;\n"
        "#endif\n",
        "0-1i 3-7c 9-16 10-11 12-13 18-19");
    check_folds(
        "python",
        "import a\nimport b\n\nfrom c import d\n\n# p\n# q\nclass C:\n    def f(self,\n          x):\n"
        "        if x:\n            return [\n                1,\n            ]\n        else:\n"
        "            pass\n\nz = 1\n",
        "0-3i 5-6c 7-15 8-15 10-13 11-12 14-15");
    check_folds("javascript",
                "import a from 'a';\nimport b from 'b';\nfoo({\n  a: [\n    1,\n  ],\n});\n`a${\n1\n}b`;\n",
                "0-1i 2-5 3-4 7-8");
    check_folds("javascriptreact", "const a = (\n  <p>\n    hi\n  </p>\n);\n", "0-3 1-2");
    check_folds("typescript", "interface A {\n  b: {\n    c: number;\n  };\n}\n", "0-3 1-2");
    check_folds("typescriptreact", "function f() {\n  return <p>\n    x\n  </p>;\n}\n", "0-3 1-2");
    check_folds("json", "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}\n", "0-4 1-2");
    check_folds("jsonc", "// a\n// b\n{\n  \"a\": 1\n}\n", "0-1c 2-3");
    check_folds("go",
                "package a\n\nimport (\n\t\"b\"\n\t\"c\"\n)\n\nfunc f() {\n\tswitch x {\n\tcase 1:\n\t}\n}\n",
                "2-5i 7-10 8-9");
    check_folds("rust", "use a;\nuse b;\n/// d\n/// e\nfn f() {\n    match x {\n        1 => {}\n    }\n}\n",
                "0-1i 2-3c 4-7 5-6");
    check_folds(
        "java",
        "import a.B;\nimport a.C;\n\n/**\n * d\n */\nclass A {\n    void f() {\n        g();\n    }\n}\n",
        "0-1i 3-5c 6-9 7-8");
    check_folds("c", "int a;", "");
    check_folds("c", "void f() {\n  g(;\n  {\n    h();\n  }\n", "2-3");
}

static void check_selection(const char *language_id, const char *source, uint32_t byte,
                            const char *expected) {
    struct parsed parsed = parse(language_id, source, strlen(source));
    struct outline_selection selection;
    assert_int_equal(outline_selection(parsed.syntax, parsed.parser, byte, NULL, &parsed.arena, &selection),
                     STATUS_OK);
    struct str out;
    str_init(&out);
    for (size_t i = 0; i < selection.count; i++) {
        struct outline_range range = selection.items[i];
        str_addf(&out, "%s%.*s", i ? " | " : "", (int)(range.end_byte - range.start_byte),
                 source + range.start_byte);
    }
    assert_string_equal(out.bytes, expected);
    str_finish(&out);
    finish(&parsed);
}

static void selections_grow_to_the_text(void **unused) {
    (void)unused;
    check_selection("c", "int a = b + c;", 8, "b | b + c | a = b + c | int a = b + c;");
    check_selection("c", "int a = b + c;", 9, "b | b + c | a = b + c | int a = b + c;"); /* behind the word */
    check_selection("c", "int a = b + c;", 14, "int a = b + c;");
    check_selection("c", "int a = b + c;", 999, "int a = b + c;");
    check_selection("c", "", 0, "");
    check_selection("python", "f(x)\n", 2, "x | (x) | f(x) | f(x)\n");
    check_selection("javascript", "f(x);", 2, "x | (x) | f(x) | f(x);");
    check_selection("typescript", "let a: T;", 7, "T | : T | a: T | let a: T;");
    check_selection("typescriptreact", "<a>b</a>;", 3, "b | <a>b</a> | <a>b</a>;");
    check_selection("javascriptreact", "<a>b</a>;", 3, "b | <a>b</a> | <a>b</a>;");
    check_selection("json", "[1, \"a\"]", 5, "a | \"a\" | [1, \"a\"]");
    check_selection("jsonc", "[1, \"a\"]", 5, "a | \"a\" | [1, \"a\"]");
    check_selection("go", "package p\nvar x = 1\n", 14, "x | x = 1 | var x = 1 | package p\nvar x = 1\n");
    check_selection("rust", "const A: u8 = 1;", 14, "1 | const A: u8 = 1;");
    check_selection("java", "class A { int x; }", 14, "x | int x; | { int x; } | class A { int x; }");
}

static void nesting_and_lists_are_bounded(void **unused) {
    (void)unused;
    struct str source;
    str_init(&source);
    for (int i = 0; i < 20000; i++)
        str_adds(&source, "{\"a\":");
    struct parsed parsed = parse("json", source.bytes, source.length);
    struct outline_symbols symbols;
    assert_int_equal(outline_symbols(parsed.syntax, parsed.parser, NULL, &parsed.arena, &symbols), STATUS_OK);
    assert_true(symbols.count <= OUTLINE_MAX_SYMBOLS);
    struct outline_selection selection;
    assert_int_equal(outline_selection(parsed.syntax, parsed.parser, (uint32_t)source.length, NULL,
                                       &parsed.arena, &selection),
                     STATUS_OK);
    assert_true(selection.count <= OUTLINE_MAX_SELECTIONS);
    assert_int_equal(selection.items[selection.count - 1].end_byte, source.length);
    finish(&parsed);

    str_clear(&source);
    for (int i = 0; i < 80; i++)
        str_adds(&source, "{\"a\":");
    str_adds(&source, "1");
    for (int i = 0; i < 80; i++)
        str_adds(&source, "}");
    parsed = parse("json", source.bytes, source.length);
    assert_int_equal(outline_symbols(parsed.syntax, parsed.parser, NULL, &parsed.arena, &symbols), STATUS_OK);
    assert_int_equal(symbols.count, 80);
    int deepest = 0;
    for (size_t i = 0; i < symbols.count; i++) {
        int depth = 0;
        for (uint32_t parent = symbols.items[i].parent; parent != OUTLINE_NO_PARENT; depth++)
            parent = symbols.items[parent].parent;
        if (depth > deepest) deepest = depth;
    }
    assert_int_equal(deepest, OUTLINE_MAX_NESTING);
    finish(&parsed);

    str_clear(&source);
    for (int i = 0; i < 11000; i++)
        str_addf(&source, "int v%d;\nint f%d(void) {\n\n}\n", i, i);
    parsed = parse("c", source.bytes, source.length);
    assert_int_equal(outline_symbols(parsed.syntax, parsed.parser, NULL, &parsed.arena, &symbols), STATUS_OK);
    assert_int_equal(symbols.count, OUTLINE_MAX_SYMBOLS);
    assert_true(symbols.cut_short);
    struct outline_folds folds;
    assert_int_equal(outline_folds(parsed.syntax, parsed.parser, NULL, &parsed.arena, &folds), STATUS_OK);
    assert_int_equal(folds.count, OUTLINE_MAX_FOLDS);
    assert_true(folds.cut_short);

    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    assert_int_equal(outline_symbols(parsed.syntax, parsed.parser, &cancel, &parsed.arena, &symbols),
                     STATUS_CANCELLED);
    assert_int_equal(outline_folds(parsed.syntax, parsed.parser, &cancel, &parsed.arena, &folds),
                     STATUS_CANCELLED);
    cancel_init(&cancel, NULL, 1); /* long ago */
    assert_int_equal(outline_symbols(parsed.syntax, parsed.parser, &cancel, &parsed.arena, &symbols),
                     STATUS_DEADLINE);
    finish(&parsed);
    str_finish(&source);
}

static void names_are_one_line_and_cut_between_characters(void **unused) {
    (void)unused;
    struct str source;
    str_init(&source);
    str_adds(&source, "{\"a");
    for (int i = 0; i < 150; i++)
        str_adds(&source, "\xC3\xA9");
    str_adds(&source, "\": 1}");
    struct parsed parsed = parse("json", source.bytes, source.length);
    struct outline_symbols symbols;
    assert_int_equal(outline_symbols(parsed.syntax, parsed.parser, NULL, &parsed.arena, &symbols), STATUS_OK);
    assert_int_equal(symbols.count, 1);
    assert_int_equal(strlen(symbols.items[0].name), OUTLINE_MAX_NAME_BYTES - 1);
    finish(&parsed);
    str_finish(&source);
    check_symbols("rust", "impl T\n for P {}\n", "object T  for P\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_c),
        cmocka_unit_test(symbols_python),
        cmocka_unit_test(symbols_javascript),
        cmocka_unit_test(symbols_typescript),
        cmocka_unit_test(symbols_json),
        cmocka_unit_test(symbols_go),
        cmocka_unit_test(symbols_rust),
        cmocka_unit_test(symbols_java),
        cmocka_unit_test(symbols_of_broken_texts),
        cmocka_unit_test(folds_in_all_languages),
        cmocka_unit_test(selections_grow_to_the_text),
        cmocka_unit_test(nesting_and_lists_are_bounded),
        cmocka_unit_test(names_are_one_line_and_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
