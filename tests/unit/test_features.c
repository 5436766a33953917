/* What the encoder is told of a token, and the numbers of literals. */
#include "analysis/features.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct vocabulary *vocabulary;
    struct layout layout;
};

static void open_text(struct fixture *fixture, const char *language, const char *text) {
    fixture->vocabulary = vocabulary_of_languages();
    layout_init(&fixture->layout, language_find(language), text, (uint32_t)strlen(text));
}

static void close_text(struct fixture *fixture) {
    layout_finish(&fixture->layout);
    vocabulary_destroy(fixture->vocabulary);
}

static struct token_features of(const struct fixture *fixture, uint32_t index) {
    struct token_features features;
    features_of_token(&fixture->layout, fixture->vocabulary, index, &features);
    return features;
}

static uint8_t value_of(const struct fixture *fixture, uint32_t index, enum feature feature) {
    return of(fixture, index).values[feature];
}

static void literals_and_classes(void **state) {
    (void)state;
    struct fixture fixture;
    open_text(&fixture, "c", "return x 1 \"a\" ;");
    const char *literal = "return";
    uint16_t number = vocabulary_find(fixture.vocabulary, literal, strlen(literal));
    assert_true(number >= VOCABULARY_CLASSES);
    assert_string_equal(vocabulary_text(fixture.vocabulary, number - VOCABULARY_CLASSES), literal);
    assert_int_equal(of(&fixture, 0).token, number);
    assert_int_equal(of(&fixture, 1).token, INPUT_WORD);
    assert_int_equal(of(&fixture, 2).token, INPUT_NUMBER);
    assert_int_equal(of(&fixture, 3).token, INPUT_STRING);
    assert_int_equal(of(&fixture, 4).token, vocabulary_find(fixture.vocabulary, ";", 1));
    assert_int_equal(vocabulary_find(fixture.vocabulary, "retur", 5), 0);
    assert_int_equal(vocabulary_find(fixture.vocabulary, "returns", 7), 0);
    assert_int_equal(vocabulary_find(fixture.vocabulary, "", 0), 0);
    close_text(&fixture);
}

