#include "analysis/remarks.h"

#include <string.h>

#define LINES_MAX   64 /* of one run with the same foreign mark */
#define LINE_MARK   0.3
#define BEHIND_CODE 0.8
#define PROSE       1.0
#define DROP_PROSE  1.2
#define PROSE_WORDS 3 /* side by side */
#define LINE_TOKENS 64

/* ---- comments that are not closed ---- */

static void add_one(struct variant_list *list, uint32_t start, uint32_t end, const char *text,
                    uint32_t length, uint32_t restart, double cost) {
    struct text_edit splice = {start, end, text, length};
    variant_add(list, &splice, 1, cost, FINDING_UNCLOSED_COMMENT, NULL, NULL);
    list->items[list->count - 1].restart_byte = restart;
}

static void close_comments(const struct tape *tape, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const char *close = layout->language->block_close;
    if (!close) return;
    uint32_t length = (uint32_t)strlen(close);
    unsigned found = 0;
    for (uint32_t i = 0; i < layout->tokens.count && found < 4; i++) {
        const struct token *token = &layout->tokens.items[i];
        if (token->kind != TOKEN_COMMENT_OPEN) continue;
        found++;
        char text[8] = " ";
        memcpy(text + 1, close, length);
        uint32_t end = tape_trimmed_end(tape, token->end_byte, tape_line_end(tape, token->end_byte));
        add_one(list, end, end, text, length + 1, token->start_byte, 0.8);
        /* A comment of several lines ends where its lines stop looking alike: before a blank or a less
         * indented line. */
        uint32_t line = end;
        for (unsigned lines = 0; lines < 24 && line < tape->length; lines++) {
            uint32_t start = line;
            while (start < tape->length && tape_is_line_end(tape->bytes[start]))
                start++;
            if (start >= tape->length) break;
            uint32_t stop = tape_line_end(tape, start);
            uint32_t from = start;
            while (from < stop && (tape->bytes[from] == ' ' || tape->bytes[from] == '\t'))
                from++;
            if (from < stop && tape->bytes[from] != '*') break;
            line = stop;
            uint32_t place = tape_trimmed_end(tape, start, stop);
            if (place > start)
                add_one(list, place, place, text, length + 1, token->start_byte, lines ? 1.0 : 0.9);
        }
        add_one(list, token->start_byte, token->end_byte, "", 0, token->start_byte, 2.4);
    }
}

/* ---- marks of other languages ---- */

/* The mark of another language that the bytes at `byte` are; NULL when they are none. */
static const char *foreign_mark(const struct tape *tape, uint32_t byte) {
    static const char *const marks[] = {"//", "#", "--"};
    const struct language *language = tape->layout.language;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        uint32_t length = (uint32_t)strlen(marks[i]);
        if (tape->length - byte < length || memcmp(tape->bytes + byte, marks[i], length) != 0) continue;
        bool own = strcmp(marks[i], language->line_comment) == 0;
        bool directive = marks[i][0] == '#' && language->flags & LANGUAGE_PREPROCESSOR;
        char after = byte + length < tape->length ? tape->bytes[byte + length] : '\n';
        bool text =
            after == ' ' || after == '\t' || tape_is_line_end(after) || (after == '#' && marks[i][0] == '#');
        return own || directive || (!text && marks[i][0] != '/') ? NULL : marks[i];
    }
    return NULL;
}

static uint32_t column_of(const struct tape *tape, uint32_t byte) {
    uint32_t line = tape_line_start(tape, byte);
    return tape_text_start(tape, line) - line;
}

/* Whether [start, end) are all lines of a block of Python, which needs a statement besides comments. */
static bool fills_block(const struct tape *tape, uint32_t start, uint32_t end) {
    const struct layout *layout = &tape->layout;
    uint32_t head = layout_previous(layout, start), behind = layout_next(layout, end);
    if (!(layout->language->flags & LANGUAGE_LAYOUT) || head == LAYOUT_NONE) return false;
    uint32_t column = column_of(tape, layout->tokens.items[head].start_byte);
    return layout_spells(layout, head, ":") && column_of(tape, start) > column &&
           (behind >= layout->tokens.count ||
            column_of(tape, layout->tokens.items[behind].start_byte) <= column);
}

