/* Declarations: disk_tier.h. The thread's round: open or change the file when that is wanted, erase what is not
 * to be there, write what waits in one transaction, make room, sweep a little, answer who wants something
 * cleared, write the log back.
 *
 *     no file ──open──► file ──(damage)──► next file
 *        │                └──(read-only, full)──► no disk
 *        └──(cannot be opened)──► no disk */
#include "cache/disk_tier.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/vec.h"
#include "cache/disk_care.h"
#include "cache/disk_evict.h"
#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

#define WAITING_MAX       16384 /* puts that wait; more are not kept */
#define WAITING_BYTES_MAX ((size_t)32 << 20)
#define BATCH_MAX         512             /* puts in one transaction */
#define USES_MAX          4096            /* that wait */
#define USES_DUE          256             /* so many are written at once */
#define USE_NS            (10 * NS_PER_S) /* fewer, after this time */
#define USE_AGAIN_NS      (60 * NS_PER_S)
#define USE_PATH_MAX      4096
#define USES_RECENT       1024 /* remembered, so that they are not noted again; a power of two */
#define LOG_PAGES         512  /* the log is written back when it is longer: 4 MB */
#define LOG_PAGES_HARD    4096 /* 32 MB: readers have to wait a moment */
#define RECOUNT_WRITES    4096 /* and as many as a fourth of the entries: then these are counted anew */
#define TIDY_EVICTIONS    1000
#define EVICT_EXTRA       64 /* removed in one transaction beyond what was put: a limit may have been lowered */
#define SWEEP_PAUSE_NS    (20 * NS_PER_MS) /* between the parts of a pass, when nothing else is to be written */
#define ERASE_PAUSE_NS    NS_PER_S /* until it is tried again, when others read */
#define DAMAGED_FILES_MAX 16 /* in one life: then the disk itself is no good */

enum state { STATE_OPENING, STATE_OPEN, STATE_NONE };

/* One that waits. blob NULL: the key is to be dropped. */
struct waiting {
    struct hash128 key;
    struct blob *blob;
    uint32_t cost_us;
    bool quotes;
    const char *language;
    char *paths;
    size_t paths_bytes;
};

struct use {
    struct hash128 keys[DISK_USE_KEYS_MAX];
    size_t key_count;
    char *path;
    int64_t at_s;
    bool in_background;
};

struct recent {
    uint64_t hash, at_ns; /* of a use; 0: none */
};

struct clearing {
    const struct disk_selection *selection;
    uint64_t count;
    bool done;
};

struct disk_tier {
    char *folder;
    void (*complain)(const char *message, void *payload);
    void *payload;
    struct thread *thread; /* NULL: nobody has wanted anything yet */

    struct thread_lock *lock; /* guards all down to the counters; taken before reading, never after */
    struct thread_cond *work, *done;
    enum state state;
    bool stop, damaged, unwritable;
    bool erase, sweeping; /* what quotes source text is to go; a pass over all entries is under way */
    uint64_t erase_not_before_ns, sweep_not_before_ns; /* 0: at once */
    struct disk_limits limits;
    struct queue {
        VEC_FIELDS(struct waiting);
    } waiting, taken; /* taken: before those that wait, from taken_at on; the items are the thread's own */
    size_t taken_at, waiting_bytes;
    bool writing; /* a batch was taken and is not written yet */
    struct uses {
        VEC_FIELDS(struct use);
    } uses;
    struct recent recent[USES_RECENT]; /* by hash */
    struct clearing *clearing;
    struct disk_counters counters;
    atomic_uint_fast64_t tallies[TALLY_COUNT]; /* not written yet; needs no lock */

    struct disk_evict *evict; /* has a lock of its own */

    struct thread_lock *reading; /* guards the reading connection, and the change of the file */
    struct disk_file file;
    struct disk_rows rows;

    /* The thread's own. */
    int log_pages;
    bool tallied; /* at the end */
    uint64_t writes_since_count, evictions_since_tidy;
};

static int64_t now_s(void) {
    return (int64_t)time(NULL);
}

static struct disk_limits limits_of(const struct disk_tier_params *params) {
    return (struct disk_limits){params->strategy, params->entries_max, params->bytes_max, params->ttl_s,
                                params->no_quotes};
}

