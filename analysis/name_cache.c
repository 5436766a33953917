/* Declarations: name_cache.h.
 *
 * A path can have three entries: the file, the folder, and whether there is a file at all. What an entry
 * holds is replaced by a look that finds another stamp, or by hold; its version grows then, if the hash of
 * its facts is another than somebody was told. touch and release only let the version grow: the next look
 * sees for itself. A look during which something else happened tells what it saw, as of the version before
 * that. */
#include "analysis/name_cache.h"

#include "analysis/path_table.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/vec.h"
#include <string.h>

enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_MARK };

struct entry {
    const char *path;         /* the table's */
    struct name_facts *facts; /* of the last look; NULL: nothing was there, or nobody has looked */
    struct source_stamp stamp;
    struct text *text; /* of an open document; NULL: the file counts */
    const struct language *language;
    uint64_t version;
    uint32_t number;
    uint8_t kind;
    bool asked; /* somebody looked, or does so now */
    bool told;  /* of this version */
    bool read;  /* facts and stamp are those of a file */
    bool sure;  /* and nobody said since then that it may be another */
    bool exists;
};

struct name_cache {
    struct source_reader reader;
    bool watched;
    struct thread_lock *lock; /* guards everything below; the reader is called without it */
    struct path_table paths;
    struct {
        VEC_FIELDS(struct entry *); /* by the path's number */
    } entries;
    size_t size_bytes;
    uint64_t revision, refreshed; /* refreshed: the revision that was last told of */
};

/* ---- entries; all of these with the lock held ---- */

/* NULL: nobody looked for it. */
static struct entry *find(const struct name_cache *cache, const char *path, enum entry_kind kind) {
    uint32_t number = path_table_find(&cache->paths, path, kind);
    return number != PATH_NONE ? cache->entries.items[number] : NULL;
}

/* NULL: there are too many. */
static struct entry *take(struct name_cache *cache, const char *path, enum entry_kind kind) {
    uint32_t number = path_table_take(&cache->paths, path, kind, NAME_CACHE_PATHS_MAX);
    if (number == PATH_NONE) return NULL;
    if (number == cache->entries.count) {
        struct entry *entry = mem_zalloc(sizeof *entry);
        entry->path = path_table_path(&cache->paths, number);
        entry->number = number;
        entry->kind = (uint8_t)kind;
        vec_push(&cache->entries, entry);
    }
    return cache->entries.items[number];
}

static void bump(struct name_cache *cache, struct entry *entry) {
    entry->version++;
    entry->told = false;
    cache->revision++;
}

static bool same_facts(const struct name_facts *a, const struct name_facts *b) {
    return (!a && !b) || (a && b && memcmp(&a->hash, &b->hash, sizeof a->hash) == 0);
}

/* Takes over the reference to facts. known: what there was is known to somebody. Returns what is to be
 * released without the lock. */
static struct name_facts *set(struct name_cache *cache, struct entry *entry, struct name_facts *facts,
                              bool exists, bool known) {
    bool differs = known && (exists != entry->exists || !same_facts(facts, entry->facts));
    if (entry->facts) cache->size_bytes -= entry->facts->size_bytes;
    if (facts) cache->size_bytes += facts->size_bytes;
    struct name_facts *old = entry->facts;
    entry->facts = facts;
    entry->exists = exists;
    if (differs) bump(cache, entry);
    return old;
}

static struct name_look tell(struct entry *entry) {
    entry->told = true;
    return (struct name_look){entry->facts ? name_facts_ref(entry->facts) : NULL, entry->number,
                              entry->version};
}

/* What was there at that version, which is over. Takes over the reference to facts. */
static struct name_look tell_late(struct name_cache *cache, struct entry *entry, uint64_t version,
                                  struct name_facts *facts) {
    if (entry->version == version) bump(cache, entry);
    return (struct name_look){facts, entry->number, version};
}

/* ---- what there is now; without the lock ---- */

struct content {
    bool exists;
    struct source_stamp stamp;
    struct name_facts *facts;
};

static struct content look_at_folder(const struct source_reader *reader, const char *path) {
    struct content content = {0};
    char *files;
    size_t length;
    if (!reader->list || !reader->list(path, NAME_FOLDER_BYTES_MAX, &files, &length, reader->payload))
        return content;
    content.exists = true;
    content.facts = name_facts_of_folder(files, length);
    mem_free(files);
    return content;
}

