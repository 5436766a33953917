/* quoting.c: first a line's quotes as bytes, because on a line whose quotes do not pair tokens say nothing of
 * strings; then its strings as tokens, where they do pair.
 *
 * Each number is a cost as in propose.h. What makes the difference is how people set quotes in prose: an
 * opening one stands behind a gap and before a letter, a closing one behind a letter and before a gap. */
#include "analysis/quoting.h"

#include <ctype.h>
#include <string.h>

#define MARKS_MAX   24 /* quotes of one line looked at */
#define SPLICES_MAX (MARKS_MAX + 2)
#define LIKE_PROSE  0.3
#define LEFT_OVER   1.6 /* of the quotes inside a text one has no partner */
#define SEPARATE    1.4
#define ESCAPE      1.8 /* quotes that do not look like those of prose */
#define PER_ESCAPE  0.2
#define MOVE        0.1
#define MOVE_DOUBT  1.3
#define FILL        0.3

static void add(struct variant_list *list, const struct text_edit *splices, size_t count, uint32_t restart,
                double cost, enum finding_code code, const char *title, const char *message) {
    variant_add(list, splices, count, cost, code, title, message);
    list->items[list->count - 1].restart_byte = restart;
}

static bool is_gap(char byte) {
    return byte == ' ' || byte == '\t';
}

/* ---- quotes of a line ---- */

struct mark {
    uint32_t byte;
    bool escaped;
};

struct line {
    const struct tape *tape;
    uint32_t start, end;
    char quote;
    struct mark marks[MARKS_MAX];
    unsigned count;
    bool odd; /* number of quotes that are not escaped */
};

static char byte_at(const struct line *line, uint32_t byte) {
    return byte >= line->start && byte < line->end ? line->tape->bytes[byte] : 0;
}

/* The first byte from `byte` on that is no gap; 0 at the end of the line. */
static char code_after(const struct line *line, uint32_t byte) {
    while (is_gap(byte_at(line, byte)))
        byte++;
    return byte_at(line, byte);
}

static char code_before(const struct line *line, uint32_t byte) {
    while (byte > line->start && is_gap(byte_at(line, byte - 1)))
        byte--;
    return byte > line->start ? byte_at(line, byte - 1) : 0;
}

static bool is_one_of(char byte, const char *set) {
    return byte && strchr(set, byte);
}

static void read_marks(struct line *line) {
    line->count = 0;
    line->odd = false;
    bool escaped = false;
    for (uint32_t at = line->start; at < line->end && line->count < MARKS_MAX; at++) {
        char byte = line->tape->bytes[at];
        if (byte == line->quote) {
            line->marks[line->count++] = (struct mark){at, escaped};
            line->odd ^= !escaped;
        }
        escaped = byte == '\\' && !escaped;
    }
}

static bool opens_code(const struct line *line, uint32_t byte) {
    char before = code_before(line, byte);
    return !before || is_one_of(before, "([{,=:+<>?&|!%~");
}

static bool closes_code(const struct line *line, uint32_t byte) {
    char after = code_after(line, byte + 1);
    return !after || is_one_of(after, ")],;}:+.?=<>!&|");
}

/* As the first quote of a word in prose; in the program's string, which begins at `start`. */
static bool opens_word(const struct line *line, uint32_t byte, uint32_t start) {
    char before = byte_at(line, byte - 1), after = byte_at(line, byte + 1);
    bool behind_escape = byte >= start + 3 && byte_at(line, byte - 2) == '\\' && is_one_of(before, "nt");
    return (byte == start + 1 || is_one_of(before, " \t([{-=:/") || behind_escape) &&
           (isalnum((unsigned char)after) || (unsigned char)after >= 0x80 || is_one_of(after, "%{$\\<_"));
}

static bool closes_word(const struct line *line, uint32_t byte, uint32_t start) {
    char before = byte_at(line, byte - 1), after = byte_at(line, byte + 1);
    if (byte_at(line, byte - 1) == '\\') before = byte_at(line, byte - 2);
    return byte > start + 1 &&
           (isalnum((unsigned char)before) || (unsigned char)before >= 0x80 ||
            is_one_of(before, "!?.%})>_")) &&
           (is_gap(after) || is_one_of(after, ".,:;!?)]}-\\/") || after == line->quote);
}

/* What the quotes between two of a line look like. */
struct inner {
    unsigned bare; /* not escaped */
    bool prose;    /* all stand as quotes stand in prose, */
    bool open;     /* but the last of them lacks its partner, */
    bool separate; /* and stands behind a separator: it rather begins a string */
};

