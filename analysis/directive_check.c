#include "analysis/directive_check.h"

#include <string.h>

static bool is_word(const struct c_tokens *tokens, size_t i) {
    return i < tokens->count && tokens->items[i].kind == C_WORD;
}

/* Behind the bracket that closes the one at i; 0: it is not closed. */
static size_t group_end(const struct c_tokens *tokens, size_t i) {
    size_t depth = 0;
    for (; i < tokens->count; i++) {
        depth += c_tokens_have(tokens, i, '(');
        if (c_tokens_have(tokens, i, ')') && --depth == 0) return i + 1;
    }
    return 0;
}

/* Operand, operator, operand: brackets are counted, calls passed over. */
static const char *check_condition(const char *bytes, const struct c_tokens *tokens) {
    size_t depth = 0;
    bool operand = true; /* one is wanted next */
    if (!tokens->count) return "a condition is missing";
    for (size_t i = 0; i < tokens->count;) {
        const struct c_token *token = &tokens->items[i];
        if (operand) {
            if (c_tokens_have(tokens, i, '(')) {
                depth++;
                i++;
            } else if (token->kind == C_OTHER && strchr("!~+-", token->byte)) {
                i++;
            } else if (c_token_is(bytes, token, "defined")) {
                bool bracket = c_tokens_have(tokens, i + 1, '(');
                if (!is_word(tokens, i + 1 + bracket)) return "`defined` needs a name";
                if (bracket && !c_tokens_have(tokens, i + 3, ')')) return "missing `)` behind a name";
                i += bracket ? 4 : 2;
                operand = false;
            } else if (token->kind == C_WORD || token->kind == C_NUMBER || token->kind == C_CHARACTER) {
                i++;
                operand = false;
                if (token->kind == C_WORD && c_tokens_have(tokens, i, '(')) {
                    i = group_end(tokens, i);
                    if (!i) return "missing `)` in a condition";
                }
            } else {
                return "an operand is missing in a condition";
            }
            continue;
        }
        if (c_tokens_have(tokens, i, ')')) {
            if (depth == 0) return "unmatched `)` in a condition";
            depth--;
            i++;
        } else if (token->kind == C_OTHER && strchr("&|<>=!+-*/%^?:,", token->byte)) {
            bool not = token->byte == '!' && (!c_tokens_have(tokens, i + 1, '=') ||
                                              tokens->items[i + 1].start_byte != token->end_byte);
            if (not ) return "an operator is missing in a condition";
            i++;
            while (i < tokens->count && tokens->items[i].start_byte == tokens->items[i - 1].end_byte &&
                   tokens->items[i].kind == C_OTHER && strchr("&|<>=", tokens->items[i].byte))
                i++;
            operand = true;
        } else {
            return "an operator is missing in a condition";
        }
    }
    if (operand) return "an operand is missing in a condition";
    return depth ? "missing `)` in a condition" : NULL;
}

static const char *check_include(const char *bytes, uint32_t start, uint32_t end,
                                 const struct c_tokens *tokens) {
    if (!tokens->count) return "the name of a file is missing";
    uint32_t first = tokens->items[0].start_byte;
    if (bytes[first] == '<')
        return memchr(bytes + start, '>', end - start) ? NULL : "missing `>` behind the name of a file";
    if (bytes[first] == '"')
        return memchr(bytes + first + 1, '"', end - first - 1) ? NULL
                                                               : "missing `\"` behind the name of a file";
    /* A macro, called or not. */
    if (!is_word(tokens, 0)) return "the name of a file stands in `\"` or `<>`";
    bool alone =
        tokens->count == 1 || (c_tokens_have(tokens, 1, '(') && group_end(tokens, 1) == tokens->count);
    return alone ? NULL : "the name of a file stands in `\"` or `<>`";
}

static bool is_same(const char *bytes, const struct c_token *a, const struct c_token *b) {
    uint32_t length = a->end_byte - a->start_byte;
    return b->end_byte - b->start_byte == length &&
           !memcmp(bytes + a->start_byte, bytes + b->start_byte, length);
}

