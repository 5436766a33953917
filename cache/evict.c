/* Declarations: evict.h. lru, lfu and ttl are one heap with three ways of ranking. adaptive has three lists:
 *
 *     new ──► window ──(pushed out)──► probation ──(used)──► protected
 *                                         ▲                      │
 *                                         └────(pushed out)──────┘
 *
 * What comes out of the window is the candidate; the end of probation is its rival. */
#include "cache/evict.h"

#include "base/mem.h"
#include "base/vec.h"
#include "cache/rehearsal.h"
#include "cache/sketch.h"
#include <stdlib.h>
#include <string.h>

#define LFU_SHIFT       40 /* a rank is a count (lfu; else 0) above the time of the last use */
#define LFU_COUNT_MAX   ((UINT64_C(1) << (64 - LFU_SHIFT)) - 1)
#define PROTECTED_SHARE 0.8 /* of what is not the window */
#define COST_STEPS_MAX  4u  /* the dearest, for its size, counts as used twice as often as the cheapest */

enum segment { WINDOW, PROBATION, PROTECTED, SEGMENTS };

struct list {
    struct evict_node ends; /* next: the newest, previous: the oldest */
    size_t count;
};

struct evict {
    enum evict_strategy strategy;
    size_t entries_max, bytes_max, entries, bytes;
    uint64_t tick;
    struct {
        VEC_FIELDS(struct evict_node *); /* a heap, the lowest rank first */
    } heap;
    struct list lists[SEGMENTS];
    struct evict_node *candidate; /* just out of the window; or NULL */
    struct sketch *sketch;
    struct rehearsal *rehearsal; /* that moves the window; NULL: it stays */
    double window_share;
};

static const char *const names[EVICT_STRATEGY_COUNT] = {"lru", "lfu", "ttl", "adaptive"};

bool evict_strategy_parse(const char *name, enum evict_strategy *ret_strategy) {
    if (strcmp(name, "advanced") == 0) name = names[EVICT_ADAPTIVE];
    for (int i = 0; i < EVICT_STRATEGY_COUNT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *ret_strategy = (enum evict_strategy)i;
        return true;
    }
    return false;
}

const char *evict_strategy_name(enum evict_strategy strategy) {
    return names[strategy];
}

static void clear_lists(struct evict *evict) {
    for (int i = 0; i < SEGMENTS; i++) {
        evict->lists[i].ends.next = evict->lists[i].ends.previous = &evict->lists[i].ends;
        evict->lists[i].count = 0;
    }
    evict->candidate = NULL;
}

static struct evict *create(enum evict_strategy strategy, size_t entries_max, size_t bytes_max) {
    struct evict *evict = mem_zalloc(sizeof *evict);
    evict->strategy = strategy;
    evict->entries_max = entries_max;
    evict->bytes_max = bytes_max;
    evict->window_share = REHEARSAL_SMALL_WINDOW;
    clear_lists(evict);
    return evict;
}

struct evict *evict_create(enum evict_strategy strategy, size_t entries_max, size_t bytes_max) {
    struct evict *evict = create(strategy, entries_max, bytes_max);
    if (strategy != EVICT_ADAPTIVE) return evict;
    evict->sketch = sketch_create(entries_max);
    evict->rehearsal = rehearsal_create(entries_max);
    return evict;
}

struct evict *evict_create_fixed(size_t entries_max, double window_share) {
    struct evict *evict = create(EVICT_ADAPTIVE, entries_max, SIZE_MAX);
    evict->sketch = sketch_create(entries_max);
    evict->window_share = window_share;
    return evict;
}

void evict_destroy(struct evict *evict) {
    if (!evict) return;
    vec_finish(&evict->heap);
    sketch_destroy(evict->sketch);
    rehearsal_destroy(evict->rehearsal);
    mem_free(evict);
}

/* ---- the heap ---- */

static void put_at(struct evict *evict, size_t slot, struct evict_node *node) {
    evict->heap.items[slot] = node;
    node->slot = slot;
}

