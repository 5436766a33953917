#include "analysis/joined_lines.h"

#include <string.h>

#define STATEMENT       0.6 /* before a word that begins statements, or behind a block */
#define ASSIGNMENT      0.8
#define CALL            1.6
#define STRINGS         2.4 /* in a group of imports */
#define ODD_GAP         0.7 /* less, where more than a space stands in the place of the line end, or nothing */
#define EARLIER         0.5 /* for each token between the place and the one where the text is stuck */
#define TOKENS_BACK     2
#define STYLE_OF_OTHERS 2.5 /* where the statements around end with `;` */
#define STYLE_UNKNOWN   1.0
#define STYLE_LINES     2 /* that say how statements end here */
#define BODY            0.4
#define OTHER_LEVEL     0.8 /* a line that is not as deep as the one it stood in */
#define LINE_TOKENS_MAX 64

static bool spells_any(const struct layout *layout, uint32_t index, const char *const *words) {
    for (; *words; words++)
        if (layout_spells(layout, index, *words)) return true;
    return false;
}

static void break_before(const struct tape *tape, uint32_t index, uint32_t like, double cost,
                         struct variant_list *list) {
    const struct token *token = layout_token(&tape->layout, index);
    uint32_t line = tape_line_start(tape, like), width = tape_text_start(tape, line) - line;
    const char *text =
        arena_printf(list->arena, "%s%.*s", tape_line_break(tape), (int)width, tape->bytes + line);
    struct text_edit splice = {token[-1].end_byte, token->start_byte, text, (uint32_t)strlen(text)};
    variant_add(list, &splice, 1, cost, FINDING_MISSING_TOKEN, NULL, "missing line end");
}

/* ---- how lines end ---- */

static bool ends_value(const struct layout *layout, uint32_t index) {
    static const char *const whole[] = {"return", "break", "continue", "pass",   "fallthrough", "this",
                                        "self",   "super", "true",     "false",  "null",        "None",
                                        "True",   "False", "string",   "number", "boolean",     "any",
                                        "void",   "never", "unknown",  "object", "undefined",   NULL};
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
    "return", "if",       "for",       "while",  "switch",   "try",      "throw",  "raise", "break",
    "import", "export",   "from",      "def",    "class",    "func",     "type",   "var",   "const",
    "let",    "function", "interface", "with",   "go",       "defer",    "async",  "await", "del",
    "public", "private",  "protected", "static", "readonly", "continue", "assert", NULL};

/* Whether names and their types stand there. */
static bool is_field(const struct layout *layout, uint32_t index) {
    uint32_t opener = layout->enclosing[index];
    return opener != LAYOUT_NONE && opener > 0 &&
           (layout_spells(layout, opener - 1, "struct") || layout_spells(layout, opener - 1, "interface"));
}

/* What the line that would begin with the token looks like; < 0: like none. */
static double cost_of_line(const struct layout *layout, uint32_t index, uint32_t behind) {
    /* Behind the name of a statement or member. */
    static const char *const signs[] = {"=", ":=", "+=", "-=", "*=", "/=", ":",
                                        "?", "?:", "++", "--", "<-", NULL};
    const struct token *tokens = layout->tokens.items, *token = &tokens[index];
    bool keyword = token->flags & TOKEN_KEYWORD && spells_any(layout, index, beginners);
    if (keyword || layout_spells(layout, index, "@")) return STATEMENT;
    if (token->kind == TOKEN_STRING && token[-1].kind == TOKEN_STRING) return STRINGS;
    if (token->kind != TOKEN_WORD) return -1;
    if (layout_spells(layout, index - 1, "}")) return STATEMENT;
    if (behind - index >= 2 && is_field(layout, index)) return ASSIGNMENT;
    double cost = -1;
    for (uint32_t i = index + 1; i < behind && i < index + LINE_TOKENS_MAX; i++) {
        if (layout->enclosing[i] != layout->enclosing[index]) continue;
        if (spells_any(layout, i, signs)) return ASSIGNMENT;
        if (layout_spells(layout, i, "(") && tokens[i].start_byte == tokens[i - 1].end_byte) cost = CALL;
        if (layout->language->flags & LANGUAGE_SEMICOLONS && layout_spells(layout, i, ",")) break;
    }
    return cost;
}

