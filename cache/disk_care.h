/* disk_care.h: what goes from the results file by itself, a few hundred entries at a time, so that nobody else
 * waits for long.
 *
 * Sweeping: what is too old goes in passes over all entries. How far a pass has come is kept in the file
 * (disk_size), so that many short-lived processes make one together. Erasing: once nobody is to keep what quotes
 * source text, such entries go, and then the log, in which they are still to be read.
 *
 * Owns    nothing; the rows are the caller's.
 * Threads the one that writes.
 * Errors  SQLite's result codes, as disk_rows.h. Erasing is done when the code is SQLITE_OK; SQLITE_BUSY: another
 *         process reads, and it has to be tried again.
 * Units   seconds since 1970. */
#ifndef NOODLE_DISK_CARE_H
#define NOODLE_DISK_CARE_H

#include "cache/disk_rows.h"

/* In a transaction. A part of a pass, if one is under way or due. Whether one goes on is size->sweep_id. */
int disk_care_sweep(struct disk_rows *rows, const struct disk_limits *limits, int64_t now_s,
                    struct disk_size *size, uint64_t *ret_expired);

/* In transactions of its own. Adds to *erased. */
int disk_care_erase(struct disk_rows *rows, struct disk_size *ret_size, uint64_t *erased);

#endif
