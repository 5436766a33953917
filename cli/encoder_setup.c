#include "cli/encoder_setup.h"

#include "base/str.h"
#include "compute/device_cpu.h"
#include "compute/shipped_weights.h"
#include <string.h>

static enum status open_weights(const char *path, struct weights **ret_weights, struct error *error) {
    if (path) return weights_open(path, ret_weights, error);
    size_t size;
    const void *bytes = shipped_weights(&size);
    return weights_from_memory("the shipped model", bytes, size, ret_weights, error);
}

static void go_on_without(const struct encoder_setup *setup, const struct error *error) {
    struct str line;
    str_init(&line);
    str_addf(&line, "%s; repairs come from the grammar alone", error->message);
    setup->complain(line.bytes, setup->payload);
    str_finish(&line);
}

static void open_model(struct encoder_setup *setup) {
    const struct options *options = setup->options;
    if (options->model && !strcmp(options->model, "none")) return;
    struct error error = {0};
    struct weights *weights;
    if (open_weights(options->model, &weights, &error)) {
        go_on_without(setup, &error);
        return;
    }
    setup->device = device_cpu_create(kernel_best());
    if (model_create(weights, setup->device, options->precision, &setup->model, &error))
        go_on_without(setup, &error);
    else
        setup->source = options->model ? options->model : "shipped";
    weights_destroy(weights);
}

static const struct model *get_model(void *payload) {
    struct encoder_setup *setup = payload;
    thread_lock_acquire(setup->lock);
    if (!setup->asked) open_model(setup);
    setup->asked = true;
    const struct model *model = setup->model;
    thread_lock_release(setup->lock);
    return model;
}

void encoder_setup_init(struct encoder_setup *setup, const struct options *options,
                        void (*complain)(const char *message, void *payload), void *payload) {
    *setup = (struct encoder_setup){.model_source = {get_model, setup},
                                    .source = "none",
                                    .options = options,
                                    .complain = complain,
                                    .payload = payload,
                                    .lock = thread_lock_create()};
    if (options->model) get_model(setup);
}

void encoder_setup_finish(struct encoder_setup *setup) {
    model_destroy(setup->model);
    if (setup->device) device_destroy(setup->device);
    thread_lock_destroy(setup->lock);
}
