/* Declarations: scheduler.h.
 *
 * One lock guards everything but a running document's state and cancel flag (which is atomic); run and the
 * destructors are called without it. Workers sleep on `work`; scheduler_wait_idle sleeps on `idle`. Lists are
 * short (open documents that wait), so finding the next one that is due walks them. */
#include "analysis/scheduler.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/thread.h"
#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define COST_SAMPLES     15 /* changes of a document that its median looks back on */
#define COST_SAMPLES_MIN 3  /* fewer say nothing: the first change of a document pays for what others use */
#define FREE_COST_NS     (20 * NS_PER_MS) /* a document below this is never delayed */
#define MAX_DELAY_NS     (500 * NS_PER_MS)
#define MAX_TRASH        64 /* more waiting objects than this are destroyed before further work */

enum place { PLACE_NONE, PLACE_DELAYED, PLACE_READY, PLACE_FINISH, PLACE_COUNT };

struct entry {
    char *uri;
    uint64_t uri_hash;
    struct entry *next, *previous; /* in the list of its place */
    enum place place;
    struct snapshot *waiting; /* what runs next; NULL: nothing */
    bool waiting_finish;
    uint64_t submitted_ns, due_ns;
    bool running, running_finish, closed;
    struct cancel cancel; /* of the run */
    void *state;          /* touched by the run only, or by whoever frees the entry */
    uint64_t costs[COST_SAMPLES];
    unsigned cost_count; /* ever recorded */
};

struct list {
    struct entry *head, *tail;
    size_t count;
};

struct trash {
    struct trash *next;
    void (*destroy)(void *object);
    void *object;
};

struct worker {
    struct scheduler *scheduler;
    struct thread *thread;
    void *context;
};

struct scheduler {
    struct scheduler_ops ops;
    struct worker *workers;
    unsigned worker_count; /* at least one context, also with zero threads */
    bool threaded;
    struct thread_lock *lock;
    struct thread_cond *work, *idle;
    /* Guarded by lock. */
    struct {
        VEC_FIELDS(struct entry *);
    } entries; /* open documents */
    struct list places[PLACE_COUNT];
    struct trash *trash_head, *trash_tail;
    size_t trash_count, destroying_count, running_count, finish_running_count, sleeping_count;
    bool stopping;
    bool draining; /* zero threads: a submit from inside run leaves its work to the outer one */
};

uint64_t scheduler_delay_ns(uint64_t typical_cost_ns) {
    if (typical_cost_ns <= FREE_COST_NS) return 0;
    uint64_t delay = typical_cost_ns - FREE_COST_NS;
    return delay < MAX_DELAY_NS ? delay : MAX_DELAY_NS;
}

