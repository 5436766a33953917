#include "analysis/bare.h"

#include <ctype.h>
#include <string.h>

#define VALUE_TOKENS  32  /* of a text without quotes */
#define WORD_OF_PROSE 3   /* bytes of one word of it at least */
#define QUOTES_NEAR   200 /* tokens before and behind a place */
#define RUN_MAX       400 /* bytes of a value without blanks */
#define BASE64_MIN    8
#define NOTHING_ELSE  0.4 /* it can hardly be anything else */
#define LIKELY        0.7
#define SIGN_ALONE    0.8
#define SENTENCE      0.6 /* three words and more */
#define TWO_WORDS     1.4
#define IN_MEMBER     0.6 /* added where one of the words may be too many */

static bool is_one_of(char byte, const char *set) {
    return byte && strchr(set, byte);
}

static bool is_letter(char byte) {
    return isalpha((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static char single(const struct layout *layout, uint32_t token) {
    return token_char(&layout->tokens.items[token], layout->bytes);
}

/* ---- which quotes ---- */

/* The quote that closes the token; 0: another one, or none. */
static char closing_quote(const struct layout *layout, uint32_t index) {
    const struct token *token = &layout->tokens.items[index];
    char last = layout->bytes[token->end_byte - 1];
    return token->kind == TOKEN_STRING && is_one_of(last, "\"'") ? last : 0;
}

/* The quotes that strings of this text have, or that Python itself writes. */
static const char *usual_quote(const struct layout *layout, uint32_t near) {
    if (!language_has_strings_in(layout->language, '\'')) return "\"";
    char quote = 0;
    for (uint32_t i = near; !quote && i-- > 0 && near - i < QUOTES_NEAR;)
        quote = closing_quote(layout, i);
    for (uint32_t i = near; !quote && i < layout->tokens.count && i - near < QUOTES_NEAR; i++)
        quote = closing_quote(layout, i);
    if (!quote) quote = layout->language->flags & LANGUAGE_LAYOUT ? '\'' : '"';
    return quote == '"' ? "\"" : "'";
}

static void quote_range(uint32_t start, uint32_t end, const char *quote, double cost,
                        struct variant_list *list) {
    struct text_edit splices[2] = {{start, start, quote, 1}, {end, end, quote, 1}};
    variant_add(list, splices, 2, cost, FINDING_MISSING_TOKEN, "put it in quotes", "text is quoted here");
}

/* ---- where values begin ---- */

/* The colon of a member: of an object or a dictionary. */
static bool is_member_colon(const struct layout *layout, uint32_t token) {
    if (single(layout, token) != ':') return false;
    uint32_t opener = layout->enclosing[token];
    return opener != LAYOUT_NONE && layout_char(layout, opener) == '{' &&
           language_has_strings_in(layout->language, layout->language->flags & LANGUAGE_DATA ? '"' : '\'');
}

static bool begins_value(const struct layout *layout, uint32_t token) {
    return is_one_of(single(layout, token), "([,=") || is_member_colon(layout, token) ||
           layout_spells(layout, token, "return");
}

/* `import x from PATH`, `import PATH`, and the lines of Go's `import (...)`. */
static bool is_before_path(const struct layout *layout, uint32_t value) {
    enum language_imports imports = layout->language->imports;
    uint32_t opener = layout->enclosing[value];
    if (imports == IMPORTS_SCRIPT)
        return value > 0 &&
               (layout_spells(layout, value - 1, "from") || layout_spells(layout, value - 1, "import"));
    if (imports != IMPORTS_GO) return false;
    if (value > 0 && layout_spells(layout, value - 1, "import")) return true;
    return opener != LAYOUT_NONE && opener > 0 && layout_spells(layout, opener - 1, "import") &&
           layout->tokens.items[value].flags & TOKEN_LINE_START;
}

/* ---- values without blanks in them ---- */

struct run {
    const char *bytes;
    uint32_t start, end;
    bool data, path; /* JSON; where only the path of a module can stand */
    bool slash;      /* a slash may begin a regular expression */
};

static char run_byte(const struct run *run, uint32_t at) {
    return at < run->end ? run->bytes[at] : 0;
}

static bool run_begins(const struct run *run, const char *text) {
    size_t length = strlen(text);
    return run->end - run->start > length && memcmp(run->bytes + run->start, text, length) == 0;
}

/* Up to a blank, a separator or a closer; `file_{}.format(x)` is cut where the text ends. False: there are
 * quotes in it, or it goes on as a call or an index. */
static bool read_run(const struct layout *layout, uint32_t start, struct run *run) {
    *run = (struct run){.bytes = layout->bytes,
                        .start = start,
                        .data = layout->language->flags & LANGUAGE_DATA,
                        .slash = layout->language->flags & LANGUAGE_REGEX};
    unsigned open = 0;
    uint32_t at = start, format = 0;
    for (; at < layout->length && at - start < RUN_MAX; at++) {
        char byte = layout->bytes[at];
        if (is_one_of(byte, " \t\r\n,;)]") || (byte == '}' && !open)) break;
        if (is_one_of(byte, "\"'`[<>")) return false;
        if (byte == '(') {
            bool formats = format && at - format == sizeof ".format" - 1;
            if (!formats || memcmp(layout->bytes + format, ".format", at - format) != 0) return false;
            run->end = format;
            return true;
        }
        open += byte == '{';
        open -= byte == '}';
        if (byte == '.' && at > start && layout->bytes[at - 1] == '}') format = at;
    }
    run->end = at;
    while (at < layout->length && is_one_of(layout->bytes[at], " \t"))
        at++;
    return run->end > start && (at == layout->length || is_one_of(layout->bytes[at], ",;)]}\r\n"));
}

/* 0x1f, 1_000, 1.5e3f, 10L: whatever the language, it was meant as a number. */
static bool is_numeral(const struct run *run) {
    uint32_t at = run->start;
    bool based = run_byte(run, at) == '0' && is_one_of(run_byte(run, at + 1), "xXbBoO");
    if (based) {
        for (at += 2; at < run->end && (isxdigit((unsigned char)run->bytes[at]) || run->bytes[at] == '_');)
            at++;
    } else {
        while (is_digit(run_byte(run, at)) || is_one_of(run_byte(run, at), "._"))
            at++;
        if (is_one_of(run_byte(run, at), "eE")) {
            uint32_t power = at + 1 + is_one_of(run_byte(run, at + 1), "+-");
            if (is_digit(run_byte(run, power))) {
                for (at = power; is_digit(run_byte(run, at));)
                    at++;
            }
        }
    }
    while (is_one_of(run_byte(run, at), "uUlLfFdDjJn"))
        at++;
    return at == run->end;
}

/* What begins with a digit: 1.2.3, 12:30, 2024-01-02, 9ede82, 10px. */
static double numeric_cost(const struct run *run) {
    unsigned dots = 0, colons = 0, dashes = 0, letters = 0, others = 0;
    for (uint32_t at = run->start; at < run->end; at++) {
        char byte = run->bytes[at];
        bool between = at > run->start && isalnum((unsigned char)run->bytes[at - 1]) && at + 1 < run->end &&
                       isalnum((unsigned char)run->bytes[at + 1]);
        dots += byte == '.' && between;
        colons += byte == ':' && between;
        dashes += is_one_of(byte, "-/") && between;
        letters += is_letter(byte);
        others += !isalnum((unsigned char)byte) && !(is_one_of(byte, ".:-/_") && between);
    }
    if (others) return 0;
    if (dots > 1 || colons) return NOTHING_ELSE;
    if (dashes > 1) return LIKELY;
    if (letters && !dashes && !dots && !is_numeral(run)) return LIKELY;
    return run->data && !letters && !dashes && !dots && run_begins(run, "0") ? LIKELY : 0;
}

/* Letters, digits and what stands between them in paths. */
static bool is_path(const struct run *run) {
    for (uint32_t at = run->start; at < run->end; at++)
        if (!isalnum((unsigned char)run->bytes[at]) && !is_one_of(run->bytes[at], "._-/@~")) return false;
    return true;
}

static bool is_base64(const struct run *run) {
    uint32_t end = run->end;
    while (end > run->start && run->bytes[end - 1] == '=')
        end--;
    for (uint32_t at = run->start; at < end; at++)
        if (!isalnum((unsigned char)run->bytes[at]) && !is_one_of(run->bytes[at], "+/")) return false;
    return end < run->end && run->end - end <= 2 && end - run->start >= BASE64_MIN;
}

/* #fff, #done: one word. */
static bool is_tag(const struct run *run) {
    for (uint32_t at = run->start + 1; at < run->end; at++)
        if (!isalnum((unsigned char)run->bytes[at]) && run->bytes[at] != '_') return false;
    return run->bytes[run->start] == '#' && run->end > run->start + 1;
}

/* name@host.tld */
static bool is_address(const struct run *run) {
    uint32_t at_sign = run->end, dot = run->end;
    for (uint32_t at = run->start; at < run->end; at++) {
        if (run->bytes[at] == '@' && at_sign < run->end) return false;
        if (run->bytes[at] == '@') at_sign = at;
        if (run->bytes[at] == '.' && at > at_sign) dot = at;
        if (!isalnum((unsigned char)run->bytes[at]) && !is_one_of(run->bytes[at], "._-+@")) return false;
    }
    return at_sign > run->start && dot < run->end - 1;
}

/* https://..., C:\... */
static bool is_place(const struct run *run) {
    uint32_t at = run->start;
    while (is_letter(run_byte(run, at)))
        at++;
    return at > run->start && run_byte(run, at) == ':' && is_one_of(run_byte(run, at + 1), "/\\");
}

/* 0: it may be an expression. */
static double run_cost(const struct run *run) {
    char begin = run->bytes[run->start], next = run_byte(run, run->start + 1);
    if (run->path) return is_path(run) ? NOTHING_ELSE : 0;
    if (is_digit(begin)) return numeric_cost(run);
    if (is_place(run) || is_address(run) || is_base64(run)) return NOTHING_ELSE;
    if (run_begins(run, "./") || run_begins(run, "../") || run_begins(run, "~/"))
        return is_path(run) ? NOTHING_ELSE : 0;
    if (begin == '/' && !run->slash && is_letter(next)) return is_path(run) ? LIKELY : 0;
    if (begin == '%' && is_letter(next)) return NOTHING_ELSE;
    if (is_tag(run)) return LIKELY;
    for (uint32_t at = run->start + 1; at + 1 < run->end; at++)
        if (run->bytes[at] == '{' && run->bytes[at + 1] == '}' && is_letter(begin)) return SIGN_ALONE;
    return 0;
}

/* Where the first token behind the value begins; what looks like a comment in it, as in http://a, is passed
 * with it. */
static uint32_t next_token_start(const struct layout *layout, uint32_t value, uint32_t end) {
    while (value < layout->tokens.count && layout->tokens.items[value].start_byte < end)
        value++;
    return value < layout->tokens.count ? layout->tokens.items[value].start_byte : layout->length;
}

/* The value that begins with this token. */
static void quote_run(const struct layout *layout, uint32_t value, uint32_t stuck,
                      struct variant_list *list) {
    const struct token *token = &layout->tokens.items[value];
    bool path = is_before_path(layout, value);
    if (!path && (value == 0 || !begins_value(layout, value - 1))) return;
    struct run run;
    if (!read_run(layout, token->start_byte, &run)) return;
    run.path = path;
    uint32_t before = value > 0 ? token[-1].start_byte : token->start_byte;
    if (stuck < before || stuck > next_token_start(layout, value, run.end)) return;
    double cost = run_cost(&run);
    if (cost > 0) quote_range(run.start, run.end, usual_quote(layout, value), cost, list);
}

/* ---- words side by side ---- */

/* Words between values in other languages: a and b. */
static bool joins(const struct layout *layout, uint32_t index) {
    return layout_spells(layout, index, "and") || layout_spells(layout, index, "or") ||
           layout_spells(layout, index, "not");
}

/* Words between separators, around the place. */
static void quote_prose(const struct tape *tape, uint32_t first, uint32_t last, uint32_t stuck,
                        struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (layout->language->flags & LANGUAGE_DATA) return;
    uint32_t at = layout_previous(layout, stuck);
    uint32_t held = layout_holding(layout, stuck);
    if (at == LAYOUT_NONE || at < first) at = first;
    if (held != LAYOUT_NONE && held > at && held < last) at = held;
    uint32_t from = at < last ? at : last - 1;
    while (from > first && !is_one_of(single(layout, from), "([,=") && !is_member_colon(layout, from))
        from--;
    char opener = single(layout, from);
    if (!is_one_of(opener, "([,=:")) return;
    from++;
    uint32_t to = from;
    unsigned pairs = 0, names = 0; /* of words side by side; of those that are no keywords */
    bool spelt = false;            /* letters alone are names rather than prose */
    bool words = opener != ',' || layout->enclosing[from] != LAYOUT_NONE; /* and what ends a sentence */
    while (to < last && to - from < VALUE_TOKENS) {
        const struct token *token = &layout->tokens.items[to];
        if (token->kind == TOKEN_STRING || token->kind == TOKEN_QUOTE || token->kind == TOKEN_OPEN ||
            token->kind == TOKEN_COMMENT || token->kind == TOKEN_CONFLICT)
            return;
        if (token->kind == TOKEN_CLOSE || single(layout, to) == ';') break;
        if (single(layout, to) == ',' && opener != '=') break;
        pairs += to > from && token->kind == TOKEN_WORD && token[-1].kind == TOKEN_WORD;
        spelt |= token->end_byte - token->start_byte >= WORD_OF_PROSE;
        names += to > from && token_is_name(token) && token_is_name(token - 1);
        if (to > from && joins(layout, to)) return;
        words &= token->kind == TOKEN_WORD || (to > from && is_one_of(single(layout, to), ".!?"));
        to++;
    }
    if (to == from || to - from >= VALUE_TOKENS) return;
    if (to == last && !is_one_of(opener, "=:")) return;
    uint32_t start = layout->tokens.items[from].start_byte, end = layout->tokens.items[to - 1].end_byte;
    if (stuck < layout->tokens.items[from - 1].start_byte || (to < last && stuck > end + 2)) return;
    double cost = (pairs > 1 ? SENTENCE : TWO_WORDS) + (opener == ':' ? IN_MEMBER : 0);
    if (words && spelt && names && pairs > (opener == '='))
        quote_range(start, end, usual_quote(layout, from), cost, list);
}

/* ---- signs ---- */

/* A character that is no value, where one stands: == \0, (x, #). */
static void quote_character(const struct tape *tape, uint32_t first, uint32_t last,
                            struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (layout->language->flags & LANGUAGE_DATA) return;
    for (uint32_t i = first + 1; i < last; i++) {
        const struct token *token = &layout->tokens.items[i], *before = token - 1;
        char byte = single(layout, i);
        bool escape = byte == '\\' && i + 1 < last && token[1].start_byte == token->end_byte &&
                      (isalnum((unsigned char)layout->bytes[token[1].start_byte])) &&
                      token[1].end_byte - token[1].start_byte <= 3;
        if (!escape && !is_one_of(byte, "#@$?\\^~%*&+/!|<>")) continue;
        uint32_t behind = i + (escape ? 2 : 1);
        if (behind < last && !is_one_of(single(layout, behind), "),;]:&|?")) continue;
        bool compared = before->kind == TOKEN_OPERATOR && layout->bytes[before->end_byte - 1] == '=';
        if (!compared && single(layout, i - 1) != ',' && !(escape && before->kind == TOKEN_OPEN)) continue;
        uint32_t end = escape ? token[1].end_byte : token->end_byte;
        quote_range(token->start_byte, end, "'", escape ? NOTHING_ELSE : SIGN_ALONE, list);
    }
}

/* f(*), [1, -, 2]: where characters are strings. */
static void quote_sign(const struct layout *layout, uint32_t first, uint32_t last,
                       struct variant_list *list) {
    if (layout->language->flags & LANGUAGE_DATA || language_has_characters(layout->language)) return;
    for (uint32_t i = first + 1; i + 1 < last; i++) {
        const struct token *token = &layout->tokens.items[i];
        if (token->kind != TOKEN_OPERATOR || is_one_of(single(layout, i), ",;:.=")) continue;
        if (is_one_of(single(layout, i - 1), "([,") && is_one_of(single(layout, i + 1), "),]"))
            quote_range(token->start_byte, token->end_byte, usual_quote(layout, i), SIGN_ALONE, list);
    }
}

void bare_propose(const struct tape *tape, uint32_t first, uint32_t last, uint32_t stuck_byte,
                  struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (first >= last) return;
    for (uint32_t i = first; i < last; i++)
        quote_run(layout, i, stuck_byte, list);
    quote_prose(tape, first, last, stuck_byte, list);
    quote_character(tape, first, last, list);
    quote_sign(layout, first, last, list);
}
