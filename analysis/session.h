/* session.h: the engine as its front doors see it: analyse one text now, or follow open documents as they change.
 *
 * Documents: session_open/change/close come from the loop thread; work runs on the session's worker threads, newest
 * version wins, older work is cancelled inside the parse and the search; results come back through `on_result`.
 *
 * Owns    worker threads, one pipeline each, and the parse of every open document.
 * Threads session_* from one home thread (the loop); session_analyze from any thread. on_result runs on a worker thread
 *         (on the caller's with zero threads): hand the message over and return.
 * Errors  as pipeline.h. */
#ifndef NOODLE_SESSION_H
#define NOODLE_SESSION_H

#include "analysis/document.h"
#include "analysis/pipeline.h"
#include "base/meter.h"

struct session;

struct session_result {
    struct snapshot *snapshot;  /* what was analysed; ref to keep */
    struct analysis *analysis;  /* repairs_done false: early findings; ref to keep. NULL when the parse failed */
    struct syntax *syntax;      /* for symbols, folding, selection; NULL with early findings of a failed parse */
    enum status status;
};

struct session_params {
    unsigned thread_count;      /* 0: inline, everything done before session_change returns */
    uint64_t simple_budget_ns, complex_budget_ns; /* 0: 50 ms, 500 ms */
    unsigned max_repairs;       /* 0: 5 */
    struct meter *meter;        /* or NULL */
    void (*on_result)(const struct session_result *result, void *payload);
    void *payload;
};

struct session *session_create(const struct session_params *params);
void session_destroy(struct session *session); /* cancels, joins */

/* The snapshot is the newest of its document (document.h); the session refs it. */
void session_submit(struct session *session, struct snapshot *snapshot);
void session_close(struct session *session, const char *uri);

/* One text, now, on the calling thread (the pipeline is the caller's). */
enum status session_analyze(struct session *session, struct pipeline *pipeline,
                            const struct pipeline_request *request, struct analysis **ret_analysis);

#endif
