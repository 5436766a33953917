/* Notes carried over edits are those of a fresh look, whatever was edited before. */
#include "analysis/rule_notes.h"

#include "analysis/pipeline.h"
#include "base/mem.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct syntax *run(struct pipeline *pipeline, const char *language, struct text *text,
                          const struct syntax *previous, bool finish, size_t *ret_findings) {
    struct pipeline_request request = {
        .language = language_find(language), .text = text, .previous = previous, .finish = finish};
    struct analysis *analysis;
    struct syntax *syntax;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, &syntax), STATUS_OK);
    if (ret_findings) *ret_findings = analysis->finding_count;
    analysis_unref(analysis);
    return syntax;
}

static void assert_same_notes(const struct syntax *carried, const struct syntax *fresh) {
    const struct rule_violations *a = rule_notes_of(carried), *b = rule_notes_of(fresh);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct rule_violation *x = &a->items[i], *y = &b->items[i];
        assert_int_equal(x->start_byte, y->start_byte);
        assert_int_equal(x->end_byte, y->end_byte);
        assert_int_equal(x->code, y->code);
        assert_int_equal(x->remedy, y->remedy);
        assert_string_equal(x->message, y->message);
        if (i) assert_true(a->items[i - 1].start_byte <= x->start_byte);
    }
}

/* Replaces the first `old` at or after `from`. */
struct change {
    uint32_t from;
    const char *old, *new;
    size_t notes; /* afterwards */
};

static void edit_and_compare(const char *language, const char *bytes, const struct change *changes,
                             size_t count) {
    struct pipeline *pipeline = pipeline_create();
    struct text *text;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    struct syntax *syntax = run(pipeline, language, text, NULL, true, NULL);
    for (size_t i = 0; i < count; i++) {
        char *now = text_dup(text, 0, text_size(text));
        const char *place = strstr(now + changes[i].from, changes[i].old);
        if (!place) fail_msg("change %zu: no `%s`", i, changes[i].old);
        uint32_t at = (uint32_t)(place - now);
        struct text *next;
        assert_int_equal(text_splice(text, at, at + (uint32_t)strlen(changes[i].old), changes[i].new,
                                     strlen(changes[i].new), &next),
                         STATUS_OK);
        mem_free(now);
        struct syntax *carried = run(pipeline, language, next, syntax, true, NULL);
        char *whole = text_dup(next, 0, text_size(next));
        struct text *copy;
        assert_int_equal(text_create(whole, text_size(next), &copy), STATUS_OK);
        mem_free(whole);
        struct syntax *fresh = run(pipeline, language, copy, NULL, true, NULL);
        if (rule_notes_of(carried)->count != changes[i].notes)
            fail_msg("change %zu: %zu notes, fresh %zu", i, rule_notes_of(carried)->count,
                     rule_notes_of(fresh)->count);
        assert_same_notes(carried, fresh);
        syntax_unref(fresh);
        text_unref(copy);
        syntax_unref(syntax);
        text_unref(text);
        syntax = carried;
        text = next;
    }
    syntax_unref(syntax);
    text_unref(text);
    pipeline_destroy(pipeline);
}

static void python_text(struct str *bytes, int functions) {
    for (int i = 0; i < functions; i++)
        str_addf(bytes, "def function_%d(a):\n    b = a + %d\n    return b\n\n\n", i, i);
}

static const struct change python_changes[] = {
    {0, "return b", "print a", 1},                /* a mistake at the top */
    {9000, "return b", "print a", 2},             /* one below */
    {5000, "b = a", "bigger = a", 2},             /* an edit between them */
    {0, "def", "# words\ndef", 2},                /* one before both */
    {0, "# words\n", "", 2},                      /* and back */
    {9000, "print a", "print(a)", 1},             /* one repaired */
    {15000, "    return b", "      return b", 2}, /* a block's column */
    {15000, "      return b", "    return b", 1},
    {0, "print a", "return a", 0},
};