static void sift(struct evict *evict, struct evict_node *node) {
    size_t slot = node->slot;
    while (slot > 0 && evict->heap.items[(slot - 1) / 2]->rank > node->rank) {
        put_at(evict, slot, evict->heap.items[(slot - 1) / 2]);
        slot = (slot - 1) / 2;
    }
    for (;;) {
        size_t child = slot * 2 + 1;
        if (child >= evict->heap.count) break;
        if (child + 1 < evict->heap.count &&
            evict->heap.items[child + 1]->rank < evict->heap.items[child]->rank)
            child++;
        if (evict->heap.items[child]->rank >= node->rank) break;
        put_at(evict, slot, evict->heap.items[child]);
        slot = child;
    }
    put_at(evict, slot, node);
}

static void heap_remove(struct evict *evict, struct evict_node *node) {
    struct evict_node *last = evict->heap.items[--evict->heap.count];
    if (last == node) return;
    put_at(evict, node->slot, last);
    sift(evict, last);
}

/* ---- the lists ---- */

static void list_remove(struct evict *evict, struct evict_node *node) {
    node->previous->next = node->next;
    node->next->previous = node->previous;
    evict->lists[node->segment].count--;
}

static void list_push(struct evict *evict, enum segment segment, struct evict_node *node) {
    struct evict_node *ends = &evict->lists[segment].ends;
    node->segment = (uint8_t)segment;
    node->previous = ends;
    node->next = ends->next;
    ends->next->previous = node;
    ends->next = node;
    evict->lists[segment].count++;
}

static struct evict_node *oldest(struct evict *evict, enum segment segment) {
    struct list *list = &evict->lists[segment];
    return list->count ? list->ends.previous : NULL;
}

static void move(struct evict *evict, enum segment segment, struct evict_node *node) {
    list_remove(evict, node);
    list_push(evict, segment, node);
}

static size_t window_max(const struct evict *evict) {
    size_t count = (size_t)((double)evict->entries_max * evict->window_share);
    return count ? count : 1;
}

