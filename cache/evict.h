/* evict.h: which entry goes when a store is full, in one of four ways.
 *
 *     lru       the one that was not used for longest
 *     lfu       the one that was used least often, of equals the one not used for longest
 *     ttl       the one that was written first
 *     adaptive  W-TinyLFU: new entries live in a window; on their way out of it they have to be worth more
 * than what they would push out. Worth is how often the key was asked for lately (sketch.h), a little more
 * for what is dear to make for its size. The window is small or large, whichever does better in a rehearsal
 * (rehearsal.h), so that texts being edited, which want the latest, and scans and loops, which want the
 * lasting, are both served.
 *
 * Nodes lie in the entries of whoever keeps them. The sequence is: evict_add, then evict_victim until it is
 * NULL, removing each from the store and with evict_remove.
 *
 * Owns    its tables, not the nodes.
 * Threads one at a time.
 * Errors  none.
 * Units   bytes, microseconds. */
#ifndef NOODLE_EVICT_H
#define NOODLE_EVICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum evict_strategy { EVICT_LRU, EVICT_LFU, EVICT_TTL, EVICT_ADAPTIVE, EVICT_STRATEGY_COUNT };

struct evict_node {
    uint64_t hash;       /* of the key */
    uint32_t size_bytes; /* what keeping it takes */
    uint32_t cost_us;    /* what making it took */
    /* evict.c's. */
    struct evict_node *previous, *next; /* of its segment (adaptive) */
    uint64_t rank;                      /* the lowest goes first (the other three); below, the last use */
    size_t slot;                        /* in the heap */
    uint8_t segment;
};

struct evict;

/* "lru", "lfu", "ttl", "adaptive"; "advanced" is another name of the last. False: none of these. */
bool evict_strategy_parse(const char *name, enum evict_strategy *ret_strategy);
const char *evict_strategy_name(enum evict_strategy strategy);

struct evict *evict_create(enum evict_strategy strategy, size_t entries_max, size_t bytes_max);
/* Adaptive, with a window that stays as it is. */
struct evict *evict_create_fixed(size_t entries_max, double window_share);
void evict_destroy(struct evict *evict); /* NULL is harmless */
/* Other limits, and perhaps another strategy. What was used longest ago stays that; evict_victim says what no
 * longer fits. */
void evict_configure(struct evict *evict, enum evict_strategy strategy, size_t entries_max, size_t bytes_max);

void evict_add(struct evict *evict, struct evict_node *node);
void evict_touch(struct evict *evict, struct evict_node *node); /* it was asked for, and found */
void evict_miss(struct evict *evict, uint64_t hash);            /* asked for, and not found */
void evict_remove(struct evict *evict, struct evict_node *node);
struct evict_node *evict_victim(struct evict *evict); /* NULL: everything fits */

size_t evict_entries(const struct evict *evict);
size_t evict_bytes(const struct evict *evict);
/* Any node, for emptying; NULL: there is none. */
struct evict_node *evict_any(const struct evict *evict);

#endif
