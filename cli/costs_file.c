#include "cli/costs_file.h"

#include "base/beside.h"
#include "base/hash.h"
#include "base/mem.h"
#include "cli/cache_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1 << 20)

char *costs_file_path(const char *subject) {
    char *folder = cache_folder_path();
    if (!folder) return NULL;
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/costs-%016" PRIx64 ".txt", folder, hash64(subject, strlen(subject), 0));
    mem_free(folder);
    return str_detach(&path);
}

static enum status read_whole(int fd, struct str *ret_text) {
    char part[4096];
    for (;;) {
        ssize_t size = read(fd, part, sizeof part);
        if (size == 0) return STATUS_OK;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return STATUS_IO;
        str_add(ret_text, part, (size_t)size);
        if (ret_text->length > FILE_MAX) return STATUS_TOO_LARGE;
    }
}

enum status costs_file_load(const char *path, struct cost *cost, struct error *error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* whatever it is, it is not waited for */
    if (fd < 0 && errno == ENOENT)
        return error_set(error, STATUS_NOT_FOUND, "%s: there is no such file", path);
    if (fd < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
    struct stat info;
    struct str text;
    struct error problem = {0};
    str_init(&text);
    enum status status = STATUS_OK;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode))
        status = error_set(&problem, STATUS_INVALID, "is no plain file");
    if (!status) {
        status = read_whole(fd, &text);
        if (status) error_set(&problem, status, "%s", status_text(status));
    }
    close(fd);
    if (!status) status = cost_read(cost, text.bytes, text.length, &problem);
    str_finish(&text);
    return status ? error_set(error, status, "%s: %s", path, problem.message) : STATUS_OK;
}

enum status costs_file_save(const char *path, const struct cost *cost, struct error *error) {
    struct str text;
    str_init(&text);
    cost_write(cost, &text);
    char *folder = mem_strdup(path);
    *strrchr(folder, '/') = '\0';
    cache_folder_make(folder); /* what fails here fails again when the file is made */
    mem_free(folder);
    enum status status = beside_write(path, text.bytes, text.length, error);
    str_finish(&text);
    return status;
}
