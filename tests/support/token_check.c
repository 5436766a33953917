/* token_check.c: see token_check.h. Written without the lexer's own helpers, so that both would have to be
 * wrong. */
#include "tests/support/token_check.h"

#include "analysis/lexer.h"

#include <string.h>

struct place {
    size_t at;
    uint32_t line, column;
    bool blank; /* only spaces so far on this line */
    uint32_t indent;
};

/* Walks to `to`, keeping line, column and the line's indentation. */
static void place_advance(struct place *place, const char *bytes, size_t length, size_t to) {
    for (; place->at < to; place->at++) {
        char byte = bytes[place->at];
        bool crlf_begins = byte == '\r' && place->at + 1 < length && bytes[place->at + 1] == '\n';
        if (byte == '\n' || (byte == '\r' && !crlf_begins)) {
            *place = (struct place){.at = place->at, .line = place->line + 1, .blank = true};
            continue;
        }
        if (byte != ' ' && byte != '\t' && byte != '\v' && byte != '\f' && place->blank && !crlf_begins) {
            place->indent = place->column;
            place->blank = false;
        }
        place->column = byte == '\t' ? (place->column | 7) + 1 : place->column + 1;
    }
}

static bool is_gap(const struct language *language, const char *bytes, size_t length, size_t start,
                   size_t end) {
    if (start == 0 && end >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) start = 3;
    bool joins = language->flags & (LANGUAGE_PREPROCESSOR | LANGUAGE_LAYOUT);
    for (size_t at = start; at < end; at++) {
        bool joined =
            joins && bytes[at] == '\\' && at + 1 < length && strchr("\r\n", bytes[at + 1]) && bytes[at + 1];
        if (!joined && (!bytes[at] || !strchr(" \t\v\f\r\n", bytes[at]))) return false;
    }
    return true;
}

static uint32_t saturated(uint32_t value) {
    return value < UINT16_MAX ? value : UINT16_MAX;
}

static const char *check_kind(const struct token *token, const char *bytes) {
    char first = bytes[token->start_byte];
    size_t length = token->end_byte - token->start_byte;
    switch ((enum token_kind)token->kind) {
    case TOKEN_OPEN: return length == 1 && strchr("([{", first) ? NULL : "an opening bracket that is none";
    case TOKEN_CLOSE: return length == 1 && strchr(")]}", first) ? NULL : "a closing bracket that is none";
    case TOKEN_OTHER: return length <= 4 ? NULL : "several characters in one token of no kind";
    case TOKEN_CONFLICT: return length >= 7 && token->column == 0 ? NULL : "a conflict marker inside a line";
    case TOKEN_STRING: return length >= 2 ? NULL : "a string without room for quotes";
    default: return token->kind < TOKEN_KIND_COUNT ? NULL : "an unknown kind";
    }
}

const char *token_check(const struct language *language, const char *bytes, size_t length,
                        const struct token_list *tokens, size_t *ret_byte) {
    bool has_mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    struct place place = {.at = has_mark ? 3 : 0, .blank = true};
    size_t end = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        if (ret_byte) *ret_byte = token->start_byte;
        if (token->start_byte < end) return "a token begins before the one before it ends";
        if (token->end_byte <= token->start_byte) return "an empty token";
        if (token->end_byte > length) return "a token reaches past the bytes";
        if (!is_gap(language, bytes, length, end, token->start_byte)) return "bytes that are in no token";

        place_advance(&place, bytes, length, token->start_byte);
        if (token->line != place.line) return "a wrong line";
        if (token->column != saturated(place.column)) return "a wrong column";
        /* After a comment over lines, the first token of its line sets the indentation. */
        bool after_comment = i > 0 && tokens->items[i - 1].kind == TOKEN_COMMENT;
        uint32_t indent = place.blank ? place.column : place.indent;
        if (!after_comment && token->flags & TOKEN_LINE_START && token->indent != saturated(indent))
            return "a wrong indentation";
        const char *wrong = check_kind(token, bytes);
        if (wrong) return wrong;
        end = token->end_byte;
    }
    if (ret_byte) *ret_byte = end;
    return is_gap(language, bytes, length, end, length) ? NULL
                                                        : "bytes after the last token that are in none";
}
