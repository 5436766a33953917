/* base/cancel.h: a flag or a deadline, ours or a parent's. */
#include "base/cancel.h"

#include "base/clock.h"
#include "base/thread.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_null_never_ends(void **state) {
    (void)state;
    assert_false(cancel_requested(NULL));
    assert_false(cancel_reached(NULL));
    assert_int_equal(cancel_deadline_ns(NULL), 0);
}

static void test_deadline(void **state) {
    (void)state;
    struct cancel past, future;
    uint64_t now_ns = clock_now_ns();
    cancel_init(&past, NULL, now_ns);
    cancel_init(&future, NULL, now_ns + 3600 * NS_PER_S);
    assert_true(cancel_reached(&past));
    assert_false(cancel_requested(&past)); /* the flag alone */
    assert_false(cancel_reached(&future));
    cancel_request(&future);
    assert_true(cancel_requested(&future) && cancel_reached(&future));
}

static void test_parents_end_is_ours(void **state) {
    (void)state;
    struct cancel grandparent, parent, child;
    cancel_init(&grandparent, NULL, 0);
    cancel_init(&parent, &grandparent, 0);
    cancel_init(&child, &parent, 0);
    assert_false(cancel_reached(&child));
    cancel_request(&child);
    assert_false(cancel_requested(&parent)); /* downward only */
    cancel_init(&child, &parent, 0);
    cancel_request(&grandparent);
    assert_true(cancel_requested(&child) && cancel_reached(&child));
}

static void test_earliest_deadline_counts(void **state) {
    (void)state;
    struct cancel parent, child;
    cancel_init(&parent, NULL, 500);
    cancel_init(&child, &parent, 900);
    assert_int_equal(cancel_deadline_ns(&child), 500);
    assert_true(cancel_reached(&child)); /* 500 ns after the machine started is long ago */
    cancel_init(&child, &parent, 100);
    assert_int_equal(cancel_deadline_ns(&child), 100);
    cancel_init(&child, &parent, 0);
    assert_int_equal(cancel_deadline_ns(&child), 500);
}

static void request_it(void *payload) {
    cancel_request(payload);
}

static void test_request_from_another_thread(void **state) {
    (void)state;
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    struct thread *thread = thread_create(request_it, &cancel);
    while (!cancel_reached(&cancel)) {
    }
    thread_join(thread);
    assert_true(cancel_requested(&cancel));
}

static void test_clock_never_goes_back(void **state) {
    (void)state;
    uint64_t before_ns = clock_now_ns();
    assert_true(before_ns > 0);
    for (int i = 0; i < 10000; i++) {
        uint64_t now_ns = clock_now_ns();
        assert_true(now_ns >= before_ns);
        before_ns = now_ns;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_never_ends),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_parents_end_is_ours),
        cmocka_unit_test(test_earliest_deadline_counts),
        cmocka_unit_test(test_request_from_another_thread),
        cmocka_unit_test(test_clock_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
