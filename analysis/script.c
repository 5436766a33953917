#include "analysis/script.h"

#include "base/str.h"
#include "base/vec.h"

#include <string.h>

#define CLUSTER_TOKENS 4  /* ops with at most this many tokens between them on a line are one mistake */
#define TITLE_OPS_MAX  3  /* more are counted instead of named */
#define EXCERPT_MAX    32 /* bytes of source shown in a message */

/* A text edit under construction, with the ops it came from. */
struct piece {
    uint32_t start_byte, end_byte; /* in the slice */
    struct str text;
    uint32_t first_op, last_op;
};

struct pieces {
    VEC_FIELDS(struct piece);
};

static bool is_space(char byte) {
    return byte == ' ' || byte == '\t';
}

static bool is_word_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

static void piece_add(struct pieces *pieces, uint32_t start, uint32_t end, const char *text, size_t length,
                      uint32_t op) {
    struct piece piece = {.start_byte = start, .end_byte = end, .first_op = op, .last_op = op};
    str_init(&piece.text);
    str_add(&piece.text, text, length);
    vec_push(pieces, piece);
}

/* ---- where and how a symbol is written ---- */

struct spot {
    uint32_t start_byte, end_byte; /* on the tape */
    struct str text;
};

/* The newline style and indentation of the line that holds byte. */
static void add_new_line(struct str *text, const struct tape *tape, uint32_t indent_of) {
    str_adds(text, tape_line_break(tape));
    uint32_t line = indent_of;
    while (line > 0 && !tape_is_line_end(tape->bytes[line - 1]))
        line--;
    uint32_t end = line;
    while (end < tape->length && is_space(tape->bytes[end]))
        end++;
    str_add(text, tape->bytes + line, end - line);
}

static bool has_line_break(const struct tape *tape, uint32_t start, uint32_t end) {
    for (uint32_t i = start; i < end; i++)
        if (tape_is_line_end(tape->bytes[i])) return true;
    return false;
}

static uint32_t line_end_after(const struct tape *tape, uint32_t byte) {
    while (byte < tape->length && !tape_is_line_end(tape->bytes[byte]))
        byte++;
    while (byte > 0 && is_space(tape->bytes[byte - 1]))
        byte--;
    return byte;
}

/* The bracket that a closer inserted behind `after` closes; LAYOUT_NONE when the layout knows none. */
static uint32_t opener_of(const struct layout *layout, const struct op *op, uint32_t after, char closer) {
    const struct layout_hint *hint = layout_hint_at(layout, layout_gap(layout, after), closer);
    uint32_t opener = hint ? hint->partner : layout_enclosing(layout, op->start_byte);
    if (opener == LAYOUT_NONE || layout_closer(layout_char(layout, opener)) != closer) return LAYOUT_NONE;
    return opener;
}

/* A closer goes on a line of its own when its block, or what its bracket holds, has lines of its own. */
static bool wants_own_line(const struct tape *tape, uint32_t opener, uint32_t after, uint32_t before) {
    const struct layout *layout = &tape->layout;
    if (opener == LAYOUT_NONE) return false;
    const struct token *token = &layout->tokens.items[opener];
    bool lines = layout_char(layout, opener) == '{' || token->flags & TOKEN_LINE_END;
    if (!lines || !has_line_break(tape, token->end_byte, after)) return false;
    return before >= tape->length || has_line_break(tape, after, before);
}

static uint32_t line_begin(const struct tape *tape, uint32_t byte) {
    while (byte > 0 && !tape_is_line_end(tape->bytes[byte - 1]))
        byte--;
    return byte;
}

static uint32_t skip_spaces(const struct tape *tape, uint32_t byte) {
    while (byte < tape->length && is_space(tape->bytes[byte]))
        byte++;
    return byte;
}

static uint32_t next_line(const struct tape *tape, uint32_t byte) {
    while (byte < tape->length && !tape_is_line_end(tape->bytes[byte]))
        byte++;
    if (byte + 1 < tape->length && tape->bytes[byte] == '\r' && tape->bytes[byte + 1] == '\n') byte++;
    return byte < tape->length ? byte + 1 : byte;
}

/* Where a line of its own for the closer belongs between two tokens: behind the comments that are as deep as
 * the block; on an empty line that is indented as the closer will be, as one is from which it was deleted.
 * Says whether it is such a line. */
