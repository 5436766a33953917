/* The table of languages: finding a row, and the literal tokens read from each grammar. */
#include "analysis/language.h"

#include <tree_sitter/api.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check_path(const char *path, const char *expected_id) {
    const struct language *language = language_of_path(path);
    if (!expected_id) {
        assert_null(language);
        return;
    }
    assert_non_null(language);
    assert_string_equal(language->id, expected_id);
}

static void names_and_aliases_find_their_row(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"c", "c"},           {"C", "c"},
        {"py", "python"},     {"Python", "python"},
        {"js", "javascript"}, {"jsx", "javascriptreact"},
        {"ts", "typescript"}, {"tsx", "typescriptreact"},
        {"json", "json"},     {"jsonc", "jsonc"},
        {"golang", "go"},     {"rs", "rust"},
        {"java", "java"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct language *language = language_find(pairs[i][0]);
        assert_non_null(language);
        assert_string_equal(language->id, pairs[i][1]);
    }
    assert_null(language_find("cobol"));
    assert_null(language_find(""));
    for (size_t i = 0; language_at(i); i++)
        assert_ptr_equal(language_find(language_at(i)->id), language_at(i));
}

static void paths_find_their_row(void **state) {
    (void)state;
    check_path("src/main.c", "c");
    check_path("include/main.h", "c");
    check_path("a/b.py", "python");
    check_path("stubs/b.pyi", "python");
    check_path("SConstruct", "python");
    check_path("x.mjs", "javascript");
    check_path("x.cjs", "javascript");
    check_path("Card.jsx", "javascriptreact");
    check_path("Card.tsx", "typescriptreact");
    check_path("index.d.ts", "typescript");
    check_path("package.json", "json");
    check_path("C:\\work\\package.json", "json");
    check_path("a.json/b.rs", "rust");
    check_path("web/tsconfig.json", "jsonc");
    check_path("web/tsconfig.build.json", "jsonc");
    check_path(".vscode/settings.json", "jsonc");
    check_path("x.code-workspace", "jsonc");
    check_path("main.go", "go");
    check_path("Main.java", "java");
    check_path("README.md", NULL);
    check_path("Makefile", NULL);
    check_path("dir.c/README", NULL);
    check_path("", NULL);
    check_path(".", NULL);
    check_path("c", NULL);
}

static void check_first_line(const char *bytes, const char *expected_id) {
    const struct language *language = language_of_file("tool", bytes, strlen(bytes));
    if (!expected_id) {
        assert_null(language);
        return;
    }
    assert_non_null(language);
    assert_string_equal(language->id, expected_id);
}

static void first_lines_name_the_interpreter(void **state) {
    (void)state;
    check_first_line("#!/usr/bin/python3\nprint()\n", "python");
    check_first_line("#!/usr/bin/env python3.11\r\n", "python");
    check_first_line("#! /usr/bin/env -S FOO=1 python -u\n", "python");
    check_first_line("#!/usr/bin/env node", "javascript");
    check_first_line("#!/usr/local/bin/deno run", "typescript");
    check_first_line("#!/usr/bin/python2.7\n", NULL);
    check_first_line("#!/bin/sh\n# python3\n", NULL);
    check_first_line("#!/usr/bin/env\npython3\n", NULL);
    check_first_line("#!", NULL);
    check_first_line("", NULL);
    check_first_line("python3\n", NULL);
    /* A name that says something wins. */
    assert_string_equal(language_of_file("x.js", "#!/usr/bin/python3\n", 19)->id, "javascript");
}

static const struct literal *literal_of(const char *id, const char *text) {
    return language_literal(language_find(id), text, strlen(text));
}

