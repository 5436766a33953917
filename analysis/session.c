/* Declarations: session.h. The scheduler decides when a document's work runs; this file says what the work
 * is. */
#include "analysis/session.h"

#include "analysis/cached.h"
#include "analysis/reading.h"
#include "analysis/scheduler.h"
#include "base/clock.h"
#include "base/thread.h"
#include "base/vec.h"
#include <string.h>

#define DEFAULT_REPAIR_BUDGET_NS (500 * NS_PER_MS)
#define DEFAULT_MAX_REPAIRS      5
#define DEFAULT_RUN_LIMIT_NS     (10 * NS_PER_S)
/* What may differ from the last text without mistakes for a parse to begin with that. */
#define SOUND_HUNKS 4
#define SOUND_BYTES (4u << 10)
/* Larger texts are not looked up while they are edited: hashing them takes longer than a keystroke may. */
#define FOLLOWED_BYTES_MAX (1u << 20)
/* Up to this size a text is one piece (parse.h); larger ones are cut up at leisure, each time elsewhere. */
#define WHOLE_BYTES_MAX (400u << 10)
/* A parse that was cancelled sooner tells nothing about what the document costs. */
#define TELLING_COST_NS (20 * NS_PER_MS)

/* What is kept of an open document from run to run. */
struct state {
    struct session *session;
    struct syntax *syntax;
    struct analysis *analysis; /* the last complete one, of this or an earlier text; or NULL */
    /* Of the last text without mistakes, while the present one has some; or NULL. */
    struct syntax *sound;
    uint64_t sound_judged_id; /* judged_id of that one */
    bool lagging;             /* syntax is of an earlier text (or NULL), because the result was made before */
    bool around;              /* what syntax was read with lay around the text: verdicts are carried on */
    char *uri, *path;         /* path NULL: no local file */
    /* Of C, else NULL. */
    struct text *text;
    struct macro_env *env; /* of text; replaced with the lock, read by the document's own run without */
    uint64_t
        judged_id; /* of the env that syntax was read with; 0: it needed none but the text's own macros */
    struct names *names;    /* that the last run used; replaced with the lock */
    struct text *held_text; /* that goes before the file for those that import it; or NULL */
};

struct session {
    struct session_params params;
    struct scheduler *scheduler;
    struct thread_lock *lock; /* guards states and their env; no work is done under it */
    struct {
        VEC_FIELDS(struct state *);
    } states; /* of documents with an env or names */
};

/* One run of one document, as on_findings sees it. */
struct run {
    struct session *session;
    const struct scheduler_task *task;
    uint64_t findings_ns; /* when the findings were known; 0: not yet */
    uint64_t queue_ns;
    struct stage_times times; /* of what was handed over so far */
};

static void hand_over(struct run *run, struct analysis *analysis, struct syntax *syntax, enum status status) {
    const struct session_params *params = &run->session->params;
    if (cancel_requested(run->task->cancel)) return;
    if (!analysis && run->task->finish) return; /* what the first pass found stands */
    uint64_t diagnosed_ns = run->times.ns[STAGE_DIAGNOSED];
    if (analysis) {
        run->times = analysis->times;
        run->times.ns[STAGE_QUEUE] = run->queue_ns;
        /* Finish work repeats for the settled parse what the user knows already. */
        if (!run->task->finish) {
            uint64_t waited_ns = clock_now_ns() - run->task->snapshot->received_ns;
            run->times.ns[STAGE_DIAGNOSED] = diagnosed_ns ? diagnosed_ns : waited_ns;
            if (analysis->repairs_done && analysis->finding_count > 0)
                run->times.ns[STAGE_REPAIRED] = waited_ns;
        }
    }
    struct session_result result = {run->task->snapshot, analysis, syntax, status, run->times};
    params->on_result(&result, params->payload);
}

static void take_findings(const struct analysis *analysis, void *payload) {
    struct run *run = payload;
    run->findings_ns = clock_now_ns();
    /* With nothing found there is nothing to search for, and the whole result follows at once. */
    if (analysis->finding_count == 0) return;
    struct analysis *kept = analysis_ref(analysis);
    hand_over(run, kept, NULL, STATUS_OK);
    analysis_unref(kept);
    /* Who publishes them may have been woken on this very processor, and the search goes on for longer than
     * it takes to publish. */
    thread_yield();
}

