/* handle_workspace.c: what changes around the documents: configuration, files on disk, folders. */
#include "lsp/configure.h"
#include "lsp/folders.h"
#include "lsp/handlers.h"
#include "lsp/headers.h"
#include "lsp/protocol.h"
#include "lsp/scan.h"
#include <string.h>

/* Clients push their settings, or say only that they changed and want to be asked. */
enum handled handle_did_change_configuration(struct core *core, struct request *request) {
    struct json_object *settings = protocol_field(request->params, "settings");
    bool pushed = json_object_is_type(settings, json_type_object) && json_object_object_length(settings) > 0;
    if (!pushed && core->client.configuration) {
        configure_pull(core);
        return HANDLED;
    }
    json_object_put(core->editor_settings);
    core->editor_settings = json_object_get(settings);
    configure_apply(core, core->editor_settings);
    return HANDLED;
}

enum handled handle_did_change_watched_files(struct core *core, struct request *request) {
    struct error error;
    struct json_object *changes = protocol_array(request->params, "changes", &error);
    if (!changes) return request_refuse(core, request, &error);
    bool settings_changed = false;
    for (size_t i = 0; i < json_object_array_length(changes); i++) {
        const char *uri = protocol_string(json_object_array_get_idx(changes, i), "uri", NULL);
        if (uri && str_ends_with(uri, "/.noodle.json")) settings_changed = true;
        if (uri) headers_touch(core, uri);
    }
    scan_memory_touch(core->scan_memory);
    if (settings_changed) configure_apply(core, NULL);
    return HANDLED;
}

enum handled handle_did_change_workspace_folders(struct core *core, struct request *request) {
    struct error error;
    struct json_object *event = protocol_object(request->params, "event", &error);
    if (!event) return request_refuse(core, request, &error);
    struct json_object *removed = protocol_field(event, "removed"), *added = protocol_field(event, "added");
    for (size_t i = 0; json_object_is_type(removed, json_type_array) && i < json_object_array_length(removed);
         i++) {
        const char *uri = protocol_string(json_object_array_get_idx(removed, i), "uri", NULL);
        if (uri) folders_remove(core, uri);
    }
    for (size_t i = 0; json_object_is_type(added, json_type_array) && i < json_object_array_length(added);
         i++) {
        const char *uri = protocol_string(json_object_array_get_idx(added, i), "uri", NULL);
        if (uri) folders_add(core, uri);
    }
    scan_memory_touch(core->scan_memory);
    /* The first folder's .noodle.json counts. */
    configure_apply(core, NULL);
    return HANDLED;
}