static unsigned bits_of(uint64_t number) {
    return number ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

/* What is dear to make for its size is kept a little longer, but never for being dear alone. */
static unsigned worth(const struct evict *evict, const struct evict_node *node) {
    unsigned cost = bits_of((uint64_t)node->cost_us * 1024 / (node->size_bytes + 1)) / 5;
    if (cost > COST_STEPS_MAX) cost = COST_STEPS_MAX;
    return sketch_count(evict->sketch, node->hash) * (4 + cost);
}

static struct evict_node *adaptive_victim(struct evict *evict) {
    while (evict->lists[WINDOW].count > window_max(evict)) {
        evict->candidate = oldest(evict, WINDOW);
        move(evict, PROBATION, evict->candidate);
    }
    if (evict->entries <= evict->entries_max && evict->bytes <= evict->bytes_max) return NULL;
    struct evict_node *rival = oldest(evict, PROBATION);
    if (!rival) rival = oldest(evict, PROTECTED);
    if (!rival) rival = oldest(evict, WINDOW);
    struct evict_node *candidate = evict->candidate;
    if (!candidate || candidate == rival) return rival;
    if (worth(evict, candidate) > worth(evict, rival)) return rival;
    /* The next has another rival: one that is dear or popular must not shield those before it. */
    if (rival->segment == PROBATION) move(evict, PROBATION, rival);
    return candidate;
}

/* ---- all of them ---- */

void evict_add(struct evict *evict, struct evict_node *node) {
    evict->entries++;
    evict->bytes += node->size_bytes;
    evict->tick++;
    node->rank = evict->strategy == EVICT_LFU ? UINT64_C(1) << LFU_SHIFT | evict->tick : evict->tick;
    if (evict->strategy == EVICT_ADAPTIVE) {
        list_push(evict, WINDOW, node);
        return;
    }
    vec_push(&evict->heap, node);
    node->slot = evict->heap.count - 1;
    sift(evict, node);
}

static void ask(struct evict *evict, uint64_t hash) {
    sketch_add(evict->sketch, hash);
    if (evict->rehearsal) evict->window_share = rehearsal_ask(evict->rehearsal, hash);
}

static void touch_adaptive(struct evict *evict, struct evict_node *node) {
    ask(evict, node->hash);
    node->rank = evict->tick;
    if (node == evict->candidate) evict->candidate = NULL;
    if (node->segment == WINDOW) {
        move(evict, WINDOW, node);
        return;
    }
    move(evict, PROTECTED, node);
    size_t window = window_max(evict), rest = evict->entries_max > window ? evict->entries_max - window : 0;
    while (evict->lists[PROTECTED].count > (size_t)((double)rest * PROTECTED_SHARE) + 1)
        move(evict, PROBATION, oldest(evict, PROTECTED));
}

void evict_touch(struct evict *evict, struct evict_node *node) {
    evict->tick++;
    switch (evict->strategy) {
    case EVICT_ADAPTIVE: touch_adaptive(evict, node); return;
    case EVICT_LRU: node->rank = evict->tick; break;
    case EVICT_LFU: {
        uint64_t count = node->rank >> LFU_SHIFT;
        if (count < LFU_COUNT_MAX) count++;
        node->rank = count << LFU_SHIFT | evict->tick;
        break;
    }
    case EVICT_TTL:
    case EVICT_STRATEGY_COUNT: return;
    }
    sift(evict, node);
}

void evict_miss(struct evict *evict, uint64_t hash) {
    if (evict->strategy != EVICT_ADAPTIVE) return;
    ask(evict, hash);
}

void evict_remove(struct evict *evict, struct evict_node *node) {
    evict->entries--;
    evict->bytes -= node->size_bytes;
    if (evict->strategy != EVICT_ADAPTIVE) {
        heap_remove(evict, node);
        return;
    }
    if (node == evict->candidate) evict->candidate = NULL;
    list_remove(evict, node);
}

struct evict_node *evict_victim(struct evict *evict) {
    if (evict->strategy == EVICT_ADAPTIVE) return adaptive_victim(evict);
    if (evict->entries <= evict->entries_max && evict->bytes <= evict->bytes_max) return NULL;
    return evict->heap.count ? evict->heap.items[0] : NULL;
}

static uint64_t last_use(const struct evict_node *node) {
    return node->rank & ((UINT64_C(1) << LFU_SHIFT) - 1);
}

static int by_last_use(const void *left, const void *right) {
    uint64_t a = last_use(*(struct evict_node *const *)left);
    uint64_t b = last_use(*(struct evict_node *const *)right);
    return (a > b) - (a < b);
}

static void change_strategy(struct evict *evict, enum evict_strategy strategy) {
    struct {
        VEC_FIELDS(struct evict_node *);
    } nodes = {0};
    for (size_t i = 0; i < evict->heap.count; i++)
        vec_push(&nodes, evict->heap.items[i]);
    for (int i = 0; i < SEGMENTS; i++)
        for (struct evict_node *node = evict->lists[i].ends.next; node != &evict->lists[i].ends;
             node = node->next)
            vec_push(&nodes, node);
    vec_clear(&evict->heap);
    clear_lists(evict);
    evict->entries = evict->bytes = 0;
    evict->strategy = strategy;
    if (nodes.count) qsort(nodes.items, nodes.count, sizeof *nodes.items, by_last_use);
    for (size_t i = 0; i < nodes.count; i++)
        evict_add(evict, nodes.items[i]);
    vec_finish(&nodes);
}

void evict_configure(struct evict *evict, enum evict_strategy strategy, size_t entries_max,
                     size_t bytes_max) {
    bool changes = strategy != evict->strategy, resizes = entries_max != evict->entries_max;
    evict->entries_max = entries_max;
    evict->bytes_max = bytes_max;
    if (changes) change_strategy(evict, strategy);
    if (!changes && !resizes) return;
    sketch_destroy(evict->sketch);
    rehearsal_destroy(evict->rehearsal);
    evict->sketch = strategy == EVICT_ADAPTIVE ? sketch_create(entries_max) : NULL;
    evict->rehearsal = strategy == EVICT_ADAPTIVE ? rehearsal_create(entries_max) : NULL;
    evict->window_share = REHEARSAL_SMALL_WINDOW;
}

size_t evict_entries(const struct evict *evict) {
    return evict->entries;
}

size_t evict_bytes(const struct evict *evict) {
    return evict->bytes;
}

struct evict_node *evict_any(const struct evict *evict) {
    if (evict->heap.count) return evict->heap.items[evict->heap.count - 1];
    for (int i = 0; i < SEGMENTS; i++)
        if (evict->lists[i].count) return evict->lists[i].ends.next;
    return NULL;
}
