/* frontier.h: what a best-first search has still to look at, and how often it came by.
 *
 * A frontier is a heap of numbers by priority; a tally counts visits by key. Both belong to one search and
 * know nothing of what their numbers and keys stand for.
 *
 * Owns    their arrays, released by frontier_finish and tally_finish.
 * Threads one at a time.
 * Errors  none.
 * Units   lower priorities come first; a tally's key 0 is not allowed. */
#ifndef NOODLE_FRONTIER_H
#define NOODLE_FRONTIER_H

#include "base/vec.h"
#include <stdint.h>

struct frontier_item {
    float priority;
    uint32_t number;
};

struct frontier {
    VEC_FIELDS(struct frontier_item);
};

void frontier_push(struct frontier *frontier, uint32_t number, float priority);
uint32_t frontier_pop(struct frontier *frontier); /* only while frontier->count > 0 */
void frontier_finish(struct frontier *frontier);

/* Open addressing by key. */
struct tally_entry {
    uint64_t key;
    uint32_t count;
};

struct tally {
    struct tally_entry *entries;
    uint32_t mask, used;
};

void tally_init(struct tally *tally);
void tally_finish(struct tally *tally);
void tally_clear(struct tally *tally);
/* The count of key, 0 at first. Valid until the next call. */
uint32_t *tally_of(struct tally *tally, uint64_t key);

#endif
