/* batcher_executor.c: the thread of a device beside the CPU: waits, gathers, computes, delivers. */
#include "compute/batcher_parts.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

#define GOOD_PASSES 1000                 /* after so many, earlier failures are forgotten */
#define SLICE_NS    UINT64_C(1000000000) /* the longest sleep: a clock that was set cannot make it longer */

/* ---- queue ---- */

static struct plan_queue queue_of(const struct executor *executor, uint64_t now_ns) {
    struct plan_queue queue = {.windows = executor->waiting_windows,
                               .tokens = executor->waiting_tokens,
                               .windows_max = executor->windows_max,
                               .waited_ns = now_ns - executor->first->queued_ns,
                               .interval_ns = executor->batcher->interval_ns};
    for (const struct item *item = executor->first; item; item = item->next) {
        if (item->caller == executor->first->caller) queue.first_windows++;
        if (!item->deadline_ns) continue;
        uint64_t time_ns = item->deadline_ns > now_ns ? item->deadline_ns - now_ns : 1;
        if (!queue.time_ns || time_ns < queue.time_ns) queue.time_ns = time_ns;
    }
    return queue;
}

/* Takes up to so many windows; fewer when their tokens fill the pass. */
static void take(struct executor *executor, uint32_t windows) {
    uint32_t tokens = 0;
    executor->pass_count = 0;
    while (executor->first && executor->pass_count < windows) {
        struct item *item = executor->first;
        if (item->window->count > executor->tokens_max - tokens) break;
        tokens += item->window->count;
        executor->first = item->next;
        if (!executor->first) executor->last = NULL;
        executor->waiting_windows--;
        executor->waiting_tokens -= item->window->count;
        item->state = ITEM_TAKEN;
        item->place = executor->pass_count;
        executor->pass[executor->pass_count++] = item;
    }
}

/* ---- one pass ---- */

/* Without the lock: in TAKEN nobody else touches what is read here. */
static uint32_t copy_tokens(struct executor *executor) {
    uint32_t total = 0;
    for (uint32_t i = 0; i < executor->pass_count; i++) {
        const struct encoder_window *window = executor->pass[i]->window;
        struct device_token *tokens = executor->tokens + total;
        memcpy(tokens, window->tokens, window->count * sizeof *tokens);
        executor->pass_windows[i] = (struct encoder_window){tokens, window->count};
        total += window->count;
    }
    return total;
}

static void start_running(struct executor *executor, uint32_t tokens, uint64_t now_ns) {
    struct batcher *batcher = executor->batcher;
    for (uint32_t i = 0; i < executor->pass_count; i++) {
        executor->pass[i]->state = ITEM_RUNNING;
        thread_cond_signal(executor->pass[i]->caller->answered);
    }
    executor->pass_end_ns = now_ns + cost_predict_ns(batcher->cost, executor->machine, executor->precision,
                                                     executor->pass_count, tokens);
}

static void copy_scores(const struct executor *executor, const struct item *item) {
    size_t outputs = item->caller->outputs, tokens = item->window->count;
    const struct encoder_scores *from = &executor->pass_scores[item->place];
    memcpy((float *)item->scores->token, from->token, tokens * outputs * sizeof *from->token);
    memcpy((float *)item->scores->gap, from->gap, (tokens + 1) * outputs * sizeof *from->gap);
    item->scores->fine = from->fine;
}

static enum status compute(struct executor *executor, struct error *error) {
    enum status status = encoder_run(executor->encoder, executor->pass_windows, executor->pass_count,
                                     executor->pass_scores, error);
    uint32_t outputs = network_shape(executor->network)->outputs;
    for (uint32_t i = 0; !status && i < executor->pass_count; i++)
        if (!executor_scores_can_be(&executor->pass_scores[i], executor->pass_windows[i].count, outputs))
            status = error_set(error, STATUS_MALFORMED, "%s computes what cannot be", executor->device.name);
    return status;
}

static void answer(struct item *item, enum item_state state) {
    item->state = state;
    thread_cond_signal(item->caller->answered);
}

/* Under the lock, which is released while scores are copied. */
static void deliver(struct executor *executor, enum status status) {
    struct batcher *batcher = executor->batcher;
    for (uint32_t i = 0; i < executor->pass_count; i++)
        if (executor->pass[i]) executor->pass[i]->state = ITEM_DELIVERING;
    thread_lock_release(batcher->lock);
    for (uint32_t i = 0; !status && i < executor->pass_count; i++)
        if (executor->pass[i]) copy_scores(executor, executor->pass[i]);
    thread_lock_acquire(batcher->lock);
    for (uint32_t i = 0; i < executor->pass_count; i++)
        if (executor->pass[i]) answer(executor->pass[i], status ? ITEM_FAILED : ITEM_DONE);
    executor->pass_count = 0;
}

/* Under the lock, which is released meanwhile. */
static enum status run_pass(struct executor *executor, uint32_t windows, struct error *error) {
    struct batcher *batcher = executor->batcher;
    take(executor, windows);
    thread_lock_release(batcher->lock);
    uint32_t tokens = copy_tokens(executor);
    thread_lock_acquire(batcher->lock);
    uint64_t start_ns = clock_now_ns();
    start_running(executor, tokens, start_ns);
    thread_lock_release(batcher->lock);
    enum status status = compute(executor, error);
    thread_lock_acquire(batcher->lock);
    executor->pass_end_ns = 0;
    if (!status) {
        cost_record(batcher->cost, executor->machine, executor->precision, executor->pass_count, tokens,
                    clock_now_ns() - start_ns);
        executor->passes++;
        executor->windows += executor->pass_count;
        if (++executor->good_passes == GOOD_PASSES) executor->failures_lately = 0;
        if (executor->state == PLAN_STALLED) executor->state = PLAN_READY;
    }
    deliver(executor, status);
    return status;
}

