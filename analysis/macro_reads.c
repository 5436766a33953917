#include "analysis/macro_reads.h"

#include <string.h>

bool macro_is_value(const struct macro *macro) {
    if (macro->function_like || !macro->body_length) return false;
    const char *body = macro->body;
    uint32_t length = macro->body_length;
    if (body[0] >= '0' && body[0] <= '9') {
        for (uint32_t i = 1; i < length; i++)
            if (body[i] == ' ') return false;
        return true;
    }
    if (body[0] != '(' || body[length - 1] != ')') return false;
    unsigned depth = 0;
    for (uint32_t i = 0; i < length; i++) {
        if (body[i] == '{' || body[i] == '"' || body[i] == '\'') return false;
        depth += body[i] == '(';
        depth -= body[i] == ')';
        if (depth == 0 && i + 1 < length) return false;
    }
    /* (void) and (int *) are no values. */
    for (uint32_t i = 1; i + 1 < length; i++)
        if ((body[i] >= '0' && body[i] <= '9') || body[i] == '(') return true;
    return false;
}

/* `name = value`, which reads otherwise in an enum than in a statement. */
static bool assigns(const char *body, uint32_t length) {
    for (uint32_t i = 1; i + 1 < length; i++)
        if (body[i] == '=' && body[i + 1] != '=' && !strchr("=!<>", body[i - 1])) return true;
    return false;
}

bool macro_reads_as_call(const struct macro *macro, const char *bytes, const struct c_tokens *tokens,
                         size_t name) {
    static const char *const words[] = {"struct", "union", "enum",     "const",  "void",
                                        "char",   "short", "int",      "long",   "float",
                                        "double", "bool",  "unsigned", "signed", "static"};
    const char *body = macro->body;
    uint32_t length = macro->body_length;
    if (!length) return false;
    bool loop = length > 3 && !memcmp(body, "do", 2) && (body[2] == ' ' || body[2] == '{');
    if (memchr(body, '#', length) || (!loop && assigns(body, length))) return false;
    bool number = !macro->function_like && (body[0] == '-' || body[0] == '+' || body[0] == '"');
    if (number) return true;
    if (!macro->function_like || (!loop && (memchr(body, '{', length) || body[length - 1] != ')')))
        return false;
    unsigned depth = 0;
    for (size_t i = name + 1; i < tokens->count; i++) {
        const struct c_token *token = &tokens->items[i], *before = token - 1;
        depth += token->kind == C_OPEN;
        /* A member, or nothing, is no argument. */
        bool comma = before->kind == C_OTHER && before->byte == ',';
        bool begins = comma || (before->kind == C_OPEN && before->byte == '(');
        if (comma && token->kind == C_CLOSE) return false;
        if (begins && token->kind == C_OTHER && (token->byte == '.' || token->byte == ',')) return false;
        if (i == name + 1 && !depth) return false;
        if (token->kind == C_CLOSE && --depth == 0) {
            /* The head of a loop or of a function, or something without its semicolon. */
            const struct c_token *next = i + 1 < tokens->count ? token + 1 : NULL;
            if (next && (next->kind == C_WORD || (next->kind == C_OPEN && next->byte == '{'))) return false;
            break;
        }
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (c_token_is(bytes, token, words[k])) return false;
        bool star = token->kind == C_OTHER && token->byte == '*' && i + 1 < tokens->count;
        if (star && (tokens->items[i + 1].kind == C_CLOSE || tokens->items[i + 1].byte == ',')) return false;
    }
    return true;
}
