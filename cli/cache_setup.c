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
                                 .wait_ns = setup->params.wait_ns,
                                 .redis = preferences->redis,
                                 .shares = preferences->shares,
                                 .no_source_text = !preferences->source_text,
                                 .complain = setup->params.complain,
                                 .payload = setup->params.payload};
}

static struct cache *make(const struct cache_setup *setup) {
    struct cache_params params = params_of(setup);
    char *folder = setup->preferences.disk_mb ? cache_folder_path() : NULL;
    params.folder = folder;
    struct cache *cache = cache_create(&params);
    mem_free(folder);
    return cache;
}

void cache_setup_init(struct cache_setup *setup, const struct cache_setup_params *params) {
    *setup = (struct cache_setup){.params = *params};
}

void cache_setup_finish(struct cache_setup *setup) {
    cache_destroy(setup->replaced);
    cache_destroy(setup->made);
    setup->cache = setup->made = setup->replaced = NULL;
}

void cache_setup_apply(struct cache_setup *setup, const struct cache_preferences *preferences) {
    struct cache_preferences before = setup->preferences;
    cache_destroy(setup->replaced);
    setup->replaced = setup->cache = NULL;
    if (setup->params.options->no_cache || preferences->entries == 0)
        return; /* what was made is kept, idle */
    setup->preferences = *preferences;
    if (setup->made && !before.disk_mb != !preferences->disk_mb) {
        setup->replaced = setup->made;
        setup->made = NULL;
    }
    if (!setup->made) {
        setup->made = make(setup);
    } else if (memcmp(&before, preferences, sizeof before) != 0) {
        struct cache_params params = params_of(setup);
        cache_configure(setup->made, &params);
    }
    setup->cache = setup->made;
}
