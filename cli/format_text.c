/* format_text.c: findings for people, in the manner of compilers:
 *
 *     a.c:3:14: error: missing `;` [missing-token]
 *         3 |     int x = 1
 *           |              ^
 *           = repair: insert `;`
 *         3 +     int x = 1; */
#include "cli/diff.h"
#include "cli/display.h"
#include "cli/format.h"
#include "cli/source.h"
#include <string.h>

#define LINE_BYTES_BEFORE 100 /* of a long line: shown before the place, and in all */
#define LINE_BYTES_MAX    200
#define REPAIR_LINES_MAX  8    /* changed lines shown of one repair */
#define CHANGE_BYTES_MAX  4096 /* changes in longer lines are not shown */

enum color { COLOR_PATH, COLOR_ERROR, COLOR_WARNING, COLOR_NOTE, COLOR_MARK, COLOR_OLD, COLOR_NEW };

static const char *const escapes[] = {"\033[1m",    "\033[1;31m", "\033[1;33m", "\033[1;36m",
                                      "\033[1;32m", "\033[31m",   "\033[32m"};

static void paint(struct str *out, const struct checked *checked, enum color color, const char *text) {
    if (checked->color) str_adds(out, escapes[color]);
    display_add(out, text, strlen(text), 0);
    if (checked->color) str_adds(out, "\033[0m");
}

/* "path:line:column: ", from 1, in bytes; a BOM is no column. */
static void add_place(struct str *out, const struct checked *checked, uint32_t byte) {
    uint32_t line = text_line_of(checked->text, byte), start = text_line_start(checked->text, line);
    bool has_bom = !line && text_byte_at(checked->text, 0) == 0xEF &&
                   text_byte_at(checked->text, 1) == 0xBB && text_byte_at(checked->text, 2) == 0xBF;
    if (has_bom && byte - start >= 3) start += 3;
    struct str place;
    str_init(&place);
    str_addf(&place, "%s:%u:%u: ", source_name(checked->path), line + 1, byte - start + 1);
    paint(out, checked, COLOR_PATH, place.bytes);
    str_finish(&place);
}

/* Moves a cut in a long line to where a character begins. */
static uint32_t character_start(const struct text *text, uint32_t byte, uint32_t start) {
    while (byte > start && (text_byte_at(text, byte) & 0xC0) == 0x80)
        byte--;
    return byte;
}

/* The line of `start_byte`, and below it what lies in [start_byte, end_byte) marked. */
static void add_source_line(struct str *out, const struct checked *checked, uint32_t start_byte,
                            uint32_t end_byte) {
    const struct text *text = checked->text;
    uint32_t line = text_line_of(text, start_byte);
    uint32_t line_start = text_line_start(text, line), line_end = text_line_end(text, line);
    if (start_byte > line_end) start_byte = line_end; /* between CR and LF */
    uint32_t from = line_start, to = line_end;
    if (start_byte - from > LINE_BYTES_BEFORE)
        from = character_start(text, start_byte - LINE_BYTES_BEFORE, line_start);
    if (to - from > LINE_BYTES_MAX) to = character_start(text, from + LINE_BYTES_MAX, from);
    char *bytes = text_dup(text, from, to);
    str_addf(out, "%5u | %s", line + 1, from > line_start ? "..." : "");
    display_add(out, bytes, to - from, 0);
    str_adds(out, to < line_end ? "...\n" : "\n");

    uint32_t mark_end = end_byte < to ? end_byte : to;
    size_t column = display_add(NULL, bytes, start_byte - from, 0);
    size_t width = mark_end > start_byte
                       ? display_add(NULL, bytes + (start_byte - from), mark_end - start_byte, column)
                       : 0;
    mem_free(bytes);
    str_addf(out, "      | %*s", (int)(column + (from > line_start ? 3 : 0)), "");
    struct str mark;
    str_init(&mark);
    str_addc(&mark, '^');
    for (size_t i = 1; i < width; i++)
        str_addc(&mark, '~');
    paint(out, checked, COLOR_MARK, mark.bytes);
    str_addc(out, '\n');
    str_finish(&mark);
}

