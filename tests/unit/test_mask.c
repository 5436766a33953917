/* What the parser is not shown: where masks go with edits, what they leave of a text, when they are made. */
#include "analysis/mask.h"

#include "analysis/syntax.h"
#include "base/str.h"
#include "tests/support/reading_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct text *make(const char *bytes) {
    struct text *text;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    return text;
}

static void assert_masks(const struct mask_list *masks, const char *expected) {
    char said[200] = "";
    for (size_t i = 0; i < masks->count; i++)
        snprintf(said + strlen(said), sizeof said - strlen(said), "%u-%u ", masks->items[i].start_byte,
                 masks->items[i].end_byte);
    assert_string_equal(said, expected);
}

static void masks_go_with_edits(void **unused) {
    (void)unused;
    static const struct {
        struct text_hunk hunk;
        const char *moved;
    } cases[] = {
        {{0, 0, 0, 5}, "15-25 35-45 "},     /* before both */
        {{15, 16, 15, 15}, "10-19 29-39 "}, /* inside of the first */
        {{10, 10, 10, 13}, "13-23 33-43 "}, /* at its start: not a part of it */
        {{20, 20, 20, 24}, "10-20 34-44 "}, /* nor at its end */
        {{5, 12, 5, 6}, "6-14 24-34 "},     /* over its start */
        {{18, 22, 18, 30}, "10-18 38-48 "}, /* over its end */
        {{5, 25, 5, 5}, "10-20 "},          /* all of it */
        {{15, 35, 15, 16}, "10-15 16-21 "}, /* over both */
    };
    struct mask items[] = {{10, 20}, {30, 40}};
    struct mask_list masks = {.items = items, .count = 2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mask_list moved = {0};
        masks_move(&masks, &cases[i].hunk, 1, &moved);
        assert_masks(&moved, cases[i].moved);
        vec_finish(&moved);
    }
}

static void masks_are_found_and_joined(void **unused) {
    (void)unused;
    struct mask left[] = {{10, 20}, {30, 40}}, right[] = {{0, 5}, {15, 32}, {50, 60}};
    struct mask_list joined = {0};
    masks_join(&(struct mask_list){.items = left, .count = 2},
               &(struct mask_list){.items = right, .count = 3}, &joined);
    assert_masks(&joined, "0-5 10-40 50-60 ");
    assert_true(masks_meet(&joined, 39, 45));
    assert_false(masks_meet(&joined, 40, 50));
    assert_int_equal(masks_find(&joined, 40), 2);
    assert_int_equal(masks_find(&joined, 60), 3);
    vec_finish(&joined);
}

static void what_is_hidden_keeps_its_lines(void **unused) {
    (void)unused;
    struct text *before = make("a {\n x \xc3\xa9\r\n} b"), *hidden, *text, *shown;
    struct mask mask = {2, 12}, moved = {2, 13};
    struct text_hunk hunk = {5, 5, 5, 6};
    struct mask_change first = {.added = {.items = &mask, .count = 1}, .byte = ' '},
                       then = {.moved = {.items = &moved, .count = 1}, .byte = ' '};
    hidden = masks_show(before, before, NULL, 0, &first);
    text = make("a {\n yx \xc3\xa9\r\n} b");
    shown = masks_show(text, hidden, &hunk, 1, &then);
    char *bytes = text_dup(shown, 0, text_size(shown));
    assert_string_equal(bytes, "a  \n      \r\n  b");
    assert_int_equal(text_size(shown), text_size(text));
    mem_free(bytes);
    text_unref(shown);
    text_unref(text);
    text_unref(hidden);
    text_unref(before);
}

static const char source[] = "#define BEGIN {\n#define END }\nint one(void) BEGIN return 1; END\n"
                             "int two(void) { return 2; }\nint three(void) BEGIN return 3; END\n";

static struct syntax *read_next(struct reading_desk *desk, const char *bytes, const struct syntax *previous) {
    struct syntax *syntax = reading_desk_read(desk, bytes, strlen(bytes), previous, NULL);
    assert_non_null(syntax);
    return syntax;
}

