/* What the encoder's answers come to: odds of edits, of repairs, and what the search makes of them. */
#include "analysis/opinion.h"
#include "analysis/pipeline.h"
#include "analysis/search.h"
#include "base/clock.h"
#include "tests/support/biased_model.h"
#include "tests/support/faulty_device.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-3)

static const struct bias token_biases[] = {
    {NULL, OUTPUT_DELETE, 3}, {NULL, OUTPUT_INDENT, 1.5}, {")", 0, 2}, {NULL, 0, 0}};
static const struct bias gap_biases[] = {
    {";", 0, 1}, {"+", 0, -2}, {NULL, OUTPUT_NEWLINE, 2.5}, {NULL, 0, 0}};

struct fixture {
    struct biased_model biased;
    struct opinion *opinion;
    struct layout layout;
};

static void start(struct fixture *fixture, const char *language, const char *text) {
    biased_model_init(&fixture->biased, token_biases, gap_biases);
    fixture->opinion = opinion_create(fixture->biased.model);
    assert_non_null(fixture->opinion);
    layout_init(&fixture->layout, language_find(language), text, (uint32_t)strlen(text));
    opinion_begin(fixture->opinion, &fixture->layout, NULL);
}

static void stop(struct fixture *fixture) {
    opinion_destroy(fixture->opinion);
    layout_finish(&fixture->layout);
    biased_model_finish(&fixture->biased);
}

static double edit(struct fixture *fixture, uint32_t start_byte, uint32_t end_byte, const char *text) {
    struct text_edit made = {start_byte, end_byte, text, (uint32_t)strlen(text)};
    return opinion_edits(fixture->opinion, &made, 1);
}

static void odds_of_tokens_and_gaps(void **state) {
    (void)state;
    struct fixture fixture;
    start(&fixture, "c", "a /* b */ c ]");
    uint16_t semicolon = opinion_output(fixture.opinion, ";", 1);
    assert_true(semicolon >= VOCABULARY_CLASSES);
    assert_int_equal(opinion_output(fixture.opinion, "while", 5), 0);
    NEAR(opinion_token(fixture.opinion, 0, OUTPUT_DELETE), 3);
    NEAR(opinion_token(fixture.opinion, 3, opinion_output(fixture.opinion, ")", 1)), 2);
    NEAR(opinion_token(fixture.opinion, 0, semicolon), BIASED_MODEL_ODDS);
    NEAR(opinion_gap(fixture.opinion, 0, semicolon), 1);
    NEAR(opinion_gap(fixture.opinion, 4, semicolon), 1); /* behind the last token */
    assert_true(opinion_gap(fixture.opinion, 5, semicolon) == OPINION_NONE);
    assert_true(opinion_token(fixture.opinion, 1, OUTPUT_DELETE) == OPINION_NONE); /* the comment */
    assert_true(opinion_token(fixture.opinion, 4, OUTPUT_DELETE) == OPINION_NONE);
    assert_true(opinion_token(fixture.opinion, 0, 0) == OPINION_NONE); /* no such literal */
    assert_true(opinion_change(fixture.opinion, 0) < 0);               /* `+` is likelier than nothing */
    stop(&fixture);
}

static const struct model *the_model(void *payload) {
    return payload;
}

/* What the rules of thumb found alone is not what a run with the encoder would find. */
static void a_device_that_fails_is_told(void **state) {
    (void)state;
    struct faults faults;
    struct device *device;
    struct error error;
    struct biased_model biased;
    faults_init(&faults, kernel_best());
    assert_int_equal(faulty_device_open(&faults, &device, &error), STATUS_OK);
    biased_model_init_on(&biased, device, token_biases, gap_biases);
    struct model_source source = {.get = the_model, .payload = biased.model};
    struct text *text;
    assert_int_equal(text_create("int x = 1\nint y;\n", 17, &text), STATUS_OK);
    struct pipeline_request request = {.language = language_find("c"),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .repair_budget_ns = 60 * NS_PER_S,
                                       .model_source = &source};
    struct pipeline *pipeline = pipeline_create();
    for (unsigned failing = 0; failing < 2; failing++) {
        struct analysis *analysis;
        atomic_store(&faults.fail_one_in, failing);
        assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
        assert_int_equal(analysis->finding_count, 1);
        assert_true(analysis->findings[0].repair_count > 0);
        assert_int_equal(analysis->hurried, failing);
        analysis_unref(analysis);
    }
    pipeline_destroy(pipeline);
    text_unref(text);
    biased_model_finish(&biased);
    faults_finish(&faults);
}

