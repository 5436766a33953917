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

static void go_on_without(const struct error *error, void (*complain)(const char *message, void *payload),
                          void *payload) {
    struct str line;
    str_init(&line);
    str_addf(&line, "%s; repairs come from the grammar alone", error->message);
    complain(line.bytes, payload);
    str_finish(&line);
}

void encoder_setup_init(struct encoder_setup *setup, const struct options *options,
                        void (*complain)(const char *message, void *payload), void *payload) {
    *setup = (struct encoder_setup){.source = "none"};
    if (options->model && !strcmp(options->model, "none")) return;
    struct error error = {0};
    struct weights *weights;
    if (open_weights(options->model, &weights, &error)) {
        go_on_without(&error, complain, payload);
        return;
    }
    setup->device = device_cpu_create(kernel_best());
    if (model_create(weights, setup->device, options->precision, &setup->model, &error)) {
        go_on_without(&error, complain, payload);
        encoder_setup_finish(setup);
    } else {
        setup->source = options->model ? options->model : "shipped";
    }
    weights_destroy(weights);
}

void encoder_setup_finish(struct encoder_setup *setup) {
    model_destroy(setup->model);
    device_destroy(setup->device);
    *setup = (struct encoder_setup){.source = "none"};
}
