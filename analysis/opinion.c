#include "analysis/opinion.h"

#include "analysis/features.h"
#include "base/mem.h"
#include "compute/batcher.h"

#include <math.h>
#include <string.h>

#define WINDOW_TOKENS 160 /* that one run of the encoder reads; a text of so many is read at once */
#define BEFORE_TOKENS                                                                                        \
    112                     /* of them, before the place that was asked about: the search looks back from it \
                             */
#define MARGIN_TOKENS   16  /* at an end of the window that is not the text's: read, but not answered for */
#define STRETCHES_MAX   8   /* of one text: a bound on time and memory */
#define UNLIKELY        6.0 /* the odds of what the encoder has no answer for, and of one edit at most */
#define FURTHER_TOKEN   0.7 /* of each token behind the first that is written into one gap */
#define FURTHER_LINE    0.3 /* of each further line that is moved by one repair */
#define INSIDE          2.5 /* of an edit inside a token: the encoder has no word for it */
#define REMARK_TOKENS   16  /* looked at behind the mark of a comment */
#define FURTHER_INSIDE  0.3
#define REQUOTED        0.4 /* of an escape and of quotes that move or come in pairs: nor for these, */
#define REQUOTED_NEAR   0.3 /* but where it would change something they may be what it means */
#define FURTHER_QUOTE   0.1
#define RESPELLED       1.5 /* of a space that comes into a word or goes from between two, in the same way */
#define REQUOTED_TOKENS 16  /* looked at between two quotes */

/* The ranks [start, end) and the gaps before them and, at the end of the text, behind. */
struct stretch {
    uint32_t start, end;
    float *token, *gap; /* [end - start][outputs], [end - start + 1][outputs]; NULL: the device failed */
};

struct opinion {
    const struct model *model;
    struct batch_caller *caller;
    uint32_t outputs;
    const struct layout *layout;
    const struct cancel *cancel;
    uint32_t *rank; /* by token of the layout and past the last: how many that are no comments stand before */
    uint32_t *indexes; /* by rank: the token */
    uint32_t rank_count;
    struct stretch stretches[STRETCHES_MAX];
    uint32_t stretch_count;
    uint64_t failures, earlier_device_windows;
    struct device_token tokens[WINDOW_TOKENS];
};

struct opinion *opinion_create(const struct model *model) {
    if (!model) return NULL;
    struct batch_caller *caller;
    struct error error;
    if (batch_caller_create(model_batcher(model), model_network(model), 1, WINDOW_TOKENS, &caller, &error))
        return NULL;
    struct opinion *opinion = mem_zalloc(sizeof *opinion);
    opinion->model = model;
    opinion->caller = caller;
    opinion->outputs = network_shape(model_network(model))->outputs;
    return opinion;
}

static void forget(struct opinion *opinion) {
    for (uint32_t i = 0; i < opinion->stretch_count; i++) {
        mem_free(opinion->stretches[i].token);
        mem_free(opinion->stretches[i].gap);
    }
    mem_free(opinion->rank);
    mem_free(opinion->indexes);
    opinion->rank = opinion->indexes = NULL;
    opinion->stretch_count = opinion->rank_count = 0;
}

void opinion_destroy(struct opinion *opinion) {
    if (!opinion) return;
    forget(opinion);
    batch_caller_destroy(opinion->caller);
    mem_free(opinion);
}

uint64_t opinion_failures(const struct opinion *opinion) {
    return opinion ? opinion->failures : 0;
}

uint64_t opinion_device_windows(const struct opinion *opinion) {
    return opinion ? batch_caller_device_windows(opinion->caller) + opinion->earlier_device_windows : 0;
}

void opinion_count_earlier_device(struct opinion *opinion) {
    if (opinion) opinion->earlier_device_windows++;
}

void opinion_begin(struct opinion *opinion, const struct layout *layout, const struct cancel *cancel) {
    forget(opinion);
    opinion->layout = layout;
    opinion->cancel = cancel;
    uint32_t count = (uint32_t)layout->tokens.count;
    opinion->rank = mem_alloc((count + 1u) * sizeof *opinion->rank);
    opinion->indexes = mem_alloc((count + 1u) * sizeof *opinion->indexes);
    for (uint32_t i = 0; i < count; i++) {
        opinion->rank[i] = opinion->rank_count;
        if (layout->tokens.items[i].kind != TOKEN_COMMENT) opinion->indexes[opinion->rank_count++] = i;
    }
    opinion->rank[count] = opinion->rank_count;
}

