#include "analysis/expand.h"
#include "analysis/rank.h"
#include "base/clock.h"

#include <string.h>

#define STUCK_AGAIN          2.0 /* what is to come at least on a path that is stuck again: another edit elsewhere */
#define LEVEL_BONUS          3.7 /* what getting past one mistake is worth: about the cost of an ordinary repair */
#define LEVEL_TOKENS         6   /* tokens beyond the stuck one that count as past it */
#define COST_MARGIN          3.5 /* solutions this much dearer than the best are not looked for */
#define BEFORE_ALL           1e6
#define SWEEP_STEPS_MAX      20000u /* tokens read while a cheaper solution than the first is looked for */
#define AFTER_FIRST_MAX      60     /* nodes expanded after the first solution, for alternatives */
#define STUCK_EXPANSIONS_MAX 40     /* nodes expanded for one stuck place */
#define VISITS_MAX           3      /* different ways to one configuration that are followed */
#define KEPT_ITEMS           (1u << 16) /* of each array kept from one search to the next */
#define SOLUTIONS_MAX        8
#define KNOWN_MAX            64 /* violations of the slice that are looked at */
#define REFUSED_MAX                                                                                          \
    40 /* repairs that parse and that the language refuses, sweeps apart, before the search gives up on it   \
        */
#define REFUSED_COST     3.0
#define FIRST_LOOK_SHARE 0.6 /* of the time, for the encoder's way */

struct search *search_create(void) {
    struct search *search = mem_zalloc(sizeof *search);
    search->recognizer = recognizer_create();
    tally_init(&search->tally);
    return search;
}

void search_destroy(struct search *search) {
    if (!search) return;
    recognizer_destroy(search->recognizer);
    symbols_finish(&search->symbols);
    propose_neural_finish(&search->neural);
    vec_finish(&search->nodes);
    frontier_finish(&search->frontier);
    vec_finish(&search->path);
    vec_finish(&search->ends);
    vec_finish(&search->proven);
    vec_finish(&search->refused);
    vec_finish(&search->known);
    vec_finish(&search->behind);
    vec_finish(&search->violations);
    tally_finish(&search->tally);
    mem_free(search);
}

#define KEY_CONFIG(config)    (UINT64_C(1) << 60 | (config))
#define KEY_STUCK(tape, byte) (UINT64_C(2) << 60 | (uint64_t)(tape) << 32 | (byte))

/* ---- running ---- */

/* Reads from the node's configuration until nothing is accepted; the configurations passed are in
 * search->path. */
static enum step_result run(struct search *search, config_id config, const struct cancel *cancel) {
    vec_clear(&search->path);
    for (uint32_t steps = 1;; steps++) {
        vec_push(&search->path, config);
        config_id next;
        enum step_result result = recognizer_step(search->recognizer, config, &next);
        if (result != STEP_ADVANCED) return result;
        if (steps % 4096 == 0 && cancel_reached(cancel)) return STEP_STUCK;
        config = next;
    }
}

enum end { END_UNKNOWN, END_STUCK, END_ACCEPTED };

/* Whether all of the tape is accepted from here on. Every configuration on the way shares the answer, so that
 * asking for many edits costs little more than for one. */
static bool reaches_end(struct search *search, config_id config, const struct cancel *cancel) {
    enum end end = END_UNKNOWN;
    vec_clear(&search->path);
    for (uint32_t steps = 1; end == END_UNKNOWN; steps++) {
        if (config < search->ends.count && search->ends.items[config]) {
            end = (enum end)search->ends.items[config];
            break;
        }
        vec_push(&search->path, config);
        config_id next;
        enum step_result result = recognizer_step(search->recognizer, config, &next);
        if (result != STEP_ADVANCED) end = result == STEP_ACCEPTED ? END_ACCEPTED : END_STUCK;
        if (steps % 4096 == 0 && cancel_reached(cancel)) return false;
        config = next;
    }
    for (size_t i = 0; i < search->path.count; i++) {
        config_id passed = search->path.items[i];
        while (search->ends.count <= passed)
            vec_push(&search->ends, END_UNKNOWN);
        search->ends.items[passed] = (uint8_t)end;
    }
    return end == END_ACCEPTED;
}

