#include "analysis/layout.h"

#include "analysis/bracket.h"

#include <stdlib.h>
#include <string.h>

#define PLACE_TOKENS_MAX 20000 /* behind an opener where the place of its closer is looked for */
#define SLIP_MAX         1     /* columns by which lines are off without anything being meant by it */

char layout_closer(char opener) {
    return bracket_closer(opener);
}

static bool is_comment(const struct token *token) {
    return token->kind == TOKEN_COMMENT;
}

uint32_t layout_next(const struct layout *layout, uint32_t byte) {
    size_t low = 0, high = layout->tokens.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (layout->tokens.items[middle].start_byte < byte)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < layout->tokens.count && is_comment(&layout->tokens.items[low]))
        low++;
    return (uint32_t)low;
}

uint32_t layout_previous(const struct layout *layout, uint32_t byte) {
    size_t low = 0, high = layout->tokens.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (layout->tokens.items[middle].end_byte <= byte)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 0 && is_comment(&layout->tokens.items[low - 1]))
        low--;
    return low ? (uint32_t)low - 1 : LAYOUT_NONE;
}

uint32_t layout_holding(const struct layout *layout, uint32_t byte) {
    size_t low = 0, high = layout->tokens.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (layout->tokens.items[middle].end_byte <= byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low < layout->tokens.count && layout->tokens.items[low].start_byte <= byte ? (uint32_t)low
                                                                                      : LAYOUT_NONE;
}

uint32_t layout_enclosing(const struct layout *layout, uint32_t byte) {
    return layout->enclosing[layout_next(layout, byte)];
}

uint32_t layout_head(const struct layout *layout, uint32_t opener) {
    return bracket_head(layout->bytes, &layout->tokens, layout->match, opener);
}

bool layout_is_spare(const struct layout *layout, uint32_t token) {
    const struct token *closer = &layout->tokens.items[token];
    if (closer->kind != TOKEN_CLOSE || !(closer->flags & TOKEN_LINE_START)) return false;
    uint32_t opener = layout->match[token];
    if (opener == LAYOUT_NONE) return true;
    const struct token *open = &layout->tokens.items[opener];
    return open->line != closer->line && open->indent + SLIP_MAX < closer->indent &&
           layout->tokens.items[layout_head(layout, opener)].indent + SLIP_MAX < closer->indent;
}

uint32_t layout_gap(const struct layout *layout, uint32_t byte) {
    uint32_t previous = layout_previous(layout, byte);
    return previous == LAYOUT_NONE ? byte : layout->tokens.items[previous].end_byte;
}

const struct layout_hint *layout_hint_at(const struct layout *layout, uint32_t byte, char bracket) {
    size_t low = 0, high = layout->hints.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (layout->hints.items[middle].byte < byte)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < layout->hints.count && layout->hints.items[low].byte == byte; low++)
        if (layout->hints.items[low].bracket == bracket) return &layout->hints.items[low];
    return NULL;
}

bool layout_spells(const struct layout *layout, uint32_t token, const char *text) {
    return token < layout->tokens.count && token_spells(&layout->tokens.items[token], layout->bytes, text);
}

/* ---- matching ---- */

static void fill_enclosing(struct layout *layout) {
    uint32_t innermost = LAYOUT_NONE;
    for (uint32_t i = 0; i < layout->tokens.count; i++) {
        layout->enclosing[i] = innermost;
        if (layout->tokens.items[i].kind == TOKEN_OPEN)
            innermost = i;
        else if (layout->match[i] != LAYOUT_NONE)
            innermost = layout->enclosing[layout->match[i]];
    }
    layout->enclosing[layout->tokens.count] = innermost;
}

/* ---- where a closer is missing ---- */

static char single(const struct layout *layout, uint32_t token) {
    return token_char(&layout->tokens.items[token], layout->bytes);
}

static bool begins_branch(const struct layout *layout, uint32_t token) {
    return layout_spells(layout, token, "case") || layout_spells(layout, token, "default");
}

/* Labels and branches stand less deep than the block they are in. */
static bool is_label(const struct layout *layout, uint32_t token) {
    if (layout->tokens.items[token].kind != TOKEN_WORD) return false;
    if (begins_branch(layout, token)) return true;
    return token + 1 < layout->tokens.count && single(layout, token + 1) == ':' &&
           layout->tokens.items[token + 1].flags & TOKEN_LINE_END;
}

