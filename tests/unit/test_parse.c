/* Parsing: whole texts, incremental reuse, cancelling, ranges. tests/property/prop_parse.c edits at random.
 */
#include "analysis/parse.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct text *make(const char *bytes) {
    struct text *text = NULL;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    return text;
}

static struct syntax *parse(struct parser *parser, const char *language, struct text *text,
                            const struct syntax *previous, bool finish) {
    struct syntax *syntax = NULL;
    assert_int_equal(syntax_parse(parser, language_find(language), text, previous, finish, NULL, &syntax),
                     STATUS_OK);
    assert_ptr_equal(syntax_text(syntax), text);
    return syntax;
}

static void test_every_language(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    const struct language *language;
    for (size_t i = 0; (language = language_at(i)); i++) {
        struct text *text = make("");
        struct syntax *syntax = parse(parser, language->id, text, NULL, true);
        assert_ptr_equal(syntax_language(syntax), language);
        assert_false(syntax_is_open(syntax));
        assert_int_equal(syntax_piece_count(syntax), 1);
        assert_int_equal(syntax_piece_index(syntax, 0), 0);
        syntax_unref(syntax);
        text_unref(text);
    }
    parser_destroy(parser);
    parser_destroy(NULL);
}

static void test_error_and_repair(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    struct text *text = make("int f(void)\n{\n    return g(1;\n}\n"), *fixed = NULL;
    struct syntax *broken = parse(parser, "c", text, NULL, false), *clean = NULL;
    assert_true(syntax_has_error(broken));
    assert_int_equal(syntax_next_broken(broken, 0), 0);
    assert_int_equal(syntax_next_broken(broken, 1), SIZE_MAX);

    assert_int_equal(text_splice(text, 28, 28, ")", 1, &fixed), STATUS_OK);
    clean = parse(parser, "c", fixed, broken, false);
    assert_false(syntax_has_error(clean));
    assert_int_equal(syntax_next_broken(clean, 0), SIZE_MAX);
    struct syntax_piece piece = syntax_piece_at(clean, 0);
    assert_int_equal(piece.end_byte, text_size(fixed));
    assert_int_not_equal(piece.id, syntax_piece_at(broken, 0).id);
    TSTree *tree = syntax_piece_tree(clean, 0, parser);
    assert_int_equal(ts_node_end_point(ts_tree_root_node(tree)).row, 4);
    ts_tree_delete(tree);
    assert_true(syntax_has_error(broken)); /* as good as before */

    struct syntax *same = parse(parser, "c", fixed, clean, true);
    assert_int_equal(syntax_piece_at(same, 0).id, piece.id);
    syntax_unref(same);
    syntax_unref(clean);
    syntax_unref(broken);
    text_unref(fixed);
    text_unref(text);
    parser_destroy(parser);
}

/* What made the first quote an error lies two functions behind it. */
static void test_error_closed_far_behind(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    struct text *text = make("function f() {\n  if (`a > 1) {\n    return g();\n  }\n}\n\nx.y = 1;\n"
                             "function h() {\n  if (a > 1) {\n    return g();\n  }\n}\n"),
                *fixed = NULL;
    char *bytes = text_dup(text, 0, text_size(text));
    uint32_t close = (uint32_t)(strstr(bytes, "(a > 1)") - bytes) + 6;
    mem_free(bytes);
    assert_int_equal(text_splice(text, close, close, "`", 1, &fixed), STATUS_OK);
    struct syntax *broken = parse(parser, "javascript", text, NULL, false);
    assert_true(syntax_has_error(broken));
    struct syntax *clean = parse(parser, "javascript", fixed, broken, false);
    assert_false(syntax_has_error(clean));
    syntax_unref(broken);
    syntax_unref(clean);
    text_unref(text);
    text_unref(fixed);
    parser_destroy(parser);
}

static void test_change_of_language(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    struct text *text = make("x = [1, 2]\n");
    struct syntax *python = parse(parser, "python", text, NULL, false);
    struct syntax *json = parse(parser, "json", text, python, false);
    assert_false(syntax_has_error(python));
    assert_true(syntax_has_error(json));
    syntax_unref(json);
    syntax_unref(python);
    text_unref(text);
    parser_destroy(parser);
}

