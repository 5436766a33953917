/* lexeme.c: see lexeme.h. */
#include "analysis/lexeme.h"

#include <string.h>

#define TEMPLATE_DEPTH_MAX                                                                                   \
    16 /* templates within ${...} within templates; deeper ones are plain characters                         \
        */
#define CONFLICT_MARKER_LENGTH 7

static const bool is_word_byte[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['_'] = true};

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_hex_digit(char byte) {
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_line_end(char byte) {
    return byte == '\n' || byte == '\r';
}

bool lexeme_starts(const char *bytes, size_t length, size_t at, const char *text) {
    for (; *text; text++, at++)
        if (at >= length || bytes[at] != *text) return false;
    return true;
}

size_t lexeme_character(const char *bytes, size_t length, size_t at, uint32_t *ret_code_point) {
    unsigned char lead = (unsigned char)bytes[at];
    *ret_code_point = lead;
    if (lead < 0x80) return at + 1;

    *ret_code_point = LEXEME_INVALID;
    size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || more >= length - at) return at + 1;
    uint32_t code_point = lead & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++) {
        unsigned char byte = (unsigned char)bytes[at + i];
        if ((byte & 0xc0) != 0x80) return at + 1;
        code_point = code_point << 6 | (byte & 0x3f);
    }
    bool overlong = (more == 2 && code_point < 0x800) || (more == 3 && code_point < 0x10000);
    bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    if (overlong || surrogate || code_point > 0x10ffff) return at + 1;
    *ret_code_point = code_point;
    return at + more + 1;
}

size_t lexeme_line_end(const char *bytes, size_t length, size_t at) {
    if (at >= length) return at;
    if (bytes[at] == '\r' && at + 1 < length && bytes[at + 1] == '\n') return at + 2;
    return is_line_end(bytes[at]) ? at + 1 : at;
}

/* Blocks of code points that are signs, not letters: quotes, spaces, arrows, symbols, full-width punctuation,
 * emoji. What is left is taken for a letter, which is right for every script and does not need Unicode's
 * tables. */
