#include "analysis/macro_text.h"

#include "analysis/branch.h"
#include "analysis/pp_token.h"
#include "base/hash.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MAX   64  /* brackets open at once in a macro's text */
#define MACROS_MAX 400 /* of one text that have a bracket alone */
#define COUNT_MAX  4   /* brackets that are missing in one macro */
#define NONE       UINT32_MAX

enum kind { ROUND, SQUARE, CURLY, KINDS };

static const char openers[KINDS + 1] = "([{", closers[KINDS + 1] = ")]}";

struct macro {
    uint32_t directive; /* token */
    uint32_t name_start, name_end, text_start, text_end;
    bool with_parameters;
    int32_t net[KINDS]; /* brackets opened less those closed */
};

struct macros {
    VEC_FIELDS(struct macro);
};

struct finder {
    const char *bytes;
    const struct c_tokens *tokens;
    struct branches branches;
    struct macros macros; /* those with a bracket alone */
    struct {
        VEC_FIELDS(uint64_t);
    } defined; /* hashes of all their names, ascending */
    struct {
        VEC_FIELDS(bool);
    } chosen; /* by branch: compiled, when the first that can be is */
};

static int kind_of(const struct c_token *token) {
    const char *set = token->kind == C_OPEN ? openers : closers;
    return (int)(strchr(set, token->byte) - set);
}

static void add_bracket(const struct c_token *token, int32_t *net) {
    if (token->kind == C_OPEN) net[kind_of(token)]++;
    if (token->kind == C_CLOSE) net[kind_of(token)]--;
}

/* ---- a glance ---- */

/* Behind the string, character or comment at `at`, if there is one; a comment may run over lines. */
static const char *pass_quoted(const char *at, const char *end) {
    if (*at == '/' && at + 1 < end && at[1] == '/') {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        return line_end ? line_end : end;
    }
    if (*at == '/' && at + 1 < end && at[1] == '*') {
        for (at += 2; at < end; at++)
            if (*at == '/' && at[-1] == '*') return at + 1;
        return end;
    }
    if (*at != '"' && *at != '\'') return at;
    for (char quote = *at++; at < end && *at != '\n'; at++) {
        if (*at == quote) return at + 1;
        at += *at == '\\' && at + 1 < end;
    }
    return at;
}

/* Whether brackets do not balance in the line at `at`, which may be a #define. *ret_end: where it ends. */
static bool is_unbalanced(const char *at, const char *end, const char **ret_end) {
    static const int8_t steps[256][KINDS] = {['('] = {1, 0, 0},  [')'] = {-1, 0, 0}, ['['] = {0, 1, 0},
                                             [']'] = {0, -1, 0}, ['{'] = {0, 0, 1},  ['}'] = {0, 0, -1}};
    int32_t net[KINDS] = {0};
    while (at < end && *at != '\n') {
        const char *behind = pass_quoted(at, end);
        const int8_t *step = steps[(unsigned char)*at];
        for (int kind = 0; kind < KINDS && behind == at; kind++)
            net[kind] += step[kind];
        bool joins = *at == '\\';
        at = behind == at ? at + 1 : behind;
        while (joins && at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
            at++;
        if (joins && at < end && *at == '\n') at++;
    }
    *ret_end = at;
    return net[ROUND] || net[SQUARE] || net[CURLY];
}

/* Most texts have no macro with a bracket alone: then nothing is scanned. */
static bool may_have_gap(const char *bytes, uint32_t length) {
    const char *end = bytes + length, *at = bytes;
    while ((at = memchr(at, '#', (size_t)(end - at)))) {
        at++;
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (end - at >= 6 && !memcmp(at, "define", 6) && is_unbalanced(at, end, &at)) return true;
    }
    return false;
}

/* ---- macros ---- */

static bool read_macro(const struct finder *finder, uint32_t directive, struct macro *macro) {
    *macro = (struct macro){.directive = directive};
    if (!c_token_defined_name(finder->bytes, &finder->tokens->items[directive], "define", &macro->name_start,
                              &macro->name_end))
        return false;
    uint32_t at = macro->name_end, end = finder->tokens->items[directive].end_byte;
    macro->with_parameters = at < end && finder->bytes[at] == '(';
    if (macro->with_parameters) {
        const char *close = memchr(finder->bytes + at, ')', end - at);
        if (!close) return false;
        at = (uint32_t)(close - finder->bytes) + 1;
    }
    macro->text_start = at;
    macro->text_end = end;
    return true;
}

/* The tokens of a macro's text, in bytes of that; false: it would be a directive to the scanner. */
static bool scan_text(const struct finder *finder, const struct macro *macro, struct c_tokens *tokens) {
    c_token_scan(finder->bytes + macro->text_start, macro->text_end - macro->text_start, tokens);
    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->items[i].kind == C_DIRECTIVE) return false;
    return true;
}

