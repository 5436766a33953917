#include "analysis/indenting.h"

#include <string.h>

#define LEVELS_MAX       12
#define LINES_MAX        64 /* moved at once */
#define BODIES_LINES_MAX (4 * LINES_MAX)
#define BODY             0.8
#define BODY_APART       1.7 /* behind an empty line: rather the head has no body */
#define BODY_RETURNS     0.5 /* with a statement that stands in functions only */
#define WHOLE_PARAGRAPH  0.5 /* more than its first statement */
#define START            0.6
#define START_LINES_MAX  400
#define GOES_ON          0.6
#define WITH_COLON       0.5

static void add(struct variant_list *list, const struct text_edit *splices, size_t count, uint32_t restart,
                double cost) {
    variant_add(list, splices, count, cost, FINDING_INDENTATION, NULL, NULL);
    list->items[list->count - 1].restart_byte = restart;
}

/* ---- a line or its block ---- */

/* Lines from `line` on that are indented at least as deep as it, blank ones included: what moves with it. */
static size_t shift_lines(const struct tape *tape, uint32_t line, uint32_t old_width, uint32_t new_width,
                          bool block, struct text_edit *splices, size_t max, struct arena *arena) {
    size_t count = 0;
    uint32_t at = line;
    while (at < tape->length && count < max) {
        uint32_t from = at, width = 0;
        while (from < tape->length && (tape->bytes[from] == ' ' || tape->bytes[from] == '\t')) {
            width = tape->bytes[from] == '\t' ? (width / 8 + 1) * 8 : width + 1;
            from++;
        }
        bool blank = from >= tape->length || tape_is_line_end(tape->bytes[from]);
        if (!blank) {
            if (count && (!block || width < old_width)) break;
            int64_t moved = (int64_t)width - old_width + new_width;
            uint32_t wanted = moved > 0 ? (uint32_t)moved : 0;
            char *spaces = arena_alloc(arena, wanted + 1u);
            memset(spaces, ' ', wanted);
            splices[count++] = (struct text_edit){at, from, spaces, wanted};
        }
        at = tape_line_end(tape, from);
        if (at < tape->length && tape->bytes[at] == '\r') at++;
        if (at < tape->length && tape->bytes[at] == '\n') at++;
    }
    return count;
}

static void move_line(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t next = layout_next(layout, stuck);
    uint32_t previous = layout_previous(layout, stuck);
    uint32_t candidates[2] = {next, LAYOUT_NONE};
    if (previous != LAYOUT_NONE) {
        candidates[1] = previous;
        while (candidates[1] > 0 && !(layout->tokens.items[candidates[1]].flags & TOKEN_LINE_START))
            candidates[1]--;
    }
    for (int c = 0; c < 2; c++) {
        if (candidates[c] >= layout->tokens.count) continue;
        const struct token *token = &layout->tokens.items[candidates[c]];
        if (!(token->flags & TOKEN_LINE_START) || candidates[c] == 0) continue;
        uint32_t line = tape_line_start(tape, token->start_byte);
        /* Indentations in use above, nearest first, and one step deeper than the line above. */
        uint32_t levels[LEVELS_MAX];
        unsigned level_count = 0;
        uint32_t above = LAYOUT_NONE, ceiling = UINT32_MAX;
        for (uint32_t i = candidates[c]; i-- > 0 && level_count < LEVELS_MAX - 1;) {
            const struct token *t = &layout->tokens.items[i];
            if (!(t->flags & TOKEN_LINE_START) || t->kind == TOKEN_COMMENT) continue;
            if (above == LAYOUT_NONE) {
                above = i;
                levels[level_count++] = t->indent;
                const struct token *end = &layout->tokens.items[candidates[c] - 1];
                if (layout->bytes[end->start_byte] == ':') levels[level_count++] = t->indent + 4u;
                ceiling = t->indent;
            } else if (t->indent < ceiling) {
                levels[level_count++] = t->indent;
                ceiling = t->indent;
            }
            if (ceiling == 0) break;
        }
        for (unsigned l = 0; l < level_count; l++) {
            if (levels[l] == token->indent) continue;
            uint32_t gap = levels[l] > token->indent ? levels[l] - token->indent : token->indent - levels[l];
            double cost = 0.9 + 0.12 * gap + 0.5 * c + 0.2 * l;
            uint32_t restart = line ? line - 1 : 0;
            struct text_edit splices[LINES_MAX];
            size_t alone =
                shift_lines(tape, line, token->indent, levels[l], false, splices, LINES_MAX, list->arena);
            add(list, splices, alone, restart, cost);
            size_t block =
                shift_lines(tape, line, token->indent, levels[l], true, splices, LINES_MAX, list->arena);
            if (block > 1 && block < LINES_MAX) add(list, splices, block, restart, cost + 0.3);
        }
    }
}

