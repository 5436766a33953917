#include "tests/support/trace.h"

#define TURN 20000 /* requests of each kind in TRACE_MIXED */
#define WALK 1000  /* requests in a row of the working set, and of a folder */

const char *trace_name(enum trace_kind kind) {
    static const char *const names[TRACE_KINDS] = {"edit", "scan", "loop", "mixed"};
    return names[kind];
}

void trace_begin(struct trace *trace, enum trace_kind kind) {
    *trace = (struct trace){.kind = kind, .random = 20261126};
}

static uint64_t next(struct trace *trace) {
    trace->random = trace->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return trace->random >> 33;
}

static double unit(struct trace *trace) {
    return (double)next(trace) / (double)(UINT64_C(1) << 31);
}

static uint64_t next_edit(struct trace *trace, uint64_t *versions) {
    uint64_t document = next(trace) % 8;
    uint64_t newest = versions[document];
    if (unit(trace) < 0.5) {
        versions[document]++;
    } else {
        uint64_t back = 0;
        while (next(trace) % 31)
            back++;
        newest = back < newest ? newest - back : 0;
    }
    return document << 32 | newest;
}

static uint64_t next_of_scan(struct trace *trace, uint64_t *walked) {
    if (trace->at / WALK % 2) return UINT64_C(1) << 48 | (*walked)++;
    uint64_t octave = UINT64_C(1) << next(trace) % 11;
    return octave + next(trace) % octave;
}

static uint64_t next_of_loop(const struct trace *trace) {
    return trace->at % (TRACE_CAPACITY * 13 / 10);
}

static uint64_t next_mixed(struct trace *trace) {
    switch (trace->at / TURN % 3) {
    case 0: return next_edit(trace, trace->state);
    case 1: return UINT64_C(1) << 50 | next_of_scan(trace, trace->state + 8);
    default: return UINT64_C(1) << 51 | next_of_loop(trace);
    }
}

uint64_t trace_next(struct trace *trace) {
    uint64_t number = 0;
    switch (trace->kind) {
    case TRACE_EDIT: number = next_edit(trace, trace->state); break;
    case TRACE_SCAN: number = next_of_scan(trace, trace->state); break;
    case TRACE_LOOP: number = next_of_loop(trace); break;
    case TRACE_MIXED:
    case TRACE_KINDS: number = next_mixed(trace); break;
    }
    trace->at++;
    return number;
}
