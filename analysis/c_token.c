#include "analysis/c_token.h"

#include "analysis/pp_token.h"

#include <string.h>

#define BLOCK        64 /* compared at once */
#define LOOKED_AHEAD 4  /* bytes from a token's start that may have decided where the one before it ends */

enum class {
    CLASS_OTHER,
    CLASS_SPACE,
    CLASS_LINE_END,
    CLASS_WORD,
    CLASS_DIGIT,
    CLASS_QUOTE,
    CLASS_OPEN,
    CLASS_CLOSE,
    CLASS_SLASH,
    CLASS_HASH,
    CLASS_BACKSLASH,
    CLASS_DIGRAPH, /* < : % */
};

static const uint8_t classes[256] = {
    [' '] = CLASS_SPACE,        ['\t'] = CLASS_SPACE,         ['\f'] = CLASS_SPACE,
    ['\v'] = CLASS_SPACE,       ['\n'] = CLASS_LINE_END,      ['\r'] = CLASS_LINE_END,
    ['a' ... 'z'] = CLASS_WORD, ['A' ... 'Z'] = CLASS_WORD,   ['_'] = CLASS_WORD,
    ['$'] = CLASS_WORD,         [0x80 ... 0xff] = CLASS_WORD, ['0' ... '9'] = CLASS_DIGIT,
    ['"'] = CLASS_QUOTE,        ['\''] = CLASS_QUOTE,         ['('] = CLASS_OPEN,
    ['['] = CLASS_OPEN,         ['{'] = CLASS_OPEN,           [')'] = CLASS_CLOSE,
    [']'] = CLASS_CLOSE,        ['}'] = CLASS_CLOSE,          ['/'] = CLASS_SLASH,
    ['#'] = CLASS_HASH,         ['\\'] = CLASS_BACKSLASH,     ['<'] = CLASS_DIGRAPH,
    [':'] = CLASS_DIGRAPH,      ['%'] = CLASS_DIGRAPH,
};

struct scan {
    const char *bytes;
    uint32_t length, at;
    uint32_t column_0; /* the line's first byte */
    bool line_start;   /* no token yet on this line */
};

static uint8_t class_at(const struct scan *scan, uint32_t at) {
    return at < scan->length ? classes[(unsigned char)scan->bytes[at]] : CLASS_LINE_END;
}

/* A backslash and a line end (with spaces between, as compilers allow): its length, or 0. */
static uint32_t splice(const struct scan *scan, uint32_t at) {
    if (at >= scan->length || scan->bytes[at] != '\\') return 0;
    uint32_t end = at + 1;
    while (end < scan->length && (scan->bytes[end] == ' ' || scan->bytes[end] == '\t'))
        end++;
    if (end < scan->length && scan->bytes[end] == '\n') return end + 1 - at;
    if (end < scan->length && scan->bytes[end] == '\r')
        return end + 1 + (end + 1 < scan->length && scan->bytes[end + 1] == '\n') - at;
    return 0;
}

static uint32_t line_end(const struct scan *scan, uint32_t at) {
    while (at < scan->length && scan->bytes[at] != '\n' && scan->bytes[at] != '\r') {
        uint32_t joined = splice(scan, at);
        at += joined ? joined : 1;
    }
    return at;
}

static uint32_t block_comment_end(const struct scan *scan, uint32_t at) {
    for (at += 2; at + 1 < scan->length; at++) {
        const char *star = memchr(scan->bytes + at, '*', scan->length - 1 - at);
        if (!star) return scan->length;
        at = (uint32_t)(star - scan->bytes);
        if (scan->bytes[at + 1] == '/') return at + 2;
    }
    return scan->length;
}

/* Behind the closing quote, or the end of the line. at: the opening quote. */
static uint32_t string_end(const struct scan *scan, uint32_t at) {
    char quote = scan->bytes[at++];
    while (at < scan->length) {
        char c = scan->bytes[at];
        if (c == quote) return at + 1;
        if (c == '\n' || c == '\r') return at;
        if (c == '\\') {
            uint32_t joined = splice(scan, at);
            at += joined ? joined : 2;
        } else {
            at++;
        }
    }
    return scan->length;
}

static uint32_t plain_word_end(const struct scan *scan, uint32_t at) {
    for (;;) {
        uint8_t class = class_at(scan, at);
        if (at < scan->length && (class == CLASS_WORD || class == CLASS_DIGIT)) {
            at++;
            continue;
        }
        uint32_t joined = splice(scan, at);
        if (!joined) return at;
        class = class_at(scan, at + joined);
        if (at + joined >= scan->length || (class != CLASS_WORD && class != CLASS_DIGIT)) return at;
        at += joined;
    }
}

