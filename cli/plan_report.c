#include "cli/plan_report.h"

#include "base/clock.h"

#define WARM_NS      (20 * NS_PER_S) /* a device that takes longer is shown as it is then */
#define TOKENS       128
#define WINDOWS_MANY 8
#define ROUNDS       5

static const struct {
    const char *what;
    uint32_t windows;
    uint64_t time_ns;
} loads[] = {
    {"a keystroke", 1, 50 * NS_PER_MS},
    {"a document", 8, 500 * NS_PER_MS},
    {"a folder", 64, 0},
};

/* ---- text ---- */

/* So that there are times also where nothing was asked yet. Tokens of zeros are tokens of any network. */
static void measure_cpu(const struct network *network, struct batcher *batcher) {
    static const struct device_token tokens[TOKENS];
    struct encoder_window windows[WINDOWS_MANY];
    struct encoder_scores scores[WINDOWS_MANY];
    struct batch_caller *caller;
    struct error error;
    for (int i = 0; i < WINDOWS_MANY; i++)
        windows[i] = (struct encoder_window){tokens, TOKENS};
    if (batch_caller_create(batcher, network, WINDOWS_MANY, WINDOWS_MANY * TOKENS, &caller, &error)) return;
    for (int round = 0; round < ROUNDS; round++) {
        batcher_run(caller, windows, 1, NULL, scores, &error); /* a failure is told by the report */
        batcher_run(caller, windows, WINDOWS_MANY, NULL, scores, &error);
    }
    batch_caller_destroy(caller);
}

static void add_device(struct str *out, const struct batcher_device_report *device) {
    str_addf(out, "  %s %s: %s;", device->name, precision_name(device->precision),
             plan_state_name(device->state));
    str_adds(out, " 1 window ");
    plan_add_time(out, (double)device->one_ns);
    str_adds(out, ", 8 ");
    plan_add_time(out, (double)device->eight_ns);
    str_adds(out, ", 64 ");
    plan_add_time(out, (double)device->many_ns);
    if (device->problem[0])
        str_addf(out, "; failed %lu times: %s", (unsigned long)device->failures, device->problem);
    str_addc(out, '\n');
}

void plan_report_text(struct batcher *batcher, const struct network *network, struct str *out) {
    batcher_wait_warm(batcher, WARM_NS);
    measure_cpu(network, batcher);
    struct batcher_report report;
    batcher_report(batcher, &report);
    str_addf(out,
             "plan        memory %.0f %% in use, batches halved %u times; processors %.0f %% in use, threads "
             "halved "
             "%u times\n",
             report.pressure.memory * 100, report.pressure.memory_steps, report.pressure.cpu * 100,
             report.pressure.cpu_steps);
    for (uint32_t i = 0; i < report.device_count; i++)
        add_device(out, &report.devices[i]);
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct plan_load load = {loads[i].windows, loads[i].windows * TOKENS, loads[i].time_ns};
        str_addf(out, "  %s: ", loads[i].what);
        batcher_explain(batcher, &load, out);
        str_addc(out, '\n');
    }
}

/* ---- noodle/status ---- */

static void emit_device(struct emit *emit, const struct batcher_device_report *device) {
    emit_open_object(emit);
    emit_text_at(emit, "name", device->name);
    emit_text_at(emit, "state", plan_state_name(device->state));
    emit_text_at(emit, "precision", precision_name(device->precision));
    emit_int_at(emit, "passes", (int64_t)device->passes);
    emit_int_at(emit, "windows", (int64_t)device->windows);
    emit_int_at(emit, "failures", (int64_t)device->failures);
    if (device->one_ns) emit_ms_at(emit, "oneWindowMs", device->one_ns);
    if (device->many_ns) emit_ms_at(emit, "manyWindowsMs", device->many_ns);
    if (device->problem[0]) emit_text_at(emit, "problem", device->problem);
    emit_close_object(emit);
}

void plan_report_emit(struct batcher *batcher, struct emit *emit) {
    if (!batcher) {
        emit_null(emit);
        return;
    }
    struct batcher_report report;
    struct str last;
    str_init(&last);
    batcher_report(batcher, &report);
    batcher_explain_last(batcher, &last);
    emit_open_object(emit);
    emit_bool_at(emit, "gpuAcceleration", report.switches.gpu_acceleration);
    emit_bool_at(emit, "batchSizeAuto", report.switches.batch_size_auto);
    emit_bool_at(emit, "quantizationEnabled", report.switches.quantization);
    emit_bool_at(emit, "autoOptimization", report.switches.auto_optimization);
    emit_key(emit, "memoryInUse");
    emit_double(emit, report.pressure.memory);
    emit_int_at(emit, "memorySteps", report.pressure.memory_steps);
    emit_key(emit, "cpuInUse");
    emit_double(emit, report.pressure.cpu);
    emit_int_at(emit, "cpuSteps", report.pressure.cpu_steps);
    emit_int_at(emit, "calls", (int64_t)report.calls);
    emit_int_at(emit, "windows", (int64_t)report.windows);
    emit_int_at(emit, "redone", (int64_t)report.redone);
    emit_int_at(emit, "late", (int64_t)report.late);
    emit_key(emit, "devices");
    emit_open_array(emit);
    for (uint32_t i = 0; i < report.device_count; i++)
        emit_device(emit, &report.devices[i]);
    emit_close_array(emit);
    emit_text_at(emit, "last", last.length ? last.bytes : NULL);
    emit_close_object(emit);
    str_finish(&last);
}
