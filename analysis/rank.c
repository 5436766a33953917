#include "analysis/rank.h"

#include "analysis/symbols.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By the rules of thumb alone. */
#define COST_UNSEEN 3.2 /* the weight of all repairs that nobody proposed, as the cost of one */
#define PER_EDIT    0.6 /* each further mistake is one more chance to be wrong */

/* With the encoder: fitted by model/rerank.py on broken texts of the validation packages. */
#define SCORE_UNSEEN 1.54
static const double weights[REASON_COUNT] = {
    [REASON_COST] = 0.544,
    [REASON_ODDS] = 0.239,
    [REASON_MISTAKES] = 0.065,
    [REASON_INSERTED] = 0.098,
    [REASON_REMOVED] = 0.131,
    [REASON_PLACEHOLDERS] = 1.546,
    [REASON_WORDS] = 0.719,
    [REASON_LINES] = 0.020,
    /* By hand: the texts that the others were fitted on lack what these decide. */
    [REASON_LOST] = 0.5,
    [REASON_STRANGERS] = 0.3,
    [REASON_TRANSLATED] = -2.0, /* it was right as it stood, and its rule knows what it is called now */
};
#define WINDOW_BYTES   4096 /* lines that are read as they were and as they will be, to compare their names */
#define WINDOW_NAMES   200
#define STRANGERS_GONE 2 /* more that go say no more: what becomes a comment has none at all */

static bool is_placeholder(const char *bytes, size_t length) {
    return length == sizeof SYMBOL_PLACEHOLDER - 1 && *bytes == SYMBOL_PLACEHOLDER[0];
}

/* What is written at the byte is glued to a word before it. */
static bool continues_word(const struct layout *layout, uint32_t byte) {
    uint32_t previous = layout_previous(layout, byte);
    if (previous == LAYOUT_NONE) return false;
    const struct token *token = &layout->tokens.items[previous];
    return token->end_byte == byte && token->kind == TOKEN_WORD;
}

/* ---- names ---- */

/* Names of some lines, each as often as it stands there. */
struct name_set {
    struct named {
        const char *bytes;
        size_t length;
        bool matched;
    } items[WINDOW_NAMES];
    size_t count;
};

/* False: there are too many. */
static bool read_names(const struct language *language, const char *bytes, size_t length,
                       struct name_set *set) {
    struct token_list tokens = {0};
    lexer_scan(language, bytes, length, &tokens);
    set->count = 0;
    bool fits = true;
    for (size_t i = 0; i < tokens.count && fits; i++) {
        const struct token *token = &tokens.items[i];
        if (token->kind != TOKEN_WORD || token->flags & TOKEN_KEYWORD) continue;
        fits = set->count < WINDOW_NAMES;
        if (fits)
            set->items[set->count++] =
                (struct named){bytes + token->start_byte, token->end_byte - token->start_byte, false};
    }
    vec_finish(&tokens);
    return fits;
}

static void match_names(struct name_set *before, struct name_set *after) {
    for (size_t i = 0; i < before->count; i++) {
        struct named *name = &before->items[i];
        for (size_t k = 0; k < after->count && !name->matched; k++) {
            struct named *other = &after->items[k];
            name->matched = !other->matched && other->length == name->length &&
                            memcmp(other->bytes, name->bytes, name->length) == 0;
            if (name->matched) other->matched = true;
        }
    }
}

static uint32_t line_start(const struct layout *layout, uint32_t byte) {
    while (byte > 0 && layout->bytes[byte - 1] != '\n')
        byte--;
    return byte;
}

static uint32_t line_end(const struct layout *layout, uint32_t byte) {
    while (byte < layout->length && layout->bytes[byte] != '\n')
        byte++;
    return byte;
}

/* What the repair makes of the names in its lines: known ones that go, and strangers that come or go. */
static void compare_names(struct repair *repair, const struct layout *layout, struct names *names) {
    if (!names || !repair->edit_count) return;
    uint32_t start = line_start(layout, repair->edits[0].start_byte);
    uint32_t end = line_end(layout, repair->edits[repair->edit_count - 1].end_byte);
    if (end - start > WINDOW_BYTES) return;
    struct str text;
    str_init(&text);
    uint32_t at = start;
    for (size_t i = 0; i < repair->edit_count && text.length <= 2 * WINDOW_BYTES; i++) {
        const struct text_edit *edit = &repair->edits[i];
        str_add(&text, layout->bytes + at, edit->start_byte - at);
        str_add(&text, edit->new_bytes, edit->new_length);
        at = edit->end_byte;
    }
    str_add(&text, layout->bytes + at, end - at);
    struct name_set before, after;
    if (read_names(layout->language, layout->bytes + start, end - start, &before) &&
        read_names(layout->language, text.bytes, text.length, &after)) {
        match_names(&before, &after);
        float lost = 0, strangers = 0;
        for (size_t i = 0; i < before.count; i++) {
            if (before.items[i].matched) continue;
            enum name_standing standing = names_ask(names, before.items[i].bytes, before.items[i].length, 1);
            lost += standing >= NAME_USED;
            strangers -= standing == NAME_UNKNOWN;
        }
        for (size_t i = 0; i < after.count; i++)
            if (!after.items[i].matched && !is_placeholder(after.items[i].bytes, after.items[i].length))
                strangers += names_ask(names, after.items[i].bytes, after.items[i].length, 0) == NAME_UNKNOWN;
        repair->reasons[REASON_LOST] = lost;
        repair->reasons[REASON_STRANGERS] = strangers < -STRANGERS_GONE ? -STRANGERS_GONE : strangers;
    }
    str_finish(&text);
}