static int by_hash(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void list_macros(struct finder *finder) {
    for (uint32_t i = 0; i < finder->tokens->count; i++) {
        struct macro macro;
        if (!read_macro(finder, i, &macro)) continue;
        vec_push(&finder->defined,
                 hash64(finder->bytes + macro.name_start, macro.name_end - macro.name_start, 0));
        if (finder->macros.count == MACROS_MAX) continue;
        struct c_tokens tokens = {0};
        bool read = scan_text(finder, &macro, &tokens);
        for (size_t k = 0; k < tokens.count && read; k++)
            add_bracket(&tokens.items[k], macro.net);
        vec_finish(&tokens);
        if (read && (macro.net[ROUND] || macro.net[SQUARE] || macro.net[CURLY]))
            vec_push(&finder->macros, macro);
    }
    if (finder->defined.count > 1)
        qsort(finder->defined.items, finder->defined.count, sizeof *finder->defined.items, by_hash);
}

/* ---- what the text makes of them ---- */

/* Of each group the first branch that may be compiled. */
static void choose(struct finder *finder) {
    const struct branches *branches = &finder->branches;
    vec_clear(&finder->chosen);
    for (uint32_t i = 0; i < branches->items.count; i++)
        vec_push(&finder->chosen, false);
    for (uint32_t g = 0; g < branches->groups.count; g++) {
        uint32_t branch = branches->groups.items[g].first_branch;
        while (branch != BRANCH_NONE && branches->items.items[branch].dead)
            branch = branches_next(branches, branch);
        if (branch != BRANCH_NONE) finder->chosen.items[branch] = true;
    }
}

static bool is_dead(const struct finder *finder, uint32_t token) {
    uint32_t around = branches_around(&finder->branches, token);
    return around != BRANCH_NONE && finder->branches.items.items[around].dead;
}

static bool is_chosen(const struct finder *finder, uint32_t token) {
    uint32_t branch = branches_around(&finder->branches, token);
    while (branch != BRANCH_NONE) {
        if (!finder->chosen.items[branch]) return false;
        branch = finder->branches.groups.items[finder->branches.items.items[branch].group].parent;
    }
    return true;
}

static void text_net(const struct finder *finder, int32_t *net) {
    bool chosen = true;
    for (uint32_t i = 0; i < finder->tokens->count; i++) {
        const struct c_token *token = &finder->tokens->items[i];
        if (i == 0 || finder->tokens->items[i - 1].kind == C_DIRECTIVE) chosen = is_chosen(finder, i);
        if (chosen) add_bracket(token, net);
    }
}

static bool is_word(const struct finder *finder, uint32_t token, uint32_t start, uint32_t end) {
    const struct c_token *word = &finder->tokens->items[token];
    return word->kind == C_WORD && word->end_byte - word->start_byte == end - start &&
           !memcmp(finder->bytes + word->start_byte, finder->bytes + start, end - start);
}

/* Whether the token is spelt as macros are. */
static bool is_upper(const struct finder *finder, const struct c_token *token) {
    uint32_t length = token->end_byte - token->start_byte;
    return token->kind == C_WORD && length >= 2 && pp_is_upper(finder->bytes + token->start_byte, length);
}

/* Whether some #define of the text has the name of the token. */
static bool is_defined(const struct finder *finder, const struct c_token *token) {
    uint64_t hash = hash64(finder->bytes + token->start_byte, token->end_byte - token->start_byte, 0);
    return finder->defined.count && bsearch(&hash, finder->defined.items, finder->defined.count,
                                            sizeof *finder->defined.items, by_hash);
}

/* Whether the text uses the macro where nothing but its own text can come of it: not in the arguments of
 * another, which may make a string of them or drop them. */
static bool is_used(const struct finder *finder, const struct macro *macro) {
    bool outer[OPEN_MAX]; /* by open bracket: what stands in it is an argument of what may be a macro */
    uint32_t depth = 0, start, end;
    for (uint32_t i = macro->directive + 1; i < finder->tokens->count; i++) {
        const struct c_token *token = &finder->tokens->items[i];
        if (c_token_defined_name(finder->bytes, token, "undef", &start, &end) &&
            end - start == macro->name_end - macro->name_start &&
            !memcmp(finder->bytes + start, finder->bytes + macro->name_start, end - start))
            return false;
        if (token->kind == C_OPEN) {
            bool inner = depth > 0 && outer[depth - 1];
            if (depth == OPEN_MAX) return false;
            bool call = token->byte == '(' && finder->tokens->items[i - 1].kind == C_WORD;
            outer[depth++] =
                inner || (call && (is_upper(finder, token - 1) || is_defined(finder, token - 1)));
        }
        if (token->kind == C_CLOSE && depth > 0) depth--;
        bool argument = depth > 0 && outer[depth - 1];
        if (argument || !is_word(finder, i, macro->name_start, macro->name_end)) continue;
        bool called = i + 1 < finder->tokens->count && finder->tokens->items[i + 1].byte == '(';
        if ((called || !macro->with_parameters) && !is_dead(finder, i)) return true;
    }
    return false;
}

/* Whether a name that the text does not define may be a macro with the other half: alone where a statement
 * begins. */
static bool has_other_half(const struct finder *finder, const struct macro *macro) {
    static const char *const words[] = {"break", "continue", "return", "else", "do"};
    for (uint32_t i = 0; i < finder->tokens->count; i++) {
        const struct c_token *token = &finder->tokens->items[i], *next = token + 1;
        if (token->kind != C_WORD || is_word(finder, i, macro->name_start, macro->name_end)) continue;
        const struct c_token *before = i ? token - 1 : NULL;
        bool begins = !before || before->kind == C_DIRECTIVE || strchr(";{}:)", before->byte) ||
                      (token->line_start && before->kind == C_WORD);
        bool last = i + 1 == finder->tokens->count;
        bool alone = last || next->byte == ';' || next->byte == '}' || next->kind == C_DIRECTIVE ||
                     (next->line_start && next->kind == C_WORD);
        bool call = !last && next->byte == '(' && is_upper(finder, token);
        if (!begins || !(alone || call)) continue;
        bool keyword = false;
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            keyword |= c_token_is(finder->bytes, token, words[k]);
        if (!keyword && !is_defined(finder, token)) return true;
    }
    return false;
}

/* ---- the place ---- */

/* Where the partner of an opener is missing: in the one line behind it that opens more than it closes, if
 * there is one, else at the end. */
static uint32_t place_of_partner(const char *bytes, const struct c_tokens *tokens, uint32_t opener) {
    uint32_t found = NONE, from = opener + 1;
    int balance = 0;
    while (from < tokens->count && !memchr(bytes + tokens->items[from - 1].end_byte, '\n',
                                           tokens->items[from].start_byte - tokens->items[from - 1].end_byte))
        from++; /* the opener's own line is left out */
    for (uint32_t i = from; i < tokens->count; i++) {
        const struct c_token *token = &tokens->items[i];
        bool same = token->kind <= C_CLOSE && token->kind >= C_OPEN &&
                    kind_of(token) == kind_of(&tokens->items[opener]);
        balance += same && token->kind == C_OPEN;
        balance -= same && token->kind == C_CLOSE;
        bool last = i + 1 == tokens->count ||
                    memchr(bytes + token->end_byte, '\n', tokens->items[i + 1].start_byte - token->end_byte);
        if (!last) continue;
        if (balance > 0 && found != NONE) return (uint32_t)tokens->count - 1;
        if (balance > 0) found = i;
        balance = 0;
    }
    if (found == NONE) return (uint32_t)tokens->count - 1;
    while (found > opener + 1 && tokens->items[found].kind == C_OTHER) /* an operator goes on behind it */
        found--;
    return found;
}

/* The token of the text behind which brackets of the kind are missing, or that is one too much; NONE: too
 * many are open. */
static uint32_t place_of(const char *bytes, const struct c_tokens *tokens, int kind, bool missing) {
    uint32_t open[OPEN_MAX], depth = 0;
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct c_token *token = &tokens->items[i];
        if (token->kind == C_OPEN) {
            if (depth == OPEN_MAX) return NONE;
            open[depth++] = i;
        }
        if (token->kind != C_CLOSE) continue;
        int own = kind_of(token), top = depth ? kind_of(&tokens->items[open[depth - 1]]) : KINDS;
        if (own == top) {
            depth--;
        } else if (missing && top == kind) {
            return i - 1; /* another kind closes around it */
        } else if (!missing && own == kind) {
            return i;
        } else if (depth) {
            depth--;
        }
    }
    if (!missing) return NONE;
    while (depth > 0 && kind_of(&tokens->items[open[depth - 1]]) != kind)
        depth--;
    return depth ? place_of_partner(bytes, tokens, open[depth - 1]) : NONE;
}

