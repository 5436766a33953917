/* stamp_table.h: files whose content is known to be without a mistake, by path and stamp, as a table that is
 * read and written as a whole.
 *
 * As bytes, in the machine's own order:
 *
 *      0  magic, 8 bytes             16  hits, get_ns, 8 each: not under the checksum, since they are counted up
 *      8  checksum of 32 and behind,  32  made_s, used_s, 8 each
 *         seeded with the key, 8      48  count of rows, size of the paths, 4 each
 *     56  rows, STAMP_ROW_BYTES each, ascending by hash: hash64 of the path, device, inode, size, modified_ns,
 *         changed_ns, text (16), language, 8 each; place of the path, 4, and 4 of zero
 *         paths, each with a NUL behind it
 *
 * Owns    the rows, and their paths.
 * Threads one at a time; any number while nothing is added.
 * Errors  bytes that are no table of this key are none: false.
 * Units   bytes; seconds and nanoseconds since 1970; get_ns: nanoseconds. */
#ifndef NOODLE_STAMP_TABLE_H
#define NOODLE_STAMP_TABLE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"
#include "cache/file_stamp.h"

#define STAMP_ROW_BYTES   80
#define STAMP_HITS_AT     16                /* two numbers that stamp_hits are */
#define STAMP_TABLE_BYTES ((size_t)64 << 20) /* no table is larger */

struct stamp_row {
    const char *path; /* absolute */
    struct file_stamp stamp;
    struct hash128 text; /* hash of the content */
    uint64_t language;   /* stamp_language */
};

/* How often files were not read because of the table, and what asking took. */
struct stamp_hits {
    uint64_t count, get_ns;
};

struct stamp_table {
    struct {
        VEC_FIELDS(struct stamp_row);
    } rows;
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

uint64_t stamp_language(const char *id);

#endif
