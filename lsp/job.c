/* job.c: see job.h. */
#include "lsp/job.h"

#include <string.h>

static void deliver(struct core *core, struct note *note) {
    struct job *job = (struct job *)note;
    for (size_t i = 0; i < core->jobs.count; i++) {
        if (core->jobs.items[i] != job) continue;
        core->jobs.items[i] = core->jobs.items[--core->jobs.count];
        break;
    }
    if (!job->answered && core->phase != PHASE_EXITED) job->finish(core, job);
    mem_free(job->id);
    job->destroy(core, job);
}

static void run(void *payload) {
    struct job *job = payload;
    job->run(job);
    core_post(job->core, &job->note);
}

void job_start(struct core *core, struct pool *pool, struct job *job, const char *id) {
    job->note.deliver = deliver;
    job->core = core;
    job->id = mem_strdup(id);
    cancel_init(&job->cancel, NULL, 0);
    job->answered = false;
    vec_push(&core->jobs, job);
    pool_submit(pool, run, job);
}

void job_stop(struct core *core, struct job *job, enum rpc_code code, const char *message, const char *data) {
    cancel_request(&job->cancel);
    if (job->answered) return;
    job->answered = true;
    outgoing_error_data(&core->outgoing, job->id, code, message, data);
}

bool job_cancel(struct core *core, const char *id) {
    for (size_t i = 0; i < core->jobs.count; i++) {
        struct job *job = core->jobs.items[i];
        if (job->answered || strcmp(job->id, id) != 0) continue;
        job_stop(core, job, RPC_REQUEST_CANCELLED, "cancelled", NULL);
        return true;
    }
    return false;
}

void job_cancel_all(struct core *core) {
    for (size_t i = 0; i < core->jobs.count; i++)
        job_stop(core, core->jobs.items[i], RPC_REQUEST_CANCELLED, "cancelled", NULL);
}
