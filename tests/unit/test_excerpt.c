/* What is cut out of a text around a mistake, and the way back from it. */
#include "analysis/excerpt.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct parser *parser;
    struct str bytes;
    struct text *text;
    TSTree *tree; /* of the whole text */
    struct arena arena;
    const struct language *language;
};

static void start(struct desk *desk) {
    arena_init(&desk->arena);
    str_init(&desk->bytes);
    desk->parser = parser_create();
}

static void parse(struct desk *desk, const char *language) {
    desk->language = language_find(language);
    assert_int_equal(text_create(desk->bytes.bytes, desk->bytes.length, &desk->text), STATUS_OK);
    desk->tree =
        parser_parse_range(desk->parser, desk->language, desk->text, 0, text_size(desk->text), NULL, NULL);
    assert_non_null(desk->tree);
}

static void stop(struct desk *desk) {
    ts_tree_delete(desk->tree);
    text_unref(desk->text);
    parser_destroy(desk->parser);
    str_finish(&desk->bytes);
    arena_finish(&desk->arena);
}

/* Ranges ascend in both, and hold the text's own bytes. */
static void assert_mapped(const struct desk *desk, const struct excerpt *excerpt) {
    uint32_t at = 0, before = 0;
    assert_true(excerpt->range_count > 0);
    for (size_t i = 0; i < excerpt->range_count; i++) {
        const struct excerpt_range *range = &excerpt->ranges[i];
        assert_int_equal(range->at, at);
        assert_true(range->start_byte >= before && range->end_byte > range->start_byte);
        uint32_t size = range->end_byte - range->start_byte;
        assert_memory_equal(excerpt->bytes + at, desk->bytes.bytes + range->start_byte, size);
        assert_true(excerpt_holds(excerpt, range->start_byte, range->end_byte));
        uint32_t start, end;
        assert_true(excerpt_to_text(excerpt, at, at + size, &start, &end));
        assert_int_equal(start, range->start_byte);
        assert_int_equal(end, range->end_byte);
        at += size;
        before = range->end_byte;
    }
    assert_int_equal(excerpt->length, at);
}

static bool has_error(struct desk *desk, const char *bytes, uint32_t length) {
    struct text *text;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    TSTree *tree = parser_parse_range(desk->parser, desk->language, text, 0, length, NULL, NULL);
    bool error = ts_node_has_error(ts_tree_root_node(tree));
    ts_tree_delete(tree);
    text_unref(text);
    return error;
}

