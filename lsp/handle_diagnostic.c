/* handle_diagnostic.c: diagnostics for clients that ask for them: of one document, of the workspace. */
#include "base/clock.h"
#include "lsp/handlers.h"
#include "lsp/protocol.h"
#include "lsp/publish.h"
#include "lsp/scan.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Nobody's fingers wait for this answer, and the first parse of a large text takes seconds. */
#define FINDINGS_WAIT_NS (15 * NS_PER_S)

static void answer(struct core *core, const struct request *request, struct open_document *document) {
    struct emit items;
    emit_init(&items);
    publish_emit_items(core, &items, document);
    document->told_hash = publish_hash(&items.out);
    char result_id[24];
    snprintf(result_id, sizeof result_id, "%016" PRIx64, document->told_hash);
    const char *previous = protocol_string(request->params, "previousResultId", NULL);
    bool unchanged = previous && strcmp(previous, result_id) == 0;
    struct emit *emit = outgoing_result(&core->outgoing, request->id);
    emit_open_object(emit);
    emit_text_at(emit, "kind", unchanged ? "unchanged" : "full");
    emit_text_at(emit, "resultId", result_id);
    if (!unchanged) {
        emit_key(emit, "items");
        emit_raw(emit, items.out.bytes, items.out.length);
    }
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
    emit_finish(&items);
}

enum handled handle_document_diagnostic(struct core *core, struct request *request) {
    struct open_document *document = request_document(core, request);
    if (!document) return HANDLED;
    /* Early findings may still move; a client that can be told to ask again gets them at once. */
    bool enough = document->ready || (document->analysis && core->client.refresh_diagnostics);
    if (document->snapshot->language && !enough && !request->last_chance) {
        request->wait_ns = FINDINGS_WAIT_NS;
        return HANDLED_WAIT;
    }
    if (document->analysis || !document->snapshot->language)
        answer(core, request, document);
    else
        outgoing_error_data(&core->outgoing, request->id, RPC_SERVER_CANCELLED,
                            "the document could not be analysed in time",
                            document->ready ? "{\"retriggerRequest\":false}" : "{\"retriggerRequest\":true}");
    return HANDLED;
}

static bool is_token(struct json_object *value) {
    return !value || json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_string);
}

enum handled handle_workspace_diagnostic(struct core *core, struct request *request) {
    struct error error;
    struct json_object *params = request->params;
    if (!core->params->walk) {
        error_set(&error, STATUS_UNSUPPORTED, "workspace diagnostics are not offered here");
        outgoing_error(&core->outgoing, request->id, RPC_METHOD_NOT_FOUND, error.message);
        return HANDLED;
    }
    if (protocol_field(params, "previousResultIds") && !protocol_array(params, "previousResultIds", &error))
        return request_refuse(core, request, &error);
    if (!is_token(protocol_field(params, "workDoneToken")) ||
        !is_token(protocol_field(params, "partialResultToken"))) {
        error_set(&error, STATUS_INVALID,
                  "workDoneToken and partialResultToken have to be integers or strings");
        return request_refuse(core, request, &error);
    }
    scan_start(core, request);
    return HANDLED;
}

enum handled handle_progress_cancel(struct core *core, struct request *request) {
    char *token = rpc_id_text(protocol_field(request->params, "token"));
    if (token) scan_cancel_token(core, token);
    mem_free(token);
    return HANDLED;
}
