/* store.h: the cache: results by the hash of all that they were made of, in tiers from near to far.
 *
 *     memory_tier   this process, microseconds
 *     disk_tier     this user, all processes
 *     redis_tier    those who share a server
 *
 * What is found far away is put nearer. What is behind a key never changes, so nothing here is ever out of
 * date: when something that a result depends on changes, its key is another. What the bytes mean, the cache
 * does not know.
 *
 * Owns    its tiers and their threads.
 * Threads any; create and destroy on one. Putting never waits for a disk or a network; getting waits for the
 * disk's answer, and a few milliseconds for the server's.
 * Errors  none: without a disk there is less of it, and one line says so. NULL is a cache that
 * keeps nothing.
 * Units   nanoseconds, bytes, seconds as the names say. */
#ifndef NOODLE_STORE_H
#define NOODLE_STORE_H

#include "base/hash.h"
#include "cache/blob.h"
#include "cache/disk_tier.h"
#include "cache/evict.h"
#include "cache/memory_tier.h"
#include "cache/redis_tier.h"
#include "cache/stamp_disk.h"
#include <stdbool.h>

struct cache;

struct cache_params {
    enum evict_strategy strategy;
    size_t entries_max; /* of memory, and of the disk */
    size_t memory_bytes_max, disk_bytes_max;
    uint64_t ttl_s;                                       /* since the last use; 0: for ever */
    uint64_t wait_ns;                                     /* for the disk to be opened */
    bool no_source_text;                                  /* what quotes source text stays in memory */
    const char *folder;                                   /* of the disk tier; NULL: none */
    bool lazy;                                            /* disk_tier.h */
    struct redis_url redis;                               /* without a host: none */
    bool shares;                                          /* with it; may change */
    void (*complain)(const char *message, void *payload); /* from any thread */
    void *payload;
};

enum cache_tier { CACHE_MEMORY, CACHE_DISK, CACHE_REDIS, CACHE_TIER_COUNT };

struct cache_counters {
    uint64_t hits[CACHE_TIER_COUNT], misses;
    uint64_t part_hits, part_misses; /* of what results are made of, in memory alone */
    uint64_t puts;
    uint64_t get_ns; /* of all hits together */
    size_t entries_max;
    struct memory_counters memory;
    struct disk_counters disk;
    struct redis_counters redis;
};

struct cache *cache_create(const struct cache_params *params);
void cache_destroy(struct cache *cache); /* what waits for the disk is written first */
/* New limits, strategy and time to live; the folder, the server and the callback stay. */
void cache_configure(struct cache *cache, const struct cache_params *params);

struct cache_found {
    enum cache_tier tier; /* it was in */
    uint32_t cost_us;     /* what making it took; 0: it was in memory, and nobody asked */
};

/* A reference, or NULL. reach: the farthest tier that is asked. */
struct blob *cache_get(struct cache *cache, struct hash128 key, enum cache_tier reach,
                       struct cache_found *ret_found);
/* Of one question, when it is answered. */
void cache_count(struct cache *cache, bool found, enum cache_tier tier, uint64_t took_ns);
void cache_count_part(struct cache *cache, bool found);

struct cache_put {
    struct hash128 key;
    const void *bytes;
    size_t size_bytes;
    uint32_t cost_us;      /* what making it took */
    enum cache_tier reach; /* the farthest tier that gets it */
    bool quotes_source;    /* it holds pieces of somebody's text */
    const char *language;  /* as disk_put */
    const char *paths;
    size_t paths_bytes;
};

void cache_put(struct cache *cache, const struct cache_put *put);
/* What was found in Redis goes to the disk, too, once it is known to be good: what is shared says of no files, and
 * who found it knows which they are here. */
void cache_put_on_disk(struct cache *cache, const struct cache_put *put);
/* The question was answered from these entries, wherever they were: only who says so has used them on disk.
 */
void cache_use(struct cache *cache, const struct disk_use *use);
void cache_drop(struct cache *cache, struct hash128 key); /* it turned out to be no good */

/* How many entries of the disk went. Of memory, all go, whatever the selection; of what is shared, none. */
uint64_t cache_clear(struct cache *cache, const struct disk_selection *selection);
char *cache_recent(struct cache *cache, const char *folder, size_t count_max,
                   size_t *ret_count);                                  /* disk_tier.h */
void cache_tallies(struct cache *cache, uint64_t tallies[TALLY_COUNT]); /* of all processes: disk_tier.h */

/* Tables of stamps (stamp_disk.h), which lie beside the disk tier's file and keep the limits that the cache had
 * when it was made: an eighth of the disk, and as many rows as there may be entries. False, and no rows: there
 * is none. *ret_due: its results should count as used (cache_use), and used_s be set. */
bool cache_stamps_read(struct cache *cache, struct hash128 key, struct stamp_table *ret_table, bool *ret_due);
/* Hits of the table go to the tallies. */
void cache_stamps_write(struct cache *cache, struct hash128 key, struct stamp_table *table);
void cache_stamps_hit(struct cache *cache, struct hash128 key, const struct stamp_hits *hits);
struct stamp_sums cache_stamps_sum(struct cache *cache);

void cache_flush(struct cache *cache);
struct cache_counters cache_counters(struct cache *cache);

#endif