static bool place_line(const struct tape *tape, uint32_t head, uint32_t after, uint32_t before,
                       uint32_t *ret_byte) {
    uint32_t model = line_begin(tape, head), width = skip_spaces(tape, model) - model;
    uint32_t last = line_end_after(tape, after); /* end of the block's last line */
    uint32_t blank = UINT32_MAX, blanks = 0;
    for (uint32_t line = next_line(tape, after); line < before || (line == before && before < tape->length);
         line = next_line(tape, line)) {
        uint32_t text = skip_spaces(tape, line);
        if (text >= before && before < tape->length) break;
        if (text >= tape->length || tape_is_line_end(tape->bytes[text])) {
            blanks++;
            bool alike = text - line == width && !memcmp(tape->bytes + line, tape->bytes + model, width);
            if (alike && (blank == UINT32_MAX || (width == 0 && before >= tape->length))) blank = text;
        } else if (text - line > width) {
            last = line_end_after(tape, text);
            blank = UINT32_MAX;
            blanks = 0;
        } else {
            break;
        }
        if (line + 1 >= tape->length) break;
    }
    /* At the left margin empty lines are what separates two blocks. */
    uint32_t separating = tape->layout.language->flags & LANGUAGE_LAYOUT ? 2 : 1;
    if (blank != UINT32_MAX && (width > 0 || blanks > separating || before >= tape->length)) {
        *ret_byte = blank;
        return true;
    }
    *ret_byte = last;
    return false;
}

/* A closer that begins its line, indented like the line of the bracket to be closed: they end together. */
static bool joins_closer(const struct layout *layout, const struct op *op, uint32_t next) {
    const struct token *closer = &layout->tokens.items[next];
    uint32_t opener = layout_enclosing(layout, op->start_byte);
    if (closer->kind != TOKEN_CLOSE || !(closer->flags & TOKEN_LINE_START) || opener == LAYOUT_NONE)
        return false;
    const struct token *open = &layout->tokens.items[opener];
    return open->indent == closer->indent && open->line != closer->line &&
           layout->match[opener] == LAYOUT_NONE;
}

/* What goes on with the statement that a block's closer ends: the closer stands before it on its line, where
 * it has left a gap or where a line's end would end the statement. */
static bool joins_word(const struct layout *layout, uint32_t opener, uint32_t next) {
    static const char *const words[] = {"else", "catch", "finally"};
    if (opener == LAYOUT_NONE || next >= layout->tokens.count) return false;
    if (!(layout->tokens.items[next].flags & TOKEN_LINE_START)) return false;
    if (layout->language->flags & LANGUAGE_SEMICOLONS &&
        layout->tokens.items[next].indent <= layout->tokens.items[layout_head(layout, opener)].indent)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (layout_spells(layout, next, words[i])) return true;
    return false;
}

/* Whether the brace to be closed is followed by a space, as in `{ a, b }`. */
static bool has_inner_space(const struct layout *layout, uint32_t byte) {
    uint32_t opener = layout_enclosing(layout, byte);
    if (opener == LAYOUT_NONE || layout_char(layout, opener) != '{') return false;
    uint32_t end = layout->tokens.items[opener].end_byte;
    return end < layout->length && is_space(layout->bytes[end]);
}

/* Whether a symbol between two lines belongs to the second: where the first ends a statement, or opens what
 * the second begins. What a line still lacks stands at its end. */
static bool begins_line(const struct tape *tape, const struct op *op, const struct symbol *symbol,
                        uint32_t previous, uint32_t next) {
    const struct layout *layout = &tape->layout;
    if (symbol->class == SYMBOL_CLOSER || symbol->class == SYMBOL_SEPARATOR || next >= layout->tokens.count ||
        layout->tokens.items[next].kind == TOKEN_CLOSE)
        return false;
    if (previous == LAYOUT_NONE) return true;
    const struct token *before = &layout->tokens.items[previous];
    if (symbol->class == SYMBOL_OPENER && layout_hint_at(layout, before->end_byte, symbol->text[0]))
        return false;
    if (!has_line_break(tape, before->end_byte, layout->tokens.items[next].start_byte)) return false;
    char sign = layout_char(layout, previous);
    if (sign == ':' && layout->language->flags & LANGUAGE_LAYOUT) /* a deeper line is the head's body */
        return layout->tokens.items[next].indent > before->indent;
    if (before->kind == TOKEN_OPERATOR) return sign == ';' || sign == ',';
    bool ended = has_line_break(tape, before->end_byte, op->byte); /* the line's end has been read */
    if (ended || before->kind == TOKEN_OPEN) return true;
    return symbol->class == SYMBOL_WORD || sign == '}';
}

