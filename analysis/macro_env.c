/* Declarations: macro_env.h. The tables of own and project's macros are small and made at once; that of a
 * closure has tens of thousands of names and is made at the first look-up, for most documents never. */
#include "analysis/macro_env.h"

#include "base/mem.h"
#include <string.h>

struct macro_env {
    atomic_uint references;
    uint64_t id;
    struct macro_facts *facts;
    struct project *project;
    struct macro_index *own, *defines, *workspace;
    struct header_closure *closure;
    _Atomic(struct macro_index *) included; /* of the closure; NULL: nobody has asked */
};

static bool hashes_equal(struct hash128 a, struct hash128 b) {
    return a.low == b.low && a.high == b.high;
}

static bool is_still_right(const struct macro_env *previous, const struct macro_env_params *params) {
    if (!previous || previous->facts != params->facts || previous->project != params->project ||
        previous->workspace != params->workspace)
        return false;
    if (!params->cache || !previous->closure) return !params->cache == !previous->closure;
    return previous->closure->revision == header_cache_revision(params->cache);
}

static void set_id(struct macro_env *env) {
    struct {
        struct hash128 facts, project, closure;
        uint64_t workspace;
    } all = {.facts = env->facts->hash, .workspace = macro_index_id(env->workspace)};
    if (env->project) all.project = env->project->hash;
    if (env->closure) all.closure = env->closure->hash;
    env->id = hash64(&all, sizeof all, 0);
}

/* Takes what an earlier version made, where it is of the same contents. */
static void inherit(struct macro_env *env, struct macro_env *previous) {
    if (!previous || !env->closure || !previous->closure ||
        !hashes_equal(env->closure->hash, previous->closure->hash))
        return;
    struct macro_index *included = atomic_load_explicit(&previous->included, memory_order_acquire);
    if (included) atomic_init(&env->included, macro_index_ref(included));
}

struct macro_env *macro_env_create(const struct macro_env_params *params) {
    if (is_still_right(params->previous, params)) return macro_env_ref(params->previous);
    struct macro_env *env = mem_zalloc(sizeof *env);
    atomic_init(&env->references, 1);
    atomic_init(&env->included, NULL);
    env->facts = macro_facts_ref(params->facts);
    env->own = macro_index_create(&env->facts, 1);
    if (params->project) env->project = project_ref(params->project);
    if (params->project && params->project->defines)
        env->defines = macro_index_create(&params->project->defines, 1);
    if (params->workspace) env->workspace = macro_index_ref(params->workspace);
    if (params->cache)
        env->closure = header_cache_closure(params->cache, params->path, params->facts, params->project);
    inherit(env, params->previous);
    set_id(env);
    return env;
}

struct macro_env *macro_env_ref(struct macro_env *env) {
    atomic_fetch_add_explicit(&env->references, 1, memory_order_relaxed);
    return env;
}

void macro_env_unref(struct macro_env *env) {
    if (!env || atomic_fetch_sub_explicit(&env->references, 1, memory_order_acq_rel) != 1) return;
    macro_facts_unref(env->facts);
    project_unref(env->project);
    macro_index_unref(env->own);
    macro_index_unref(env->defines);
    macro_index_unref(env->workspace);
    macro_index_unref(atomic_load(&env->included));
    header_closure_unref(env->closure);
    mem_free(env);
}

uint64_t macro_env_id(const struct macro_env *env) {
    return env ? env->id : 0;
}

/* Two threads may make it at once; the first one's stays. */
static struct macro_index *included_index(const struct macro_env *env) {
    struct macro_env *shared = (struct macro_env *)env;
    struct macro_index *index = atomic_load_explicit(&shared->included, memory_order_acquire);
    if (index || !env->closure) return index;
    size_t count = env->closure->count;
    struct macro_facts **facts = mem_alloc((count + 1) * sizeof *facts);
    for (size_t i = 0; i < count; i++)
        facts[i] = env->closure->headers[i]->facts;
    struct macro_index *made = macro_index_create(facts, count);
    mem_free(facts);
    if (atomic_compare_exchange_strong_explicit(&shared->included, &index, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    macro_index_unref(made);
    return index;
}

struct macro_env_entry macro_env_find(const struct macro_env *env, const char *name, uint32_t length,
                                      uint32_t name_hash, enum macro_origin limit, uint32_t alternative) {
    for (int origin = MACRO_OWN; env && origin <= (int)limit; origin++) {
        const struct macro_index *index = origin == MACRO_OWN        ? env->own
                                          : origin == MACRO_PROJECT  ? env->defines
                                          : origin == MACRO_INCLUDED ? included_index(env)
                                                                     : env->workspace;
        const struct macro *macro = macro_index_find(index, name, length, name_hash, &alternative);
        if (macro) return (struct macro_env_entry){macro, (enum macro_origin)origin};
    }
    return (struct macro_env_entry){NULL, MACRO_OWN};
}

struct macro_facts *macro_env_facts(const struct macro_env *env) {
    return env->facts;
}

const struct header_closure *macro_env_closure(const struct macro_env *env) {
    return env->closure;
}

/* "a/b.h" is what somebody missed who looked for "b.h". */
static bool ends_with_name(const char *path, const char *name) {
    size_t path_length = strlen(path), length = strlen(name);
    return path_length > length && path[path_length - length - 1] == '/' &&
           memcmp(path + path_length - length, name, length) == 0;
}

bool macro_env_depends_on(const struct macro_env *env, const char *path) {
    if (!env || !env->closure) return false;
    if (header_closure_has(env->closure, path)) return true;
    for (size_t i = 0; i < env->closure->missing_count; i++)
        if (ends_with_name(path, env->closure->missing[i])) return true;
    return false;
}
