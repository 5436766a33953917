/* stamp_disk.h: tables of stamps (stamp_table.h) in the folder of the disk tier, one for each key: a file that is
 * read at once, so that a command that finds all files as they were opens no database.
 *
 *     FOLDER/stamps-SCHEMA-KEY   the key in 32 hexadecimal digits
 *
 * Each is written beside and renamed: two processes never see half of one, and the last one that writes is
 * right, since every row says by itself when it holds. Tables of another schema are left alone when they are
 * newer, and go when they are older.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: what cannot be read is not there, and what cannot be written is not kept. A table that is
 *         damaged or too old is removed.
 * Units   bytes; seconds since 1970. */
#ifndef NOODLE_STAMP_DISK_H
#define NOODLE_STAMP_DISK_H

#include "cache/disk_tier.h"
#include "cache/stamp_table.h"

#define STAMP_DISK_SCHEMA 1

struct stamp_limits {
    size_t rows_max, bytes_max; /* of one table; of all */
    uint64_t ttl_s;             /* since it was last used; 0: for ever */
    bool from_made;             /* since it was begun */
};

/* False: there is none, and *ret_table is one without rows. */
bool stamp_disk_read(const char *folder, struct hash128 key, const struct stamp_limits *limits, int64_t now_s,
                     struct stamp_table *ret_table);
/* Whether the table's results should count as used again, so that they are not forgotten before it is. */
bool stamp_disk_is_due(const struct stamp_table *table, const struct stamp_limits *limits, int64_t now_s);
/* In place of what was there. Makes room: those written longest ago go. */
void stamp_disk_write(const char *folder, struct hash128 key, const struct stamp_limits *limits,
                      const struct stamp_table *table);
/* Adds to the table's hits, without writing it anew. */
void stamp_disk_hit(const char *folder, struct hash128 key, const struct stamp_hits *hits);

/* The rows for which all that is set holds; of a path also those that may depend on it. Returns the hits of tables
 * that went. */
struct stamp_hits stamp_disk_clear(const char *folder, const struct disk_selection *selection, int64_t now_s);

struct stamp_sums {
    uint64_t tables, clean, bytes; /* clean: files that need not be read as long as they are as they were */
    struct stamp_hits hits;
};
struct stamp_sums stamp_disk_sum(const char *folder);

#endif