static void place_insert(const struct tape *tape, const struct op *op, const struct symbol *symbol,
                         struct spot *spot) {
    const struct layout *layout = &tape->layout;
    uint32_t previous = layout_previous(layout, op->start_byte);
    uint32_t after = previous == LAYOUT_NONE ? 0 : layout->tokens.items[previous].end_byte;
    /* The next token as people see it: the grammar's may be an invisible line end. */
    uint32_t next = layout_next(layout, op->start_byte);
    uint32_t before = next < layout->tokens.count ? layout->tokens.items[next].start_byte : tape->length;
    if (after > before) after = before;
    bool broken = before >= tape->length || has_line_break(tape, after, before);
    bool gap = after < before;
    bool plain_gap = gap && !broken;
    for (uint32_t i = after; i < before && plain_gap; i++)
        plain_gap = is_space(tape->bytes[i]);
    bool after_word = previous != LAYOUT_NONE && layout->tokens.items[previous].kind == TOKEN_WORD;
    bool after_keyword = after_word && layout->tokens.items[previous].flags & TOKEN_KEYWORD;
    spot->start_byte = spot->end_byte = after;
    uint32_t opener = opener_of(layout, op, after, symbol->text[0]);
    bool next_line = begins_line(tape, op, symbol, previous, next);
    switch (symbol->class) {
    case SYMBOL_CLOSER:
        if (next < layout->tokens.count && joins_closer(layout, op, next)) {
            spot->start_byte = spot->end_byte = before; /* `)` on its own line becomes `})` */
        } else if (symbol->text[0] == '}' && joins_word(layout, opener, next)) {
            spot->start_byte = spot->end_byte = before;
            str_adds(&spot->text, "} ");
            break;
        } else if (wants_own_line(tape, opener, after, before)) {
            uint32_t head = layout->tokens.items[layout_head(layout, opener)].start_byte;
            bool is_blank = place_line(tape, head, after, before, &spot->start_byte);
            spot->end_byte = spot->start_byte;
            if (!is_blank) add_new_line(&spot->text, tape, head);
        } else if (symbol->text[0] == '}' && after > 0 &&
                   (tape->bytes[after - 1] == ';' || has_inner_space(layout, op->start_byte))) {
            if (plain_gap)
                spot->start_byte = spot->end_byte = before;
            else
                str_addc(&spot->text, ' ');
        }
        str_adds(&spot->text, symbol->text);
        break;
    case SYMBOL_SEPARATOR:
        str_adds(&spot->text, symbol->text);
        if (!gap && before < tape->length && symbol->text[0] != ';') str_addc(&spot->text, ' ');
        break;
    case SYMBOL_OPENER:
        if (next_line) {
            spot->start_byte = spot->end_byte = before;
        } else if (symbol->text[0] == '{') {
            if (after > 0 && !is_space(tape->bytes[after - 1])) str_addc(&spot->text, ' ');
        } else if (plain_gap && after_word && !after_keyword) {
            spot->end_byte = before; /* f x) becomes f(x) */
        } else if (!broken) {
            spot->start_byte = spot->end_byte = before;
        } else if (after_keyword) {
            str_addc(&spot->text, ' ');
        }
        str_adds(&spot->text, symbol->text);
        break;
    case SYMBOL_OPERATOR:
        if (next_line) {
            spot->start_byte = spot->end_byte = before;
        } else if (!strcmp(symbol->text, ".") || !strcmp(symbol->text, "->") || !strcmp(symbol->text, "::")) {
            if (plain_gap) spot->end_byte = before;
        } else if (plain_gap && strcmp(symbol->text, ">") != 0) {
            str_addc(&spot->text, ' ');
        }
        str_adds(&spot->text, symbol->text);
        break;
    default:
        if (broken && !next_line) {
            if (after > 0) str_addc(&spot->text, ' ');
            str_adds(&spot->text, symbol->text);
        } else {
            spot->start_byte = spot->end_byte = before;
            if (before > 0 && is_word_byte(tape->bytes[before - 1])) str_addc(&spot->text, ' ');
            str_adds(&spot->text, symbol->text);
            if (is_word_byte(tape->bytes[before]) || gap) str_addc(&spot->text, ' ');
        }
    }
}

