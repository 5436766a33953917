#include "analysis/glance.h"

#include "analysis/hunks.h"
#include "analysis/mask.h"
#include "analysis/pp_token.h"
#include "analysis/statement.h"
#include "analysis/syntax.h"
#include "base/str.h"

#include <string.h>

#define STATEMENT_MAX (16u << 10) /* a larger one is not read twice */
#define CHANGE_MAX    64          /* bytes that came or went */
#define HIDDEN_MAX    (64u << 10) /* an item of which no tree shows the statements */
#define LEVELS_MAX    4           /* blocks around a change in such an item */

static bool is_word(int byte) {
    return byte >= 0 && pp_is_word((unsigned char)byte);
}

static bool is_blank(int byte) {
    return byte == ' ' || byte == '\t';
}

/* Whether [start, end) begins and ends no line, string, comment or directive, nor does it with what stands
 * beside it. */
static bool is_inner(const struct text *text, uint32_t start, uint32_t end) {
    for (uint32_t at = start; at < end; at++) {
        int byte = text_byte_at(text, at);
        if (byte == '\n' || byte == '\r' || byte == 0 || strchr("\"'`#\\", byte)) return false;
    }
    for (uint32_t at = start > 0 ? start - 1 : 0; at <= end; at++) {
        int byte = text_byte_at(text, at), next = text_byte_at(text, at + 1);
        bool comment = (byte == '/' && (next == '/' || next == '*')) || (byte == '*' && next == '/');
        if (comment || byte == '\\') return false;
    }
    return true;
}

/* A word that grows or shrinks stays a word: that it was a keyword is found out soon enough. */
static bool is_in_word(const struct text *text, uint32_t start, uint32_t end) {
    for (uint32_t at = start; at < end; at++)
        if (!is_word(text_byte_at(text, at))) return false;
    bool before = start > 0 && is_word(text_byte_at(text, start - 1));
    return before || is_word(text_byte_at(text, end));
}

/* Its first line is nothing to the language, whatever it was before. */
static bool is_hash_bang(const struct text *text) {
    return text_byte_at(text, 0) == '#' && text_byte_at(text, 1) == '!';
}

static bool is_telling(const struct text *earlier, const struct text *later, const struct text_hunk *hunk) {
    if (hunk->old_end - hunk->old_start > CHANGE_MAX || hunk->new_end - hunk->new_start > CHANGE_MAX)
        return false;
    if (is_hash_bang(later) && text_line_of(later, hunk->new_start) == 0) return false;
    return is_inner(earlier, hunk->old_start, hunk->old_end) &&
           is_inner(later, hunk->new_start, hunk->new_end) &&
           !(is_in_word(earlier, hunk->old_start, hunk->old_end) &&
             is_in_word(later, hunk->new_start, hunk->new_end));
}

/* A construct of the earlier text that is read alone. */
struct statement {
    uint32_t start_byte, end_byte;
    const struct body_rule *frame;
    bool broken; /* beyond doubt: a bracket is gone */
};

static const struct body_rule *find_body(const struct language *language, const char *node) {
    const struct body_rule *body = language->bodies;
    while (body && body->node && strcmp(body->node, node) != 0)
        body++;
    return body && body->node ? body : NULL;
}

/* What the directive asks for is what no compiler of C defines. */
static bool is_other_language(TSNode branch, const struct text *text, uint32_t offset) {
    static const char name[] = "__cplusplus";
    char bytes[sizeof name];
    TSNode node = ts_node_child_by_field_name(branch, "name", 4);
    if (ts_node_is_null(node)) return false;
    uint32_t start = ts_node_start_byte(node) + offset, end = ts_node_end_byte(node) + offset;
    if (end - start != sizeof name - 1) return false;
    text_copy(text, start, end, bytes);
    return memcmp(bytes, name, sizeof name - 1) == 0;
}

/* A bracket that comes or goes alone has no partner, whatever stands around it. */
static bool is_bracket(const struct text *text, uint32_t start, uint32_t end) {
    return start == end || (end == start + 1 && strchr("()[]{}", text_byte_at(text, start)));
}

static bool is_directive(TSNode node) {
    return strncmp(ts_node_type(node), "preproc_", 8) == 0;
}

/* Words with which a statement begins and nothing goes on. */
static const char *const fresh_words[] = {"break", "continue", "do",    "for",  "goto",
                                          "if",    "return",   "throw", "while"};
enum { FRESH_WORDS = sizeof fresh_words / sizeof *fresh_words };

static bool begins_afresh(TSNode node) {
    TSNode first = ts_node_child(node, 0);
    for (size_t i = 0; i < FRESH_WORDS && !ts_node_is_null(first); i++)
        if (!ts_node_is_named(first) && !strcmp(ts_node_type(first), fresh_words[i])) return true;
    return false;
}

/* Takes the next or the previous neighbour of the cursor's node in, if there is one: what ends or begins
 * otherwise may go on with it. False: it is a directive. */
