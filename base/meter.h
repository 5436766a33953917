/* meter.h: where every stage records how long it took. Recording is cheap enough to leave on.
 *
 * Owns    a fixed block of counters; no allocation after create.
 * Threads recording and reading from any thread (relaxed atomics); a reading is not a snapshot in one
 *         instant.
 * Errors  none; a NULL meter records nothing.
 * Units   nanoseconds. Quantiles are exact to about 3 % (log-linear buckets, 32 per power of two, as in HDR
 *         histograms). */
#ifndef NOODLE_METER_H
#define NOODLE_METER_H

#include <stdint.h>

#define STAGE_MAP(X)                                                                                         \
    X(DECODE, "decode") /* bytes to typed params */                                                          \
    X(STORE, "store")   /* new snapshot */                                                                   \
    X(QUEUE, "queue")   /* waiting for a worker */                                                           \
    X(PARSE, "parse")                                                                                        \
    X(REGIONS, "regions") /* symptoms to mistakes */                                                         \
    X(PROPOSE, "propose")                                                                                    \
    X(SEARCH, "search")                                                                                      \
    X(VERIFY, "verify")                                                                                      \
    X(RANK, "rank")                                                                                          \
    X(PUBLISH, "publish")     /* result to bytes out */                                                      \
    X(DIAGNOSED, "diagnosed") /* change received to diagnostics written, the sum a user waits */             \
    X(REPAIRED, "repaired")   /* change received to repairs ready */                                         \
    X(LOOP, "loop")           /* of no request: a turn of the server's loop, what comes next waits so long */

enum stage {
#define X(name, text) STAGE_##name,
    STAGE_MAP(X)
#undef X
        STAGE_COUNT
};

/* One request's own times, beside the meter's totals. */
struct stage_times {
    uint64_t ns[STAGE_COUNT];
};

struct meter;

struct meter_summary {
    uint64_t count, sum_ns, p50_ns, p95_ns, p99_ns, max_ns;
};

const char *stage_name(enum stage stage);

struct meter *meter_create(void);
void meter_destroy(struct meter *meter);
void meter_record(struct meter *meter, enum stage stage, uint64_t ns);
void meter_record_times(struct meter *meter, const struct stage_times *times); /* its non-zero entries */
struct meter_summary meter_summary(const struct meter *meter, enum stage stage);

#endif
