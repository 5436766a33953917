/* progress.h: a bar on the terminal while many files are worked on; nothing anywhere else.
 *
 * Owns    the last line of the terminal between progress_start and progress_finish.
 * Threads the main thread.
 * Errors  none. */
#ifndef NOODLE_PROGRESS_H
#define NOODLE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool enabled, shown;
    size_t done, total;
    uint64_t next_ns; /* when to draw again */
};

void progress_start(struct progress *progress, size_t total);
void progress_step(struct progress *progress); /* one more is done */
void progress_hide(struct progress *progress); /* before anything else is written */
void progress_finish(struct progress *progress);

#endif
