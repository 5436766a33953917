/* beside.h: a file's new content, all or nothing: written beside the file, then renamed over it.
 *
 *     beside_open(path, &beside, &error);        an empty file that nobody else has
 *     beside_add(&beside, bytes, length, &error);
 *     beside_commit(&beside, &error);            or beside_abandon(&beside)
 *
 * What is written lies in the file's own folder as .noodle- and the hash of the file's name. A process that
 * is killed leaves it there, and the next that writes the same file takes it over; while one writes, it is
 * locked against others. A link and a file that is somebody else's are never written to, but removed from
 * that place.
 *
 * Owns    handle and paths, until commit or abandon.
 * Threads any; a struct beside is one thread's.
 * Errors  STATUS_IO with a message that names the file. It then has its old content, and nothing is left
 *         beside it.
 * Units   bytes. */
#ifndef NOODLE_BESIDE_H
#define NOODLE_BESIDE_H

#include "base/status.h"
#include <stddef.h>

struct beside {
    int handle; /* of what is written; mode 0600 */
    char *path, *target;
};

enum status beside_open(const char *target, struct beside *ret_beside, struct error *error);
enum status beside_add(struct beside *beside, const void *bytes, size_t length, struct error *error);
enum status beside_commit(struct beside *beside, struct error *error);
void beside_abandon(struct beside *beside);

/* All of it: what another process is writing just now is an error, too. */
enum status beside_write(const char *target, const void *bytes, size_t length, struct error *error);

#endif