static int compare_ns(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The median: one change that cost much says nothing about the next. */
static uint64_t typical_cost(const struct entry *entry) {
    unsigned count = entry->cost_count < COST_SAMPLES ? entry->cost_count : COST_SAMPLES;
    if (count < COST_SAMPLES_MIN) return 0;
    uint64_t sorted[COST_SAMPLES];
    memcpy(sorted, entry->costs, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_ns);
    return sorted[(count - 1) / 2];
}

static void list_remove(struct scheduler *scheduler, struct entry *entry) {
    if (entry->place == PLACE_NONE) return;
    struct list *list = &scheduler->places[entry->place];
    *(entry->previous ? &entry->previous->next : &list->head) = entry->next;
    *(entry->next ? &entry->next->previous : &list->tail) = entry->previous;
    list->count--;
    entry->place = PLACE_NONE;
    entry->next = entry->previous = NULL;
}

static void list_append(struct scheduler *scheduler, struct entry *entry, enum place place) {
    assert(entry->place == PLACE_NONE && entry->waiting && !entry->running);
    struct list *list = &scheduler->places[place];
    entry->place = place;
    entry->previous = list->tail;
    *(list->tail ? &list->tail->next : &list->head) = entry;
    list->tail = entry;
    list->count++;
}

static struct entry *find_entry(const struct scheduler *scheduler, const char *uri, size_t *ret_index) {
    uint64_t hash = hash64(uri, strlen(uri), 0);
    for (size_t i = 0; i < scheduler->entries.count; i++) {
        struct entry *entry = scheduler->entries.items[i];
        if (entry->uri_hash != hash || strcmp(entry->uri, uri) != 0) continue;
        if (ret_index) *ret_index = i;
        return entry;
    }
    return NULL;
}

static void destroy_entry(struct entry *entry, void (*state_destroy)(void *state)) {
    snapshot_unref(entry->waiting);
    if (entry->state && state_destroy) state_destroy(entry->state);
    mem_free(entry->uri);
    mem_free(entry);
}

static bool is_idle(const struct scheduler *scheduler) {
    size_t waiting = scheduler->trash_count;
    for (int place = PLACE_DELAYED; place < PLACE_COUNT; place++)
        waiting += scheduler->places[place].count;
    return waiting + scheduler->destroying_count + scheduler->running_count == 0;
}

static void add_trash(struct scheduler *scheduler, void (*destroy)(void *object), void *object) {
    struct trash *trash = mem_alloc(sizeof *trash);
    *trash = (struct trash){NULL, destroy, object};
    *(scheduler->trash_tail ? &scheduler->trash_tail->next : &scheduler->trash_head) = trash;
    scheduler->trash_tail = trash;
    scheduler->trash_count++;
    thread_cond_signal(scheduler->work);
}

/* Called with the lock held; lets go of it meanwhile. */
static void run_trash(struct scheduler *scheduler) {
    struct trash *trash = scheduler->trash_head;
    scheduler->trash_head = trash->next;
    if (!trash->next) scheduler->trash_tail = NULL;
    scheduler->trash_count--;
    scheduler->destroying_count++;
    thread_lock_release(scheduler->lock);
    trash->destroy(trash->object);
    mem_free(trash);
    thread_lock_acquire(scheduler->lock);
    scheduler->destroying_count--;
}

/* Waiting work that no sleeping worker can take pushes one finish task aside; it returns to its list when its
 * run ends. Delayed work counts: when it becomes due nobody may be awake to do this. */
static void make_room(struct scheduler *scheduler) {
    size_t waiting = scheduler->places[PLACE_READY].count + scheduler->places[PLACE_DELAYED].count;
    if (waiting <= scheduler->sleeping_count || scheduler->finish_running_count == 0) return;
    for (size_t i = 0; i < scheduler->entries.count; i++) {
        struct entry *entry = scheduler->entries.items[i];
        if (!entry->running_finish || cancel_requested(&entry->cancel)) continue;
        cancel_request(&entry->cancel);
        return;
    }
}

static void queue_entry(struct scheduler *scheduler, struct entry *entry) {
    if (entry->waiting_finish) {
        list_append(scheduler, entry, PLACE_FINISH);
    } else {
        list_append(scheduler, entry, entry->due_ns > clock_now_ns() ? PLACE_DELAYED : PLACE_READY);
        make_room(scheduler);
    }
    thread_cond_signal(scheduler->work);
}

/* The next entry to run, taken out of its list. NULL: nothing now; *ret_wait_ns is then the time until
 * something becomes due, 0 when nothing will. */
static struct entry *take_next(struct scheduler *scheduler, uint64_t *ret_wait_ns) {
    uint64_t earliest = UINT64_MAX;
    struct list *delayed = &scheduler->places[PLACE_DELAYED];
    if (delayed->count > 0) {
        uint64_t now = clock_now_ns();
        for (struct entry *entry = delayed->head, *next; entry; entry = next) {
            next = entry->next;
            if (entry->due_ns <= now) {
                list_remove(scheduler, entry);
                list_append(scheduler, entry, PLACE_READY);
            } else if (entry->due_ns - now < earliest) {
                earliest = entry->due_ns - now;
            }
        }
    }
    *ret_wait_ns = earliest == UINT64_MAX ? 0 : earliest;
    struct entry *entry = scheduler->places[PLACE_READY].head;
    if (!entry && delayed->count == 0 && scheduler->trash_count == 0) { /* finish work is long */
        size_t finish_limit = scheduler->worker_count > 1 ? scheduler->worker_count - 1 : 1;
        if (scheduler->finish_running_count < finish_limit) entry = scheduler->places[PLACE_FINISH].head;
    }
    if (entry) list_remove(scheduler, entry);
    return entry;
}

/* Called with the lock held; lets go of it meanwhile. */
static void run_entry(struct scheduler *scheduler, void *context, struct entry *entry) {
    struct scheduler_task task = {.snapshot = entry->waiting,
                                  .cancel = &entry->cancel,
                                  .state = &entry->state,
                                  .queued_ns = entry->submitted_ns,
                                  .finish = entry->waiting_finish};
    entry->waiting = NULL;
    entry->running = true;
    entry->running_finish = task.finish;
    cancel_init(&entry->cancel, NULL, 0);
    scheduler->running_count++;
    scheduler->finish_running_count += task.finish;
    thread_lock_release(scheduler->lock);

    struct snapshot *snapshot = task.snapshot;
    enum scheduler_outcome outcome = scheduler->ops.run(context, &task, scheduler->ops.payload);

    thread_lock_acquire(scheduler->lock);
    scheduler->finish_running_count -= entry->running_finish;
    entry->running = entry->running_finish = false;
    if (task.cost_ns > 0) entry->costs[entry->cost_count++ % COST_SAMPLES] = task.cost_ns;
    bool closed = entry->closed;
    if (!closed && !entry->waiting && outcome == SCHEDULER_UNSETTLED && !scheduler->stopping) {
        entry->waiting = snapshot;
        snapshot = NULL;
        entry->waiting_finish = true;
        entry->submitted_ns = clock_now_ns();
    }
    if (!closed && entry->waiting) queue_entry(scheduler, entry);
    thread_lock_release(scheduler->lock);
    snapshot_unref(snapshot); /* may be the last reference to a large text */
    if (closed) destroy_entry(entry, scheduler->ops.state_destroy);
    thread_lock_acquire(scheduler->lock);
    scheduler->running_count--;
}

static void work(void *payload) {
    struct worker *worker = payload;
    struct scheduler *scheduler = worker->scheduler;
    thread_lock_acquire(scheduler->lock);
    while (!scheduler->stopping) {
        uint64_t wait_ns = 0;
        struct entry *entry = scheduler->trash_count > MAX_TRASH ? NULL : take_next(scheduler, &wait_ns);
        if (entry) {
            if (scheduler->places[PLACE_READY].count + scheduler->places[PLACE_FINISH].count > 0)
                thread_cond_signal(scheduler->work); /* wakes coalesce; what is left may suit a sleeper */
            run_entry(scheduler, worker->context, entry);
        } else if (scheduler->trash_count > 0) {
            run_trash(scheduler);
        } else {
            scheduler->sleeping_count++;
            if (wait_ns > 0)
                thread_cond_wait_for(scheduler->work, scheduler->lock, wait_ns);
            else
                thread_cond_wait(scheduler->work, scheduler->lock);
            scheduler->sleeping_count--;
        }
        if (is_idle(scheduler)) thread_cond_broadcast(scheduler->idle);
    }
    thread_lock_release(scheduler->lock);
}

/* Zero threads: everything that waits, now. Called with the lock held. */
static void drain(struct scheduler *scheduler) {
    if (scheduler->threaded || scheduler->draining) return;
    scheduler->draining = true;
    uint64_t wait_ns;
    struct entry *entry;
    do {
        while (scheduler->trash_count > 0)
            run_trash(scheduler);
        entry = take_next(scheduler, &wait_ns);
        if (entry) run_entry(scheduler, scheduler->workers[0].context, entry);
    } while (entry || scheduler->trash_count > 0);
    scheduler->draining = false;
}

struct scheduler *scheduler_create(unsigned thread_count, const struct scheduler_ops *ops) {
    struct scheduler *scheduler = mem_zalloc(sizeof *scheduler);
    scheduler->ops = *ops;
    scheduler->threaded = thread_count > 0;
    scheduler->worker_count = thread_count > 0 ? thread_count : 1;
    scheduler->lock = thread_lock_create();
    scheduler->work = thread_cond_create();
    scheduler->idle = thread_cond_create();
    scheduler->workers = mem_zalloc(scheduler->worker_count * sizeof *scheduler->workers);
    for (unsigned i = 0; i < scheduler->worker_count; i++) {
        struct worker *worker = &scheduler->workers[i];
        worker->scheduler = scheduler;
        worker->context = ops->worker_create ? ops->worker_create(ops->payload) : NULL;
    }
    for (unsigned i = 0; i < thread_count; i++)
        scheduler->workers[i].thread = thread_create(work, &scheduler->workers[i]);
    return scheduler;
}

void scheduler_destroy(struct scheduler *scheduler) {
    if (!scheduler) return;
    thread_lock_acquire(scheduler->lock);
    scheduler->stopping = true;
    for (size_t i = 0; i < scheduler->entries.count; i++)
        if (scheduler->entries.items[i]->running) cancel_request(&scheduler->entries.items[i]->cancel);
    thread_cond_broadcast(scheduler->work);
    thread_lock_release(scheduler->lock);
    for (unsigned i = 0; i < scheduler->worker_count; i++)
        if (scheduler->workers[i].thread) thread_join(scheduler->workers[i].thread);

    thread_lock_acquire(scheduler->lock);
    while (scheduler->trash_count > 0)
        run_trash(scheduler);
    thread_lock_release(scheduler->lock);
    for (size_t i = 0; i < scheduler->entries.count; i++)
        destroy_entry(scheduler->entries.items[i], scheduler->ops.state_destroy);
    for (unsigned i = 0; i < scheduler->worker_count; i++)
        if (scheduler->ops.worker_destroy)
            scheduler->ops.worker_destroy(scheduler->workers[i].context, scheduler->ops.payload);
    vec_finish(&scheduler->entries);
    mem_free(scheduler->workers);
    thread_cond_destroy(scheduler->idle);
    thread_cond_destroy(scheduler->work);
    thread_lock_destroy(scheduler->lock);
    mem_free(scheduler);
}

void scheduler_submit(struct scheduler *scheduler, struct snapshot *snapshot) {
    thread_lock_acquire(scheduler->lock);
    struct entry *entry = find_entry(scheduler, snapshot->uri, NULL);
    if (!entry) {
        entry = mem_zalloc(sizeof *entry);
        entry->uri = mem_strdup(snapshot->uri);
        entry->uri_hash = hash64(entry->uri, strlen(entry->uri), 0);
        cancel_init(&entry->cancel, NULL, 0);
        vec_push(&scheduler->entries, entry);
    }
    struct snapshot *replaced = entry->waiting;
    entry->waiting = snapshot_ref(snapshot);
    entry->waiting_finish = false;
    entry->submitted_ns = clock_now_ns();
    entry->due_ns = scheduler->threaded ? entry->submitted_ns + scheduler_delay_ns(typical_cost(entry)) : 0;
    if (entry->running) {
        cancel_request(&entry->cancel); /* run_entry queues what waits */
    } else if (entry->place != PLACE_READY) {
        list_remove(scheduler, entry);
        queue_entry(scheduler, entry);
    }
    drain(scheduler);
    thread_lock_release(scheduler->lock);
    snapshot_unref(replaced);
}

static void trash_snapshot(void *object) {
    snapshot_unref(object);
}

void scheduler_close(struct scheduler *scheduler, const char *uri) {
    thread_lock_acquire(scheduler->lock);
    size_t index;
    struct entry *entry = find_entry(scheduler, uri, &index);
    if (entry) {
        scheduler->entries.items[index] = scheduler->entries.items[--scheduler->entries.count];
        list_remove(scheduler, entry);
        if (entry->waiting) add_trash(scheduler, trash_snapshot, entry->waiting);
        entry->waiting = NULL;
        if (entry->running) {
            entry->closed = true;
            cancel_request(&entry->cancel); /* run_entry frees it */
        } else {
            if (entry->state && scheduler->ops.state_destroy)
                add_trash(scheduler, scheduler->ops.state_destroy, entry->state);
            entry->state = NULL;
            destroy_entry(entry, NULL);
        }
        drain(scheduler);
    }
    thread_lock_release(scheduler->lock);
}

void scheduler_wait_idle(struct scheduler *scheduler) {
    thread_lock_acquire(scheduler->lock);
    while (scheduler->threaded && !is_idle(scheduler))
        thread_cond_wait(scheduler->idle, scheduler->lock);
    thread_lock_release(scheduler->lock);
}

void scheduler_dispose(struct scheduler *scheduler, void (*destroy)(void *object), void *object) {
    if (!object) return;
    if (!scheduler->threaded) {
        destroy(object);
        return;
    }
    thread_lock_acquire(scheduler->lock);
    add_trash(scheduler, destroy, object);
    thread_lock_release(scheduler->lock);
}
