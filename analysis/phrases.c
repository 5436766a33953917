#include "analysis/phrases.h"

#include "analysis/pp_token.h"
#include "base/str.h"
#include <ctype.h>
#include <string.h>

#define LINE_TOKENS_MAX 64
#define WRAP            0.4
#define TRANSLATE       0.4
#define CAST            0.4
#define WHOLE           1.0
#define CAST_IN_LIST    1.2 /* where it could be a parameter as well */

/* Operators of other languages, written where this one has another for the same. */
static const struct {
    const char *written, *meant;
} habits[] = {{"&&", " and "}, {"||", " or "}, {"!==", "!="},   {"===", "=="},   {"<>", "!="},
              {"=<", "<="},    {"=>", ">="},   {"++", " += 1"}, {"--", " -= 1"}, {"~", "!"}};

static bool has_literal(const struct language *language, const char *text) {
    size_t length = strlen(text);
    while (length && *text == ' ') {
        text++;
        length--;
    }
    while (length && text[length - 1] == ' ')
        length--;
    if (length > 2) { /* "+= 1": its operator */
        const char *space = memchr(text, ' ', length);
        if (space) length = (size_t)(space - text);
    }
    return language_literal(language, text, length) != NULL;
}

static void propose_habit(const struct tape *tape, uint32_t index, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    uint32_t start = layout->tokens.items[index].start_byte;
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
        uint32_t length = (uint32_t)strlen(habits[i].written);
        if (tape->length - start < length || memcmp(tape->bytes + start, habits[i].written, length) != 0)
            continue;
        if (language_literal(layout->language, habits[i].written, length)) return;
        if (!has_literal(layout->language, habits[i].meant)) return;
        /* The gaps of the text stay; the word needs them only where there are none. */
        const char *text = habits[i].meant;
        bool words = text[0] == ' ' && text[1] != '+' && text[1] != '-';
        if (words && start > 0 && tape->bytes[start - 1] == ' ') text++;
        uint32_t text_length = (uint32_t)strlen(text);
        if (words && start + length < tape->length && tape->bytes[start + length] == ' ') text_length--;
        struct text_edit splice = {start, start + length, text, text_length};
        variant_add(list, &splice, 1, 0.5, FINDING_WRONG_TOKEN, NULL,
                    arena_printf(list->arena, "there is no `%s` here", habits[i].written));
        return;
    }
}

/* ---- conditions ---- */

static bool joins_conditions(const struct layout *layout, uint32_t index) {
    static const char *const operators[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "===", "!=="};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (layout_spells(layout, index, operators[i])) return true;
    return false;
}

static bool ends_value(const struct token *token) {
    return token->kind == TOKEN_WORD || token->kind == TOKEN_NUMBER || token->kind == TOKEN_CLOSE;
}

/* if (a) && (b) {: all of it is the condition. if (a) && b) {: the first closer is none. */
static void propose_condition(const struct tape *tape, uint32_t head, uint32_t last,
                              struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t opener = head + 1, closer = opener < last ? layout->match[opener] : LAYOUT_NONE;
    if (closer == LAYOUT_NONE || closer <= opener || closer + 1 >= last) return;
    if (layout_char(layout, opener) != '(' || !joins_conditions(layout, closer + 1)) return;
    uint32_t end = closer + 1;
    for (; end < last; end++) {
        const struct token *token = &tokens[end];
        if (token->kind == TOKEN_OPEN && layout_char(layout, end) != '{') {
            if (layout->match[end] == LAYOUT_NONE || layout->match[end] >= last) return;
            end = layout->match[end];
        } else if (token->kind == TOKEN_OPEN || token->kind == TOKEN_COMMENT ||
                   layout_spells(layout, end, ";") || (token->kind == TOKEN_WORD && ends_value(token - 1))) {
            break;
        } else if (token->kind == TOKEN_CLOSE) {
            struct text_edit away = {tokens[closer].start_byte, tokens[closer].end_byte, "", 0};
            variant_add(list, &away, 1, WRAP, FINDING_UNEXPECTED_TOKEN, NULL, "unexpected `)`");
            return;
        }
    }
    struct text_edit splices[2] = {{tokens[opener].start_byte, tokens[opener].start_byte, "(", 1},
                                   {tokens[end - 1].end_byte, tokens[end - 1].end_byte, ")", 1}};
    variant_add(list, splices, 2, WRAP, FINDING_MISSING_TOKEN, "put the whole condition in parentheses",
                "the condition goes on behind its `)`");
}

