/* macro_index.h: the #defines of a whole workspace by name, for includes that can't be found and names that
 * no header defines.
 *
 * It is built off to the side (macro_index_create from the facts of many files, by whoever can walk the
 * disk), and then never changes; a macro_workspace is the place where the newest one is handed over.
 *
 * Owns    an index owns references to the facts, by an atomic reference count; a workspace owns its present
 * index. Threads an index: any. A workspace: any; one lock for the handing over. Errors  none. Beyond
 * MACRO_INDEX_MACROS_MAX definitions, files are left out. Units   counts. */
#ifndef NOODLE_MACRO_INDEX_H
#define NOODLE_MACRO_INDEX_H

#include "analysis/macro.h"

#define MACRO_INDEX_MACROS_MAX 1000000

struct macro_index;

/* Definitions come in order of the likelihood of their branch, then in order of facts; equal ones come once.
 */
struct macro_index *macro_index_create(struct macro_facts *const *facts, size_t count);
struct macro_index *macro_index_ref(struct macro_index *index);
void macro_index_unref(struct macro_index *index); /* NULL is harmless */

/* The *alternative-th definition of the name (from 0). NULL: there are no more, and *alternative is less by
 * the number that there are. */
const struct macro *macro_index_find(const struct macro_index *index, const char *name, uint32_t length,
                                     uint32_t name_hash, uint32_t *alternative);
uint64_t macro_index_id(const struct macro_index *index);       /* another one for other contents; NULL: 0 */
size_t macro_index_size_bytes(const struct macro_index *index); /* without the facts */

struct macro_workspace;

struct macro_workspace *macro_workspace_create(void);
void macro_workspace_destroy(struct macro_workspace *workspace);
void macro_workspace_set(struct macro_workspace *workspace,
                         struct macro_index *index); /* refs it; NULL: none */
struct macro_index *
macro_workspace_get(struct macro_workspace *workspace); /* the caller unrefs; NULL: none yet */

#endif