/* Behind @NAME@, which configure fills in; 0: it is none. */
static uint32_t substitution_end(const struct scan *scan, uint32_t at) {
    if (scan->bytes[at] != '@' || at + 1 == scan->length || class_at(scan, at + 1) != CLASS_WORD) return 0;
    uint32_t end = plain_word_end(scan, at + 1);
    return end < scan->length && scan->bytes[end] == '@' ? end + 1 : 0;
}

/* Of a word that substitutions may be parts of: _@PREFIX@_H. */
static uint32_t word_end(const struct scan *scan, uint32_t at) {
    for (;;) {
        at = plain_word_end(scan, at);
        uint32_t behind = at < scan->length ? substitution_end(scan, at) : 0;
        if (!behind) return at;
        at = behind;
    }
}

static uint32_t number_end(const struct scan *scan, uint32_t at) {
    for (; at < scan->length; at++) {
        uint8_t class = class_at(scan, at);
        char c = scan->bytes[at], before = scan->bytes[at - 1];
        bool exponent =
            (c == '+' || c == '-') && (before == 'e' || before == 'E' || before == 'p' || before == 'P');
        bool separator = c == '\'' && class_at(scan, at + 1) == CLASS_DIGIT;
        if (class != CLASS_WORD && class != CLASS_DIGIT && c != '.' && !exponent && !separator) break;
    }
    return at;
}

/* Space, comments and joined lines within a line. */
static uint32_t skip_blank(const struct scan *scan, uint32_t at) {
    for (;;) {
        uint32_t joined;
        if (at < scan->length && classes[(unsigned char)scan->bytes[at]] == CLASS_SPACE)
            at++;
        else if ((joined = splice(scan, at)))
            at += joined;
        else if (at + 1 < scan->length && scan->bytes[at] == '/' && scan->bytes[at + 1] == '*')
            at = block_comment_end(scan, at);
        else
            return at;
    }
}

/* To the end of the directive's line: a block comment in it may run over lines. */
static uint32_t directive_end(const struct scan *scan, uint32_t at) {
    while (at < scan->length && scan->bytes[at] != '\n' && scan->bytes[at] != '\r') {
        uint32_t joined = splice(scan, at);
        char c = scan->bytes[at], next = at + 1 < scan->length ? scan->bytes[at + 1] : 0;
        if (joined)
            at += joined;
        else if (c == '/' && next == '*')
            at = block_comment_end(scan, at);
        else if (c == '/' && next == '/')
            at = line_end(scan, at);
        else if (c == '"' || c == '\'')
            at = string_end(scan, at);
        else
            at++;
    }
    return at;
}

static const struct {
    const char *name;
    enum c_directive directive;
} directives[] = {
    {"if", C_DIRECTIVE_IF},     {"ifdef", C_DIRECTIVE_IFDEF},     {"ifndef", C_DIRECTIVE_IFNDEF},
    {"elif", C_DIRECTIVE_ELIF}, {"elifdef", C_DIRECTIVE_ELIFDEF}, {"elifndef", C_DIRECTIVE_ELIFNDEF},
    {"else", C_DIRECTIVE_ELSE}, {"endif", C_DIRECTIVE_ENDIF},     {"error", C_DIRECTIVE_ERROR}};

static void directive_name(const struct scan *scan, uint32_t hash, uint32_t *ret_start, uint32_t *ret_end) {
    uint32_t at = hash + (scan->bytes[hash] == '#' ? 1u : 2u); /* %: is two bytes */
    *ret_start = skip_blank(scan, at);
    *ret_end = class_at(scan, *ret_start) == CLASS_WORD ? word_end(scan, *ret_start) : *ret_start;
}

static uint8_t kind_of_name(const struct scan *scan, uint32_t start, uint32_t end) {
    char name[sizeof "elifndef"]; /* the longest; without the joined lines in it */
    size_t length = 0;
    for (uint32_t at = start; at < end && length < sizeof name;) {
        uint32_t joined = splice(scan, at);
        if (!joined) name[length++] = scan->bytes[at];
        at += joined ? joined : 1;
    }
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++)
        if (strlen(directives[i].name) == length && !memcmp(directives[i].name, name, length))
            return directives[i].directive;
    return C_DIRECTIVE_OTHER;
}

static uint8_t directive_kind(const struct scan *scan, uint32_t hash) {
    uint32_t start, end;
    directive_name(scan, hash, &start, &end);
    return kind_of_name(scan, start, end);
}

