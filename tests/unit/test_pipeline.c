/* All stages on one text: what an editor and the command line get. */
#include "analysis/pipeline.h"

#include "base/clock.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Far more than any repair here needs, for slow machines and sanitizers. */
#define PATIENCE_NS (60 * NS_PER_S)

static struct text *make(const char *bytes) {
    struct text *text;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    return text;
}

static struct analysis *analyse(struct pipeline *pipeline, const char *language, const char *bytes) {
    struct text *text = make(bytes);
    struct pipeline_request request = {.language = language_find(language),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .repair_budget_ns = PATIENCE_NS};
    struct analysis *analysis;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
    assert_ptr_equal(analysis->text, text);
    text_unref(text);
    return analysis;
}

static size_t findings_after(struct pipeline *pipeline, const char *language, const struct text *text,
                             const struct repair *repair) {
    struct text *after;
    assert_int_equal(text_apply(text, repair->edits, repair->edit_count, &after), STATUS_OK);
    struct pipeline_request request = {.language = language_find(language), .text = after, .finish = true};
    struct analysis *analysis;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
    size_t count = analysis->finding_count;
    analysis_unref(analysis);
    text_unref(after);
    return count;
}

static void assert_repaired(const struct text *text, const struct repair *repair, const char *expected) {
    struct text *after, *wanted = make(expected);
    assert_int_equal(text_apply(text, repair->edits, repair->edit_count, &after), STATUS_OK);
    struct text_hunk hunk;
    assert_int_equal(text_diff(after, wanted, &hunk, 1), 0);
    text_unref(after);
    text_unref(wanted);
}

static void clean_texts_have_no_findings(void **unused) {
    (void)unused;
    static const char *const cases[][2] = {{"c", "int a;\n"},       {"python", "x = 1\n"},
                                           {"json", "{}"},          {"go", "package a\n"},
                                           {"rust", "fn f() {}\n"}, {"java", "class A {}\n"},
                                           {"javascript", "f();"},  {"typescript", "let a: number;"}};
    struct pipeline *pipeline = pipeline_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct analysis *analysis = analyse(pipeline, cases[i][0], cases[i][1]);
        assert_int_equal(analysis->finding_count, 0);
        assert_int_equal(analysis->fix_count, 0);
        assert_false(analysis->partial);
        assert_false(analysis->cut_short);
        assert_true(analysis->repairs_done);
        assert_true(analysis->times.ns[STAGE_PARSE] > 0);
        analysis_unref(analysis);
    }
    pipeline_destroy(pipeline);
    pipeline_destroy(NULL);
}

struct early {
    struct analysis *analysis;
    unsigned calls;
};

static void keep_early(const struct analysis *analysis, void *payload) {
    struct early *early = payload;
    early->calls++;
    if (!early->analysis) early->analysis = analysis_ref(analysis);
}

static void findings_come_before_repairs(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        bool want_repairs;
        unsigned calls;
    } cases[] = {{"int f(void)\n{\n    return 0\n}\n", true, 1},
                 {"int f(void)\n{\n    return 0\n}\n", false, 1},
                 {"int f(void)\n{\n    return 0;\n}\n", true, 0}};
    struct pipeline *pipeline = pipeline_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct early early = {0};
        struct text *text = make(cases[i].text);
        struct pipeline_request request = {.language = language_find("c"),
                                           .text = text,
                                           .finish = true,
                                           .want_repairs = cases[i].want_repairs,
                                           .repair_budget_ns = PATIENCE_NS,
                                           .on_findings = keep_early,
                                           .payload = &early};
        struct analysis *analysis;
        assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
        assert_int_equal(early.calls, cases[i].calls);
        assert_int_equal(analysis->finding_count, cases[i].calls);
        assert_int_equal(analysis->repairs_done, cases[i].want_repairs);
        if (early.analysis) {
            assert_false(early.analysis->repairs_done);
            assert_int_equal(early.analysis->finding_count, 1);
            assert_int_equal(early.analysis->findings[0].repair_count, 0);
            assert_int_equal(early.analysis->fix_count, 0);
            assert_true(early.analysis->times.ns[STAGE_PARSE] > 0);
            assert_true(early.analysis->elapsed_ns <= analysis->elapsed_ns);
            assert_int_equal(analysis->findings[0].repair_count > 0, cases[i].want_repairs);
            assert_int_equal(analysis->fix_count > 0, cases[i].want_repairs);
        }
        analysis_unref(early.analysis);
        analysis_unref(analysis);
        text_unref(text);
    }
    pipeline_destroy(pipeline);
}

