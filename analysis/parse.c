/* parse.c: see parse.h. Here: one parse of one range, the edit of old trees, and the syntax object. */
#include "analysis/parse.h"

#include "analysis/error_walk.h"
#include "analysis/fragment.h"
#include "analysis/gap_mask.h"
#include "analysis/reading.h"
#include "analysis/reparse.h"
#include "analysis/rule_notes.h"
#include "analysis/window.h"
#include "base/mem.h"
#include <ctype.h>
#include <string.h>

#define CHUNKING_MIN_BYTES 500000u      /* below, one tree is faster than chunks */
#define HUNKS_MAX          64           /* differences followed one by one; more are taken together */
#define FRESH_MASKS        16           /* new at once, ... */
#define FRESH_SPREAD       131072u      /* ...over so many bytes: an incremental parse would reuse little */
#define WATCH_BYTES        (256u << 10) /* of a token between two looks at the clock */
#define CLOCK_INTERVAL     4      /* progress calls (about 20 us apart) between two looks at the clock */
#define DATA_BYTE          '1'    /* of it are the numbers that stand for those a grammar does not know */
#define MARKS_MAX          64     /* errors of an old tree that are read again */
#define RUN_MIN            4      /* a character's longest encoding: shorter runs are put together */
#define STALL_CALLS        250    /* progress calls without progress, and... */
#define STALL_CALL_BYTES   16     /* ...one for each of so many bytes: from then on there will be none */
#define STALLS_MAX         8      /* bytes of one range that are passed over for it */
#define NO_CHARACTER       "\x01" /* what no language has outside of strings */

struct parser {
    TSParser *parser;
    const struct language *language; /* set in the parser */
    uint32_t leak_byte;
};

struct parser *parser_create(void) {
    struct parser *parser = mem_zalloc(sizeof *parser);
    parser->parser = ts_parser_new();
    return parser;
}

void parser_destroy(struct parser *parser) {
    if (!parser) return;
    ts_parser_delete(parser->parser);
    mem_free(parser);
}

/* The range being parsed, as tree-sitter's reader sees it. */
struct reader {
    const struct text *text;
    uint32_t start_byte, end_byte;
    const struct cancel *cancel;
    uint32_t watched_byte; /* where the clock was looked at last: a token can be as long as the text */
    bool cut;              /* the end was reported because of it */
    bool ended;            /* the end has been reported */
    uint32_t leak_byte;
    uint32_t hidden[STALLS_MAX]; /* bytes that are shown as NO_CHARACTER, ascending */
    uint32_t hidden_count;
    char joined[64]; /* a character divided between runs, with what follows */
};

static const char *read_range(void *payload, uint32_t byte, TSPoint position, uint32_t *ret_length) {
    (void)position;
    struct reader *reader = payload;
    uint32_t left = reader->end_byte - reader->start_byte;
    if (byte - reader->watched_byte > WATCH_BYTES) {
        reader->watched_byte = byte;
        reader->cut |= cancel_reached(reader->cancel);
    }
    if (byte >= left || reader->cut) {
        reader->ended = true;
        *ret_length = 0;
        return "";
    }
    if (reader->ended && byte < reader->leak_byte) reader->leak_byte = byte;
    left -= byte;
    for (uint32_t i = 0; i < reader->hidden_count; i++) {
        if (reader->hidden[i] == byte) {
            *ret_length = 1;
            return NO_CHARACTER;
        }
        if (reader->hidden[i] > byte && reader->hidden[i] - byte < left) left = reader->hidden[i] - byte;
    }
    uint32_t length;
    const char *run = text_run(reader->text, reader->start_byte + byte, &length);
    if (length >= left) {
        length = left;
    } else if (length < RUN_MIN) {
        length = left < sizeof reader->joined ? left : (uint32_t)sizeof reader->joined;
        text_copy(reader->text, reader->start_byte + byte, reader->start_byte + byte + length,
                  reader->joined);
        run = reader->joined;
    }
    *ret_length = length;
    return run;
}

