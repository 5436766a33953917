/* disk_tier.h: the entries on disk, in an SQLite file that all processes of a user share (disk_file.h).
 *
 * Everything that writes is done by a thread of its own, many at a time; who puts something only leaves it
 * there. Nothing is ever trusted: a row whose checksum is wrong is a miss and goes; a file that is damaged is
 * left for a new one. When the disk is read-only, full or missing, there is one line and no disk. What is too
 * old goes at leisure, and what quotes source text at once when nobody is to keep that (disk_care.h).
 *
 * Owns    the file's connections, the thread, a reference to each blob that waits.
 * Threads any. A lock guards what waits, another the reading connection, which is held for one look-up.
 * Errors  none: what does not work is not there.
 * Units   bytes; seconds since 1970 in the file; nanoseconds elsewhere. */
#ifndef NOODLE_DISK_TIER_H
#define NOODLE_DISK_TIER_H

#include "base/hash.h"
#include "cache/blob.h"
#include "cache/evict.h"

struct disk_tier;

struct disk_tier_params {
    const char *folder;
    enum evict_strategy strategy;
    size_t entries_max, bytes_max;
    uint64_t ttl_s; /* since the last use (with the strategy ttl: since it was written); 0: for ever */
    bool no_quotes; /* what quotes source text is not kept: what was kept before is erased */
    bool lazy;      /* the file is opened when something is first asked or put; with no_quotes at once all the same */
    void (*complain)(const char *message, void *payload); /* from the thread, or from create */
    void *payload;
};

#define DISK_PATHS_MAX 256 /* files of one entry; those that are included directly come first */

struct disk_put {
    struct hash128 key;
    struct blob *blob;
    uint32_t cost_us;
    bool quotes; /* pieces of source text */
    const char *language; /* static */
    /* The files that it was made of, each with a NUL behind it: the document's own path first (empty: it lies
     * nowhere), then those that it includes. NULL: none. */
    const char *paths;
    size_t paths_bytes;
};

/* A question that was answered. */
#define DISK_USE_KEYS_MAX 3

struct disk_use {
    const struct hash128 *keys; /* of the entries that led to the answer, at most DISK_USE_KEYS_MAX */
    size_t key_count;
    const char *path; /* of the document, which the entries are made of from here on; NULL: it lies nowhere */
    bool in_background; /* nobody asked for the document, which is not taken for used */
};

/* What is cleared: entries for which all that is set holds. */
struct disk_selection {
    const char *language; /* NULL: all */
    const char *path;     /* made of this file, or of one below this folder; NULL: all */
    uint64_t older_s;     /* not used for longer than this; 0: all */
};

struct disk_counters {
    bool open; /* there is a file */
    uint64_t entries, bytes;
    uint64_t written, dropped; /* puts; those that found too many waiting, or no disk */
    uint64_t evicted, expired, damaged_rows, damaged_files;
    uint64_t waiting;        /* puts, to be written */
    uint64_t erased; /* they quoted source text, which was not to be kept any more */
};

/* What happened, counted over all processes and kept in the file. What memory and Redis lost is counted when
 * a cache ends. */
#define DISK_TALLY_MAP(X)                                                                                    \
    X(MEMORY_HITS, "memory hits")                                                                            \
    X(DISK_HITS, "disk hits")                                                                                \
    X(REDIS_HITS, "redis hits")                                                                              \
    X(MISSES, "misses")                                                                                      \
    X(GET_NS, "get ns") /* of all hits together */                                                           \
    X(PART_HITS, "part hits")                                                                                \
    X(PART_MISSES, "part misses")                                                                            \
    X(PUTS, "puts")                                                                                          \
    X(EVICTED, "evicted") /* there was no room */                                                            \
    X(EXPIRED, "expired") /* not used for too long */                                                        \
    X(DAMAGED, "damaged") /* rows whose checksum was wrong */                                                \
    X(ERASED, "erased")   /* they quoted source text */                                                      \
    X(DROPPED, "dropped") /* puts that were not written */                                                   \
    X(CLEARED, "cleared")                                                                                    \
    X(MEMORY_EVICTED, "memory evicted")                                                                      \
    X(MEMORY_EXPIRED, "memory expired")                                                                      \
    X(REDIS_DROPPED, "redis dropped")

enum disk_tally {
#define X(name, text) TALLY_##name,
    DISK_TALLY_MAP(X)
#undef X
        TALLY_COUNT
};

const char *disk_tally_name(enum disk_tally tally);

struct disk_tier *disk_tier_create(const struct disk_tier_params *params);
void disk_tier_destroy(struct disk_tier *tier); /* writes what waits; NULL is harmless */
void disk_tier_configure(struct disk_tier *tier, const struct disk_tier_params *params); /* folder stays */

/* A reference, with what making it took, or NULL. Waits at most wait_ns for the file to be opened. */
struct blob *disk_tier_get(struct disk_tier *tier, struct hash128 key, uint64_t wait_ns,
                           uint32_t *ret_cost_us);
void disk_tier_put(struct disk_tier *tier, const struct disk_put *put);
/* Noted within seconds, if the entries are there then; not again within a minute, nor when too many wait. */
void disk_tier_use(struct disk_tier *tier, const struct disk_use *use);
void disk_tier_drop(struct disk_tier *tier, struct hash128 key);

/* How many entries went. Waits for it. */
uint64_t disk_tier_clear(struct disk_tier *tier, const struct disk_selection *selection);
/* Documents below the folder, the latest used first, each with a NUL behind it; for mem_free. */
char *disk_tier_recent(struct disk_tier *tier, const char *folder, size_t count_max, size_t *ret_count);
/* Counted now, written with what is written next, or at the end. */
void disk_tier_count(struct disk_tier *tier, enum disk_tally tally, uint64_t by);
/* What the file says, without what this process has not written yet. */
void disk_tier_tallies(struct disk_tier *tier, uint64_t tallies[TALLY_COUNT]);
void disk_tier_flush(struct disk_tier *tier); /* waits until all that was put is written, and erasing was tried */
struct disk_counters disk_tier_counters(struct disk_tier *tier);

#endif
