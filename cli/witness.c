#include "cli/witness.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/thread.h"
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

/* A number of a sight by its path and kind. */
struct slot {
    uint64_t hash;
    uint32_t number; /* from 1; 0: empty */
};

struct witness {
    char *root;
    struct thread_lock *lock; /* guards everything below; held for a look at one path */
    struct stamp_table seen;  /* its sights alone */
    struct slot *slots;       /* a power of two, at most half full */
    size_t slot_count;
    bool doubts;
};

struct witness *witness_create(const char *root) {
    struct witness *witness = mem_zalloc(sizeof *witness);
    witness->root = mem_strdup(root);
    witness->lock = thread_lock_create();
    stamp_table_init(&witness->seen, 0);
    witness->slot_count = 1024;
    witness->slots = mem_zalloc(witness->slot_count * sizeof *witness->slots);
    return witness;
}

void witness_destroy(struct witness *witness) {
    if (!witness) return;
    stamp_table_finish(&witness->seen);
    mem_free(witness->slots);
    mem_free(witness->root);
    thread_lock_destroy(witness->lock);
    mem_free(witness);
}

/* ---- sights; all of these with the lock held ---- */

static struct slot *find_slot(const struct witness *witness, uint64_t hash, const char *path, uint32_t kind) {
    size_t at = hash & (witness->slot_count - 1);
    for (;; at = (at + 1) & (witness->slot_count - 1)) {
        struct slot *slot = &witness->slots[at];
        if (!slot->number) return slot;
        const struct stamp_sight *sight = &witness->seen.sights.items[slot->number - 1];
        if (slot->hash == hash && sight->kind == kind && strcmp(sight->path, path) == 0) return slot;
    }
}

static uint64_t sight_hash(const char *path, uint32_t kind) {
    return hash64(path, strlen(path), kind);
}

static bool has_seen(const struct witness *witness, const char *path, uint32_t kind) {
    return find_slot(witness, sight_hash(path, kind), path, kind)->number != 0;
}

static void grow(struct witness *witness) {
    struct slot *old = witness->slots;
    size_t old_count = witness->slot_count;
    witness->slot_count *= 2;
    witness->slots = mem_zalloc(witness->slot_count * sizeof *old);
    for (size_t i = 0; i < old_count; i++) {
        if (!old[i].number) continue;
        const struct stamp_sight *sight = &witness->seen.sights.items[old[i].number - 1];
        *find_slot(witness, old[i].hash, sight->path, sight->kind) = old[i];
    }
    mem_free(old);
}

/* The first look counts: what was made of a later one does not hold when they differ. */
static void keep(struct witness *witness, const struct stamp_sight *sight) {
    uint64_t hash = sight_hash(sight->path, sight->kind);
    struct slot *slot = find_slot(witness, hash, sight->path, sight->kind);
    if (slot->number) return;
    if (witness->seen.sights.count == WITNESS_SIGHTS_MAX) {
        witness->doubts = true;
        return;
    }
    stamp_table_add_sight(&witness->seen, sight);
    *slot = (struct slot){hash, (uint32_t)witness->seen.sights.count};
    if (witness->seen.sights.count * 2 > witness->slot_count) grow(witness);
}

static void keep_stamp(struct witness *witness, const char *path, uint32_t kind, const struct stat *info,
                       int64_t asked_ns) {
    struct stamp_sight sight = {path, file_stamp_of(info), kind};
    if (!file_stamp_is_settled(&sight.stamp, asked_ns)) witness->doubts = true;
    keep(witness, &sight);
}

static bool lies_above_root(const struct witness *witness, const char *folder) {
    size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    return strncmp(witness->root, folder, length) == 0 && witness->root[length] == '/';
}

/* There is nothing at the path, as long as the nearest folder above that is there is the same. */
static void see_nothing(struct witness *witness, const char *path) {
    char *above = mem_strdup(path);
    struct stat info;
    for (char *slash; (slash = strrchr(above, '/'));) {
        char *child = mem_strdup(above);
        *slash = '\0';
        const char *folder = *above ? above : "/";
        bool known = has_seen(witness, folder, STAMP_SEEN_LIST);
        int64_t asked_ns = clock_wall_ns();
        bool there = known || stat(folder, &info) == 0;
        bool alone = there && lies_above_root(witness, folder);
        if (alone) keep(witness, &(struct stamp_sight){.path = child, .kind = STAMP_SEEN_NOTHING});
        /* A link that leads nowhere leads somewhere when things change elsewhere. */
        if (there && !alone && lstat(child, &(struct stat){0}) == 0) witness->doubts = true;
        mem_free(child);
        if (alone) break;
        if (!there) continue;
        if (!known && S_ISDIR(info.st_mode)) keep_stamp(witness, folder, STAMP_SEEN_LIST, &info, asked_ns);
        if (!known && !S_ISDIR(info.st_mode)) keep_stamp(witness, folder, STAMP_SEEN_FILE, &info, asked_ns);
        break;
    }
    mem_free(above);
}

