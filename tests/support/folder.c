/* Declarations: folder.h. */
#include "tests/support/folder.h"

#include "base/mem.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

char *folder_path(const char *folder, const char *name) {
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/%s", folder, name);
    return str_detach(&path);
}

void folder_write(const char *folder, const char *name, const char *text) {
    char *path = folder_path(folder, name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    mem_free(path);
}
