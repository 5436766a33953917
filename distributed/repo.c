#include "distributed/repo.h"
#include "base/str.h"
#include "base/vec.h"
#include "distributed/ignore.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES           8192              /* looked at for NUL and "#!" */
#define IGNORE_FILE_SIZE_MAX ((size_t)1 << 20) /* a larger ignore file is read this far */

struct name {
    char *text;
    unsigned char type; /* DT_... */
};

/* A folder on the way down. */
struct level {
    struct {
        VEC_FIELDS(struct name);
    } names; /* sorted */
    size_t next;
    size_t path_length;          /* of walk.below up to this folder */
    const struct ignore *ignore; /* the rules in force here */
};

struct walk {
    const struct repo_walk_params *params;
    struct str shown;          /* the folder as given, "" for "." */
    struct str real;           /* its absolute path, which ignore rules are about */
    struct str below;          /* from there to where we are, "/src/a.c" */
    struct str path, absolute; /* scratch: whole paths */
    struct {
        VEC_FIELDS(struct level);
    } levels;
    struct {
        VEC_FIELDS(struct ignore *);
    } ignores; /* owned, freed at the end */
};

bool repo_is_binary(const char *bytes, size_t length) {
    return memchr(bytes, '\0', length < HEAD_BYTES ? length : HEAD_BYTES) != NULL;
}

/* Puts a folder and what lies below it ("" or "/...") together. */
static const char *join(struct str *path, const char *folder, const char *below) {
    str_clear(path);
    str_adds(path, folder);
    if (path->length && path->bytes[path->length - 1] == '/' && *below == '/') below++;
    str_adds(path, below);
    return path->bytes;
}

/* The path as the visitor sees it. */
static const char *shown_path(struct walk *walk) {
    if (walk->shown.length) return join(&walk->path, walk->shown.bytes, walk->below.bytes);
    return join(&walk->path, "", walk->below.length ? walk->below.bytes + 1 : ".");
}

