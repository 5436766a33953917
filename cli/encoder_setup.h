/* encoder_setup.h: the encoder of a command: which weights, on which device, in which precision.
 *
 * The shipped weights are opened when the first repair is wanted; a file that was asked for by name at once,
 * so that what is wrong with it is said at the start.
 *
 * Owns    device and model, until encoder_setup_finish; options are borrowed until then.
 * Threads init and finish on the main thread; the model is for any, and so is model_source.
 * Errors  none that stops anything: what does not work is one line to `complain` (on the thread that asked
 * first), and the engine goes on with the rules of thumb. */
#ifndef NOODLE_ENCODER_SETUP_H
#define NOODLE_ENCODER_SETUP_H

#include "analysis/model.h"
#include "base/thread.h"
#include "cli/options.h"

struct encoder_setup {
    struct model_source model_source; /* for sessions */
    const char *source; /* "none", "shipped" or the path of a file; known once it was asked for */

    const struct options *options;
    void (*complain)(const char *message, void *payload);
    void *payload;
    struct thread_lock
        *lock; /* of the three below; loading is done under it, since whoever asks has to wait */
    bool asked;
    struct device *device; /* NULL without a model */
    struct model *model;   /* NULL: none */
};

/* The setup must stay where it is until encoder_setup_finish. */
void encoder_setup_init(struct encoder_setup *setup, const struct options *options,
                        void (*complain)(const char *message, void *payload), void *payload);
void encoder_setup_finish(struct encoder_setup *setup);

#endif