/* The range to delete so that no hole stays behind: a line of its own goes with its line end. */
static void widen_removal(const struct tape *tape, uint32_t *start, uint32_t *end) {
    uint32_t from = *start, to = *end;
    while (from > 0 && is_space(tape->bytes[from - 1]))
        from--;
    while (to < tape->length && is_space(tape->bytes[to]))
        to++;
    bool begins = from == 0 || tape_is_line_end(tape->bytes[from - 1]);
    bool ends = to == tape->length || tape_is_line_end(tape->bytes[to]);
    if (begins && ends) {
        if (to < tape->length && tape->bytes[to] == '\r') to++;
        if (to < tape->length && tape->bytes[to] == '\n') to++;
        *start = from;
        *end = to;
    } else if (ends || (!begins && to < tape->length && strchr(")]},;:", tape->bytes[to]))) {
        *start = from;
    } else if (from < *start && to > *end) {
        *end = to; /* one of the two gaps stays */
    } else if (begins) {
        *end = to;
    }
}

static void add_removal(struct pieces *pieces, const struct script_input *input, uint32_t index,
                        uint32_t last) {
    const struct op *op = &input->ops[index];
    const struct tape *tape = input->tapes->items[op->tape];
    uint32_t start = op->start_byte, end = input->ops[last].end_byte;
    widen_removal(tape, &start, &end);
    bool joins = start > 0 && end < tape->length && is_word_byte(tape->bytes[start - 1]) &&
                 is_word_byte(tape->bytes[end]);
    piece_add(pieces, tapes_origin(input->tapes, op->tape, start), tapes_origin(input->tapes, op->tape, end),
              " ", joins, index);
    pieces->items[pieces->count - 1].last_op = last;
}

static void add_replacement(struct pieces *pieces, const struct script_input *input, uint32_t index) {
    const struct op *op = &input->ops[index];
    const struct tape *tape = input->tapes->items[op->tape];
    const struct symbol *symbol = &input->symbols->items[op->symbol];
    struct str text;
    str_init(&text);
    bool word = is_word_byte(symbol->text[0]);
    if (word && op->start_byte > 0 && is_word_byte(tape->bytes[op->start_byte - 1])) str_addc(&text, ' ');
    str_adds(&text, symbol->text);
    if (word && op->end_byte < tape->length && is_word_byte(tape->bytes[op->end_byte])) str_addc(&text, ' ');
    piece_add(pieces, tapes_origin(input->tapes, op->tape, op->start_byte),
              tapes_origin(input->tapes, op->tape, op->end_byte), text.bytes, text.length, index);
    str_finish(&text);
}

/* The bracket that a closer closes when other closers were inserted at the same place before it. */
static uint32_t outer_opener(const struct tape *tape, const struct script_input *input, uint32_t index) {
    const struct op *op = &input->ops[index];
    uint32_t opener = layout_enclosing(&tape->layout, op->start_byte);
    for (uint32_t i = index; i-- > 0 && opener != LAYOUT_NONE;) {
        const struct op *before = &input->ops[i];
        if (before->kind != OP_INSERT || before->byte != op->byte || before->tape != op->tape) break;
        if (input->symbols->items[before->symbol].class == SYMBOL_CLOSER)
            opener = tape->layout.enclosing[opener];
    }
    if (opener == LAYOUT_NONE) return LAYOUT_NONE;
    return layout_closer(layout_char(&tape->layout, opener)) == input->symbols->items[op->symbol].text[0]
               ? opener
               : LAYOUT_NONE;
}

/* Whether the bracket ended its line, and the place to close it is the end of a line: then so does its
 * closer. */
static bool closes_lines(const struct tape *tape, const struct op *op, uint32_t opener) {
    const struct layout *layout = &tape->layout;
    uint32_t next = layout_next(layout, op->start_byte);
    bool at_line_end = next >= layout->tokens.count || layout->tokens.items[next].flags & TOKEN_LINE_START;
    return at_line_end && layout->tokens.items[opener].flags & TOKEN_LINE_END;
}