static struct inner read_inner(const struct line *line, unsigned first, unsigned last) {
    struct inner inner = {.prose = true};
    uint32_t start = line->marks[first].byte;
    for (unsigned i = first + 1; i < last; i++) {
        const struct mark *mark = &line->marks[i];
        inner.bare += !mark->escaped;
        if (!inner.open && (opens_word(line, mark->byte, start) || mark->escaped)) {
            inner.open = true;
            inner.separate = !mark->escaped && opens_code(line, mark->byte);
        } else if (inner.open && (closes_word(line, mark->byte, start) || mark->escaped)) {
            inner.open = false;
        } else {
            inner.prose = false;
        }
    }
    return inner;
}

/* The end of the punctuation behind a last quote that was meant to stand before it: "text".) */
static uint32_t punctuation_end(const struct line *line, uint32_t byte) {
    uint32_t end = byte;
    while (is_one_of(byte_at(line, end), ".!?"))
        end++;
    return end > byte && is_one_of(code_after(line, end), "),;") ? end : byte;
}

/* The string from mark first to mark last: its quotes inside escaped, its last one behind the punctuation. */
static void propose_string(const struct line *line, unsigned first, unsigned last,
                           struct variant_list *list) {
    struct text_edit splices[SPLICES_MAX];
    size_t count = 0;
    struct inner inner = read_inner(line, first, last);
    uint32_t end = line->marks[last].byte;
    uint32_t moved = punctuation_end(line, end + 1);
    if (!inner.bare && moved == end + 1) return;
    if (inner.bare && !inner.prose && !line->odd) return;
    for (unsigned i = first + 1; i < last; i++)
        if (!line->marks[i].escaped)
            splices[count++] = (struct text_edit){line->marks[i].byte, line->marks[i].byte, "\\", 1};
    double cost = !inner.bare    ? MOVE
                  : !inner.prose ? ESCAPE + PER_ESCAPE * inner.bare
                  : !inner.open  ? LIKE_PROSE
                                 : LEFT_OVER + (inner.separate ? SEPARATE : 0);
    if (moved > end + 1) {
        splices[count++] = (struct text_edit){end, end + 1, "", 0};
        splices[count++] = (struct text_edit){moved, moved, &line->quote, 1};
    }
    add(list, splices, count, line->marks[first].byte, cost, FINDING_UNCLOSED_STRING,
        inner.bare ? "escape the quotes inside" : "move the quote behind the text",
        "the string ends before its text does");
}

/* The last quote of the line is escaped, and a string is open there: "x\"); or it is one too many: "x"\"); */
static void propose_unescape(const struct line *line, unsigned first, struct variant_list *list) {
    unsigned last = line->count - 1, escapes = 0;
    if (!line->marks[last].escaped || !closes_code(line, line->marks[last].byte)) return;
    uint32_t end = line->marks[last].byte, restart = line->marks[first].byte;
    unsigned bare = 0;
    for (unsigned i = first; i <= last; i++) {
        escapes += line->marks[i].escaped;
        bare += !line->marks[i].escaped;
    }
    const char *message = "string is not closed";
    if (bare == 1) {
        struct text_edit plain = {end - 1, end, "", 0}, doubled = {end, end, "\\", 1};
        bool path = false;
        for (uint32_t at = restart; at + 1 < end - 1; at++)
            path |= line->tape->bytes[at] == ':' && line->tape->bytes[at + 1] == '\\';
        if (escapes % 2)
            add(list, &plain, 1, restart, LIKE_PROSE, FINDING_UNCLOSED_STRING,
                "let the quote close the string", message);
        if (path || escapes % 2)
            add(list, &doubled, 1, restart, path ? LIKE_PROSE : LEFT_OVER, FINDING_UNCLOSED_STRING,
                "escape the backslash", message);
    } else if (bare == 2 && !line->marks[last - 1].escaped && line->marks[last - 1].byte + 2 == end) {
        /* The backslash stands behind the quote that it was to escape. */
        struct text_edit swap[2] = {{end - 2, end - 2, "\\", 1}, {end - 1, end, "", 0}};
        struct text_edit drop = {end - 1, end + 1, "", 0};
        bool partner = escapes % 2 == 0;
        add(list, swap, 2, restart, partner ? LIKE_PROSE : MOVE_DOUBT, FINDING_UNCLOSED_STRING,
            "escape the quote inside", message);
        add(list, &drop, 1, restart, partner ? MOVE_DOUBT : MOVE, FINDING_UNEXPECTED_TOKEN, NULL,
            "unexpected quote");
    }
}

