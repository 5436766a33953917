/* batch.h: one function over many inputs, on several threads, with the results delivered in order.
 *
 * Owns    its threads, for the time of batch_run.
 * Threads work runs on worker threads (on the caller's with one worker), deliver on the caller's.
 * Errors  none of its own.
 * Invariant  at most BATCH_AHEAD results wait for an earlier one, so that memory does not grow with the
 * inputs. */
#ifndef NOODLE_BATCH_H
#define NOODLE_BATCH_H

#include "cli/app.h"

#define BATCH_AHEAD 256

struct batch {
    size_t count;
    void *(*work)(size_t index, struct pipeline *pipeline, void *payload); /* makes a result */
    bool (*deliver)(size_t index, void *result, void *payload); /* takes it; false: no more work is begun */
    void *payload;
};

/* Every result that was made is delivered, also after a deliver returned false or an interrupt ended the
 * work. */
void batch_run(const struct app *app, const struct batch *batch);

#endif
