/* propose_grammar.c: the costs of edits by hand. Each number is a -log of how likely such a mistake is,
 * beside others at the same place; only differences matter. */
#include "analysis/head.h"
#include "analysis/propose.h"

#include <ctype.h>
#include <string.h>

#define HINTED            0.5  /* indentation itself asks for this bracket here */
#define AT_END            0.9  /* a bracket that closes at the end of the text */
#define AT_END_NOT_HINTED 1.6  /* though indentation asks for it elsewhere */
#define PER_TOKEN         0.3  /* for each token between the place and where the automaton got stuck */
#define PER_TOKEN_WORD    0.06 /* the same for misspelt keywords, which are noticed late */
#define DISTANCE_CAP      3.0
#define SPARE_CAP         2.0 /* the same for a closer that the layout has to spare, which is noticed late */
#define WORD_LENGTH_MAX   24
#define EMPTY_BRACKETS    1.5 /* for a closer right behind its opener, at the end of the line */
#define LOOP_HEAD         0.8 /* a comma for the semicolon in the head of a loop */
#define ATTRIBUTE         9.0 /* where nothing looks like one */
#define LAMBDA            1.0
#define ENDS_ANYWAY       1.5 /* a semicolon where the line's end ends the statement */
#define LINE_TOKENS_MAX   64  /* looked at before the end of a line */

static char char_of(const struct layout *layout, const struct token *token) {
    return token && token->end_byte == token->start_byte + 1 ? layout->bytes[token->start_byte] : 0;
}

static bool ends_value(const struct token *token) {
    if (!token) return false;
    return token->kind == TOKEN_NUMBER || token->kind == TOKEN_STRING || token->kind == TOKEN_CLOSE ||
           token->kind == TOKEN_WORD;
}

static bool begins_value(const struct token *token) {
    if (!token) return false;
    return token->kind == TOKEN_NUMBER || token->kind == TOKEN_STRING || token->kind == TOKEN_OPEN ||
           token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTE;
}

static double distance_cost(const struct site *site, double per_token) {
    double cost = per_token * site->distance;
    return cost > DISTANCE_CAP ? DISTANCE_CAP : cost;
}

unsigned propose_edit_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                               unsigned limit) {
    unsigned rows[3][WORD_LENGTH_MAX + 1];
    size_t gap = a_length > b_length ? a_length - b_length : b_length - a_length;
    if (a_length > WORD_LENGTH_MAX || b_length > WORD_LENGTH_MAX || gap > limit) return limit + 1;
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            unsigned best = above[j - 1] + (x != y);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]) && above2[j - 2] + 1 < best)
                best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a_length % 3][b_length] > limit ? limit + 1 : rows[a_length % 3][b_length];
}

/* ---- insertion ---- */

/* A closer later on this line that has no opener. */
static bool line_lacks_opener(const struct layout *layout, uint32_t next, char closer) {
    const struct token *first = layout_token(layout, next);
    for (uint32_t i = next; first && i < layout->tokens.count && layout->tokens.items[i].line == first->line;
         i++)
        if (layout->tokens.items[i].kind == TOKEN_CLOSE && layout->match[i] == LAYOUT_NONE &&
            layout_char(layout, i) == closer)
            return true;
    return false;
}

static bool later_unmatched(const struct layout *layout, uint32_t next, char closer) {
    for (uint32_t i = next, looked = 0; i < layout->tokens.count && looked < 2000; i++, looked++)
        if (layout->tokens.items[i].kind == TOKEN_CLOSE && layout->match[i] == LAYOUT_NONE &&
            layout_char(layout, i) == closer)
            return true;
    return false;
}