static void small_and_large_texts_carry_their_notes(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    python_text(&bytes, 500);
    edit_and_compare("python", bytes.bytes, python_changes, sizeof python_changes / sizeof *python_changes);
    python_text(&bytes, 12000); /* cut into chunks */
    assert_true(bytes.length > 500000);
    edit_and_compare("python", bytes.bytes, python_changes, sizeof python_changes / sizeof *python_changes);
    str_finish(&bytes);
    static const struct change small[] = {
        {0, "b\n", "b\n  c\n", 1}, {0, "  c", "c", 0}, {0, "c\n", "print c\n", 1}, {0, "print c", "", 0}};
    edit_and_compare("python", "a\nb\nd\n", small, sizeof small / sizeof *small);
}

static void other_languages_carry_theirs(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    for (int i = 0; i < 400; i++)
        str_addf(&bytes, "int function_%d(int a)\n{\n    return g(a, %d);\n}\n\n", i, i);
    static const struct change c[] = {{8000, "g(a", "g(\"a\" a", 1},
                                      {2000, "g(a", "g(\"a\" a", 2},
                                      {5000, "return", "a += 1;\n    return", 2},
                                      {8000, "\"a\" a", "\"a\", a", 1},
                                      {2000, "\"a\" a", "\"a\" A", 0}};
    edit_and_compare("c", bytes.bytes, c, sizeof c / sizeof *c);
    str_clear(&bytes);
    str_adds(&bytes, "[\n");
    for (int i = 0; i < 1000; i++)
        str_addf(&bytes, "  {\"number\": %d},\n", i);
    str_adds(&bytes, "  null\n]\n");
    static const struct change json[] = {{9000, "  {", "  // a\n  {", 1},
                                         {3000, "  {", "  // b\n  {", 2},
                                         {6000, "  {", "  {},\n  {", 2},
                                         {0, "null\n]\n", "null\n]\n// c\n", 3},
                                         {0, "  // b\n", "", 2}};
    edit_and_compare("json", bytes.bytes, json, sizeof json / sizeof *json);
    str_finish(&bytes);
}

/* Whether a macro's bracket is wrong depends on the whole text. */
static void directives_depend_on_all_of_the_text(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    str_adds(&bytes, "#define MAX(a, b) ((a) > (b) ? (a) : (b)\ndefine LIMIT 3\n");
    for (int i = 0; i < 400; i++)
        str_addf(&bytes, "int function_%d(int a)\n{\n    return g(a, %d);\n}\n\n", i, i);
    static const struct change changes[] = {{9000, "g(a", "MAX(a", 2}, /* its first use */
                                            {9000, "MAX(a", "g(a", 1},
                                            {9000, "g(a", "MAX(a", 2},
                                            {15000, "int f", "#define END )\nint f", 1}, /* the other half */
                                            {15000, "#define END )\n", "", 2},
                                            {5000, "g(a", "define(a", 1}, /* it is a name */
                                            {5000, "define(a", "g(a", 2},
                                            {0, ": (b)", ": (b))", 1},
                                            {0, "define L", "#define L", 0}};
    edit_and_compare("c", bytes.bytes, changes, sizeof changes / sizeof *changes);
    str_finish(&bytes);
}

/* A loop's head is far from the break in it. */
static void heads_far_away_decide(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    str_adds(&bytes, "function far(a) {\n  while (a) {\n");
    for (int i = 0; i < 1500; i++)
        str_addf(&bytes, "    work(a, %d);\n", i);
    str_adds(&bytes, "    break;\n  }\n  return a;\n}\n");
    for (int i = 0; i < 500; i++)
        str_addf(&bytes, "function after_%d(a) {\n  return a + %d;\n}\n", i, i);
    static const struct change head[] = {{0, "while (a)", "if (a)", 1},
                                         {0, "if (a)", "while (a)", 0},
                                         {0, "while", "if", 1},
                                         {0, "if (a)", "for (;;)", 0}};
    edit_and_compare("javascript", bytes.bytes, head, sizeof head / sizeof *head);
    str_finish(&bytes);
}

