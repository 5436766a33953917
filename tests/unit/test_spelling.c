/* Words with a space too many or too few: what is proposed for them, given the names that the text knows. */
#include "analysis/propose.h"
#include "analysis/spelling.h"
#include "base/mem.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void apply(const struct tape *tape, const struct variant *variant, struct str *out) {
    uint32_t at = 0;
    for (size_t i = 0; i < variant->splice_count; i++) {
        str_add(out, tape->bytes + at, variant->splices[i].start_byte - at);
        str_add(out, variant->splices[i].new_bytes, variant->splices[i].new_length);
        at = variant->splices[i].end_byte;
    }
    str_add(out, tape->bytes + at, tape->length - at);
}

/* The cost of what makes `expected` of the line, which stands behind `context`; PROPOSE_NEVER: it is not
 * proposed. */
static double cost_of(const char *language_id, const char *context, const char *line, const char *expected) {
    struct str whole, made;
    str_init(&whole), str_init(&made);
    str_addf(&whole, "%s%s", context, line);
    const struct language *language = language_find(language_id);
    struct text *text;
    assert_int_equal(text_create(whole.bytes, whole.length, &text), STATUS_OK);
    struct names *names = names_create(&(struct names_params){.language = language, .text = text});
    struct tapes tapes;
    struct arena arena;
    arena_init(&arena);
    tapes_init(&tapes, language, whole.bytes, (uint32_t)whole.length);
    struct variant_list list = {.arena = &arena, .names = names};
    spelling_propose(tapes.items[0], (uint32_t)whole.length, &list);
    double cost = PROPOSE_NEVER;
    for (size_t i = 0; i < list.count; i++) {
        str_clear(&made);
        apply(tapes.items[0], &list.items[i], &made);
        assert_true(list.items[i].restart_byte <= list.items[i].splices[0].start_byte);
        if (strcmp(made.bytes + strlen(context), expected) == 0 && list.items[i].cost < cost)
            cost = list.items[i].cost;
    }
    vec_finish(&list);
    tapes_finish(&tapes);
    arena_finish(&arena);
    names_unref(names);
    text_unref(text);
    str_finish(&whole), str_finish(&made);
    return cost;
}

static const char known[] = "def getName(user_id):\n    return user_id + user_id\nuser = getName(user_id)\n";

static void words_that_a_space_fell_into(void **state) {
    (void)state;
    assert_true(cost_of("python", known, "x = get Name(1)", "x = getName(1)") < 1);
    assert_true(cost_of("python", known, "x = user id + 1", "x = user_id + 1") < 2);
    /* Both words are names: it may as well be a comma. */
    assert_true(cost_of("python", known, "x = user _id", "x = user_id") >
                cost_of("python", known, "x = get Name(1)", "x = getName(1)"));
    assert_true(cost_of("python", known, "x = get Age(1)", "x = getAge(1)") == PROPOSE_NEVER);
    assert_true(cost_of("python", "", "el if x:", "elif x:") < 1);
    assert_true(cost_of("javascript", "", "fun ction f() {", "function f() {") < 1);
}

static void words_that_lack_a_space(void **state) {
    (void)state;
    assert_true(cost_of("python", known, "returnuser", "return user") < 1);
    assert_true(cost_of("python", known, "for x inuser:", "for x in user:") < 1);
    assert_true(cost_of("python", known, "if userin x:", "if user in x:") < 1);
    double unknown = cost_of("python", known, "forelem in x:", "for elem in x:");
    assert_true(unknown > 2 && unknown < PROPOSE_NEVER);
    assert_true(cost_of("python", known, "inland = 1", "in land = 1") == PROPOSE_NEVER);
    /* What is a name by itself is not taken apart. */
    assert_true(cost_of("python", "format = 1\nmat = 2\n", "format x", "for mat x") == PROPOSE_NEVER);
}

static void spaces_in_the_wrong_place(void **state) {
    (void)state;
    assert_true(cost_of("python", known, "retur nuser", "return user") < 1.5);
    assert_true(cost_of("python", known, "returnu ser", "return user") < 1.5);
}

static void data_has_no_names(void **state) {
    (void)state;
    assert_true(cost_of("json", "", "[tr ue]", "[true]") == PROPOSE_NEVER);
}

static double protection(const char *source, const char *word, const char *keyword) {
    const struct language *language = language_find("javascript");
    struct text *text;
    struct layout layout;
    assert_int_equal(text_create(source, strlen(source), &text), STATUS_OK);
    layout_init(&layout, language, source, (uint32_t)strlen(source));
    struct names *names = names_create(&(struct names_params){.language = language, .text = text});
    const struct token *token = NULL;
    for (size_t i = 0; i < layout.tokens.count; i++)
        if (layout_spells(&layout, (uint32_t)i, word)) token = &layout.tokens.items[i];
    assert_non_null(token);
    enum name_standing standing = spelling_standing(&layout, token, names);
    double cost = spelling_of_name(&layout, token, keyword, strlen(keyword), standing);
    assert_int_equal(spelling_standing(&layout, token, NULL), NAME_UNKNOWN);
    assert_true(spelling_of_name(&layout, token, keyword, strlen(keyword), NAME_UNKNOWN) == 0);
    names_unref(names);
    layout_finish(&layout);
    text_unref(text);
    return cost;
}

static void names_are_no_misspelt_keywords(void **state) {
    (void)state;
    assert_true(protection("retrun x;\n", "retrun", "return") == 0);
    assert_true(protection("retrun x;\nretrun y;\nretrun z;\n", "retrun", "return") == 0);
    assert_true(protection("const news = [];\nnews item;\n", "news", "new") > 2);
    double used = protection("a(news); b(news); news item;\n", "news", "new");
    assert_true(used > 1 && used < 2);
    assert_true(protection("a(New); b(New); New item;\n", "New", "new") == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_a_space_fell_into),   cmocka_unit_test(words_that_lack_a_space),
        cmocka_unit_test(spaces_in_the_wrong_place),      cmocka_unit_test(data_has_no_names),
        cmocka_unit_test(names_are_no_misspelt_keywords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