/* Past the last token of the line, comments aside. */
static uint32_t line_behind(const struct layout *layout, uint32_t index) {
    const struct token *tokens = layout->tokens.items;
    uint32_t at = index;
    while (at < layout->tokens.count && tokens[at].line == tokens[index].line &&
           tokens[at].kind != TOKEN_COMMENT)
        at++;
    return at;
}

/* The first token of the statement that holds the token. */
static uint32_t statement_of(const struct layout *layout, uint32_t index) {
    while (index > 0 && (!(layout->tokens.items[index].flags & TOKEN_LINE_START) ||
                         layout->enclosing[index] != LAYOUT_NONE))
        index--;
    return index;
}

/* The last token from `index` upwards that begins a statement less deep than `below`. */
static uint32_t shallower(const struct layout *layout, uint32_t index, uint32_t below) {
    while (index > 0) {
        index = statement_of(layout, index);
        if (layout->tokens.items[index].indent < below && layout->tokens.items[index].kind != TOKEN_COMMENT)
            return index;
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
    uint32_t first = statement_of(layout, index), behind = line_behind(layout, index), level = first;
    uint32_t below = layout_next(layout, tokens[behind - 1].end_byte);
    if (below < layout->tokens.count) {
        bool head = layout_spells(layout, behind - 1, ":") || spells_any(layout, index, definitions);
        if (head)
            level = shallower(layout, index, tokens[below].indent);
        else if (tokens[below].indent < tokens[first].indent && spells_any(layout, first, leaves))
            level = below;
    }
    if (level == LAYOUT_NONE) level = first;
    break_before(tape, index, tokens[level].start_byte, cost, list);
    if (level != first) break_before(tape, index, tokens[first].start_byte, cost + OTHER_LEVEL, list);
}

static void break_statement(const struct tape *tape, uint32_t index, double style,
                            struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *token = layout_token(layout, index);
    if (!token || index == 0 || token->flags & TOKEN_LINE_START || token[-1].line != token->line) return;
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
        break_before(tape, index, token->start_byte, cost, list);
}

/* ---- the body of a head ---- */

/* A body that goes on in the lines below a head, though it began in the head's own line. */
static void break_body(const struct tape *tape, uint32_t index, struct variant_list *list) {
    static const char *const heads[] = {"def",  "class", "if",     "elif",    "else",  "for", "while",
                                        "with", "try",   "except", "finally", "async", NULL};
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    if (index >= layout->tokens.count) return;
    uint32_t second = statement_of(layout, index);
    if (second == 0) return;
    uint32_t first = statement_of(layout, second - 1), colon = first;
    if (!spells_any(layout, first, heads) || tokens[second].indent <= tokens[first].indent) return;
    while (colon < second && !(layout_spells(layout, colon, ":") && layout->enclosing[colon] == LAYOUT_NONE))
        colon++;
    if (colon + 1 >= second || tokens[colon + 1].kind == TOKEN_COMMENT) return;
    if (tokens[colon + 1].flags & TOKEN_LINE_START) return;
    break_before(tape, colon + 1, tokens[second].start_byte, BODY, list);
}

void joined_lines_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!(layout->language->flags & LANGUAGE_LINE_ENDS)) return;
    uint32_t next = layout_next(layout, stuck), previous = layout_previous(layout, stuck);
    double style = cost_of_style(layout);
    for (uint32_t back = 0; back <= TOKENS_BACK && back < next; back++)
        break_statement(tape, next - back, style + EARLIER * back, list);
    if (!(layout->language->flags & LANGUAGE_LAYOUT)) return;
    break_body(tape, next, list);
    if (previous != LAYOUT_NONE && previous != next) break_body(tape, previous, list);
}
