#include "analysis/features.h"

#include <ctype.h>
#include <string.h>

#define GRAM_LENGTH   3  /* characters in a row that are hashed together */
#define SPELLING_MAX  64 /* bytes of a word that are looked at */
#define STRING_PREFIX 4  /* bytes of a string that say what kind it is */

static const struct {
    const char *name;
    unsigned size;
} features[FEATURE_COUNT] = {
#define X(name, text, size) {text, size},
    FEATURE_MAP(X)
#undef X
};

const char *feature_name(enum feature feature) {
    return features[feature].name;
}

unsigned feature_size(enum feature feature) {
    return features[feature].size;
}

bool languages_are_dialects(const struct language *a, const struct language *b) {
    return a == b || (a->grammar && a->grammar == b->grammar) || (a->rules && a->rules == b->rules);
}

uint8_t feature_language(const struct language *language) {
    for (size_t i = 0;; i++)
        if (languages_are_dialects(language_at(i), language)) return (uint8_t)i;
}

/* FNV-1a (Fowler, Noll, Vo), 32 bits. */
static uint32_t hash_bytes(uint32_t hash, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT32_C(16777619);
    return hash;
}

static void add_gram(struct token_features *ret, char kind, const char *bytes, size_t length) {
    if (ret->gram_count == FEATURE_GRAMS_MAX) return;
    uint32_t hash = hash_bytes(hash_bytes(UINT32_C(2166136261), &kind, 1), bytes, length);
    ret->grams[ret->gram_count++] = (uint16_t)((hash ^ hash >> 15) % FEATURE_GRAM_ROWS);
}

/* The word as it is, and its pieces whatever their case: misspelt words share most pieces with what was
 * meant. */
static void add_spelling(struct token_features *ret, const char *bytes, size_t length) {
    char word[SPELLING_MAX + 2];
    if (length > SPELLING_MAX) length = SPELLING_MAX;
    add_gram(ret, 'w', bytes, length);
    word[0] = '<';
    for (size_t i = 0; i < length; i++)
        word[i + 1] = (char)tolower((unsigned char)bytes[i]);
    word[length + 1] = '>';
    for (size_t i = 0; i + GRAM_LENGTH <= length + 2; i++)
        add_gram(ret, 'g', word + i, GRAM_LENGTH);
}

static uint32_t before(const struct layout *layout, uint32_t index) {
    while (index > 0)
        if (layout->tokens.items[--index].kind != TOKEN_COMMENT) return index;
    return LAYOUT_NONE;
}

static uint32_t behind(const struct layout *layout, uint32_t index) {
    while (++index < layout->tokens.count)
        if (layout->tokens.items[index].kind != TOKEN_COMMENT) return index;
    return LAYOUT_NONE;
}

static uint8_t bracket_of(const struct layout *layout, uint32_t index) {
    const struct token *token = &layout->tokens.items[index];
    if (token->kind != TOKEN_OPEN && token->kind != TOKEN_CLOSE) return BRACKET_NONE;
    bool opens = token->kind == TOKEN_OPEN;
    if (layout->match[index] == LAYOUT_NONE) return opens ? BRACKET_UNCLOSED : BRACKET_UNOPENED;
    const struct token *partner = &layout->tokens.items[layout->match[index]];
    if (partner->line == token->line) return opens ? BRACKET_OPENS_LINE : BRACKET_CLOSES_LINE;
    if (opens) return BRACKET_OPENS;
    return (token->flags & TOKEN_LINE_START) && token->indent != partner->indent ? BRACKET_CLOSES_ASKEW
                                                                                 : BRACKET_CLOSES;
}

static uint8_t depth_of(const struct layout *layout, uint32_t index) {
    uint8_t depth = 0;
    for (uint32_t at = layout->enclosing[index];
         at != LAYOUT_NONE && depth + 1u < features[FEATURE_DEPTH].size; at = layout->enclosing[at])
        depth++;
    return depth;
}

static uint8_t enclosing_of(const struct layout *layout, uint32_t index) {
    static const char brackets[] = "([{";
    uint32_t opener = layout->enclosing[index];
    if (opener == LAYOUT_NONE) return 0;
    const char *found = strchr(brackets, layout_char(layout, opener));
    uint8_t which = found && *found ? (uint8_t)(found - brackets) : 0;
    return (uint8_t)(1 + which + (layout->match[opener] == LAYOUT_NONE ? 3 : 0));
}