/* ---- the search itself ---- */

double search_priority(const struct node *node) {
    return node->cost - LEVEL_BONUS * node->level;
}

static void clear(struct search *search) {
    vec_clear(&search->nodes);
    vec_clear(&search->ends);
    vec_clear(&search->frontier);
    vec_clear(&search->proven);
    vec_clear(&search->refused);
    search->refused_seen = search->swept = 0;
    tally_clear(&search->tally);
}

static void start(struct search *search, const struct search_request *request) {
    if (search->symbols_language != request->language) {
        symbols_finish(&search->symbols);
        symbols_init(&search->symbols, request->language);
        search->symbols_language = request->language;
    }
    clear(search);
    tapes_init(&search->tapes, request->language, request->bytes, request->length);
    const struct tape *tape = search->tapes.items[0];
    propose_neural_finish(&search->neural);
    propose_neural_init(&search->neural, request->opinion, &search->symbols);
    search->names = request->names;
    search->proposer = request->opinion ? &search->neural.proposer : &propose_grammar;
    recognizer_reset(search->recognizer, request->language, tape->bytes, tape->length);
    struct node root = {.config = recognizer_start(search->recognizer, 0), .parent = SEARCH_NO_NODE};
    root.op.byte = SEARCH_NO_NODE;
    vec_push(&search->nodes, root);
    frontier_push(&search->frontier, 0, 0);
}

static unsigned tokens_between(const struct search *search, uint32_t from, uint32_t to) {
    unsigned count = 0;
    for (size_t i = search->path.count; i-- > 0 && count < LEVEL_TOKENS;) {
        uint32_t byte = recognizer_byte(search->recognizer, search->path.items[i]);
        if (byte <= from) break;
        if (byte <= to) count++;
    }
    return count;
}

static void build_solution(struct search *search, uint32_t number, struct arena *arena,
                           struct solution *solution) {
    struct op *ops = arena_alloc(arena, (search->nodes.items[number].depth + 1u) * sizeof *ops);
    size_t count = 0;
    for (uint32_t at = number; at != SEARCH_NO_NODE && search->nodes.items[at].parent != SEARCH_NO_NODE;
         at = search->nodes.items[at].parent)
        ops[count++] = search->nodes.items[at].op;
    for (size_t i = 0; i < count / 2; i++) {
        struct op swap = ops[i];
        ops[i] = ops[count - 1 - i];
        ops[count - 1 - i] = swap;
    }
    struct script_input input = {
        .tapes = &search->tapes, .symbols = &search->symbols, .ops = ops, .count = count};
    script_build(&input, arena, solution);
    solution->cost = search->nodes.items[number].cost;
}

/* From the slice to a tape. */
static uint32_t on_tape(const struct search *search, uint16_t tape, uint32_t byte) {
    if (tape == 0) return byte;
    const struct tape *t = search->tapes.items[tape];
    return tape_position(t, on_tape(search, t->base, byte));
}

struct on_tape {
    const struct search *search;
    uint16_t tape;
};

static uint32_t place_on_tape(void *context, uint32_t byte) {
    const struct on_tape *place = context;
    return on_tape(place->search, place->tape, byte);
}

/* A repair that parses and after which less is wrong is better than none. */
static void keep_refused(struct search *search, uint32_t number, struct solution *solution,
                         struct arena *arena) {
    if (number == 0 || search->violations.count >= search->proof.refused_count) return;
    solution->cost += REFUSED_COST;
    struct rule_violation *leftovers = arena_alloc(arena, search->violations.count * sizeof *leftovers);
    memcpy(leftovers, search->violations.items, search->violations.count * sizeof *leftovers);
    solution->leftovers = leftovers;
    solution->leftover_count = search->violations.count;
    vec_push(&search->refused, *solution);
}

enum outcome { OUTCOME_STUCK, OUTCOME_VIOLATES, OUTCOME_SOLVED, OUTCOME_DISCARDED };

