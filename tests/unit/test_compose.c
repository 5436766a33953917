/* What becomes of a solution when it is brought to the text: edits that the text does not need, and what is
 * refused only where the search looked. */
#include "analysis/compose.h"
#include "analysis/rule_notes.h"
#include "analysis/syntax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A solution of one insertion for each mistake, at the places that the text marks with `^`. */
static void lift(const char *marked, const char *const *inserted, size_t leftovers, size_t expected_mistakes,
                 const char *expected) {
    char bytes[256];
    struct text_edit edits[8];
    struct mistake mistakes[8] = {0};
    uint32_t length = 0;
    size_t count = 0;
    for (const char *at = marked; *at; at++) {
        if (*at != '^') {
            bytes[length++] = *at;
            continue;
        }
        edits[count] = (struct text_edit){length, length, inserted[count], (uint32_t)strlen(inserted[count])};
        mistakes[count].start_byte = mistakes[count].end_byte = length;
        mistakes[count].message = "missing";
        mistakes[count].repair = (struct repair){.title = "insert", .edits = &edits[count], .edit_count = 1};
        count++;
    }
    const struct language *language = language_find("javascript");
    struct parser *parser = parser_create();
    struct rule_checker *rules = rule_checker_create(language);
    struct reader_means means = {.reader = reader_create(), .parser = parser, .rules = rules};
    struct arena arena;
    arena_init(&arena);
    struct text *text;
    struct syntax *syntax;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    assert_int_equal(syntax_parse(parser, language, text, NULL, true, NULL, &syntax), STATUS_OK);
    rule_notes_make(&means, syntax, NULL, true);
    struct region_list regions = region_find(syntax, parser, 100, &arena);
    struct rule_violation leftover = {.message = "refused"};
    struct solution solution = {.repair = {.title = "insert", .edits = edits, .edit_count = count},
                                .mistakes = mistakes,
                                .mistake_count = count,
                                .leftovers = &leftover,
                                .leftover_count = leftovers};
    struct searched part = {.excerpt = excerpt_whole(text, 0, length, &arena),
                            .result = {.solutions = &solution, .solution_count = 1},
                            .regions = regions.items,
                            .region_count = regions.count,
                            .whole = true};
    struct compose_input input = {.means = &means,
                                  .scratch = &arena,
                                  .syntax = syntax,
                                  .deadline_ns = UINT64_MAX / 2,
                                  .max_repairs = 5,
                                  .parts = &part,
                                  .part_count = 1};
    compose_lift(&input, &part);
    assert_true(part.lifted);
    assert_int_equal(part.result.solution_count, 1);
    const struct solution *lifted = &part.result.solutions[0];
    assert_int_equal(lifted->mistake_count, expected_mistakes);
    assert_int_equal(lifted->leftover_count, 0);
    struct text *after;
    assert_int_equal(text_apply(text, lifted->repair.edits, lifted->repair.edit_count, &after), STATUS_OK);
    char *found = text_dup(after, 0, text_size(after));
    assert_int_equal(text_size(after), strlen(expected));
    assert_memory_equal(found, expected, strlen(expected));
    mem_free(found);
    text_unref(after);
    syntax_unref(syntax);
    text_unref(text);
    arena_finish(&arena);
    reader_destroy(means.reader);
    rule_checker_destroy(rules);
    parser_destroy(parser);
}

static void edits_that_are_needed_stay(void **unused) {
    (void)unused;
    lift("f(1^;\n", (const char *const[]){")"}, 0, 1, "f(1);\n");
    lift("f(1^;\n\n\n\ng(2^;\n", (const char *const[]){")", ")"}, 0, 2, "f(1);\n\n\n\ng(2);\n");
    /* Each of the two would be right; one is enough. */
    lift("f(1^^;\n", (const char *const[]){")", ";"}, 0, 1, "f(1);\n");
}

static void edits_that_are_not_go(void **unused) {
    (void)unused;
    lift("f(1^;\n\n\n\ng(2);^\n", (const char *const[]){")", ";"}, 0, 1, "f(1);\n\n\n\ng(2);\n");
    lift("^a();\n\n\n\nf(1^;\n", (const char *const[]){";", ")"}, 0, 1, "a();\n\n\n\nf(1);\n");
    lift("^a();\n\n\nf(1^;\n\n\ng(2^;\n^b();\n", (const char *const[]){";", ")", ")", "c();"}, 0, 2,
         "a();\n\n\nf(1);\n\n\ng(2);\nb();\n");
}

static void what_is_refused_nowhere_is_not_left(void **unused) {
    (void)unused;
    lift("f(1^;\n", (const char *const[]){")"}, 1, 1, "f(1);\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_that_are_needed_stay),
        cmocka_unit_test(edits_that_are_not_go),
        cmocka_unit_test(what_is_refused_nowhere_is_not_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
