#include "analysis/choice.h"

#include "base/hash.h"

#include <string.h>

#define NODES_MAX       200 /* longer conditions are one opaque name */
#define DEPTH_MAX       40  /* of brackets and signs */
#define ASSUMPTIONS_MAX 200 /* of one choice */

enum node_kind { NODE_NO, NODE_YES, NODE_NAME, NODE_NOT, NODE_AND, NODE_OR };

struct parser_state {
    const char *bytes;
    const struct c_token *tokens;
    size_t count, at;
    struct choice_condition *out;
    unsigned depth;
    bool failed;
};

void choice_condition_finish(struct choice_condition *condition) {
    vec_finish(condition);
}

void choice_finish(struct choice *choice) {
    vec_finish(&choice->assumptions);
}

static uint16_t add(struct parser_state *state, uint8_t kind, uint16_t left, uint16_t right, uint64_t name) {
    if (state->out->count >= NODES_MAX) {
        state->failed = true;
        return 0;
    }
    vec_push(state->out, (struct choice_node){kind, left, right, name});
    return (uint16_t)(state->out->count - 1);
}

/* Names that are never defined where C is compiled. */
static bool is_foreign(const char *name, size_t length) {
    static const char *const names[] = {"__cplusplus", "__ASSEMBLY__", "__ASSEMBLER__", "__OBJC__"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && !memcmp(names[i], name, length)) return true;
    return false;
}

static uint16_t add_name(struct parser_state *state, const struct c_token *token) {
    const char *name = state->bytes + token->start_byte;
    uint32_t length = token->end_byte - token->start_byte;
    if (is_foreign(name, length)) return add(state, NODE_NO, 0, 0, 0);
    return add(state, NODE_NAME, 0, 0, hash64(name, length, 0));
}

/* The text of tokens [first, last) as one name. */
static uint16_t add_opaque(struct parser_state *state, size_t first, size_t last) {
    uint64_t hash = 1;
    for (size_t i = first; i < last; i++) {
        const struct c_token *token = &state->tokens[i];
        hash = hash64(state->bytes + token->start_byte, token->end_byte - token->start_byte, hash);
    }
    return add(state, NODE_NAME, 0, 0, hash);
}

static bool is_byte(const struct parser_state *state, size_t at, char byte) {
    return at < state->count && state->tokens[at].kind != C_STRING &&
           state->tokens[at].byte == (uint8_t)byte &&
           state->tokens[at].end_byte == state->tokens[at].start_byte + 1;
}

static bool is_pair(const struct parser_state *state, char byte) {
    return is_byte(state, state->at, byte) && is_byte(state, state->at + 1, byte);
}

/* Whatever its base and suffix. */
static bool is_zero(const struct parser_state *state, const struct c_token *number) {
    const char *digits = state->bytes + number->start_byte;
    uint32_t length = number->end_byte - number->start_byte, at = 0;
    if (length > 2 && digits[0] == '0' && strchr("xXbB", digits[1])) at = 2;
    while (at < length && strchr("0'uUlL", digits[at]))
        at++;
    return at == length;
}

static uint16_t parse_or(struct parser_state *state);

/* Behind the closing bracket of the group that opens at `at`. */
static size_t group_end(const struct parser_state *state, size_t at) {
    unsigned depth = 0;
    for (; at < state->count; at++) {
        if (is_byte(state, at, '(')) depth++;
        if (is_byte(state, at, ')') && --depth == 0) return at + 1;
    }
    return state->count;
}

static uint16_t parse_operand(struct parser_state *state) {
    if (state->at >= state->count || state->depth >= DEPTH_MAX) {
        state->failed = true;
        return 0;
    }
    const struct c_token *token = &state->tokens[state->at];
    if (is_byte(state, state->at, '!') && !is_byte(state, state->at + 1, '=')) {
        state->at++;
        state->depth++;
        uint16_t inner = parse_operand(state);
        state->depth--;
        return add(state, NODE_NOT, inner, 0, 0);
    }
    if (is_byte(state, state->at, '(')) {
        state->at++;
        state->depth++;
        uint16_t inner = parse_or(state);
        state->depth--;
        if (!is_byte(state, state->at, ')')) state->failed = true;
        state->at++;
        return inner;
    }
    if (c_token_is(state->bytes, token, "defined")) {
        bool bracket = is_byte(state, state->at + 1, '(');
        size_t name = state->at + 1 + bracket;
        if (name >= state->count || state->tokens[name].kind != C_WORD ||
            (bracket && !is_byte(state, name + 1, ')'))) {
            state->failed = true;
            return 0;
        }
        state->at = name + 1 + bracket;
        return add_name(state, &state->tokens[name]);
    }
    if (token->kind == C_NUMBER) {
        state->at++;
        return add(state, is_zero(state, token) ? NODE_NO : NODE_YES, 0, 0, 0);
    }
    if (token->kind != C_WORD) {
        state->failed = true;
        return 0;
    }
    size_t first = state->at++;
    if (!is_byte(state, state->at, '(')) return add_name(state, token);
    state->at = group_end(state, state->at);
    return add_opaque(state, first, state->at);
}

