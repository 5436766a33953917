#include "cli/source.h"
#include "analysis/text.h"
#include "base/clock.h"
#include "base/mem.h"
#include "distributed/repo.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAPACITY ((size_t)1 << 16)
#define WAIT_MS        100 /* how long a read may go without a look at the cancel token */

const char *source_name(const char *path) {
    return strcmp(path, "-") ? path : "<stdin>";
}

/* As much as the size says, or to the end of what has none, like a pipe. */
static enum status read_all(int fd, const char *name, const struct cancel *cancel, struct source *source,
                            struct error *error) {
    size_t expected =
        S_ISREG(source->info.st_mode) && source->info.st_size > 0 ? (size_t)source->info.st_size : 0;
    if (expected > TEXT_SIZE_MAX) return error_set(error, STATUS_TOO_LARGE, "%s: larger than 1 GB", name);
    size_t capacity = expected ? expected : FIRST_CAPACITY;
    source->bytes = mem_try_alloc(capacity);
    while (source->bytes) {
        if (!S_ISREG(source->info
                         .st_mode)) { /* may take for ever; a signal may reach another thread than this one */
            struct pollfd ready = {.fd = fd, .events = POLLIN};
            int count = poll(&ready, 1, WAIT_MS);
            if (cancel_requested(cancel)) return error_set(error, STATUS_CANCELLED, "%s: interrupted", name);
            if (count <= 0) continue;
        }
        ssize_t got = read(fd, source->bytes + source->length, capacity - source->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_set(error, STATUS_IO, "%s: cannot read: %s", name, strerror(errno));
        if (!got) return STATUS_OK;
        source->length += (size_t)got;
        if (expected && source->length == expected) return STATUS_OK;
        if (source->length > TEXT_SIZE_MAX)
            return error_set(error, STATUS_TOO_LARGE, "%s: larger than 1 GB", name);
        if (source->length < capacity) continue;
        capacity *= 2;
        char *larger = mem_try_realloc(source->bytes, capacity);
        if (!larger) break;
        source->bytes = larger;
    }
    return error_set(error, STATUS_NO_MEMORY, "%s: not enough memory for its content", name);
}

enum status source_read(const char *path, const struct language *language, const struct cancel *cancel,
                        struct source *ret_source, struct error *error) {
    struct source source = {.asked_ns = clock_wall_ns()};
    const char *name = source_name(path);
    bool is_stdin = !strcmp(path, "-");
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_set(error, STATUS_IO, "%s: cannot open: %s", name, strerror(errno));
    enum status status;
    if (fstat(fd, &source.info))
        status = error_set(error, STATUS_IO, "%s: cannot read: %s", name, strerror(errno));
    else
        status = read_all(fd, name, cancel, &source, error);
    if (!is_stdin) close(fd);
    if (!status) {
        source.language = language ? language : language_of_file(path, source.bytes, source.length);
        if (!source.language)
            status = error_set(error, STATUS_UNSUPPORTED,
                               "%s: no language is known for this name; add --language L", name);
    }
    if (status)
        source_finish(&source);
    else
        *ret_source = source;
    return status;
}

enum status source_read_found(const char *path, const struct language *language, const struct cancel *cancel,
                              struct source *ret_source, struct error *error) {
    struct source source = {.asked_ns = clock_wall_ns()};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return error_set(error, STATUS_IO, "%s: cannot open: %s", path, strerror(errno));
    enum status status = STATUS_OK;
    bool fits = !fstat(fd, &source.info) && S_ISREG(source.info.st_mode) &&
                source.info.st_size <= (off_t)REPO_FILE_SIZE_MAX;
    if (fits) status = read_all(fd, path, cancel, &source, error);
    close(fd);
    bool text = !status && source.bytes && !repo_is_binary(source.bytes, source.length);
    if (text) source.language = language_of_file(path, source.bytes, source.length);
    if (!source.language || (language && source.language != language)) source_finish(&source);
    *ret_source = source;
    return status;
}

void source_finish(struct source *source) {
    mem_free(source->bytes);
    source->bytes = NULL;
}