static bool is_letter_code_point(uint32_t code_point) {
    static const struct {
        uint32_t first, last;
    } signs[] = {{0x80, 0xa9},       {0xab, 0xb4},       {0xb6, 0xb9},     {0xbb, 0xbf},     {0xd7, 0xd7},
                 {0xf7, 0xf7},       {0x2000, 0x206f},   {0x20a0, 0x20cf}, {0x2190, 0x2bff}, {0x2e00, 0x2e7f},
                 {0x3000, 0x3004},   {0x3008, 0x3020},   {0xe000, 0xf8ff}, {0xfe00, 0xfe1f}, {0xfe30, 0xfe6f},
                 {0xfeff, 0xff0f},   {0xff1a, 0xff20},   {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xffe0, 0xffff},
                 {0x1f000, 0x1faff}, {0xe0000, 0x10ffff}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (code_point <= signs[i].last) return code_point < signs[i].first;
    return true;
}

/* Past the word character at `at`; `at` when there is none. */
static size_t word_character(const struct language *language, const char *bytes, size_t length, size_t at) {
    if (at >= length) return at;
    char byte = bytes[at];
    if (is_letter(byte) || is_digit(byte) || byte == '_') return at + 1;
    if ((unsigned char)byte < 0x80) return byte && strchr(language->word_extra, byte) ? at + 1 : at;
    uint32_t code_point;
    size_t end = lexeme_character(bytes, length, at, &code_point);
    return code_point != LEXEME_INVALID && is_letter_code_point(code_point) ? end : at;
}

size_t lexeme_word(const struct language *language, const char *bytes, size_t length, size_t at) {
    size_t begin = at;
    if (*language->word_prefix && lexeme_starts(bytes, length, at, language->word_prefix))
        begin += strlen(language->word_prefix);
    if (begin < length && is_digit(bytes[begin])) return at;
    size_t end = begin;
    for (size_t next = begin;; end = next) {
        while (next < length && is_word_byte[(unsigned char)bytes[next]])
            next++;
        end = next;
        next = word_character(language, bytes, length, end);
        if (next == end) break;
    }
    return end == begin ? at : end;
}

/* Digits, letters and '_' in a row, and C23's quote between digits. */
static size_t digits(const struct language *language, const char *bytes, size_t length, size_t at) {
    bool quotes = language->flags & LANGUAGE_PREPROCESSOR;
    while (at < length) {
        char byte = bytes[at];
        bool separator = quotes && byte == '\'' && at + 1 < length && is_hex_digit(bytes[at + 1]) &&
                         is_hex_digit(bytes[at - 1]);
        if (!is_digit(byte) && !is_letter(byte) && byte != '_' && !separator) break;
        at++;
    }
    return at;
}

static size_t hexadecimal(const struct language *language, const char *bytes, size_t length, size_t at) {
    size_t end = digits(language, bytes, length, at);
    size_t fraction = end;
    if (fraction < length && bytes[fraction] == '.')
        for (fraction++; fraction < length && is_hex_digit(bytes[fraction]);)
            fraction++;
    /* 0x1.8p3 is a number; 0xff.foo is one with a member. */
    bool exponent = fraction + 1 < length && (bytes[fraction] == 'p' || bytes[fraction] == 'P') &&
                    (is_digit(bytes[fraction + 1]) || strchr("+-", bytes[fraction + 1]));
    if (fraction != end && !exponent) return end;
    if (fraction != end) end = digits(language, bytes, length, fraction);
    bool sign = end < length && (bytes[end] == '+' || bytes[end] == '-') && end > at &&
                (bytes[end - 1] == 'p' || bytes[end - 1] == 'P');
    return sign ? digits(language, bytes, length, end + 1) : end;
}

/* Whether the '.' at `at`, right after digits, belongs to the number: not in `1..2`, `1.max(2)`, `1.e`; in
 * `1.`, `1.5`, `1.e5`, `1.f`. */
static bool is_fraction_dot(const struct language *language, const char *bytes, size_t length, size_t at) {
    if (at + 1 >= length) return true;
    char next = bytes[at + 1];
    if (is_digit(next)) return true;
    if (next == '.') return false;
    char after = at + 2 < length ? bytes[at + 2] : ' ';
    if (next == 'e' || next == 'E')
        return is_digit(after) ||
               ((after == '+' || after == '-') && at + 3 < length && is_digit(bytes[at + 3]));
    bool suffix = strchr("fFlLdDjJi", next) && next && !(language->flags & LANGUAGE_LIFETIMES);
    if (suffix) return word_character(language, bytes, length, at + 2) == at + 2;
    return lexeme_word(language, bytes, length, at + 1) == at + 1;
}

size_t lexeme_number(const struct language *language, const char *bytes, size_t length, size_t at,
                     bool whole) {
    bool dot_first = !whole && at + 1 < length && bytes[at] == '.' && is_digit(bytes[at + 1]);
    if (at >= length || (!is_digit(bytes[at]) && !dot_first)) return at;
    if (whole) {
        while (at < length && is_digit(bytes[at]))
            at++;
        return at;
    }
    bool is_hex = bytes[at] == '0' && at + 1 < length && (bytes[at + 1] == 'x' || bytes[at + 1] == 'X');
    if (is_hex) return hexadecimal(language, bytes, length, at);

    size_t end = dot_first ? at : digits(language, bytes, length, at);
    /* 1e5 has had its exponent; a fraction after letters (`10px.5`) is somebody else's. */
    char last = bytes[end > at ? end - 1 : at];
    bool plain = is_digit(last) || last == '_';
    if (end < length && bytes[end] == '.' &&
        (dot_first || (plain && is_fraction_dot(language, bytes, length, end))))
        end = digits(language, bytes, length, end + 1);
    bool sign = end + 1 < length && (bytes[end] == '+' || bytes[end] == '-') && is_digit(bytes[end + 1]) &&
                (bytes[end - 1] == 'e' || bytes[end - 1] == 'E') && end - at >= 2 &&
                (is_digit(bytes[end - 2]) || bytes[end - 2] == '.' || bytes[end - 2] == '_');
    return sign ? digits(language, bytes, length, end + 1) : end;
}

/* The text of a template literal with its ${...}, which hold code with braces, strings and templates of their
 * own. */
static bool template_string(const struct string_rule *rule, const char *bytes, size_t length, size_t at,
                            size_t *ret_end) {
    unsigned braces[TEMPLATE_DEPTH_MAX] = {0}; /* open in the ${} of each level */
    size_t level = 0;
    bool in_code = false;
    size_t unpaired_until = 0; /* up to here a quote is known to have no partner on its line */
    while (at < length) {
        char byte = bytes[at];
        if (!in_code) {
            if (byte == rule->escape) {
                at += 2;
            } else if (byte == *rule->closer) {
                at++;
                if (level == 0) {
                    *ret_end = at;
                    return true;
                }
                level--;
                in_code = true;
            } else if (byte == '$' && at + 1 < length && bytes[at + 1] == '{') {
                braces[level] = 0;
                in_code = true;
                at += 2;
            } else {
                at++;
            }
            continue;
        }
        at++;
        if (byte == '{') {
            braces[level]++;
        } else if (byte == '}') {
            if (braces[level] == 0)
                in_code = false;
            else
                braces[level]--;
        } else if (byte == *rule->opener && level + 1 < TEMPLATE_DEPTH_MAX) {
            level++;
            in_code = false;
        } else if ((byte == '"' || byte == '\'') && at > unpaired_until) {
            const char quote[2] = {byte, 0};
            const struct string_rule inner = {.opener = quote, .closer = quote, .escape = rule->escape};
            size_t end;
            if (lexeme_string(&inner, false, bytes, length, at, &end))
                at = end;
            else
                unpaired_until = end;
        }
    }
    *ret_end = length;
    return false;
}

bool lexeme_string(const struct string_rule *rule, bool multiline, const char *bytes, size_t length,
                   size_t at, size_t *ret_end) {
    if (rule->interpolates) return template_string(rule, bytes, length, at, ret_end);
    while (at < length) {
        char byte = bytes[at];
        if (rule->escape && byte == rule->escape) {
            size_t next = lexeme_line_end(bytes, length, at + 1);
            bool line_ends = next > at + 1;
            if (line_ends && !multiline && !rule->continues) {
                *ret_end = at + 1;
                return false;
            }
            at = line_ends ? next : at + 2;
            continue;
        }
        if (is_line_end(byte) && !multiline) {
            *ret_end = at;
            return false;
        }
        if (byte == *rule->closer && lexeme_starts(bytes, length, at, rule->closer)) {
            *ret_end = at + strlen(rule->closer);
            return true;
        }
        at++;
    }
    *ret_end = length;
    return false;
}

bool lexeme_block_comment(const struct language *language, bool nested, const char *bytes, size_t length,
                          size_t at, size_t *ret_end) {
    size_t depth = 1;
    at += strlen(language->block_open);
    while (at < length) {
        if (lexeme_starts(bytes, length, at, language->block_close)) {
            at += strlen(language->block_close);
            if (--depth == 0) {
                *ret_end = at;
                return true;
            }
        } else if (nested && lexeme_starts(bytes, length, at, language->block_open)) {
            at += strlen(language->block_open);
            depth++;
        } else {
            at++;
        }
    }
    *ret_end = length;
    return false;
}

size_t lexeme_line_comment(const struct language *language, const char *bytes, size_t length, size_t at) {
    for (; at < length; at++) {
        if (!is_line_end(bytes[at])) continue;
        bool continued = (language->flags & LANGUAGE_PREPROCESSOR) && bytes[at - 1] == '\\';
        if (!continued) break;
        at = lexeme_line_end(bytes, length, at) - 1;
    }
    return at;
}

bool lexeme_regex(const struct language *language, const char *bytes, size_t length, size_t at,
                  size_t *ret_end) {
    bool in_class = false;
    for (at++; at < length && !is_line_end(bytes[at]); at++) {
        char byte = bytes[at];
        if (byte == '\\') {
            if (at + 1 < length && !is_line_end(bytes[at + 1])) at++;
        } else if (byte == '[') {
            in_class = true;
        } else if (byte == ']') {
            in_class = false;
        } else if (byte == '/' && !in_class) {
            *ret_end = lexeme_word(language, bytes, length, at + 1);
            return true;
        }
    }
    *ret_end = at;
    return false;
}

size_t lexeme_conflict(const char *bytes, size_t length, size_t at) {
    if (at >= length || !bytes[at] || !strchr("<=>|", bytes[at])) return at;
    size_t end = at;
    while (end < length && bytes[end] == bytes[at])
        end++;
    if (end - at != CONFLICT_MARKER_LENGTH) return at;
    if (end < length && bytes[end] != ' ' && !is_line_end(bytes[end])) return at;
    while (end < length && !is_line_end(bytes[end]))
        end++;
    return end;
}
