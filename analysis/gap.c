/* gap.c: see gap.h and gap_scan.h: the walk over the tokens, and what every language's rules lean on. */
#include "analysis/gap_scan.h"

#include "analysis/bracket.h"
#include "analysis/lexeme.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

#define STRETCH_MAX (512u << 10) /* bytes looked at in one call; callers ask for less */
#define ANGLE_MAX   400          /* tokens between `<` and its `>` */
#define RULES_MAX   128          /* of a language */
#define REACH       4096         /* bytes: what a rule writes begins no farther behind its token */

bool gap_is(const struct gap_scan *scan, size_t at, const char *text) {
    return at < scan->count && token_spells(&scan->tokens[at], scan->bytes, text);
}

bool gap_is_one_of(const struct gap_scan *scan, size_t at, const char *const *texts) {
    for (; *texts; texts++)
        if (gap_is(scan, at, *texts)) return true;
    return false;
}

static bool is_blank(const struct gap_scan *scan, size_t at) {
    return scan->bytes[scan->tokens[at].start_byte] == ' ';
}

bool gap_is_kind(const struct gap_scan *scan, size_t at, enum token_kind kind) {
    return at < scan->count && scan->tokens[at].kind == kind && !is_blank(scan, at);
}

bool gap_is_word(const struct gap_scan *scan, size_t at) {
    return gap_is_kind(scan, at, TOKEN_WORD);
}

bool gap_begins_line(const struct gap_scan *scan, size_t at) {
    return at < scan->count && scan->tokens[at].flags & TOKEN_LINE_START;
}

bool gap_touches_next(const struct gap_scan *scan, size_t at) {
    return at < scan->count && at + 1 < scan->count &&
           scan->tokens[at].end_byte == scan->tokens[at + 1].start_byte;
}

size_t gap_partner(const struct gap_scan *scan, size_t at) {
    return at < scan->count ? scan->partner[at] : GAP_NONE;
}

size_t gap_inside(const struct gap_scan *scan, size_t at) {
    return at < scan->count ? scan->inside[at] : GAP_NONE;
}

size_t gap_angle_close(const struct gap_scan *scan, size_t at) {
    size_t depth = 0;
    for (size_t i = at; i < scan->count && i < at + ANGLE_MAX; i++) {
        const struct token *token = &scan->tokens[i];
        if (token->kind == TOKEN_CLOSE) return GAP_NONE;
        if (token->kind == TOKEN_OPEN) {
            i = gap_partner(scan, i);
            if (i == GAP_NONE) return GAP_NONE;
            continue;
        }
        if (token->kind != TOKEN_OPERATOR || gap_is(scan, i, "=>") || gap_is(scan, i, "->")) continue;
        for (uint32_t byte = token->start_byte; byte < token->end_byte; byte++) {
            if (scan->bytes[byte] == '<') depth++;
            if (scan->bytes[byte] == '>' && --depth == 0) return i;
        }
        if (gap_is(scan, i, ";")) return GAP_NONE;
    }
    return GAP_NONE;
}

static bool is_line_end(char byte) {
    return byte == '\n' || byte == '\r';
}

void gap_put_bytes(struct gap_scan *scan, uint32_t start, uint32_t end, const char *text) {
    for (uint32_t at = start; at < end; at++)
        if (*text)
            scan->bytes[at] = *text++;
        else if (!is_line_end(scan->bytes[at]))
            scan->bytes[at] = ' ';
    vec_push(scan->list, (struct gap){start, end});
}

void gap_blank(struct gap_scan *scan, size_t first, size_t last) {
    gap_put_bytes(scan, scan->tokens[first].start_byte, scan->tokens[last].end_byte, "");
}

bool gap_put(struct gap_scan *scan, size_t first, size_t last, const char *text) {
    uint32_t start = scan->tokens[first].start_byte, end = scan->tokens[last].end_byte;
    size_t length = strlen(text);
    if (length > end - start) return false;
    for (size_t i = 0; i < length; i++)
        if (is_line_end(scan->bytes[start + i])) return false;
    gap_put_bytes(scan, start, end, text);
    return true;
}

void gap_name(struct gap_scan *scan, size_t first, size_t last) {
    uint32_t start = scan->tokens[first].start_byte, end = scan->tokens[first].end_byte;
    gap_put_bytes(scan, start, scan->tokens[last].end_byte, "");
    scan->bytes[start] = 'x';
    for (uint32_t at = start + 1; at < end && !is_line_end(scan->bytes[at]); at++)
        scan->bytes[at] = '_';
}

bool gap_insert(struct gap_scan *scan, size_t at, char byte) {
    uint32_t start = scan->tokens[at].start_byte;
    if (start == 0 || (scan->bytes[start - 1] != ' ' && scan->bytes[start - 1] != '\t')) return false;
    gap_put_bytes(scan, start - 1, start, (const char[]){byte, 0});
    return true;
}

