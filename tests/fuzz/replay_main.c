/* replay_main.c: main for a fuzz target in a build without libFuzzer: runs it once over every file named, and
 * over every file in a folder named. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    size_t size = 0, capacity = 4096;
    uint8_t *data = malloc(capacity);
    while (data) {
        size += fread(data + size, 1, capacity - size, file);
        if (size < capacity) break;
        capacity *= 2;
        uint8_t *grown = realloc(data, capacity);
        if (!grown) free(data);
        data = grown;
    }
    bool ok = data && !ferror(file);
    if (!ok) fprintf(stderr, "%s: could not be read\n", path);
    fclose(file);
    if (ok) {
        /* An exact-size copy, so that a sanitizer sees the first byte read past the end. */
        uint8_t *exact = malloc(size ? size : 1);
        if (exact) {
            memcpy(exact, data, size);
            LLVMFuzzerTestOneInput(exact, size);
        }
        ok = exact != NULL;
        free(exact);
    }
    free(data);
    return ok;
}

/* Returns the number of files run, or -1. */
static int replay_folder(const char *path) {
    DIR *folder = opendir(path);
    if (!folder) return errno == ENOENT ? 0 : -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        char *file = NULL;
        if (asprintf(&file, "%s/%s", path, entry->d_name) < 0) abort();
        if (!replay_file(file)) count = -1;
        free(file);
        if (count < 0) break;
        count++;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv) {
    int total = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        struct stat info;
        bool is_file = stat(argv[i], &info) == 0 && S_ISREG(info.st_mode);
        int count = is_file ? (replay_file(argv[i]) ? 1 : -1) : replay_folder(argv[i]);
        if (count < 0) return 1;
        total += count;
    }
    printf("%d inputs replayed\n", total);
    return 0;
}