/* A bracket or # spelt with two bytes: what it stands for, or 0. */
static char digraph(const struct scan *scan, uint32_t at) {
    char c = scan->bytes[at], next = at + 1 < scan->length ? scan->bytes[at + 1] : 0;
    if (c == '<' && next == ':') return '[';
    if (c == '<' && next == '%') return '{';
    if (c == ':' && next == '>') return ']';
    if (c == '%' && next == '>') return '}';
    if (c == '%' && next == ':') return '#';
    return 0;
}

static bool is_string_prefix(const char *bytes, uint32_t length) {
    return length == 1   ? bytes[0] == 'L' || bytes[0] == 'u' || bytes[0] == 'U'
           : length == 2 ? bytes[0] == 'u' && bytes[1] == '8'
                         : false;
}

/* False at the end. */
static bool next_token(struct scan *scan, struct c_token *ret_token) {
    const char *bytes = scan->bytes;
    uint32_t length = scan->length;
    while (scan->at < length) {
        uint32_t at = scan->at, joined;
        struct c_token token = {.start_byte = at,
                                .byte = (uint8_t)bytes[at],
                                .column_0 = at == scan->column_0,
                                .line_start = scan->line_start};
        uint8_t class = classes[(unsigned char)bytes[at]];
        char two = class == CLASS_DIGRAPH ? digraph(scan, at) : 0;
        if (two) {
            token.byte = (uint8_t)two;
            class = classes[(unsigned char)two];
        }
        switch (class) {
        case CLASS_SPACE: scan->at++; continue;
        case CLASS_LINE_END:
            scan->line_start = true;
            scan->column_0 = ++scan->at;
            continue;
        case CLASS_BACKSLASH:
            joined = splice(scan, at);
            if (joined) {
                scan->at += joined;
                continue;
            }
            token.kind = C_OTHER;
            scan->at++;
            break;
        case CLASS_SLASH:
            if (at + 1 < length && bytes[at + 1] == '*') {
                scan->at = block_comment_end(scan, at);
                if (scan->at - at >= 4 && bytes[scan->at - 2] == '*' && bytes[scan->at - 1] == '/') continue;
                token.kind = C_OTHER; /* not closed: the rest is one token */
                break;
            }
            if (at + 1 < length && bytes[at + 1] == '/') {
                scan->at = line_end(scan, at);
                continue;
            }
            token.kind = C_OTHER;
            scan->at++;
            break;
        case CLASS_HASH:
            if (scan->line_start) {
                token.kind = C_DIRECTIVE;
                token.byte = directive_kind(scan, at);
                scan->at = directive_end(scan, at);
            } else {
                token.kind = C_OTHER;
                scan->at += two ? 2 : 1;
            }
            break;
        case CLASS_WORD:
            token.kind = C_WORD;
            scan->at = word_end(scan, at);
            if (scan->at < length && classes[(unsigned char)bytes[scan->at]] == CLASS_QUOTE &&
                is_string_prefix(bytes + at, scan->at - at)) {
                token.kind = bytes[scan->at] == '"' ? C_STRING : C_CHARACTER;
                scan->at = string_end(scan, scan->at);
            }
            break;
        case CLASS_DIGIT:
            token.kind = C_NUMBER;
            scan->at = number_end(scan, at + 1);
            break;
        case CLASS_QUOTE:
            token.kind = bytes[at] == '"' ? C_STRING : C_CHARACTER;
            scan->at = string_end(scan, at);
            break;
        case CLASS_OPEN:
        case CLASS_CLOSE:
            token.kind = class == CLASS_OPEN ? C_OPEN : C_CLOSE;
            scan->at += two ? 2 : 1;
            break;
        default:
            if (bytes[at] == '.' && class_at(scan, at + 1) == CLASS_DIGIT && at + 1 < length) {
                token.kind = C_NUMBER;
                scan->at = number_end(scan, at + 1);
                break;
            }
            scan->at = word_end(scan, at);
            token.kind = scan->at > at ? C_WORD : C_OTHER;
            if (scan->at == at) scan->at++;
        }
        if (scan->at > length) scan->at = length;
        token.end_byte = scan->at;
        scan->line_start = false;
        *ret_token = token;
        return true;
    }
    return false;
}

/* The mark of UTF-8 is nothing. */
static void pass_mark(struct scan *scan) {
    if (scan->length >= 3 && !memcmp(scan->bytes, "\xef\xbb\xbf", 3)) scan->at = scan->column_0 = 3;
}

void c_token_scan(const char *bytes, uint32_t length, struct c_tokens *tokens) {
    struct scan scan = {.bytes = bytes, .length = length, .line_start = true};
    struct c_token token;
    pass_mark(&scan);
    while (next_token(&scan, &token))
        vec_push(tokens, token);
}

