/* pp_token.h: C's preprocessing tokens, as far as expanding macros needs them: names, numbers, strings, and
 * single bytes of everything else.
 *
 * Never fails: a quote that its line doesn't close is a byte like others. A token holds no splice (backslash,
 * line end) but inside strings; between tokens a splice is blank.
 *
 * Owns    nothing: tokens point into the bytes.   Threads any.   Errors none.   Units bytes. */
#ifndef NOODLE_PP_TOKEN_H
#define NOODLE_PP_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PASTE (##) and PLACEMARKER (C11 6.10.3.3) are only made while a macro's body is put together. */
enum pp_kind { PP_NAME, PP_NUMBER, PP_STRING, PP_OTHER, PP_PASTE, PP_PLACEMARKER };

struct pp_token {
    const char *bytes;
    uint32_t length;
    uint32_t gap; /* bytes between it and the token before it, where both are the input's own */
    uint8_t kind;
    bool space;   /* something blank is before it */
    bool blocked; /* a macro's name inside of itself: never expanded again */
    bool base;    /* read from the input and not as an argument: its gap is copied */
};

/* What reading one stretch of bytes remembers. Zero at its start. */
struct pp_quotes {
    const char *open_from[2], *open_until[2]; /* by quote, " first: between these none closes */
};

static inline bool pp_is_word(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '$' || byte >= 0x80;
}

/* Has the name no small letter, as macros' names have none? */
static inline bool pp_is_upper(const char *name, uint32_t length) {
    for (uint32_t i = 0; i < length; i++)
        if (name[i] >= 'a' && name[i] <= 'z') return false;
    return true;
}

static inline bool pp_is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static inline bool pp_is_blank(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The token at `at`, which is before end and not blank; gap, space, blocked and base are not set. quotes: of
 * this stretch, whose tokens before this one were read. */
struct pp_token pp_read_token(const char *at, const char *end, struct pp_quotes *quotes);
/* Past blanks, comments, splices, and directives (lines that begin with #, which *ret_directive is set for).
 * A line begins at `start`, too. */
const char *pp_skip_gap(const char *start, const char *at, const char *end, bool *ret_directive);
/* Whether two bytes side by side could be read as one token, or as a part of one. */
bool pp_grow_together(unsigned char left, unsigned char right);

#endif
