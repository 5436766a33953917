/* Declarations: macro_env.h. A document's own table is small and made at once. What is around it, and the
 * table of tens of thousands of names that its headers define, are made when somebody asks, for most
 * documents never. */
#include "analysis/macro_env.h"

#include "base/mem.h"
#include "base/str.h"
#include <string.h>

struct around {
    uint64_t revision;
    uint64_t id; /* of the environment */
    struct project *project;
    struct macro_index *defines, *workspace;
    struct header_closure *closure;
    _Atomic(struct macro_index *) included; /* of the closure; NULL: nobody has asked */
};

struct macro_env {
    atomic_uint references;
    struct macro_facts *facts;
    struct macro_index *own;
    struct surroundings *surroundings;
    char *path;
    _Atomic(struct around *) around; /* NULL: nobody has asked */
};

static struct around *present_around(const struct macro_env *env) {
    return env ? atomic_load_explicit(&((struct macro_env *)env)->around, memory_order_acquire) : NULL;
}

static bool is_still_right(const struct macro_env *previous, const struct macro_env_params *params) {
    if (!previous || previous->facts != params->facts || previous->surroundings != params->surroundings)
        return false;
    if (!previous->path != !params->path || (params->path && strcmp(previous->path, params->path) != 0))
        return false;
    const struct around *around = present_around(previous);
    return !around || around->revision == surroundings_revision(params->surroundings);
}

static uint64_t combine_id(const struct macro_env *env, const struct around *around) {
    struct {
        struct hash128 facts, project, closure;
        uint64_t workspace;
    } all = {.facts = env->facts->hash};
    if (around) {
        all.workspace = macro_index_id(around->workspace);
        all.closure = around->closure->hash;
        if (around->project) all.project = around->project->hash;
    }
    return hash64(&all, sizeof all, 0);
}

static void destroy_around(struct around *around) {
    if (!around) return;
    project_unref(around->project);
    macro_index_unref(around->defines);
    macro_index_unref(around->workspace);
    macro_index_unref(atomic_load(&around->included));
    header_closure_unref(around->closure);
    mem_free(around);
}

/* A source file all of whose headers were found has every macro that it can have; what others define would
 * hide its mistakes. A header may count on what is included before it, and so may a fragment. */
static bool may_miss_macros(const struct macro_env *env, const struct header_closure *closure) {
    if (closure->missing_count > 0 || closure->limited || env->facts->include_count == 0) return true;
    return !env->path || !str_ends_with(env->path, ".c");
}

static struct around *create_around(const struct macro_env *env) {
    struct around *around = mem_zalloc(sizeof *around);
    atomic_init(&around->included, NULL);
    around->revision = surroundings_revision(env->surroundings);
    around->project = surroundings_project(env->surroundings, env->path);
    if (around->project && around->project->defines)
        around->defines = macro_index_create(&around->project->defines, 1);
    around->closure =
        header_cache_closure(surroundings_headers(env->surroundings), env->path, env->facts, around->project);
    if (may_miss_macros(env, around->closure))
        around->workspace = surroundings_workspace(env->surroundings, env->path);
    around->id = combine_id(env, around);
    return around;
}

/* Two threads may look at once; the first one's stays. NULL: there is nothing around. */
static struct around *look_around(const struct macro_env *env) {
    struct around *around = present_around(env);
    if (around || !env->surroundings) return around;
    struct around *made = create_around(env);
    if (atomic_compare_exchange_strong_explicit(&((struct macro_env *)env)->around, &around, made,
                                                memory_order_acq_rel, memory_order_acquire))
        return made;
    destroy_around(made);
    return around;
}

/* Takes the table that an earlier version made, where it is of the same headers. */
static void inherit(struct macro_env *env, const struct macro_env *previous) {
    struct around *old = present_around(previous);
    struct macro_index *included = old ? atomic_load_explicit(&old->included, memory_order_acquire) : NULL;
    if (!included) return;
    struct around *around = look_around(env); /* what was asked for once will be again */
    if (around && memcmp(&around->closure->hash, &old->closure->hash, sizeof old->closure->hash) == 0)
        atomic_store_explicit(&around->included, macro_index_ref(included), memory_order_release);
}

