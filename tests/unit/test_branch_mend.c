/* Where a lost directive was: each row is a text with a @ in the gap. */
#include "analysis/branch_mend.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_MAX 2000

struct desk {
    struct c_tokens tokens;
    struct branches branches;
};

static bool mend(struct desk *desk, const char *text, struct branch_gap *ret_gap) {
    c_token_scan(text, (uint32_t)strlen(text), &desk->tokens);
    branches_find(text, &desk->tokens, &desk->branches);
    return branch_mend(text, (uint32_t)strlen(text), &desk->tokens, &desk->branches, ret_gap);
}

static void finish(struct desk *desk) {
    vec_finish(&desk->tokens);
    branches_finish(&desk->branches);
}

static void gap_at(const char *marked, const char *message) {
    char text[TEXT_MAX];
    const char *mark = strchr(marked, '@');
    assert_non_null(mark);
    assert_true(strlen(marked) < sizeof text);
    size_t place = (size_t)(mark - marked);
    memcpy(text, marked, place);
    strcpy(text + place, mark + 1);
    struct desk desk = {0};
    struct branch_gap gap;
    if (!mend(&desk, text, &gap)) fail_msg("%s: no gap", marked);
    const struct c_token *token = &desk.tokens.items[gap.token];
    assert_int_equal(token->kind, C_DIRECTIVE);
    if (token->start_byte != place) fail_msg("%s: the gap is at %u", marked, token->start_byte);
    assert_string_equal(gap.message, message);
    assert_int_equal(desk.branches.stray_token, BRANCH_NONE);
    assert_int_equal(desk.branches.unclosed_token, BRANCH_NONE);
    for (size_t i = 1; i < desk.tokens.count; i++)
        assert_true(desk.tokens.items[i].start_byte >= desk.tokens.items[i - 1].end_byte);
    finish(&desk);
}

static void no_gap(const char *text) {
    struct desk desk = {0};
    struct branch_gap gap;
    if (mend(&desk, text, &gap)) fail_msg("%s: a gap at %u", text, gap.token);
    finish(&desk);
}

#define END_AT(marked) gap_at(marked, "missing `#endif`")

static void an_end_is_where_its_branch_ends(void **unused) {
    (void)unused;
    /* A guard reaches to the end of the text. */
    END_AT("#ifndef A_H\n#define A_H\nint a;\n#if B\nint b;\n#endif\n\nint c;@\n");
    END_AT("#ifndef A_H\n#define A_H\n#ifdef __cplusplus\nextern \"C\" {\n#endif\nint a;\n#ifdef "
           "__cplusplus\n}\n#endif@\n");
    /* What stands behind an #endif says whose it is. */
    END_AT("#ifndef A_H\n#define A_H\n\n#ifndef NO_DICT\nextern int a;@\n\n#endif /* A_H */\n");
    END_AT("#if AAA\n#if BBB\nint b;@\n\nint c;\n#endif /* AAA */\n");
    /* Indentation. */
    END_AT("#ifdef A\n#  ifdef B\n#    include <b.h>@\n#  ifdef C\n#    include <c.h>\n#  endif\n#endif\n");
    END_AT("#ifdef A\n#  ifdef B\n#    include <b.h>@\n#  ifdef C\n#    include <c.h>\n#  "
           "endif\n#endif\n#ifdef D\n"
           "int d;\n#endif\n#ifdef E\nint e;\n#endif\n");
    /* No branch stands behind an #else. */
    END_AT("#if A\nint a;\n#if B\nint b;\n#else\nint c;@\n#else\nint d;\n#endif\n#if E\n#endif\n");
    /* Braces; those of extern \"C\" do not count. */
    END_AT("#ifndef A_H\n#define A_H\n#ifdef __cplusplus\nextern \"C\" {@\n\nint a;\n#ifdef __cplusplus\n}\n"
           "#endif\n\n#endif\n");
    END_AT("int f(void) {\n#if A\n  return 1;\n#else\n  return 2;@\n}\n\nint g(void) {\n#if B\n  "
           "a();\n#endif\n}\n");
    END_AT("int f(void) {\n#if A\n  {\n    a();\n\n    b();\n  }@\n\n  c();\n#if B\n  d();\n#endif\n  "
           "e();\n}\n");
    /* An empty line. */
    END_AT("#if A\n#include <a.h>@\n\nint a;\nint b;\n");
    END_AT("#ifndef A_H\n#define A_H\n\nint a;\n\n@\n");
    END_AT("#ifndef A_H\n#define A_H\n\nint a; /* a */@\n");
}

static void a_beginning_is_a_word_alone(void **unused) {
    (void)unused;
    gap_at(" @list_h\n#define list_h\nint a;\n#if B\nint b;\n#endif\n#endif\n", "missing `#ifndef`");
    gap_at("int a;\n @HAVE_B\n#include <b.h>\n#endif\nint c;\n", "missing `#ifdef` or `#ifndef`");
    gap_at("int f(void) {\n @HAVE_B\n  return 1;\n#else\n  return 2;\n#endif\n}\n",
           "missing `#ifdef` or `#ifndef`");
    gap_at("BEGIN_C\nint a;\n\n @HAVE_B\n#include <b.h>\n#endif\nint c;\nEND_C\n",
           "missing `#ifdef` or `#ifndef`");
}

static void nothing_tells(void **unused) {
    (void)unused;
    no_gap("int a;\n");
    no_gap("#if A\n#endif\n");
    no_gap("int a;\n#endif\n");
    no_gap("int a;\n#else\nint b;\n#endif\n");
    no_gap("static\nint a;\n#endif\n");
    no_gap("#if A\n#if B\nint a;\n"); /* two are gone */
    no_gap("#endif\n#if A\n");
    no_gap("#ifndef A_H\n#define A_H\nint a;"); /* nothing stands behind the gap */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_is_where_its_branch_ends),
        cmocka_unit_test(a_beginning_is_a_word_alone),
        cmocka_unit_test(nothing_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
