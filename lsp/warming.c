/* warming.c: see warming.h. */
#include "lsp/warming.h"

#include "analysis/header.h"
#include "analysis/names.h"
#include "base/clock.h"
#include "base/thread.h"
#include "lsp/closed_file.h"
#include "lsp/uri.h"
#include <string.h>
#include <sys/stat.h>

#define FILES_MAX      500
#define CACHE_SHARE    4     /* at most one file for so many entries of the cache: a file has two or three */
#define WALK_FILES_MAX 20000 /* looked at for when they were changed */
#define FILE_BYTES_MAX ((uint64_t)4 << 20)
#define FILE_NS        (3 * NS_PER_S)  /* for one file */
#define WORK_NS        (60 * NS_PER_S) /* for all */
#define QUIET_NS       NS_PER_S        /* since the user did something */
#define BUSY_NS        NS_PER_S        /* until the machine is looked at again */
#define OPENED_MAX     64              /* documents whose includes or imports wait to be looked at */

enum state { STATE_CHOOSING, STATE_WORKING, STATE_WAITING, STATE_DONE };

struct file {
    char *path;
    int64_t modified_ns;
};

struct files {
    VEC_FIELDS(struct file);
};

/* Why a file is chosen, in the order of their turns. */
enum turn { TURN_USED, TURN_INCLUDED, TURN_CHANGED, TURNS };

struct snapshots {
    VEC_FIELDS(struct snapshot *);
};

struct warming {
    struct core *core;
    bool threaded; /* else all is done inline */
    struct thread *thread;
    struct files files[TURNS];
    size_t next[TURNS]; /* the first that was not worked on */
    uint64_t worked_ns;
    size_t files_max;
    uint64_t repair_budget_ns;
    unsigned max_repairs;
    struct {
        VEC_FIELDS(char *);
    } folders;

    struct thread_lock *lock; /* guards all below; nothing else is done under it */
    struct thread_cond *changed;
    struct cancel cancel; /* of the walk, then of each file */
    uint64_t quiet_at_ns; /* the user is taken to type until then */
    bool ending;
    struct snapshots opened; /* whose includes or imports were not looked at yet */
    enum state state;
    size_t known, made, passed_over;
};

/* ---- which files -----------------------------------------------------------------------------------------
 */

static bool is_listed(const struct files *files, const char *path) {
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].path, path) == 0) return true;
    return false;
}

static void add_used(struct warming *warming, const char *folder) {
    struct files *files = &warming->files[TURN_USED];
    size_t count;
    size_t room = warming->files_max - files->count;
    char *paths = session_recent(warming->core->session, folder, room, &count);
    const char *path = paths;
    for (size_t i = 0; i < count; i++, path += strlen(path) + 1)
        if (!is_listed(files, path)) vec_push(files, (struct file){mem_strdup(path), 0});
    mem_free(paths);
}

static bool is_in_workspace(const struct warming *warming, const char *path) {
    for (size_t i = 0; i < warming->folders.count; i++) {
        const char *folder = warming->folders.items[i];
        size_t length = strlen(folder);
        if (strncmp(path, folder, length) == 0 && (path[length] == '/' || folder[length - 1] == '/'))
            return true;
    }
    return false;
}

/* False: there is no room for more. */
static bool add_one(struct warming *warming, const char *path) {
    struct files *files = &warming->files[TURN_INCLUDED];
    if (files->count >= warming->files_max) return false;
    if (is_in_workspace(warming, path) && !is_listed(files, path) &&
        !is_listed(&warming->files[TURN_USED], path))
        vec_push(files, (struct file){mem_strdup(path), 0});
    return true;
}

static void add_headers(struct warming *warming, const struct snapshot *snapshot, const char *path) {
    struct surroundings *surroundings = warming->core->params->surroundings;
    struct macro_env *env = macro_env_of_text(snapshot->text, path, surroundings, NULL, NULL);
    struct project *project = surroundings_project(surroundings, path);
    struct header_closure *closure =
        header_cache_closure(surroundings_headers(surroundings), path, macro_env_facts(env), project);
    for (size_t i = 0; i < closure->count && add_one(warming, closure->headers[i]->path); i++) {
    }
    header_closure_unref(closure);
    project_unref(project);
    macro_env_unref(env);
}

