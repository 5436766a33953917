#include "cache/store.h"

#include "base/clock.h"
#include "base/mem.h"
#include <string.h>
#include <time.h>

#define STAMPS_SHARE 8 /* of the disk, at most */

struct cache {
    struct memory_tier *memory;
    struct disk_tier *disk;   /* or NULL */
    struct redis_tier *redis; /* or NULL */
    char *folder;             /* or NULL */
    struct stamp_limits stamps;
    uint64_t wait_ns;
    atomic_bool no_source_text;
    atomic_size_t entries_max;
    atomic_uint_fast64_t hits[CACHE_TIER_COUNT], misses, part_hits, part_misses, puts, get_ns;
};

static struct memory_tier_params memory_params(const struct cache_params *params) {
    return (struct memory_tier_params){params->strategy, params->entries_max, params->memory_bytes_max,
                                       params->ttl_s * NS_PER_S};
}

static struct disk_tier_params disk_params(const struct cache_params *params) {
    return (struct disk_tier_params){params->folder,         params->strategy, params->entries_max,
                                     params->disk_bytes_max, params->ttl_s,    params->no_source_text,
                                     params->lazy,           params->complain,       params->payload};
}

static struct redis_tier_params redis_params(const struct cache_params *params) {
    return (struct redis_tier_params){.url = params->redis,
                                      .on = params->shares,
                                      .ttl_s = params->ttl_s,
                                      .renew = params->strategy != EVICT_TTL,
                                      .complain = params->complain,
                                      .payload = params->payload};
}

struct cache *cache_create(const struct cache_params *params) {
    struct cache *cache = mem_zalloc(sizeof *cache);
    struct memory_tier_params memory = memory_params(params);
    struct disk_tier_params disk = disk_params(params);
    struct redis_tier_params redis = redis_params(params);
    cache->memory = memory_tier_create(&memory);
    cache->wait_ns = params->wait_ns;
    atomic_init(&cache->no_source_text, params->no_source_text);
    atomic_init(&cache->entries_max, params->entries_max);
    if (params->folder) cache->disk = disk_tier_create(&disk);
    if (params->folder) cache->folder = mem_strdup(params->folder);
    cache->stamps = (struct stamp_limits){params->entries_max, params->disk_bytes_max / STAMPS_SHARE, params->ttl_s,
                                          params->strategy == EVICT_TTL};
    if (*params->redis.host) cache->redis = redis_tier_create(&redis);
    return cache;
}

static void tally_losses(struct cache *cache) {
    struct memory_counters memory = memory_tier_counters(cache->memory);
    disk_tier_count(cache->disk, TALLY_MEMORY_EVICTED, memory.evicted);
    disk_tier_count(cache->disk, TALLY_MEMORY_EXPIRED, memory.expired);
    if (!cache->redis) return;
    disk_tier_count(cache->disk, TALLY_REDIS_DROPPED, redis_tier_counters(cache->redis).dropped);
}

void cache_destroy(struct cache *cache) {
    if (!cache) return;
    if (cache->disk) tally_losses(cache);
    redis_tier_destroy(cache->redis);
    disk_tier_destroy(cache->disk);
    memory_tier_destroy(cache->memory);
    mem_free(cache->folder);
    mem_free(cache);
}

void cache_configure(struct cache *cache, const struct cache_params *params) {
    if (!cache) return;
    struct memory_tier_params memory = memory_params(params);
    struct disk_tier_params disk = disk_params(params);
    atomic_store(&cache->no_source_text, params->no_source_text);
    atomic_store(&cache->entries_max, params->entries_max);
    memory_tier_configure(cache->memory, &memory);
    if (cache->disk) disk_tier_configure(cache->disk, &disk);
    struct redis_tier_params redis = redis_params(params);
    if (cache->redis) redis_tier_configure(cache->redis, &redis);
}

static void count(struct cache *cache, atomic_uint_fast64_t *counter, enum disk_tally tally, uint64_t by) {
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
    if (cache->disk) disk_tier_count(cache->disk, tally, by);
}

struct blob *cache_get(struct cache *cache, struct hash128 key, enum cache_tier reach,
                       struct cache_found *ret_found) {
    struct cache_found found = {.tier = CACHE_MEMORY};
    *ret_found = found;
    if (!cache) return NULL;
    uint64_t now_ns = clock_now_ns();
    struct blob *blob = memory_tier_get(cache->memory, key, now_ns);
    if (!blob && reach >= CACHE_DISK && cache->disk) {
        found.tier = CACHE_DISK;
        blob = disk_tier_get(cache->disk, key, cache->wait_ns, &found.cost_us);
    }
    if (!blob && reach >= CACHE_REDIS && cache->redis) {
        found.tier = CACHE_REDIS;
        blob = redis_tier_get(cache->redis, key, &found.cost_us);
    }
    if (!blob) return NULL;
    if (found.tier != CACHE_MEMORY) memory_tier_put(cache->memory, key, blob, found.cost_us, now_ns);
    *ret_found = found;
    return blob;
}

void cache_count(struct cache *cache, bool found, enum cache_tier tier, uint64_t took_ns) {
    static const enum disk_tally tallies[CACHE_TIER_COUNT] = {TALLY_MEMORY_HITS, TALLY_DISK_HITS,
                                                              TALLY_REDIS_HITS};
    if (!found) {
        count(cache, &cache->misses, TALLY_MISSES, 1);
        return;
    }
    count(cache, &cache->hits[tier], tallies[tier], 1);
    count(cache, &cache->get_ns, TALLY_GET_NS, took_ns);
}

void cache_count_part(struct cache *cache, bool found) {
    if (found)
        count(cache, &cache->part_hits, TALLY_PART_HITS, 1);
    else
        count(cache, &cache->part_misses, TALLY_PART_MISSES, 1);
}

