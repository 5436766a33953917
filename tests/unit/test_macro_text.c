/* Brackets without their partner in what the macros of a text stand for. */
#include "analysis/macro_text.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* marked: a @ where brackets are missing, or before the one that is too much. */
static void find(const char *text, struct macro_gaps *gaps) {
    struct c_scan scan = {0};
    c_scan_take(&scan, mem_strdup(text), (uint32_t)strlen(text));
    macro_text_find(&scan, gaps);
    c_scan_forget(&scan);
}

static void gap_at(const char *marked, char bracket, bool missing, const char *name) {
    char text[400];
    const char *mark = strchr(marked, '@');
    assert_non_null(mark);
    size_t place = (size_t)(mark - marked);
    assert_true(strlen(marked) < sizeof text);
    memcpy(text, marked, place);
    strcpy(text + place, mark + 1);
    struct macro_gaps gaps = {0};
    find(text, &gaps);
    if (gaps.count != 1) fail_msg("%s: %zu gaps", marked, gaps.count);
    const struct macro_gap *gap = &gaps.items[0];
    if (gap->byte != place) fail_msg("%s: at %u", marked, gap->byte);
    assert_int_equal(gap->bracket, bracket);
    assert_int_equal(gap->length == 0, missing);
    assert_int_equal(gap->count, 1);
    assert_int_equal(gap->name_end - gap->name_start, strlen(name));
    assert_memory_equal(text + gap->name_start, name, strlen(name));
    vec_finish(&gaps);
}

static void none(const char *text) {
    struct macro_gaps gaps = {0};
    find(text, &gaps);
    if (gaps.count) fail_msg("%s: at %u", text, gaps.items[0].byte);
    vec_finish(&gaps);
}

static void lone_brackets_are_found(void **unused) {
    (void)unused;
    gap_at("#define A(x) ((x) + 1@\nint a = A(2);\n", ')', true, "A");
    gap_at("#define MAX(a,b) (((a)>(b)?(a):(b))@\nint m = MAX(1, 2);\n", ')', true, "MAX");
    gap_at("#define A(x) ((x) + 1@ /* ) */\nint a = A(2);\n", ')', true, "A");
    gap_at("#define A(x) x[(1)@\nint a = A(b);\n", ']', true, "A");
    gap_at("#define A(x) ((x)[(1)@)\nint a = A(b);\n", ']', true, "A");
    gap_at("#define A (x) + 1@) * 2\nint a = A;\n", ')', false, "A");
    gap_at("#define A(x) (((x)) | \\\n ((y << 8)@ | \\\n (z))\nint a = A(1);\n", ')', true, "A");
    gap_at("#define A f((x), \\\n (y), \\\n z@\nint a = A;\n", ')', true, "A");
    gap_at("#define BODY {@\nint f(void)\n{\n    if (1) BODY\n    return 1;\n}\n", '}', true, "BODY");
    gap_at("#define BODY return 1;@ }\nint f(void)\n{\n    BODY\n}\n", '}', false, "BODY");
}

static void halves_are_fine(void **unused) {
    (void)unused;
    none("#define PRINT fprintf(stderr,\nint f(void) { PRINT \"x\", 3); }\n");
    none("#define A1 (1\n#define A2 + 2)\nint x = A1 A2;\n");
    none("#define EACH(i) for (i = 0; i < 3; i++) { int k = i;\n#define END k++; }\n"
         "int f(void) { int i; EACH(i) g(k); END }\n");
    none("#define EACH(i) for (i = 0; i < 3; i++) {\nint f(void) { int i; EACH(i) g(); END_EACH }\n");
    none("#define EACH(i) for (i = 0; i < 3; i++) {\nint f(void) { int i; EACH(i) g(); END_EACH(i); }\n");
    none("#define BEGIN f(\nint x = BEGIN 1;\nCLOSE\n");
    none("#define X(a) a[0\nint f(int *q) { return X(q)]; }\n");
    none("#define X ) + (\nint a = (1 X 2);\n");
    none("#ifdef A\n#define M {\n#else\n#define M { x;\n#endif\nint f(void) { M }\n");
}

static void what_is_not_used_is_fine(void **unused) {
    (void)unused;
    none("");
    none("#define SMILE :)\nint a;\n");
    none("#define M ((1)\n#define N M\n");
    none("#define M ((1)\n#undef M\nint M;\n");
    none("int M;\n#define M ((1)\n");
    none("#define F(x) (x\nint F;\n");
    none("#if 0\n#define M ((1)\n#endif\nint a = M;\n");
    none("#define M ((1)\n#if 0\nint a = M;\n#endif\n");
    none("#define STR(x) #x\n#define OPEN [\nconst char *s = STR(OPEN);\n");
    none("#define OPEN [\nconst char *s = STR(OPEN);\n");
    none("#define A # x (\nint a = A;\n");
}

static void quotes_and_branches_are_seen(void **unused) {
    (void)unused;
    none("#define A \":-(\" '(' /* ( */\nint a = A;\n");
    none("#define A do { f(x); } while (0)\nvoid f(void) { A; }\n");
    /* Of branches that divide a bracket one counts. */
    gap_at("#define A ((1)@\nint f(void) {\n#ifdef B\n    if (b) {\n#else\n    if (c) {\n#endif\n    }\n"
           "    return A;\n}\n",
           ')', true, "A");
    none("#define A ((1)\nint f(void) {\n    return A;\n\nint b = (2;\n");
}

static void hostile_texts_end(void **unused) {
    (void)unused;
    enum { LINES = 4000, LINE = 14 };
    char *text = test_malloc(LINES * LINE + 1), *at = text;
    for (int i = 0; i < LINES; i++, at += LINE)
        memcpy(at, "#define A A(((", LINE - 1), at[LINE - 1] = '\n';
    *at = 0;
    none(text);
    memset(text, '(', LINES * LINE);
    memcpy(text, "#define A ", 10);
    memcpy(text + LINES * LINE - 4, "\nA;\n", 4);
    none(text); /* more than one pair of hands can close */
    test_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lone_brackets_are_found),  cmocka_unit_test(halves_are_fine),
        cmocka_unit_test(what_is_not_used_is_fine), cmocka_unit_test(quotes_and_branches_are_seen),
        cmocka_unit_test(hostile_texts_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
