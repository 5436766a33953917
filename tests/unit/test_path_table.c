/* Paths keep their numbers, however many come. */
#include "analysis/path_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PATHS 5000

static void paths_keep_their_numbers(void **state) {
    (void)state;
    struct path_table table = {0};
    char path[32];
    assert_int_equal(path_table_find(&table, "/a", 0), PATH_NONE);
    for (uint32_t i = 0; i < PATHS; i++) {
        snprintf(path, sizeof path, "/p/%u", i);
        assert_int_equal(path_table_take(&table, path, 0, UINT32_MAX), i);
        assert_int_equal(path_table_take(&table, path, 0, UINT32_MAX), i);
    }
    const char *first = path_table_path(&table, 0);
    for (uint32_t i = 0; i < PATHS; i++) {
        snprintf(path, sizeof path, "/p/%u", i);
        assert_int_equal(path_table_find(&table, path, 0), i);
        assert_string_equal(path_table_path(&table, i), path);
        assert_int_equal(path_table_find(&table, path, 1), PATH_NONE);
    }
    /* Another kind is another; the full table still knows its own. */
    assert_int_equal(path_table_take(&table, "/p/0", 1, PATHS), PATH_NONE);
    assert_int_equal(path_table_take(&table, "/p/0", 1, PATHS + 1), PATHS);
    assert_int_equal(path_table_find(&table, "/p/0", 0), 0);
    assert_int_equal(path_table_take(&table, "/p/0", 1, PATHS), PATHS);
    assert_int_equal(path_table_take(&table, "/new", 0, PATHS), PATH_NONE);
    assert_int_equal(path_table_find(&table, "/new", 0), PATH_NONE);
    assert_ptr_equal(first, path_table_path(&table, 0));
    path_table_finish(&table);
    assert_int_equal(path_table_find(&table, "/p/0", 0), PATH_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(paths_keep_their_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
