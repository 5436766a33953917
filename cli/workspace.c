#include "cli/workspace.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "cli/source.h"
#include "distributed/repo.h"
#include <stdlib.h>
#include <string.h>

/* A header that the build has not made from its template yet has nearly the same macros. */
#define TEMPLATE_SUFFIX ".h.in"

/* A path with the place of its last name. */
struct header_path {
    char *path;
    size_t name_at;
};

struct workspace {
    atomic_uint references;
    struct macro_index *index;
    struct {
        VEC_FIELDS(struct header_path);
    } headers; /* ascending by last name, then by path */
    size_t file_count;
};

struct collector {
    struct workspace *workspace;
    const char *root;
    const struct cancel *cancel;
    struct witness *witness;
    struct {
        VEC_FIELDS(struct macro_facts *);
    } facts;
    size_t bytes;
};

static bool visit(const char *path, const char *real, void *payload) {
    (void)real;
    struct collector *collector = payload;
    struct workspace *workspace = collector->workspace;
    if (cancel_reached(collector->cancel)) {
        witness_doubt(collector->witness); /* another run may have the time */
        return false;
    }
    if (str_ends_with(path, ".h") || str_ends_with(path, TEMPLATE_SUFFIX)) {
        const char *slash = strrchr(path, '/');
        vec_push(&workspace->headers,
                 (struct header_path){mem_strdup(path), slash ? (size_t)(slash - path) + 1 : 0});
    }
    struct source source;
    struct error error;
    if (source_read(path, language_find("c"), collector->cancel, &source, &error)) return true;
    if (source.length <= WORKSPACE_FILE_BYTES_MAX) {
        struct macro_facts *facts = macro_facts_scan(source.bytes, source.length, NULL);
        if (facts->macro_count > 0)
            vec_push(&collector->facts, facts);
        else
            macro_facts_unref(facts);
    }
    collector->bytes += source.length;
    source_finish(&source);
    return ++workspace->file_count < WORKSPACE_FILES_MAX && collector->bytes < WORKSPACE_BYTES_MAX;
}

static int compare_headers(const void *left, const void *right) {
    const struct header_path *a = left, *b = right;
    int order = strcmp(a->path + a->name_at, b->path + b->name_at);
    return order ? order : strcmp(a->path, b->path);
}

static void see(const char *path, bool by_name, void *payload) {
    struct collector *collector = payload;
    (by_name ? witness_see_name : witness_see)(collector->witness, path);
}

struct workspace *workspace_create(const char *root, const struct cancel *cancel, struct witness *witness) {
    struct workspace *workspace = mem_zalloc(sizeof *workspace);
    atomic_init(&workspace->references, 1);
    struct collector collector = {.workspace = workspace, .root = root, .cancel = cancel, .witness = witness};
    struct error error;
    struct repo_walk_params params = {.file_size_max = WORKSPACE_FILE_BYTES_MAX,
                                      .language = language_find("c"),
                                      .also_suffix = TEMPLATE_SUFFIX,
                                      .cancel = cancel,
                                      .looks = witness ? see : NULL,
                                      .visit = visit,
                                      .payload = &collector};
    if (repo_walk(root, &params, &error) == STATUS_CANCELLED) witness_doubt(witness);
    if (workspace->headers.count > 0)
        qsort(workspace->headers.items, workspace->headers.count, sizeof *workspace->headers.items,
              compare_headers);
    workspace->index = macro_index_create(collector.facts.items, collector.facts.count);
    for (size_t i = 0; i < collector.facts.count; i++)
        macro_facts_unref(collector.facts.items[i]);
    vec_finish(&collector.facts);
    return workspace;
}

struct workspace *workspace_ref(struct workspace *workspace) {
    atomic_fetch_add_explicit(&workspace->references, 1, memory_order_relaxed);
    return workspace;
}

void workspace_unref(struct workspace *workspace) {
    if (!workspace || atomic_fetch_sub_explicit(&workspace->references, 1, memory_order_acq_rel) != 1) return;
    macro_index_unref(workspace->index);
    for (size_t i = 0; i < workspace->headers.count; i++)
        mem_free(workspace->headers.items[i].path);
    vec_finish(&workspace->headers);
    mem_free(workspace);
}

struct macro_index *workspace_index(const struct workspace *workspace) {
    return workspace->index;
}

size_t workspace_file_count(const struct workspace *workspace) {
    return workspace->file_count;
}

static size_t common_prefix(const char *a, const char *b) {
    size_t length = 0;
    while (a[length] && a[length] == b[length])
        length++;
    return length;
}

static const char *find_named(const struct workspace *workspace, const char *name, const char *includer) {
    const char *slash = strrchr(name, '/');
    const char *last = slash ? slash + 1 : name;
    size_t length = strlen(name), low = 0, high = workspace->headers.count;
    const struct header_path *headers = workspace->headers.items;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(headers[middle].path + headers[middle].name_at, last) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const char *best = NULL;
    size_t best_common = 0;
    for (size_t i = low;
         i < workspace->headers.count && strcmp(headers[i].path + headers[i].name_at, last) == 0; i++) {
        const char *path = headers[i].path;
        size_t path_length = strlen(path);
        if (path_length <= length || path[path_length - length - 1] != '/' ||
            strcmp(path + path_length - length, name) != 0)
            continue;
        size_t common = includer ? common_prefix(path, includer) : 0;
        if (!best || common > best_common) best = path, best_common = common;
    }
    return best;
}

const char *workspace_find(const struct workspace *workspace, const char *name, const char *includer) {
    /* "../x.h" and "./x.h" say where; without that the name is still the file's. */
    while (str_starts_with(name, "../") || str_starts_with(name, "./"))
        name = strchr(name, '/') + 1;
    const char *found = find_named(workspace, name, includer);
    if (found || !str_ends_with(name, ".h")) return found;
    struct str template;
    str_init(&template);
    str_addf(&template, "%s.in", name);
    found = find_named(workspace, template.bytes, includer);
    str_finish(&template);
    return found;
}
