/* handle_lifecycle.c: from initialize to exit. */
#include "analysis/language.h"
#include "lsp/configure.h"
#include "lsp/folders.h"
#include "lsp/handlers.h"
#include "lsp/job.h"
#include "lsp/protocol.h"
#include "lsp/uri.h"
#include "lsp/warming.h"
#include <string.h>

static void read_trace(struct core *core, struct json_object *value) {
    if (!json_object_is_type(value, json_type_string)) return;
    const char *name = json_object_get_string(value);
    if (strcmp(name, "off") == 0) core->trace = TRACE_OFF;
    if (strcmp(name, "messages") == 0) core->trace = TRACE_MESSAGES;
    if (strcmp(name, "verbose") == 0) core->trace = TRACE_VERBOSE;
}

/* workspaceFolders, or what clients said before there were several. */
static void read_folders(struct core *core, struct json_object *params) {
    struct error error;
    struct json_object *folders = protocol_field(params, "workspaceFolders");
    if (json_object_is_type(folders, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(folders); i++) {
            const char *uri = protocol_string(json_object_array_get_idx(folders, i), "uri", &error);
            if (uri) folders_add(core, uri);
        }
        return;
    }
    const char *root_uri = protocol_string(params, "rootUri", &error);
    const char *root_path = protocol_string(params, "rootPath", &error);
    if (root_uri) {
        folders_add(core, root_uri);
    } else if (root_path && root_path[0] == '/') {
        char *uri = uri_from_path(root_path);
        folders_add(core, uri);
        mem_free(uri);
    }
}

enum handled handle_initialize(struct core *core, struct request *request) {
    struct json_object *params = request->params, *capabilities = protocol_field(params, "capabilities");
    struct error error;
    int64_t process;
    if (!json_object_is_type(params, json_type_object)) {
        error_set(&error, STATUS_INVALID, "params has to be an object");
        return request_refuse(core, request, &error);
    }
    if (capabilities && !protocol_object(params, "capabilities", &error))
        return request_refuse(core, request, &error);
    if (protocol_field(params, "processId") && !protocol_integer(params, "processId", &process, &error))
        return request_refuse(core, request, &error);
    if (protocol_field(params, "processId") && process > 0 && process <= INT32_MAX)
        core->io.watch((long)process, core->io.payload);

    capabilities_read(&core->client, capabilities);
    if (core->client.code_description) core->client.pages = core->params->pages;
    read_trace(core, protocol_field(params, "trace"));
    read_folders(core, params);
    core->initialize_settings = json_object_get(protocol_field(params, "initializationOptions"));
    core->phase = PHASE_READY;
    configure_apply(core, core->initialize_settings);

    struct emit *emit = outgoing_result(&core->outgoing, request->id);
    emit_open_object(emit);
    emit_key(emit, "capabilities");
    capabilities_emit(emit, &core->client, core->params->walk != NULL);
    emit_key(emit, "serverInfo");
    emit_open_object(emit);
    emit_text_at(emit, "name", "noodle-lsp");
    emit_text_at(emit, "version", core->params->version);
    emit_close_object(emit);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
    return HANDLED;
}

static void emit_watcher(struct emit *emit, const char *pattern) {
    emit_open_object(emit);
    emit_text_at(emit, "globPattern", pattern);
    emit_close_object(emit);
}

/* One pattern for all our languages, or those whose files look at others: some clients watch once for each.
 */
static void emit_source_watcher(struct emit *emit, bool all) {
    struct str pattern;
    str_init(&pattern);
    const struct language *language;
    for (size_t i = 0; (language = language_at(i)); i++)
        for (const char *const *suffix = language->suffixes; *suffix; suffix++)
            if (all || language->imports || language->flags & LANGUAGE_PREPROCESSOR)
                str_addf(&pattern, "%s%s", pattern.length ? "," : "**/*.{", *suffix + 1);
    str_addc(&pattern, '}');
    emit_watcher(emit, pattern.bytes);
    str_finish(&pattern);
}

/* All source files matter to workspace diagnostics; what can be included or imported, and project files, to
 * the open documents that do so. */
static void emit_watched_files(struct emit *emit, bool with_sources, bool with_surroundings) {
    emit_open_object(emit);
    emit_text_at(emit, "id", "noodle-files");
    emit_text_at(emit, "method", "workspace/didChangeWatchedFiles");
    emit_key(emit, "registerOptions");
    emit_open_object(emit);
    emit_key(emit, "watchers");
    emit_open_array(emit);
    emit_watcher(emit, "**/.noodle.json");
    if (with_sources || with_surroundings) emit_source_watcher(emit, with_sources);
    if (with_surroundings) emit_watcher(emit, "**/{compile_commands.json,compile_flags.txt,.clangd,go.mod}");
    emit_close_array(emit);
    emit_close_object(emit);
    emit_close_object(emit);
}

static void emit_configuration_changes(struct emit *emit) {
    emit_open_object(emit);
    emit_text_at(emit, "id", "noodle-configuration");
    emit_text_at(emit, "method", "workspace/didChangeConfiguration");
    emit_key(emit, "registerOptions");
    emit_open_object(emit);
    emit_text_at(emit, "section", "noodle");
    emit_close_object(emit);
    emit_close_object(emit);
}

static void take_registration(struct core *core, struct json_object *result) {
    (void)result;
    core->files_watched = core->client.register_watched_files;
}

enum handled handle_initialized(struct core *core, struct request *request) {
    (void)request;
    if (core->client.register_watched_files || core->client.register_configuration) {
        struct emit *emit = client_request(core, "client/registerCapability", take_registration);
        emit_open_object(emit);
        emit_key(emit, "registrations");
        emit_open_array(emit);
        if (core->client.register_watched_files)
            emit_watched_files(emit, core->client.pull_diagnostics && core->params->walk,
                               core->params->surroundings != NULL);
        if (core->client.register_configuration) emit_configuration_changes(emit);
        emit_close_array(emit);
        emit_close_object(emit);
        outgoing_end(&core->outgoing);
    }
    core->greeted = true;
    if (core->client.configuration)
        configure_pull(core);
    else
        configure_complete(core);
    warming_apply(core);
    return HANDLED;
}

enum handled handle_shutdown(struct core *core, struct request *request) {
    for (size_t i = 0; i < core->jobs.count; i++)
        if (core->jobs.items[i]->scans)
            job_stop(core, core->jobs.items[i], RPC_SERVER_CANCELLED, "the server shuts down", NULL);
    warming_stop(core);
    core->shutdown_id = mem_strdup(request->id);
    core->phase = PHASE_SHUTDOWN;
    core->exit_code = 0;
    return HANDLED;
}

enum handled handle_exit(struct core *core, struct request *request) {
    (void)request;
    if (core->shutdown_id)
        core->exit_wanted = true;
    else
        core->phase = PHASE_EXITED;
    return HANDLED;
}

enum handled handle_set_trace(struct core *core, struct request *request) {
    read_trace(core, protocol_field(request->params, "value"));
    return HANDLED;
}
