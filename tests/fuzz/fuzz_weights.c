/* Weights from any bytes: refused with a message, or read and then fit to be loaded and run. */
#include "compute/weights.h"

#include "compute/device_cpu.h"
#include "compute/encoder.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A larger network is another's work: loading it is not what is to be found out. */
#define WEIGHTS_BYTES_RUN (64u << 10)

static void run(const struct weights *weights) {
    struct device *device = device_cpu_create(kernel_best());
    struct network *network = NULL;
    struct encoder *encoder = NULL;
    struct encoder_scores scores;
    struct device_token tokens[3] = {{.token = 0}, {.token = 1, .gram_count = 1}, {.token = 8}};
    struct encoder_window window = {.tokens = tokens, .count = 3};
    struct error error;
    if (network_create(weights, device, PRECISION_AUTO, &network, &error) ||
        encoder_create(network, 1, 3, &encoder, &error) ||
        encoder_run(encoder, &window, 1, &scores, &error)) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    encoder_destroy(encoder);
    network_destroy(network);
    device_destroy(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weights *weights;
    struct error error = {0};
    if (weights_from_memory("fuzz", data, size, &weights, &error)) {
        if (!error.message[0]) abort();
        return 0;
    }
    if (size <= WEIGHTS_BYTES_RUN) run(weights);
    weights_destroy(weights);
    return 0;
}
