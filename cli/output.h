/* output.h: standard output, with every failure to write noticed.
 *
 * Owns    nothing.
 * Threads the main thread.
 * Errors  a message on stderr, once; a reader that went away (EPIPE) is told by the exit status alone. */
#ifndef NOODLE_OUTPUT_H
#define NOODLE_OUTPUT_H

#include "base/status.h"
#include "cli/options.h"
#include <stdbool.h>

/* Exit statuses of the program. */
#define EXIT_CLEAN    0
#define EXIT_PROBLEMS 1
#define EXIT_TROUBLE  2

/* Writes all bytes to a file descriptor, through interruptions and short writes. */
enum status output_write_fd(int fd, const char *bytes, size_t length);
/* The same to standard output; complains once. After a failure everything is refused quietly. */
enum status output_write(const char *bytes, size_t length);

bool output_color(enum color_mode mode); /* whether colours belong on standard output */

#endif
