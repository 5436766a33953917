/* What an analysis hands out: names of mistakes, lifetime by reference counts. */
#include "analysis/repair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_code_has_a_name_of_its_own(void **unused) {
    (void)unused;
    for (int i = 0; i < FINDING_CODE_COUNT; i++) {
        const char *name = finding_code_name((enum finding_code)i);
        assert_non_null(name);
        assert_true(strlen(name) > 0);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(name, finding_code_name((enum finding_code)k));
    }
}

/* Editors' settings and SARIF baselines name them. */
static void names_are_stable(void **unused) {
    (void)unused;
    static const struct {
        enum finding_code code;
        const char *name;
    } cases[] = {{FINDING_SYNTAX, "syntax"},
                 {FINDING_MISSING_TOKEN, "missing-token"},
                 {FINDING_UNEXPECTED_TOKEN, "unexpected-token"},
                 {FINDING_WRONG_TOKEN, "wrong-token"},
                 {FINDING_MISSPELT_KEYWORD, "misspelt-keyword"},
                 {FINDING_UNCLOSED_BRACKET, "unclosed-bracket"},
                 {FINDING_UNMATCHED_CLOSER, "unmatched-closer"},
                 {FINDING_UNCLOSED_STRING, "unclosed-string"},
                 {FINDING_UNCLOSED_COMMENT, "unclosed-comment"},
                 {FINDING_INDENTATION, "indentation"},
                 {FINDING_MERGE_CONFLICT, "merge-conflict"},
                 {FINDING_NOT_ALLOWED, "not-allowed"},
                 {FINDING_TRUNCATED, "truncated"},
                 {FINDING_DUPLICATE, "duplicate"}};
    assert_int_equal(sizeof cases / sizeof *cases, FINDING_CODE_COUNT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(finding_code_name(cases[i].code), cases[i].name);
}

static void an_analysis_lives_as_long_as_its_references(void **unused) {
    (void)unused;
    struct text *text;
    assert_int_equal(text_create("{}", 2, &text), STATUS_OK);
    struct analysis *analysis = analysis_create(text);
    text_unref(text); /* the analysis keeps it */
    assert_int_equal(atomic_load(&analysis->references), 1);
    assert_int_equal(analysis->finding_count, 0);
    assert_int_equal(analysis->fix_count, 0);
    assert_false(analysis->repairs_done);
    struct analysis *again = analysis_ref(analysis);
    assert_ptr_equal(again, analysis);
    assert_int_equal(atomic_load(&analysis->references), 2);
    char *kept = arena_strndup(&again->arena, "kept", 4);
    analysis_unref(analysis);
    assert_int_equal(atomic_load(&again->references), 1);
    assert_string_equal(kept, "kept");
    assert_int_equal(text_byte_at(again->text, 0), '{');
    analysis_unref(again);
    analysis_unref(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_of_its_own),
        cmocka_unit_test(names_are_stable),
        cmocka_unit_test(an_analysis_lives_as_long_as_its_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
