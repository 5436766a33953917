/* naive_encoder.h: the network's definition in double precision, written from its formulas and from nothing
 * else.
 *
 * Owns    what it returns; naive_scores_finish frees it.
 * Threads any.
 * Errors  none. */
#ifndef NOODLE_NAIVE_ENCODER_H
#define NOODLE_NAIVE_ENCODER_H

#include "compute/encoder.h"

struct naive_scores {
    uint32_t rows;
    double **layers;     /* [layers][rows * width], x after each */
    double *token, *gap; /* logits, [rows][outputs] and [rows + 1][outputs] */
    double fine;         /* logit */
    uint32_t layer_count;
};

void naive_encoder_run(const struct weights *weights, const struct encoder_window *window,
                       struct naive_scores *ret_scores);
void naive_scores_finish(struct naive_scores *scores);

/* Logits become logarithms of probabilities. */
void naive_log_softmax(double *logits, uint32_t rows, uint32_t outputs);

#endif
