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
    struct mask_list none = {0}, first = {.items = &mask, .count = 1}, then = {.items = &moved, .count = 1};
    hidden = masks_show(before, before, NULL, 0, &none, &first);
    text = make("a {\n yx \xc3\xa9\r\n} b");
    shown = masks_show(text, hidden, &hunk, 1, &then, &none);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_go_with_edits),
        cmocka_unit_test(masks_are_found_and_joined),
        cmocka_unit_test(what_is_hidden_keeps_its_lines),
        cmocka_unit_test(items_with_a_reading_are_hidden),
        cmocka_unit_test(what_is_hidden_is_not_trusted),
        cmocka_unit_test(reading_that_was_cut_short_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