/* ---- the body of a head ---- */

static bool spells_any(const struct layout *layout, uint32_t index, const char *const *words) {
    for (; *words; words++)
        if (layout_spells(layout, index, *words)) return true;
    return false;
}

static const char *const heads[] = {"def",   "class", "if",  "elif",   "else",    "for",
                                    "while", "with",  "try", "except", "finally", NULL};
static const char *const definitions[] = {"def", "class", "@", "async", NULL};
static const char *const returns[] = {"return", "yield", NULL};

/* The first token of the logical line that holds the token. */
static uint32_t line_begin(const struct layout *layout, uint32_t token) {
    while (token > 0 && (!(layout->tokens.items[token].flags & TOKEN_LINE_START) ||
                         layout->enclosing[token] != LAYOUT_NONE))
        token--;
    return token;
}

static bool begins_statement(const struct layout *layout, uint32_t token) {
    return layout->tokens.items[token].flags & TOKEN_LINE_START && layout->enclosing[token] == LAYOUT_NONE &&
           layout->tokens.items[token].kind != TOKEN_COMMENT;
}

/* Whether an empty line lies between the two. */
static bool is_apart(const struct layout *layout, uint32_t first, uint32_t second) {
    uint32_t line = layout->tokens.items[second].line;
    while (second-- > first) { /* comments between are lines too */
        if (line > layout->tokens.items[second].line + 1) return true;
        line = layout->tokens.items[second].line;
    }
    return false;
}

/* The last token of the statement that begins with `first`, with the block below it. */
static uint32_t statement_end(const struct layout *layout, uint32_t first) {
    const struct token *tokens = layout->tokens.items;
    uint32_t i = first + 1, count = (uint32_t)layout->tokens.count;
    while (i < count && !(begins_statement(layout, i) && tokens[i].indent <= tokens[first].indent))
        i++;
    while (i - 1 > first && tokens[i - 1].kind == TOKEN_COMMENT)
        i--;
    return i - 1;
}

/* The last token of the body that begins with `first`: its paragraph, and on to a statement that must be in a
 * function. */
static uint32_t body_end(const struct layout *layout, uint32_t first, bool function, bool *ret_returns) {
    const struct token *tokens = layout->tokens.items;
    uint32_t last = first, count = (uint32_t)layout->tokens.count;
    bool paragraph = true;
    *ret_returns = false;
    for (uint32_t i = first; i < count && tokens[i].line < tokens[first].line + LINES_MAX - 1; i++) {
        if (begins_statement(layout, i)) {
            if (tokens[i].indent < tokens[first].indent) break;
            bool level = tokens[i].indent == tokens[first].indent;
            if (i > first && level && spells_any(layout, i, definitions)) break;
            if (i > first && is_apart(layout, i - 1, i)) paragraph = false;
            if (function && level && spells_any(layout, i, returns)) {
                *ret_returns = true;
                paragraph = true;
            }
        }
        if (paragraph) last = i;
    }
    return last;
}

/* The lines of [first, last] one step deeper than the head. */
static size_t indent_body(const struct tape *tape, uint32_t head, uint32_t first, uint32_t last,
                          struct text_edit *splices, struct arena *arena) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    bool tabs = tape->bytes[tape_line_start(tape, tokens[head].start_byte)] == '\t';
    uint32_t missing = tokens[head].indent - tokens[first].indent,
             step = tabs ? missing / 8 + 1 : missing + 4;
    size_t count = 0;
    uint32_t line = tape_line_start(tape, tokens[first].start_byte);
    while (line < tokens[last].end_byte && count < LINES_MAX) {
        uint32_t end = tape_line_end(tape, line), from = line, holder = layout_holding(layout, line);
        while (from < end && (tape->bytes[from] == ' ' || tape->bytes[from] == '\t'))
            from++;
        bool inside = holder != LAYOUT_NONE && tokens[holder].start_byte < line; /* of a string */
        if (from < end && !inside) {
            char *text = arena_alloc(arena, from - line + step);
            memset(text, tabs ? '\t' : ' ', step);
            memcpy(text + step, tape->bytes + line, from - line);
            splices[count++] = (struct text_edit){line, from, text, from - line + step};
        }
        line = end;
        while (line < tape->length && tape_is_line_end(tape->bytes[line]))
            line++;
    }
    return count;
}

