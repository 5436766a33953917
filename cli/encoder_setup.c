#include "cli/encoder_setup.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/costs_file.h"
#include "compute/device_cpu.h"
#include "compute/shipped_weights.h"
#include <stdio.h>
#include <string.h>

#define PRESSURE_INTERVAL_NS (2 * NS_PER_S)
#define NAMED_WAIT_NS        (300 * NS_PER_S)

static void go_on_without(const struct encoder_setup *setup, const struct error *error) {
    struct str line;
    str_init(&line);
    str_addf(&line, "%s; repairs come from the grammar alone", error->message);
    setup->params.complain(line.bytes, setup->params.payload);
    str_finish(&line);
}

/* ---- costs ---- */

static struct cost *open_costs(struct encoder_setup *setup) {
    const struct weights_shape *shape = network_shape(model_network(setup->model));
    struct str subject;
    str_init(&subject);
    str_addf(&subject, NOODLE_VERSION ", %u layers of width %u and %u, %u outputs", shape->layers,
             shape->width, shape->feed_forward, shape->outputs);
    struct cost *cost = cost_create(subject.bytes);
    struct error error;
    if (setup->params.device_count && setup->switches.auto_optimization)
        setup->costs_path = costs_file_path(subject.bytes);
    if (setup->costs_path) {
        enum status status = costs_file_load(setup->costs_path, cost, &error);
        if (status && status != STATUS_NOT_FOUND)
            setup->params.complain(error.message, setup->params.payload);
    }
    str_finish(&subject);
    return cost;
}

/* ---- the model ---- */

enum status encoder_setup_weights(const struct options *options, struct weights **ret_weights,
                                  struct error *error) {
    if (options->model) return weights_open(options->model, ret_weights, error);
    size_t size;
    const void *bytes = shipped_weights(&size);
    return weights_from_memory("the shipped model", bytes, size, ret_weights, error);
}

enum precision encoder_setup_cpu_precision(const struct options *options, bool quantization,
                                           const struct weights *weights) {
    if (options->precision != PRECISION_AUTO) return options->precision;
    return quantization && weights_int8_is_accurate(weights) ? PRECISION_INT8 : PRECISION_FP32;
}

/* A device that was asked for by name and does not start is told of. Each of its waits has an end
 * (gpuTimeout), and so has this one. */
static void wait_for_named(const struct encoder_setup *setup, struct batcher *batcher) {
    struct batcher_report report;
    bool warm = batcher_wait_warm(batcher, NAMED_WAIT_NS);
    batcher_report(batcher, &report);
    const struct batcher_device_report *named = &report.devices[PLAN_CPU + 1];
    if (report.device_count > PLAN_CPU + 1 && named->state == PLAN_READY) return;
    struct str line;
    str_init(&line);
    str_addf(&line, "--device: %s; the CPU computes", warm ? named->problem : "it takes too long to start");
    setup->params.complain(line.bytes, setup->params.payload);
    str_finish(&line);
}

static void open_batcher(struct encoder_setup *setup, struct weights *weights) {
    setup->cost = open_costs(setup);
    struct batcher_params params = {.network = model_network(setup->model),
                                    .weights = weights,
                                    .devices = setup->params.devices,
                                    .device_count = setup->params.device_count,
                                    .precision = setup->params.options->precision,
                                    .int8_accurate = weights_int8_is_accurate(weights),
                                    .switches = setup->switches,
                                    .cost = setup->cost,
                                    .pressure = setup->pressure,
                                    .patience_ns = setup->params.device_named ? setup->named_patience_ns : 0};
    struct batcher *batcher = batcher_create(&params);
    model_use(setup->model, batcher);
    atomic_store(&setup->batcher, batcher);
}

static bool has_no_model(const struct encoder_setup *setup) {
    return setup->params.options->model && !strcmp(setup->params.options->model, "none");
}

static void open_weights(struct encoder_setup *setup) {
    struct error error;
    if (encoder_setup_weights(setup->params.options, &setup->weights, &error)) go_on_without(setup, &error);
}

static void open_model(struct encoder_setup *setup) {
    struct error error = {0};
    if (has_no_model(setup)) return;
    if (!setup->params.options->model) open_weights(setup); /* a file was opened at the start */
    if (!setup->weights) return;
    setup->device = device_cpu_create(kernel_best());
    enum precision precision =
        encoder_setup_cpu_precision(setup->params.options, setup->switches.quantization, setup->weights);
    if (model_create(setup->weights, setup->device, precision, &setup->model, &error)) {
        go_on_without(setup, &error);
        return;
    }
    setup->source = setup->params.options->model ? setup->params.options->model : "shipped";
    open_batcher(setup, setup->weights);
}

