/* Which files of a folder are worth checking. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "base/str.h"
#include "distributed/repo.h"
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

static void write_bytes(const char *path, const char *bytes, size_t length) {
    char whole[512];
    snprintf(whole, sizeof whole, "%s/%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(whole, 0777);
    }
    FILE *file = fopen(whole, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *path, const char *text) {
    write_bytes(path, text, strlen(text));
}

static int set_up(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/noodle-repo-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info, (void)kind, (void)place;
    return remove(path);
}

static int tear_down(void **state) {
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct seen {
    struct str paths; /* below root, one a line */
    size_t count, stop_after;
};

static bool visit(const char *path, const char *real, void *payload) {
    struct seen *seen = payload;
    char *resolved = realpath(path, NULL);
    assert_non_null(resolved);
    assert_string_equal(real, resolved);
    free(resolved);
    size_t length = strlen(root);
    str_addf(&seen->paths, "%s\n", !strncmp(path, root, length) ? path + length + 1 : path);
    return ++seen->count != seen->stop_after;
}

static void complain(const char *message, void *payload) {
    struct seen *seen = payload;
    str_addf(&seen->paths, "! %s\n", message);
}

static void check_walk(const char *folder, const char *language, const char *expected) {
    struct seen seen = {0};
    str_init(&seen.paths);
    struct repo_walk_params params = {.language = language ? language_find(language) : NULL,
                                      .visit = visit,
                                      .complain = complain,
                                      .payload = &seen};
    struct error error = {0};
    assert_int_equal(repo_walk(folder, &params, &error), STATUS_OK);
    assert_string_equal(seen.paths.bytes, expected);
    str_finish(&seen.paths);
}

static void test_what_is_left_out(void **state) {
    (void)state;
    write_text("b.c", "");
    write_text("a/z.py", "x = 1\n");
    write_text("a/notes.txt", "no language");
    write_text(".hidden/x.c", "");
    write_text(".x.c", "");
    write_text("script", "#!/usr/bin/env python3\nprint(1)\n");
    write_text("README", "no language\n");
    write_bytes("binary.c", "int\0x", 5);
    char target[128], link_path[128];
    snprintf(target, sizeof target, "%s/b.c", root);
    snprintf(link_path, sizeof link_path, "%s/link.c", root);
    assert_int_equal(symlink(target, link_path), 0);
    snprintf(link_path, sizeof link_path, "%s/a/loop", root);
    assert_int_equal(symlink(root, link_path), 0);
    snprintf(link_path, sizeof link_path, "%s/pipe.c", root);
    assert_int_equal(mkfifo(link_path, 0600), 0);
    check_walk(root, NULL, "a/z.py\nb.c\nscript\n");
    check_walk(root, "python", "a/z.py\nscript\n");
    check_walk(root, "c", "b.c\n");
}

static void test_size_limit(void **state) {
    (void)state;
    write_text("small.c", "int x;");
    write_text("large.c", "int x, y;");
    struct seen seen = {0};
    str_init(&seen.paths);
    struct repo_walk_params params = {.file_size_max = 6, .visit = visit, .payload = &seen};
    assert_int_equal(repo_walk(root, &params, NULL), STATUS_OK);
    assert_string_equal(seen.paths.bytes, "small.c\n");
    str_finish(&seen.paths);
}

static void test_by_name(void **state) {
    (void)state;
    write_text("small.c", "int x;");
    write_text("large.c", "int x, y;");
    write_bytes("binary.c", "int\0x", 5);
    write_text("script", "#!/usr/bin/env python3\nprint(1)\n");
    write_text("README", "no language\n");
    char link_path[128];
    snprintf(link_path, sizeof link_path, "%s/link.c", root);
    assert_int_equal(symlink("small.c", link_path), 0);
    snprintf(link_path, sizeof link_path, "%s/pipe.c", root);
    assert_int_equal(mkfifo(link_path, 0600), 0);
    struct seen seen = {0};
    str_init(&seen.paths);
    struct repo_walk_params params = {.file_size_max = 6, .by_name = true, .visit = visit, .payload = &seen};
    assert_int_equal(repo_walk(root, &params, NULL), STATUS_OK);
    assert_string_equal(seen.paths.bytes, "binary.c\nlarge.c\nscript\nsmall.c\n");
    str_finish(&seen.paths);
}

static void test_ignore_files(void **state) {
    (void)state;
    write_text(".git/info/exclude", "local.c\n");
    write_text(".gitignore", "build/\n*.min.js\n/top.c\n");
    write_text("build/x.c", "");
    write_text("sub/build/y.c", "");
    write_text("sub/.gitignore", "!keep.min.js\nown.c\n");
    write_text("sub/keep.min.js", "");
    write_text("sub/drop.min.js", "");
    write_text("sub/own.c", "");
    write_text("sub/top.c", "");
    write_text("sub/deep/own.c", "");
    write_text("sub/deep/x.c", "");
    write_text("sub/deep/.ignore", "x.c\n");
    write_text("own.c", "");
    write_text("top.c", "");
    write_text("local.c", "");
    write_text("plain.c", "");
    check_walk(root, NULL, "own.c\nplain.c\nsub/keep.min.js\nsub/top.c\n");
    char sub[128];
    snprintf(sub, sizeof sub, "%s/sub", root);
    check_walk(sub, NULL, "sub/keep.min.js\nsub/top.c\n"); /* rules of the folders above count */
    snprintf(sub, sizeof sub, "%s/build", root);
    check_walk(sub, NULL, "build/x.c\n"); /* a folder that is named is walked */
}

static void test_ends(void **state) {
    (void)state;
    write_text("a.c", "");
    write_text("b.c", "");
    struct seen seen = {.stop_after = 1};
    str_init(&seen.paths);
    struct repo_walk_params params = {.visit = visit, .payload = &seen};
    assert_int_equal(repo_walk(root, &params, NULL), STATUS_OK);
    assert_string_equal(seen.paths.bytes, "a.c\n");
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    params.cancel = &cancel;
    assert_int_equal(repo_walk(root, &params, NULL), STATUS_CANCELLED);
    assert_int_equal(seen.count, 1);
    params.cancel = NULL;
    struct error error = {0};
    assert_int_equal(repo_walk("/nowhere/at/all", &params, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "/nowhere/at/all: cannot read the folder: No such file"));
    str_finish(&seen.paths);
}

static void test_paths_as_given(void **state) {
    (void)state;
    write_text("d/a.c", "");
    char *before = getcwd(NULL, 0);
    assert_non_null(before);
    assert_int_equal(chdir(root), 0);
    check_walk(".", NULL, "d/a.c\n");
    check_walk("d/", NULL, "d/a.c\n");
    check_walk("./d", NULL, "./d/a.c\n");
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void test_unreadable_folder(void **state) {
    (void)state;
    if (!geteuid()) skip(); /* root may read everything */
    write_text("a.c", "");
    write_text("closed/b.c", "");
    char closed[128], expected[256];
    snprintf(closed, sizeof closed, "%s/closed", root);
    assert_int_equal(chmod(closed, 0), 0);
    snprintf(expected, sizeof expected, "a.c\n! %s: cannot read the folder: Permission denied\n", closed);
    check_walk(root, NULL, expected);
    assert_int_equal(chmod(closed, 0700), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_size_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ignore_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths_as_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable_folder, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
