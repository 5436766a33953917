#include "analysis/lost_directive.h"

#include "analysis/lost_glance.h"
#include "analysis/propose.h"

#include <ctype.h>
#include <string.h>

#define INCLUDE         0.3 /* costs as in propose.h: hardly anything else looks like that */
#define DEFINE_BESIDE   0.4 /* a line above or below is a definition, and the name is spelt as macros are */
#define DEFINE_NAMED    1.4 /* only the name tells */
#define DEFINE_PLACED   0.8 /* only the place */
#define DEFINE_ALONE    2.4 /* nothing but that it is no declaration */
#define NAME_BYTES_MIN  3   /* of a name that is spelt as macros are */
#define FILE_BYTES_MAX  256 /* of the name of a file */
#define LINE_TOKENS_MAX 4000

/* Whether the token is this directive. */
static bool is_directive(const struct layout *layout, uint32_t token, const char *word) {
    const struct token *directive = layout_token(layout, token);
    uint32_t length = (uint32_t)strlen(word);
    return directive && directive->kind == TOKEN_DIRECTIVE &&
           directive->end_byte - directive->start_byte > length &&
           !memcmp(layout->bytes + directive->end_byte - length, word, length);
}

/* ---- #include ---- */

/* Of C17 and POSIX, those that programs include most. */
static bool is_standard_header(const char *name, uint32_t length) {
    static const char *const stems[] = {
        "assert",    "complex", "ctype",  "dirent", "errno",   "fcntl",  "float",       "getopt", "inttypes",
        "limits",    "locale",  "math",   "poll",   "pthread", "regex",  "setjmp",      "signal", "stdarg",
        "stdatomic", "stdbool", "stddef", "stdint", "stdio",   "stdlib", "stdnoreturn", "string", "strings",
        "termios",   "threads", "time",   "uchar",  "unistd",  "wchar",  "wctype"};
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        if (length == strlen(stems[i]) + 2 && memcmp(name, stems[i], length - 2) == 0)
            return memcmp(name + length - 2, ".h", 2) == 0;
    return length > 4 && memcmp(name, "sys/", 4) == 0;
}

/* The directive is there, and one of the two marks around the file's name is not, or both. */
static void propose_mark(const struct tape *tape, uint32_t first, uint32_t last, struct variant_list *list) {
    const struct token *tokens = tape->layout.tokens.items;
    uint32_t start = tokens[first + 1].start_byte, end = tokens[last - 1].end_byte;
    bool opened = tape->bytes[start] == '<', closed = tape->bytes[end - 1] == '>';
    if ((opened && closed) || end - start > FILE_BYTES_MAX) return;
    for (uint32_t i = start + opened; i < end - closed; i++)
        if (!lost_is_path_byte(tape->bytes[i])) return;
    if (!opened && !closed) {
        if (!memchr(tape->bytes + start, '.', end - start)) return; /* a macro has the name in it */
        bool standard = is_standard_header(tape->bytes + start, end - start);
        struct text_edit marks[2] = {{start, start, standard ? "<" : "\"", 1},
                                     {end, end, standard ? ">" : "\"", 1}};
        variant_add(list, marks, 2, INCLUDE, FINDING_MISSING_TOKEN, NULL,
                    standard ? "missing `<` and `>`" : "missing quotes");
        return;
    }
    uint32_t at = opened ? end : start;
    struct text_edit splice = {at, at, opened ? ">" : "<", 1};
    variant_add(list, &splice, 1, INCLUDE, FINDING_MISSING_TOKEN, NULL,
                opened ? "missing `>`" : "missing `<`");
}

/* ---- #define ---- */

static bool is_upper_name(const struct layout *layout, uint32_t token) {
    const struct token *name = &layout->tokens.items[token];
    if (name->end_byte - name->start_byte < NAME_BYTES_MIN) return false;
    for (uint32_t i = name->start_byte; i < name->end_byte; i++)
        if (islower((unsigned char)layout->bytes[i])) return false;
    return true;
}

/* The first token of the line above the one that begins with `first`; LAYOUT_NONE: there is none, or not
 * directly above. */
static uint32_t line_above(const struct layout *layout, uint32_t first) {
    uint32_t line = layout->tokens.items[first].line;
    if (first == 0 || layout->tokens.items[first - 1].line + 1 != line) return LAYOUT_NONE;
    uint32_t i = first - 1;
    for (unsigned looked = 0; i > 0 && looked < LINE_TOKENS_MAX; looked++) {
        if (layout->tokens.items[i - 1].line != layout->tokens.items[i].line) break;
        i--;
    }
    return i;
}

