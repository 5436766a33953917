/* pool.h: a fixed set of worker threads (libuv threads, not its own pool) that run tasks in order of arrival.
 *
 * Owns    its threads; a task's payload belongs to whoever submitted it.
 * Threads pool_submit from any thread; create and destroy from one.
 * Errors  thread_count 0 is a valid pool: pool_submit then runs the task before it returns. */
#ifndef NOODLE_POOL_H
#define NOODLE_POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_create(unsigned thread_count);
void pool_destroy(struct pool *pool); /* runs what is queued, then joins */
void pool_submit(struct pool *pool, void (*run)(void *payload), void *payload);
void pool_wait_idle(struct pool *pool); /* returns when nothing is queued or running */
unsigned pool_thread_count(const struct pool *pool);
unsigned pool_cpu_count(void); /* cores this process may use */

#endif
