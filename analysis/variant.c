#include "analysis/variant.h"

#include "analysis/bare.h"
#include "analysis/fences.h"
#include "analysis/indenting.h"
#include "analysis/joined_lines.h"
#include "analysis/lexeme.h"
#include "analysis/lost_directive.h"
#include "analysis/phrases.h"
#include "analysis/prompts.h"
#include "analysis/quoting.h"
#include "analysis/remarks.h"
#include "analysis/spelling.h"
#include "analysis/tags.h"

#include <string.h>

#define LINE_TOKENS_MAX    64 /* tokens of one line looked at */
#define QUOTES_MAX         6  /* unclosed quotes of one line looked at */
#define QUOTE_VARIANTS_MAX 28
#define FAR_TOKENS_MAX     1000 /* before the stuck one where an unclosed quote is looked for */
#define BYTE_ORDER_MARK    "\xEF\xBB\xBF"

static void add(struct variant_list *list, const struct text_edit *splices, size_t count, uint32_t restart,
                double cost, enum finding_code code) {
    struct text_edit *own = arena_alloc(list->arena, count * sizeof *own);
    for (size_t i = 0; i < count; i++) {
        own[i] = splices[i];
        own[i].new_bytes = arena_strndup(list->arena, splices[i].new_bytes, splices[i].new_length);
    }
    vec_push(list, (struct variant){own, count, restart, cost, (uint8_t)code, NULL, NULL, false});
}

static void add_one(struct variant_list *list, uint32_t start, uint32_t end, const char *text,
                    uint32_t length, uint32_t restart, double cost, enum finding_code code) {
    struct text_edit splice = {start, end, text, length};
    add(list, &splice, 1, restart, cost, code);
}

/* Names the variant added last. */
static void name_last(struct variant_list *list, const char *title, const char *message) {
    list->items[list->count - 1].title = title;
    list->items[list->count - 1].message = message;
}

void variant_add(struct variant_list *list, const struct text_edit *splices, size_t count, double cost,
                 enum finding_code code, const char *title, const char *message) {
    add(list, splices, count, splices[0].start_byte, cost, code);
    name_last(list, title, message);
}

/* ---- quotes ---- */

/* Brackets opened and not closed before token `at` on its line: closers standing there are wanted, not text.
 */
static int open_on_line(const struct layout *layout, uint32_t first, uint32_t at) {
    int depth = 0;
    for (uint32_t i = first; i < at; i++) {
        if (layout->tokens.items[i].kind == TOKEN_OPEN) depth++;
        if (layout->tokens.items[i].kind == TOKEN_CLOSE && depth > 0) depth--;
    }
    return depth;
}

/* Whether the tokens behind a comma are arguments rather than words of a text that goes on: a format stands
 * before the comma or a call or an index behind it, and no two words stand side by side. */
static bool looks_like_code(const struct layout *layout, uint32_t text_start, uint32_t comma, uint32_t end) {
    bool format = false, structure = false;
    for (uint32_t byte = text_start; byte < layout->tokens.items[comma].start_byte; byte++)
        format |= layout->bytes[byte] == '%' || layout->bytes[byte] == '{';
    for (uint32_t i = comma + 1; i < end; i++) {
        const struct token *t = &layout->tokens.items[i], *before = &layout->tokens.items[i - 1];
        bool word = t->kind == TOKEN_WORD || t->kind == TOKEN_NUMBER;
        bool after_word = before->kind == TOKEN_WORD || before->kind == TOKEN_NUMBER;
        if (i > comma + 1 && word && after_word) return false;
        structure |= t->kind == TOKEN_OPEN && after_word && t->start_byte == before->end_byte;
    }
    return end > comma + 1 && (format || structure);
}

/* A quote that is not closed on its line: close it at the end, before the closers and separators that end the
 * line, or after a word in between; or open it before the word in front of it; or drop it; or make it the
 * other kind. */