/* Whether the line so far begins like a branch of a switch. */
static bool begins_case(const struct site *site) {
    const struct layout *layout = site->layout;
    if (site->previous == LAYOUT_NONE) return false;
    uint32_t first = site->previous;
    while (first > 0 && !(layout->tokens.items[first].flags & TOKEN_LINE_START))
        first--;
    const char *word = layout->bytes + layout->tokens.items[first].start_byte;
    uint32_t length = layout_width(layout, first);
    return (length == 4 && !memcmp(word, "case", 4)) || (length == 7 && !memcmp(word, "default", 7));
}

static double insert_separator(const struct site *site, const struct place *place, char text) {
    uint32_t flags = site->layout->language->flags;
    switch (text) {
    case ';':
        if (place->bracket == '(') return place->line_break ? 3.5 : 1.8;
        if (!(flags & LANGUAGE_SEMICOLONS)) return 4.0;
        if (place->after == '{' || place->before == '{') return 3.0;
        if (place->before == '}') return place->line_break ? 1.3 : 3.0;
        if (place->before == ';') return 3.0;
        if (place->line_break || place->after == '}')
            return ends_value(place->previous) || place->before == 0 ? 0.6 : 1.5;
        return 3.0;
    case ',':
        if (!place->bracket) return ends_value(place->previous) && begins_value(place->next) ? 2.4 : 4.0;
        if (ends_value(place->previous) && begins_value(place->next)) return place->line_break ? 0.7 : 1.0;
        return 3.2;
    default: /* ':' */
        if (flags & LANGUAGE_LAYOUT) {
            if (place->line_break) {
                bool deeper = place->next && place->previous && place->next->indent > place->previous->indent;
                return deeper ? 0.3 : 1.2;
            }
            if (place->bracket == '{' && ends_value(place->previous) && begins_value(place->next)) return 1.4;
            return 2.6;
        }
        if (flags & LANGUAGE_DATA) return ends_value(place->previous) ? 0.9 : 2.5;
        if (place->line_break && begins_case(site)) return 0.4;
        return 2.8;
    }
}

/* What stands on the lines behind an opener is meant to be inside, if they are not statements. */
static bool holds_next_line(const struct site *site, const struct place *place, char closer) {
    bool statements = closer == '}' && !(site->layout->language->flags & LANGUAGE_LAYOUT);
    return place->line_break && !statements && place->previous && place->previous->kind == TOKEN_OPEN &&
           begins_value(place->next);
}

/* Whether the layout wants the bracket somewhere. */
static bool is_hinted(const struct layout *layout, char bracket) {
    for (size_t i = 0; i < layout->hints.count; i++)
        if (layout->hints.items[i].bracket == bracket) return true;
    return false;
}

static double insert_closer(const struct site *site, const struct place *place, char text) {
    bool empties = holds_next_line(site, place, text);
    if (!empties && layout_hint_at(site->layout, layout_gap(site->layout, site->byte), text)) return HINTED;
    if (place->at_end) return is_hinted(site->layout, text) ? AT_END_NOT_HINTED : AT_END;
    bool enclosing_wants = place->bracket && layout_closer(place->bracket) == text;
    double cost = (enclosing_wants ? 0 : 0.8) + (empties ? EMPTY_BRACKETS : 0);
    if (text == '}') {
        if (site->layout->language->flags & LANGUAGE_DATA) return cost + (place->line_break ? 1.2 : 1.4);
        if (place->before == '{') return cost + 3.2;
        if (place->line_break) return cost + 2.0;
        return cost + (strchr(")],;", place->after) && place->after ? 1.4 : 3.0);
    }
    if (place->line_break) return cost + 1.1;
    if (place->after && strchr(";{:", place->after)) return cost + 0.8;
    if (place->after && strchr(")]},", place->after)) return cost + 1.2;
    if (place->next->kind == TOKEN_OPERATOR) return cost + 1.6;
    return cost + 2.4;
}