static void whole_texts_are_one_range(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    str_adds(&desk.bytes, "int a;\nint b;\nint c;\n");
    parse(&desk, "c");
    struct excerpt *excerpt = excerpt_whole(desk.text, 7, 14, &desk.arena);
    assert_mapped(&desk, excerpt);
    assert_int_equal(excerpt->range_count, 1);
    assert_int_equal(excerpt->length, 7);
    assert_memory_equal(excerpt->bytes, "int b;\n", 7);
    static const struct {
        uint32_t start, end;
        bool inside;
    } cases[] = {{0, 0, true}, {0, 7, true}, {3, 5, true}, {7, 7, true}, {0, 8, false}, {8, 8, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t from = 99, to = 99;
        assert_int_equal(excerpt_to_text(excerpt, cases[i].start, cases[i].end, &from, &to), cases[i].inside);
        assert_int_equal(from, cases[i].inside ? cases[i].start + 7 : 99);
        assert_int_equal(to, cases[i].inside ? cases[i].end + 7 : 99);
    }
    assert_true(excerpt_holds(excerpt, 7, 14));
    assert_false(excerpt_holds(excerpt, 6, 8));
    assert_false(excerpt_holds(excerpt, 13, 15));
    struct excerpt *nothing = excerpt_whole(desk.text, 7, 7, &desk.arena);
    assert_int_equal(nothing->length, 0);
    assert_int_equal(nothing->range_count, 0);
    uint32_t from, to;
    assert_false(excerpt_to_text(nothing, 0, 0, &from, &to));
    stop(&desk);
}

static void add_items(struct desk *desk, const char *language, size_t bytes) {
    size_t until = desk->bytes.length + bytes;
    for (int i = 0; desk->bytes.length < until; i++) {
        if (!strcmp(language, "json"))
            str_addf(&desk->bytes, "  {\"number\": %d, \"list\": [%d, 2, 3]},\n", i, i);
        else
            str_addf(&desk->bytes, "int function_%d(int a)\n{\n    return g(a, %d);\n}\n\n", i, i);
    }
}

static const struct {
    const char *language, *head, *mistake, *repaired, *tail;
} larges[] = {
    {"c", "", "int broken(void)\n{\n    return g(1;\n}\n\n", "int broken(void)\n{\n    return g(1);\n}\n\n",
     ""},
    {"json", "[\n", "  [1 2],\n", "  [1, 2],\n", "  null\n]\n"},
};

static void what_is_far_from_the_mistake_is_left_out(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof larges / sizeof *larges; i++) {
        struct desk desk;
        start(&desk);
        str_adds(&desk.bytes, larges[i].head);
        add_items(&desk, larges[i].language, 100000);
        uint32_t at = (uint32_t)desk.bytes.length, size = (uint32_t)strlen(larges[i].mistake);
        str_adds(&desk.bytes, larges[i].mistake);
        add_items(&desk, larges[i].language, 100000);
        str_adds(&desk.bytes, larges[i].tail);
        parse(&desk, larges[i].language);
        uint32_t text_bytes = text_size(desk.text);
        struct excerpt *excerpt = excerpt_around(desk.text, desk.tree, 0, text_bytes, at + size / 2,
                                                 at + size / 2, NULL, &desk.arena);
        assert_non_null(excerpt);
        assert_mapped(&desk, excerpt);
        assert_true(excerpt->length < 20000);
        assert_true(excerpt->range_count >= 2);
        assert_true(excerpt_holds(excerpt, at, at + size));
        assert_int_equal(excerpt->ranges[0].start_byte, 0); /* both ends are kept */
        assert_int_equal(excerpt->ranges[excerpt->range_count - 1].end_byte, text_bytes);

        /* It is broken as the text is, and whole when the mistake is repaired: equal states were joined. */
        assert_true(has_error(&desk, excerpt->bytes, excerpt->length));
        const char *mistake = strstr(excerpt->bytes, larges[i].mistake);
        assert_non_null(mistake);
        struct str repaired;
        str_init(&repaired);
        str_add(&repaired, excerpt->bytes, (size_t)(mistake - excerpt->bytes));
        str_adds(&repaired, larges[i].repaired);
        str_adds(&repaired, mistake + size);
        assert_false(has_error(&desk, repaired.bytes, (uint32_t)repaired.length));
        str_finish(&repaired);

        /* No way back for a range over a gap; each side of it has one. */
        for (size_t r = 1; r < excerpt->range_count; r++) {
            uint32_t seam = excerpt->ranges[r].at, from = 99, to = 99;
            assert_true(excerpt->ranges[r].start_byte > excerpt->ranges[r - 1].end_byte);
            assert_false(excerpt_to_text(excerpt, seam - 1, seam + 1, &from, &to));
            assert_int_equal(from, 99);
            assert_int_equal(to, 99);
            assert_true(excerpt_to_text(excerpt, seam - 1, seam, &from, &to));
            assert_int_equal(to, excerpt->ranges[r - 1].end_byte);
            assert_true(excerpt_to_text(excerpt, seam, seam + 1, &from, &to));
            assert_int_equal(from, excerpt->ranges[r].start_byte);
            assert_false(excerpt_holds(excerpt, excerpt->ranges[r - 1].end_byte - 1,
                                       excerpt->ranges[r].start_byte + 1));
        }
        stop(&desk);
    }
}

