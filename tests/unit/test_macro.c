/* Facts of one file, case by case. Facts are written as lines:
 *
 *     name | name(parameters) = body        a definition; behind it ? u f for branches that are not certain
 *     <x.h> "x.h" next<x.h>                 an include, with its branch likewise
 *     guard name */
#include "analysis/directive.h"
#include "analysis/macro.h"
#include "base/mem.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_word(struct str *out, const char *bytes, uint32_t length) {
    str_add(out, bytes, length);
}

static void add_branch(struct str *out, uint8_t branch) {
    if (branch != CONDITION_TRUE) str_addf(out, " %c", "t?uf"[branch]);
    str_addc(out, '\n');
}

static void print_facts(const struct macro_facts *facts, struct str *out) {
    for (size_t i = 0; i < facts->macro_count; i++) {
        const struct macro *macro = &facts->macros[i];
        assert_int_equal(macro->name_hash, macro_name_hash(macro->name, macro->name_length));
        add_word(out, macro->name, macro->name_length);
        if (macro->function_like) str_addc(out, '(');
        for (size_t k = 0; k < macro->parameter_count; k++) {
            if (k > 0) str_addc(out, ',');
            add_word(out, macro->parameters[k].bytes, macro->parameters[k].length);
        }
        if (macro->function_like) str_adds(out, macro->variadic ? "...)" : ")");
        str_adds(out, " = ");
        add_word(out, macro->body, macro->body_length);
        add_branch(out, macro->branch);
    }
    for (size_t i = 0; i < facts->include_count; i++) {
        const struct macro_include *include = &facts->includes[i];
        if (include->next) str_adds(out, "next");
        str_addc(out, include->kind == MACRO_INCLUDE_QUOTED ? '"' : '<');
        add_word(out, include->spelled.bytes, include->spelled.length);
        str_addc(out, include->kind == MACRO_INCLUDE_QUOTED ? '"' : '>');
        add_branch(out, include->branch);
    }
    if (facts->guard.length > 0) {
        str_adds(out, "guard ");
        add_word(out, facts->guard.bytes, facts->guard.length);
        str_addc(out, '\n');
    }
}

static void check(const char *text, const char *expected) {
    struct macro_facts *facts = macro_facts_scan(text, strlen(text), NULL);
    struct str found;
    str_init(&found);
    print_facts(facts, &found);
    assert_string_equal(found.bytes, expected);
    assert_false(facts->limited);
    str_finish(&found);
    macro_facts_unref(facts);
}

static void definitions(void **state) {
    (void)state;
    check("", "");
    check("int a;\n", "");
    check("#define A", "A = \n");
    check("#define A 1\n", "A = 1\n");
    check("  #  define\tA   1  +\t2  \n", "A = 1 + 2\n");
    check("#define A(x) x\n", "A(x) = x\n");
    check("#define A (x)\n", "A = (x)\n");
    check("#define A() x\n", "A() = x\n");
    check("#define A(x,y)x##y\n", "A(x,y) = x##y\n");
    check("#define A( x , y ) #x\n", "A(x,y) = #x\n");
    check("#define A(...) f(__VA_ARGS__)\n", "A(__VA_ARGS__...) = f(__VA_ARGS__)\n");
    check("#define A(x, ...) 1\n", "A(x,__VA_ARGS__...) = 1\n");
    check("#define A(x, args...) 1\n", "A(x,args...) = 1\n");
    check("#define A(x, args ...) 1\n", "A(x,args...) = 1\n");
    check("#define A 1\n#define A 2\n#undef A\n", "A = 1\nA = 2\n");
    check("#define A 1\r\n#define B 2\r\n", "A = 1\nB = 2\n");
    check("%:define A(x) %:x x%:%:1\n", "A(x) = #x x##1\n");
    check("#define caf\xc3\xa9 1\n#define $x 2\n", "caf\xc3\xa9 = 1\n$x = 2\n");
    /* None of these is one. */
    check("x #define A 1\n", "");
    check("#define\n#define 1\n#define (x)\n#define A(x\n#define A(x,\n#define A(x,) 1\n#define A(1) 1\n"
          "#define A(..., x) 1\n#define A(x y) 1\n#\n#define",
          "");
    check("#defined A 1\n#DEFINE A\n#warning A\n#pragma A\n# 12 \"file\"\n", "");
}

