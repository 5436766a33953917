#include "cache/disk_evict.h"

#include "base/mem.h"
#include "base/thread.h"
#include "cache/rehearsal.h"
#include "cache/sketch.h"
#include <sqlite3.h>
#include <string.h>

#define PLACES         4 /* looked at for one that goes */
#define PLACE_ROWS     4 /* at each */
#define NEWCOMERS      2 /* looked at behind the window */
#define FORGET_SHIFT   2 /* a use counts half after a fourth of the time to live without another */
#define FORGET_S       900 /* when entries live for ever */
#define COST_STEPS_MAX 4u /* the dearest, for its size, counts as used twice as often as the cheapest */
#define TOO_OLD        (-1e18)

struct disk_evict {
    struct thread_lock *lock; /* guards all but random */
    enum evict_strategy strategy;
    uint64_t entries_max;
    struct sketch *sketch; /* NULL: not adaptive */
    struct rehearsal *rehearsal;
    double window_share;
    uint64_t random; /* state of the sampling */
};

static void make_tables(struct disk_evict *evict, const struct disk_limits *limits) {
    bool adapts = limits->strategy == EVICT_ADAPTIVE;
    evict->strategy = limits->strategy;
    evict->entries_max = limits->entries_max;
    evict->sketch = adapts ? sketch_create(limits->entries_max) : NULL;
    evict->rehearsal = adapts ? rehearsal_create(limits->entries_max) : NULL;
    evict->window_share = REHEARSAL_SMALL_WINDOW;
}

static void free_tables(struct disk_evict *evict) {
    sketch_destroy(evict->sketch);
    rehearsal_destroy(evict->rehearsal);
}

struct disk_evict *disk_evict_create(const struct disk_limits *limits, uint64_t seed) {
    struct disk_evict *evict = mem_zalloc(sizeof *evict);
    evict->lock = thread_lock_create();
    evict->random = seed | 1;
    make_tables(evict, limits);
    return evict;
}

void disk_evict_destroy(struct disk_evict *evict) {
    if (!evict) return;
    free_tables(evict);
    thread_lock_destroy(evict->lock);
    mem_free(evict);
}

void disk_evict_configure(struct disk_evict *evict, const struct disk_limits *limits) {
    thread_lock_acquire(evict->lock);
    if (limits->strategy != evict->strategy || limits->entries_max != evict->entries_max) {
        free_tables(evict);
        make_tables(evict, limits);
    }
    thread_lock_release(evict->lock);
}

void disk_evict_ask(struct disk_evict *evict, struct hash128 key) {
    thread_lock_acquire(evict->lock);
    if (evict->sketch) {
        sketch_add(evict->sketch, key.low);
        evict->window_share = rehearsal_ask(evict->rehearsal, key.low);
    }
    thread_lock_release(evict->lock);
}

static bool wants_latest(struct disk_evict *evict) {
    thread_lock_acquire(evict->lock);
    bool wants = evict->window_share > 0.5;
    thread_lock_release(evict->lock);
    return wants;
}

static unsigned asked(struct disk_evict *evict, const struct disk_sample *sample) {
    thread_lock_acquire(evict->lock);
    unsigned count = evict->sketch ? sketch_count(evict->sketch, sample->key.low) : 0;
    thread_lock_release(evict->lock);
    return count;
}

/* ---- worth: the lowest goes ---- */

static double idle_s(const struct disk_sample *sample, int64_t now_s) {
    return now_s > sample->used_s ? (double)now_s - (double)sample->used_s : 0;
}

