#include "analysis/joined_lines.h"

#include <string.h>

#define STATEMENT       0.6 /* before a word that begins statements, or behind a block */
#define ASSIGNMENT      0.8
#define CALL            1.4
#define STRINGS         2.4 /* in a group of imports */
#define ODD_GAP         0.5 /* less, where more than a space stands in the place of the line end, or nothing */
#define EARLIER         0.5 /* for each token between the place and the one where the text is stuck */
#define TOKENS_BACK     2
#define STYLE_OF_OTHERS 2.5 /* where the statements around end with `;` */
#define STYLE_UNKNOWN   1.0
#define STYLE_LINES     2 /* that say how statements end here */
#define BODY            0.4
#define OTHER_LEVEL     0.8 /* a line that is not as deep as the one it stood in */
#define LINE_TOKENS_MAX 64
#define STATEMENTS_MAX  16 /* looked at above the one where the text is stuck */

static bool spells_any(const struct layout *layout, uint32_t index, const char *const *words) {
    for (; *words; words++)
        if (layout_spells(layout, index, *words)) return true;
    return false;
}

/* The blanks before a token's line. */
struct indent {
    const char *bytes;
    uint32_t length;
};

static struct indent indent_of(const struct tape *tape, uint32_t index) {
    uint32_t line = tape_line_start(tape, tape->layout.tokens.items[index].start_byte);
    return (struct indent){tape->bytes + line, tape_text_start(tape, line) - line};
}

static void break_before(const struct tape *tape, uint32_t index, struct indent indent, double cost,
                         struct variant_list *list) {
    const struct token *token = layout_token(&tape->layout, index);
    const char *text =
        arena_printf(list->arena, "%s%.*s", tape_line_break(tape), (int)indent.length, indent.bytes);
    struct text_edit splice = {token[-1].end_byte, token->start_byte, text, (uint32_t)strlen(text)};
    variant_add(list, &splice, 1, cost, FINDING_MISSING_TOKEN, NULL, "missing line end");
}

/* ---- how lines end ---- */

static bool ends_value(const struct layout *layout, uint32_t index) {
    static const char *const whole[] = {
        "raise", "return", "break", "continue", "pass",   "fallthrough", "this",   "self",   "super",
        "true",  "false",  "null",  "None",     "True",   "False",       "string", "number", "boolean",
        "any",   "void",   "never", "unknown",  "object", "undefined",   NULL};
    const struct token *token = layout_token(layout, index);
    if (token->kind == TOKEN_WORD) return !(token->flags & TOKEN_KEYWORD) || spells_any(layout, index, whole);
    return token->kind == TOKEN_NUMBER || token->kind == TOKEN_STRING || token->kind == TOKEN_CLOSE ||
           layout_spells(layout, index, "++") || layout_spells(layout, index, "--");
}

/* Whether statements or members stand there, which a line's end ends; in parentheses, those of a group. */
static bool holds_lines(const struct layout *layout, uint32_t opener) {
    static const char *const groups[] = {"import", "const", "var", "type", NULL};
    if (opener == LAYOUT_NONE) return true;
    if (layout->language->flags & LANGUAGE_LAYOUT) return false;
    return layout_char(layout, opener) == '{' ||
           (layout_char(layout, opener) == '(' && opener > 0 && spells_any(layout, opener - 1, groups));
}

/* What a line end costs where a `;` could end the statement as well. */
static double cost_of_style(const struct layout *layout) {
    if (!(layout->language->flags & LANGUAGE_SEMICOLONS)) return 0;
    uint32_t with = 0, without = 0, count = (uint32_t)layout->tokens.count;
    for (uint32_t i = 0; i + 1 < count; i++) {
        if (!(layout->tokens.items[i].flags & TOKEN_LINE_END) ||
            !holds_lines(layout, layout->enclosing[i + 1]))
            continue;
        if (layout_spells(layout, i, ";"))
            with++;
        else if (layout_char(layout, i) != '}' && layout_char(layout, i + 1) != '.')
            without += ends_value(layout, i);
    }
    if (with + without < STYLE_LINES) return STYLE_UNKNOWN;
    return with > without ? STYLE_OF_OTHERS : 0;
}

/* ---- two statements ---- */

