/* waiting.c: see waiting.h. A handler may send, but adds nothing to the list; only handle_again does. */
#include "lsp/waiting.h"

#include "lsp/protocol.h"
#include <string.h>

/* A client that asks faster than it types gets answers from what is there. */
#define WAITING_MAX 1024

static void finish_entry(struct waiting *entry) {
    mem_free(entry->id);
    mem_free(entry->method);
    mem_free(entry->uri);
    json_object_put(entry->params);
}

static struct waiting take_entry(struct core *core, size_t index) {
    struct waiting entry = core->waiting.items[index];
    size_t after = core->waiting.count - index - 1;
    memmove(core->waiting.items + index, core->waiting.items + index + 1, after * sizeof entry);
    core->waiting.count--;
    return entry;
}

static void handle_again(struct core *core, struct waiting *entry, bool last_chance) {
    struct request request = {.id = entry->id,
                              .method = entry->method,
                              .params = entry->params,
                              .received_ns = entry->received_ns,
                              .waited = true,
                              .last_chance = last_chance};
    if (entry->handle(core, &request) == HANDLED_WAIT)
        vec_push(&core->waiting, *entry);
    else
        finish_entry(entry);
}

void waiting_add(struct core *core, const struct request *request, handler *handle) {
    struct error error;
    const char *uri = request->uri ? request->uri : protocol_document_uri(request->params, &error);
    struct waiting entry = {.id = mem_strdup(request->id),
                            .method = mem_strdup(request->method),
                            .uri = mem_strdup(uri ? uri : ""),
                            .params = json_object_get(request->params),
                            .handle = handle,
                            .received_ns = request->received_ns,
                            .deadline_ns = request->received_ns + request->wait_ns,
                            .bound = request->bound};
    if (core->waiting.count >= WAITING_MAX)
        handle_again(core, &entry, true);
    else
        vec_push(&core->waiting, entry);
}

/* Entries that go on waiting return to the end, beyond those that are looked at. */
void waiting_retry(struct core *core, const char *uri) {
    size_t left = core->waiting.count;
    for (size_t i = 0; left > 0; left--) {
        if (strcmp(core->waiting.items[i].uri, uri) != 0) {
            i++;
            continue;
        }
        struct waiting entry = take_entry(core, i);
        handle_again(core, &entry, false);
    }
}

static void refuse_entries(struct core *core, const char *uri, bool only_bound, const char *why) {
    for (size_t i = 0; i < core->waiting.count;) {
        struct waiting *entry = &core->waiting.items[i];
        if ((only_bound && !entry->bound) || strcmp(entry->uri, uri) != 0) {
            i++;
            continue;
        }
        struct waiting taken = take_entry(core, i);
        outgoing_error(&core->outgoing, taken.id, RPC_CONTENT_MODIFIED, why);
        finish_entry(&taken);
    }
}

void waiting_text_changed(struct core *core, const char *uri) {
    refuse_entries(core, uri, true, "the document changed meanwhile");
}

void waiting_closed(struct core *core, const char *uri) {
    refuse_entries(core, uri, false, "the document was closed meanwhile");
}

static void cancel_entry(struct core *core, size_t index) {
    struct waiting entry = take_entry(core, index);
    outgoing_error(&core->outgoing, entry.id, RPC_REQUEST_CANCELLED, "cancelled");
    finish_entry(&entry);
}

bool waiting_cancel(struct core *core, const char *id) {
    for (size_t i = 0; i < core->waiting.count; i++) {
        if (strcmp(core->waiting.items[i].id, id) != 0) continue;
        cancel_entry(core, i);
        return true;
    }
    return false;
}

void waiting_cancel_all(struct core *core) {
    while (core->waiting.count)
        cancel_entry(core, 0);
    vec_finish(&core->waiting);
}

void waiting_expire(struct core *core, uint64_t now_ns) {
    for (size_t i = 0; i < core->waiting.count;) {
        if (core->waiting.items[i].deadline_ns > now_ns) {
            i++;
            continue;
        }
        struct waiting entry = take_entry(core, i);
        handle_again(core, &entry, true);
    }
}

uint64_t waiting_next_deadline_ns(const struct core *core) {
    uint64_t next = 0;
    for (size_t i = 0; i < core->waiting.count; i++) {
        uint64_t deadline_ns = core->waiting.items[i].deadline_ns;
        if (!next || deadline_ns < next) next = deadline_ns;
    }
    return next;
}
