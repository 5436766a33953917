/* Terminal symbols as text: the class and spelling of each in every language's own grammar. */
#include "analysis/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The class of the symbol that spells text; SYMBOL_HIDDEN when none does. */
static enum symbol_class class_of(const struct symbols *symbols, const char *text) {
    for (uint16_t i = 0; i < symbols->count; i++)
        if (symbols->items[i].length == strlen(text) && !strcmp(symbols->items[i].text, text))
            return (enum symbol_class)symbols->items[i].class;
    return SYMBOL_HIDDEN;
}

static void check(const char *id, const char *words, enum symbol_class expected) {
    struct symbols symbols;
    symbols_init(&symbols, language_find(id));
    char copy[256], *rest = NULL;
    assert_true(strlen(words) < sizeof copy);
    strcpy(copy, words);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (class_of(&symbols, word) != expected) print_error("%s: %s\n", id, word);
        assert_int_equal(class_of(&symbols, word), expected);
    }
    symbols_finish(&symbols);
}

static void brackets(void **state) {
    (void)state;
    static const char *const ids[] = {"c",  "python", "javascript", "typescript", "typescriptreact",
                                      "go", "rust",   "java"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        check(ids[i], "( [ {", SYMBOL_OPENER);
        check(ids[i], ") ] }", SYMBOL_CLOSER);
        check(ids[i], ", ; :", SYMBOL_SEPARATOR);
    }
    check("json", "[ {", SYMBOL_OPENER);
    check("json", "] }", SYMBOL_CLOSER);
    check("json", ", :", SYMBOL_SEPARATOR);
    check("json", "( ) ;", SYMBOL_HIDDEN); /* it has none */
}

static void words(void **state) {
    (void)state;
    check("c", "if while return struct sizeof typedef", SYMBOL_WORD);
    check("python", "def elif lambda not is async", SYMBOL_WORD);
    check("javascript", "function const of typeof super this null", SYMBOL_WORD);
    check("typescript", "interface keyof number", SYMBOL_WORD);
    check("go", "func chan range nil true", SYMBOL_WORD);
    check("rust", "fn impl where self super", SYMBOL_WORD);
    check("java", "class extends instanceof this", SYMBOL_WORD);
    check("json", "true false null", SYMBOL_WORD);
    check("c", "elif def fn", SYMBOL_HIDDEN);
    check("go", "while elif", SYMBOL_HIDDEN);
}

static void operators(void **state) {
    (void)state;
    check("c", "-> ++ == && || ?", SYMBOL_OPERATOR);
    check("python", ":= -> ** != = .", SYMBOL_OPERATOR);
    check("javascript", "=> ?? ... === .", SYMBOL_OPERATOR);
    check("go", ":= <- &^", SYMBOL_OPERATOR);
    check("rust", "=> :: ..= &", SYMBOL_OPERATOR);
    check("java", "-> :: >>> @", SYMBOL_OPERATOR);
}

/* What no insertion can write: ends of lines, indentation, quotes and what stands between them, directives.
 */
static void hidden(void **state) {
    (void)state;
    check("python", "_newline _indent _dedent string_start comment \" #", SYMBOL_HIDDEN);
    check("c", "\" ' #include comment string_content", SYMBOL_HIDDEN);
    check("javascript", "` ' _automatic_semicolon regex_pattern", SYMBOL_HIDDEN);
    check("rust", "// /* */ _raw_string_literal_start", SYMBOL_HIDDEN);
    check("json", "\" number string", SYMBOL_HIDDEN);
}

static void one_placeholder(void **state) {
    (void)state;
    const struct language *language;
    for (size_t l = 0; (language = language_at(l)); l++) {
        struct symbols symbols;
        symbols_init(&symbols, language);
        unsigned names = 0;
        for (uint16_t i = 0; i < symbols.count; i++) {
            if (symbols.items[i].class != SYMBOL_NAME) continue;
            names++;
            assert_string_equal(symbols.items[i].text, SYMBOL_PLACEHOLDER);
        }
        assert_int_equal(names, language->flags & LANGUAGE_DATA ? 0 : 1);
        symbols_finish(&symbols);
    }
}

static bool is_bracket_class(const struct symbol *symbol) {
    return symbol->class == SYMBOL_OPENER || symbol->class == SYMBOL_CLOSER ||
           symbol->class == SYMBOL_SEPARATOR;
}

/* In every language: text and class agree with each other and with the literals that the lexer knows. */
static void tables_are_whole(void **state) {
    (void)state;
    const struct language *language;
    for (size_t l = 0; (language = language_at(l)); l++) {
        struct symbols symbols;
        symbols_init(&symbols, language);
        assert_true(symbols.count > 10);
        assert_int_equal(symbols.items[0].class, SYMBOL_HIDDEN); /* the end of the text */
        for (uint16_t i = 0; i < symbols.count; i++) {
            const struct symbol *symbol = &symbols.items[i];
            assert_non_null(symbol->text);
            assert_int_equal(symbol->length, strlen(symbol->text));
            assert_int_equal(symbol->class == SYMBOL_HIDDEN, symbol->length == 0);
            if (is_bracket_class(symbol)) assert_int_equal(symbol->length, 1);
            if (symbol->class == SYMBOL_HIDDEN || symbol->class == SYMBOL_NAME) continue;
            const struct literal *literal = language_literal(language, symbol->text, symbol->length);
            /* Words that are nodes of their own need not be literals. */
            if (!literal && symbol->class == SYMBOL_WORD) continue;
            if (!literal) print_error("%s: %s\n", language->id, symbol->text);
            assert_non_null(literal);
            assert_int_equal(symbol->class == SYMBOL_WORD, literal->is_word);
        }
        const struct language_facts *facts = language_facts(language);
        for (size_t i = 0; i < facts->literal_count; i++) {
            const struct literal *literal = &facts->literals[i];
            bool writable =
                literal->is_operator && literal->length == 1 && !strpbrk(literal->text, "\"'`#\\/ ");
            if (!writable || literal->symbol >= symbols.count) continue;
            if (class_of(&symbols, literal->text) == SYMBOL_HIDDEN)
                print_error("%s: %s\n", language->id, literal->text);
            assert_int_not_equal(class_of(&symbols, literal->text), SYMBOL_HIDDEN);
        }
        symbols_finish(&symbols);
        assert_null(symbols.items);
        symbols_finish(&symbols); /* twice is harmless */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets), cmocka_unit_test(words),           cmocka_unit_test(operators),
        cmocka_unit_test(hidden),   cmocka_unit_test(one_placeholder), cmocka_unit_test(tables_are_whole),
    };
    return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
