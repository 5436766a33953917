/* cmd_bench.c: how fast this machine's devices compute the encoder, and what would be done with that. Each
 * line is written when it is known. */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cache_folder.h"
#include "cli/commands.h"
#include "cli/device_setup.h"
#include "cli/encoder_setup.h"
#include "cli/output.h"
#include "compute/device_cpu.h"
#include "compute/pass_time.h"
#include "lsp/emit.h"

#include <stdio.h>
#include <string.h>

#define TOKENS     128
#define TIME_NS    (400 * NS_PER_MS) /* of one line, but for the pass that is under way */
#define PASS_NS    (10 * NS_PER_S)   /* a pass that would take longer is left out */
#define ROUNDS_MAX PASS_TIME_ROUNDS_MAX
#define GIGA       1e9
#define NS_IN_MS   1e6

static const uint32_t batches[] = {1, 8, PLAN_BATCH_MAX};

struct bench {
    const struct options *options;
    struct preferences preferences;
    struct weights *weights;
    struct cost *cost;
    char names[PLAN_DEVICES_MAX][VULKAN_NAME_SIZE];
    struct plan_device devices[PLAN_DEVICES_MAX];
    uint32_t device_count;
    struct str line;
    struct emit emit;
    enum status written; /* the first failure to write */
    bool troubled;       /* something that was asked for did not work */
};

/* ---- lines ---- */

static void put(struct bench *bench, struct str *text) {
    str_addc(text, '\n');
    enum status status = output_write(text->bytes, text->length);
    if (!bench->written) bench->written = status;
    str_clear(text);
}

/* A line for people. */
#define say(bench, ...) (str_addf(&(bench)->line, __VA_ARGS__), put(bench, &(bench)->line))

static void begin_json(struct bench *bench, const char *kind) {
    emit_clear(&bench->emit);
    emit_open_object(&bench->emit);
    emit_text_at(&bench->emit, "bench", kind);
}

static void end_json(struct bench *bench) {
    emit_close_object(&bench->emit);
    put(bench, &bench->emit.out);
}

static void tell_trouble(struct bench *bench, const char *device, const struct error *error) {
    if (bench->options->json) {
        begin_json(bench, "failure");
        emit_text_at(&bench->emit, "device", device);
        emit_text_at(&bench->emit, "problem", error->message);
        end_json(bench);
    } else {
        say(bench, "%-11s failed: %s", device, error->message);
    }
    bench->troubled = true;
}

/* ---- devices ---- */

static const char *name_of(const struct bench *bench) {
    return bench->names[bench->device_count];
}

/* report: NULL for the CPU. */
static void tell_device(struct bench *bench, const struct device *device, uint64_t open_ns,
                        const struct device_vulkan_report *report) {
    if (bench->options->json) {
        begin_json(bench, "device");
        emit_text_at(&bench->emit, "device", name_of(bench));
        emit_text_at(&bench->emit, "name", device_name(device));
        emit_text_at(&bench->emit, "kind", report ? vulkan_kind_name(report->info.kind) : "one thread");
        emit_ms_at(&bench->emit, "openMs", open_ns);
        if (report) emit_bool_at(&bench->emit, "shadersKept", report->cache_hit);
        end_json(bench);
        return;
    }
    say(bench, "%-11s %s, %s", name_of(bench), device_name(device),
        report ? vulkan_kind_name(report->info.kind) : "one thread");
    if (report)
        say(bench, "            opened and checked in %.0f ms; compiled shaders %s",
            (double)open_ns / NS_IN_MS,
            report->cache_hit ? "were there from an earlier time" : "were made now");
    say(bench, "            format windows  ms, median    best   first   windows/s    Gop/s");
}

struct line {
    enum precision precision;
    uint32_t windows;
    uint64_t load_ns;
    struct pass_time time;
    double operations;
};

static void emit_operations(struct emit *emit, const struct device_vulkan_profile *profile) {
    emit_key(emit, "operationsMs");
    emit_open_object(emit);
    for (uint32_t i = 0; i < profile->count; i++) {
        emit_string_key(emit, profile->operation[i]);
        emit_double(emit, profile->ms[i]);
    }
    emit_close_object(emit);
}

