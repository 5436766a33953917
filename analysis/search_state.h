/* search_state.h: what search.c and expand.c share of one search. Private to these two.
 *
 * A node is a path of edits: a configuration of the automaton, the edit that led to it, and the node before.
 * search.c takes the best node of the frontier, reads on until the automaton is stuck and lets expand.c put
 * the edits that may help there into the frontier.
 *
 * Owns    struct search is search.c's.   Threads one at a time.   Errors none.   Units bytes of a tape. */
#ifndef NOODLE_SEARCH_STATE_H
#define NOODLE_SEARCH_STATE_H

#include "analysis/frontier.h"
#include "analysis/propose_neural.h"
#include "analysis/recognizer.h"
#include "analysis/script.h"
#include "analysis/search.h"
#include "analysis/verify.h"

#define SEARCH_NODES_MAX 400000u
#define SEARCH_NO_NODE   UINT32_MAX

struct node {
    config_id config;
    uint32_t parent;
    float cost;
    uint32_t goal; /* stuck byte of the parent that this edit is to overcome, on this node's tape */
    uint16_t level;
    uint16_t depth;   /* edits on the path */
    uint16_t handled; /* known violations that lie behind */
    bool looked;      /* known to be stuck again before the end */
    struct op op;
};

struct search {
    struct recognizer *recognizer;
    const struct language *symbols_language;
    struct symbols symbols;
    struct {
        VEC_FIELDS(struct node);
    } nodes;
    struct frontier frontier; /* node numbers */
    struct {
        VEC_FIELDS(config_id);
    } path;
    struct {
        VEC_FIELDS(uint8_t);
    } ends;             /* enum end, by configuration */
    struct tally tally; /* how often a configuration was reached and a place was expanded */
    struct {
        VEC_FIELDS(struct solution);
    } proven, refused;
    unsigned refused_seen, swept;      /* repairs refused; nodes that sweeps have put in front */
    struct rule_violations known;      /* in the slice as it is, ascending */
    struct rule_violations violations; /* of the repair looked at */
    struct rule_violations behind;     /* found by a path that had passed them: known to a second search */
    struct tapes tapes;
    struct proof proof;
    struct neural_proposer neural; /* its opinion is NULL without an encoder */
    const struct proposer *proposer;
    struct names *names; /* of the request */
    struct cancel
        first_look; /* the end of the time that the encoder's way has; the opinion may hold on to it */
};

/* What is looked at next: the lowest first. */
double search_priority(const struct node *node);

#endif
