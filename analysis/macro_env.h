/* macro_env.h: every macro that one C document may use, and where it comes from.
 *
 * Own definitions come first, then those of the project (-D), of included headers (also by -include),
 * and of the workspace. Names are a set: it doesn't matter whether a definition stands before its use.
 * Several definitions of one name are alternatives, the likeliest branch first, then the nearest header;
 * callers that fail with one try the next.
 *
 * Never look names up that parse as they stand: macros are for items that fail (a header's macro used eagerly
 * does more harm than good).
 *
 * Owns    an environment owns references to all it was made of, by an atomic reference count.
 * Threads any: it never changes (what is made at the first look-up is published atomically).
 * Errors  none; without a cache, project or workspace it has less in it.
 * Units   bytes. */
#ifndef NOODLE_MACRO_ENV_H
#define NOODLE_MACRO_ENV_H

#include "analysis/header.h"
#include "analysis/macro_index.h"

/* From near to far; a limit admits itself and what comes before. */
enum macro_origin { MACRO_OWN, MACRO_PROJECT, MACRO_INCLUDED, MACRO_WORKSPACE };

struct macro_env;

struct macro_env_params {
    const char *path; /* of the document, absolute; NULL: it has none, only system headers are found */
    struct macro_facts *facts;     /* the document's own */
    struct header_cache *cache;    /* or NULL */
    struct project *project;       /* or NULL */
    struct macro_index *workspace; /* or NULL */
    struct macro_env
        *previous; /* of an earlier version of the document, or NULL: kept when nothing changed */
};

/* Costs a comparison when previous is still right (same facts, project, workspace and revision of the cache).
 * The caller unrefs. */
struct macro_env *macro_env_create(const struct macro_env_params *params);
struct macro_env *macro_env_ref(struct macro_env *env);
void macro_env_unref(struct macro_env *env); /* NULL is harmless */

/* Equal ids, equal answers: callers keep verdicts by it. */
uint64_t macro_env_id(const struct macro_env *env);

struct macro_env_entry {
    const struct macro *macro; /* lives as long as env */
    enum macro_origin origin;
};

/* The alternative-th definition (from 0) whose origin is within the limit; macro NULL: there are no more. A
 * NULL env knows nothing. name_hash is macro_name_hash of the name. */
struct macro_env_entry macro_env_find(const struct macro_env *env, const char *name, uint32_t length,
                                      uint32_t name_hash, enum macro_origin limit, uint32_t alternative);

/* What it was made of. */
struct macro_facts *macro_env_facts(const struct macro_env *env);            /* the document's own */
const struct header_closure *macro_env_closure(const struct macro_env *env); /* NULL without a cache */
/* Whether a change of this file can change the environment: it is included, or it is one that is missing. */
bool macro_env_depends_on(const struct macro_env *env, const char *path);

#endif