/* profile: NULL when the device tells nothing. */
static void tell_line(struct bench *bench, const struct line *line,
                      const struct device_vulkan_profile *profile) {
    double seconds = (double)line->time.median_ns / GIGA;
    const char *format = precision_name(line->precision);
    if (!bench->options->json) {
        say(bench, "            %-6s %7u %11.3f %7.3f %7.3f %11.1f %8.1f", format, line->windows,
            seconds * 1e3, (double)line->time.best_ns / NS_IN_MS, (double)line->time.first_ns / NS_IN_MS,
            line->windows / seconds, line->operations / seconds / GIGA);
        return;
    }
    struct emit *emit = &bench->emit;
    begin_json(bench, "pass");
    emit_text_at(emit, "device", name_of(bench));
    emit_text_at(emit, "precision", format);
    emit_int_at(emit, "windows", line->windows);
    emit_int_at(emit, "tokens", TOKENS);
    emit_int_at(emit, "rounds", line->time.rounds);
    emit_ms_at(emit, "medianMs", line->time.median_ns);
    emit_ms_at(emit, "bestMs", line->time.best_ns);
    emit_ms_at(emit, "firstMs", line->time.first_ns);
    emit_ms_at(emit, "loadMs", line->load_ns);
    emit_key(emit, "windowsPerSecond");
    emit_double(emit, line->windows / seconds);
    emit_key(emit, "gops");
    emit_double(emit, line->operations / seconds / GIGA);
    if (profile) emit_operations(emit, profile);
    end_json(bench);
}

/* In JSON it is not there. */
static void tell_left_out(struct bench *bench, const struct line *line, uint64_t pass_ns) {
    if (!bench->options->json)
        say(bench, "            %-6s %7u   left out: a pass would take %.0f s",
            precision_name(line->precision), line->windows, (double)pass_ns / GIGA);
}

static enum status time_batch(struct bench *bench, const struct network *network, struct device *vulkan,
                              struct line *line, struct error *error) {
    struct pass_time_params params = {.network = network,
                                      .windows = line->windows,
                                      .tokens = TOKENS,
                                      .rounds_max = ROUNDS_MAX,
                                      .time_ns = TIME_NS};
    enum status status = pass_time_measure(&params, &line->time, error);
    if (status) return status;
    line->operations = line->windows * pass_time_operations(network_shape(network), TOKENS);
    cost_record(bench->cost, cost_machine(bench->cost, name_of(bench)), line->precision, line->windows,
                line->windows * TOKENS, line->time.median_ns);
    struct device_vulkan_profile profile;
    if (vulkan && bench->options->json) {
        struct pass_time once;
        device_vulkan_profile_start(vulkan);
        params.rounds_max = 0;
        status = pass_time_measure(&params, &once, error);
        device_vulkan_profile_stop(vulkan, &profile);
        if (status) return status;
    }
    tell_line(bench, line, vulkan ? &profile : NULL);
    return STATUS_OK;
}

static enum status time_format(struct bench *bench, struct device *device, bool is_vulkan,
                               enum precision precision, struct error *error) {
    struct network *network;
    struct line line = {.precision = precision};
    uint64_t start_ns = clock_now_ns(), window_ns = 0;
    enum status status = network_create(bench->weights, device, precision, &network, error);
    if (status) return status;
    line.load_ns = clock_now_ns() - start_ns;
    for (size_t i = 0; !status && i < sizeof batches / sizeof *batches; i++) {
        line.windows = batches[i];
        if (window_ns * line.windows > PASS_NS) {
            tell_left_out(bench, &line, window_ns * line.windows);
            break;
        }
        status = time_batch(bench, network, is_vulkan ? device : NULL, &line, error);
        window_ns = line.time.median_ns / line.windows;
    }
    network_destroy(network);
    return status;
}

/* All formats, or the one that was asked for; then it is a device of the plan. */
static void time_device(struct bench *bench, struct device *device, bool is_vulkan) {
    enum precision wanted = bench->options->precision;
    struct error error;
    enum status status = STATUS_OK;
    for (int precision = PRECISION_FP32; !status && precision <= PRECISION_INT8; precision++)
        if (wanted == PRECISION_AUTO || wanted == (enum precision)precision)
            status = time_format(bench, device, is_vulkan, (enum precision)precision, &error);
    if (status) {
        tell_trouble(bench, name_of(bench), &error);
        if (is_vulkan) return;
    }
    struct plan_formats formats = {.wanted = wanted,
                                   .int8_accurate = weights_int8_is_accurate(bench->weights)};
    struct plan_device *planned = &bench->devices[bench->device_count];
    planned->name = name_of(bench);
    planned->machine = cost_machine(bench->cost, planned->name);
    planned->precision =
        is_vulkan ? plan_precision(bench->cost, planned->machine, &bench->preferences.switches, &formats)
                  : encoder_setup_cpu_precision(bench->options, bench->preferences.switches.quantization,
                                                bench->weights);
    bench->device_count++;
}

