#include "cli/project_finder.h"

#include "analysis/header.h"
#include "base/hash.h"
#include "base/thread.h"
#include "cli/compile_database.h"
#include "cli/source.h"
#include "cli/witness.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX       64 /* folders above a file that are looked at */
#define ROOT_GAP_MAX    6 /* folders without a mark between two with one, on the way up to a project's root */
#define FOLDERS_MAX     100000
#define FLAGS_BYTES_MAX ((size_t)1 << 20) /* of compile_flags.txt and .clangd */

/* A file that says something, as it was read. */
struct project_file {
    char *path;
    struct compile_database *database;  /* compile_commands.json, or NULL */
    struct compile_flags_paths words;   /* compile_flags.txt; of .clangd: Add */
    struct compile_flags_paths removed; /* of .clangd */
    char *other_database;               /* of .clangd, or NULL */
};

/* What is known of the files of one folder. */
struct folder {
    char *path;
    uint64_t path_hash;
    struct project_file *flags, *clangd; /* or NULL */
    char *root;                          /* or NULL */
    struct {
        VEC_FIELDS(struct project *); /* by set of the database; the only one, number 0, without a database */
    } projects;
};

struct project_finder {
    void (*complain)(const char *message, void *payload);
    void *payload;
    struct witness *witness; /* or NULL */
    struct thread_lock *lock;
    struct compile_flags_paths system;
    struct {
        VEC_FIELDS(struct project_file *);
    } files;
    struct {
        VEC_FIELDS(struct folder *);
    } folders;
    struct folder *last;        /* the folder asked for last */
    struct project *no_project; /* of texts without a file */
};

