/* The lexer, case by case: a text and its tokens as "kind text" lines would be long, so a token is written as
 * its kind's letter and its text, tokens separated by " | ". Letters: w word, k keyword, n number, s string,
 * q quote, c comment, o comment opener, ( bracket opener, ) closer, + operator, # directive, ! conflict, ?
 * other. */
#include "analysis/lexer.h"
#include "base/clock.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char kind_letter(const struct token *token) {
    static const char letters[TOKEN_KIND_COUNT + 1] = "wnsqco()+#!?";
    return token->flags & TOKEN_KEYWORD ? 'k' : letters[token->kind];
}

static void check_bytes(const char *id, const char *bytes, size_t length, const char *expected) {
    struct token_list tokens = {0};
    lexer_scan(language_find(id), bytes, length, &tokens);
    struct str found;
    str_init(&found);
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *token = &tokens.items[i];
        if (i > 0) str_adds(&found, " | ");
        str_addc(&found, kind_letter(token));
        str_addc(&found, ' ');
        str_add(&found, bytes + token->start_byte, token->end_byte - token->start_byte);
    }
    if (strcmp(found.bytes, expected) != 0) print_error("%s: %s\n", id, bytes);
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
    vec_finish(&tokens);
}

static void check(const char *id, const char *text, const char *expected) {
    check_bytes(id, text, strlen(text), expected);
}

static void words_and_operators(void **state) {
    (void)state;
    check("c", "", "");
    check("c", " \t\n\r\n", "");
    check("c", "return a->b;", "k return | w a | + -> | w b | + ;");
    check("c", "a<<=b>>c", "w a | + <<= | w b | + >> | w c");
    check("c", "a[b[0]]", "w a | ( [ | w b | ( [ | n 0 | ) ] | ) ]");
    check("c", "retrun $x;", "w retrun | w $x | + ;");
    check("python", "x := y // 2 ** z", "w x | + := | w y | + // | n 2 | + ** | w z");
    check("python", "a $ b ?", "w a | + $ | w b | + ?");
    check("javascript", "a?.b ?? c => ...d", "w a | + ?. | w b | + ?? | w c | + => | + ... | w d");
    check("javascript", "this.#count++", "k this | + . | w #count | + ++");
    check("typescript", "type A = {|x?: number|}",
          "k type | w A | + = | ( { | + | | w x | + ?: | k number | + | | ) }");
    check("go", "x := <-ch &^ y", "w x | + := | + <- | w ch | + &^ | w y");
    check("rust", "0..=n r#type::<T>()", "n 0 | + ..= | w n | w r#type | + :: | + < | w T | + > | ( ( | ) )");
    check("java", "@interface A {} @Override", "+ @interface | w A | ( { | ) } | + @ | w Override");
    check("java", "@interfaces", "+ @ | w interfaces");
    check("json", "{\"a\": -1}", "( { | s \"a\" | + : | + - | n 1 | ) }");
}

static void unicode_words_and_signs(void **state) {
    (void)state;
    check("python", "größe = π", "w größe | + = | w π");
    check("python", "名前 = '猫'", "w 名前 | + = | s '猫'");
    check("python", "x\xc2\xa0= 1", "w x | ? \xc2\xa0 | + = | n 1");
    check("javascript", "f(“a”)", "w f | ( ( | q “ | w a | q ” | ) )");
    check("c", "x 😀 y", "w x | ? 😀 | w y");
    check("c", "\xff\xfe\xc3", "? \xff | ? \xfe | ? \xc3");
    check("c", "\xed\xa0\x80", "? \xed | ? \xa0 | ? \x80");
    check("c", "a\xc0\x80", "w a | ? \xc0 | ? \x80");
    check("c", "\xef\xbb\xbfint x;", "k int | w x | + ;");
    check("c", "x\xef\xbb\xbfy", "w x | ? \xef\xbb\xbf | w y");
}

