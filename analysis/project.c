/* Declarations: project.h. */
#include "analysis/project.h"

#include "base/mem.h"
#include "base/str.h"
#include <string.h>

static const char **copy_paths(const char *const *paths, size_t count) {
    const char **copies = mem_alloc((count ? count : 1) * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = mem_strdup(paths[i]);
    return copies;
}

static void free_paths(const char **paths, size_t count) {
    for (size_t i = 0; i < count; i++)
        mem_free((void *)paths[i]);
    mem_free(paths);
}

static void add_paths(struct str *all, const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++)
        str_add(all, paths[i], strlen(paths[i]) + 1);
    str_addf(all, "%zu", count);
}

struct project *project_create(const struct project_params *params) {
    struct project *project = mem_zalloc(sizeof *project);
    atomic_init(&project->references, 1);
    project->folder_count =
        params->folder_count < PROJECT_FOLDERS_MAX ? params->folder_count : PROJECT_FOLDERS_MAX;
    project->forced_count =
        params->forced_count < PROJECT_FORCED_MAX ? params->forced_count : PROJECT_FORCED_MAX;
    project->angled_from =
        params->angled_from < project->folder_count ? params->angled_from : project->folder_count;
    project->folders = copy_paths(params->folders, project->folder_count);
    project->forced = copy_paths(params->forced, project->forced_count);
    if (params->defines_length > 0)
        project->defines = macro_facts_scan(params->defines, params->defines_length, NULL);

    struct str all;
    str_init(&all);
    add_paths(&all, project->folders, project->folder_count);
    str_addf(&all, "/%zu", project->angled_from);
    project->folders_hash = hash64(all.bytes, all.length, 0);
    add_paths(&all, project->forced, project->forced_count);
    if (project->defines) str_add(&all, &project->defines->hash, sizeof project->defines->hash);
    project->hash = hash128(all.bytes, all.length);
    str_finish(&all);
    return project;
}

struct project *project_ref(struct project *project) {
    atomic_fetch_add_explicit(&project->references, 1, memory_order_relaxed);
    return project;
}

void project_unref(struct project *project) {
    if (!project || atomic_fetch_sub_explicit(&project->references, 1, memory_order_acq_rel) != 1) return;
    free_paths(project->folders, project->folder_count);
    free_paths(project->forced, project->forced_count);
    macro_facts_unref(project->defines);
    mem_free(project);
}
