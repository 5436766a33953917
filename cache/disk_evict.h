/* disk_evict.h: which entry of the results file goes when it is full. There is no list of all of them in memory: a
 * few are looked at by chance, and the one that is worth least goes. lru, lfu and ttl are as in evict.h.
 *
 * adaptive is W-TinyLFU as far as that goes without lists. How often keys were asked for lately is counted by
 * this process (sketch.h); what earlier ones knew is in the entries, and is forgotten with time. The newest are
 * let be, and the one that comes to be among the others has to be worth more than what it would push out, else
 * it goes itself. When a rehearsal (rehearsal.h) says that the latest do better than the lasting, the one that
 * was not used for longest goes instead.
 *
 * Owns    its tables.
 * Threads asking any; a lock guards the tables, which nobody holds for longer than looking something up. The rest
 *         on the thread that writes.
 * Errors  SQLite's result codes, as disk_rows.h.
 * Units   seconds since 1970. */
#ifndef NOODLE_DISK_EVICT_H
#define NOODLE_DISK_EVICT_H

#include "cache/disk_rows.h"

struct disk_evict;

struct disk_evict *disk_evict_create(const struct disk_limits *limits, uint64_t seed);
void disk_evict_destroy(struct disk_evict *evict); /* NULL is harmless */
/* Any thread. With another size or strategy, what was counted is forgotten. */
void disk_evict_configure(struct disk_evict *evict, const struct disk_limits *limits);

void disk_evict_ask(struct disk_evict *evict, struct hash128 key); /* whether it is there or not */

/* In a transaction: one goes. *ret_any false: there is none. */
int disk_evict_one(struct disk_evict *evict, struct disk_rows *rows, const struct disk_limits *limits,
                   int64_t now_s, struct disk_size *size, bool *ret_any, bool *ret_expired);

#endif
