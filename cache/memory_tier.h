/* memory_tier.h: the entries that are at hand, within a number and a size.
 *
 * Owns    a reference to each blob in it.
 * Threads any. One lock guards everything; nothing but looking up and linking is done under it.
 * Errors  none: what is too large for it is not kept.
 * Units   bytes; instants of clock_now_ns. */
#ifndef NOODLE_MEMORY_TIER_H
#define NOODLE_MEMORY_TIER_H

#include "base/hash.h"
#include "cache/blob.h"
#include "cache/evict.h"

struct memory_tier;

struct memory_tier_params {
    enum evict_strategy strategy;
    size_t entries_max, bytes_max;
    uint64_t ttl_ns; /* since the last use (with the strategy ttl: since it was written); 0: for ever */
};

struct memory_counters {
    size_t entries, bytes;
    uint64_t evicted, expired; /* pushed out; too old */
    uint64_t refused;          /* too large to be kept */
};

struct memory_tier *memory_tier_create(const struct memory_tier_params *params);
void memory_tier_destroy(struct memory_tier *tier); /* NULL is harmless */
/* Keeps what fits the new limits; what was used longest ago stays that, also by another strategy. */
void memory_tier_configure(struct memory_tier *tier, const struct memory_tier_params *params);

struct blob *memory_tier_get(struct memory_tier *tier, struct hash128 key,
                             uint64_t now_ns); /* a reference; NULL */
/* In place of what was there. */
void memory_tier_put(struct memory_tier *tier, struct hash128 key, struct blob *blob, uint32_t cost_us,
                     uint64_t now_ns);
void memory_tier_drop(struct memory_tier *tier, struct hash128 key);
void memory_tier_clear(struct memory_tier *tier);
struct memory_counters memory_tier_counters(struct memory_tier *tier);

#endif
