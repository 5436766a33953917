/* lexer.h: the scanner that never fails: any bytes become tokens that, put together, are those bytes again.
 *
 * Table-driven by struct language. In broken text the leaves of a tree are unreliable; these tokens are not.
 * A string or comment that is not closed (on its line, or in the text when it may span lines) becomes an
 * opening token followed by ordinary tokens, so that its closing quote is an ordinary insertion; and since
 * nobody knows which quote of its line lost its partner, every quote of that line is a token. Gaps are
 * spaces, line ends, a backslash that joins two lines (where the language has that) and a byte order mark at
 * the start; everything else is in a token.
 *
 * Owns    the list's items (vec).
 * Threads any.
 * Errors  none. Work is linear in the bytes; nesting is bounded by counters, not recursion.
 * Units   UTF-8 byte offsets relative to the bytes given; columns count bytes, a tab goes to the next
 * multiple of 8. */
#ifndef NOODLE_LEXER_H
#define NOODLE_LEXER_H

#include "analysis/language.h"
#include "base/vec.h"
#include <string.h>

#define LEXER_VERSION 1 /* of the token stream; training data and weights name it */

enum token_kind {
    TOKEN_WORD, /* identifier or keyword, a Rust lifetime, a private #name */
    TOKEN_NUMBER,
    TOKEN_STRING,       /* closed string, character or regex literal, prefix included */
    TOKEN_QUOTE,        /* opener of a string that is not closed, a stray quote, a typographic one */
    TOKEN_COMMENT,      /* closed, or to the end of the line */
    TOKEN_COMMENT_OPEN, /* opener of a block comment that is not closed */
    TOKEN_OPEN,         /* ( [ { */
    TOKEN_CLOSE,        /* ) ] } */
    TOKEN_OPERATOR,     /* longest literal of the grammar that matches, else one character */
    TOKEN_DIRECTIVE,    /* a preprocessor line's '#' and name: "#include" */
    TOKEN_CONFLICT,     /* a merge-conflict marker line */
    TOKEN_OTHER,        /* bytes that fit nothing: one UTF-8 character or one invalid byte */
    TOKEN_KIND_COUNT
};

enum token_flags {
    /* Lines joined by a backslash are one line here, and so is one that begins inside a string. */
    TOKEN_KEYWORD = 1 << 0,    /* a literal of the grammar made of letters, reserved or not */
    TOKEN_LINE_START = 1 << 1, /* first token that begins on its line */
    TOKEN_LINE_END = 1 << 2    /* last token of its line, comments aside */
};

struct token {
    uint32_t start_byte, end_byte;
    uint32_t line;    /* of its first byte, lines as in text.h, relative to the bytes given */
    uint16_t column;  /* of its first byte, tabs expanded, saturating */
    uint16_t indent;  /* of its (physical) line, tabs expanded, saturating */
    uint8_t kind;     /* enum token_kind */
    uint8_t flags;    /* enum token_flags */
    uint16_t literal; /* TSSymbol of the literal it spells, 0: none */
};

struct token_list {
    VEC_FIELDS(struct token);
};

/* Appends the tokens of bytes to *tokens (zero-initialised by the caller, released by vec_finish). */
void lexer_scan(const struct language *language, const char *bytes, size_t length, struct token_list *tokens);

const char *token_kind_name(enum token_kind kind);

/* Whether the token of these bytes is this word or sign. */
static inline bool token_spells(const struct token *token, const char *bytes, const char *text) {
    size_t length = strlen(text);
    return token->end_byte - token->start_byte == length &&
           memcmp(bytes + token->start_byte, text, length) == 0;
}

/* A word that the grammar has no use of its own for. */
static inline bool token_is_name(const struct token *token) {
    return token->kind == TOKEN_WORD && !(token->flags & TOKEN_KEYWORD);
}

/* Of a token of one byte that byte; else 0. */
static inline char token_char(const struct token *token, const char *bytes) {
    return token->end_byte - token->start_byte == 1 ? bytes[token->start_byte] : 0;
}

#endif
