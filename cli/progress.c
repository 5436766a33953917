#include "cli/progress.h"
#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_DELAY_NS (300 * NS_PER_MS) /* quick work shows no bar */
#define REDRAW_NS      (100 * NS_PER_MS)
#define BAR_COLUMNS    30

void progress_start(struct progress *progress, size_t total) {
    const char *terminal = getenv("TERM");
    *progress = (struct progress){
        .enabled = total > 1 && isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0,
        .total = total,
        .next_ns = clock_now_ns() + FIRST_DELAY_NS,
    };
}

void progress_step(struct progress *progress) {
    progress->done++;
    if (!progress->enabled) return;
    uint64_t now = clock_now_ns();
    if (now < progress->next_ns) return;
    progress->next_ns = now + REDRAW_NS;
    progress->shown = true;
    size_t filled = progress->done * BAR_COLUMNS / progress->total;
    char bar[BAR_COLUMNS + 1];
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_COLUMNS] = '\0';
    fprintf(stderr, "\r[%s] %zu of %zu files\033[K", bar, progress->done, progress->total);
}

void progress_hide(struct progress *progress) {
    if (!progress->shown) return;
    fputs("\r\033[K", stderr);
    progress->shown = false;
}

void progress_finish(struct progress *progress) {
    progress_hide(progress);
    progress->enabled = false;
}
