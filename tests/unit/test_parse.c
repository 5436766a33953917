/* Parsing: whole texts, incremental reuse, cancelling, ranges. tests/property/prop_parse.c edits at random. */
#include "analysis/parse.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct text *make(const char *bytes)
{
    struct text *text = NULL;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    return text;
}

static struct syntax *parse(struct parser *parser, const char *language, struct text *text, const struct syntax *previous,
                            bool finish)
{
    struct syntax *syntax = NULL;
    assert_int_equal(syntax_parse(parser, language_find(language), text, previous, finish, NULL, &syntax), STATUS_OK);
    assert_ptr_equal(syntax_text(syntax), text);
    return syntax;
}

static void test_every_language(void **state)
{
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

static void test_error_and_repair(void **state)
{
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

static void test_change_of_language(void **state)
{
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
static void test_divided_character(void **state)
{
    (void)state;
    struct parser *parser = parser_create();
    struct str source;
    str_init(&source);
    str_adds(&source, "x = '");
    while (source.length < 20000) str_adds(&source, "\xF0\x9F\x98\x80"); /* pieces end inside one of them */
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

static void test_range(void **state)
{
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

static void test_cancel(void **state)
{
    (void)state;
    struct parser *parser = parser_create();
    struct str source;
    str_init(&source);
    for (int i = 0; i < 20000; i++) str_adds(&source, "int f(void) { return 1; }\n");
    struct text *text = make(source.bytes), *small = make("int x;\n");
    struct syntax *syntax = NULL;
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    assert_int_equal(syntax_parse(parser, language_find("c"), text, NULL, true, &cancel, &syntax), STATUS_CANCELLED);
    cancel_init(&cancel, NULL, 1);
    assert_int_equal(syntax_parse(parser, language_find("c"), text, NULL, true, &cancel, &syntax), STATUS_DEADLINE);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_language),     cmocka_unit_test(test_error_and_repair),
        cmocka_unit_test(test_change_of_language), cmocka_unit_test(test_divided_character),
        cmocka_unit_test(test_range),              cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
