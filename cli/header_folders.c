#include "cli/header_folders.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/vec.h"
#include "cli/witness.h"
#include <dirent.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDERS_MAX   1000
#define NAMES_MAX     20000 /* of one folder; a larger one is looked into each time */
#define LISTED_NS_MAX (10 * NS_PER_S)

/* Something that lies in a folder. */
struct name {
    uint64_t hash;
    uint32_t folder;
};

struct header_folders {
    const char *const *patterns;
    struct witness *witness;  /* or NULL */
    struct thread_lock *lock; /* guards everything below */
    struct {
        VEC_FIELDS(struct folder {
            char *path;
            bool listed;
        });
    } folders;
    struct {
        VEC_FIELDS(struct name);
    } names;            /* sorted */
    uint64_t listed_ns; /* 0: never */
};

static int compare(const void *left, const void *right) {
    const struct name *a = left, *b = right;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return a->folder < b->folder ? -1 : a->folder > b->folder;
}

static bool list_folder(struct header_folders *folders, uint32_t number) {
    witness_see(folders->witness, folders->folders.items[number].path);
    DIR *open = opendir(folders->folders.items[number].path);
    if (!open) return true;
    size_t count = 0;
    struct dirent *entry;
    for (; count < NAMES_MAX && (entry = readdir(open)); count++)
        vec_push(&folders->names, (struct name){hash64(entry->d_name, strlen(entry->d_name), 0), number});
    closedir(open);
    return count < NAMES_MAX;
}

static void forget(struct header_folders *folders) {
    for (size_t i = 0; i < folders->folders.count; i++)
        mem_free(folders->folders.items[i].path);
    vec_clear(&folders->folders);
    vec_clear(&folders->names);
}

static void list_all(struct header_folders *folders) {
    forget(folders);
    for (const char *const *pattern = folders->patterns; *pattern; pattern++) {
        glob_t matches;
        witness_see_pattern(folders->witness, *pattern);
        if (glob(*pattern, GLOB_ONLYDIR, NULL, &matches) != 0) continue;
        for (size_t i = 0; i < matches.gl_pathc && folders->folders.count < FOLDERS_MAX; i++) {
            struct stat info;
            witness_see_name(folders->witness, matches.gl_pathv[i]);
            if (stat(matches.gl_pathv[i], &info) == 0 && S_ISDIR(info.st_mode))
                vec_push(&folders->folders, (struct folder){mem_strdup(matches.gl_pathv[i]), false});
        }
        globfree(&matches);
    }
    for (uint32_t i = 0; i < folders->folders.count; i++)
        folders->folders.items[i].listed = list_folder(folders, i);
    if (folders->names.count)
        qsort(folders->names.items, folders->names.count, sizeof *folders->names.items, compare);
}

/* Whether something of that name lies in the folder, as far as that is known. */
static bool may_have(const struct header_folders *folders, uint32_t number, uint64_t hash) {
    struct name name = {hash, number};
    if (!folders->folders.items[number].listed) return true;
    return folders->names.count &&
           bsearch(&name, folders->names.items, folders->names.count, sizeof name, compare);
}

static bool is_in(const struct header_folders *folders, uint32_t number, const char *name, char *path,
                  size_t size) {
    const char *folder = folders->folders.items[number].path;
    size_t length = strlen(folder);
    if (length + strlen(name) + 2 > size) return false;
    memcpy(path, folder, length);
    path[length] = '/';
    strcpy(path + length + 1, name);
    struct stat info;
    witness_see(folders->witness, path);
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool header_folders_find(struct header_folders *folders, const char *name, char *ret_path, size_t size) {
    size_t length = strcspn(name, "/");
    bool anywhere = length == 0 || *name == '.'; /* "../a.h" */
    uint64_t hash = hash64(name, length, 0), now_ns = clock_now_ns();
    bool found = false;
    thread_lock_acquire(folders->lock);
    if (!folders->listed_ns || now_ns - folders->listed_ns > LISTED_NS_MAX) {
        list_all(folders);
        folders->listed_ns = now_ns;
    }
    for (uint32_t i = 0; i < folders->folders.count && !found; i++)
        if (anywhere || may_have(folders, i, hash)) found = is_in(folders, i, name, ret_path, size);
    thread_lock_release(folders->lock);
    return found;
}

struct header_folders *header_folders_create(const char *const *patterns, struct witness *witness) {
    struct header_folders *folders = mem_zalloc(sizeof *folders);
    folders->patterns = patterns;
    folders->witness = witness;
    folders->lock = thread_lock_create();
    return folders;
}

void header_folders_destroy(struct header_folders *folders) {
    if (!folders) return;
    forget(folders);
    vec_finish(&folders->folders);
    vec_finish(&folders->names);
    thread_lock_destroy(folders->lock);
    mem_free(folders);
}
