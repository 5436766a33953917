#include "analysis/reader.h"

#include "analysis/gap_parse.h"
#include "analysis/preprocess.h"
#include "analysis/rule_notes.h"
#include "analysis/syntax.h"

#define VIOLATIONS_MAX 200 /* of a language's rules, in one piece */

struct reader {
    struct c_scan scan;
    struct preprocessor *preprocessor;
};

struct reader *reader_create(void) {
    struct reader *reader = mem_zalloc(sizeof *reader);
    reader->preprocessor = preprocessor_create(&reader->scan);
    return reader;
}

void reader_destroy(struct reader *reader) {
    if (!reader) return;
    preprocessor_destroy(reader->preprocessor);
    c_scan_forget(&reader->scan);
    mem_free(reader);
}

struct c_scan *reader_scan(struct reader *reader) {
    return &reader->scan;
}

static uint32_t into_piece(void *start_byte, uint32_t byte) {
    return byte - *(const uint32_t *)start_byte;
}

/* What is shown of a piece is its own but for the gaps that were closed, now and before (mask.h). */
static void map_gaps(const struct syntax *syntax, struct syntax_piece piece, const struct gap_list *gaps,
                     struct reading_spans *spans) {
    uint32_t length = piece.end_byte - piece.start_byte;
    vec_push(spans, (struct reading_span){0, 0, length, true});
    for (size_t i = 0; i < gaps->count; i++)
        reading_spans_rewritten(spans, length, gaps->items[i].start_byte - piece.start_byte,
                                gaps->items[i].end_byte - piece.start_byte);
    const struct mask_list *masks = &syntax->masks;
    for (size_t i = masks_find(masks, piece.start_byte);
         i < masks->count && masks->items[i].start_byte < piece.end_byte; i++)
        reading_spans_rewritten(spans, length, masks->items[i].start_byte - piece.start_byte,
                                masks->items[i].end_byte - piece.start_byte);
}

/* What the rules refuse in a piece whose gaps were closed. closed: now; NULL: before, and what its tree shows
 * has been noted. */
static void find_violations(const struct reader_means *means, const struct syntax *syntax,
                            struct syntax_piece piece, const struct gap_parse *closed,
                            struct rule_violations *violations) {
    if (closed) {
        rules_check(means->rules, closed->tree, closed->text, piece.start_byte, piece.start_byte,
                    piece.end_byte, VIOLATIONS_MAX, violations);
    } else {
        const struct rule_violations *notes = rule_notes_of(syntax);
        for (size_t i = 0; i < notes->count && violations->count < VIOLATIONS_MAX; i++) {
            const struct rule_violation *note = &notes->items[i];
            bool inside = note->start_byte >= piece.start_byte && note->start_byte < piece.end_byte;
            if (inside && note->severity == SEVERITY_ERROR && !note->textual) vec_push(violations, *note);
        }
    }
    for (size_t i = 0; i < violations->count; i++)
        rule_violation_move(&violations->items[i], into_piece, &piece.start_byte);
}

/* A piece whose grammar has gaps (gap.h): the piece as a whole is one reading. False when cancelled: it may
 * be good. */
static bool read_gaps(const struct reader_means *means, const struct syntax *syntax, size_t index,
                      const struct readings *known, const struct cancel *cancel, struct readings *readings) {
    struct syntax_piece piece = syntax_piece_at(syntax, index);
    struct hash128 key = {.low = piece.id, .high = 1}; /* equal ids: equal bytes */
    struct reading *reading = readings_lookup(known, key);
    if (reading) {
        reading = reading_ref(reading);
    } else {
        struct gap_parse closed = {0};
        TSTree *tree = syntax_piece_tree(syntax, index, means->parser);
        bool helped = tree && gap_parse(means->parser, syntax->language, syntax->parsed, piece.start_byte,
                                        piece.end_byte, tree, cancel, &closed);
        bool good = helped && !ts_node_has_error(ts_tree_root_node(closed.tree));
        bool cut = !good && cancel_reached(cancel);
        /* Where gaps were closed before, what is shown is not the text's own, and nothing else says so. */
        bool masked = !helped && !cut && tree && !(syntax->language->flags & LANGUAGE_DATA) &&
                      masks_meet(&syntax->masks, piece.start_byte, piece.end_byte);
        if (masked) closed = (struct gap_parse){.text = text_ref(syntax->parsed), .tree = ts_tree_copy(tree)};
        ts_tree_delete(tree);
        if (cut && helped) gap_parse_finish(&closed);
        if (cut || (!helped && !masked)) return !cut;
        reading = reading_create();
        reading->key = key;
        reading->broken = !good;
        find_violations(means, syntax, piece, masked ? NULL : &closed, &reading->violations);
        if (reading->broken || reading->violations.count) {
            reading->shown = text_slice(closed.text, piece.start_byte, piece.end_byte);
            reading->tree = ts_tree_copy(closed.tree);
        }
        if (good && !(syntax->language->flags & LANGUAGE_DATA))
            reading->closed = text_slice(closed.text, piece.start_byte, piece.end_byte);
        map_gaps(syntax, piece, &closed.gaps, &reading->spans);
        gap_parse_finish(&closed);
    }
    struct read_start start_of_piece = readings_start(readings);
    readings_place(readings, piece.start_byte, piece.end_byte, reading);
    readings->read_broken_count++;
    readings_end_piece(readings, start_of_piece,
                       (struct read_piece){.piece = index, .id = piece.id, .start_byte = piece.start_byte});
    return true;
}

