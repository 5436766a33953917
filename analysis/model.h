/* model.h: a trained encoder as the engine holds it: the network on the CPU, the batcher that knows other
 * devices, and the vocabulary.
 *
 * Owns    its copy of the weights and its vocabulary; device and batcher are borrowed and have to outlive it.
 * Threads any: nothing in it changes after model_use. Each thread has an opinion (opinion.h) of its own.
 * Errors  weights for other features or another scanner than this program's are refused with a message. */
#ifndef NOODLE_MODEL_H
#define NOODLE_MODEL_H

#include "analysis/vocabulary.h"
#include "base/status.h"
#include "compute/batcher.h"
#include "compute/network.h"

struct model;

#define MODEL_IDENTITY_NONE 1 /* of a source that says in advance that it has no model */

/* Who has the model, asked when the first repair is wanted: loading one takes longer than starting does. */
struct model_source {
    const struct model *(*get)(void *payload); /* from any thread; the same each time; NULL: there is none */
    void *payload;
    /* Equal numbers, equal opinions of the CPU: of weights, precision and kernels. Known before the model is
     * asked for; 0: nobody knows, and results are not kept (cached.h). */
    _Atomic uint64_t identity;
};

/* The weights may be destroyed afterwards. */
enum status model_create(const struct weights *weights, struct device *device, enum precision precision,
                         struct model **ret_model, struct error *error);
void model_destroy(struct model *model); /* NULL is harmless */

/* Before any thread has the model: windows are given to this batcher, made for the model's network. */
void model_use(struct model *model, struct batcher *batcher);
struct batcher *model_batcher(const struct model *model); /* NULL: every thread computes for itself */

const struct network *model_network(const struct model *model);
const struct vocabulary *model_vocabulary(const struct model *model);

#endif
