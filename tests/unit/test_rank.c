/* Order and confidence of solutions, and which of them are the same. */
#include "analysis/rank.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EDITS_MAX 4

struct sample {
    struct text_edit edits[EDITS_MAX];
    struct mistake mistakes[EDITS_MAX];
};

static struct solution make(struct sample *sample, double cost, const struct text_edit *edits, size_t count) {
    memset(sample, 0, sizeof *sample);
    memcpy(sample->edits, edits, count * sizeof *edits);
    return (struct solution){.repair = {.edits = sample->edits, .edit_count = count},
                             .mistakes = sample->mistakes,
                             .mistake_count = count,
                             .cost = cost};
}

static const struct text_edit semicolon = {5, 5, ";", 1}, comma = {5, 5, ",", 1}, closer = {9, 9, ")", 1};

static void duplicates_make_the_same_edits(void **unused) {
    (void)unused;
    const struct text_edit elsewhere = {6, 6, ";", 1}, wider = {5, 6, ";", 1}, longer = {5, 5, ";;", 2};
    const struct text_edit two[] = {semicolon, closer}, turned[] = {comma, closer};
    struct {
        const struct text_edit *edits;
        size_t count;
        bool duplicate;
    } cases[] = {{&semicolon, 1, true}, {&comma, 1, false}, {&elsewhere, 1, false}, {&wider, 1, false},
                 {&longer, 1, false},   {two, 2, true},     {turned, 2, false},     {&closer, 1, false}};
    struct sample samples[3];
    struct solution known[2] = {make(&samples[0], 1, &semicolon, 1), make(&samples[1], 2, two, 2)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct solution candidate = make(&samples[2], 7, cases[i].edits, cases[i].count);
        assert_int_equal(rank_is_duplicate(known, 2, &candidate), cases[i].duplicate);
        assert_false(rank_is_duplicate(known, 0, &candidate));
    }
    struct solution second = make(&samples[2], 2, two, 2);
    assert_false(rank_is_duplicate(known, 1, &second)); /* only the first `count` are looked at */
}

static void the_cheapest_comes_first(void **unused) {
    (void)unused;
    struct sample samples[3];
    struct solution solutions[3] = {make(&samples[0], 6.5, &comma, 1), make(&samples[1], 0.5, &semicolon, 1),
                                    make(&samples[2], 3, &closer, 1)};
    rank_solutions(solutions, 3, false);
    assert_ptr_equal(solutions[0].repair.edits, samples[1].edits);
    assert_ptr_equal(solutions[1].repair.edits, samples[2].edits);
    assert_ptr_equal(solutions[2].repair.edits, samples[0].edits);
    double total = 0;
    for (size_t i = 0; i < 3; i++) {
        double confidence = solutions[i].repair.confidence;
        assert_true(confidence > 0 && confidence < 1);
        if (i) assert_true(confidence < solutions[i - 1].repair.confidence);
        assert_true(solutions[i].mistakes[0].repair.confidence == confidence);
        total += confidence;
    }
    assert_true(total < 1); /* something is left for repairs that nobody proposed */
    rank_solutions(solutions, 0, false);
    assert_ptr_equal(solutions[0].repair.edits, samples[1].edits);
}

static void equal_costs_prefer_fewer_edits(void **unused) {
    (void)unused;
    struct sample samples[2];
    const struct text_edit two[] = {semicolon, closer};
    struct solution solutions[2] = {make(&samples[0], 2, two, 2), make(&samples[1], 2, &comma, 1)};
    rank_solutions(solutions, 2, false);
    assert_int_equal(solutions[0].repair.edit_count, 1);
    assert_true(solutions[0].repair.confidence > solutions[1].repair.confidence);
}

/* A rival lowers the confidence, a dear rival hardly; a dear repair is believed less even alone. */
static void confidence_depends_on_the_rivals(void **unused) {
    (void)unused;
    struct sample samples[2];
    struct solution alone[1] = {make(&samples[0], 1, &semicolon, 1)};
    rank_solutions(alone, 1, false);
    double best = alone[0].repair.confidence;
    double before = best;
    for (double rival = 9; rival >= 1; rival -= 2) {
        struct solution both[2] = {make(&samples[0], 1, &semicolon, 1), make(&samples[1], rival, &comma, 1)};
        rank_solutions(both, 2, false);
        assert_true(both[0].repair.confidence < before);
        before = both[0].repair.confidence;
    }
    assert_true(before <= 0.5);
    struct solution dear[1] = {make(&samples[0], 4, &semicolon, 1)};
    rank_solutions(dear, 1, false);
    assert_true(dear[0].repair.confidence < best);
}

static void made_up_names_come_last(void **unused) {
    (void)unused;
    struct sample samples[2];
    for (int with_odds = 0; with_odds < 2; with_odds++) {
        struct solution solutions[2] = {make(&samples[0], 0.5, &comma, 1), make(&samples[1], 3, &closer, 1)};
        solutions[0].repair.reasons[REASON_PLACEHOLDERS] = 1;
        for (int i = 0; i < 2; i++)
            solutions[i].repair.reasons[REASON_COST] = (float)solutions[i].cost;
        rank_solutions(solutions, 2, with_odds);
        assert_ptr_equal(solutions[0].repair.edits, samples[1].edits);
    }
}

static void likelier_repairs_come_first(void **unused) {
    (void)unused;
    struct sample samples[2];
    struct solution solutions[2] = {make(&samples[0], 1, &comma, 1), make(&samples[1], 1, &closer, 1)};
    solutions[0].repair.reasons[REASON_ODDS] = 6;
    solutions[1].repair.reasons[REASON_ODDS] = -2;
    rank_solutions(solutions, 2, true);
    assert_ptr_equal(solutions[0].repair.edits, samples[1].edits);
    assert_true(solutions[0].repair.confidence > 2 * solutions[1].repair.confidence);
    assert_true(solutions[0].repair.confidence + solutions[1].repair.confidence < 1);
}

