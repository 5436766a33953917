#include "analysis/carry.h"

#include "analysis/hunks.h"
#include "analysis/syntax.h"

#include <string.h>

#define DIRECTIVE_BYTES 4096 /* longer lines are not looked at for directives */

/* An untouched piece reads as it did. */
static bool take_known(const struct preprocess_request *request, struct syntax_piece piece, uint64_t means,
                       struct readings *readings) {
    const struct read_piece *known =
        readings_piece(request->previous, piece.id, means, readings->pieces.count);
    if (!known) return false;
    struct read_start start_of_piece = readings_start(readings);
    uint32_t shift = piece.start_byte - known->start_byte; /* modulo 2^32 */
    for (size_t i = known->placed_first; i < known->placed_end; i++) {
        struct placed_reading placed = request->previous->placed.items[i];
        readings_place(readings, placed.start_byte + shift, placed.end_byte + shift,
                       reading_ref(placed.reading));
    }
    for (size_t i = known->trusted_first; i < known->trusted_end; i++) {
        struct trusted_range range = request->previous->trusted.items[i];
        vec_push(&readings->trusted,
                 (struct trusted_range){range.start_byte + shift, range.end_byte + shift, range.by_earlier});
    }
    struct read_piece taken = *known;
    taken.piece = request->piece;
    taken.start_byte = piece.start_byte;
    readings->env_id = macro_env_id(request->env);
    readings->read_broken_count += piece.has_error;
    readings_end_piece(readings, start_of_piece, taken);
    return true;
}

/* Whether the lines that an edit touches may hold a directive, which may change what any line means. */
static bool lines_direct(const struct text *text, uint32_t start, uint32_t end) {
    uint32_t line = text_line_of(text, start);
    start = text_line_start(text, line > 0 ? line - 1 : 0); /* a line may be continued */
    end = text_line_end(text, text_line_of(text, end));
    char bytes[DIRECTIVE_BYTES];
    if (end - start > sizeof bytes) return true;
    text_copy(text, start, end, bytes);
    return memchr(bytes, '#', end - start) || memchr(bytes, '\\', end - start);
}

/* The earlier piece that became this one; NULL: none did. */
static const struct read_piece *earlier_piece(const struct preprocess_request *request,
                                              struct syntax_piece piece, const struct hunks *hunks) {
    uint32_t start = hunks_back(hunks, piece.start_byte), end = hunks_back(hunks, piece.end_byte);
    size_t index = syntax_piece_index(request->earlier, start);
    struct syntax_piece was = syntax_piece_at(request->earlier, index);
    if (was.start_byte != start || was.end_byte != end) return NULL;
    return readings_of_piece(request->previous, index);
}

static bool is_doubted(const struct preprocess_request *request, struct syntax_piece piece) {
    for (size_t i = 0; i < request->doubts.count; i++)
        if (request->doubts.items[i] >= piece.start_byte && request->doubts.items[i] < piece.end_byte)
            return true;
    return false;
}

/* A piece with a whole tree, edited outside of what is hidden from it: what is hidden reads as it did. */
static bool take_hidden(const struct preprocess_request *request, struct syntax_piece piece, uint64_t means,
                        struct readings *readings) {
    const struct readings *previous = request->previous;
    if (piece.has_error || !previous || !request->earlier || is_doubted(request, piece)) return false;
    struct hunks hunks = hunks_between(syntax_text(request->earlier), syntax_text(request->syntax));
    for (size_t i = 0; i < hunks.count; i++)
        if (lines_direct(syntax_text(request->earlier), hunks.items[i].old_start, hunks.items[i].old_end) ||
            lines_direct(syntax_text(request->syntax), hunks.items[i].new_start, hunks.items[i].new_end))
            return false;
    const struct read_piece *known = earlier_piece(request, piece, &hunks);
    if (!known || known->means != means) return false;
    const struct mask_list *masks = &request->syntax->masks;
    size_t mask = masks_find(masks, piece.start_byte);
    struct read_start start_of_piece = readings_start(readings);
    uint32_t passed = piece.start_byte;
    bool same = true;
    for (size_t i = known->placed_first; i < known->placed_end && same; i++) {
        const struct placed_reading *was = &previous->placed.items[i];
        uint32_t start = was->start_byte, end = was->end_byte;
        same = !was->reading->broken; /* else the tree need not show what was wrong: branches hide braces */
        if (!same || !hunks_follow(&hunks, &start, &end, NULL)) continue;
        bool hidden = mask < masks->count && masks->items[mask].start_byte == start &&
                      masks->items[mask].end_byte == end;
        if (!hidden) continue; /* the tree shows it */
        mask++;
        readings_place(readings, start, end, reading_ref(was->reading));
        if (start > passed)
            vec_push(&readings->trusted, (struct trusted_range){.start_byte = passed, .end_byte = start});
        passed = end;
    }
    same &= mask == masks->count || masks->items[mask].start_byte >= piece.end_byte;
    if (!same) {
        readings_take_back(readings, start_of_piece);
        return false;
    }
    if (piece.end_byte > passed)
        vec_push(&readings->trusted,
                 (struct trusted_range){.start_byte = passed, .end_byte = piece.end_byte});
    readings->env_id = macro_env_id(request->env);
    readings_end_piece(readings, start_of_piece,
                       (struct read_piece){.piece = request->piece,
                                           .id = piece.id,
                                           .start_byte = piece.start_byte,
                                           .means = means,
                                           .by_tree = true});
    return true;
}

bool carry_piece(const struct preprocess_request *request, uint64_t means, struct readings *readings) {
    struct syntax_piece piece = syntax_piece_at(request->syntax, request->piece);
    return take_known(request, piece, means, readings) || take_hidden(request, piece, means, readings);
}
