/* trace.h: what a cache is asked for, one request after the other, as work of some kind does; always the
 * same.
 *
 * Owns    nothing.
 * Threads one.
 * Errors  none. */
#ifndef NOODLE_TRACE_H
#define NOODLE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_CAPACITY 512 /* entries of the store that the traces are made for */

enum trace_kind {
    TRACE_EDIT,  /* documents that change, and are taken back now and then */
    TRACE_SCAN,  /* a working set that is popular unevenly, and folders that are walked once */
    TRACE_LOOP,  /* a project that is a little larger than the store, again and again */
    TRACE_MIXED, /* each for a while */
    TRACE_KINDS
};

struct trace {
    enum trace_kind kind;
    size_t at;
    uint64_t random, state[16];
};

const char *trace_name(enum trace_kind kind);
void trace_begin(struct trace *trace, enum trace_kind kind);
uint64_t trace_next(struct trace *trace); /* the number of what is asked for */

#endif