static void nul_bytes_are_tokens(void **state) {
    (void)state;
    struct token_list tokens = {0};
    lexer_scan(language_find("c"), "a\0b \"\0\"", 7, &tokens);
    assert_int_equal(tokens.count, 4);
    assert_int_equal(tokens.items[1].kind, TOKEN_OTHER);
    assert_int_equal(tokens.items[3].kind, TOKEN_STRING);
    assert_int_equal(tokens.items[3].end_byte, 7);
    vec_finish(&tokens);
}

static void numbers(void **state) {
    (void)state;
    check("c", "0x1F 1e-5f 10UL .5 1. 1.f 0x1.8p-3 1'000'000",
          "n 0x1F | n 1e-5f | n 10UL | n .5 | n 1. | n 1.f | n 0x1.8p-3 | n 1'000'000");
    check("c", "a[1]+-2", "w a | ( [ | n 1 | ) ] | + + | + - | n 2");
    check("c", "0x1e+5", "n 0x1e | + + | n 5");
    check("python", "1_000 3j 1e10 0b101 0o17 1.5e+3",
          "n 1_000 | n 3j | n 1e10 | n 0b101 | n 0o17 | n 1.5e+3");
    check("python", "a.b.c", "w a | + . | w b | + . | w c");
    check("javascript", "10n 0xff.toString() 1.0.toFixed()",
          "n 10n | n 0xff | + . | w toString | ( ( | ) ) | n 1.0 | + . | w toFixed | ( ( | ) )");
    check("go", "0x1p-2 1i 1.i 'x'", "n 0x1p-2 | n 1i | n 1.i | s 'x'");
    check("rust", "t.0.1 1u32 1.0_f64 0..10 1.max(2) 0x1f.pow(2)",
          "w t | + . | n 0 | + . | n 1 | n 1u32 | n 1.0_f64 | n 0 | + .. | n 10 | n 1 | + . | w max | ( ( | "
          "n 2 | ) ) | "
          "n 0x1f | + . | w pow | ( ( | n 2 | ) )");
    check("java", "1.0f 100L 0x7f_ff 1d", "n 1.0f | n 100L | n 0x7f_ff | n 1d");
    check("json", "1.5e-7, 2E10", "n 1.5e-7 | + , | n 2E10");
}

static void closed_strings(void **state) {
    (void)state;
    check("c", "\"a\\\"b\" L\"w\" u8\"x\" 'a' '\\''",
          "s \"a\\\"b\" | s L\"w\" | s u8\"x\" | s 'a' | s '\\''");
    check("c", "\"a\\\nb\" c", "s \"a\\\nb\" | w c");
    check("c", "8\"x\"", "n 8 | s \"x\"");
    check("python", "f'x' rb\"\\\"\" \"\"\"a\n'b\"\" \"\"\" print\"x\"",
          "s f'x' | s rb\"\\\"\" | s \"\"\"a\n'b\"\" \"\"\" | k print | s \"x\"");
    check("javascript", "`a ${b + `c${'}'}`} d` + e", "s `a ${b + `c${'}'}`} d` | + + | w e");
    check("javascript", "`a ${ {x: 1} } ${don't}` y", "s `a ${ {x: 1} } ${don't}` | w y");
    check("go", "`a\\` + \"b\"", "s `a\\` | + + | s \"b\"");
    check("rust", "r#\"a\"b\"# r\"\\\" b'x' br##\"\"#\"## \"two\nlines\"",
          "s r#\"a\"b\"# | s r\"\\\" | s b'x' | s br##\"\"#\"## | s \"two\nlines\"");
    check("java", "\"\"\"\n a \"b\" \\\"\"\" \"\"\" + 'c'",
          "s \"\"\"\n a \"b\" \\\"\"\" \"\"\" | + + | s 'c'");
}

static void lifetimes_are_no_characters(void **state) {
    (void)state;
    check("rust", "&'a str 'x' '\\n' '\\u{1F600}' 'outer: loop",
          "+ & | w 'a | w str | s 'x' | s '\\n' | s '\\u{1F600}' | w 'outer | + : | k loop");
    check("rust", "<'a,'b>", "+ < | w 'a | + , | w 'b | + >");
    check("rust", "f('hello')", "w f | ( ( | q ' | w hello | q ' | ) )");
    check("rust", "'", "q '");
}