static unsigned bits_of(uint64_t number) {
    return number ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

/* As evict.c weighs it. What a file says may be anything. */
static unsigned cost_steps(const struct disk_sample *sample) {
    uint64_t cost_us = sample->cost_us > 0 ? (uint64_t)sample->cost_us & UINT32_MAX : 0;
    uint64_t size = sample->size > 0 ? (uint64_t)sample->size : 0;
    unsigned steps = bits_of(cost_us * 1024 / (size % INT32_MAX + 1)) / 5;
    return steps < COST_STEPS_MAX ? steps : COST_STEPS_MAX;
}

/* Uses, as far as they are not forgotten: what a project needed last week makes room. */
static double uses_left(const struct disk_limits *limits, const struct disk_sample *sample, int64_t now_s) {
    double half_s = limits->ttl_s ? (double)(limits->ttl_s >> FORGET_SHIFT) + 1 : FORGET_S;
    return (double)sample->uses / (1 + idle_s(sample, now_s) / half_s);
}

static double adaptive_worth(struct disk_evict *evict, const struct disk_limits *limits,
                             const struct disk_sample *sample, int64_t now_s) {
    double uses = uses_left(limits, sample, now_s), count = asked(evict, sample);
    return (uses > count ? uses : count) * (4 + cost_steps(sample));
}

/* In whole uses: one that comes pushes none out for being a moment younger. */
static unsigned whole_worth(struct disk_evict *evict, const struct disk_limits *limits,
                            const struct disk_sample *sample, int64_t now_s) {
    double uses = uses_left(limits, sample, now_s);
    unsigned whole = uses < 0.5 ? 0 : uses > SKETCH_COUNT_MAX ? SKETCH_COUNT_MAX : (unsigned)(uses + 0.5);
    unsigned count = asked(evict, sample);
    return (whole > count ? whole : count) * (4 + cost_steps(sample));
}

static double worth(struct disk_evict *evict, const struct disk_limits *limits,
                    const struct disk_sample *sample, int64_t now_s, bool latest) {
    if (disk_rows_too_old(limits, sample->made_s, sample->used_s, now_s)) return TOO_OLD;
    switch (limits->strategy) {
    case EVICT_LRU: return -idle_s(sample, now_s);
    case EVICT_TTL: return (double)sample->made_s - (double)now_s;
    case EVICT_LFU: return (double)sample->uses * 1e12 - idle_s(sample, now_s);
    case EVICT_ADAPTIVE:
    case EVICT_STRATEGY_COUNT: break;
    }
    return latest ? -idle_s(sample, now_s) : adaptive_worth(evict, limits, sample, now_s);
}

/* ---- choosing ---- */

static uint64_t next_random(struct disk_evict *evict) {
    evict->random ^= evict->random << 13;
    evict->random ^= evict->random >> 7;
    evict->random ^= evict->random << 17;
    return evict->random;
}

struct choice {
    struct disk_sample victim;
    double worth;
    bool any;
};

/* Of equal worth the older goes. */
static void consider(struct choice *choice, const struct disk_sample *sample, double value) {
    if (choice->any && (value > choice->worth || (value == choice->worth && sample->id >= choice->victim.id)))
        return;
    *choice = (struct choice){*sample, value, true};
}

/* Among all but those that are newer than last. */
static int choose_by_chance(struct disk_evict *evict, struct disk_rows *rows, const struct disk_limits *limits,
                            int64_t now_s, int64_t last, bool latest, struct choice *choice) {
    for (int i = 0; i < PLACES; i++) {
        struct hash128 key = {next_random(evict), next_random(evict)};
        struct disk_sample samples[PLACE_ROWS];
        int count;
        int code = disk_rows_from_key(rows, key, PLACE_ROWS, samples, &count);
        if (code == SQLITE_OK && count == 0) /* behind the last one is the first */
            code = disk_rows_from_key(rows, (struct hash128){0}, PLACE_ROWS, samples, &count);
        if (code != SQLITE_OK) return code;
        for (int k = 0; k < count; k++)
            if (samples[k].id <= last)
                consider(choice, &samples[k], worth(evict, limits, &samples[k], now_s, latest));
    }
    return SQLITE_OK;
}

/* One of those that have just left the window goes, unless it is worth more than the rival. */
static int choose_newcomer(struct disk_evict *evict, struct disk_rows *rows, const struct disk_limits *limits,
                           int64_t now_s, int64_t last, struct choice *choice) {
    struct disk_sample newcomers[NEWCOMERS];
    int count;
    int code = disk_rows_down_from(rows, last, NEWCOMERS, newcomers, &count);
    if (code != SQLITE_OK || (choice->any && choice->worth == TOO_OLD)) return code;
    unsigned rival = choice->any ? whole_worth(evict, limits, &choice->victim, now_s) : UINT32_MAX;
    for (int i = 0; i < count; i++) {
        if (choice->any && newcomers[i].id == choice->victim.id) continue;
        unsigned value = whole_worth(evict, limits, &newcomers[i], now_s);
        if (value > rival) continue;
        choice->victim = newcomers[i];
        choice->any = true;
        rival = value;
    }
    return SQLITE_OK;
}

int disk_evict_one(struct disk_evict *evict, struct disk_rows *rows, const struct disk_limits *limits,
                   int64_t now_s, struct disk_size *size, bool *ret_any, bool *ret_expired) {
    int64_t last;
    int code = disk_rows_last(rows, &last);
    if (code != SQLITE_OK) return code;
    bool lasting = limits->strategy == EVICT_ADAPTIVE && !wants_latest(evict);
    uint64_t entries = size->entries < limits->entries_max ? size->entries : limits->entries_max;
    int64_t window = (int64_t)((double)entries * REHEARSAL_SMALL_WINDOW) + 1;
    if (lasting && last > window) last -= window;
    struct choice choice = {.any = false};
    code = choose_by_chance(evict, rows, limits, now_s, last, !lasting, &choice);
    if (code == SQLITE_OK && lasting) code = choose_newcomer(evict, rows, limits, now_s, last, &choice);
    /* There may be nothing but the newest. */
    if (code == SQLITE_OK && !choice.any)
        code = choose_by_chance(evict, rows, limits, now_s, INT64_MAX, !lasting, &choice);
    if (code != SQLITE_OK) return code;
    *ret_any = choice.any;
    *ret_expired = choice.any && disk_rows_too_old(limits, choice.victim.made_s, choice.victim.used_s, now_s);
    return choice.any ? disk_rows_drop_id(rows, choice.victim.id, choice.victim.size, size) : SQLITE_OK;
}
