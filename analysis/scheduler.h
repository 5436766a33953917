/* scheduler.h: which document's work runs next, and on which worker.
 *
 * One task per document. A newer snapshot replaces the one that waits and cancels the one that runs. What the
 * work is, the scheduler doesn't know: it calls scheduler_ops.run. A document is in one of these states
 * (function that moves it):
 *
 *     idle ──submit──► delayed ──(due)──► ready ──(worker)──► running ──(settled)──► idle
 *                      (skipped while the document is fast)      │
 *                                                                └─(unsettled)──► finish ──(worker)──►
 * running
 *
 * Invariants
 * 1. A document runs on one worker at a time, and only that worker touches its state.
 * 2. Ready documents are served in order of arrival; a document that runs again goes to the end of the line.
 * 3. Finish work starts only when nothing is ready, and leaves one worker free of it when there are several.
 * When work becomes ready and no worker is free, a finish task is cancelled and queued again.
 * 4. A run that was cancelled never queues finish work for its own snapshot.
 *
 * Owns    its threads, the documents' entries and, through ops, their states.
 * Threads submit, close and destroy from one home thread; dispose from any; ops run on workers.
 * Errors  none.
 * Units   nanoseconds of clock_now_ns. */
#ifndef NOODLE_SCHEDULER_H
#define NOODLE_SCHEDULER_H

#include "analysis/document.h"
#include "base/cancel.h"

struct scheduler;

enum scheduler_outcome {
    SCHEDULER_SETTLED,  /* nothing more to do for this snapshot */
    SCHEDULER_UNSETTLED /* run it again as finish work */
};

struct scheduler_task {
    struct snapshot *snapshot;
    const struct cancel *cancel;
    void **state; /* the document's, NULL at first; what run leaves there is handed to state_destroy at the
                     end */
    uint64_t queued_ns; /* when it was submitted, or when its first run ended (finish work) */
    bool finish;
    uint64_t cost_ns; /* set by run: what a change of this document costs; 0: tells nothing */
};

struct scheduler_ops {
    void *(*worker_create)(void *payload); /* once per worker, on the thread that creates the scheduler */
    void (*worker_destroy)(void *worker, void *payload);
    enum scheduler_outcome (*run)(void *worker, struct scheduler_task *task, void *payload);
    void (*state_destroy)(void *state);
    void *payload;
};

/* thread_count 0: scheduler_submit runs everything before it returns, finish work included, and nothing is
 * delayed. */
struct scheduler *scheduler_create(unsigned thread_count, const struct scheduler_ops *ops);
void scheduler_destroy(struct scheduler *scheduler); /* cancels, joins */

void scheduler_submit(struct scheduler *scheduler, struct snapshot *snapshot); /* refs it */
void scheduler_close(struct scheduler *scheduler, const char *uri);
void scheduler_wait_idle(struct scheduler *scheduler);

/* Calls destroy(object) on a worker that has nothing better to do; at once with zero threads. */
void scheduler_dispose(struct scheduler *scheduler, void (*destroy)(void *object), void *object);

/* How long a change of a document waits for the next one, given the median of what its changes cost: nothing
 * while that is below 20 ms, then as long as the part above it, up to 500 ms. */
uint64_t scheduler_delay_ns(uint64_t typical_cost_ns);

#endif