/* A character divided between two pieces of the text, and bytes that are no characters. */
static void test_divided_character(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    struct str source;
    str_init(&source);
    str_adds(&source, "x = '");
    while (source.length < 20000)
        str_adds(&source, "\xF0\x9F\x98\x80"); /* pieces end inside one of them */
    str_adds(&source, "'\n");
    struct text *text = make(source.bytes);
    struct syntax *syntax = parse(parser, "python", text, NULL, false);
    assert_false(syntax_has_error(syntax));
    syntax_unref(syntax);
    text_unref(text);
    text = make("x = '\xFF\xC3'\n\xE2\x82");
    syntax = parse(parser, "python", text, NULL, false);
    assert_true(syntax_has_error(syntax));
    syntax_unref(syntax);
    text_unref(text);
    str_finish(&source);
    parser_destroy(parser);
}

static void test_range(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    struct text *text = make("((((\n[1, 2]\n))))");
    TSTree *tree = parser_parse_range(parser, language_find("json"), text, 5, 11, NULL, NULL);
    assert_non_null(tree);
    assert_false(ts_node_has_error(ts_tree_root_node(tree)));
    assert_int_equal(ts_node_end_byte(ts_tree_root_node(tree)), 6);
    ts_tree_delete(tree);
    text_unref(text);
    parser_destroy(parser);
}

/* In TSX tree-sitter's recovery comes back to the `)` for ever. */
static void test_recovery_without_end(void **state) {
    (void)state;
    static const char *const texts[] = {"e={e:i ps={e:s)", "e={e:i ps={e:s)\n",
                                        "e={e:i ps={e:s);\nlet a = 1;\n",
                                        "e={e:i ps={e:s)\ne={e:i ps={e:s)\n", "\n  e={e:i ps={e:s )"};
    struct parser *parser = parser_create();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct text *text = make(texts[i]);
        TSTree *tree = parser_parse_range(parser, language_find("typescriptreact"), text, 0, text_size(text),
                                          NULL, NULL);
        assert_non_null(tree);
        assert_true(ts_node_has_error(ts_tree_root_node(tree)));
        assert_int_equal(ts_node_end_byte(ts_tree_root_node(tree)), text_size(text));
        ts_tree_delete(tree);
        text_unref(text);
    }
    /* And from edit to edit. */
    struct text *before = make("e={e:i, ps:{e:s}}\n"), *after = make(texts[1]);
    struct syntax *whole, *broken, *again;
    const struct language *language = language_find("typescriptreact");
    assert_int_equal(syntax_parse(parser, language, before, NULL, true, NULL, &whole), STATUS_OK);
    assert_int_equal(syntax_parse(parser, language, after, whole, true, NULL, &broken), STATUS_OK);
    assert_int_equal(syntax_parse(parser, language, before, broken, true, NULL, &again), STATUS_OK);
    assert_false(syntax_has_error(whole));
    assert_true(syntax_has_error(broken));
    assert_false(syntax_has_error(again));
    syntax_unref(whole);
    syntax_unref(broken);
    syntax_unref(again);
    text_unref(before);
    text_unref(after);
    parser_destroy(parser);
}

static void test_cancel(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    struct str source;
    str_init(&source);
    for (int i = 0; i < 20000; i++)
        str_adds(&source, "int f(void) { return 1; }\n");
    struct text *text = make(source.bytes), *small = make("int x;\n");
    struct syntax *syntax = NULL;
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    assert_int_equal(syntax_parse(parser, language_find("c"), text, NULL, true, &cancel, &syntax),
                     STATUS_CANCELLED);
    cancel_init(&cancel, NULL, 1);
    assert_int_equal(syntax_parse(parser, language_find("c"), text, NULL, true, &cancel, &syntax),
                     STATUS_DEADLINE);
    assert_null(syntax);
    syntax = parse(parser, "c", small, NULL, true); /* nothing is left of the cancelled parse */
    assert_false(syntax_has_error(syntax));
    assert_int_equal(syntax_piece_at(syntax, 0).end_byte, 7);
    syntax_unref(syntax);
    text_unref(small);
    text_unref(text);
    str_finish(&source);
    parser_destroy(parser);
}

/* Large texts: items enough for many chunks. */
static struct text *make_large(const char *before, const char *item, const char *after) {
    struct str source;
    str_init(&source);
    str_adds(&source, before);
    while (source.length < 600000)
        str_adds(&source, item);
    str_adds(&source, after);
    struct text *text = NULL;
    assert_int_equal(text_create(source.bytes, source.length, &text), STATUS_OK);
    str_finish(&source);
    return text;
}