static bool find_gap(const struct finder *finder, const struct macro *macro, int kind,
                     struct macro_gap *gap) {
    const char *text = finder->bytes + macro->text_start;
    struct c_tokens tokens = {0};
    int32_t net = macro->net[kind];
    scan_text(finder, macro, &tokens);
    uint32_t place = place_of(text, &tokens, kind, net > 0);
    *gap = (struct macro_gap){.bracket = closers[kind],
                              .count = (uint32_t)(net > 0 ? net : -net),
                              .name_start = macro->name_start,
                              .name_end = macro->name_end};
    if (place != NONE && net > 0) {
        gap->byte = tokens.items[place].end_byte + macro->text_start;
    } else if (place != NONE) {
        uint32_t start = tokens.items[place].start_byte, end = tokens.items[place].end_byte;
        while (place + 1 == tokens.count && start > 0 && text[start - 1] == ' ')
            start--;
        gap->byte = start + macro->text_start;
        gap->length = end - start;
    }
    vec_finish(&tokens);
    return place != NONE && gap->count <= COUNT_MAX;
}

/* Whether the bracket is the first or the last of the macro's text: it looks like a half of two. */
static bool is_at_edge(const struct finder *finder, const struct macro_gap *gap, const struct macro *macro) {
    uint32_t start = macro->text_start, end = macro->text_end;
    while (start < end && isspace((unsigned char)finder->bytes[start]))
        start++;
    while (end > start && isspace((unsigned char)finder->bytes[end - 1]))
        end--;
    if (gap->length) return gap->byte <= start;
    return end > start && memchr(openers, finder->bytes[end - 1], KINDS);
}

