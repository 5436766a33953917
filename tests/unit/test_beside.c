/* base/beside.h: what others see while a file is written, what is left behind, and whose files are let alone.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "base/beside.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 4
#define WRITES  100
#define SIZE    10000

static char folder[64], target[128];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/noodle-beside-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(target, sizeof target, "%s/target", folder);
    return 0;
}

/* The folder's files, "." and ".." aside, which are removed if that is wanted. */
static unsigned count_files(bool remove_them) {
    unsigned count = 0;
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        count++;
        if (remove_them) assert_int_equal(unlinkat(dirfd(list), entry->d_name, 0), 0);
    }
    closedir(list);
    return count;
}

static int tear_down(void **state) {
    (void)state;
    count_files(true);
    return rmdir(folder);
}

static size_t read_file(const char *path, char bytes[SIZE]) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, SIZE, file);
    fclose(file);
    return length;
}

static void check_content(const char *text) {
    char bytes[SIZE];
    assert_int_equal(read_file(target, bytes), strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

static void write_text(const char *text) {
    struct error error;
    if (beside_write(target, text, strlen(text), &error)) fail_msg("%s", error.message);
}

static void check_refused(const char *words) {
    struct error error = {0};
    assert_int_equal(beside_write(target, "no", 2, &error), STATUS_IO);
    if (!strstr(error.message, words)) fail_msg("%s", error.message);
}

static void test_all_or_nothing(void **state) {
    (void)state;
    struct beside beside;
    struct error error;
    struct stat info;
    write_text("first");
    check_content("first");
    assert_int_equal(stat(target, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(beside_open(target, &beside, &error), STATUS_OK);
    assert_int_equal(write(beside.handle, "second", 6), 6);
    check_content("first");
    check_refused("target: another process is writing it");
    assert_int_equal(beside_commit(&beside, &error), STATUS_OK);
    check_content("second");
    assert_int_equal(beside_open(target, &beside, &error), STATUS_OK);
    assert_int_equal(write(beside.handle, "third", 5), 5);
    beside_abandon(&beside);
    check_content("second");
    assert_int_equal(count_files(false), 1);
    write_text("");
    check_content("");
    snprintf(target, sizeof target, "%s/no/such/folder", folder);
    check_refused("/no/such/folder: cannot write, left as it was: ");
}

/* Whatever a process that was killed left behind, the next takes over. */
static void test_leftovers(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct beside beside;
        struct error error;
        if (beside_open(target, &beside, &error) || write(beside.handle, "left behind", 11) != 11) _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(count_files(false), 1);
    write_text("new");
    check_content("new");
    assert_int_equal(count_files(false), 1);
}

static void test_files_of_others(void **state) {
    (void)state;
    struct beside beside;
    struct error error;
    char other[128], path[256], bytes[SIZE];
    write_text("old");
    assert_int_equal(beside_open(target, &beside, &error), STATUS_OK);
    snprintf(path, sizeof path, "%s", beside.path);
    beside_abandon(&beside);
    snprintf(other, sizeof other, "%s/other", folder);
    FILE *file = fopen(other, "w");
    assert_true(file && fputs("precious", file) >= 0 && fclose(file) == 0);
    assert_int_equal(symlink(other, path), 0);
    write_text("over a link");
    check_content("over a link");
    assert_int_equal(link(other, path), 0);
    write_text("over a name");
    check_content("over a name");
    assert_int_equal(mkfifo(path, 0600), 0);
    write_text("over a pipe");
    check_content("over a pipe");
    assert_int_equal(mkdir(path, 0700), 0);
    check_refused("target: cannot write, left as it was: ");
    assert_int_equal(rmdir(path), 0);
    if (geteuid() == 0) {
        assert_int_equal(close(open(path, O_CREAT | O_WRONLY, 0666)), 0);
        assert_int_equal(chown(path, 1, 1), 0);
        write_text("over another's");
        check_content("over another's");
    }
    assert_int_equal(read_file(other, bytes), 8);
    assert_memory_equal(bytes, "precious", 8);
}

static void test_many_writers(void **state) {
    (void)state;
    pid_t children[WRITERS];
    static char content[SIZE], seen[SIZE];
    write_text("x");
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i]) continue;
        memset(content, 'a' + i, SIZE);
        for (int written = 0; written < WRITES; sched_yield())
            written += beside_write(target, content, SIZE, NULL) == STATUS_OK;
        _exit(0);
    }
    for (int running = WRITERS; running > 0;) {
        size_t length = read_file(target, seen); /* one writer's, whole */
        assert_true(length == SIZE || (length == 1 && seen[0] == 'x'));
        for (size_t k = 1; k < length; k++)
            if (seen[k] != seen[0]) fail_msg("two writers in one file, at byte %zu", k);
        int status;
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended <= 0) continue;
        assert_int_equal(status, 0);
        running--;
    }
    assert_int_equal(count_files(false), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_or_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leftovers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_of_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_writers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
