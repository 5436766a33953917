#include "base/cancel.h"

#include "base/clock.h"
#include <stddef.h>

void cancel_init(struct cancel *cancel, const struct cancel *parent, uint64_t deadline_ns) {
    atomic_init(&cancel->requested, false);
    cancel->deadline_ns = deadline_ns;
    cancel->parent = parent;
}

/* Nothing travels with the flag but itself, so relaxed order is enough: seeing it late costs time, never
 * truth. */
void cancel_request(struct cancel *cancel) {
    atomic_store_explicit(&cancel->requested, true, memory_order_relaxed);
}

bool cancel_requested(const struct cancel *cancel) {
    for (; cancel; cancel = cancel->parent) {
        if (atomic_load_explicit(&cancel->requested, memory_order_relaxed)) return true;
    }
    return false;
}

uint64_t cancel_deadline_ns(const struct cancel *cancel) {
    uint64_t earliest = 0;
    for (; cancel; cancel = cancel->parent) {
        if (cancel->deadline_ns && (!earliest || cancel->deadline_ns < earliest))
            earliest = cancel->deadline_ns;
    }
    return earliest;
}

static _Thread_local uint64_t reached_count;

bool cancel_reached(const struct cancel *cancel) {
    bool reached = cancel_requested(cancel);
    if (!reached) {
        uint64_t deadline_ns = cancel_deadline_ns(cancel);
        reached = deadline_ns && clock_now_ns() >= deadline_ns;
    }
    reached_count += reached;
    return reached;
}

uint64_t cancel_reached_count(void) {
    return reached_count;
}
