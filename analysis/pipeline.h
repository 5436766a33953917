/* pipeline.h: the stages in order for one text: parse, regions, propose, search, verify, rank. A plain
 * synchronous call.
 *
 * Owns    a pipeline owns its parser and scratch memory, reused from call to call.
 * Threads one at a time; make one per worker thread.
 * Errors  STATUS_CANCELLED or STATUS_DEADLINE only when the parse itself could not be finished; a search that
 * runs out of time returns STATUS_OK with cut_short set, and readings that do with half_judged. Units
 * nanoseconds; bytes. */
#ifndef NOODLE_PIPELINE_H
#define NOODLE_PIPELINE_H

#include "analysis/macro_env.h"
#include "analysis/model.h"
#include "analysis/names.h"
#include "analysis/parse.h"
#include "analysis/repair.h"
#include "cache/store.h"

struct pipeline;

struct pipeline_request {
    const struct language *language;
    struct text *text;
    const struct syntax *previous; /* of an earlier version of the document, or NULL */
    const struct analysis *known;  /* of an earlier version too, complete; or NULL */
    const struct macro_env *env;   /* of C: the macros that the text may use; or NULL */
    struct names *names;           /* that the text knows, for the order of repairs; or NULL */
    /* The encoder that proposes and orders repairs, which outlives the pipeline; or NULL. */
    const struct model_source *model_source;
    struct cache *cache;         /* of what was found in excerpts (search_cache.h); or NULL */
    const struct cancel *cancel; /* or NULL */
    bool finish;                 /* settle open pieces now (always for files on disk) */
    bool want_repairs;
    unsigned max_repairs;      /* per finding, and whole-text fixes; 0: 5 */
    uint64_t repair_budget_ns; /* time for proposing to ranking; 0: 500 ms */
    /* Called with the early result (findings, no repairs) as soon as regions are known; NULL: not wanted. The
     * callee refs it to keep it. */
    void (*on_findings)(const struct analysis *analysis, void *payload);
    void *payload;
};

struct pipeline *pipeline_create(void);
void pipeline_destroy(struct pipeline *pipeline);
/* *ret_syntax (may be NULL) is the parse to hand back as `previous` next time. */
enum status pipeline_run(struct pipeline *pipeline, const struct pipeline_request *request,
                         struct analysis **ret_analysis, struct syntax **ret_syntax);

#endif
