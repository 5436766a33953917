#include "cli/output.h"
#include "base/log.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WRITE_MAX ((size_t)1 << 20) /* bytes for one write(2): some systems refuse 2 GB at once */

static enum status stdout_status = STATUS_OK;

enum status output_write_fd(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(fd, bytes, length < WRITE_MAX ? length : WRITE_MAX);
        if (written < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN ||
                errno == EWOULDBLOCK) { /* a terminal or pipe that another program made so */
                struct pollfd ready = {.fd = fd, .events = POLLOUT};
                poll(&ready, 1, -1);
                continue;
            }
            return errno == EPIPE ? STATUS_CLOSED : STATUS_IO;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return STATUS_OK;
}

enum status output_write(const char *bytes, size_t length) {
    if (stdout_status) return stdout_status;
    stdout_status = output_write_fd(STDOUT_FILENO, bytes, length);
    if (stdout_status == STATUS_IO)
        log_print(LOG_ERROR, "cannot write to standard output: %s", strerror(errno));
    return stdout_status;
}

bool output_color(enum color_mode mode) {
    if (mode != COLOR_AUTO) return mode == COLOR_ALWAYS;
    const char *terminal = getenv("TERM");
    const char *refused = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(refused && *refused) && terminal && strcmp(terminal, "dumb") != 0;
}