static const char *const beginners[] = {
    "else",     "elif",     "except", "finally", "do",       "return", "if",       "for",       "while",
    "switch",   "try",      "throw",  "raise",   "break",    "import", "export",   "from",      "def",
    "class",    "func",     "type",   "var",     "const",    "let",    "function", "interface", "with",
    "go",       "defer",    "async",  "await",   "del",      "public", "private",  "protected", "static",
    "readonly", "continue", "assert", "global",  "nonlocal", "yield",  NULL};

/* Whether names and their types stand there. */
static bool is_field(const struct layout *layout, uint32_t index) {
    uint32_t opener = layout->enclosing[index];
    return opener != LAYOUT_NONE && opener > 0 &&
           (layout_spells(layout, opener - 1, "struct") || layout_spells(layout, opener - 1, "interface"));
}

static bool begins_line(const struct layout *layout, uint32_t index) {
    return layout->tokens.items[index].flags & TOKEN_KEYWORD && spells_any(layout, index, beginners);
}

/* What the line that would begin with the token looks like; < 0: like none. */
static double cost_of_line(const struct layout *layout, uint32_t index, uint32_t behind) {
    /* Behind the name of a statement or member. */
    static const char *const signs[] = {"=", ":=", "+=", "-=", "*=", "/=", ":",
                                        "?", "?:", "++", "--", "<-", NULL};
    const struct token *tokens = layout->tokens.items, *token = &tokens[index];
    if (begins_line(layout, index) || layout_spells(layout, index, "@")) return STATEMENT;
    if (token->kind == TOKEN_STRING && token[-1].kind == TOKEN_STRING) return STRINGS;
    if (token->kind != TOKEN_WORD) return -1;
    if (layout_spells(layout, index - 1, "}")) return STATEMENT;
    if (behind - index >= 2 && is_field(layout, index)) return ASSIGNMENT;
    double cost = -1;
    for (uint32_t i = index + 1; i < behind; i++) {
        if (layout->enclosing[i] != layout->enclosing[index]) continue;
        if (spells_any(layout, i, signs)) return ASSIGNMENT;
        if (layout_spells(layout, i, "(") && tokens[i - 1].kind == TOKEN_WORD) cost = CALL;
        if (layout->language->flags & LANGUAGE_SEMICOLONS && layout_spells(layout, i, ",")) break;
    }
    return cost;
}

/* Past the last token of the line that is looked at, comments aside. */
static uint32_t line_behind(const struct layout *layout, uint32_t index) {
    const struct token *tokens = layout->tokens.items;
    uint32_t at = index;
    while (at < layout->tokens.count && at - index < LINE_TOKENS_MAX &&
           tokens[at].line == tokens[index].line && tokens[at].kind != TOKEN_COMMENT)
        at++;
    return at;
}

static bool begins_statement(const struct layout *layout, uint32_t index) {
    return layout->tokens.items[index].flags & TOKEN_LINE_START && layout->enclosing[index] == LAYOUT_NONE &&
           layout->tokens.items[index].kind != TOKEN_COMMENT;
}

/* The first token of the statement that holds the token. */
static uint32_t statement_of(const struct layout *layout, uint32_t index) {
    while (index > 0 && !begins_statement(layout, index))
        index--;
    return index;
}

/* The first token of the statement below. */
static uint32_t statement_behind(const struct layout *layout, uint32_t index) {
    do
        index++;
    while (index < layout->tokens.count && !begins_statement(layout, index));
    return index;
}

/* The last token from `index` upwards that begins a statement less deep than `below`. */
static uint32_t shallower(const struct layout *layout, uint32_t index, uint32_t below) {
    while (index > 0) {
        index = statement_of(layout, index);
        if (layout->tokens.items[index].indent < below) return index;
        if (index > 0) index--;
    }
    return LAYOUT_NONE;
}

/* Where indentation is syntax, what the lines below say of how deep the second line is: above the body of a
 * head; behind what leaves a block, as deep as what follows. */
static void break_layout(const struct tape *tape, uint32_t index, double cost, struct variant_list *list) {
    static const char *const definitions[] = {"def", "class", "async", NULL};
    static const char *const leaves[] = {"return", "raise", "break", "continue", NULL};
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t first = statement_of(layout, index), below = statement_behind(layout, index), level = first;
    if (below < layout->tokens.count) {
        uint32_t last = below - 1;
        while (last > index && tokens[last].kind == TOKEN_COMMENT)
            last--;
        bool head = layout_spells(layout, last, ":") || spells_any(layout, index, definitions);
        if (head)
            level = shallower(layout, index, tokens[below].indent);
        else if (tokens[below].indent < tokens[first].indent && spells_any(layout, first, leaves))
            level = below;
    }
    if (level == LAYOUT_NONE) level = first;
    break_before(tape, index, indent_of(tape, level), cost, list);
    if (level != first) break_before(tape, index, indent_of(tape, first), cost + OTHER_LEVEL, list);
}