static void destroy_syntax(void *object) {
    syntax_unref(object);
}

/* ---- macros ---- */

/* With the lock, before it has its first env or names. */
static void list_state(struct session *session, struct state *state) {
    if (!state->env && !state->names) vec_push(&session->states, state);
}

static void set_env(struct session *session, struct state *state, struct macro_env *env) {
    thread_lock_acquire(session->lock);
    list_state(session, state);
    struct macro_env *old = state->env;
    state->env = env;
    thread_lock_release(session->lock);
    macro_env_unref(old);
}

static void tell_of_header(struct session *session, const char *path) {
    if (session->params.on_header) session->params.on_header(path, session->params.payload);
}

/* The macros that the snapshot may use; what it defines itself is told to those that include it. */
static const struct macro_env *take_env(struct session *session, struct state *state,
                                        const struct scheduler_task *task) {
    const struct snapshot *snapshot = task->snapshot;
    struct surroundings *surroundings = session->params.surroundings;
    if (!surroundings || !(snapshot->language->flags & LANGUAGE_PREPROCESSOR)) return NULL;
    /* What has been said of the text was said with these; if they are outdated, it is said again. */
    if (task->finish && state->env && state->text == snapshot->text) return state->env;
    struct macro_env *env =
        macro_env_of_text(snapshot->text, state->path, surroundings, state->text, state->env);
    struct macro_facts *facts = macro_env_facts(env);
    bool same_facts = state->env && macro_env_facts(state->env) == facts;
    set_env(session, state, env);
    text_unref(state->text);
    state->text = text_ref(snapshot->text);
    if (state->path && !same_facts &&
        header_cache_put(surroundings_headers(surroundings), state->path, facts))
        tell_of_header(session, state->path);
    return env;
}

/* ---- names ---- */

/* The names that the snapshot may know; those that it defines itself count for the files that import it. */
static struct names *take_names(struct session *session, struct state *state, const struct snapshot *snapshot,
                                const struct cancel *cancel) {
    struct names_params params = {snapshot->language, snapshot->text, state->path,
                                  session->params.surroundings, cancel};
    struct names *names = names_create(&params);
    thread_lock_acquire(session->lock);
    list_state(session, state);
    struct names *old = state->names;
    state->names = names;
    thread_lock_release(session->lock);
    names_unref(old);
    return names;
}

static void release_text(struct session *session, struct state *state) {
    struct text *text = state->held_text;
    state->held_text = NULL;
    if (text && name_cache_release(surroundings_names(session->params.surroundings), state->path, text))
        tell_of_header(session, state->path);
    text_unref(text);
}

static void hold_text(struct session *session, struct state *state, const struct snapshot *snapshot) {
    if (!session->params.surroundings || !state->path || state->held_text == snapshot->text) return;
    if (!snapshot->language->imports) {
        release_text(session, state);
        return;
    }
    struct name_cache *names = surroundings_names(session->params.surroundings);
    bool news = name_cache_hold(names, state->path, snapshot->language, snapshot->text);
    text_unref(state->held_text);
    state->held_text = text_ref(snapshot->text);
    if (news) tell_of_header(session, state->path);
}

/* From here on the file counts again, unless the document was opened once more meanwhile. */
static void release_header(struct session *session, const struct state *state) {
    struct header_cache *headers = surroundings_headers(session->params.surroundings);
    struct macro_env *reopened = NULL;
    bool changed = header_cache_touch(headers, state->path);
    thread_lock_acquire(session->lock);
    for (size_t i = 0; i < session->states.count && !reopened; i++)
        if (strcmp(session->states.items[i]->uri, state->uri) == 0 && session->states.items[i]->env)
            reopened = macro_env_ref(session->states.items[i]->env);
    thread_lock_release(session->lock);
    if (reopened) changed |= header_cache_put(headers, state->path, macro_env_facts(reopened));
    macro_env_unref(reopened);
    if (changed) tell_of_header(session, state->path);
}

