#include "analysis/mask.h"

#include "analysis/reading.h"
#include "base/arena.h"

#include <string.h>

size_t masks_find(const struct mask_list *masks, uint32_t byte) {
    size_t index;
    vec_bisect(masks, mask, mask->end_byte <= byte, &index);
    return index;
}

bool masks_meet(const struct mask_list *masks, uint32_t start_byte, uint32_t end_byte) {
    size_t i = masks_find(masks, start_byte);
    return i < masks->count && masks->items[i].start_byte < end_byte;
}

void masks_wanted(const struct mask_list *masks, const struct readings *readings, struct mask_list *added) {
    size_t k = 0; /* both lists ascend */
    for (size_t i = 0; readings && i < readings->placed.count; i++) {
        const struct placed_reading *placed = &readings->placed.items[i];
        if (placed->reading->broken || placed->reading->as_is) continue;
        while (k < masks->count && masks->items[k].end_byte <= placed->start_byte)
            k++;
        bool hidden = k < masks->count && masks->items[k].start_byte <= placed->start_byte &&
                      masks->items[k].end_byte >= placed->end_byte;
        if (!hidden) vec_push(added, (struct mask){placed->start_byte, placed->end_byte});
    }
}

/* [start, end) after the edits; empty when nothing of it is left. */
static struct mask move(struct mask mask, const struct text_hunk *hunks, size_t hunk_count) {
    uint32_t start = mask.start_byte, end = mask.end_byte;
    struct mask moved = mask;
    for (size_t i = 0; i < hunk_count && hunks[i].old_start < end; i++) {
        const struct text_hunk *hunk = &hunks[i];
        uint32_t shift = hunk->new_end - hunk->old_end; /* modulo 2^32 */
        if (hunk->old_end <= start) {
            moved = (struct mask){start + shift, end + shift};
            continue;
        }
        if (hunk->old_start <= start) moved.start_byte = hunk->new_end;
        if (hunk->old_end >= end) {
            moved.end_byte = hunk->new_start;
            break;
        }
        moved.end_byte = end + shift;
    }
    if (moved.end_byte < moved.start_byte) moved.end_byte = moved.start_byte;
    return moved;
}

void masks_move(const struct mask_list *masks, const struct text_hunk *hunks, size_t hunk_count,
                struct mask_list *moved) {
    size_t first = 0;
    for (size_t i = 0; i < masks->count; i++) {
        /* The last hunk before a mask says how far it moves. */
        while (first + 1 < hunk_count && hunks[first + 1].old_end <= masks->items[i].start_byte)
            first++;
        struct mask mask = move(masks->items[i], hunks + first, hunk_count - first);
        if (mask.start_byte < mask.end_byte) vec_push(moved, mask);
    }
}

void masks_join(const struct mask_list *left, const struct mask_list *right, struct mask_list *joined) {
    for (size_t i = 0, k = 0; i < left->count || k < right->count;) {
        bool take_left =
            k == right->count || (i < left->count && left->items[i].start_byte <= right->items[k].start_byte);
        struct mask next = take_left ? left->items[i++] : right->items[k++];
        struct mask *last = joined->count ? &joined->items[joined->count - 1] : NULL;
        if (!last || next.start_byte >= last->end_byte)
            vec_push(joined, next);
        else if (next.end_byte > last->end_byte)
            last->end_byte = next.end_byte;
    }
}

static void blank(char *bytes, uint32_t length) {
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] != '\n' && bytes[i] != '\r') bytes[i] = ' ';
}

/* The text's bytes with what is masked among them blanked. */
static const char *shown_bytes(const struct text *text, uint32_t start, uint32_t end,
                               const struct mask_list *masks, struct arena *arena) {
    char *bytes = arena_alloc(arena, end - start + 1u);
    text_copy(text, start, end, bytes);
    for (size_t i = masks_find(masks, start); i < masks->count && masks->items[i].start_byte < end; i++) {
        uint32_t from = masks->items[i].start_byte, to = masks->items[i].end_byte;
        from = from > start ? from - start : 0;
        to = to < end ? to - start : end - start;
        blank(bytes + from, to - from);
    }
    return bytes;
}

struct text *masks_show(const struct text *text, const struct text *hidden_before,
                        const struct text_hunk *hunks, size_t hunk_count, const struct mask_list *moved,
                        const struct mask_list *added) {
    struct arena arena;
    arena_init(&arena);
    size_t most = hunk_count > added->count ? hunk_count : added->count;
    struct text_edit *edits = arena_alloc(&arena, (most + 1) * sizeof *edits);
    for (size_t i = 0; i < hunk_count; i++) {
        const struct text_hunk *hunk = &hunks[i];
        edits[i] = (struct text_edit){hunk->old_start, hunk->old_end,
                                      shown_bytes(text, hunk->new_start, hunk->new_end, moved, &arena),
                                      hunk->new_end - hunk->new_start};
    }
    struct text *edited = NULL, *shown = NULL;
    if (text_apply(hidden_before, edits, hunk_count, &edited) == STATUS_OK) {
        for (size_t i = 0; i < added->count; i++) {
            uint32_t start = added->items[i].start_byte, end = added->items[i].end_byte;
            edits[i] =
                (struct text_edit){start, end, shown_bytes(text, start, end, added, &arena), end - start};
        }
        if (text_apply(edited, edits, added->count, &shown) != STATUS_OK) shown = NULL;
    }
    text_unref(edited);
    arena_finish(&arena);
    return shown;
}