static double insert_opener(const struct site *site, const struct place *place, char text) {
    const struct layout *layout = site->layout;
    if (text == '{') {
        if (layout_hint_at(layout, layout_gap(layout, site->byte), '{')) return HINTED;
        double cost = place->line_break ? 2.0 : 3.0;
        if (!later_unmatched(layout, site->next, '}')) cost += 1.5;
        return cost;
    }
    if (layout_hint_at(layout, layout_gap(layout, site->byte), text)) return HINTED;
    double cost = line_lacks_opener(layout, site->next, layout_closer(text)) ? 0.9 : 2.6;
    if (text == '(' && place->previous && place->previous->kind == TOKEN_WORD && !place->line_break)
        cost -= 0.3;
    if (place->line_break) cost += 1.0;
    return cost;
}

/* = x: y, where only a function without a name has a colon behind its parameter. */
static bool lacks_lambda(const struct site *site, const struct place *place) {
    return place->previous && place->before && strchr("=(,", place->before) && place->next &&
           place->next->kind == TOKEN_WORD && layout_spells(site->layout, site->next + 1, ":");
}

static double insert(const struct proposer *proposer, const struct site *site, uint16_t symbol_id) {
    (void)proposer;
    const struct symbol *symbol = &site->symbols->items[symbol_id];
    const struct place *place = &site->place;
    double cost;
    switch (symbol->class) {
    case SYMBOL_SEPARATOR: cost = insert_separator(site, place, symbol->text[0]); break;
    case SYMBOL_CLOSER: cost = insert_closer(site, place, symbol->text[0]); break;
    case SYMBOL_OPENER: cost = insert_opener(site, place, symbol->text[0]); break;
    case SYMBOL_OPERATOR:
        cost = head_cost(site->layout, site->next, symbol->text);
        if (cost != PROPOSE_NEVER) return cost;
        if (symbol->text[0] == '#') return ATTRIBUTE;
        cost = !strcmp(symbol->text, "=")     ? 2.6
               : !strcmp(symbol->text, ".")   ? 3.0
               : !strcmp(symbol->text, "...") ? 4.8 /* rather a name, where it stands for a value */
                                              : 3.6;
        if (!ends_value(place->previous) || !begins_value(place->next)) cost += 0.8;
        if (place->line_break) cost += 1.0;
        break;
    case SYMBOL_WORD:
        cost = head_cost(site->layout, site->next, symbol->text);
        if (cost != PROPOSE_NEVER) return cost;
        if (!strcmp(symbol->text, "lambda") && lacks_lambda(site, place)) return LAMBDA;
        cost = site->layout->language->flags & LANGUAGE_DATA ? 5.4 : symbol->length <= 2 ? 3.6 : 4.2;
        break;
    case SYMBOL_NAME: cost = 4.6; break;
    default: return PROPOSE_NEVER;
    }
    if (cost == HINTED) return cost;
    if (site->inserted_here) cost += 0.3;
    return cost + distance_cost(site, PER_TOKEN);
}

/* ---- removal ---- */

static bool same_text(const struct layout *layout, const struct token *a, const struct token *b) {
    uint32_t length = a->end_byte - a->start_byte;
    return length == b->end_byte - b->start_byte &&
           !memcmp(layout->bytes + a->start_byte, layout->bytes + b->start_byte, length);
}

/* A closer on a line of its own that is indented unlike the line of its opener: it closes what it was not
 * meant to. */
static bool is_misplaced(const struct layout *layout, uint32_t index) {
    const struct token *closer = &layout->tokens.items[index],
                       *opener = &layout->tokens.items[layout->match[index]];
    return closer->flags & TOKEN_LINE_START && opener->line != closer->line &&
           opener->indent != closer->indent;
}