static void items_with_a_reading_are_hidden(void **unused) {
    (void)unused;
    struct reading_desk desk;
    reading_desk_start(&desk);
    struct syntax *first = read_next(&desk, source, NULL);
    assert_false(syntax_is_broken(first));
    assert_true(syntax_has_error(first));
    assert_true(syntax_wants_masks(first));
    struct syntax *second = read_next(&desk, source, first);
    assert_false(syntax_is_broken(second));
    assert_false(syntax_has_error(second));
    assert_false(syntax_wants_masks(second));
    assert_int_equal(second->masks.count, 2);
    TSTree *own = syntax_piece_own_tree(second, 0, desk.parser);
    assert_true(ts_node_has_error(ts_tree_root_node(own)));
    ts_tree_delete(own);
    syntax_unref(first);
    syntax_unref(second);
    reading_desk_finish(&desk);
}

/* A mistake in a hidden item, beside one, and one that makes an item of several. */
static void what_is_hidden_is_not_trusted(void **unused) {
    (void)unused;
    static const struct {
        const char *old, *new;
    } edits[] = {{"return 1;", "return 1"},         {"return 2;", "return 2"},
                 {"{ return 2; }", "{ return 2; "}, {"END\nint two", "\nint two"},
                 {"#define END }", "#define END"},  {"int three", "int ) three"}};
    struct reading_desk desk;
    reading_desk_start(&desk);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct syntax *first = read_next(&desk, source, NULL), *second = read_next(&desk, source, first);
        const char *place = strstr(source, edits[i].old);
        struct str broken;
        str_init(&broken);
        str_add(&broken, source, (size_t)(place - source));
        str_adds(&broken, edits[i].new);
        str_adds(&broken, place + strlen(edits[i].old));
        struct syntax *third = read_next(&desk, broken.bytes, second);
        if (!syntax_is_broken(third)) fail_msg("not seen:\n%s", broken.bytes);
        struct syntax *fourth = read_next(&desk, source, third);
        assert_false(syntax_is_broken(fourth));
        str_finish(&broken);
        syntax_unref(fourth);
        syntax_unref(third);
        syntax_unref(second);
        syntax_unref(first);
    }
    reading_desk_finish(&desk);
}

/* A keystroke may come before the text is read: the next version starts from nothing then. */
static void reading_that_was_cut_short_says_nothing(void **unused) {
    (void)unused;
    struct reading_desk desk;
    reading_desk_start(&desk);
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    struct str bytes;
    str_init(&bytes);
    str_adds(&bytes, "#define BEGIN {\n#define END }\nint one[] = BEGIN\n");
    for (int i = 0; i < 500; i++)
        str_adds(&bytes, "    1, 2, 3,\n");
    str_adds(&bytes, "END;\n");
    struct syntax *cut = reading_desk_read(&desk, bytes.bytes, bytes.length, NULL, &cancel);
    assert_true(syntax_is_broken(cut));
    assert_true(cut->half_read);
    struct syntax *again = read_next(&desk, bytes.bytes, cut);
    assert_false(syntax_is_broken(again) || again->half_read);
    str_finish(&bytes);
    syntax_unref(again);
    syntax_unref(cut);
    reading_desk_finish(&desk);
}

static void touched_tokens_are_shown_again(void **unused) {
    (void)unused;
    static const struct {
        struct text_hunk hunk;
        const char *moved, *shown;
    } cases[] = {
        {{0, 0, 0, 5}, "15-25 35-45 ", ""},     /* before both */
        {{15, 16, 15, 15}, "29-39 ", "10-19 "}, /* inside of the first */
        {{10, 10, 10, 13}, "33-43 ", "13-23 "}, /* at its start */
        {{20, 20, 20, 24}, "34-44 ", "10-20 "}, /* at its end */
        {{5, 12, 5, 6}, "24-34 ", "6-14 "},     /* over its start */
        {{5, 25, 5, 5}, "10-20 ", ""},          /* all of it */
        {{15, 35, 15, 16}, "", "10-15 16-21 "}, /* over both */
        {{22, 24, 22, 22}, "10-20 28-38 ", ""}, /* between them */
    };
    struct mask items[] = {{10, 20}, {30, 40}};
    struct mask_list masks = {.items = items, .count = 2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mask_list moved = {0}, shown = {0};
        masks_move_tokens(&masks, &cases[i].hunk, 1, &moved, &shown);
        assert_masks(&moved, cases[i].moved);
        assert_masks(&shown, cases[i].shown);
        vec_finish(&moved);
        vec_finish(&shown);
    }
}

