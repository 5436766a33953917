#include "cli/around.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/vec.h"
#include "cli/header_folders.h"
#include "cli/project_finder.h"
#include "cli/source.h"
#include "cli/witness.h"
#include "cli/workspace.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORKSPACES_MAX     64
#define WAIT_MAX_NS        (3 * NS_PER_S)  /* what a command waits for a workspace */
#define BACKGROUND_MAX_NS  (60 * NS_PER_S) /* what the thread in the background spends on one */
#define REREAD_NS          (10 * NS_PER_S) /* a workspace whose files change is not read more often */
#define FOLDER_ENTRIES_MAX 20000           /* looked at in one folder, whatever they are */
/* Looking at all files again takes at most such a part of a processor: opening many documents asks for it
 * each time. */
#define REFRESH_SHARE 10

struct root {
    char *path;
    struct workspace *workspace; /* NULL: not read yet */
    bool begun;
    bool stale;       /* files changed since */
    uint64_t read_ns; /* when it was begun */
};

struct around {
    struct around_params params;
    struct surroundings *surroundings;
    struct project_finder *finder;
    struct thread_lock
        *lock; /* guards roots; with no background also held while one is read, which all wait for */
    struct {
        VEC_FIELDS(struct root *);
    } roots;
    struct pool *pool;                 /* or NULL */
    struct thread_lock *listener_lock; /* held while the listener is called: it must not call back */
    void (*changed)(void *listener);
    void *listener;
    struct thread *refresher;         /* NULL: nobody has asked yet, or there is no background */
    struct thread_lock *refresh_lock; /* guards what follows */
    struct thread_cond *refresh_wanted;
    bool refresh; /* it is wanted */
    bool over;
    struct cancel stop;
    struct header_folders *libraries;
};

/* ---- the reader ---- */

static bool stamp_file(const char *path, struct source_stamp *ret_stamp, void *payload) {
    const struct around *around = payload;
    struct stat info;
    witness_see(around->params.witness, path);
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false;
    *ret_stamp = (struct source_stamp){
        (uint64_t)info.st_size, (uint64_t)info.st_mtim.tv_sec * NS_PER_S + (uint64_t)info.st_mtim.tv_nsec,
        (uint64_t)info.st_ino ^ (uint64_t)info.st_dev << 32};
    return true;
}

/* Only regular files get here: stamp_file has looked. */
static enum status read_file(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                             void *payload) {
    (void)payload;
    struct source source;
    struct error error;
    enum status status = source_read(path, language_find("c"), NULL, &source, &error);
    if (status) return status;
    if (source.length > limit_bytes) {
        source_finish(&source);
        return STATUS_TOO_LARGE;
    }
    *ret_bytes = source.bytes, *ret_length = source.length;
    return STATUS_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list_folder(const char *folder, size_t limit_bytes, char **ret_names, size_t *ret_length,
                        void *payload) {
    const struct around *around = payload;
    witness_see(around->params.witness, *folder ? folder : "/");
    DIR *open = opendir(*folder ? folder : "/");
    if (!open) return false;
    struct {
        VEC_FIELDS(char *);
    } names = {0};
    size_t size = 0, looked = 0;
    for (struct dirent *entry; size < limit_bytes && looked < FOLDER_ENTRIES_MAX && (entry = readdir(open));
         looked++) {
        if (entry->d_type != DT_REG && entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN) continue;
        if (!language_of_path(entry->d_name)) continue;
        vec_push(&names, mem_strdup(entry->d_name));
        size += strlen(entry->d_name) + 1;
    }
    closedir(open);
    if (names.count) qsort(names.items, names.count, sizeof *names.items, compare_names);
    struct str all;
    str_init(&all);
    for (size_t i = 0; i < names.count; i++) {
        size_t length = strlen(names.items[i]) + 1;
        if (all.length + length <= limit_bytes) str_add(&all, names.items[i], length);
        mem_free(names.items[i]);
    }
    vec_finish(&names);
    *ret_length = all.length;
    *ret_names = str_detach(&all);
    return true;
}

/* ---- workspaces ---- */

struct errand {
    struct around *around;
    struct root *root;
};

static void tell(struct around *around) {
    thread_lock_acquire(around->listener_lock);
    if (around->changed) around->changed(around->listener);
    thread_lock_release(around->listener_lock);
}

static void read_workspace(struct around *around, struct root *root, uint64_t limit_ns) {
    struct cancel cancel;
    cancel_init(&cancel, &around->stop, clock_now_ns() + limit_ns);
    struct workspace *workspace = workspace_create(root->path, &cancel, around->params.witness);
    if (!around->pool) {
        root->workspace = workspace;
        return;
    }
    thread_lock_acquire(around->lock);
    struct workspace *old = root->workspace;
    root->workspace = workspace;
    thread_lock_release(around->lock);
    workspace_unref(old);
    surroundings_changed(around->surroundings);
    tell(around);
}

static void run_errand(void *payload) {
    struct errand *errand = payload;
    read_workspace(errand->around, errand->root, BACKGROUND_MAX_NS);
    mem_free(errand);
}

static struct root *take_root(struct around *around, const char *path) {
    for (size_t i = 0; i < around->roots.count; i++)
        if (strcmp(around->roots.items[i]->path, path) == 0) return around->roots.items[i];
    if (around->roots.count == WORKSPACES_MAX) return NULL;
    struct root *root = mem_zalloc(sizeof *root);
    root->path = mem_strdup(path);
    vec_push(&around->roots, root);
    return root;
}

static bool lies_below(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || (length > 0 && folder[length - 1] == '/'));
}

