/* The proof: what the parser and the rules say of a repaired text. */
#include "analysis/rule_notes.h"
#include "analysis/verify.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct trial {
    const char *language, *before;
    const char *at; /* the edit replaces `removed` at the first of these; NULL: no edit */
    const char *removed, *inserted;
    enum verdict verdict;
    const char *refused; /* what the violation's range begins with, in the repaired text */
};

static const struct trial trials[] = {
    {"json", "[1 2]", " 2", "", ",", VERDICT_PROVEN, NULL},
    {"json", "[1 2]", " 2", "", ":", VERDICT_BROKEN, NULL},
    {"json", "[1 2]", NULL, NULL, NULL, VERDICT_BROKEN, NULL},
    {"json", "[1, 2]", NULL, NULL, NULL, VERDICT_PROVEN, NULL},
    {"json", "[1 2]", " 2", "", "]", VERDICT_BROKEN, NULL},
    {"json", "[1, 2, 3", "1, 2", "1, ", "1] ", VERDICT_BROKEN, NULL},
    {"json", "[1] 2]", "] 2", "] 2", "", VERDICT_PROVEN, NULL},
    {"json", "{} // c\n", "// c", "// c", "", VERDICT_PROVEN, NULL},
    {"json", "[1 2] // c\n", " 2", "", ",", VERDICT_REFUSED, "// c"},
    {"json", "[1, 2", "2", "2", "2] {}", VERDICT_REFUSED, "{}"},
    {"c", "void f(void) { g(1; }\n", "; }", "", ")", VERDICT_PROVEN, NULL},
    {"c", "int a = 1\n", "\n", "", ";\nreturn 0;", VERDICT_REFUSED, "return"},
    {"c", "int a = 1\n", "\n", "", ";\nDECLARE(b);", VERDICT_PROVEN, NULL},
    {"python", "if a\n    b\n", "\n", "", ":", VERDICT_PROVEN, NULL},
    {"python", "if a:\n    b\n", "    b", "    b", "    b\n      c", VERDICT_REFUSED, "c"},
    {"python", "print 'a'\n", NULL, NULL, NULL, VERDICT_REFUSED, "print"},
    {"python", "print 'a'\n", " 'a'", " 'a'", "('a')", VERDICT_PROVEN, NULL},
    {"go", "package main\n\nfunc f() {\n", "{\n", "{\n", "{\n}\n", VERDICT_PROVEN, NULL},
};

static void verdicts(void **unused) {
    (void)unused;
    struct parser *parser = parser_create();
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        const struct trial *trial = &trials[i];
        const struct language *language = language_find(trial->language);
        struct rule_checker *rules = rule_checker_create(language);
        uint32_t length = (uint32_t)strlen(trial->before);
        struct proof proof;
        assert_true(proof_init(&proof, parser, language, rules, trial->before, length, NULL));
        struct text_edit edit = {0};
        struct repair repair = {.edits = &edit};
        struct str after;
        str_init(&after);
        if (trial->at) {
            edit.start_byte = (uint32_t)(strstr(trial->before, trial->at) - trial->before);
            edit.end_byte = edit.start_byte + (uint32_t)strlen(trial->removed);
            edit.new_bytes = trial->inserted;
            edit.new_length = (uint32_t)strlen(trial->inserted);
            repair.edit_count = 1;
            str_add(&after, trial->before, edit.start_byte);
            str_adds(&after, trial->inserted);
        }
        str_adds(&after, trial->before + edit.end_byte);
        for (int again = 0; again < 2; again++) { /* a check leaves the proof as it was */
            struct rule_violations violations = {0};
            enum verdict verdict = proof_check(&proof, &repair, NULL, &violations);
            if (verdict != trial->verdict) fail_msg("verdict %d of:\n%s", (int)verdict, after.bytes);
            if (trial->refused) {
                assert_true(violations.items[0].end_byte <= after.length);
                assert_memory_equal(after.bytes + violations.items[0].start_byte, trial->refused,
                                    strlen(trial->refused));
                assert_non_null(violations.items[0].message);
            }
            vec_finish(&violations);
        }
        str_finish(&after);
        proof_finish(&proof);
        rule_checker_destroy(rules);
    }
    parser_destroy(parser);
}

static void without_rules_the_grammar_decides(void **unused) {
    (void)unused;
    struct parser *parser = parser_create();
    struct proof proof;
    struct rule_violations violations = {0};

    const struct repair nothing = {0};
    assert_true(proof_init(&proof, parser, language_find("python"), NULL, "print 'a'\n", 10, NULL));
    assert_int_equal(proof.refused_count, 0);
    assert_int_equal(proof_check(&proof, &nothing, NULL, &violations), VERDICT_PROVEN);
    vec_finish(&violations);
    proof_finish(&proof);
    parser_destroy(parser);
}

static void many_edits_in_one_check(void **unused) {
    (void)unused;
    enum { EDITS = 100 }; /* more than are parsed incrementally */
    struct parser *parser = parser_create();
    struct str text;
    str_init(&text);
    struct text_edit edits[EDITS];
    for (uint32_t i = 0; i < EDITS; i++) {
        str_adds(&text, "f(1;\n");
        edits[i] = (struct text_edit){(uint32_t)text.length - 2, (uint32_t)text.length - 2, ")", 1};
    }
    struct proof proof;
    struct rule_violations violations = {0};

    assert_true(proof_init(&proof, parser, language_find("javascript"), NULL, text.bytes,
                           (uint32_t)text.length, NULL));
    struct repair all = {.edits = edits, .edit_count = EDITS},
                  most = {.edits = edits, .edit_count = EDITS - 1};
    struct repair few = {.edits = edits + EDITS - 2, .edit_count = 2};
    assert_int_equal(proof_check(&proof, &all, NULL, &violations), VERDICT_PROVEN);
    assert_int_equal(proof_check(&proof, &most, NULL, &violations), VERDICT_BROKEN);
    assert_int_equal(proof_check(&proof, &few, NULL, &violations), VERDICT_BROKEN);
    vec_finish(&violations);
    proof_finish(&proof);
    str_finish(&text);
    parser_destroy(parser);
}

