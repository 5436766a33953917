#include "analysis/rule_notes.h"

#include "analysis/hunks.h"
#include "analysis/macro_text.h"
#include "analysis/syntax.h"

#include <string.h>

#define WHOLE_BYTES    (4u << 10)   /* texts up to this size are looked at whole each time */
#define WINDOW_BYTES   (1u << 10)   /* on each side of a change */
#define LATER_BYTES    (256u << 10) /* larger ones are not looked at whole before there is time */
#define EDGE_BYTES     256          /* a change so near to an end of a construct may make another of it */
#define TEXTUAL_BYTES  500000u      /* of a text that is looked at as a whole: it is one piece */
#define VIOLATIONS_MAX 200

struct rule_notes {
    struct rule_violations violations;
    struct lost_lines lines;
    struct arena arena; /* words of what is said of macros */
};

void rule_notes_destroy(struct rule_notes *notes) {
    if (!notes) return;
    vec_finish(&notes->violations);
    vec_finish(&notes->lines);
    arena_finish(&notes->arena);
    mem_free(notes);
}

const struct rule_violations *rule_notes_of(const struct syntax *syntax) {
    static const struct rule_violations none;
    return syntax->notes ? &syntax->notes->violations : &none;
}

const struct lost_lines *rule_notes_lines(const struct syntax *syntax) {
    static const struct lost_lines none;
    return syntax->notes ? &syntax->notes->lines : &none;
}

static void check(const struct syntax *syntax, const struct rule_checker *checker, struct parser *parser,
                  uint32_t start, uint32_t end, struct rule_violations *violations) {
    for (size_t i = syntax_piece_index(syntax, start); i < syntax_piece_count(syntax); i++) {
        struct syntax_piece piece = syntax_piece_at(syntax, i);
        if (piece.start_byte > end) break;
        TSTree *made = piece.tree ? NULL : syntax_piece_tree(syntax, i, parser);
        const TSTree *tree = made ? made : piece.tree;
        size_t first = violations->count;
        if (tree)
            rules_check(checker, tree, syntax->parsed, piece.start_byte, start, end, VIOLATIONS_MAX,
                        violations);
        for (size_t k = first; k < violations->count; k++)
            violations->items[k].doubtful = piece.has_error;
        ts_tree_delete(made);
    }
}

struct range {
    uint32_t start, end;
};

/* What is looked at around a change: a window, and the outermost construct that begins or ends at the change.
 * With the head of a loop changes what a `break` deep in it is. */
static struct range range_around(const struct syntax *syntax, struct parser *parser, uint32_t start,
                                 uint32_t end) {
    uint32_t size = text_size(syntax->text);
    struct range range = {start > WINDOW_BYTES ? start - WINDOW_BYTES : 0,
                          size - end > WINDOW_BYTES ? end + WINDOW_BYTES : size};
    size_t index = syntax_piece_index(syntax, start);
    if (index >= syntax_piece_count(syntax)) return range;
    struct syntax_piece piece = syntax_piece_at(syntax, index);
    TSTree *made = piece.tree ? NULL : syntax_piece_tree(syntax, index, parser);
    const TSTree *tree = made ? made : piece.tree;
    if (!tree) return range;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    uint32_t from = start - piece.start_byte;
    while (ts_tree_cursor_goto_first_child_for_byte(&cursor, from) >= 0) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        uint32_t node_start = ts_node_start_byte(node) + piece.start_byte,
                 node_end = ts_node_end_byte(node) + piece.start_byte;
        if (node_start > end || node_end < start) break;
        if (node_start + EDGE_BYTES < start && node_end > end + EDGE_BYTES) continue;
        if (node_start < range.start) range.start = node_start;
        if (node_end > range.end) range.end = node_end;
        break;
    }
    ts_tree_cursor_delete(&cursor);
    ts_tree_delete(made);
    return range;
}

static bool near(const struct hunks *hunks, uint32_t start, uint32_t end) {
    for (size_t i = 0; i < hunks->count; i++)
        if (start <= hunks->items[i].old_end + WINDOW_BYTES &&
            end + WINDOW_BYTES >= hunks->items[i].old_start)
            return true;
    return false;
}

static uint32_t moved(void *hunks, uint32_t byte) {
    return hunks_follow_place(hunks, byte);
}

/* Neighbouring windows, and nodes that reach over both, say the same twice. */
static void settle(struct rule_violations *violations) {
    if (violations->count < 2) return;
    rules_sort(violations);
    size_t kept = 1;
    for (size_t i = 1; i < violations->count; i++) {
        const struct rule_violation *last = &violations->items[kept - 1], *next = &violations->items[i];
        if (next->start_byte == last->start_byte && next->message == last->message) continue;
        violations->items[kept++] = *next;
    }
    violations->count = kept;
}

/* ---- what is said of the text itself ---- */

static void add_textual(struct rule_notes *notes, struct rule_violation violation,
                        const struct rule_write *write) {
    violation.severity = SEVERITY_ERROR;
    violation.plain = violation.textual = true;
    if (write) {
        violation.remedy = REMEDY_WRITE;
        violation.writes[violation.write_count++] = *write;
    }
    vec_push(&notes->violations, violation);
}

