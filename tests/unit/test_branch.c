/* Which directives choose, what belongs together, what is never compiled. */
#include "analysis/branch.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct c_tokens tokens;
    struct branches branches;
};

static void find(struct desk *desk, const char *text) {
    vec_clear(&desk->tokens);
    c_token_scan(text, (uint32_t)strlen(text), &desk->tokens);
    branches_find(text, &desk->tokens, &desk->branches);
}

static void finish(struct desk *desk) {
    vec_finish(&desk->tokens);
    branches_finish(&desk->branches);
}

/* Each branch as group[parent] and its tokens, with a ! when it is dead. */
static void check(const char *text, const char *expected) {
    struct desk desk = {0};
    find(&desk, text);
    struct str out;
    str_init(&out);
    for (uint32_t i = 0; i < desk.branches.items.count; i++) {
        const struct branch *branch = &desk.branches.items.items[i];
        const struct branch_group *group = &desk.branches.groups.items[branch->group];
        str_addf(&out, "%s%u", i ? " " : "", branch->group);
        if (group->parent != BRANCH_NONE) str_addf(&out, "[%u]", group->parent);
        str_addf(&out, ":%u-%u%s", branch->token, branch->end_token, branch->dead ? "!" : "");
    }
    if (desk.branches.stray_token != BRANCH_NONE) str_addf(&out, " stray %u", desk.branches.stray_token);
    if (desk.branches.unclosed_token != BRANCH_NONE)
        str_addf(&out, " unclosed %u", desk.branches.unclosed_token);
    assert_string_equal(out.bytes, expected);
    str_finish(&out);
    finish(&desk);
}

static void branches_are_nested(void **unused) {
    (void)unused;
    check("a;", "");
    check("#if A\nx\n#endif", "0:0-2");
    check("#if A\nx\n#else\ny\n#endif", "0:0-2 0:2-4");
    check("#if A\n#elif B\n#elif C\n#else\n#endif", "0:0-1 0:1-2 0:2-3 0:3-4");
    check("#if A\n#if B\n#else\n#endif\n#else\n#endif", "0:0-4 1[0]:1-2 1[0]:2-3 0:4-5");
    check("#if A\n#else\n#if B\n#endif\n#endif", "0:0-1 0:1-4 1[1]:2-3");
    check("#if A\n#endif\n#ifdef B\n#elifdef C\n#elifndef D\n#endif", "0:0-1 1:2-3 1:3-4 1:4-5");
    check("#define X\n#if A\n#include <x>\n#endif", "0:1-3");
}

static void some_branches_are_dead(void **unused) {
    (void)unused;
    check("#if 0\nx\n#endif", "0:0-2!");
    check("#if 0\n#else\n#endif", "0:0-1! 0:1-2");
    check("#if 1\n#else\n#endif", "0:0-1 0:1-2!");
    check("#if A\n#elif 1\n#elif B\n#else\n#endif", "0:0-1 0:1-2 0:2-3! 0:3-4!");
    check("#ifdef __cplusplus\n#else\n#endif", "0:0-1! 0:1-2");
    check("#ifndef __cplusplus\n#else\n#endif", "0:0-1 0:1-2!");
    check("#if A\n#else\n#error no\n#endif", "0:0-1 0:1-3!");
    check("#if 0\n#if A\n#else\n#endif\n#endif", "0:0-4! 1[0]:1-2! 1[0]:2-3!");
    check("#if A\n#error x\n#if B\n#endif\n#else\n#endif", "0:0-4! 1[0]:2-3! 0:4-5");
    check("#if 0\n#if 1\n#endif\n#else\n#endif", "0:0-3! 1[0]:1-2! 0:3-4");
    check("#error x\n#if A\n#endif", "0:1-2");
}

