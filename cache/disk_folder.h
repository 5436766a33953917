/* disk_folder.h: the folder in which caches lie: a user's own, where nobody else may write.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  STATUS_IO with a message for people, which says what becomes of results then. */
#ifndef NOODLE_DISK_FOLDER_H
#define NOODLE_DISK_FOLDER_H

#include "base/status.h"
#include <stdbool.h>

/* Makes it, with those above, when it is not there. */
enum status disk_folder_make(const char *folder, struct error *error);
/* Whether it is there, and as it has to be. */
bool disk_folder_is_ours(const char *folder);
/* Says why it cannot be used. */
enum status disk_folder_refuse(const char *folder, const char *reason, struct error *error);

#endif