void opinion_move(struct opinion *opinion, const struct layout *layout, const struct cancel *cancel) {
    opinion->layout = layout;
    opinion->cancel = cancel;
}

static const struct stretch *known_stretch(const struct opinion *opinion, uint32_t rank) {
    for (uint32_t i = 0; i < opinion->stretch_count; i++)
        if (rank >= opinion->stretches[i].start && rank < opinion->stretches[i].end)
            return &opinion->stretches[i];
    return NULL;
}

/* The window for a rank that no stretch answers for: what lies before it comes along, as far as that is not
 * known yet; then what lies behind. */
static uint32_t window_start(const struct opinion *opinion, uint32_t rank) {
    uint32_t before = 0;
    while (before < BEFORE_TOKENS - MARGIN_TOKENS && before < rank &&
           !known_stretch(opinion, rank - before - 1))
        before++;
    before += MARGIN_TOKENS;
    uint32_t from = rank > before ? rank - before : 0;
    uint32_t last = opinion->rank_count > WINDOW_TOKENS ? opinion->rank_count - WINDOW_TOKENS : 0;
    return from < last ? from : last;
}

static void read_stretch(struct opinion *opinion, struct stretch *stretch, uint32_t rank) {
    uint32_t from = window_start(opinion, rank);
    uint32_t to = opinion->rank_count - from > WINDOW_TOKENS ? from + WINDOW_TOKENS : opinion->rank_count;
    uint32_t start = from > 0 ? from + MARGIN_TOKENS : 0;
    uint32_t end = to < opinion->rank_count ? to - MARGIN_TOKENS : to;
    *stretch = (struct stretch){.start = start, .end = to < opinion->rank_count ? end : end + 1};
    for (uint32_t i = from; i < to; i++) {
        struct token_features features;
        features_of_token(opinion->layout, model_vocabulary(opinion->model), opinion->indexes[i], &features);
        struct device_token *token = &opinion->tokens[i - from];
        *token = (struct device_token){.token = features.token, .gram_count = features.gram_count};
        memcpy(token->features, features.values, sizeof token->features);
        memcpy(token->grams, features.grams, sizeof token->grams);
    }
    struct encoder_window window = {.tokens = opinion->tokens, .count = to - from};
    struct encoder_scores scores;
    struct error error;
    if (batcher_run(opinion->caller, &window, 1, opinion->cancel, &scores, &error)) {
        opinion->failures++;
        return;
    }
    size_t row = opinion->outputs, rows = end - start;
    stretch->token = mem_alloc(rows * row * sizeof(float));
    stretch->gap = mem_alloc((rows + 1) * row * sizeof(float));
    memcpy(stretch->token, scores.token + (start - from) * row, rows * row * sizeof(float));
    memcpy(stretch->gap, scores.gap + (start - from) * row, (rows + 1) * row * sizeof(float));
}

/* The stretch that answers for the token or gap of this rank; NULL: there is no answer. */
static const struct stretch *stretch_of(struct opinion *opinion, uint32_t rank, uint32_t *ret_row) {
    const struct stretch *stretch = known_stretch(opinion, rank);
    if (!stretch) {
        if (!opinion->rank_count || opinion->stretch_count == STRETCHES_MAX ||
            cancel_reached(opinion->cancel))
            return NULL;
        read_stretch(opinion, &opinion->stretches[opinion->stretch_count], rank);
        stretch = &opinion->stretches[opinion->stretch_count++];
    }
    *ret_row = rank - stretch->start;
    return stretch->token ? stretch : NULL;
}

uint16_t opinion_output(const struct opinion *opinion, const char *text, size_t length) {
    return vocabulary_find(model_vocabulary(opinion->model), text, length);
}