static void destroy_state(void *object) {
    struct state *state = object;
    struct session *session = state->session;
    thread_lock_acquire(session->lock);
    for (size_t i = 0; i < session->states.count; i++)
        if (session->states.items[i] == state)
            session->states.items[i--] = session->states.items[--session->states.count];
    thread_lock_release(session->lock);
    if (state->path && state->env) release_header(session, state);
    release_text(session, state);
    syntax_unref(state->syntax);
    syntax_unref(state->sound);
    analysis_unref(state->analysis);
    macro_env_unref(state->env);
    names_unref(state->names);
    text_unref(state->text);
    mem_free(state->uri);
    mem_free(state->path);
    mem_free(state);
}

/* Whether the text has to be read anew, because other macros may make other sense of it. */
static bool must_read_again(const struct state *state, const struct snapshot *snapshot,
                            const struct macro_env *env) {
    struct text_hunk hunk;
    return state->judged_id != 0 && state->judged_id != macro_env_id(env) &&
           (state->lagging || text_diff(syntax_text(state->syntax), snapshot->text, &hunk, 1) == 0);
}

bool session_depends_on(struct session *session, const char *uri, const char *path) {
    struct {
        VEC_FIELDS(struct macro_env *);
    } envs = {0};
    struct {
        VEC_FIELDS(struct names *);
    } names = {0};
    thread_lock_acquire(session->lock);
    for (size_t i = 0; i < session->states.count; i++) { /* a closed document may still end its run */
        const struct state *state = session->states.items[i];
        if (strcmp(state->uri, uri) != 0) continue;
        if (state->env) vec_push(&envs, macro_env_ref(state->env));
        if (state->names) vec_push(&names, names_ref(state->names));
    }
    thread_lock_release(session->lock);
    bool depends = false;
    for (size_t i = 0; i < envs.count; i++) {
        depends |= path ? macro_env_depends_on(envs.items[i], path) : macro_env_is_outdated(envs.items[i]);
        macro_env_unref(envs.items[i]);
    }
    for (size_t i = 0; i < names.count; i++) {
        depends |= path ? names_depend_on(names.items[i], path) : names_are_outdated(names.items[i]);
        names_unref(names.items[i]);
    }
    vec_finish(&envs);
    vec_finish(&names);
    return depends;
}

/* ---- runs ---- */

static struct state *take_state(struct session *session, const struct scheduler_task *task) {
    struct state *state = *task->state;
    if (state) return state;
    *task->state = state = mem_zalloc(sizeof *state);
    state->session = session;
    state->uri = mem_strdup(task->snapshot->uri);
    state->path = session->params.path_of ? session->params.path_of(state->uri) : NULL;
    if (state->path) path_normalize(state->path);
    return state;
}

static void keep_cached(const struct cached *cached, const struct state *state,
                        const struct pipeline_request *request, const struct analysis *analysis) {
    bool fresh = !request->previous && text_size(request->text) <= WHOLE_BYTES_MAX;
    struct cached_result result = {.analysis = analysis,
                                   .way = fresh ? CACHED_FRESH : CACHED_FOLLOWED,
                                   .reach = fresh ? CACHE_REDIS : CACHE_MEMORY,
                                   .around = !fresh && state->around};
    cached_keep(cached, &result);
}

/* What a parse of the snapshot begins with: `previous`, or an earlier one without mistakes that differs
 * little. A tree without errors leaves less to be read again than one with an error where the text is being
 * edited, and an undo comes back to the very text. */
static const struct syntax *take_base(const struct state *state, const struct syntax *previous,
                                      const struct snapshot *snapshot, const struct macro_env *env) {
    struct text_hunk hunks[SOUND_HUNKS + 1];
    if (!state->sound || !state->analysis || state->analysis->finding_count == 0 ||
        syntax_language(state->sound) != snapshot->language ||
        (state->sound_judged_id != 0 && state->sound_judged_id != macro_env_id(env)))
        return previous;
    size_t count = text_diff(syntax_text(state->sound), snapshot->text, hunks, SOUND_HUNKS + 1);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += (hunks[i].old_end - hunks[i].old_start) + (hunks[i].new_end - hunks[i].new_start);
    return count <= SOUND_HUNKS && bytes <= SOUND_BYTES ? state->sound : previous;
}