static void brackets_and_depth(void **state) {
    (void)state;
    struct fixture fixture;
    /*                        0 1 2 3 4   5 6 7  8  9 */
    open_text(&fixture, "c", "f ( x ) {\n  g ( ;\n}\n)");
    assert_int_equal(value_of(&fixture, 1, FEATURE_BRACKET), BRACKET_OPENS_LINE);
    assert_int_equal(value_of(&fixture, 3, FEATURE_BRACKET), BRACKET_CLOSES_LINE);
    assert_int_equal(value_of(&fixture, 4, FEATURE_BRACKET), BRACKET_OPENS);
    assert_int_equal(value_of(&fixture, 6, FEATURE_BRACKET), BRACKET_UNCLOSED);
    assert_int_equal(value_of(&fixture, 8, FEATURE_BRACKET), BRACKET_CLOSES);
    assert_int_equal(value_of(&fixture, 9, FEATURE_BRACKET), BRACKET_UNOPENED);
    assert_int_equal(value_of(&fixture, 2, FEATURE_DEPTH), 1);
    assert_int_equal(value_of(&fixture, 2, FEATURE_ENCLOSING), 1);
    assert_int_equal(value_of(&fixture, 5, FEATURE_ENCLOSING), 3);
    assert_int_equal(value_of(&fixture, 7, FEATURE_ENCLOSING), 4);
    close_text(&fixture);
    open_text(&fixture, "json", "[1,\n    2\n  ]");
    assert_int_equal(value_of(&fixture, 4, FEATURE_BRACKET), BRACKET_CLOSES_ASKEW);
    close_text(&fixture);
    open_text(&fixture, "json", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");
    assert_int_equal(value_of(&fixture, 39, FEATURE_DEPTH), feature_size(FEATURE_DEPTH) - 1);
    close_text(&fixture);
}

static void lines_and_spaces(void **state) {
    (void)state;
    struct fixture fixture;
    open_text(&fixture, "python", "if a:\n    b\nc\n\nd # why\ne+f");
    /* if 0, a 1, : 2, b 3, c 4, d 5, the comment 6, e 7, + 8 */
    assert_int_equal(value_of(&fixture, 0, FEATURE_LINE_START), 11);
    assert_int_equal(value_of(&fixture, 1, FEATURE_LINE_START), 0);
    assert_true(value_of(&fixture, 3, FEATURE_LINE_START) > value_of(&fixture, 5, FEATURE_LINE_START));
    assert_true(value_of(&fixture, 4, FEATURE_LINE_START) < value_of(&fixture, 5, FEATURE_LINE_START));
    assert_int_equal(value_of(&fixture, 0, FEATURE_LINE_END), 0);
    assert_int_equal(value_of(&fixture, 2, FEATURE_LINE_END), 2);
    assert_int_equal(value_of(&fixture, 3, FEATURE_LINE_END), 3);
    assert_int_equal(value_of(&fixture, 4, FEATURE_LINE_END), 1);
    assert_int_equal(value_of(&fixture, 9, FEATURE_LINE_END), 4);
    assert_int_equal(value_of(&fixture, 1, FEATURE_SPACE), 1);
    assert_int_equal(value_of(&fixture, 2, FEATURE_SPACE), 0);
    assert_int_equal(value_of(&fixture, 3, FEATURE_SPACE), 3);
    assert_int_equal(value_of(&fixture, 5, FEATURE_SPACE), 4);
    assert_int_equal(value_of(&fixture, 7, FEATURE_SPACE), 5);
    close_text(&fixture);
}

static unsigned shared_grams(const struct token_features *a, const struct token_features *b) {
    unsigned shared = 0;
    for (int i = 0; i < a->gram_count; i++)
        for (int k = 0; k < b->gram_count; k++)
            if (a->grams[i] == b->grams[k]) {
                shared++;
                break;
            }
    return shared;
}

static void similar_words_share_pieces(void **state) {
    (void)state;
    struct fixture fixture;
    open_text(&fixture, "python", "return retrun while Return");
    struct token_features meant = of(&fixture, 0), misspelt = of(&fixture, 1), other = of(&fixture, 2),
                          upper = of(&fixture, 3);
    assert_true(shared_grams(&meant, &misspelt) >= 2);
    assert_true(shared_grams(&meant, &misspelt) > shared_grams(&meant, &other));
    assert_int_equal(shared_grams(&meant, &upper), meant.gram_count - 1);
    close_text(&fixture);
}

static void dialects_are_one_language(void **state) {
    (void)state;
    assert_int_equal(feature_language(language_find("javascript")),
                     feature_language(language_find("javascriptreact")));
    assert_int_equal(feature_language(language_find("typescript")),
                     feature_language(language_find("typescriptreact")));
    assert_int_equal(feature_language(language_find("json")), feature_language(language_find("jsonc")));
    assert_int_not_equal(feature_language(language_find("javascript")),
                         feature_language(language_find("typescript")));
    assert_int_not_equal(feature_language(language_find("java")), feature_language(language_find("c")));
    for (size_t i = 0; language_at(i); i++)
        assert_true(feature_language(language_at(i)) < feature_size(FEATURE_LANGUAGE));
}

/* The weights were trained with these: a row in their middle would make every answer another language's. */
static void languages_keep_their_numbers(void **state) {
    (void)state;
    static const struct {
        const char *id;
        uint8_t number;
    } trained[] = {{"c", 0},    {"python", 1}, {"javascript", 2}, {"typescript", 4},
                   {"json", 6}, {"go", 8},     {"rust", 9},       {"java", 10}};
    for (size_t i = 0; i < sizeof trained / sizeof *trained; i++)
        assert_int_equal(feature_language(language_find(trained[i].id)), trained[i].number);
    static const struct language without_rules[] = {{.id = "one"}, {.id = "two"}};
    assert_false(languages_are_dialects(&without_rules[0], &without_rules[1]));
    assert_true(languages_are_dialects(&without_rules[0], &without_rules[0]));
    assert_true(languages_are_dialects(language_find("json"), language_find("jsonc")));
}

static void bad_vocabularies(void **state) {
    (void)state;
    static const char *const twice[] = {"a", "b", "a"}, *const empty[] = {"a", ""},
                             *const good[] = {"b", "a"};
    assert_null(vocabulary_of_texts(twice, 3));
    assert_null(vocabulary_of_texts(empty, 2));
    assert_null(vocabulary_of_texts(good, VOCABULARY_LITERALS_MAX + 1));
    struct vocabulary *vocabulary = vocabulary_of_texts(good, 2);
    assert_non_null(vocabulary);
    assert_int_equal(vocabulary_count(vocabulary), 2);
    assert_int_equal(vocabulary_find(vocabulary, "b", 1), VOCABULARY_CLASSES);
    assert_int_equal(vocabulary_find(vocabulary, "a", 1), VOCABULARY_CLASSES + 1);
    assert_int_equal(vocabulary_find(vocabulary, "a\0", 2), 0);
    vocabulary_destroy(vocabulary);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_and_classes),      cmocka_unit_test(brackets_and_depth),
        cmocka_unit_test(lines_and_spaces),          cmocka_unit_test(similar_words_share_pieces),
        cmocka_unit_test(dialects_are_one_language), cmocka_unit_test(languages_keep_their_numbers),
        cmocka_unit_test(bad_vocabularies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