/* known: the stamp of what is in memory; or NULL. Facts are NULL when it is still that. */
static struct content look_at_file(const struct source_reader *reader, const char *path, enum entry_kind kind,
                                   const struct source_stamp *known) {
    struct content content = {0};
    content.exists = reader->stamp(path, &content.stamp, reader->payload);
    if (!content.exists || kind == ENTRY_MARK || (known && source_stamps_equal(content.stamp, *known)))
        return content;
    char *bytes;
    size_t length;
    content.exists = content.stamp.size_bytes <= NAME_FILE_BYTES_MAX &&
                     reader->read(path, NAME_FILE_BYTES_MAX, &bytes, &length, reader->payload) == STATUS_OK;
    if (!content.exists) return content;
    content.facts = name_facts_of_file(path, bytes, length);
    mem_free(bytes);
    return content;
}

static struct name_facts *facts_of_text(const struct language *language, const struct text *text) {
    uint32_t length = text_size(text);
    if (length > NAME_FILE_BYTES_MAX) return NULL;
    char *bytes = text_dup(text, 0, length);
    struct name_facts *facts = name_facts_of_text(language, bytes, length);
    mem_free(bytes);
    return facts;
}

/* ---- looking ---- */

/* The open document's; the lock is held at the beginning. */
static struct name_look look_at_text(struct name_cache *cache, struct entry *entry) {
    struct name_look found;
    if (entry->facts) {
        found = tell(entry);
        thread_lock_release(cache->lock);
        return found;
    }
    struct text *text = text_ref(entry->text);
    const struct language *language = entry->language;
    uint64_t version = entry->version;
    thread_lock_release(cache->lock);
    struct name_facts *facts = facts_of_text(language, text), *old = NULL;
    thread_lock_acquire(cache->lock);
    if (entry->text == text && entry->version == version) {
        old = set(cache, entry, facts, true, entry->told);
        found = tell(entry);
    } else {
        found = tell_late(cache, entry, version, facts);
    }
    thread_lock_release(cache->lock);
    name_facts_unref(old);
    text_unref(text);
    return found;
}

/* again: whatever is known. */
static struct name_look look(struct name_cache *cache, const char *path, enum entry_kind kind, bool again,
                             bool *ret_exists) {
    struct name_look found = {.number = PATH_NONE};
    thread_lock_acquire(cache->lock);
    struct entry *entry = take(cache, path, kind);
    if (!entry) {
        thread_lock_release(cache->lock);
        return found;
    }
    entry->asked = true;
    if (entry->text) {
        *ret_exists = true;
        return look_at_text(cache, entry);
    }
    if (cache->watched && entry->sure && !again) {
        found = tell(entry);
        *ret_exists = entry->exists;
        thread_lock_release(cache->lock);
        return found;
    }
    struct source_stamp stamp = entry->stamp;
    struct name_facts *known = entry->read && entry->facts ? name_facts_ref(entry->facts) : NULL;
    bool full = cache->size_bytes >= NAME_CACHE_BYTES_MAX && !known && kind != ENTRY_MARK;
    uint64_t version = entry->version;
    thread_lock_release(cache->lock);

    struct content content = {0};
    if (kind == ENTRY_FOLDER && !full)
        content = look_at_folder(&cache->reader, path);
    else if (!full)
        content = look_at_file(&cache->reader, path, kind, known ? &stamp : NULL);
    if (known && content.exists && !content.facts) content.facts = name_facts_ref(known);

    struct name_facts *old = NULL;
    thread_lock_acquire(cache->lock);
    *ret_exists = content.exists;
    if (entry->text || entry->version != version) {
        found = tell_late(cache, entry, version, content.facts);
    } else {
        entry->stamp = content.stamp;
        entry->read = true;
        entry->sure = !full;
        old = set(cache, entry, content.facts, content.exists, entry->told);
        found = tell(entry);
    }
    thread_lock_release(cache->lock);
    name_facts_unref(old);
    name_facts_unref(known);
    return found;
}

struct name_look name_cache_look(struct name_cache *cache, const char *path) {
    bool exists;
    return look(cache, path, ENTRY_FILE, false, &exists);
}

struct name_look name_cache_look_for(struct name_cache *cache, const char *path, bool *ret_exists) {
    *ret_exists = false;
    return look(cache, path, ENTRY_MARK, false, ret_exists);
}

struct name_look name_cache_look_in(struct name_cache *cache, const char *folder) {
    bool exists;
    return look(cache, folder, ENTRY_FOLDER, false, &exists);
}

/* ---- changes ---- */

