#include "tests/support/fake_files.h"

#include "base/mem.h"
#include "base/str.h"
#include <stdlib.h>
#include <string.h>

static struct fake_file *find_file(const struct fake_files *files, const char *path) {
    for (size_t i = 0; i < files->files.count; i++)
        if (strcmp(files->files.items[i].path, path) == 0) return &files->files.items[i];
    return NULL;
}

static bool stamp(const char *path, struct source_stamp *ret_stamp, void *payload) {
    struct fake_files *files = payload;
    atomic_fetch_add(&files->stamps, 1);
    const struct fake_file *file = find_file(files, path);
    if (!file || !file->bytes) return false;
    *ret_stamp = (struct source_stamp){strlen(file->bytes), file->changed, 1};
    return true;
}

static enum status read_file(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                             void *payload) {
    struct fake_files *files = payload;
    atomic_fetch_add(&files->reads, 1);
    const struct fake_file *file = find_file(files, path);
    if (!file || !file->bytes) return STATUS_NOT_FOUND;
    if (strlen(file->bytes) > limit_bytes) return STATUS_TOO_LARGE;
    *ret_length = strlen(file->bytes);
    *ret_bytes = mem_strdup(file->bytes);
    return STATUS_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool list(const char *folder, size_t limit_bytes, char **ret_names, size_t *ret_length,
                 void *payload) {
    struct fake_files *files = payload;
    size_t length = strlen(folder);
    struct {
        VEC_FIELDS(const char *);
    } names = {0};
    for (size_t i = 0; i < files->files.count; i++) {
        const struct fake_file *file = &files->files.items[i];
        bool inside = file->bytes && strncmp(file->path, folder, length) == 0 && file->path[length] == '/' &&
                      !strchr(file->path + length + 1, '/');
        if (inside) vec_push(&names, file->path + length + 1);
    }
    if (!names.count) return false;
    qsort(names.items, names.count, sizeof *names.items, compare_names);
    struct str all;
    str_init(&all);
    for (size_t i = 0; i < names.count && all.length < limit_bytes; i++)
        str_add(&all, names.items[i], strlen(names.items[i]) + 1);
    vec_finish(&names);
    *ret_length = all.length;
    *ret_names = str_detach(&all);
    return true;
}

struct source_reader fake_files_reader(struct fake_files *files) {
    return (struct source_reader){.stamp = stamp, .read = read_file, .list = list, .payload = files};
}

void fake_files_set(struct fake_files *files, const char *path, const char *bytes) {
    struct fake_file *file = find_file(files, path);
    if (!file) {
        vec_push(&files->files, (struct fake_file){mem_strdup(path), NULL, 0});
        file = &files->files.items[files->files.count - 1];
    }
    mem_free(file->bytes);
    file->bytes = bytes ? mem_strdup(bytes) : NULL;
    file->changed = ++files->clock;
}

void fake_files_finish(struct fake_files *files) {
    for (size_t i = 0; i < files->files.count; i++) {
        mem_free(files->files.items[i].path);
        mem_free(files->files.items[i].bytes);
    }
    vec_finish(&files->files);
}
