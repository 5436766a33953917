/* encoder_setup.h: the encoder of a command: which weights, on which devices, in which precision.
 *
 * The shipped model is made when the first repair is wanted, or before that in the background; that of a file
 * that was asked for by name at once, so that what is wrong with it is said at the start. While more settings
 * follow, the file is only opened. Devices beside the CPU warm up from then on in the background. What passes
 * took is read at the start and saved at the end, when there is something to choose.
 *
 * Owns    the CPU's device, the model, the batcher and its costs, until encoder_setup_finish; options,
 *         devices' names and payloads are borrowed until then.
 * Threads init and finish on the main thread; the model is for any, and so is model_source.
 * Errors  none that stops anything: what does not work is one line to `complain` (on the thread that asked
 * first), and the engine goes on with the rules of thumb. */
#ifndef NOODLE_ENCODER_SETUP_H
#define NOODLE_ENCODER_SETUP_H

#include "analysis/model.h"
#include "base/thread.h"
#include "cli/options.h"
#include "cli/preferences.h"
#include "compute/batcher.h"
#include <stdatomic.h>

struct encoder_setup_params {
    const struct options *options;
    const struct preferences *preferences; /* read at once */
    /* Beside the CPU, in order of preference: whatever backends this build and this machine have. */
    const struct batcher_device *devices;
    uint32_t device_count;
    bool device_named; /* the first of them was asked for: it takes all, and is waited for */
    bool incomplete;   /* more settings follow, by encoder_setup_configure, before the model should be made */
    void (*complain)(const char *message, void *payload);
    void *payload;
};

struct encoder_setup {
    struct model_source model_source; /* for sessions */
    const char *source; /* "none", "shipped" or the path of a file; known once it was asked for */

    struct encoder_setup_params params; /* .preferences is not kept */
    struct plan_switches switches;
    uint64_t named_patience_ns; /* how long a device that was asked for by name is waited for */
    struct pressure *pressure;
    struct thread_lock *lock; /* of what follows and of switches; loading is done under it, since whoever asks
                                 has to wait */
    bool asked;
    struct weights *weights; /* NULL: not opened, or there are none */
    struct device *device;   /* NULL without a model */
    struct model *model;     /* NULL: none */
    struct cost *cost;
    char *costs_path;                  /* NULL: costs are not kept */
    _Atomic(struct batcher *) batcher; /* of the model, when it is open */
    atomic_bool waited;                /* for a device that was named */
    struct thread *warming_up;         /* the main thread's; or NULL */
};

/* The setup must stay where it is until encoder_setup_finish. */
void encoder_setup_init(struct encoder_setup *setup, const struct encoder_setup_params *params);
void encoder_setup_finish(struct encoder_setup *setup);

/* Makes the model in the background, once. */
void encoder_setup_warm_up(struct encoder_setup *setup);

/* Other switches and thresholds, from any thread. quantizationEnabled counts until the model is made. */
void encoder_setup_configure(struct encoder_setup *setup, const struct preferences *preferences);

/* NULL before the model was asked for, and without one. */
struct batcher *encoder_setup_batcher(struct encoder_setup *setup);

/* Those of the file that was asked for, else the shipped ones. */
enum status encoder_setup_weights(const struct options *options, struct weights **ret_weights,
                                  struct error *error);

/* What the CPU computes in: what was asked for, else int8 where little is lost by it, which is always faster
 * there. */
enum precision encoder_setup_cpu_precision(const struct options *options, bool quantization,
                                           const struct weights *weights);

#endif