static void judge(const struct finder *finder, const int32_t *net, struct macro_gaps *gaps) {
    uint32_t lone[KINDS] = {0};
    for (size_t i = 0; i < finder->macros.count; i++)
        for (int kind = 0; kind < KINDS; kind++)
            lone[kind] += finder->macros.items[i].net[kind] != 0;
    for (size_t i = 0; i < finder->macros.count; i++) {
        const struct macro *macro = &finder->macros.items[i];
        for (int kind = 0; kind < KINDS; kind++) {
            struct macro_gap gap;
            if (!macro->net[kind] || lone[kind] != 1 || net[kind] != 0 || is_dead(finder, macro->directive) ||
                !is_used(finder, macro) || !find_gap(finder, macro, kind, &gap))
                continue;
            bool half = kind == CURLY || is_at_edge(finder, &gap, macro);
            if (half && has_other_half(finder, macro)) continue;
            vec_push(gaps, gap);
            break;
        }
    }
}

void macro_text_find(struct c_scan *scan, struct macro_gaps *gaps) {
    if (!may_have_gap(scan->bytes, scan->length)) return;
    struct finder finder = {.bytes = scan->bytes, .tokens = c_scan_tokens(scan)};
    int32_t net[KINDS] = {0};
    list_macros(&finder);
    if (finder.macros.count) {
        branches_find(finder.bytes, finder.tokens, &finder.branches);
        choose(&finder);
        text_net(&finder, net);
        judge(&finder, net, gaps);
    }
    branches_finish(&finder.branches);
    vec_finish(&finder.macros);
    vec_finish(&finder.defined);
    vec_finish(&finder.chosen);
}