static void the_previous_syntax_changes_nothing_but_the_time(void **unused) {
    (void)unused;
    static const char broken[] = "int f(void)\n{\n    return g(1;\n}\n";
    struct pipeline *pipeline = pipeline_create();
    struct text *text = make(broken), *clean;
    struct pipeline_request request = {.language = language_find("c"),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .repair_budget_ns = PATIENCE_NS};
    struct analysis *first, *second, *third;
    struct syntax *syntax, *next, *last;
    assert_int_equal(pipeline_run(pipeline, &request, &first, &syntax), STATUS_OK);
    assert_true(syntax_has_error(syntax));
    assert_ptr_equal(syntax_text(syntax), text);
    assert_true(first->fix_count > 0);

    assert_int_equal(text_apply(text, first->fixes[0].edits, first->fixes[0].edit_count, &clean), STATUS_OK);
    request.text = clean;
    request.previous = syntax;
    assert_int_equal(pipeline_run(pipeline, &request, &second, &next), STATUS_OK);
    assert_int_equal(second->finding_count, 0);

    request.text = text;
    request.previous = next;
    assert_int_equal(pipeline_run(pipeline, &request, &third, &last), STATUS_OK);
    assert_int_equal(third->finding_count, first->finding_count);
    assert_int_equal(third->findings[0].start_byte, first->findings[0].start_byte);
    assert_int_equal(third->findings[0].code, first->findings[0].code);
    assert_string_equal(third->findings[0].message, first->findings[0].message);
    assert_int_equal(third->fix_count, first->fix_count);
    assert_string_equal(third->fixes[0].title, first->fixes[0].title);
    assert_true(third->fixes[0].confidence == first->fixes[0].confidence);
    struct syntax *syntaxes[] = {syntax, next, last};
    struct analysis *analyses[] = {first, second, third};
    for (size_t i = 0; i < 3; i++) {
        syntax_unref(syntaxes[i]);
        analysis_unref(analyses[i]);
    }
    text_unref(text);
    text_unref(clean);
    pipeline_destroy(pipeline);
}

static void no_more_repairs_than_asked_for(void **unused) {
    (void)unused;
    struct pipeline *pipeline = pipeline_create();
    struct text *text = make("[1 2]");
    size_t most = 0;
    for (unsigned max = 0; max <= 3; max++) {
        struct pipeline_request request = {.language = language_find("json"),
                                           .text = text,
                                           .finish = true,
                                           .want_repairs = true,
                                           .max_repairs = max,
                                           .repair_budget_ns = PATIENCE_NS};
        struct analysis *analysis;
        assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
        size_t limit = max ? max : 5;
        assert_int_equal(analysis->finding_count, 1);
        assert_true(analysis->findings[0].repair_count >= 1 && analysis->findings[0].repair_count <= limit);
        assert_true(analysis->fix_count >= 1 && analysis->fix_count <= limit);
        if (!max) most = analysis->fix_count;
        for (size_t i = 1; i < analysis->fix_count; i++)
            assert_true(analysis->fixes[i].confidence <= analysis->fixes[i - 1].confidence);
        analysis_unref(analysis);
    }
    assert_true(most > 1);
    text_unref(text);
    pipeline_destroy(pipeline);
}