static void add_insertion(struct pieces *pieces, const struct script_input *input, uint32_t index) {
    const struct op *op = &input->ops[index];
    const struct tape *tape = input->tapes->items[op->tape];
    const struct symbol *symbol = &input->symbols->items[op->symbol];
    if (index > 0 && pieces->count) { /* several symbols at one place are written one after the other */
        const struct op *before = op - 1;
        struct piece *last = &pieces->items[pieces->count - 1];
        bool same = before->tape == op->tape && before->byte == op->byte && before->kind == OP_INSERT;
        bool replaced =
            before->tape == op->tape && before->kind == OP_REPLACE && op->byte == before->end_byte;
        if ((same || replaced) && last->last_op == index - 1) {
            uint32_t opener = symbol->class == SYMBOL_CLOSER ? outer_opener(tape, input, index) : LAYOUT_NONE;
            if (opener != LAYOUT_NONE && closes_lines(tape, op, opener)) {
                add_new_line(&last->text, tape, tape->layout.tokens.items[opener].start_byte);
                str_adds(&last->text, symbol->text);
                last->last_op = index;
                return;
            }
            bool words = last->text.length && is_word_byte(last->text.bytes[last->text.length - 1]) &&
                         is_word_byte(symbol->text[0]);
            if (words || symbol->text[0] == '{') str_addc(&last->text, ' ');
            str_adds(&last->text, symbol->text);
            last->last_op = index;
            return;
        }
    }
    struct spot spot;
    str_init(&spot.text);
    place_insert(tape, op, symbol, &spot);
    piece_add(pieces, tapes_origin(input->tapes, op->tape, spot.start_byte),
              tapes_origin(input->tapes, op->tape, spot.end_byte), spot.text.bytes, spot.text.length, index);
    str_finish(&spot.text);
}

static void add_splices(struct pieces *pieces, const struct script_input *input, uint32_t index) {
    const struct op *op = &input->ops[index];
    const struct tape *tape = input->tapes->items[op->tape];
    for (size_t i = 0; i < tape->splice_count; i++) {
        const struct text_edit *splice = &tape->splices[i];
        piece_add(pieces, tapes_origin(input->tapes, tape->base, splice->start_byte),
                  tapes_origin(input->tapes, tape->base, splice->end_byte), splice->new_bytes,
                  splice->new_length, index);
    }
}

/* Ascending, touching ones joined, so that edits never overlap. */
static void settle(struct pieces *pieces) {
    for (size_t i = 1; i < pieces->count; i++) {
        struct piece piece = pieces->items[i];
        size_t at = i;
        for (; at > 0 && pieces->items[at - 1].start_byte > piece.start_byte; at--)
            pieces->items[at] = pieces->items[at - 1];
        pieces->items[at] = piece;
    }
    size_t kept = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        struct piece *piece = &pieces->items[i], *last = kept ? &pieces->items[kept - 1] : NULL;
        if (last && (piece->start_byte < last->end_byte ||
                     (piece->start_byte == last->end_byte && last->start_byte == piece->start_byte))) {
            str_add(&last->text, piece->text.bytes, piece->text.length);
            if (piece->end_byte > last->end_byte) last->end_byte = piece->end_byte;
            if (piece->first_op < last->first_op) last->first_op = piece->first_op;
            if (piece->last_op > last->last_op) last->last_op = piece->last_op;
            str_finish(&piece->text);
        } else {
            pieces->items[kept++] = *piece;
        }
    }
    pieces->count = kept;
}

/* ---- words ---- */

static char *excerpt(struct arena *arena, const char *bytes, uint32_t length) {
    uint32_t shown = length < EXCERPT_MAX ? length : EXCERPT_MAX;
    while (shown < length && shown > 0 && ((unsigned char)bytes[shown] & 0xC0) == 0x80)
        shown--; /* not in the middle of a character */
    for (uint32_t i = 0; i < shown; i++)
        if ((unsigned char)bytes[i] < ' ') shown = i;
    return arena_printf(arena, "%.*s%s", (int)shown, bytes, shown < length ? "..." : "");
}

/* Of a splice that is about spaces alone: what it does to lines; NULL for any other. */
static const char *lines_title(const char *old, uint32_t old_length, const char *new, uint32_t new_length) {
    bool had_end = false, has_end = false;
    for (uint32_t i = 0; i < old_length; i++) {
        if (!strchr(" \t\r\n", old[i]) || !old[i]) return NULL;
        had_end |= tape_is_line_end(old[i]);
    }
    for (uint32_t i = 0; i < new_length; i++) {
        if (!strchr(" \t\r\n", new[i]) || !new[i]) return NULL;
        has_end |= tape_is_line_end(new[i]);
    }
    if (had_end == has_end) return NULL;
    return had_end ? "join the lines" : "break the line";
}