static const char c_item[] =
    "int f(int a)\n{\n    if (a) {\n        return g(a);\n    }\n    return 1;\n}\n\n";

static struct text *splice(const struct text *text, uint32_t start, uint32_t end, const char *bytes) {
    struct text *edited = NULL;
    assert_int_equal(text_splice(text, start, end, bytes, strlen(bytes), &edited), STATUS_OK);
    return edited;
}

static size_t count_ids(const struct syntax *left, const struct syntax *right) {
    size_t same = 0;
    for (size_t i = 0; i < syntax_piece_count(left); i++)
        for (size_t j = 0; j < syntax_piece_count(right); j++)
            same += syntax_piece_at(left, i).id == syntax_piece_at(right, j).id;
    return same;
}

static void test_chunks_are_shared(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    uint32_t item = (uint32_t)strlen(c_item), middle = 300000 / item * item;
    struct text *text = make_large("", c_item, "");
    struct syntax *clean = parse(parser, "c", text, NULL, false);
    size_t count = syntax_piece_count(clean);
    assert_true(count > 50);
    assert_false(syntax_has_error(clean) || syntax_is_open(clean));
    assert_null(syntax_piece_at(clean, 3).tree);
    TSTree *tree = syntax_piece_tree(clean, 3, parser);
    assert_false(ts_node_has_error(ts_tree_root_node(tree)));
    assert_int_equal(ts_node_start_byte(ts_tree_root_node(tree)), 0);
    ts_tree_delete(tree);

    struct text *edited = splice(text, middle + 24, middle + 25, ""); /* the ")" of "if (a)" */
    struct syntax *broken = parse(parser, "c", edited, clean, false);
    assert_true(syntax_has_error(broken));
    assert_false(syntax_is_open(broken));
    assert_true(count_ids(clean, broken) >= count - 3);
    size_t index = syntax_next_broken(broken, 0);
    struct syntax_piece piece = syntax_piece_at(broken, index);
    assert_true(piece.start_byte <= middle && piece.end_byte > middle + 30);
    assert_true(piece.tree && ts_node_has_error(ts_tree_root_node(piece.tree)));
    assert_int_equal(syntax_next_broken(broken, index + 1), SIZE_MAX);

    struct syntax *undone = parse(parser, "c", text, broken, false);
    assert_false(syntax_has_error(undone) || syntax_is_open(undone));
    syntax_unref(undone);
    syntax_unref(broken);
    syntax_unref(clean);
    text_unref(edited);
    text_unref(text);
    parser_destroy(parser);
}

/* A line end that is MISSING between two statements of the top level stands in no node that can be seen. */
static void test_missing_line_end(void **state) {
    (void)state;
    static const struct {
        const char *language, *before, *item, *after;
    } cases[] = {{"go", "package p\n\n", "const c = 3\n\n", "const c  3\n\n"},
                 {"python", "", "x = f(1)\n", "x  f(1)\n"}};
    struct parser *parser = parser_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t item = (uint32_t)strlen(cases[i].item);
        uint32_t middle = (uint32_t)strlen(cases[i].before) + 20000 * item;
        struct text *text = make_large(cases[i].before, cases[i].item, "");
        struct text *edited = splice(text, middle, middle + item, cases[i].after);
        struct syntax *clean = parse(parser, cases[i].language, text, NULL, false);
        struct syntax *broken = parse(parser, cases[i].language, edited, clean, false);
        struct syntax *opened = parse(parser, cases[i].language, edited, NULL, false);
        assert_true(syntax_piece_count(clean) > 50);
        assert_true(syntax_piece_count(opened) > 50);
        assert_false(syntax_has_error(clean));
        assert_true(syntax_has_error(broken));
        assert_true(syntax_has_error(opened));
        struct syntax *undone = parse(parser, cases[i].language, text, broken, false);
        assert_false(syntax_has_error(undone) || syntax_is_open(undone));
        syntax_unref(undone);
        syntax_unref(opened);
        syntax_unref(broken);
        syntax_unref(clean);
        text_unref(edited);
        text_unref(text);
    }
    parser_destroy(parser);
}

/* A comment opened in one place: undecided at first, an error once everything behind it has been read, and no
 * longer one when a later edit, far behind, closes it. */