/* ---- failures ---- */

static void say(struct disk_tier *tier, const char *message) {
    if (tier->complain) tier->complain(message, tier->payload);
}

/* Any thread, without a lock. */
static void take_failure(struct disk_tier *tier, int code) {
    int plain = code & 0xff;
    if (code == SQLITE_OK || plain == SQLITE_BUSY || plain == SQLITE_LOCKED || plain == SQLITE_TOOBIG) return;
    char message[ERROR_MESSAGE_SIZE] = "";
    thread_lock_acquire(tier->lock);
    if (disk_file_is_damage(code)) {
        tier->damaged = true;
        thread_cond_signal(tier->work);
    } else if (!tier->unwritable) {
        tier->unwritable = true;
        struct error error;
        error_set(&error, STATUS_IO, "%s: %s; nothing more is kept on disk", tier->folder,
                  sqlite3_errstr(code));
        memcpy(message, error.message, sizeof message);
    }
    thread_lock_release(tier->lock);
    if (*message) say(tier, message);
}

static int count_log(void *payload, sqlite3 *connection, const char *name, int pages) {
    (void)connection, (void)name;
    ((struct disk_tier *)payload)->log_pages = pages;
    return SQLITE_OK;
}

/* ---- the thread ---- */

/* Without the lock. */
static void set_size(struct disk_tier *tier, const struct disk_size *size) {
    thread_lock_acquire(tier->lock);
    tier->counters.entries = size->entries;
    tier->counters.bytes = size->bytes;
    thread_lock_release(tier->lock);
}

static void recount(struct disk_tier *tier) {
    struct disk_size size;
    int code = disk_rows_recount(&tier->rows, &size);
    tier->writes_since_count = 0;
    take_failure(tier, code);
    if (code == SQLITE_OK) set_size(tier, &size);
}

/* The first file, or the one after a damaged one. */
static void open_file(struct disk_tier *tier) {
    struct error error = {0};
    struct disk_file file = {0};
    unsigned damaged = tier->file.generation;
    thread_lock_acquire(tier->lock);
    tier->damaged = false;
    thread_lock_release(tier->lock);
    thread_lock_acquire(tier->reading);
    disk_rows_close(&tier->rows);
    disk_file_close(&tier->file);
    thread_lock_release(tier->reading);
    enum status status = STATUS_IO;
    int code = SQLITE_CORRUPT;
    for (int tries = 0; tries < DAMAGED_FILES_MAX && disk_file_is_damage(code); tries++) {
        status = disk_file_open(tier->folder, damaged, &file, &error);
        if (status) break;
        thread_lock_acquire(tier->reading);
        tier->file = file;
        code = disk_rows_open(&tier->rows, &tier->file);
        if (code != SQLITE_OK) {
            damaged = tier->file.generation;
            disk_file_close(&tier->file);
            error_set(&error, STATUS_IO, "%s: %s; results are kept in memory only", tier->folder,
                      sqlite3_errstr(code));
        }
        thread_lock_release(tier->reading);
    }
    bool open = !status && code == SQLITE_OK;
    struct disk_size size = {0};
    if (open) take_failure(tier, disk_rows_size(&tier->rows, &size));
    if (open)
        sqlite3_wal_hook(tier->file.writer, count_log, tier);
    else
        say(tier, error.message);
    thread_lock_acquire(tier->lock);
    tier->state = open ? STATE_OPEN : STATE_NONE;
    tier->counters.open = open;
    tier->counters.entries = size.entries;
    tier->counters.bytes = size.bytes;
    memset(tier->recent, 0, sizeof tier->recent); /* they were noted in the other file */
    tier->erase = open && tier->limits.no_quotes;
    tier->erase_not_before_ns = 0;
    thread_cond_broadcast(tier->done);
    thread_lock_release(tier->lock);
}

/* With the lock. */
static size_t count_waiting(const struct disk_tier *tier) {
    return tier->waiting.count + tier->taken.count - tier->taken_at;
}

static void free_waiting(struct waiting *waiting) {
    blob_unref(waiting->blob);
    mem_free(waiting->paths);
}

