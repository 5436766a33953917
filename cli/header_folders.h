/* header_folders.h: headers of libraries, whose folders a build adds to the search: /usr/include/glib-2.0.
 *
 * What lies in the folders is listed once in a while, so that the many headers that a machine does not have
 * cost no look at each folder.
 *
 * Owns    the lists.
 * Threads any.
 * Errors  a folder that cannot be read has no headers. */
#ifndef NOODLE_HEADER_FOLDERS_H
#define NOODLE_HEADER_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>

struct header_folders;
struct witness;

/* patterns are those of glob(3), ended by NULL, and outlive this, as witness does (or NULL). */
struct header_folders *header_folders_create(const char *const *patterns, struct witness *witness);
void header_folders_destroy(struct header_folders *folders);

/* The path of the file of that name ("glib.h", "sys/types.h") in the first folder that has one. */
bool header_folders_find(struct header_folders *folders, const char *name, char *ret_path, size_t size);

#endif
