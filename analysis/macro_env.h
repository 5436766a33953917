/* macro_env.h: every macro that one C document may use, and where it comes from.
 *
 * Own definitions come first, then those of the project (-D), of included headers (also by -include),
 * and of the workspace. Names are a set: it doesn't matter whether a definition stands before its use.
 * Several definitions of one name are alternatives, the likeliest branch first, then the nearest header;
 * callers that fail with one try the next.
 *
 * Never look names up that parse as they stand: macros are for items that fail (a header's macro used eagerly
 * does more harm than good). Nothing around the document is looked at before somebody asks for its id or for
 * more than its own definitions, so that a document that parses as it is costs no header.
 *
 * Owns    an environment owns references to all it was made of, by an atomic reference count; the
 * surroundings outlive it.
 * Threads any: it never changes (what is made at the first look-up is published atomically).
 * Errors  none; without surroundings it has less in it.
 * Units   bytes. */
#ifndef NOODLE_MACRO_ENV_H
#define NOODLE_MACRO_ENV_H

#include "analysis/surroundings.h"

/* From near to far; the workspace's only for documents that miss some header, or are headers themselves. A
 * limit admits itself and what comes before. */
enum macro_origin { MACRO_OWN, MACRO_PROJECT, MACRO_INCLUDED, MACRO_WORKSPACE };

struct macro_env;

struct macro_env_params {
    const char *path;                  /* of the document, absolute; NULL: it has none */
    struct macro_facts *facts;         /* the document's own */
    struct surroundings *surroundings; /* or NULL */
    struct macro_env
        *previous; /* of an earlier version of the document, or NULL: kept when nothing changed */
};

/* Costs a comparison when previous is still right. The caller unrefs. */
struct macro_env *macro_env_create(const struct macro_env_params *params);
/* The same for a text, whose facts are read here; previous_text is what `previous` was made for (both NULL:
 * nothing). */
struct macro_env *macro_env_of_text(const struct text *text, const char *path,
                                    struct surroundings *surroundings, const struct text *previous_text,
                                    struct macro_env *previous);
struct macro_env *macro_env_ref(struct macro_env *env);
void macro_env_unref(struct macro_env *env); /* NULL is harmless */

/* Equal ids, equal answers: callers keep verdicts by it. NULL: 0. */
uint64_t macro_env_id(const struct macro_env *env);

struct macro_env_entry {
    const struct macro *macro; /* lives as long as env */
    enum macro_origin origin;
};

/* The alternative-th definition (from 0) whose origin is within the limit; macro NULL: there are no more. A
 * NULL env knows nothing. name_hash is macro_name_hash of the name. */
struct macro_env_entry macro_env_find(const struct macro_env *env, const char *name, uint32_t length,
                                      uint32_t name_hash, enum macro_origin limit, uint32_t alternative);

struct macro_facts *macro_env_facts(const struct macro_env *env);            /* the document's own */
const struct header_closure *macro_env_closure(const struct macro_env *env); /* NULL without surroundings */
bool macro_env_has_surroundings(const struct macro_env *env);                /* NULL: false */
/* Whether anybody asked for more than its own definitions. */
bool macro_env_looked_around(const struct macro_env *env);
/* Whether it did, and what is around is not what it was. */
bool macro_env_is_outdated(const struct macro_env *env);
/* Whether a change of this file can change what the environment answered: it is included, or may be found in
 * place of one that is (of the same name) or of one that is missing. Never before it looked around. */
bool macro_env_depends_on(const struct macro_env *env, const char *path);

#endif