static void add_imports(struct warming *warming, const struct snapshot *snapshot, const char *path) {
    struct names_params params = {snapshot->language, snapshot->text, path,
                                  warming->core->params->surroundings, &warming->cancel};
    struct names *names = names_create(&params);
    names_id(names); /* looks at them */
    const char *file;
    for (size_t i = 0; (file = names_file(names, i)) && add_one(warming, file); i++) {
    }
    names_unref(names);
}

/* Looked up beside the document's own environment and names, which would take it for something that its
 * result depends on. */
static void add_included(struct warming *warming, const struct snapshot *snapshot) {
    char *path = uri_to_path(snapshot->uri);
    if (!path) return;
    path_normalize(path);
    if (snapshot->language->flags & LANGUAGE_PREPROCESSOR) add_headers(warming, snapshot, path);
    if (snapshot->language->imports) add_imports(warming, snapshot, path);
    mem_free(path);
}

static void drop_opened(struct snapshots *opened) {
    for (size_t i = 0; i < opened->count; i++)
        snapshot_unref(opened->items[i]);
    vec_finish(opened);
}

static bool is_waited_for(struct warming *warming) {
    thread_lock_acquire(warming->lock);
    bool is = warming->opened.count > 0;
    thread_lock_release(warming->lock);
    return is;
}

static void take_opened(struct warming *warming) {
    thread_lock_acquire(warming->lock);
    struct snapshots opened = warming->opened;
    warming->opened = (struct snapshots){0};
    thread_lock_release(warming->lock);
    for (size_t i = 0; i < opened.count && !cancel_requested(&warming->cancel); i++)
        add_included(warming, opened.items[i]);
    drop_opened(&opened);
}

static int compare_newest(const void *left, const void *right) {
    const struct file *one = left, *other = right;
    if (one->modified_ns != other->modified_ns) return one->modified_ns < other->modified_ns ? 1 : -1;
    return strcmp(one->path, other->path);
}

struct walk {
    struct warming *warming;
    struct files found;
};

static bool note_file(const char *path, void *payload) {
    struct walk *walk = payload;
    struct stat info;
    if (stat(path, &info) == 0)
        vec_push(&walk->found,
                 (struct file){mem_strdup(path),
                               (int64_t)info.st_mtim.tv_sec * (int64_t)NS_PER_S + info.st_mtim.tv_nsec});
    return walk->found.count < WALK_FILES_MAX && !cancel_requested(&walk->warming->cancel);
}

/* As many as there is room for behind those that were used. */
static void add_changed(struct warming *warming) {
    const struct server_params *params = warming->core->params;
    struct files *files = &warming->files[TURN_CHANGED];
    const struct files *used = &warming->files[TURN_USED];
    struct walk walk = {.warming = warming};
    for (size_t i = 0; i < warming->folders.count; i++)
        params->walk(warming->folders.items[i], &warming->cancel, note_file, &walk, params->payload);
    if (walk.found.count) qsort(walk.found.items, walk.found.count, sizeof(struct file), compare_newest);
    for (size_t i = 0; i < walk.found.count; i++) {
        struct file *found = &walk.found.items[i];
        bool twice = files->count && strcmp(files->items[files->count - 1].path, found->path) == 0; /* folders
                                                                                             in folders */
        if (used->count + files->count < warming->files_max && !twice && !is_listed(used, found->path)) {
            vec_push(files, *found);
            found->path = NULL;
        }
    }
    for (size_t i = 0; i < walk.found.count; i++)
        mem_free(walk.found.items[i].path);
    vec_finish(&walk.found);
}

/* ---- one after the other ---------------------------------------------------------------------------------
 */

