/* ignore.h: the patterns of .gitignore files, as gitignore(5) describes them.
 *
 * One struct ignore holds the rules of one folder and knows those of the folder above it. The last pattern
 * that matches decides; a folder's own patterns win over those above. Paths are compared as bytes.
 *
 * Owns    copies of its patterns; the parent must outlive it.
 * Threads any, once its rules are added.
 * Errors  none: a pattern that makes no sense matches nothing.
 * Invariant  matching takes time proportional to pattern length times path length squared at worst; no
 * recursion. */
#ifndef NOODLE_IGNORE_H
#define NOODLE_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

struct ignore;

/* folder: the path that the patterns are relative to; the paths asked about begin with it and a '/'. */
struct ignore *ignore_create(const struct ignore *parent, const char *folder);
void ignore_destroy(struct ignore *ignore); /* not its parent; NULL is harmless */

void ignore_add(struct ignore *ignore, const char *bytes, size_t length); /* the content of an ignore file */
bool ignore_is_empty(const struct ignore *ignore);                        /* has no patterns of its own */

/* Whether the rules say that path is left out. Folders above path are not asked about: a walk that leaves out
 * a folder does not look into it. ignore may be NULL. */
bool ignore_matches(const struct ignore *ignore, const char *path, bool is_folder);

/* The pattern language alone: '*', '?' and '[a-z]' never match '/', "**" between slashes matches any folders.
 */
bool ignore_glob(const char *pattern, const char *text);

#endif
