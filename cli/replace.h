/* replace.h: puts new content into a file, all or nothing.
 *
 * The content goes to a temporary file beside the target, is flushed to the disk, gets the target's mode and
 * owner, and takes its place by rename. A symbolic link is followed and stays a link.
 *
 * Owns    nothing; the temporary file is gone whatever happens.
 * Threads any.
 * Errors  one line that names the file; it then has its old content.
 * Units   bytes. */
#ifndef NOODLE_REPLACE_H
#define NOODLE_REPLACE_H

#include "base/status.h"
#include <stddef.h>
#include <sys/stat.h>

/* info: the file's state when its old content was read; when it changed since then, nothing is written. */
enum status replace_file(const char *path, const struct stat *info, const char *bytes, size_t length,
                         struct error *error);

#endif
