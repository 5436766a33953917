/* The bar: on a terminal, when there is something to wait for, and gone when it is over. */
#define _GNU_SOURCE /* posix_openpt and its family */
#include "cli/progress.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct terminal {
    int master, before; /* standard error as it was */
};

static int open_terminal(void **state) {
    static struct terminal terminal;
    terminal.master = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal.master < 0 || grantpt(terminal.master) || unlockpt(terminal.master)) return -1;
    int slave = open(ptsname(terminal.master), O_RDWR | O_NOCTTY);
    terminal.before = dup(STDERR_FILENO);
    if (slave < 0 || terminal.before < 0 || dup2(slave, STDERR_FILENO) < 0) return -1;
    close(slave);
    *state = &terminal;
    return setenv("TERM", "xterm", 1);
}

static int close_terminal(void **state) {
    struct terminal *terminal = *state;
    dup2(terminal->before, STDERR_FILENO);
    close(terminal->before);
    return close(terminal->master);
}

/* Whatever was expected has been written, so that reading ends. */
static void check_shown(const struct terminal *terminal, const char *expected) {
    char shown[256] = "";
    size_t length = 0, wanted = strlen(expected);
    while (length < wanted) {
        ssize_t got = read(terminal->master, shown + length, sizeof shown - 1 - length);
        assert_true(got > 0);
        length += (size_t)got;
    }
    assert_string_equal(shown, expected);
}

static void bar_grows_and_goes(void **state) {
    struct progress progress;
    progress_start(&progress, 4);
    assert_true(progress.enabled);
    progress.next_ns = UINT64_MAX; /* too early */
    progress_step(&progress);
    progress_hide(&progress);
    assert_false(progress.shown);
    progress.next_ns = 0;
    progress_step(&progress);
    check_shown(*state, "\r[###############...............] 2 of 4 files\033[K");
    assert_true(progress.next_ns > 0);
    progress_hide(&progress);
    progress.next_ns = 0;
    progress_step(&progress);
    progress_finish(&progress);
    check_shown(*state, "\r\033[K\r[######################........] 3 of 4 files\033[K\r\033[K");
    progress.next_ns = 0;
    progress_step(&progress); /* after the end */
    assert_false(progress.shown);
}

static void nobody_waits_or_looks(void **state) {
    (void)state;
    struct progress progress;
    progress_start(&progress, 1);
    assert_false(progress.enabled);
    setenv("TERM", "dumb", 1);
    progress_start(&progress, 4);
    assert_false(progress.enabled);
    unsetenv("TERM");
    progress_start(&progress, 4);
    assert_false(progress.enabled);
    setenv("TERM", "xterm", 1);
    int ends[2], terminal = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    progress_start(&progress, 4);
    assert_false(progress.enabled);
    dup2(terminal, STDERR_FILENO);
    close(ends[0]), close(ends[1]), close(terminal);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bar_grows_and_goes, open_terminal, close_terminal),
        cmocka_unit_test_setup_teardown(nobody_waits_or_looks, open_terminal, close_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
