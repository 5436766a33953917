/* Declarations: header.h.
 *
 * An entry is made for every path that is looked for and stays for good, so that numbers of entries can be
 * kept. What a list of includes leads to (with the folder of its file and the project's folders) is kept as
 * numbers too. An entry is in one of these states (function that moves it):
 *
 *     UNKNOWN ──load──► FOUND or MISSING ──touch──► UNKNOWN        any ──put──► PUT ──touch──► UNKNOWN
 *
 * Whenever a path begins or ceases to exist, all that is known of includes is forgotten: another file may be
 * the first one on somebody's way. What was looked for at that moment is not kept either. */
#include "analysis/header.h"

#include "analysis/path_table.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/vec.h"
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES_MAX 4096
#define ROUTES_MAX     100000 /* kept lists of includes; beyond it they are forgotten */
#define MISSING_MAX    1000   /* names that one closure tells */

enum entry_state { ENTRY_UNKNOWN, ENTRY_MISSING, ENTRY_FOUND, ENTRY_PUT };

struct entry {
    const char *path;          /* the table's */
    struct header *header;     /* of the last look; NULL: there was none */
    uint32_t loading, touches; /* threads that read the file now; how often it was given up */
    uint8_t state;
    bool asked;   /* closures depend on it */
    bool looked;  /* at all */
    bool existed; /* at the last look */
};

/* Where the includes of one list lead to: numbers of entries, PATH_NONE for what was not found. */
struct route {
    struct hash128 key;
    uint32_t *numbers;
    uint32_t count;
};

struct header_cache {
    struct source_reader reader;
    struct thread_lock *lock; /* guards everything below; the reader is called without it */
    struct path_table paths;
    struct {
        VEC_FIELDS(struct entry *); /* by the path's number */
    } entries;
    struct route *routes; /* by key; numbers NULL: empty */
    size_t route_mask, route_count;
    uint64_t route_age; /* how often they were forgotten */
    struct header_cache_counters counters;
};

/* ---- paths ---- */

void path_normalize(char *path) {
    bool absolute = *path == '/';
    char *out = path + absolute;
    const char *at = path + absolute;
    for (const char *end = path + strlen(path); at < end;) {
        size_t length = strcspn(at, "/");
        const char *next = at + length + 1; /* behind the slash, which may be overwritten */
        if (length == 2 && memcmp(at, "..", 2) == 0 && (absolute || out > path)) {
            if (out > path + absolute) out--; /* the slash */
            while (out > path + absolute && out[-1] != '/')
                out--;
        } else if (length > 0 && !(length == 1 && *at == '.')) {
            memmove(out, at, length);
            out += length;
            if (next <= end) *out++ = '/';
        }
        at = next;
    }
    if (out > path + 1 && out[-1] == '/') out--;
    *out = '\0';
}

/* False: too long. */
static bool join_path(char path[PATH_BYTES_MAX], const char *folder, size_t folder_length,
                      struct macro_word name) {
    if (folder_length + name.length + 2 > PATH_BYTES_MAX || memchr(name.bytes, '\0', name.length))
        return false;
    size_t length = 0;
    if (*name.bytes != '/') {
        memcpy(path, folder, folder_length);
        path[folder_length] = '/';
        length = folder_length + 1;
    }
    memcpy(path + length, name.bytes, name.length);
    path[length + name.length] = '\0';
    if (*path != '/') return false;
    path_normalize(path);
    return true;
}

static size_t folder_length(const char *path) {
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? (size_t)(slash - path) : 0;
}

/* ---- entries; all of these with the lock held ---- */

/* PATH_NONE: there are too many. */
static uint32_t take_entry(struct header_cache *cache, const char *path) {
    uint32_t number = path_table_take(&cache->paths, path, 0, HEADER_CACHE_PATHS_MAX);
    if (number != PATH_NONE && number == cache->entries.count) {
        struct entry *entry = mem_zalloc(sizeof *entry);
        entry->path = path_table_path(&cache->paths, number);
        vec_push(&cache->entries, entry);
    }
    return number;
}

