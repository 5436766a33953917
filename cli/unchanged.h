/* unchanged.h: which files of folders need not be read again, nor looked around: those whose stamps
 * (file_stamp.h) are what they were when they were checked, as far as what their results depend on is what it
 * was (witness.h).
 *
 * unchanged_begin takes from the inputs, before the work begins, files that nothing was wrong with;
 * unchanged_find tells what is known of the others; unchanged_note learns of those that were read;
 * unchanged_end keeps all of it for the next time. Only files that were found in a folder count: of others
 * the name may be a link's.
 *
 * Owns    its tables, from begin to end.
 * Threads begin and end on the main thread, find and note from any.
 * Errors  none: without a cache on disk nothing is known. */
#ifndef NOODLE_UNCHANGED_H
#define NOODLE_UNCHANGED_H

#include "analysis/cached.h"
#include "base/thread.h"
#include "cache/stamp_table.h"
#include "cli/inputs.h"

struct unchanged {
    const struct app *app;
    struct hash128 key; /* of program, folders, language and home */
    bool on;            /* else there is nothing to do */
    bool same_around;   /* what results of `known` depend on is what it was */
    struct stamp_table known;
    struct thread_lock *lock; /* guards next and learned */
    struct stamp_table next;
    bool learned; /* next has what the table on disk has not */
    struct stamp_hits hits;
};

/* How many files need not be read: these are no more among the inputs. */
size_t unchanged_begin(struct unchanged *unchanged, const struct app *app, struct inputs *inputs);
/* False: nothing is known, or it does not hold. */
bool unchanged_find(const struct unchanged *unchanged, const struct input *input,
                    struct cached_known *ret_known);
/* The file was read as this source, from which the analysis was made. clean: nothing was shown of it. */
void unchanged_note(struct unchanged *unchanged, const struct input *input, const struct source *source,
                    const struct analysis *analysis, bool clean);
void unchanged_end(struct unchanged *unchanged);

#endif
