/* disk_rows.h: what is asked of an open results file (disk_file.h), as statements that are prepared once.
 *
 * Owns    its statements; the connections are the file's.
 * Threads disk_rows_get, _recent and _tallies use the reading connection, the rest the writing one.
 * Errors  SQLite's result codes, SQLITE_OK (0) for success. A row that is wrong is told apart from one that
 *         is not there.
 * Units   seconds since 1970; bytes; microseconds. */
#ifndef NOODLE_DISK_ROWS_H
#define NOODLE_DISK_ROWS_H

#include "base/str.h"
#include "cache/disk_file.h"
#include "cache/disk_tier.h"

enum disk_statement {
    STATEMENT_GET,
    STATEMENT_RECENT,
    STATEMENT_TALLIES,
    STATEMENT_ENTRY,
    STATEMENT_VALUE,
    STATEMENT_FILE,
    STATEMENT_DEPENDENCY,
    STATEMENT_TOUCH,
    STATEMENT_SHARE,
    STATEMENT_USE,
    STATEMENT_FIND,
    STATEMENT_DROP_ENTRY,
    STATEMENT_DROP_VALUE,
    STATEMENT_DROP_DEPENDENCIES,
    STATEMENT_COUNT_ALL,
    STATEMENT_LAST,
    STATEMENT_SAMPLE,
    STATEMENT_SAMPLE_BY_KEY,
    STATEMENT_SAMPLE_OLDER,
    STATEMENT_QUOTING,
    STATEMENT_TALLY,
    STATEMENT_SIZE,
    STATEMENT_SET_SIZE,
    STATEMENT_COUNT
};

struct disk_rows {
    struct sqlite3_stmt *statements[STATEMENT_COUNT];
    struct disk_file *file;
};

struct disk_found {
    struct blob *blob; /* a reference; NULL: there is none */
    uint32_t cost_us;  /* what making it took */
    int64_t id;
    bool bad;     /* it was there, and wrong */
    bool expired; /* it was there, and too old */
    bool barred;  /* it was there, and quotes what nobody is to keep */
};

/* An entry without its value. Ids ascend in the order in which entries came. */
struct disk_sample {
    int64_t id, made_s, used_s, uses, size, cost_us;
    struct hash128 key;
};

/* How much is in the file, and how far its care is (disk_care.h): kept there, in the transaction of each
 * change, since counting a million entries takes longer than most processes live. */
struct disk_size {
    uint64_t entries, bytes;
    uint64_t sweep_id, swept_s; /* 0: no pass is under way; when the last one ended */
    uint64_t erasing; /* 1: what was erased may still be in the log */
};

struct disk_limits {
    enum evict_strategy strategy;
    uint64_t entries_max, bytes_max, ttl_s;
    bool no_quotes;
};

int disk_rows_open(struct disk_rows *rows, struct disk_file *file);
void disk_rows_close(struct disk_rows *rows);

int disk_rows_get(struct disk_rows *rows, struct hash128 key, const struct disk_limits *limits, int64_t now_s,
                  struct disk_found *ret_found);
/* Appends paths, each with its NUL. */
int disk_rows_recent(struct disk_rows *rows, const char *folder, size_t count_max, struct str *paths,
                     size_t *ret_count);

int disk_rows_tallies(struct disk_rows *rows, uint64_t tallies[TALLY_COUNT]);

int disk_rows_begin(struct disk_rows *rows);
int disk_rows_commit(struct disk_rows *rows);
void disk_rows_rollback(struct disk_rows *rows);
/* In place of what was there. What putting and dropping change is added to and taken from the size. */
int disk_rows_put(struct disk_rows *rows, const struct disk_put *put, int64_t now_s, struct disk_size *size);
int disk_rows_drop(struct disk_rows *rows, struct hash128 key, struct disk_size *size);
/* The entry was found for the document at `path`, or for one that lies nowhere (NULL); used_s of the document
 * is 0 when nobody asked for it. An entry that is not there is left so. */
int disk_rows_use(struct disk_rows *rows, struct hash128 key, const char *path, int64_t now_s,
                  int64_t used_s);
int disk_rows_add_tally(struct disk_rows *rows, enum disk_tally tally, uint64_t by);
/* With what depends on it; bytes: its size, as its row has it. */
int disk_rows_drop_id(struct disk_rows *rows, int64_t id, int64_t bytes, struct disk_size *size);
bool disk_rows_too_old(const struct disk_limits *limits, int64_t made_s, int64_t used_s, int64_t now_s);
int disk_rows_size(struct disk_rows *rows, struct disk_size *ret_size);
int disk_rows_set_size(struct disk_rows *rows, const struct disk_size *size);
/* Counts all, and sets the size: what the file says may be damaged. */
int disk_rows_recount(struct disk_rows *rows, struct disk_size *ret_size);
int disk_rows_last(struct disk_rows *rows, int64_t *ret_id); /* the greatest; 0: there are no entries */
/* At most so many entries: with this id and greater ones, with it and less, or with this key and greater ones
 * (keys are hashes: as if chosen by chance). */
int disk_rows_from(struct disk_rows *rows, int64_t id, int count, struct disk_sample *samples,
                   int *ret_count);
int disk_rows_down_from(struct disk_rows *rows, int64_t id, int count, struct disk_sample *samples,
                        int *ret_count);
int disk_rows_from_key(struct disk_rows *rows, struct hash128 key, int count, struct disk_sample *samples,
                       int *ret_count);
int disk_rows_clear(struct disk_rows *rows, const struct disk_selection *selection, int64_t now_s,
                    struct disk_size *ret_size, uint64_t *ret_count);
/* Forgets files that no entry was made of. */
int disk_rows_tidy(struct disk_rows *rows);
/* Writes the log back into the file. mode: SQLITE_CHECKPOINT_PASSIVE, _RESTART (waits for readers, so that
 * the log begins anew) or _TRUNCATE (and nothing is left in it). SQLITE_BUSY: readers were not gone in time. */
int disk_rows_checkpoint(struct disk_rows *rows, int mode);

#endif