/* A reference; NULL: none, or not yet. */
static struct workspace *workspace_of(struct around *around, const char *path) {
    if (!path) return NULL;
    char *home = project_finder_root(around->finder, path);
    if (!home && around->params.root && lies_below(path, around->params.root))
        home = mem_strdup(around->params.root);
    if (!home) return NULL;
    struct workspace *workspace = NULL;
    thread_lock_acquire(around->lock);
    struct root *root = take_root(around, home);
    uint64_t now_ns = clock_now_ns();
    if (root && root->stale && now_ns - root->read_ns > REREAD_NS) root->begun = false;
    if (root && !root->begun) {
        root->begun = true;
        root->stale = false;
        root->read_ns = now_ns;
        if (around->pool) {
            struct errand *errand = mem_alloc(sizeof *errand);
            *errand = (struct errand){around, root};
            pool_submit(around->pool, run_errand, errand);
        } else {
            read_workspace(around, root, WAIT_MAX_NS);
        }
    }
    if (root && root->workspace) workspace = workspace_ref(root->workspace);
    thread_lock_release(around->lock);
    mem_free(home);
    return workspace;
}

static struct macro_index *index_of(const char *path, void *payload) {
    struct workspace *workspace = workspace_of(payload, path);
    if (!workspace) return NULL;
    struct macro_index *index = macro_index_ref(workspace_index(workspace));
    workspace_unref(workspace);
    return index;
}

/* ---- headers that the project's folders don't lead to ---- */

static bool find_header(const char *name, const char *includer, char *path, size_t size, void *payload) {
    struct around *around = payload;
    struct workspace *workspace = workspace_of(around, includer);
    const char *found = workspace ? workspace_find(workspace, name, includer) : NULL;
    bool fits = found && strlen(found) < size;
    if (fits) strcpy(path, found);
    workspace_unref(workspace);
    return fits || header_folders_find(around->libraries, name, path, size);
}

static struct project *project_of(const char *path, void *payload) {
    struct around *around = payload;
    return project_finder_find(around->finder, path);
}

/* ---- looking at all files again ---- */

static void refresh_now(struct around *around) {
    size_t changes =
        header_cache_refresh(surroundings_headers(around->surroundings), &around->stop, NULL, NULL);
    changes += name_cache_refresh(surroundings_names(around->surroundings), &around->stop);
    if (changes) tell(around);
}

/* Rests after each time for as long as keeps its share of a processor, and as long as it took: on a busy
 * machine, or with files far away, that is more. What is wanted meanwhile is done at the end of the rest. */
static void run_refresher(void *payload) {
    struct around *around = payload;
    uint64_t rest_until_ns = 0;
    thread_give_way();
    thread_lock_acquire(around->refresh_lock);
    while (!around->over) {
        uint64_t now_ns = clock_now_ns();
        if (!around->refresh) {
            thread_cond_wait(around->refresh_wanted, around->refresh_lock);
        } else if (now_ns < rest_until_ns) {
            thread_cond_wait_for(around->refresh_wanted, around->refresh_lock, rest_until_ns - now_ns);
        } else {
            around->refresh = false; /* what changes from here on is another refresh's */
            thread_lock_release(around->refresh_lock);
            uint64_t used_ns = clock_thread_ns();
            refresh_now(around);
            used_ns = clock_thread_ns() - used_ns;
            uint64_t end_ns = clock_now_ns(), share_ns = used_ns * (REFRESH_SHARE - 1);
            rest_until_ns = end_ns + (share_ns > end_ns - now_ns ? share_ns : end_ns - now_ns);
            thread_lock_acquire(around->refresh_lock);
        }
    }
    thread_lock_release(around->refresh_lock);
}