static void unclosed_quotes_free_their_line(void **state) {
    (void)state;
    check("c", "puts(\"hi);\nx = \"y\";",
          "w puts | ( ( | q \" | w hi | ) ) | + ; | w x | + = | s \"y\" | + ;");
    check("python", "x = \"abc + \"def\"\ny = 'z'",
          "w x | + = | q \" | w abc | + + | q \" | k def | q \" | w y | + = | s 'z'");
    check("python", "print('it's')", "k print | ( ( | q ' | w it | q ' | w s | q ' | ) )");
    check("python", "f\"a", "w f | q \" | w a");
    check("json", "{\"a: 1,\n\"b\": 2}", "( { | q \" | w a | + : | n 1 | + , | s \"b\" | + : | n 2 | ) }");
    check("json", "{'a': 1}", "( { | q ' | w a | q ' | + : | n 1 | ) }");
    check("json", "\"a\\\n\"", "q \" | w a | + \\ | q \"");
    check("javascript", "u = \"http://x.y;\nv",
          "w u | + = | q \" | w http | + : | + / | + / | w x | + . | w y | + ; | w v");
    check("c", "f(\"a); // don't", "w f | ( ( | q \" | w a | ) ) | + ; | c // don't");
    check("c", "f(); // don't\ng();", "w f | ( ( | ) ) | + ; | c // don't | w g | ( ( | ) ) | + ;");
    check("c", "\"a\\\"\nb", "q \" | w a | + \\ | q \" | w b");
    check("c", "#error don't\nint x;", "# #error | w don | q ' | w t | k int | w x | + ;");
    check("python", "x = '#fff\n", "w x | + = | q ' | + # | w fff");
}

static void unclosed_strings_of_several_lines(void **state) {
    (void)state;
    check("python", "\"\"\"doc\nx = 'a'", "q \"\"\" | w doc | w x | + = | s 'a'");
    check("javascript", "a = `b ${c}\nd = 'e'",
          "w a | + = | q ` | w b | w $ | ( { | w c | ) } | w d | + = | s 'e'");
    check("javascript", "don't {`\n'`} x", "w don | q ' | w t | ( { | s `\n'` | ) } | w x");
    check("go", "x := `a\ny", "w x | + := | q ` | w a | w y");
    check("rust", "p(\"a);\nlet x = \"b\";",
          "w p | ( ( | q \" | w a | ) ) | + ; | k let | w x | + = | s \"b\" | + ;");
    check("rust", "r#\"a\nb", "q r#\" | w a | w b");
    check("java", "\"\"\"\n a", "q \"\"\" | w a");
}

static void comments(void **state) {
    (void)state;
    check("c", "a /* b\n */ c // d\ne", "w a | c /* b\n */ | w c | c // d | w e");
    check("c", "// a \\\n b\nc", "c // a \\\n b | w c");
    check("c", "a /* b\nc /* d", "w a | o /* | w b | w c | o /* | w d");
    check("c", "a */ b", "w a | + */ | w b");
    check("c", "x = y */*z*/ w", "w x | + = | w y | + * | c /*z*/ | w w");
    check("rust", "/* a /* b */ c */ d", "c /* a /* b */ c */ | w d");
    check("rust", "/* a /* b */ d", "o /* | w a | c /* b */ | w d");
    check("c", "/* a /* b */ d", "c /* a /* b */ | w d");
    check("python", "x # y\n#z", "w x | c # y | c #z");
    check("json", "{ // a\n}", "( { | c // a | ) }");
    check("javascript", "#!/usr/bin/env node\nx", "c #!/usr/bin/env node | w x");
    check("rust", "#![allow]", "+ # | + ! | ( [ | w allow | ) ]");
}

