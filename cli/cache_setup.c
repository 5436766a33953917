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
                                 .lazy = setup->params.lazy,
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

/* ---- the thread ---- */

static void run_errand(const struct cache_setup_errand *errand) {
    if (errand->ends)
        cache_destroy(errand->cache);
    else
        cache_configure(errand->cache, &errand->params);
}

static void run(void *payload) {
    struct cache_setup *setup = payload;
    thread_lock_acquire(setup->lock);
    while (!setup->stop || setup->errands.count) {
        if (!setup->errands.count) {
            thread_cond_wait(setup->work, setup->lock);
            continue;
        }
        struct cache_setup_errand errand = setup->errands.items[0];
        thread_lock_release(setup->lock);
        run_errand(&errand);
        thread_lock_acquire(setup->lock);
        setup->errands.count--;
        memmove(setup->errands.items, setup->errands.items + 1,
                setup->errands.count * sizeof *setup->errands.items);
        thread_cond_broadcast(setup->done);
    }
    thread_lock_release(setup->lock);
}

static void leave_to_thread(struct cache_setup *setup, struct cache_setup_errand errand) {
    if (!setup->thread) {
        setup->lock = thread_lock_create();
        setup->work = thread_cond_create();
        setup->done = thread_cond_create();
        setup->thread = thread_create(run, setup);
    }
    thread_lock_acquire(setup->lock);
    vec_push(&setup->errands, errand);
    thread_cond_signal(setup->work);
    thread_lock_release(setup->lock);
}

void cache_setup_wait(struct cache_setup *setup) {
    if (!setup->thread) return;
    thread_lock_acquire(setup->lock);
    while (setup->errands.count)
        thread_cond_wait(setup->done, setup->lock);
    thread_lock_release(setup->lock);
}

static void end_thread(struct cache_setup *setup) {
    if (!setup->thread) return;
    thread_lock_acquire(setup->lock);
    setup->stop = true;
    thread_cond_signal(setup->work);
    thread_lock_release(setup->lock);
    thread_join(setup->thread);
    thread_cond_destroy(setup->work);
    thread_cond_destroy(setup->done);
    thread_lock_destroy(setup->lock);
    vec_finish(&setup->errands);
    setup->thread = NULL;
}

/* ---- the interface ---- */

void cache_setup_init(struct cache_setup *setup, const struct cache_setup_params *params) {
    *setup = (struct cache_setup){.params = *params};
}

void cache_setup_finish(struct cache_setup *setup) {
    end_thread(setup);
    cache_destroy(setup->replaced);
    cache_destroy(setup->made);
    setup->cache = setup->made = setup->replaced = NULL;
}

void cache_setup_apply(struct cache_setup *setup, const struct cache_preferences *preferences) {
    struct cache_preferences before = setup->preferences;
    if (setup->replaced)
        leave_to_thread(setup, (struct cache_setup_errand){.cache = setup->replaced, .ends = true});
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
        leave_to_thread(setup, (struct cache_setup_errand){.cache = setup->made, .params = params_of(setup)});
    }
    setup->cache = setup->made;
}
