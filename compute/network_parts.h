/* network_parts.h: what a network consists of, for the forward pass.
 *
 * Owns    as network.h says.
 * Threads any; it is read only.
 * Errors  none. */
#ifndef NOODLE_NETWORK_PARTS_H
#define NOODLE_NETWORK_PARTS_H

#include "compute/network.h"

struct network_linear {
    struct device_matrix *weight;
    struct device_buffer *bias;
};

struct network_layer {
    struct device_buffer *norm1, *norm2, *position;
    struct network_linear qkv, out, up, down;
};

struct network {
    struct device *device;
    enum precision precision;
    struct weights_shape shape;
    struct device_table *embed_token, *embed_feature, *embed_gram;
    struct network_layer *layers;
    struct device_buffer *final_norm;
    struct network_linear token, gap_left, gap_right, gap_out;
    struct device_buffer *gap_bias;
    struct device_buffer *fine_weight;
    float fine_bias;
};

#endif