static void regions_are_verified_one_by_one(void **unused) {
    (void)unused;
    static const char bytes[] = "int a = f(1;\n\n\n\n\nint b = 2;\n\n\n\n\nint c = f(3;\n";
    uint32_t first = (uint32_t)(strstr(bytes, ";") - bytes), last = (uint32_t)sizeof bytes - 3;
    uint32_t middle = (uint32_t)(strstr(bytes, "2;") - bytes);
    struct parser *parser = parser_create();
    struct reader_means means = {.reader = reader_create(), .parser = parser};
    struct text *text;
    struct syntax *syntax;
    assert_int_equal(text_create(bytes, sizeof bytes - 1, &text), STATUS_OK);
    assert_int_equal(syntax_parse(parser, language_find("c"), text, NULL, true, NULL, &syntax), STATUS_OK);
    struct text_edit close_first = {first, first, ")", 1}, close_last = {last, last, ")", 1};
    struct text_edit harmful = {middle, middle, "(", 1}, useless = {middle, middle, "1", 1};
    struct text_edit both[] = {close_first, close_last}, repaired_and_harmed[] = {close_first, harmful};
    const struct {
        struct text_edit *edits;
        size_t count;
        uint32_t at;
        bool proven, broken;
    } cases[] = {{&close_first, 1, first, true, true},
                 {&close_last, 1, last, true, true},
                 {both, 2, first, true, false},
                 {&close_first, 1, last, false, false},
                 {&close_last, 1, first, false, false},
                 {&useless, 1, first, false, false},
                 {repaired_and_harmed, 2, first, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repair repair = {.edits = cases[i].edits, .edit_count = cases[i].count};
        bool broken = false;
        if (verify_region(&means, syntax, &repair, cases[i].at, cases[i].at, 0, NULL, &broken) !=
                cases[i].proven ||
            broken != cases[i].broken)
            fail_msg("case %zu", i);
    }
    const struct {
        struct text_edit *edits;
        size_t count, left;
        bool broken;
    } counts[] = {{both, 2, 0, false},
                  {&close_first, 1, 1, true},
                  {&useless, 1, SIZE_MAX, true},
                  {&close_last, 1, SIZE_MAX, true}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct repair repair = {.edits = counts[i].edits, .edit_count = counts[i].count};
        bool broken;
        assert_int_equal(verify_left(&means, syntax, &repair, first, first, NULL, &broken), counts[i].left);
        assert_int_equal(broken, counts[i].broken);
    }
    syntax_unref(syntax);
    text_unref(text);
    reader_destroy(means.reader);
    parser_destroy(parser);
}

/* What rules refuse counts too, and more of it is allowed only when it was announced. */
static void refused_text_is_left(void **unused) {
    (void)unused;
    static const char bytes[] = "def f()\n    return 1\n\n\nprint 2\n";
    const struct language *language = language_find("python");
    uint32_t head = (uint32_t)(strstr(bytes, "\n") - bytes);
    struct parser *parser = parser_create();
    struct rule_checker *rules = rule_checker_create(language);
    struct reader_means means = {.reader = reader_create(), .parser = parser, .rules = rules};
    struct text *text;
    struct syntax *syntax;
    assert_int_equal(text_create(bytes, sizeof bytes - 1, &text), STATUS_OK);
    assert_int_equal(syntax_parse(parser, language, text, NULL, true, NULL, &syntax), STATUS_OK);
    rule_notes_make(&means, syntax, NULL, true);
    struct text_edit colon = {head, head, ":", 1}, moved[] = {colon, {head + 1, head + 5, "", 0}};
    struct repair good = {.edits = &colon, .edit_count = 1}, bad = {.edits = moved, .edit_count = 2};
    bool broken;
    assert_int_equal(verify_left(&means, syntax, &good, head, head, NULL, &broken), 1);
    assert_false(broken);
    assert_int_equal(verify_left(&means, syntax, &bad, head, head, NULL, &broken), 2);
    assert_false(broken);
    broken = true;
    assert_true(verify_region(&means, syntax, &good, head, head, 0, NULL, &broken));
    assert_false(broken);
    assert_false(verify_region(&means, syntax, &bad, head, head, 0, NULL, &broken));
    assert_true(verify_region(&means, syntax, &bad, head, head, 2, NULL, &broken));
    assert_false(broken);
    syntax_unref(syntax);
    text_unref(text);
    reader_destroy(means.reader);
    rule_checker_destroy(rules);
    parser_destroy(parser);
}

static void a_cancelled_check_proves_nothing(void **unused) {
    (void)unused;
    struct parser *parser = parser_create();
    struct str text;
    str_init(&text);
    for (int i = 0; i < 20000; i++)
        str_adds(&text, "int f(void) { return 1; }\n");
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    struct proof proof;
    assert_false(
        proof_init(&proof, parser, language_find("c"), NULL, text.bytes, (uint32_t)text.length, &cancel));
    proof_finish(&proof);
    str_finish(&text);
    parser_destroy(parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(without_rules_the_grammar_decides),
        cmocka_unit_test(many_edits_in_one_check),
        cmocka_unit_test(regions_are_verified_one_by_one),
        cmocka_unit_test(refused_text_is_left),
        cmocka_unit_test(a_cancelled_check_proves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