/* Waits until the user is quiet and the machine is not busy; false: it is to end. */
static bool wait_turn(struct warming *warming) {
    const struct server_params *params = warming->core->params;
    bool waits = true, goes_on = true;
    while (waits) {
        bool busy = warming->threaded && params->is_busy && params->is_busy(params->payload);
        thread_lock_acquire(warming->lock);
        uint64_t now_ns = clock_now_ns(), wait_ns = busy ? BUSY_NS : 0;
        if (now_ns < warming->quiet_at_ns) wait_ns = warming->quiet_at_ns - now_ns;
        waits = wait_ns && warming->threaded && !warming->ending;
        if (waits) {
            warming->state = STATE_WAITING;
            thread_cond_wait_for(warming->changed, warming->lock, wait_ns);
        } else {
            warming->state = STATE_WORKING;
            cancel_init(&warming->cancel, NULL, now_ns + FILE_NS);
        }
        goes_on = !warming->ending;
        thread_lock_release(warming->lock);
    }
    return goes_on;
}

/* False: it had to let go of the file. */
static bool warm_file(struct warming *warming, struct pipeline *pipeline, const char *path) {
    struct closed_file_params params = {&warming->cancel, warming->repair_budget_ns, warming->max_repairs};
    struct closed_file file;
    struct analysis *analysis = NULL;
    if (closed_file_open(path, &file)) {
        if (file.stamp.size_bytes <= FILE_BYTES_MAX)
            analysis = closed_file_analyze(warming->core, pipeline, &file, &params);
        closed_file_close(&file);
    }
    bool let_go = cancel_requested(&warming->cancel);
    thread_lock_acquire(warming->lock);
    if (!let_go)
        *(!analysis ? &warming->passed_over : analysis->cached ? &warming->known : &warming->made) += 1;
    thread_lock_release(warming->lock);
    analysis_unref(analysis);
    return !let_go;
}

/* Whose it is; TURNS: there is nothing left. */
static enum turn next_turn(const struct warming *warming) {
    for (int i = 0; i < TURNS; i++)
        if (warming->next[i] < warming->files[i].count) return (enum turn)i;
    return TURNS;
}

/* Those that are known cost the cache nothing. */
static bool is_enough(const struct warming *warming) {
    return warming->worked_ns >= WORK_NS || warming->made + warming->passed_over >= warming->files_max;
}

static void work(struct warming *warming) {
    struct pipeline *pipeline = pipeline_create();
    while (!is_enough(warming) && (is_waited_for(warming) || next_turn(warming) < TURNS) &&
           wait_turn(warming)) {
        uint64_t started_ns = clock_now_ns();
        take_opened(warming);
        enum turn turn = next_turn(warming);
        if (turn < TURNS)
            warming->next[turn] +=
                warm_file(warming, pipeline, warming->files[turn].items[warming->next[turn]].path);
        warming->worked_ns += clock_now_ns() - started_ns;
    }
    pipeline_destroy(pipeline);
}

/* Done, until a document is opened; false: for good. */
static bool wait_opened(struct warming *warming) {
    bool enough = is_enough(warming);
    thread_lock_acquire(warming->lock);
    if (enough) drop_opened(&warming->opened);
    while (!warming->ending && !warming->opened.count) {
        warming->state = STATE_DONE;
        thread_cond_broadcast(warming->changed);
        if (!warming->threaded || enough) break;
        thread_cond_wait(warming->changed, warming->lock);
    }
    bool goes_on = !warming->ending && warming->opened.count;
    if (!goes_on) warming->state = STATE_DONE;
    thread_lock_release(warming->lock);
    return goes_on;
}

static void run(void *payload) {
    struct warming *warming = payload;
    if (warming->threaded) thread_give_way();
    for (size_t i = 0; i < warming->folders.count; i++)
        add_used(warming, warming->folders.items[i]);
    if (warming->files[TURN_USED].count < warming->files_max) add_changed(warming);
    do
        work(warming);
    while (wait_opened(warming));
}

static bool note_opened(struct warming *warming, struct snapshot *snapshot) {
    const struct language *language = snapshot->language;
    bool includes = language && (language->imports || language->flags & LANGUAGE_PREPROCESSOR) &&
                    warming->core->params->surroundings && warming->opened.count < OPENED_MAX;
    if (includes) vec_push(&warming->opened, snapshot_ref(snapshot));
    return includes;
}

