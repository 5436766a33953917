#include "cli/app.h"

#include "analysis/reading.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/interrupt.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_DEADLINE_MS 10000
#define CACHE_WAIT_NS       NS_PER_S /* opening the file takes milliseconds, analysing files more */
/* Letting go of the tree of a large text takes time too: a part of the deadline, measured on random bytes. */
#define LARGE_BYTES   ((size_t)1 << 20)
#define RELEASE_SHARE 5

static void warn(const char *message, void *payload) {
    (void)payload;
    log_print(LOG_WARNING, "%s", message);
}

static struct witness *make_witness(const struct app *app) {
    if (app->options->command != COMMAND_CHECK || !app->cache.cache) return NULL;
    const char *root = app->options->paths.count ? app->options->paths.items[0] : ".";
    char *real = realpath(root, NULL);
    struct witness *witness = real ? witness_create(real) : NULL;
    free(real);
    return witness;
}

void app_init(struct app *app, const struct options *options) {
    *app = (struct app){.options = options, .interrupt = interrupt_watch()};
    struct preferences_params params = {.root = ".", .options = options, .complain = warn};
    preferences_load(&params, &app->preferences);
    /* Programs that send requests wait for each answer, and numbers of one thread can be compared. */
    bool one = options->command == COMMAND_FIX && options->fix_mode == FIX_JSONL && !options->threads;
    app->worker_count = one ? 1 : app->preferences.settings.thread_count;
    app->pipelines = mem_alloc(app->worker_count * sizeof *app->pipelines);
    for (unsigned i = 0; i < app->worker_count; i++)
        app->pipelines[i] = pipeline_create();
    /* Most runs are over before a GPU is ready. */
    app->devices = device_setup_create(options, &app->preferences.gpu, false);
    struct encoder_setup_params encoder_params = {.options = options,
                                                  .preferences = &app->preferences,
                                                  .device_named = options->device == DEVICE_KIND_VULKAN,
                                                  .complain = warn};
    encoder_params.devices = device_setup_devices(app->devices, &encoder_params.device_count);
    encoder_setup_init(&app->encoder, &encoder_params);
    struct cache_setup_params cache_params = {
        .options = options, .lazy = true, .wait_ns = CACHE_WAIT_NS, .complain = warn};
    cache_setup_init(&app->cache, &cache_params);
    cache_setup_apply(&app->cache, &app->preferences.cache);
    /* One folder given is a project, whatever lies in it. */
    const char *root = options->paths.count == 1 ? options->paths.items[0] : NULL;
    struct stat info;
    bool is_folder = root && strcmp(root, "-") != 0 && stat(root, &info) == 0 && S_ISDIR(info.st_mode);
    app->witness = make_witness(app);
    struct around_params around_params = {
        .root = is_folder ? root : NULL, .witness = app->witness, .complain = warn};
    app->around = around_create(&around_params);
    struct session_params session_params = {.model_source = &app->encoder.model_source,
                                            .cache = app->cache.cache,
                                            .surroundings = around_surroundings(app->around)};
    app->session = session_create(&session_params); /* zero threads: the workers are ours */
}

void app_finish(struct app *app) {
    session_destroy(app->session);
    cache_setup_finish(&app->cache);
    around_destroy(app->around);
    witness_destroy(app->witness);
    for (unsigned i = 0; i < app->worker_count; i++)
        pipeline_destroy(app->pipelines[i]);
    mem_free(app->pipelines);
    encoder_setup_finish(&app->encoder);
    device_setup_destroy(app->devices);
    interrupt_finish();
}

static uint64_t deadline_ms(const struct app *app) {
    return app->options->deadline_ms ? app->options->deadline_ms : DEFAULT_DEADLINE_MS;
}

void app_start_deadline(const struct app *app, size_t size_bytes, struct cancel *cancel) {
    uint64_t time_ns = deadline_ms(app) * NS_PER_MS;
    if (size_bytes > LARGE_BYTES) time_ns -= time_ns / RELEASE_SHARE;
    cancel_init(cancel, app->interrupt, clock_now_ns() + time_ns);
}

/* What there was no time to judge is judged in as much time again, as long as that leads on: only a large
 * text full of macros needs it. A limit that the user has set holds. */
static enum status analyze_to_end(const struct app *app, struct pipeline *pipeline,
                                  struct pipeline_request *request, const struct app_text *text,
                                  struct analysis **ret_analysis) {
    struct session_place place = {.path = text->path, .known = text->known};
    struct syntax *syntax = NULL;
    struct cancel cancel;
    enum status status = session_analyze(app->session, pipeline, request, &place, ret_analysis, &syntax);
    while (!status && (*ret_analysis)->half_judged) {
        bool on = !app->options->deadline_ms && !cancel_requested(app->interrupt) &&
                  syntax_reads_on(syntax, request->previous);
        analysis_unref(*ret_analysis);
        syntax_unref((struct syntax *)request->previous);
        request->previous = syntax;
        syntax = NULL;
        if (on) {
            app_start_deadline(app, text_size(request->text), &cancel);
            request->cancel = &cancel;
            status = session_analyze(app->session, pipeline, request, &place, ret_analysis, &syntax);
        } else {
            status = cancel_requested(request->cancel) ? STATUS_CANCELLED : STATUS_DEADLINE;
        }
    }
    syntax_unref((struct syntax *)request->previous);
    syntax_unref(syntax);
    return status;
}

enum status app_analyze(const struct app *app, struct pipeline *pipeline, const struct cancel *cancel,
                        const struct app_text *text, unsigned max_repairs, struct analysis **ret_analysis,
                        struct error *error) {
    const char *name = text->name;
    struct macro_env *env = NULL;
    if (text->language->flags & LANGUAGE_PREPROCESSOR)
        env = macro_env_of_text(text->text, text->path, around_surroundings(app->around), NULL, NULL);
    struct pipeline_request request = {
        .language = text->language,
        .text = text->text,
        .env = env,
        .cancel = cancel,
        .finish = true,
        .want_repairs = true,
        .max_repairs = max_repairs,
        .repair_budget_ns = app->options->deadline_ms ? deadline_ms(app) * NS_PER_MS
                                                      : app->preferences.settings.repair_budget_ns,
    };
    struct analysis *analysis;
    enum status status = analyze_to_end(app, pipeline, &request, text, &analysis);
    macro_env_unref(env);
    if (status && cancel_requested(app->interrupt))
        return error_set(error, STATUS_CANCELLED, "%s: interrupted", name);
    if (status == STATUS_DEADLINE || status == STATUS_CANCELLED)
        return error_set(error, STATUS_DEADLINE,
                         "%s: not finished within %" PRIu64 " ms; --deadline-ms N gives it more time", name,
                         deadline_ms(app));
    if (status) return error_set(error, status, "%s: cannot be analysed: %s", name, status_text(status));
    *ret_analysis = analysis;
    return STATUS_OK;
}
