/* How repairs are written: spaces, lines and indentation of what is inserted, gaps of what is removed. */
#include "analysis/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void edits_are_applied(void **unused) {
    (void)unused;
    static const struct {
        const char *before;
        struct text_edit edits[3];
        size_t count;
        const char *after;
    } cases[] = {
        {"", {{0, 0, NULL, 0}}, 0, ""},
        {"abc", {{0, 0, NULL, 0}}, 0, "abc"},
        {"", {{0, 0, "x", 1}}, 1, "x"},
        {"abc", {{0, 0, "x", 1}, {3, 3, "y", 1}}, 2, "xabcy"},
        {"abc", {{0, 3, "", 0}}, 1, ""},
        {"abcdef", {{0, 1, "xyz", 3}, {1, 2, "", 0}, {4, 5, "--", 2}}, 3, "xyzcd--f"},
        {"abc", {{1, 1, "x", 1}, {1, 2, "y", 1}}, 2, "axyc"},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t length = UINT32_MAX;
        char *after = script_apply(cases[i].before, (uint32_t)strlen(cases[i].before), cases[i].edits,
                                   cases[i].count, &arena, &length);
        assert_int_equal(length, strlen(cases[i].after));
        assert_memory_equal(after, cases[i].after, length);
    }
    arena_finish(&arena);
}

struct written {
    const char *before, *after;
};

/* The best repair of each text makes exactly the other. */
static void run(const char *language_id, const struct written *cases, size_t count) {
    const struct language *language = language_find(language_id);
    struct rule_checker *rules = rule_checker_create(language);
    struct parser *parser = parser_create();
    struct search *search = search_create();
    for (size_t i = 0; i < count; i++) {
        struct arena arena;
        arena_init(&arena);
        struct search_request request = {.language = language,
                                         .bytes = cases[i].before,
                                         .length = (uint32_t)strlen(cases[i].before),
                                         .rules = rules,
                                         .max_solutions = 5};
        struct search_result result;
        search_run(search, parser, &request, &arena, &result);
        if (!result.solution_count) fail_msg("%s: no repair of:\n%s", language_id, cases[i].before);
        const struct repair *repair = &result.solutions[0].repair;
        uint32_t length;
        char *after =
            script_apply(request.bytes, request.length, repair->edits, repair->edit_count, &arena, &length);
        if (length != strlen(cases[i].after) || memcmp(after, cases[i].after, length))
            fail_msg("%s: repaired to:\n%.*s\ninstead of:\n%s", language_id, (int)length, after,
                     cases[i].after);
        assert_non_null(repair->title);
        assert_true(strlen(repair->title) > 0);
        arena_finish(&arena);
    }
    search_destroy(search);
    parser_destroy(parser);
    rule_checker_destroy(rules);
}

#define RUN(language, ...)                                                                                   \
    do {                                                                                                     \
        static const struct written cases_[] = {__VA_ARGS__};                                                \
        run(language, cases_, sizeof cases_ / sizeof *cases_);                                               \
    } while (0)

static void separators_follow_their_token(void **unused) {
    (void)unused;
    RUN("c", {"int main(void)\n{\n    return 0\n}\n", "int main(void)\n{\n    return 0;\n}\n"},
        {"void f(void)\n{\n    g() /* call */\n    h();\n}\n",
         "void f(void)\n{\n    g(); /* call */\n    h();\n}\n"},
        {"int a[] = {1, 2 3};\n", "int a[] = {1, 2, 3};\n"},
        {"int a[] = {\n    1,\n    2\n    3,\n};\n", "int a[] = {\n    1,\n    2,\n    3,\n};\n"});
    RUN("json", {"[1 2]", "[1, 2]"}, {"{\"a\": 1\n \"b\": 2}", "{\"a\": 1,\n \"b\": 2}"},
        {"{\"a\" 1}", "{\"a\": 1}"});
    RUN("python", {"def f()\n    return 1\n", "def f():\n    return 1\n"},
        {"if a  # why\n    b\n", "if a:  # why\n    b\n"});
}

static void closers_stand_where_their_opener_says(void **unused) {
    (void)unused;
    RUN("c", {"void f(void)\n{\n    g(1;\n}\n", "void f(void)\n{\n    g(1);\n}\n"},
        {"void f(int a)\n{\n    if (a) {\n        g();\n    h();\n}\n",
         "void f(int a)\n{\n    if (a) {\n        g();\n    }\n    h();\n}\n"},
        {"void f(int a)\n{\n\tif (a) {\n\t\tg();\n\th();\n}\n",
         "void f(int a)\n{\n\tif (a) {\n\t\tg();\n\t}\n\th();\n}\n"});
    RUN("json", {"[1, 2", "[1, 2]"}, {"{\"a\": [1, 2}", "{\"a\": [1, 2]}"});
    RUN("javascript", {"f(1, g(2);\n", "f(1, g(2));\n"}, {"const a = [1, 2;\n", "const a = [1, 2];\n"});
}

static void words_keep_their_distance(void **unused) {
    (void)unused;
    RUN("python", {"for x y:\n    pass\n", "for x in y:\n    pass\n"});
    RUN("go", {"package main\n\nfnc main() {\n}\n", "package main\n\nfunc main() {\n}\n"});
}

static void removals_take_their_gap(void **unused) {
    (void)unused;
    RUN("json", {"[1, 2,]", "[1, 2]"}, {"{\"a\": 1, }", "{\"a\": 1 }"}, {"[1]]", "[1]"});
    RUN("c", {"int f(void)\n{\n    return 0;\n}\n}\n", "int f(void)\n{\n    return 0;\n}\n"},
        {"int f(void)\n{\n    g(1));\n}\n", "int f(void)\n{\n    g(1);\n}\n"});
}

/* Line ends are those of the text; conflict markers go with their lines. */
static void whole_lines(void **unused) {
    (void)unused;
    RUN("c",
        {"void f(int a)\r\n{\r\n    if (a) {\r\n        g();\r\n    h();\r\n}\r\n",
         "void f(int a)\r\n{\r\n    if (a) {\r\n        g();\r\n    }\r\n    h();\r\n}\r\n"},
        {"int a;\n<<<<<<< ours\nint b;\n=======\nint c;\n>>>>>>> theirs\nint d;\n",
         "int a;\nint b;\nint d;\n"},
        {"int f(void)\n{\n    return 0;\n", "int f(void)\n{\n    return 0;\n}\n"});
    RUN("java", {"class A {\n    void f() {\n        g();\n}\n",
                 "class A {\n    void f() {\n        g();\n    }\n}\n"});
}

static void quotes_close_their_string(void **unused) {
    (void)unused;
    RUN("json", {"{\"a\": \"b}\n", "{\"a\": \"b\"}\n"});
    RUN("python", {"print('a)\n", "print('a')\n"});
    RUN("c", {"const char *a = \"b;\n", "const char *a = \"b\";\n"});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_applied),
        cmocka_unit_test(separators_follow_their_token),
        cmocka_unit_test(closers_stand_where_their_opener_says),
        cmocka_unit_test(words_keep_their_distance),
        cmocka_unit_test(removals_take_their_gap),
        cmocka_unit_test(whole_lines),
        cmocka_unit_test(quotes_close_their_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
