/* network.h: the encoder's weights as a device packed them for itself.
 *
 * Owns    its matrices. It borrows the device, and the weights, whose tables it reads.
 * Threads any: nothing in it changes after network_create.
 * Errors  what the device cannot hold or does not know. */
#ifndef NOODLE_NETWORK_H
#define NOODLE_NETWORK_H

#include "base/status.h"
#include "compute/device.h"
#include "compute/weights.h"

struct network;

/* PRECISION_AUTO takes the precision that the file was written for. Any file runs in any precision: int8 and
 * fp16 weights are widened for fp32, fp32 weights are rounded for int8. */
enum status network_create(const struct weights *weights, struct device *device, enum precision precision,
                           struct network **ret_network, struct error *error);
void network_destroy(struct network *network);

const struct weights_shape *network_shape(const struct network *network);
enum precision network_precision(const struct network *network); /* never PRECISION_AUTO */

#endif