static void forget_routes(struct header_cache *cache) {
    for (size_t i = 0; i <= cache->route_mask && cache->routes; i++)
        mem_free(cache->routes[i].numbers);
    mem_free(cache->routes);
    cache->routes = NULL;
    cache->route_count = cache->route_mask = 0;
    cache->route_age++;
}

static struct route *find_route(const struct header_cache *cache, struct hash128 key) {
    size_t slot = key.low & cache->route_mask;
    while (cache->routes[slot].numbers && memcmp(&cache->routes[slot].key, &key, sizeof key) != 0)
        slot = (slot + 1) & cache->route_mask;
    return &cache->routes[slot];
}

static void keep_route(struct header_cache *cache, struct hash128 key, const uint32_t *numbers,
                       uint32_t count) {
    if (cache->route_count == ROUTES_MAX) forget_routes(cache);
    if (cache->route_count * 2 >= cache->route_mask) {
        struct route *old = cache->routes;
        size_t old_count = old ? cache->route_mask + 1 : 0, new_count = old ? old_count * 2 : 256;
        cache->routes = mem_zalloc(new_count * sizeof *cache->routes);
        cache->route_mask = new_count - 1;
        for (size_t i = 0; i < old_count; i++)
            if (old[i].numbers) *find_route(cache, old[i].key) = old[i];
        mem_free(old);
    }
    struct route *route = find_route(cache, key);
    if (route->numbers) return; /* another thread was here */
    *route = (struct route){key, mem_alloc((count + 1) * sizeof *numbers), count};
    memcpy(route->numbers, numbers, count * sizeof *numbers);
    cache->route_count++;
}

static struct header *header_ref(struct header *header) {
    atomic_fetch_add_explicit(&header->references, 1, memory_order_relaxed);
    return header;
}

static void header_unref(struct header *header) {
    if (!header || atomic_fetch_sub_explicit(&header->references, 1, memory_order_acq_rel) != 1) return;
    macro_facts_unref(header->facts);
    mem_free((void *)header->path);
    mem_free(header);
}

static struct header *header_create(const char *path, struct macro_facts *facts, struct source_stamp stamp) {
    struct header *header = mem_zalloc(sizeof *header);
    atomic_init(&header->references, 1);
    header->path = mem_strdup(path);
    header->facts = facts;
    header->stamp = stamp;
    return header;
}

/* Takes over the reference to header (NULL: the file is not there). Returns the one to be released without
 * the lock. */
static struct header *set_entry(struct header_cache *cache, struct entry *entry, enum entry_state state,
                                struct header *header) {
    struct header *old = entry->header;
    bool exists = header != NULL;
    if (entry->looked && exists != entry->existed && entry->asked) forget_routes(cache);
    entry->looked = true;
    if (old) cache->counters.size_bytes -= old->facts->size_bytes, cache->counters.headers--;
    if (header) cache->counters.size_bytes += header->facts->size_bytes, cache->counters.headers++;
    entry->header = header;
    entry->state = (uint8_t)state;
    entry->existed = exists;
    return old;
}

/* ---- looking at files; without the lock ---- */

/* NULL: there is nothing, or nothing that can be read. previous is what the path held before. */
static struct header *load(struct header_cache *cache, const char *path, struct macro_facts *previous) {
    const struct source_reader *reader = &cache->reader;
    struct source_stamp stamp = {0};
    if (!reader->stamp(path, &stamp, reader->payload) || stamp.size_bytes > HEADER_BYTES_MAX) return NULL;
    char *bytes;
    size_t length;
    if (reader->read(path, HEADER_BYTES_MAX, &bytes, &length, reader->payload) != STATUS_OK) return NULL;
    struct macro_facts *facts = macro_facts_scan(bytes, length, previous);
    mem_free(bytes);
    return header_create(path, facts, stamp);
}

/* The entry's present header, with a reference for the caller; NULL: none. Looks at the file when that is not
 * known. */
