/* core.c: see core.h. Life of a connection's state: made, fed with bodies, drained of what threads bring,
 * taken down. */
#include "lsp/core.h"

#include "base/clock.h"
#include "lsp/dispatch.h"
#include "lsp/folders.h"
#include "lsp/headers.h"
#include "lsp/job.h"
#include "lsp/protocol.h"
#include "lsp/publish.h"
#include "lsp/scan.h"
#include "lsp/state.h"
#include "lsp/waiting.h"
#include "lsp/warming.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void send_unless_exited(const char *bytes, size_t length, void *payload) {
    struct core *core = payload;
    if (core->phase != PHASE_EXITED) core->io.send(bytes, length, core->io.payload);
}

static void wake(void *payload) {
    struct core *core = payload;
    core->io.wake(core->io.payload);
}

struct core *core_create(const struct server_params *params, const struct core_io *io) {
    struct core *core = mem_zalloc(sizeof *core);
    core->params = params;
    core->io = *io;
    core->exit_code = 1;
    core->started_ns = clock_now_ns();
    core->settings = params->settings;
    core->meter = params->meter;
    core->parser = rpc_parser_create();
    outgoing_init(&core->outgoing, send_unless_exited, core);
    capabilities_read(&core->client, NULL);
    core->store = document_store_create();
    core->latency = latency_create();
    core->inbox = inbox_create(wake, core);
    core->scan_memory = scan_memory_create();
    atomic_init(&core->around_changes, 0);
    if (params->surroundings && params->listen) params->listen(headers_post_around, core, params->payload);
    return core;
}

void core_destroy(struct core *core) {
    if (!core) return;
    core->phase = PHASE_EXITED;
    if (core->params->surroundings && core->params->listen)
        core->params->listen(NULL, NULL, core->params->payload);
    waiting_cancel_all(core);
    job_cancel_all(core);
    warming_end(core);
    pool_destroy(core->outline_pool);
    pool_destroy(core->scan_pool);
    while (core->documents.count) {
        struct open_document *document = &core->documents.items[--core->documents.count];
        open_document_forget(core, document);
        snapshot_unref(document->snapshot);
    }
    vec_finish(&core->documents);
    /* Notes that are on their way release what they hold through the session, so it goes after them; new ones
     * can come only from the session's own threads, and find no document. */
    core_drain(core);
    struct session *session = core->session;
    session_destroy(session);
    core->session = NULL;
    core_drain(core);
    inbox_destroy(core->inbox);
    vec_finish(&core->jobs);
    parser_destroy(core->outline_parser);
    scan_memory_destroy(core->scan_memory);
    folders_clear(core);
    vec_finish(&core->sent);
    document_store_destroy(core->store);
    latency_destroy(core->latency);
    json_object_put(core->initialize_settings);
    json_object_put(core->editor_settings);
    outgoing_finish(&core->outgoing);
    rpc_parser_destroy(core->parser);
    mem_free(core->shutdown_id);
    mem_free(core);
}

void core_note_turn(const struct core *core, uint64_t busy_ns) {
    if (core->meter) meter_record(core->meter, STAGE_LOOP, busy_ns);
}

void core_receive(struct core *core, const char *body, size_t length) {
    uint64_t received_ns = clock_now_ns();
    struct rpc_message message;
    struct error error;
    enum rpc_code code;
    if (rpc_parse(core->parser, body, length, &message, &code, &error) == STATUS_OK) {
        if (core->meter) meter_record(core->meter, STAGE_DECODE, clock_now_ns() - received_ns);
        dispatch_message(core, &message, received_ns);
    } else {
        outgoing_error(&core->outgoing, message.id, code, error.message);
    }
    rpc_finish(&message);
    core_drain(core);
}

void core_report_fault(struct core *core, const struct error *error) {
    enum rpc_code code = error->status == STATUS_MALFORMED ? RPC_PARSE_ERROR : RPC_INVALID_REQUEST;
    outgoing_error(&core->outgoing, NULL, code, error->message);
}

void core_post(struct core *core, struct note *note) {
    inbox_put(core->inbox, &note->link);
}

/* Once the requests before it are answered. */
static void answer_shutdown(struct core *core) {
    if (!core->shutdown_id || core->waiting.count || core->jobs.count) return;
    outgoing_null(&core->outgoing, core->shutdown_id);
    mem_free(core->shutdown_id);
    core->shutdown_id = NULL;
    if (core->exit_wanted) core->phase = PHASE_EXITED;
}

