/* The scheduler with work that waits at gates instead of sleeping. */
#include "analysis/scheduler.h"
#include "base/clock.h"
#include "base/thread.h"
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct step {
    char uri[16];
    int64_t version;
    bool finish, cancelled;
};

/* What the fake work does and has seen. Everything is guarded by lock. */
struct bench {
    struct thread_lock *lock;
    struct thread_cond *changed;
    struct {
        VEC_FIELDS(struct step);
    } started, ended;
    const char *held; /* runs of this document wait until they are cancelled or released */
    bool hold_finish; /* its finish runs alone */
    const char *open; /* first runs of this document come back unsettled */
    unsigned running, most_running, finish_running, most_finish_running;
    uint64_t cost_ns;
    int states_destroyed;
    struct document_store *store;
    struct scheduler *scheduler;
};

static struct bench bench;

static bool names(const char *name, const struct snapshot *snapshot) {
    return name && strcmp(name, snapshot->uri) == 0;
}

static enum scheduler_outcome fake_run(void *worker, struct scheduler_task *task, void *payload) {
    (void)worker;
    (void)payload;
    thread_lock_acquire(bench.lock);
    struct step step = {.version = task->snapshot->version, .finish = task->finish};
    snprintf(step.uri, sizeof step.uri, "%s", task->snapshot->uri);
    vec_push(&bench.started, step);
    if (++bench.running > bench.most_running) bench.most_running = bench.running;
    bench.finish_running += task->finish;
    if (bench.finish_running > bench.most_finish_running) bench.most_finish_running = bench.finish_running;
    thread_cond_broadcast(bench.changed);
    /* A cancel does not signal, so a held run looks again every millisecond. */
    while (names(bench.held, task->snapshot) && task->finish >= bench.hold_finish &&
           !cancel_requested(task->cancel))
        thread_cond_wait_for(bench.changed, bench.lock, NS_PER_MS);
    step.cancelled = cancel_requested(task->cancel);
    if (!*task->state) *task->state = mem_alloc(1);
    task->cost_ns = bench.cost_ns;
    bench.running--;
    bench.finish_running -= task->finish;
    vec_push(&bench.ended, step);
    bool unsettled = task->finish ? step.cancelled : names(bench.open, task->snapshot);
    thread_cond_broadcast(bench.changed);
    thread_lock_release(bench.lock);
    return unsettled ? SCHEDULER_UNSETTLED : SCHEDULER_SETTLED;
}

static void fake_state_destroy(void *state) {
    thread_lock_acquire(bench.lock);
    bench.states_destroyed++;
    thread_lock_release(bench.lock);
    mem_free(state);
}

static void start(unsigned thread_count) {
    memset(&bench, 0, sizeof bench);
    bench.lock = thread_lock_create();
    bench.changed = thread_cond_create();
    bench.store = document_store_create();
    struct scheduler_ops ops = {.run = fake_run, .state_destroy = fake_state_destroy};
    bench.scheduler = scheduler_create(thread_count, &ops);
}

static void stop(void) {
    scheduler_destroy(bench.scheduler);
    document_store_destroy(bench.store);
    vec_finish(&bench.started);
    vec_finish(&bench.ended);
    thread_cond_destroy(bench.changed);
    thread_lock_destroy(bench.lock);
}

static void submit(const char *uri, int64_t version) {
    struct snapshot *snapshot = document_find(bench.store, uri);
    if (!snapshot) {
        assert_int_equal(document_open(bench.store, uri, NULL, version, "", 0, &snapshot), STATUS_OK);
    } else {
        struct text *text;
        assert_int_equal(text_create("", 0, &text), STATUS_OK);
        assert_int_equal(document_update(bench.store, uri, version, text, &snapshot), STATUS_OK);
        text_unref(text);
    }
    scheduler_submit(bench.scheduler, snapshot);
}

static void set_held(const char *uri) {
    thread_lock_acquire(bench.lock);
    bench.held = uri;
    thread_cond_broadcast(bench.changed);
    thread_lock_release(bench.lock);
}

static void set_open(const char *uri) {
    thread_lock_acquire(bench.lock);
    bench.open = uri;
    thread_lock_release(bench.lock);
}

/* Until `count` runs have started. */
static void await_started(size_t count) {
    thread_lock_acquire(bench.lock);
    while (bench.started.count < count)
        thread_cond_wait(bench.changed, bench.lock);
    thread_lock_release(bench.lock);
}

