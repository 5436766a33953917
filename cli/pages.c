#include "cli/pages.h"

#include "base/mem.h"
#include "base/str.h"
#include "lsp/uri.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

char *pages_uri(void) {
    static const char *const folders[] = {"../share/doc/noodle/diagnostics", "../../docs/diagnostics"};
    char program[PATH_MAX];
    size_t length = sizeof program;
    if (uv_exepath(program, &length) != 0 || length >= sizeof program) return NULL;
    program[length] = 0;
    char *slash = strrchr(program, '/');
    if (!slash) return NULL;
    *slash = 0;
    char *uri = NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !uri; i++) {
        struct str path;
        str_init(&path);
        str_addf(&path, "%s/%s", program, folders[i]);
        char *folder = realpath(path.bytes, NULL);
        str_clear(&path);
        if (folder) {
            str_addf(&path, "%s/README.md", folder);
            if (access(path.bytes, R_OK) == 0) uri = uri_from_path(folder);
        }
        free(folder);
        str_finish(&path);
    }
    return uri;
}
