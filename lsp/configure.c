/* configure.c: see configure.h. */
#include "lsp/configure.h"
#include "lsp/headers.h"
#include "lsp/uri.h"
#include "lsp/warming.h"

#include "lsp/job.h"
#include "lsp/publish.h"

static void complain(const char *message, void *payload) {
    client_log(payload, LOG_WARNING, "%s", message);
}

static void keep_quiet(const char *message, void *payload) {
    (void)message;
    (void)payload;
}

/* What was told before is not told again. */
static struct settings_layer layer_of(struct core *core, struct json_object *configuration,
                                      const struct json_object *news) {
    return (struct settings_layer){configuration, configuration == news ? complain : keep_quiet, core};
}

static struct server_configuration resolve(struct core *core, const struct json_object *news) {
    const struct server_params *params = core->params;
    struct server_configuration configuration = {params->settings, params->meter, params->cache};
    struct server_layers layers = {.root = core->folders.count ? core->folders.items[0].path : NULL,
                                   .editor = {layer_of(core, core->initialize_settings, news),
                                              layer_of(core, core->editor_settings, news)}};
    if (params->configure) params->configure(&layers, &configuration, params->payload);
    for (size_t i = 0; i < sizeof layers.editor / sizeof *layers.editor; i++)
        settings_overlay(&configuration.settings, layers.editor[i].configuration, layers.editor[i].complain,
                         layers.editor[i].payload);
    return configuration;
}

/* The session's threads and budgets, its cache and its meter are fixed when it is made. */
static void replace_session(struct core *core) {
    for (size_t i = 0; i < core->jobs.count; i++)
        if (core->jobs.items[i]->scans)
            job_stop(core, core->jobs.items[i], RPC_SERVER_CANCELLED, "the settings changed",
                     "{\"retriggerRequest\":true}");
    warming_end(core);
    if (core->scan_pool) pool_wait_idle(core->scan_pool);
    for (size_t i = 0; i < core->documents.count; i++)
        open_document_forget(core, &core->documents.items[i]);
    core_drain(core);
    session_destroy(core->session);
    struct session_params params = {.thread_count = core->settings.thread_count,
                                    .repair_budget_ns = core->settings.repair_budget_ns,
                                    .max_repairs = core->settings.max_repairs,
                                    .meter = core->meter,
                                    .on_result = publish_take_result,
                                    .model_source = core->params->model_source,
                                    .cache = core->cache,
                                    .surroundings = core->params->surroundings,
                                    .path_of = uri_to_path,
                                    .on_header = headers_post,
                                    .payload = core};
    core->session = session_create(&params);
    for (size_t i = 0; i < core->documents.count; i++)
        session_submit(core->session, core->documents.items[i].snapshot);
}

void configure_apply(struct core *core, const struct json_object *news) {
    struct settings before = core->settings;
    struct server_configuration configuration = resolve(core, news);
    const struct settings *settings = &configuration.settings;
    bool same = core->session && settings->thread_count == before.thread_count &&
                settings->repair_budget_ns == before.repair_budget_ns &&
                settings->max_repairs == before.max_repairs && configuration.cache == core->cache &&
                configuration.meter == core->meter;
    core->settings = *settings;
    core->cache = configuration.cache;
    core->meter = configuration.meter;
    if (!same) replace_session(core);
    warming_apply(core);
    if (settings->latency_diagnostics == before.latency_diagnostics) return;
    for (size_t i = 0; i < core->documents.count; i++)
        publish_judge_latency(core, &core->documents.items[i]);
}

void configure_complete(struct core *core) {
    bool complete = core->greeted && !core->warmed_up && core->params->warm_up;
    core->warmed_up |= complete;
    if (complete) core->params->warm_up(core->params->payload);
}

static void take_configuration(struct core *core, struct json_object *result) {
    if (json_object_is_type(result, json_type_array)) {
        struct json_object *ours = json_object_array_get_idx(result, 0);
        json_object_put(core->editor_settings);
        core->editor_settings = json_object_get(ours);
        configure_apply(core, core->editor_settings);
    }
    configure_complete(core);
}

void configure_pull(struct core *core) {
    struct emit *emit = client_request(core, "workspace/configuration", take_configuration);
    emit_open_object(emit);
    emit_key(emit, "items");
    emit_open_array(emit);
    emit_open_object(emit);
    emit_text_at(emit, "section", "noodle");
    emit_close_object(emit);
    emit_close_array(emit);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
}
