/* biased_model.h: a model with one opinion for every token and one for every gap, whatever is written there.
 *
 * Owns    the model and its device, until biased_model_finish.
 * Threads any.
 * Errors  asserts that the model can be made. */
#ifndef NOODLE_BIASED_MODEL_H
#define NOODLE_BIASED_MODEL_H

#include "analysis/model.h"

/* The odds against an edit that has no bias of its own. */
#define BIASED_MODEL_ODDS 8.0

struct bias {
    const char *literal; /* of the biased_model_literals; NULL: output */
    uint16_t output;     /* enum output_class */
    double odds;         /* as opinion.h gives them */
};

struct biased_model {
    struct weights *weights;
    struct device *device;
    struct model *model;
};

/* Both lists end with odds of 0. */
void biased_model_init(struct biased_model *biased, const struct bias *tokens, const struct bias *gaps);
/* On this device, which becomes the model's. */
void biased_model_init_on(struct biased_model *biased, struct device *device, const struct bias *tokens,
                          const struct bias *gaps);
void biased_model_finish(struct biased_model *biased);

extern const char *const biased_model_literals[];

#endif