struct watch {
    const struct cancel *cancel;
    unsigned calls;
    unsigned idle, idle_max; /* calls since farthest_byte was reached */
    uint32_t farthest_byte;
};

static bool is_stalled(const struct watch *watch) {
    return watch->idle > watch->idle_max;
}

static bool progress(TSParseState *state) {
    struct watch *watch = state->payload;
    if (state->current_byte_offset > watch->farthest_byte) {
        watch->farthest_byte = state->current_byte_offset;
        watch->idle = 0;
    }
    watch->idle++;
    if (is_stalled(watch)) return true;
    if (watch->calls++ % CLOCK_INTERVAL == 0) return cancel_reached(watch->cancel);
    return cancel_requested(watch->cancel);
}

static bool can_hide(const struct reader *reader, uint32_t byte) {
    for (uint32_t i = 0; i < reader->hidden_count; i++)
        if (reader->hidden[i] == byte) return false;
    char shown;
    text_copy(reader->text, reader->start_byte + byte, reader->start_byte + byte + 1, &shown);
    return !isspace((unsigned char)shown);
}

/* tree-sitter's recovery from an error can come back to where it was, for ever (`e={e:i ps={e:s)` in TSX). It
 * depends on the token there: shown as no character, that is an error of its own, and is passed over. Hides
 * the first byte behind `byte`, else the last one before it. */
static bool hide_stall(struct reader *reader, uint32_t byte) {
    uint32_t length = reader->end_byte - reader->start_byte, at = byte;
    if (reader->hidden_count == STALLS_MAX) return false;
    while (at < length && !can_hide(reader, at))
        at++;
    if (at >= length) {
        at = byte < length ? byte : length;
        while (at > 0 && !can_hide(reader, at - 1))
            at--;
        if (at == 0) return false;
        at--;
    }
    uint32_t place = reader->hidden_count++;
    for (; place > 0 && reader->hidden[place - 1] > at; place--)
        reader->hidden[place] = reader->hidden[place - 1];
    reader->hidden[place] = at;
    reader->ended = false;
    reader->watched_byte = 0;
    return true;
}

TSTree *parser_parse_range(struct parser *parser, const struct language *language, const struct text *text,
                           uint32_t start_byte, uint32_t end_byte, const TSTree *old_tree,
                           const struct cancel *cancel) {
    if (parser->language != language) {
        if (!ts_parser_set_language(parser->parser, language->grammar())) return NULL;
        parser->language = language;
    }
    struct reader reader = {.text = text,
                            .start_byte = start_byte,
                            .end_byte = end_byte,
                            .cancel = cancel,
                            .leak_byte = UINT32_MAX};
    struct watch watch = {.cancel = cancel,
                          .idle_max = STALL_CALLS + (end_byte - start_byte) / STALL_CALL_BYTES};
    TSInput input = {.payload = &reader, .read = read_range, .encoding = TSInputEncodingUTF8};
    TSParseOptions options = {.payload = &watch, .progress_callback = progress};
    TSTree *tree = ts_parser_parse_with_options(parser->parser, old_tree, input, options);
    while (!tree && is_stalled(&watch) && hide_stall(&reader, watch.farthest_byte)) {
        ts_parser_reset(parser->parser);
        watch.idle = watch.farthest_byte = 0;
        tree = ts_parser_parse_with_options(parser->parser, NULL, input, options);
    }
    if (reader.cut) {
        ts_tree_delete(tree);
        tree = NULL;
    }
    if (!tree) ts_parser_reset(parser->parser);
    parser->leak_byte = reader.leak_byte;
    return tree;
}

uint32_t parser_leak_byte(const struct parser *parser) {
    return parser->leak_byte;
}

/* Rows count from the range's own start; only on its first row do columns too. */
static TSPoint point_in_range(const struct text *text, uint32_t byte, struct text_row origin) {
    struct text_row at = text_row_of(text, byte);
    TSPoint point = {at.row - origin.row, at.column_bytes};
    if (point.row == 0) point.column -= origin.column_bytes;
    return point;
}