static void reasons_count_what_is_done(void **unused) {
    (void)unused;
    struct sample sample;
    struct layout layout;
    static const char text[] = "a b ] c\nd";
    layout_init(&layout, language_find("python"), text, sizeof text - 1);
    const struct text_edit edits[] = {{1, 1, " _ return", 9}, {3, 5, "", 0}, {8, 8, "    ", 4}};
    struct solution solution = make(&sample, 2.5, edits, 3);
    rank_describe(&solution, &layout, NULL, NULL);
    const float *reasons = solution.repair.reasons;
    assert_true(reasons[REASON_COST] == 2.5f && reasons[REASON_ODDS] == 0 && reasons[REASON_MISTAKES] == 3);
    assert_true(reasons[REASON_INSERTED] == 2 && reasons[REASON_REMOVED] == 1 && reasons[REASON_LINES] == 1);
    assert_true(reasons[REASON_PLACEHOLDERS] == 1 && reasons[REASON_WORDS] == 1);
    layout_finish(&layout);
}

/* The only edit makes `repaired` of the text: known names that it costs, and strangers that it makes. */
static void check_names(const char *text, const char *known, const struct text_edit *edit, int lost,
                        int strangers) {
    struct sample sample;
    struct layout layout;
    struct text *document;
    const struct language *python = language_find("python");
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s", known, text);
    assert_int_equal(text_create(whole, strlen(whole), &document), STATUS_OK);
    struct names *names = names_create(&(struct names_params){.language = python, .text = document});
    layout_init(&layout, python, text, (uint32_t)strlen(text));
    struct solution solution = make(&sample, 1, edit, 1);
    rank_describe(&solution, &layout, NULL, names);
    assert_int_equal((int)solution.repair.reasons[REASON_LOST], lost);
    assert_int_equal((int)solution.repair.reasons[REASON_STRANGERS], strangers);
    rank_describe(&solution, &layout, NULL, NULL);
    assert_true(solution.repair.reasons[REASON_LOST] == 0 && solution.repair.reasons[REASON_STRANGERS] == 0);
    layout_finish(&layout);
    names_unref(names);
    text_unref(document);
}

static void names_that_come_and_go(void **unused) {
    (void)unused;
    const struct text_edit join = {3, 4, "", 0}, away = {0, 3, "", 0}, quote = {0, 0, "'", 1},
                           between = {3, 3, ",", 1}, part = {1, 1, " ", 1};
    check_names("get Name\n", "getName = 1\n", &join, 0, -2);
    check_names("get Name\n", "other = 1\n", &join, 0, -1);
    check_names("get Name\n", "get = 1\n", &away, 1, 0);
    check_names("get Name\n", "get = 1\n", &between, 0, 0);
    check_names("abc\n", "", &part, 0, 1);
    check_names("a b c d e\n", "", &(struct text_edit){0, 0, "# ", 2}, 0, -2);
    check_names("get Name'\n", "get = Name = 1\n", &quote, 2, 0);
}

static void unknown_names_come_behind_known_ones(void **unused) {
    (void)unused;
    struct sample samples[2];
    for (int with_odds = 0; with_odds < 2; with_odds++) {
        struct solution solutions[2] = {make(&samples[0], 1, &comma, 1), make(&samples[1], 1, &closer, 1)};
        solutions[0].repair.reasons[REASON_LOST] = 1;
        solutions[1].repair.reasons[REASON_STRANGERS] = -1;
        rank_solutions(solutions, 2, with_odds);
        assert_ptr_equal(solutions[0].repair.edits, samples[1].edits);
    }
}

/* Who writes code of another version of the language wants more of it changed. */
static void a_translation_is_not_all_that_is_wanted(void **unused) {
    (void)unused;
    const struct text_edit edits[] = {{5, 6, "(", 1}, {7, 7, ")", 1}};
    struct sample sample;
    struct solution solution = make(&sample, 1, edits, 2);
    struct layout layout;
    layout_init(&layout, language_find("python"), "print x", 7);
    rank_describe(&solution, &layout, NULL, NULL);
    rank_solutions(&solution, 1, true);
    double sure = solution.repair.confidence;
    assert_true(repair_chance(&solution.repair) == 1);
    sample.mistakes[0].translates = true;
    rank_describe(&solution, &layout, NULL, NULL);
    rank_solutions(&solution, 1, true);
    double chance = repair_chance(&solution.repair);
    assert_true(solution.repair.reasons[REASON_TRANSLATED] == 1);
    assert_true(chance > 0 && chance < 1);
    /* Its share is larger than that of the same edits without a rule that knows them. */
    assert_true(solution.repair.confidence > sure * chance);
    assert_true(solution.repair.confidence <= chance);
    layout_finish(&layout);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duplicates_make_the_same_edits),
        cmocka_unit_test(the_cheapest_comes_first),
        cmocka_unit_test(equal_costs_prefer_fewer_edits),
        cmocka_unit_test(confidence_depends_on_the_rivals),
        cmocka_unit_test(a_translation_is_not_all_that_is_wanted),
        cmocka_unit_test(made_up_names_come_last),
        cmocka_unit_test(likelier_repairs_come_first),
        cmocka_unit_test(reasons_count_what_is_done),
        cmocka_unit_test(names_that_come_and_go),
        cmocka_unit_test(unknown_names_come_behind_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
