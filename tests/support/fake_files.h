/* fake_files.h: a few files in memory, behind the reader that header caches ask.
 *
 * Owns    copies of what is set.
 * Threads fake_files_set from one thread while nobody reads; the reader's functions from any.
 * Errors  none. */
#ifndef NOODLE_FAKE_FILES_H
#define NOODLE_FAKE_FILES_H

#include "analysis/header.h"
#include "base/vec.h"

struct fake_file {
    char *path, *bytes; /* bytes NULL: it was removed */
    uint64_t changed;
};

struct fake_files {
    struct {
        VEC_FIELDS(struct fake_file);
    } files;
    uint64_t clock;
    atomic_uint stamps, reads; /* how often each was asked for */
};

struct source_reader fake_files_reader(struct fake_files *files);
void fake_files_set(struct fake_files *files, const char *path, const char *bytes); /* NULL: remove */
void fake_files_finish(struct fake_files *files);

#endif
