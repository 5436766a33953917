/* Declarations: directive.h. Most bytes of a file are of no interest; those that are begin a comment, a
 * string or a directive, and a table finds the next of them. */
#include "analysis/directive.h"

#include "analysis/pp_token.h"
#include <stdint.h>
#include <string.h>

static const bool interesting[256] = {['/'] = true, ['"'] = true, ['\''] = true, ['#'] = true, ['%'] = true};

struct scan {
    const char *bytes, *end;
    const char *comment_start,
        *comment_end;          /* the comment read last: only blanks may be before a directive */
    const char *open_until[2]; /* by quote, " first: to here, on this line, none closes */
    struct str *lines;
    bool limited;
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\v' || byte == '\r';
}

/* Past a backslash, blanks and a line end; NULL: there is no such thing here. GCC lets blanks stand between
 * the two. */
static const char *skip_splice(const char *at, const char *end) {
    if (at == end || *at != '\\') return NULL;
    at++;
    while (at < end && is_blank(*at))
        at++;
    return at < end && *at == '\n' ? at + 1 : NULL;
}

/* at is on the "//"; returns the line end that ends it, or the end. */
static const char *skip_line_comment(const char *at, const char *end) {
    for (;;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end) return end;
        const char *last = line_end;
        while (last > at && is_blank(last[-1]))
            last--;
        if (last == at || last[-1] != '\\') return line_end;
        at = line_end + 1;
    }
}

/* at is on the slash-star. */
static const char *skip_comment(const char *at, const char *end) {
    for (const char *star = at + 2; star < end; star++) {
        star = memchr(star, '*', (size_t)(end - star));
        if (!star) break;
        if (star + 1 < end && star[1] == '/') return star + 2;
    }
    return end;
}

/* Past the string or character at `at`. One that its line doesn't close is no string: an apostrophe in text
 * that is not compiled, or broken. Only its quote is skipped, and those behind it on the line, which are
 * escaped, have none to close them either. */
static const char *skip_quoted(struct scan *scan, const char *at) {
    const char *end = scan->end, *byte = at + 1, **open_until = &scan->open_until[*at == '\''];
    if (*open_until && at < *open_until) return at + 1;
    for (; byte < end && *byte != '\n'; byte++) {
        if (*byte == *at) return byte + 1;
        if (*byte != '\\') continue;
        const char *next = skip_splice(byte, end);
        if (next)
            byte = next - 1;
        else if (byte + 1 < end && byte[1] != '\n')
            byte++;
    }
    *open_until = byte;
    return at + 1;
}

/* Whether nothing but blanks and comments is before `at` on its line. */
static bool is_first_on_line(const struct scan *scan, const char *at) {
    for (;;) {
        while (at > scan->bytes && is_blank(at[-1]))
            at--;
        if (at == scan->bytes || at[-1] == '\n') return true;
        /* Only the last comment is remembered; two before a directive are too many. */
        if (at != scan->comment_end || at == scan->comment_start) return false;
        at = scan->comment_start;
    }
}

static bool is_wanted(const char *keyword, size_t length) {
    static const char *const wanted[] = {"define", "include", "include_next", "import",   "if",   "ifdef",
                                         "ifndef", "elif",    "elifdef",      "elifndef", "else", "endif"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strlen(wanted[i]) == length && memcmp(wanted[i], keyword, length) == 0) return true;
    return false;
}

/* Without the splices in it. */
static void add_quoted(struct str *lines, const char *at, const char *end) {
    for (const char *spliced; at < end; at++) {
        if ((spliced = skip_splice(at, end)))
            at = spliced - 1;
        else
            str_addc(lines, *at);
    }
}

/* One logical line, from behind the # to its line end, as it is added to `lines`. Returns the line end. */
static const char *collect_line(struct scan *scan, const char *at) {
    struct str *lines = scan->lines;
    const char *end = scan->end, *spliced;
    size_t start = lines->length, keyword_end = SIZE_MAX;
    bool space = false, fits = true;
    while (at < end && *at != '\n') {
        size_t left = (size_t)(end - at);
        const char *next = at + 1;
        if ((spliced = skip_splice(at, end))) {
            at = spliced;
            continue;
        }
        bool blank = is_blank(*at), quoted = *at == '"' || *at == '\'';
        if (*at == '/' && left >= 2 && at[1] == '*')
            next = skip_comment(at, end), blank = true;
        else if (*at == '/' && left >= 2 && at[1] == '/')
            next = skip_line_comment(at, end), blank = true;
        else if (quoted)
            next = skip_quoted(scan, at);
        if (keyword_end == SIZE_MAX && !(pp_is_word((unsigned char)*at) && !blank) && lines->length > start) {
            keyword_end = lines->length;
            if (!is_wanted(lines->bytes + start, keyword_end - start)) fits = false;
            space = true; /* also before the quote of #include"x" */
        }
        if (blank) {
            space = true;
        } else if (fits) {
            if (space && lines->length > start) str_addc(lines, ' ');
            space = false;
            if (quoted) {
                add_quoted(lines, at, next);
            } else if (*at == '%' && left >= 2 && at[1] == ':') {
                next = at + 2;
                str_addc(lines, '#');
            } else {
                if (pp_is_word((unsigned char)*at))
                    while (next < end && pp_is_word((unsigned char)*next))
                        next++;
                str_add(lines, at, (size_t)(next - at));
            }
            if (lines->length - start > DIRECTIVE_BYTES_MAX) fits = false, scan->limited = true;
        }
        at = next;
    }
    if (keyword_end == SIZE_MAX && !is_wanted(lines->bytes + start, lines->length - start)) fits = false;
    if (fits && lines->length > start) {
        str_addc(lines, '\n');
    } else {
        lines->length = start;
        lines->bytes[start] = '\0';
    }
    return at;
}

void directive_collect(const char *bytes, size_t length, struct str *lines, bool *ret_limited) {
    struct scan scan = {.bytes = bytes, .end = bytes + length, .lines = lines};
    const char *at = bytes, *end = scan.end;
    for (;;) {
        while (at < end && !interesting[(unsigned char)*at])
            at++;
        if (at == end) break;
        char next = at + 1 < end ? at[1] : '\0';
        if (*at == '/' && next == '*') {
            scan.comment_start = at;
            at = scan.comment_end = skip_comment(at, end);
        } else if (*at == '/' && next == '/') {
            at = skip_line_comment(at, end);
        } else if (*at == '"' || *at == '\'') {
            at = skip_quoted(&scan, at);
        } else if (*at == '#' && is_first_on_line(&scan, at)) {
            at = collect_line(&scan, at + 1);
        } else if (*at == '%' && next == ':' && is_first_on_line(&scan, at)) {
            at = collect_line(&scan, at + 2);
        } else {
            at++;
        }
    }
    *ret_limited = scan.limited;
}