/* A name that is never defined is zero: `__cplusplus >= 201103L`. Otherwise TRUTH_UNKNOWN. */
static enum truth compare_foreign(const struct parser_state *state, size_t first, size_t last) {
    const struct c_token *tokens = state->tokens + first, *number = state->tokens + last - 1;
    bool sound = last - first >= 3 && last - first <= 4 && tokens->kind == C_WORD &&
                 is_foreign(state->bytes + tokens->start_byte, tokens->end_byte - tokens->start_byte) &&
                 number->kind == C_NUMBER && !is_zero(state, number);
    if (!sound || (last - first == 4 && !is_byte(state, first + 2, '='))) return TRUTH_UNKNOWN;
    if (is_byte(state, first + 1, '<')) return TRUTH_YES;
    if (is_byte(state, first + 1, '>')) return TRUTH_NO;
    if (last - first == 3) return TRUTH_UNKNOWN;
    if (is_byte(state, first + 1, '!')) return TRUTH_YES;
    return is_byte(state, first + 1, '=') ? TRUTH_NO : TRUTH_UNKNOWN;
}

/* An operand, or a comparison or calculation, which is taken for one name. */
static uint16_t parse_term(struct parser_state *state) {
    size_t first = state->at, made = state->out->count;
    uint16_t operand = parse_operand(state);
    bool calculated = false;
    while (!state->failed && state->at < state->count && !is_byte(state, state->at, ')') &&
           !is_pair(state, '&') && !is_pair(state, '|')) {
        calculated = true;
        if (is_byte(state, state->at, '('))
            state->at = group_end(state, state->at);
        else
            state->at++;
    }
    if (!calculated) return operand;
    state->out->count = made;
    enum truth truth = state->failed ? TRUTH_UNKNOWN : compare_foreign(state, first, state->at);
    if (truth != TRUTH_UNKNOWN) return add(state, truth == TRUTH_YES ? NODE_YES : NODE_NO, 0, 0, 0);
    return add_opaque(state, first, state->at);
}

static uint16_t parse_and(struct parser_state *state) {
    uint16_t left = parse_term(state);
    while (!state->failed && is_pair(state, '&')) {
        state->at += 2;
        uint16_t right = parse_term(state);
        left = add(state, NODE_AND, left, right, 0);
    }
    return left;
}

static uint16_t parse_or(struct parser_state *state) {
    uint16_t left = parse_and(state);
    while (!state->failed && is_pair(state, '|')) {
        state->at += 2;
        uint16_t right = parse_and(state);
        left = add(state, NODE_OR, left, right, 0);
    }
    return left;
}

void choice_parse(const char *bytes, const struct c_token *directive, struct choice_condition *condition) {
    uint32_t start, end;
    vec_clear(condition);
    c_token_argument(bytes, directive, &start, &end);
    struct c_tokens tokens = {0};
    c_token_scan(bytes + start, end - start, &tokens);
    struct parser_state state = {
        .bytes = bytes + start, .tokens = tokens.items, .count = tokens.count, .out = condition};
    switch (directive->byte) {
    case C_DIRECTIVE_ELSE: add(&state, NODE_YES, 0, 0, 0); break;
    case C_DIRECTIVE_IFDEF:
    case C_DIRECTIVE_IFNDEF:
    case C_DIRECTIVE_ELIFDEF:
    case C_DIRECTIVE_ELIFNDEF: {
        bool negated = directive->byte == C_DIRECTIVE_IFNDEF || directive->byte == C_DIRECTIVE_ELIFNDEF;
        bool word = tokens.count && tokens.items[0].kind == C_WORD;
        uint16_t name = word           ? add_name(&state, &tokens.items[0])
                        : tokens.count ? add_opaque(&state, 0, tokens.count)
                                       : add(&state, NODE_NO, 0, 0, 0);
        if (negated) add(&state, NODE_NOT, name, 0, 0);
        break;
    }
    default:
        if (!tokens.count) { /* nobody knows what stands in its branch */
            add(&state, NODE_NO, 0, 0, 0);
            break;
        }
        parse_or(&state);
        if (state.failed || state.at < state.count || !condition->count) {
            vec_clear(condition);
            add_opaque(&state, 0, tokens.count);
        }
    }
    vec_finish(&tokens);
}

