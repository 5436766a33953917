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

/* Both lists ascend; *next: the first that may hide it. */
static void want(const struct mask_list *masks, struct mask mask, size_t *next, struct mask_list *added) {
    while (*next < masks->count && masks->items[*next].end_byte <= mask.start_byte)
        ++*next;
    bool hidden = *next < masks->count && masks->items[*next].start_byte <= mask.start_byte &&
                  masks->items[*next].end_byte >= mask.end_byte;
    if (!hidden) vec_push(added, mask);
}

void masks_wanted(const struct mask_list *masks, const struct readings *readings, enum mask_kind kind,
                  struct mask_list *added) {
    size_t next = 0;
    for (size_t i = 0; readings && i < readings->placed.count; i++) {
        const struct placed_reading *placed = &readings->placed.items[i];
        const struct reading_spans *spans = &placed->reading->spans;
        if (kind == MASK_ITEMS && !placed->reading->broken && !placed->reading->as_is)
            want(masks, (struct mask){placed->start_byte, placed->end_byte}, &next, added);
        bool parts = kind == MASK_TOKENS || (kind == MASK_GAPS && placed->reading->closed);
        for (size_t k = 0; parts && k < spans->count; k++) {
            struct mask token = {placed->start_byte + spans->items[k].start_byte,
                                 placed->start_byte + spans->items[k].end_byte};
            if (!spans->items[k].copied) want(masks, token, &next, added);
        }
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

void masks_move_tokens(const struct mask_list *masks, const struct text_hunk *hunks, size_t hunk_count,
                       struct mask_list *moved, struct mask_list *shown) {
    size_t next = 0; /* the first hunk that does not end before the token */
    for (size_t i = 0; i < masks->count; i++) {
        struct mask mask = masks->items[i];
        while (next < hunk_count && hunks[next].old_end < mask.start_byte)
            next++;
        bool touched = next < hunk_count && hunks[next].old_start <= mask.end_byte;
        size_t first = next ? next - 1 : 0; /* says how far it moves */
        mask = move(mask, hunks + first, hunk_count - first);
        struct mask_list *list = touched ? shown : moved;
        if (list && mask.start_byte < mask.end_byte) vec_push(list, mask);
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

static void hide(char *bytes, uint32_t length, char byte) {
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] != '\n' && bytes[i] != '\r') bytes[i] = byte;
}

/* The text's bytes with what is masked among them hidden. */
static const char *shown_bytes(const struct text *text, uint32_t start, uint32_t end,
                               const struct mask_list *masks, char byte, struct arena *arena) {
    char *bytes = arena_alloc(arena, end - start + 1u);
    text_copy(text, start, end, bytes);
    for (size_t i = masks_find(masks, start); i < masks->count && masks->items[i].start_byte < end; i++) {
        uint32_t from = masks->items[i].start_byte, to = masks->items[i].end_byte;
        from = from > start ? from - start : 0;
        to = to < end ? to - start : end - start;
        hide(bytes + from, to - from, byte);
    }
    return bytes;
}

struct text *masks_show(const struct text *text, const struct text *hidden_before,
                        const struct text_hunk *hunks, size_t hunk_count, const struct mask_change *change) {
    struct arena arena;
    arena_init(&arena);
    const struct mask_list *added = &change->added, *again = &change->shown;
    size_t changed_count = added->count + again->count;
    size_t most = hunk_count > changed_count ? hunk_count : changed_count;
    struct text_edit *edits = arena_alloc(&arena, (most + 1) * sizeof *edits);
    for (size_t i = 0; i < hunk_count; i++) {
        const struct text_hunk *hunk = &hunks[i];
        edits[i] = (struct text_edit){
            hunk->old_start, hunk->old_end,
            shown_bytes(text, hunk->new_start, hunk->new_end, &change->moved, change->byte, &arena),
            hunk->new_end - hunk->new_start};
    }
    struct text *edited = NULL, *shown = NULL;
    if (text_apply(hidden_before, edits, hunk_count, &edited) == STATUS_OK) {
        for (size_t i = 0, k = 0; i + k < changed_count;) {
            bool hides = k == again->count ||
                         (i < added->count && added->items[i].start_byte < again->items[k].start_byte);
            struct mask mask = hides ? added->items[i] : again->items[k];
            const char *bytes =
                shown_bytes(text, mask.start_byte, mask.end_byte, added, change->byte, &arena);
            edits[i + k] =
                (struct text_edit){mask.start_byte, mask.end_byte, bytes, mask.end_byte - mask.start_byte};
            i += hides;
            k += !hides;
        }
        if (text_apply(edited, edits, changed_count, &shown) != STATUS_OK) shown = NULL;
    }
    text_unref(edited);
    arena_finish(&arena);
    return shown;
}

void mask_change_finish(struct mask_change *change) {
    vec_finish(&change->moved);
    vec_finish(&change->added);
    vec_finish(&change->shown);
}
