#include "cli/diff.h"
#include "base/hash.h"
#include <stdint.h>
#include <string.h>

#define CONTEXT_LINES 3
#define EDITS_MAX     1000 /* lines added plus removed before the search gives up: about 8 MB of table */

#define COLOR_OLD    "\033[31m"
#define COLOR_NEW    "\033[32m"
#define COLOR_PLACE  "\033[36m"
#define COLOR_HEADER "\033[1m"
#define COLOR_END    "\033[0m"

struct line {
    const char *bytes;
    size_t length; /* with its line end */
    uint64_t hash;
};

struct lines {
    VEC_FIELDS(struct line);
};

static void split(struct diff_side side, struct lines *lines) {
    const char *end = side.bytes + side.length;
    for (const char *start = side.bytes; start < end;) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));
        size_t length = newline ? (size_t)(newline - start) + 1 : (size_t)(end - start);
        vec_push(lines, (struct line){.bytes = start, .length = length, .hash = hash64(start, length, 0)});
        start += length;
    }
}

static bool same(const struct line *left, const struct line *right) {
    return left->hash == right->hash && left->length == right->length &&
           !memcmp(left->bytes, right->bytes, left->length);
}

/* Extends the last hunk when the change continues it. */
static void add_hunk(struct diff_hunks *hunks, struct diff_hunk hunk) {
    struct diff_hunk *last = hunks->count ? &hunks->items[hunks->count - 1] : NULL;
    if (last && last->old_end == hunk.old_start && last->new_end == hunk.new_start) {
        last->old_end = hunk.old_end;
        last->new_end = hunk.new_end;
    } else {
        vec_push(hunks, hunk);
    }
}

/* Myers' greedy algorithm (An O(ND) difference algorithm, 1986) on the part that differs. trace keeps, for
 * each number of edits d, how far diagonal k = -d..d reached in the old text; row d begins at d * d and
 * diagonal k lies at k + d. */
static bool shortest(const struct line *old, size_t old_count, const struct line *new, size_t new_count,
                     size_t skipped, struct diff_hunks *hunks) {
    struct {
        VEC_FIELDS(int64_t);
    } trace = {0};
    int64_t n = (int64_t)old_count, m = (int64_t)new_count, edits = 0;
    bool found = false;
    for (; edits <= EDITS_MAX && !found; edits++) {
        vec_reserve(&trace, (size_t)((edits + 1) * (edits + 1)));
        trace.count = (size_t)((edits + 1) * (edits + 1));
        int64_t *row = trace.items + edits * edits,
                *above = trace.items + (edits - 1) * (edits - 1) * (edits > 0);
        for (int64_t k = -edits; k <= edits; k += 2) {
            int64_t x = 0;
            if (edits) {
                int64_t down = k < edits ? (k + 1 <= edits - 1 ? above[k + 1 + edits - 1] : -1) : -1;
                int64_t right = k > -edits && k - 1 >= -(edits - 1) ? above[k - 1 + edits - 1] + 1 : -1;
                x = right > down ? right : down;
            }
            int64_t y = x - k;
            while (x >= 0 && y >= 0 && x < n && y < m && same(&old[x], &new[y]))
                x++, y++;
            row[k + edits] = x;
            if (k + edits > 0)
                row[k + edits - 1] = -1; /* the diagonals between are not reached with this many edits */
            if (x >= n && y >= m) {
                found = true;
                break;
            }
        }
    }
    if (found) {
        /* Backwards from the end, one edit at a time; hunks come out last first. */
        struct diff_hunks backwards = {0};
        int64_t x = n, y = m;
        for (int64_t d = edits - 1; d > 0; d--) {
            int64_t *above = trace.items + (d - 1) * (d - 1), k = x - y;
            int64_t down = k + 1 <= d - 1 && k + 1 >= -(d - 1) ? above[k + 1 + d - 1] : -1;
            int64_t right = k - 1 >= -(d - 1) && k - 1 <= d - 1 ? above[k - 1 + d - 1] + 1 : -1;
            bool removes = right > down;
            int64_t before_x = removes ? right - 1 : down;
            int64_t before_y = before_x - (removes ? k - 1 : k + 1);
            vec_push(&backwards, (struct diff_hunk){.old_start = (size_t)before_x + skipped,
                                                    .old_end = (size_t)(before_x + removes) + skipped,
                                                    .new_start = (size_t)before_y + skipped,
                                                    .new_end = (size_t)(before_y + !removes) + skipped});
            x = before_x;
            y = before_y;
        }
        for (size_t i = backwards.count; i-- > 0;)
            add_hunk(hunks, backwards.items[i]);
        vec_finish(&backwards);
    }
    vec_finish(&trace);
    return found;
}

static void compare(const struct lines *before, const struct lines *after, struct diff_hunks *hunks) {
    size_t shorter = before->count < after->count ? before->count : after->count;
    size_t head = 0, tail = 0;
    while (head < shorter && same(&before->items[head], &after->items[head]))
        head++;
    while (tail < shorter - head &&
           same(&before->items[before->count - 1 - tail], &after->items[after->count - 1 - tail]))
        tail++;
    size_t old_count = before->count - head - tail, new_count = after->count - head - tail;
    if (!old_count && !new_count) return;
    if (old_count && new_count &&
        shortest(before->items + head, old_count, after->items + head, new_count, head, hunks))
        return;
    add_hunk(hunks, (struct diff_hunk){head, head + old_count, head, head + new_count});
}