static void unpaired_directives_are_told(void **unused) {
    (void)unused;
    check("#endif", " stray 0");
    check("#else\n#endif", " stray 0");
    check("#if A\n#endif\n#elif B", "0:0-1 stray 2");
    check("#if A\nx", "0:0-2 unclosed 0");
    check("#if A\n#else\n#if B\n#endif", "0:0-1 0:1-4 1[1]:2-3 unclosed 0");
    check("#if A\n#if B\n#endif", "0:0-3 1[0]:1-2 unclosed 0");
    check("#endif\n#if A", "0:1-2 stray 0 unclosed 1");
    check("#if A\n#else\n#else\n#endif", "0:0-1 0:1-2 0:2-3!"); /* the second one is never taken */
}

static void marks_and_groups_say_the_same(void **unused) {
    (void)unused;
    struct desk desk = {0};
    find(&desk, "#if A\n#if 1\n#endif\n#else\n#endif\n#ifdef B\n#endif");
    static const struct branch_mark marks[] = {{0, 0, 0},           {1, 1, 1}, {2, BRANCH_NONE, 1}, {3, 2, 0},
                                               {4, BRANCH_NONE, 0}, {5, 3, 2}, {6, BRANCH_NONE, 2}};
    assert_int_equal(desk.branches.marks.count, sizeof marks / sizeof *marks);
    for (size_t i = 0; i < desk.branches.marks.count; i++) {
        assert_int_equal(desk.branches.marks.items[i].token, marks[i].token);
        assert_int_equal(desk.branches.marks.items[i].branch, marks[i].branch);
        assert_int_equal(desk.branches.marks.items[i].group, marks[i].group);
    }
    const struct branch_group *groups = desk.branches.groups.items;
    assert_int_equal(groups[0].branch_count, 2);
    assert_int_equal(groups[0].end_token, 4);
    assert_true(groups[0].has_else && groups[1].has_else && !groups[2].has_else);
    finish(&desk);
}

static void neighbours_are_found(void **unused) {
    (void)unused;
    struct desk desk = {0};
    /*                0      1  2      3  4       5  6    7  8     9  10 */
    find(&desk, "a\n#if A\nb\n#if B\nc\n#endif\nd\n#else\ne\n#endif\nf");
    static const uint32_t around[] = {BRANCH_NONE, BRANCH_NONE, 0, 0,           1,          0,
                                      0,           BRANCH_NONE, 2, BRANCH_NONE, BRANCH_NONE};
    for (uint32_t i = 0; i < sizeof around / sizeof *around; i++)
        assert_int_equal(branches_around(&desk.branches, i), around[i]);
    assert_int_equal(branches_next(&desk.branches, 0), 2);
    assert_int_equal(branches_next(&desk.branches, 1), BRANCH_NONE);
    assert_int_equal(branches_next(&desk.branches, 2), BRANCH_NONE);
    finish(&desk);
}

/* Too deep ones are passed over with their #endif; the list is used again. */
static void deep_nesting_is_bounded(void **unused) {
    (void)unused;
    struct desk desk = {0};
    struct str text;
    str_init(&text);
    for (int i = 0; i < 5000; i++)
        str_adds(&text, "#if A\n#elif B\n#else\n");
    find(&desk, text.bytes);
    assert_true(desk.branches.groups.count < 5000);
    assert_int_equal(desk.branches.unclosed_token, 0);
    for (int i = 0; i < 5000; i++)
        str_adds(&text, "#endif\n");
    find(&desk, text.bytes);
    assert_int_equal(desk.branches.unclosed_token, BRANCH_NONE);
    assert_int_equal(desk.branches.stray_token, BRANCH_NONE);
    assert_int_equal(desk.branches.groups.items[0].end_token, 19999);
    for (uint32_t i = 0; i < desk.branches.items.count; i++) {
        uint32_t next = branches_next(&desk.branches, i);
        assert_true(next == BRANCH_NONE || next > i);
    }
    str_finish(&text);
    finish(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_are_nested),          cmocka_unit_test(some_branches_are_dead),
        cmocka_unit_test(unpaired_directives_are_told), cmocka_unit_test(marks_and_groups_say_the_same),
        cmocka_unit_test(neighbours_are_found),         cmocka_unit_test(deep_nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
