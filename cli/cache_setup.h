/* cache_setup.h: the cache of a command: where it lies, how large it may grow, whether there is one.
 *
 * It lies in $XDG_CACHE_HOME/noodle, else in ~/.cache/noodle. With --no-cache, and with a size of 0, there is
 * none.
 *
 * Owns    the cache, until cache_setup_finish.
 * Threads init, apply and finish on the main thread; the cache is for any.
 * Errors  none that stops anything: without a folder results are kept in memory, and one line says so. */
#ifndef NOODLE_CACHE_SETUP_H
#define NOODLE_CACHE_SETUP_H

#include "cache/store.h"
#include "cli/preferences.h"

struct cache_setup {
    struct cache *cache;                  /* NULL: nothing is kept */
    struct cache_preferences preferences; /* in force */
    uint64_t wait_ns;
};

/* wait_ns: what a look-up may wait for a disk that is not open yet. */
void cache_setup_init(struct cache_setup *setup, const struct options *options,
                      const struct cache_preferences *preferences, uint64_t wait_ns,
                      void (*complain)(const char *message, void *payload), void *payload);
void cache_setup_finish(struct cache_setup *setup); /* writes what waits */
/* Other limits from now on, for a cache that there is. */
void cache_setup_apply(struct cache_setup *setup, const struct cache_preferences *preferences);

#endif