static uint32_t common_start(const char *a, const char *b, uint32_t length) {
    uint32_t at = 0;
    while (length - at >= BLOCK && !memcmp(a + at, b + at, BLOCK))
        at += BLOCK;
    while (at < length && a[at] == b[at])
        at++;
    return at;
}

/* a and b: ends. */
static uint32_t common_end(const char *a, const char *b, uint32_t length) {
    uint32_t at = 0;
    while (length - at >= BLOCK && !memcmp(a - at - BLOCK, b - at - BLOCK, BLOCK))
        at += BLOCK;
    while (at < length && a[-(ptrdiff_t)at - 1] == b[-(ptrdiff_t)at - 1])
        at++;
    return at;
}

/* What a scan does next follows from where it is and what flags the token there has. So it goes on from the
 * last token that the change has not touched, until it meets one from before the change. */
void c_token_rescan(const char *bytes, uint32_t length, const char *earlier, uint32_t earlier_length,
                    struct c_tokens *tokens) {
    uint32_t least = length < earlier_length ? length : earlier_length;
    uint32_t same = common_start(bytes, earlier, least);
    uint32_t same_end = common_end(bytes + length, earlier + earlier_length, least - same);
    size_t touched;
    vec_bisect(tokens, token, token->start_byte + LOOKED_AHEAD <= same, &touched);
    size_t kept = touched, met = touched;
    struct scan scan = {.bytes = bytes, .length = length, .line_start = true};
    if (kept > 0) {
        const struct c_token *last = &tokens->items[--kept];
        scan.at = last->start_byte;
        scan.column_0 = last->column_0 ? last->start_byte : UINT32_MAX;
        scan.line_start = last->line_start;
    } else {
        pass_mark(&scan);
    }
    struct c_tokens fresh = {0};
    struct c_token token;
    bool meets = false;
    while (!meets && next_token(&scan, &token)) {
        if (token.start_byte >= length - same_end) {
            uint32_t start = token.start_byte - length + earlier_length;
            while (met < tokens->count && tokens->items[met].start_byte < start)
                met++;
            const struct c_token *other = met < tokens->count ? &tokens->items[met] : NULL;
            meets = other && other->start_byte == start && other->column_0 == token.column_0 &&
                    other->line_start == token.line_start;
        }
        if (!meets) vec_push(&fresh, token);
    }
    if (!meets) met = tokens->count;
    for (size_t i = met; i < tokens->count; i++) {
        tokens->items[i].start_byte += length - earlier_length;
        tokens->items[i].end_byte += length - earlier_length;
    }
    size_t rest = tokens->count - met;
    vec_reserve(tokens, kept + fresh.count + rest);
    if (rest) memmove(tokens->items + kept + fresh.count, tokens->items + met, rest * sizeof *tokens->items);
    if (fresh.count) memcpy(tokens->items + kept, fresh.items, fresh.count * sizeof *fresh.items);
    tokens->count = kept + fresh.count + rest;
    vec_finish(&fresh);
}

void c_token_argument(const char *bytes, const struct c_token *directive, uint32_t *ret_start,
                      uint32_t *ret_end) {
    struct scan scan = {.bytes = bytes, .length = directive->end_byte};
    uint32_t start = directive->start_byte, end = start;
    bool marked = start < directive->end_byte && strchr("#%", bytes[start]);
    if (marked) directive_name(&scan, start, &start, &end);
    if (!marked && kind_of_name(&scan, start, word_end(&scan, start)) == directive->byte &&
        directive->byte != C_DIRECTIVE_OTHER)
        end = word_end(&scan, start);
    *ret_start = end;
    *ret_end = directive->end_byte;
}

bool c_token_defined_name(const char *bytes, const struct c_token *token, const char *word,
                          uint32_t *ret_start, uint32_t *ret_end) {
    uint32_t start, end, length = (uint32_t)strlen(word);
    if (token->kind != C_DIRECTIVE || token->byte != C_DIRECTIVE_OTHER) return false;
    c_token_argument(bytes, token, &start, &end);
    if (start < token->start_byte + length || memcmp(bytes + start - length, word, length) != 0) return false;
    while (start < end && (bytes[start] == ' ' || bytes[start] == '\t'))
        start++;
    *ret_start = start;
    while (start < end && pp_is_word((unsigned char)bytes[start]))
        start++;
    *ret_end = start;
    return start > *ret_start;
}

bool c_token_is(const char *bytes, const struct c_token *token, const char *word) {
    size_t length = strlen(word);
    return token->kind == C_WORD && token->end_byte - token->start_byte == length &&
           !memcmp(bytes + token->start_byte, word, length);
}
