/* base/pool.h and base/thread.h: every task runs once, in order with one thread, inline with none; locks and
 * conditions hold. No test sleeps: gates are conditions that another thread opens. */
#include "base/pool.h"

#include "base/clock.h"
#include "base/thread.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Threads wait here until a test lets them on. */
struct gate {
    struct thread_lock *lock;
    struct thread_cond *changed;
    bool open;
    unsigned waiting;
};

static void gate_init(struct gate *gate) {
    *gate = (struct gate){.lock = thread_lock_create(), .changed = thread_cond_create()};
}

static void gate_finish(struct gate *gate) {
    thread_cond_destroy(gate->changed);
    thread_lock_destroy(gate->lock);
}

static void gate_pass(void *payload) {
    struct gate *gate = payload;
    thread_lock_acquire(gate->lock);
    gate->waiting++;
    thread_cond_broadcast(gate->changed);
    while (!gate->open)
        thread_cond_wait(gate->changed, gate->lock);
    gate->waiting--;
    thread_lock_release(gate->lock);
}

static void gate_open(struct gate *gate) {
    thread_lock_acquire(gate->lock);
    gate->open = true;
    thread_cond_broadcast(gate->changed);
    thread_lock_release(gate->lock);
}

static void gate_await(struct gate *gate, unsigned waiting) {
    thread_lock_acquire(gate->lock);
    while (gate->waiting < waiting)
        thread_cond_wait(gate->changed, gate->lock);
    thread_lock_release(gate->lock);
}

static void count_up(void *payload) {
    atomic_fetch_add((atomic_int *)payload, 1);
}

static void test_zero_threads_run_inline(void **state) {
    (void)state;
    struct pool *pool = pool_create(0);
    assert_int_equal(pool_thread_count(pool), 0);
    atomic_int count = 0;
    for (int i = 1; i <= 10; i++) {
        pool_submit(pool, count_up, &count);
        assert_int_equal(atomic_load(&count), i);
    }
    pool_wait_idle(pool);
    pool_destroy(pool);
}

static void test_all_tasks_run_once(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    static atomic_int runs[COUNT];
    struct pool *pool = pool_create(4);
    assert_int_equal(pool_thread_count(pool), 4);
    for (int i = 0; i < COUNT; i++)
        pool_submit(pool, count_up, &runs[i]);
    pool_wait_idle(pool);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(atomic_load(&runs[i]), 1);
    pool_destroy(pool);
}

struct order_list {
    int next, seen[100];
};
struct order_task {
    struct order_list *list;
    int number;
};

static void note_order(void *payload) {
    struct order_task *task = payload;
    task->list->seen[task->list->next++] = task->number;
}

static void test_one_thread_keeps_the_order(void **state) {
    (void)state;
    struct gate gate;
    gate_init(&gate);
    struct pool *pool = pool_create(1);
    struct order_list list = {0};
    struct order_task tasks[100];
    pool_submit(pool, gate_pass, &gate);
    for (int i = 0; i < 100; i++) {
        tasks[i] = (struct order_task){&list, i};
        pool_submit(pool, note_order, &tasks[i]);
    }
    gate_open(&gate);
    pool_wait_idle(pool);
    assert_int_equal(list.next, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(list.seen[i], i);
    pool_destroy(pool);
    gate_finish(&gate);
}

static void test_threads_run_side_by_side(void **state) {
    (void)state;
    struct gate gate;
    gate_init(&gate);
    struct pool *pool = pool_create(3);
    for (int i = 0; i < 3; i++)
        pool_submit(pool, gate_pass, &gate);
    gate_await(&gate, 3); /* would hang if one thread ran them in turn */
    gate_open(&gate);
    pool_wait_idle(pool);
    pool_destroy(pool);
    gate_finish(&gate);
}

static void test_destroy_runs_what_is_queued(void **state) {
    (void)state;
    struct gate gate;
    gate_init(&gate);
    atomic_int count = 0;
    struct pool *pool = pool_create(2);
    for (int i = 0; i < 2; i++)
        pool_submit(pool, gate_pass, &gate);
    for (int i = 0; i < 500; i++)
        pool_submit(pool, count_up, &count);
    gate_await(&gate, 2);
    assert_int_equal(atomic_load(&count), 0);
    gate_open(&gate);
    pool_destroy(pool);
    assert_int_equal(atomic_load(&count), 500);
    gate_finish(&gate);
    pool_destroy(NULL);
}

struct family {
    struct pool *pool;
    atomic_int left, born;
};

static void beget(void *payload) {
    struct family *family = payload;
    atomic_fetch_add(&family->born, 1);
    if (atomic_fetch_sub(&family->left, 1) > 0) pool_submit(family->pool, beget, family);
}

static void test_tasks_may_submit_tasks(void **state) {
    (void)state;
    for (unsigned threads = 0; threads <= 2; threads++) {
        struct family family = {.pool = pool_create(threads), .left = 200};
        beget(&family);
        pool_wait_idle(family.pool);
        assert_int_equal(atomic_load(&family.born), 201);
        pool_destroy(family.pool);
    }
}

static void test_cpu_count_is_sane(void **state) {
    (void)state;
    assert_in_range(pool_cpu_count(), 1, 100000);
}

static void test_timed_wait_returns(void **state) {
    (void)state;
    struct thread_lock *lock = thread_lock_create();
    struct thread_cond *cond = thread_cond_create();
    uint64_t start_ns = clock_now_ns();
    thread_lock_acquire(lock);
    thread_cond_wait_for(cond, lock, 2 * NS_PER_MS); /* nobody signals */
    thread_lock_release(lock);
    assert_true(clock_now_ns() - start_ns < 60 * NS_PER_S);
    thread_cond_destroy(cond);
    thread_lock_destroy(lock);
}

struct sum {
    struct thread_lock *lock;
    long total;
};

static void add_many(void *payload) {
    struct sum *sum = payload;
    for (int i = 0; i < 10000; i++) {
        thread_lock_acquire(sum->lock);
        sum->total++;
        thread_lock_release(sum->lock);
    }
}

static void test_lock_excludes(void **state) {
    (void)state;
    struct sum sum = {.lock = thread_lock_create()};
    struct thread *threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = thread_create(add_many, &sum);
    for (int i = 0; i < 4; i++)
        thread_join(threads[i]);
    assert_int_equal(sum.total, 40000);
    thread_lock_destroy(sum.lock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_threads_run_inline),
        cmocka_unit_test(test_all_tasks_run_once),
        cmocka_unit_test(test_one_thread_keeps_the_order),
        cmocka_unit_test(test_threads_run_side_by_side),
        cmocka_unit_test(test_destroy_runs_what_is_queued),
        cmocka_unit_test(test_tasks_may_submit_tasks),
        cmocka_unit_test(test_cpu_count_is_sane),
        cmocka_unit_test(test_timed_wait_returns),
        cmocka_unit_test(test_lock_excludes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
