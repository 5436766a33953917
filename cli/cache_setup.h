/* cache_setup.h: the cache of a command: where it lies, how large it may grow, whether there is one.
 *
 * It lies in $XDG_CACHE_HOME/noodle, else in ~/.cache/noodle. With --no-cache, and with a size of 0, there is
 * none. It is made when the settings are first known, and made anew when the disk is to be used from then on,
 * or no more.
 *
 * Ending a cache waits for its disk, and other limits and strategies sort all that is in memory: once there
 * is a cache, a thread does that, in the order of the settings, so that who applies them does not wait.
 *
 * Owns    the cache, until cache_setup_finish; one that was replaced, until it has ended after the next
 *         cache_setup_apply; the thread. The setup must stay where it is from the second cache_setup_apply
 *         on.
 * Threads init, apply, wait and finish on the main thread; the cache is for any.
 * Errors  none that stops anything: without a folder results are kept in memory, and one line says so. */
#ifndef NOODLE_CACHE_SETUP_H
#define NOODLE_CACHE_SETUP_H

#include "base/thread.h"
#include "base/vec.h"
#include "cache/store.h"
#include "cli/preferences.h"

struct cache_setup_params {
    const struct options *options;
    bool lazy;        /* its file is opened when something is asked of it */
    uint64_t wait_ns; /* what a look-up may wait for a disk that is not open yet */
    void (*complain)(const char *message, void *payload);
    void *payload;
};

struct cache_setup_errand {
    struct cache *cache;
    bool ends;
    struct cache_params params; /* else */
};

struct cache_setup {
    struct cache *cache; /* NULL: nothing is kept */

    struct cache_setup_params params;
    struct cache *made, *replaced;        /* or NULL; made is what cache is when it is not NULL */
    struct cache_preferences preferences; /* of made */

    struct thread *thread; /* NULL: there was nothing for it yet */
    struct thread_lock *lock;
    struct thread_cond *work, *done;
    struct {
        VEC_FIELDS(struct cache_setup_errand);
    } errands; /* the first may be under way */
    bool stop;
};

void cache_setup_init(struct cache_setup *setup, const struct cache_setup_params *params);
void cache_setup_finish(struct cache_setup *setup); /* writes what waits */
/* From now on there is such a cache. Whoever uses the one before has to let go of it before the next call. */
void cache_setup_apply(struct cache_setup *setup, const struct cache_preferences *preferences);
void cache_setup_wait(struct cache_setup *setup); /* until all that was applied is done */

#endif
