#include "analysis/layout.h"

#include <string.h>

#define OPEN_MAX 4096 /* brackets open at once that are followed; deeper ones stay unmatched */

char layout_closer(char opener) {
    return opener == '(' ? ')' : opener == '[' ? ']' : opener == '{' ? '}' : 0;
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

/* ---- matching ---- */

/* The opener a closer belongs to. The top of the stack when the kinds agree and indentation does not object;
 * else the nearest opener of that kind if it is indented like the closer's line; else none (an extra or a
 * wrong closer). */
static unsigned find_opener(const struct layout *layout, const uint32_t *open, unsigned count,
                            const struct token *closer) {
    char kind = layout->bytes[closer->start_byte];
    bool begins_line = closer->flags & TOKEN_LINE_START;
    unsigned same_kind = UINT32_MAX;
    for (unsigned i = count, looked = 0; i-- > 0 && looked < 64; looked++) {
        const struct token *opener = &layout->tokens.items[open[i]];
        if (layout_closer(layout->bytes[opener->start_byte]) != kind) continue;
        if (same_kind == UINT32_MAX) same_kind = i;
        if (!begins_line || opener->line == closer->line) break;
        if (opener->indent == closer->indent) return i;
        if (opener->indent < closer->indent) break;
    }
    return same_kind;
}

static void match_brackets(struct layout *layout) {
    uint32_t open[OPEN_MAX];
    unsigned count = 0;
    for (uint32_t i = 0; i < layout->tokens.count; i++) {
        const struct token *token = &layout->tokens.items[i];
        layout->match[i] = LAYOUT_NONE;
        layout->enclosing[i] = count ? open[count - 1] : LAYOUT_NONE;
        if (token->kind == TOKEN_OPEN) {
            if (count < OPEN_MAX) open[count++] = i;
        } else if (token->kind == TOKEN_CLOSE && count) {
            unsigned at = find_opener(layout, open, count, token);
            if (at == UINT32_MAX) continue;
            /* A small bracket does not reach out of a block that is still open: that closer is the extra one.
             */
            bool leaves_block = false;
            for (unsigned k = at + 1; k < count && layout->bytes[token->start_byte] != '}'; k++)
                leaves_block |= layout_char(layout, open[k]) == '{';
            if (leaves_block) continue;
            layout->match[i] = open[at];
            layout->match[open[at]] = i;
            count = at;
        }
    }
    layout->enclosing[layout->tokens.count] = count ? open[count - 1] : LAYOUT_NONE;
}

/* ---- hints ---- */

static void add_hint(struct layout *layout, uint32_t byte, uint32_t partner, char bracket) {
    /* A parenthesis is closed before the semicolon that ends its statement. */
    if (bracket != '}' && byte > 1 && layout->bytes[byte - 1] == ';') {
        byte--;
        while (byte > 0 && (layout->bytes[byte - 1] == ' ' || layout->bytes[byte - 1] == '\t'))
            byte--;
        if (layout->hints.count && layout->hints.items[layout->hints.count - 1].byte > byte) return;
    }
    if (byte > 0) vec_push(&layout->hints, (struct layout_hint){byte, partner, bracket});
}

static bool ends_clause(const struct layout *layout, uint32_t token) {
    const struct token *t = &layout->tokens.items[token];
    if (t->kind == TOKEN_CLOSE || t->kind == TOKEN_WORD) return true;
    return false;
}

/* Blocks whose lines end before their closer comes. `first` is the first token of a line; the blocks still
 * open whose own line is indented at least as deep have ended, unless this line begins with the closer
 * itself. */
static void hint_blocks(struct layout *layout) {
    uint32_t open[OPEN_MAX];
    unsigned count = 0;
    uint32_t previous = LAYOUT_NONE;
    for (uint32_t i = 0; i < layout->tokens.count; i++) {
        const struct token *token = &layout->tokens.items[i];
        if (is_comment(token) || token->kind == TOKEN_DIRECTIVE) continue;
        if (token->flags & TOKEN_LINE_START) {
            unsigned closing = token->kind == TOKEN_CLOSE ? 1 : 0;
            while (count > closing) {
                const struct token *opener = &layout->tokens.items[open[count - 1 - closing]];
                if (opener->indent < token->indent || opener->line == token->line) break;
                /* A line as deep as the opener's: the block is over, or it is a brace of its own below its
                 * header. */
                if (closing && opener->indent == token->indent &&
                    layout->tokens.items[open[count - 1]].indent > token->indent) {
                    /* the inner one was left open; this closer is for the outer one */
                    add_hint(layout, layout->tokens.items[previous].end_byte, open[count - 1],
                             layout_closer(layout_char(layout, open[count - 1])));
                    count--;
                    continue;
                }
                if (closing && opener->indent == token->indent &&
                    layout->tokens.items[open[count - 1]].line == opener->line &&
                    layout_closer(layout_char(layout, open[count - 1])) != layout->bytes[token->start_byte]) {
                    /* opened on the same line: `f({` wants `})` */
                    add_hint(layout, layout->tokens.items[previous].end_byte, open[count - 1],
                             layout_closer(layout_char(layout, open[count - 1])));
                    count--;
                    continue;
                }
                if (closing) break;
                if (opener->flags & TOKEN_LINE_START && opener->indent == token->indent &&
                    previous == open[count - 1])
                    break;
                if (previous != LAYOUT_NONE && token->kind != TOKEN_OPEN)
                    add_hint(layout, layout->tokens.items[previous].end_byte, open[count - 1],
                             layout_closer(layout_char(layout, open[count - 1])));
                if (token->kind == TOKEN_OPEN) break;
                count--;
            }
            /* A deeper line after a header that opens nothing. */
            if (previous != LAYOUT_NONE && (layout->language->flags & LANGUAGE_BRACES) &&
                token->indent > layout->tokens.items[previous].indent && ends_clause(layout, previous))
                add_hint(layout, layout->tokens.items[previous].end_byte, LAYOUT_NONE, '{');
        }
        if (token->kind == TOKEN_OPEN) {
            if (count < OPEN_MAX) open[count++] = i;
        } else if (token->kind == TOKEN_CLOSE && count) {
            char kind = layout->bytes[token->start_byte];
            for (unsigned k = count; k-- > 0 && count - k <= 8;) {
                if (layout_closer(layout_char(layout, open[k])) == kind) {
                    count = k;
                    break;
                }
            }
        }
        previous = i;
    }
    for (unsigned k = count; k-- > 0;)
        if (previous != LAYOUT_NONE)
            add_hint(layout, layout->tokens.items[previous].end_byte, open[k],
                     layout_closer(layout_char(layout, open[k])));
}

void layout_init(struct layout *layout, const struct language *language, const char *bytes, uint32_t length) {
    *layout = (struct layout){.language = language, .bytes = bytes, .length = length};
    lexer_scan(language, bytes, length, &layout->tokens);
    layout->match = mem_alloc((layout->tokens.count + 1) * sizeof *layout->match);
    layout->enclosing = mem_alloc((layout->tokens.count + 1) * sizeof *layout->enclosing);
    match_brackets(layout);
    hint_blocks(layout);
}

void layout_finish(struct layout *layout) {
    vec_finish(&layout->tokens);
    vec_finish(&layout->hints);
    mem_free(layout->match);
    mem_free(layout->enclosing);
    layout->match = layout->enclosing = NULL;
}