static const struct model *open_once(struct encoder_setup *setup) {
    thread_lock_acquire(setup->lock);
    if (!setup->asked) open_model(setup);
    setup->asked = true;
    const struct model *model = setup->model;
    thread_lock_release(setup->lock);
    return model;
}

/* The first who asks waits for a device that was named, without the lock: settings may change meanwhile, and
 * the CPU serves the others. */
static const struct model *get_model(void *payload) {
    struct encoder_setup *setup = payload;
    const struct model *model = open_once(setup);
    if (model && setup->params.device_named && !atomic_exchange(&setup->waited, true))
        wait_for_named(setup, atomic_load(&setup->batcher));
    return model;
}

/* What was asked for by name is used, whatever else is measured or switched off. */
static struct plan_switches switches_for(const struct encoder_setup_params *params,
                                         const struct preferences *preferences) {
    struct plan_switches switches = preferences->switches;
    if (params->device_named) {
        switches.gpu_acceleration = true;
        switches.auto_optimization = false;
    }
    return switches;
}

/* Of the weights, with what else decides over the last digit. */
static uint64_t identity_of(const struct encoder_setup *setup) {
    const struct options *options = setup->params.options;
    if (has_no_model(setup)) return MODEL_IDENTITY_NONE;
    if (options->model && !setup->weights) return 0;
    struct {
        uint64_t file, kernels, precision, int8, named, device_number;
    } all = {.file = options->model ? weights_hash(setup->weights) : 1,
             .kernels = hash64(kernel_best()->name, strlen(kernel_best()->name), 0),
             .precision = options->precision,
             .int8 = setup->switches.quantization,
             .named = setup->params.device_named,
             .device_number = setup->params.device_named ? options->device_number : 0};
    return hash64(&all, sizeof all, 0);
}

void encoder_setup_init(struct encoder_setup *setup, const struct encoder_setup_params *params) {
    struct pressure_params pressure_params = {.memory_threshold = params->preferences->memory_threshold,
                                              .cpu_threshold = params->preferences->cpu_threshold,
                                              .interval_ns = PRESSURE_INTERVAL_NS};
    *setup = (struct encoder_setup){.model_source = {.get = get_model, .payload = setup},
                                    .source = "none",
                                    .params = *params,
                                    .named_patience_ns = params->preferences->gpu.timeout_ms * NS_PER_MS,
                                    .switches = switches_for(params, params->preferences),
                                    .pressure = pressure_create(&pressure_params),
                                    .lock = thread_lock_create()};
    setup->params.preferences = NULL;
    if (params->options->model && !has_no_model(setup)) open_weights(setup);
    setup->model_source.identity = identity_of(setup);
    if (params->options->model && !params->incomplete) open_once(setup);
}

static void warm_up(void *payload) {
    open_once(payload);
}

void encoder_setup_warm_up(struct encoder_setup *setup) {
    if (!setup->warming_up) setup->warming_up = thread_create(warm_up, setup);
}

void encoder_setup_configure(struct encoder_setup *setup, const struct preferences *preferences) {
    thread_lock_acquire(setup->lock);
    setup->switches = switches_for(&setup->params, preferences);
    setup->named_patience_ns = preferences->gpu.timeout_ms * NS_PER_MS;
    if (!setup->asked) setup->model_source.identity = identity_of(setup); /* the format is chosen once */
    struct batcher *batcher = atomic_load(&setup->batcher);
    if (batcher) batcher_configure(batcher, &setup->switches);
    pressure_set_thresholds(setup->pressure, preferences->memory_threshold, preferences->cpu_threshold);
    thread_lock_release(setup->lock);
}

struct batcher *encoder_setup_batcher(struct encoder_setup *setup) {
    return atomic_load(&setup->batcher);
}

void encoder_setup_finish(struct encoder_setup *setup) {
    struct error error;
    if (setup->warming_up) thread_join(setup->warming_up);
    batcher_destroy(atomic_load(&setup->batcher));
    if (setup->costs_path && costs_file_save(setup->costs_path, setup->cost, &error))
        setup->params.complain(error.message, setup->params.payload);
    mem_free(setup->costs_path);
    cost_destroy(setup->cost);
    model_destroy(setup->model);
    weights_destroy(setup->weights);
    if (setup->device) device_destroy(setup->device);
    pressure_destroy(setup->pressure);
    thread_lock_destroy(setup->lock);
}
