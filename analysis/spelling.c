/* Declarations: spelling.h. Each number is a cost as in propose.h. */
#include "analysis/spelling.h"

#include "analysis/propose.h"

#include <string.h>

#define LINE_TOKENS_MAX 40
#define WORD_BYTES_MAX  40 /* of both words together */
#define SPELLINGS_MAX   6  /* at one place */
#define KEYWORD         0.5
#define DEFINED         0.4
#define USED            0.5
#define SEEN            0.9
#define UNKNOWN         2.4 /* a keyword stands before something that nobody knows */
#define ALSO_ALONE      0.9 /* added when the words are known as they stand */
#define UNDERSCORE      0.3 /* added for one that is written */
#define MOVED           0.4 /* added when the space stands elsewhere */
#define PROTECTED       2.5 /* a name that is defined is hardly a misspelt keyword */
#define HALF_PROTECTED  1.5
#define MEMBER          1.2

static double cost_of(enum name_standing standing) {
    static const double costs[] = {
        [NAME_UNKNOWN] = PROPOSE_NEVER, [NAME_SEEN] = SEEN, [NAME_USED] = USED, [NAME_DEFINED] = DEFINED};
    return costs[standing];
}

static bool is_keyword(const struct layout *layout, const char *word, size_t length) {
    const struct literal *literal = length > 1 ? language_literal(layout->language, word, length) : NULL;
    return literal && literal->is_word;
}

struct words {
    const struct tape *tape;
    struct variant_list *list;
    size_t added_before;
    uint32_t start, end;         /* what stands there now, */
    uint32_t gap_start, gap_end; /* and the gap in it; empty at its end: none */
};

/* The letters with a space before byte `split` (0: none), and `joint` where the gap is now. */
static void add(const struct words *words, const char *text, size_t length, size_t split, const char *joint,
                double cost, bool is_name) {
    struct variant_list *list = words->list;
    if (cost >= PROPOSE_NEVER || list->count - words->added_before >= SPELLINGS_MAX) return;
    struct text_edit splices[2];
    size_t count = 0;
    struct text_edit gap = {words->gap_start, words->gap_end, joint, (uint32_t)strlen(joint)};
    uint32_t half = words->gap_start - words->start; /* bytes before the gap */
    bool has_gap = words->gap_end > words->gap_start;
    uint32_t place =
        split <= half || !has_gap ? words->start + (uint32_t)split : words->gap_end + (uint32_t)split - half;
    if (has_gap && split > half) splices[count++] = gap;
    if (split) splices[count++] = (struct text_edit){place, place, " ", 1};
    if (has_gap && split <= half) splices[count++] = gap;
    const char *whole =
        split ? arena_printf(list->arena, "%.*s %.*s", (int)split, text, (int)(length - split), text + split)
              : arena_printf(list->arena, "%.*s", (int)length, text);
    variant_add(list, splices, count, cost, is_name ? FINDING_UNEXPECTED_TOKEN : FINDING_MISSPELT_KEYWORD,
                arena_printf(list->arena, "write `%s`", whole),
                arena_printf(list->arena, "unexpected `%.*s`, `%s` is meant",
                             (int)(words->end - words->start), words->tape->bytes + words->start, whole));
    list->items[list->count - 1].restart_byte = words->start;
}

/* A keyword and what else the bytes hold, in either order. `as_is`: where they are parted now; 0: nowhere. */
static void propose_parting(const struct words *words, const char *text, size_t length, size_t as_is,
                            double extra) {
    const struct layout *layout = &words->tape->layout;
    struct names *names = words->list->names;
    for (size_t split = 1; split < length; split++) {
        if (split == as_is) continue;
        const char *rest = text + split;
        size_t rest_length = length - split;
        bool first = is_keyword(layout, text, split), second = is_keyword(layout, rest, rest_length);
        if (!first && !second) continue;
        double cost = KEYWORD;
        if (!first)
            cost = cost_of(names_ask(names, text, split, 0));
        else if (!second)
            cost = cost_of(names_ask(names, rest, rest_length, 0));
        if (cost >= PROPOSE_NEVER && first && split > 2 && !as_is) cost = UNKNOWN;
        add(words, text, length, split, "", cost + extra, false);
    }
}

static size_t width(const struct token *token) {
    return token->end_byte - token->start_byte;
}

static void propose_split(struct words *words, uint32_t index) {
    const struct token *token = &words->tape->layout.tokens.items[index];
    const char *text = words->tape->bytes + token->start_byte;
    if (token->flags & TOKEN_KEYWORD || width(token) < 3 || width(token) > WORD_BYTES_MAX) return;
    enum name_standing standing = names_ask(words->list->names, text, width(token), 1);
    if (standing >= NAME_USED) return;
    words->start = token->start_byte;
    words->end = words->gap_start = words->gap_end = token->end_byte;
    propose_parting(words, text, width(token), 0, standing == NAME_SEEN ? ALSO_ALONE : 0);
}

