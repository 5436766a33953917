/* redis_tier.h: the entries that several machines share, in a Redis server.
 *
 * All that talks to the server is done by a thread of its own, over one connection. Who puts something only
 * leaves it there; who asks waits for at most wait_ns. When the server cannot be reached, does not let us in,
 * answers late or answers nonsense, nobody is made to wait for it until it has proven itself:
 *
 *     OFF ──on──► CONNECTING ──PING in time──► READY
 *                     │                          │ failure, or LATE_MAX answers too late in a row
 *                     └──failure──► RESTING ◄────┘
 *                                      └──after a pause, none at first, that doubles: connect and PING──►
 * READY
 *
 * Keys are "noodle:r2:" and 32 digits, values packed.h; SET with a time to live. Nothing that the server says
 * is trusted. Nothing is ever removed there but what turned out to be no good: the server is others', too.
 *
 * Owns    the connection, the thread, a reference to each blob that waits.
 * Threads any. A lock guards all but the connection, and is never held while talking.
 * Errors  none: what does not work is not there; the first time, one line says why.
 * Units   nanoseconds; ttl in seconds, costs in microseconds. */
#ifndef NOODLE_REDIS_TIER_H
#define NOODLE_REDIS_TIER_H

#include "base/hash.h"
#include "cache/blob.h"
#include "cache/redis_url.h"
#include <stdbool.h>

struct redis_tier;

struct redis_tier_params {
    struct redis_url url;
    bool on;                                              /* else nothing is asked and nothing sent */
    uint64_t ttl_s;                                       /* 0: for ever */
    bool renew;                                           /* ttl_s counts since the last use */
    uint64_t wait_ns;                                     /* for an answer; 0: 10 ms */
    void (*complain)(const char *message, void *payload); /* from the thread */
    void *payload;
};

enum redis_state { REDIS_OFF, REDIS_CONNECTING, REDIS_READY, REDIS_RESTING };

const char *redis_state_name(enum redis_state state);

struct redis_counters {
    enum redis_state state;
    uint64_t hits, misses;
    uint64_t late;             /* answers that nobody waited for any more */
    uint64_t failures;         /* connections that could not be made, or broke */
    uint64_t written, dropped; /* puts; those that found too many waiting, or no server */
    uint64_t damaged;          /* values that were not what was put */
};

struct redis_tier *redis_tier_create(const struct redis_tier_params *params);
/* Sends what waits, if that takes no time worth mentioning. NULL is harmless. */
void redis_tier_destroy(struct redis_tier *tier);
void redis_tier_configure(struct redis_tier *tier,
                          const struct redis_tier_params *params); /* on, ttl_s, renew; the rest stays */

/* A reference, and what making it took; or NULL. */
struct blob *redis_tier_get(struct redis_tier *tier, struct hash128 key, uint32_t *ret_cost_us);
void redis_tier_put(struct redis_tier *tier, struct hash128 key, struct blob *blob, uint32_t cost_us);
void redis_tier_drop(struct redis_tier *tier, struct hash128 key);

/* Waits until what was put was sent or dropped, and until it is known whether there is a server. */
void redis_tier_flush(struct redis_tier *tier);
struct redis_counters redis_tier_counters(struct redis_tier *tier);

#endif