/* A path that the automaton accepts: what the parser and the language's rules say of the text it makes. */
static enum outcome judge(struct search *search, const struct search_request *request, uint32_t number,
                          struct arena *arena, struct rule_violation *ret_violation) {
    const struct node *node = &search->nodes.items[number];
    struct solution solution = {0};
    build_solution(search, number, arena, &solution);
    if (!solution.repair.edit_count && number != 0) return OUTCOME_DISCARDED;
    if (rank_is_duplicate(search->proven.items, search->proven.count, &solution) ||
        rank_is_duplicate(search->refused.items, search->refused.count, &solution))
        return OUTCOME_DISCARDED;
    switch (proof_check(&search->proof, &solution.repair, request->cancel, &search->violations)) {
    case VERDICT_PROVEN:
        if (number == 0) return OUTCOME_DISCARDED; /* nothing is wrong */
        solution.hint_count = search->proof.hint_count;
        vec_push(&search->proven, solution);
        return OUTCOME_SOLVED;
    case VERDICT_REFUSED: break;
    default: return OUTCOME_DISCARDED;
    }
    for (size_t i = 0; i < search->violations.count; i++) {
        struct rule_violation *item = &search->violations.items[i];
        item->start_byte = verify_before(&solution.repair, item->start_byte);
        item->end_byte = verify_before(&solution.repair, item->end_byte);
        item->from_start = verify_before(&solution.repair, item->from_start);
        item->from_end = verify_before(&solution.repair, item->from_end);
        /* A repair that writes what has to be removed again is none. */
        if (item->remedy == REMEDY_REMOVE && item->start_byte == item->end_byte) return OUTCOME_DISCARDED;
    }
    keep_refused(search, number, &solution, arena);
    if (++search->refused_seen >= REFUSED_MAX + search->swept) return OUTCOME_DISCARDED;
    size_t first = 0;
    while (first < search->violations.count && search->violations.items[first].remedy == REMEDY_UNKNOWN)
        first++;
    if (first == search->violations.count) return OUTCOME_DISCARDED;
    struct rule_violation violation = search->violations.items[first];
    uint16_t tape = recognizer_tape(search->recognizer, node->config);
    rule_violation_move(&violation, place_on_tape, &(struct on_tape){search, tape});
    *ret_violation = violation;
    /* Behind the last edit nothing can be changed any more on this path. */
    if (number != 0 && ret_violation->end_byte <= node->goal) {
        bool seen = false;
        for (size_t i = 0; i < search->behind.count; i++)
            seen |= search->behind.items[i].start_byte == violation.start_byte;
        if (!seen && search->behind.count < KNOWN_MAX) vec_push(&search->behind, violation);
        return OUTCOME_DISCARDED;
    }
    return ret_violation->end_byte < recognizer_byte(search->recognizer, node->config) ? OUTCOME_DISCARDED
                                                                                       : OUTCOME_VIOLATES;
}

/* Cuts the path behind the violation: that is where it is stuck. */
static void stop_at(struct search *search, uint32_t byte) {
    while (search->path.count > 1 &&
           recognizer_byte(search->recognizer, search->path.items[search->path.count - 1]) > byte)
        search->path.count--;
}

/* Whether two known violations begin at one place, and neither has a remedy of its own. */
static bool is_alike(const struct search *search, size_t index) {
    const struct rule_violation *before = &search->known.items[index - 1], *item = before + 1;
    return item->start_byte == before->start_byte && before->remedy == REMEDY_NONE &&
           item->remedy == REMEDY_NONE;
}

/* The node's variant has put quotes or the like around the place where it begins: what stands there is read
 * anew. */
static bool is_enclosed(const struct search *search, const struct node *node,
                        const struct rule_violation *violation) {
    if (node->op.kind != OP_RETAPE || node->op.code == FINDING_INDENTATION) return false;
    const struct tape *tape = search->tapes.items[node->op.tape];
    return tape->splice_count == 2 &&
           violation->start_byte >= tape_position(tape, tape->splices[0].end_byte) &&
           violation->start_byte < tape_position(tape, tape->splices[1].start_byte);
}