/* `if (` and the like: the block that follows is not an argument. */
static bool opens_condition(const struct layout *layout, uint32_t opener) {
    static const char *const words[] = {"if", "while", "for", "switch", "catch", "until", "elif"};
    if (opener == 0 || layout_char(layout, opener) != '(') return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (layout_spells(layout, opener - 1, words[i])) return true;
    return false;
}

/* What has been seen of the lines behind an opener. */
struct lines {
    uint16_t head;  /* indentation of the statement that the opener stands in */
    bool begun;     /* a line of the block has come */
    bool flat;      /* its lines are no deeper than its head */
    bool branches;  /* for that reason */
    uint16_t first; /* indentation of the first of them */
};

/* Blocks whose lines are no deeper than their head: of branches, and those that people do not indent. */
static bool is_flat(const struct layout *layout, uint32_t opener, uint32_t first) {
    if (begins_branch(layout, first) || layout->language->flags & LANGUAGE_DATA) return true;
    return opener > 0 && (layout->tokens.items[opener - 1].kind == TOKEN_STRING || /* extern "C" { */
                          layout_spells(layout, opener - 1, "namespace"));
}

/* Whether the line that begins with this token is outside the bracket. */
static bool is_outside(const struct layout *layout, uint32_t opener, uint32_t token, struct lines *lines) {
    const struct token *open = &layout->tokens.items[opener], *line = &layout->tokens.items[token];
    if (!lines->begun) {
        lines->begun = true;
        lines->first = line->indent;
        if (open->flags & TOKEN_LINE_END && line->indent == lines->head && is_flat(layout, opener, token)) {
            lines->flat = true;
            lines->branches = begins_branch(layout, token);
            return false;
        }
    }
    if (layout_char(layout, opener) == '{' && line->indent >= lines->head && is_label(layout, token))
        return false;
    if (lines->flat) return line->indent < lines->head || (lines->branches && line->indent == lines->head);
    /* Between the two, and nearer to the head. */
    if (line->indent < lines->first && 2 * (line->indent - lines->head) < lines->first - lines->head)
        return true;
    return line->indent <= lines->head || (line->indent < lines->first && line->indent <= open->indent);
}

/* Whether a parenthesis or an index, or what is written in one line, ends before this token at the latest. */
static bool ends_before(const struct layout *layout, uint32_t opener, uint32_t token, unsigned *semicolons) {
    char open = layout_char(layout, opener), byte = single(layout, token);
    if (open == '{') return false;
    if (byte == ';')
        return !opens_condition(layout, opener) || !layout_spells(layout, opener - 1, "for") ||
               ++*semicolons > 2;
    if (byte == '{') return opens_condition(layout, opener);
    return byte == ':' && open == '(' && layout->language->flags & LANGUAGE_LAYOUT &&
           layout->tokens.items[token].flags & TOKEN_LINE_END;
}

static char indented_by(const struct layout *layout, uint32_t token) {
    uint32_t start = layout->tokens.items[token].start_byte;
    return start > 0 ? layout->bytes[start - 1] : '\n';
}

/* The last line of a function returns from the function, not from a loop or an if before it, when it is not
 * indented like the lines of that block: less, or with the other of tab and space. */
static bool returns_outside(const struct layout *layout, uint32_t opener, uint32_t body, uint32_t line) {
    uint32_t close = opener;
    if (layout_char(layout, opener) != '{' || body == line || !layout_spells(layout, line, "return"))
        return false;
    while (close > 0 && is_comment(&layout->tokens.items[close - 1]))
        close--;
    uint32_t condition = close > 0 ? layout->match[close - 1] : LAYOUT_NONE;
    if (condition == LAYOUT_NONE || condition > opener || !opens_condition(layout, condition) ||
        layout_spells(layout, condition - 1, "switch"))
        return false;
    return layout->tokens.items[line].indent < layout->tokens.items[body].indent ||
           indented_by(layout, line) != indented_by(layout, body);
}