static struct header *take_header(struct header_cache *cache, uint32_t number) {
    struct macro_facts *previous = NULL;
    thread_lock_acquire(cache->lock);
    struct entry *entry = cache->entries.items[number];
    entry->asked = true;
    bool unknown = entry->state == ENTRY_UNKNOWN;
    if (unknown && cache->counters.size_bytes >= HEADER_CACHE_BYTES_MAX) unknown = false;
    struct header *header = entry->header && entry->state != ENTRY_UNKNOWN ? header_ref(entry->header) : NULL;
    if (unknown && entry->header) previous = macro_facts_ref(entry->header->facts);
    if (unknown) cache->counters.reads++, entry->loading++;
    uint32_t touches = entry->touches;
    thread_lock_release(cache->lock);
    if (!unknown) return header;

    header = load(cache, entry->path, previous);
    macro_facts_unref(previous);
    struct header *spare = NULL;
    thread_lock_acquire(cache->lock);
    entry->loading--;
    if (entry->state == ENTRY_UNKNOWN && entry->touches != touches) {
        /* It was another file already when it was touched: nobody keeps what was read. */
    } else if (entry->state == ENTRY_UNKNOWN) {
        spare = set_entry(cache, entry, header ? ENTRY_FOUND : ENTRY_MISSING, header);
        if (header) header_ref(header);
    } else { /* another thread was faster, or it was put */
        spare = header;
        header = entry->header ? header_ref(entry->header) : NULL;
    }
    thread_lock_release(cache->lock);
    header_unref(spare);
    return header;
}

static uint32_t number_of(struct header_cache *cache, const char *path) {
    thread_lock_acquire(cache->lock);
    uint32_t number = take_entry(cache, path);
    thread_lock_release(cache->lock);
    return number;
}

/* Looks where the reader says. includer may be NULL. */
static uint32_t look_elsewhere(struct header_cache *cache, struct macro_word name, const char *includer,
                               struct header **ret_header) {
    char path[PATH_BYTES_MAX], spelled[PATH_BYTES_MAX];
    if (!cache->reader.find || name.length >= sizeof spelled || memchr(name.bytes, '\0', name.length))
        return PATH_NONE;
    memcpy(spelled, name.bytes, name.length);
    spelled[name.length] = '\0';
    if (!cache->reader.find(spelled, includer, path, sizeof path, cache->reader.payload)) return PATH_NONE;
    uint32_t number = number_of(cache, path);
    if (number == PATH_NONE) return PATH_NONE;
    *ret_header = take_header(cache, number);
    return *ret_header ? number : PATH_NONE;
}

/* Looks in one folder. */
static uint32_t look_in(struct header_cache *cache, const char *folder, size_t length, struct macro_word name,
                        struct header **ret_header) {
    char path[PATH_BYTES_MAX];
    if (!join_path(path, folder, length, name)) return PATH_NONE;
    uint32_t number = number_of(cache, path);
    if (number == PATH_NONE) return PATH_NONE;
    *ret_header = take_header(cache, number);
    return *ret_header ? number : PATH_NONE;
}

/* The folder in which #include_next goes on: behind the one that the including file was found in. */
static size_t folder_behind(const struct project *project, const char *path) {
    size_t length = path ? strlen(path) : 0, found = 0, longest = 0;
    for (size_t i = 0; i < project->folder_count; i++) {
        size_t folder = strlen(project->folders[i]);
        if (folder < length && path[folder] == '/' && memcmp(path, project->folders[i], folder) == 0 &&
            folder > longest)
            longest = folder, found = i + 1;
    }
    return found;
}

static uint32_t find_include(struct header_cache *cache, const char *includer,
                             const struct macro_include *include, const struct project *project,
                             struct header **ret_header) {
    size_t from = 0;
    uint32_t number = PATH_NONE;
    if (include->next && project)
        from = folder_behind(project, includer);
    else if (include->kind == MACRO_INCLUDE_QUOTED && includer)
        number = look_in(cache, includer, folder_length(includer), include->spelled, ret_header);
    if (number == PATH_NONE && *include->spelled.bytes == '/')
        return include->kind == MACRO_INCLUDE_QUOTED && includer
                   ? PATH_NONE
                   : look_in(cache, "", 0, include->spelled, ret_header);
    if (!project) return number;
    if (include->kind == MACRO_INCLUDE_ANGLED && from < project->angled_from) from = project->angled_from;
    for (size_t i = from; i < project->folder_count && number == PATH_NONE; i++)
        number =
            look_in(cache, project->folders[i], strlen(project->folders[i]), include->spelled, ret_header);
    if (number == PATH_NONE && !include->next && include->branch != CONDITION_UNLIKELY)
        number = look_elsewhere(cache, include->spelled, includer, ret_header);
    return number;
}