static void every_grammar_gives_sorted_literals(void **state) {
    (void)state;
    for (size_t i = 0; language_at(i); i++) {
        const struct language *language = language_at(i);
        const struct language_facts *facts = language_facts(language);
        assert_ptr_equal(facts, language_facts(language));
        assert_true(facts->literal_count >= 7);
        for (size_t j = 0; j < facts->literal_count; j++) {
            const struct literal *literal = &facts->literals[j];
            assert_int_equal(literal->length, strlen(literal->text));
            assert_int_not_equal(literal->symbol, 0);
            assert_null(strpbrk(literal->text, " \n\t"));
            if (j > 0) assert_true(strcmp(facts->literals[j - 1].text, literal->text) < 0);
            assert_ptr_equal(language_literal(language, literal->text, literal->length), literal);
            unsigned char byte = (unsigned char)literal->text[0];
            assert_in_range(j, facts->first[byte], facts->first[byte + 1] - 1u);
        }
        assert_int_equal(facts->first[256], facts->literal_count);
    }
}

static void named_literals_exist_in_their_grammar(void **state) {
    (void)state;
    for (size_t i = 0; language_at(i); i++) {
        const struct language *language = language_at(i);
        for (const struct named_literal *named = language->named_literals; named->text; named++) {
            uint32_t length = (uint32_t)strlen(named->node);
            assert_int_not_equal(ts_language_symbol_for_name(language->grammar(), named->node, length, true),
                                 0);
            assert_non_null(language_literal(language, named->text, strlen(named->text)));
        }
    }
}

static void literals_are_texts_of_one_token(void **state) {
    (void)state;
    assert_true(literal_of("c", "return")->is_word);
    assert_true(literal_of("c", "int")->is_word);
    assert_false(literal_of("c", "#include")->is_word);
    assert_true(literal_of("c", "->")->is_operator);
    assert_false(literal_of("c", "]]")->is_operator);
    assert_false(literal_of("c", "\"")->is_operator);
    assert_true(literal_of("typescript", "?.")->is_operator);
    assert_true(literal_of("javascript", "?.")->is_operator);
    assert_false(literal_of("typescript", "{|")->is_operator);
    assert_false(literal_of("rust", "//")->is_operator);
    assert_true(literal_of("python", "//")->is_operator);
    assert_true(literal_of("java", "void")->is_word);
    assert_true(literal_of("python", "None")->is_word);
    assert_true(literal_of("rust", "mut")->is_word);
    assert_null(literal_of("python", "not in"));
    assert_null(literal_of("python", "identifier"));
    assert_null(literal_of("go", ""));
    assert_null(literal_of("c", "retur"));
    assert_null(literal_of("c", "returns"));
    assert_null(literal_of("json", "end"));
}

static void symbols_lead_back_to_their_text(void **state) {
    (void)state;
    for (size_t i = 0; language_at(i); i++) {
        const struct language *language = language_at(i);
        const TSLanguage *grammar = language->grammar();
        const struct language_facts *facts = language_facts(language);
        for (uint32_t symbol = 0; symbol < ts_language_symbol_count(grammar); symbol++) {
            const struct literal *literal = language_literal_of_symbol(language, (uint16_t)symbol);
            if (!literal) continue;
            assert_in_range(literal - facts->literals, 0, facts->literal_count - 1);
            if (ts_language_symbol_type(grammar, (TSSymbol)symbol) == TSSymbolTypeAnonymous)
                assert_string_equal(literal->text, ts_language_symbol_name(grammar, (TSSymbol)symbol));
        }
        assert_null(language_literal_of_symbol(language, UINT16_MAX));
        assert_null(language_literal_of_symbol(language, 0));
    }
    /* C has two symbols "(": both lead to the one literal. */
    const struct language *c = language_find("c");
    unsigned parentheses = 0;
    for (uint32_t symbol = 0; symbol < ts_language_symbol_count(c->grammar()); symbol++)
        parentheses += language_literal_of_symbol(c, (uint16_t)symbol) == literal_of("c", "(");
    assert_int_equal(parentheses, 2);
    assert_string_equal(language_literal_of_symbol(c, literal_of("c", "int")->symbol)->text, "int");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_aliases_find_their_row),
        cmocka_unit_test(paths_find_their_row),
        cmocka_unit_test(first_lines_name_the_interpreter),
        cmocka_unit_test(every_grammar_gives_sorted_literals),
        cmocka_unit_test(named_literals_exist_in_their_grammar),
        cmocka_unit_test(literals_are_texts_of_one_token),
        cmocka_unit_test(symbols_lead_back_to_their_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