static void close_quote(const struct tape *tape, uint32_t quote, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *token = &layout->tokens.items[quote];
    uint32_t restart = token->start_byte;
    char mark[8];
    uint32_t length = token->end_byte - token->start_byte, prefix = 0;
    while (prefix < length && !strchr("\"'`", tape->bytes[token->start_byte + prefix]))
        prefix++;
    if (prefix == length || length - prefix > sizeof mark) return;
    length -= prefix;
    memcpy(mark, tape->bytes + token->start_byte + prefix, length);
    uint32_t end = tape_line_end(tape, token->end_byte);
    uint32_t text_end = tape_trimmed_end(tape, token->end_byte, end);

    uint32_t first = quote;
    while (first > 0 && layout->tokens.items[first - 1].line == token->line)
        first--;
    uint32_t last = quote; /* past the last token of the line */
    while (last < layout->tokens.count && layout->tokens.items[last].start_byte < end &&
           last - quote < LINE_TOKENS_MAX)
        last++;

    /* From the end of the line backwards over what usually follows a string. */
    int wanted = open_on_line(layout, first, quote);
    int closers = 0;
    uint32_t at = last;
    while (at > quote + 1) {
        const struct token *t = &layout->tokens.items[at - 1];
        char byte = layout->bytes[t->start_byte];
        bool follows = t->end_byte - t->start_byte == 1 && strchr(")]},;:", byte);
        if (!follows) break;
        closers += t->kind == TOKEN_CLOSE;
        at--;
        /* The string ends before this closer or separator. */
        double cost = closers == wanted  ? 0.5
                      : closers < wanted ? 1.4 + 0.4 * (wanted - closers)
                                         : 1.6 + 0.6 * (closers - wanted);
        if (t->kind == TOKEN_CLOSE || closers == wanted)
            add_one(list, t->start_byte, t->start_byte, mark, length, restart, cost, FINDING_UNCLOSED_STRING);
        else
            add_one(list, t->start_byte, t->start_byte, mark, length, restart, cost + 0.8,
                    FINDING_UNCLOSED_STRING);
    }
    add_one(list, text_end, text_end, mark, length, restart, at == last && wanted == 0 ? 0.6 : 1.9,
            FINDING_UNCLOSED_STRING);
    /* Somewhere in the line: before a separator, after a word. */
    unsigned tried = 0;
    for (uint32_t i = quote + 1; i < at && tried < QUOTE_VARIANTS_MAX; i++) {
        const struct token *t = &layout->tokens.items[i];
        char byte = layout->bytes[t->start_byte];
        bool single = t->end_byte - t->start_byte == 1;
        bool gap_before = t->start_byte > layout->tokens.items[i - 1].end_byte;
        double cost = single && strchr(",:)]};", byte) ? 1.7 : gap_before ? 2.4 : 3.0;
        if (i == quote + 1 && cost < 2.0) cost += 0.6;
        if (single && byte == ',' && i > quote + 1 && looks_like_code(layout, token->end_byte, i, at))
            cost = 0.4;
        uint32_t place = gap_before && !(single && strchr(",:)]};", byte))
                             ? layout->tokens.items[i - 1].end_byte
                             : t->start_byte;
        add_one(list, place, place, mark, length, restart, cost, FINDING_UNCLOSED_STRING);
        tried++;
    }
    /* The quote closes a string that was not opened. */
    for (uint32_t i = quote, steps = 0; i-- > first && steps < 6; steps++) {
        const struct token *t = &layout->tokens.items[i];
        if (t->kind == TOKEN_STRING || t->kind == TOKEN_QUOTE) break;
        bool word = t->kind == TOKEN_WORD || t->kind == TOKEN_NUMBER;
        double cost = (word && i + 1 == quote ? 1.3 : 2.2) + 0.25 * steps;
        if (t->kind == TOKEN_OPEN || strchr(",=:", layout->bytes[t->start_byte])) break;
        add_one(list, t->start_byte, t->start_byte, mark, length, t->start_byte, cost,
                FINDING_UNCLOSED_STRING);
    }
    add_one(list, token->start_byte, token->end_byte, "", 0, restart, 2.2, FINDING_UNEXPECTED_TOKEN);
    /* Opened with one kind, closed with the other. */
    if (length == 1 && (mark[0] == '"' || mark[0] == '\'')) {
        for (uint32_t i = quote + 1; i < last; i++) {
            const struct token *t = &layout->tokens.items[i];
            char other = layout->bytes[t->start_byte];
            if (t->kind != TOKEN_QUOTE || other == mark[0] || !strchr("\"'`", other)) continue;
            /* An apostrophe stands between letters; a closing quote before a closer, a separator or the
             * line's end. */
            bool closes =
                i + 1 == last || strchr(")]},;:", layout->bytes[layout->tokens.items[i + 1].start_byte]);
            add_one(list, t->start_byte, t->end_byte, mark, 1, restart, closes ? 0.3 : 1.6,
                    FINDING_WRONG_TOKEN);
            if (other != '`')
                add_one(list, token->start_byte + prefix, token->end_byte, &other, 1, restart,
                        closes ? 0.8 : 1.9, FINDING_WRONG_TOKEN);
            break;
        }
    }
}