/* Until this run has started. */
static void await_run(const char *uri, int64_t version, bool finish) {
    thread_lock_acquire(bench.lock);
    for (size_t i = 0;;) {
        for (; i < bench.started.count; i++) {
            const struct step *step = &bench.started.items[i];
            if (strcmp(step->uri, uri) == 0 && step->version == version && step->finish == finish) break;
        }
        if (i < bench.started.count) break;
        thread_cond_wait(bench.changed, bench.lock);
    }
    thread_lock_release(bench.lock);
}

static void assert_step(const struct step *step, const char *uri, int64_t version, bool finish,
                        bool cancelled) {
    assert_string_equal(step->uri, uri);
    assert_int_equal(step->version, version);
    assert_int_equal(step->finish, finish);
    assert_int_equal(step->cancelled, cancelled);
}

static void zero_threads_run_everything_before_submit_returns(void **unused) {
    (void)unused;
    start(0);
    bench.open = "a";
    bench.cost_ns = NS_PER_S; /* would be delayed with threads */
    submit("a", 1);
    assert_int_equal(bench.ended.count, 2);
    assert_step(&bench.ended.items[0], "a", 1, false, false);
    assert_step(&bench.ended.items[1], "a", 1, true, false);
    submit("a", 2);
    submit("b", 1);
    assert_int_equal(bench.ended.count, 5);
    scheduler_close(bench.scheduler, "a");
    assert_int_equal(bench.states_destroyed, 1);
    stop();
    assert_int_equal(bench.states_destroyed, 2);
}

static void newest_version_wins_and_cancels(void **unused) {
    (void)unused;
    start(1);
    bench.held = "a";
    submit("a", 1);
    await_started(1);
    for (int64_t version = 2; version <= 9; version++)
        submit("a", version);
    await_started(2);
    set_held(NULL);
    scheduler_wait_idle(bench.scheduler);
    /* Versions that arrived while the first run was ending may each have begun, but order holds and the last
     * one ends. */
    assert_step(&bench.ended.items[0], "a", 1, false, true);
    for (size_t i = 1; i < bench.ended.count; i++)
        assert_true(bench.ended.items[i].version > bench.ended.items[i - 1].version);
    assert_step(&bench.ended.items[bench.ended.count - 1], "a", 9, false, false);
    assert_int_equal(bench.most_running, 1);
    stop();
}

static void waiting_versions_are_skipped(void **unused) {
    (void)unused;
    start(1);
    bench.held = "a";
    submit("a", 1);
    await_started(1);
    submit("b", 1);
    submit("b", 2);
    submit("b", 3);
    set_held(NULL);
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.ended.count, 2);
    assert_step(&bench.ended.items[1], "b", 3, false, false);
    stop();
}

static void documents_take_turns(void **unused) {
    (void)unused;
    start(1);
    bench.held = "a";
    submit("a", 1);
    await_started(1);
    submit("b", 1);
    submit("c", 1);
    submit("a", 2); /* cancels; a goes behind b and c */
    set_held(NULL);
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.ended.count, 4);
    assert_step(&bench.ended.items[1], "b", 1, false, false);
    assert_step(&bench.ended.items[2], "c", 1, false, false);
    assert_step(&bench.ended.items[3], "a", 2, false, false);
    stop();
}

static void a_document_is_never_run_twice_at_once(void **unused) {
    (void)unused;
    start(4);
    for (int64_t version = 1; version <= 200; version++)
        submit("a", version);
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.most_running, 1);
    assert_step(&bench.ended.items[bench.ended.count - 1], "a", 200, false, false);
    stop();
}

static void finish_work_leaves_a_worker_free(void **unused) {
    (void)unused;
    start(2);
    bench.open = bench.held = "a";
    bench.hold_finish = true;
    submit("a", 1);
    await_run("a", 1, true);
    submit("b", 1);
    await_run("b", 1, false); /* beside a's second pass */
    set_open("b");
    submit("b", 2);
    await_run("b", 2, false); /* its second pass has to wait: the other worker stays free */
    submit("c", 1);
    await_run("c", 1, false);
    set_held(NULL);
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.most_finish_running, 1);
    await_run("b", 2, true);
    stop();
}

static void finish_work_makes_room_and_returns(void **unused) {
    (void)unused;
    start(1);
    bench.open = bench.held = "a";
    bench.hold_finish = true;
    submit("a", 1);
    await_started(2);
    submit("b", 1);
    await_started(4); /* b, then a's second pass again */
    set_held(NULL);
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.ended.count, 4);
    assert_step(&bench.ended.items[0], "a", 1, false, false);
    assert_step(&bench.ended.items[1], "a", 1, true, true);
    assert_step(&bench.ended.items[2], "b", 1, false, false);
    assert_step(&bench.ended.items[3], "a", 1, true, false);
    stop();
}

