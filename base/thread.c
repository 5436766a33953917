/* Declarations: thread.h. */
#include "base/thread.h"

#include "base/mem.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <uv.h>

#define GIVEN_WAY 10 /* niceness: a tenth of the time that others get, enough to leave a lock soon */

struct thread {
    uv_thread_t handle;
};

struct thread_lock {
    uv_mutex_t handle;
};

struct thread_cond {
    uv_cond_t handle;
};

static void check(int result, const char *action) {
    if (result == 0) return;
    fprintf(stderr, "noodle-lsp: cannot %s: %s\n", action, uv_strerror(result));
    abort();
}

struct thread *thread_create(void (*run)(void *payload), void *payload) {
    struct thread *thread = mem_alloc(sizeof *thread);
    check(uv_thread_create(&thread->handle, run, payload), "start a thread");
    return thread;
}

void thread_join(struct thread *thread) {
    check(uv_thread_join(&thread->handle), "join a thread");
    mem_free(thread);
}

void thread_yield(void) {
    sched_yield();
}

void thread_give_way(void) {
    setpriority(PRIO_PROCESS, 0, GIVEN_WAY); /* on Linux: of the thread; refused, it goes on as it was */
}

struct thread_lock *thread_lock_create(void) {
    struct thread_lock *lock = mem_alloc(sizeof *lock);
    check(uv_mutex_init(&lock->handle), "make a lock");
    return lock;
}

void thread_lock_destroy(struct thread_lock *lock) {
    if (!lock) return;
    uv_mutex_destroy(&lock->handle);
    mem_free(lock);
}

void thread_lock_acquire(struct thread_lock *lock) {
    uv_mutex_lock(&lock->handle);
}

void thread_lock_release(struct thread_lock *lock) {
    uv_mutex_unlock(&lock->handle);
}

struct thread_cond *thread_cond_create(void) {
    struct thread_cond *cond = mem_alloc(sizeof *cond);
    check(uv_cond_init(&cond->handle), "make a condition");
    return cond;
}

void thread_cond_destroy(struct thread_cond *cond) {
    if (!cond) return;
    uv_cond_destroy(&cond->handle);
    mem_free(cond);
}

void thread_cond_wait(struct thread_cond *cond, struct thread_lock *lock) {
    uv_cond_wait(&cond->handle, &lock->handle);
}

void thread_cond_wait_for(struct thread_cond *cond, struct thread_lock *lock, uint64_t timeout_ns) {
    uv_cond_timedwait(&cond->handle, &lock->handle, timeout_ns);
}

void thread_cond_signal(struct thread_cond *cond) {
    uv_cond_signal(&cond->handle);
}

void thread_cond_broadcast(struct thread_cond *cond) {
    uv_cond_broadcast(&cond->handle);
}
