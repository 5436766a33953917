#include "analysis/expand.h"

#include "analysis/head.h"
#include "analysis/spelling.h"

#define SITES_MAX      14  /* tokens before the stuck one where edits are tried */
#define WORD_SITES_MAX 48  /* the same for keywords, misspelt or missing in a head, which are noticed late */
#define HINT_SITES_MAX 48  /* the same for places where the layout asks for a bracket */
#define SPARES_MAX     200 /* the same for closers that the layout has to spare */
#define SUSPECTS_MAX   88 /* the same for places that the encoder would change: what one window of it holds */
#define CHILD_COST_MAX 6.0 /* a single edit dearer than this is not tried, */
#define FIRST_COST_MAX 7.5 /* the first of a path, which may explain everything, than this */
#define NO_PROGRESS    0.9 /* for an edit that leaves the automaton stuck at the same place */
#define ANOTHER_PLACE                                                                                        \
    1.5 /* for an edit elsewhere than the one before: most broken texts have one mistake                     \
         */
#define EXPECTED_MAX 512
#define CHAIN_MAX    12 /* edits on one path, for each mistake passed */

#define KEY_VARIED(tape, byte) (UINT64_C(3) << 60 | (uint64_t)(tape) << 32 | (byte))

/* Whether the edit stands right behind the one before: several closers, a run of removals, the first token of
 * a line that was moved. */
static bool is_adjacent(const struct search *search, const struct op *before, const struct op *op) {
    if (op->kind == OP_RETAPE || before->tape != op->tape) return false;
    if (before->kind == OP_RETAPE) {
        const struct layout *layout = &search->tapes.items[op->tape]->layout;
        uint32_t first = layout_next(layout, before->start_byte);
        return before->code == FINDING_INDENTATION && layout_next(layout, op->start_byte) == first;
    }
    return op->byte == (before->kind == OP_INSERT ? before->byte : before->end_byte);
}

static double dearest(const struct node *parent) {
    return parent->depth ? CHILD_COST_MAX : FIRST_COST_MAX;
}

static void add_child(struct expansion *expansion, config_id config, const struct op *op, double cost,
                      uint32_t goal) {
    struct search *search = expansion->search;
    const struct node *parent = &search->nodes.items[expansion->node];
    if (!config || cost > dearest(parent) || search->nodes.count >= SEARCH_NODES_MAX) return;
    bool elsewhere = parent->parent != SEARCH_NO_NODE && !is_adjacent(search, &parent->op, op);
    double total = parent->cost + cost + (elsewhere ? ANOTHER_PLACE : 0);
    if (total > expansion->limit || parent->depth >= CHAIN_MAX * (parent->level + 1)) return;
    struct node child = {.config = config,
                         .parent = expansion->node,
                         .cost = (float)total,
                         .goal = goal,
                         .level = expansion->level,
                         .handled = expansion->handled,
                         .depth = (uint16_t)(parent->depth + 1),
                         .op = *op};
    vec_push(&search->nodes, child);
    frontier_push(&search->frontier, (uint32_t)search->nodes.count - 1, (float)search_priority(&child));
}

static bool goes_on(struct search *search, config_id config) {
    config_id next;
    return recognizer_step(search->recognizer, config, &next) != STEP_STUCK;
}

/* The token of the slice that stands at `next` of a tape; LAYOUT_NONE when the tape has changed it. */
static uint32_t slice_token(const struct search *search, uint16_t tape, uint32_t next) {
    if (tape == 0) return next;
    const struct layout *layout = &search->tapes.items[tape]->layout,
                        *slice = &search->tapes.items[0]->layout;
    if (next >= layout->tokens.count) return (uint32_t)slice->tokens.count;
    const struct token *token = &layout->tokens.items[next];
    uint32_t byte = tapes_origin(&search->tapes, tape, token->start_byte);
    uint32_t found = layout_holding(slice, byte);
    if (found == LAYOUT_NONE || slice->tokens.items[found].start_byte != byte) return LAYOUT_NONE;
    return layout_width(slice, found) == token->end_byte - token->start_byte ? found : LAYOUT_NONE;
}