static void several_mistakes_ascend_each_with_a_repair(void **unused) {
    (void)unused;
    static const struct {
        const char *language, *text;
        size_t findings;
        const char *repaired;
    } cases[] = {
        {"c", "void f(void)\n{\n    g(1;\n    h(2);\n    i(3)\n}\n", 2,
         "void f(void)\n{\n    g(1);\n    h(2);\n    i(3);\n}\n"},
        {"python", "def f()\n    return 1\n\n\ndef g()\n    return 2\n\n\ndef h(:\n    return 3\n", 3,
         "def f():\n    return 1\n\n\ndef g():\n    return 2\n\n\ndef h():\n    return 3\n"},
        {"json", "{\n  \"a\" 1,\n  \"b\": [2, 3,\n  \"c\": 4\n}\n", 2, NULL},
        {"json", "// note\n{\n  \"a\": 1,\n  \"b\": [2, 3,]\n}\n", 2, "{\n  \"a\": 1,\n  \"b\": [2, 3]\n}\n"},
    };
    struct pipeline *pipeline = pipeline_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct analysis *analysis = analyse(pipeline, cases[i].language, cases[i].text);
        if (analysis->finding_count != cases[i].findings)
            fail_msg("%zu findings in:\n%s", analysis->finding_count, cases[i].text);
        assert_false(analysis->partial);
        assert_true(analysis->fix_count > 0);
        assert_int_equal(findings_after(pipeline, cases[i].language, analysis->text, &analysis->fixes[0]), 0);
        if (cases[i].repaired) assert_repaired(analysis->text, &analysis->fixes[0], cases[i].repaired);
        for (size_t k = 0; k < analysis->finding_count; k++) {
            const struct finding *finding = &analysis->findings[k];
            if (k) assert_true(finding->start_byte >= analysis->findings[k - 1].start_byte);
            assert_true(finding->repair_count > 0);
            assert_true(finding->end_byte <= text_size(analysis->text));
            size_t left = findings_after(pipeline, cases[i].language, analysis->text, &finding->repairs[0]);
            assert_true(left < analysis->finding_count);
        }
        analysis_unref(analysis);
    }
    pipeline_destroy(pipeline);
}

static void add_functions(struct str *bytes, const char *name) {
    for (int i = 0; i < 20; i++)
        str_addf(bytes, "int %s_%d(int a)\n{\n    return a + %d;\n}\n\n", name, i, i);
}

static void what_can_be_repaired_is(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    add_functions(&bytes, "before");
    str_adds(&bytes, "int repairable(void)\n{\n    return 0\n}\n\n");
    add_functions(&bytes, "between");
    str_adds(&bytes, "int noise(void)\n{\n    ");
    for (int i = 0; i < 30; i++)
        str_adds(&bytes, "@ $ ` ");
    str_adds(&bytes, "\n}\n\n");
    add_functions(&bytes, "behind");
    struct pipeline *pipeline = pipeline_create();
    struct text *text = make(bytes.bytes);
    struct pipeline_request request = {.language = language_find("c"),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .repair_budget_ns = PATIENCE_NS};
    struct analysis *analysis;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
    assert_true(analysis->finding_count >= 2);
    assert_true(analysis->partial);
    const struct finding *first = &analysis->findings[0];
    assert_int_equal(first->code, FINDING_MISSING_TOKEN);
    assert_true(first->repair_count > 0);
    assert_int_equal(first->repairs[0].edits[0].new_bytes[0], ';');
    size_t unrepaired = 0;
    for (size_t i = 0; i < analysis->finding_count; i++)
        unrepaired += analysis->findings[i].repair_count == 0;
    assert_true(unrepaired > 0);
    analysis_unref(analysis);
    text_unref(text);
    str_finish(&bytes);
    pipeline_destroy(pipeline);
}

/* What is found when there is no time for repairs. */
static struct analysis *run_without_time(const char *language, const char *bytes) {
    struct pipeline *pipeline = pipeline_create();
    struct text *text = make(bytes);
    struct pipeline_request request = {.language = language_find(language),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .repair_budget_ns = 1};
    struct analysis *analysis;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
    assert_true(analysis->cut_short);
    assert_true(analysis->repairs_done);
    assert_true(analysis->partial);
    text_unref(text);
    pipeline_destroy(pipeline);
    return analysis;
}

static void a_spent_budget_is_said(void **unused) {
    (void)unused;
    struct analysis *analysis = run_without_time("c", "int f(void)\n{\n    return g(1;\n}\n");
    assert_true(analysis->finding_count > 0); /* findings do not wait for repairs */
    analysis_unref(analysis);
}

