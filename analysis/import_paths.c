/* Declarations: import_paths.h. Folders are strings without a slash at their end; the root is "". */
#include "analysis/import_paths.h"

#include <string.h>

#define PATH_BYTES_MAX 4096
#define ABOVE_MAX      12 /* folders above a file where its project may begin */

/* What is the same for all imports of a file; looked for when the first of them needs it. */
struct home {
    bool has_root, has_module; /* they were looked for */
    size_t root;               /* the length of the project's folder; SIZE_MAX: none */
    size_t module_folder;
    const char *module; /* of the go.mod there; NULL: there is none */
};

struct place {
    const struct path_probe *probe;
    struct home *home;
    const char *path; /* of the file that imports */
    const char *name; /* of the import: bytes and length */
    size_t length;
    const struct import_list *list;
    const struct import *import;
};

/* ---- folders ---- */

/* The length of the folder that holds the path's first `length` bytes. */
static size_t folder_of(const char *path, size_t length) {
    while (length > 0 && path[length - 1] != '/')
        length--;
    return length ? length - 1 : 0;
}

static size_t folder_above(const char *path, size_t length, unsigned up) {
    for (; up && length; up--)
        length = folder_of(path, length);
    return length;
}

/* False: it is too long. */
static bool join(char path[PATH_BYTES_MAX], const char *folder, size_t folder_length, const char *name,
                 size_t length, const char *suffix) {
    if (folder_length + length + strlen(suffix) + 2 > PATH_BYTES_MAX) return false;
    memcpy(path, folder, folder_length);
    size_t at = folder_length;
    if (length) path[at++] = '/';
    memcpy(path + at, name, length);
    strcpy(path + at + length, suffix);
    return true;
}

static bool probe_file(const struct place *place, size_t folder, const char *name, size_t length,
                       const char *suffix) {
    char path[PATH_BYTES_MAX];
    return join(path, place->path, folder, name, length, suffix) &&
           place->probe->file(path, true, place->probe->payload);
}

/* The nearest folder above the file that has one of the files; SIZE_MAX: none. */
static size_t look_for_root(const struct place *place, const char *const *markers) {
    size_t folder = folder_of(place->path, strlen(place->path));
    for (unsigned above = 0; above < ABOVE_MAX && folder; above++, folder = folder_of(place->path, folder))
        for (const char *const *marker = markers; *marker; marker++) {
            char path[PATH_BYTES_MAX];
            if (join(path, place->path, folder, *marker, strlen(*marker), "") &&
                place->probe->file(path, false, place->probe->payload))
                return folder;
        }
    return SIZE_MAX;
}

static size_t find_root(const struct place *place, const char *const *markers) {
    struct home *home = place->home;
    if (!home->has_root) home->root = look_for_root(place, markers);
    home->has_root = true;
    return home->root;
}

/* ---- Python ---- */

static bool probe_python(const struct place *place, size_t folder) {
    if (!place->length) return probe_file(place, folder, "__init__", 8, ".py");
    return probe_file(place, folder, place->name, place->length, ".py") ||
           probe_file(place, folder, place->name, place->length, "/__init__.py") ||
           probe_file(place, folder, place->name, place->length, ".pyi");
}

/* From the script's folder up to where the project begins, and in its `src`. */
static void python_paths(const struct place *place) {
    static const char *const markers[] = {"pyproject.toml", "setup.py", "setup.cfg", ".git/HEAD", NULL};
    size_t own = folder_of(place->path, strlen(place->path));
    if (place->import->base == IMPORT_FOLDER) {
        probe_python(place, folder_above(place->path, own, place->import->up));
        return;
    }
    if (probe_python(place, own)) return;
    size_t root = find_root(place, markers);
    if (root == SIZE_MAX) return;
    for (size_t folder = own; folder > root;) {
        folder = folder_of(place->path, folder);
        if (probe_python(place, folder)) return;
    }
    char name[IMPORT_NAME_MAX + 8] = "src/";
    struct place below = *place;
    if (place->length + 4 > sizeof name) return;
    memcpy(name + 4, place->name, place->length);
    below.name = name;
    below.length = place->length + 4;
    probe_python(&below, root);
}

