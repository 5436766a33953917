/* path_table.h: numbers for paths, from 0 up in the order in which they come, each for good: what is kept of
 * paths lies in an array beside it, and who depends on many of them keeps numbers.
 *
 * A path can have several numbers, one for each kind; what kinds there are is the owner's business.
 *
 * Owns    copies of the paths, which stay where they are until path_table_finish.
 * Threads one at a time; a path that was found may be read by any.
 * Errors  none. */
#ifndef NOODLE_PATH_TABLE_H
#define NOODLE_PATH_TABLE_H

#include "base/vec.h"
#include <stdint.h>

#define PATH_NONE UINT32_MAX

struct path_table {
    struct {
        VEC_FIELDS(struct path_entry {
            char *path;
            uint64_t hash; /* of path and kind */
            uint32_t kind;
        });
    } paths;
    uint32_t *slots; /* numbers by hash, or PATH_NONE; NULL: there is no path yet */
    size_t slot_mask;
};

void path_table_finish(struct path_table *table); /* zeroed before its first use */

/* PATH_NONE: it was never taken. */
uint32_t path_table_find(const struct path_table *table, const char *path, uint32_t kind);
/* A new path's number is the count of those before; PATH_NONE: those are limit already. */
uint32_t path_table_take(struct path_table *table, const char *path, uint32_t kind, uint32_t limit);

static inline const char *path_table_path(const struct path_table *table, uint32_t number) {
    return table->paths.items[number].path;
}

#endif