/* A violation that was in the slice from the start and that this path reaches before it gets stuck. */
static bool meets_known(struct search *search, struct node *node, bool accepted,
                        struct rule_violation *ret_violation) {
    uint32_t end = accepted ? UINT32_MAX
                            : recognizer_byte(search->recognizer, search->path.items[search->path.count - 1]);
    uint16_t tape = recognizer_tape(search->recognizer, node->config);
    while (node->handled < search->known.count) {
        struct rule_violation violation = search->known.items[node->handled];
        rule_violation_move(&violation, place_on_tape, &(struct on_tape){search, tape});
        if (violation.end_byte >= end) return false;
        node->handled++;
        if (violation.start_byte < recognizer_byte(search->recognizer, node->config)) continue;
        if (is_enclosed(search, node, &violation)) continue;
        /* What else is refused there may be so for the same reason; the proof will tell. */
        while (node->handled < search->known.count && is_alike(search, node->handled))
            node->handled++;
        *ret_violation = violation;
        return true;
    }
    return false;
}

/* Paths that are long past several mistakes come before one edit that explains them all, however cheap it is
 * in the end. Once a path has reached the end, what is cheaper and reaches it too is looked at next. */
static void sweep(struct search *search, double best, const struct cancel *cancel) {
    size_t steps = 0;
    for (uint32_t i = 0; i < search->nodes.count && steps < SWEEP_STEPS_MAX && !cancel_reached(cancel); i++) {
        struct node *node = &search->nodes.items[i];
        if (node->looked || node->cost >= best) continue;
        node->looked = true;
        if (reaches_end(search, node->config, cancel)) {
            frontier_push(&search->frontier, i, (float)(node->cost - BEFORE_ALL));
            search->swept++;
        }
        steps += search->path.count + 1;
    }
}

/* A string that ran on to the quote of a later line ends on its own now, and what was taken for its text is
 * read for the first time. */
static bool begins_line(const struct search *search, const struct node *node, uint32_t stuck_byte) {
    if (node->op.kind != OP_RETAPE || node->op.code != FINDING_UNCLOSED_STRING) return false;
    const struct layout *layout = &search->tapes.items[node->op.tape]->layout;
    uint32_t next = layout_next(layout, stuck_byte);
    return stuck_byte > node->op.start_byte && next < layout->tokens.count &&
           layout->tokens.items[next].flags & TOKEN_LINE_START;
}

static bool makes_progress(const struct search *search, const struct node *node, uint32_t number,
                           uint32_t stuck_byte) {
    if (number == 0 || stuck_byte > node->goal) return true;
    if (stuck_byte < node->goal) return begins_line(search, node, stuck_byte);
    return node->op.kind == OP_INSERT || node->op.kind == OP_RETAPE || node->op.byte == stuck_byte;
}

static void note_stuck(const struct search *search, struct search_result *result) {
    struct recognized_token token =
        recognizer_token(search->recognizer, search->path.items[search->path.count - 1]);
    result->stuck = true;
    result->stuck_start = token.start_byte;
    result->stuck_end = token.end_byte;
}

static bool moves_line(const struct node *node) {
    return node->op.kind == OP_RETAPE && node->op.code == FINDING_INDENTATION;
}

/* Whether the edits of the node have got past a mistake. A line that is moved where it does not belong leaves
 * all behind it to be moved as well, line after line, and each of them is past nothing. */
static bool is_past(const struct search *search, const struct node *node, uint32_t stuck_byte) {
    if (node->parent == SEARCH_NO_NODE || tokens_between(search, node->goal, stuck_byte) < LEVEL_TOKENS)
        return false;
    return !moves_line(node) || !moves_line(&search->nodes.items[node->parent]);
}