static void free_uses(struct uses *uses) {
    for (size_t i = 0; i < uses->count; i++)
        mem_free(uses->items[i].path);
    vec_finish(uses);
}

const char *disk_tally_name(enum disk_tally tally) {
    static const char *const names[TALLY_COUNT] = {
#define X(name, text) text,
        DISK_TALLY_MAP(X)
#undef X
    };
    return names[tally];
}

void disk_tier_count(struct disk_tier *tier, enum disk_tally tally, uint64_t by) {
    atomic_fetch_add_explicit(&tier->tallies[tally], by, memory_order_relaxed);
}

struct batch {
    struct waiting *items;
    size_t count;
    struct uses uses;
    struct disk_limits limits;
    /* What writing it comes to. It counts when the transaction has succeeded. */
    struct disk_size size;
    uint64_t written, evicted, expired;
    uint64_t tallies[TALLY_COUNT]; /* of before, taken from the tier's */
};

static int write_tallies(struct disk_tier *tier, struct batch *batch) {
    int code = SQLITE_OK;
    for (int i = 0; i < TALLY_COUNT && code == SQLITE_OK; i++) {
        batch->tallies[i] = atomic_exchange_explicit(&tier->tallies[i], 0, memory_order_relaxed);
        uint64_t by = batch->tallies[i] + (i == TALLY_EVICTED ? batch->evicted : 0) +
                      (i == TALLY_EXPIRED ? batch->expired : 0);
        if (by) code = disk_rows_add_tally(&tier->rows, (enum disk_tally)i, by);
    }
    return code;
}

/* Room for what was put, and a little more. */
static int make_room(struct disk_tier *tier, struct batch *batch) {
    const struct disk_limits *limits = &batch->limits;
    int code = SQLITE_OK;
    for (size_t i = 0; i < batch->count + EVICT_EXTRA && code == SQLITE_OK; i++) {
        if (batch->size.entries <= limits->entries_max && batch->size.bytes <= limits->bytes_max) break;
        bool any = false, expired = false;
        code = disk_evict_one(tier->evict, &tier->rows, limits, now_s(), &batch->size, &any, &expired);
        if (!any) batch->size.entries = batch->size.bytes = 0; /* whatever the file said */
        if (!any) break;
        batch->evicted += !expired;
        batch->expired += expired;
        tier->evictions_since_tidy++;
    }
    if (code == SQLITE_OK && tier->evictions_since_tidy > TIDY_EVICTIONS) {
        tier->evictions_since_tidy = 0;
        code = disk_rows_tidy(&tier->rows);
    }
    return code;
}

static int write_use(struct disk_tier *tier, const struct use *use) {
    int code = SQLITE_OK;
    for (size_t i = 0; i < use->key_count && code == SQLITE_OK; i++)
        code = disk_rows_use(&tier->rows, use->keys[i], use->path, use->at_s,
                             use->in_background ? 0 : use->at_s);
    return code;
}

static int write_batch(struct disk_tier *tier, struct batch *batch) {
    int code = disk_rows_begin(&tier->rows);
    int64_t time_s = now_s();
    if (code == SQLITE_OK) code = disk_rows_size(&tier->rows, &batch->size);
    for (size_t i = 0; i < batch->count && code == SQLITE_OK; i++) {
        const struct waiting *item = &batch->items[i];
        if (!item->blob) {
            code = disk_rows_drop(&tier->rows, item->key, &batch->size);
            continue;
        }
        if (item->quotes && batch->limits.no_quotes) continue;
        struct disk_put put = {item->key,      item->blob,  item->cost_us,    item->quotes,
                               item->language, item->paths, item->paths_bytes};
        code = disk_rows_put(&tier->rows, &put, time_s, &batch->size);
        batch->written++;
    }
    for (size_t i = 0; i < batch->uses.count && code == SQLITE_OK; i++)
        code = write_use(tier, &batch->uses.items[i]);
    if (code == SQLITE_OK) code = make_room(tier, batch);
    if (code == SQLITE_OK) {
        uint64_t swept;
        code = disk_care_sweep(&tier->rows, &batch->limits, time_s, &batch->size, &swept);
        batch->expired += swept;
    }
    if (code == SQLITE_OK) code = disk_rows_set_size(&tier->rows, &batch->size);
    if (code == SQLITE_OK) code = write_tallies(tier, batch);
    if (code == SQLITE_OK) code = disk_rows_commit(&tier->rows);
    disk_rows_rollback(&tier->rows);
    for (int i = 0; i < TALLY_COUNT && code != SQLITE_OK; i++)
        disk_tier_count(tier, (enum disk_tally)i, batch->tallies[i]);
    return code;
}