/* The token behind which the closer of an opener that was left open is missing. */
static uint32_t place_of_closer(const struct layout *layout, uint32_t opener) {
    const struct token *tokens = layout->tokens.items;
    uint32_t previous = opener, count = (uint32_t)layout->tokens.count;
    struct lines lines = {.head = tokens[layout_head(layout, opener)].indent};
    unsigned semicolons = 0;
    uint32_t body = LAYOUT_NONE, line = LAYOUT_NONE, before_line = opener; /* its first line, and its last */
    for (uint32_t i = opener + 1, looked = 0; i < count && looked < PLACE_TOKENS_MAX; i++, looked++) {
        if (is_comment(&tokens[i])) continue;
        if (tokens[i].kind == TOKEN_DIRECTIVE) {
            while (i + 1 < count && !(tokens[i + 1].flags & TOKEN_LINE_START))
                i++;
            continue;
        }
        if (tokens[i].kind == TOKEN_CLOSE && layout->match[i] != LAYOUT_NONE && layout->match[i] < opener) {
            if (line != LAYOUT_NONE && returns_outside(layout, opener, body, line)) previous = before_line;
            break;
        }
        if (tokens[i].flags & TOKEN_LINE_START && tokens[i].line != tokens[opener].line &&
            is_outside(layout, opener, i, &lines))
            break;
        if (tokens[i].flags & TOKEN_LINE_START) {
            if (body == LAYOUT_NONE) body = i;
            line = i;
            before_line = previous;
        }
        if (ends_before(layout, opener, i, &semicolons)) break;
        if (tokens[i].kind == TOKEN_OPEN && layout->match[i] != LAYOUT_NONE) i = layout->match[i];
        previous = i;
    }
    /* A separator behind what was written in one line separates it from the next. */
    bool block = tokens[opener].flags & TOKEN_LINE_END && tokens[opener].line != tokens[previous].line;
    if (!block && previous > opener + 1 &&
        (single(layout, previous) == ',' || single(layout, previous) == ';'))
        previous--;
    while (previous > opener && is_comment(&tokens[previous]))
        previous--;
    return previous;
}

/* ---- where an opener is missing ---- */

/* Whether a bracket may be opened behind the token that ends the head of deeper lines. */
static bool may_open(const struct layout *layout, uint32_t end, char closer) {
    const struct token *token = &layout->tokens.items[end];
    char byte = layout_char(layout, end);
    if (closer != '}') return token->kind != TOKEN_CLOSE && byte != ';';
    if (layout->language->flags & LANGUAGE_DATA) return byte == ':';
    if (token->kind == TOKEN_OPERATOR) return byte != ';' && byte != ',';
    return token->kind == TOKEN_WORD || token->kind == TOKEN_OPEN ||
           (token->kind == TOKEN_CLOSE && byte != '}');
}

/* The token behind which the block of a closer that begins its line should have been opened: the end of the
 * head above it that is indented alike and has deeper lines. */
static uint32_t place_of_opener(const struct layout *layout, uint32_t closer) {
    const struct token *tokens = layout->tokens.items;
    uint16_t indent = tokens[closer].indent;
    uint32_t body = LAYOUT_NONE; /* first token of the topmost deeper line */
    for (uint32_t i = closer, looked = 0; i-- > 0 && looked < PLACE_TOKENS_MAX; looked++) {
        bool begins = tokens[i].flags & TOKEN_LINE_START && !is_comment(&tokens[i]);
        if (begins && tokens[i].indent > indent) body = i;
        if (begins && tokens[i].indent <= indent) {
            if (tokens[i].indent < indent || body == LAYOUT_NONE) return LAYOUT_NONE;
            uint32_t end = body - 1;
            while (end > i && is_comment(&tokens[end]))
                end--;
            bool branch = single(layout, end) == ':' && begins_branch(layout, i);
            return branch || may_open(layout, end, layout_char(layout, closer)) ? end : LAYOUT_NONE;
        }
        if (tokens[i].kind == TOKEN_CLOSE && layout->match[i] != LAYOUT_NONE) {
            i = layout->match[i] + 1; /* its line is looked at next */
            if (tokens[i - 1].flags & TOKEN_LINE_START && tokens[i - 1].indent > indent) body = i - 1;
        }
    }
    return LAYOUT_NONE;
}