static void a_newer_version_drops_finish_work(void **unused) {
    (void)unused;
    start(1);
    bench.open = bench.held = "a";
    bench.hold_finish = true;
    submit("a", 1);
    await_started(2);
    set_open(NULL);
    submit("a", 2);
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.ended.count, 3);
    assert_step(&bench.ended.items[1], "a", 1, true, true);
    assert_step(&bench.ended.items[2], "a", 2, false, false);
    stop();
}

static void closing_cancels_and_frees(void **unused) {
    (void)unused;
    start(1);
    bench.held = "a";
    submit("a", 1);
    await_started(1);
    submit("b", 1);
    scheduler_close(bench.scheduler, "a"); /* running */
    scheduler_close(bench.scheduler, "b"); /* waiting */
    scheduler_close(bench.scheduler, "c"); /* unknown */
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.ended.count, 1);
    assert_step(&bench.ended.items[0], "a", 1, false, true);
    assert_int_equal(bench.states_destroyed, 1);
    set_held(NULL);
    submit("a", 1); /* opened again: a new life */
    scheduler_wait_idle(bench.scheduler);
    assert_step(&bench.ended.items[1], "a", 1, false, false);
    stop();
    assert_int_equal(bench.states_destroyed, 2);
}

static void slow_documents_wait_for_the_last_keystroke(void **unused) {
    (void)unused;
    start(1);
    bench.cost_ns = 10 * NS_PER_S;
    enum { FREE = 3 }; /* too little is known of its cost yet */
    for (int64_t version = 1; version <= FREE; version++) {
        submit("a", version);
        scheduler_wait_idle(bench.scheduler);
    }
    uint64_t before_ns = clock_now_ns();
    for (int64_t version = FREE + 1; version <= 20; version++)
        submit("a", version);
    submit("b", 1); /* not slowed down by a */
    await_started(FREE + 1);
    assert_string_equal(bench.started.items[FREE].uri, "b");
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.ended.count, FREE + 2);
    assert_step(&bench.ended.items[FREE + 1], "a", 20, false, false);
    assert_true(clock_now_ns() - before_ns >= scheduler_delay_ns(bench.cost_ns));
    stop();
}

static void delay_grows_with_cost(void **unused) {
    (void)unused;
    static const struct {
        uint64_t cost_ms, delay_ms;
    } cases[] = {{0, 0}, {1, 0}, {20, 0}, {21, 1}, {120, 100}, {520, 500}, {100000, 500}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(scheduler_delay_ns(cases[i].cost_ms * NS_PER_MS), cases[i].delay_ms * NS_PER_MS);
}

static void destroy_ends_running_and_waiting_work(void **unused) {
    (void)unused;
    start(2);
    bench.held = "a";
    submit("a", 1);
    await_started(1);
    submit("a", 2);
    scheduler_dispose(bench.scheduler, fake_state_destroy, mem_alloc(1));
    stop(); /* must return although a is held: destroying cancels */
    assert_true(bench.states_destroyed >= 2);
}

static void disposed_objects_are_destroyed(void **unused) {
    (void)unused;
    start(1);
    bench.held = "a";
    submit("a", 1);
    await_started(1);
    for (int i = 0; i < 200; i++)
        scheduler_dispose(bench.scheduler, fake_state_destroy, mem_alloc(1));
    set_held(NULL);
    scheduler_wait_idle(bench.scheduler);
    assert_int_equal(bench.states_destroyed, 200);
    stop();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_threads_run_everything_before_submit_returns),
        cmocka_unit_test(newest_version_wins_and_cancels),
        cmocka_unit_test(waiting_versions_are_skipped),
        cmocka_unit_test(documents_take_turns),
        cmocka_unit_test(a_document_is_never_run_twice_at_once),
        cmocka_unit_test(finish_work_leaves_a_worker_free),
        cmocka_unit_test(finish_work_makes_room_and_returns),
        cmocka_unit_test(a_newer_version_drops_finish_work),
        cmocka_unit_test(closing_cancels_and_frees),
        cmocka_unit_test(slow_documents_wait_for_the_last_keystroke),
        cmocka_unit_test(delay_grows_with_cost),
        cmocka_unit_test(destroy_ends_running_and_waiting_work),
        cmocka_unit_test(disposed_objects_are_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