/* With the lock; without it while writing. */
static void write_waiting(struct disk_tier *tier) {
    struct batch batch = {.limits = tier->limits};
    if (tier->taken_at == tier->taken.count) { /* at once, however many: those who put wait for the lock */
        struct queue empty = tier->taken;
        tier->taken = tier->waiting;
        tier->waiting = empty;
        vec_clear(&tier->waiting);
        tier->taken_at = 0;
    }
    batch.count = tier->taken.count - tier->taken_at;
    if (batch.count > BATCH_MAX) batch.count = BATCH_MAX;
    if (batch.count) batch.items = &tier->taken.items[tier->taken_at];
    for (size_t i = 0; i < batch.count; i++)
        if (batch.items[i].blob) tier->waiting_bytes -= batch.items[i].blob->size_bytes;
    tier->taken_at += batch.count;
    if (count_waiting(tier) == 0) { /* what was used may be among those that wait */
        batch.uses = tier->uses;
        tier->uses = (struct uses){0};
    }
    bool writable = tier->state == STATE_OPEN && !tier->unwritable;
    tier->writing = true;
    thread_lock_release(tier->lock);

    int code = writable ? write_batch(tier, &batch) : SQLITE_READONLY;
    if (writable) take_failure(tier, code);
    for (size_t i = 0; i < batch.count; i++)
        free_waiting(&batch.items[i]);
    free_uses(&batch.uses);
    tier->writes_since_count += batch.count;
    if (code == SQLITE_OK && tier->log_pages > LOG_PAGES) {
        take_failure(tier, disk_rows_checkpoint(&tier->rows, tier->log_pages > LOG_PAGES_HARD
                                                                 ? SQLITE_CHECKPOINT_RESTART
                                                                 : SQLITE_CHECKPOINT_PASSIVE));
        tier->log_pages = 0;
    }

    thread_lock_acquire(tier->lock);
    tier->writing = false;
    if (code == SQLITE_OK) {
        tier->counters.entries = batch.size.entries;
        tier->counters.bytes = batch.size.bytes;
        tier->sweeping = batch.limits.ttl_s && batch.size.sweep_id;
        tier->sweep_not_before_ns = clock_now_ns() + SWEEP_PAUSE_NS;
        tier->counters.written += batch.written;
        tier->counters.evicted += batch.evicted;
        tier->counters.expired += batch.expired;
    } else {
        tier->counters.dropped += batch.count;
        tier->sweeping = false;
        disk_tier_count(tier, TALLY_DROPPED, batch.count);
    }
    /* Another process holds the file, perhaps for good: the end of this one does not wait again and again. */
    if (tier->stop && (code & 0xff) == SQLITE_BUSY) {
        while (tier->waiting.count)
            free_waiting(&tier->waiting.items[--tier->waiting.count]);
        while (tier->taken.count > tier->taken_at)
            free_waiting(&tier->taken.items[--tier->taken.count]);
        free_uses(&tier->uses);
    }
    if (count_waiting(tier) == 0) { /* what many took is not held on to */
        vec_finish(&tier->taken);
        tier->taken_at = 0;
    }
    thread_cond_broadcast(tier->done);
}

/* With the lock; without it while clearing. */
static void clear_selection(struct disk_tier *tier) {
    struct clearing *clearing = tier->clearing;
    bool open = tier->state == STATE_OPEN;
    thread_lock_release(tier->lock);
    if (open) {
        struct disk_size size;
        int code = disk_rows_clear(&tier->rows, clearing->selection, now_s(), &size, &clearing->count);
        take_failure(tier, code);
        disk_tier_count(tier, TALLY_CLEARED, clearing->count);
        if (code == SQLITE_OK) set_size(tier, &size);
        /* What was forgotten is in the log, too. */
        if (code == SQLITE_OK)
            take_failure(tier, disk_rows_checkpoint(&tier->rows, SQLITE_CHECKPOINT_TRUNCATE));
    }
    thread_lock_acquire(tier->lock);
    memset(tier->recent, 0, sizeof tier->recent); /* what is made anew is used anew */
    clearing->done = true;
    tier->clearing = NULL;
    thread_cond_broadcast(tier->done);
}

