#include "base/pool.h"

#include "base/mem.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct task {
    struct task *next;
    void (*run)(void *payload);
    void *payload;
};

/* Workers sleep on `work` until a task is queued or the pool stops; `idle` is signalled when the last one is
 * done. One lock guards everything below it and is never held while a task runs. */
struct pool {
    uv_mutex_t lock;
    uv_cond_t work, idle;
    struct task *first, *last;
    size_t unfinished; /* queued and running */
    bool stopping;
    unsigned thread_count;
    uv_thread_t threads[];
};

static void work_until_stopped(void *payload) {
    struct pool *pool = payload;
    uv_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->first && !pool->stopping)
            uv_cond_wait(&pool->work, &pool->lock);
        struct task *task = pool->first;
        if (!task) break; /* stopping, and everything queued has been taken */
        pool->first = task->next;
        if (!pool->first) pool->last = NULL;
        uv_mutex_unlock(&pool->lock);

        task->run(task->payload);
        mem_free(task);

        uv_mutex_lock(&pool->lock);
        if (--pool->unfinished == 0) uv_cond_broadcast(&pool->idle);
    }
    uv_mutex_unlock(&pool->lock);
}

struct pool *pool_create(unsigned thread_count) {
    struct pool *pool = mem_zalloc(sizeof *pool + thread_count * sizeof pool->threads[0]);
    if (uv_mutex_init(&pool->lock) != 0 || uv_cond_init(&pool->work) != 0 || uv_cond_init(&pool->idle) != 0)
        abort();
    /* A machine that refuses threads leaves a smaller pool, at worst one that runs tasks inline. */
    while (pool->thread_count < thread_count &&
           uv_thread_create(&pool->threads[pool->thread_count], work_until_stopped, pool) == 0) {
        pool->thread_count++;
    }
    return pool;
}

void pool_destroy(struct pool *pool) {
    if (!pool) return;
    uv_mutex_lock(&pool->lock);
    pool->stopping = true;
    uv_cond_broadcast(&pool->work);
    uv_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        uv_thread_join(&pool->threads[i]);
    uv_cond_destroy(&pool->idle);
    uv_cond_destroy(&pool->work);
    uv_mutex_destroy(&pool->lock);
    mem_free(pool);
}

void pool_submit(struct pool *pool, void (*run)(void *payload), void *payload) {
    if (pool->thread_count == 0) {
        run(payload);
        return;
    }
    struct task *task = mem_alloc(sizeof *task);
    *task = (struct task){.run = run, .payload = payload};
    uv_mutex_lock(&pool->lock);
    if (pool->last)
        pool->last->next = task;
    else
        pool->first = task;
    pool->last = task;
    pool->unfinished++;
    uv_cond_signal(&pool->work);
    uv_mutex_unlock(&pool->lock);
}

void pool_wait_idle(struct pool *pool) {
    uv_mutex_lock(&pool->lock);
    while (pool->unfinished)
        uv_cond_wait(&pool->idle, &pool->lock);
    uv_mutex_unlock(&pool->lock);
}

unsigned pool_thread_count(const struct pool *pool) {
    return pool->thread_count;
}

/* A container's share of the machine: "quota period" in microseconds, or "max period". 0: no limit known. */
static unsigned cgroup_cpu_limit(void) {
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (!file) return 0;
    unsigned long long quota = 0, period = 0;
    int fields = fscanf(file, "%llu %llu", &quota, &period);
    fclose(file);
    if (fields != 2 || quota == 0 || period == 0) return 0;
    unsigned long long cores = quota / period + (quota % period != 0);
    return cores > 0xFFFF ? 0xFFFF : (unsigned)cores;
}

unsigned pool_cpu_count(void) {
    unsigned count = uv_available_parallelism();
    unsigned limit = cgroup_cpu_limit();
    if (limit && limit < count) count = limit;
    return count ? count : 1;
}