static void quote_text(uint32_t start, uint32_t end, double cost, struct variant_list *list) {
    struct text_edit splices[2] = {{start, start, "\"", 1}, {end, end, "\"", 1}};
    add(list, splices, 2, start, cost, FINDING_MISSING_TOKEN);
    name_last(list, "put it in double quotes", "names and text are quoted here");
}

/* A word or a string in the other quotes where only a quoted string is allowed. */
static void quote_word(const struct tape *tape, uint32_t index, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!(layout->language->flags & LANGUAGE_DATA) || index >= layout->tokens.count) return;
    const struct token *token = &layout->tokens.items[index];
    const struct token *after = index + 1 < layout->tokens.count ? &layout->tokens.items[index + 1] : NULL;
    /* Behind the quote of a string that is not closed, or a backslash in it. */
    bool inside = index > 0 && (token[-1].kind == TOKEN_QUOTE || layout_spells(layout, index - 1, "\\"));
    if (inside && token[-1].end_byte == token->start_byte) return;
    if (token->kind == TOKEN_NUMBER) { /* the first part of 10.0.0.1 or 2024-05-01 */
        while (index > 0 && layout->tokens.items[index - 1].end_byte == token->start_byte &&
               !strchr(",:]}[{\"'", layout->bytes[layout->tokens.items[index - 1].start_byte]))
            token = &layout->tokens.items[--index];
        bool joined = index + 1 < layout->tokens.count &&
                      layout->tokens.items[index + 1].start_byte == token->end_byte &&
                      !strchr(",:]}[{\"'", layout->bytes[token->end_byte]);
        if (!joined) return;
        after = NULL;
    }
    if (token->kind == TOKEN_WORD || token->kind == TOKEN_NUMBER) {
        uint32_t end = token->end_byte;
        /* Words with dots and dashes between them are one value: 1.2-beta, Europe/Paris. */
        for (uint32_t i = index + 1; i < layout->tokens.count && i < index + LINE_TOKENS_MAX; i++) {
            const struct token *t = &layout->tokens.items[i];
            if (t->start_byte != end || strchr(",:]}[{\"'", layout->bytes[t->start_byte])) break;
            end = t->end_byte;
        }
        bool key = after && layout->bytes[after->start_byte] == ':';
        quote_text(token->start_byte, end, key ? 0.7 : 1.2, list);
        uint32_t line_last = index;
        while (line_last + 1 < layout->tokens.count &&
               layout->tokens.items[line_last + 1].line == token->line)
            line_last++;
        uint32_t line_stop = layout->tokens.items[line_last].end_byte;
        if (line_last > index && strchr(",]}", layout->bytes[layout->tokens.items[line_last].start_byte]))
            line_stop = layout->tokens.items[line_last - 1].end_byte;
        if (line_stop > end) quote_text(token->start_byte, line_stop, 1.9, list);
    }
    if ((token->kind == TOKEN_STRING || token->kind == TOKEN_QUOTE) &&
        token->end_byte - token->start_byte >= 2 &&
        (layout->bytes[token->start_byte] == '\'' || layout->bytes[token->start_byte] == '`')) {
        struct text_edit splices[2] = {{token->start_byte, token->start_byte + 1, "\"", 1},
                                       {token->end_byte - 1, token->end_byte, "\"", 1}};
        add(list, splices, 2, token->start_byte, 0.6, FINDING_WRONG_TOKEN);
        name_last(list, "use double quotes", "double quotes are needed here");
    }
}