/* With the lock; without it while erasing. */
static void erase_quotes(struct disk_tier *tier) {
    struct disk_size size = {0};
    uint64_t erased = 0;
    thread_lock_release(tier->lock);
    disk_file_forget_older(tier->folder, &tier->file);
    int code = disk_care_erase(&tier->rows, &size, &erased);
    take_failure(tier, code);
    disk_tier_count(tier, TALLY_ERASED, erased);
    if (code == SQLITE_OK) set_size(tier, &size);
    thread_lock_acquire(tier->lock);
    tier->counters.erased += erased;
    tier->erase = (code & 0xff) == SQLITE_BUSY;
    tier->erase_not_before_ns = tier->erase ? clock_now_ns() + ERASE_PAUSE_NS : 0;
    thread_cond_broadcast(tier->done);
}

/* With the lock: until somebody wants something, or one of the thread's own errands is due. */
static void rest(struct disk_tier *tier) {
    uint64_t wait_ns = tier->sweeping      ? SWEEP_PAUSE_NS
                       : tier->erase       ? ERASE_PAUSE_NS
                       : tier->uses.count ? USE_NS
                                           : 0;
    if (wait_ns)
        thread_cond_wait_for(tier->work, tier->lock, wait_ns);
    else
        thread_cond_wait(tier->work, tier->lock);
}

static void run(void *payload) {
    struct disk_tier *tier = payload;
    open_file(tier);
    uint64_t written_ns = clock_now_ns();
    thread_lock_acquire(tier->lock);
    for (;;) {
        bool uses_due = tier->uses.count && (tier->uses.count >= USES_DUE || tier->clearing || tier->stop ||
                                             clock_now_ns() - written_ns > USE_NS);
        if (tier->damaged && tier->counters.damaged_files < DAMAGED_FILES_MAX) {
            tier->counters.damaged_files++;
            tier->state = STATE_OPENING;
            thread_lock_release(tier->lock);
            open_file(tier);
            thread_lock_acquire(tier->lock);
        } else if (tier->damaged) {
            tier->damaged = false;
            tier->state = STATE_NONE;
            tier->counters.open = false;
        } else if (tier->erase && tier->state == STATE_OPEN && !tier->unwritable &&
                   clock_now_ns() >= tier->erase_not_before_ns) {
            erase_quotes(tier);
        } else if (count_waiting(tier) || uses_due ||
                   (tier->sweeping && !tier->stop && clock_now_ns() >= tier->sweep_not_before_ns)) {
            written_ns = clock_now_ns();
            write_waiting(tier);
        } else if (tier->clearing) {
            clear_selection(tier);
        } else if (tier->writes_since_count > RECOUNT_WRITES + tier->counters.entries / 4 &&
                   tier->state == STATE_OPEN && !tier->unwritable) {
            thread_lock_release(tier->lock);
            recount(tier);
            thread_lock_acquire(tier->lock);
        } else if (tier->stop && tier->tallied) {
            break;
        } else if (tier->stop) { /* a last batch, for what was counted */
            tier->tallied = true;
            write_waiting(tier);
        } else {
            rest(tier);
        }
    }
    thread_lock_release(tier->lock);
}

/* ---- the interface ---- */

/* Takes the lock. */
static void acquire_started(struct disk_tier *tier) {
    thread_lock_acquire(tier->lock);
    if (!tier->thread) tier->thread = thread_create(run, tier);
}

struct disk_tier *disk_tier_create(const struct disk_tier_params *params) {
    struct disk_tier *tier = mem_zalloc(sizeof *tier);
    tier->folder = mem_strdup(params->folder);
    tier->complain = params->complain;
    tier->payload = params->payload;
    tier->limits = limits_of(params);
    tier->evict = disk_evict_create(&tier->limits, clock_now_ns());
    tier->lock = thread_lock_create();
    tier->reading = thread_lock_create();
    tier->work = thread_cond_create();
    tier->done = thread_cond_create();
    if (!params->lazy || params->no_quotes) tier->thread = thread_create(run, tier);
    return tier;
}