/* ---- the thread ---- */

/* Under the lock. The device is still there, and its costs are not of long ago. */
static enum status probe(struct executor *executor, struct error *error) {
    struct batcher *batcher = executor->batcher;
    uint32_t windows = executor->next_probe;
    executor->pass_end_ns =
        clock_now_ns() + cost_predict_ns(batcher->cost, executor->machine, executor->precision, windows,
                                         windows * batcher->window_tokens);
    thread_lock_release(batcher->lock);
    enum status status = executor_probe(executor, error);
    thread_lock_acquire(batcher->lock);
    executor->pass_end_ns = 0;
    return status;
}

/* Under the lock; until the device fails or the batcher ends. */
static enum status serve(struct executor *executor, struct error *error) {
    struct batcher *batcher = executor->batcher;
    uint64_t calls_seen = batcher->calls, idle_since_ns = clock_now_ns();
    enum status status = STATUS_OK;
    while (!status && !batcher->stopping) {
        uint64_t now_ns = clock_now_ns();
        if (!executor->first) {
            uint64_t idle_ns = now_ns - idle_since_ns;
            if (idle_ns < batcher->idle_ns) {
                uint64_t left_ns = batcher->idle_ns - idle_ns;
                thread_cond_wait_for(executor->wake, batcher->lock, left_ns < SLICE_NS ? left_ns : SLICE_NS);
                continue;
            }
            if (batcher->calls != calls_seen) status = probe(executor, error);
            calls_seen = batcher->calls;
            idle_since_ns = clock_now_ns();
            continue;
        }
        struct plan_device devices[PLAN_DEVICES_MAX];
        struct plan_situation situation = batcher_situation(batcher, now_ns, devices);
        struct plan_queue queue = queue_of(executor, now_ns);
        struct plan_batch batch = plan_gather(&situation, executor->number, &queue);
        if (batch.windows) {
            status = run_pass(executor, batch.windows, error);
            idle_since_ns = clock_now_ns();
        } else {
            thread_cond_wait_for(executor->wake, batcher->lock, batch.wait_ns);
        }
    }
    return status;
}

/* Under the lock: callers compute for themselves what waits here. */
static void fail_queue(struct executor *executor) {
    for (struct item *item = executor->first; item; item = executor->first) {
        executor->first = item->next;
        answer(item, ITEM_FAILED);
    }
    executor->last = NULL;
    executor->waiting_windows = executor->waiting_tokens = 0;
}

/* Under the lock: false when the device is given up. */
static bool retire(struct executor *executor, enum status status, const struct error *error) {
    executor->problem = *error;
    executor->failures++;
    executor->good_passes = 0;
    executor->absent = status == STATUS_NOT_FOUND;
    bool again = executor->failures_lately++ < executor->batcher->retries && !executor->absent;
    executor->state = again ? PLAN_RETIRED : PLAN_GONE;
    fail_queue(executor);
    thread_cond_broadcast(executor->batcher->warmed);
    return again;
}

static void pause_retired(struct executor *executor) {
    struct batcher *batcher = executor->batcher;
    uint64_t end_ns = clock_now_ns() + batcher->retry_ns;
    for (uint64_t now_ns = clock_now_ns(); !batcher->stopping && now_ns < end_ns; now_ns = clock_now_ns())
        thread_cond_wait_for(executor->wake, batcher->lock,
                             end_ns - now_ns < SLICE_NS ? end_ns - now_ns : SLICE_NS);
}

/* Under the lock. Drivers are large: nothing is loaded for what is switched off. */
static void wait_until_on(struct executor *executor) {
    struct batcher *batcher = executor->batcher;
    while (!batcher->switches.gpu_acceleration && !batcher->stopping) {
        executor->state = PLAN_OFF;
        thread_cond_broadcast(batcher->warmed);
        thread_cond_wait(executor->wake, batcher->lock);
    }
}

void executor_run(void *payload) {
    struct executor *executor = payload;
    struct batcher *batcher = executor->batcher;
    bool again = true;
    thread_lock_acquire(batcher->lock);
    while (again && !batcher->stopping) {
        struct error error = {0};
        wait_until_on(executor);
        if (batcher->stopping) break;
        executor->state = PLAN_WARMING;
        thread_lock_release(batcher->lock);
        enum status status = executor_warm_up(executor, &error);
        thread_lock_acquire(batcher->lock);
        if (!status) {
            executor->state = PLAN_READY;
            thread_cond_broadcast(batcher->warmed);
            status = serve(executor, &error);
            /* Nothing is placed here any more while the device is closed. */
            if (status) again = retire(executor, status, &error);
            thread_lock_release(batcher->lock);
            executor_close(executor);
            thread_lock_acquire(batcher->lock);
        } else if (!batcher->stopping) {
            again = retire(executor, status, &error);
        }
        if (status && again) pause_retired(executor);
    }
    executor->state = PLAN_GONE;
    fail_queue(executor);
    thread_cond_broadcast(batcher->warmed);
    thread_lock_release(batcher->lock);
}
