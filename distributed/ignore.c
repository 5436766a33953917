#include "distributed/ignore.h"
#include "base/vec.h"
#include <string.h>

struct ignore_pattern {
    char *glob;       /* without the marks that the flags below stand for */
    bool negated;     /* began with '!' */
    bool folder_only; /* ended with '/' */
    bool anchored;    /* has a slash before its end: matched against the whole path below the folder */
};

struct ignore {
    const struct ignore *parent;
    size_t folder_length;
    struct {
        VEC_FIELDS(struct ignore_pattern);
    } patterns;
};

struct ignore *ignore_create(const struct ignore *parent, const char *folder) {
    struct ignore *ignore = mem_zalloc(sizeof *ignore);
    ignore->parent = parent;
    ignore->folder_length = strlen(folder);
    if (ignore->folder_length && folder[ignore->folder_length - 1] == '/') ignore->folder_length--;
    return ignore;
}

void ignore_destroy(struct ignore *ignore) {
    if (!ignore) return;
    for (size_t i = 0; i < ignore->patterns.count; i++)
        mem_free(ignore->patterns.items[i].glob);
    vec_finish(&ignore->patterns);
    mem_free(ignore);
}

bool ignore_is_empty(const struct ignore *ignore) {
    return ignore->patterns.count == 0;
}

static void add_line(struct ignore *ignore, const char *line, size_t length) {
    if (length && line[length - 1] == '\r') length--;
    /* Spaces at the end do not count, unless the first of them is escaped. */
    while (length && line[length - 1] == ' ' && !(length > 1 && line[length - 2] == '\\'))
        length--;
    if (!length || line[0] == '#') return;
    struct ignore_pattern pattern = {0};
    if (line[0] == '!') {
        pattern.negated = true;
        line++, length--;
    }
    if (length && line[length - 1] == '/') {
        pattern.folder_only = true;
        length--;
    }
    if (!length || memchr(line, '\0', length)) return;
    pattern.anchored = memchr(line, '/', length) != NULL;
    if (line[0] == '/') line++, length--;
    pattern.glob = mem_strndup(line, length);
    vec_push(&ignore->patterns, pattern);
}

void ignore_add(struct ignore *ignore, const char *bytes, size_t length) {
    if (length >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3)) bytes += 3, length -= 3;
    for (const char *end = bytes + length; bytes < end;) {
        const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!line_end) line_end = end;
        add_line(ignore, bytes, (size_t)(line_end - bytes));
        bytes = line_end + 1;
    }
}