static void remedies_move_with_what_they_name(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    str_adds(&bytes, "class Alpha {\n");
    for (int i = 0; i < 300; i++)
        str_addf(&bytes, "    int method%d(int a) {\n        return a + %d;\n    }\n\n", i, i);
    str_adds(&bytes, "    Beta() {\n    }\n}\n");
    struct pipeline *pipeline = pipeline_create();
    struct text *text, *next;
    assert_int_equal(text_create(bytes.bytes, bytes.length, &text), STATUS_OK);
    struct syntax *syntax = run(pipeline, "java", text, NULL, true, NULL);
    assert_int_equal(text_splice(text, 0, 0, "/* more */ ", 11, &next), STATUS_OK);
    struct syntax *carried = run(pipeline, "java", next, syntax, true, NULL);
    const struct rule_violations *notes = rule_notes_of(carried);
    assert_int_equal(notes->count, 1);
    char name[6] = "";
    assert_int_equal(notes->items[0].remedy, REMEDY_RENAME);
    assert_int_equal(notes->items[0].from_end - notes->items[0].from_start, 5);
    text_copy(next, notes->items[0].from_start, notes->items[0].from_end, name);
    assert_string_equal(name, "Alpha");
    text_copy(next, notes->items[0].start_byte, notes->items[0].start_byte + 5, name);
    assert_memory_equal(name, "Beta(", 5);
    syntax_unref(carried);
    syntax_unref(syntax);
    text_unref(next);
    text_unref(text);
    pipeline_destroy(pipeline);
    str_finish(&bytes);
}

/* A large text at its first sight is looked at whole only when there is time; an edit is looked at in any
 * case. */
static void large_texts_wait_for_time(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    python_text(&bytes, 100);
    str_adds(&bytes, "print 'a'\n");
    python_text(&bytes, 8000);
    struct pipeline *pipeline = pipeline_create();
    struct text *text, *next;
    assert_int_equal(text_create(bytes.bytes, bytes.length, &text), STATUS_OK);
    size_t findings;
    struct syntax *whole = run(pipeline, "python", text, NULL, true, &findings);
    assert_int_equal(rule_notes_of(whole)->count, 1);
    assert_int_equal(findings, 1);
    struct syntax *hasty = run(pipeline, "python", text, NULL, false, NULL);
    uint32_t at = (uint32_t)(strstr(bytes.bytes + 200000, "return b") - bytes.bytes);
    assert_int_equal(text_splice(text, at, at + 8, "print b ", 8, &next), STATUS_OK);
    struct syntax *edited = run(pipeline, "python", next, hasty, false, &findings);
    bool seen = false;
    for (size_t i = 0; i < rule_notes_of(edited)->count; i++)
        seen |= rule_notes_of(edited)->items[i].start_byte == at;
    assert_true(seen);
    assert_true(findings >= 1);
    syntax_unref(edited);
    syntax_unref(hasty);
    syntax_unref(whole);
    text_unref(next);
    text_unref(text);
    pipeline_destroy(pipeline);
    str_finish(&bytes);
}

static void languages_without_rules_have_no_notes(void **unused) {
    (void)unused;
    struct parser *parser = parser_create();
    struct text *text;
    struct syntax *syntax;
    assert_int_equal(text_create("package a\n", 10, &text), STATUS_OK);
    assert_int_equal(syntax_parse(parser, language_find("go"), text, NULL, true, NULL, &syntax), STATUS_OK);
    struct reader_means means = {.reader = reader_create(), .parser = parser};
    rule_notes_make(&means, syntax, NULL, true);
    assert_int_equal(rule_notes_of(syntax)->count, 0);
    syntax_unref(syntax);
    text_unref(text);
    reader_destroy(means.reader);
    parser_destroy(parser);
    rule_notes_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_and_large_texts_carry_their_notes),
        cmocka_unit_test(other_languages_carry_theirs),
        cmocka_unit_test(directives_depend_on_all_of_the_text),
        cmocka_unit_test(heads_far_away_decide),
        cmocka_unit_test(remedies_move_with_what_they_name),
        cmocka_unit_test(large_texts_wait_for_time),
        cmocka_unit_test(languages_without_rules_have_no_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