static void regexes_by_the_token_before(void **state) {
    (void)state;
    check("javascript", "x = /a\"[/]\\//g.test(y)",
          "w x | + = | s /a\"[/]\\//g | + . | w test | ( ( | w y | ) )");
    check("javascript", "a / b / c", "w a | + / | w b | + / | w c");
    check("javascript", "return /x/", "k return | s /x/");
    check("javascript", "(a) / 2 / 3", "( ( | w a | ) ) | + / | n 2 | + / | n 3");
    check("javascript", "i++ / 2 / 3", "w i | + ++ | + / | n 2 | + / | n 3");
    check("javascript", "x = /a\ny = b / c", "w x | + = | + / | w a | w y | + = | w b | + / | w c");
    check("javascriptreact", "<a>b</a>", "+ < | w a | + > | w b | + </ | w a | + >");
    check("javascriptreact", "<br\n  x={1}\n/> / y /",
          "+ < | w br | w x | + = | ( { | n 1 | ) } | + /> | s / y /");
    check("java", "x = /a/", "w x | + = | + / | w a | + /");
}

static void directives_and_conflicts(void **state) {
    (void)state;
    check("c", "#include <a.h>\n#  define X(y) \\\n  y ## z\n#\n",
          "# #include | + < | w a | + . | w h | + > | # #  define | w X | ( ( | w y | ) ) | w y | + # | + # "
          "| w z | # #");
    check("c", "x # y", "w x | + # | w y");
    check("python", "#include", "c #include");
    check("c", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x y\n",
          "! <<<<<<< HEAD | w a | ! ======= | w b | ! >>>>>>> x y");
    check("c", "||||||| base", "! ||||||| base");
    check("c", " <<<<<<< HEAD", "+ << | + << | + << | + < | w HEAD");
    check("c", "======", "+ == | + == | + ==");
    check("c", "<<<<<<<a", "+ << | + << | + << | + < | w a");
    check("python", "\"\"\"\n=======\n\"\"\"", "s \"\"\"\n=======\n\"\"\"");
}

struct position {
    uint32_t line;
    uint16_t column, indent;
    bool line_start, line_end;
};

static void check_positions(const char *id, const char *text, const struct position *expected, size_t count) {
    struct token_list tokens = {0};
    lexer_scan(language_find(id), text, strlen(text), &tokens);
    assert_int_equal(tokens.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &tokens.items[i];
        if (token->line != expected[i].line || token->column != expected[i].column)
            print_error("token %zu of: %s\n", i, text);
        assert_int_equal(token->line, expected[i].line);
        assert_int_equal(token->column, expected[i].column);
        assert_int_equal(token->indent, expected[i].indent);
        assert_int_equal(!!(token->flags & TOKEN_LINE_START), expected[i].line_start);
        assert_int_equal(!!(token->flags & TOKEN_LINE_END), expected[i].line_end);
    }
    vec_finish(&tokens);
}

#define CHECK_POSITIONS(id, text, ...)                                                                       \
    check_positions(id, text, (const struct position[]){__VA_ARGS__},                                        \
                    sizeof((const struct position[]){__VA_ARGS__}) / sizeof(struct position))

static void lines_columns_and_their_ends(void **state) {
    (void)state;
    CHECK_POSITIONS("c", "a b\n\tc\r\nd\re", {0, 0, 0, true, false}, {0, 2, 0, false, true},
                    {1, 8, 8, true, true}, {2, 0, 0, true, true}, {3, 0, 0, true, true});
    CHECK_POSITIONS("c", "x = 1; // y\n  z", {0, 0, 0, true, false}, {0, 2, 0, false, false},
                    {0, 4, 0, false, false}, {0, 5, 0, false, true}, {0, 7, 0, false, false},
                    {1, 2, 2, true, true});
    /* A comment over lines ends its line for what stands before it. */
    CHECK_POSITIONS("c", "a /*\n*/ b", {0, 0, 0, true, true}, {0, 2, 0, false, false}, {1, 3, 3, true, true});
    /* A string over lines does not. */
    CHECK_POSITIONS("python", "x = '''\n  ''' + y", {0, 0, 0, true, false}, {0, 2, 0, false, false},
                    {0, 4, 0, false, false}, {1, 6, 2, false, false}, {1, 8, 2, false, true});
    CHECK_POSITIONS("python", "x = \\\n  y\nz", {0, 0, 0, true, false}, {0, 2, 0, false, false},
                    {1, 2, 2, false, true}, {2, 0, 0, true, true});
    /* Going back over a line's strings keeps its place. */
    CHECK_POSITIONS("c", "\n\t\"a\" \"b", {1, 8, 8, true, false}, {1, 9, 8, false, false},
                    {1, 10, 8, false, false}, {1, 12, 8, false, false}, {1, 13, 8, false, true});
}