/* old[old_start, old_end) is now new[new_start, new_end). All edits behind this one have been made. */
static void edit_tree(TSTree *tree, const struct text *old_text, uint32_t old_origin,
                      const struct text *new_text, struct text_hunk hunk) {
    if (hunk.old_start == hunk.old_end && hunk.new_start == hunk.new_end) return;
    struct text_row origin = text_row_of(old_text, old_origin);
    struct text_row new_start = text_row_of(new_text, hunk.new_start),
                    new_end = text_row_of(new_text, hunk.new_end);
    uint32_t length = hunk.new_end - hunk.new_start, rows = new_end.row - new_start.row;
    TSInputEdit edit = {
        .start_byte = hunk.old_start - old_origin,
        .old_end_byte = hunk.old_end - old_origin,
        .new_end_byte = hunk.old_start - old_origin + length,
        .start_point = point_in_range(old_text, hunk.old_start, origin),
        .old_end_point = point_in_range(old_text, hunk.old_end, origin),
    };
    edit.new_end_point.row = edit.start_point.row + rows;
    edit.new_end_point.column = rows > 0 ? new_end.column_bytes : edit.start_point.column + length;
    ts_tree_edit(tree, &edit);
}

/* tree-sitter reuses what lies around an error without asking whether it still is one, which can depend on
 * text far behind (a quote that a later line closes now). Errors are read again, as if they had been edited.
 */
static void mark_errors(TSTree *tree) {
    struct error_walk walk;
    TSNode node;
    uint32_t ends[MARKS_MAX];
    TSPoint end_points[MARKS_MAX];
    size_t count = 0;
    error_walk_init(&walk, tree, true);
    while (count < MARKS_MAX && error_walk_next(&walk, &node)) {
        ends[count] = ts_node_end_byte(node);
        end_points[count++] = ts_node_end_point(node);
    }
    error_walk_finish(&walk);
    for (size_t i = 0; i < count; i++) {
        TSInputEdit none = {ends[i], ends[i], ends[i], end_points[i], end_points[i], end_points[i]};
        ts_tree_edit(tree, &none);
    }
}

TSTree *tree_edited(const TSTree *tree, const struct text *old_text, const struct text *new_text,
                    struct text_hunk span, const struct text_hunk *hunks, size_t hunk_count) {
    TSTree *edited = ts_tree_copy(tree);
    mark_errors(edited);
    /* Everything between two unchanged runs was replaced; the ends of the span count as runs of no length.
     * From the last to the first, so that the offsets of those still to come stay true. */
    uint32_t old_next = span.old_end, new_next = span.new_end;
    for (size_t i = hunk_count + 1; i-- > 0;) {
        uint32_t old_start = i > 0 ? hunks[i - 1].old_end : 0, new_start = i > 0 ? hunks[i - 1].new_end : 0;
        uint32_t old_end = i < hunk_count ? hunks[i].old_start : text_size(old_text);
        if (old_start < span.old_start) { /* the run, clipped to the span */
            new_start += span.old_start - old_start;
            old_start = span.old_start;
        }
        if (old_end > span.old_end) old_end = span.old_end;
        if (old_start >= old_end) continue;
        uint32_t new_end = new_start + (old_end - old_start);
        edit_tree(edited, old_text, span.old_start, new_text,
                  (struct text_hunk){old_end, old_next, new_end, new_next});
        old_next = old_start;
        new_next = new_start;
    }
    edit_tree(edited, old_text, span.old_start, new_text,
              (struct text_hunk){span.old_start, old_next, span.new_start, new_next});
    /* A change of nothing at the end: what was read up to there is read again, so that the reader sees who
     * looks behind it (parser_leak_byte). */
    struct text_row origin = text_row_of(new_text, span.new_start);
    uint32_t length = span.new_end - span.new_start;
    TSPoint end = point_in_range(new_text, span.new_end, origin);
    ts_tree_edit(edited, &(TSInputEdit){length, length, length, end, end, end});
    return edited;
}

struct tree_box *tree_box_create(TSTree *tree) {
    struct tree_box *box = mem_alloc(sizeof *box);
    atomic_init(&box->references, 1);
    box->tree = tree;
    return box;
}

