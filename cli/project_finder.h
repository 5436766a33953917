/* project_finder.h: which project a C file belongs to: its compile_commands.json, compile_flags.txt and
 * .clangd, found from its folder upwards, and what to assume without them.
 *
 * compile_commands.json is also looked for in the folder `build` of each; the nearest of it and
 * compile_flags.txt counts. .clangd (CompileFlags: Add, Remove, CompilationDatabase) changes what they say.
 * Without either, headers are looked for in the file's folder, its `include` and `../include`, the project's
 * root and `include` there. The system's folders are /usr/local/include, /usr/include and what belongs to gcc
 * or clang; no compiler is run.
 *
 * Owns    what it has read, until it is told to forget.
 * Threads any. One lock is held while project files are read: others would only wait for the same files.
 * Errors  a bad project file is one line (once), and counts as far as it could be read.
 * Units   paths are absolute and normalised. */
#ifndef NOODLE_PROJECT_FINDER_H
#define NOODLE_PROJECT_FINDER_H

#include "analysis/project.h"
#include <stdbool.h>

struct project_finder;
struct witness;

/* witness outlives it; or NULL. */
struct project_finder *project_finder_create(void (*complain)(const char *message, void *payload),
                                             void *payload, struct witness *witness);
void project_finder_destroy(struct project_finder *finder);

/* The caller unrefs. path NULL: a text without a file has the system's folders. */
struct project *project_finder_find(struct project_finder *finder, const char *path);
/* Project files may have changed. */
void project_finder_forget(struct project_finder *finder);

/* Whether a file of this name says something about projects. */
bool project_finder_is_project_file(const char *path);
/* The root of the project that a file lies in; for mem_free. NULL: none can be seen. */
char *project_finder_root(struct project_finder *finder, const char *path);

#endif