/* ---- closures ---- */

struct walk {
    struct header_cache *cache;
    const struct project *project;
    struct {
        VEC_FIELDS(struct header *); /* with a reference each */
    } headers;
    struct {
        VEC_FIELDS(uint64_t); /* a bit for each number of an entry */
    } seen;
    struct {
        VEC_FIELDS(char *);
    } missing;
    struct {
        VEC_FIELDS(uint32_t);
    } numbers; /* of one list */
    bool limited;
};

static bool see(struct walk *walk, uint32_t number) {
    while (walk->seen.count <= number / 64)
        vec_push(&walk->seen, 0);
    uint64_t bit = UINT64_C(1) << number % 64;
    if (walk->seen.items[number / 64] & bit) return false;
    walk->seen.items[number / 64] |= bit;
    return true;
}

/* Takes over the reference. */
static void add_header(struct walk *walk, uint32_t number, struct header *header) {
    if (!header) return;
    if (walk->headers.count == HEADER_CLOSURE_MAX) walk->limited = true;
    if (walk->headers.count < HEADER_CLOSURE_MAX && see(walk, number))
        vec_push(&walk->headers, header);
    else
        header_unref(header);
}

static void note_missing(struct walk *walk, const struct macro_include *include) {
    if (include->branch == CONDITION_UNLIKELY || include->next || walk->missing.count == MISSING_MAX) return;
    vec_push(&walk->missing, mem_strndup(include->spelled.bytes, include->spelled.length));
}

static struct hash128 route_key(const char *path, const struct macro_facts *facts,
                                const struct project *project) {
    struct {
        struct hash128 facts;
        uint64_t folder, folders;
    } all = {facts->hash, 0, project ? project->folders_hash : 0};
    /* #include_next goes by more than the folder, but never leads two files of one folder to different
     * places. */
    all.folder = path ? hash64(path, folder_length(path), 1) : 0;
    return hash128(&all, sizeof all);
}

/* What is known of the list; false: nothing. Headers whose state is unknown are looked at afterwards. */
static bool follow_route(struct walk *walk, struct hash128 key, uint64_t *ret_age) {
    struct header_cache *cache = walk->cache;
    vec_clear(&walk->numbers);
    thread_lock_acquire(cache->lock);
    *ret_age = cache->route_age;
    struct route *route = cache->routes ? find_route(cache, key) : NULL;
    bool known = route && route->numbers;
    for (uint32_t i = 0; known && i < route->count; i++) {
        uint32_t number = route->numbers[i];
        vec_push(&walk->numbers, number);
        struct entry *entry = number != PATH_NONE ? cache->entries.items[number] : NULL;
        if (!entry || entry->state == ENTRY_UNKNOWN || !entry->header) continue;
        if (walk->headers.count == HEADER_CLOSURE_MAX)
            walk->limited = true;
        else if (see(walk, number))
            vec_push(&walk->headers, header_ref(entry->header));
    }
    thread_lock_release(cache->lock);
    return known;
}

