/* Declarations: pp_token.h. */
#include "analysis/pp_token.h"

#include <string.h>

/* Past a string that its line closes; otherwise past its quote alone, and then those behind it on the line,
 * which are escaped, have none to close them either. */
static const char *skip_quoted(const char *at, const char *end, struct pp_quotes *quotes) {
    const char *byte = at + 1;
    int kind = *at == '\'';
    if (quotes->open_from[kind] && at >= quotes->open_from[kind] && at < quotes->open_until[kind])
        return at + 1;
    for (; byte < end && *byte != '\n'; byte++) {
        if (*byte == *at) return byte + 1;
        if (*byte == '\\' && byte + 1 < end) byte++; /* over a line's end too: a splice */
    }
    quotes->open_from[kind] = at;
    quotes->open_until[kind] = byte;
    return at + 1;
}

static const char *skip_number(const char *at, const char *end) {
    for (at++; at < end; at++) {
        if ((*at == '+' || *at == '-') && at[-1] != '\0' && strchr("eEpP", at[-1])) continue;
        if (*at == '\'' && at + 1 < end && pp_is_word((unsigned char)at[1])) continue;
        if (!pp_is_word((unsigned char)*at) && *at != '.') break;
    }
    return at;
}

static bool is_string_prefix(const char *at, size_t length) {
    return (length == 1 && (*at == 'L' || *at == 'u' || *at == 'U')) ||
           (length == 2 && memcmp(at, "u8", 2) == 0);
}

struct pp_token pp_read_token(const char *at, const char *end, struct pp_quotes *quotes) {
    struct pp_token token = {.bytes = at, .kind = PP_OTHER};
    const char *next = at + 1;
    if (pp_is_digit(*at) || (*at == '.' && next < end && pp_is_digit(*next))) {
        token.kind = PP_NUMBER;
        next = skip_number(at, end);
    } else if (pp_is_word((unsigned char)*at)) {
        token.kind = PP_NAME;
        while (next < end && pp_is_word((unsigned char)*next))
            next++;
        if (next < end && (*next == '"' || *next == '\'') && is_string_prefix(at, (size_t)(next - at))) {
            const char *close = skip_quoted(next, end, quotes);
            if (close > next + 1) {
                token.kind = PP_STRING;
                next = close;
            }
        }
    } else if (*at == '"' || *at == '\'') {
        next = skip_quoted(at, end, quotes);
        if (next > at + 1) token.kind = PP_STRING;
    }
    token.length = (uint32_t)(next - at);
    return token;
}

/* To the line end that ends a directive or a comment. */
static const char *skip_line(const char *at, const char *end) {
    for (;;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end) return end;
        const char *last = line_end;
        while (last > at && pp_is_blank(last[-1]))
            last--;
        if (last == at || last[-1] != '\\') return line_end;
        at = line_end + 1;
    }
}

static const char *skip_comment(const char *at, const char *end) {
    for (at += 2; at + 1 < end; at++)
        if (at[0] == '*' && at[1] == '/') return at + 2;
    return end;
}

const char *pp_skip_gap(const char *start, const char *at, const char *end, bool *ret_directive) {
    bool line_start = at == start;
    while (at < end) {
        char next = at + 1 < end ? at[1] : '\0';
        if (pp_is_blank(*at)) {
            if (*at == '\n') line_start = true;
            at++;
        } else if (*at == '\\' && pp_is_blank(next)) {
            at++;
        } else if (*at == '/' && next == '*') {
            at = skip_comment(at, end);
        } else if (*at == '/' && next == '/') {
            at = skip_line(at, end);
        } else if (line_start && (*at == '#' || (*at == '%' && next == ':'))) {
            *ret_directive = true;
            at = skip_line(at, end);
        } else {
            break;
        }
    }
    return at;
}

static bool is_one_of(unsigned char byte, const char *bytes) {
    return byte != '\0' && strchr(bytes, byte);
}

bool pp_grow_together(unsigned char left, unsigned char right) {
    if (pp_is_word(left) || left == '.')
        return pp_is_word(right) || right == '.' || right == '"' || right == '\'';
    if (right == '=') return is_one_of(left, "=!<>+-*/%&|^");
    if (left == right) return is_one_of(left, "+-<>&|#/:");
    switch (left) {
    case '-': return right == '>';
    case '/': return right == '*';
    case '<': return right == ':' || right == '%';
    case '%': return right == ':' || right == '>';
    case ':': return right == '>';
    default: return false;
    }
}