static void add_macro(struct rule_notes *notes, const char *bytes, const struct macro_gap *gap) {
    enum { NAME_MAX_SHOWN = 60, COPIES_MAX = 8 };
    int length = (int)(gap->name_end - gap->name_start);
    if (length > NAME_MAX_SHOWN) length = NAME_MAX_SHOWN;
    bool missing = gap->length == 0, curly = gap->bracket == '}';
    const char *message =
        arena_printf(&notes->arena, "%s `%c` in the text of the macro `%.*s`",
                     missing ? "missing" : "unmatched", gap->bracket, length, bytes + gap->name_start);
    char copies[COPIES_MAX + 1] = {0};
    if (missing) memset(copies, gap->bracket, gap->count < COPIES_MAX ? gap->count : COPIES_MAX);
    struct rule_write write = {gap->byte, gap->byte + gap->length,
                               arena_strndup(&notes->arena, copies, strlen(copies))};
    add_textual(notes,
                (struct rule_violation){
                    .start_byte = missing ? gap->byte : gap->byte + gap->length - 1,
                    .end_byte = gap->byte + gap->length,
                    .code = missing ? FINDING_UNCLOSED_BRACKET : FINDING_UNMATCHED_CLOSER,
                    .message = message,
                    .from_start = curly ? gap->name_start : 0,
                    .from_end = curly ? gap->name_end : 0,
                    .title = arena_printf(&notes->arena, missing ? "insert `%s`" : "remove `%s`",
                                          missing ? copies : (char[]){gap->bracket, 0}),
                },
                missing || gap->count == 1 ? &write : NULL);
}

static void add_line(struct rule_notes *notes, const struct lost_line *line) {
    struct rule_write write = {line->write_start, line->write_end, line->text};
    if (!line->message) return;
    add_textual(notes,
                (struct rule_violation){
                    .start_byte = line->start_byte,
                    .end_byte = line->hidden ? line->start_byte : line->end_byte,
                    .code = line->code,
                    .message = line->message,
                    .title = line->title,
                },
                line->title ? &write : NULL);
}

/* Nothing is said of the text itself. */
static bool is_quiet(const struct rule_notes *notes) {
    for (size_t i = 0; i < notes->violations.count; i++)
        if (notes->violations.items[i].textual) return false;
    return notes->lines.count == 0;
}

static void check_text(const struct syntax *syntax, struct c_scan *scan, struct rule_notes *notes) {
    uint32_t size = text_size(syntax->text);
    if (!(syntax->language->flags & LANGUAGE_PREPROCESSOR) || size > TEXTUAL_BYTES) return;
    struct macro_gaps gaps = {0};
    c_scan_take(scan, text_dup(syntax->text, 0, size), size);
    macro_text_find(scan, &gaps);
    for (size_t i = 0; i < gaps.count; i++)
        add_macro(notes, scan->bytes, &gaps.items[i]);
    lost_lines_find(scan, &notes->lines);
    for (size_t i = 0; i < notes->lines.count; i++)
        add_line(notes, &notes->lines.items[i]);
    vec_finish(&gaps);
    rules_sort(&notes->violations);
}

void rule_notes_make(const struct reader_means *means, struct syntax *syntax, const struct syntax *previous,
                     bool everything) {
    const struct rule_checker *checker = means->rules;
    struct parser *parser = means->parser;
    if (!checker || syntax->notes) return;
    struct rule_notes *notes = mem_zalloc(sizeof *notes);
    notes->violations.with_advice = true;
    arena_init(&notes->arena);
    uint32_t size = text_size(syntax->text);
    bool known = previous && previous->notes && previous->language == syntax->language;
    struct hunks hunks = {.count = 0};
    if (known) hunks = hunks_between(previous->parsed, syntax->parsed);
    if (size <= WHOLE_BYTES || (!known && (everything || size <= LATER_BYTES))) {
        check(syntax, checker, parser, 0, size, &notes->violations);
    } else if (known) {
        struct range ranges[HUNKS_FOLLOWED];
        for (size_t i = 0; i < hunks.count; i++)
            ranges[i] = range_around(syntax, parser, hunks.items[i].new_start, hunks.items[i].new_end);
        for (size_t i = 0; i < previous->notes->violations.count; i++) {
            struct rule_violation violation = previous->notes->violations.items[i];
            if (violation.textual) continue;
            if (near(&hunks, violation.start_byte, violation.end_byte)) continue;
            /* An echo may be gone, and what it is compared with may have been edited. */
            bool again = violation.doubtful || (violation.from_end > violation.from_start &&
                                                near(&hunks, violation.from_start, violation.from_end));
            rule_violation_move(&violation, moved, &hunks);
            if (again) {
                check(syntax, checker, parser, violation.start_byte, violation.end_byte, &notes->violations);
                continue;
            }
            bool seen_again = false;
            for (size_t k = 0; k < hunks.count; k++)
                seen_again |= violation.start_byte >= ranges[k].start && violation.end_byte <= ranges[k].end;
            if (!seen_again) vec_push(&notes->violations, violation);
        }
        for (size_t i = 0; i < hunks.count; i++) {
            check(syntax, checker, parser, ranges[i].start, ranges[i].end, &notes->violations);
        }
    }
    settle(&notes->violations);
    struct text_hunk hunk;
    bool same = known && is_quiet(previous->notes) && text_diff(previous->text, syntax->text, &hunk, 1) == 0;
    if (!same) check_text(syntax, reader_scan(means->reader), notes);
    syntax->notes = notes;
}
