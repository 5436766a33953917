/* cmd_doctor.c: what this program is, has and uses here. No source text, and of paths only that of
 * .noodle.json. */
#include "analysis/language.h"
#include "analysis/lexer.h"
#include "base/pool.h"
#include "cli/cache_folder.h"
#include "cli/cache_setup.h"
#include "cli/commands.h"
#include "cli/device_setup.h"
#include "cli/doctor_devices.h"
#include "cli/encoder_setup.h"
#include "cli/output.h"
#include "cli/plan_report.h"
#include "cli/preferences.h"
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <uv.h>

static void add_languages(struct str *out) {
    str_adds(out, "languages   (id: file names; ABI of the grammar)\n");
    for (size_t i = 0; language_at(i); i++) {
        const struct language *language = language_at(i);
        str_addf(out, "  %-16s", language->id);
        for (const char *const *suffix = language->suffixes; suffix && *suffix; suffix++)
            str_addf(out, " *%s", *suffix);
        for (const char *const *name = language->file_names; name && *name; name++)
            str_addf(out, " %s", *name);
        str_addf(out, "; ABI %" PRIu32 "\n", language_abi(language));
    }
}

static void add_size(struct str *out, uint64_t bytes) {
    str_addf(out, "%.1f GB", (double)bytes / (double)(UINT64_C(1) << 30));
}

static void add_machine(struct str *out) {
    struct utsname system;
    if (!uname(&system))
        str_addf(out, "system      %s %s, %s\n", system.sysname, system.release, system.machine);
    str_addf(out, "cores       %u for this process\n", pool_cpu_count());
    str_adds(out, "memory      ");
    add_size(out, uv_get_total_memory());
    uint64_t constrained = uv_get_constrained_memory();
    if (constrained && constrained < uv_get_total_memory()) {
        str_adds(out, ", limited to ");
        add_size(out, constrained);
        str_adds(out, " by its control group");
    }
    struct rlimit limit;
    if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY) {
        str_adds(out, ", limited to ");
        add_size(out, limit.rlim_cur);
        str_adds(out, " by ulimit -v");
    }
    str_addc(out, '\n');
}

static const char *kind_of(int fd) {
    struct stat info;
    if (fstat(fd, &info)) return "closed";
    if (isatty(fd)) return "a terminal";
    switch (info.st_mode & S_IFMT) {
    case S_IFREG: return "a file";
    case S_IFIFO: return "a pipe";
    case S_IFSOCK: return "a socket";
    case S_IFCHR: return "a device";
    default: return "something else";
    }
}

static void note(const char *message, void *payload) {
    str_addf(payload, "  wrong: %s\n", message);
}

static void add_settings(struct str *out, const struct options *options,
                         struct preferences *ret_preferences) {
    static const char *const latency_names[] = {
        [LATENCY_OFF] = "off", [LATENCY_OVER_BUDGET] = "overBudget", [LATENCY_ALWAYS] = "always"};
    struct str origins, wrong;
    str_init(&origins);
    str_init(&wrong);
    struct preferences preferences;
    struct preferences_params params = {
        .root = ".", .options = options, .complain = note, .payload = &wrong, .origins = &origins};
    preferences_load(&params, &preferences);
    str_adds(out,
             "settings    (command line, then environment, then ./" PREFERENCES_FILE ", then default)\n");
    str_addf(out, "  threads %u, repairBudgetMs %.0f, maxRepairs %u, minConfidence %g\n",
             preferences.settings.thread_count, (double)preferences.settings.repair_budget_ns / 1e6,
             preferences.settings.max_repairs, preferences.settings.fix_all_confidence);
    str_addf(out, "  latencyDiagnostics %s, latencyNotifications %s, performanceMonitoring %s\n",
             latency_names[preferences.settings.latency_diagnostics],
             preferences.settings.latency_notifications ? "true" : "false",
             preferences.performance_monitoring ? "true" : "false");
    const struct plan_switches *switches = &preferences.switches;
    str_addf(out, "  gpuAcceleration %s, batchSizeAuto %s, quantizationEnabled %s, autoOptimization %s\n",
             switches->gpu_acceleration ? "true" : "false", switches->batch_size_auto ? "true" : "false",
             switches->quantization ? "true" : "false", switches->auto_optimization ? "true" : "false");
    str_addf(out, "  memoryThreshold %g, cpuThreshold %g\n", preferences.memory_threshold,
             preferences.cpu_threshold);
    str_addf(out, "  gpuMemoryLimit %u MB, gpuMemoryFraction %g, gpuTimeout %u ms\n",
             preferences.gpu.memory_limit_mb, preferences.gpu.memory_fraction, preferences.gpu.timeout_ms);
    const struct cache_preferences *cache = &preferences.cache;
    str_addf(out,
             "  cacheStrategy %s, cacheSize %zu, cacheTtl %" PRIu64
             " s, cacheMemoryLimit %zu MB, cacheDiskLimit %zu MB\n",
             evict_strategy_name(cache->strategy), cache->entries, cache->ttl_s, cache->memory_mb,
             cache->disk_mb);
    str_addf(out, "  cacheSourceText %s, cacheWarming %s, distributedCache %s\n",
             cache->source_text ? "true" : "false", preferences.settings.cache_warming ? "true" : "false",
             cache->shares ? "true" : "false");
    if (!origins.length) str_adds(out, "  all of them defaults\n");
    for (char *line = origins.bytes; *line;) {
        char *end = strchr(line, '\n');
        str_addf(out, "  from %.*s\n", (int)(end - line), line);
        line = end + 1;
    }
    str_adds(out, wrong.bytes);
    str_finish(&wrong);
    str_finish(&origins);
    *ret_preferences = preferences;
}

