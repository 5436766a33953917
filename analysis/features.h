/* features.h: a token as the encoder reads it: what it is, how it is spelt, and what brackets and lines say
 * around it.
 *
 * Training reads these through `noodle-lsp tokens --features`, so that training and serving cannot disagree.
 * Comments are no tokens to the encoder; the opener of one that is not closed is.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: any text has features. */
#ifndef NOODLE_FEATURES_H
#define NOODLE_FEATURES_H

#include "analysis/layout.h"
#include "analysis/vocabulary.h"

#define FEATURES_VERSION  1 /* of everything here; training data and weights name it */
#define FEATURE_GRAMS_MAX 12
#define FEATURE_GRAM_ROWS 4096u

/* Name and number of values. */
#define FEATURE_MAP(X)                                                                                       \
    X(BRACKET, "bracket", 8)     /* enum feature_bracket */                                                  \
    X(DEPTH, "depth", 12)        /* open brackets around it, the last value for more */                      \
    X(ENCLOSING, "enclosing", 8) /* the innermost of them: none, ( [ {, and the same without a partner */    \
    X(LINE_START, "line_start",                                                                              \
      12)                /* 0: not the first of its line; else how much deeper than the line before */       \
    X(SPACE, "space", 8) /* before it: none, one, more, line end, empty lines, a comment */                  \
    X(HINT, "hint", 8)   /* the shape of the text wants a bracket before it: none, } ) ] { */                \
    X(LANGUAGE, "language", 16) /* row of the first language of its family */                                \
    X(LINE_END, "line_end",                                                                                  \
      8) /* not the last of its line; the next line is level, deeper, less deep; the end */

enum feature {
#define X(name, text, size) FEATURE_##name,
    FEATURE_MAP(X)
#undef X
        FEATURE_COUNT
};

enum feature_bracket {
    BRACKET_NONE,
    BRACKET_OPENS_LINE, /* closed on the same line */
    BRACKET_OPENS,      /* closed on a later one */
    BRACKET_UNCLOSED,
    BRACKET_CLOSES_LINE,
    BRACKET_CLOSES,
    BRACKET_CLOSES_ASKEW, /* alone on its line, and indented unlike its opener's */
    BRACKET_UNOPENED
};

struct token_features {
    uint16_t token;                /* enum input_class, or a literal of the vocabulary */
    uint8_t values[FEATURE_COUNT]; /* by enum feature, each below its number of values */
    uint8_t gram_count;
    uint16_t grams[FEATURE_GRAMS_MAX]; /* hashed pieces of the spelling, below FEATURE_GRAM_ROWS */
};

const char *feature_name(enum feature feature);
unsigned feature_size(enum feature feature);
/* Whether one grammar or one set of rules is for both. */
bool languages_are_dialects(const struct language *a, const struct language *b);

/* The value of FEATURE_LANGUAGE: dialects of one language share it. */
uint8_t feature_language(const struct language *language);

/* Of the layout's token `index`, which is no comment. */
void features_of_token(const struct layout *layout, const struct vocabulary *vocabulary, uint32_t index,
                       struct token_features *ret_features);

#endif
