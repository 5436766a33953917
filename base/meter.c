#include "base/meter.h"

#include "base/mem.h"
#include <stdatomic.h>
#include <stddef.h>

/* Values below SUB_COUNT have a bucket each; above, every power of two is cut into SUB_COUNT buckets, so a
 * bucket is at most 1/32 of its values wide. VALUE_BITS bounds what is told apart: 2^42 ns is over an hour.
 */
#define SUB_BITS     5
#define SUB_COUNT    (1u << SUB_BITS)
#define VALUE_BITS   42
#define BUCKET_COUNT ((VALUE_BITS - SUB_BITS + 1) * SUB_COUNT)

struct stage_meter {
    atomic_uint_fast64_t sum_ns, max_ns;
    atomic_uint_fast64_t buckets[BUCKET_COUNT];
};

struct meter {
    struct stage_meter stages[STAGE_COUNT];
};

static const char *const names[STAGE_COUNT] = {
#define X(name, text) [STAGE_##name] = text,
    STAGE_MAP(X)
#undef X
};

const char *stage_name(enum stage stage) {
    return (unsigned)stage < STAGE_COUNT ? names[stage] : "unknown";
}

struct meter *meter_create(void) {
    return mem_zalloc(sizeof(struct meter));
}

void meter_destroy(struct meter *meter) {
    mem_free(meter);
}

static size_t bucket_of(uint64_t ns) {
    if (ns < SUB_COUNT) return (size_t)ns;
    if (ns >> VALUE_BITS) return BUCKET_COUNT - 1;
    unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - SUB_BITS;
    return (size_t)(shift + 1) * SUB_COUNT + (size_t)((ns >> shift) & (SUB_COUNT - 1));
}

/* The middle of a bucket. */
static uint64_t bucket_value(size_t bucket) {
    if (bucket < SUB_COUNT) return bucket;
    unsigned shift = (unsigned)(bucket / SUB_COUNT) - 1;
    uint64_t start = (uint64_t)(SUB_COUNT + bucket % SUB_COUNT) << shift;
    return start + ((UINT64_C(1) << shift) >> 1);
}

void meter_record(struct meter *meter, enum stage stage, uint64_t ns) {
    if (!meter || (unsigned)stage >= STAGE_COUNT) return;
    struct stage_meter *of = &meter->stages[stage];
    atomic_fetch_add_explicit(&of->buckets[bucket_of(ns)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&of->sum_ns, ns, memory_order_relaxed);
    uint_fast64_t max = atomic_load_explicit(&of->max_ns, memory_order_relaxed);
    while (ns > max && !atomic_compare_exchange_weak_explicit(&of->max_ns, &max, ns, memory_order_relaxed,
                                                              memory_order_relaxed)) {
    }
}

void meter_record_times(struct meter *meter, const struct stage_times *times) {
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
        if (times->ns[stage]) meter_record(meter, (enum stage)stage, times->ns[stage]);
    }
}

struct meter_summary meter_summary(const struct meter *meter, enum stage stage) {
    struct meter_summary summary = {0};
    if (!meter || (unsigned)stage >= STAGE_COUNT) return summary;
    const struct stage_meter *of = &meter->stages[stage];
    /* Counted from the buckets, not kept beside them, so that ranks and counts agree while others record. */
    uint64_t counts[BUCKET_COUNT];
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        counts[i] = atomic_load_explicit(&of->buckets[i], memory_order_relaxed);
        summary.count += counts[i];
    }
    summary.sum_ns = atomic_load_explicit(&of->sum_ns, memory_order_relaxed);
    summary.max_ns = atomic_load_explicit(&of->max_ns, memory_order_relaxed);
    if (!summary.count) return summary;

    const struct {
        unsigned percent;
        uint64_t *ret_ns;
    } wanted[] = {{50, &summary.p50_ns}, {95, &summary.p95_ns}, {99, &summary.p99_ns}};
    uint64_t seen = 0;
    size_t next = 0;
    for (size_t i = 0; i < BUCKET_COUNT && next < 3; i++) {
        seen += counts[i];
        while (next < 3 && seen * 100 >= summary.count * wanted[next].percent) {
            uint64_t value = i == BUCKET_COUNT - 1 ? summary.max_ns : bucket_value(i);
            *wanted[next++].ret_ns = value < summary.max_ns ? value : summary.max_ns;
        }
    }
    return summary;
}
