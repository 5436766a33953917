/* handle_document.c: the documents a client has open, from didOpen to didClose. Nothing here is proportional
 * to the size of a document, except taking in its whole text. */
#include "base/clock.h"
#include "lsp/handlers.h"
#include "lsp/headers.h"
#include "lsp/protocol.h"
#include "lsp/publish.h"
#include "lsp/scan.h"
#include "lsp/uri.h"
#include "lsp/waiting.h"
#include "lsp/warming.h"
#include <string.h>
#include <strings.h>

/* How many bytes tell by a "#!" line which language a file is in. */
#define FIRST_LINE_BYTES 128

/* Languages that are none of ours, but whose files may end like ours: their name decides, not the file's. */
static const char *const foreign_ids[] = {"cpp",    "c++",  "objective-c", "objective-cpp", "objc",
                                          "objcpp", "cuda", "cuda-cpp",    "opencl",        "arduino"};

static const struct language *language_of_document(const char *id, const char *uri, const char *text,
                                                   size_t length) {
    char *path = uri_to_path(uri);
    const struct language *by_id = language_find(id);
    const struct language *by_path =
        language_of_file(path ? path : uri, text, length < FIRST_LINE_BYTES ? length : FIRST_LINE_BYTES);
    mem_free(path);
    if (by_id) {
        /* An editor that knows one language only where we know a lenient dialect: the file's name tells more.
         */
        bool lenient = by_path && by_path->grammar == by_id->grammar &&
                       (by_id->flags & LANGUAGE_COMMENTS_REFUSED) &&
                       !(by_path->flags & LANGUAGE_COMMENTS_REFUSED);
        return lenient ? by_path : by_id;
    }
    for (size_t i = 0; i < sizeof foreign_ids / sizeof *foreign_ids; i++)
        if (strcasecmp(id, foreign_ids[i]) == 0) return NULL;
    return by_path;
}

/* The store has a new snapshot of the document: nothing older counts from here on. */
static void take_snapshot(struct core *core, struct open_document *document, struct snapshot *snapshot,
                          uint64_t received_ns, uint64_t decoded_ns) {
    open_document_forget(core, document);
    snapshot_unref(document->snapshot);
    document->snapshot = snapshot_ref(snapshot);
    document->text_number = ++core->text_count;
    document->times.ns[STAGE_DECODE] = decoded_ns - received_ns;
    document->times.ns[STAGE_STORE] = clock_now_ns() - decoded_ns;
    if (core->meter) meter_record(core->meter, STAGE_STORE, document->times.ns[STAGE_STORE]);
    warming_hold(core);
    session_submit(core->session, snapshot);
}

enum handled handle_did_open(struct core *core, struct request *request) {
    uint64_t decoded_ns = clock_now_ns();
    struct error error;
    struct json_object *item = protocol_object(request->params, "textDocument", &error);
    const char *uri = item ? protocol_string(item, "uri", &error) : NULL;
    struct json_object *text = protocol_field(item, "text");
    if (!uri) return request_refuse(core, request, &error);
    if (!json_object_is_type(text, json_type_string)) {
        error_set(&error, STATUS_INVALID, "textDocument.text has to be a string");
        return request_refuse(core, request, &error);
    }
    int64_t version = 0;
    protocol_integer(item, "version", &version, &error);
    const char *id = protocol_string(item, "languageId", &error);
    const char *bytes = json_object_get_string(text);
    size_t length = (size_t)json_object_get_string_len(text);

    struct snapshot *snapshot;
    const struct language *language = language_of_document(id ? id : "", uri, bytes, length);
    enum status status = document_open(core->store, uri, language, version, bytes, length, &snapshot);
    if (status != STATUS_OK) {
        client_log(core, LOG_ERROR, "a document of %zu bytes was not opened: %s", length,
                   status_text(status));
        return HANDLED;
    }
    if (!language)
        client_log(core, LOG_INFO, "language %.50s is not one of ours; the document is left alone",
                   id ? id : "?");
    struct open_document *document = core_document(core, uri);
    if (document) {
        client_log(core, LOG_WARNING, "didOpen for a document that is open; its text is replaced");
        waiting_text_changed(core, uri);
    } else {
        vec_push(&core->documents, (struct open_document){.snapshot = snapshot_ref(snapshot)});
        document = &core->documents.items[core->documents.count - 1];
    }
    take_snapshot(core, document, snapshot, request->received_ns, decoded_ns);
    warming_opened(core, snapshot);
    headers_refresh(core, NULL);
    return HANDLED;
}