static bool is_folder(const struct project_finder *finder, const char *path) {
    struct stat info;
    witness_see_name(finder->witness, path);
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_file(const struct project_finder *finder, const char *path) {
    struct stat info;
    witness_see(finder->witness, path);
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* ---- the system ---- */

static void add_matches(struct project_finder *finder, const char *pattern, bool only_last) {
    struct compile_flags_paths *paths = &finder->system;
    glob_t matches;
    witness_see_pattern(finder->witness, pattern);
    if (glob(pattern, 0, NULL, &matches) != 0) return;
    for (size_t i = only_last && matches.gl_pathc > 0 ? matches.gl_pathc - 1 : 0; i < matches.gl_pathc; i++)
        if (is_folder(finder, matches.gl_pathv[i])) vec_push(paths, mem_strdup(matches.gl_pathv[i]));
    globfree(&matches);
}

/* In gcc's order. */
static void find_system_folders(struct project_finder *finder) {
    const struct compile_flags_paths *system = &finder->system;
    add_matches(finder, "/usr/lib/gcc/*/*/include", true);
    if (system->count == 0) add_matches(finder, "/usr/lib/llvm-*/lib/clang/*/include", true);
    if (system->count == 0) add_matches(finder, "/usr/lib/clang/*/include", true);
    add_matches(finder, "/usr/local/include", false);
    add_matches(finder, "/usr/include/*-linux-*", false);
    add_matches(finder, "/usr/include", false);
}

/* ---- project files ---- */

/* A later run would be told, too. */
static void complain(const struct project_finder *finder, const char *message) {
    witness_doubt(finder->witness);
    if (finder->complain) finder->complain(message, finder->payload);
}

static void destroy_file(struct project_file *file) {
    mem_free(file->path);
    compile_database_destroy(file->database);
    compile_flags_free_words(&file->words);
    compile_flags_free_words(&file->removed);
    mem_free(file->other_database);
    mem_free(file);
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void parse_file(const struct project_finder *finder, struct project_file *file,
                       const struct source *source) {
    const char *name = name_of(file->path);
    struct error error = {0};
    if (strcmp(name, "compile_commands.json") == 0) {
        file->database = compile_database_parse(file->path, source->bytes, source->length, &error);
    } else if (source->length > FLAGS_BYTES_MAX) {
        error_set(&error, STATUS_TOO_LARGE, "%s: larger than %zu MB; left out", file->path,
                  FLAGS_BYTES_MAX >> 20);
    } else if (strcmp(name, "compile_flags.txt") == 0) {
        compile_flags_split_lines(source->bytes, source->length, &file->words);
    } else if (!compile_flags_read_clangd(source->bytes, source->length, &file->words, &file->removed,
                                          &file->other_database)) {
        error_set(&error, STATUS_MALFORMED, "%s: CompileFlags: Add and Remove have to be lists", file->path);
    }
    if (error.status) complain(finder, error.message);
}

/* NULL: there is no such file. */
static struct project_file *take_file(struct project_finder *finder, const char *path) {
    for (size_t i = 0; i < finder->files.count; i++)
        if (strcmp(finder->files.items[i]->path, path) == 0) return finder->files.items[i];
    if (!is_file(finder, path)) return NULL;
    struct project_file *file = mem_zalloc(sizeof *file);
    file->path = mem_strdup(path);
    struct source source;
    struct error error;
    if (source_read(path, language_find("json"), NULL, &source, &error)) {
        complain(finder, error.message);
    } else {
        parse_file(finder, file, &source);
        source_finish(&source);
    }
    vec_push(&finder->files, file);
    return file;
}

static struct project_file *take_named(struct project_finder *finder, const char *folder, const char *name) {
    struct str path;
    str_init(&path);
    str_addf(&path, "%s%s%s", folder, *name == '/' ? "" : "/", name);
    path_normalize(path.bytes);
    struct project_file *file = take_file(finder, path.bytes);
    str_finish(&path);
    return file;
}

/* Cuts the path after its last but one name. False: it was the root. */
static bool go_up(char *path) {
    char *slash = strrchr(path, '/');
    if (!slash || !path[1]) return false;
    slash[slash == path] = '\0';
    return true;
}

static void find_files(struct project_finder *finder, struct folder *folder) {
    char *at = mem_strdup(folder->path);
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        if (!folder->clangd) folder->clangd = take_named(finder, at, ".clangd");
        static const char *const names[] = {"compile_commands.json", "build/compile_commands.json",
                                            "compile_flags.txt"};
        for (size_t i = 0; i < sizeof names / sizeof *names && !folder->flags; i++) {
            folder->flags = take_named(finder, at, names[i]);
            /* A database without an entry that can be read is none. */
            if (folder->flags && i < 2 && !folder->flags->database) folder->flags = NULL;
        }
        if (!go_up(at)) break;
    }
    mem_free(at);
    if (!folder->clangd || !folder->clangd->other_database) return;
    struct str name;
    str_init(&name);
    char *home = mem_strdup(folder->clangd->path);
    go_up(home);
    str_addf(&name, "%s/compile_commands.json", folder->clangd->other_database);
    struct project_file *other = take_named(finder, *name.bytes == '/' ? "" : home, name.bytes);
    if (other && other->database) folder->flags = other;
    mem_free(home);
    str_finish(&name);
}

/* ---- roots ---- */

static bool has_any(const struct project_finder *finder, const char *folder, const char *const *names) {
    struct str path;
    struct stat info;
    bool found = false;
    str_init(&path);
    for (; *names && !found; names++) {
        str_clear(&path);
        str_addf(&path, "%s/%s", folder, *names);
        witness_see_name(finder->witness, path.bytes);
        found = stat(path.bytes, &info) == 0;
    }
    str_finish(&path);
    return found;
}

/* The first folder that is certainly a root; else the topmost of those with a build file, which often has its
 * like below. */
static char *find_root(const struct project_finder *finder, const char *folder) {
    static const char *const certain[] = {".git", ".hg", ".svn", ".noodle.json", NULL};
    static const char *const likely[] = {"compile_commands.json",
                                         "compile_flags.txt",
                                         ".clangd",
                                         "configure.ac",
                                         "configure.in",
                                         "configure",
                                         "meson.build",
                                         "CMakeLists.txt",
                                         "Makefile",
                                         "Makefile.am",
                                         "Makefile.in",
                                         "GNUmakefile",
                                         "makefile",
                                         "build.ninja",
                                         "SConstruct",
                                         "BUILD.bazel",
                                         NULL};
    char *at = mem_strdup(folder), *root = NULL;
    const char *home = getenv("HOME");
    for (int depth = 0, gap = 0; depth < DEPTH_MAX; depth++, go_up(at)) {
        /* Neither the whole disk nor all that a person has is a project. */
        if (!at[1] || (home && strcmp(at, home) == 0)) break;
        if (has_any(finder, at, certain)) {
            mem_free(root);
            root = mem_strdup(at);
            break;
        }
        if (gap++ > ROOT_GAP_MAX || !has_any(finder, at, likely)) continue;
        gap = 0;
        mem_free(root);
        root = mem_strdup(at);
    }
    mem_free(at);
    return root;
}

/* ---- projects ---- */

static char *folder_of(const char *path) {
    char *folder = mem_strdup(path);
    go_up(folder);
    return folder;
}

static void add_words(struct compile_flags *flags, const struct project_file *file) {
    char *home = folder_of(file->path);
    compile_flags_add(flags, (const char *const *)file->words.items, file->words.count, home);
    mem_free(home);
}

static void add_flag(struct compile_flags *flags, const char *name, const char *value, const char *folder) {
    const char *const both[] = {name, value};
    compile_flags_add(flags, both, 2, folder);
}

static void copy_flags(struct compile_flags *flags, const struct compile_flags *from) {
    static const char *const names[] = {"-iquote", "-I", "-isystem", "-idirafter", "-include"};
    const struct compile_flags_paths *lists[] = {&from->quote, &from->folders, &from->system, &from->after,
                                                 &from->forced};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t k = 0; k < lists[i]->count; k++)
            add_flag(flags, names[i], lists[i]->items[k], "/");
    str_add(&flags->defines, from->defines.bytes, from->defines.length);
    flags->no_system = from->no_system;
}

/* Nobody says how the file is compiled. */
static void assume_folders(const struct project_finder *finder, struct compile_flags *flags,
                           const struct folder *folder) {
    const struct {
        const char *home, *below;
    } places[] = {{folder->path, "."},
                  {folder->path, "include"},
                  {folder->path, "../include"},
                  {folder->root, "."},
                  {folder->root, "include"}};
    struct str path;
    str_init(&path);
    for (size_t i = 0; i < sizeof places / sizeof *places && places[i].home; i++) {
        str_clear(&path);
        str_addf(&path, "%s/%s", places[i].home, places[i].below);
        if (is_folder(finder, path.bytes)) add_flag(flags, "-I", path.bytes, "/");
    }
    str_finish(&path);
}

static struct project *create_project(const struct project_finder *finder, const struct folder *folder,
                                      const struct compile_flags *of_database) {
    struct compile_flags flags;
    compile_flags_init(&flags);
    if (of_database)
        copy_flags(&flags, of_database);
    else if (folder && folder->flags)
        add_words(&flags, folder->flags);
    else if (folder)
        assume_folders(finder, &flags, folder);
    if (folder && folder->clangd) {
        for (size_t i = 0; i < folder->clangd->removed.count; i++)
            compile_flags_remove(&flags, folder->clangd->removed.items[i]);
        add_words(&flags, folder->clangd);
    }
    struct project *project =
        compile_flags_project(&flags, (const char *const *)finder->system.items, finder->system.count);
    compile_flags_finish(&flags);
    return project;
}

static void forget_folders(struct project_finder *finder) {
    for (size_t i = 0; i < finder->folders.count; i++) {
        struct folder *folder = finder->folders.items[i];
        for (size_t k = 0; k < folder->projects.count; k++)
            project_unref(folder->projects.items[k]);
        vec_finish(&folder->projects);
        mem_free(folder->path);
        mem_free(folder->root);
        mem_free(folder);
    }
    vec_clear(&finder->folders);
    finder->last = NULL;
}

static struct folder *take_folder(struct project_finder *finder, const char *path) {
    if (finder->last && strcmp(finder->last->path, path) == 0) return finder->last;
    uint64_t path_hash = hash64(path, strlen(path), 0);
    for (size_t i = 0; i < finder->folders.count; i++) {
        struct folder *folder = finder->folders.items[i];
        if (folder->path_hash == path_hash && strcmp(folder->path, path) == 0) return finder->last = folder;
    }
    if (finder->folders.count == FOLDERS_MAX) forget_folders(finder);
    struct folder *folder = mem_zalloc(sizeof *folder);
    folder->path = mem_strdup(path);
    folder->path_hash = path_hash;
    find_files(finder, folder);
    folder->root = find_root(finder, path);
    vec_push(&finder->folders, folder);
    return finder->last = folder;
}

struct project_finder *project_finder_create(void (*complain_to)(const char *message, void *payload),
                                             void *payload, struct witness *witness) {
    struct project_finder *finder = mem_zalloc(sizeof *finder);
    finder->complain = complain_to;
    finder->payload = payload;
    finder->witness = witness;
    finder->lock = thread_lock_create();
    find_system_folders(finder);
    finder->no_project = create_project(finder, NULL, NULL);
    return finder;
}

void project_finder_forget(struct project_finder *finder) {
    thread_lock_acquire(finder->lock);
    forget_folders(finder);
    for (size_t i = 0; i < finder->files.count; i++)
        destroy_file(finder->files.items[i]);
    vec_clear(&finder->files);
    thread_lock_release(finder->lock);
}

void project_finder_destroy(struct project_finder *finder) {
    if (!finder) return;
    project_finder_forget(finder);
    vec_finish(&finder->folders);
    vec_finish(&finder->files);
    compile_flags_free_words(&finder->system);
    project_unref(finder->no_project);
    thread_lock_destroy(finder->lock);
    mem_free(finder);
}

struct project *project_finder_find(struct project_finder *finder, const char *path) {
    if (!path) return project_ref(finder->no_project);
    char *folder_path = folder_of(path);
    thread_lock_acquire(finder->lock);
    struct folder *folder = take_folder(finder, folder_path);
    const struct compile_flags *flags = NULL;
    size_t set = 0;
    if (folder->flags && folder->flags->database)
        flags = compile_database_find(folder->flags->database, path, &set);
    while (folder->projects.count <= set)
        vec_push(&folder->projects, NULL);
    struct project **place = &folder->projects.items[set];
    if (!*place) *place = create_project(finder, folder, flags);
    struct project *project = project_ref(*place);
    thread_lock_release(finder->lock);
    mem_free(folder_path);
    return project;
}

char *project_finder_root(struct project_finder *finder, const char *path) {
    char *folder_path = folder_of(path);
    thread_lock_acquire(finder->lock);
    const struct folder *folder = take_folder(finder, folder_path);
    char *root = folder->root ? mem_strdup(folder->root) : NULL;
    thread_lock_release(finder->lock);
    mem_free(folder_path);
    return root;
}

bool project_finder_is_project_file(const char *path) {
    static const char *const names[] = {"compile_commands.json", "compile_flags.txt", ".clangd"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name_of(path), names[i]) == 0) return true;
    return false;
}