double opinion_token(struct opinion *opinion, uint32_t token, uint16_t output) {
    uint32_t row;
    if (!output || token >= opinion->layout->tokens.count) return OPINION_NONE;
    if (opinion->layout->tokens.items[token].kind == TOKEN_COMMENT) return OPINION_NONE;
    const struct stretch *stretch = stretch_of(opinion, opinion->rank[token], &row);
    if (!stretch) return OPINION_NONE;
    const float *scores = stretch->token + (size_t)row * opinion->outputs;
    return (double)scores[OUTPUT_NONE] - (double)scores[output];
}

double opinion_gap(struct opinion *opinion, uint32_t token, uint16_t output) {
    uint32_t row;
    if (!output || token > opinion->layout->tokens.count) return OPINION_NONE;
    const struct stretch *stretch = stretch_of(opinion, opinion->rank[token], &row);
    if (!stretch) return OPINION_NONE;
    const float *scores = stretch->gap + (size_t)row * opinion->outputs;
    return (double)scores[OUTPUT_NONE] - (double)scores[output];
}

/* From the probability of nothing to the odds of something. */
static double odds_of_change(float none) {
    double probability = exp((double)none);
    return probability >= 1 ? OPINION_NONE : (double)none - log1p(-probability);
}

double opinion_change(struct opinion *opinion, uint32_t token) {
    uint32_t row;
    if (token > opinion->layout->tokens.count) return OPINION_NONE;
    const struct stretch *stretch = stretch_of(opinion, opinion->rank[token], &row);
    if (!stretch) return OPINION_NONE;
    size_t at = (size_t)row * opinion->outputs;
    double gap = odds_of_change(stretch->gap[at + OUTPUT_NONE]);
    if (opinion->rank[token] == opinion->rank_count) return gap;
    double change = odds_of_change(stretch->token[at + OUTPUT_NONE]);
    return change < gap ? change : gap;
}

/* ---- repairs ---- */

static double at_most_unlikely(double odds) {
    return odds > UNLIKELY ? UNLIKELY : odds;
}

static uint16_t output_of(const struct opinion *opinion, const char *bytes, const struct token *token) {
    uint16_t output = opinion_output(opinion, bytes + token->start_byte, token->end_byte - token->start_byte);
    if (output) return output;
    switch (token->kind) {
    case TOKEN_WORD: return OUTPUT_NAME;
    case TOKEN_NUMBER: return OUTPUT_NUMBER;
    case TOKEN_STRING: return OUTPUT_STRING;
    default: return OUTPUT_NONE;
    }
}

static bool same_spelling(const struct layout *layout, const struct token *token, const char *bytes,
                          const struct token *other) {
    uint32_t length = token->end_byte - token->start_byte;
    return length == other->end_byte - other->start_byte &&
           !memcmp(layout->bytes + token->start_byte, bytes + other->start_byte, length);
}

static bool has_line_end(const char *bytes, size_t length) {
    return memchr(bytes, '\n', length) || memchr(bytes, '\r', length);
}

/* An edit of nothing but spaces: a line moved or broken. */
static double spaces_odds(struct opinion *opinion, const struct text_edit *edit, uint32_t next,
                          bool *moved_line) {
    const struct layout *layout = opinion->layout;
    if (next >= layout->tokens.count) return 0;
    const struct token *token = &layout->tokens.items[next];
    const char *old = layout->bytes + edit->start_byte;
    size_t old_length = edit->end_byte - edit->start_byte;
    bool breaks = has_line_end(edit->new_bytes, edit->new_length), broke = has_line_end(old, old_length);
    if (breaks && !broke && !(token->flags & TOKEN_LINE_START))
        return at_most_unlikely(opinion_gap(opinion, next, OUTPUT_NEWLINE));
    if (breaks != broke || !(token->flags & TOKEN_LINE_START)) return 0;
    bool first = !*moved_line;
    *moved_line = true;
    if (!first) return FURTHER_LINE;
    uint16_t output = edit->new_length > old_length ? OUTPUT_INDENT : OUTPUT_DEDENT;
    return at_most_unlikely(opinion_token(opinion, next, output));
}

