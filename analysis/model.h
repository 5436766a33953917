/* model.h: a trained encoder as the engine holds it: the network on its device, and the vocabulary.
 *
 * Owns    its copy of the weights and its vocabulary; the device is borrowed and has to outlive it.
 * Threads any: nothing in it changes. Each thread has an opinion (opinion.h) of its own.
 * Errors  weights for other features or another scanner than this program's are refused with a message. */
#ifndef NOODLE_MODEL_H
#define NOODLE_MODEL_H

#include "analysis/vocabulary.h"
#include "base/status.h"
#include "compute/network.h"

struct model;

/* Who has the model, asked when the first repair is wanted: loading one takes longer than starting does. */
struct model_source {
    const struct model *(*get)(void *payload); /* from any thread; the same each time; NULL: there is none */
    void *payload;
};

/* The weights may be destroyed afterwards. */
enum status model_create(const struct weights *weights, struct device *device, enum precision precision,
                         struct model **ret_model, struct error *error);
void model_destroy(struct model *model); /* NULL is harmless */

const struct network *model_network(const struct model *model);
const struct vocabulary *model_vocabulary(const struct model *model);

#endif