/* ---- JavaScript, TypeScript ---- */

static bool ends_with(const struct place *place, const char *suffix) {
    size_t length = strlen(suffix);
    return place->length > length && memcmp(place->name + place->length - length, suffix, length) == 0;
}

/* What is written with its suffix may be compiled from TypeScript. */
static void script_paths(const struct place *place) {
    static const char *const suffixes[] = {".ts",  ".tsx", ".d.ts", ".js", ".jsx",
                                           ".mjs", ".cjs", ".mts",  ".cts"};
    static const char *const written[][3] = {
        {".js", ".ts", ".tsx"}, {".jsx", ".tsx", NULL}, {".mjs", ".mts", NULL}, {".cjs", ".cts", NULL}};
    size_t own = folder_of(place->path, strlen(place->path));
    size_t folder = folder_above(place->path, own, place->import->up);
    char path[IMPORT_NAME_MAX + 1];
    if (place->length > IMPORT_NAME_MAX) return;
    memcpy(path, place->name, place->length);
    path[place->length] = '\0';
    if (place->length && language_of_path(path) && probe_file(place, folder, place->name, place->length, ""))
        return;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        for (size_t k = 1; k < 3 && written[i][k] && ends_with(place, written[i][0]); k++)
            if (probe_file(place, folder, place->name, place->length - strlen(written[i][0]), written[i][k]))
                return;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && place->length; i++)
        if (probe_file(place, folder, place->name, place->length, suffixes[i])) return;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char index[16] = "/index";
        strcat(index, suffixes[i]);
        if (probe_file(place, folder, place->name, place->length, index)) return;
    }
}

/* ---- Go ---- */

static void probe_folder(const struct place *place, size_t folder, const char *name, size_t length) {
    char path[PATH_BYTES_MAX];
    if (join(path, place->path, folder, name, length, "")) place->probe->folder(path, place->probe->payload);
}

/* The module that the file is in; NULL: none. */
static const char *find_module(const struct place *place) {
    struct home *home = place->home;
    if (home->has_module) return home->module;
    home->has_module = true;
    size_t folder = folder_of(place->path, strlen(place->path));
    for (unsigned above = 0; above < ABOVE_MAX && folder && !home->module; above++) {
        char path[PATH_BYTES_MAX];
        if (!join(path, place->path, folder, "go.mod", 6, "")) break;
        home->module = place->probe->module(path, place->probe->payload);
        home->module_folder = folder;
        folder = folder_of(place->path, folder);
    }
    return home->module;
}

/* Packages of the module. */
static void go_paths(const struct place *place) {
    if (place->import->base == IMPORT_FOLDER) {
        probe_folder(place, folder_of(place->path, strlen(place->path)), "", 0);
        return;
    }
    const char *module = find_module(place);
    size_t length = module ? strlen(module) : 0, folder = place->home->module_folder;
    if (!length || place->length < length || memcmp(place->name, module, length) != 0) return;
    if (place->length == length)
        probe_folder(place, folder, "", 0);
    else if (place->name[length] == '/')
        probe_folder(place, folder, place->name + length + 1, place->length - length - 1);
}

/* ---- Rust ---- */

static bool is_module_file(const char *path, size_t folder) {
    const char *name = path + folder + (path[folder] == '/');
    return !strcmp(name, "main.rs") || !strcmp(name, "lib.rs") || !strcmp(name, "mod.rs");
}

/* The last names of a path may be items of the file that the ones before them name. */
static bool probe_rust(const struct place *place, size_t folder) {
    for (size_t length = place->length; length; length = folder_of(place->name, length)) {
        if (probe_file(place, folder, place->name, length, ".rs") ||
            probe_file(place, folder, place->name, length, "/mod.rs"))
            return true;
    }
    return false;
}