/* A value whose name is missing: only a name in quotes can stand before the colon. */
static void add_name(const struct tape *tape, uint32_t index, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!(layout->language->flags & LANGUAGE_DATA) || index == 0 || index >= layout->tokens.count) return;
    uint32_t colon = layout->tokens.items[index].start_byte;
    if (layout->bytes[colon] != ':' ||
        !strchr("{,", layout->bytes[layout->tokens.items[index - 1].start_byte]))
        return;
    add_one(list, colon, colon, "\"_\"", 3, colon, 1.6, FINDING_MISSING_TOKEN);
    name_last(list, "insert a name", "missing name before `:`");
}

static void requote(const struct layout *layout, uint32_t open, uint32_t close, struct variant_list *list) {
    uint32_t start = layout->tokens.items[open].start_byte, end = layout->tokens.items[close].end_byte;
    struct text_edit splices[2] = {{start, start + 1, "\"", 1}, {end - 1, end, "\"", 1}};
    add(list, splices, 2, start, 0.6, FINDING_WRONG_TOKEN);
    name_last(list, "use double quotes", "double quotes are needed here");
}

/* 'ab' in quotes of the other kind works nowhere in the data language and not in Rust; `ab` only where it is
 * a string (Python's once was a call). The pair is two stray quotes on one line: the first two, but the last
 * two in Rust, where others may be lifetimes, and 'ab begins like one. */
static void requote_pair(const struct tape *tape, uint32_t first, uint32_t last, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t flags = layout->language->flags;
    if (flags & LANGUAGE_LAYOUT) return;
    const char *quotes = flags & (LANGUAGE_DATA | LANGUAGE_LIFETIMES) ? "'`" : "`";
    uint32_t before = LAYOUT_NONE, open = LAYOUT_NONE, close = LAYOUT_NONE;
    for (uint32_t i = first; i < last; i++) {
        const struct token *t = &layout->tokens.items[i];
        if (t->kind == TOKEN_STRING || !strchr(quotes, layout->bytes[t->start_byte])) continue;
        bool same = before != LAYOUT_NONE && layout_char(layout, before) == layout_char(layout, i);
        if (same && layout_width(layout, i) == 1) {
            open = before;
            close = i;
            if (!(flags & LANGUAGE_LIFETIMES)) break;
        }
        if (same || before == LAYOUT_NONE || flags & LANGUAGE_LIFETIMES) before = i;
    }
    if (close != LAYOUT_NONE) requote(layout, open, close, list);
}

/* What the quotes of a line can mean; `at` is one of its tokens. Returns whether any is not closed. */
static bool propose_line(const struct tape *tape, uint32_t at, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t first = at, last = at, line = layout->tokens.items[at].line, quotes = 0;
    while (first > 0 && at - first < LINE_TOKENS_MAX && layout->tokens.items[first - 1].line == line)
        first--;
    while (last < layout->tokens.count && last - at < LINE_TOKENS_MAX &&
           layout->tokens.items[last].line == line)
        last++;
    for (uint32_t i = first; i < last && quotes < QUOTES_MAX; i++) {
        if (layout->tokens.items[i].kind != TOKEN_QUOTE) continue;
        close_quote(tape, i, list);
        quotes++;
    }
    quoting_propose(tape, first, last, list);
    bare_propose(tape, first, last, stuck, list);
    requote_pair(tape, first, last, list);
    return quotes > 0;
}

/* The last quote before the token that is not closed: some grammars let a string run over the ends of lines,
 * and are stuck where the text ends. */
static uint32_t unclosed_before(const struct layout *layout, uint32_t index) {
    for (uint32_t i = index, looked = 0; i-- > 0 && looked < FAR_TOKENS_MAX; looked++)
        if (layout->tokens.items[i].kind == TOKEN_QUOTE) return i;
    return LAYOUT_NONE;
}

