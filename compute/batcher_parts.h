/* batcher_parts.h: what the front of the batcher (batcher.c) and its executors (batcher_executor.c,
 * batcher_warm.c) share.
 *
 * An item is one window of a call:
 *
 *     IDLE ──► QUEUED ──► TAKEN ──► RUNNING ──► DELIVERING ──► DONE
 *                │                    │ └───────────────────► FAILED
 *                └────────────────────┴── taken back by the caller ──► IDLE
 *
 * In TAKEN its tokens are copied for the device, in DELIVERING its scores into the caller's room. Both are
 * short, and while they last the caller waits.
 *
 * Owns    as batcher.h says.
 * Threads one lock guards all that is not said to be somebody's own; nothing is computed or opened under it.
 *         It is the only lock held, but for that of base/pressure, which is never held around it.
 * Errors  as batcher.h says. */
#ifndef NOODLE_BATCHER_PARTS_H
#define NOODLE_BATCHER_PARTS_H

#include "base/thread.h"
#include "compute/batcher.h"

enum item_state { ITEM_IDLE, ITEM_QUEUED, ITEM_TAKEN, ITEM_RUNNING, ITEM_DELIVERING, ITEM_DONE, ITEM_FAILED };

struct item {
    struct item *next; /* in the executor's queue */
    struct batch_caller *caller;
    struct executor *executor;
    enum item_state state;
    uint32_t place; /* in the executor's pass */
    const struct encoder_window *window;
    struct encoder_scores *scores;
    uint64_t queued_ns, deadline_ns; /* deadline 0: none */
};

struct batch_caller {
    struct batcher *batcher; /* or NULL */
    struct encoder *encoder;
    uint32_t outputs, windows_max, tokens_max;
    uint64_t device_windows; /* that others than the CPU computed; the caller's thread's own */
    struct thread_cond *answered;
    struct item *items; /* [windows_max] */
    /* Room for scores that do not lie in the encoder; a window's begins where its tokens do. NULL when there
     * are no other devices. */
    float *token_room, *gap_room;
    struct encoder_window *again;        /* windows that are computed once more */
    struct encoder_scores *again_scores; /* theirs */
};

struct executor {
    struct batcher *batcher;
    struct batcher_device device;
    uint32_t number; /* of the plan's devices; from 1 */
    struct thread *thread;
    struct thread_cond *wake;

    enum plan_state state;
    enum precision precision;
    uint32_t machine; /* of the costs */
    struct item *first, *last;
    uint32_t waiting_windows, waiting_tokens;
    struct item *pass[PLAN_BATCH_MAX]; /* NULL: taken back */
    uint32_t pass_count;
    uint64_t pass_end_ns; /* expected; 0: no pass is under way */
    uint64_t passes, windows, failures;
    uint32_t failures_lately; /* since many passes were good */
    uint64_t good_passes;     /* since the last failure */
    struct error problem;
    bool absent; /* there is no such device */

    /* The thread's own. */
    struct device *opened;
    struct network *network;
    struct encoder *encoder;
    struct plan_formats formats;
    uint32_t windows_max, tokens_max; /* of one pass; read under the lock by nobody else */
    struct device_token *tokens;      /* [tokens_max] */
    float *alone;                     /* scores of the probe's first window, by itself; NULL: not yet */
    uint32_t next_probe;              /* windows of the pass that executor_probe will make */
    struct encoder_window pass_windows[PLAN_BATCH_MAX];
    struct encoder_scores pass_scores[PLAN_BATCH_MAX];
};

struct batcher {
    const struct network *network;
    const struct weights *weights;
    struct pressure *pressure;
    uint32_t cpu_machine, cores, windows_max, window_tokens, retries;
    uint64_t retry_ns, idle_ns, patience_ns;

    struct thread_lock *lock;
    struct thread_cond *warmed;   /* an executor left PLAN_WARMING */
    struct thread_cond *cpu_free; /* a caller has finished on the CPU */
    bool stopping;
    struct plan_switches switches;
    struct cost *cost;
    struct pressure_reading strain;
    uint32_t cpu_running;
    uint64_t calls, window_count, redone, late;
    uint64_t last_call_ns, interval_ns;
    uint64_t cpu_passes, cpu_windows;
    struct plan_load last_load;
    struct plan_placement last_placement;
    uint32_t executor_count;
    struct executor executors[PLAN_DEVICES_MAX - 1];
};

/* Under the lock: what plan.h has to know; devices is room for PLAN_DEVICES_MAX. */
struct plan_situation batcher_situation(const struct batcher *batcher, uint64_t now_ns,
                                        struct plan_device *devices);

/* Body of an executor's thread; the payload is the executor. */
void executor_run(void *payload);

/* Opens, checks and measures the device; on failure everything is closed again. */
enum status executor_warm_up(struct executor *executor, struct error *error);
void executor_close(struct executor *executor);

/* A pass that nobody asked for, to see whether the device still answers and how fast: of 1, 2, 4 ... windows
 * in turn, so that no size is for ever thought to take what it took in a bad moment. */
enum status executor_probe(struct executor *executor, struct error *error);

/* What was computed can be what a network says: logarithms of probabilities. */
bool executor_scores_can_be(const struct encoder_scores *scores, uint32_t tokens, uint32_t outputs);

#endif