static void rust_paths(const struct place *place) {
    static const char *const markers[] = {"Cargo.toml", NULL};
    static const char suffix[] = ".rs";
    size_t own = folder_of(place->path, strlen(place->path)), length = strlen(place->path);
    if (place->import->base == IMPORT_ROOT) {
        size_t root = find_root(place, markers);
        if (root == SIZE_MAX) return;
        char source[PATH_BYTES_MAX];
        if (!join(source, place->path, root, "src", 3, "/")) return;
        struct place crate = *place;
        crate.path = source;
        size_t folder = strlen(source) - 1;
        if (!probe_rust(&crate, folder) && !probe_file(&crate, folder, "lib", 3, ".rs"))
            probe_file(&crate, folder, "main", 4, ".rs");
        return;
    }
    /* The file's own module is a folder of its name, or the folder it is in. */
    size_t stem = length - own > sizeof suffix ? length - (sizeof suffix - 1) : own;
    bool has_module = strcmp(place->path + stem, suffix) == 0 && !is_module_file(place->path, own);
    size_t module = has_module ? stem : own;
    size_t folder = folder_above(place->path, module, place->import->up);
    if (!probe_rust(place, folder) && place->import->up && !probe_file(place, folder, "mod", 3, ".rs"))
        if (!probe_file(place, folder, "lib", 3, ".rs")) probe_file(place, folder, "main", 4, ".rs");
}

/* ---- Java ---- */

/* The folder that packages begin in: the file's, without its package. Of tests also the one beside it. */
static void java_paths(const struct place *place) {
    size_t own = folder_of(place->path, strlen(place->path)), package = place->list->package_length;
    if (place->import->base == IMPORT_FOLDER) {
        probe_folder(place, own, "", 0);
        return;
    }
    const char *spelled = place->list->names.bytes + place->list->package;
    bool fits = own > package && memcmp(place->path + own - package, spelled, package) == 0 &&
                (!package || place->path[own - package - 1] == '/');
    if (!fits) return;
    size_t roots[2] = {package ? own - package - 1 : own}, count = 1;
    char main_path[PATH_BYTES_MAX];
    const char *paths[2] = {place->path};
    static const char tests[] = "src/test/java", sources[] = "src/main/java";
    size_t tail = sizeof tests - 1;
    if (roots[0] > tail && roots[0] < sizeof main_path &&
        !memcmp(place->path + roots[0] - tail, tests, tail)) {
        memcpy(main_path, place->path, roots[0]);
        memcpy(main_path + roots[0] - tail, sources, tail);
        main_path[roots[0]] = '\0';
        paths[count] = main_path;
        roots[count++] = roots[0];
    }
    for (size_t i = 0; i < count; i++) {
        struct place at = *place;
        at.path = paths[i];
        if (place->import->package) probe_folder(&at, roots[i], place->name, place->length);
        if (probe_file(&at, roots[i], place->name, place->length, ".java")) return;
        size_t outer = folder_of(place->name, place->length); /* a class in a class, or a member */
        if (outer && probe_file(&at, roots[i], place->name, outer, ".java")) return;
    }
}

void import_paths_probe(const struct language *language, const char *path, const struct import_list *list,
                        const struct path_probe *probe) {
    static void (*const ways[])(const struct place *) = {
        [IMPORTS_PYTHON] = python_paths, [IMPORTS_SCRIPT] = script_paths, [IMPORTS_GO] = go_paths,
        [IMPORTS_RUST] = rust_paths,     [IMPORTS_JAVA] = java_paths,
    };
    struct home home = {0};
    if (!ways[language->imports]) return;
    for (size_t i = 0; i < list->count; i++) {
        const struct import *import = &list->items[i];
        struct place place = {probe,          &home, path,  list->names.bytes + import->name,
                              import->length, list,  import};
        ways[language->imports](&place);
    }
}
