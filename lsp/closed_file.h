/* closed_file.h: a file of the workspace that no editor has open, as it is on disk.
 *
 * Owns    a descriptor, from open to close.
 * Threads any that may use the session (core.h); core is asked for its session and surroundings alone.
 * Errors  false or NULL: no regular file, too large, not readable, in none of our languages, cancelled.
 * Units   bytes, nanoseconds. */
#ifndef NOODLE_CLOSED_FILE_H
#define NOODLE_CLOSED_FILE_H

#include "lsp/scan_memory.h"
#include "lsp/state.h"

struct closed_file {
    const char *path; /* the caller's */
    struct scan_stamp stamp;
    int descriptor;
};

struct closed_file_params {
    const struct cancel *cancel;
    uint64_t repair_budget_ns;
    unsigned max_repairs;
};

bool closed_file_open(const char *path, struct closed_file *ret_file);
void closed_file_close(struct closed_file *file);
/* Reads it, once; looks around it when it is C. The caller unrefs. */
struct analysis *closed_file_analyze(struct core *core, struct pipeline *pipeline,
                                     const struct closed_file *file, const struct closed_file_params *params);

#endif
