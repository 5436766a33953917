/* costs_file.h: what passes of the encoder took (compute/cost.h), kept between runs in the user's cache
 * folder: $XDG_CACHE_HOME/noodle, else ~/.cache/noodle.
 *
 * Owns    nothing. A new file is written beside the old one and takes its place by rename.
 * Threads any.
 * Errors  a message names the file. A file that is not there is STATUS_NOT_FOUND, which is no reason to
 *         complain. One that is no good is refused as a whole, and replaced by the next save. */
#ifndef NOODLE_COSTS_FILE_H
#define NOODLE_COSTS_FILE_H

#include "compute/cost.h"

/* Of costs about this subject; NULL: there is no folder for it. The caller frees it. */
char *costs_file_path(const char *subject);

enum status costs_file_load(const char *path, struct cost *cost, struct error *error);

/* Makes the folder when it is not there. */
enum status costs_file_save(const char *path, const struct cost *cost, struct error *error);

#endif
