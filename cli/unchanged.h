/* unchanged.h: which files of folders need not be read again: they were without a mistake, whatever was
 * around them, and their stamps (file_stamp.h) are what they were then.
 *
 * unchanged_begin takes such files from the inputs before the work begins; unchanged_note learns of those
 * that were read; unchanged_end keeps both for the next time. Only files that were found in a folder count:
 * of others the name may be a link's.
 *
 * Owns    its tables, from begin to end.
 * Threads begin and end on the main thread, note from any.
 * Errors  none: without a cache on disk nothing is known. */
#ifndef NOODLE_UNCHANGED_H
#define NOODLE_UNCHANGED_H

#include "base/thread.h"
#include "cache/stamp_table.h"
#include "cli/inputs.h"

struct unchanged {
    const struct app *app;
    struct hash128 key;       /* of program, folders and language */
    bool on;                  /* else there is nothing to do */
    struct thread_lock *lock; /* guards next and learned */
    struct stamp_table next;
    bool learned; /* next has what the table on disk has not */
    struct stamp_hits hits;
};

/* How many files need not be read: these are no more among the inputs. */
size_t unchanged_begin(struct unchanged *unchanged, const struct app *app, struct inputs *inputs);
/* The file was read as this source, from which the analysis was made; nothing was shown of it. */
void unchanged_note(struct unchanged *unchanged, const struct input *input, const struct source *source,
                    const struct analysis *analysis);
void unchanged_end(struct unchanged *unchanged);

#endif