static struct syntax *read_json(struct reader_means *means, const char *bytes, size_t length,
                                const struct syntax *previous) {
    struct text *text;
    struct syntax *syntax;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    assert_int_equal(syntax_parse(means->parser, language_find("json"), text, previous, true, NULL, &syntax),
                     STATUS_OK);
    reader_read(means, syntax, previous, NULL, NULL);
    text_unref(text);
    return syntax;
}

/* Numbers that the grammar does not know, in a text so large that they are hidden from it. */
static void numbers_stand_for_numbers(void **unused) {
    (void)unused;
    static const struct {
        const char *old, *new;
        bool broken;
        size_t hidden;
    } edits[] = {
        {"1E+5", "1E+", true, 2},         {"1E+5", "1E+55", false, 2},   {"1E+5", "1E+5x", true, 2},
        {"1E+5", "-1E+5", false, 2},      {"1E+5", "1E5", false, 2},     {"1E+5", "", true, 2},
        {", 1E+5", "", false, 2},         {"7E+5", "7E-5", false, 2},    {"1E+5, 2", "1E+5 2", true, 2},
        {"2, 3E+5", "2, [3E+5", true, 2}, {"\"end\"", "\"end", true, 3}, {"\"start\"", "1, 1", false, 3},
    };
    struct reader_means means = {.reader = reader_create(), .parser = parser_create()};
    struct str numbers, edited;
    str_init(&numbers);
    str_init(&edited);
    str_adds(&numbers, "[\"start\", 1E+5, 2, 3E+5,\n");
    while (numbers.length < 600000)
        str_adds(&numbers, "{\"name\": [1, 2, 3, null]},\n");
    str_adds(&numbers, "7E+5, \"end\"]\n");
    struct syntax *first = read_json(&means, numbers.bytes, numbers.length, NULL);
    assert_true(syntax_has_error(first));
    assert_false(syntax_is_broken(first));
    assert_true(syntax_wants_masks(first));
    struct syntax *second = read_json(&means, numbers.bytes, numbers.length, first);
    assert_false(syntax_has_error(second) || syntax_wants_masks(second));
    assert_int_equal(second->masks.count, 3);
    assert_null(second->readings);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        const char *place = strstr(numbers.bytes, edits[i].old);
        str_clear(&edited);
        str_add(&edited, numbers.bytes, (size_t)(place - numbers.bytes));
        str_adds(&edited, edits[i].new);
        str_adds(&edited, place + strlen(edits[i].old));
        struct syntax *third = read_json(&means, edited.bytes, edited.length, second);
        if (syntax_is_broken(third) != edits[i].broken)
            fail_msg("%s -> %s is %sbroken", edits[i].old, edits[i].new, edits[i].broken ? "not " : "");
        assert_int_equal(third->masks.count, edits[i].hidden);
        struct syntax *fourth = read_json(&means, numbers.bytes, numbers.length, third);
        assert_false(syntax_is_broken(fourth));
        syntax_unref(third);
        syntax_unref(fourth);
    }
    /* A text that became small is parsed as it is. */
    struct syntax *small = read_json(&means, "[1E+5]", 6, second);
    assert_int_equal(small->masks.count, 0);
    assert_false(syntax_is_broken(small));
    syntax_unref(small);
    syntax_unref(second);
    syntax_unref(first);
    str_finish(&numbers);
    str_finish(&edited);
    reader_destroy(means.reader);
    parser_destroy(means.parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_go_with_edits),
        cmocka_unit_test(masks_are_found_and_joined),
        cmocka_unit_test(what_is_hidden_keeps_its_lines),
        cmocka_unit_test(items_with_a_reading_are_hidden),
        cmocka_unit_test(what_is_hidden_is_not_trusted),
        cmocka_unit_test(reading_that_was_cut_short_says_nothing),
        cmocka_unit_test(touched_tokens_are_shown_again),
        cmocka_unit_test(numbers_stand_for_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