static void propose_join(struct words *words, uint32_t index) {
    const struct layout *layout = &words->tape->layout;
    const struct token *a = &layout->tokens.items[index], *b = layout_token(layout, index + 1);
    char text[WORD_BYTES_MAX + 2];
    bool joins = b && (b->kind == TOKEN_WORD || b->kind == TOKEN_NUMBER) && b->line == a->line &&
                 b->start_byte > a->end_byte && width(a) + width(b) <= WORD_BYTES_MAX;
    if (!joins) return;
    struct names *names = words->list->names;
    size_t half = width(a), length = half + width(b);
    memcpy(text, layout->bytes + a->start_byte, half);
    memcpy(text + half, layout->bytes + b->start_byte, width(b));
    words->start = a->start_byte;
    words->end = b->end_byte;
    words->gap_start = a->end_byte;
    words->gap_end = b->start_byte;
    bool keywords = a->flags & TOKEN_KEYWORD && b->flags & TOKEN_KEYWORD;
    if (is_keyword(layout, text, length)) {
        add(words, text, length, 0, "", KEYWORD + (keywords ? ALSO_ALONE : 0), false);
        return;
    }
    if (keywords) return;
    bool member =
        index > 0 && layout_spells(layout, index - 1, ".") && names_have_member(names, text, length);
    bool alone = a->flags & TOKEN_KEYWORD || (!member && names_ask(names, text, half, 1) >= NAME_USED);
    double extra = alone ? ALSO_ALONE : 0;
    add(words, text, length, 0, "", cost_of(names_ask(names, text, length, 0)) + extra, true);
    if (!(a->flags & TOKEN_KEYWORD)) propose_parting(words, text, length, half, extra + MOVED);
    if (a->flags & TOKEN_KEYWORD || b->flags & TOKEN_KEYWORD) return;
    memmove(text + half + 1, text + half, length - half);
    text[half] = '_';
    add(words, text, length + 1, 0, "_", cost_of(names_ask(names, text, length + 1, 0)) + extra + UNDERSCORE,
        true);
}

static void propose_line(struct words *words, uint32_t at, uint32_t stuck) {
    const struct layout *layout = &words->tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t first = at;
    while (first > 0 && at - first < LINE_TOKENS_MAX && tokens[first - 1].line == tokens[at].line)
        first--;
    for (uint32_t i = first; i < layout->tokens.count && i < first + LINE_TOKENS_MAX; i++) {
        if (tokens[i].line != tokens[at].line || (i > at + 1 && tokens[i].start_byte > stuck)) return;
        if (tokens[i].kind != TOKEN_WORD) continue;
        propose_join(words, i);
        propose_split(words, i);
    }
}

void spelling_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    struct words words = {.tape = tape, .list = list, .added_before = list->count};
    if (layout->language->flags & LANGUAGE_DATA) return;
    uint32_t next = layout_next(layout, stuck), previous = layout_previous(layout, stuck);
    if (previous != LAYOUT_NONE) propose_line(&words, previous, stuck);
    bool another =
        next < layout->tokens.count &&
        (previous == LAYOUT_NONE || layout->tokens.items[previous].line != layout->tokens.items[next].line);
    if (another) propose_line(&words, next, stuck);
}

enum name_standing spelling_standing(const struct layout *layout, const struct token *token,
                                     struct names *names) {
    if (token->kind != TOKEN_WORD || token->flags & TOKEN_KEYWORD) return NAME_UNKNOWN;
    return names_ask(names, layout->bytes + token->start_byte, width(token), 1);
}

double spelling_of_name(const struct layout *layout, const struct token *token, const char *keyword,
                        size_t length, enum name_standing standing) {
    if (standing == NAME_DEFINED) return PROTECTED;
    if (standing != NAME_USED) return 0;
    /* Who writes `If` once writes it again. */
    const char *word = layout->bytes + token->start_byte;
    bool same_letters = propose_edit_distance(word, width(token), keyword, length, 0) == 0;
    return same_letters ? 0 : HALF_PROTECTED;
}

double spelling_of_member(const struct layout *layout, uint32_t token, const char *sign,
                          struct names *names) {
    const struct token *next = layout_token(layout, token);
    bool joins = !strcmp(sign, ".") || !strcmp(sign, "->") || !strcmp(sign, "::");
    if (!names || !joins || !next || next->kind != TOKEN_WORD || next->flags & TOKEN_KEYWORD || token == 0)
        return 0;
    const struct token *before = next - 1;
    bool value = before->kind == TOKEN_WORD || before->kind == TOKEN_CLOSE;
    if (!value || next->flags & TOKEN_LINE_START) return 0;
    return names_have_member(names, layout->bytes + next->start_byte, width(next)) ? MEMBER : 0;
}