/* NULL, or what is wrong with the list. All is checked before anything is applied. */
static const char *check_changes(struct json_object *changes) {
    for (size_t i = 0; i < json_object_array_length(changes); i++) {
        struct json_object *change = json_object_array_get_idx(changes, i);
        struct position_range range;
        if (!json_object_is_type(protocol_field(change, "text"), json_type_string))
            return "contentChanges[].text has to be a string";
        if (protocol_field(change, "range") && !protocol_range(change, "range", &range, NULL))
            return "contentChanges[].range has to be a range: start and end, each with line and character "
                   "from 0";
    }
    return NULL;
}

static enum status apply_change(struct core *core, const struct text *text, struct json_object *change,
                                struct text **ret_text) {
    struct json_object *replacement = protocol_field(change, "text");
    const char *bytes = json_object_get_string(replacement);
    size_t length = (size_t)json_object_get_string_len(replacement);
    struct position_range range;
    if (!protocol_range(change, "range", &range, NULL)) return text_create(bytes, length, ret_text);
    uint32_t start = position_to_byte(text, range.start, core->client.encoding);
    uint32_t end = position_to_byte(text, range.end, core->client.encoding);
    return start <= end ? text_splice(text, start, end, bytes, length, ret_text)
                        : text_splice(text, end, start, bytes, length, ret_text);
}

/* Each change is in positions of the text that the one before it made. */
static enum status apply_changes(struct core *core, struct text *text, struct json_object *changes,
                                 struct text **ret_text) {
    text = text_ref(text);
    for (size_t i = 0; i < json_object_array_length(changes); i++) {
        struct text *next;
        enum status status = apply_change(core, text, json_object_array_get_idx(changes, i), &next);
        text_unref(text);
        if (status != STATUS_OK) return status;
        text = next;
    }
    *ret_text = text;
    return STATUS_OK;
}

enum handled handle_did_change(struct core *core, struct request *request) {
    uint64_t decoded_ns = clock_now_ns();
    struct error error;
    struct open_document *document = request_document(core, request);
    if (!document) return HANDLED;
    struct json_object *changes = protocol_array(request->params, "contentChanges", &error);
    if (!changes) return request_refuse(core, request, &error);
    const char *wrong = check_changes(changes);
    if (wrong) {
        error_set(&error, STATUS_INVALID, "%s", wrong);
        return request_refuse(core, request, &error);
    }
    /* The client's numbers are the ones it compares our diagnostics with, whatever they are. */
    int64_t version, last = document->snapshot->version;
    if (!protocol_integer(protocol_field(request->params, "textDocument"), "version", &version, &error)) {
        version = last + 1;
        client_log(core, LOG_WARNING, "didChange without a version; %lld is assumed", (long long)version);
    } else if (version <= last) {
        client_log(core, LOG_WARNING, "didChange with version %lld after %lld; versions have to grow",
                   (long long)version, (long long)last);
    }
    struct text *text;
    enum status status = apply_changes(core, document->snapshot->text, changes, &text);
    if (status != STATUS_OK) {
        client_log(core, LOG_ERROR, "a change was not applied: %s; open the document again",
                   status_text(status));
        return HANDLED;
    }
    char *uri = mem_strdup(document->snapshot->uri);
    struct snapshot *snapshot;
    if (document_update(core->store, uri, version, text, &snapshot) == STATUS_OK) {
        waiting_text_changed(core, uri);
        take_snapshot(core, document, snapshot, request->received_ns, decoded_ns);
        if (!core->files_watched) headers_refresh(core, NULL); /* nobody else tells */
    }
    text_unref(text);
    mem_free(uri);
    return HANDLED;
}

enum handled handle_did_save(struct core *core, struct request *request) {
    struct open_document *document = request_document(core, request);
    if (!document) return HANDLED;
    scan_memory_touch(core->scan_memory);
    headers_refresh(core, document->snapshot->uri);
    return HANDLED;
}

enum handled handle_did_close(struct core *core, struct request *request) {
    struct open_document *document = request_document(core, request);
    if (!document) return HANDLED;
    struct snapshot *snapshot = document->snapshot;
    open_document_forget(core, document);
    /* The last one moves into the gap: nothing depends on the order. */
    *document = core->documents.items[--core->documents.count];
    session_close(core->session, snapshot->uri);
    document_close(core->store, snapshot->uri);
    latency_forget(core->latency, snapshot->uri);
    waiting_closed(core, snapshot->uri);
    publish_clear(core, snapshot->uri);
    scan_memory_touch(core->scan_memory);
    snapshot_unref(snapshot);
    return HANDLED;
}