static double remove_token(const struct layout *layout, uint32_t index, const struct token *token) {
    const struct token *previous = layout_previous(layout, token->start_byte) == LAYOUT_NONE
                                       ? NULL
                                       : &layout->tokens.items[layout_previous(layout, token->start_byte)];
    const struct token *after = layout_token(layout, layout_next(layout, token->end_byte));
    char text = char_of(layout, token);
    bool doubled =
        (previous && same_text(layout, previous, token)) || (after && same_text(layout, after, token));
    bool before_closer = after && after->kind == TOKEN_CLOSE;
    switch (token->kind) {
    case TOKEN_OPEN: return layout->match[index] == LAYOUT_NONE ? 1.5 : 3.2;
    case TOKEN_CLOSE:
        return layout->match[index] == LAYOUT_NONE ? 0.8 : is_misplaced(layout, index) ? 1.3 : 3.0;
    case TOKEN_OPERATOR:
        if (text == ',') return doubled ? 0.5 : before_closer ? 0.5 : !after ? 1.0 : 1.8;
        if (text == ';')
            return doubled                                       ? 0.6
                   : before_closer                               ? 0.9
                   : after && !(after->flags & TOKEN_LINE_START) ? 1.3
                                                                 : 1.6;
        if (text && strchr("$`\\?@#~", text)) return 1.2;
        return doubled ? 1.1 : token->flags & TOKEN_LINE_START ? 1.4 : 2.2;
    case TOKEN_OTHER: return 0.9;
    case TOKEN_QUOTE: return 2.2;
    case TOKEN_COMMENT_OPEN: return 2.4;
    case TOKEN_CONFLICT: return 0.2;
    case TOKEN_WORD: return doubled ? 1.0 : 3.2;
    case TOKEN_NUMBER: return 3.2;
    case TOKEN_STRING: return 3.8;
    default: return 4.0;
    }
}

/* The end of a macro's definition: without it the next line is what the macro stands for, whatever it is. */
static bool ends_definition(const struct site *site) {
    const struct layout *layout = site->layout;
    char byte = layout->bytes[site->token_start];
    if (!(layout->language->flags & LANGUAGE_PREPROCESSOR) || (byte != '\n' && byte != '\r') ||
        site->previous == LAYOUT_NONE)
        return false;
    uint32_t first = site->previous;
    for (unsigned looked = 0; first > 0 && looked < LINE_TOKENS_MAX; looked++) {
        if (layout->tokens.items[first].flags & TOKEN_LINE_START) break;
        first--;
    }
    return layout_spells(layout, first, "#define");
}

static double remove_ahead(const struct proposer *proposer, const struct site *site) {
    (void)proposer;
    const struct token *token = layout_token(site->layout, site->next);
    if (!token || site->token_end <= site->token_start) return PROPOSE_NEVER;
    if (ends_definition(site)) return PROPOSE_NEVER;
    double cost =
        token->start_byte == site->token_start ? remove_token(site->layout, site->next, token) : 2.5;
    if (site->deleted_before) cost *= 0.55;
    double far = distance_cost(site, PER_TOKEN);
    return cost + (far > SPARE_CAP && layout_is_spare(site->layout, site->next) ? SPARE_CAP : far);
}

/* ---- replacement ---- */

struct confusion {
    const char *written, *meant;
    double cost;
};

/* What people write by the habits of another language, or by the key beside; what is written the same stands
 * together. */