struct body {
    uint32_t head, head_end; /* first and last token of its head */
    uint32_t first, last;
};

static void indent_under(const struct tape *tape, const struct body *body, double cost,
                         struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    struct text_edit splices[LINES_MAX + 1];
    bool colon = layout_width(layout, body->head_end) == 1 && layout_char(layout, body->head_end) == ':';
    uint32_t head_end = tokens[body->head_end].end_byte;
    size_t count = 0;
    if (!colon) splices[count++] = (struct text_edit){head_end, head_end, ":", 1};
    size_t moved = indent_body(tape, body->head, body->first, body->last, splices + count, list->arena);
    if (!moved || moved == LINES_MAX) return;
    variant_add(list, splices, count + moved, cost + (colon ? 0 : WITH_COLON),
                colon ? FINDING_INDENTATION : FINDING_MISSING_TOKEN,
                colon ? "indent the block" : "insert `:` and indent the block",
                colon ? "expected an indented block" : "missing `:`");
    uint32_t line = tape_line_start(tape, tokens[body->first].start_byte);
    list->items[list->count - 1].restart_byte = colon ? (line ? line - 1 : 0) : head_end;
}

/* A head whose body stands no deeper than it: of a definition all of it, of others at least a statement. */
static void propose_body(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t count = (uint32_t)layout->tokens.count, before = layout_previous(layout, stuck);
    if (before == LAYOUT_NONE) return;
    uint32_t head = line_begin(layout, before), first = before + 1;
    while (first < count && !begins_statement(layout, first))
        first++;
    if (first >= count || layout->tokens.items[first].line == layout->tokens.items[before].line) return;
    uint32_t head_end = first - 1;
    while (head_end > head && layout->tokens.items[head_end].kind == TOKEN_COMMENT)
        head_end--;
    if (!spells_any(layout, head, heads) && !spells_any(layout, head, definitions)) return;
    if (layout->tokens.items[first].indent > layout->tokens.items[head].indent) return;
    static const char *const functions[] = {"def", "async", NULL};
    bool returns_there, definition = spells_any(layout, head, definitions);
    bool function = spells_any(layout, head, functions);
    if (function && spells_any(layout, first, definitions)) return;
    struct body body = {head, head_end, first, statement_end(layout, first)};
    uint32_t end = body_end(layout, first, function, &returns_there);
    double cost = returns_there ? BODY_RETURNS : is_apart(layout, head_end, first) ? BODY_APART : BODY;
    if (!definition) indent_under(tape, &body, cost, list);
    if (!definition && end == body.last) return;
    body.last = end;
    indent_under(tape, &body, cost + (definition ? 0 : WHOLE_PARAGRAPH), list);
}

static const char *const branches[] = {"elif", "else", "except", "finally", NULL};

/* The branch behind `first` that stands as deep as it, when all between them is a body; LAYOUT_NONE: none. */
static uint32_t branch_behind(const struct layout *layout, uint32_t first) {
    const struct token *tokens = layout->tokens.items;
    uint32_t count = (uint32_t)layout->tokens.count;
    for (uint32_t i = first; i < count && tokens[i].line < tokens[first].line + LINES_MAX; i++) {
        if (!begins_statement(layout, i) || tokens[i].indent > tokens[first].indent) continue;
        if (tokens[i].indent < tokens[first].indent) break;
        if (spells_any(layout, i, branches)) return i;
        if (spells_any(layout, i, heads) || spells_any(layout, i, definitions)) break;
    }
    return LAYOUT_NONE;
}

/* An `if` or `try` whose body stands as deep as it, up to a branch of it where the text is stuck: that body,
 * and those of the branches that stand so, too; of the last one a statement. */