/* The tokens [first, last) of the text become those of the edit: what is equal at both ends stays. */
static double tokens_odds(struct opinion *opinion, const struct text_edit *edit,
                          const struct token_list *written, uint32_t first, uint32_t last) {
    const struct layout *layout = opinion->layout;
    const char *bytes = edit->new_bytes;
    size_t from = 0, to = written->count;
    while (first < last && from < to &&
           same_spelling(layout, &layout->tokens.items[first], bytes, &written->items[from]))
        first++, from++;
    while (first < last && from < to &&
           same_spelling(layout, &layout->tokens.items[last - 1], bytes, &written->items[to - 1]))
        last--, to--;
    double odds = 0;
    for (; first < last && from < to; first++, from++)
        odds +=
            at_most_unlikely(opinion_token(opinion, first, output_of(opinion, bytes, &written->items[from])));
    for (; first < last; first++)
        if (layout->tokens.items[first].kind != TOKEN_COMMENT)
            odds += at_most_unlikely(opinion_token(opinion, first, OUTPUT_DELETE));
    for (bool further = false; from < to; from++, further = true)
        odds += further ? FURTHER_TOKEN
                        : at_most_unlikely(
                              opinion_gap(opinion, first, output_of(opinion, bytes, &written->items[from])));
    return odds;
}

/* The marks of a merge conflict say all there is to say. */
static bool takes_conflict(const struct layout *layout, uint32_t first, uint32_t last) {
    for (uint32_t i = first; i < last; i++)
        if (layout->tokens.items[i].kind == TOKEN_CONFLICT) return true;
    return false;
}

static bool is_inside(const struct layout *layout, const struct text_edit *edit, uint32_t first) {
    return first < layout->tokens.count && layout->tokens.items[first].start_byte < edit->start_byte &&
           layout->tokens.items[first].end_byte >= edit->end_byte;
}

/* Whether nothing but quotes and what escapes them is written and taken away. */
static bool is_of_quotes(const struct layout *layout, const struct text_edit *edit) {
    for (uint32_t at = edit->start_byte; at < edit->end_byte; at++)
        if (!strchr("\"'\\", layout->bytes[at]) || !layout->bytes[at]) return false;
    for (uint32_t i = 0; i < edit->new_length; i++)
        if (!strchr("\"'\\", edit->new_bytes[i]) || !edit->new_bytes[i]) return false;
    return edit->end_byte > edit->start_byte || edit->new_length > 0;
}

static bool has_escape(const struct layout *layout, const struct text_edit *edit) {
    return memchr(edit->new_bytes, '\\', edit->new_length) ||
           memchr(layout->bytes + edit->start_byte, '\\', edit->end_byte - edit->start_byte);
}

/* Two edits of one line that together move a quote or write a pair. */
static bool is_quote_pair(const struct layout *layout, const struct text_edit *a, const struct text_edit *b) {
    return is_of_quotes(layout, a) && is_of_quotes(layout, b) && (a->new_length || b->new_length) &&
           !has_line_end(layout->bytes + a->end_byte, b->start_byte - a->end_byte);
}

static bool is_requoting(const struct layout *layout, const struct text_edit *edits, size_t count, size_t i) {
    if (!is_of_quotes(layout, &edits[i])) return false;
    return has_escape(layout, &edits[i]) || (i > 0 && is_quote_pair(layout, &edits[i - 1], &edits[i])) ||
           (i + 1 < count && is_quote_pair(layout, &edits[i], &edits[i + 1]));
}

/* Where the encoder would change something, at a quote or in what a pair of them makes text of. */
static double requoted_odds(struct opinion *opinion, const struct text_edit *edits, size_t count, size_t i,
                            uint32_t first) {
    const struct layout *layout = opinion->layout;
    uint32_t last = first + 1;
    if (i + 1 < count && is_quote_pair(layout, &edits[i], &edits[i + 1])) {
        uint32_t next = layout_next(layout, edits[i + 1].start_byte);
        if (next > last) last = next < first + REQUOTED_TOKENS ? next : first + REQUOTED_TOKENS;
    }
    double odds = REQUOTED;
    for (uint32_t token = first; token <= last && token <= layout->tokens.count; token++) {
        double near = opinion_change(opinion, token) + REQUOTED_NEAR;
        if (near < odds) odds = near;
    }
    return odds;
}

