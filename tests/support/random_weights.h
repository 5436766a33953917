/* random_weights.h: encoders nobody trained, as safetensors files in memory.
 *
 * Owns    nothing; the bytes are the caller's.
 * Threads any.
 * Errors  none. */
#ifndef NOODLE_RANDOM_WEIGHTS_H
#define NOODLE_RANDOM_WEIGHTS_H

#include "base/str.h"
#include "compute/quant.h"

#include <stdint.h>

struct random_weights_params {
    uint32_t layers, width, heads, feed_forward, reach, literals, grams, gap_width;
    enum number_format format; /* of the matrices */
    uint64_t seed;
    const uint32_t *feature_sizes; /* 8 of them; NULL: random_weights_feature_sizes */
};

/* Numbers are of the size that training leaves them in: x keeps its order of magnitude through the layers. */
void random_weights_make(const struct random_weights_params *params, struct str *ret_bytes);

/* Feature sizes where no others are asked for, "3,2,8,4,5,9,2,7". */
extern const uint32_t random_weights_feature_sizes[8];

uint64_t random_next(uint64_t *state);
float random_float(uint64_t *state);  /* -1 .. 1 */
float random_normal(uint64_t *state); /* nearly: of variance 1, and never above 6 */

#endif
