#include "analysis/fragment.h"

#include "analysis/pp_token.h"

#include <string.h>

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
        depth += c_tokens_have(tokens, at, '(');
        if (c_tokens_have(tokens, at, ')') && --depth == 0) return next_token(tokens, at + 1);
    }
    return at;
}

/* Whether an element of a list, and no declaration, begins so. */
static bool begins_element(const struct c_tokens *tokens, size_t first) {
    const struct c_token *token = &tokens->items[first];
    if (token->kind == C_WORD) {
        size_t next = next_token(tokens, first + 1);
        if (c_tokens_have(tokens, next, '(')) next = behind_group(tokens, next);
        return c_tokens_have(tokens, next, ',') || c_tokens_have(tokens, next, '=');
    }
    return token->kind == C_NUMBER || token->kind == C_STRING || token->kind == C_CHARACTER ||
           c_tokens_have(tokens, first, '{') || c_tokens_have(tokens, first, '[') ||
           c_tokens_have(tokens, first, '.') || c_tokens_have(tokens, first, '-');
}

bool fragment_is_list(const struct c_tokens *tokens) {
    size_t first = next_token(tokens, 0);
    bool comma = false, texts = true;
    if (first == tokens->count || !begins_element(tokens, first)) return false;
    for (size_t i = first; i < tokens->count; i++) {
        if (c_tokens_have(tokens, i, ';')) return false;
        comma |= c_tokens_have(tokens, i, ',');
        texts &= tokens->items[i].kind == C_STRING || tokens->items[i].kind == C_DIRECTIVE;
    }
    return comma || texts;
}

bool fragment_is_list_text(const char *bytes, uint32_t length) {
    const char *end = bytes + length;
    bool directive;
    const char *at = pp_skip_gap(bytes, bytes, end, &directive), *word = at;
    while (at < end && pp_is_word((unsigned char)*at))
        at++;
    if (at > word && !pp_is_digit(*word)) at = pp_skip_gap(bytes, at, end, &directive);
    if (at == end || !strchr("{[\"'.-,=(", *at)) return false;
    struct c_tokens tokens = {0};
    c_token_scan(bytes, length, &tokens);
    bool list = fragment_is_list(&tokens);
    vec_finish(&tokens);
    return list;
}
