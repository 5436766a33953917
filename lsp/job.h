/* job.h: a request that is answered by a thread of its own, because it may take long: outlines, workspace
 * diagnostics.
 *
 * Embed struct job first in what the work needs, fill the functions, start it. run works on the pool and
 * watches cancel; finish answers on the loop thread, unless a cancel has answered already; destroy frees
 * everything.
 *
 * Owns    the job, from job_start on.
 * Threads as said.
 * Errors  none. */
#ifndef NOODLE_JOB_H
#define NOODLE_JOB_H

#include "base/cancel.h"
#include "base/pool.h"
#include "lsp/state.h"

struct job {
    struct note note; /* first */
    struct core *core;
    char *id;
    struct cancel cancel;
    bool answered;
    bool scans; /* it uses the session */
    void (*run)(struct job *job);
    void (*finish)(struct core *core, struct job *job);
    void (*destroy)(struct core *core, struct job *job);
};

void job_start(struct core *core, struct pool *pool, struct job *job, const char *id);
/* Answers with code and ends the work; false: no such job. data is JSON text or NULL. */
bool job_cancel(struct core *core, const char *id);
void job_stop(struct core *core, struct job *job, enum rpc_code code, const char *message, const char *data);
void job_cancel_all(struct core *core);

#endif
