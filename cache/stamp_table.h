/* stamp_table.h: what is known of files by path and stamp, as a table that is read and written as a whole.
 *
 * A row is a file with the place of its result. What results depend on beside their own files is seen in other
 * paths: a row that is STAMP_AROUND holds as long as every sight of the table does.
 *
 * As bytes, in the machine's own order, numbers of 8 bytes where nothing else is said:
 *
 *      0  magic                       16  hits, get_ns: not under the checksum, since they are counted up
 *      8  checksum of 32 and behind,  32  made_s, used_s
 *         seeded with the key         48  count of rows, of sights, size of the paths, zero, 4 each
 *     64  rows, STAMP_ROW_BYTES each, ascending by hash: hash64 of the path, stamp (device, inode, size, modified_ns,
 *         changed_ns), text (16), language, keys (16 each); place of the path, 2 of flags, 2 count of keys
 *         sights, STAMP_SIGHT_BYTES each: stamp; place of the path, 4, and what was seen, 4
 *         paths, each with a NUL behind it
 *
 * Owns    rows, sights, and their paths.
 * Threads one at a time; any number while nothing is added.
 * Errors  bytes that are no table of this key are none: false.
 * Units   bytes; seconds and nanoseconds since 1970; get_ns: nanoseconds. */
#ifndef NOODLE_STAMP_TABLE_H
#define NOODLE_STAMP_TABLE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"
#include "cache/disk_tier.h"
#include "cache/file_stamp.h"

#define STAMP_ROW_BYTES   128
#define STAMP_SIGHT_BYTES 48
#define STAMP_HITS_AT     16                /* two numbers that stamp_hits are */
#define STAMP_TABLE_BYTES ((size_t)64 << 20) /* no table is larger */

#define STAMP_KEYS_MAX DISK_USE_KEYS_MAX

enum stamp_flags {
    STAMP_CLEAN = 1, /* nothing is to be shown: the file need not be read */
    STAMP_AROUND = 2 /* the result depends on more than the text */
};

struct stamp_row {
    const char *path; /* absolute */
    struct file_stamp stamp;
    struct hash128 text; /* hash of the content */
    uint64_t language;   /* stamp_language */
    struct hash128 keys[STAMP_KEYS_MAX]; /* of the entries that lead to the result, its own last */
    uint16_t key_count;                  /* at least one */
    uint16_t flags;
};

enum stamp_sight_kind {
    STAMP_SEEN_FILE,   /* a regular file: its content */
    STAMP_SEEN_LIST,   /* a folder: which names are in it */
    STAMP_SEEN_FOLDER, /* that it is a folder */
    STAMP_SEEN_NOTHING, /* that there is nothing */
    STAMP_SEEN_KIND_COUNT
};

struct stamp_sight {
    const char *path;
    struct file_stamp stamp; /* of the first two kinds, else zero */
    uint32_t kind;
};

/* How often files were not read because of the table, and what asking took. */
struct stamp_hits {
    uint64_t count, get_ns;
};

struct stamp_table {
    struct {
        VEC_FIELDS(struct stamp_row);
    } rows;
    struct {
        VEC_FIELDS(struct stamp_sight);
    } sights;
    uint64_t *hashes; /* of the rows' paths, ascending, as long as nothing was added; or NULL */
    struct arena paths;
    int64_t made_s, used_s; /* when it was begun, and when its results last counted as used */
    struct stamp_hits hits;
};

void stamp_table_init(struct stamp_table *table, int64_t now_s);
void stamp_table_finish(struct stamp_table *table); /* one that was zeroed, too */

/* In place of what the table was, which has to be finished or zeroed. Untouched when false. */
bool stamp_table_decode(struct stamp_table *ret_table, struct hash128 key, const char *bytes, size_t length);
void stamp_table_encode(const struct stamp_table *table, struct hash128 key, struct str *out);

/* Of a table that was decoded. NULL: there is no such path; lives as long. */
const struct stamp_row *stamp_table_find(const struct stamp_table *table, const char *path);
/* Copies the path, which is new to the table. */
void stamp_table_add(struct stamp_table *table, const struct stamp_row *row);
void stamp_table_add_sight(struct stamp_table *table, const struct stamp_sight *sight); /* likewise */

uint64_t stamp_language(const char *id);

#endif