/* for (x in y): where the head of a loop stands without parentheses. */
static void propose_loop_head(const struct tape *tape, uint32_t word, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t opener = word + 1;
    if (!layout_spells(layout, word, "for") || !layout_spells(layout, opener, "(")) return;
    uint32_t closer = layout->match[opener];
    if (closer == LAYOUT_NONE || closer <= opener + 1 || closer - opener > LINE_TOKENS_MAX) return;
    if (!layout_spells(layout, closer + 1, ":") && !layout_spells(layout, closer + 1, "{")) return;
    bool glued = tokens[opener].start_byte == tokens[word].end_byte;
    struct text_edit splices[2] = {{tokens[opener].start_byte, tokens[opener].end_byte, " ", glued ? 1 : 0},
                                   {tokens[closer].start_byte, tokens[closer].end_byte, "", 0}};
    variant_add(list, splices, 2, TRANSLATE, FINDING_NOT_ALLOWED, "remove the parentheses",
                "the head of this loop stands without parentheses");
}

/* ---- casts ---- */

static bool names_type(const struct layout *layout, uint32_t index) {
    static const char *const types[] = {"int", "char", "float", "double", "long", "short", "byte"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (layout_spells(layout, index, types[i]))
            return language_literal(layout->language, types[i], strlen(types[i])) != NULL;
    return false;
}

/* int(x) and int x where a value stands: (int)(x), (int) x. */
static void propose_cast(const struct tape *tape, uint32_t index, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *type = layout_token(layout, index), *after = layout_token(layout, index + 1);
    if (index == 0 || !after || !names_type(layout, index)) return;
    const struct token *before = type - 1;
    char byte = layout_char(layout, index - 1);
    bool call = layout_char(layout, index + 1) == '(';
    bool listed = byte == '(' || byte == ',';
    if (before->kind != TOKEN_OPERATOR && !listed && !layout_spells(layout, index - 1, "return")) return;
    if (strchr(";:*", byte)) return;
    if (!call && after->kind != TOKEN_WORD && after->kind != TOKEN_NUMBER) return;
    struct text_edit splices[2] = {{type->start_byte, type->start_byte, "(", 1},
                                   {type->end_byte, type->end_byte, ")", 1}};
    variant_add(list, splices, 2, listed && !call ? CAST_IN_LIST : CAST,
                call ? FINDING_NOT_ALLOWED : FINDING_MISSING_TOKEN, "make it a cast",
                call ? "a type is not called; a cast is `(type)value`" : "a cast is `(type)value`");
}

/* ---- indexes ---- */

/* a[] where a value stands: the array itself was meant, or an index that nobody can know. */
static void propose_whole(const struct tape *tape, uint32_t opener, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    if (opener == 0 || !layout_spells(layout, opener, "[") || !layout_spells(layout, opener + 1, "]")) return;
    bool value = tokens[opener - 1].kind == TOKEN_WORD || layout_spells(layout, opener - 1, "]");
    if (!value || tokens[opener - 1].end_byte != tokens[opener].start_byte) return;
    struct text_edit splice = {tokens[opener].start_byte, tokens[opener + 1].end_byte, "", 0};
    variant_add(list, &splice, 1, WHOLE, FINDING_UNEXPECTED_TOKEN, "take the whole array",
                "there is no index between `[` and `]`");
}

/* ---- words of other languages ---- */

/* `else if` where the language has one word for it, and that word where it has not. */
static void propose_else_if(const struct tape *tape, uint32_t index, struct variant_list *list) {
    static const char *const words[] = {"elif", "elsif", "elseif"};
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    if (language_literal(layout->language, "elif", 4)) {
        if (!layout_spells(layout, index, "else") || !layout_spells(layout, index + 1, "if")) return;
        struct text_edit splice = {tokens[index].start_byte, tokens[index + 1].end_byte, "elif", 4};
        variant_add(list, &splice, 1, TRANSLATE, FINDING_WRONG_TOKEN, NULL,
                    "unexpected `else if`, `elif` is meant");
        return;
    }
    if (!language_literal(layout->language, "else", 4) || !language_literal(layout->language, "if", 2))
        return;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!layout_spells(layout, index, words[i])) continue;
        struct text_edit splice = {tokens[index].start_byte, tokens[index].end_byte, "else if", 7};
        variant_add(list, &splice, 1, TRANSLATE, FINDING_MISSPELT_KEYWORD, NULL,
                    arena_printf(list->arena, "unexpected `%s`, `else if` is meant", words[i]));
    }
}