/* Whether what stands before the line is complete. */
static bool begins_alone(const struct layout *layout, uint32_t first) {
    uint32_t before = first;
    while (before > 0 && layout->tokens.items[before - 1].kind == TOKEN_COMMENT)
        before--;
    if (before == 0) return true;
    char end = layout_char(layout, before - 1);
    if (end == ';' || end == '}') return true;
    for (unsigned looked = 0; before > 1 && looked < LINE_TOKENS_MAX; looked++) {
        if (layout->tokens.items[before - 1].flags & TOKEN_LINE_START) break;
        before--;
    }
    return layout->tokens.items[before - 1].kind == TOKEN_DIRECTIVE;
}

/* What the line would cost as a definition without its first word; PROPOSE_NEVER. */
static double cost_of_definition(const struct layout *layout, uint32_t first, uint32_t end) {
    const struct token *tokens = layout->tokens.items;
    if (tokens[first].kind != TOKEN_WORD || tokens[first].flags & TOKEN_KEYWORD || end < first + 2 ||
        layout->enclosing[first] != LAYOUT_NONE)
        return PROPOSE_NEVER;
    bool gap = tokens[first + 1].start_byte > tokens[first].end_byte;
    if (!gap && layout_char(layout, first + 1) != '(') return PROPOSE_NEVER;
    uint32_t above = line_above(layout, first);
    bool below = end < layout->tokens.count && tokens[end].line == tokens[end - 1].line + 1;
    bool beside = (above != LAYOUT_NONE && is_directive(layout, above, "define")) ||
                  (below && is_directive(layout, end, "define"));
    bool upper = is_upper_name(layout, first);
    bool statement = layout_char(layout, end - 1) == ';';
    if (beside) return upper ? DEFINE_BESIDE : statement ? PROPOSE_NEVER : DEFINE_PLACED;
    if (statement || !begins_alone(layout, first) || strchr("{,", layout_char(layout, end - 1)))
        return PROPOSE_NEVER;
    return upper ? DEFINE_NAMED : DEFINE_ALONE;
}

/* ---- lines ---- */

static void propose_word(const struct tape *tape, uint32_t first, const char *word, double cost,
                         const char *title, const char *message, struct variant_list *list) {
    uint32_t start = tape->layout.tokens.items[first].start_byte, begin = start;
    while (begin > 0 && (tape->bytes[begin - 1] == ' ' || tape->bytes[begin - 1] == '\t'))
        begin--;
    if (begin > 0 && !tape_is_line_end(tape->bytes[begin - 1])) begin = start; /* a comment ends there */
    struct text_edit splice = {begin, start, word, (uint32_t)strlen(word)};
    variant_add(list, &splice, 1, cost, FINDING_MISSING_TOKEN, title, message);
}

static void propose_line(const struct tape *tape, uint32_t first, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct token *tokens = layout->tokens.items;
    uint32_t end = first + 1; /* comments are no part of it */
    for (unsigned looked = 0; end < layout->tokens.count && looked < LINE_TOKENS_MAX; looked++, end++)
        if (tokens[end].line != tokens[first].line) break;
    uint32_t last = end;
    while (last > first + 1 && tokens[last - 1].kind == TOKEN_COMMENT)
        last--;
    if (is_directive(layout, first, "include")) {
        if (last > first + 1) propose_mark(tape, first, last, list);
        return;
    }
    if (lost_names_header(layout->bytes, tokens[first].start_byte, tokens[last - 1].end_byte)) {
        propose_word(tape, first, "#include ", INCLUDE, "insert `#include`", "missing `#include`", list);
        return;
    }
    double cost = cost_of_definition(layout, first, last);
    if (cost != PROPOSE_NEVER)
        propose_word(tape, first, "#define ", cost, "insert `#define`", "missing `#define`", list);
}

void lost_directive_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!(layout->language->flags & LANGUAGE_PREPROCESSOR)) return;
    uint32_t at[] = {layout_previous(layout, stuck), layout_next(layout, stuck)}, done = LAYOUT_NONE;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        if (at[i] == LAYOUT_NONE || at[i] >= layout->tokens.count) continue;
        uint32_t first = at[i];
        for (unsigned looked = 0; first > 0 && looked < LINE_TOKENS_MAX; looked++) {
            if (layout->tokens.items[first - 1].line != layout->tokens.items[first].line) break;
            first--;
        }
        if (first != done) propose_line(tape, first, list);
        done = first;
    }
}
