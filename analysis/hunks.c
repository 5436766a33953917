#include "analysis/hunks.h"

struct hunks hunks_between(const struct text *earlier, const struct text *later) {
    struct hunks hunks;
    hunks.count = text_diff(earlier, later, hunks.items, HUNKS_FOLLOWED);
    return hunks;
}

/* Sums are modulo 2^32, as offsets are. */
static uint32_t shift_of(const struct text_hunk *hunk) {
    return hunk->new_end - hunk->old_end;
}

bool hunks_follow(const struct hunks *hunks, uint32_t *start, uint32_t *end, size_t *ret_passed) {
    uint32_t shift = 0;
    size_t i = 0;
    for (; i < hunks->count && hunks->items[i].old_start <= *end; i++) {
        if (hunks->items[i].old_end >= *start) return false;
        shift = shift_of(&hunks->items[i]);
    }
    *start += shift;
    *end += shift;
    if (ret_passed) *ret_passed = i;
    return true;
}

uint32_t hunks_follow_place(const struct hunks *hunks, uint32_t byte) {
    uint32_t shift = 0;
    for (size_t i = 0; i < hunks->count && hunks->items[i].old_start < byte; i++)
        shift = hunks->items[i].old_end <= byte ? shift_of(&hunks->items[i]) : hunks->items[i].new_end - byte;
    return byte + shift;
}

void hunks_follow_loosely(const struct hunks *hunks, uint32_t *start, uint32_t *end) {
    *start = hunks_follow_place(hunks, *start);
    *end = hunks_follow_place(hunks, *end);
}

uint32_t hunks_back(const struct hunks *hunks, uint32_t byte) {
    for (size_t i = hunks->count; i-- > 0;) {
        const struct text_hunk *hunk = &hunks->items[i];
        if (byte >= hunk->new_end) return byte - shift_of(hunk);
        if (byte > hunk->new_start) return hunk->old_start;
    }
    return byte;
}
