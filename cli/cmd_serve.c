/* cmd_serve.c: wires the language server to the settings, the folders' walk and the command line. */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/around.h"
#include "cli/cache_setup.h"
#include "cli/commands.h"
#include "cli/device_setup.h"
#include "cli/encoder_setup.h"
#include "cli/pages.h"
#include "cli/plan_report.h"
#include "cli/preferences.h"
#include "distributed/repo.h"
#include "lsp/server.h"
#include <unistd.h>

static void warn(const char *message, void *payload) {
    (void)payload;
    log_print(LOG_WARNING, "%s", message);
}

#define CACHE_WAIT_NS (20 * NS_PER_MS) /* a document that is opened waits for the file to be opened */

struct serve {
    const struct options *options;
    struct around *around;
    struct device_setup *devices;
    struct encoder_setup encoder;
    struct cache_setup cache;
    struct meter *meter;
};

static void configure(const struct server_layers *layers, struct server_configuration *configuration,
                      void *payload) {
    struct serve *serve = payload;
    struct preferences_params params = {.root = layers->root,
                                        .options = serve->options,
                                        .complain = warn,
                                        .editor = layers->editor,
                                        .editor_count = sizeof layers->editor / sizeof *layers->editor};
    struct preferences preferences;
    preferences_load(&params, &preferences);
    device_setup_configure(serve->devices, &preferences.gpu);
    encoder_setup_configure(&serve->encoder, &preferences);
    cache_setup_apply(&serve->cache, &preferences.cache);
    *configuration = (struct server_configuration){
        .settings = preferences.settings,
        .meter = preferences.performance_monitoring ? serve->meter : NULL,
        .cache = serve->cache.cache,
    };
}

static void warm_up(void *payload) {
    encoder_setup_warm_up(&((struct serve *)payload)->encoder);
}

static void emit_optimizer(struct emit *emit, void *payload) {
    plan_report_emit(encoder_setup_batcher(&((struct serve *)payload)->encoder), emit);
}

struct visit {
    server_visit *visit;
    void *payload;
};

static bool pass_on(const char *path, const char *real, void *payload) {
    struct visit *visit = payload;
    (void)real;
    return visit->visit(path, visit->payload);
}

static enum status walk(const char *folder, const struct cancel *cancel, server_visit *visit,
                        void *visit_payload, void *payload) {
    (void)payload;
    struct visit both = {visit, visit_payload};
    struct error error;
    struct repo_walk_params params = {.cancel = cancel, .visit = pass_on, .payload = &both};
    return repo_walk(folder, &params, &error);
}

static bool is_busy(void *payload) {
    struct serve *serve = payload;
    struct pressure_reading reading = pressure_read(serve->encoder.pressure, clock_now_ns());
    return reading.memory_steps || reading.cpu_steps;
}

static bool touch(const char *path, void *payload) {
    return around_touch(((struct serve *)payload)->around, path);
}

static void refresh(void *payload) {
    around_refresh(((struct serve *)payload)->around);
}

static void listen_around(void (*changed)(void *listener), void *listener, void *payload) {
    around_listen(((struct serve *)payload)->around, changed, listener);
}

int cmd_serve(const struct options *options) {
    static const enum transport_kind kinds[] = {
        [SERVE_STDIO] = TRANSPORT_STDIO, [SERVE_SOCKET] = TRANSPORT_SOCKET, [SERVE_PIPE] = TRANSPORT_PIPE};
    struct preferences preferences;
    struct preferences_params settings_params = {.options = options, .complain = warn};
    preferences_load(&settings_params, &preferences);
    struct around_params around_params = {.background = true, .complain = warn};
    struct serve serve = {
        .options = options, .around = around_create(&around_params), .meter = meter_create()};
    serve.devices = device_setup_create(options, &preferences.gpu, true);
    struct encoder_setup_params encoder_params = {.options = options,
                                                  .preferences = &preferences,
                                                  .device_named = options->device == DEVICE_KIND_VULKAN,
                                                  .incomplete = true,
                                                  .complain = warn};
    encoder_params.devices = device_setup_devices(serve.devices, &encoder_params.device_count);
    encoder_setup_init(&serve.encoder, &encoder_params);
    struct cache_setup_params cache_params = {.options = options, .wait_ns = CACHE_WAIT_NS, .complain = warn};
    cache_setup_init(&serve.cache, &cache_params);
    char *pages = pages_uri();
    struct server_params params = {
        .transport = kinds[options->transport],
        .port = options->port,
        .pipe_path = options->pipe_path,
        .client_process_id = options->client_process_id,
        .version = NOODLE_VERSION,
        .pages = pages,
        .settings = preferences.settings,
        .meter = preferences.performance_monitoring ? serve.meter : NULL,
        .model_source = &serve.encoder.model_source,
        .configure = configure,
        .warm_up = warm_up,
        .walk = walk,
        .is_busy = is_busy,
        .surroundings = around_surroundings(serve.around),
        .touch = touch,
        .refresh = refresh,
        .listen = listen_around,
        .emit_optimizer = emit_optimizer,
        .payload = &serve,
    };
    if (params.transport == TRANSPORT_STDIO && isatty(STDIN_FILENO))
        log_print(LOG_WARNING,
                  "waiting for an editor on standard input; to use the program by hand: noodle-lsp help");
    int exit_status = server_run(&params);
    cache_setup_finish(&serve.cache);
    around_destroy(serve.around);
    meter_destroy(serve.meter);
    encoder_setup_finish(&serve.encoder);
    device_setup_destroy(serve.devices);
    mem_free(pages);
    return exit_status;
}