void disk_tier_destroy(struct disk_tier *tier) {
    if (!tier) return;
    thread_lock_acquire(tier->lock);
    tier->stop = true;
    thread_cond_signal(tier->work);
    thread_lock_release(tier->lock);
    if (tier->thread) thread_join(tier->thread);
    disk_rows_close(&tier->rows);
    disk_file_close(&tier->file);
    vec_finish(&tier->waiting);
    vec_finish(&tier->taken);
    free_uses(&tier->uses);
    disk_evict_destroy(tier->evict);
    thread_cond_destroy(tier->work);
    thread_cond_destroy(tier->done);
    thread_lock_destroy(tier->reading);
    thread_lock_destroy(tier->lock);
    mem_free(tier->folder);
    mem_free(tier);
}

void disk_tier_configure(struct disk_tier *tier, const struct disk_tier_params *params) {
    acquire_started(tier);
    if (params->no_quotes && !tier->limits.no_quotes) {
        tier->erase = true;
        tier->erase_not_before_ns = 0;
        thread_cond_signal(tier->work);
    }
    tier->erase &= params->no_quotes;
    tier->limits = limits_of(params);
    struct disk_limits limits = tier->limits;
    thread_lock_release(tier->lock);
    disk_evict_configure(tier->evict, &limits);
}

/* Whether there is a file to read, after at most wait_ns. Fills the limits. */
static bool wait_open(struct disk_tier *tier, uint64_t wait_ns, struct disk_limits *limits) {
    uint64_t until_ns = clock_now_ns() + wait_ns;
    acquire_started(tier);
    while (tier->state == STATE_OPENING) {
        uint64_t time_ns = clock_now_ns();
        if (time_ns >= until_ns) break;
        thread_cond_wait_for(tier->done, tier->lock, until_ns - time_ns);
    }
    bool open = tier->state == STATE_OPEN && !tier->damaged;
    *limits = tier->limits;
    thread_lock_release(tier->lock);
    return open;
}

static void push_waiting(struct disk_tier *tier, struct waiting *item) {
    acquire_started(tier);
    size_t size_bytes = item->blob ? item->blob->size_bytes : 0;
    bool keep = tier->state != STATE_NONE && !tier->unwritable && count_waiting(tier) < WAITING_MAX &&
                tier->waiting_bytes + size_bytes <= WAITING_BYTES_MAX;
    if (keep) {
        vec_push(&tier->waiting, *item);
        tier->waiting_bytes += size_bytes;
        if (tier->waiting.count == 1) thread_cond_signal(tier->work);
    } else {
        tier->counters.dropped++;
        disk_tier_count(tier, TALLY_DROPPED, 1);
    }
    thread_lock_release(tier->lock);
    if (!keep) free_waiting(item);
}

struct blob *disk_tier_get(struct disk_tier *tier, struct hash128 key, uint64_t wait_ns,
                           uint32_t *ret_cost_us) {
    struct disk_limits limits;
    struct disk_found found = {0};
    if (!wait_open(tier, wait_ns, &limits)) return NULL;
    disk_evict_ask(tier->evict, key);
    thread_lock_acquire(tier->reading);
    int code = tier->rows.file ? disk_rows_get(&tier->rows, key, &limits, now_s(), &found) : SQLITE_OK;
    thread_lock_release(tier->reading);
    take_failure(tier, code);
    if (found.bad || found.expired || found.barred) disk_tier_drop(tier, key);
    if (!found.id) return NULL;
    thread_lock_acquire(tier->lock);
    tier->counters.damaged_rows += found.bad;
    tier->counters.expired += found.expired;
    disk_tier_count(tier, TALLY_DAMAGED, found.bad);
    disk_tier_count(tier, TALLY_EXPIRED, found.expired);
    thread_lock_release(tier->lock);
    if (found.blob) *ret_cost_us = found.cost_us;
    return found.blob;
}