/* All quotes of the line stand twice around text, as tables write them: ""a"": ""b"". */
static bool propose_single(const struct line *line, struct variant_list *list) {
    struct text_edit splices[SPLICES_MAX];
    size_t count = 0;
    for (unsigned i = 0; i < line->count; i += 2) {
        uint32_t byte = line->marks[i].byte;
        if (i + 1 == line->count || line->marks[i + 1].byte != byte + 1 || line->marks[i].escaped)
            return false;
        bool behind_text = isalnum((unsigned char)byte_at(line, byte - 1)),
             before_text = isalnum((unsigned char)byte_at(line, byte + 2));
        if (behind_text == before_text) return false;
        splices[count++] = (struct text_edit){byte, byte + 1, "", 0};
    }
    if (count < 2) return false;
    add(list, splices, count, line->marks[0].byte, LIKE_PROSE, FINDING_UNEXPECTED_TOKEN,
        "write each quote once", "quotes are written twice");
    return true;
}

/* Strings of the line by where code begins and ends around quotes. */
static void propose_strings(const struct line *line, struct variant_list *list) {
    unsigned first = 0;
    while (first < line->count) {
        if (line->marks[first].escaped) {
            first++;
            continue;
        }
        unsigned last = first, end = first;
        for (unsigned i = first + 1; i < line->count; i++) {
            if (line->marks[i].escaped) continue;
            end = i;
            unsigned next = i + 1;
            while (next < line->count && line->marks[next].escaped)
                next++;
            if (next == line->count ||
                (closes_code(line, line->marks[i].byte) && opens_code(line, line->marks[next].byte))) {
                last = i;
                break;
            }
        }
        if (last == first) last = end;
        if (last > first) propose_string(line, first, last, list);
        unsigned next = last + 1;
        bool rest = false;
        for (unsigned i = next; i < line->count; i++)
            rest |= !line->marks[i].escaped;
        if (!rest) {
            propose_unescape(line, first, list);
            return;
        }
        first = next;
    }
}

/* ---- quotes of strings ---- */

static char single(const struct layout *layout, const struct token *token) {
    return token && token->end_byte == token->start_byte + 1 ? layout->bytes[token->start_byte] : 0;
}

/* The quote at `from` moves to `to`. */
static void move_quote(const struct tape *tape, uint32_t from, uint32_t to, uint32_t restart, double cost,
                       struct variant_list *list) {
    const char *quote = tape->bytes + from;
    struct text_edit away = {from, from + 1, "", 0}, here = {to, to, quote, 1};
    struct text_edit splices[2] = {from < to ? away : here, from < to ? here : away};
    add(list, splices, 2, restart, cost, FINDING_UNCLOSED_STRING, "move the quote",
        "the quote stands on the wrong side");
}

/* Brackets of [start, end) opened less those closed. */
static int depth_of(const char *bytes, uint32_t start, uint32_t end) {
    int depth = 0;
    for (uint32_t at = start; at < end; at++)
        depth += bytes[at] == '(' ? 1 : bytes[at] == ')' ? -1 : 0;
    return depth;
}

/* A closed string whose first or last quote stands on the wrong side of what is beside it. */
static void propose_moves(const struct tape *tape, uint32_t first, uint32_t last, uint32_t index,
                          struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const char *bytes = layout->bytes;
    const struct token *string = &layout->tokens.items[index];
    const struct token *before = index > first ? string - 1 : NULL,
                       *after = index + 1 < last ? string + 1 : NULL;
    uint32_t start = string->start_byte, end = string->end_byte - 1;
    if (!is_one_of(bytes[end], "\"'") || bytes[start] != bytes[end] || end == start) return;
    if (end > start + 1 && bytes[start + 1] == bytes[start]) return; /* of three quotes none moves alone */
    bool format = memchr(bytes + start, '%', end - start) != NULL;
    /* (3"%d", x): what is glued to the string belongs to it. */
    if (before && before->end_byte == start && (before->kind == TOKEN_NUMBER || token_is_name(before)) &&
        index > first + 1 && is_one_of(single(layout, before - 1), "(,["))
        move_quote(tape, start, before->start_byte, before->start_byte,
                   before->kind == TOKEN_NUMBER ? MOVE : MOVE_DOUBT, list);
    const struct token *further = index + 2 < last ? string + 2 : NULL;
    bool data =
        layout->language->flags & LANGUAGE_DATA; /* where a word behind a string is more likely a slip */
    if (after && after->start_byte == string->end_byte && !format &&
        (after->kind == TOKEN_NUMBER || (token_is_name(after) && !data)) &&
        (!further || is_one_of(single(layout, further), "),;]}")))
        move_quote(tape, end, after->end_byte, start,
                   end == start + 1 || after->kind == TOKEN_NUMBER ? MOVE : MOVE_DOUBT, list);
    /* "%d,"x: the separator is the program's. */
    uint32_t text_end = end;
    while (text_end > start + 1 && is_gap(bytes[text_end - 1]))
        text_end--;
    if (text_end > start + 2 && bytes[text_end - 1] == ',' && bytes[text_end - 2] != ',' && after &&
        (after->kind == TOKEN_NUMBER || after->kind == TOKEN_STRING || token_is_name(after)))
        move_quote(tape, end, text_end - 1, start, MOVE, list);
    /* {"a:" 1}: likewise. */
    if (data && text_end > start + 2 && bytes[text_end - 1] == ':' && after && single(layout, after) != ':' &&
        index > 0 && is_one_of(single(layout, string - 1), "{,"))
        move_quote(tape, end, text_end - 1, start, MOVE, list);
    /* puts("text); with the quote behind the closer, puts "(text)" with both outside. */
    uint32_t closer = end;
    while (closer > start + 1 && is_one_of(bytes[closer - 1], ");"))
        closer--;
    int open = depth_of(bytes, tape_line_start(tape, start), start);
    bool ends_line = !after || single(layout, after) == ';';
    if (closer < end && closer > start + 1 && bytes[closer] == ')' && open > 0 && ends_line &&
        depth_of(bytes, start, end) == -open)
        move_quote(tape, end, closer, start, MOVE, list);
    if (before && token_is_name(before) && bytes[start + 1] == '(' && end > start + 2 &&
        !(layout->language->flags & LANGUAGE_LAYOUT)) {
        struct text_edit splices[4] = {{start, start + 1, "", 0}, {start + 2, start + 2, bytes + start, 1}};
        size_t count = 2;
        if (bytes[end - 1] == ')' && end > start + 3) {
            splices[count++] = (struct text_edit){end - 1, end - 1, bytes + end, 1};
            splices[count++] = (struct text_edit){end, end + 1, "", 0};
        }
        add(list, splices, count, start, MOVE, FINDING_UNCLOSED_STRING, "put the quotes inside the brackets",
            "the quotes stand on the wrong side");
    }
}

