#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const texts[STATUS_COUNT] = {
#define X(name, text) [STATUS_##name] = text,
    STATUS_MAP(X)
#undef X
};

const char *status_text(enum status status) {
    if ((unsigned)status >= STATUS_COUNT) return "unknown status";
    return texts[status];
}

/* Cuts an unfinished UTF-8 sequence off the end, so that a message cut by the buffer is still valid text. */
static void trim_partial_character(char *message, size_t length) {
    size_t start = length;
    while (start > 0 && length - start < 4 && ((unsigned char)message[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0) return;
    unsigned char lead = (unsigned char)message[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - (start - 1) < wanted) message[start - 1] = '\0';
}

enum status error_set(struct error *error, enum status status, const char *format, ...) {
    if (!error) return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length < 0) {
        /* The C library refused the format (a wide string that has no bytes, say); the status still says
         * something. */
        snprintf(error->message, sizeof error->message, "%s", status_text(status));
    } else if ((size_t)length >= sizeof error->message) {
        trim_partial_character(error->message, sizeof error->message - 1);
    }
    for (char *byte = error->message; *byte; byte++) {
        if ((unsigned char)*byte < 0x20 || *byte == 0x7F) *byte = ' ';
    }
    return status;
}
