/* c_token.h: a scan of C just fine enough for the preprocessor: words, brackets, strings, directives;
 * comments and joined lines are passed over. Fast enough to run over a file at each keystroke.
 *
 * Unlike the lexer (lexer.h), which keeps every byte and mends nothing, this knows directives as whole lines
 * and what they are.
 *
 * Owns    the list's items (vec).
 * Threads any.
 * Errors  none: an unclosed string ends with its line, an unclosed comment is one token to the end of the
 *         bytes.
 * Units   bytes. */
#ifndef NOODLE_C_TOKEN_H
#define NOODLE_C_TOKEN_H

#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

enum c_token_kind {
    C_WORD,
    C_NUMBER,
    C_STRING, /* prefix included */
    C_CHARACTER,
    C_OPEN,      /* ( [ { and their digraphs; `byte` is the plain bracket */
    C_CLOSE,     /* ) ] } */
    C_OTHER,     /* one byte of punctuation: `byte`; operators of several bytes are several tokens */
    C_DIRECTIVE, /* from # to the end of the line, joined lines included; `byte` is enum c_directive */
};

enum c_directive {
    C_DIRECTIVE_OTHER, /* define, include, pragma, error, ...: nothing that chooses */
    C_DIRECTIVE_IF,
    C_DIRECTIVE_IFDEF,
    C_DIRECTIVE_IFNDEF,
    C_DIRECTIVE_ELIF,
    C_DIRECTIVE_ELIFDEF,
    C_DIRECTIVE_ELIFNDEF,
    C_DIRECTIVE_ELSE,
    C_DIRECTIVE_ENDIF,
    C_DIRECTIVE_ERROR, /* #error: the branch is never compiled */
};

struct c_token {
    uint32_t start_byte, end_byte;
    uint8_t kind; /* enum c_token_kind */
    uint8_t byte;
    bool column_0;   /* nothing stands before it on its line */
    bool line_start; /* nothing but space and comments does */
};

struct c_tokens {
    VEC_FIELDS(struct c_token);
};

/* Appends. */
void c_token_scan(const char *bytes, uint32_t length, struct c_tokens *tokens);
/* tokens: of the earlier bytes, become those of `bytes`; what lies before and behind a change is kept. */
void c_token_rescan(const char *bytes, uint32_t length, const char *earlier, uint32_t earlier_length,
                    struct c_tokens *tokens);

/* Where the argument of a directive token is: [*ret_start, *ret_end), comments included; all of what lost its
 * # and name (branch_mend.h), what is behind the name where only the # is lost (lost_line.h). */
void c_token_argument(const char *bytes, const struct c_token *directive, uint32_t *ret_start,
                      uint32_t *ret_end);
/* Where the name is that a #define (or another directive with the word: #undef) is about; false: it is none.
 */
bool c_token_defined_name(const char *bytes, const struct c_token *token, const char *word,
                          uint32_t *ret_start, uint32_t *ret_end);
/* Whether the token is the word. */
bool c_token_is(const char *bytes, const struct c_token *token, const char *word);
/* Whether there is a token `index`, and it is the sign. */
static inline bool c_tokens_have(const struct c_tokens *tokens, size_t index, char sign) {
    if (index >= tokens->count) return false;
    const struct c_token *token = &tokens->items[index];
    return token->byte == (uint8_t)sign &&
           (token->kind == C_OTHER || token->kind == C_OPEN || token->kind == C_CLOSE);
}

#endif