static bool join(const TSTreeCursor *cursor, bool next, uint32_t offset, struct statement *statement) {
    bool (*go)(TSTreeCursor *) =
        next ? ts_tree_cursor_goto_next_sibling : ts_tree_cursor_goto_previous_sibling;
    TSTreeCursor beside = ts_tree_cursor_copy(cursor);
    bool more = go(&beside);
    while (more && ts_node_is_extra(ts_tree_cursor_current_node(&beside)))
        more = go(&beside);
    TSNode node = ts_tree_cursor_current_node(&beside);
    bool named = more && ts_node_is_named(node), directive = more && is_directive(node);
    if (named && next && !begins_afresh(node)) statement->end_byte = ts_node_end_byte(node) + offset;
    if (named && !next) statement->start_byte = ts_node_start_byte(node) + offset;
    ts_tree_cursor_delete(&beside);
    return !directive;
}

/* A type and its semicolon are two nodes. */
static void take_semicolon(const TSTreeCursor *cursor, uint32_t offset, struct statement *statement) {
    TSTreeCursor next = ts_tree_cursor_copy(cursor);
    if (ts_tree_cursor_goto_next_sibling(&next)) {
        TSNode node = ts_tree_cursor_current_node(&next);
        if (!strcmp(ts_node_type(node), ";")) statement->end_byte = ts_node_end_byte(node) + offset;
    }
    ts_tree_cursor_delete(&next);
}

/* The smallest one that holds [start, end) and more, with its neighbour where the hunk is at its edge.
 * Branches of a condition that may hide it are left to those who read conditions. */
static bool find_statement(const struct syntax *syntax, const TSTree *tree, uint32_t offset,
                           struct text_hunk hunk, bool bracket, struct statement *ret_statement) {
    static const struct body_rule whole = {"", "", "\n"};
    const struct language *language = syntax->language;
    const struct body_rule *frame = &whole,
                           *body = &whole; /* body: of the node whose children are looked at */
    bool found = false, in_string = false;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    while (ts_tree_cursor_goto_first_child_for_byte(&cursor, hunk.old_start - offset) >= 0) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        uint32_t start = ts_node_start_byte(node) + offset, end = ts_node_end_byte(node) + offset;
        if (start > hunk.old_start || end < hunk.old_end) break;
        if (start == hunk.old_start && end == hunk.old_end) {
            bool gone = hunk.new_start == hunk.new_end && end > start;
            ret_statement->broken = found && bracket && gone && !in_string && !ts_node_is_named(node);
            break;
        }
        const struct body_rule *next = find_body(language, ts_node_type(node));
        if (is_directive(node) && (!next || is_other_language(node, syntax->parsed, offset))) {
            found = false;
            break;
        }
        if (body && ts_node_is_named(node) && !(next && !next->open)) {
            *ret_statement = (struct statement){.start_byte = start, .end_byte = end, .frame = frame};
            take_semicolon(&cursor, offset, ret_statement);
            found = (bracket || end > hunk.old_end || join(&cursor, true, offset, ret_statement)) &&
                    (bracket || start < hunk.old_start || join(&cursor, false, offset, ret_statement));
        }
        in_string |= strstr(ts_node_type(node), "string") != NULL;
        body = next;
        if (body && body->open) frame = body;
    }
    ts_tree_cursor_delete(&cursor);
    return found &&
           (ret_statement->broken || ret_statement->end_byte - ret_statement->start_byte <= STATEMENT_MAX);
}

/* Where the line begins that the statement at `start` begins with; UINT32_MAX: something stands before it. */
static uint32_t margin_of(const struct text *text, uint32_t start) {
    uint32_t line = text_line_start(text, text_line_of(text, start));
    for (uint32_t at = line; at < start; at++)
        if (!is_blank(text_byte_at(text, at))) return UINT32_MAX;
    return line;
}

/* Whether text[start, end) is broken in the frame. */
static bool is_broken(const struct reader_means *means, const struct language *language,
                      const struct text *text, uint32_t start, uint32_t end, const struct body_rule *frame,
                      const struct cancel *cancel) {
    struct str bytes;
    char *own = text_dup(text, start, end);
    str_init(&bytes);
    str_adds(&bytes, frame->open);
    str_add(&bytes, own, end - start);
    str_adds(&bytes, frame->close);
    mem_free(own);
    bool broken = reader_finds_broken(means, language, bytes.bytes, (uint32_t)bytes.length, cancel);
    str_finish(&bytes);
    return broken;
}

/* Whether nothing behind the byte goes on with what stands before it. */
static bool is_end(const char *bytes, const struct c_tokens *tokens, uint32_t byte) {
    size_t next;
    vec_bisect(tokens, token, token->start_byte < byte, &next);
    if (next == tokens->count || c_tokens_have(tokens, next, '}')) return true;
    for (size_t i = 0; i < FRESH_WORDS; i++)
        if (c_token_is(bytes, &tokens->items[next], fresh_words[i])) return true;
    return false;
}

