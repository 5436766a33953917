#include "analysis/macro_text.h"

#include "analysis/c_token.h"

#include <string.h>

/* The bracket without a partner among the tokens of a macro's text; UINT32_MAX: none. */
static uint32_t lone_bracket(const struct c_tokens *tokens, bool *ret_closes) {
    enum { OPEN_MAX = 64 };
    uint32_t open[OPEN_MAX], depth = 0;
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct c_token *token = &tokens->items[i];
        if (token->byte == '{' || token->byte == '}') continue;
        if (token->kind == C_OPEN) {
            if (depth == OPEN_MAX) return UINT32_MAX;
            open[depth++] = i;
        }
        if (token->kind == C_CLOSE && depth-- == 0) {
            *ret_closes = true;
            return i == 0 ? UINT32_MAX : i;
        }
    }
    *ret_closes = false;
    return depth == 0 || open[depth - 1] + 1 == tokens->count ? UINT32_MAX : open[depth - 1];
}

/* Where the partner of an opener is missing: in the one line behind it that opens more than it closes, if
 * there is one, else at the end. */
static uint32_t place_of_partner(const char *bytes, const struct c_tokens *tokens, uint32_t opener) {
    uint32_t found = UINT32_MAX, from = opener + 1;
    int balance = 0;
    while (from < tokens->count && !memchr(bytes + tokens->items[from - 1].end_byte, '\n',
                                           tokens->items[from].start_byte - tokens->items[from - 1].end_byte))
        from++; /* the opener's own line is left out */
    for (uint32_t i = from; i < tokens->count; i++) {
        const struct c_token *token = &tokens->items[i];
        balance += token->kind == C_OPEN && token->byte != '{';
        balance -= token->kind == C_CLOSE && token->byte != '}';
        bool last = i + 1 == tokens->count ||
                    memchr(bytes + token->end_byte, '\n', tokens->items[i + 1].start_byte - token->end_byte);
        if (!last) continue;
        if (balance > 0 && found != UINT32_MAX) return tokens->count - 1;
        if (balance > 0) found = i;
        balance = 0;
    }
    if (found == UINT32_MAX) return tokens->count - 1;
    while (found > opener + 1 && tokens->items[found].kind == C_OTHER) /* an operator goes on behind it */
        found--;
    return found;
}

bool macro_text_check(const char *bytes, uint32_t length, struct macro_gap *ret_gap) {
    struct c_tokens tokens = {0};
    if (!length || bytes[0] == '#') return false; /* it would be a directive to the scanner */
    c_token_scan(bytes, length, &tokens);
    bool closes;
    uint32_t lone = lone_bracket(&tokens, &closes);
    if (lone != UINT32_MAX && closes) {
        *ret_gap = (struct macro_gap){.byte = tokens.items[lone].start_byte,
                                      .length = 1,
                                      .message = "unmatched bracket in the text of a macro"};
    } else if (lone != UINT32_MAX) {
        bool round = tokens.items[lone].byte == '(';
        uint32_t place = place_of_partner(bytes, &tokens, lone);
        *ret_gap = (struct macro_gap){.byte = tokens.items[place].end_byte,
                                      .missing = round ? ")" : "]",
                                      .message = round ? "missing `)` in the text of a macro"
                                                       : "missing `]` in the text of a macro"};
    }
    vec_finish(&tokens);
    return lone != UINT32_MAX;
}