static const struct confusion confusions[] = {
    {"&&", "and", 0.7},        {"||", "or", 0.7},
    {"!", "not", 0.9},         {"and", "&&", 0.7},
    {"or", "||", 0.7},         {"not", "!", 0.9},
    {"=", "==", 1.0},          {"=", ":", 1.2},
    {"=", ":=", 1.8},          {"==", "=", 1.6},
    {":", "=", 1.5},           {":", ";", 1.1},
    {":", ",", 1.6},           {":", "{", 1.4},
    {";", ":", 1.0},           {";", ",", 1.2},
    {";", "{", 2.2},           {",", ";", 1.3},
    {",", ".", 1.5},           {",", ":", 1.6},
    {".", ",", 1.4},           {".", "->", 2.0},
    {"=>", ">=", 0.6},         {"=>", "->", 1.2},
    {"=<", "<=", 0.6},         {"->", "=>", 1.0},
    {"->", ".", 1.6},          {"===", "==", 0.8},
    {"!==", "!=", 0.8},        {"<>", "!=", 0.8},
    {"True", "true", 0.3},     {"False", "false", 0.3},
    {"None", "null", 0.4},     {"undefined", "null", 0.6},
    {"nil", "null", 0.6},      {"null", "None", 0.6},
    {"NULL", "null", 0.4},     {"elif", "else", 2.0},
    {"elsif", "elif", 0.4},    {"elseif", "elif", 0.5},
    {"function", "def", 1.0},  {"function", "func", 0.8},
    {"function", "fn", 1.0},   {"def", "function", 1.0},
    {"func", "function", 0.8}, {"func", "fn", 1.0},
    {"fn", "func", 1.0},       {"fn", "function", 1.0},
    {"string", "String", 1.2}, {"boolean", "bool", 1.2},
    {":=", "=", 1.2},          {"|", "||", 1.6},
    {"&", "&&", 1.6},          {"'", "\"", 0.8},
    {"catch", "except", 1.0},  {"throw", "raise", 1.0},
    {"foreach", "for", 0.8},   {"while", "for", 0.6},
    {"else", "elif", 2.0},     {"than", "then", 1.0},
    {"::", ".", 1.8},          {"-", "->", 2.0},
    {"-", "=", 2.2},           {"<", "(", 2.4},
    {"+", "=", 2.6},           {"_", "-", 2.4},
    {"{", ":", 1.6},
};

static double replace_word(const struct layout *layout, const struct token *token,
                           const struct symbol *symbol) {
    size_t length = token->end_byte - token->start_byte;
    const char *word = layout->bytes + token->start_byte;
    if (length < 2 || symbol->length < 2) return PROPOSE_NEVER;
    unsigned limit = length >= 6 && symbol->length >= 6 ? 2 : 1;
    unsigned distance = propose_edit_distance(word, length, symbol->text, symbol->length, limit);
    if (distance > limit) return PROPOSE_NEVER;
    double cost = distance == 0 ? 0.3 : distance == 1 ? 0.7 : 1.5;
    if (length <= 2)
        cost += 1.6;
    else if (length == 3)
        cost += 0.7;
    if (tolower((unsigned char)word[0]) != tolower((unsigned char)symbol->text[0])) cost += 0.5;
    if (token->flags & TOKEN_KEYWORD) cost += 1.8;
    return cost;
}

/* Whether the token stands between the parts of a loop's head: for (i = 0, i < n; i++). */
static bool parts_loop_head(const struct layout *layout, uint32_t index) {
    uint32_t opener = layout->enclosing[index];
    return opener != LAYOUT_NONE && opener > 0 && layout_char(layout, opener) == '(' &&
           layout_spells(layout, opener - 1, "for");
}

static void find_confusions(struct site *site) {
    const struct token *token = site->place.next;
    size_t count = sizeof confusions / sizeof *confusions, first = 0, end;
    site->confusion_count = 0;
    if (!token) return;
    size_t length = token->end_byte - token->start_byte;
    const char *bytes = site->layout->bytes + token->start_byte;
    while (first < count &&
           (confusions[first].written[0] != bytes[0] || strlen(confusions[first].written) != length ||
            memcmp(confusions[first].written, bytes, length) != 0))
        first++;
    for (end = first; end < count && !strcmp(confusions[end].written, confusions[first].written);)
        end++;
    site->confusions = &confusions[first];
    site->confusion_count = end - first;
}

void propose_look(struct site *site) {
    const struct layout *layout = site->layout;
    struct place place = {.previous = layout_token(layout, site->previous),
                          .next = layout_token(layout, site->next)};
    place.before = char_of(layout, place.previous);
    place.after = char_of(layout, place.next);
    place.at_end = !place.next;
    place.line_break = place.at_end || (place.next->flags & TOKEN_LINE_START);
    place.enclosing = layout_enclosing(layout, site->byte);
    if (site->closed_here && place.enclosing != LAYOUT_NONE)
        place.enclosing = layout->enclosing[place.enclosing];
    if (place.enclosing != LAYOUT_NONE) place.bracket = layout_char(layout, place.enclosing);
    site->place = place;
    find_confusions(site);
}

