/* Statements told by brackets and semicolons. The place that is looked for is marked by two @. */
#include "analysis/statement.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(unsigned level, const char *marked, const char *expected) {
    struct str bytes, said;
    struct c_tokens tokens = {0};
    uint32_t marks[2] = {0}, count = 0;
    str_init(&bytes);
    str_init(&said);
    for (const char *c = marked; *c; c++) {
        if (*c == '@')
            marks[count++] = (uint32_t)bytes.length;
        else
            str_addc(&bytes, *c);
    }
    c_token_scan(bytes.bytes, (uint32_t)bytes.length, &tokens);
    if (statement_around(bytes.bytes, &tokens, level, &marks[0], &marks[1]))
        str_add(&said, bytes.bytes + marks[0], marks[1] - marks[0]);
    assert_string_equal(said.bytes, expected);
    vec_finish(&tokens);
    str_finish(&bytes);
    str_finish(&said);
}

static void the_innermost_block_says_where_it_begins(void **unused) {
    (void)unused;
    check(0, "f() { a; b(@c@); d; }", "b(c);");
    check(0, "f() { a; b(@c@) }", "b(c)");
    check(0, "f() { if (a) { b(@c@); } d; }", "b(c);");
    check(0, "f() { for (a; @b@; c) d; e; }", "for (a; b; c) d;");
    check(0, "f() { if (@a@) { b; } else { c; } d; }", "if (a) { b; } else { c; }");
    check(0, "f() { do { a; } while (@b@); c; }", "do { a; } while (b);");
    check(0, "f() { if (@a@) { b; } c; }", "if (a) { b; }");
    check(0, "f() { int a[] = { 1, 2 }, @b@; c; }", "int a[] = { 1, 2 }, b;");
}

static void blocks_further_out_hold_it_too(void **unused) {
    (void)unused;
    check(1, "f() { x; if (a) { b(@c@); } d; }", "if (a) { b(c); }");
    check(1, "f() { x; g({ 1, @2@ }); d; }", "g({ 1, 2 });");
    check(2, "f() { while (x) { if (a) { b(@c@); } } d; }", "while (x) { if (a) { b(c); } }");
}

static void there_may_be_none(void **unused) {
    (void)unused;
    check(0, "int a@b@;", "");
    check(1, "f() { b(@c@); }", "");
    check(0, "f() { } } b(@c@);", "");
    check(0, "f() { a; @b; c@; }", "");
    check(0, "f() { if (@a@)\n#if 1\n b;\n#endif\n}", "");
    check(0, "f() { a(@b@", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_innermost_block_says_where_it_begins),
        cmocka_unit_test(blocks_further_out_hold_it_too),
        cmocka_unit_test(there_may_be_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
