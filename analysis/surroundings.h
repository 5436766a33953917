/* surroundings.h: what is around documents, for all of them: of C headers, projects, workspaces; of other
 * languages the names of what is imported.
 *
 * The engine reads no files. Whoever can (cli/) gives a reader and says what project and which workspace a
 * file of C belongs to; all of it is asked for only when a document can't be understood without.
 *
 * Owns    the caches of headers and names.
 * Threads any thread; so are the callbacks called, and several of them at once.
 * Errors  none: what is not there is not known.
 * Units   paths are absolute and normalised (path_normalize). */
#ifndef NOODLE_SURROUNDINGS_H
#define NOODLE_SURROUNDINGS_H

#include "analysis/header.h"
#include "analysis/macro_index.h"
#include "analysis/name_cache.h"

struct surroundings;

struct surroundings_params {
    struct source_reader reader;
    /* Both give a reference to the caller, and NULL for nothing; path NULL is a text without a file. NULL
     * functions know nothing. They answer from memory when they were asked before. */
    struct project *(*project_of)(const char *path, void *payload);
    struct macro_index *(*workspace_of)(const char *path, void *payload);
    void *payload;
    /* The owner tells of files that change, with name_cache_touch and name_cache_refresh; else imported files
     * are asked for at each look. */
    bool watched;
};

struct surroundings *surroundings_create(const struct surroundings_params *params);
void surroundings_destroy(struct surroundings *surroundings); /* after all environments; NULL is harmless */

struct header_cache *surroundings_headers(struct surroundings *surroundings);
struct name_cache *surroundings_names(struct surroundings *surroundings);
struct project *surroundings_project(struct surroundings *surroundings, const char *path);
struct macro_index *surroundings_workspace(struct surroundings *surroundings, const char *path);

/* Projects or workspaces are not what they were. */
void surroundings_changed(struct surroundings *surroundings);
/* Grows with every change of anything that macros depend on, headers included: what was found at a revision
 * is right at the same one. */
uint64_t surroundings_revision(struct surroundings *surroundings);

#endif