/* A space into a word, or none or a `_` between two. */
static bool is_respelling(const struct layout *layout, const struct text_edit *edit, uint32_t first) {
    if (first >= layout->tokens.count || layout->tokens.items[first].kind != TOKEN_WORD) return false;
    if (is_inside(layout, edit, first))
        return edit->start_byte == edit->end_byte && edit->new_length == 1 && *edit->new_bytes == ' ';
    bool joins = !edit->new_length || (edit->new_length == 1 && *edit->new_bytes == '_');
    return joins && first > 0 && edit->start_byte < edit->end_byte &&
           layout->tokens.items[first].start_byte == edit->end_byte &&
           layout->tokens.items[first - 1].end_byte == edit->start_byte &&
           layout->tokens.items[first - 1].kind == TOKEN_WORD &&
           !has_line_end(layout->bytes + edit->start_byte, edit->end_byte - edit->start_byte);
}

static double respelled_odds(struct opinion *opinion, uint32_t first) {
    double odds = RESPELLED;
    for (uint32_t token = first > 0 ? first - 1 : 0; token <= first + 1; token++) {
        double near =
            token <= opinion->layout->tokens.count ? opinion_change(opinion, token) + REQUOTED_NEAR : odds;
        if (near < odds) odds = near;
    }
    return odds;
}

/* The encoder does not see comments: what becomes one is gone to it, and counts for as much as it would
 * change there. */
static double remark_odds(struct opinion *opinion, uint32_t first) {
    const struct layout *layout = opinion->layout;
    double odds = 0;
    for (uint32_t i = first; i < layout->tokens.count && i - first < REMARK_TOKENS; i++) {
        if (layout->tokens.items[i].line != layout->tokens.items[first].line) break;
        double change = opinion_change(opinion, i);
        if (change < 0) odds += change;
    }
    return odds;
}

static bool begins_comment(const struct language *language, const struct text_edit *edit) {
    size_t length = language->line_comment ? strlen(language->line_comment) : 0;
    return length && edit->new_length >= length &&
           memcmp(edit->new_bytes, language->line_comment, length) == 0;
}

/* A backslash at the end of a line is no token to the encoder. */
static bool continues_line(const struct text_edit *edit) {
    return edit->new_length == 2 && memcmp(edit->new_bytes, " \\", 2) == 0;
}

double opinion_edits(struct opinion *opinion, const struct text_edit *edits, size_t count) {
    const struct layout *layout = opinion->layout;
    double odds = 0;
    bool moved_line = false, was_inside = false, was_requoted = false, was_remark = false,
         was_respelled = false;
    struct token_list written = {0};
    for (size_t i = 0; i < count; i++) {
        const struct text_edit *edit = &edits[i];
        vec_clear(&written);
        lexer_scan(layout->language, edit->new_bytes, edit->new_length, &written);
        uint32_t first = layout_holding(layout, edit->start_byte);
        if (first == LAYOUT_NONE) first = layout_next(layout, edit->start_byte);
        uint32_t last = first;
        while (last < layout->tokens.count && layout->tokens.items[last].start_byte < edit->end_byte)
            last++;
        if (takes_conflict(layout, first, last)) continue;
        double own;
        if (begins_comment(layout->language, edit)) {
            own = was_remark ? FURTHER_INSIDE : remark_odds(opinion, first);
            was_remark = true;
        } else if (is_respelling(layout, edit, first)) {
            own = was_respelled ? FURTHER_INSIDE : respelled_odds(opinion, first);
            was_respelled = true;
        } else if (is_inside(layout, edit, first)) {
            own = was_inside ? FURTHER_INSIDE : INSIDE;
            was_inside = true;
        } else if (first == last && (!written.count || continues_line(edit))) {
            own = spaces_odds(opinion, edit, first, &moved_line);
        } else {
            own = at_most_unlikely(tokens_odds(opinion, edit, &written, first, last));
        }
        if (is_requoting(layout, edits, count, i)) {
            double most = was_requoted ? FURTHER_QUOTE : requoted_odds(opinion, edits, count, i, first);
            if (own > most) own = most;
            was_requoted = true;
        }
        odds += own;
    }
    vec_finish(&written);
    return odds;
}
