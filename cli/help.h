/* help.h: the texts of --help, made from the table in options.c.
 *
 * Owns    nothing.   Threads any.   Errors none: the caller writes the string. */
#ifndef NOODLE_HELP_H
#define NOODLE_HELP_H

#include "base/str.h"
#include "cli/options.h"

void help_program(struct str *out);
void help_command(struct str *out, enum command command);

#endif