static void begin(struct core *core) {
    struct session_cache cache;
    if (!core->params->walk || !session_cache_state(core->session, &cache)) return;
    struct warming *warming = mem_zalloc(sizeof *warming);
    core->warming = warming;
    warming->core = core;
    warming->threaded = core->settings.thread_count > 0;
    warming->repair_budget_ns = core->settings.repair_budget_ns;
    warming->max_repairs = core->settings.max_repairs;
    warming->files_max =
        cache.entries_max / CACHE_SHARE < FILES_MAX ? (size_t)cache.entries_max / CACHE_SHARE : FILES_MAX;
    for (size_t i = 0; i < core->folders.count; i++) {
        if (!core->folders.items[i].path) continue;
        char *path = mem_strdup(core->folders.items[i].path);
        path_normalize(path);
        vec_push(&warming->folders, path);
    }
    for (size_t i = 0; i < core->documents.count; i++)
        note_opened(warming, core->documents.items[i].snapshot);
    cancel_init(&warming->cancel, NULL, 0);
    warming->lock = thread_lock_create();
    warming->changed = thread_cond_create();
    if (warming->threaded)
        warming->thread = thread_create(run, warming);
    else
        run(warming);
}

void warming_apply(struct core *core) {
    if (!core->greeted || core->phase != PHASE_READY) return;
    if (!core->settings.cache_warming)
        warming_end(core);
    else if (!core->warming)
        begin(core);
}

void warming_hold(struct core *core) {
    struct warming *warming = core->warming;
    if (!warming) return;
    thread_lock_acquire(warming->lock);
    warming->quiet_at_ns = clock_now_ns() + QUIET_NS;
    if (warming->state == STATE_WORKING) cancel_request(&warming->cancel);
    thread_lock_release(warming->lock);
}

void warming_opened(struct core *core, struct snapshot *snapshot) {
    struct warming *warming = core->warming;
    if (!warming) return;
    thread_lock_acquire(warming->lock);
    bool noted = !warming->ending && note_opened(warming, snapshot);
    if (noted && warming->state == STATE_DONE) warming->state = STATE_CHOOSING;
    thread_cond_broadcast(warming->changed);
    thread_lock_release(warming->lock);
    if (!noted || warming->threaded) return;
    work(warming);
    wait_opened(warming);
}

void warming_stop(struct core *core) {
    struct warming *warming = core->warming;
    if (!warming) return;
    thread_lock_acquire(warming->lock);
    warming->ending = true;
    cancel_request(&warming->cancel);
    thread_cond_broadcast(warming->changed);
    thread_lock_release(warming->lock);
}

void warming_end(struct core *core) {
    struct warming *warming = core->warming;
    if (!warming) return;
    warming_stop(core);
    core->warming = NULL;
    if (warming->threaded) thread_join(warming->thread);
    for (int turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < warming->files[turn].count; i++)
            mem_free(warming->files[turn].items[i].path);
        vec_finish(&warming->files[turn]);
    }
    drop_opened(&warming->opened);
    for (size_t i = 0; i < warming->folders.count; i++)
        mem_free(warming->folders.items[i]);
    vec_finish(&warming->folders);
    thread_cond_destroy(warming->changed);
    thread_lock_destroy(warming->lock);
    mem_free(warming);
}

void warming_wait(struct core *core) {
    struct warming *warming = core->warming;
    if (!warming) return;
    thread_lock_acquire(warming->lock);
    while (warming->state != STATE_DONE)
        thread_cond_wait(warming->changed, warming->lock);
    thread_lock_release(warming->lock);
}

void warming_emit(struct core *core, struct emit *emit) {
    static const char *const names[] = {"choosing", "working", "waiting", "done"};
    struct warming *warming = core->warming;
    if (!warming) {
        emit_null(emit);
        return;
    }
    thread_lock_acquire(warming->lock);
    enum state state = warming->state;
    size_t known = warming->known, made = warming->made, passed_over = warming->passed_over;
    thread_lock_release(warming->lock);
    emit_open_object(emit);
    emit_text_at(emit, "state", names[state]);
    emit_int_at(emit, "known", (int64_t)known);
    emit_int_at(emit, "made", (int64_t)made);
    emit_int_at(emit, "passedOver", (int64_t)passed_over);
    emit_close_object(emit);
}