/* not x where the language writes !x. */
static void propose_not(const struct tape *tape, uint32_t index, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *token = layout_token(layout, index), *after = layout_token(layout, index + 1);
    if (!after || !layout_spells(layout, index, "not") || language_literal(layout->language, "not", 3) ||
        !language_literal(layout->language, "!", 1))
        return;
    if (after->kind != TOKEN_WORD && layout_char(layout, index + 1) != '(') return;
    if (index > 0 && ends_value(token - 1) && !((token - 1)->flags & TOKEN_KEYWORD) &&
        !layout_spells(layout, index - 1, "(") && !layout_spells(layout, index - 1, "and") &&
        !layout_spells(layout, index - 1, "or"))
        return;
    struct text_edit splice = {token->start_byte, after->start_byte, "!", 1};
    variant_add(list, &splice, 1, TRANSLATE, FINDING_WRONG_TOKEN, NULL, "unexpected `not`, expected `!`");
}

/* ---- braces ---- */

/* The `{` on a line of its own, where the line end before it ends the statement. */
static void propose_joined(const struct tape *tape, uint32_t index, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    if (index == 0 || !layout_spells(layout, index, "{") || !(tokens[index].flags & TOKEN_LINE_START)) return;
    if (tokens[index - 1].kind == TOKEN_COMMENT || layout->language->flags & LANGUAGE_LAYOUT) return;
    struct text_edit splice = {tokens[index - 1].end_byte, tokens[index].start_byte, " ", 1};
    variant_add(list, &splice, 1, TRANSLATE, FINDING_NOT_ALLOWED, "join the lines",
                "the `{` stands in the line of its head");
}

/* Whether the token is all that its line holds, or what stands before another keyword (`} else`). */
static bool begins_alone(const struct layout *layout, uint32_t token) {
    const struct token *tokens = layout->tokens.items;
    return tokens[token].flags & TOKEN_LINE_START &&
           (tokens[token].flags & TOKEN_LINE_END ||
            (token + 1 < layout->tokens.count && tokens[token + 1].flags & TOKEN_KEYWORD));
}

/* if x {  ...  } where blocks are indented: a colon, and no braces. */
static void propose_colon(const struct tape *tape, uint32_t index, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    if (index == 0 || !layout_spells(layout, index, "{") || !(tokens[index].flags & TOKEN_LINE_END)) return;
    uint32_t closer = layout->match[index];
    if (closer == LAYOUT_NONE || closer < index || !begins_alone(layout, closer)) return;
    struct text_edit splices[2] = {{tokens[index - 1].end_byte, tokens[index].end_byte, ":", 1}};
    uint32_t start = tokens[closer].start_byte, end = tokens[closer].end_byte;
    if (tokens[closer].flags & TOKEN_LINE_END) { /* with its line */
        start = tape_line_start(tape, start);
        end = tape_line_end(tape, end);
        if (end < tape->length && tape->bytes[end] == '\r') end++;
        if (end < tape->length && tape->bytes[end] == '\n') end++;
    } else {
        end = tokens[closer + 1].start_byte;
    }
    splices[1] = (struct text_edit){start, end, "", 0};
    variant_add(list, splices, 2, TRANSLATE, FINDING_WRONG_TOKEN, "write `:` and no braces",
                "unexpected `{`, expected `:`");
}