static void continuations_and_comments(void **state) {
    (void)state;
    check("#define A 1 + \\\n 2\nint b;\n", "A = 1 + 2\n");
    check("#define A 1 + \\  \n 2\n", "A = 1 + 2\n");
    check("#define A \\\r\n  1\\\r\n\r\n", "A = 1\n");
    check("#def\\\nine A\\\nB 1\\\n2\n", "AB = 12\n");
    check("#define A /* x */ 1 /* y\n y */ + 2 // z\n", "A = 1 + 2\n");
    check("#define A/**/(x) y\n", "A = (x) y\n");
    check("#define A(x) /* c */ y\n", "A(x) = y\n");
    check("/* c */ #define A 1\n", "A = 1\n");
    check("/* c\n */ # /* d */ define /* e */ A /* f */ 1\n", "A = 1\n");
    check("/*\n#define A 1\n*/\n#define B 2\n", "B = 2\n");
    check("// c \\\n#define A 1\n#define B 2\n", "B = 2\n");
    check("char *s = \"\\\n#define A 1\\\n\";\n#define B 2\n", "B = 2\n");
    check("char *s = \"/*\";\n#define A 1\nchar c = '\"';\n#define B \"/* x */  //\"\n",
          "A = 1\nB = \"/* x */  //\"\n");
    check("#define A '\\'' \"\\\"/*\" '/*'\n#define B 1\n", "A = '\\'' \"\\\"/*\" '/*'\nB = 1\n");
    check("#define A \"a\\\nb\"\n", "A = \"ab\"\n");
    check("#error don't\n#define A 1\n", "A = 1\n");
    check("#if 0\nit's \"open\n#define A 1\n#endif\n#define B 2\n", "A = 1 f\nB = 2\n");
    check("#define A 1 \\", "A = 1 \\\n");
    check("#define A 1 /* open", "A = 1\n");
    check("#define A 1 / 2 /", "A = 1 / 2 /\n");
}

static void branches(void **state) {
    (void)state;
    check("#if 0\n#define A 1\n#else\n#define A 2\n#endif\n#define B 3\n", "A = 1 f\nA = 2\nB = 3\n");
    check("#ifdef X\n#define A 1\n#elif Y\n#define A 2\n#else\n#define A 3\n#endif\n",
          "A = 1 ?\nA = 2 ?\nA = 3 ?\n");
    check("#ifdef __cplusplus\n#define A 1\n#else\n#define A 2\n#endif\n", "A = 1 f\nA = 2\n");
    check("#ifdef _WIN32\n#define A 1\n#elif 1\n#define A 2\n#else\n#define A 3\n#endif\n",
          "A = 1 u\nA = 2 ?\nA = 3 f\n");
    check("#ifdef __GNUC__\n#define A 1\n#else\n#define A 2\n#endif\n", "A = 1\nA = 2 f\n");
    check("#if 1\n#if X\n#define A 1\n#endif\n#define B 2\n#else\n#if 1\n#define C 3\n#endif\n#endif\n",
          "A = 1 ?\nB = 2\nC = 3 f\n");
    check("#endif\n#else\n#define A 1\n#if X\n", "A = 1\n");
    check("#if defined(X) && \\\n 0\n#define A 1\n#endif\n", "A = 1 f\n");
    check("#ifndef X\n#include <a.h>\n#else\n#include \"b.h\"\n#endif\n", "<a.h> ?\n\"b.h\" ?\n");
}

static void includes(void **state) {
    (void)state;
    check("#include <stdio.h>\n#include\"a/b.h\"\n# include /* c */ <sys/types.h> // d\n",
          "<stdio.h>\n\"a/b.h\"\n<sys/types.h>\n");
    check("#include_next <limits.h>\n#import <x.h>\n", "next<limits.h>\n<x.h>\n");
    check("#include MACRO\n#include <>\n#include \"\"\n#include <x\n#include \"x\n#include\n", "");
    check("#include <a//b.h>\n", "");
}

static void guards(void **state) {
    (void)state;
    check("/* c */\n#ifndef A_H\n#define A_H\n#define B 1\n#endif\n", "A_H = \nB = 1\nguard A_H\n");
    check("#if !defined(A_H)\n#define A_H 1\n#if X\n#define B 1\n#endif\n#endif /* A_H */\n",
          "A_H = 1\nB = 1 ?\nguard A_H\n");
    check("#if !defined A_H\n#define A_H\n#endif", "A_H = \nguard A_H\n");
    check("#ifndef A\n#define A\n#endif\n#define B 1\n", "A =  ?\nB = 1\n");
    check("#ifndef A\n#define A\n#else\n#define B 1\n#endif\n", "A =  ?\nB = 1 ?\n");
    check("#ifndef A\n#define B\n#endif\n", "B =  ?\n");
    check("#ifndef A\n#define A\n", "A =  ?\n");
}

static void same_directives_share_facts(void **state) {
    (void)state;
    struct macro_facts *first = macro_facts_scan("#define A 1\nint a;\n", 19, NULL);
    struct macro_facts *same = macro_facts_scan("int b;\n\n#define  A  1 // c\n", 26, first);
    assert_ptr_equal(first, same);
    struct macro_facts *other = macro_facts_scan("#define A 2\nint a;\n", 19, first);
    assert_ptr_not_equal(first, other);
    assert_true(memcmp(&first->hash, &other->hash, sizeof first->hash) != 0);
    struct macro_facts *again = macro_facts_scan("#define A 1\n", 12, NULL);
    assert_ptr_not_equal(first, again);
    assert_memory_equal(&first->hash, &again->hash, sizeof first->hash);
    assert_true(macro_equal(first->macros, again->macros));
    assert_false(macro_equal(first->macros, other->macros));
    macro_facts_unref(first);
    macro_facts_unref(same);
    macro_facts_unref(other);
    macro_facts_unref(again);
}