static const char *op_title(const struct script_input *input, uint32_t index, struct arena *arena) {
    const struct op *op = &input->ops[index];
    const struct tape *tape = input->tapes->items[op->tape];
    switch (op->kind) {
    case OP_INSERT: return arena_printf(arena, "insert `%s`", input->symbols->items[op->symbol].text);
    case OP_REMOVE:
        return arena_printf(arena, "remove `%s`",
                            excerpt(arena, tape->bytes + op->start_byte, op->end_byte - op->start_byte));
    case OP_REPLACE:
        return arena_printf(arena, "replace `%s` with `%s`",
                            excerpt(arena, tape->bytes + op->start_byte, op->end_byte - op->start_byte),
                            input->symbols->items[op->symbol].text);
    default: break;
    }
    if (op->title) return op->title;
    if (op->code == FINDING_INDENTATION) return "change the indentation";
    if (tape->splice_count == 1) {
        const struct text_edit *splice = &tape->splices[0];
        const struct tape *base = input->tapes->items[tape->base];
        const char *lines =
            lines_title(base->bytes + splice->start_byte, splice->end_byte - splice->start_byte,
                        splice->new_bytes, splice->new_length);
        if (lines) return lines;
        const char *old =
            excerpt(arena, base->bytes + splice->start_byte, splice->end_byte - splice->start_byte);
        const char *new = excerpt(arena, splice->new_bytes, splice->new_length);
        if (splice->start_byte == splice->end_byte) return arena_printf(arena, "insert `%s`", new);
        if (splice->new_length == 0) return arena_printf(arena, "remove `%s`", old);
        return arena_printf(arena, "replace `%s` with `%s`", old, new);
    }
    return arena_printf(arena, "make %zu changes", tape->splice_count);
}

static const char *title_of(const struct script_input *input, uint32_t first, uint32_t last,
                            struct arena *arena) {
    if (last - first + 1 > TITLE_OPS_MAX)
        return arena_printf(arena, "make %u edits", (unsigned)(last - first + 1));
    const char *title = op_title(input, first, arena);
    for (uint32_t i = first + 1; i <= last; i++)
        title = arena_printf(arena, "%s, %s", title, op_title(input, i, arena));
    return title;
}

static void describe_insert(const struct script_input *input, const struct op *op, struct arena *arena,
                            struct mistake *mistake) {
    const struct tape *tape = input->tapes->items[op->tape];
    const struct layout *layout = &tape->layout;
    const struct symbol *symbol = &input->symbols->items[op->symbol];
    uint32_t previous = layout_previous(layout, op->start_byte);
    uint32_t at = previous == LAYOUT_NONE ? op->start_byte : layout->tokens.items[previous].end_byte;
    uint32_t next = layout_next(layout, op->start_byte);
    uint32_t before = next < layout->tokens.count ? layout->tokens.items[next].start_byte : tape->length;
    if (begins_line(tape, op, symbol, previous, next)) at = before;
    mistake->start_byte = mistake->end_byte = tapes_origin(input->tapes, op->tape, at);
    mistake->code = FINDING_MISSING_TOKEN;
    mistake->message = arena_printf(arena, "missing `%s`", symbol->text);
    if (symbol->class == SYMBOL_NAME) {
        mistake->message = "missing name or expression";
    } else if (symbol->class == SYMBOL_CLOSER) {
        uint32_t opener = opener_of(layout, op, at, symbol->text[0]);
        mistake->code = op->start_byte >= tape->length ? FINDING_TRUNCATED : FINDING_UNCLOSED_BRACKET;
        if (symbol->text[0] == '}' && joins_word(layout, opener, next)) {
            mistake->start_byte = mistake->end_byte = tapes_origin(input->tapes, op->tape, before);
        } else if (wants_own_line(tape, opener, at, before)) {
            uint32_t line, head = layout->tokens.items[layout_head(layout, opener)].start_byte;
            place_line(tape, head, at, before, &line);
            mistake->start_byte = mistake->end_byte = tapes_origin(input->tapes, op->tape, line);
        }
        if (opener != LAYOUT_NONE) {
            const struct token *token = &layout->tokens.items[opener];
            mistake->has_related = true;
            mistake->related_start = tapes_origin(input->tapes, op->tape, token->start_byte);
            mistake->related_end = tapes_origin(input->tapes, op->tape, token->end_byte);
            mistake->related_message = arena_printf(arena, "`%c` opened here", layout_char(layout, opener));
            mistake->message =
                arena_printf(arena, "missing `%s` to match `%c`", symbol->text, layout_char(layout, opener));
        }
    }
}