bool name_cache_hold(struct name_cache *cache, const char *path, const struct language *language,
                     const struct text *text) {
    struct name_facts *old = NULL;
    struct text *old_text = NULL;
    thread_lock_acquire(cache->lock);
    struct entry *entry = take(cache, path, ENTRY_FILE);
    bool news = entry && (entry->text != text || entry->language != language), asked = news && entry->asked;
    uint64_t version = entry ? entry->version : 0;
    if (news) {
        old_text = entry->text;
        entry->text = text_ref(text);
        entry->language = language;
        entry->read = entry->sure = false;
        if (!asked) old = set(cache, entry, NULL, false, false);
    }
    thread_lock_release(cache->lock);
    text_unref(old_text);
    name_facts_unref(old);
    if (!asked) return false;
    struct name_facts *facts = facts_of_text(language, text);
    thread_lock_acquire(cache->lock);
    old = entry->text == text ? set(cache, entry, facts, true, true) : facts;
    bool differs = entry->version != version; /* for a look at the text in between as well */
    thread_lock_release(cache->lock);
    name_facts_unref(old);
    return differs;
}

bool name_cache_release(struct name_cache *cache, const char *path, const struct text *text) {
    bool asked = false;
    thread_lock_acquire(cache->lock);
    struct entry *entry = find(cache, path, ENTRY_FILE);
    if (entry && entry->text == text && text) {
        text_unref(entry->text);
        entry->text = NULL;
        asked = entry->asked;
        if (asked) bump(cache, entry);
    }
    thread_lock_release(cache->lock);
    return asked;
}

static bool touch_entry(struct name_cache *cache, const char *path, enum entry_kind kind) {
    struct entry *entry = find(cache, path, kind);
    if (!entry || !entry->asked || entry->text) return false;
    entry->sure = false;
    bump(cache, entry);
    return true;
}

bool name_cache_touch(struct name_cache *cache, const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = mem_strndup(path, slash ? (size_t)(slash - path) : 0);
    thread_lock_acquire(cache->lock);
    bool asked = touch_entry(cache, path, ENTRY_FILE);
    asked |= touch_entry(cache, path, ENTRY_MARK);
    asked |= touch_entry(cache, folder, ENTRY_FOLDER);
    thread_lock_release(cache->lock);
    mem_free(folder);
    return asked;
}

size_t name_cache_refresh(struct name_cache *cache, const struct cancel *stop) {
    for (uint32_t number = 0; !cancel_requested(stop); number++) {
        thread_lock_acquire(cache->lock);
        struct entry *entry = number < cache->entries.count ? cache->entries.items[number] : NULL;
        bool looks = entry && entry->asked && !entry->text;
        thread_lock_release(cache->lock);
        if (!entry) break;
        bool exists;
        if (looks)
            name_facts_unref(look(cache, entry->path, (enum entry_kind)entry->kind, true, &exists).facts);
    }
    thread_lock_acquire(cache->lock);
    size_t changes = (size_t)(cache->revision - cache->refreshed);
    cache->refreshed = cache->revision;
    thread_lock_release(cache->lock);
    return changes;
}

bool name_cache_knows(struct name_cache *cache, const char *path) {
    thread_lock_acquire(cache->lock);
    const struct entry *entry = find(cache, path, ENTRY_FILE);
    bool knows = entry && entry->asked;
    thread_lock_release(cache->lock);
    return knows;
}

uint32_t name_cache_number(struct name_cache *cache, const char *path) {
    thread_lock_acquire(cache->lock);
    uint32_t number = path_table_find(&cache->paths, path, ENTRY_FILE);
    thread_lock_release(cache->lock);
    return number;
}

uint64_t name_cache_version(struct name_cache *cache, uint32_t number) {
    thread_lock_acquire(cache->lock);
    uint64_t version = number < cache->entries.count ? cache->entries.items[number]->version : 0;
    thread_lock_release(cache->lock);
    return version;
}

uint64_t name_cache_revision(struct name_cache *cache) {
    thread_lock_acquire(cache->lock);
    uint64_t revision = cache->revision;
    thread_lock_release(cache->lock);
    return revision;
}

/* ---- all of it ---- */

struct name_cache *name_cache_create(const struct source_reader *reader, bool watched) {
    struct name_cache *cache = mem_zalloc(sizeof *cache);
    cache->reader = *reader;
    cache->watched = watched;
    cache->lock = thread_lock_create();
    return cache;
}

void name_cache_destroy(struct name_cache *cache) {
    if (!cache) return;
    for (size_t i = 0; i < cache->entries.count; i++) {
        struct entry *entry = cache->entries.items[i];
        name_facts_unref(entry->facts);
        text_unref(entry->text);
        mem_free(entry);
    }
    vec_finish(&cache->entries);
    path_table_finish(&cache->paths);
    thread_lock_destroy(cache->lock);
    mem_free(cache);
}