/* Random edits of a text full of traps: the facts from the difference are those of a fresh look. */
static void edits_keep_facts_right(void **state) {
    (void)state;
    static const char start[] =
        "/* c */\n#define A(x) \\\n  x + /* c\n */ 1 \\\n  + 2\nint a = '\\'';\n#if X // y\n"
        "char *s = \"/* \\\n # \"; /* # */\n %:define B\n#endif /* \n#define C */\nint b;\n";
    static const char *const pieces[] = {"a",  "/*", "*/", "\n", "#",  "\\\n", "\"", "'",    "define ", " ",
                                         "//", "*",  "/",  "1",  "\\", "%:",   "b",  "\r\n", "x y z",   ":"};
    unsigned seed = 20240229;
    size_t shared = 0;
    for (int round = 0; round < 300; round++) {
        struct text *text;
        assert_int_equal(text_create(start, sizeof start - 1, &text), STATUS_OK);
        struct macro_facts *facts = macro_facts_of_text(text, NULL, NULL);
        for (int edit = 0; edit < 12; edit++) {
            struct text *next;
            uint32_t size = text_size(text);
            uint32_t at = (uint32_t)rand_r(&seed) % (size + 1), length = (uint32_t)rand_r(&seed) % 4;
            const char *piece = pieces[(unsigned)rand_r(&seed) % (sizeof pieces / sizeof *pieces)];
            if (rand_r(&seed) % 3 == 0) piece = "";
            if (*piece) length = rand_r(&seed) % 2 ? 0 : length;
            assert_int_equal(text_splice(text, at, at + length, piece, strlen(piece), &next), STATUS_OK);
            struct macro_facts *now = macro_facts_of_text(next, text, facts);
            char *bytes = text_dup(next, 0, text_size(next));
            struct macro_facts *fresh = macro_facts_scan(bytes, text_size(next), NULL);
            if (memcmp(&now->hash, &fresh->hash, sizeof now->hash) != 0)
                fail_msg("round %d, edit %d: facts are not those of\n%s", round, edit, bytes);
            shared += now == facts;
            mem_free(bytes);
            macro_facts_unref(fresh);
            macro_facts_unref(facts);
            text_unref(text);
            facts = now, text = next;
        }
        macro_facts_unref(facts);
        text_unref(text);
    }
    assert_true(shared > 300); /* otherwise nothing was tested */
}

static void limits_leave_out(void **state) {
    (void)state;
    struct str text;
    str_init(&text);
    str_adds(&text, "#define LONG ");
    for (size_t i = 0; i < 1024 * 1024; i++)
        str_addc(&text, i % 7 ? 'x' : ' ');
    str_adds(&text, "\n#define SHORT 1\n#define NAME");
    for (size_t i = 0; i < 300; i++)
        str_addc(&text, 'x');
    str_adds(&text, " 1\n#define MANY(a0");
    for (size_t i = 1; i < 200; i++)
        str_addf(&text, ",a%zu", i);
    str_adds(&text, ") 1\n");
    for (size_t i = 0; i < 100000; i++)
        str_adds(&text, "#if 1\n");
    str_adds(&text, "#define DEEP 1\n");
    struct macro_facts *facts = macro_facts_scan(text.bytes, text.length, NULL);
    assert_true(facts->limited);
    assert_int_equal(facts->macro_count, 2);
    assert_memory_equal(facts->macros[0].name, "SHORT", 5);
    assert_memory_equal(facts->macros[1].name, "DEEP", 4);
    macro_facts_unref(facts);
    str_clear(&text);
    for (size_t i = 0; i < MACRO_FILE_MACROS_MAX + 10; i++)
        str_addf(&text, "#define M%zu\n#include <%zu.h>\n#undef M%zu\n", i, i, i);
    facts = macro_facts_scan(text.bytes, text.length, NULL);
    assert_true(facts->limited);
    assert_int_equal(facts->macro_count, MACRO_FILE_MACROS_MAX);
    assert_int_equal(facts->include_count, MACRO_FILE_INCLUDES_MAX);
    macro_facts_unref(facts);
    str_finish(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions),
        cmocka_unit_test(continuations_and_comments),
        cmocka_unit_test(branches),
        cmocka_unit_test(includes),
        cmocka_unit_test(guards),
        cmocka_unit_test(same_directives_share_facts),
        cmocka_unit_test(edits_keep_facts_right),
        cmocka_unit_test(limits_leave_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
