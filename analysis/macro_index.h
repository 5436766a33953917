/* macro_index.h: the #defines of many files by name.
 *
 * It is built off to the side from the facts of many files, by whoever can walk the disk, and then never
 * changes. An environment keeps its own, its project's and its headers' macros in the same form.
 *
 * Owns    an index owns references to the facts, by an atomic reference count.
 * Threads any.
 * Errors  none. Beyond MACRO_INDEX_MACROS_MAX definitions, files are left out.
 * Units   counts. */
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

#endif