/* The token to remove or replace: the grammar's, or the scanner's where the grammar sees none. */
static void fill_site(const struct search *search, config_id config, const struct op *before,
                      unsigned distance, struct site *site) {
    uint16_t tape = recognizer_tape(search->recognizer, config);
    const struct layout *layout = &search->tapes.items[tape]->layout;
    struct recognized_token token = recognizer_token(search->recognizer, config);
    uint32_t byte = recognizer_byte(search->recognizer, config);
    *site = (struct site){.layout = layout,
                          .symbols = &search->symbols,
                          .byte = byte,
                          .next = layout_next(layout, token.start_byte),
                          .previous = layout_previous(layout, byte),
                          .slice_next = LAYOUT_NONE,
                          .token_start = token.start_byte,
                          .token_end = token.end_byte,
                          .token_symbol = token.symbol,
                          .distance = distance,
                          .inserted_here = before->kind == OP_INSERT && before->byte == byte,
                          .closed_here = before->kind == OP_INSERT && before->byte == byte &&
                                         search->symbols.items[before->symbol].class == SYMBOL_CLOSER,
                          .deleted_before = before->kind == OP_REMOVE && before->end_byte == byte};
    if (search->neural.opinion) site->slice_next = slice_token(search, tape, site->next);
    if (site->next < layout->tokens.count) {
        const struct token *next = &layout->tokens.items[site->next];
        if (next->start_byte == site->token_start && next->end_byte > site->token_end)
            site->token_end = next->end_byte;
    }
    propose_look(site);
}

/* What is tried at a place. */
enum attempt { TRY_ALL, TRY_WORDS, TRY_BRACKET, TRY_REMOVAL };

