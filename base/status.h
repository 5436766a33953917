/* status.h: what a function that can fail returns, and the message for people that goes with it.
 *
 * Owns    nothing; struct error is plain storage of the caller.
 * Threads any.
 * Errors  this is where they are named: one table gives the constant and its text. */
#ifndef NOODLE_STATUS_H
#define NOODLE_STATUS_H

#include <stddef.h>

#define STATUS_MAP(X)                                                                                        \
    X(OK, "success")                                                                                         \
    X(INVALID, "invalid argument")                                                                           \
    X(NOT_FOUND, "not found")                                                                                \
    X(TOO_LARGE, "too large")                                                                                \
    X(NO_MEMORY, "out of memory")                                                                            \
    X(CANCELLED, "cancelled")                                                                                \
    X(DEADLINE, "deadline passed")                                                                           \
    X(IO, "input/output error")                                                                              \
    X(MALFORMED, "malformed input")                                                                          \
    X(UNSUPPORTED, "not supported")                                                                          \
    X(CLOSED, "closed by the other side")

enum status {
#define X(name, text) STATUS_##name,
    STATUS_MAP(X)
#undef X
        STATUS_COUNT
};

#define ERROR_MESSAGE_SIZE 512

/* A message meant for people: what, where and what would be right, in one line. */
struct error {
    enum status status;
    char message[ERROR_MESSAGE_SIZE];
};

const char *status_text(enum status status);

/* Fills *error (which may be NULL) and returns status, so that `return error_set(...)` reads well.
 * Control characters in the formatted text are replaced, so that the message stays one line. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