struct tree_box *tree_box_ref(struct tree_box *box) {
    if (box) atomic_fetch_add_explicit(&box->references, 1, memory_order_relaxed);
    return box;
}

void tree_box_unref(struct tree_box *box) {
    if (!box || atomic_fetch_sub_explicit(&box->references, 1, memory_order_acq_rel) != 1) return;
    ts_tree_delete(box->tree);
    mem_free(box);
}

uint64_t chunk_new_id(void) {
    static atomic_uint_fast64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

struct syntax *syntax_create(const struct language *language, struct text *text) {
    struct syntax *syntax = mem_zalloc(sizeof *syntax);
    atomic_init(&syntax->references, 1);
    syntax->text = text_ref(text);
    syntax->parsed = text_ref(text);
    syntax->language = language;
    return syntax;
}

struct syntax *syntax_ref(const struct syntax *syntax) {
    struct syntax *shared = (struct syntax *)syntax;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void syntax_unref(struct syntax *syntax) {
    if (!syntax || atomic_fetch_sub_explicit(&syntax->references, 1, memory_order_acq_rel) != 1) return;
    for (size_t i = 0; i < syntax->chunks.count; i++)
        tree_box_unref(syntax->chunks.items[i].box);
    vec_finish(&syntax->chunks);
    vec_finish(&syntax->masks);
    text_unref(syntax->text);
    text_unref(syntax->parsed);
    readings_destroy(syntax->readings);
    rule_notes_destroy(syntax->notes);
    mem_free(syntax);
}

/* The same verdicts for another text object with the same bytes. */
static struct syntax *syntax_with_text(const struct syntax *previous, struct text *text) {
    struct syntax *syntax = syntax_create(previous->language, text);
    vec_reserve(&syntax->chunks, previous->chunks.count);
    for (size_t i = 0; i < previous->chunks.count; i++) {
        tree_box_ref(previous->chunks.items[i].box);
        vec_push(&syntax->chunks, previous->chunks.items[i]);
    }
    syntax->broken_count = previous->broken_count;
    syntax->open_count = previous->open_count;
    syntax->top_state = previous->top_state;
    syntax->uncuttable = previous->uncuttable;
    return syntax;
}

/* One parse of the whole text, reusing the tree of the previous syntax when that is one piece too. */
static enum status parse_whole(struct parser *parser, const struct language *language, struct text *text,
                               const struct syntax *previous, const struct text_hunk *hunks,
                               size_t hunk_count, const struct cancel *cancel, struct syntax **ret_syntax) {
    TSTree *old_tree = NULL;
    if (previous && previous->chunks.count == 1 && previous->chunks.items[0].box) {
        struct text_hunk span = {0, text_size(previous->parsed), 0, text_size(text)};
        old_tree =
            tree_edited(previous->chunks.items[0].box->tree, previous->parsed, text, span, hunks, hunk_count);
    }
    TSTree *tree = parser_parse_range(parser, language, text, 0, text_size(text), old_tree, cancel);
    ts_tree_delete(old_tree);
    if (!tree) return cancel_requested(cancel) ? STATUS_CANCELLED : STATUS_DEADLINE;

    struct syntax *syntax = syntax_create(language, text);
    bool has_error = ts_node_has_error(ts_tree_root_node(tree));
    vec_push(&syntax->chunks,
             (struct chunk){.id = chunk_new_id(), .box = tree_box_create(tree), .has_error = has_error});
    syntax->broken_count = has_error;
    *ret_syntax = syntax;
    return STATUS_OK;
}

/* A text without usable syntax before it. Data has no top level to cut at, and is fast anyway. */
static enum status parse_first(struct parser *parser, const struct language *language, struct text *text,
                               const struct cancel *cancel, struct syntax **ret_syntax) {
    bool large = text_size(text) >= CHUNKING_MIN_BYTES;
    struct syntax *syntax = NULL;
    enum status status = STATUS_OK;
    if (large && !(language->flags & LANGUAGE_DATA))
        status = window_parse(parser, language, text, cancel, &syntax);
    if (status == STATUS_OK && !syntax) {
        status = parse_whole(parser, language, text, NULL, NULL, 0, cancel, &syntax);
        if (status == STATUS_OK) syntax->uncuttable = large;
    }
    if (status == STATUS_OK) *ret_syntax = syntax;
    return status;
}

/* The text as the trees show it, parsed by what is known of an earlier one. */
static enum status parse_next(struct parser *parser, struct text *parsed, const struct syntax *previous,
                              bool finish, const struct cancel *cancel, struct syntax **ret_syntax) {
    const struct language *language = previous->language;
    struct text_hunk hunks[HUNKS_MAX];
    size_t hunk_count = text_diff(previous->parsed, parsed, hunks, HUNKS_MAX);
    if (hunk_count == 0 && !(finish && previous->open_count > 0)) {
        *ret_syntax = syntax_with_text(previous, parsed);
        return STATUS_OK;
    }
    uint64_t changed_bytes = 0;
    for (size_t i = 0; i < hunk_count; i++)
        changed_bytes += (hunks[i].old_end - hunks[i].old_start) + (hunks[i].new_end - hunks[i].new_start);
    uint32_t size = text_size(parsed);
    bool similar = changed_bytes < size / 2, chunked = previous->top_state != 0;
    if (chunked && similar && size >= CHUNKING_MIN_BYTES / 2)
        return reparse_chunks(parser, parsed, previous, hunks, hunk_count, finish, cancel, ret_syntax);
    bool one_piece = size < CHUNKING_MIN_BYTES || (previous->uncuttable && similar);
    if (chunked || !one_piece) return parse_first(parser, language, parsed, cancel, ret_syntax);

    enum status status =
        parse_whole(parser, language, parsed, previous, hunks, hunk_count, cancel, ret_syntax);
    if (status == STATUS_OK) (*ret_syntax)->uncuttable = previous->uncuttable;
    return status;
}

/* Of data in a text of ordinary size, tokens cost less than their masks. */
static enum mask_kind mask_kind_of(const struct syntax *syntax) {
    const struct language *language = syntax->language;
    if (language->flags & LANGUAGE_PREPROCESSOR) return MASK_ITEMS;
    if (!(language->flags & LANGUAGE_DATA)) return language->gaps ? MASK_GAPS : MASK_NONE;
    return text_size(syntax->text) >= CHUNKING_MIN_BYTES ? MASK_TOKENS : MASK_NONE;
}

/* *ret_fresh: it is so much that an incremental parse would find little to reuse. Gaps that are closed again
 * around an edit are many in one place. */
static void find_wanted(const struct syntax *syntax, struct mask_list *wanted, bool *ret_fresh) {
    enum mask_kind kind = mask_kind_of(syntax);
    if (kind != MASK_NONE) masks_wanted(&syntax->masks, syntax->readings, kind, wanted);
    *ret_fresh = wanted->count > FRESH_MASKS;
    if (*ret_fresh && kind == MASK_GAPS)
        *ret_fresh = wanted->items[wanted->count - 1].end_byte - wanted->items[0].start_byte > FRESH_SPREAD;
}

bool syntax_wants_masks(const struct syntax *syntax) {
    struct mask_list wanted = {0};
    bool fresh;
    find_wanted(syntax, &wanted, &fresh);
    bool wants = fresh || (wanted.count && !syntax->masks.count);
    vec_finish(&wanted);
    return wants;
}

/* The masks of the next text, `wanted` besides those there are, and what they leave of it. */
static struct text *mask_next(struct text *text, const struct syntax *previous,
                              const struct mask_list *wanted, struct mask_list *ret_masks) {
    bool data = previous->language->flags & LANGUAGE_DATA;
    struct mask_change change = {.byte = data ? DATA_BYTE : ' '};
    struct text_hunk hunks[HUNKS_MAX];
    if (!wanted->count && !previous->masks.count) return text_ref(text);
    if (mask_kind_of(previous) == MASK_GAPS) return gap_masks_next(text, previous, wanted, ret_masks);
    size_t hunk_count = text_diff(previous->text, text, hunks, HUNKS_MAX);
    if (data) {
        masks_move_tokens(&previous->masks, hunks, hunk_count, &change.moved, &change.shown);
        masks_move_tokens(wanted, hunks, hunk_count, &change.added, NULL);
    } else {
        masks_move(&previous->masks, hunks, hunk_count, &change.moved);
        masks_move(wanted, hunks, hunk_count, &change.added);
    }
    struct text *parsed = masks_show(text, previous->parsed, hunks, hunk_count, &change);
    if (parsed)
        masks_join(&change.moved, &change.added, ret_masks);
    else
        parsed = text_ref(text);
    mask_change_finish(&change);
    return parsed;
}

/* The syntax of what is shown of a text is the text's. Takes the masks over. */
static enum status with_masks(enum status status, struct syntax *syntax, struct text *text,
                              struct mask_list *masks, struct syntax **ret_syntax) {
    if (status != STATUS_OK) {
        vec_finish(masks);
        return status;
    }
    text_unref(syntax->text);
    syntax->text = text_ref(text);
    syntax->masks = *masks;
    *ret_syntax = syntax;
    return STATUS_OK;
}

/* What is hidden may have changed where all that is shown is as it was: such pieces are not the same. */
static void renew_edited(struct syntax *syntax, const struct syntax *previous, const struct text *text) {
    struct text_hunk hunks[HUNKS_MAX];
    size_t count = syntax->masks.count ? text_diff(previous->text, text, hunks, HUNKS_MAX) : 0;
    for (size_t i = 0; i < count; i++) {
        size_t piece = syntax_piece_index(syntax, hunks[i].new_start > 0 ? hunks[i].new_start - 1 : 0);
        for (; piece < syntax->chunks.count && syntax->chunks.items[piece].start_byte <= hunks[i].new_end;
             piece++)
            syntax->chunks.items[piece].id = chunk_new_id();
    }
}

/* fresh: with what is wanted most trees will be others. */
static enum status parse_masked(struct parser *parser, struct text *text, const struct syntax *previous,
                                const struct mask_list *wanted, bool fresh, bool finish,
                                const struct cancel *cancel, struct syntax **ret_syntax) {
    struct mask_list masks = {0};
    struct text *parsed = mask_next(text, previous, wanted, &masks);
    struct syntax *syntax = NULL;
    enum status status = fresh ? parse_first(parser, previous->language, parsed, cancel, &syntax)
                               : parse_next(parser, parsed, previous, finish, cancel, &syntax);
    text_unref(parsed);
    status = with_masks(status, syntax, text, &masks, ret_syntax);
    if (status == STATUS_OK) renew_edited(*ret_syntax, previous, text);
    return status;
}

/* A text that nothing is known of. What is only elements of a list is hidden whole: as statements they are
 * errors to recover from at every comma, in quadratic time. */
static enum status parse_new(struct parser *parser, const struct language *language, struct text *text,
                             const struct cancel *cancel, struct syntax **ret_syntax) {
    uint32_t size = text_size(text);
    bool list = false;
    if (language->flags & LANGUAGE_PREPROCESSOR) {
        char *bytes = text_dup(text, 0, size);
        list = fragment_is_list_text(bytes, size);
        mem_free(bytes);
    }
    if (!list) return parse_first(parser, language, text, cancel, ret_syntax);
    struct mask_change change = {.byte = ' '};
    vec_push(&change.added, (struct mask){0, size});
    struct text *parsed = masks_show(text, text, NULL, 0, &change);
    if (!parsed) {
        mask_change_finish(&change);
        return parse_first(parser, language, text, cancel, ret_syntax);
    }
    struct syntax *syntax = NULL;
    enum status status = parse_first(parser, language, parsed, cancel, &syntax);
    text_unref(parsed);
    return with_masks(status, syntax, text, &change.added, ret_syntax);
}

enum status syntax_parse(struct parser *parser, const struct language *language, struct text *text,
                         const struct syntax *previous, bool finish, const struct cancel *cancel,
                         struct syntax **ret_syntax) {
    if (!previous || previous->language != language)
        return parse_new(parser, language, text, cancel, ret_syntax);
    bool settled = !previous->half_read && !(finish && previous->open_count);
    if (text == previous->text && settled && !syntax_wants_masks(previous)) {
        *ret_syntax = syntax_ref(previous);
        return STATUS_OK;
    }
    bool data = language->flags & LANGUAGE_DATA;
    if (data && previous->masks.count && text_size(text) < CHUNKING_MIN_BYTES)
        return parse_first(parser, language, text, cancel, ret_syntax);
    struct mask_list wanted = {0};
    bool fresh = false;
    if (!previous->half_read) find_wanted(previous, &wanted, &fresh); /* else it is read to its end first */
    if (fresh && !finish && text_size(text) >= CHUNKING_MIN_BYTES) {  /* a keystroke has no time for it */
        vec_clear(&wanted);
        fresh = false;
    }
    enum status status = parse_masked(parser, text, previous, &wanted, fresh, finish, cancel, ret_syntax);
    vec_finish(&wanted);
    return status;
}

enum status syntax_parse_variant(struct parser *parser, struct text *text, const struct syntax *original,
                                 const struct cancel *cancel, struct syntax **ret_syntax) {
    struct mask_list none = {0};
    return parse_masked(parser, text, original, &none, false, true, cancel, ret_syntax);
}

struct text *syntax_text(const struct syntax *syntax) {
    return syntax->text;
}

struct text *syntax_parsed_text(const struct syntax *syntax) {
    return syntax->parsed;
}

const struct language *syntax_language(const struct syntax *syntax) {
    return syntax->language;
}

bool syntax_has_error(const struct syntax *syntax) {
    return syntax->broken_count > 0;
}

bool syntax_is_open(const struct syntax *syntax) {
    return syntax->open_count > 0;
}

size_t syntax_piece_count(const struct syntax *syntax) {
    return syntax->chunks.count;
}

uint32_t syntax_chunk_end(const struct syntax *syntax, size_t index) {
    if (index + 1 < syntax->chunks.count) return syntax->chunks.items[index + 1].start_byte;
    return text_size(syntax->text);
}

struct syntax_piece syntax_piece_at(const struct syntax *syntax, size_t index) {
    const struct chunk *chunk = &syntax->chunks.items[index];
    return (struct syntax_piece){
        .start_byte = chunk->start_byte,
        .end_byte = syntax_chunk_end(syntax, index),
        .id = chunk->id,
        .tree = chunk->box ? chunk->box->tree : NULL,
        .has_error = chunk->has_error,
        .open = chunk->open,
    };
}

size_t syntax_piece_index(const struct syntax *syntax, uint32_t byte) {
    size_t low = 0, high = syntax->chunks.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (syntax->chunks.items[middle].start_byte <= byte)
            low = middle;
        else
            high = middle;
    }
    return low;
}

size_t syntax_next_broken(const struct syntax *syntax, size_t index) {
    if (syntax->broken_count == 0) return SIZE_MAX;
    for (; index < syntax->chunks.count; index++)
        if (syntax->chunks.items[index].has_error) return index;
    return SIZE_MAX;
}

TSTree *syntax_piece_tree(const struct syntax *syntax, size_t index, struct parser *parser) {
    struct syntax_piece piece = syntax_piece_at(syntax, index);
    if (piece.tree) return ts_tree_copy(piece.tree);
    return parser_parse_range(parser, syntax->language, syntax->parsed, piece.start_byte, piece.end_byte,
                              NULL, NULL);
}

TSTree *syntax_piece_own_tree(const struct syntax *syntax, size_t index, struct parser *parser) {
    struct syntax_piece piece = syntax_piece_at(syntax, index);
    bool alike = mask_kind_of(syntax) != MASK_ITEMS; /* other bytes stand for what is hidden */
    if (alike || !masks_meet(&syntax->masks, piece.start_byte, piece.end_byte))
        return syntax_piece_tree(syntax, index, parser);
    return parser_parse_range(parser, syntax->language, syntax->text, piece.start_byte, piece.end_byte, NULL,
                              NULL);
}
