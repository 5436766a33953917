#include "cache/memory_tier.h"

#include "base/mem.h"
#include "base/thread.h"

#define BUCKETS_FIRST 256

struct entry {
    struct evict_node node; /* first */
    struct hash128 key;
    struct blob *blob;
    uint64_t used_ns;   /* from when its time counts */
    struct entry *next; /* of its bucket */
};

struct memory_tier {
    struct memory_tier_params params;
    struct thread_lock *lock; /* guards everything below */
    struct evict *evict;
    struct entry **buckets;
    size_t bucket_mask;
    struct memory_counters counters; /* entries and bytes are the policy's */
};

static struct entry **find(const struct memory_tier *tier, struct hash128 key) {
    struct entry **place = &tier->buckets[key.low & tier->bucket_mask];
    while (*place && ((*place)->key.low != key.low || (*place)->key.high != key.high))
        place = &(*place)->next;
    return place;
}

static void grow(struct memory_tier *tier) {
    size_t old_count = tier->bucket_mask + 1, mask = old_count * 2 - 1;
    struct entry **buckets = mem_zalloc((mask + 1) * sizeof *buckets);
    for (size_t i = 0; i < old_count; i++)
        for (struct entry *entry = tier->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            entry->next = buckets[entry->key.low & mask];
            buckets[entry->key.low & mask] = entry;
        }
    mem_free(tier->buckets);
    tier->buckets = buckets;
    tier->bucket_mask = mask;
}

static void take_out(struct memory_tier *tier, struct entry **place) {
    struct entry *entry = *place;
    *place = entry->next;
    evict_remove(tier->evict, &entry->node);
    blob_unref(entry->blob);
    mem_free(entry);
}

static void make_room(struct memory_tier *tier) {
    struct evict_node *victim;
    while ((victim = evict_victim(tier->evict))) {
        take_out(tier, find(tier, ((struct entry *)victim)->key));
        tier->counters.evicted++;
    }
}

static void empty(struct memory_tier *tier) {
    struct evict_node *node;
    while ((node = evict_any(tier->evict)))
        take_out(tier, find(tier, ((struct entry *)node)->key));
}

struct memory_tier *memory_tier_create(const struct memory_tier_params *params) {
    struct memory_tier *tier = mem_zalloc(sizeof *tier);
    tier->params = *params;
    tier->lock = thread_lock_create();
    tier->evict = evict_create(params->strategy, params->entries_max, params->bytes_max);
    tier->bucket_mask = BUCKETS_FIRST - 1;
    tier->buckets = mem_zalloc(BUCKETS_FIRST * sizeof *tier->buckets);
    return tier;
}

void memory_tier_destroy(struct memory_tier *tier) {
    if (!tier) return;
    empty(tier);
    evict_destroy(tier->evict);
    mem_free(tier->buckets);
    thread_lock_destroy(tier->lock);
    mem_free(tier);
}

void memory_tier_configure(struct memory_tier *tier, const struct memory_tier_params *params) {
    thread_lock_acquire(tier->lock);
    tier->params = *params;
    evict_configure(tier->evict, params->strategy, params->entries_max, params->bytes_max);
    make_room(tier);
    thread_lock_release(tier->lock);
}

struct blob *memory_tier_get(struct memory_tier *tier, struct hash128 key, uint64_t now_ns) {
    struct blob *blob = NULL;
    thread_lock_acquire(tier->lock);
    struct entry **place = find(tier, key), *entry = *place;
    if (entry && tier->params.ttl_ns && now_ns > entry->used_ns + tier->params.ttl_ns) {
        take_out(tier, place);
        tier->counters.expired++;
        entry = NULL;
    }
    if (entry) {
        if (tier->params.strategy != EVICT_TTL) entry->used_ns = now_ns;
        evict_touch(tier->evict, &entry->node);
        blob = blob_ref(entry->blob);
    } else {
        evict_miss(tier->evict, key.low);
    }
    thread_lock_release(tier->lock);
    return blob;
}

void memory_tier_put(struct memory_tier *tier, struct hash128 key, struct blob *blob, uint32_t cost_us,
                     uint64_t now_ns) {
    size_t size_bytes = sizeof(struct entry) + sizeof *blob + blob->size_bytes;
    thread_lock_acquire(tier->lock);
    struct entry **place = find(tier, key);
    if (*place) take_out(tier, place);
    if (size_bytes > tier->params.bytes_max) {
        tier->counters.refused++;
        thread_lock_release(tier->lock);
        return;
    }
    struct entry *entry = mem_zalloc(sizeof *entry);
    entry->node.hash = key.low;
    entry->node.size_bytes = (uint32_t)size_bytes;
    entry->node.cost_us = cost_us;
    entry->key = key;
    entry->blob = blob_ref(blob);
    entry->used_ns = now_ns;
    if (evict_entries(tier->evict) > tier->bucket_mask) grow(tier);
    struct entry **bucket = &tier->buckets[key.low & tier->bucket_mask];
    entry->next = *bucket;
    *bucket = entry;
    evict_add(tier->evict, &entry->node);
    make_room(tier);
    thread_lock_release(tier->lock);
}

void memory_tier_drop(struct memory_tier *tier, struct hash128 key) {
    thread_lock_acquire(tier->lock);
    struct entry **place = find(tier, key);
    if (*place) take_out(tier, place);
    thread_lock_release(tier->lock);
}

void memory_tier_clear(struct memory_tier *tier) {
    thread_lock_acquire(tier->lock);
    empty(tier);
    thread_lock_release(tier->lock);
}

struct memory_counters memory_tier_counters(struct memory_tier *tier) {
    thread_lock_acquire(tier->lock);
    struct memory_counters counters = tier->counters;
    counters.entries = evict_entries(tier->evict);
    counters.bytes = evict_bytes(tier->evict);
    thread_lock_release(tier->lock);
    return counters;
}
