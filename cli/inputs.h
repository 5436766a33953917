/* inputs.h: what a command was asked to look at, as a list of files.
 *
 * Owns    the paths, released by inputs_finish.
 * Threads the main thread.
 * Errors  a folder that cannot be read, or a name that does not exist, is logged and counted. */
#ifndef NOODLE_INPUTS_H
#define NOODLE_INPUTS_H

#include "base/vec.h"
#include "cli/app.h"

struct inputs {
    VEC_FIELDS(char *); /* in order of the command line, folders' files sorted; no file twice */
    size_t failures;
};

void inputs_collect(struct inputs *inputs, const struct app *app);
void inputs_finish(struct inputs *inputs);

#endif
