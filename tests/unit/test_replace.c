/* Writing a file all or nothing. */
#include "cli/replace.h"
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[128];

static void write_text(const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void check_content(const char *expected) {
    char bytes[256];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes - 1, file);
    bytes[length] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(bytes, expected);
}

static size_t count_files(void) {
    DIR *open_folder = opendir(folder);
    assert_non_null(open_folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(open_folder));)
        count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    closedir(open_folder);
    return count;
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/noodle-replace-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/file.c", folder);
    write_text("old\n");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char link_path[160];
    snprintf(link_path, sizeof link_path, "%s/link.c", folder);
    unlink(link_path);
    unlink(path);
    return rmdir(folder); /* fails when something was left behind */
}

static void test_mode_and_owner_are_kept(void **state) {
    (void)state;
    assert_int_equal(chmod(path, 0640), 0);
    if (!geteuid()) assert_int_equal(chown(path, 12, 34), 0); /* only root can give a file away */
    struct stat before, after;
    assert_int_equal(stat(path, &before), 0);
    struct error error = {0};
    assert_int_equal(replace_file(path, &before, "new\0text", 8, &error), STATUS_OK);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_equal(after.st_gid, before.st_gid);
    assert_int_equal(after.st_size, 8);
    check_content("new");
    assert_int_equal(count_files(), 1);
}

static void test_link_stays_a_link(void **state) {
    (void)state;
    char link_path[160];
    snprintf(link_path, sizeof link_path, "%s/link.c", folder);
    assert_int_equal(symlink("file.c", link_path), 0);
    struct stat info;
    assert_int_equal(stat(link_path, &info), 0);
    assert_int_equal(replace_file(link_path, &info, "new\n", 4, NULL), STATUS_OK);
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    check_content("new\n");
}

static void test_changed_meanwhile(void **state) {
    (void)state;
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    write_text("somebody else's\n");
    struct error error = {0};
    assert_int_equal(replace_file(path, &info, "new\n", 4, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "file.c: changed while it was being repaired"));
    check_content("somebody else's\n");
    assert_int_equal(count_files(), 1);
}

/* The disk is full after 4 KB: a limit on file sizes is the same to write(2). */
static void test_failing_write(void **state) {
    (void)state;
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    struct rlimit limit, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    static char large[10000];
    struct error error = {0};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum status status = replace_file(path, &info, large, sizeof large, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(status, STATUS_IO);
    assert_non_null(strstr(error.message, "file.c: cannot write, left as it was: File too large"));
    check_content("old\n");
    assert_int_equal(count_files(), 1);
}

static void test_no_regular_file(void **state) {
    (void)state;
    struct stat info;
    assert_int_equal(stat("/dev/null", &info), 0);
    struct error error = {0};
    assert_int_equal(replace_file("/dev/null", &info, "x", 1, &error), STATUS_UNSUPPORTED);
    assert_string_equal(error.message, "/dev/null: not a regular file, not written");
}

static void test_read_only(void **state) {
    (void)state;
    if (!geteuid()) skip(); /* root may write everything */
    assert_int_equal(chmod(path, 0400), 0);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    struct error error = {0};
    assert_int_equal(replace_file(path, &info, "new\n", 4, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "file.c: cannot write: Permission denied"));
    check_content("old\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mode_and_owner_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link_stays_a_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changed_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failing_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_regular_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_only, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