static void propose_quotes(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t next = layout_next(layout, stuck);
    uint32_t previous = layout_previous(layout, stuck);
    uint32_t at[3] = {previous, layout_holding(layout, stuck), next};
    uint32_t lines[3] = {LAYOUT_NONE, LAYOUT_NONE, LAYOUT_NONE};
    bool unclosed = false;
    for (int l = 0; l < 3; l++) {
        if (at[l] == LAYOUT_NONE || at[l] >= layout->tokens.count) continue;
        lines[l] = layout->tokens.items[at[l]].line;
        if ((l > 0 && lines[l] == lines[l - 1]) || (l == 2 && lines[2] == lines[0])) continue;
        unclosed |= propose_line(tape, at[l], stuck, list);
    }
    /* There, or where the first quote of the next string has closed it. */
    bool behind_string = next >= layout->tokens.count ||
                         (at[1] != LAYOUT_NONE && layout->tokens.items[at[1]].kind == TOKEN_STRING);
    uint32_t far = LAYOUT_NONE;
    if (!unclosed && behind_string && !(layout->language->flags & LANGUAGE_MARKUP))
        far = unclosed_before(layout, next);
    if (far != LAYOUT_NONE) propose_line(tape, far, stuck, list);
    quote_word(tape, next, list);
    add_name(tape, next, list);
    if (previous != LAYOUT_NONE && previous != next) quote_word(tape, previous, list);
}

/* ---- typography ---- */

struct typography {
    const char *written, *meant;
};

/* What word processors and web pages put in the place of plain characters. */
static const struct typography typographies[] = {
    {"\xC2\xA0", " "},      {"\xE2\x80\x8B", ""},   {"\xE2\x80\x8C", ""},  {"\xE2\x80\x8D", ""},
    {BYTE_ORDER_MARK, ""},  {"\xE3\x80\x80", " "},  {"\xE2\x80\xAF", " "}, {"\xE2\x80\x9C", "\""},
    {"\xE2\x80\x9D", "\""}, {"\xE2\x80\x9E", "\""}, {"\xE2\x80\x98", "'"}, {"\xE2\x80\x99", "'"},
    {"\xE2\x80\x93", "-"},  {"\xE2\x80\x94", "-"},  {"\xE2\x88\x92", "-"}, {"\xEF\xBC\x8C", ","},
    {"\xEF\xBC\x9B", ";"},  {"\xEF\xBC\x9A", ":"},  {"\xEF\xBC\x88", "("}, {"\xEF\xBC\x89", ")"},
};