/* Every bracket's partner, and the bracket that holds each token. One without a partner holds what is
 * indented deeper than its line: it is closed behind the stretch, or not at all. */
static void pair_brackets(struct gap_scan *scan) {
    struct {
        VEC_FIELDS(size_t);
    } open = {0};
    struct token_list tokens = {.items = (struct token *)scan->tokens, .count = scan->count};
    uint32_t *match = mem_alloc((scan->count + 1) * sizeof *match);
    bracket_match(scan->bytes, &tokens, match);
    for (size_t i = 0; i < scan->count; i++) {
        const struct token *token = &scan->tokens[i];
        scan->partner[i] = match[i] == BRACKET_NONE ? GAP_NONE : match[i];
        if (token->kind == TOKEN_CLOSE && match[i] != BRACKET_NONE)
            while (open.count && open.items[open.count - 1] >= match[i])
                open.count--;
        while (token->flags & TOKEN_LINE_START && open.count) {
            size_t last = open.items[open.count - 1];
            if (match[last] != BRACKET_NONE || scan->tokens[last].indent < token->indent) break;
            open.count--;
        }
        scan->inside[i] = open.count ? open.items[open.count - 1] : GAP_NONE;
        if (token->kind == TOKEN_OPEN) vec_push(&open, i);
    }
    mem_free(match);
    vec_finish(&open);
}

static int by_start(const void *a, const void *b) {
    const struct gap *x = a, *y = b;
    return x->start_byte < y->start_byte ? -1 : x->start_byte > y->start_byte;
}

void gap_settle(struct gap_list *list, size_t first) {
    size_t count = list->count - first, kept = 0;
    if (count < 2) return;
    struct gap *items = list->items + first;
    qsort(items, count, sizeof *items, by_start);
    for (size_t i = 1; i < count; i++) {
        if (items[i].start_byte <= items[kept].end_byte) {
            if (items[i].end_byte > items[kept].end_byte) items[kept].end_byte = items[i].end_byte;
        } else {
            items[++kept] = items[i];
        }
    }
    list->count = first + kept + 1;
}

/* Which rules may begin at a token with a given first byte. */
struct rule_index {
    uint64_t words[256][RULES_MAX / 64];
};

static size_t index_rules(const struct gap_rule *rules, struct rule_index *index) {
    size_t count = 0;
    memset(index, 0, sizeof *index);
    for (; rules[count].token && count < RULES_MAX; count++) {
        uint64_t bit = (uint64_t)1 << count % 64;
        unsigned char first = (unsigned char)*rules[count].token;
        for (unsigned byte = first; byte <= (first ? first : 255u); byte++)
            index->words[byte][count / 64] |= bit;
    }
    return count;
}

/* The first from `rule` on; `count`: there is none. */
static size_t next_rule(const struct rule_index *index, char byte, size_t rule, size_t count) {
    while (rule < count) {
        uint64_t left = index->words[(unsigned char)byte][rule / 64] >> rule % 64;
        if (left) return rule + (size_t)__builtin_ctzll(left);
        rule = (rule / 64 + 1) * 64;
    }
    return count;
}

size_t gap_rewrite(const struct language *language, char *bytes, uint32_t length, uint32_t from,
                   struct gap_list *list) {
    if (!language->gaps || from >= length) return 0;
    if (length > STRETCH_MAX) length = STRETCH_MAX;
    struct token_list tokens = {0};
    lexer_scan(language, bytes, length, &tokens);
    size_t count = 0, first = list->count;
    for (size_t i = 0; i < tokens.count; i++)
        if (tokens.items[i].kind != TOKEN_COMMENT ||
            lexeme_starts(bytes, length, tokens.items[i].start_byte, "#!"))
            tokens.items[count++] = tokens.items[i];
    struct gap_scan scan = {.language = language,
                            .bytes = bytes,
                            .tokens = tokens.items,
                            .count = count,
                            .partner = mem_alloc((count + 1) * sizeof(size_t)),
                            .inside = mem_alloc((count + 1) * sizeof(size_t)),
                            .list = list};
    pair_brackets(&scan);
    struct rule_index index;
    size_t rule_count = index_rules(language->gaps, &index), at = 0;
    while (at < count && tokens.items[at].start_byte + REACH < from)
        at++;
    for (; at < count; at++) {
        const char *byte = &scan.bytes[tokens.items[at].start_byte]; /* a rule may write another */
        for (size_t i = 0; (i = next_rule(&index, *byte, i, rule_count)) < rule_count; i++) {
            const struct gap_rule *rule = &language->gaps[i];
            if (*byte == ' ') break;
            if (!*rule->token || gap_is(&scan, at, rule->token)) rule->rewrite(&scan, at);
        }
    }
    mem_free(scan.partner);
    mem_free(scan.inside);
    vec_finish(&tokens);
    gap_settle(list, first); /* rules look ahead: what they wrote may overlap and be out of order */
    return list->count - first;
}