/* Pieces of a large text are parsed apart: what is broken in one is no echo of what is in another. */
static void mistakes_far_apart_are_all_told(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    for (int i = 0; i < 15000; i++) {
        const char *argument = i % 5000 == 2500 ? "1 2" : "1, 2";
        str_addf(&bytes, "function f%d() {\n    return g(%s);\n}\n\n", i, argument);
    }
    struct analysis *analysis = run_without_time("javascript", bytes.bytes);
    assert_int_equal(analysis->finding_count, 3);
    analysis_unref(analysis);
    str_finish(&bytes);
}

/* Texts so small that the parser never looks at the time, and what turns out only when they are read on. */
static void what_was_not_judged_is_no_finding(void **unused) {
    (void)unused;
    static const struct {
        const char *language, *bytes;
    } cases[] = {{"c", "int a = ;\n"}, {"c", "int a = 1\n"}, {"json", "[1,]"}, {"typescript", "let a = ;\n"}};
    struct pipeline *pipeline = pipeline_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text *text = make(cases[i].bytes);
        struct cancel cancel;
        cancel_init(&cancel, NULL, 0);
        cancel_request(&cancel);
        struct pipeline_request request = {.language = language_find(cases[i].language),
                                           .text = text,
                                           .want_repairs = true,
                                           .cancel = &cancel};
        struct analysis *analysis;
        struct syntax *cut, *whole;
        assert_int_equal(pipeline_run(pipeline, &request, &analysis, &cut), STATUS_OK);
        assert_true(analysis->half_judged);
        assert_int_equal(analysis->finding_count, 0);
        analysis_unref(analysis);
        request.previous = cut;
        request.cancel = NULL;
        request.finish = true;
        assert_int_equal(pipeline_run(pipeline, &request, &analysis, &whole), STATUS_OK);
        assert_false(analysis->half_judged);
        assert_int_equal(analysis->finding_count, 1);
        analysis_unref(analysis);
        syntax_unref(cut);
        syntax_unref(whole);
        text_unref(text);
    }
    pipeline_destroy(pipeline);
}

static void a_cancelled_parse_returns_nothing(void **unused) {
    (void)unused;
    struct pipeline *pipeline = pipeline_create();
    struct str bytes;
    str_init(&bytes);
    for (int i = 0; i < 20000; i++)
        str_adds(&bytes, "int f(void) { return 1; }\n");
    struct text *text = make(bytes.bytes);
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    struct pipeline_request request = {.language = language_find("c"),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .cancel = &cancel};
    struct analysis *analysis = NULL;
    struct syntax *syntax = NULL;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, &syntax), STATUS_CANCELLED);
    assert_null(analysis);
    assert_null(syntax);
    text_unref(text);
    str_finish(&bytes);
    pipeline_destroy(pipeline);
}

static void one_mistake_in_a_large_text(void **unused) {
    (void)unused;
    struct pipeline *pipeline = pipeline_create();
    for (int language = 0; language < 2; language++) {
        struct str broken, whole;
        str_init(&broken);
        str_init(&whole);
        size_t at = 0;
        if (language) str_adds(&whole, "[\n");
        for (int i = 0; whole.length < 200000; i++) {
            if (language)
                str_addf(&whole, "  {\"number\": %d, \"list\": [%d, 2, 3]},\n", i, i);
            else
                str_addf(&whole, "int function_%d(int a)\n{\n    return g(a, %d);\n}\n\n", i, i);
            if (!at && whole.length > 120000) at = whole.length;
        }
        if (language) str_adds(&whole, "  null\n]\n");
        const char *gone = strstr(whole.bytes + at, language ? "]" : ")");
        gone = language ? gone : strstr(gone + 1, ")");
        str_add(&broken, whole.bytes, (size_t)(gone - whole.bytes));
        str_adds(&broken, gone + 1);
        struct analysis *analysis = analyse(pipeline, language ? "json" : "c", broken.bytes);
        assert_int_equal(analysis->finding_count, 1);
        assert_int_equal(analysis->findings[0].code, FINDING_UNCLOSED_BRACKET);
        assert_false(analysis->partial);
        assert_false(analysis->open);
        assert_true(analysis->fix_count > 0);
        assert_repaired(analysis->text, &analysis->fixes[0], whole.bytes);
        uint32_t line = text_line_of(analysis->text, (uint32_t)(gone - whole.bytes));
        assert_int_equal(text_line_of(analysis->text, analysis->findings[0].start_byte), line);
        analysis_unref(analysis);
        str_finish(&broken);
        str_finish(&whole);
    }
    pipeline_destroy(pipeline);
}