static void odds_of_repairs(void **state) {
    (void)state;
    struct fixture fixture;
    start(&fixture, "python", "a b ]\nc\nd\n");
    NEAR(edit(&fixture, 1, 1, ";"), 1);
    NEAR(edit(&fixture, 4, 5, ""), 3);
    NEAR(edit(&fixture, 4, 5, ")"), 2);
    NEAR(edit(&fixture, 1, 2, "\n"), 2.5);   /* a line broken */
    NEAR(edit(&fixture, 6, 6, "    "), 1.5); /* a line moved */
    NEAR(edit(&fixture, 2, 3, "b;"), 1);     /* what stays the same is no edit */
    assert_true(edit(&fixture, 1, 1, ";;") > 1);
    struct text_edit both[] = {{6, 6, "  ", 2}, {8, 8, "  ", 2}};
    double moved = opinion_edits(fixture.opinion, both, 2);
    assert_true(moved > 1.5 && moved < 3); /* the second line goes with the first */
    NEAR(opinion_edits(fixture.opinion, both, 0), 0);
    stop(&fixture);
}

/* Escapes and quotes that move have no word: they are what the encoder means where it would change something.
 */
static void odds_of_quotes(void **state) {
    (void)state;
    struct fixture fixture;
    start(&fixture, "c", "f(\"a\"b, c);\n\"d\"");
    double inside = edit(&fixture, 3, 3, "x"), escape = edit(&fixture, 4, 4, "\\");
    assert_true(escape < inside && escape < 0);
    struct text_edit moved[] = {{4, 5, "", 0}, {6, 6, "\"", 1}};
    assert_true(opinion_edits(fixture.opinion, moved, 2) < inside);
    assert_true(opinion_edits(fixture.opinion, moved, 1) > opinion_edits(fixture.opinion, moved, 2));
    struct text_edit apart[] = {{4, 5, "", 0}, {15, 15, "\"", 1}}; /* on another line: no pair */
    assert_true(opinion_edits(fixture.opinion, apart, 2) > opinion_edits(fixture.opinion, moved, 2));
    stop(&fixture);
}

static void long_texts_are_read_in_stretches(void **state) {
    (void)state;
    enum { TOKENS = 3000 };
    char text[2 * TOKENS + 1];
    for (int i = 0; i < TOKENS; i++)
        memcpy(text + 2 * i, i % 2 ? ", " : "x ", 2);
    text[2 * TOKENS] = '\0';
    struct fixture fixture;
    start(&fixture, "c", text);
    uint16_t semicolon = opinion_output(fixture.opinion, ";", 1);
    NEAR(opinion_gap(fixture.opinion, TOKENS, semicolon), 1);
    NEAR(opinion_token(fixture.opinion, TOKENS - 1, OUTPUT_DELETE), 3);
    NEAR(opinion_token(fixture.opinion, TOKENS / 2, OUTPUT_DELETE), 3);
    unsigned answered = 0;
    for (uint32_t i = 0; i < TOKENS; i++)
        answered += opinion_token(fixture.opinion, i, OUTPUT_DELETE) != OPINION_NONE;
    assert_in_range(answered, 500, TOKENS - 1); /* there is a bound on how much is read */
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    opinion_begin(fixture.opinion, &fixture.layout, &cancel);
    assert_true(opinion_token(fixture.opinion, 0, OUTPUT_DELETE) == OPINION_NONE);
    stop(&fixture);
}

static void texts_without_tokens(void **state) {
    (void)state;
    struct fixture fixture;
    start(&fixture, "c", "// nothing");
    assert_true(opinion_gap(fixture.opinion, 0, opinion_output(fixture.opinion, ";", 1)) == OPINION_NONE);
    assert_true(opinion_token(fixture.opinion, 0, OUTPUT_DELETE) == OPINION_NONE);
    stop(&fixture);
    assert_null(opinion_create(NULL));
}

/* The title of the best repair of `f(a b);` for who has this opinion. */
static void solve(struct opinion *opinion, const char *title) {
    static const char text[] = "void f(void)\n{\n    g(a b);\n}\n";
    struct parser *parser = parser_create();
    struct search *search = search_create();
    struct arena arena;
    arena_init(&arena);
    struct search_request request = {.language = language_find("c"),
                                     .bytes = text,
                                     .length = sizeof text - 1,
                                     .opinion = opinion,
                                     .max_solutions = 3};
    struct search_result result;
    search_run(search, parser, &request, &arena, &result);
    assert_true(result.solution_count > 0);
    assert_string_equal(result.solutions[0].repair.title, title);
    arena_finish(&arena);
    search_destroy(search);
    parser_destroy(parser);
}

static void the_search_follows_the_encoder(void **state) {
    (void)state;
    struct fixture fixture;
    start(&fixture, "c", "");
    solve(NULL, "insert `,`");
    solve(fixture.opinion, "insert `+`");
    stop(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_fails_is_told),
        cmocka_unit_test(odds_of_tokens_and_gaps),
        cmocka_unit_test(odds_of_repairs),
        cmocka_unit_test(odds_of_quotes),
        cmocka_unit_test(long_texts_are_read_in_stretches),
        cmocka_unit_test(texts_without_tokens),
        cmocka_unit_test(the_search_follows_the_encoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