void core_drain(struct core *core) {
    struct inbox_message *message;
    while ((message = inbox_take(core->inbox))) {
        while (message) {
            struct note *note = (struct note *)message;
            message = message->next;
            note->deliver(core, note);
        }
    }
    answer_shutdown(core);
}

bool core_is_leaving(const struct core *core) {
    return core->exit_wanted;
}

bool core_is_idle(const struct core *core) {
    for (size_t i = 0; i < core->documents.count; i++)
        if (core->documents.items[i].snapshot->language && !core->documents.items[i].ready) return false;
    return core->waiting.count == 0 && core->jobs.count == 0 && !core->shutdown_id;
}

void core_resume(struct core *core) {
    for (size_t i = 0; i < core->documents.count; i++)
        if (core->documents.items[i].unpublished) publish_document(core, &core->documents.items[i]);
}

uint64_t core_next_deadline_ns(const struct core *core) {
    return waiting_next_deadline_ns(core);
}

void core_expire(struct core *core, uint64_t now_ns) {
    waiting_expire(core, now_ns);
    core_drain(core);
}

bool core_exited(const struct core *core, int *ret_code) {
    if (core->phase != PHASE_EXITED) return false;
    *ret_code = core->exit_code;
    return true;
}

int core_exit_code(const struct core *core) {
    return core->exit_code;
}

struct open_document *core_document(struct core *core, const char *uri) {
    for (size_t i = 0; i < core->documents.count; i++)
        if (strcmp(core->documents.items[i].snapshot->uri, uri) == 0) return &core->documents.items[i];
    return NULL;
}

void open_document_forget(struct core *core, struct open_document *document) {
    analysis_unref(document->analysis);
    document->analysis = NULL;
    if (document->syntax) session_drop_syntax(core->session, document->syntax);
    document->syntax = NULL;
    document->ready = document->unpublished = document->sampled = false;
    document->told_hash = 0;
    document->times = (struct stage_times){0};
}

enum handled request_refuse(struct core *core, const struct request *request, const struct error *error) {
    if (request->id)
        outgoing_error(&core->outgoing, request->id, RPC_INVALID_PARAMS, error->message);
    else
        client_log(core, LOG_ERROR, "%s is ignored: %s", request->method, error->message);
    return HANDLED;
}

struct open_document *request_document(struct core *core, const struct request *request) {
    struct error error;
    const char *uri = protocol_document_uri(request->params, &error);
    struct open_document *document = uri ? core_document(core, uri) : NULL;
    if (document) return document;
    if (uri) error_set(&error, STATUS_NOT_FOUND, "the document is not open; didOpen has to come first");
    request_refuse(core, request, &error);
    return NULL;
}

/* window/logMessage's numbers: 1 error, 2 warning, 3 info, 4 log. */
static void send_log(struct core *core, enum log_level level, const char *message) {
    if (core->phase != PHASE_READY) {
        if (level == LOG_ERROR) fprintf(stderr, "noodle-lsp: %s\n", message);
        return;
    }
    enum log_level shown = core->trace == TRACE_VERBOSE    ? LOG_DEBUG
                           : core->trace == TRACE_MESSAGES ? LOG_INFO
                                                           : LOG_WARNING;
    if (level > shown) return;
    struct emit *emit = outgoing_notification(&core->outgoing, "window/logMessage");
    emit_open_object(emit);
    emit_int_at(emit, "type", (int64_t)level + 1);
    emit_text_at(emit, "message", message);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
}

void client_log(struct core *core, enum log_level level, const char *format, ...) {
    char message[ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    send_log(core, level, message);
}

struct log_note {
    struct note note;
    enum log_level level;
    char message[];
};

static void deliver_log(struct core *core, struct note *note) {
    struct log_note *log = (struct log_note *)note;
    send_log(core, log->level, log->message);
    mem_free(log);
}

void core_post_log(struct core *core, enum log_level level, const char *message) {
    size_t length = strlen(message);
    struct log_note *log = mem_alloc(sizeof *log + length + 1);
    log->note.deliver = deliver_log;
    log->level = level;
    memcpy(log->message, message, length + 1);
    core_post(core, &log->note);
}

struct emit *client_request(struct core *core, const char *method,
                            void (*answered)(struct core *core, struct json_object *result)) {
    int64_t id;
    struct emit *emit = outgoing_request(&core->outgoing, method, &id);
    vec_push(&core->sent, (struct sent_request){id, answered});
    return emit;
}
