#include "analysis/lost_glance.h"

#include "analysis/pp_token.h"

#include <stddef.h>

#define NESTING_MAX    200 /* conditional groups open at once; deeper ones are passed over */
#define FILE_BYTES_MAX 256 /* of the name of a file */

const char *const lost_words[LOST_WORDS] = {
    [LOST_INCLUDE] = "include", [LOST_DEFINE] = "define", [LOST_UNDEF] = "undef", [LOST_IFDEF] = "ifdef",
    [LOST_IFNDEF] = "ifndef",   [LOST_IF] = "if",         [LOST_ELIF] = "elif",   [LOST_ELSE] = "else",
    [LOST_ENDIF] = "endif",     [LOST_PRAGMA] = "pragma",
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

bool lost_names_header(const char *bytes, uint32_t start, uint32_t end) {
    if (end < start + 4 || end - start > FILE_BYTES_MAX) return false;
    char open = bytes[start], close = bytes[end - 1];
    if (!(open == '<' && close == '>') && !(open == '"' && close == '"')) return false;
    for (uint32_t i = start + 1; i + 1 < end; i++)
        if (!lost_is_path_byte(bytes[i])) return false;
    return open == '<' || bytes[end - 3] == '.';
}

bool lost_begins_with(const char *at, const char *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length) &&
           ((size_t)(end - at) == length || !pp_is_word((unsigned char)at[length]));
}

struct glance {
    bool has_else[NESTING_MAX];
    uint32_t depth;
    const char *guard; /* name of the #ifndef in the line before; NULL: none */
    const char *guard_end;
    bool beside;  /* the line before is a #define */
    bool joined;  /* it goes on in this one */
    bool partial; /* it may be what is left of a #define */
};

/* Whether a line that begins with # may be worth a look. at: behind the #. */
static bool glance_at_directive(struct glance *glance, const char *at, const char *end) {
    glance->guard = NULL;
    while (at < end && is_blank(*at))
        at++;
    if (at == end) return false;
    if (*at == '<' || *at == '"') return true;
    const char *word = at;
    while (at < end && isalpha((unsigned char)*at))
        at++;
    const char *argument = at;
    while (argument < end && is_blank(*argument))
        argument++;
    for (size_t i = 0; i < LOST_NEEDY; i++)
        if (lost_begins_with(word, end, lost_words[i]) && (argument == end || *argument == '/')) return true;
    if (lost_begins_with(word, end, "define")) {
        if (isdigit((unsigned char)*argument) || glance->partial) return true;
        glance->beside = true;
    }
    if (lost_begins_with(word, end, "ifndef")) {
        glance->guard = glance->guard_end = argument;
        while (glance->guard_end < end && pp_is_word((unsigned char)*glance->guard_end))
            glance->guard_end++;
    }
    if (lost_begins_with(word, end, "if") || lost_begins_with(word, end, "ifdef") ||
        lost_begins_with(word, end, "ifndef")) {
        if (glance->depth == NESTING_MAX) return false;
        glance->has_else[glance->depth++] = false;
    } else if (lost_begins_with(word, end, "else") || lost_begins_with(word, end, "elif")) {
        if (!glance->depth || glance->has_else[glance->depth - 1]) return true;
        glance->has_else[glance->depth - 1] = word[2] == 's';
    } else if (lost_begins_with(word, end, "endif")) {
        if (!glance->depth) return true;
        glance->depth--;
    }
    return false;
}

/* Whether the line is likely one of C's own `if` and `else`. at: the word. */
static bool is_statement(enum lost_word word, const char *at, const char *end) {
    if (!lost_is_keyword(word)) return false;
    at += strlen(lost_words[word]);
    while (at < end && is_blank(*at))
        at++;
    if (word == LOST_IF) return at == end || *at == '(';
    return at != end && *at != '/';
}

/* Whether the line looks like `NAME value`, or goes on in the next one. */
static bool is_partial(const char *at, const char *end) {
    if (!(isalpha((unsigned char)*at) || *at == '_')) return false;
    while (at < end && pp_is_word((unsigned char)*at))
        at++;
    return at < end && (is_blank(*at) || *at == '(') && !strchr(";{,(}", end[-1]);
}

static bool glance_at_line(struct glance *glance, const char *at, const char *end) {
    const char *guard = glance->guard, *line = at;
    while (end > at && (is_blank(end[-1]) || end[-1] == '\r'))
        end--;
    while (at < end && is_blank(*at))
        at++;
    bool beside = glance->beside, joined = glance->joined, joins = end > at && end[-1] == '\\';
    glance->beside = glance->beside && joined;
    glance->joined = joins;
    if (at < end && *at == '#' && glance_at_directive(glance, at + 1, end)) return true;
    bool partial = at < end && *at != '#' && !joined && is_partial(at, end);
    glance->partial = partial;
    if (at == end || *at == '#') return false;
    glance->guard = NULL;
    if (partial && (beside || joins)) return true;
    if (*at == '"' || *at == '<') {
        const char *close = memchr(at + 1, *at == '<' ? '>' : '"', (size_t)(end - at - 1));
        return close && lost_names_header(at, 0, (uint32_t)(close + 1 - at));
    }
    if (strchr("iduep", *at))
        for (int i = 0; i < LOST_WORDS; i++)
            if (lost_begins_with(at, end, lost_words[i]) && !is_statement(i, at, end)) return true;
    size_t guard_length = guard ? (size_t)(glance->guard_end - guard) : 0;
    if (guard_length && (size_t)(end - at) >= guard_length && !memcmp(at, guard, guard_length)) return true;
    /* NAME(...) (...) */
    if (at != line || !(isalpha((unsigned char)*at) || *at == '_')) return false;
    while (at < end && pp_is_word((unsigned char)*at))
        at++;
    const char *close = at < end && *at == '(' ? memchr(at, ')', (size_t)(end - at)) : NULL;
    return close && close + 2 < end && is_blank(close[1]) && memchr(close, '(', (size_t)(end - close));
}

bool lost_glance(const char *bytes, uint32_t length) {
    struct glance glance = {.depth = 0};
    const char *end = bytes + length;
    for (const char *line = bytes; line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        if (!line_end) line_end = end;
        if (glance_at_line(&glance, line, line_end)) return true;
        line = line_end + 1;
    }
    return false;
}
