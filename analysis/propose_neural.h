/* propose_neural.h: the costs of edits as the encoder sees them, tempered by the rules of thumb.
 *
 * Owns    what symbols are to the encoder; propose_neural_finish frees it. The opinion is borrowed, and has
 * begun with the slice that is searched.
 * Threads those of the opinion.
 * Errors  where the encoder has no answer the rules of thumb stand alone. */
#ifndef NOODLE_PROPOSE_NEURAL_H
#define NOODLE_PROPOSE_NEURAL_H

#include "analysis/opinion.h"
#include "analysis/propose.h"

struct neural_proposer {
    struct proposer proposer;
    struct opinion *opinion; /* NULL: nothing may be asked */
    uint16_t *outputs;       /* by symbol */
};

/* A search without an opinion has a proposer all the same, to hold the NULL. */
void propose_neural_init(struct neural_proposer *neural, struct opinion *opinion,
                         const struct symbols *symbols);
void propose_neural_finish(struct neural_proposer *neural);

/* The cost of a variant's edits to the slice, of which the rules of thumb say `cost`. */
double propose_neural_variant(const struct neural_proposer *neural, const struct text_edit *edits,
                              size_t count, double cost);

/* Whether the encoder would rather change something at the token ahead, or before it, than leave it. */
bool propose_neural_suspects(const struct neural_proposer *neural, uint32_t slice_next);

#endif
