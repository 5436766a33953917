#include "analysis/excerpt_blocks.h"

#include "analysis/bracket.h"
#include "analysis/lexer.h"

#include <string.h>

#define SMALL_BYTES 8192 /* an excerpt of this size is searched as it is */
#define NEAR_BYTES  2000 /* kept on each side of the mistake: more than the encoder's window */
#define BLOCK_BYTES 80   /* smaller blocks stay */

struct indexes {
    VEC_FIELDS(uint32_t);
};

/* The partner of each bracket of tokens[first, end), as far as brackets match there among themselves and the
 * lines of both are indented alike. */
static void match_among(const char *bytes, const struct token_list *tokens, uint32_t first, uint32_t end,
                        uint32_t *match) {
    struct indexes open = {0};
    for (uint32_t i = first; i < end; i++) {
        const struct token *token = &tokens->items[i];
        if (token->kind == TOKEN_OPEN) {
            vec_push(&open, i);
        } else if (token->kind == TOKEN_CLOSE && open.count) {
            uint32_t opener = open.items[--open.count];
            if (bracket_closer(bytes[tokens->items[opener].start_byte]) != bytes[token->start_byte]) break;
            if (tokens->items[opener].indent == token->indent) match[opener] = i;
        }
    }
    vec_finish(&open);
}

static bool may_be_empty(const struct language *language, char opener) {
    return opener == '{' || (opener == '[' && (language->flags & LANGUAGE_DATA));
}

/* Where a byte of the text is in the excerpt; of what was left out: where it would be. */
static uint32_t place_of(const struct excerpt *excerpt, uint32_t byte) {
    uint32_t at = 0;
    for (size_t i = 0; i < excerpt->range_count; i++) {
        const struct excerpt_range *range = &excerpt->ranges[i];
        if (byte < range->start_byte) break;
        uint32_t length = range->end_byte - range->start_byte, inside = byte - range->start_byte;
        at = range->at + (inside < length ? inside : length);
    }
    return at;
}

/* Adds bytes [start, end) of one excerpt to another. */
static void add(const struct excerpt *from, uint32_t start, uint32_t end, struct excerpt *to) {
    for (size_t i = 0; i < from->range_count; i++) {
        const struct excerpt_range *range = &from->ranges[i];
        uint32_t range_end = range->at + (range->end_byte - range->start_byte);
        uint32_t first = start > range->at ? start : range->at, last = end < range_end ? end : range_end;
        if (first >= last) continue;
        uint32_t text_start = range->start_byte + (first - range->at);
        to->ranges[to->range_count++] =
            (struct excerpt_range){text_start, text_start + (last - first), to->length, true};
        memcpy(to->bytes + to->length, from->bytes + first, last - first);
        to->length += last - first;
    }
}

struct excerpt *excerpt_empty_blocks(struct excerpt *excerpt, const struct language *language,
                                     uint32_t focus_start, uint32_t focus_end, struct arena *arena) {
    if (excerpt->length <= SMALL_BYTES || !(language->flags & (LANGUAGE_BRACES | LANGUAGE_DATA)) ||
        language->flags & LANGUAGE_PREPROCESSOR)
        return excerpt;
    for (size_t i = 0; i < excerpt->range_count; i++)
        if (!excerpt->ranges[i].copied) return excerpt;
    struct token_list tokens = {0};
    lexer_scan(language, excerpt->bytes, excerpt->length, &tokens);
    uint32_t *match = mem_alloc((tokens.count + 1) * sizeof *match);
    memset(match, 0xff, (tokens.count + 1) * sizeof *match); /* BRACKET_NONE */
    uint32_t start = place_of(excerpt, focus_start), end = place_of(excerpt, focus_end);
    uint32_t before = 0, behind = (uint32_t)tokens.count, blocks = 0;
    while (before < tokens.count && tokens.items[before].end_byte + NEAR_BYTES < start)
        before++;
    while (behind > before && tokens.items[behind - 1].start_byte > end + NEAR_BYTES)
        behind--;
    match_among(excerpt->bytes, &tokens, 0, before, match);
    match_among(excerpt->bytes, &tokens, behind, (uint32_t)tokens.count, match);
    for (uint32_t i = 0; i < tokens.count; i++)
        blocks += match[i] != BRACKET_NONE;
    struct excerpt *smaller = arena_zalloc(arena, sizeof *smaller);
    smaller->ranges = arena_alloc(arena, (excerpt->range_count + blocks + 1) * sizeof *smaller->ranges);
    smaller->bytes = arena_alloc(arena, excerpt->length + 1u);
    uint32_t at = 0;
    for (uint32_t i = 0; i < tokens.count; i++) {
        if (match[i] == BRACKET_NONE || !may_be_empty(language, excerpt->bytes[tokens.items[i].start_byte]))
            continue;
        uint32_t inside = tokens.items[i].end_byte, closer = tokens.items[match[i]].start_byte;
        if (closer - inside < BLOCK_BYTES) continue;
        add(excerpt, at, inside, smaller);
        at = closer;
        i = match[i];
    }
    add(excerpt, at, excerpt->length, smaller);
    smaller->bytes[smaller->length] = 0;
    mem_free(match);
    vec_finish(&tokens);
    return smaller;
}
