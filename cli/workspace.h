/* workspace.h: what the C files below one folder define, and where its headers are: for names that no header
 * explains, and includes that the project's folders don't lead to.
 *
 * Reads every C file and template of a header (x.h.in) below the root that is not ignored, within limits;
 * this can take a second, so it is for the background, or for a command that waits anyway.
 *
 * Owns    its facts, by an atomic reference count.
 * Threads any: it never changes.
 * Errors  none: what can't be read is not in it.
 * Units   absolute, normalised paths. */
#ifndef NOODLE_WORKSPACE_H
#define NOODLE_WORKSPACE_H

#include "analysis/macro_index.h"
#include "base/cancel.h"
#include "cli/witness.h"

#define WORKSPACE_FILES_MAX      20000
#define WORKSPACE_BYTES_MAX      ((size_t)256 << 20)
#define WORKSPACE_FILE_BYTES_MAX ((size_t)4 << 20)

struct workspace;

/* cancel and witness may be NULL. A walk that was cut short has what it had found. */
struct workspace *workspace_create(const char *root, const struct cancel *cancel, struct witness *witness);
struct workspace *workspace_ref(struct workspace *workspace);
void workspace_unref(struct workspace *workspace); /* NULL is harmless */

struct macro_index *workspace_index(const struct workspace *workspace); /* lives as long */
size_t workspace_file_count(const struct workspace *workspace);
/* The header whose path ends in the name, the one nearest to the file that includes it; NULL: none. Lives as
 * long. */
const char *workspace_find(const struct workspace *workspace, const char *name, const char *includer);

#endif
