#include "analysis/cplusplus.h"

#define NAMES_MAX 3 /* words behind `class`: macros for the linker stand before the name */

static bool begins_construct(const char *bytes, const struct c_tokens *tokens, size_t at) {
    const struct c_token *token = &tokens->items[at];
    if (token->kind != C_WORD || !token->line_start) return false;
    if (c_token_is(bytes, token, "template")) return c_tokens_have(tokens, at + 1, '<');
    bool name_space = c_token_is(bytes, token, "namespace"), class = c_token_is(bytes, token, "class");
    if (!name_space && !class) return false;
    size_t end = at + 1;
    while (end < tokens->count && end <= at + NAMES_MAX && tokens->items[end].kind == C_WORD)
        end++;
    if (name_space) return c_tokens_have(tokens, end, '{');
    return end > at + 1 && (c_tokens_have(tokens, end, '{') || c_tokens_have(tokens, end, ':') ||
                            c_tokens_have(tokens, end, ';'));
}

bool cplusplus_is_told(const char *bytes, const struct c_tokens *tokens, const struct branches *branches) {
    for (size_t i = 0; i < tokens->count; i++) {
        if (!begins_construct(bytes, tokens, i)) continue;
        uint32_t around = branches_around(branches, (uint32_t)i);
        if (around == BRANCH_NONE || !branches->items.items[around].dead) return true;
    }
    return false;
}