static void look(struct search *search, const struct search_request *request, struct arena *arena,
                 struct search_result *result) {
    unsigned after_first = 0;
    bool ended = false; /* a path has reached the end */
    double best = PROPOSE_NEVER;
    while (search->frontier.count) {
        uint32_t number = frontier_pop(&search->frontier);
        struct node *node = &search->nodes.items[number];
        if (node->cost > best + COST_MARGIN) continue;
        if (cancel_reached(request->cancel)) {
            result->cut_short = true;
            break;
        }
        if (search->proven.count && after_first >= AFTER_FIRST_MAX) break;
        if (!search->proven.count && search->refused_seen >= REFUSED_MAX + search->swept) break;
        if (!node->looked) {
            if ((*tally_of(&search->tally, KEY_CONFIG(node->config)))++ >= VISITS_MAX) continue;
            node->looked = true;
            if (!reaches_end(search, node->config, request->cancel)) {
                frontier_push(&search->frontier, number, (float)(search_priority(node) + STUCK_AGAIN));
                continue;
            }
        }
        bool accepted = run(search, node->config, request->cancel) == STEP_ACCEPTED;
        if (number == 0 && !accepted && !cancel_reached(request->cancel)) note_stuck(search, result);
        struct rule_violation violation;
        bool known = meets_known(search, node, accepted, &violation), violates = known;
        if (accepted && !violates) {
            uint64_t verify_ns = clock_now_ns();
            enum outcome outcome = judge(search, request, number, arena, &violation);
            result->verify_ns += clock_now_ns() - verify_ns;
            if (outcome == OUTCOME_SOLVED && node->cost < best) best = node->cost;
            if ((!ended && number != 0) || (outcome == OUTCOME_SOLVED && search->proven.count == 1)) {
                sweep(search, node->cost, request->cancel);
                /* Sweeping has left other paths behind. */
                if (outcome == OUTCOME_VIOLATES) run(search, node->config, request->cancel);
            }
            ended |= number != 0;
            if (outcome == OUTCOME_SOLVED) {
                if (search->proven.count >= SOLUTIONS_MAX) break;
            }
            if (outcome != OUTCOME_VIOLATES) continue;
            violates = true;
        }
        uint32_t reached = recognizer_byte(search->recognizer, search->path.items[search->path.count - 1]);
        if (violates) stop_at(search, violation.end_byte);
        config_id stuck = search->path.items[search->path.count - 1];
        uint32_t stuck_byte = violates ? violation.end_byte : recognizer_byte(search->recognizer, stuck);
        /* What has to go anyway says nothing about how far the edits before it have helped. */
        bool passes = known && violation.remedy == REMEDY_REMOVE;
        if (!makes_progress(search, node, number, passes ? reached : stuck_byte)) continue;
        uint16_t level = (uint16_t)(node->level + is_past(search, node, stuck_byte));
        uint16_t tape = recognizer_tape(search->recognizer, stuck);
        if ((*tally_of(&search->tally, KEY_STUCK(tape, stuck_byte)))++ >= STUCK_EXPANSIONS_MAX) continue;
        if (search->proven.count) after_first++;
        struct expansion expansion = {.search = search,
                                      .node = number,
                                      .stuck_byte = stuck_byte,
                                      .level = level,
                                      .handled = node->handled,
                                      .violation = violates ? &violation : NULL,
                                      .limit = best + COST_MARGIN};
        expand_node(&expansion, arena);
        if (recognizer_exhausted(search->recognizer)) {
            result->cut_short = true;
            break;
        }
    }
}

/* What is wrong in the slice by the language's rules. In a tree with errors most of that is an echo of the
 * errors; only what has a remedy of its own (a print statement, a comment) can be believed. */
static void find_known(struct search *search, const struct search_request *request) {
    rules_check(request->rules, search->proof.tree, search->proof.text, 0, 0, request->length, KNOWN_MAX,
                &search->known);
    size_t kept = 0;
    bool broken = ts_node_has_error(ts_tree_root_node(search->proof.tree));
    for (size_t i = 0; i < search->known.count; i++) {
        bool sure = rule_violation_is_sure(&search->known.items[i]);
        if (search->known.items[i].remedy == REMEDY_UNKNOWN) continue;
        if (!broken || sure) search->known.items[kept++] = search->known.items[i];
    }
    search->known.count = kept;
    rules_sort(&search->known);
}

