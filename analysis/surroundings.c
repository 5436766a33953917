/* Declarations: surroundings.h. */
#include "analysis/surroundings.h"

#include "base/mem.h"

struct surroundings {
    struct surroundings_params params;
    struct header_cache *headers;
    struct name_cache *names;
};

struct surroundings *surroundings_create(const struct surroundings_params *params) {
    struct surroundings *surroundings = mem_zalloc(sizeof *surroundings);
    surroundings->params = *params;
    surroundings->headers = header_cache_create(&params->reader);
    surroundings->names = name_cache_create(&params->reader, params->watched);
    return surroundings;
}

void surroundings_destroy(struct surroundings *surroundings) {
    if (!surroundings) return;
    header_cache_destroy(surroundings->headers);
    name_cache_destroy(surroundings->names);
    mem_free(surroundings);
}

struct header_cache *surroundings_headers(struct surroundings *surroundings) {
    return surroundings->headers;
}

struct name_cache *surroundings_names(struct surroundings *surroundings) {
    return surroundings->names;
}

struct project *surroundings_project(struct surroundings *surroundings, const char *path) {
    const struct surroundings_params *params = &surroundings->params;
    return params->project_of ? params->project_of(path, params->payload) : NULL;
}

struct macro_index *surroundings_workspace(struct surroundings *surroundings, const char *path) {
    const struct surroundings_params *params = &surroundings->params;
    return params->workspace_of ? params->workspace_of(path, params->payload) : NULL;
}

void surroundings_changed(struct surroundings *surroundings) {
    header_cache_reroute(surroundings->headers);
}

uint64_t surroundings_revision(struct surroundings *surroundings) {
    return header_cache_revision(surroundings->headers);
}