/* All lines of the run that begin with the mark become comments together. */
static void translate_lines(const struct tape *tape, uint32_t line, const char *mark,
                            struct variant_list *list) {
    struct text_edit splices[LINES_MAX + 1];
    size_t count = 0;
    const char *own = tape->layout.language->line_comment;
    for (unsigned lines = 1; line > 0 && lines < LINES_MAX / 2; lines++) {
        uint32_t above = tape_line_start(tape, line - 1);
        if (foreign_mark(tape, tape_text_start(tape, above)) != mark) break;
        line = above;
    }
    for (; count < LINES_MAX && line < tape->length; line = tape_line_behind(tape, line)) {
        uint32_t start = tape_text_start(tape, line);
        if (foreign_mark(tape, start) != mark) break;
        splices[count++] =
            (struct text_edit){start, start + (uint32_t)strlen(mark), own, (uint32_t)strlen(own)};
    }
    if (!count) return;
    uint32_t first = splices[0].start_byte, last = splices[count - 1].start_byte;
    if (fills_block(tape, first, line)) {
        uint32_t end = tape_line_end(tape, last), start = tape_line_start(tape, last);
        const char *pass = arena_printf(list->arena, "\n%.*spass", (int)(last - start), tape->bytes + start);
        splices[count++] = (struct text_edit){end, end, pass, (uint32_t)strlen(pass)};
    }
    variant_add(list, splices, count, LINE_MARK, FINDING_WRONG_TOKEN, NULL,
                arena_printf(list->arena, "a comment begins with `%s` here", own));
}

static void translate_marks(const struct tape *tape, uint32_t line, struct variant_list *list) {
    uint32_t start = tape_text_start(tape, line), end = tape_line_end(tape, line);
    const char *mark = start < end ? foreign_mark(tape, start) : NULL;
    if (mark) {
        translate_lines(tape, line, mark, list);
        return;
    }
    const char *own = tape->layout.language->line_comment;
    for (uint32_t at = start + 1; at + 1 < end; at++) {
        if (tape->bytes[at - 1] != ' ' && tape->bytes[at - 1] != '\t') continue;
        mark = foreign_mark(tape, at);
        if (!mark) continue;
        struct text_edit splice = {at, at + (uint32_t)strlen(mark), own, (uint32_t)strlen(own)};
        variant_add(list, &splice, 1, BEHIND_CODE, FINDING_WRONG_TOKEN, NULL,
                    arena_printf(list->arena, "a comment begins with `%s` here", own));
        return;
    }
}

/* ---- plain text ---- */

/* Whether the tokens [first, last) of a line are words as people speak: several side by side that are no
 * keywords, and between words nothing but punctuation. */
static bool is_prose(const struct layout *layout, uint32_t first, uint32_t last) {
    unsigned run = 0, longest = 0;
    if (layout->tokens.items[first].flags & TOKEN_KEYWORD) return false; /* a statement begins so */
    for (uint32_t i = first; i < last; i++) {
        const struct token *token = &layout->tokens.items[i];
        bool word = token->kind == TOKEN_WORD;
        bool mark = layout_width(layout, i) == 1 && strchr(".,!?:;'-", layout_char(layout, i));
        if (!word && !mark && token->kind != TOKEN_NUMBER) return false;
        run = word && !(token->flags & TOKEN_KEYWORD) ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    return longest >= PROSE_WORDS;
}

static void take_prose(const struct tape *tape, uint32_t first, uint32_t last, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!is_prose(layout, first, last)) return;
    uint32_t start = layout->tokens.items[first].start_byte;
    uint32_t line = tape_line_start(tape, start), behind = tape_line_behind(tape, start);
    char text[8];
    uint32_t length = (uint32_t)strlen(layout->language->line_comment);
    memcpy(text, layout->language->line_comment, length);
    text[length++] = ' ';
    struct text_edit comment = {start, start, text, length}, drop = {line, behind, "", 0};
    const char *message = "this reads as text, not as code";
    variant_add(list, &comment, 1, PROSE, FINDING_UNEXPECTED_TOKEN, "make it a comment", message);
    variant_add(list, &drop, 1, DROP_PROSE, FINDING_UNEXPECTED_TOKEN, "remove the line", message);
}

void remarks_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    close_comments(tape, list);
    const char *own = layout->language->line_comment;
    if (!own || strlen(own) > 4 || layout->language->flags & LANGUAGE_COMMENTS_REFUSED) return;
    uint32_t next = layout_next(layout, stuck), count = (uint32_t)layout->tokens.count, seen = LAYOUT_NONE;
    for (uint32_t at = next > 0 ? next - 1 : 0; at <= next && at < count; at++) {
        uint32_t number = layout->tokens.items[at].line, first = at, last = at;
        if (number == seen) continue;
        seen = number;
        translate_marks(tape, tape_line_start(tape, layout->tokens.items[at].start_byte), list);
        while (first > 0 && at - first < LINE_TOKENS && layout->tokens.items[first - 1].line == number)
            first--;
        while (last < count && last - at < LINE_TOKENS && layout->tokens.items[last].line == number)
            last++;
        take_prose(tape, first, last, list);
    }
}