/* The largest node stands first, where no other has its state: it stays, and loses what it is made of. */
static void nodes_that_stay_are_shrunk(void **unused) {
    (void)unused;
    static const char mistake[] = "  {\n    \"repository\": \n      \"type\": \"git\"\n    }\n  },\n";
    struct desk desk;
    start(&desk);
    str_adds(&desk.bytes, "[\n  {\"grammar\": [\n");
    add_items(&desk, "json", 250000);
    str_adds(&desk.bytes, "  null\n  ]},\n");
    add_items(&desk, "json", 2000);
    uint32_t at = (uint32_t)desk.bytes.length, size = (uint32_t)strlen(mistake), place = 21;
    str_adds(&desk.bytes, mistake);
    add_items(&desk, "json", 20000);
    str_adds(&desk.bytes, "  null\n]\n");
    parse(&desk, "json");
    struct excerpt *excerpt = excerpt_around(desk.text, desk.tree, 0, text_size(desk.text), at + place,
                                             at + place, NULL, &desk.arena);
    assert_non_null(excerpt);
    assert_mapped(&desk, excerpt);
    assert_true(excerpt->length < 20000);
    assert_true(excerpt_holds(excerpt, at, at + size));
    char *found = strstr(excerpt->bytes, mistake);
    assert_non_null(found);
    assert_true(has_error(&desk, excerpt->bytes, excerpt->length));
    assert_int_equal(found[place], ' ');
    found[place] = '{';
    assert_false(has_error(&desk, excerpt->bytes, excerpt->length));

    /* An error from the start of the text to the mistake is looked at from its end. */
    assert_int_equal(excerpt_focus(at, at + size), at);
    assert_int_equal(excerpt_focus(0, at + size), at + size);
    excerpt = excerpt_around(desk.text, desk.tree, 0, text_size(desk.text), 0, at + size, NULL, &desk.arena);
    assert_non_null(excerpt);
    assert_true(excerpt_holds(excerpt, at, at + size));
    stop(&desk);
}

/* What ends a statement in scripts: where a line began, one begins. */
static void line_ends_are_kept(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    for (int i = 0; i < 400; i++)
        str_addf(&desk.bytes,
                 "const { name_%d } = require('x')\nvar f_%d = (this && 1) || function (a) {\n    "
                 "return a ? [a] : { list: a };\n};\n",
                 i, i);
    uint32_t at = (uint32_t)desk.bytes.length;
    str_adds(&desk.bytes,
             "const retry = (a) => {\n    if (a) {\n        return  retries: a };\n    }\n    else {\n"
             "        return { retries: 0 };\n    }\n};\n\n");
    for (int i = 0; i < 400; i++)
        str_addf(&desk.bytes,
                 "const { name_%d } = require('x')\nvar f_%d = (this && 1) || function (a) {\n    "
                 "return a ? [a] : { list: a };\n};\n",
                 i, i);
    parse(&desk, "javascript");
    struct excerpt *excerpt =
        excerpt_around(desk.text, desk.tree, 0, text_size(desk.text), at + 50, at + 50, NULL, &desk.arena);
    assert_non_null(excerpt);
    assert_mapped(&desk, excerpt);
    assert_true(excerpt->range_count >= 3);
    for (size_t r = 1; r < excerpt->range_count; r++) {
        if (desk.bytes.bytes[excerpt->ranges[r].start_byte - 1] == '\n')
            assert_int_equal(desk.bytes.bytes[excerpt->ranges[r - 1].end_byte - 1], '\n');
    }
    stop(&desk);
}

/* A node with as many children as a file has lines is not gone through once nobody waits for it. */
static void a_cancelled_look_is_given_up(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    for (int i = 0; i < 10000; i++)
        str_adds(&desk.bytes, "int a;\n");
    uint32_t at = (uint32_t)desk.bytes.length;
    str_adds(&desk.bytes, "int b = f(1;\n");
    parse(&desk, "c");
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    assert_non_null(
        excerpt_around(desk.text, desk.tree, 0, text_size(desk.text), at, at, &cancel, &desk.arena));
    cancel_request(&cancel);
    assert_null(excerpt_around(desk.text, desk.tree, 0, text_size(desk.text), at, at, &cancel, &desk.arena));
    stop(&desk);
}

