#include "compute/network.h"
#include "base/mem.h"
#include "compute/network_parts.h"

/* Makes matrices and buffers one after another; the first failure is kept, and what follows it makes nothing.
 */
struct loader {
    struct device *device;
    enum precision precision;
    enum status status;
    struct error *error;
};

static void load_values(struct loader *loader, const float *values, uint32_t rows, uint32_t columns,
                        struct device_buffer **ret_buffer) {
    if (!loader->status)
        loader->status =
            device_buffer_create(loader->device, rows, columns, values, ret_buffer, loader->error);
}

static void load_table(struct loader *loader, const struct weights_matrix *matrix,
                       struct device_table **ret_table) {
    if (loader->status) return;
    struct device_table_params params = {.rows = matrix->rows,
                                         .columns = matrix->columns,
                                         .format = matrix->format,
                                         .values = matrix->values,
                                         .scales = matrix->scales};
    loader->status = device_table_create(loader->device, &params, ret_table, loader->error);
}

static void load_matrix(struct loader *loader, const struct weights_matrix *matrix,
                        struct device_matrix **ret_matrix) {
    if (loader->status) return;
    struct device_matrix_params params = {.rows = matrix->rows,
                                          .columns = matrix->columns,
                                          .format = matrix->format,
                                          .values = matrix->values,
                                          .scales = matrix->scales,
                                          .precision = loader->precision};
    loader->status = device_matrix_create(loader->device, &params, ret_matrix, loader->error);
}

static void load_linear(struct loader *loader, const struct weights_linear *linear,
                        struct network_linear *to) {
    load_matrix(loader, &linear->weight, &to->weight);
    load_values(loader, linear->bias, 1, linear->weight.rows, &to->bias);
}

/* A side of the gaps' hidden layer. The bias is one for both, and added where they meet. */
static void load_gap_side(struct loader *loader, const struct weights_matrix *weight,
                          struct network_linear *to) {
    float *zeros = mem_zalloc(weight->rows * sizeof *zeros);
    load_matrix(loader, weight, &to->weight);
    load_values(loader, zeros, 1, weight->rows, &to->bias);
    mem_free(zeros);
}

static void load(struct loader *loader, const struct weights *weights, struct network *network) {
    const struct weights_shape *shape = &network->shape;
    load_table(loader, &weights->embed_token, &network->embed_token);
    load_table(loader, &weights->embed_feature, &network->embed_feature);
    load_table(loader, &weights->embed_gram, &network->embed_gram);
    for (uint32_t i = 0; i < shape->layers; i++) {
        const struct weights_layer *from = &weights->layers[i];
        struct network_layer *to = &network->layers[i];
        load_values(loader, from->norm1, 1, shape->width, &to->norm1);
        load_values(loader, from->norm2, 1, shape->width, &to->norm2);
        load_values(loader, from->position, shape->heads, 2 * shape->reach + 1, &to->position);
        load_linear(loader, &from->qkv, &to->qkv);
        load_linear(loader, &from->out, &to->out);
        load_linear(loader, &from->up, &to->up);
        load_linear(loader, &from->down, &to->down);
    }
    load_values(loader, weights->final_norm, 1, shape->width, &network->final_norm);
    load_linear(loader, &weights->head_token, &network->token);
    load_gap_side(loader, &weights->head_gap_left, &network->gap_left);
    load_gap_side(loader, &weights->head_gap_right, &network->gap_right);
    load_values(loader, weights->head_gap_bias, 1, shape->gap_width, &network->gap_bias);
    load_linear(loader, &weights->head_gap_out, &network->gap_out);
    load_values(loader, weights->head_fine_weight, 1, shape->width, &network->fine_weight);
    network->fine_bias = weights->head_fine_bias;
}

enum status network_create(const struct weights *weights, struct device *device, enum precision precision,
                           struct network **ret_network, struct error *error) {
    static const enum precision written_for[] = {
        [FORMAT_FP32] = PRECISION_FP32, [FORMAT_FP16] = PRECISION_FP16, [FORMAT_INT8] = PRECISION_INT8};
    /* The first layer stands for the file. */
    if (precision == PRECISION_AUTO) precision = written_for[weights->layers[0].qkv.weight.format];
    struct network *network = mem_zalloc(sizeof *network);
    network->device = device;
    network->precision = precision;
    network->shape = weights->shape;
    network->layers = mem_zalloc(weights->shape.layers * sizeof *network->layers);
    struct loader loader = {.device = device, .precision = precision, .error = error};
    load(&loader, weights, network);
    if (loader.status)
        network_destroy(network);
    else
        *ret_network = network;
    return loader.status;
}

static void destroy_linear(struct network_linear *linear) {
    device_matrix_destroy(linear->weight);
    device_buffer_destroy(linear->bias);
}

void network_destroy(struct network *network) {
    if (!network) return;
    for (uint32_t i = 0; i < network->shape.layers; i++) {
        struct network_layer *layer = &network->layers[i];
        device_buffer_destroy(layer->norm1);
        device_buffer_destroy(layer->norm2);
        device_buffer_destroy(layer->position);
        destroy_linear(&layer->qkv);
        destroy_linear(&layer->out);
        destroy_linear(&layer->up);
        destroy_linear(&layer->down);
    }
    mem_free(network->layers);
    device_table_destroy(network->embed_token);
    device_table_destroy(network->embed_feature);
    device_table_destroy(network->embed_gram);
    device_buffer_destroy(network->final_norm);
    destroy_linear(&network->token);
    destroy_linear(&network->gap_left);
    destroy_linear(&network->gap_right);
    device_buffer_destroy(network->gap_bias);
    destroy_linear(&network->gap_out);
    device_buffer_destroy(network->fine_weight);
    mem_free(network);
}

const struct weights_shape *network_shape(const struct network *network) {
    return &network->shape;
}

enum precision network_precision(const struct network *network) {
    return network->precision;
}
