/* session.h: the engine as its front doors see it: analyse one text now, or follow open documents as they
 * change.
 *
 * Documents: every new snapshot is submitted from the home thread; work runs on the session's worker threads,
 * newest version wins, older work is cancelled inside the parse and the search; results come back through
 * on_result. What one submit leads to:
 *
 *     early findings (repairs_done false; only when there are findings) -> findings with repairs
 *     and, when the parse of a large text came back open, or a text was half judged, the same once more;
 *     or, when the result was made before (analysis->cached): findings with repairs, without a syntax -> the
 * same with the syntax, once there is nothing better to do
 *
 * Results of one document arrive one at a time, in order of submission, and none starts after newer text was
 * submitted or the document closed; one that is already on its way to the home thread may still be outdated.
 * Compare result->snapshot with document_find before using it: equal pointers mean current (versions may
 * repeat after a reopen).
 *
 * Owns    worker threads, one pipeline each, and the last parse of every open document.
 * Threads session_* from one home thread (the loop); session_analyze, session_depends_on and
 *         session_drop_syntax from any thread. on_result runs on a worker thread (with zero threads on the
 *         caller's): hand the message over and return.
 * Errors  as pipeline.h. */
#ifndef NOODLE_SESSION_H
#define NOODLE_SESSION_H

#include "analysis/document.h"
#include "analysis/pipeline.h"
#include "base/meter.h"

struct session;
struct cached_known;

struct session_result {
    struct snapshot *snapshot; /* what was analysed; ref to keep */
    struct analysis
        *analysis;         /* repairs_done false: early findings; ref to keep. NULL when the parse failed */
    struct syntax *syntax; /* for symbols, folding, selection; ref to keep. NULL with early findings, with
                              those made before, and when the parse failed */
    enum status status;    /* STATUS_OK, or why there is no analysis */
    /* What this took so far: QUEUE to RANK, and, counted from snapshot->received_ns to the call of on_result,
     * DIAGNOSED and (with repairs) REPAIRED. The last result of a submit has all of them; the second pass
     * over a text that came back open has neither DIAGNOSED nor REPAIRED. The session's meter gets the same
     * numbers once for each run, so a front door adds its own stages only (DECODE, STORE, PUBLISH). */
    struct stage_times times;
};

struct session_params {
    unsigned thread_count;     /* 0: inline, everything done before session_submit returns */
    uint64_t repair_budget_ns; /* from proposing to ranking; 0: 500 ms */
    uint64_t run_limit_ns; /* a document gives its worker back after this long, with STATUS_DEADLINE when not
                              even its parse was done (hostile text can make a parser slow); 0: 10 s */
    unsigned max_repairs;  /* per finding and for the whole text; 0: 5 */
    struct meter *meter;   /* or NULL */
    const struct model_source *model_source; /* for all work of the session; outlives it; or NULL */
    void (*on_result)(const struct session_result *result, void *payload);
    /* Results that were made before (cached.h); outlives the session; or NULL. A document that is opened is
     * looked up on disk too, one that is changed in memory alone. */
    struct cache *cache;
    /* What is around documents; or NULL. Macros and names of an open document go before its file's. */
    struct surroundings *surroundings;
    char *(*path_of)(const char *uri); /* for mem_free; NULL: no local file */
    /* A document's macros or names are others than before, or its file's again: whatever includes or imports
     * it may be judged otherwise (session_depends_on tells which open documents do). path NULL: what is
     * around some document changed while it was judged. Of names, and of what is around, behind the result.
     * On a worker thread, like on_result; or NULL. */
    void (*on_header)(const char *path, void *payload);
    void *payload;
};

struct session *session_create(const struct session_params *params);
void session_destroy(struct session *session); /* cancels, joins; no on_result after it returned */

/* The snapshot is the newest of its document (document.h); the session refs it. One without a language ends
 * what was known of the document, as session_close does. */
void session_submit(struct session *session, struct snapshot *snapshot);
void session_close(struct session *session, const char *uri);
/* Returns when nothing is queued or running: for front doors that end after their work, and for tests. */
void session_wait_idle(struct session *session);
/* Whether the last result of an open document is of macros or names that a change of this file may change;
 * with path NULL: whether anything around it is not what it was. Submit it again then. */
bool session_depends_on(struct session *session, const char *uri, const char *path);
/* What is not in a tier of the cache any more, or never was. */
struct session_cache_losses {
    uint64_t evicted, expired, damaged; /* no room; too old; wrong checksum or bytes */
    uint64_t erased;                    /* they quoted source text, which was not to be kept any more */
    uint64_t dropped;                   /* puts: too large, too many of them waiting, nowhere to put them */
};

/* How the cache does, in numbers. */
struct session_cache {
    uint64_t memory_hits, disk_hits, redis_hits, misses, mean_get_ns;
    uint64_t excerpt_hits, excerpt_misses;  /* parts of texts that were searched before (search_cache.h) */
    const char *redis_state;                /* off, connecting, ready or resting */
    uint64_t redis_late, redis_failures;    /* answers that came too late; connections that failed */
    uint64_t entries_max;                   /* of memory, and of the disk */
    uint64_t entries, size_bytes;           /* in memory */
    uint64_t disk_entries, disk_size_bytes; /* 0: there is no disk */
    uint64_t puts, disk_written, waiting;   /* of these: on disk by now; on their way there */
    struct session_cache_losses memory, disk, redis;
};
bool session_cache_state(const struct session *session,
                         struct session_cache *ret_state); /* false: no cache */
/* Documents below the folder that the cache saw used, the latest first, each with a NUL behind it; for
 * mem_free. */
char *session_recent(const struct session *session, const char *folder, size_t count_max, size_t *ret_count);
/* Releases a syntax that was kept from a result, on a worker when there is one: freeing a large tree takes
 * milliseconds. */
void session_drop_syntax(struct session *session, struct syntax *syntax);

/* Where a text lies, for what it imports and for the cache's list of files. */
struct session_place {
    const char *path;                 /* or NULL */
    const struct cached_known *known; /* what is known of it from before (cached.h); or NULL */
    bool in_background; /* nobody asked for the file: when it is known, it does not count as used lately */
};

/* One text, now, on the calling thread (the pipeline is the caller's), with the session's model, cache and
 * surroundings, recorded in the session's meter. place NULL: it lies nowhere.
 * ret_syntax as for pipeline_run, NULL for a result that was made before. */
enum status session_analyze(struct session *session, struct pipeline *pipeline,
                            const struct pipeline_request *request, const struct session_place *place,
                            struct analysis **ret_analysis, struct syntax **ret_syntax);

#endif