/* Keeps the new syntax when nothing is wrong with its text. */
static void keep_sound(struct state *state, const struct analysis *analysis, const struct syntax *syntax) {
    bool sound = !analysis->finding_count && !analysis->half_judged && !syntax_is_open(syntax);
    if (!sound || syntax == state->sound) return;
    scheduler_dispose(state->session->scheduler, destroy_syntax, state->sound);
    state->sound = syntax_ref(syntax);
    state->sound_judged_id = state->judged_id;
}

/* The result is known: it is handed over, and the parse is left to finish work. */
static enum scheduler_outcome run_cached(struct run *run, struct state *state, struct analysis *analysis) {
    hand_over(run, analysis, NULL, STATUS_OK);
    meter_record_times(run->session->params.meter, &run->times);
    if (!cancel_requested(run->task->cancel)) {
        analysis_unref(state->analysis);
        state->analysis = analysis_ref(analysis);
        state->lagging = true;
    }
    analysis_unref(analysis);
    return SCHEDULER_UNSETTLED;
}

/* Behind the result: those that import the document can wait for what they are told, which takes a look at
 * all of its text. */
static void end_run(struct session *session, const struct scheduler_task *task, const struct macro_env *env,
                    struct names *names) {
    /* Who was told of a change while the run was looking around could not know yet that it depends on it. */
    bool outdated = (env && macro_env_is_outdated(env)) || names_are_outdated(names);
    names_rest(names);
    if (cancel_requested(task->cancel)) return;
    if (outdated) tell_of_header(session, NULL);
    hold_text(session, *task->state, task->snapshot);
}

static enum scheduler_outcome run_task(void *worker, struct scheduler_task *task, void *payload) {
    struct session *session = payload;
    uint64_t started_ns = clock_now_ns();
    struct run run = {.session = session, .task = task};
    run.queue_ns = task->finish ? 0 : started_ns - task->queued_ns;

    struct cancel limit;
    cancel_init(&limit, task->cancel, started_ns + session->params.run_limit_ns);
    struct state *state = take_state(session, task);
    struct syntax *previous = state->syntax;
    const struct macro_env *env = take_env(session, state, task);
    struct names *names = task->finish ? NULL : take_names(session, state, task->snapshot, &limit);
    /* A document may be reopened as another language. */
    bool same_language = previous && syntax_language(previous) == task->snapshot->language;
    struct cached cached = {.asks = false};
    if (!task->finish && (!same_language || text_size(task->snapshot->text) <= FOLLOWED_BYTES_MAX)) {
        struct cached_params params = {.cache = session->params.cache,
                                       .language = task->snapshot->language,
                                       .text = task->snapshot->text,
                                       .model_source = session->params.model_source,
                                       .env = env,
                                       .names = names,
                                       .path = state->path,
                                       .max_repairs = session->params.max_repairs};
        cached_init(&cached, &params);
        /* What was said of this very text before. Only a document that is opened is worth a look at the disk.
         */
        bool followed = same_language || state->lagging;
        struct analysis *known =
            followed ? cached_find_followed(&cached) : cached_find(&cached, CACHED_FRESH, CACHE_REDIS);
        if (known) {
            enum scheduler_outcome outcome = run_cached(&run, state, known);
            end_run(session, task, env, names);
            return outcome;
        }
    }
    bool again = same_language && env && must_read_again(state, task->snapshot, env);
    /* Nothing is left to be found out: the parse is made (run_cached), or made ready for changes
     * (syntax_wants_masks). */
    bool catch_up = task->finish && state->lagging;
    bool prepare = catch_up || (task->finish && same_language && !again && !syntax_is_open(previous) &&
                                !syntax_is_half_read(previous));
    if (task->finish && !prepare) names = take_names(session, state, task->snapshot, &limit);
    struct pipeline_request request = {.language = task->snapshot->language,
                                       .text = task->snapshot->text,
                                       .env = env,
                                       .names = names,
                                       .model_source = session->params.model_source,
                                       .cache = session->params.cache,
                                       .cancel = &limit,
                                       .finish = task->finish && !catch_up,
                                       .want_repairs = !prepare,
                                       .max_repairs = session->params.max_repairs,
                                       .repair_budget_ns = session->params.repair_budget_ns,
                                       .on_findings = prepare ? NULL : take_findings,
                                       .payload = &run};
    if (same_language) request.known = state->analysis;
    if (same_language && !again)
        request.previous = task->finish ? previous : take_base(state, previous, task->snapshot, env);

