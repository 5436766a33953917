/* headers.c: see headers.h. */
#include "lsp/headers.h"

#include "analysis/surroundings.h"
#include "lsp/handlers.h"
#include "lsp/publish.h"
#include "lsp/scan.h"
#include "lsp/uri.h"
#include "lsp/waiting.h"
#include <string.h>

struct header_note {
    struct note note;
    char *path; /* NULL: whatever is around */
};

/* The same text again, as a new snapshot, so that all that holds for snapshots holds. */
static void judge_again(struct core *core, struct open_document *document) {
    struct snapshot *old = document->snapshot, *snapshot;
    char *uri = mem_strdup(old->uri);
    uint64_t told_hash = document->told_hash;
    if (document_update(core->store, uri, old->version, old->text, &snapshot) == STATUS_OK) {
        open_document_forget(core, document);
        document->snapshot = snapshot_ref(snapshot);
        document->told_hash = told_hash; /* what the client has still stands, and may turn out to be right */
        snapshot_unref(old);
        session_submit(core->session, snapshot);
    }
    mem_free(uri);
}

/* path NULL: all whose surroundings are not what they were. */
static void judge_includers(struct core *core, const char *path) {
    if (!core->session) return;
    for (size_t i = 0; i < core->documents.count; i++) {
        struct open_document *document = &core->documents.items[i];
        if (session_depends_on(core->session, document->snapshot->uri, path)) judge_again(core, document);
    }
}

static void deliver(struct core *core, struct note *note) {
    struct header_note *taken = (struct header_note *)note;
    if (!taken->path) atomic_fetch_add(&core->around_changes, 1), scan_memory_touch(core->scan_memory);
    judge_includers(core, taken->path);
    mem_free(taken->path);
    mem_free(taken);
}

static void post(struct core *core, const char *path) {
    struct header_note *note = mem_zalloc(sizeof *note);
    note->note.deliver = deliver;
    if (path) note->path = mem_strdup(path);
    core_post(core, &note->note);
}

void headers_post(const char *path, void *payload) {
    post(payload, path);
}

void headers_post_around(void *listener) {
    post(listener, NULL);
}

void headers_touch(struct core *core, const char *uri) {
    const struct server_params *params = core->params;
    if (!params->touch || core_document(core, uri)) return; /* of an open one the text counts */
    char *path = uri_to_path(uri);
    if (path) path_normalize(path);
    if (path && params->touch(path, params->payload)) {
        atomic_fetch_add(&core->around_changes, 1);
        judge_includers(core, NULL);
    }
    mem_free(path);
}

void headers_refresh(struct core *core, const char *saved_uri) {
    const struct server_params *params = core->params;
    if (!params->surroundings) return;
    char *path = saved_uri ? uri_to_path(saved_uri) : NULL;
    if (path) path_normalize(path);
    /* Files that are not open are judged by what was saved from now on. */
    if (path && (header_cache_knows(surroundings_headers(params->surroundings), path) ||
                 name_cache_knows(surroundings_names(params->surroundings), path)))
        atomic_fetch_add(&core->around_changes, 1);
    mem_free(path);
    if (params->refresh) params->refresh(params->payload);
}