/* Names and commas; at the end `...` or `name...`. */
static const char *check_parameters(const struct c_tokens *tokens, size_t open, size_t close) {
    bool wanted = true; /* a name is next */
    if (open + 1 == close) return NULL;
    for (size_t i = open + 1; i < close; i++) {
        bool rest = c_tokens_have(tokens, i, '.') && c_tokens_have(tokens, i + 1, '.') &&
                    c_tokens_have(tokens, i + 2, '.');
        if (rest) return i + 3 == close ? NULL : "nothing follows the `...` of a macro";
        if (wanted && !is_word(tokens, i)) return "the name of a parameter is missing";
        if (!wanted && !c_tokens_have(tokens, i, ',')) return "missing `,` between parameters";
        wanted = !wanted;
    }
    return wanted ? "the name of a parameter is missing" : NULL;
}

/* In a macro with parameters [open, close]: `#` stands before one of them. *ret_byte: where one does not. */
static const char *check_marks(const char *bytes, const struct c_tokens *tokens, size_t open, size_t close,
                               uint32_t *ret_byte) {
    for (size_t i = close + 1; i < tokens->count; i++) {
        if (!c_tokens_have(tokens, i, '#')) continue;
        *ret_byte = tokens->items[i].start_byte;
        if (c_tokens_have(tokens, i + 1, '#') &&
            tokens->items[i + 1].start_byte == tokens->items[i].end_byte) {
            if (i == close + 1 || i + 2 == tokens->count) return "`##` stands between two";
            if (c_tokens_have(tokens, i + 2, '}') || c_tokens_have(tokens, i + 2, ';'))
                return "`##` has nothing to join behind it";
            i++;
            continue;
        }
        if (!is_word(tokens, i + 1)) continue;
        const struct c_token *name = &tokens->items[i + 1];
        bool known = c_token_is(bytes, name, "__VA_ARGS__") || c_token_is(bytes, name, "__VA_OPT__");
        for (size_t k = open + 1; k < close && !known; k++)
            known = is_word(tokens, k) && is_same(bytes, &tokens->items[k], name);
        if (!known) return "`#` stands before a parameter of the macro";
    }
    return NULL;
}

static const char *check_define(const char *bytes, const struct c_tokens *tokens, uint32_t *ret_byte) {
    if (!is_word(tokens, 0)) return "`#define` needs a name";
    if (!c_tokens_have(tokens, 1, '(') || tokens->items[1].start_byte != tokens->items[0].end_byte)
        return NULL;
    size_t end = group_end(tokens, 1);
    if (!end) return "missing `)` behind the parameters";
    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->items[i].kind == C_DIRECTIVE) return NULL; /* a line of its own to the scanner */
    const char *message = check_parameters(tokens, 1, end - 1);
    return message ? message : check_marks(bytes, tokens, 1, end - 1, ret_byte);
}

static bool is_named(const char *bytes, uint32_t end, const char *name) {
    uint32_t length = (uint32_t)strlen(name);
    return end >= length && !memcmp(bytes + end - length, name, length) &&
           (end == length || bytes[end - length - 1] < 'a' || bytes[end - length - 1] > 'z');
}

const char *directive_check(const char *bytes, const struct c_token *directive, uint32_t *ret_byte) {
    uint32_t start, end, byte = UINT32_MAX;
    c_token_argument(bytes, directive, &start, &end);
    struct c_tokens tokens = {0};
    c_token_scan(bytes + start, end - start, &tokens);
    const char *message = NULL, *argument = bytes + start;
    uint32_t length = end - start;
    switch (directive->byte) {
    case C_DIRECTIVE_IF:
    case C_DIRECTIVE_ELIF: message = check_condition(argument, &tokens); break;
    case C_DIRECTIVE_IFDEF:
    case C_DIRECTIVE_IFNDEF:
    case C_DIRECTIVE_ELIFDEF:
    case C_DIRECTIVE_ELIFNDEF: message = is_word(&tokens, 0) ? NULL : "a name is missing"; break;
    case C_DIRECTIVE_OTHER:
        if (is_named(bytes, start, "include") || is_named(bytes, start, "import") ||
            is_named(bytes, start, "include_next"))
            message = check_include(argument, 0, length, &tokens);
        else if (is_named(bytes, start, "define"))
            message = check_define(argument, &tokens, &byte);
        else if (is_named(bytes, start, "undef"))
            message = is_word(&tokens, 0) ? NULL : "`#undef` needs a name";
        break;
    default: break;
    }
    vec_finish(&tokens);
    if (ret_byte) *ret_byte = message && byte != UINT32_MAX ? start + byte : directive->start_byte;
    return message;
}
