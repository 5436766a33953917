/* cancel.h: how long work reaches its end early: a flag somebody else sets, or a deadline.
 *
 * Owns    nothing; a token outlives the work that watches it.
 * Threads cancel_request from any thread, cancel_reached from any thread.
 * Errors  none.
 * Units   deadline_ns is an instant of clock_now_ns; 0 means none. */
#ifndef NOODLE_CANCEL_H
#define NOODLE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct cancel {
    atomic_bool requested;
    uint64_t deadline_ns;
    const struct cancel *parent; /* may be NULL; its end is ours too */
};

void cancel_init(struct cancel *cancel, const struct cancel *parent, uint64_t deadline_ns);
void cancel_request(struct cancel *cancel);
bool cancel_requested(const struct cancel *cancel);       /* the flag alone; NULL is never requested */
bool cancel_reached(const struct cancel *cancel);         /* flag or deadline; NULL is never reached */
uint64_t cancel_deadline_ns(const struct cancel *cancel); /* the earliest in the chain; 0: none */
/* How often cancel_reached said yes on this thread: work during which it grew may have been cut short
 * somewhere, and done again it may come to more. */
uint64_t cancel_reached_count(void);

#endif