static void add_encoder(struct str *out, const struct options *options,
                        const struct preferences *preferences) {
    struct str wrong;
    str_init(&wrong);
    struct encoder_setup setup;
    struct device_setup *devices = device_setup_create(
        options, &preferences->gpu, options->plan && preferences->switches.gpu_acceleration);
    struct encoder_setup_params params = {.options = options,
                                          .preferences = preferences,
                                          .device_named = options->device == DEVICE_KIND_VULKAN,
                                          .complain = note,
                                          .payload = &wrong};
    params.devices = device_setup_devices(devices, &params.device_count);
    encoder_setup_init(&setup, &params);
    const struct model *model = setup.model_source.get(setup.model_source.payload);
    if (model) {
        const struct network *network = model_network(model);
        const struct weights_shape *shape = network_shape(network);
        str_addf(out, "encoder     %s: %u layers of width %u, %u outputs, %s\n", setup.source, shape->layers,
                 shape->width, shape->outputs, precision_name(network_precision(network)));
        str_addf(out, "device      %s\n%s", device_name(setup.device), wrong.bytes);
        if (options->plan) plan_report_text(encoder_setup_batcher(&setup), network, out);
    } else {
        str_addf(out, "encoder     none: repairs come from the grammar\n%s", wrong.bytes);
    }
    struct weights *weights = setup.weights;
    setup.weights = NULL;
    encoder_setup_finish(&setup);
    device_setup_destroy(devices);
    str_finish(&wrong);
    /* The plan has measured them. */
    doctor_add_devices(out, options, &preferences->gpu, model && !options->plan ? weights : NULL);
    weights_destroy(weights);
}

static void add_cache(struct str *out) {
    char *folder = cache_folder_path();
    str_addf(out, "cache       %s; noodle-lsp cache stats tells how it does\n",
             folder ? "in the user's cache folder"
                    : "in memory only: neither XDG_CACHE_HOME nor HOME is a folder");
    mem_free(folder);
}

int cmd_doctor(const struct options *options) {
    struct str out;
    str_init(&out);
    str_adds(&out, "noodle-lsp  " NOODLE_VERSION ", compiled with "
#ifdef __clang__
                   "clang " __clang_version__
#else
                   "gcc " __VERSION__
#endif
                   "\n");
    str_addf(&out, "libraries   json-c %s, libuv %s, scanner version %d\n", json_c_version(),
             uv_version_string(), LEXER_VERSION);
    add_languages(&out);
    add_machine(&out);
    str_addf(&out, "input       %s\noutput      %s\n", kind_of(STDIN_FILENO), kind_of(STDOUT_FILENO));
    struct preferences preferences;
    add_settings(&out, options, &preferences);
    add_encoder(&out, options, &preferences);
    add_cache(&out);
    enum status status = output_write(out.bytes, out.length);
    str_finish(&out);
    return status ? EXIT_TROUBLE : EXIT_CLEAN;
}