static void propose_bodies(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t count = (uint32_t)layout->tokens.count, branch = layout_next(layout, stuck), head = branch;
    if (branch >= count) return;
    if (!spells_any(layout, branch, branches) && branch > 0) branch--; /* it was read as a name */
    if (!begins_statement(layout, branch) || !spells_any(layout, branch, branches)) return;
    for (head = branch; head-- > 0 && tokens[branch].line - tokens[head].line < LINES_MAX;)
        if (begins_statement(layout, head) && tokens[head].indent <= tokens[branch].indent &&
            spells_any(layout, head, heads))
            break;
    if (head >= branch || tokens[head].indent != tokens[branch].indent) return;
    struct text_edit splices[BODIES_LINES_MAX];
    size_t moved = 0;
    uint32_t restart = UINT32_MAX;
    while (head != LAYOUT_NONE && moved + LINES_MAX <= BODIES_LINES_MAX) {
        uint32_t first = head + 1;
        while (first < count && !begins_statement(layout, first))
            first++;
        uint32_t colon = first - 1;
        while (colon > head && tokens[colon].kind == TOKEN_COMMENT)
            colon--;
        if (first >= count || tokens[first].line == tokens[colon].line || !layout_spells(layout, colon, ":"))
            break;
        bool deeper = tokens[first].indent > tokens[head].indent;
        branch = deeper ? branch_behind(layout, head + 1) : branch_behind(layout, first);
        uint32_t last = branch != LAYOUT_NONE ? branch - 1 : statement_end(layout, first);
        if (!deeper) moved += indent_body(tape, head, first, last, splices + moved, list->arena);
        /* Behind the colon the line's end is read, and with it how deep the next line is. */
        if (moved && restart == UINT32_MAX) restart = tokens[colon].start_byte;
        head = branch;
    }
    if (!moved) return;
    variant_add(list, splices, moved, BODY, FINDING_INDENTATION, "indent the block",
                "expected an indented block");
    list->items[list->count - 1].restart_byte = restart;
}

/* ---- lines that go on ---- */

static bool begins_with_point(const struct layout *layout, uint32_t token) {
    const struct token *tokens = layout->tokens.items;
    return token + 1 < layout->tokens.count && token > 0 && tokens[token].flags & TOKEN_LINE_START &&
           layout->enclosing[token] == LAYOUT_NONE && layout_width(layout, token) == 1 &&
           layout_char(layout, token) == '.' && tokens[token + 1].kind == TOKEN_WORD &&
           tokens[token + 1].start_byte == tokens[token].end_byte;
}

/* `.method()` on lines of their own: the line before each of them goes on. */
static void continue_lines(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t count = (uint32_t)layout->tokens.count, next = layout_next(layout, stuck), at = next;
    while (at > 0 && next - at < 2 && !begins_with_point(layout, at))
        at--;
    if (!begins_with_point(layout, at)) return;
    struct text_edit splices[LINES_MAX];
    size_t splice_count = 0;
    uint32_t restart = tokens[at - 1].start_byte; /* behind it, the line's end may have been read */
    for (; at < count && splice_count < LINES_MAX; at++) {
        if (!(tokens[at].flags & TOKEN_LINE_START) || layout->enclosing[at] != LAYOUT_NONE) continue;
        if (!begins_with_point(layout, at)) break;
        if (tokens[at - 1].kind == TOKEN_COMMENT) return; /* a comment ends its line in any case */
        uint32_t end = tokens[at - 1].end_byte;
        if (!memchr(tape->bytes + end, '\\', tokens[at].start_byte - end))
            splices[splice_count++] = (struct text_edit){end, end, " \\", 2};
    }
    if (!splice_count) return;
    variant_add(list, splices, splice_count, GOES_ON, FINDING_UNEXPECTED_TOKEN, "continue the line",
                "the line before ends here; `\\` at its end continues it");
    list->items[list->count - 1].restart_byte = restart;
}

/* ---- the first line ---- */

/* A text that begins in the middle of a line: all that stands as deep as its first statement moves to the
 * left. */
static void move_start(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t first = 0, count = (uint32_t)layout->tokens.count;
    while (first < count && !begins_statement(layout, first))
        first++;
    if (first == count || layout->tokens.items[first].indent == 0) return;
    if (stuck > layout->tokens.items[first].end_byte) return;
    struct text_edit splices[START_LINES_MAX];
    uint32_t line = tape_line_start(tape, layout->tokens.items[first].start_byte);
    size_t moved = shift_lines(tape, line, layout->tokens.items[first].indent, 0, true, splices,
                               START_LINES_MAX, list->arena);
    if (!moved || moved == START_LINES_MAX) return;
    variant_add(list, splices, moved, START, FINDING_INDENTATION, "move it to the left",
                "unexpected indentation");
    struct variant *variant = &list->items[list->count - 1];
    variant->restart_byte = 0;
    variant->translates = moved > 1; /* lines were right inside of what they were taken from; one is a slip */
}

void indenting_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    if (!(tape->layout.language->flags & LANGUAGE_LAYOUT)) return;
    move_line(tape, stuck, list);
    propose_body(tape, stuck, list);
    propose_bodies(tape, stuck, list);
    move_start(tape, stuck, list);
    continue_lines(tape, stuck, list);
}
