/* Each row is a text and its tokens: kind and bytes, with ^ for those at the start of a line, ~ for those
 * with nothing but space before them, and | for line ends in them. */
#include "analysis/c_token.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void dump(const char *bytes, size_t length, struct str *out) {
    struct c_tokens tokens = {0};
    c_token_scan(bytes, (uint32_t)length, &tokens);
    uint32_t passed = 0;
    for (size_t i = 0; i < tokens.count; i++) {
        const struct c_token *token = &tokens.items[i];
        assert_true(token->start_byte >= passed && token->end_byte > token->start_byte &&
                    token->end_byte <= length);
        assert_true(!token->column_0 || token->line_start);
        passed = token->end_byte;
        if (i > 0) str_addc(out, ' ');
        if (token->line_start) str_addc(out, token->column_0 ? '^' : '~');
        if (token->kind == C_DIRECTIVE)
            str_addf(out, "#%d:", token->byte);
        else if (token->kind == C_OPEN || token->kind == C_CLOSE)
            str_addf(out, "%c%c:", token->kind == C_OPEN ? '<' : '>', token->byte);
        else
            str_addf(out, "%c:", "WNSC??P"[token->kind]);
        for (uint32_t at = token->start_byte; at < token->end_byte; at++)
            str_addc(out, bytes[at] == '\n' || bytes[at] == '\r' ? '|' : bytes[at]);
    }
    vec_finish(&tokens);
}

static void check(const char *bytes, const char *expected) {
    struct str out;
    str_init(&out);
    /* An exact-size copy: a sanitizer sees the first byte read past the end. */
    size_t length = strlen(bytes);
    char *copy = mem_alloc(length ? length : 1);
    memcpy(copy, bytes, length);
    dump(copy, length, &out);
    assert_string_equal(out.bytes, expected);
    mem_free(copy);
    str_finish(&out);
}

static void words_and_numbers(void **unused) {
    (void)unused;
    check("", "");
    check(" \t\n\v\f", "");
    check("int x1;", "^W:int W:x1 P:;");
    check("_a $b \xc3\xa9", "^W:_a W:$b W:\xc3\xa9");
    check("0x1fULL 1.5e-3 0x1p+4f .5 1'000 1e+x", "^N:0x1fULL N:1.5e-3 N:0x1p+4f N:.5 N:1'000 N:1e+x");
    check("1+2 a.b ...", "^N:1 P:+ N:2 W:a P:. W:b P:. P:. P:.");
    check("1'a'", "^N:1 C:'a'");
    check("0xe+1", "^N:0xe+1"); /* one preprocessing number, as the standard has it */
    check("a+=b->c", "^W:a P:+ P:= W:b P:- P:> W:c");
    check("@A_1@ _@B@_H @ c @d e@", "^W:@A_1@ W:_@B@_H P:@ W:c P:@ W:d W:e P:@");
}

static void strings_and_characters(void **unused) {
    (void)unused;
    check("\"a b\" 'c'", "^S:\"a b\" C:'c'");
    check("L\"a\" u8\"b\" U'c' u\"d\" uu\"e\"", "^S:L\"a\" S:u8\"b\" C:U'c' S:u\"d\" W:uu S:\"e\"");
    check("\"a\\\"b\" '\\''", "^S:\"a\\\"b\" C:'\\''");
    check("\"a\\\nb\" c", "^S:\"a\\|b\" W:c");
    check("\"a\\ \r\nb\" c", "^S:\"a\\ ||b\" W:c");
    check("x = \"a\nb", "^W:x P:= S:\"a ^W:b");
    check("'a\r\nb", "^C:'a ^W:b");
    check("\"/* no comment */\" // \"", "^S:\"/* no comment */\"");
    check("\"", "^S:\"");
    check("\"a\\", "^S:\"a\\");
    check("L\"", "^S:L\"");
}

