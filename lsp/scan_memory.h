/* scan_memory.h: what scans of the workspace found, per file, so that a file that did not change is not read
 * again.
 *
 * Owns    an entry a file: a few dozen bytes, and the diagnostics of the broken ones.
 * Threads the scanning thread (one at a time); scan_memory_touch and scan_memory_is_fresh from any.
 * Errors  none. */
#ifndef NOODLE_SCAN_MEMORY_H
#define NOODLE_SCAN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which file it was, as the file system tells. */
struct scan_stamp {
    int64_t modified_ns;
    uint64_t size_bytes, inode;
    uint64_t around_changes; /* what it was judged by, where it includes or imports; else 0 */
};

struct scan_entry {
    char *uri;
    struct scan_stamp stamp;
    uint64_t hash;  /* of items */
    char *items;    /* JSON array; NULL: no diagnostics */
    unsigned round; /* of the last scan that saw the file */
};

struct scan_memory;

struct scan_memory *scan_memory_create(void);
void scan_memory_destroy(struct scan_memory *memory);

/* Something changed on disk, or may have. */
void scan_memory_touch(struct scan_memory *memory);
/* Nothing did since the scan that was finished last began. */
bool scan_memory_is_fresh(const struct scan_memory *memory);

/* Begins a round: every entry that it does not see is gone at its end. An unfinished round (complete false)
 * forgets nothing and leaves the memory touched. */
void scan_memory_begin(struct scan_memory *memory);
void scan_memory_end(struct scan_memory *memory, bool complete);

/* Marks the file as seen. NULL: not known, or changed. */
const struct scan_entry *scan_memory_see(struct scan_memory *memory, const char *uri,
                                         const struct scan_stamp *stamp);
const struct scan_entry *scan_memory_put(struct scan_memory *memory, const char *uri,
                                         const struct scan_stamp *stamp, uint64_t hash, const char *items);

/* Every entry, in the order in which the files were first seen. */
const struct scan_entry *scan_memory_at(const struct scan_memory *memory,
                                        size_t index); /* NULL past the last */

#endif
