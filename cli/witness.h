/* witness.h: what was seen of the disk around files, so that a later run can tell by stamps that it would see
 * the same.
 *
 * Whoever looks at a path says so before: then a change between saying and looking shows later. Of what is
 * not there the nearest folder above is a sight, which is another when a name comes or goes in it: one for
 * all headers that are looked for there. Folders that the root lies in change for many reasons; in them each
 * name is a sight of its own. A witness has doubts when something cannot be told so, and then its sights say
 * nothing.
 *
 * Owns    its sights.
 * Threads any; witness_sights and witness_adopt while nobody else uses it. NULL is a witness that nobody
 * asks.
 * Errors  none. */
#ifndef NOODLE_WITNESS_H
#define NOODLE_WITNESS_H

#include "cache/stamp_table.h"

#define WITNESS_SIGHTS_MAX 65536 /* beyond it, it has doubts */

struct witness;

/* root: the folder that is checked, absolute, links followed. Copied. */
struct witness *witness_create(const char *root);
void witness_destroy(struct witness *witness);

/* The path is looked at: a file is read, a folder listed, or there is neither. */
void witness_see(struct witness *witness, const char *path);
/* It is asked whether there is something at the path, or a folder. */
void witness_see_name(struct witness *witness, const char *path);
/* As glob() would. */
void witness_see_pattern(struct witness *witness, const char *pattern);
/* Something was seen that sights do not tell, or was told to the user. */
void witness_doubt(struct witness *witness);

/* Whether a run now would see the same. */
bool witness_holds(const struct stamp_sight *sights, size_t count);
/* What an earlier run saw, and still holds. */
void witness_adopt(struct witness *witness, const struct stamp_sight *sights, size_t count);
/* False: it has doubts. Live as long as nothing more is seen. */
bool witness_sights(struct witness *witness, const struct stamp_sight **ret_sights, size_t *ret_count);

#endif
