/* line_reader.h: lines from a file descriptor, without a limit on how many but with one on how long.
 *
 * Owns    its buffer; a line is copied out.
 * Threads one at a time.
 * Errors  STATUS_CLOSED at the end of the input, STATUS_TOO_LARGE for a line that was skipped,
 *         STATUS_CANCELLED, STATUS_IO, STATUS_NO_MEMORY.
 * Units   bytes. */
#ifndef NOODLE_LINE_READER_H
#define NOODLE_LINE_READER_H

#include "base/cancel.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

struct line_reader {
    int fd;
    size_t line_max;             /* without the line end */
    const struct cancel *cancel; /* or NULL */
    char *bytes;
    size_t start, scanned, end, capacity; /* bytes[start, end) is unread; no line end in [start, scanned) */
    bool at_end;
};

void line_reader_init(struct line_reader *reader, int fd, size_t line_max, const struct cancel *cancel);
void line_reader_finish(struct line_reader *reader);

/* The next line without its "\n"; the caller frees it with mem_free. NUL bytes may be inside. After
 * STATUS_TOO_LARGE the reader stands behind that line. A last line without "\n" counts. */
enum status line_reader_next(struct line_reader *reader, char **ret_bytes, size_t *ret_length);
/* Whether the next line can be had without waiting. */
bool line_reader_ready(struct line_reader *reader);

#endif