/* The same for an item that only a reading makes valid, so that no tree shows its statements: one that was
 * valid alone before the change. */
static bool find_hidden(const struct reader_means *means, const struct syntax *previous, struct mask item,
                        struct text_hunk hunk, bool bracket, const struct cancel *cancel,
                        struct statement *ret_statement) {
    const struct language *language = previous->language;
    const struct body_rule *frame = find_body(language, "compound_statement");
    if (!(language->flags & LANGUAGE_PREPROCESSOR) || !frame || item.end_byte - item.start_byte > HIDDEN_MAX)
        return false;
    struct c_tokens tokens = {0};
    char *bytes = text_dup(previous->text, item.start_byte, item.end_byte);
    c_token_scan(bytes, item.end_byte - item.start_byte, &tokens);
    bool found = false;
    for (unsigned level = 0; level < LEVELS_MAX && !found; level++) {
        uint32_t start = hunk.old_start - item.start_byte, end = hunk.old_end - item.start_byte;
        if (!statement_around(bytes, &tokens, level, &start, &end)) break;
        bool ends = is_end(bytes, &tokens, end);
        start += item.start_byte;
        end += item.start_byte;
        if (end - start > STATEMENT_MAX) break;
        bool inner = bracket ? start < hunk.old_start || end > hunk.old_end
                             : start < hunk.old_start && (end > hunk.old_end || ends);
        found = inner && !is_broken(means, language, previous->text, start, end, frame, cancel);
        *ret_statement = (struct statement){.start_byte = start, .end_byte = end, .frame = frame};
    }
    vec_finish(&tokens);
    mem_free(bytes);
    return found && !cancel_reached(cancel);
}

static bool find(const struct reader_means *means, const struct syntax *previous, struct text_hunk hunk,
                 bool bracket, const struct cancel *cancel, struct statement *ret_statement) {
    const struct mask_list *masks = &previous->masks;
    size_t index = syntax_piece_index(previous, hunk.old_start);
    struct syntax_piece piece = syntax_piece_at(previous, index);
    if (piece.has_error || piece.open || hunk.old_end > piece.end_byte) return false;
    size_t mask = masks_find(masks, hunk.old_start);
    if (mask < masks->count && masks->items[mask].start_byte <= hunk.old_start &&
        masks->items[mask].end_byte >= hunk.old_end)
        return find_hidden(means, previous, masks->items[mask], hunk, bracket, cancel, ret_statement);
    TSTree *tree = syntax_piece_tree(previous, index, means->parser);
    bool found = tree && find_statement(previous, tree, piece.start_byte, hunk, bracket, ret_statement);
    ts_tree_delete(tree);
    return found && !masks_meet(masks, ret_statement->start_byte, ret_statement->end_byte);
}

bool glance(const struct reader_means *means, const struct syntax *previous, struct text *text,
            const struct cancel *cancel, struct arena *arena, struct region *ret_region) {
    const struct language *language = previous->language;
    struct text_hunk hunks[2];
    uint32_t data = LANGUAGE_DATA | LANGUAGE_TRAILING_COMMA; /* commas that the grammar alone does not know */
    if ((language->flags & data) == data || text_diff(previous->text, text, hunks, 2) != 1) return false;
    struct text_hunk hunk = hunks[0];
    if (!is_telling(previous->text, text, &hunk)) return false;
    bool bracket = is_bracket(previous->text, hunk.old_start, hunk.old_end) &&
                   is_bracket(text, hunk.new_start, hunk.new_end);
    struct statement statement;
    if (!find(means, previous, hunk, bracket, cancel, &statement)) return false;
    uint32_t start = statement.start_byte, end = statement.end_byte - hunk.old_end + hunk.new_end;
    uint32_t margin = margin_of(text, start);
    if (language->flags & LANGUAGE_LAYOUT) start = margin;
    if (!statement.broken &&
        (start == UINT32_MAX || !is_broken(means, language, text, start, end, statement.frame, cancel)))
        return false;
    *ret_region = (struct region){.start_byte = hunk.new_start,
                                  .end_byte = hunk.new_start,
                                  .extent_start = statement.start_byte,
                                  .extent_end = end,
                                  .reading = SIZE_MAX};
    struct suspect suspect;
    bool taken = hunk.old_end == hunk.old_start + 1 && hunk.new_start == hunk.new_end && bracket;
    if (margin == UINT32_MAX || end - margin > STATEMENT_MAX ||
        !suspect_find(text, language, margin, end, end, cancel, &suspect))
        return true;
    if (taken && !(suspect.missing && suspect.bracket == text_byte_at(previous->text, hunk.old_start)))
        return true; /* what is left of a pair is not what is wrong */
    region_show_suspect(ret_region, &suspect, arena);
    if (taken) ret_region->start_byte = ret_region->end_byte = hunk.new_start;
    return true;
}