/* The classes of POSIX by name; *ret_known is false for a name that is none. */
static bool in_named_class(const char *name, size_t length, unsigned char byte, bool *ret_known) {
    static const char *const names[] = {"alpha", "digit", "alnum", "upper", "lower", "space",
                                        "blank", "punct", "print", "graph", "cntrl", "xdigit"};
    size_t index = 0;
    while (index < sizeof names / sizeof *names &&
           (strlen(names[index]) != length || memcmp(names[index], name, length)))
        index++;
    bool upper = byte >= 'A' && byte <= 'Z', lower = byte >= 'a' && byte <= 'z',
         digit = byte >= '0' && byte <= '9';
    bool graph = byte > ' ' && byte < 0x7F;
    *ret_known = index < sizeof names / sizeof *names;
    switch (index) {
    case 0: return upper || lower;
    case 1: return digit;
    case 2: return upper || lower || digit;
    case 3: return upper;
    case 4: return lower;
    case 5: return byte == ' ' || (byte >= '\t' && byte <= '\r');
    case 6: return byte == ' ' || byte == '\t';
    case 7: return graph && !(upper || lower || digit);
    case 8: return graph || byte == ' ';
    case 9: return graph;
    case 10: return byte < ' ' || byte == 0x7F;
    case 11: return digit || (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
    default: return false;
    }
}

/* pattern is just past '['. Returns what follows the ']', or NULL when the class is not closed. */
static const char *match_class(const char *pattern, unsigned char byte, bool *ret_matches) {
    bool negated = *pattern == '!' || *pattern == '^';
    if (negated) pattern++;
    bool matches = false;
    for (bool first = true; *pattern != ']' || first; first = false) {
        if (!*pattern) return NULL;
        if (pattern[0] == '[' && pattern[1] == ':') {
            const char *end = strstr(pattern + 2, ":]");
            bool known = false;
            bool inside = end && in_named_class(pattern + 2, (size_t)(end - pattern - 2), byte, &known);
            if (known) {
                matches |= inside;
                pattern = end + 2;
                continue;
            }
        }
        if (*pattern == '\\' && !*++pattern) return NULL;
        unsigned char low = (unsigned char)*pattern++, high = low;
        if (pattern[0] == '-' && pattern[1] && pattern[1] != ']') {
            pattern++;
            if (*pattern == '\\' && !*++pattern) return NULL;
            high = (unsigned char)*pattern++;
        }
        matches |= byte >= low && byte <= high;
    }
    *ret_matches = matches != negated;
    return pattern + 1;
}

/* One character of text against what stands at pattern; NULL when they differ, else the rest of the pattern.
 */
static const char *match_one(const char *pattern, char byte) {
    switch (*pattern) {
    case '\0': return NULL;
    case '?': return byte == '/' ? NULL : pattern + 1;
    case '[': {
        bool matches = false;
        const char *rest = match_class(pattern + 1, (unsigned char)byte, &matches);
        return rest && matches && byte != '/' ? rest : NULL;
    }
    case '\\':
        if (pattern[1]) pattern++;
        return *pattern == byte ? pattern + 1 : NULL;
    default: return *pattern == byte ? pattern + 1 : NULL;
    }
}

/* Two points to come back to are enough: a '*' never crosses a '/', so once a '/' matched, only the last "**"
 * before it could still be stretched, and the leftmost fit for everything before that one is as good as any.
 */
bool ignore_glob(const char *pattern, const char *text) {
    const char *star = NULL,
               *star_text = NULL; /* the pattern after the last '*', and the text it was tried at */
    const char *stars = NULL, *stars_text = NULL; /* the same for the last "**" */
    bool segment_start = true;                    /* pattern stands at the start of a path segment */
    for (;;) {
        if (segment_start && pattern[0] == '*' && pattern[1] == '*' && (pattern[2] == '/' || !pattern[2])) {
            if (!pattern[2]) return *text != '\0'; /* everything inside */
            pattern += 3;
            stars = pattern;
            stars_text = text;
            star = NULL;
            continue; /* at a segment's start again */
        }
        segment_start = false;
        if (*pattern == '*') {
            while (*pattern == '*')
                pattern++;
            star = pattern;
            star_text = text;
            continue;
        }
        if (!*text && !*pattern) return true;
        const char *rest = *text ? match_one(pattern, *text) : NULL;
        if (rest) {
            segment_start = *text == '/';
            pattern = rest;
            text++;
        } else if (star && *star_text && *star_text != '/') {
            text = ++star_text;
            pattern = star;
        } else if (stars) {
            const char *slash = strchr(stars_text, '/');
            if (!slash) return false;
            text = stars_text = slash + 1;
            pattern = stars;
            star = NULL;
            segment_start = true;
        } else {
            return false;
        }
    }
}

bool ignore_matches(const struct ignore *ignore, const char *path, bool is_folder) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (; ignore; ignore = ignore->parent) {
        if (strlen(path) <= ignore->folder_length) continue;
        const char *below = path + ignore->folder_length + (path[ignore->folder_length] == '/');
        for (size_t i = ignore->patterns.count; i-- > 0;) {
            const struct ignore_pattern *pattern = &ignore->patterns.items[i];
            if (pattern->folder_only && !is_folder) continue;
            if (ignore_glob(pattern->glob, pattern->anchored ? below : name)) return !pattern->negated;
        }
    }
    return false;
}