/* "a," at the end of a line, with the next member behind it. */
static void propose_comma_above(const struct tape *tape, uint32_t first, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (first == 0 || layout->enclosing[first] == LAYOUT_NONE) return;
    const struct token *member = &layout->tokens.items[first], *string = member - 1;
    uint32_t start = string->start_byte, end = string->end_byte - 1;
    if (string->kind != TOKEN_STRING || end < start + 3 || tape->bytes[start] != tape->bytes[end]) return;
    if (tape->bytes[end - 1] != ',' || is_one_of(tape->bytes[end - 2], ", \\")) return;
    if (member->kind == TOKEN_STRING || member->kind == TOKEN_NUMBER || token_is_name(member))
        move_quote(tape, end, end - 1, start, MOVE, list);
}

/* ---- characters ---- */

/* Two quotes with nothing between them where one character has to stand: most often a space was meant. */
static void fill_character(const struct tape *tape, uint32_t first, uint32_t last,
                           struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!language_has_characters(layout->language)) return;
    for (uint32_t i = first; i < last; i++) {
        const struct token *token = &layout->tokens.items[i];
        const char *bytes = layout->bytes + token->start_byte;
        bool empty = token->end_byte - token->start_byte == 2 && bytes[0] == '\'' && bytes[1] == '\'';
        if (!empty) continue;
        struct text_edit space = {token->start_byte + 1, token->start_byte + 1, " ", 1};
        add(list, &space, 1, token->start_byte, FILL, FINDING_MISSING_TOKEN, "put a space between the quotes",
            "a character literal holds a character");
    }
}

void quoting_propose(const struct tape *tape, uint32_t first, uint32_t last, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (first >= last) return;
    bool strays = false, glued = false;
    for (uint32_t i = first; i < last; i++) {
        const struct token *token = &layout->tokens.items[i];
        strays |= token->kind == TOKEN_QUOTE;
        glued |= i > first && token[-1].kind == TOKEN_STRING && token->kind != TOKEN_CLOSE &&
                 !is_one_of(single(layout, token), ",;:");
    }
    uint32_t stop = layout->tokens.items[last - 1].end_byte;
    struct line line = {.tape = tape,
                        .start = layout->tokens.items[first].start_byte,
                        .end = tape_line_end(tape, layout->tokens.items[first].start_byte)};
    if (stop < line.end) line.end = stop;
    static const char quotes[] = "\"'";
    for (int i = 0; i < 2 && (strays || glued); i++) {
        line.quote = quotes[i];
        if (!language_has_strings_in(layout->language, quotes[i])) continue;
        read_marks(&line);
        if (line.count >= 2 && line.count < MARKS_MAX && !propose_single(&line, list))
            propose_strings(&line, list);
    }
    for (uint32_t i = first; i < last; i++)
        if (layout->tokens.items[i].kind == TOKEN_STRING) propose_moves(tape, first, last, i, list);
    propose_comma_above(tape, first, list);
    fill_character(tape, first, last, list);
}
