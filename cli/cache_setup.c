#include "cli/cache_setup.h"
#include "cli/cache_folder.h"

#include <stdlib.h>
#include <string.h>

#define MEGABYTE ((size_t)1 << 20)

static struct cache_params params_of(const struct cache_setup *setup) {
    const struct cache_preferences *preferences = &setup->preferences;
    return (struct cache_params){.strategy = preferences->strategy,
                                 .entries_max = preferences->entries,
                                 .memory_bytes_max = preferences->memory_mb * MEGABYTE,
                                 .disk_bytes_max = preferences->disk_mb * MEGABYTE,
                                 .ttl_s = preferences->ttl_s,
                                 .wait_ns = setup->wait_ns,
                                 .redis = preferences->redis,
                                 .shares = preferences->shares,
                                 .no_source_text = !preferences->source_text};
}

void cache_setup_init(struct cache_setup *setup, const struct options *options,
                      const struct cache_preferences *preferences, uint64_t wait_ns,
                      void (*complain)(const char *message, void *payload), void *payload) {
    *setup = (struct cache_setup){.preferences = *preferences, .wait_ns = wait_ns};
    if (options->no_cache || preferences->entries == 0) return;
    char *folder = preferences->disk_mb ? cache_folder_path() : NULL;
    struct cache_params params = params_of(setup);
    params.folder = folder;
    params.complain = complain;
    params.payload = payload;
    setup->cache = cache_create(&params);
    mem_free(folder);
}

void cache_setup_finish(struct cache_setup *setup) {
    cache_destroy(setup->cache);
    setup->cache = NULL;
}

void cache_setup_apply(struct cache_setup *setup, const struct cache_preferences *preferences) {
    if (memcmp(&setup->preferences, preferences, sizeof *preferences) == 0) return;
    setup->preferences = *preferences;
    struct cache_params params = params_of(setup);
    cache_configure(setup->cache, &params);
}