static void test_open_and_finished(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    uint32_t item = (uint32_t)strlen(c_item);
    struct text *text = make_large("", c_item, "");
    struct text *opened = splice(text, 1000 * item, 1000 * item, "/*");
    struct text *closed = splice(opened, 4000 * item + 2, 4000 * item + 2, "*/");
    struct syntax *clean = parse(parser, "c", text, NULL, false);
    struct syntax *open = parse(parser, "c", opened, clean, false);
    assert_true(syntax_is_open(open));
    assert_true(syntax_piece_count(open) > 50);
    struct syntax *finished = parse(parser, "c", opened, open, true);
    assert_false(syntax_is_open(finished));
    assert_true(syntax_has_error(finished));
    assert_true(syntax_piece_count(finished) > 50); /* no huge chunk is left of it */

    struct syntax *again = parse(parser, "c", closed, finished, false);
    assert_true(syntax_is_open(again));
    struct syntax *whole = parse(parser, "c", closed, again, true);
    assert_false(syntax_is_open(whole) || syntax_has_error(whole));

    struct syntax *undone = parse(parser, "c", text, finished, false);
    assert_false(syntax_is_open(undone) || syntax_has_error(undone));
    syntax_unref(undone);
    syntax_unref(whole);
    syntax_unref(again);
    syntax_unref(finished);
    syntax_unref(open);
    syntax_unref(clean);
    text_unref(closed);
    text_unref(opened);
    text_unref(text);
    parser_destroy(parser);
}

/* A brace missing since before the text was opened loses the root of the whole tree, not the chunks. */
static void test_broken_when_opened(void **state) {
    (void)state;
    struct parser *parser = parser_create();
    uint32_t item = (uint32_t)strlen(c_item);
    struct text *text = make_large("", c_item, "");
    uint32_t brace = 2000 * item + item - 3;
    assert_int_equal(text_byte_at(text, brace), '}');
    struct text *broken = splice(text, brace, brace + 1, "");
    TSTree *tree = parser_parse_range(parser, language_find("c"), broken, 0, text_size(broken), NULL, NULL);
    assert_true(ts_node_has_error(ts_tree_root_node(tree)));
    ts_tree_delete(tree);
    struct syntax *syntax = parse(parser, "c", broken, NULL, false);
    assert_true(syntax_piece_count(syntax) > 50);
    assert_true(syntax_has_error(syntax));
    struct syntax *fixed = parse(parser, "c", text, syntax, false);
    if (syntax_is_open(fixed)) {
        struct syntax *finished = parse(parser, "c", text, fixed, true);
        syntax_unref(fixed);
        fixed = finished;
    }
    assert_false(syntax_has_error(fixed) || syntax_is_open(fixed));
    syntax_unref(fixed);
    syntax_unref(syntax);
    text_unref(broken);
    text_unref(text);
    parser_destroy(parser);
}

/* One item, or data: no places to cut, so one piece, whose tree is reused. */
static void test_uncuttable(void **state) {
    (void)state;
    static const struct {
        const char *language, *before, *item, *after;
    } cases[] = {
        {"javascript", "(function () {\n", "f(1);\n", "})();\n"},
        {"json", "[\n", "{\"a\": [1, 2]},\n", "{}]\n"},
        {"c", "", "int a;\r", ""},
    };
    struct parser *parser = parser_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text *text = make_large(cases[i].before, cases[i].item, cases[i].after);
        struct syntax *syntax = parse(parser, cases[i].language, text, NULL, false);
        assert_int_equal(syntax_piece_count(syntax), 1);
        assert_false(syntax_has_error(syntax));
        struct text *edited = splice(text, 500000, 500000, " \"");
        uint64_t start_ns = clock_now_ns();
        struct syntax *broken = parse(parser, cases[i].language, edited, syntax, false);
        print_message("%s: reparse %u us\n", cases[i].language,
                      (unsigned)((clock_now_ns() - start_ns) / 1000));
        assert_true(syntax_has_error(broken));
        assert_int_equal(syntax_piece_count(broken), 1);
        syntax_unref(broken);
        syntax_unref(syntax);
        text_unref(edited);
        text_unref(text);
    }
    parser_destroy(parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_language),
        cmocka_unit_test(test_error_and_repair),
        cmocka_unit_test(test_error_closed_far_behind),
        cmocka_unit_test(test_change_of_language),
        cmocka_unit_test(test_divided_character),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_chunks_are_shared),
        cmocka_unit_test(test_missing_line_end),
        cmocka_unit_test(test_recovery_without_end),
        cmocka_unit_test(test_open_and_finished),
        cmocka_unit_test(test_broken_when_opened),
        cmocka_unit_test(test_uncuttable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
