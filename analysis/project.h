/* project.h: what a project's build says about one C file: where its headers lie and what is defined before
 * its first line. Plain data; whoever reads project files makes it (cli/project.h).
 *
 * Owns    a project owns its strings and facts, by an atomic reference count.
 * Threads any: it never changes after project_create.
 * Errors  none. Folders beyond PROJECT_FOLDERS_MAX and headers beyond PROJECT_FORCED_MAX are left out.
 * Units   paths are absolute, without a slash at the end. */
#ifndef NOODLE_PROJECT_H
#define NOODLE_PROJECT_H

#include "analysis/macro.h"

#define PROJECT_FOLDERS_MAX 512
#define PROJECT_FORCED_MAX  64

struct project {
    atomic_uint references;
    struct hash128 hash;   /* of everything: equal hashes, equal environments for equal files */
    uint64_t folders_hash; /* of what decides where headers are found */
    const char **folders;  /* searched in this order; "quoted" includes look beside their file first */
    size_t folder_count;
    size_t angled_from;  /* <angled> includes begin here: before it come those of -iquote */
    const char **forced; /* headers that are read before the file (-include): absolute paths */
    size_t forced_count;
    struct macro_facts *defines; /* -D as #define, -U as #undef; or NULL */
};

struct project_params {
    const char *const *folders;
    size_t folder_count, angled_from;
    const char *const *forced;
    size_t forced_count;
    /* Lines of a header: "#define NAME VALUE\n", "#undef NAME\n"; or NULL. */
    const char *defines;
    size_t defines_length;
};

struct project *project_create(const struct project_params *params); /* copies */
struct project *project_ref(struct project *project);
void project_unref(struct project *project); /* NULL is harmless */

#endif