    struct analysis *analysis = NULL;
    struct syntax *syntax = NULL;
    enum status status = pipeline_run(worker, &request, &analysis, &syntax);
    uint64_t ended_ns = clock_now_ns();
    if (!prepare) {
        hand_over(&run, analysis, syntax, status);
        meter_record_times(session->params.meter, &run.times);
        if (env) state->around = (request.previous && state->around) || macro_env_looked_around(env);
        if (analysis) keep_cached(&cached, state, &request, analysis);
    } else if (catch_up && syntax) {
        hand_over(&run, state->analysis, syntax, STATUS_OK);
    }

    /* A first parse says nothing about what a change costs, unless it can't be done at all. */
    uint64_t cost_ns = (run.findings_ns ? run.findings_ns : ended_ns) - started_ns;
    bool telling = request.previous && (status == STATUS_OK || cost_ns >= TELLING_COST_NS);
    if (!task->finish && (telling || status == STATUS_DEADLINE)) task->cost_ns = cost_ns;

    enum scheduler_outcome outcome = SCHEDULER_SETTLED;
    if (syntax && (!task->finish || catch_up) && (syntax_is_open(syntax) || syntax_wants_masks(syntax)))
        outcome = SCHEDULER_UNSETTLED;
    /* What was not judged in time is judged in what time the next run has, as long as that leads on. */
    if (syntax && syntax_is_half_read(syntax) && (!task->finish || syntax_reads_on(syntax, request.previous)))
        outcome = SCHEDULER_UNSETTLED;
    /* Finish work that had to make room comes back. */
    if (task->finish && cancel_requested(task->cancel)) outcome = SCHEDULER_UNSETTLED;
    if (syntax) {
        state->syntax = syntax;
        state->lagging = false;
        state->judged_id = env && macro_env_looked_around(env) ? macro_env_id(env) : 0;
        scheduler_dispose(session->scheduler, destroy_syntax, previous);
    }
    if (analysis && !prepare && !cancel_requested(task->cancel)) {
        analysis_unref(state->analysis);
        state->analysis = analysis_ref(analysis);
    }
    if (syntax && state->analysis && state->analysis->text == syntax_text(syntax))
        keep_sound(state, state->analysis, syntax);
    analysis_unref(analysis);
    end_run(session, task, env, names);
    return outcome;
}

static void *create_worker(void *payload) {
    (void)payload;
    return pipeline_create();
}

static void destroy_worker(void *worker, void *payload) {
    (void)payload;
    pipeline_destroy(worker);
}

struct session *session_create(const struct session_params *params) {
    struct session *session = mem_zalloc(sizeof *session);
    session->params = *params;
    if (session->params.repair_budget_ns == 0) session->params.repair_budget_ns = DEFAULT_REPAIR_BUDGET_NS;
    if (session->params.run_limit_ns == 0) session->params.run_limit_ns = DEFAULT_RUN_LIMIT_NS;
    if (session->params.max_repairs == 0) session->params.max_repairs = DEFAULT_MAX_REPAIRS;
    struct scheduler_ops ops = {create_worker, destroy_worker, run_task, destroy_state, session};
    session->lock = thread_lock_create();
    session->scheduler = scheduler_create(params->thread_count, &ops);
    return session;
}

void session_destroy(struct session *session) {
    if (!session) return;
    scheduler_destroy(session->scheduler);
    vec_finish(&session->states);
    thread_lock_destroy(session->lock);
    mem_free(session);
}

void session_submit(struct session *session, struct snapshot *snapshot) {
    if (snapshot->language)
        scheduler_submit(session->scheduler, snapshot);
    else
        scheduler_close(session->scheduler, snapshot->uri);
}