static void add_changed_line(struct str *out, const struct checked *checked, uint32_t number, char sign,
                             const char *bytes, size_t length) {
    while (length && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    str_addf(out, "%5u %c ", number, sign);
    if (checked->color) str_adds(out, escapes[sign == '-' ? COLOR_OLD : COLOR_NEW]);
    display_add(out, bytes, length, 0);
    str_adds(out, checked->color ? "\033[0m\n" : "\n");
}

/* The lines of side that lie in [first, last), at most *left of them. */
static void add_changed_lines(struct str *out, const struct checked *checked, struct diff_side side,
                              size_t first, size_t last, uint32_t number, char sign, size_t *left) {
    const char *at = side.bytes, *side_end = side.bytes + side.length;
    for (size_t line = 0; at < side_end && line < last; line++) {
        const char *newline = memchr(at, '\n', (size_t)(side_end - at));
        const char *end = newline ? newline + 1 : side_end;
        if (line >= first) {
            if (!*left) return;
            --*left;
            add_changed_line(out, checked, number + (uint32_t)line, sign, at, (size_t)(end - at));
        }
        at = end;
    }
}

/* The lines that edits[0, count) change, which all lie in lines [first_line, last_line]. */
static void add_change(struct str *out, const struct checked *checked, const struct text_edit *edits,
                       size_t count, uint32_t first_line, uint32_t last_line, uint32_t shown_line,
                       size_t *left) {
    const struct text *text = checked->text;
    uint32_t start = text_line_start(text, first_line), end = text_line_start(text, last_line + 1);
    if (end - start > CHANGE_BYTES_MAX) return; /* the title has to do */
    struct str repaired;
    str_init(&repaired);
    char *bytes = text_dup(text, start, end);
    uint32_t at = start;
    for (size_t i = 0; i < count; i++) {
        str_add(&repaired, bytes + (at - start), edits[i].start_byte - at);
        str_add(&repaired, edits[i].new_bytes, edits[i].new_length);
        at = edits[i].end_byte;
    }
    str_add(&repaired, bytes + (at - start), end - at);
    struct diff_side before = {bytes, end - start}, after = {repaired.bytes, repaired.length};
    struct diff_hunks hunks = {0};
    diff_lines(before, after, &hunks);
    for (size_t i = 0; i < hunks.count; i++) {
        const struct diff_hunk *hunk = &hunks.items[i];
        bool is_shown = hunk->old_end - hunk->old_start == 1 && first_line + hunk->old_start == shown_line &&
                        hunk->new_end > hunk->new_start;
        if (!is_shown)
            add_changed_lines(out, checked, before, hunk->old_start, hunk->old_end, first_line + 1, '-',
                              left);
        add_changed_lines(out, checked, after, hunk->new_start, hunk->new_end, first_line + 1, '+', left);
    }
    vec_finish(&hunks);
    mem_free(bytes);
    str_finish(&repaired);
}

static void add_repair(struct str *out, const struct checked *checked, const struct repair *repair,
                       uint32_t shown_line) {
    str_adds(out, "      = ");
    paint(out, checked, COLOR_NOTE, "repair: ");
    display_add(out, repair->title, strlen(repair->title), 0);
    str_addc(out, '\n');
    size_t left = REPAIR_LINES_MAX;
    for (size_t i = 0, next; i < repair->edit_count && left; i = next) {
        uint32_t first_line = text_line_of(checked->text, repair->edits[i].start_byte);
        uint32_t last_line = text_line_of(checked->text, repair->edits[i].end_byte);
        for (next = i + 1; next < repair->edit_count;
             next++) { /* edits in the same or the next line belong together */
            if (text_line_of(checked->text, repair->edits[next].start_byte) > last_line + 1) break;
            last_line = text_line_of(checked->text, repair->edits[next].end_byte);
        }
        add_change(out, checked, &repair->edits[i], next - i, first_line, last_line, shown_line, &left);
    }
    if (!left) str_adds(out, "      ...\n");
}

void format_add_finding(struct str *out, const struct checked *checked, const struct finding *finding,
                        bool with_repair) {
    add_place(out, checked, finding->start_byte);
    static const struct {
        enum color color;
        const char *word;
    } kinds[] = {{COLOR_ERROR, "error: "}, {COLOR_WARNING, "warning: "}, {COLOR_NOTE, "hint: "}};
    paint(out, checked, kinds[finding->severity].color, kinds[finding->severity].word);
    display_add(out, finding->message, strlen(finding->message), 0);
    str_addf(out, " [%s]\n", finding_code_name(finding->code));
    add_source_line(out, checked, finding->start_byte, finding->end_byte);
    if (finding->has_related) {
        add_place(out, checked, finding->related_start);
        paint(out, checked, COLOR_NOTE, "note: ");
        display_add(out, finding->related_message, strlen(finding->related_message), 0);
        str_addc(out, '\n');
        add_source_line(out, checked, finding->related_start, finding->related_end);
    }
    if (with_repair && finding->repair_count)
        add_repair(out, checked, &finding->repairs[0], text_line_of(checked->text, finding->start_byte));
}

static void file(struct str *out, const struct checked *checked) {
    for (size_t i = 0; i < checked_count(checked); i++)
        format_add_finding(out, checked, checked_finding(checked, i), true);
}

const struct format format_text = {.file = file, .separator = ""};