/* ---- values ---- */

static const struct assumption *assumed(const struct choice *choice, uint64_t name) {
    for (size_t i = 0; i < choice->assumptions.count; i++)
        if (choice->assumptions.items[i].name == name) return &choice->assumptions.items[i];
    return NULL;
}

/* What is taken of names. */
enum reach { REACH_NONE, REACH_ASSUMED, REACH_ALL };

/* Nodes come after their operands, so one pass over the array has the value of the last. */
static enum truth evaluate(const struct choice_condition *condition, const struct choice *choice,
                           enum reach reach, uint8_t *values) {
    for (size_t i = 0; i < condition->count; i++) {
        const struct choice_node *node = &condition->items[i];
        uint8_t left = values[node->left], right = values[node->right];
        switch (node->kind) {
        case NODE_NO: values[i] = TRUTH_NO; break;
        case NODE_YES: values[i] = TRUTH_YES; break;
        case NODE_NOT:
            values[i] = left == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : left == TRUTH_NO ? TRUTH_YES : TRUTH_NO;
            break;
        case NODE_AND:
            values[i] = left == TRUTH_NO || right == TRUTH_NO     ? TRUTH_NO
                        : left == TRUTH_YES && right == TRUTH_YES ? TRUTH_YES
                                                                  : TRUTH_UNKNOWN;
            break;
        case NODE_OR:
            values[i] = left == TRUTH_YES || right == TRUTH_YES ? TRUTH_YES
                        : left == TRUTH_NO && right == TRUTH_NO ? TRUTH_NO
                                                                : TRUTH_UNKNOWN;
            break;
        default:
            values[i] = TRUTH_UNKNOWN;
            if (reach != REACH_NONE) {
                const struct assumption *assumption = assumed(choice, node->name);
                if (assumption || reach == REACH_ALL)
                    values[i] = (assumption ? assumption->holds : choice->others) ? TRUTH_YES : TRUTH_NO;
            }
        }
    }
    return condition->count ? values[condition->count - 1] : TRUTH_UNKNOWN;
}

enum truth choice_constant(const struct choice_condition *condition) {
    uint8_t values[NODES_MAX] = {0};
    return evaluate(condition, NULL, REACH_NONE, values);
}

bool choice_holds(const struct choice_condition *condition, const struct choice *choice) {
    uint8_t values[NODES_MAX] = {0};
    return evaluate(condition, choice, REACH_ALL, values) == TRUTH_YES;
}

bool choice_force(const struct choice_condition *condition, bool wanted, struct choice *choice) {
    /* What each node is to be, from the last to the first; a node that nobody asked for stays as it is. */
    enum { ASIDE, TO_NO, TO_YES };
    uint8_t wishes[NODES_MAX] = {0}, values[NODES_MAX] = {0};
    if (!condition->count) return true;
    wishes[condition->count - 1] = wanted ? TO_YES : TO_NO;
    evaluate(condition, choice, REACH_ASSUMED, values);
    for (size_t i = condition->count; i-- > 0;) {
        const struct choice_node *node = &condition->items[i];
        if (wishes[i] == ASIDE) continue;
        bool yes = wishes[i] == TO_YES;
        if (values[i] != TRUTH_UNKNOWN) {
            if ((values[i] == TRUTH_YES) != yes) return false;
            continue;
        }
        switch (node->kind) {
        case NODE_NOT: wishes[node->left] = yes ? TO_NO : TO_YES; break;
        case NODE_AND:
        case NODE_OR:
            if (yes == (node->kind == NODE_AND)) {
                wishes[node->left] = wishes[node->right] = wishes[i];
            } else {
                /* One side is enough: one that can still be had, after what has been assumed by now. */
                evaluate(condition, choice, REACH_ASSUMED, values);
                if (values[i] != TRUTH_UNKNOWN) {
                    if ((values[i] == TRUTH_YES) != yes) return false;
                    continue;
                }
                uint16_t side = values[node->left] == TRUTH_UNKNOWN ? node->left : node->right;
                wishes[side] = wishes[i];
            }
            break;
        default: {
            const struct assumption *assumption = assumed(choice, node->name);
            if (assumption && assumption->holds != yes) return false;
            if (assumption) break;
            if (choice->assumptions.count >= ASSUMPTIONS_MAX) return false;
            vec_push(&choice->assumptions, (struct assumption){node->name, yes});
        }
        }
    }
    return true;
}