void disk_tier_put(struct disk_tier *tier, const struct disk_put *put) {
    struct waiting item = {
        .key = put->key, .blob = blob_ref(put->blob), .cost_us = put->cost_us, .quotes = put->quotes,
        .language = put->language};
    if (put->paths_bytes) {
        item.paths = mem_alloc(put->paths_bytes);
        memcpy(item.paths, put->paths, put->paths_bytes);
        item.paths_bytes = put->paths_bytes;
    }
    push_waiting(tier, &item);
}

void disk_tier_drop(struct disk_tier *tier, struct hash128 key) {
    struct waiting item = {.key = key};
    push_waiting(tier, &item);
}

void disk_tier_use(struct disk_tier *tier, const struct disk_use *use) {
    const char *path = use->path ? use->path : "";
    size_t length = strlen(path);
    if (!use->key_count || use->key_count > DISK_USE_KEYS_MAX || length > USE_PATH_MAX) return;
    struct use item = {.key_count = use->key_count, .at_s = now_s(), .in_background = use->in_background};
    memcpy(item.keys, use->keys, use->key_count * sizeof *use->keys);
    uint64_t hash = hash64(path, length, hash64(item.keys, sizeof item.keys, use->in_background));
    uint64_t time_ns = clock_now_ns();
    acquire_started(tier);
    struct recent *recent = &tier->recent[hash & (USES_RECENT - 1)];
    bool again = recent->at_ns && recent->hash == hash && time_ns - recent->at_ns < USE_AGAIN_NS;
    if (!again && tier->state != STATE_NONE && !tier->unwritable && tier->uses.count < USES_MAX) {
        *recent = (struct recent){hash, time_ns};
        if (length) item.path = mem_strdup(path);
        vec_push(&tier->uses, item);
        if (tier->uses.count == 1 || tier->uses.count == USES_DUE) thread_cond_signal(tier->work);
    }
    thread_lock_release(tier->lock);
}

uint64_t disk_tier_clear(struct disk_tier *tier, const struct disk_selection *selection) {
    struct clearing clearing = {.selection = selection};
    acquire_started(tier);
    while (tier->clearing)
        thread_cond_wait(tier->done, tier->lock);
    tier->clearing = &clearing;
    thread_cond_signal(tier->work);
    while (!clearing.done)
        thread_cond_wait(tier->done, tier->lock);
    thread_lock_release(tier->lock);
    return clearing.count;
}

char *disk_tier_recent(struct disk_tier *tier, const char *folder, size_t count_max, size_t *ret_count) {
    struct disk_limits limits;
    struct str paths;
    str_init(&paths);
    size_t count = 0;
    if (wait_open(tier, NS_PER_S, &limits)) {
        thread_lock_acquire(tier->reading);
        int code =
            tier->rows.file ? disk_rows_recent(&tier->rows, folder, count_max, &paths, &count) : SQLITE_OK;
        thread_lock_release(tier->reading);
        take_failure(tier, code);
    }
    *ret_count = count;
    return str_detach(&paths);
}

void disk_tier_tallies(struct disk_tier *tier, uint64_t tallies[TALLY_COUNT]) {
    struct disk_limits limits;
    for (int i = 0; i < TALLY_COUNT; i++)
        tallies[i] = 0;
    if (!wait_open(tier, NS_PER_S, &limits)) return;
    thread_lock_acquire(tier->reading);
    int code = tier->rows.file ? disk_rows_tallies(&tier->rows, tallies) : SQLITE_OK;
    thread_lock_release(tier->reading);
    take_failure(tier, code);
}

void disk_tier_flush(struct disk_tier *tier) {
    acquire_started(tier);
    while (count_waiting(tier) || tier->writing || tier->state == STATE_OPENING ||
           (tier->erase && !tier->erase_not_before_ns && tier->state == STATE_OPEN && !tier->unwritable))
        thread_cond_wait(tier->done, tier->lock);
    thread_lock_release(tier->lock);
}

struct disk_counters disk_tier_counters(struct disk_tier *tier) {
    thread_lock_acquire(tier->lock);
    struct disk_counters counters = tier->counters;
    counters.waiting = count_waiting(tier);
    thread_lock_release(tier->lock);
    return counters;
}