static void walk_includes(struct walk *walk, const char *path, const struct macro_facts *facts) {
    struct header_cache *cache = walk->cache;
    if (facts->include_count == 0) return;
    struct hash128 key = route_key(path, facts, walk->project);
    uint64_t age;
    bool known = follow_route(walk, key, &age);
    for (uint32_t i = 0; i < facts->include_count; i++) {
        const struct macro_include *include = &facts->includes[i];
        struct header *header = NULL;
        if (include->branch == CONDITION_FALSE) {
            if (!known) vec_push(&walk->numbers, PATH_NONE);
            continue;
        }
        uint32_t number = known ? walk->numbers.items[i] : PATH_NONE;
        if (!known) {
            number = find_include(cache, path, include, walk->project, &header);
            vec_push(&walk->numbers, number);
        } else if (number != PATH_NONE &&
                   !(walk->seen.count > number / 64 && walk->seen.items[number / 64] >> number % 64 & 1)) {
            header = take_header(cache, number);
        }
        if (number == PATH_NONE) note_missing(walk, include);
        add_header(walk, number, header);
    }
    if (known) return;
    thread_lock_acquire(cache->lock);
    /* Not when a file came or went meanwhile: it may have been looked for where it was not yet. */
    if (cache->route_age == age) keep_route(cache, key, walk->numbers.items, facts->include_count);
    thread_lock_release(cache->lock);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct header_closure *finish_walk(struct walk *walk, uint64_t revision) {
    struct header_closure *closure = mem_zalloc(sizeof *closure);
    atomic_init(&closure->references, 1);
    closure->revision = revision;
    closure->limited = walk->limited;
    struct str all;
    str_init(&all);
    for (size_t i = 0; i < walk->headers.count; i++)
        str_add(&all, &walk->headers.items[i]->facts->hash, sizeof(struct hash128));
    if (walk->missing.count > 0)
        qsort(walk->missing.items, walk->missing.count, sizeof *walk->missing.items, compare_names);
    size_t kept = 0;
    for (size_t i = 0; i < walk->missing.count; i++) {
        char *name = walk->missing.items[i];
        if (kept > 0 && strcmp(walk->missing.items[kept - 1], name) == 0) {
            mem_free(name);
            continue;
        }
        walk->missing.items[kept++] = name;
        str_add(&all, name, strlen(name) + 1);
    }
    closure->hash = hash128(all.bytes, all.length);
    str_finish(&all);
    closure->headers = (const struct header **)walk->headers.items;
    closure->count = walk->headers.count;
    closure->missing = (const char **)walk->missing.items;
    closure->missing_count = kept;
    vec_finish(&walk->seen);
    vec_finish(&walk->numbers);
    return closure;
}

struct header_closure *header_cache_closure(struct header_cache *cache, const char *path,
                                            const struct macro_facts *facts, const struct project *project) {
    struct walk walk = {.cache = cache, .project = project};
    uint64_t revision = header_cache_revision(cache);
    for (size_t i = 0; project && i < project->forced_count; i++) {
        uint32_t number = number_of(cache, project->forced[i]);
        if (number != PATH_NONE) add_header(&walk, number, take_header(cache, number));
    }
    walk_includes(&walk, path, facts);
    for (size_t i = 0; i < walk.headers.count; i++) {
        const struct header *header = walk.headers.items[i];
        walk_includes(&walk, header->path, header->facts);
    }
    return finish_walk(&walk, revision);
}

struct header_closure *header_closure_ref(struct header_closure *closure) {
    atomic_fetch_add_explicit(&closure->references, 1, memory_order_relaxed);
    return closure;
}

void header_closure_unref(struct header_closure *closure) {
    if (!closure || atomic_fetch_sub_explicit(&closure->references, 1, memory_order_acq_rel) != 1) return;
    for (size_t i = 0; i < closure->count; i++)
        header_unref((struct header *)closure->headers[i]);
    for (size_t i = 0; i < closure->missing_count; i++)
        mem_free((void *)closure->missing[i]);
    mem_free(closure->headers);
    mem_free(closure->missing);
    mem_free(closure);
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool header_closure_names(const struct header_closure *closure, const char *path) {
    for (size_t i = 0; i < closure->count; i++)
        if (strcmp(name_of(closure->headers[i]->path), name_of(path)) == 0) return true;
    return false;
}

/* ---- the cache ---- */

struct header_cache *header_cache_create(const struct source_reader *reader) {
    struct header_cache *cache = mem_zalloc(sizeof *cache);
    cache->reader = *reader;
    cache->lock = thread_lock_create();
    cache->counters.revision = 1;
    return cache;
}

void header_cache_destroy(struct header_cache *cache) {
    if (!cache) return;
    for (size_t i = 0; i < cache->entries.count; i++) {
        struct entry *entry = cache->entries.items[i];
        header_unref(entry->header);
        mem_free(entry);
    }
    vec_finish(&cache->entries);
    forget_routes(cache);
    path_table_finish(&cache->paths);
    thread_lock_destroy(cache->lock);
    mem_free(cache);
}

uint64_t header_cache_revision(struct header_cache *cache) {
    thread_lock_acquire(cache->lock);
    uint64_t revision = cache->counters.revision;
    thread_lock_release(cache->lock);
    return revision;
}

void header_cache_reroute(struct header_cache *cache) {
    thread_lock_acquire(cache->lock);
    forget_routes(cache);
    cache->counters.revision++;
    thread_lock_release(cache->lock);
}

bool header_cache_put(struct header_cache *cache, const char *path, struct macro_facts *facts) {
    struct header *header = header_create(path, macro_facts_ref(facts), (struct source_stamp){0});
    thread_lock_acquire(cache->lock);
    uint32_t number = take_entry(cache, path);
    bool changed = false;
    if (number != PATH_NONE) {
        struct entry *entry = cache->entries.items[number];
        changed = entry->asked && !(entry->header && memcmp(&entry->header->facts->hash, &facts->hash,
                                                            sizeof facts->hash) == 0);
        header = set_entry(cache, entry, ENTRY_PUT, header);
        if (changed) cache->counters.revision++;
    }
    thread_lock_release(cache->lock);
    header_unref(header);
    return changed;
}

static bool touch_entry(struct header_cache *cache, uint32_t number) {
    thread_lock_acquire(cache->lock);
    struct entry *entry = cache->entries.items[number];
    enum entry_state state = entry->state;
    struct source_stamp known = {0}, stamp = {0};
    if (entry->header) known = entry->header->stamp;
    cache->counters.stamps++;
    /* Who reads it at this moment may see what it was before. */
    bool loading = state == ENTRY_UNKNOWN && entry->loading > 0;
    if (loading) entry->touches++, cache->counters.revision++;
    thread_lock_release(cache->lock);
    if (state == ENTRY_UNKNOWN) return loading;
    bool exists = cache->reader.stamp(entry->path, &stamp, cache->reader.payload);
    if (state == ENTRY_MISSING && !exists) return false;
    if (state == ENTRY_FOUND && exists && source_stamps_equal(stamp, known)) return false;

    struct header *old = NULL;
    bool changed = false;
    thread_lock_acquire(cache->lock);
    if (entry->state == state &&
        (entry->header ? source_stamps_equal(entry->header->stamp, known) : state == ENTRY_MISSING)) {
        changed = entry->asked;
        if (!exists)
            old = set_entry(cache, entry, ENTRY_MISSING, NULL);
        else if (!entry->existed)
            forget_routes(cache);
        if (exists) entry->state = ENTRY_UNKNOWN, entry->touches++; /* the facts stay for the comparison */
        if (changed) cache->counters.revision++;
    }
    thread_lock_release(cache->lock);
    header_unref(old);
    return changed;
}

bool header_cache_touch(struct header_cache *cache, const char *path) {
    thread_lock_acquire(cache->lock);
    uint32_t number = path_table_find(&cache->paths, path, 0);
    thread_lock_release(cache->lock);
    return number != PATH_NONE && touch_entry(cache, number);
}

bool header_cache_knows(struct header_cache *cache, const char *path) {
    thread_lock_acquire(cache->lock);
    uint32_t number = path_table_find(&cache->paths, path, 0);
    bool asked = number != PATH_NONE && cache->entries.items[number]->asked;
    thread_lock_release(cache->lock);
    return asked;
}

size_t header_cache_refresh(struct header_cache *cache, const struct cancel *stop,
                            void (*changed)(const char *path, void *payload), void *payload) {
    size_t count = header_cache_counters(cache).paths, changed_count = 0;
    for (uint32_t number = 0; number < count && !cancel_requested(stop); number++) {
        thread_lock_acquire(cache->lock);
        const struct entry *entry = cache->entries.items[number];
        bool put = entry->state == ENTRY_PUT;
        thread_lock_release(cache->lock);
        if (put || !touch_entry(cache, number)) continue;
        changed_count++;
        if (changed) changed(entry->path, payload);
    }
    return changed_count;
}

struct header_cache_counters header_cache_counters(struct header_cache *cache) {
    thread_lock_acquire(cache->lock);
    struct header_cache_counters counters = cache->counters;
    counters.paths = cache->entries.count;
    thread_lock_release(cache->lock);
    return counters;
}