/* What is refused because of a line far away stays so, whatever is repaired between; and the mistake between
 * is told once. */
static void a_refusal_is_not_another_mistake(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    for (int i = 0; bytes.length < 100000; i++) {
        if (i == 100 || i == 300 || i == 500 || i == 700) str_addf(&bytes, "const twice = %d;\n", i);
        if (i == 800)
            str_adds(&bytes, "const h = (a) => {\n    if (a.b) {\n        return {\n            ...a,\n"
                             "            c: a.d,\n        ;\n    }\n    return a;\n};\n");
        str_addf(&bytes, "function f%d(options) {\n    if (options.a) {\n", i);
        str_addf(&bytes, "        return { ...options, b: g%d(options.a, %d) };\n    }\n}\n", i, i);
    }
    struct pipeline *pipeline = pipeline_create();
    struct analysis *analysis = analyse(pipeline, "javascript", bytes.bytes);
    size_t refused = 0, unclosed = 0;
    for (size_t i = 0; i < analysis->finding_count; i++) {
        refused += analysis->findings[i].code == FINDING_NOT_ALLOWED;
        unclosed += analysis->findings[i].code == FINDING_UNCLOSED_BRACKET;
    }
    assert_int_equal(refused, 3);
    assert_int_equal(unclosed, 1);
    assert_int_equal(analysis->finding_count, 4);
    analysis_unref(analysis);
    str_finish(&bytes);
    pipeline_destroy(pipeline);
}

/* Whoever has a key twice in an object, or pastes from a console, changes more than what is broken. */
static void what_is_hardly_meant_is_believed_less(void **unused) {
    (void)unused;
    static const struct {
        const char *language, *text;
        bool doubted;
    } cases[] = {
        {"json", "{\n  \"a\": 1\n  \"b\": 2\n}\n", false},
        {"json", "{\n  \"a\": 1\n  \"a\": 2\n}\n", true},
        {"json", "{\n  \"c\": {\"a\": 1, \"a\": 2},\n  \"d\": 1\n  \"b\": 2\n}\n", false},
        {"json", "{\n  \"c\": {\n    \"a\": 1\n    \"b\": 2\n  },\n  \"c\": 3\n}\n", true},
        {"python", "if x\n    print(x)\n", false},
        {"python", ">>> x = 1\n>>> print(x)\n", true},
    };
    struct pipeline *pipeline = pipeline_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct analysis *analysis = analyse(pipeline, cases[i].language, cases[i].text);
        assert_true(analysis->fix_count > 0);
        double chance = repair_chance(&analysis->fixes[0]);
        if (cases[i].doubted) {
            assert_true(chance < 0.9);
            assert_true(analysis->fixes[0].confidence <= chance);
        } else {
            assert_true(chance == 1);
        }
        analysis_unref(analysis);
    }
    pipeline_destroy(pipeline);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_texts_have_no_findings),
        cmocka_unit_test(findings_come_before_repairs),
        cmocka_unit_test(the_previous_syntax_changes_nothing_but_the_time),
        cmocka_unit_test(no_more_repairs_than_asked_for),
        cmocka_unit_test(several_mistakes_ascend_each_with_a_repair),
        cmocka_unit_test(what_can_be_repaired_is),
        cmocka_unit_test(a_spent_budget_is_said),
        cmocka_unit_test(mistakes_far_apart_are_all_told),
        cmocka_unit_test(what_was_not_judged_is_no_finding),
        cmocka_unit_test(a_cancelled_parse_returns_nothing),
        cmocka_unit_test(one_mistake_in_a_large_text),
        cmocka_unit_test(a_refusal_is_not_another_mistake),
        cmocka_unit_test(what_is_hardly_meant_is_believed_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