static void time_cpu(struct bench *bench) {
    uint64_t start_ns = clock_now_ns();
    struct device *device = device_cpu_create(kernel_best());
    snprintf(bench->names[PLAN_CPU], sizeof bench->names[PLAN_CPU], "cpu");
    tell_device(bench, device, clock_now_ns() - start_ns, NULL);
    time_device(bench, device, false);
    device_destroy(device);
}

static void time_vulkan(struct bench *bench, const struct device_vulkan_params *params, uint32_t number) {
    struct device *device;
    struct device_vulkan_report report;
    struct error error;
    snprintf(bench->names[bench->device_count], sizeof *bench->names, "vulkan:%u", number);
    uint64_t start_ns = clock_now_ns();
    if (device_vulkan_create(params, number, &device, &error)) {
        tell_trouble(bench, name_of(bench), &error);
        return;
    }
    uint64_t open_ns = clock_now_ns() - start_ns;
    device_vulkan_report(device, &report);
    tell_device(bench, device, open_ns, &report);
    time_device(bench, device, true);
    device_destroy(device);
}

/* The one that was named, else those that are taken without being named. */
static void time_vulkans(struct bench *bench) {
    char *folder = cache_folder_path();
    struct device_vulkan_params params = device_setup_vulkan(&bench->preferences.gpu, folder);
    struct device_vulkan_info *infos = NULL;
    uint32_t count = 0, number = bench->options->device_number;
    bool named = bench->options->device == DEVICE_KIND_VULKAN;
    struct error error = {0};
    enum status status = device_vulkan_list(&params, &infos, &count, &error);
    for (uint32_t i = 0; i < count && named && number == VULKAN_FIRST; i++)
        if (infos[i].automatic) number = i;
    if (named && (status || number == VULKAN_FIRST)) {
        if (!status) error_set(&error, STATUS_NOT_FOUND, "there is no GPU that will do");
        tell_trouble(bench, "vulkan", &error);
    } else if (named) {
        time_vulkan(bench, &params, number);
    }
    for (uint32_t i = 0; i < count && !named && bench->device_count < PLAN_DEVICES_MAX; i++)
        if (infos[i].automatic) time_vulkan(bench, &params, i);
    mem_free(infos);
    mem_free(folder);
}

/* ---- what would be done ---- */

static void tell_plan(struct bench *bench) {
    struct plan_situation situation = {.cost = bench->cost,
                                       .switches = bench->preferences.switches,
                                       .devices = bench->devices,
                                       .device_count = bench->device_count};
    if (!bench->options->json) say(bench, "plan        when nothing else is to do");
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        struct plan_load load = {.windows = batches[i], .tokens = batches[i] * TOKENS};
        struct plan_placement placement = plan_place(&situation, &load);
        struct str words;
        str_init(&words);
        plan_explain(&situation, &load, &placement, &words);
        if (bench->options->json) {
            begin_json(bench, "plan");
            emit_int_at(&bench->emit, "windows", load.windows);
            emit_key(&bench->emit, "shares");
            emit_open_object(&bench->emit);
            for (uint32_t d = 0; d < bench->device_count; d++)
                if (placement.windows[d])
                    emit_int_at(&bench->emit, bench->devices[d].name, placement.windows[d]);
            emit_close_object(&bench->emit);
            emit_text_at(&bench->emit, "explanation", words.bytes);
            end_json(bench);
        } else {
            say(bench, "  %s", words.bytes);
        }
        str_finish(&words);
    }
}

/* ---- the command ---- */

static void complain(const char *message, void *payload) {
    (void)payload;
    log_print(LOG_WARNING, "%s", message);
}

int cmd_bench(const struct options *options) {
    struct bench bench = {.options = options};
    struct error error;
    if (options->model && !strcmp(options->model, "none")) {
        log_print(
            LOG_ERROR,
            "bench measures the encoder, and --model none has none: name a file of weights, or leave it out");
        return EXIT_TROUBLE;
    }
    if (encoder_setup_weights(options, &bench.weights, &error)) {
        log_print(LOG_ERROR, "%s", error.message);
        return EXIT_TROUBLE;
    }
    preferences_load(&(struct preferences_params){.root = ".", .options = options, .complain = complain},
                     &bench.preferences);
    bench.cost = cost_create("bench");
    str_init(&bench.line);
    emit_init(&bench.emit);
    time_cpu(&bench);
    if (options->device != DEVICE_KIND_CPU) time_vulkans(&bench);
    tell_plan(&bench);
    emit_finish(&bench.emit);
    str_finish(&bench.line);
    cost_destroy(bench.cost);
    weights_destroy(bench.weights);
    return bench.written || bench.troubled ? EXIT_TROUBLE : EXIT_CLEAN;
}