static void break_statement(const struct tape *tape, uint32_t index, double style,
                            struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *token = layout_token(layout, index);
    if (!token || index == 0 || token->flags & TOKEN_LINE_START) return;
    if (!holds_lines(layout, layout->enclosing[index]) || !ends_value(layout, index - 1)) return;
    /* A word alone on its line is seldom a statement. */
    bool alone = token[-1].flags & TOKEN_LINE_START && token[-1].kind == TOKEN_WORD &&
                 !(token[-1].flags & TOKEN_KEYWORD);
    double cost = cost_of_line(layout, index, line_behind(layout, index));
    if (cost < 0 || alone) return;
    bool method = layout_spells(layout, index + 1, "(") && token->start_byte == token[-1].end_byte;
    if (token->start_byte != token[-1].end_byte + 1 && !method) cost -= ODD_GAP;
    cost += style;
    if (layout->language->flags & LANGUAGE_LAYOUT)
        break_layout(tape, index, cost, list);
    else
        break_before(tape, index, indent_of(tape, index), cost, list);
}

/* Up to the token where the text is stuck: before the words that begin statements, from all of its line,
 * because some are read as names or as parts of an expression; before others only nearby. */
static void break_line(const struct tape *tape, uint32_t next, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    double style = cost_of_style(layout);
    for (uint32_t back = 0; back <= LINE_TOKENS_MAX && back < next; back++) {
        uint32_t index = next - back, near = back < TOKENS_BACK ? back : TOKENS_BACK;
        if (index >= layout->tokens.count) continue;
        if (back <= TOKENS_BACK || begins_line(layout, index))
            break_statement(tape, index, style + EARLIER * near, list);
        if (back > 0 && layout->tokens.items[index].flags & TOKEN_LINE_START &&
            holds_lines(layout, layout->enclosing[index]))
            return;
    }
}

/* ---- the body of a head ---- */

static const char *const heads[] = {"def",  "class", "if",     "elif",    "else",  "for", "while",
                                    "with", "try",   "except", "finally", "async", NULL};

/* The first token behind the colon of a head, in its line; LAYOUT_NONE: there is none. */
static uint32_t behind_colon(const struct layout *layout, uint32_t head) {
    if (!spells_any(layout, head, heads)) return LAYOUT_NONE;
    uint32_t at = head + 1;
    while (at < layout->tokens.count &&
           !(layout_spells(layout, at - 1, ":") && layout->enclosing[at - 1] == LAYOUT_NONE)) {
        if (layout->tokens.items[at].flags & TOKEN_LINE_START && layout->enclosing[at] == LAYOUT_NONE)
            return LAYOUT_NONE;
        at++;
    }
    if (at >= layout->tokens.count || layout->tokens.items[at].flags & TOKEN_LINE_START ||
        layout->tokens.items[at].kind == TOKEN_COMMENT)
        return LAYOUT_NONE;
    return at;
}

/* A body that goes on in the lines below a head, though it began in the head's own line. */
static void break_body(const struct tape *tape, uint32_t next, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t second = statement_behind(layout, next);
    if (second >= layout->tokens.count) second = statement_of(layout, (uint32_t)layout->tokens.count - 1);
    for (unsigned looked = 0; second > 0 && looked < STATEMENTS_MAX; looked++) {
        uint32_t first = statement_of(layout, second - 1), body = LAYOUT_NONE;
        if (tokens[second].indent > tokens[first].indent) body = behind_colon(layout, first);
        if (body < second) {
            struct indent deeper = indent_of(tape, second), own = indent_of(tape, first);
            /* A head in a head: what lies below is the body of the inner one. */
            if (spells_any(layout, body, heads) && deeper.length > own.length)
                deeper.length -= (deeper.length - own.length) / 2;
            break_before(tape, body, deeper, BODY, list);
            return;
        }
        second = first;
    }
}

void joined_lines_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!(layout->language->flags & LANGUAGE_LINE_ENDS)) return;
    uint32_t next = layout_next(layout, stuck);
    if (!layout->tokens.count) return;
    break_line(tape, next, list);
    if (layout->language->flags & LANGUAGE_LAYOUT) break_body(tape, next, list);
}
