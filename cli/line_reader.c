#include "cli/line_reader.h"
#include "base/mem.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES     ((size_t)1 << 16)
#define KEEP_BYTES_MAX ((size_t)1 << 20) /* a buffer that one long line made larger is given back */

void line_reader_init(struct line_reader *reader, int fd, size_t line_max, const struct cancel *cancel) {
    *reader = (struct line_reader){.fd = fd, .line_max = line_max, .cancel = cancel};
}

void line_reader_finish(struct line_reader *reader) {
    mem_free(reader->bytes);
    reader->bytes = NULL;
}

/* Makes room for READ_BYTES behind end. */
static enum status make_room(struct line_reader *reader) {
    if (reader->start) {
        if (reader->end > reader->start)
            memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->scanned -= reader->start;
        reader->start = 0;
    }
    size_t capacity = reader->capacity;
    if (capacity - reader->end >= READ_BYTES &&
        (capacity <= KEEP_BYTES_MAX || reader->end > KEEP_BYTES_MAX / 2))
        return STATUS_OK;
    if (capacity - reader->end < READ_BYTES)
        capacity = (reader->end + READ_BYTES) * 2;
    else
        capacity = KEEP_BYTES_MAX;
    char *bytes = mem_try_realloc(reader->bytes, capacity);
    if (!bytes) return STATUS_NO_MEMORY;
    reader->bytes = bytes;
    reader->capacity = capacity;
    return STATUS_OK;
}

static enum status fill(struct line_reader *reader) {
    enum status status = make_room(reader);
    if (status) return status;
    for (;;) {
        if (cancel_requested(reader->cancel)) return STATUS_CANCELLED;
        ssize_t got = read(reader->fd, reader->bytes + reader->end, READ_BYTES);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            struct pollfd ready = {.fd = reader->fd, .events = POLLIN};
            poll(&ready, 1, -1);
            continue;
        }
        if (got < 0) return STATUS_IO;
        if (!got) reader->at_end = true;
        reader->end += (size_t)got;
        return STATUS_OK;
    }
}

/* The line end in what is unread, or NULL. */
static char *find_end(struct line_reader *reader) {
    char *newline = NULL;
    if (reader->end > reader->scanned)
        newline = memchr(reader->bytes + reader->scanned, '\n', reader->end - reader->scanned);
    reader->scanned = newline ? (size_t)(newline - reader->bytes) : reader->end;
    return newline;
}

static enum status skip_line(struct line_reader *reader) {
    while (!find_end(reader)) {
        reader->start = reader->scanned = reader->end;
        if (reader->at_end) return STATUS_TOO_LARGE;
        enum status status = fill(reader);
        if (status) return status;
    }
    reader->start = ++reader->scanned;
    return STATUS_TOO_LARGE;
}

enum status line_reader_next(struct line_reader *reader, char **ret_bytes, size_t *ret_length) {
    char *newline;
    while (!(newline = find_end(reader))) {
        if (reader->end - reader->start > reader->line_max) return skip_line(reader);
        if (reader->at_end) {
            if (reader->start == reader->end) return STATUS_CLOSED;
            break;
        }
        enum status status = fill(reader);
        if (status) return status;
    }
    size_t length = (newline ? reader->scanned : reader->end) - reader->start;
    if (length > reader->line_max) return skip_line(reader);
    char *bytes = mem_try_alloc(length + 1);
    if (!bytes) return STATUS_NO_MEMORY;
    memcpy(bytes, reader->bytes + reader->start, length);
    bytes[length] = '\0';
    reader->start = newline ? ++reader->scanned : reader->end;
    *ret_bytes = bytes;
    *ret_length = length;
    return STATUS_OK;
}

bool line_reader_ready(struct line_reader *reader) {
    while (!find_end(reader) && !reader->at_end && reader->end - reader->start <= reader->line_max) {
        struct pollfd ready = {.fd = reader->fd, .events = POLLIN};
        if (poll(&ready, 1, 0) <= 0 || fill(reader)) return false;
    }
    return !reader->at_end || reader->start < reader->end;
}