/* ---- names of packages ---- */

/* package my-shop.2024; as the folder is called: `_` for what no name has, and before a digit (JLS 6.1). */
static void propose_package(const struct tape *tape, uint32_t first, uint32_t last,
                            struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    if (!(layout->language->flags & LANGUAGE_SEMICOLONS) || last - first < 3 ||
        !layout_spells(layout, first, "package") || !(tokens[first].flags & TOKEN_KEYWORD) ||
        !layout_spells(layout, last - 1, ";"))
        return;
    uint32_t start = tokens[first + 1].start_byte, end = tokens[last - 2].end_byte;
    struct str name;
    str_init(&name);
    bool begins = true, named = true; /* a part of the name; with something in each */
    for (uint32_t at = start; at < end && named;) {
        unsigned char byte = (unsigned char)tape->bytes[at];
        if (begins && isdigit(byte)) str_addc(&name, '_');
        if (pp_is_word(byte) || byte == '.') {
            named = !begins || byte != '.';
            str_addc(&name, (char)byte);
            begins = byte == '.';
            at++;
            continue;
        }
        named = !begins;
        while (at < end && !pp_is_word((unsigned char)tape->bytes[at]) && tape->bytes[at] != '.')
            at++;
        str_addc(&name, '_');
    }
    struct text_edit splice = {start, end, name.bytes, (uint32_t)name.length};
    if (named && !begins &&
        (name.length != end - start || memcmp(name.bytes, tape->bytes + start, end - start)))
        variant_add(list, &splice, 1, TRANSLATE, FINDING_NOT_ALLOWED, NULL,
                    "a package's name has only letters, digits and `_`");
    str_finish(&name);
}

/* ---- what is proposed ---- */

void phrases_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t next = layout_next(layout, stuck), count = (uint32_t)layout->tokens.count;
    for (uint32_t i = next > 2 ? next - 2 : 0; i <= next && i + 1 < count; i++) {
        propose_habit(tape, i, list);
        propose_cast(tape, i, list);
        propose_whole(tape, i, list);
        propose_not(tape, i, list);
        if (layout->language->flags & LANGUAGE_LAYOUT)
            propose_colon(tape, i, list);
        else
            propose_joined(tape, i, list);
    }
    uint32_t at = next < count ? next : count;
    if (at > 0 && (at == count || tokens[at].flags & TOKEN_LINE_START)) at--;
    if (count == 0) return;
    uint32_t first = at, last = at;
    while (first > 0 && at - first < LINE_TOKENS_MAX && tokens[first - 1].line == tokens[at].line)
        first--;
    while (last < count && last - at < LINE_TOKENS_MAX && tokens[last].line == tokens[at].line)
        last++;
    propose_package(tape, first, last, list);
    uint32_t flags = layout->language->flags;
    bool bare = flags & LANGUAGE_LAYOUT; /* conditions need no parentheses */
    bool bare_loops = !(flags & LANGUAGE_SEMICOLONS) || flags & LANGUAGE_LIFETIMES;
    for (uint32_t i = first; i < last; i++) {
        propose_else_if(tape, i, list);
        if (!bare && (layout_spells(layout, i, "if") || layout_spells(layout, i, "while")))
            propose_condition(tape, i, last, list);
        if (bare_loops) propose_loop_head(tape, i, list);
    }
}
