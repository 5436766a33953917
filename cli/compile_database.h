/* compile_database.h: a compile_commands.json: which flags each file of a project is compiled with.
 *
 * Files that are compiled alike share one set of flags, so that a database of thousands of files is small.
 *
 * Owns    its entries and sets.
 * Threads any, once it is read.
 * Errors  one line that names the file and says what is wrong; entries before that place count all the same.
 * Units   paths are absolute and normalised. At most DATABASE_BYTES_MAX and DATABASE_ENTRIES_MAX are read. */
#ifndef NOODLE_COMPILE_DATABASE_H
#define NOODLE_COMPILE_DATABASE_H

#include "base/status.h"
#include "cli/compile_flags.h"

#define DATABASE_BYTES_MAX   ((size_t)256 << 20)
#define DATABASE_ENTRIES_MAX 200000

struct compile_database;

/* path names it in messages and is where a relative "directory" starts from. NULL: nothing in it can be used.
 */
struct compile_database *compile_database_parse(const char *path, const char *bytes, size_t length,
                                                struct error *error);
void compile_database_destroy(struct compile_database *database); /* NULL is harmless */

size_t compile_database_count(const struct compile_database *database);
/* The flags of a file; of one that is not in it (a header), those of its nearest relative by path. set_index
 * is the same for files with the same flags. Never NULL. */
const struct compile_flags *compile_database_find(const struct compile_database *database, const char *path,
                                                  size_t *ret_set_index);

#endif
