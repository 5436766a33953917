/* cache_folder.h: where a user's caches lie: $XDG_CACHE_HOME/noodle, else ~/.cache/noodle.
 *
 * Owns    nothing; paths are the caller's, for mem_free.
 * Threads any; the environment must not change meanwhile.
 * Errors  NULL when neither variable is an absolute path; false when the folder is not there and cannot be
 * made. */
#ifndef NOODLE_CACHE_FOLDER_H
#define NOODLE_CACHE_FOLDER_H

#include <stdbool.h>

char *cache_folder_path(void);
/* Readable by its user alone, when it is made here. */
bool cache_folder_make(const char *folder);

#endif
