#include "analysis/gap_mask.h"

#include "analysis/gap.h"
#include "analysis/gap_parse.h"
#include "analysis/reading.h"
#include "base/arena.h"
#include "base/mem.h"

#include <string.h>

#define HUNKS_MAX   64
#define REACH       (32u << 10)  /* how far rules look for what holds a token (gap_parse.c) */
#define STRETCH_MAX (512u << 10) /* read at once */

/* Bytes of the text after the edits: masks that begin in [first, last] are in doubt, and [start, end) is what
 * the rules are shown. */
struct stretch {
    uint32_t start, first, last, end;
};

static uint32_t less(uint32_t from, uint32_t by) {
    return from > by ? from - by : 0;
}

/* What stands in its piece around an edit. Others are read by themselves. */
static struct stretch stretch_around(const struct text *text, const struct syntax *previous,
                                     struct text_hunk hunk) {
    uint32_t size = text_size(text);
    uint32_t shift = hunk.new_start - hunk.old_start; /* modulo 2^32 */
    struct syntax_piece piece = syntax_piece_at(previous, syntax_piece_index(previous, hunk.old_start));
    uint32_t first = less(hunk.old_start, REACH), start = piece.start_byte;
    if (first < piece.start_byte) first = piece.start_byte;
    if (piece.tree) start = gap_parse_context(piece.tree, piece.start_byte, first);
    struct stretch stretch = {.start = start + shift,
                              .first = first + shift,
                              .last = size - hunk.new_end > REACH ? hunk.new_end + REACH : size};
    stretch.end = size - stretch.last > REACH ? stretch.last + REACH : size;
    return stretch;
}

/* The masks in the stretch that the rules would not make again. */
static void ask_again(const struct language *language, const struct text *text, const struct text *parsed,
                      struct stretch stretch, const struct mask_list *masks, struct mask_list *failed) {
    size_t i = masks_find(masks, stretch.first);
    if (i == masks->count || masks->items[i].start_byte > stretch.last) return;
    uint32_t size = stretch.end - stretch.start;
    bool fits = size <= STRETCH_MAX;
    char *bytes = fits ? text_dup(text, stretch.start, stretch.end) : NULL;
    char *closed = fits ? text_dup(parsed, stretch.start, stretch.end) : NULL;
    struct gap_list gaps = {0};
    uint32_t asked = less(masks->items[i].start_byte, stretch.start);
    if (fits) gap_rewrite(language, bytes, size, asked, &gaps);
    for (; i < masks->count && masks->items[i].start_byte <= stretch.last; i++) {
        struct mask mask = masks->items[i];
        bool same = fits && mask.start_byte >= stretch.start && mask.end_byte <= stretch.end;
        uint32_t at = mask.start_byte - stretch.start;
        if (same) same = !memcmp(closed + at, bytes + at, mask.end_byte - mask.start_byte);
        if (!same) vec_push(failed, mask);
    }
    vec_finish(&gaps);
    mem_free(closed);
    mem_free(bytes);
}

/* The parsed text without the masks that failed, which are taken out of the list. */
static struct text *open_again(const struct text *text, struct text *parsed, const struct mask_list *failed,
                               struct mask_list *masks) {
    if (!failed->count) return parsed;
    struct mask_change change = {.shown = *failed, .byte = ' '};
    struct text *opened = masks_show(text, parsed, NULL, 0, &change);
    text_unref(parsed);
    size_t kept = 0, next = 0;
    for (size_t i = 0; i < masks->count; i++) {
        while (next < failed->count && failed->items[next].end_byte <= masks->items[i].start_byte)
            next++;
        if (next == failed->count || failed->items[next].start_byte >= masks->items[i].end_byte)
            masks->items[kept++] = masks->items[i];
    }
    masks->count = kept;
    return opened;
}

/* The parsed text with the gaps closed that readings want to have closed. */
static struct text *close_wanted(const struct text *parsed, const struct readings *readings,
                                 const struct mask_list *wanted) {
    struct arena arena;
    arena_init(&arena);
    struct text_edit *edits = arena_alloc(&arena, (wanted->count + 1) * sizeof *edits);
    size_t count = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        struct mask mask = wanted->items[i];
        uint32_t length = mask.end_byte - mask.start_byte;
        size_t at = readings_find(readings, mask.start_byte);
        const struct placed_reading *placed = at == SIZE_MAX ? NULL : &readings->placed.items[at];
        if (!placed || !placed->reading->closed || mask.end_byte > placed->end_byte) continue;
        char *bytes = arena_alloc(&arena, length + 1u);
        uint32_t from = mask.start_byte - placed->start_byte;
        text_copy(placed->reading->closed, from, from + length, bytes);
        edits[count++] = (struct text_edit){mask.start_byte, mask.end_byte, bytes, length};
    }
    struct text *closed;
    if (text_apply(parsed, edits, count, &closed) != STATUS_OK) closed = NULL;
    arena_finish(&arena);
    return closed;
}

struct text *gap_masks_next(struct text *text, const struct syntax *previous, const struct mask_list *wanted,
                            struct mask_list *ret_masks) {
    struct text_hunk hunks[HUNKS_MAX];
    size_t hunk_count = text_diff(previous->text, text, hunks, HUNKS_MAX);
    struct mask_list all = {0}, failed = {0};
    struct mask_change change = {.byte = ' '};
    masks_join(&previous->masks, wanted, &all);
    struct text *closed = close_wanted(previous->parsed, previous->readings, wanted), *parsed = NULL;
    masks_move_tokens(&all, hunks, hunk_count, &change.moved, &change.shown);
    if (closed) parsed = masks_show(text, closed, hunks, hunk_count, &change);
    if (parsed && hunk_count) {
        const struct text_hunk *last = &hunks[hunk_count - 1];
        struct text_hunk edited = {hunks[0].old_start, last->old_end, hunks[0].new_start, last->new_end};
        ask_again(previous->language, text, parsed, stretch_around(text, previous, edited), &change.moved,
                  &failed);
        parsed = open_again(text, parsed, &failed, &change.moved);
    }
    if (parsed) {
        *ret_masks = change.moved;
        change.moved = (struct mask_list){0};
    } else {
        parsed = text_ref(text);
    }
    text_unref(closed);
    vec_finish(&all);
    vec_finish(&failed);
    mask_change_finish(&change);
    return parsed;
}
