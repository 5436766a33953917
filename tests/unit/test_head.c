/* Which keyword or sign a line lacks, by what it looks like. */
#include "analysis/head.h"
#include "analysis/propose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = {"def",    "class",   "if",     "elif",    "else", "for",    "while",
                                    "with",   "try",     "except", "finally", "from", "import", "function",
                                    "func",   "fn",      "use",    "const",   "let",  "var",    "type",
                                    "struct", "package", "switch", "catch",   "#",    "@"};

/* Finds the word's cost before the token at `^`, which is not part of the text, and the least cost of all. */
static void weigh(const char *language, const char *marked, const char *word, double *ret_cost,
                  double *ret_least) {
    char text[256];
    size_t at = (size_t)(strchr(marked, '^') - marked);
    memcpy(text, marked, at);
    strcpy(text + at, marked + at + 1);
    struct layout layout;
    layout_init(&layout, language_find(language), text, (uint32_t)strlen(text));
    uint32_t first = layout_next(&layout, (uint32_t)at);
    *ret_cost = head_cost(&layout, first, word);
    *ret_least = PROPOSE_NEVER;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        double cost = head_cost(&layout, first, words[i]);
        if (cost < *ret_least) *ret_least = cost;
    }
    layout_finish(&layout);
}

static void lines_lack_words(void **unused) {
    (void)unused;
    static const struct {
        const char *language, *text, *word;
    } cases[] = {
        {"python", "^area(r):\n    return r\n", "def"},
        {"python", "^i in range(3):\n    f(i)\n", "for"},
        {"python", "^open(p) as file:\n    f(file)\n", "with"},
        {"python", "^:\n    f()\nexcept E:\n    g()\n", "try"},
        {"python", "try:\n    f()\n^E:\n    g()\n", "except"},
        {"python", "try:\n    f()\n^E as e:\n    g()\n", "except"},
        {"python", "^a.b import c\n", "from"},
        {"python", "^x > 1:\n    f()\n", "if"},
        {"go", "package p\n\n^area(r int) int {\n\treturn r\n}\n", "func"},
        {"go", "package p\n\n^(s *Shelf) Count() int {\n\treturn s.n\n}\n", "func"},
        {"go", "package p\n\n^(\n\t\"errors\"\n)\n", "import"},
        {"go", "package p\n\n^(\n\ta = 1\n)\n", "const"},
        {"go", "func f() {\n\t^i := 0; i < n; i++ {\n\t}\n}\n", "for"},
        {"go", "^Shelf struct {\n\tn int\n}\n", "type"},
        {"java", "^org.example.shop;\n", "package"},
        {"java", "package a;\n^org.example.shop.Shelf;\n", "import"},
        {"java", "class A {\n    ^Override\n    void f() {}\n}\n", "@"},
        {"javascript", "f();\n^area(r) {\n  return r;\n}\n", "function"},
        {"javascript", "f();\n^(a && b) {\n  f();\n}\n", "if"},
        {"javascript", "f();\n^(const a of b) {\n  f();\n}\n", "for"},
        {"javascript", "f();\n^{ a, b } = c;\n", "const"},
        {"javascript", "^{ a } from 'b';\n", "import"},
        {"javascript", "if (a) {\n  f();\n} ^{\n  g();\n}\n", "else"},
        {"javascript", "try {\n  f();\n} ^(error) {\n  g();\n}\n", "catch"},
        {"rust", "impl A {\n    ^count(&self) -> usize {\n        0\n    }\n}\n", "fn"},
        {"rust", "use a;\n^std::io::Read;\n", "use"},
        {"rust", "^[inline]\nfn f() {}\n", "#"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double cost, least;
        weigh(cases[i].language, cases[i].text, cases[i].word, &cost, &least);
        if (cost == PROPOSE_NEVER || cost > least) fail_msg("%s: %s", cases[i].text, cases[i].word);
    }
}

static void lines_that_lack_nothing(void **unused) {
    (void)unused;
    static const struct {
        const char *language, *text;
    } cases[] = {
        {"python", "^x = 1\n"},
        {"python", "f(^x):\n    y\n"},
        {"python", "^for x in y:\n    z\n"},
        {"go", "^if x {\n}\n"},
        {"go", "^x := 1\n"},
        {"javascript", "^f(a);\n"},
        {"javascript", "^if (a) {\n}\n"},
        {"javascript", "^(a);\n"},
        {"rust", "^let x = 1;\n"},
        {"java", "^x = 1;\n"},
        {"javascript", "f();^\n"},
        {"javascript", "^"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double cost, least;
        weigh(cases[i].language, cases[i].text, "if", &cost, &least);
        if (least < PROPOSE_NEVER) fail_msg("%s", cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_lack_words),
        cmocka_unit_test(lines_that_lack_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
