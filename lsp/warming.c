/* warming.c: see warming.h. */
#include "lsp/warming.h"

#include "analysis/header.h"
#include "base/clock.h"
#include "base/thread.h"
#include "lsp/closed_file.h"
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

enum state { STATE_CHOOSING, STATE_WORKING, STATE_WAITING, STATE_DONE };

struct file {
    char *path;
    int64_t modified_ns;
};

struct files {
    VEC_FIELDS(struct file);
};

struct warming {
    struct core *core;
    bool threaded; /* else all is done inline */
    struct thread *thread;
    struct files files;
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
    enum state state;
    size_t known, made, passed_over;
};

/* ---- which files -----------------------------------------------------------------------------------------
 */

static bool is_listed(const struct files *files, size_t count, const char *path) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(files->items[i].path, path) == 0) return true;
    return false;
}

static void add_recent(struct warming *warming, const char *folder) {
    size_t count;
    size_t room = warming->files_max - warming->files.count;
    char *paths = session_recent(warming->core->session, folder, room, &count);
    const char *path = paths;
    for (size_t i = 0; i < count; i++, path += strlen(path) + 1)
        if (!is_listed(&warming->files, warming->files.count, path))
            vec_push(&warming->files, (struct file){mem_strdup(path), 0});
    mem_free(paths);
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

/* Behind those that are listed. */
static void add_changed(struct warming *warming) {
    const struct server_params *params = warming->core->params;
    struct files *files = &warming->files;
    struct walk walk = {.warming = warming};
    size_t listed = files->count;
    for (size_t i = 0; i < warming->folders.count; i++)
        params->walk(warming->folders.items[i], note_file, &walk, params->payload);
    if (walk.found.count) qsort(walk.found.items, walk.found.count, sizeof(struct file), compare_newest);
    for (size_t i = 0; i < walk.found.count; i++) {
        struct file *found = &walk.found.items[i];
        bool twice = i > 0 && files->count > listed &&
                     strcmp(files->items[files->count - 1].path, found->path) == 0; /* folders in folders */
        if (files->count < warming->files_max && !twice && !is_listed(files, listed, found->path)) {
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

static void run(void *payload) {
    struct warming *warming = payload;
    if (warming->threaded) thread_give_way();
    for (size_t i = 0; i < warming->folders.count; i++)
        add_recent(warming, warming->folders.items[i]);
    if (warming->files.count < warming->files_max) add_changed(warming);
    struct pipeline *pipeline = pipeline_create();
    uint64_t worked_ns = 0;
    for (size_t i = 0; i < warming->files.count && worked_ns < WORK_NS && wait_turn(warming);) {
        uint64_t started_ns = clock_now_ns();
        i += warm_file(warming, pipeline, warming->files.items[i].path);
        worked_ns += clock_now_ns() - started_ns;
    }
    pipeline_destroy(pipeline);
    thread_lock_acquire(warming->lock);
    warming->state = STATE_DONE;
    thread_cond_broadcast(warming->changed);
    thread_lock_release(warming->lock);
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

void warming_end(struct core *core) {
    struct warming *warming = core->warming;
    if (!warming) return;
    core->warming = NULL;
    thread_lock_acquire(warming->lock);
    warming->ending = true;
    cancel_request(&warming->cancel);
    thread_cond_broadcast(warming->changed);
    thread_lock_release(warming->lock);
    if (warming->threaded) thread_join(warming->thread);
    for (size_t i = 0; i < warming->files.count; i++)
        mem_free(warming->files.items[i].path);
    for (size_t i = 0; i < warming->folders.count; i++)
        mem_free(warming->folders.items[i]);
    vec_finish(&warming->files);
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