static double replace(const struct proposer *proposer, const struct site *site, uint16_t symbol_id) {
    (void)proposer;
    const struct layout *layout = site->layout;
    const struct symbol *symbol = &site->symbols->items[symbol_id];
    const struct token *token = layout_token(layout, site->next);
    if (!token || token->start_byte != site->token_start || symbol->class == SYMBOL_HIDDEN ||
        symbol->text[0] == '#')
        return PROPOSE_NEVER;
    size_t length = token->end_byte - token->start_byte;
    const char *bytes = layout->bytes + token->start_byte;
    if (length == symbol->length && !memcmp(bytes, symbol->text, length)) return PROPOSE_NEVER;
    for (size_t i = 0; i < site->confusion_count; i++)
        if (!strcmp(site->confusions[i].meant, symbol->text)) {
            double cost = site->confusions[i].cost;
            bool ends_line = token->flags & TOKEN_LINE_END;
            if (symbol->text[0] == ';' && token->kind == TOKEN_OPERATOR && bytes[0] == ',' &&
                parts_loop_head(layout, site->next))
                return LOOP_HEAD + distance_cost(site, PER_TOKEN_WORD);
            if (symbol->text[0] == ';' && symbol->length == 1 && ends_line)
                cost += layout->language->flags & LANGUAGE_LAYOUT ? ENDS_ANYWAY : -0.4;
            if (!strcmp(symbol->text, ":") && (layout->language->flags & LANGUAGE_LAYOUT) && ends_line)
                cost -= 0.5;
            return cost + distance_cost(site, PER_TOKEN);
        }
    if (token->kind == TOKEN_WORD && symbol->class == SYMBOL_WORD) {
        double cost = replace_word(layout, token, symbol);
        return cost == PROPOSE_NEVER ? cost : cost + distance_cost(site, PER_TOKEN_WORD);
    }
    double cost = PROPOSE_NEVER;
    if (token->kind == TOKEN_CLOSE && symbol->class == SYMBOL_CLOSER)
        cost = layout->match[site->next] == LAYOUT_NONE ? 0.8 : 1.8;
    else if (token->kind == TOKEN_OPEN && symbol->class == SYMBOL_OPENER)
        cost = layout->match[site->next] == LAYOUT_NONE ? 1.2 : 2.2;
    else if ((token->kind == TOKEN_OPEN && symbol->class == SYMBOL_CLOSER) ||
             (token->kind == TOKEN_CLOSE && symbol->class == SYMBOL_OPENER))
        cost = layout->match[site->next] == LAYOUT_NONE ? 1.8 : 3.4;
    else if (token->kind == TOKEN_OPERATOR &&
             (symbol->class == SYMBOL_OPERATOR || symbol->class == SYMBOL_SEPARATOR))
        cost = 3.2;
    else if (token->kind == TOKEN_OTHER && symbol->class != SYMBOL_WORD)
        cost = 3.4;
    else if ((token->kind == TOKEN_OPERATOR || token->kind == TOKEN_OPEN || token->kind == TOKEN_CLOSE) &&
             symbol->class != SYMBOL_WORD && symbol->class != SYMBOL_NAME)
        cost = 3.4;
    else if (token->kind == TOKEN_WORD && (token->flags & TOKEN_KEYWORD) && symbol->class == SYMBOL_NAME)
        cost = 4.6;
    if (cost == PROPOSE_NEVER) return cost;
    return cost + distance_cost(site, PER_TOKEN);
}

const struct proposer propose_grammar = {.insert = insert, .remove = remove_ahead, .replace = replace};