void diff_lines(struct diff_side before, struct diff_side after, struct diff_hunks *hunks) {
    struct lines old_lines = {0}, new_lines = {0};
    split(before, &old_lines);
    split(after, &new_lines);
    compare(&old_lines, &new_lines, hunks);
    vec_finish(&new_lines);
    vec_finish(&old_lines);
}

static void add_line(struct str *out, char mark, const struct line *line, const char *color) {
    bool ended = line->length && line->bytes[line->length - 1] == '\n';
    size_t length = line->length - ended;
    if (color) str_adds(out, color);
    str_addc(out, mark);
    str_add(out, line->bytes, length);
    if (color) str_adds(out, COLOR_END);
    str_adds(out, ended ? "\n" : "\n\\ No newline at end of file\n");
}

/* A range of a hunk's header: the first line from 1, and the count unless it is 1. An empty range names the
 * line before. */
static void add_range(struct str *out, char mark, size_t start, size_t count) {
    str_addf(out, "%c%zu", mark, count ? start + 1 : start);
    if (count != 1) str_addf(out, ",%zu", count);
}

static size_t context_start(size_t line) {
    return line > CONTEXT_LINES ? line - CONTEXT_LINES : 0;
}

/* Hunks [first, last] whose contexts touch, as one hunk of the diff. */
static void add_group(struct str *out, const struct lines *before, const struct lines *after,
                      const struct diff_hunk *first, const struct diff_hunk *last, bool color) {
    size_t old_start = context_start(first->old_start);
    size_t new_start = first->new_start - (first->old_start - old_start);
    size_t old_end =
        last->old_end + CONTEXT_LINES < before->count ? last->old_end + CONTEXT_LINES : before->count;
    size_t new_end = last->new_end + (old_end - last->old_end);
    if (color) str_adds(out, COLOR_PLACE);
    str_adds(out, "@@ ");
    add_range(out, '-', old_start, old_end - old_start);
    str_addc(out, ' ');
    add_range(out, '+', new_start, new_end - new_start);
    str_adds(out, " @@");
    str_adds(out, color ? COLOR_END "\n" : "\n");
    size_t line = old_start;
    for (const struct diff_hunk *hunk = first; hunk <= last; hunk++) {
        for (; line < hunk->old_start; line++)
            add_line(out, ' ', &before->items[line], NULL);
        for (; line < hunk->old_end; line++)
            add_line(out, '-', &before->items[line], color ? COLOR_OLD : NULL);
        for (size_t i = hunk->new_start; i < hunk->new_end; i++)
            add_line(out, '+', &after->items[i], color ? COLOR_NEW : NULL);
    }
    for (; line < old_end; line++)
        add_line(out, ' ', &before->items[line], NULL);
}

/* As git quotes: what would end the line, or be taken for a quote, as in C; a tab ends a name with spaces. */
static void add_name(struct str *out, const char *prefix, const char *name) {
    static const char escaped[] = "\n\t\r\"\\", letters[] = "ntr\"\\";
    bool quoted = false;
    for (const char *at = name; *at; at++)
        quoted |= (unsigned char)*at < ' ' || *at == 0x7F || *at == '"' || *at == '\\';
    if (quoted) str_addc(out, '"');
    str_adds(out, prefix);
    for (const char *at = name; *at; at++) {
        const char *escape = strchr(escaped, *at);
        if (escape)
            str_addf(out, "\\%c", letters[escape - escaped]);
        else if ((unsigned char)*at < ' ' || *at == 0x7F)
            str_addf(out, "\\%03o", (unsigned)*at);
        else
            str_addc(out, *at);
    }
    if (quoted)
        str_addc(out, '"');
    else if (strchr(name, ' '))
        str_addc(out, '\t');
}

static void add_name_line(struct str *out, const char *sign, const char *prefix, const char *name,
                          bool color) {
    if (color) str_adds(out, COLOR_HEADER);
    str_adds(out, sign);
    add_name(out, prefix, name);
    str_adds(out, color ? COLOR_END "\n" : "\n");
}

void diff_unified(struct str *out, const char *name, struct diff_side before, struct diff_side after,
                  bool color) {
    struct lines old_lines = {0}, new_lines = {0};
    struct diff_hunks hunks = {0};
    split(before, &old_lines);
    split(after, &new_lines);
    compare(&old_lines, &new_lines, &hunks);
    if (hunks.count) {
        while (*name == '/')
            name++; /* "a//tmp/x" would not be found by patch -p1 */
        add_name_line(out, "--- ", "a/", name, color);
        add_name_line(out, "+++ ", "b/", name, color);
    }
    for (size_t i = 0; i < hunks.count;) {
        size_t last = i;
        while (last + 1 < hunks.count &&
               hunks.items[last + 1].old_start - hunks.items[last].old_end <= 2 * CONTEXT_LINES)
            last++;
        add_group(out, &old_lines, &new_lines, &hunks.items[i], &hunks.items[last], color);
        i = last + 1;
    }
    vec_finish(&hunks);
    vec_finish(&new_lines);
    vec_finish(&old_lines);
}