static void describe(const struct script_input *input, uint32_t index, struct arena *arena,
                     struct mistake *mistake) {
    const struct op *op = &input->ops[index];
    const struct tape *tape = input->tapes->items[op->tape];
    if (op->kind == OP_INSERT) {
        describe_insert(input, op, arena, mistake);
        return;
    }
    if (op->kind == OP_RETAPE) {
        const struct text_edit *splice = &tape->splices[0];
        uint32_t start = splice->start_byte; /* what is wrong begins behind the spaces that go with it */
        while (op->code != FINDING_INDENTATION && start < splice->end_byte &&
               is_space(input->tapes->items[tape->base]->bytes[start]))
            start++;
        mistake->start_byte = tapes_origin(input->tapes, tape->base, start);
        mistake->end_byte = tapes_origin(input->tapes, tape->base, splice->end_byte);
        mistake->code = (enum finding_code)op->code;
        mistake->translates = op->translates;
        mistake->message = op->message                            ? op->message
                           : op->code == FINDING_INDENTATION      ? "unexpected indentation"
                           : op->code == FINDING_MERGE_CONFLICT   ? "unresolved merge conflict"
                           : op->code == FINDING_UNCLOSED_COMMENT ? "comment is not closed"
                           : op->code == FINDING_UNCLOSED_STRING  ? "string is not closed"
                           : op->code == FINDING_WRONG_TOKEN
                               ? "opened with one kind of quote, closed with another"
                               : "unexpected quote";
        return;
    }
    const char *text = excerpt(arena, tape->bytes + op->start_byte, op->end_byte - op->start_byte);
    mistake->start_byte = tapes_origin(input->tapes, op->tape, op->start_byte);
    mistake->end_byte = tapes_origin(input->tapes, op->tape, op->end_byte);
    uint32_t token = layout_next(&tape->layout, op->start_byte);
    bool closer = token < tape->layout.tokens.count && tape->layout.tokens.items[token].kind == TOKEN_CLOSE;
    if (op->kind == OP_REMOVE) {
        bool unmatched = closer && tape->layout.match[token] == LAYOUT_NONE;
        mistake->code = unmatched ? FINDING_UNMATCHED_CLOSER : FINDING_UNEXPECTED_TOKEN;
        mistake->message = arena_printf(arena, unmatched ? "unmatched `%s`" : "unexpected `%s`", text);
    } else {
        const struct symbol *symbol = &input->symbols->items[op->symbol];
        bool misspelt = symbol->class == SYMBOL_WORD && is_word_byte(tape->bytes[op->start_byte]);
        mistake->code = misspelt ? FINDING_MISSPELT_KEYWORD : FINDING_WRONG_TOKEN;
        mistake->message = arena_printf(
            arena, misspelt ? "unexpected `%s`, `%s` is meant" : "unexpected `%s`, expected `%s`", text,
            symbol->text);
    }
}

/* ---- mistakes ---- */

/* Whether the two write a bracket and its partner: around what stands between them both are missing, or none.
 */
static bool encloses(const struct script_input *input, const struct piece *before,
                     const struct piece *piece) {
    static const char partners[][3] = {"()", "[]", "{}"};
    const struct op *open = &input->ops[before->last_op], *close = &input->ops[piece->first_op];
    if (open->kind != OP_INSERT || close->kind != OP_INSERT) return false;
    const char *opener = input->symbols->items[open->symbol].text,
               *closer = input->symbols->items[close->symbol].text;
    for (size_t i = 0; i < sizeof partners / sizeof *partners; i++)
        if (opener[0] == partners[i][0] && closer[0] == partners[i][1] && !opener[1] && !closer[1])
            return true;
    return false;
}

/* Whether an edit belongs to the same mistake as the one before it: few tokens of the slice lie between, or
 * all of them are put in brackets. */
