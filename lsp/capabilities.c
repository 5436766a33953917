/* capabilities.c: see capabilities.h. */
#include "lsp/capabilities.h"

#include "lsp/protocol.h"
#include <string.h>

/* The client lists encodings by preference; the first one we know, which are all there are. */
static enum position_encoding choose_encoding(struct json_object *capabilities) {
    struct json_object *offered = protocol_path(capabilities, "general.positionEncodings");
    if (!json_object_is_type(offered, json_type_array)) return POSITION_UTF16;
    for (size_t i = 0; i < json_object_array_length(offered); i++) {
        struct json_object *name = json_object_array_get_idx(offered, i);
        enum position_encoding encoding;
        if (json_object_is_type(name, json_type_string) &&
            position_encoding_find(json_object_get_string(name), &encoding))
            return encoding;
    }
    return POSITION_UTF16;
}

static bool lists(struct json_object *array, const char *wanted) {
    if (!json_object_is_type(array, json_type_array)) return false;
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct json_object *item = json_object_array_get_idx(array, i);
        if (json_object_is_type(item, json_type_string) && strcmp(json_object_get_string(item), wanted) == 0)
            return true;
    }
    return false;
}

static bool is_object(struct json_object *capabilities, const char *path) {
    return json_object_is_type(protocol_path(capabilities, path), json_type_object);
}

void capabilities_read(struct client *client, struct json_object *capabilities) {
    bool pull = is_object(capabilities, "textDocument.diagnostic");
    *client = (struct client){
        .encoding = choose_encoding(capabilities),
        .pull_diagnostics = pull,
        .refresh_diagnostics = pull && protocol_is_true(capabilities, "workspace.diagnostics.refreshSupport"),
        .related_information =
            protocol_is_true(capabilities, pull ? "textDocument.diagnostic.relatedInformation"
                                                : "textDocument.publishDiagnostics.relatedInformation") ||
            protocol_is_true(capabilities, "textDocument.publishDiagnostics.relatedInformation"),
        .code_description =
            protocol_is_true(capabilities, pull ? "textDocument.diagnostic.codeDescriptionSupport"
                                                : "textDocument.publishDiagnostics.codeDescriptionSupport") ||
            protocol_is_true(capabilities, "textDocument.publishDiagnostics.codeDescriptionSupport"),
        .literal_actions = is_object(capabilities, "textDocument.codeAction.codeActionLiteralSupport"),
        .resolve_edit =
            protocol_is_true(capabilities, "textDocument.codeAction.dataSupport") &&
            lists(protocol_path(capabilities, "textDocument.codeAction.resolveSupport.properties"), "edit"),
        .document_changes = protocol_is_true(capabilities, "workspace.workspaceEdit.documentChanges"),
        .snippet_edits = protocol_is_true(capabilities, "workspace.workspaceEdit.snippetEditSupport"),
        .nested_symbols =
            protocol_is_true(capabilities, "textDocument.documentSymbol.hierarchicalDocumentSymbolSupport"),
        .inline_completion = is_object(capabilities, "textDocument.inlineCompletion"),
        .configuration = protocol_is_true(capabilities, "workspace.configuration"),
        .register_configuration =
            protocol_is_true(capabilities, "workspace.didChangeConfiguration.dynamicRegistration"),
        .register_watched_files =
            protocol_is_true(capabilities, "workspace.didChangeWatchedFiles.dynamicRegistration"),
        .fold_limit = UINT32_MAX,
    };
    struct json_object *limit = protocol_path(capabilities, "textDocument.foldingRange.rangeLimit");
    if (json_object_is_type(limit, json_type_int) && json_object_get_int64(limit) >= 0 &&
        json_object_get_int64(limit) < UINT32_MAX)
        client->fold_limit = (uint32_t)json_object_get_int64(limit);
}

static void emit_code_actions(struct emit *emit, const struct client *client) {
    if (!client->literal_actions) {
        emit_bool_at(emit, "codeActionProvider", true);
        emit_key(emit, "executeCommandProvider");
        emit_open_object(emit);
        emit_key(emit, "commands");
        emit_open_array(emit);
        emit_text(emit, APPLY_REPAIR_COMMAND);
        emit_close_array(emit);
        emit_close_object(emit);
        return;
    }
    emit_key(emit, "codeActionProvider");
    emit_open_object(emit);
    emit_key(emit, "codeActionKinds");
    emit_open_array(emit);
    emit_text(emit, QUICK_FIX_KIND);
    emit_text(emit, FIX_ALL_KIND);
    emit_close_array(emit);
    emit_bool_at(emit, "resolveProvider", client->resolve_edit);
    emit_close_object(emit);
}

static void emit_sync(struct emit *emit) {
    emit_key(emit, "textDocumentSync");
    emit_open_object(emit);
    emit_bool_at(emit, "openClose", true);
    emit_int_at(emit, "change", 2); /* incremental */
    emit_bool_at(emit, "save", true);
    emit_close_object(emit);
}

static void emit_workspace(struct emit *emit) {
    emit_key(emit, "workspace");
    emit_open_object(emit);
    emit_key(emit, "workspaceFolders");
    emit_open_object(emit);
    emit_bool_at(emit, "supported", true);
    emit_bool_at(emit, "changeNotifications", true);
    emit_close_object(emit);
    emit_close_object(emit);
}

void capabilities_emit(struct emit *emit, const struct client *client, bool workspace_diagnostics) {
    emit_open_object(emit);
    emit_text_at(emit, "positionEncoding", position_encoding_name(client->encoding));
    emit_sync(emit);
    emit_code_actions(emit, client);
    if (client->pull_diagnostics) {
        emit_key(emit, "diagnosticProvider");
        emit_open_object(emit);
        emit_text_at(emit, "identifier", "noodle");
        /* A header changes what is found in C files: who cannot be told to ask again, asks after every
         * change. */
        emit_bool_at(emit, "interFileDependencies", !client->refresh_diagnostics);
        emit_bool_at(emit, "workspaceDiagnostics", workspace_diagnostics);
        emit_close_object(emit);
    }
    emit_bool_at(emit, "documentSymbolProvider", true);
    emit_bool_at(emit, "foldingRangeProvider", true);
    emit_bool_at(emit, "selectionRangeProvider", true);
    if (client->inline_completion) emit_bool_at(emit, "inlineCompletionProvider", true);
    emit_workspace(emit);
    emit_close_object(emit);
}
