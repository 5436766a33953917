/* thread.h: threads, locks and conditions for the few places that need more than a pool (libuv underneath).
 *
 * Owns    what create returns, until destroy.
 * Threads any; the usual rules: who locks unlocks, waiting needs the lock.
 * Errors  none: running out of threads or locks aborts, like mem_alloc.
 * Units   timeouts in nanoseconds from now. */
#ifndef NOODLE_THREAD_H
#define NOODLE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

struct thread;
struct thread_lock;
struct thread_cond;

struct thread *thread_create(void (*run)(void *payload), void *payload);
void thread_join(struct thread *thread); /* waits for its end and frees it */
void thread_yield(void);                 /* lets those run first that wait for this processor */
void thread_give_way(void);              /* from now on others go before the calling thread */

struct thread_lock *thread_lock_create(void);
void thread_lock_destroy(struct thread_lock *lock);
void thread_lock_acquire(struct thread_lock *lock);
void thread_lock_release(struct thread_lock *lock);

struct thread_cond *thread_cond_create(void);
void thread_cond_destroy(struct thread_cond *cond);
void thread_cond_wait(struct thread_cond *cond, struct thread_lock *lock);
void thread_cond_wait_for(struct thread_cond *cond, struct thread_lock *lock, uint64_t timeout_ns);
void thread_cond_signal(struct thread_cond *cond);
void thread_cond_broadcast(struct thread_cond *cond);

#endif