void session_close(struct session *session, const char *uri) {
    scheduler_close(session->scheduler, uri);
}

void session_wait_idle(struct session *session) {
    scheduler_wait_idle(session->scheduler);
}

void session_drop_syntax(struct session *session, struct syntax *syntax) {
    scheduler_dispose(session->scheduler, destroy_syntax, syntax);
}

enum status session_analyze(struct session *session, struct pipeline *pipeline,
                            const struct pipeline_request *request, const struct session_place *place,
                            struct analysis **ret_analysis, struct syntax **ret_syntax) {
    struct analysis *analysis;
    const char *path = place ? place->path : NULL;
    struct pipeline_request with_model = *request;
    struct names_params names = {request->language, request->text, path, session->params.surroundings,
                                 request->cancel};
    with_model.model_source = session->params.model_source;
    with_model.names = names_create(&names);
    with_model.cache = session->params.cache;
    bool keeps = !request->previous && request->finish && request->want_repairs;
    struct cached_params params = {.cache = keeps ? session->params.cache : NULL,
                                   .language = request->language,
                                   .text = request->text,
                                   .model_source = with_model.model_source,
                                   .env = request->env,
                                   .names = with_model.names,
                                   .path = path,
                                   .in_background = place && place->in_background,
                                   .max_repairs = request->max_repairs};
    struct cached cached;
    cached_init(&cached, &params);
    analysis = place && place->known ? cached_find_known(&cached, place->known) : NULL;
    if (!analysis) analysis = cached_find(&cached, CACHED_FRESH, CACHE_REDIS);
    if (analysis) {
        if (ret_syntax) *ret_syntax = NULL;
    } else {
        enum status status = pipeline_run(pipeline, &with_model, &analysis, ret_syntax);
        if (status != STATUS_OK) {
            names_unref(with_model.names);
            return status;
        }
        struct cached_result result = {
            .analysis = analysis, .way = CACHED_FRESH, .reach = CACHE_REDIS, .place = &analysis->place};
        cached_keep(&cached, &result);
    }
    names_unref(with_model.names);
    meter_record_times(session->params.meter, &analysis->times);
    *ret_analysis = analysis;
    return STATUS_OK;
}

bool session_cache_state(const struct session *session, struct session_cache *ret_state) {
    if (!session->params.cache) return false;
    struct cache_counters counters = cache_counters(session->params.cache);
    uint64_t hits = counters.hits[CACHE_MEMORY] + counters.hits[CACHE_DISK] + counters.hits[CACHE_REDIS];
    *ret_state = (struct session_cache){
        .memory_hits = counters.hits[CACHE_MEMORY],
        .disk_hits = counters.hits[CACHE_DISK],
        .redis_hits = counters.hits[CACHE_REDIS],
        .redis_state = redis_state_name(counters.redis.state),
        .redis_late = counters.redis.late,
        .redis_failures = counters.redis.failures,
        .misses = counters.misses,
        .excerpt_hits = counters.part_hits,
        .excerpt_misses = counters.part_misses,
        .mean_get_ns = hits ? counters.get_ns / hits : 0,
        .entries_max = counters.entries_max,
        .entries = counters.memory.entries,
        .size_bytes = counters.memory.bytes,
        .disk_entries = counters.disk.entries,
        .disk_size_bytes = counters.disk.bytes,
        .puts = counters.puts,
        .disk_written = counters.disk.written,
        .waiting = counters.disk.waiting,
        .memory = {.evicted = counters.memory.evicted,
                   .expired = counters.memory.expired,
                   .dropped = counters.memory.refused},
        .disk = {.evicted = counters.disk.evicted,
                 .expired = counters.disk.expired,
                 .damaged = counters.disk.damaged_rows + counters.disk.damaged_files,
                 .erased = counters.disk.erased,
                 .dropped = counters.disk.dropped},
        .redis = {.damaged = counters.redis.damaged, .dropped = counters.redis.dropped}};
    return true;
}

char *session_recent(const struct session *session, const char *folder, size_t count_max, size_t *ret_count) {
    return cache_recent(session->params.cache, folder, count_max, ret_count);
}
