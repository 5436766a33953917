#include "cli/replace.h"
#include "base/beside.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_unchanged(const struct stat *before, const struct stat *now) {
    return before->st_dev == now->st_dev && before->st_ino == now->st_ino &&
           before->st_size == now->st_size && before->st_mtim.tv_sec == now->st_mtim.tv_sec &&
           before->st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

/* A rename is on the disk only when its folder is; a file system that cannot do that is not worth an error.
 */
static void sync_folder(const char *target) {
    char *folder = mem_strdup(target);
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mem_free(folder);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

static enum status fill(struct beside *beside, const char *path, const struct stat *info, const char *bytes,
                        size_t length, struct error *error) {
    int fd = beside->handle;
    enum status status = beside_add(beside, bytes, length, error);
    if (status) return status;
    struct stat made;
    if (fstat(fd, &made)) return error_set(error, STATUS_IO, "%s: cannot write: %s", path, strerror(errno));
    if ((made.st_uid != info->st_uid || made.st_gid != info->st_gid) &&
        fchown(fd, info->st_uid, info->st_gid))
        return error_set(error, STATUS_IO, "%s: cannot keep its owner, left as it was: %s", path,
                         strerror(errno));
    if (fchmod(fd, info->st_mode & 07777)) /* after fchown, which may clear bits */
        return error_set(error, STATUS_IO, "%s: cannot keep its mode, left as it was: %s", path,
                         strerror(errno));
    if (fsync(fd))
        return error_set(error, STATUS_IO, "%s: cannot write, left as it was: %s", path, strerror(errno));
    return STATUS_OK;
}

/* target: no link. */
static enum status replace_target(const char *path, const char *target, const struct stat *info,
                                  const char *bytes, size_t length, struct error *error) {
    if (access(target, W_OK))
        return error_set(error, STATUS_IO, "%s: cannot write: %s", path, strerror(errno));
    struct beside beside;
    enum status status = beside_open(target, &beside, error);
    if (status) return status;
    struct stat now;
    status = fill(&beside, path, info, bytes, length, error);
    if (!status && (stat(target, &now) || !is_unchanged(info, &now)))
        status = error_set(error, STATUS_IO, "%s: changed while it was being repaired, left as it is", path);
    if (status) {
        beside_abandon(&beside);
        return status;
    }
    status = beside_commit(&beside, error);
    if (!status) sync_folder(target);
    return status;
}

enum status replace_file(const char *path, const struct stat *info, const char *bytes, size_t length,
                         struct error *error) {
    if (!S_ISREG(info->st_mode))
        return error_set(error, STATUS_UNSUPPORTED, "%s: not a regular file, not written", path);
    char *target = realpath(path, NULL);
    if (!target) return error_set(error, STATUS_IO, "%s: cannot write: %s", path, strerror(errno));
    enum status status = replace_target(path, target, info, bytes, length, error);
    free(target);
    return status;
}