/* One hard text must not keep its memory for ever. */
static void trim(struct search *search) {
    recognizer_trim(search->recognizer);
    if (search->nodes.capacity > KEPT_ITEMS) vec_finish(&search->nodes);
    if (search->frontier.capacity > KEPT_ITEMS) frontier_finish(&search->frontier);
    if (search->path.capacity > KEPT_ITEMS) vec_finish(&search->path);
    if (search->ends.capacity > KEPT_ITEMS) vec_finish(&search->ends);
    if (search->tally.mask > KEPT_ITEMS) {
        tally_finish(&search->tally);
        tally_init(&search->tally);
    }
}

/* Once more from the start, with what the first search saw too late. */
static void look_again(struct search *search, const struct search_request *request, struct arena *arena,
                       struct search_result *result) {
    tapes_finish(&search->tapes);
    start(search, request);
    if (request->opinion) opinion_move(request->opinion, &search->tapes.items[0]->layout, request->cancel);
    for (size_t i = 0; i < search->behind.count; i++)
        vec_push(&search->known, search->behind.items[i]);
    vec_clear(&search->behind);
    rules_sort(&search->known);
    expand_conflicts(search, arena);
    look(search, request, arena, result);
}

/* Looks with the encoder's costs, and when that leads nowhere, once more with the rules of thumb alone. */
static void look_both_ways(struct search *search, const struct search_request *request, struct arena *arena,
                           struct search_result *result) {
    struct search_request first = *request, second = *request;
    uint64_t now_ns = clock_now_ns(), deadline_ns = cancel_deadline_ns(request->cancel);
    if (request->opinion && deadline_ns > now_ns) {
        cancel_init(&search->first_look, request->cancel,
                    now_ns + (uint64_t)((double)(deadline_ns - now_ns) * FIRST_LOOK_SHARE));
        first.cancel = &search->first_look;
    }
    look(search, &first, arena, result);
    if (!search->proven.count && search->behind.count && !cancel_reached(first.cancel))
        look_again(search, &first, arena, result);
    if (search->proven.count || !request->opinion || cancel_reached(request->cancel)) return;
    result->cut_short = false;
    second.opinion = NULL;
    look_again(search, &second, arena, result);
}

void search_run(struct search *search, struct parser *parser, const struct search_request *request,
                struct arena *arena, struct search_result *result) {
    *result = (struct search_result){0};
    uint64_t start_ns = clock_now_ns();
    vec_clear(&search->known);
    vec_clear(&search->behind);
    start(search, request);
    if (request->opinion) opinion_begin(request->opinion, &search->tapes.items[0]->layout, request->cancel);
    if (proof_init(&search->proof, parser, request->language, request->rules, request->bytes, request->length,
                   request->cancel)) {
        find_known(search, request);
        expand_conflicts(search, arena);
        result->propose_ns = clock_now_ns() - start_ns;
        uint64_t search_ns = clock_now_ns();
        look_both_ways(search, request, arena, result);
        result->search_ns = clock_now_ns() - search_ns - result->verify_ns;
    } else {
        result->cut_short = true;
    }
    uint64_t rank_ns = clock_now_ns();
    const struct solution *found = search->proven.count ? search->proven.items : search->refused.items;
    result->solution_count = search->proven.count ? search->proven.count : search->refused.count;
    result->refused = !search->proven.count;
    result->solutions = arena_alloc(arena, (result->solution_count + 1) * sizeof *result->solutions);
    if (result->solution_count) memcpy(result->solutions, found, result->solution_count * sizeof *found);
    struct opinion *opinion = search->neural.opinion; /* of the way that led to them */
    for (size_t i = 0; i < result->solution_count; i++)
        rank_describe(&result->solutions[i], &search->tapes.items[0]->layout, opinion, request->names);
    rank_solutions(result->solutions, result->solution_count, opinion != NULL);
    if (request->max_solutions && result->solution_count > request->max_solutions)
        result->solution_count = request->max_solutions;
    result->rank_ns = clock_now_ns() - rank_ns;
    proof_finish(&search->proof);
    tapes_finish(&search->tapes);
    trim(search);
}
