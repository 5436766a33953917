#include "cli/batch.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/thread.h"

#define DELIVER_NS                                                                                           \
    (5 * NS_PER_MS) /* a result waits so long at most: many small ones are handed over at once */

enum slot_state { SLOT_FREE, SLOT_BUSY, SLOT_DONE };

/* slots[i % BATCH_AHEAD] belongs to input i while delivered <= i < delivered + BATCH_AHEAD. */
struct run {
    const struct app *app;
    const struct batch *batch;
    struct thread_lock *lock;   /* guards everything below */
    struct thread_cond *filled; /* many slots are done, or a worker is */
    struct thread_cond *moved;  /* a slot was delivered, or the end was called */
    size_t next;                /* the first input that nobody has begun */
    size_t delivered;           /* inputs before this one are through */
    bool ended;
    unsigned started; /* workers that have taken their pipeline */
    struct {
        enum slot_state state;
        void *result;
    } slots[BATCH_AHEAD];
};

static void work(void *payload) {
    struct run *run = payload;
    const struct batch *batch = run->batch;
    thread_lock_acquire(run->lock);
    struct pipeline *pipeline = run->app->pipelines[run->started++];
    for (;;) {
        while (!run->ended && run->next < batch->count && run->next >= run->delivered + BATCH_AHEAD)
            thread_cond_wait(run->moved, run->lock);
        if (run->ended || run->next >= batch->count || cancel_requested(run->app->interrupt)) break;
        size_t index = run->next++;
        run->slots[index % BATCH_AHEAD].state = SLOT_BUSY;
        thread_lock_release(run->lock);
        void *result = batch->work(index, pipeline, batch->payload);
        thread_lock_acquire(run->lock);
        run->slots[index % BATCH_AHEAD].state = SLOT_DONE;
        run->slots[index % BATCH_AHEAD].result = result;
        if (run->next >= run->delivered + BATCH_AHEAD / 2) thread_cond_signal(run->filled);
    }
    run->ended = true; /* nothing is left, or nothing is wanted */
    thread_cond_signal(run->filled);
    thread_cond_broadcast(run->moved);
    thread_lock_release(run->lock);
}

static void deliver_in_order(struct run *run) {
    thread_lock_acquire(run->lock);
    for (;;) {
        size_t index = run->delivered;
        size_t slot = index % BATCH_AHEAD;
        while (run->slots[slot].state != SLOT_DONE && !(run->ended && index >= run->next))
            thread_cond_wait_for(run->filled, run->lock, DELIVER_NS);
        if (run->slots[slot].state != SLOT_DONE) break; /* nobody will fill it */
        void *result = run->slots[slot].result;
        run->slots[slot].state = SLOT_FREE;
        thread_lock_release(run->lock);
        bool go_on = run->batch->deliver(index, result, run->batch->payload);
        thread_lock_acquire(run->lock);
        run->delivered++;
        if (!go_on) run->ended = true;
        thread_cond_broadcast(run->moved);
    }
    thread_lock_release(run->lock);
}

static void run_inline(const struct app *app, const struct batch *batch) {
    for (size_t i = 0; i < batch->count && !cancel_requested(app->interrupt); i++)
        if (!batch->deliver(i, batch->work(i, app->pipelines[0], batch->payload), batch->payload)) break;
}

void batch_run(const struct app *app, const struct batch *batch) {
    unsigned workers = batch->count < app->worker_count ? (unsigned)batch->count : app->worker_count;
    if (workers < 2) {
        run_inline(app, batch);
        return;
    }
    struct run *run = mem_zalloc(sizeof *run);
    run->app = app;
    run->batch = batch;
    run->lock = thread_lock_create();
    run->filled = thread_cond_create();
    run->moved = thread_cond_create();
    struct pool *pool = pool_create(workers);
    for (unsigned i = 0; i < workers; i++)
        pool_submit(pool, work, run);
    deliver_in_order(run);
    pool_destroy(pool);
    thread_cond_destroy(run->moved);
    thread_cond_destroy(run->filled);
    thread_lock_destroy(run->lock);
    mem_free(run);
}
