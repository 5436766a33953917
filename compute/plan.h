/* plan.h: which device computes what, in how large batches, in which format. Pure functions: what they are
 * told is all they know, and they keep nothing.
 *
 * Device 0 is the CPU: the caller's own thread, at once, without waiting for anybody. The others have a
 * thread and a queue each, and gather windows of several callers. What decides is when the last window would
 * be done, by measured costs (cost.h):
 *
 *     plan_place      a caller's windows: where they go. All to the one that is done first, or split over
 *                     several in proportion to their speeds, when that is done earlier by a tenth at least.
 *     plan_gather     a device that is free: how many of the waiting windows it takes now, or how long it
 *                     waits for more. It waits only when windows arrive faster than a pass takes, and when a
 *                     larger batch is cheaper for each window.
 *     plan_precision  a device that warms up: which format it is to use.
 *
 * Switches. Without gpu_acceleration only the CPU computes. Without batch_size_auto a call is one batch, as
 * it came: nothing is gathered and nothing split. Without auto_optimization costs and strain do not count:
 * the first device in order takes all. Scores are the same in all cases, up to the rounding of formats.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   nanoseconds; instants of one monotonic clock. */
#ifndef NOODLE_PLAN_H
#define NOODLE_PLAN_H

#include "base/str.h"
#include "compute/cost.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAN_DEVICES_MAX 8  /* with the CPU */
#define PLAN_BATCH_MAX   64 /* windows of one pass */
#define PLAN_CPU         0

enum plan_state {
    PLAN_READY,
    PLAN_OFF,     /* not opened, because gpu_acceleration is off */
    PLAN_WARMING, /* being opened, checked and measured */
    PLAN_RETIRED, /* failed; will be tried again */
    PLAN_STALLED, /* its pass takes far longer than expected */
    PLAN_GONE     /* failed for good */
};

struct plan_device {
    const char *name;
    enum plan_state state;
    uint32_t machine; /* of the costs */
    enum precision precision;
    uint64_t busy_ns;                         /* until the pass under way is done */
    uint32_t waiting_windows, waiting_tokens; /* in its queue */
};

struct plan_switches {
    bool gpu_acceleration, batch_size_auto, quantization, auto_optimization;
};

struct plan_situation {
    const struct cost *cost;
    struct plan_switches switches;
    unsigned memory_steps, cpu_steps; /* how short they are: pressure.h */
    const struct plan_device *devices;
    uint32_t device_count; /* 1 .. PLAN_DEVICES_MAX */
};

struct plan_load {
    uint32_t windows, tokens;
    uint64_t time_ns; /* until the deadline; 0: there is none */
};

/* Why; plan_explain has the words. */
enum plan_reason {
    PLAN_ONLY_CPU,     /* there is nothing else */
    PLAN_SWITCHED_OFF, /* gpu_acceleration is off */
    PLAN_NOT_READY,    /* the others warm up, have failed or stall */
    PLAN_NOT_MEASURED, /* nobody knows what the CPU takes: this is how it is learnt */
    PLAN_IN_ORDER,     /* auto_optimization is off */
    PLAN_FASTEST,
    PLAN_SPLIT,
    PLAN_CPU_STRAINED /* the fastest without the CPU, because others need it */
};

struct plan_placement {
    enum plan_reason reason;
    uint32_t windows[PLAN_DEVICES_MAX]; /* their sum is the load's */
    uint64_t expected_ns;               /* until all are done; 0: unknown */
};

struct plan_placement plan_place(const struct plan_situation *situation, const struct plan_load *load);

struct plan_queue {
    uint32_t windows, tokens;
    uint32_t first_windows; /* of the call that came first */
    uint32_t windows_max;   /* that the device takes in one pass */
    uint64_t waited_ns;     /* since the first came */
    uint64_t time_ns;       /* until the earliest deadline; 0: there is none */
    uint64_t interval_ns;   /* between calls lately; 0: unknown */
};

struct plan_batch {
    uint32_t windows; /* to take now; 0: wait first */
    uint64_t wait_ns; /* at most, then ask again */
};

struct plan_batch plan_gather(const struct plan_situation *situation, uint32_t device,
                              const struct plan_queue *queue);

struct plan_formats {
    bool int8_accurate;               /* the weights lose little by it */
    enum precision wanted;            /* by the user; PRECISION_AUTO: whatever is fastest */
    bool refused[PRECISION_INT8 + 1]; /* by the device */
};

/* A format that is not measured yet, so that it will be; when all are, the fastest. PRECISION_AUTO: the
 * device has refused all that may be used. */
enum precision plan_precision(const struct cost *cost, uint32_t machine, const struct plan_switches *switches,
                              const struct plan_formats *formats);

/* How many callers may compute on the CPU at the same time. */
uint32_t plan_cpu_threads(const struct plan_situation *situation, uint32_t cores);

const char *plan_state_name(enum plan_state state);
void plan_add_time(struct str *out, double ns); /* "1.5 ms"; 0 and INFINITY: not measured */

/* One line without an end: what is done with the load, and why. */
void plan_explain(const struct plan_situation *situation, const struct plan_load *load,
                  const struct plan_placement *placement, struct str *out);

#endif