static void small_texts_stay_whole(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    str_adds(&desk.bytes, "int a;\nint b = f(1;\nint c;\n");
    parse(&desk, "c");
    struct excerpt *excerpt =
        excerpt_around(desk.text, desk.tree, 0, text_size(desk.text), 16, 18, NULL, &desk.arena);
    assert_mapped(&desk, excerpt);
    assert_int_equal(excerpt->length, text_size(desk.text));
    assert_int_equal(excerpt->range_count, 1);
    stop(&desk);
}

/* A piece that begins later: positions are still those of the text. */
static void pieces_have_their_own_start(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    str_adds(&desk.bytes, "int first;\n\n");
    uint32_t piece_start = (uint32_t)desk.bytes.length;
    add_items(&desk, "c", 60000);
    uint32_t at = (uint32_t)desk.bytes.length;
    str_adds(&desk.bytes, larges[0].mistake);
    add_items(&desk, "c", 60000);
    parse(&desk, "c");
    TSTree *tree = parser_parse_range(desk.parser, desk.language, desk.text, piece_start,
                                      text_size(desk.text), NULL, NULL);
    struct excerpt *excerpt = excerpt_around(desk.text, tree, piece_start, text_size(desk.text), at + 30,
                                             at + 30, NULL, &desk.arena);
    ts_tree_delete(tree);
    assert_non_null(excerpt);
    assert_mapped(&desk, excerpt);
    assert_int_equal(excerpt->ranges[0].start_byte, piece_start);
    assert_true(excerpt->length < 20000);
    assert_true(excerpt_holds(excerpt, at, at + (uint32_t)strlen(larges[0].mistake)));
    stop(&desk);
}

/* One long line of tokens without equal states: a window of lines, or the piece. */
/* What is said of an item that lies in the next piece, or is left out, would be said of nothing. */
static void what_leads_to_another_item_is_left_out(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    str_adds(&desk.bytes, "fn a() {\n    b(1;\n}\n\n/// The next.\n#[inline]\n");
    uint32_t end = (uint32_t)desk.bytes.length;
    str_adds(&desk.bytes, "fn c() {}\n");
    parse(&desk, "rust");
    ts_tree_delete(desk.tree);
    desk.tree = parser_parse_range(desk.parser, desk.language, desk.text, 0, end, NULL, NULL);
    struct excerpt *excerpt = excerpt_around(desk.text, desk.tree, 0, end, 16, 17, NULL, &desk.arena);
    assert_mapped(&desk, excerpt);
    assert_string_equal(excerpt->bytes, "fn a() {\n    b(1;\n}\n\n");
    stop(&desk);

    start(&desk);
    str_adds(&desk.bytes, "fn a() {\n    b(1;\n}\n\n/// The next.\n");
    parse(&desk, "rust");
    end = text_size(desk.text);
    excerpt = excerpt_around(desk.text, desk.tree, 0, end, 16, 17, NULL, &desk.arena);
    assert_int_equal(excerpt->length, end); /* here the text ends */
    stop(&desk);
}

static void excerpts_are_never_huge(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk);
    while (desk.bytes.length < 600000)
        str_adds(&desk.bytes, "( ( [ { x\n");
    parse(&desk, "c");
    struct excerpt *excerpt =
        excerpt_around(desk.text, desk.tree, 0, text_size(desk.text), 300000, 300001, NULL, &desk.arena);
    assert_non_null(excerpt);
    assert_mapped(&desk, excerpt);
    assert_true(excerpt->length <= 192u << 10);
    assert_true(excerpt_holds(excerpt, 300000, 300001));
    stop(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_texts_are_one_range),
        cmocka_unit_test(what_is_far_from_the_mistake_is_left_out),
        cmocka_unit_test(nodes_that_stay_are_shrunk),
        cmocka_unit_test(line_ends_are_kept),
        cmocka_unit_test(a_cancelled_look_is_given_up),
        cmocka_unit_test(small_texts_stay_whole),
        cmocka_unit_test(pieces_have_their_own_start),
        cmocka_unit_test(what_leads_to_another_item_is_left_out),
        cmocka_unit_test(excerpts_are_never_huge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
