#include "analysis/fragment.h"

static bool is_byte(const struct c_token *token, char byte) {
    return token->byte == (uint8_t)byte &&
           (token->kind == C_OTHER || token->kind == C_OPEN || token->kind == C_CLOSE);
}

/* The next token that is no directive; tokens->count: there is none. */
static size_t next_token(const struct c_tokens *tokens, size_t at) {
    while (at < tokens->count && tokens->items[at].kind == C_DIRECTIVE)
        at++;
    return at;
}

/* The token behind the parentheses that open at `at`. */
static size_t behind_group(const struct c_tokens *tokens, size_t at) {
    uint32_t depth = 0;
    for (; at < tokens->count; at++) {
        depth += is_byte(&tokens->items[at], '(');
        if (is_byte(&tokens->items[at], ')') && --depth == 0) return next_token(tokens, at + 1);
    }
    return at;
}

/* Whether an element of a list, and no declaration, begins so. */
static bool begins_element(const struct c_tokens *tokens, size_t first) {
    const struct c_token *token = &tokens->items[first];
    if (token->kind == C_WORD) {
        size_t next = next_token(tokens, first + 1);
        if (next < tokens->count && is_byte(&tokens->items[next], '(')) next = behind_group(tokens, next);
        return next < tokens->count &&
               (is_byte(&tokens->items[next], ',') || is_byte(&tokens->items[next], '='));
    }
    return token->kind == C_NUMBER || token->kind == C_STRING || token->kind == C_CHARACTER ||
           is_byte(token, '{') || is_byte(token, '[') || is_byte(token, '.') || is_byte(token, '-');
}

bool fragment_is_list(const struct c_tokens *tokens) {
    size_t first = next_token(tokens, 0);
    bool comma = false, texts = true;
    if (first == tokens->count || !begins_element(tokens, first)) return false;
    for (size_t i = first; i < tokens->count; i++) {
        if (is_byte(&tokens->items[i], ';')) return false;
        comma |= is_byte(&tokens->items[i], ',');
        texts &= tokens->items[i].kind == C_STRING || tokens->items[i].kind == C_DIRECTIVE;
    }
    return comma || texts;
}