struct doubts {
    VEC_FIELDS(uint32_t);
};

/* The first piece from `index` on that has an error, something to doubt or something hidden (where gaps are
 * closed nothing is: other bytes stand for those that are). */
static size_t next_piece(const struct syntax *syntax, size_t index, const struct doubts *doubts) {
    size_t broken = syntax_next_broken(syntax, index), doubted = SIZE_MAX;
    uint32_t start =
        index < syntax_piece_count(syntax) ? syntax_piece_at(syntax, index).start_byte : UINT32_MAX;
    for (size_t i = 0; i < doubts->count && doubted == SIZE_MAX; i++)
        if (doubts->items[i] >= start) doubted = syntax_piece_index(syntax, doubts->items[i]);
    bool none = start == UINT32_MAX || !(syntax->language->flags & LANGUAGE_PREPROCESSOR);
    size_t mask = none ? syntax->masks.count : masks_find(&syntax->masks, start);
    size_t masked = SIZE_MAX;
    if (mask < syntax->masks.count) {
        uint32_t byte = syntax->masks.items[mask].start_byte;
        masked = byte < start ? index : syntax_piece_index(syntax, byte);
    }
    size_t next = broken < doubted ? broken : doubted;
    return next < masked ? next : masked;
}

void reader_read(const struct reader_means *means, struct syntax *syntax, const struct syntax *previous,
                 const struct broken_stretch *broken, const struct cancel *cancel) {
    bool preprocessed = syntax->language->flags & LANGUAGE_PREPROCESSOR;
    if (syntax->readings || !(preprocessed || syntax->language->gaps)) return;
    struct doubts doubts = {0};
    if (preprocessed) {
        const struct rule_violations *notes = rule_notes_of(syntax);
        for (size_t i = 0; i < notes->count; i++)
            if (!notes->items[i].plain) vec_push(&doubts, notes->items[i].start_byte);
    }
    bool usable = previous && previous->language == syntax->language;
    const struct readings *known = usable ? previous->readings : NULL;
    const struct syntax *earlier = usable && !previous->half_read ? previous : NULL;
    struct readings *readings = NULL;
    for (size_t i = next_piece(syntax, 0, &doubts); i != SIZE_MAX; i = next_piece(syntax, i + 1, &doubts)) {
        if (!readings) readings = readings_create();
        if (!preprocessed) {
            if (read_gaps(means, syntax, i, known, cancel, readings)) continue;
            syntax->half_read = true;
            break;
        }
        struct preprocess_request request = {.syntax = syntax,
                                             .piece = i,
                                             .doubts = {doubts.items, doubts.count},
                                             .previous = known,
                                             .earlier = earlier,
                                             .env = means->env,
                                             .rules = means->rules,
                                             .parser = means->parser,
                                             .broken = broken,
                                             .cancel = cancel};
        if (!preprocess_piece(means->reader->preprocessor, &request, readings)) {
            syntax->half_read = true;
            break;
        }
    }
    vec_finish(&doubts);
    if (readings && !readings->pieces.count) {
        readings_destroy(readings);
        readings = NULL;
    }
    if (readings) readings_index(readings);
    syntax->readings = readings;
}

static bool is_broken(const TSTree *tree) {
    return ts_node_has_error(ts_tree_root_node(tree));
}

bool reader_finds_broken(const struct reader_means *means, const struct language *language, const char *bytes,
                         uint32_t length, const struct cancel *cancel) {
    struct text *text;
    if (language->flags & LANGUAGE_PREPROCESSOR) {
        struct item_question question = {.language = language,
                                         .bytes = bytes,
                                         .env = means->env,
                                         .rules = means->rules,
                                         .parser = means->parser,
                                         .cancel = cancel};
        return preprocess_finds_broken(means->reader->preprocessor, &question, length);
    }
    if (text_create(bytes, length, &text) != STATUS_OK) return false;
    TSTree *tree = parser_parse_range(means->parser, language, text, 0, length, NULL, cancel);
    bool broken = tree && is_broken(tree);
    struct gap_parse closed;
    if (broken && language->gaps &&
        gap_parse(means->parser, language, text, 0, length, tree, cancel, &closed)) {
        broken = is_broken(closed.tree);
        gap_parse_finish(&closed);
    }
    ts_tree_delete(tree);
    text_unref(text);
    return broken && !cancel_reached(cancel);
}
