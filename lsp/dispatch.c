/* dispatch.c: see dispatch.h. */
#include "lsp/dispatch.h"

#include "base/clock.h"
#include "lsp/handlers.h"
#include "lsp/job.h"
#include "lsp/protocol.h"
#include "lsp/waiting.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum handled handle_cancel_request(struct core *core, struct request *request) {
    char *id = rpc_id_text(protocol_field(request->params, "id"));
    if (id && !waiting_cancel(core, id)) job_cancel(core, id);
    mem_free(id);
    return HANDLED;
}

static const struct method {
    const char *name;
    bool is_request;
    handler *handle;
} methods[] = {
    {"initialize", true, handle_initialize},
    {"initialized", false, handle_initialized},
    {"shutdown", true, handle_shutdown},
    {"exit", false, handle_exit},
    {"$/cancelRequest", false, handle_cancel_request},
    {"$/setTrace", false, handle_set_trace},
    {"textDocument/didChange", false, handle_did_change},
    {"textDocument/didOpen", false, handle_did_open},
    {"textDocument/didSave", false, handle_did_save},
    {"textDocument/didClose", false, handle_did_close},
    {"textDocument/codeAction", true, handle_code_action},
    {"codeAction/resolve", true, handle_code_action_resolve},
    {"workspace/executeCommand", true, handle_execute_command},
    {"textDocument/diagnostic", true, handle_document_diagnostic},
    {"workspace/diagnostic", true, handle_workspace_diagnostic},
    {"window/workDoneProgress/cancel", false, handle_progress_cancel},
    {"textDocument/inlineCompletion", true, handle_inline_completion},
    {"textDocument/documentSymbol", true, handle_document_symbol},
    {"textDocument/foldingRange", true, handle_folding_range},
    {"textDocument/selectionRange", true, handle_selection_range},
    {"workspace/didChangeConfiguration", false, handle_did_change_configuration},
    {"workspace/didChangeWatchedFiles", false, handle_did_change_watched_files},
    {"workspace/didChangeWorkspaceFolders", false, handle_did_change_workspace_folders},
    {"noodle/status", true, handle_status},
};

static const struct method *find_method(const char *name) {
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0) return &methods[i];
    return NULL;
}

static void take_response(struct core *core, const struct rpc_message *message) {
    int64_t id = message->id ? strtoll(message->id, NULL, 10) : 0;
    for (size_t i = 0; i < core->sent.count; i++) {
        struct sent_request sent = core->sent.items[i];
        if (sent.id != id) continue;
        core->sent.items[i] = core->sent.items[--core->sent.count];
        if (sent.answered) sent.answered(core, message->failed ? NULL : message->result);
        return;
    }
}

/* Whether the message may be handled in this phase; refuses requests that may not. */
static bool allowed(struct core *core, const struct rpc_message *message) {
    if (strcmp(message->method, "exit") == 0) return true;
    bool is_initialize = strcmp(message->method, "initialize") == 0;
    enum rpc_code code = RPC_INVALID_REQUEST;
    const char *why;
    if (core->phase == PHASE_NEW && !is_initialize) {
        code = RPC_SERVER_NOT_INITIALIZED;
        why = "initialize has to come first";
    } else if (core->phase == PHASE_SHUTDOWN) {
        why = "the server was shut down; only exit may follow";
    } else if (core->phase == PHASE_READY && is_initialize) {
        why = "initialize may come only once";
    } else {
        return true;
    }
    if (message->kind == RPC_REQUEST) outgoing_error(&core->outgoing, message->id, code, why);
    return false;
}

static void refuse_method(struct core *core, const struct rpc_message *message) {
    if (message->kind != RPC_REQUEST) {
        client_log(core, LOG_DEBUG, "notification %.100s is not known and left alone", message->method);
        return;
    }
    struct error error;
    error_set(&error, STATUS_UNSUPPORTED, "method %.200s is not known", message->method);
    outgoing_error(&core->outgoing, message->id, RPC_METHOD_NOT_FOUND, error.message);
}

static void trace_method(struct core *core, const struct rpc_message *message, uint64_t received_ns,
                         bool waits) {
    if (core->trace == TRACE_OFF || core->phase == PHASE_EXITED) return;
    struct emit *emit = outgoing_notification(&core->outgoing, "$/logTrace");
    emit_open_object(emit);
    char text[256];
    double ms = (double)(clock_now_ns() - received_ns) / 1e6;
    snprintf(text, sizeof text, "%.160s %s after %.3f ms", message->method,
             waits ? "waits for its document" : "handled", ms);
    emit_text_at(emit, "message", text);
    if (core->trace == TRACE_VERBOSE) {
        snprintf(text, sizeof text, "id %.100s; %zu documents open, %zu requests waiting, %zu jobs running",
                 message->id ? message->id : "none", core->documents.count, core->waiting.count,
                 core->jobs.count);
        emit_text_at(emit, "verbose", text);
    }
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
}

void dispatch_message(struct core *core, struct rpc_message *message, uint64_t received_ns) {
    if (core->phase == PHASE_EXITED) return;
    if (message->kind == RPC_RESPONSE) {
        take_response(core, message);
        return;
    }
    if (!allowed(core, message)) return;
    const struct method *method = find_method(message->method);
    if (!method || method->is_request != (message->kind == RPC_REQUEST)) {
        refuse_method(core, message);
        return;
    }
    struct request request = {
        .id = message->id, .method = message->method, .params = message->params, .received_ns = received_ns};
    bool waits = method->handle(core, &request) == HANDLED_WAIT;
    if (waits) waiting_add(core, &request, method->handle);
    trace_method(core, message, received_ns, waits);
}
