/* encoder_setup.h: the encoder of a command: which weights, on which device, in which precision.
 *
 * Owns    device and model, until encoder_setup_finish.
 * Threads init and finish on the main thread; the model is for any.
 * Errors  none that stops anything: what does not work is one line to `complain`, and the engine goes on with
 * the rules of thumb. */
#ifndef NOODLE_ENCODER_SETUP_H
#define NOODLE_ENCODER_SETUP_H

#include "analysis/model.h"
#include "cli/options.h"

struct encoder_setup {
    struct device *device; /* NULL without a model */
    struct model *model;   /* NULL: none */
    const char *source;    /* "none", "shipped" or the path of a file */
};

void encoder_setup_init(struct encoder_setup *setup, const struct options *options,
                        void (*complain)(const char *message, void *payload), void *payload);
void encoder_setup_finish(struct encoder_setup *setup);

#endif