static bool continues(const struct script_input *input, const struct piece *before,
                      const struct piece *piece) {
    const struct layout *layout = &input->tapes->items[0]->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t a = layout_next(layout, before->end_byte), b = layout_next(layout, piece->start_byte);
    if (a >= b) return true;
    uint32_t previous = layout_previous(layout, before->end_byte);
    uint32_t line = previous == LAYOUT_NONE ? tokens[a].line : tokens[previous].line;
    return tokens[b - 1].line == line && (b - a <= CLUSTER_TOKENS || encloses(input, before, piece));
}

static struct text_edit *copy_edits(const struct pieces *pieces, size_t first, size_t count,
                                    struct arena *arena) {
    struct text_edit *edits = arena_alloc(arena, (count + 1) * sizeof *edits);
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = &pieces->items[first + i];
        edits[i] = (struct text_edit){piece->start_byte, piece->end_byte,
                                      arena_strndup(arena, piece->text.bytes, piece->text.length),
                                      (uint32_t)piece->text.length};
    }
    return edits;
}

static void split_mistakes(const struct script_input *input, const struct pieces *pieces, struct arena *arena,
                           struct solution *solution) {
    solution->mistakes = arena_zalloc(arena, (pieces->count + 1) * sizeof *solution->mistakes);
    solution->mistake_count = 0;
    size_t first = 0;
    while (first < pieces->count) {
        uint32_t last_op = pieces->items[first].last_op;
        size_t end = first + 1;
        while (end < pieces->count && (pieces->items[end].first_op <= last_op ||
                                       continues(input, &pieces->items[end - 1], &pieces->items[end]))) {
            if (pieces->items[end].last_op > last_op) last_op = pieces->items[end].last_op;
            end++;
        }
        struct mistake *mistake = &solution->mistakes[solution->mistake_count++];
        uint32_t first_op = pieces->items[first].first_op;
        const struct op *ops = input->ops + first_op; /* a line may be moved to make room for what it lacks */
        bool moved = first_op < last_op && ops->kind == OP_RETAPE && ops->code == FINDING_INDENTATION &&
                     ops[1].kind == OP_INSERT;
        describe(input, moved ? first_op + 1 : first_op, arena, mistake);
        mistake->repair.title = title_of(input, first_op, last_op, arena);
        mistake->repair.edits = copy_edits(pieces, first, end - first, arena);
        mistake->repair.edit_count = end - first;
        first = end;
    }
}

void script_build(const struct script_input *input, struct arena *arena, struct solution *solution) {
    struct pieces pieces = {0};
    for (uint32_t i = 0; i < input->count; i++) {
        const struct op *op = &input->ops[i];
        if (op->kind == OP_RETAPE) {
            add_splices(&pieces, input, i);
        } else if (op->kind == OP_INSERT) {
            add_insertion(&pieces, input, i);
        } else if (op->kind == OP_REPLACE) {
            add_replacement(&pieces, input, i);
        } else {
            uint32_t last = i; /* a run of removals is one edit */
            while (last + 1 < input->count && input->ops[last + 1].kind == OP_REMOVE &&
                   input->ops[last + 1].tape == op->tape &&
                   input->ops[last + 1].byte == input->ops[last].end_byte)
                last++;
            add_removal(&pieces, input, i, last);
            i = last;
        }
    }
    settle(&pieces);
    solution->repair.edits = copy_edits(&pieces, 0, pieces.count, arena);
    solution->repair.edit_count = pieces.count;
    solution->repair.title = input->count ? title_of(input, 0, (uint32_t)input->count - 1, arena) : "";
    split_mistakes(input, &pieces, arena, solution);
    for (size_t i = 0; i < pieces.count; i++)
        str_finish(&pieces.items[i].text);
    vec_finish(&pieces);
}

char *script_apply(const char *bytes, uint32_t length, const struct text_edit *edits, size_t count,
                   struct arena *arena, uint32_t *ret_length) {
    uint64_t total = length;
    for (size_t i = 0; i < count; i++)
        total = total + edits[i].new_length - (edits[i].end_byte - edits[i].start_byte);
    char *out = arena_alloc(arena, total + 1);
    uint32_t read = 0, written = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(out + written, bytes + read, edits[i].start_byte - read);
        written += edits[i].start_byte - read;
        memcpy(out + written, edits[i].new_bytes, edits[i].new_length);
        written += edits[i].new_length;
        read = edits[i].end_byte;
    }
    memcpy(out + written, bytes + read, length - read);
    out[total] = 0;
    *ret_length = (uint32_t)total;
    return out;
}