static void splices(void **unused) {
    (void)unused;
    check("in\\\nt x", "^W:in\\|t W:x");
    check("a\\\n+", "^W:a P:+");
    check("a\\\n", "^W:a");
    check("a \\\n b", "^W:a W:b"); /* one line */
    check("a\\b", "^W:a P:\\ W:b");
    check("// a \\\n b\nc", "^W:c");
    check("a\\\r\nb a\\\rb", "^W:a\\||b W:a\\|b");
    check("\\", "^P:\\");
}

static void comments(void **unused) {
    (void)unused;
    check("a/* b */c", "^W:a W:c");
    check("/* a */ b", "~W:b");
    check("/**/a", "~W:a");
    check("/*/ a */b", "~W:b");
    check("/* a\n*/ b", "~W:b");
    check("a // b", "^W:a");
    check("a / b", "^W:a P:/ W:b");
    check("a /* b", "^W:a P:/* b");
    check("/*", "^P:/*");
    check("/*/", "^P:/*/");
    check("/", "^P:/");
}

static void brackets_and_digraphs(void **unused) {
    (void)unused;
    check("([{}])", "^<(:( <[:[ <{:{ >}:} >]:] >):)");
    check("a<:0:> <%%>", "^W:a <[:<: N:0 >]::> <{:<% >}:%>");
    check("a < b : c % d", "^W:a P:< W:b P:: W:c P:% W:d");
    check("%:if A\nb %: c", "^#1:%:if A ^W:b P:%: W:c");
    check("<", "^P:<");
    check("%", "^P:%");
}

static void lines(void **unused) {
    (void)unused;
    check("a\n b\n/**/c\n\td", "^W:a ~W:b ~W:c ~W:d");
    check("a\rb\r\nc", "^W:a ^W:b ^W:c");
    check("\xef\xbb\xbf#if A", "^#1:#if A");
    check("\xef\xbb\xbf", "");
    check("\xef\xbb", "^W:\xef\xbb");
}

static void directives(void **unused) {
    (void)unused;
    check("#if A\n#ifdef A\n#ifndef A\n#elif A\n#elifdef A\n#elifndef A\n#else\n#endif\n#error x\n#define A",
          "^#1:#if A ^#2:#ifdef A ^#3:#ifndef A ^#4:#elif A ^#5:#elifdef A ^#6:#elifndef A ^#7:#else "
          "^#8:#endif ^#9:#error x ^#0:#define A");
    check("  #  if A\nb", "~#1:#  if A ^W:b");
    check("/* a */ # /* b */ if A", "~#1:# /* b */ if A");
    check("#\nb", "^#0:# ^W:b");
    check("#", "^#0:#");
    check("a # b", "^W:a P:# W:b");
    check("#define A \\\n  b\nc", "^#0:#define A \\|  b ^W:c");
    check("#el\\\nse\nc", "^#7:#el\\|se ^W:c");
    check("#define A /* b\n c */ d\ne", "^#0:#define A /* b| c */ d ^W:e");
    check("#define A // /*\ne", "^#0:#define A // /* ^W:e");
    check("#define A \"/*\"\ne", "^#0:#define A \"/*\" ^W:e");
    check("#error it's /* broken\ne", "^#9:#error it's /* broken ^W:e");
    check("#if A /* b", "^#1:#if A /* b");
    check("#if A\r#endif\r\nb", "^#1:#if A ^#8:#endif ^W:b");
    check("#iff A", "^#0:#iff A");
    check("#if(A)", "^#1:#if(A)");
    check("#else/**/", "^#7:#else/**/");
}

