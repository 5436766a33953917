/* source.h: the content of one input: a file, or standard input.
 *
 * Owns    bytes, released by source_finish.
 * Threads any.
 * Errors  one line that names the input and says why it cannot be read.
 * Units   bytes. */
#ifndef NOODLE_SOURCE_H
#define NOODLE_SOURCE_H

#include "analysis/language.h"
#include "base/cancel.h"
#include "base/status.h"
#include <stddef.h>
#include <sys/stat.h>

struct source {
    char *bytes; /* not terminated */
    size_t length;
    struct stat info;                /* of the file before it was read */
    int64_t asked_ns;                /* since 1970: a time before info was asked for */
    const struct language *language; /* as asked for, else by name and "#!" */
};

/* path "-" is standard input. language NULL: found by the name. cancel (may be NULL) ends waiting for input.
 */
enum status source_read(const char *path, const struct language *language, const struct cancel *cancel,
                        struct source *ret_source, struct error *error);
/* The same of a file that was found in a folder by its name: one that is too large, binary or no text of
 * ours is left out: bytes is NULL. */
enum status source_read_found(const char *path, const struct language *language, const struct cancel *cancel,
                              struct source *ret_source, struct error *error);
void source_finish(struct source *source);

const char *source_name(const char *path); /* for people: "-" is "<stdin>" */

#endif