/* `hinted` is the bracket of TRY_BRACKET. */
static void expand_site(struct expansion *expansion, config_id config, unsigned distance,
                        enum attempt attempt, char hinted) {
    struct search *search = expansion->search;
    const struct proposer *proposer = search->proposer;
    const struct node node = search->nodes.items[expansion->node];
    double most = expansion->limit - node.cost; /* what is dearer is not kept */
    if (most > dearest(&node)) most = dearest(&node);
    struct site site;
    fill_site(search, config, &node.op, distance, &site);
    uint32_t inside = layout_holding(site.layout, site.byte);
    if (inside != LAYOUT_NONE && site.layout->tokens.items[inside].start_byte < site.byte &&
        site.layout->tokens.items[inside].kind == TOKEN_STRING)
        return;
    uint16_t tape = recognizer_tape(search->recognizer, config);
    struct op op = {
        .tape = tape, .byte = site.byte, .start_byte = site.token_start, .end_byte = site.token_end};
    config_id after = 0;
    /* A comment is in nobody's way, where there may be some. */
    uint32_t ahead = layout_holding(site.layout, site.token_start);
    bool comment = ahead != LAYOUT_NONE && site.layout->tokens.items[ahead].kind == TOKEN_COMMENT &&
                   !(site.layout->language->flags & LANGUAGE_COMMENTS_REFUSED);
    bool solid = site.token_end > site.token_start && site.next < site.layout->tokens.count && !comment;
    if (solid) after = recognizer_move(search->recognizer, config, tape, site.token_end);
    if (solid && (attempt == TRY_ALL || attempt == TRY_REMOVAL)) {
        double cost = proposer->remove(proposer, &site);
        op.kind = OP_REMOVE;
        if (cost < dearest(&node) && !(node.op.kind == OP_INSERT && node.op.byte == site.byte))
            add_child(expansion, after, &op, cost, expansion->stuck_byte);
    }
    bool word_ahead = solid && site.layout->tokens.items[site.next].kind == TOKEN_WORD;
    bool line_ahead = solid && site.layout->tokens.items[site.next].flags & TOKEN_LINE_START;
    if (attempt == TRY_REMOVAL || (attempt == TRY_WORDS && !word_ahead && !line_ahead)) return;
    uint16_t expected[EXPECTED_MAX];
    size_t count = recognizer_expected(search->recognizer, config, expected, EXPECTED_MAX);
    bool asked = false; /* what is known of the word ahead, when the first symbol needs it */
    enum name_standing standing = NAME_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        const struct symbol *symbol = &search->symbols.items[expected[i]];
        if (symbol->class == SYMBOL_HIDDEN) continue;
        if (attempt == TRY_WORDS && symbol->class != SYMBOL_WORD) continue;
        if (attempt == TRY_BRACKET && !(symbol->length == 1 && symbol->text[0] == hinted)) continue;
        bool inserts = attempt != TRY_WORDS ||
                       (line_ahead && head_cost(site.layout, site.next, symbol->text) < PROPOSE_NEVER);
        double insert = inserts ? proposer->insert(proposer, &site, expected[i]) : PROPOSE_NEVER;
        double replace = attempt == TRY_BRACKET || !solid ? PROPOSE_NEVER
                                                          : proposer->replace(proposer, &site, expected[i]);
        if (insert < PROPOSE_NEVER && symbol->class == SYMBOL_OPERATOR)
            insert -= spelling_of_member(site.layout, site.next, symbol->text, search->names);
        if (replace < most && symbol->class == SYMBOL_WORD) {
            const struct token *word = &site.layout->tokens.items[site.next];
            if (!asked) standing = spelling_standing(site.layout, word, search->names);
            asked = true;
            replace += spelling_of_name(site.layout, word, symbol->text, symbol->length, standing);
        }
        bool try_insert = insert < most, try_replace = replace < most;
        if (!try_insert && !try_replace) continue;
        config_id inserted = recognizer_insert(search->recognizer, config, expected[i]);
        if (!inserted) continue;
        op.symbol = expected[i];
        if (try_insert && inserted != config) {
            bool useful = goes_on(search, inserted);
            op.kind = OP_INSERT;
            if (useful || distance == 0)
                add_child(expansion, inserted, &op, useful ? insert : insert + NO_PROGRESS,
                          expansion->stuck_byte);
        }
        if (try_replace) {
            config_id replaced = recognizer_move(search->recognizer, inserted, tape, site.token_end);
            op.kind = OP_REPLACE;
            if (replaced && (distance == 0 || goes_on(search, replaced)))
                add_child(expansion, replaced, &op, replace, expansion->stuck_byte);
        }
    }
}

/* Variants begin again from a place before the bytes they change. */
static void expand_variants(struct expansion *expansion, struct arena *arena) {
    struct search *search = expansion->search;
    uint16_t base = recognizer_tape(search->recognizer, search->path.items[0]);
    uint32_t *varied = tally_of(&search->tally, KEY_VARIED(base, expansion->stuck_byte));
    if ((*varied)++) return;
    struct variant_list list = {.arena = arena, .names = search->names};
    if (expansion->violation) variant_remedy(search->tapes.items[base], expansion->violation, &list);
    variant_propose(search->tapes.items[base], expansion->stuck_byte, &list);
    for (size_t i = 0; i < list.count; i++) {
        const struct variant *variant = &list.items[i];
        size_t low = 0, high = search->path.count; /* bytes ascend along the path */
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (recognizer_byte(search->recognizer, search->path.items[middle]) <= variant->restart_byte)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0) continue;
        config_id from = search->path.items[low - 1];
        uint16_t tape = tapes_add(&search->tapes, base, variant->splices, variant->splice_count);
        if (tape == UINT16_MAX) break;
        const struct tape *added = search->tapes.items[tape];
        if (recognizer_add_tape(search->recognizer, added->bytes, added->length) != tape) break;
        uint32_t byte = recognizer_byte(search->recognizer, from);
        struct op op = {.kind = OP_RETAPE,
                        .code = variant->code,
                        .title = variant->title,
                        .message = variant->message,
                        .translates = variant->translates,
                        .tape = tape,
                        .byte = byte,
                        .start_byte = tape_position(added, variant->splices[0].start_byte)};
        op.end_byte = op.start_byte;
        double cost = variant->cost;
        if (search->neural.opinion && base == 0)
            cost = propose_neural_variant(&search->neural, variant->splices, variant->splice_count, cost);
        add_child(expansion, recognizer_move(search->recognizer, from, tape, byte), &op, cost,
                  tape_position(added, expansion->stuck_byte));
    }
    vec_finish(&list);
}

