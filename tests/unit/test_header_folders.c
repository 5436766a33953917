/* cli/header_folders.h: the first folder that has a header, also of folders below it. */
#include "cli/header_folders.h"

#include "base/mem.h"
#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/noodle-header-folders-XXXXXX";
static struct header_folders *folders;

/* expected: behind the root; NULL: nowhere. */
static void check(const char *name, const char *expected) {
    char path[256], wanted[256];
    bool found = header_folders_find(folders, name, path, sizeof path);
    assert_int_equal(found, expected != NULL);
    snprintf(wanted, sizeof wanted, "%s/%s", root, expected);
    if (found) assert_string_equal(path, wanted);
}

static void test_the_first_that_has_it(void **state) {
    (void)state;
    check("one.h", "a/lib1/one.h");
    check("both.h", "a/lib1/both.h");
    check("two.h", "a/lib2/two.h");
    check("deep/x.h", "a/lib2/deep/x.h"); /* lib1/deep has none */
    check("y.h", "b/lib3/y.h");
    check("./two.h", "a/lib2/./two.h");
    check("../lib2/two.h", "a/lib1/../lib2/two.h");
}

static void test_what_is_not_there(void **state) {
    (void)state;
    check("none.h", NULL);
    check("deep", NULL); /* a folder */
    check("deep/none.h", NULL);
    check("nowhere/x.h", NULL);
    check("", NULL);
    check("top.h", NULL); /* beside the folders */
    char path[16];
    assert_false(header_folders_find(folders, "one.h", path, sizeof path));
}

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(root)) return -1;
    static const char *const names[] = {
        "a/top.h",      "a/lib1/one.h",  "a/lib1/both.h",   "a/lib1/deep/other.h",
        "a/lib2/two.h", "a/lib2/both.h", "a/lib2/deep/x.h", "b/lib3/y.h"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        folder_write(root, names[i], "");
    static char first[64], second[64];
    snprintf(first, sizeof first, "%s/a/*", root);
    snprintf(second, sizeof second, "%s/b/*", root);
    static const char *patterns[] = {first, "/nowhere/at/all/*", second, NULL};
    folders = header_folders_create(patterns, NULL);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    header_folders_destroy(folders);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_that_has_it),
        cmocka_unit_test(test_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
