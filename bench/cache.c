/* What the cache's tiers take: getting and putting 2 KB values, microseconds, one JSON line for each. With a
 * number: so many entries (default 50000). The file lies in the current folder while it is measured. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/mem.h"
#include "cache/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_DEFAULT 50000
#define ENTRIES_MAX     2000000
#define VALUE_BYTES     2048
#define LOOKUPS         20000
#define PUTS            10000 /* in a row, as fast as they can be made */
#define FLUSHED         1000  /* puts that wait for each other to be written */
#define WAIT_NS         (30 * NS_PER_S)

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void report(const char *what, size_t entries, uint64_t *ns, size_t count) {
    qsort(ns, count, sizeof *ns, compare);
    printf("{\"what\": \"%s\", \"entries\": %zu, \"count\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, "
           "\"max_us\": %.1f}\n",
           what, entries, count, (double)ns[count / 2] / 1e3, (double)ns[count * 99 / 100] / 1e3,
           (double)ns[count - 1] / 1e3);
    fflush(stdout);
}

static struct hash128 key_of(uint64_t number) {
    return hash128(&number, sizeof number);
}

static void fill_value(char *value, uint64_t number) {
    for (size_t i = 0; i < VALUE_BYTES; i++)
        value[i] = (char)(number * 31 + i * 7);
}

static void put(struct cache *cache, uint64_t number) {
    char value[VALUE_BYTES];
    fill_value(value, number);
    struct cache_put item = {.key = key_of(number),
                             .bytes = value,
                             .size_bytes = sizeof value,
                             .cost_us = 1000,
                             .reach = CACHE_DISK,
                             .language = "c"};
    cache_put(cache, &item);
}

/* Numbers from `first` on; false: one was not there, or was wrong. */
static bool look_up(struct cache *cache, const char *what, size_t entries, uint64_t first, bool there) {
    uint64_t *ns = mem_alloc(LOOKUPS * sizeof *ns), state = 20261126;
    bool right = true;
    for (size_t i = 0; i < LOOKUPS; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        struct cache_found found;
        uint64_t number = first + (state >> 33) % entries, start_ns = clock_now_ns();
        struct blob *blob = cache_get(cache, key_of(number), CACHE_DISK, &found);
        struct hash128 key = key_of(number);
        if (blob) cache_use(cache, &(struct disk_use){.keys = &key, .key_count = 1, .path = "/p/a.c"});
        ns[i] = clock_now_ns() - start_ns;
        char value[VALUE_BYTES];
        fill_value(value, number);
        right &= there == (blob != NULL);
        if (blob) right &= blob->size_bytes == sizeof value && memcmp(blob->bytes, value, sizeof value) == 0;
        blob_unref(blob);
    }
    report(what, entries, ns, LOOKUPS);
    mem_free(ns);
    return right;
}

static void complain(const char *message, void *payload) {
    (void)payload;
    fprintf(stderr, "%s\n", message);
}

int main(int argc, char **argv) {
    unsigned long entries = argc > 1 ? strtoul(argv[1], NULL, 10) : ENTRIES_DEFAULT;
    if (entries < LOOKUPS || entries > ENTRIES_MAX) {
        fprintf(stderr, "bench_cache takes a number of entries from %d to %d, not '%s'\n", LOOKUPS,
                ENTRIES_MAX, argv[1]);
        return 2;
    }
    char folder[] = "./noodle-cache-XXXXXX";
    if (!mkdtemp(folder)) {
        perror(folder);
        return 2;
    }
    struct cache_params params = {.strategy = EVICT_ADAPTIVE,
                                  .entries_max = entries * 2,
                                  .memory_bytes_max = (size_t)8 << 30,
                                  .disk_bytes_max = (size_t)64 << 30,
                                  .wait_ns = WAIT_NS,
                                  .folder = folder,
                                  .complain = complain};
    struct cache *cache = cache_create(&params);
    for (uint64_t i = 0; i < entries; i++) {
        put(cache, i);
        if (i % FLUSHED == FLUSHED - 1) cache_flush(cache);
    }
    cache_flush(cache);
    bool right = look_up(cache, "memory hit", entries, 0, true);
    uint64_t *ns = mem_alloc(PUTS * sizeof *ns);
    for (size_t i = 0; i < PUTS; i++) {
        uint64_t start_ns = clock_now_ns();
        put(cache, entries + i);
        ns[i] = clock_now_ns() - start_ns;
    }
    report("put", entries, ns, PUTS);
    mem_free(ns);
    cache_flush(cache);
    struct disk_counters disk = cache_counters(cache).disk;
    printf("{\"what\": \"puts in a row\", \"count\": %d, \"written\": %zu, \"dropped\": %zu}\n", PUTS,
           (size_t)(disk.written - entries), (size_t)disk.dropped);
    cache_destroy(cache);

    params.memory_bytes_max = 0; /* nothing is found nearer than on disk */
    struct cache_found found;
    uint64_t start_ns = clock_now_ns();
    cache = cache_create(&params);
    blob_unref(cache_get(cache, key_of(0), CACHE_DISK, &found));
    uint64_t open_ns = clock_now_ns() - start_ns;
    report("open and get", entries, &open_ns, 1);
    right &= look_up(cache, "disk hit, first look", entries, 0, true);
    right &= look_up(cache, "disk hit", entries, 0, true);
    right &= look_up(cache, "miss", entries, UINT64_C(1) << 40, false);
    params.entries_max = entries; /* from here on something goes for each that comes */
    cache_configure(cache, &params);
    start_ns = clock_now_ns();
    for (size_t i = 0; i < PUTS; i++) {
        put(cache, entries + PUTS + i);
        if (i % FLUSHED == FLUSHED - 1) cache_flush(cache);
    }
    uint64_t evicting_ns = (clock_now_ns() - start_ns) / PUTS;
    report("written, with one that goes", entries, &evicting_ns, 1);
    right &= cache_counters(cache).disk.evicted >= PUTS;
    start_ns = clock_now_ns();
    cache_destroy(cache);
    uint64_t close_ns = clock_now_ns() - start_ns;
    report("close", entries, &close_ns, 1);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0 || !right) {
        fprintf(stderr, "bench_cache: %s\n", right ? "the folder is still there" : "a wrong answer");
        return 1;
    }
    return 0;
}