void rank_describe(struct solution *solution, const struct layout *layout, struct opinion *opinion,
                   struct names *names) {
    const struct repair *repair = &solution->repair;
    float *reasons = solution->repair.reasons;
    memset(reasons, 0, sizeof solution->repair.reasons);
    reasons[REASON_COST] = (float)solution->cost;
    reasons[REASON_MISTAKES] = (float)solution->mistake_count;
    reasons[REASON_HINTS] = (float)solution->hint_count;
    if (opinion) reasons[REASON_ODDS] = (float)opinion_edits(opinion, repair->edits, repair->edit_count);
    struct token_list written = {0};
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        vec_clear(&written);
        lexer_scan(layout->language, edit->new_bytes, edit->new_length, &written);
        uint32_t removed = 0;
        for (uint32_t at = layout_next(layout, edit->start_byte);
             at < layout->tokens.count && layout->tokens.items[at].end_byte <= edit->end_byte; at++)
            removed++;
        reasons[REASON_REMOVED] += (float)removed;
        reasons[REASON_INSERTED] += (float)written.count;
        reasons[REASON_LINES] += !removed && !written.count;
        for (size_t k = 0; k < written.count; k++) {
            const struct token *token = &written.items[k];
            bool placeholder =
                is_placeholder(edit->new_bytes + token->start_byte, token->end_byte - token->start_byte) &&
                !(token->start_byte == 0 && continues_word(layout, edit->start_byte));
            reasons[REASON_PLACEHOLDERS] += placeholder;
            reasons[REASON_WORDS] += !placeholder && (token->flags & TOKEN_KEYWORD);
        }
    }
    vec_finish(&written);
    for (size_t i = 0; i < solution->mistake_count; i++)
        reasons[REASON_TRANSLATED] += solution->mistakes[i].translates;
    /* A translation writes in other words what is there: how many does not make it less likely. */
    if (solution->mistake_count && reasons[REASON_TRANSLATED] == (float)solution->mistake_count)
        reasons[REASON_INSERTED] = reasons[REASON_REMOVED] = 0;
    compare_names(&solution->repair, layout, names);
}

bool rank_is_duplicate(const struct solution *solutions, size_t count, const struct solution *candidate) {
    for (size_t i = 0; i < count; i++) {
        const struct repair *a = &solutions[i].repair, *b = &candidate->repair;
        bool same = a->edit_count == b->edit_count;
        for (size_t k = 0; same && k < a->edit_count; k++)
            same = a->edits[k].start_byte == b->edits[k].start_byte &&
                   a->edits[k].end_byte == b->edits[k].end_byte &&
                   a->edits[k].new_length == b->edits[k].new_length &&
                   !memcmp(a->edits[k].new_bytes, b->edits[k].new_bytes, a->edits[k].new_length);
        if (same) return true;
    }
    return false;
}

static int by_score(const void *a, const void *b) {
    const struct solution *x = a, *y = b;
    bool x_made_up = repair_is_made_up(&x->repair), y_made_up = repair_is_made_up(&y->repair);
    if (x_made_up != y_made_up) return x_made_up ? 1 : -1;
    if (x->score != y->score) return x->score < y->score ? -1 : 1;
    if (x->repair.edit_count != y->repair.edit_count)
        return x->repair.edit_count < y->repair.edit_count ? -1 : 1;
    uint32_t a_start = x->repair.edits[0].start_byte, b_start = y->repair.edits[0].start_byte;
    return a_start > b_start ? -1 : a_start < b_start;
}

static double score_of(const struct solution *solution) {
    double score = 0;
    for (int i = 0; i < REASON_COUNT; i++)
        score += weights[i] * (double)solution->repair.reasons[i];
    return score;
}

void rank_solutions(struct solution *solutions, size_t count, bool with_odds) {
    double total = exp(-(with_odds ? SCORE_UNSEEN : COST_UNSEEN));
    for (size_t i = 0; i < count; i++) {
        const float *reasons = solutions[i].repair.reasons;
        double names = weights[REASON_LOST] * (double)reasons[REASON_LOST] +
                       weights[REASON_STRANGERS] * (double)reasons[REASON_STRANGERS];
        solutions[i].score = with_odds ? score_of(&solutions[i]) : solutions[i].cost + names;
        total += exp(-solutions[i].score);
    }
    if (count) qsort(solutions, count, sizeof *solutions, by_score);
    for (size_t i = 0; i < count; i++) {
        struct solution *solution = &solutions[i];
        double confidence = exp(-solution->score) / total * repair_chance(&solution->repair);
        if (!with_odds && solution->mistake_count > 1)
            confidence *= exp(-PER_EDIT * (double)(solution->mistake_count - 1) / 2);
        /* One with a made-up name may be likelier than what comes before it; it is not believed more. */
        if (i && confidence > solutions[i - 1].repair.confidence)
            confidence = solutions[i - 1].repair.confidence;
        solution->repair.confidence = confidence;
        for (size_t k = 0; k < solution->mistake_count; k++)
            solution->mistakes[k].repair.confidence = confidence;
    }
}
