/* watch.h: tells when another process, the client, has died.
 *
 * Owns    its handles on the loop.
 * Threads the loop thread.
 * Errors  a process that is not there to begin with is not watched: it may live in another container. */
#ifndef NOODLE_WATCH_H
#define NOODLE_WATCH_H

#include <stdbool.h>
#include <uv.h>

struct watch {
    uv_loop_t *loop;
    long process; /* 0: none yet */
    bool has_poll, has_timer;
    int descriptor;
    uv_poll_t poll;
    uv_timer_t timer;
    void (*on_death)(void *payload);
    void *payload;
};

void watch_init(struct watch *watch, uv_loop_t *loop, void (*on_death)(void *payload), void *payload);
/* The first process counts; later calls change nothing. */
void watch_start(struct watch *watch, long process);
void watch_close(struct watch *watch); /* the loop finishes it */

#endif