static void see(struct witness *witness, const char *path, bool name_alone) {
    if (*path != '/') witness->doubts = true;
    if (witness->doubts || has_seen(witness, path, STAMP_SEEN_FILE)) return;
    if (has_seen(witness, path, name_alone ? STAMP_SEEN_FOLDER : STAMP_SEEN_LIST)) return;
    struct stat info;
    int64_t asked_ns = clock_wall_ns();
    if (stat(path, &info))
        if (errno == ENOENT || errno == ENOTDIR)
            see_nothing(witness, path);
        else
            witness->doubts = true;
    else if (S_ISDIR(info.st_mode) && name_alone)
        keep(witness, &(struct stamp_sight){.path = path, .kind = STAMP_SEEN_FOLDER});
    else if (S_ISDIR(info.st_mode))
        keep_stamp(witness, path, STAMP_SEEN_LIST, &info, asked_ns);
    else if (S_ISREG(info.st_mode))
        keep_stamp(witness, path, STAMP_SEEN_FILE, &info, asked_ns);
    else
        witness->doubts = true;
}

/* ---- the interface ---- */

void witness_see(struct witness *witness, const char *path) {
    if (!witness) return;
    thread_lock_acquire(witness->lock);
    see(witness, path, false);
    thread_lock_release(witness->lock);
}

void witness_see_name(struct witness *witness, const char *path) {
    if (!witness) return;
    thread_lock_acquire(witness->lock);
    see(witness, path, true);
    thread_lock_release(witness->lock);
}

static void see_folders(struct witness *witness, const char *pattern) {
    glob_t matches;
    if (!strpbrk(pattern, "*?[")) {
        witness_see(witness, pattern);
    } else if (glob(pattern, GLOB_ONLYDIR, NULL, &matches) == 0) {
        for (size_t i = 0; i < matches.gl_pathc; i++)
            witness_see(witness, matches.gl_pathv[i]);
        globfree(&matches);
    }
}

/* Each folder on the way is listed, from the one on in which names are compared. */
void witness_see_pattern(struct witness *witness, const char *pattern) {
    if (!witness) return;
    size_t at = strcspn(pattern, "*?[");
    while (at > 0 && pattern[at - 1] != '/')
        at--;
    for (const char *slash = pattern; slash; at = slash ? (size_t)(slash - pattern) + 1 : at) {
        char *folders = mem_strndup(pattern, at > 1 ? at - 1 : at);
        see_folders(witness, folders);
        mem_free(folders);
        slash = strchr(pattern + at, '/');
    }
}

void witness_doubt(struct witness *witness) {
    if (!witness) return;
    thread_lock_acquire(witness->lock);
    witness->doubts = true;
    thread_lock_release(witness->lock);
}

bool witness_holds(const struct stamp_sight *sights, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct stamp_sight *sight = &sights[i];
        struct stat info;
        bool there = stat(sight->path, &info) == 0;
        if (sight->kind == STAMP_SEEN_NOTHING && !there && (errno == ENOENT || errno == ENOTDIR)) continue;
        if (!there) return false;
        if (sight->kind == STAMP_SEEN_FOLDER && S_ISDIR(info.st_mode)) continue;
        struct file_stamp stamp = file_stamp_of(&info);
        if (!file_stamps_equal(&stamp, &sight->stamp)) return false;
    }
    return true;
}

void witness_adopt(struct witness *witness, const struct stamp_sight *sights, size_t count) {
    for (size_t i = 0; witness && i < count; i++)
        keep(witness, &sights[i]);
}

bool witness_sights(struct witness *witness, const struct stamp_sight **ret_sights, size_t *ret_count) {
    if (!witness || witness->doubts) return false;
    *ret_sights = witness->seen.sights.items;
    *ret_count = witness->seen.sights.count;
    return true;
}