/* Makes them plain, all outside strings and comments at once: they come together. */
static void propose_plain(const struct tape *tape, struct variant_list *list) {
    enum { SPLICES_MAX = 256 };
    const struct layout *layout = &tape->layout;
    struct text_edit splices[SPLICES_MAX];
    size_t count = 0;
    /* The mark in front of a whole text is no token. Data must not have one (RFC 8259, 8.1), but by itself it
     * is left alone. */
    bool mark = layout->language->flags & LANGUAGE_DATA && tape->length > strlen(BYTE_ORDER_MARK) &&
                memcmp(tape->bytes, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0;
    if (mark) splices[count++] = (struct text_edit){0, (uint32_t)strlen(BYTE_ORDER_MARK), "", 0};
    for (uint32_t i = 0; i < layout->tokens.count && count < SPLICES_MAX; i++) {
        const struct token *token = &layout->tokens.items[i];
        if (token->kind == TOKEN_STRING || token->kind == TOKEN_COMMENT) continue;
        for (uint32_t at = token->start_byte; at < token->end_byte && count < SPLICES_MAX; at++) {
            if ((unsigned char)tape->bytes[at] < 0x80) continue;
            for (size_t k = 0; k < sizeof typographies / sizeof *typographies; k++) {
                uint32_t length = (uint32_t)strlen(typographies[k].written);
                if (tape->length - at < length ||
                    memcmp(tape->bytes + at, typographies[k].written, length) != 0)
                    continue;
                splices[count++] = (struct text_edit){at, at + length, typographies[k].meant,
                                                      (uint32_t)strlen(typographies[k].meant)};
                at += length - 1;
                break;
            }
        }
    }
    if (count == mark) return;
    add(list, splices, count, splices[0].start_byte, 0.5, FINDING_UNEXPECTED_TOKEN);
    name_last(list, "use plain characters", "a typographic or invisible character");
}

/* ---- remedies ---- */

/* Python 2's print >>file, a, b becomes print(a, b, file=file); a comma at its end kept the line open. */
static void print_to_file(const struct tape *tape, const struct rule_violation *violation, uint32_t chevron,
                          struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t end = chevron + 1, around = layout->enclosing[chevron], comma = LAYOUT_NONE;
    for (; end < layout->tokens.count && tokens[end].start_byte < violation->end_byte; end++) {
        bool is_comma = tape->bytes[tokens[end].start_byte] == ',' && layout->enclosing[end] == around;
        if (is_comma && comma == LAYOUT_NONE) comma = end;
    }
    uint32_t file_end = comma == LAYOUT_NONE ? end : comma;
    if (file_end == chevron + 1) return;
    uint32_t first = tokens[chevron + 1].start_byte, last = tokens[file_end - 1].end_byte;
    bool open = tape->bytes[tokens[end - 1].start_byte] == ',';
    const char *line_end = open ? "end=\" \", " : "";
    uint32_t word_end = tokens[chevron - 1].end_byte;
    if (comma == LAYOUT_NONE || comma + 1 == end) {
        char *all =
            arena_printf(list->arena, "(%sfile=%.*s)", line_end, (int)(last - first), tape->bytes + first);
        add_one(list, word_end, tokens[end - 1].end_byte, all, (uint32_t)strlen(all), violation->start_byte,
                0.4, violation->code);
        return;
    }
    char *rest =
        arena_printf(list->arena, ", %sfile=%.*s)", line_end, (int)(last - first), tape->bytes + first);
    struct text_edit splices[2] = {
        {word_end, tokens[comma + 1].start_byte, "(", 1},
        {tokens[open ? end - 2 : end - 1].end_byte, tokens[end - 1].end_byte, rest, (uint32_t)strlen(rest)}};
    add(list, splices, 2, violation->start_byte, 0.4, violation->code);
}

static void parenthesise(const struct tape *tape, const struct rule_violation *violation,
                         struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t word = layout_next(layout, violation->start_byte);
    if (word + 1 >= layout->tokens.count) return;
    uint32_t after = layout->tokens.items[word].end_byte, next = layout->tokens.items[word + 1].start_byte;
    if (next >= violation->end_byte) return;
    if (lexeme_starts(tape->bytes, tape->length, next, ">>")) {
        print_to_file(tape, violation, word + 1, list);
        return;
    }
    struct text_edit splices[2] = {{after, next, "(", 1}, {violation->end_byte, violation->end_byte, ")", 1}};
    add(list, splices, 2, violation->start_byte, 0.4, violation->code);
}

/* Behind `at`, in the column of the line that holds `like`. */
static void write_lines(const struct tape *tape, uint32_t like, uint32_t at, bool except,
                        struct variant_list *list, double cost, enum finding_code code) {
    uint32_t line = tape_line_start(tape, like), end = line;
    while (end < tape->length && (tape->bytes[end] == ' ' || tape->bytes[end] == '\t'))
        end++;
    int width = (int)(end - line);
    const char *indent = tape->bytes + line;
    char *text = except ? arena_printf(list->arena, "\n%.*sexcept Exception:\n%.*s    pass", width, indent,
                                       width, indent)
                        : arena_printf(list->arena, "\n%.*s    pass", width, indent);
    add_one(list, at, at, text, (uint32_t)strlen(text), like < at ? like : at, cost, code);
}

/* Whether an empty line follows: what comes behind it was not meant for the block above. */
static bool is_separated(const struct tape *tape, uint32_t byte) {
    uint32_t at = tape_line_end(tape, byte);
    if (at < tape->length && tape->bytes[at] == '\r') at++;
    if (at < tape->length && tape->bytes[at] == '\n') at++;
    while (at < tape->length && (tape->bytes[at] == ' ' || tape->bytes[at] == '\t'))
        at++;
    return at >= tape->length || tape_is_line_end(tape->bytes[at]);
}

/* What stands alone on its line goes with the line. */
static void remove_range(const struct tape *tape, const struct rule_violation *violation,
                         struct variant_list *list) {
    uint32_t start = violation->start_byte, end = violation->end_byte;
    uint32_t from = start, to = end;
    while (from > 0 && (tape->bytes[from - 1] == ' ' || tape->bytes[from - 1] == '\t'))
        from--;
    while (to < tape->length && (tape->bytes[to] == ' ' || tape->bytes[to] == '\t'))
        to++;
    bool ends = to == tape->length || tape_is_line_end(tape->bytes[to]);
    if (ends && (from == 0 || tape_is_line_end(tape->bytes[from - 1]))) {
        if (to < tape->length && tape->bytes[to] == '\r') to++;
        if (to < tape->length && tape->bytes[to] == '\n') to++;
        start = from;
        end = to;
    } else if (ends) {
        start = from;
        end = to;
    }
    add_one(list, start, end, "", 0, start, 0.5, violation->code);
}

static void write_texts(const struct rule_violation *violation, struct variant_list *list) {
    struct text_edit splices[RULE_WRITES_MAX];
    uint32_t start = violation->start_byte;
    for (size_t i = 0; i < violation->write_count; i++) {
        const struct rule_write *write = &violation->writes[i];
        splices[i] = (struct text_edit){write->start_byte, write->end_byte, write->text,
                                        (uint32_t)strlen(write->text)};
        if (write->start_byte < start) start = write->start_byte;
    }
    add(list, splices, violation->write_count, start, 0.5, violation->code);
}

/* A violation that was found behind other edits may lie where this tape has nothing. */
static bool lies_in(const struct tape *tape, const struct rule_violation *violation) {
    if (violation->start_byte > violation->end_byte || violation->end_byte > tape->length ||
        violation->from_start > violation->from_end || violation->from_end > tape->length)
        return false;
    for (size_t i = 0; i < violation->write_count; i++)
        if (violation->writes[i].start_byte > violation->writes[i].end_byte ||
            violation->writes[i].end_byte > tape->length ||
            (i && violation->writes[i].start_byte < violation->writes[i - 1].end_byte))
            return false;
    return true;
}

void variant_remedy(const struct tape *tape, const struct rule_violation *violation,
                    struct variant_list *list) {
    uint32_t start = violation->start_byte, end = violation->end_byte;
    if (!lies_in(tape, violation)) return;
    size_t before = list->count;
    struct text_edit quotes[2] = {{start, start + 1, "\"", 1}, {end - 1, end, "\"", 1}};
    switch (violation->remedy) {
    case REMEDY_PARENTHESES: parenthesise(tape, violation, list); break;
    case REMEDY_REMOVE: remove_range(tape, violation, list); break;
    case REMEDY_DOUBLE_QUOTES:
        if (end - start >= 2) add(list, quotes, 2, start, 0.5, violation->code);
        break;
    case REMEDY_RENAME:
        add_one(list, start, end, tape->bytes + violation->from_start,
                violation->from_end - violation->from_start, start, 0.8, violation->code);
        break;
    case REMEDY_WRITE: write_texts(violation, list); break;
    case REMEDY_EXCEPT:
        write_lines(tape, start, violation->from_end, true, list, 1.9, violation->code);
        break;
    case REMEDY_PASS:
        write_lines(tape, start, start, false, list, is_separated(tape, start) ? 1.3 : 1.9, violation->code);
        break;
    case REMEDY_NONE:
    case REMEDY_UNKNOWN: break;
    }
    if (list->count == before) return;
    static const char *const titles[] = {[REMEDY_PARENTHESES] = "put parentheses around the arguments",
                                         [REMEDY_DOUBLE_QUOTES] = "use double quotes",
                                         [REMEDY_EXCEPT] = "insert `except`",
                                         [REMEDY_PASS] = "insert `pass`"};
    const char *title =
        (size_t)violation->remedy < sizeof titles / sizeof *titles ? titles[violation->remedy] : NULL;
    name_last(list, violation->title ? violation->title : title, violation->message);
    list->items[list->count - 1].translates = violation->remedy == REMEDY_PARENTHESES;
}

void variant_propose(const struct tape *tape, uint32_t stuck_byte, struct variant_list *list) {
    propose_quotes(tape, stuck_byte, list);
    phrases_propose(tape, stuck_byte, list);
    spelling_propose(tape, stuck_byte, list);
    tags_propose(tape, list);
    propose_plain(tape, list);
    prompts_propose(tape, stuck_byte, list);
    fences_propose(tape, stuck_byte, list);
    remarks_propose(tape, stuck_byte, list);
    indenting_propose(tape, stuck_byte, list);
    joined_lines_propose(tape, stuck_byte, list);
    lost_directive_propose(tape, stuck_byte, list);
}
