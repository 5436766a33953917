/* small_encoder.h: a network nobody trained on the CPU, windows for it, and what it says of each when nobody
 * is in between.
 *
 * Owns    all of it, until small_encoder_finish.
 * Threads one at a time; windows and expected scores are read by any.
 * Errors  asserts that it can be made. */
#ifndef NOODLE_SMALL_ENCODER_H
#define NOODLE_SMALL_ENCODER_H

#include "base/str.h"
#include "compute/encoder.h"

#include <stdbool.h>

#define SMALL_WINDOWS 12
#define SMALL_TOKENS  12 /* of the longest window */
#define SMALL_OUTPUTS 28

struct small_encoder {
    struct str bytes;
    struct weights *weights; /* fp32 */
    struct device *device;
    struct network *network; /* fp32 */
    struct device_token tokens[SMALL_WINDOWS][SMALL_TOKENS];
    struct encoder_window windows[SMALL_WINDOWS];
    float token[SMALL_WINDOWS][SMALL_TOKENS * SMALL_OUTPUTS];
    float gap[SMALL_WINDOWS][(SMALL_TOKENS + 1) * SMALL_OUTPUTS];
    float fine[SMALL_WINDOWS];
};

void small_encoder_init(struct small_encoder *small);
void small_encoder_finish(struct small_encoder *small);

/* Whether these are the scores of this window, up to the order of sums. */
bool small_encoder_is_right(const struct small_encoder *small, uint32_t window,
                            const struct encoder_scores *scores);

/* ... to the bit. */
bool small_encoder_is_same(const struct small_encoder *small, uint32_t window,
                           const struct encoder_scores *scores);

#endif
