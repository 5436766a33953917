/* Declarations: beside.h. */
#include "base/beside.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100 /* so often may others come between opening and locking */

static char *path_beside(const char *target) {
    const char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
    struct str path;
    str_init(&path);
    str_add(&path, target, (size_t)(name - target));
    str_addf(&path, ".noodle-%016" PRIx64, hash64(name, strlen(name), 0)); /* short, whatever the name */
    return str_detach(&path);
}

/* A file of ours alone that may be overwritten. */
static bool is_ours(const struct stat *info) {
    return S_ISREG(info->st_mode) && info->st_nlink == 1 && info->st_uid == geteuid();
}

/* Whoever had the lock before may have renamed what was opened: then it is the target, and not ours to write.
 */
static int lock(int handle, const char *path) {
    struct stat opened, there;
    if (flock(handle, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) return EBUSY;
    if (fstat(handle, &opened)) return errno;
    if (lstat(path, &there) || there.st_ino != opened.st_ino || there.st_dev != opened.st_dev) return EAGAIN;
    if (!is_ours(&opened)) return unlink(path) ? errno : EAGAIN;
    return fchmod(handle, 0600) || ftruncate(handle, 0) ? errno : 0;
}

/* -1: errno says why. */
static int open_locked(const char *path) {
    int reason = EAGAIN;
    for (int i = 0; i < TRIES && reason == EAGAIN; i++) {
        int handle = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        if (handle < 0) {
            reason = errno == ELOOP && !unlink(path) ? EAGAIN : errno; /* a symbolic link */
            continue;
        }
        reason = lock(handle, path);
        if (!reason) return handle;
        close(handle);
    }
    errno = reason;
    return -1;
}

static void finish(struct beside *beside) {
    mem_free(beside->path);
    mem_free(beside->target);
    *beside = (struct beside){.handle = -1};
}

enum status beside_open(const char *target, struct beside *ret_beside, struct error *error) {
    struct beside beside = {.path = path_beside(target), .target = mem_strdup(target)};
    beside.handle = open_locked(beside.path);
    if (beside.handle < 0) {
        enum status status = errno == EBUSY
                                 ? error_set(error, STATUS_IO, "%s: another process is writing it", target)
                                 : error_set(error, STATUS_IO, "%s: cannot write, left as it was: %s: %s",
                                             target, beside.path, strerror(errno));
        finish(&beside);
        return status;
    }
    *ret_beside = beside;
    return STATUS_OK;
}

enum status beside_add(struct beside *beside, const void *bytes, size_t length, struct error *error) {
    for (size_t done = 0; done < length;) {
        ssize_t size = write(beside->handle, (const char *)bytes + done, length - done);
        if (size >= 0)
            done += (size_t)size;
        else if (errno != EINTR)
            return error_set(error, STATUS_IO, "%s: cannot write, left as it was: %s", beside->target,
                             strerror(errno));
    }
    return STATUS_OK;
}

enum status beside_commit(struct beside *beside, struct error *error) {
    if (rename(beside->path, beside->target)) {
        error_set(error, STATUS_IO, "%s: cannot write, left as it was: %s", beside->target, strerror(errno));
        beside_abandon(beside);
        return STATUS_IO;
    }
    close(beside->handle);
    finish(beside);
    return STATUS_OK;
}

void beside_abandon(struct beside *beside) {
    unlink(beside->path); /* still locked: nobody else writes it */
    close(beside->handle);
    finish(beside);
}

enum status beside_write(const char *target, const void *bytes, size_t length, struct error *error) {
    struct beside beside;
    enum status status = beside_open(target, &beside, error);
    if (status) return status;
    status = beside_add(&beside, bytes, length, error);
    if (status)
        beside_abandon(&beside);
    else
        status = beside_commit(&beside, error);
    return status;
}