static void end_refresher(struct around *around) {
    thread_lock_acquire(around->refresh_lock);
    around->over = true;
    thread_cond_signal(around->refresh_wanted);
    thread_lock_release(around->refresh_lock);
    if (around->refresher) thread_join(around->refresher);
    thread_cond_destroy(around->refresh_wanted);
    thread_lock_destroy(around->refresh_lock);
}

/* ---- all of it ---- */

struct around *around_create(const struct around_params *params) {
    struct around *around = mem_zalloc(sizeof *around);
    around->params = *params;
    around->params.root = params->root ? around_path(params->root) : NULL;
    cancel_init(&around->stop, NULL, 0);
    around->lock = thread_lock_create();
    around->listener_lock = thread_lock_create();
    around->refresh_lock = thread_lock_create();
    around->refresh_wanted = thread_cond_create();
    static const char *const libraries[] = {"/usr/include/*", "/usr/include/*-linux-*/*",
                                            "/usr/lib/*-linux-*/*/include", "/usr/local/include/*", NULL};
    around->libraries = header_folders_create(libraries, params->witness);
    around->finder = project_finder_create(params->complain, params->payload, params->witness);
    if (params->background) around->pool = pool_create(1);
    struct surroundings_params surroundings = {
        .reader = {stamp_file, read_file, find_header, list_folder, around},
        .project_of = project_of,
        .workspace_of = index_of,
        .payload = around,
        .watched = params->background,
    };
    around->surroundings = surroundings_create(&surroundings);
    return around;
}

void around_destroy(struct around *around) {
    if (!around) return;
    cancel_request(&around->stop);
    end_refresher(around);
    pool_destroy(around->pool);
    surroundings_destroy(around->surroundings);
    project_finder_destroy(around->finder);
    for (size_t i = 0; i < around->roots.count; i++) {
        workspace_unref(around->roots.items[i]->workspace);
        mem_free(around->roots.items[i]->path);
        mem_free(around->roots.items[i]);
    }
    vec_finish(&around->roots);
    header_folders_destroy(around->libraries);
    thread_lock_destroy(around->lock);
    thread_lock_destroy(around->listener_lock);
    mem_free((void *)around->params.root);
    mem_free(around);
}

struct surroundings *around_surroundings(struct around *around) {
    return around->surroundings;
}

bool around_touch(struct around *around, const char *path) {
    if (project_finder_is_project_file(path)) {
        project_finder_forget(around->finder);
        surroundings_changed(around->surroundings);
        return true;
    }
    thread_lock_acquire(around->lock);
    for (size_t i = 0; i < around->roots.count; i++)
        if (lies_below(path, around->roots.items[i]->path)) around->roots.items[i]->stale = true;
    thread_lock_release(around->lock);
    bool imported = name_cache_touch(surroundings_names(around->surroundings), path);
    return header_cache_touch(surroundings_headers(around->surroundings), path) || imported;
}

void around_refresh(struct around *around) {
    if (!around->pool) return;
    thread_lock_acquire(around->refresh_lock);
    around->refresh = true;
    if (!around->refresher) around->refresher = thread_create(run_refresher, around);
    thread_cond_signal(around->refresh_wanted);
    thread_lock_release(around->refresh_lock);
}

void around_listen(struct around *around, void (*changed)(void *listener), void *listener) {
    thread_lock_acquire(around->listener_lock);
    around->changed = changed;
    around->listener = listener;
    thread_lock_release(around->listener_lock);
}

char *around_path(const char *path) {
    if (strcmp(path, "-") == 0) return NULL;
    /* Of the folder alone: a file that is a link is found under its own name. */
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_strndup(path, (size_t)(slash - path) + 1) : mem_strdup(".");
    char *real = realpath(folder, NULL);
    struct str joined;
    str_init(&joined);
    str_addf(&joined, "%s/%s", real ? real : folder, slash ? slash + 1 : path);
    path_normalize(joined.bytes);
    free(real);
    mem_free(folder);
    return str_detach(&joined);
}
