/* header.h: the facts of C headers (and of any file that is included), read once and shared by all documents.
 *
 * A cache has one entry for each path that was ever looked for, also for those where nothing is, so that the
 * second document that includes <stdio.h> costs nothing: no reading, no scanning, not even a stat. What is
 * known stays until somebody says that it may have changed: header_cache_refresh compares the stamps of all
 * files, header_cache_touch forgets one path, header_cache_put gives the facts of an open document, which go
 * before the file until header_cache_touch.
 *
 * Contents come through the caller's reader; the cache does no I/O of its own.
 *
 * Owns    its entries; a closure owns references to the headers in it, so that they outlive any change.
 * Threads any thread, all functions. One lock guards the tables; reading and scanning happen without it,
 *         and when two threads read the same new file at once, one of the results is thrown away.
 * Errors  a file that can't be read (or is larger than HEADER_BYTES_MAX) counts as missing.
 * Units   bytes; paths are absolute and normalised (path_normalize). */
#ifndef NOODLE_HEADER_H
#define NOODLE_HEADER_H

#include "analysis/macro.h"
#include "analysis/project.h"
#include "base/cancel.h"
#include "base/status.h"

#define HEADER_BYTES_MAX       (16u * 1024 * 1024)
#define HEADER_CLOSURE_MAX     4000 /* headers of one file; the deepest trees of kernels have some 1500 */
#define HEADER_CACHE_BYTES_MAX (256u * 1024 * 1024) /* of facts; beyond it nothing new is read */
#define HEADER_CACHE_PATHS_MAX 200000

/* What tells one content of a file from another without reading it. */
struct source_stamp {
    uint64_t size_bytes, modified_ns,
        identity; /* identity: the inode, or whatever changes when it is replaced */
};

static inline bool source_stamps_equal(struct source_stamp a, struct source_stamp b) {
    return a.size_bytes == b.size_bytes && a.modified_ns == b.modified_ns && a.identity == b.identity;
}

struct source_reader {
    /* False: there is no such regular file. */
    bool (*stamp)(const char *path, struct source_stamp *ret_stamp, void *payload);
    /* The whole file, for mem_free. STATUS_TOO_LARGE above limit_bytes. */
    enum status (*read)(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                        void *payload);
    /* Where a header may be that the project's folders don't lead to: false when nobody can tell, else the
     * path is written, with its NUL, to the size given. NULL: never. */
    bool (*find)(const char *name, const char *includer, char *path, size_t size, void *payload);
    /* The names of a folder's regular files (those of languages are enough), sorted, a NUL behind each; of a
     * vast folder those that were found before some limit. For mem_free. False: there is no such folder.
     * NULL: nobody can tell. */
    bool (*list)(const char *folder, size_t limit_bytes, char **ret_names, size_t *ret_length, void *payload);
    void *payload;
};

/* One version of one file. Immutable; belongs to the cache and to the closures it is in. */
struct header {
    atomic_uint references;
    const char *path;
    struct macro_facts *facts;
    struct source_stamp stamp; /* zero when it was put */
};

/* All that one file includes, directly and not. Immutable. */
struct header_closure {
    atomic_uint references;
    const struct header **headers; /* each once; breadth first: what the file itself includes comes first */
    size_t count;
    const char **missing; /* as spelled, each once, ascending */
    size_t missing_count;
    struct hash128 hash; /* of the contents (facts) of all headers and the names of missing ones */
    uint64_t revision;   /* of the cache when it was made */
    bool limited;        /* more than HEADER_CLOSURE_MAX */
};

struct header_cache;

struct header_cache_counters {
    uint64_t revision;
    size_t paths, headers, size_bytes; /* entries, those that exist, memory of their facts */
    uint64_t reads, stamps;
};

struct header_cache *header_cache_create(const struct source_reader *reader); /* copied */
void header_cache_destroy(struct header_cache *cache); /* closures live on; NULL is harmless */

/* What `facts`, of the file at path (NULL: of no file; "quoted" includes then search the folders alone),
 * include with this project's folders (NULL: none). Never fails: what isn't found is in missing. The caller
 * unrefs. */
struct header_closure *header_cache_closure(struct header_cache *cache, const char *path,
                                            const struct macro_facts *facts, const struct project *project);
struct header_closure *header_closure_ref(struct header_closure *closure);
void header_closure_unref(struct header_closure *closure); /* NULL is harmless */
/* Whether a header has the path's file name: the file itself, or one in whose place it may be found. */
bool header_closure_names(const struct header_closure *closure, const char *path);

/* Grows whenever something that a closure was made of may be another now: a closure of the same revision,
 * file, facts and project is still right. */
uint64_t header_cache_revision(struct header_cache *cache);

/* The facts of an open document, in place of the file's until header_cache_touch. True: they differ from what
 * was known of the path (closures with it, or that missed it, have to be made anew). */
bool header_cache_put(struct header_cache *cache, const char *path, struct macro_facts *facts);
/* Headers that were missed may be found now, and others: includes are looked for anew. */
void header_cache_reroute(struct header_cache *cache);
/* Something happened to the file: it is looked at again when it is next needed. True: it was known, so that
 * closures may be concerned. */
bool header_cache_touch(struct header_cache *cache, const char *path);
/* Whether anything that was judged depends on the path. */
bool header_cache_knows(struct header_cache *cache, const char *path);
/* Looks at the stamps of all files that are known, found or missing. Calls changed (or NULL) for each that
 * differs. This is what costs a stat each: call it in the background. It ends when stop (or NULL) is
 * requested. */
size_t header_cache_refresh(struct header_cache *cache, const struct cancel *stop,
                            void (*changed)(const char *path, void *payload), void *payload);
struct header_cache_counters header_cache_counters(struct header_cache *cache);

/* Removes ".", ".." and doubled slashes in place, without looking at the disk. */
void path_normalize(char *path);

#endif
