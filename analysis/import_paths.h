/* import_paths.h: where the files may be that an import names, in the order in which its language looks.
 *
 * Only paths are made here; the caller says what is there, and that is all that depends on a disk. What a
 * build would add (paths of TypeScript's configuration, PYTHONPATH, other crates) is not asked.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: a path that is too long is not looked for.
 * Units   paths are absolute and normalised, in and out. */
#ifndef NOODLE_IMPORT_PATHS_H
#define NOODLE_IMPORT_PATHS_H

#include "analysis/imports.h"

struct path_probe {
    /* Whether there is such a file. `wanted`: it is one that the import means; else it only tells where the
     * project begins. */
    bool (*file)(const char *path, bool wanted, void *payload);
    /* Takes all files of the folder; false: there is none. */
    bool (*folder)(const char *path, void *payload);
    /* The module of a go.mod, alive until another is asked for; NULL: there is no such file. */
    const char *(*module)(const char *path, void *payload);
    void *payload;
};

/* Probes for what each import of the file at `path` may be until something is there. Where the project
 * begins, and which module it is, is asked once for all of them. */
void import_paths_probe(const struct language *language, const char *path, const struct import_list *list,
                        const struct path_probe *probe);

#endif