struct macro_env *macro_env_create(const struct macro_env_params *params) {
    if (is_still_right(params->previous, params)) return macro_env_ref(params->previous);
    struct macro_env *env = mem_zalloc(sizeof *env);
    atomic_init(&env->references, 1);
    atomic_init(&env->around, NULL);
    env->facts = macro_facts_ref(params->facts);
    env->own = macro_index_create(&env->facts, 1);
    env->surroundings = params->surroundings;
    if (params->path) env->path = mem_strdup(params->path);
    inherit(env, params->previous);
    return env;
}

struct macro_env *macro_env_of_text(const struct text *text, const char *path,
                                    struct surroundings *surroundings, const struct text *previous_text,
                                    struct macro_env *previous) {
    struct macro_facts *facts = macro_facts_of_text(text, previous_text, previous ? previous->facts : NULL);
    struct macro_env_params params = {path, facts, surroundings, previous};
    struct macro_env *env = macro_env_create(&params);
    macro_facts_unref(facts);
    return env;
}

struct macro_env *macro_env_ref(struct macro_env *env) {
    atomic_fetch_add_explicit(&env->references, 1, memory_order_relaxed);
    return env;
}

void macro_env_unref(struct macro_env *env) {
    if (!env || atomic_fetch_sub_explicit(&env->references, 1, memory_order_acq_rel) != 1) return;
    macro_facts_unref(env->facts);
    macro_index_unref(env->own);
    destroy_around(present_around(env));
    mem_free(env->path);
    mem_free(env);
}

uint64_t macro_env_id(const struct macro_env *env) {
    if (!env) return 0;
    const struct around *around = look_around(env);
    return around ? around->id : combine_id(env, NULL);
}

static struct macro_index *included_index(struct around *around) {
    struct macro_index *index = atomic_load_explicit(&around->included, memory_order_acquire);
    if (index) return index;
    size_t count = around->closure->count;
    struct macro_facts **facts = mem_alloc((count + 1) * sizeof *facts);
    for (size_t i = 0; i < count; i++)
        facts[i] = around->closure->headers[i]->facts;
    struct macro_index *made = macro_index_create(facts, count);
    mem_free(facts);
    if (atomic_compare_exchange_strong_explicit(&around->included, &index, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    macro_index_unref(made);
    return index;
}

static const struct macro_index *index_of(const struct macro_env *env, enum macro_origin origin) {
    if (origin == MACRO_OWN) return env->own;
    struct around *around = look_around(env);
    if (!around) return NULL;
    if (origin == MACRO_PROJECT) return around->defines;
    return origin == MACRO_INCLUDED ? included_index(around) : around->workspace;
}

struct macro_env_entry macro_env_find(const struct macro_env *env, const char *name, uint32_t length,
                                      uint32_t name_hash, enum macro_origin limit, uint32_t alternative) {
    for (int origin = MACRO_OWN; env && origin <= (int)limit; origin++) {
        const struct macro *macro =
            macro_index_find(index_of(env, (enum macro_origin)origin), name, length, name_hash, &alternative);
        if (macro) return (struct macro_env_entry){macro, (enum macro_origin)origin};
    }
    return (struct macro_env_entry){NULL, MACRO_OWN};
}

struct macro_facts *macro_env_facts(const struct macro_env *env) {
    return env->facts;
}

const struct header_closure *macro_env_closure(const struct macro_env *env) {
    const struct around *around = look_around(env);
    return around ? around->closure : NULL;
}

bool macro_env_is_outdated(const struct macro_env *env) {
    const struct around *around = present_around(env);
    return around && around->revision != surroundings_revision(env->surroundings);
}

bool macro_env_has_surroundings(const struct macro_env *env) {
    return env && env->surroundings;
}

bool macro_env_looked_around(const struct macro_env *env) {
    return present_around(env) != NULL;
}

/* "a/b.h" is what somebody missed who looked for "b.h". */
static bool ends_with_name(const char *path, const char *name) {
    size_t path_length = strlen(path), length = strlen(name);
    return path_length > length && path[path_length - length - 1] == '/' &&
           memcmp(path + path_length - length, name, length) == 0;
}

bool macro_env_depends_on(const struct macro_env *env, const char *path) {
    const struct around *around = present_around(env);
    if (!around) return false;
    const struct header_closure *closure = around->closure;
    if (header_closure_names(closure, path)) return true;
    for (size_t i = 0; i < closure->missing_count; i++)
        if (ends_with_name(path, closure->missing[i])) return true;
    return false;
}
