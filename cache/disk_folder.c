#include "cache/disk_folder.h"

#include "base/mem.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status disk_folder_refuse(const char *folder, const char *reason, struct error *error) {
    return error_set(error, STATUS_IO, "%s: %s; results are kept in memory only", folder, reason);
}

/* NULL: nothing is wrong with it. */
static const char *find_fault(const char *folder) {
    struct stat info;
    if (stat(folder, &info)) return strerror(errno);
    if (!S_ISDIR(info.st_mode)) return "has to be a folder";
    if (info.st_uid != geteuid() || info.st_mode & (S_IWGRP | S_IWOTH)) return "others may write there";
    return NULL;
}

bool disk_folder_is_ours(const char *folder) {
    return !find_fault(folder);
}

enum status disk_folder_make(const char *folder, struct error *error) {
    char *path = mem_strdup(folder);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700); /* what can't be made shows below */
        *slash = '/';
    }
    mkdir(path, 0700);
    mem_free(path);
    const char *fault = find_fault(folder);
    return fault ? disk_folder_refuse(folder, fault, error) : STATUS_OK;
}