/* The bracket that the layout asks for here; 0: none. */
static char hinted_at(const struct search *search, config_id config) {
    const struct layout *layout = &search->tapes.items[recognizer_tape(search->recognizer, config)]->layout;
    if (!layout->hints.count) return 0;
    uint32_t byte = layout_gap(layout, recognizer_byte(search->recognizer, config));
    for (const char *bracket = "})]{(["; *bracket; bracket++)
        if (layout_hint_at(layout, byte, *bracket)) return *bracket;
    return 0;
}

static bool is_spare(const struct search *search, config_id config) {
    const struct layout *layout = &search->tapes.items[recognizer_tape(search->recognizer, config)]->layout;
    uint32_t next = layout_next(layout, recognizer_byte(search->recognizer, config));
    return next < layout->tokens.count && layout_is_spare(layout, next);
}

/* Whether the encoder would change something here, though it is far from where the automaton got stuck. */
static bool is_suspect(const struct search *search, config_id config) {
    if (!search->neural.opinion) return false;
    uint16_t tape = recognizer_tape(search->recognizer, config);
    const struct layout *layout = &search->tapes.items[tape]->layout;
    uint32_t next = layout_next(layout, recognizer_byte(search->recognizer, config));
    uint32_t token = slice_token(search, tape, next);
    return token != LAYOUT_NONE && propose_neural_suspects(&search->neural, token);
}

void expand_node(struct expansion *expansion, struct arena *arena) {
    struct search *search = expansion->search;
    size_t count = search->path.count;
    unsigned hints = 0;
    for (size_t back = 0; back < count; back++) {
        config_id config = search->path.items[count - 1 - back];
        if (back < SITES_MAX || (back < SUSPECTS_MAX && is_suspect(search, config)))
            expand_site(expansion, config, (unsigned)back, TRY_ALL, 0);
        else if (back < SPARES_MAX && is_spare(search, config))
            expand_site(expansion, config, (unsigned)back, TRY_REMOVAL, 0);
        else if (back < WORD_SITES_MAX)
            expand_site(expansion, config, (unsigned)back, TRY_WORDS, 0);
        char bracket = back >= SITES_MAX && hints < HINT_SITES_MAX ? hinted_at(search, config) : 0;
        if (!bracket) continue;
        hints++;
        expand_site(expansion, config, (unsigned)back, TRY_BRACKET, bracket);
    }
    expand_variants(expansion, arena);
}

void expand_conflicts(struct search *search, struct arena *arena) {
    struct variant_list list = {.arena = arena};
    variant_conflicts(search->tapes.items[0], &list);
    struct expansion expansion = {.search = search, .node = 0, .limit = PROPOSE_NEVER};
    for (size_t i = 0; i < list.count; i++) {
        const struct variant *variant = &list.items[i];
        uint16_t tape = tapes_add(&search->tapes, 0, variant->splices, variant->splice_count);
        if (tape == UINT16_MAX) break;
        const struct tape *added = search->tapes.items[tape];
        if (recognizer_add_tape(search->recognizer, added->bytes, added->length) != tape) break;
        struct op op = {.kind = OP_RETAPE,
                        .code = variant->code,
                        .title = variant->title,
                        .message = variant->message,
                        .tape = tape,
                        .start_byte = variant->splices[0].start_byte,
                        .end_byte = variant->splices[0].start_byte};
        add_child(&expansion, recognizer_start(search->recognizer, tape), &op, variant->cost, 0);
    }
    vec_finish(&list);
}
