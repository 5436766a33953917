/* inputs.h: what a command was asked to look at, as a list of files.
 *
 * Owns    the paths, released by inputs_finish.
 * Threads the main thread.
 * Errors  a folder that cannot be read, or a name that does not exist, is logged and counted. */
#ifndef NOODLE_INPUTS_H
#define NOODLE_INPUTS_H

#include "base/vec.h"
#include "cli/app.h"
#include "cli/source.h"

struct input {
    char *path; /* as it was given, or follows from a folder's; "-": standard input */
    char *real; /* absolute (around_path); NULL for standard input */
    bool found; /* in a folder, by its name */
};

struct inputs {
    VEC_FIELDS(struct input); /* in order of the command line, folders' files sorted; no file twice */
    size_t failures;
};

void inputs_collect(struct inputs *inputs, const struct app *app);
/* bytes is NULL when a file of a folder turns out to be no text to look at. Any thread. */
enum status inputs_read(const struct inputs *inputs, size_t index, const struct app *app,
                        struct source *ret_source, struct error *error);
void input_finish(struct input *input); /* of one that is taken from the list */
void inputs_finish(struct inputs *inputs);

#endif
