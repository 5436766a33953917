/* pass_time.h: what a pass of the encoder takes, measured on purpose: for commands that show it, and for
 * devices that warm up.
 *
 * Owns    nothing.
 * Threads one at a time for each network's encoder that is measured; each call has its own.
 * Errors  of the device, and of memory for so many windows.
 * Units   nanoseconds. */
#ifndef NOODLE_PASS_TIME_H
#define NOODLE_PASS_TIME_H

#include "compute/encoder.h"

#define PASS_TIME_ROUNDS_MAX 1000

struct pass_time_params {
    const struct network *network;
    uint32_t windows, tokens; /* tokens: of each window */
    uint32_t rounds_max;      /* behind the first pass; at most PASS_TIME_ROUNDS_MAX are done */
    uint64_t time_ns;         /* behind the first pass; no round begins later */
};

struct pass_time {
    uint64_t first_ns; /* what is made at the first use included */
    uint64_t best_ns, median_ns;
    uint32_t rounds; /* 0: none was wanted */
};

enum status pass_time_measure(const struct pass_time_params *params, struct pass_time *ret_time,
                              struct error *error);

/* Made-up tokens that the network has rows for; the same for the same seed. */
void pass_time_tokens(const struct weights_shape *shape, uint64_t seed, struct device_token *tokens,
                      uint32_t count);

/* Multiplications and additions of one window, in products and attention. */
double pass_time_operations(const struct weights_shape *shape, uint32_t tokens);

#endif