static bool may_leave(struct cache *cache, const struct cache_put *put) {
    return !put->quotes_source || !atomic_load(&cache->no_source_text);
}

static void put_on_disk(struct cache *cache, const struct cache_put *put, struct blob *blob) {
    struct disk_put disk = {put->key,      blob,       put->cost_us,    put->quotes_source,
                            put->language, put->paths, put->paths_bytes};
    disk_tier_put(cache->disk, &disk);
}

void cache_put(struct cache *cache, const struct cache_put *put) {
    struct blob *blob = cache ? blob_create(put->bytes, put->size_bytes) : NULL;
    if (!blob) return;
    count(cache, &cache->puts, TALLY_PUTS, 1);
    memory_tier_put(cache->memory, put->key, blob, put->cost_us, clock_now_ns());
    if (put->reach >= CACHE_DISK && cache->disk && may_leave(cache, put)) put_on_disk(cache, put, blob);
    if (put->reach >= CACHE_REDIS && cache->redis && may_leave(cache, put))
        redis_tier_put(cache->redis, put->key, blob, put->cost_us);
    blob_unref(blob);
}

void cache_put_on_disk(struct cache *cache, const struct cache_put *put) {
    if (!cache || !cache->disk || !may_leave(cache, put)) return;
    struct blob *blob = blob_create(put->bytes, put->size_bytes);
    if (!blob) return;
    put_on_disk(cache, put, blob);
    blob_unref(blob);
}

void cache_use(struct cache *cache, const struct disk_use *use) {
    if (cache && cache->disk) disk_tier_use(cache->disk, use);
}

void cache_drop(struct cache *cache, struct hash128 key) {
    if (!cache) return;
    memory_tier_drop(cache->memory, key);
    if (cache->disk) disk_tier_drop(cache->disk, key);
    if (cache->redis) redis_tier_drop(cache->redis, key);
}

/* ---- stamps ---- */

static void tally_hits(struct cache *cache, const struct stamp_hits *hits) {
    disk_tier_count(cache->disk, TALLY_DISK_HITS, hits->count);
    disk_tier_count(cache->disk, TALLY_GET_NS, hits->get_ns);
}

bool cache_stamps_read(struct cache *cache, struct hash128 key, struct stamp_table *ret_table, bool *ret_due) {
    int64_t now_s = (int64_t)time(NULL);
    *ret_due = false;
    if (!cache || !cache->disk) {
        stamp_table_init(ret_table, now_s);
        return false;
    }
    if (!stamp_disk_read(cache->folder, key, &cache->stamps, now_s, ret_table)) return false;
    *ret_due = stamp_disk_is_due(ret_table, &cache->stamps, now_s);
    return true;
}

void cache_stamps_write(struct cache *cache, struct hash128 key, struct stamp_table *table) {
    if (!cache || !cache->disk) return;
    tally_hits(cache, &table->hits);
    table->hits = (struct stamp_hits){0};
    stamp_disk_write(cache->folder, key, &cache->stamps, table);
}

void cache_stamps_hit(struct cache *cache, struct hash128 key, const struct stamp_hits *hits) {
    if (cache && cache->disk) stamp_disk_hit(cache->folder, key, hits);
}

struct stamp_sums cache_stamps_sum(struct cache *cache) {
    return cache && cache->disk ? stamp_disk_sum(cache->folder) : (struct stamp_sums){0};
}

/* ---- all tiers ---- */

uint64_t cache_clear(struct cache *cache, const struct disk_selection *selection) {
    if (!cache) return 0;
    /* Which entries of memory are meant, nobody noted: all go, and come back from the disk. */
    memory_tier_clear(cache->memory);
    if (!cache->disk) return 0;
    struct stamp_hits hits = stamp_disk_clear(cache->folder, selection, (int64_t)time(NULL));
    tally_hits(cache, &hits);
    return disk_tier_clear(cache->disk, selection);
}

char *cache_recent(struct cache *cache, const char *folder, size_t count_max, size_t *ret_count) {
    *ret_count = 0;
    return cache && cache->disk ? disk_tier_recent(cache->disk, folder, count_max, ret_count) : NULL;
}

void cache_tallies(struct cache *cache, uint64_t tallies[TALLY_COUNT]) {
    if (cache && cache->disk)
        disk_tier_tallies(cache->disk, tallies);
    else
        memset(tallies, 0, TALLY_COUNT * sizeof *tallies);
}

void cache_flush(struct cache *cache) {
    if (cache && cache->disk) disk_tier_flush(cache->disk);
    if (cache && cache->redis) redis_tier_flush(cache->redis);
}

struct cache_counters cache_counters(struct cache *cache) {
    struct cache_counters counters = {0};
    if (!cache) return counters;
    for (int i = 0; i < CACHE_TIER_COUNT; i++)
        counters.hits[i] = atomic_load_explicit(&cache->hits[i], memory_order_relaxed);
    counters.misses = atomic_load_explicit(&cache->misses, memory_order_relaxed);
    counters.part_hits = atomic_load_explicit(&cache->part_hits, memory_order_relaxed);
    counters.part_misses = atomic_load_explicit(&cache->part_misses, memory_order_relaxed);
    counters.puts = atomic_load_explicit(&cache->puts, memory_order_relaxed);
    counters.get_ns = atomic_load_explicit(&cache->get_ns, memory_order_relaxed);
    counters.entries_max = atomic_load(&cache->entries_max);
    counters.memory = memory_tier_counters(cache->memory);
    if (cache->disk) counters.disk = disk_tier_counters(cache->disk);
    if (cache->redis) counters.redis = redis_tier_counters(cache->redis);
    return counters;
}
