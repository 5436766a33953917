/* layout.h: what tokens, brackets and indentation say about a text, however broken it is.
 *
 * Brackets are matched as bracket.h says. For one that has no partner the lines around it say where the
 * partner is missing: a closer where the lines of its block end, an opener at the head of the lines that its
 * closer ends. Where every bracket has a partner there are no such hints.
 *
 * Owns    its arrays, released by layout_finish.
 * Threads one at a time.
 * Errors  none.
 * Units   UTF-8 byte offsets and token indexes; UINT32_MAX is "none". */
#ifndef NOODLE_LAYOUT_H
#define NOODLE_LAYOUT_H

#include "analysis/lexer.h"
#include "base/cancel.h"

#define LAYOUT_NONE      UINT32_MAX
#define LAYOUT_HINTS_MAX 512

/* A place where the shape of the text wants a bracket. */
struct layout_hint {
    uint32_t byte;    /* end of the token before the place */
    uint32_t partner; /* token index of the bracket that lacks this one */
    char bracket;     /* '}' ')' ']' '{' '(' '[' */
};

struct layout {
    const struct language *language;
    const char *bytes;
    uint32_t length;
    struct token_list tokens;
    uint32_t *match;     /* per token: the partner of a bracket, else LAYOUT_NONE */
    uint32_t *enclosing; /* per token and past the last: the innermost opener still open before it */
    struct {
        VEC_FIELDS(struct layout_hint);
    } hints; /* ascending by byte */
};

void layout_init(struct layout *layout, const struct language *language, const char *bytes, uint32_t length);
/* False: cancelled; the layout is only to be finished. */
bool layout_init_within(struct layout *layout, const struct language *language, const char *bytes,
                        uint32_t length, const struct cancel *cancel);
void layout_finish(struct layout *layout);

/* The first token that starts at or after byte, comments skipped; tokens.count past the last. */
uint32_t layout_next(const struct layout *layout, uint32_t byte);
/* The last token that ends at or before byte, comments skipped; LAYOUT_NONE before the first. */
uint32_t layout_previous(const struct layout *layout, uint32_t byte);
/* The token that holds byte (start <= byte < end); LAYOUT_NONE in a gap. */
uint32_t layout_holding(const struct layout *layout, uint32_t byte);
/* The end of the token before byte: the place by which hints name the gap that holds byte. */
uint32_t layout_gap(const struct layout *layout, uint32_t byte);
const struct layout_hint *layout_hint_at(const struct layout *layout, uint32_t byte, char bracket);

/* The innermost opener that is open at byte; LAYOUT_NONE at the top. */
uint32_t layout_enclosing(const struct layout *layout, uint32_t byte);

/* A token on the line whose indentation the closer of a block shares. */
uint32_t layout_head(const struct layout *layout, uint32_t opener);

/* A closer at the head of its line that has no partner, or stands deeper than the lines it ends: by the look
 * of the text it is one too many. */
bool layout_is_spare(const struct layout *layout, uint32_t token);

char layout_closer(char opener); /* ')' for '(' ...; 0 for others */

static inline char layout_char(const struct layout *layout, uint32_t token) {
    return layout->bytes[layout->tokens.items[token].start_byte];
}

/* NULL past the last. */
static inline const struct token *layout_token(const struct layout *layout, uint32_t token) {
    return token < layout->tokens.count ? &layout->tokens.items[token] : NULL;
}

/* Whether there is such a token, and it is this word or sign. */
bool layout_spells(const struct layout *layout, uint32_t token, const char *text);

static inline uint32_t layout_width(const struct layout *layout, uint32_t token) {
    return layout->tokens.items[token].end_byte - layout->tokens.items[token].start_byte;
}

#endif