static void arguments(void **unused) {
    (void)unused;
    static const struct {
        const char *text, *argument;
    } rows[] = {{"#if A && B\n", " A && B"},
                {"#if(A)", "(A)"},
                {"# /* b */ if /* c */ A", " /* c */ A"},
                {"#else", ""},
                {"%:ifdef A", " A"},
                {"#if A \\\n && B", " A \\\n && B"},
                {"#", ""},
                {"#if A // c", " A // c"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct c_tokens tokens = {0};
        uint32_t start, end;
        c_token_scan(rows[i].text, (uint32_t)strlen(rows[i].text), &tokens);
        assert_int_equal(tokens.items[0].kind, C_DIRECTIVE);
        c_token_argument(rows[i].text, &tokens.items[0], &start, &end);
        assert_int_equal(end - start, strlen(rows[i].argument));
        assert_memory_equal(rows[i].text + start, rows[i].argument, end - start);
        vec_finish(&tokens);
    }
}

static void words_are_compared_whole(void **unused) {
    (void)unused;
    static const char text[] = "extern externs \"extern\" ext";
    struct c_tokens tokens = {0};
    c_token_scan(text, sizeof text - 1, &tokens);
    assert_true(c_token_is(text, &tokens.items[0], "extern"));
    assert_false(c_token_is(text, &tokens.items[1], "extern"));
    assert_false(c_token_is(text, &tokens.items[2], "extern"));
    assert_false(c_token_is(text, &tokens.items[3], "extern"));
    vec_finish(&tokens);
}

static uint32_t random_below(uint32_t *state, uint32_t limit) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % limit;
}

/* What begins and ends tokens, lines and comments, in any order. */
static size_t write_pieces(uint32_t *state, uint32_t count, char *bytes, size_t room) {
    static const char *const pieces[] = {
        "a",  "bc ", " ", "\n",  "\r\n", "\r", "\"",  "'",  "\\",   "\\\n", "\\ \n", "/*",
        "*/", "//",  "#", "#if", "%:",   "<:", ":>",  "<%", "L\"",  "1",    "1e",    "+",
        ".",  "{",   "}", "(",   ")",    ";",  "u8'", "\t", "\xff", "\v",   "1'",    "*"};
    size_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *piece = pieces[random_below(state, sizeof pieces / sizeof *pieces)];
        size_t more = strlen(piece);
        if (length + more > room) break;
        memcpy(bytes + length, piece, more);
        length += more;
    }
    return length;
}

static void scanned_again_is_scanned_anew(void **unused) {
    (void)unused;
    enum { ROOM = 512 };
    char earlier[ROOM], now[2 * ROOM];
    uint32_t state = 7;
    for (int round = 0; round < 20000; round++) {
        struct c_tokens kept = {0}, anew = {0};
        size_t length = write_pieces(&state, 40, earlier, sizeof earlier);
        if (round % 9 == 0 && length > 3) memcpy(earlier, "\xef\xbb\xbf", 3);
        uint32_t from = random_below(&state, (uint32_t)length + 1);
        uint32_t to = from + random_below(&state, (uint32_t)(length - from) + 1) / (1 + round % 8);
        memcpy(now, earlier, from);
        size_t written = write_pieces(&state, random_below(&state, 4), now + from, ROOM);
        memcpy(now + from + written, earlier + to, length - to);
        uint32_t now_length = (uint32_t)(from + written + length - to);
        c_token_scan(earlier, (uint32_t)length, &kept);
        c_token_rescan(now, now_length, earlier, (uint32_t)length, &kept);
        c_token_scan(now, now_length, &anew);
        assert_int_equal(kept.count, anew.count);
        for (size_t i = 0; i < anew.count; i++) {
            const struct c_token *a = &kept.items[i], *b = &anew.items[i];
            assert_int_equal(a->start_byte, b->start_byte);
            assert_int_equal(a->end_byte, b->end_byte);
            assert_int_equal(a->kind, b->kind);
            assert_int_equal(a->byte, b->byte);
            assert_int_equal(a->column_0, b->column_0);
            assert_int_equal(a->line_start, b->line_start);
        }
        vec_finish(&kept);
        vec_finish(&anew);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_numbers),
        cmocka_unit_test(strings_and_characters),
        cmocka_unit_test(splices),
        cmocka_unit_test(comments),
        cmocka_unit_test(brackets_and_digraphs),
        cmocka_unit_test(lines),
        cmocka_unit_test(directives),
        cmocka_unit_test(arguments),
        cmocka_unit_test(words_are_compared_whole),
        cmocka_unit_test(scanned_again_is_scanned_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
