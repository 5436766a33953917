#include "cli/cache_folder.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *cache_folder_path(void) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    struct str path;
    str_init(&path);
    /* Relative paths are to be ignored, says the XDG Base Directory Specification. */
    if (base && *base == '/')
        str_addf(&path, "%s/noodle", base);
    else if (home && *home == '/')
        str_addf(&path, "%s/.cache/noodle", home);
    if (path.length) return str_detach(&path);
    str_finish(&path);
    return NULL;
}

bool cache_folder_make(const char *folder) {
    char *above = mem_strdup(folder);
    *strrchr(above, '/') = '\0';
    mkdir(above, 0700); /* what fails here fails again below */
    mem_free(above);
    mkdir(folder, 0700);
    struct stat info;
    return !stat(folder, &info) && S_ISDIR(info.st_mode);
}
