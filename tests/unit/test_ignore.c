/* The pattern language of .gitignore files and the precedence of rules. */
#include "distributed/ignore.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_globs(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"a", "a", true},
        {"a", "b", false},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"*", "a/b", false},
        {"*.c", "x.c", true},
        {"*.c", "x.cc", false},
        {"a*b*c", "aXbYbZc", true},
        {"a*b*c", "aXbYbZ", false},
        {"?", "a", true},
        {"?", "/", false},
        {"?", "", false},
        {"[abc]x", "bx", true},
        {"[!abc]x", "bx", false},
        {"[^abc]x", "dx", true},
        {"[a-c]", "b", true},
        {"[a-c]", "d", false},
        {"[]]", "]", true},
        {"[]-]", "-", true},
        {"[a", "[a", false},
        {"[\\]]", "]", true},
        {"[[:digit:]]", "7", true},
        {"[[:digit:]]", "x", false},
        {"[!/]b", "/b", false},
        {"\\*", "*", true},
        {"\\*", "x", false},
        {"\\a", "a", true},
        {"**", "a/b/c", true},
        {"**/foo", "foo", true},
        {"**/foo", "a/b/foo", true},
        {"**/foo", "a/xfoo", false},
        {"a/**", "a/b/c", true},
        {"a/**", "a", false},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/x/yb", false},
        {"a/**/b/**/c", "a/1/b/2/3/c", true},
        {"a/**/b/**/c", "a/b/b/c/d", false},
        {"a**b", "axxb", true},
        {"a**b", "a/b", false},
        {"**/a*/b", "x/ac/a/b", true},
        {"**/*a*/b", "bab/xay/b", true},
        {"foo/*", "foo/bar", true},
        {"foo/*", "foo/bar/hello.c", false},
        {"**/**/x", "x", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (ignore_glob(cases[i].pattern, cases[i].text) != cases[i].matches)
            fail_msg("'%s' against '%s' should be %d", cases[i].pattern, cases[i].text, cases[i].matches);
}

static void test_hostile_glob_ends(void **state) {
    (void)state;
    char text[4001];
    memset(text, 'a', 4000);
    text[4000] = '\0';
    assert_false(ignore_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
    for (size_t i = 1; i < 4000; i += 2)
        text[i] = '/';
    assert_false(ignore_glob("**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/b", text));
}

static bool matches(const char *rules, const char *path, bool is_folder) {
    struct ignore *ignore = ignore_create(NULL, "/r");
    ignore_add(ignore, rules, strlen(rules));
    bool result = ignore_matches(ignore, path, is_folder);
    ignore_destroy(ignore);
    return result;
}

static void test_lines(void **state) {
    (void)state;
    assert_true(matches("build\n", "/r/build", true));
    assert_true(matches("build\n", "/r/a/b/build", false)); /* at any depth */
    assert_true(matches("build/\n", "/r/a/build", true));   /* folders only */
    assert_false(matches("build/\n", "/r/a/build", false));
    assert_true(matches("/build\n", "/r/build", false)); /* anchored */
    assert_false(matches("/build\n", "/r/a/build", false));
    assert_true(matches("a/build\n", "/r/a/build", false)); /* a slash inside anchors too */
    assert_false(matches("a/build\n", "/r/x/a/build", false));
    assert_false(matches("# build\n", "/r/# build", false)); /* comment */
    assert_true(matches("\\#build\n", "/r/#build", false));
    assert_true(matches("\\!x\n", "/r/!x", false));
    assert_true(matches("x  \n", "/r/x", false));   /* spaces at the end do not count */
    assert_true(matches("x\\ \n", "/r/x ", false)); /* unless escaped */
    assert_true(matches("x\r\ny\r\n", "/r/x", false));
    assert_true(matches("\xEF\xBB\xBFx\n", "/r/x", false));
    assert_true(matches("x", "/r/x", false));          /* no line end */
    assert_false(matches("\n\n/\n!\n", "/r/x", true)); /* lines that say nothing */
    assert_true(matches("*.o\n!keep.o\n", "/r/a.o", false));
    assert_false(matches("*.o\n!keep.o\n", "/r/keep.o", false)); /* the last one wins */
    assert_true(matches("!keep.o\n*.o\n", "/r/keep.o", false));
}

static void test_nested_folders(void **state) {
    (void)state;
    struct ignore *top = ignore_create(NULL, "/r/");
    struct ignore *inner = ignore_create(top, "/r/sub");
    assert_true(ignore_is_empty(inner));
    ignore_add(top, "*.log\n/only\n", 12);
    ignore_add(inner, "!b.log\n/x\n", 10);
    assert_false(ignore_is_empty(inner));
    assert_true(ignore_matches(inner, "/r/sub/a.log", false));  /* from above */
    assert_false(ignore_matches(inner, "/r/sub/b.log", false)); /* its own wins */
    assert_true(ignore_matches(inner, "/r/sub/x", false));      /* relative to its folder */
    assert_false(ignore_matches(inner, "/r/sub/only", false));  /* anchored above */
    assert_true(ignore_matches(top, "/r/b.log", false));
    assert_false(ignore_matches(NULL, "/r/b.log", false));
    ignore_destroy(inner);
    ignore_destroy(top);
    ignore_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_hostile_glob_ends),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nested_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
