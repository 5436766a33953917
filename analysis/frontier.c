#include "analysis/frontier.h"

#include "base/mem.h"

#include <string.h>

#define TALLY_MASK_INITIAL 8191u

void frontier_push(struct frontier *frontier, uint32_t number, float priority) {
    vec_push(frontier, (struct frontier_item){priority, number});
    struct frontier_item *heap = frontier->items;
    size_t at = frontier->count - 1;
    while (at > 0) {
        size_t up = (at - 1) / 2;
        if (heap[up].priority <= heap[at].priority) break;
        struct frontier_item swap = heap[up];
        heap[up] = heap[at];
        heap[at] = swap;
        at = up;
    }
}

uint32_t frontier_pop(struct frontier *frontier) {
    struct frontier_item *heap = frontier->items;
    uint32_t top = heap[0].number;
    heap[0] = heap[--frontier->count];
    size_t at = 0, count = frontier->count;
    for (;;) {
        size_t least = at, left = at * 2 + 1, right = left + 1;
        if (left < count && heap[left].priority < heap[least].priority) least = left;
        if (right < count && heap[right].priority < heap[least].priority) least = right;
        if (least == at) return top;
        struct frontier_item swap = heap[least];
        heap[least] = heap[at];
        heap[at] = swap;
        at = least;
    }
}

void frontier_finish(struct frontier *frontier) {
    vec_finish(frontier);
}

void tally_init(struct tally *tally) {
    *tally = (struct tally){.mask = TALLY_MASK_INITIAL};
    tally->entries = mem_zalloc((tally->mask + 1u) * sizeof *tally->entries);
}

void tally_finish(struct tally *tally) {
    mem_free(tally->entries);
    *tally = (struct tally){0};
}

void tally_clear(struct tally *tally) {
    memset(tally->entries, 0, (tally->mask + 1u) * sizeof *tally->entries);
    tally->used = 0;
}

/* Where key is, or the free place where it belongs. */
static struct tally_entry *find(const struct tally *tally, uint64_t key) {
    uint32_t slot = (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & tally->mask;
    while (tally->entries[slot].key && tally->entries[slot].key != key)
        slot = (slot + 1) & tally->mask;
    return &tally->entries[slot];
}

static void grow(struct tally *tally) {
    struct tally old = *tally;
    tally->mask = old.mask * 2 + 1;
    tally->entries = mem_zalloc((tally->mask + 1u) * sizeof *tally->entries);
    for (uint32_t i = 0; i <= old.mask; i++)
        if (old.entries[i].key) *find(tally, old.entries[i].key) = old.entries[i];
    mem_free(old.entries);
}

uint32_t *tally_of(struct tally *tally, uint64_t key) {
    if (tally->used * 2 > tally->mask) grow(tally);
    struct tally_entry *entry = find(tally, key);
    if (!entry->key) {
        entry->key = key;
        tally->used++;
    }
    return &entry->count;
}