static size_t read_head(int fd, char *bytes, size_t size) {
    size_t length = 0;
    while (length < size) {
        ssize_t got = read(fd, bytes + length, size - length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        length += (size_t)got;
    }
    return length;
}

static void say_look(struct walk *walk, const char *path, bool by_name) {
    if (walk->params->looks) walk->params->looks(path, by_name, walk->params->payload);
}

static void add_ignore_file(struct walk *walk, struct ignore *ignore, const char *folder, const char *name) {
    const char *path = join(&walk->path, folder, name);
    say_look(walk, path, false);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return;
    struct stat info;
    if (!fstat(fd, &info) && S_ISREG(info.st_mode)) {
        char *bytes = mem_alloc(IGNORE_FILE_SIZE_MAX);
        ignore_add(ignore, bytes, read_head(fd, bytes, IGNORE_FILE_SIZE_MAX));
        mem_free(bytes);
    }
    close(fd);
}

static bool may_have_rules(const char *name) {
    return !strcmp(name, ".git") || !strcmp(name, ".gitignore") || !strcmp(name, ".ignore");
}

static bool exists(struct walk *walk, const char *folder, const char *name) {
    const char *path = join(&walk->path, folder, name);
    say_look(walk, path, true);
    return !access(path, F_OK);
}

/* The rules in force in a folder (absolute path), given those above it. */
static const struct ignore *add_rules(struct walk *walk, const struct ignore *parent, const char *folder) {
    struct ignore *ignore = ignore_create(parent, folder);
    if (exists(walk, folder, "/.git")) add_ignore_file(walk, ignore, folder, "/.git/info/exclude");
    add_ignore_file(walk, ignore, folder, "/.gitignore");
    add_ignore_file(walk, ignore, folder, "/.ignore");
    if (ignore_is_empty(ignore)) {
        ignore_destroy(ignore);
        return parent;
    }
    vec_push(&walk->ignores, ignore);
    return ignore;
}

/* The rules of the folders above the first one, when they belong to the same repository. */
static const struct ignore *rules_above(struct walk *walk) {
    size_t root_length = 0;
    char *folder = mem_strdup(walk->real.bytes);
    for (char *slash;; *slash = '\0') { /* from the folder upwards, until the repository's root */
        if (exists(walk, folder, "/.git")) {
            root_length = strlen(folder);
            break;
        }
        slash = strrchr(folder, '/');
        if (!slash) break;
    }
    mem_free(folder);
    const struct ignore *ignore = NULL;
    const char *real = walk->real.bytes;
    if (!root_length) return NULL;
    for (size_t length = root_length;
         length < walk->real.length;) { /* and down again, without the folder itself */
        char *above = mem_strndup(real, length);
        ignore = add_rules(walk, ignore, above);
        mem_free(above);
        const char *slash = strchr(real + length + 1, '/');
        length = slash ? (size_t)(slash - real) : walk->real.length;
    }
    return ignore;
}

static int compare_names(const void *left, const void *right) {
    return strcmp(((const struct name *)left)->text, ((const struct name *)right)->text);
}

/* Where we are, by its absolute path. */
static const char *real_path(struct walk *walk) {
    return join(&walk->absolute, walk->real.bytes, walk->below.bytes);
}

static enum status enter(struct walk *walk, const struct ignore *above, struct error *error) {
    const char *path = shown_path(walk);
    say_look(walk, path, false);
    DIR *folder = opendir(path);
    if (!folder) return error_set(error, STATUS_IO, "%s: cannot read the folder: %s", path, strerror(errno));
    struct level level = {.path_length = walk->below.length};
    bool has_rules = false;
    for (struct dirent *entry; (entry = readdir(folder));) {
        has_rules |= may_have_rules(entry->d_name);
        if (entry->d_name[0] != '.')
            vec_push(&level.names, (struct name){mem_strdup(entry->d_name), entry->d_type});
    }
    closedir(folder);
    if (level.names.count > 1)
        qsort(level.names.items, level.names.count, sizeof *level.names.items, compare_names);
    level.ignore = has_rules ? add_rules(walk, above, real_path(walk)) : above;
    vec_push(&walk->levels, level);
    return STATUS_OK;
}

static void leave(struct walk *walk) {
    struct level *level = &walk->levels.items[--walk->levels.count];
    for (size_t i = level->next; i < level->names.count; i++)
        mem_free(level->names.items[i].text);
    vec_finish(&level->names);
}

/* By its name, which says that it is of this language (NULL: of none). */
static bool may_be_wanted(const struct repo_walk_params *params, const char *name,
                          const struct language *language) {
    if (params->also_suffix && str_ends_with(name, params->also_suffix)) return true;
    if (!language) return !strchr(name, '.');
    return !params->language || language == params->language;
}

/* By its content, if its name does not say enough. A file that cannot be opened is wanted: whoever reads it
 * will say why it fails. */
static bool is_wanted(const struct repo_walk_params *params, const char *path, const char *name,
                      const struct language *language) {
    if (params->also_suffix && str_ends_with(name, params->also_suffix)) return true;
    if (language && params->by_name) return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return language != NULL && errno == EACCES;
    char head[HEAD_BYTES];
    size_t length = read_head(fd, head, sizeof head);
    close(fd);
    if (repo_is_binary(head, length)) return false;
    language = language_of_file(name, head, length);
    return language && (!params->language || language == params->language);
}

/* As the folder says, or the file itself; of what is too large, nothing. */
static unsigned char type_of(const struct repo_walk_params *params, const char *path, unsigned char type) {
    if (params->by_name && type != DT_UNKNOWN) return type;
    struct stat info;
    uint64_t size_max = params->file_size_max ? params->file_size_max : REPO_FILE_SIZE_MAX;
    if (lstat(path, &info)) return DT_UNKNOWN;
    if (S_ISDIR(info.st_mode)) return DT_DIR;
    return S_ISREG(info.st_mode) && (uint64_t)info.st_size <= size_max ? DT_REG : DT_UNKNOWN;
}

/* Handles the next name of the innermost folder. false: the visitor has had enough. */
static bool step(struct walk *walk) {
    const struct repo_walk_params *params = walk->params;
    struct level *level = &walk->levels.items[walk->levels.count - 1];
    if (level->next == level->names.count) {
        leave(walk);
        return true;
    }
    unsigned char type = level->names.items[level->next].type;
    char *name = level->names.items[level->next++].text;
    const struct ignore *ignore = level->ignore;
    if (walk->below.length > level->path_length) {
        walk->below.length = level->path_length;
        walk->below.bytes[level->path_length] = '\0';
    }
    str_addc(&walk->below, '/');
    str_adds(&walk->below, name);

    bool go_on = true;
    const char *path = shown_path(walk);
    const struct language *language = type == DT_DIR ? NULL : language_of_path(name);
    bool may_be = may_be_wanted(params, name, language);
    if (params->looks && may_be && type != DT_DIR && !ignore_matches(ignore, real_path(walk), false))
        say_look(walk, path, false);
    type = type_of(params, path, type);
    bool is_folder = type == DT_DIR;
    if (is_folder || type == DT_REG) {
        const char *real = real_path(walk);
        bool ignored = ignore_matches(ignore, real, is_folder);
        if (!ignored && is_folder) {
            struct error error;
            if (enter(walk, ignore, &error) && params->complain)
                params->complain(error.message, params->payload);
        } else if (!ignored && may_be && is_wanted(params, path, name, language)) {
            go_on = params->visit(path, real, params->payload);
        }
    }
    mem_free(name);
    return go_on;
}

enum status repo_walk(const char *folder, const struct repo_walk_params *params, struct error *error) {
    struct walk walk = {.params = params};
    str_init(&walk.shown);
    str_init(&walk.real);
    str_init(&walk.below);
    str_init(&walk.path);
    str_init(&walk.absolute);
    if (strcmp(folder, ".") && strcmp(folder, "./")) str_adds(&walk.shown, folder);
    while (walk.shown.length > 1 && walk.shown.bytes[walk.shown.length - 1] == '/')
        walk.shown.bytes[--walk.shown.length] = '\0';
    char *real = realpath(folder, NULL);
    str_adds(&walk.real, real && strcmp(real, "/") ? real : real ? "" : folder);
    free(real);

    enum status status = enter(&walk, rules_above(&walk), error);
    bool go_on = true;
    while (!status && go_on && walk.levels.count) {
        if (cancel_reached(params->cancel))
            status = error_set(error, STATUS_CANCELLED, "%s: interrupted", folder);
        else
            go_on = step(&walk);
    }
    while (walk.levels.count)
        leave(&walk);
    for (size_t i = 0; i < walk.ignores.count; i++)
        ignore_destroy(walk.ignores.items[i]);
    vec_finish(&walk.ignores);
    vec_finish(&walk.levels);
    str_finish(&walk.absolute);
    str_finish(&walk.path);
    str_finish(&walk.below);
    str_finish(&walk.real);
    str_finish(&walk.shown);
    return status;
}
