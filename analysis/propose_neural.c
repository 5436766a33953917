#include "analysis/propose_neural.h"

#include "base/mem.h"

#include <math.h>

#define WEIGHT        0.4 /* of the encoder in a cost; the rules of thumb have the rest */
#define AGAINST_MAX   8.0 /* nats by which the encoder can be against what a rule of thumb is for */
#define UNHEARD       1.2 /* added where no rule of thumb speaks for an edit */
#define UNHEARD_MAX   3.0 /* nats beyond which the encoder alone is not followed */
#define SUSPICION_MAX 0.0 /* odds of an edit below which a place is looked at however far it is */

/* -log of the edit's probability, it or nothing being done at its place. */
static double cost_of_odds(double odds) {
    return odds > 30 ? odds : log1p(exp(odds));
}

static double blend(double odds, double rule_cost) {
    if (odds == OPINION_NONE) return rule_cost;
    bool unheard = rule_cost >= PROPOSE_NEVER;
    if (unheard && odds > UNHEARD_MAX) return PROPOSE_NEVER; /* for most symbols, without an exponential */
    double cost = cost_of_odds(odds);
    if (unheard) return cost <= UNHEARD_MAX ? cost + UNHEARD : PROPOSE_NEVER;
    if (cost > rule_cost + AGAINST_MAX) cost = rule_cost + AGAINST_MAX;
    return WEIGHT * cost + (1 - WEIGHT) * rule_cost;
}

static struct opinion *opinion_of(const struct proposer *proposer) {
    return ((const struct neural_proposer *)proposer)->opinion;
}

static uint16_t output_of(const struct proposer *proposer, uint16_t symbol) {
    return ((const struct neural_proposer *)proposer)->outputs[symbol];
}

static double insert(const struct proposer *proposer, const struct site *site, uint16_t symbol) {
    double cost = propose_grammar.insert(&propose_grammar, site, symbol);
    /* The encoder was asked for the first token of a gap only. */
    if (site->slice_next == LAYOUT_NONE || site->inserted_here) return cost;
    struct opinion *opinion = opinion_of(proposer);
    return blend(opinion_gap(opinion, site->slice_next, output_of(proposer, symbol)), cost);
}

static double remove_ahead(const struct proposer *proposer, const struct site *site) {
    double cost = propose_grammar.remove(&propose_grammar, site);
    if (site->slice_next == LAYOUT_NONE) return cost;
    return blend(opinion_token(opinion_of(proposer), site->slice_next, OUTPUT_DELETE), cost);
}

static double replace(const struct proposer *proposer, const struct site *site, uint16_t symbol) {
    double cost = propose_grammar.replace(&propose_grammar, site, symbol);
    if (site->slice_next == LAYOUT_NONE) return cost;
    struct opinion *opinion = opinion_of(proposer);
    return blend(opinion_token(opinion, site->slice_next, output_of(proposer, symbol)), cost);
}

void propose_neural_init(struct neural_proposer *neural, struct opinion *opinion,
                         const struct symbols *symbols) {
    *neural = (struct neural_proposer){{insert, remove_ahead, replace}, opinion, NULL};
    if (!opinion) return;
    neural->outputs = mem_alloc((symbols->count + 1u) * sizeof *neural->outputs);
    for (uint16_t i = 0; i < symbols->count; i++) {
        const struct symbol *symbol = &symbols->items[i];
        neural->outputs[i] = symbol->class == SYMBOL_NAME
                                 ? OUTPUT_NAME
                                 : opinion_output(opinion, symbol->text, symbol->length);
    }
}

void propose_neural_finish(struct neural_proposer *neural) {
    mem_free(neural->outputs);
    *neural = (struct neural_proposer){.opinion = NULL};
}

double propose_neural_variant(const struct neural_proposer *neural, const struct text_edit *edits,
                              size_t count, double cost) {
    return blend(opinion_edits(neural->opinion, edits, count), cost);
}

bool propose_neural_suspects(const struct neural_proposer *neural, uint32_t slice_next) {
    return opinion_change(neural->opinion, slice_next) < SUSPICION_MAX;
}