/* Where the function begins whose block opens here; else the block itself. */
static uint32_t function_begin(const struct layout *layout, uint32_t block) {
    const struct token *tokens = layout->tokens.items;
    for (uint32_t i = block; i-- > 0 && tokens[i].line == tokens[block].line;) {
        if (!layout_spells(layout, i, "function") && !layout_spells(layout, i, "func")) continue;
        return i > 0 && layout_spells(layout, i - 1, "async") ? i - 1 : i;
    }
    return block;
}

/* The same for a closer behind the end of a block, as in `});`: before what that end closes. */
static uint32_t place_before_block(const struct layout *layout, uint32_t closer) {
    const struct token *tokens = layout->tokens.items;
    if (closer == 0 || tokens[closer - 1].kind != TOKEN_CLOSE ||
        !(tokens[closer - 1].flags & TOKEN_LINE_START))
        return LAYOUT_NONE;
    uint32_t block = layout->match[closer - 1];
    if (block == LAYOUT_NONE || tokens[block].line == tokens[closer].line) return LAYOUT_NONE;
    uint32_t begin = function_begin(layout, block);
    return begin > 0 && tokens[begin - 1].line == tokens[block].line ? begin - 1 : LAYOUT_NONE;
}

/* ---- hints ---- */

static int by_byte(const void *a, const void *b) {
    const struct layout_hint *x = a, *y = b;
    if (x->byte != y->byte) return x->byte < y->byte ? -1 : 1;
    return x->partner > y->partner ? -1 : x->partner < y->partner; /* inner ones first */
}

static void add_hints(struct layout *layout) {
    bool braces = layout->language->flags & (LANGUAGE_BRACES | LANGUAGE_DATA);
    for (uint32_t i = 0; i < layout->tokens.count && layout->hints.count < LAYOUT_HINTS_MAX; i++) {
        const struct token *token = &layout->tokens.items[i];
        if (layout->match[i] != LAYOUT_NONE) continue;
        if (token->kind == TOKEN_OPEN) {
            uint32_t place = place_of_closer(layout, i);
            vec_push(&layout->hints, (struct layout_hint){layout->tokens.items[place].end_byte, i,
                                                          layout_closer(layout_char(layout, i))});
        } else if (token->kind == TOKEN_CLOSE) {
            char closer = layout_char(layout, i);
            bool own_line = token->flags & TOKEN_LINE_START && (closer != '}' || braces);
            uint32_t place = own_line        ? place_of_opener(layout, i)
                             : closer != '}' ? place_before_block(layout, i)
                                             : LAYOUT_NONE;
            if (place != LAYOUT_NONE)
                vec_push(&layout->hints, (struct layout_hint){layout->tokens.items[place].end_byte, i,
                                                              closer == '}'   ? '{'
                                                              : closer == ')' ? '('
                                                                              : '['});
        }
    }
    if (layout->hints.count > 1)
        qsort(layout->hints.items, layout->hints.count, sizeof *layout->hints.items, by_byte);
}

bool layout_init_within(struct layout *layout, const struct language *language, const char *bytes,
                        uint32_t length, const struct cancel *cancel) {
    *layout = (struct layout){.language = language, .bytes = bytes, .length = length};
    lexer_scan(language, bytes, length, &layout->tokens);
    if (cancel_reached(cancel)) return false;
    layout->match = mem_alloc((layout->tokens.count + 1) * sizeof *layout->match);
    layout->enclosing = mem_alloc((layout->tokens.count + 1) * sizeof *layout->enclosing);
    bool balanced = bracket_match(bytes, &layout->tokens, layout->match);
    if (cancel_reached(cancel)) return false;
    fill_enclosing(layout);
    if (!balanced) add_hints(layout);
    return true;
}

void layout_init(struct layout *layout, const struct language *language, const char *bytes, uint32_t length) {
    layout_init_within(layout, language, bytes, length, NULL);
}

void layout_finish(struct layout *layout) {
    vec_finish(&layout->tokens);
    vec_finish(&layout->hints);
    mem_free(layout->match);
    mem_free(layout->enclosing);
    layout->match = layout->enclosing = NULL;
}