static void literals_carry_their_symbol(void **state) {
    (void)state;
    const struct language *c = language_find("c");
    const char *text = "# include return ( x \" y";
    struct token_list tokens = {0};
    lexer_scan(c, text, strlen(text), &tokens);
    assert_int_equal(tokens.count, 6);
    assert_int_equal(tokens.items[0].literal, language_literal(c, "#include", 8)->symbol);
    assert_int_equal(tokens.items[1].literal, language_literal(c, "return", 6)->symbol);
    assert_int_equal(tokens.items[2].literal, language_literal(c, "(", 1)->symbol);
    assert_int_equal(tokens.items[3].literal, 0);
    assert_int_equal(tokens.items[4].literal, language_literal(c, "\"", 1)->symbol);
    vec_finish(&tokens);
}

static void scans_are_appended(void **state) {
    (void)state;
    struct token_list tokens = {0};
    lexer_scan(language_find("rust"), "a \"b", 4, &tokens);
    lexer_scan(language_find("rust"), "\"c", 2, &tokens);
    assert_int_equal(tokens.count, 5);
    assert_int_equal(tokens.items[3].kind, TOKEN_QUOTE);
    assert_int_equal(tokens.items[3].start_byte, 0);
    vec_finish(&tokens);
}

/* Wall time on a busy machine is a rough measure, so the bound is wide: linear work takes milliseconds (some
 * tens with sanitizers), quadratic work on this much takes minutes. */
static void hostile_texts_take_linear_time(void **state) {
    (void)state;
    static const char *const patterns[] = {
        "\"",   "'",         "`",    "\\\"", "\"\\\n", "'\\\n\"",  "/*",       "/* */ /*", "*/",
        "/",    "x=/[",      "`${",  "`${'", "r#\"",   "\"\"\"\\", "\\\"\"\"", "'\"`",     "' \\`",
        "//",   "<<<<<<<\n", "{",    "#",    "\t",     "1.",       "0x.",      "\xff",     "\xf0\x9f",
        "\\\n", "f'",        "b'\\", "'a",   "1e+",    "=/a/",     "}\n/",     "\"\\",     "f(\"\\\n"};
    enum { SIZE = 1 << 17 };
    char *bytes = mem_alloc(SIZE);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        size_t length = strlen(patterns[i]);
        for (size_t at = 0; at < SIZE; at++)
            bytes[at] = patterns[i][at % length];
        for (size_t l = 0; language_at(l); l++) {
            bool same_lexer = l > 0 && language_at(l)->strings == language_at(l - 1)->strings;
            if (same_lexer) continue;
            struct token_list tokens = {0};
            uint64_t start_ns = clock_now_ns();
            lexer_scan(language_at(l), bytes, SIZE, &tokens);
            uint64_t elapsed_ms = (clock_now_ns() - start_ns) / NS_PER_MS;
            if (elapsed_ms > 4000)
                print_error("%s, %s: %u ms\n", language_at(l)->id, patterns[i], (unsigned)elapsed_ms);
            assert_true(elapsed_ms < 4000);
            vec_finish(&tokens);
        }
    }
    mem_free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_operators),
        cmocka_unit_test(unicode_words_and_signs),
        cmocka_unit_test(nul_bytes_are_tokens),
        cmocka_unit_test(numbers),
        cmocka_unit_test(closed_strings),
        cmocka_unit_test(lifetimes_are_no_characters),
        cmocka_unit_test(unclosed_quotes_free_their_line),
        cmocka_unit_test(unclosed_strings_of_several_lines),
        cmocka_unit_test(comments),
        cmocka_unit_test(regexes_by_the_token_before),
        cmocka_unit_test(directives_and_conflicts),
        cmocka_unit_test(lines_columns_and_their_ends),
        cmocka_unit_test(literals_carry_their_symbol),
        cmocka_unit_test(scans_are_appended),
        cmocka_unit_test(hostile_texts_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
