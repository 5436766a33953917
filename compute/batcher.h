/* batcher.h: many threads ask, several devices answer: the front of all encoders of one model.
 *
 *     batch_caller_create(batcher, network, 1, 128, &caller, &error);           each thread one
 *     batcher_run(caller, windows, count, cancel, scores, &error);
 *
 * The CPU computes on the caller's own thread. Every other device has a thread, an executor, which opens it,
 * checks and measures it in the background, and then gathers windows of several callers; while it warms up
 * the CPU serves. plan.h decides who computes what.
 *
 *     OFF ──gpu_acceleration──► WARMING
 *     WARMING ──────► READY ──the pass is far too long──► STALLED ──it ended──► READY
 *        │              │ failed
 *        └──failed──► RETIRED ──after a pause──► WARMING          failed too often ──► GONE
 *
 * Nothing that was asked for is lost: what a device fails to answer, or answers with numbers that cannot be,
 * or not in time, its caller computes on the CPU.
 *
 * Invariants
 * 1. A window is in at most one queue or pass. Until it is done, failed or taken back, the executor may read
 *    the caller's window and write the caller's room for scores; batcher_run returns only after that.
 * 2. Only an executor's thread touches its device, and what was made on it.
 * 3. Every wait ends: callers' by a multiple of the expected time, the cancel's deadline or the end of the
 *    pass, executors' by the end of the batcher.
 *
 * Owns    threads, devices that it opened, their networks. It borrows the CPU's network, the weights, costs
 *         and pressure, and the names and payloads of devices.
 * Threads any, one at a time for each caller; create and destroy from one, with no caller left.
 * Errors  windows that the network has no row for are refused as by encoder_run. A device that fails is no
 *         error: batcher_report tells.
 * Units   nanoseconds. */
#ifndef NOODLE_BATCHER_H
#define NOODLE_BATCHER_H

#include "base/cancel.h"
#include "base/pressure.h"
#include "compute/encoder.h"
#include "compute/plan.h"

#include <stdbool.h>

struct batcher;
struct batch_caller;

/* A device beside the CPU. */
struct batcher_device {
    const char *name; /* with its driver's version: measured costs are kept under it */
    /* On the executor's thread; again after a failure. The device is destroyed with device_destroy.
     * STATUS_NOT_FOUND: there is no such device, and it is mentioned no more. */
    enum status (*open)(void *payload, struct device **ret_device, struct error *error);
    void *payload;
};

struct batcher_params {
    const struct network *network;        /* on the CPU */
    const struct weights *weights;        /* for the other devices; may be NULL when there are none */
    const struct batcher_device *devices; /* in order of preference, as far as nothing is measured */
    uint32_t device_count;                /* at most PLAN_DEVICES_MAX - 1 are taken */
    enum precision precision;             /* of the other devices; PRECISION_AUTO: by cost */
    bool int8_accurate;                   /* weights_int8_is_accurate */
    struct plan_switches switches;
    struct cost *cost;         /* the batcher's alone until batcher_destroy */
    struct pressure *pressure; /* or NULL */
    uint32_t windows_max;      /* of one pass; 0: PLAN_BATCH_MAX */
    uint32_t window_tokens;    /* that windows have at most, as a rule; 0: 128 */
    uint64_t retry_ns;         /* pause before a failed device is tried again; 0: a minute */
    uint64_t idle_ns;     /* after which a device is measured again that nobody asked; 0: half a minute */
    uint64_t patience_ns; /* a device is waited for so long at least, else 4 times as long as expected;
                             0: 20 ms */
    uint32_t retries;     /* after failures without many good passes between them; 0: one */
};

struct batcher *batcher_create(const struct batcher_params *params);
void batcher_destroy(struct batcher *batcher); /* NULL is harmless */

/* Devices that were not opened, because gpu_acceleration was off, are opened when it is on. */
void batcher_configure(struct batcher *batcher, const struct plan_switches *switches);

/* Up to `windows_max` windows of together up to `tokens_max` tokens in one call. batcher NULL: the caller's
 * own encoder on this network answers. */
enum status batch_caller_create(struct batcher *batcher, const struct network *network, uint32_t windows_max,
                                uint32_t tokens_max, struct batch_caller **ret_caller, struct error *error);
void batch_caller_destroy(struct batch_caller *caller); /* NULL is harmless */

/* Fills scores[0..count), which lie in the caller until it runs again. Allocates nothing. When cancel is
 * reached while a device is waited for, STATUS_CANCELLED; cancel may be NULL. */
enum status batcher_run(struct batch_caller *caller, const struct encoder_window *windows, uint32_t count,
                        const struct cancel *cancel, struct encoder_scores *ret_scores, struct error *error);

/* Of all windows that this caller was answered, those that a device beside the CPU computed. */
uint64_t batch_caller_device_windows(const struct batch_caller *caller);

/* Waits until no device warms up, or for so long; returns whether none does. */
bool batcher_wait_warm(struct batcher *batcher, uint64_t timeout_ns);

struct batcher_device_report {
    const char *name;
    enum plan_state state;
    enum precision precision;
    uint64_t passes, windows, failures;
    uint64_t one_ns, eight_ns, many_ns; /* passes of 1, 8 and 64 windows of 128 tokens; 0: not measured */
    char problem[ERROR_MESSAGE_SIZE];   /* the last failure; "" */
};

struct batcher_report {
    struct plan_switches switches;
    struct pressure_reading pressure;
    uint64_t calls, windows;
    uint64_t redone; /* windows that a device failed to answer */
    uint64_t late;   /* those of them that it did not answer in time */
    uint32_t device_count;
    struct batcher_device_report devices[PLAN_DEVICES_MAX]; /* the CPU first */
};

void batcher_report(struct batcher *batcher, struct batcher_report *ret_report);

/* One line: what would be done with such a load now, and why. */
void batcher_explain(struct batcher *batcher, const struct plan_load *load, struct str *out);

/* The same of the last call; nothing before the first. */
void batcher_explain_last(struct batcher *batcher, struct str *out);

#endif