static uint8_t line_start_of(const struct token *token, const struct token *previous) {
    static const int steps[] = {-8, -4, -2, 0, 1, 3, 5, 9}; /* columns from which the next value begins */
    if (!(token->flags & TOKEN_LINE_START)) return 0;
    if (!previous) return 11;
    int deeper = (int)token->indent - (int)previous->indent;
    uint8_t value = 1;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        value += deeper >= steps[i];
    return value;
}

static uint8_t line_end_of(const struct token *token, const struct token *next) {
    if (!next) return 4;
    if (!(token->flags & TOKEN_LINE_END)) return 0;
    return next->indent == token->indent ? 1 : next->indent > token->indent ? 2 : 3;
}

static uint8_t space_of(const struct layout *layout, uint32_t index, uint32_t previous) {
    const struct token *token = &layout->tokens.items[index];
    uint32_t from = previous == LAYOUT_NONE ? 0 : layout->tokens.items[previous].end_byte;
    if (previous == LAYOUT_NONE ? index > 0 : index > previous + 1) return 5;
    unsigned line_ends = 0;
    for (uint32_t at = from; at < token->start_byte && line_ends < 2; at++)
        line_ends += layout->bytes[at] == '\n';
    if (line_ends) return line_ends == 1 ? 3 : 4;
    return token->start_byte == from ? 0 : token->start_byte == from + 1 ? 1 : 2;
}

static uint8_t hint_of(const struct layout *layout, uint32_t previous) {
    static const char brackets[] = "})]{";
    uint32_t gap = previous == LAYOUT_NONE ? 0 : layout->tokens.items[previous].end_byte;
    for (uint8_t i = 0; brackets[i]; i++)
        if (layout_hint_at(layout, gap, brackets[i])) return (uint8_t)(i + 1);
    return 0;
}

static uint16_t input_class_of(enum token_kind kind) {
    switch (kind) {
    case TOKEN_WORD: return INPUT_WORD;
    case TOKEN_NUMBER: return INPUT_NUMBER;
    case TOKEN_STRING: return INPUT_STRING;
    case TOKEN_DIRECTIVE: return INPUT_DIRECTIVE;
    case TOKEN_CONFLICT: return INPUT_CONFLICT;
    case TOKEN_COMMENT_OPEN: return INPUT_COMMENT_OPEN;
    default: return INPUT_OTHER;
    }
}

void features_of_token(const struct layout *layout, const struct vocabulary *vocabulary, uint32_t index,
                       struct token_features *ret_features) {
    const struct token *token = &layout->tokens.items[index];
    const char *bytes = layout->bytes + token->start_byte;
    size_t length = token->end_byte - token->start_byte;
    uint32_t previous = before(layout, index), next = behind(layout, index);
    const struct token *tokens = layout->tokens.items;
    struct token_features made = {
        .values = {
            [FEATURE_BRACKET] = bracket_of(layout, index),
            [FEATURE_DEPTH] = depth_of(layout, index),
            [FEATURE_ENCLOSING] = enclosing_of(layout, index),
            [FEATURE_LINE_START] = line_start_of(token, previous == LAYOUT_NONE ? NULL : &tokens[previous]),
            [FEATURE_SPACE] = space_of(layout, index, previous),
            [FEATURE_HINT] = hint_of(layout, previous),
            [FEATURE_LANGUAGE] = feature_language(layout->language),
            [FEATURE_LINE_END] = line_end_of(token, next == LAYOUT_NONE ? NULL : &tokens[next]),
        }};
    switch (token->kind) {
    case TOKEN_WORD: add_spelling(&made, bytes, length); break;
    case TOKEN_STRING: add_gram(&made, 's', bytes, length < STRING_PREFIX ? length : STRING_PREFIX); break;
    case TOKEN_DIRECTIVE:
    case TOKEN_OPERATOR:
    case TOKEN_OTHER: add_gram(&made, 'o', bytes, length < SPELLING_MAX ? length : SPELLING_MAX); break;
    default: break;
    }
    bool literal = token->kind == TOKEN_WORD || token->kind == TOKEN_OPEN || token->kind == TOKEN_CLOSE ||
                   token->kind == TOKEN_OPERATOR || token->kind == TOKEN_QUOTE || token->kind == TOKEN_OTHER;
    if (literal) made.token = vocabulary_find(vocabulary, bytes, length);
    if (!made.token) made.token = input_class_of((enum token_kind)token->kind);
    *ret_features = made;
}
