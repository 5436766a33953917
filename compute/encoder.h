/* encoder.h: what the network thinks of windows of tokens: which token goes or becomes another, what is
 * missing between two, whether anything is wrong at all.
 *
 *     struct encoder_window window = {.tokens = tokens, .count = count};
 *     struct encoder_scores scores;
 *     if (encoder_run(encoder, &window, 1, &scores, &error)) return ...;
 *     scores.token[t * outputs + output] ...
 *
 * Owns    its workspace, sized at creation, so that running allocates nothing. It borrows the network, which
 *         many encoders share. Scores lie in the encoder until it runs again.
 * Threads one at a time; several encoders of one network run beside each other.
 * Errors  what the network has no row for, and windows that are empty or too long, are refused with a
 *         message; then nothing was run. A device that failed says so.
 * Units   tokens; gap g of a window lies before its token g. Scores are natural logarithms of probabilities,
 *         a row of `outputs` numbers (network_shape) for each token and each gap. */
#ifndef NOODLE_ENCODER_H
#define NOODLE_ENCODER_H

#include "base/status.h"
#include "compute/network.h"

#include <stdint.h>

struct encoder_window {
    const struct device_token *tokens; /* rows of the network's tables */
    uint32_t count;                    /* 1 .. DEVICE_WINDOW_MAX */
};

struct encoder_scores {
    const float *token; /* [count][outputs] */
    const float *gap;   /* [count + 1][outputs] */
    float fine;         /* probability that the window needs no edit, not its logarithm */
};

struct encoder;

/* For up to `windows_max` windows of together up to `tokens_max` tokens in one run. */
enum status encoder_create(const struct network *network, uint32_t windows_max, uint32_t tokens_max,
                           struct encoder **ret_encoder, struct error *error);
void encoder_destroy(struct encoder *encoder);

/* Whether encoder_run would take these windows. */
enum status encoder_check(const struct encoder *encoder, const struct encoder_window *windows, uint32_t count,
                          struct error *error);

/* Fills scores[0..count). A window's scores do not depend on which others run with it. */
enum status encoder_run(struct encoder *encoder, const struct encoder_window *windows, uint32_t count,
                        struct encoder_scores *ret_scores, struct error *error);

#endif
