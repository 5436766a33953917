/* folders.c: see folders.h. */
#include "lsp/folders.h"

#include "lsp/uri.h"
#include <string.h>

static size_t find_folder(const struct core *core, const char *uri) {
    size_t i = 0;
    while (i < core->folders.count && strcmp(core->folders.items[i].uri, uri) != 0)
        i++;
    return i;
}

static void free_folder(struct folder *folder) {
    mem_free(folder->uri);
    mem_free(folder->path);
}

void folders_add(struct core *core, const char *uri) {
    if (find_folder(core, uri) < core->folders.count) return;
    vec_push(&core->folders, (struct folder){mem_strdup(uri), uri_to_path(uri)});
}

void folders_remove(struct core *core, const char *uri) {
    size_t i = find_folder(core, uri);
    if (i == core->folders.count) return;
    free_folder(&core->folders.items[i]);
    core->folders.count--;
    memmove(core->folders.items + i, core->folders.items + i + 1,
            (core->folders.count - i) * sizeof(struct folder));
}

void folders_clear(struct core *core) {
    for (size_t i = 0; i < core->folders.count; i++)
        free_folder(&core->folders.items[i]);
    vec_finish(&core->folders);
}
