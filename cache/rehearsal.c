#include "cache/rehearsal.h"

#include "base/mem.h"
#include "cache/evict.h"

#define STAGES       2
#define ENTRIES_MAX  256         /* of a small store; below half of it, all keys are looked at */
#define SAMPLE_SHIFT 40          /* the bits of a hash that decide whether it is looked at */
#define MEMORY       (1.0 / 512) /* what the latest request counts */
#define MARGIN       0.02        /* a difference of the hit rates that is worth a change */
#define TABLE_FACTOR 4

struct stage {
    struct evict *evict;
    struct evict_node **table; /* by hash, open addressing */
};

struct rehearsal {
    struct stage stages[STAGES]; /* small window, large window */
    uint64_t sample_mask;
    size_t table_mask;
    double lead; /* of the large window, in hits for each request */
    double share;
};

struct rehearsal *rehearsal_create(size_t entries_max) {
    static const double shares[STAGES] = {REHEARSAL_SMALL_WINDOW, REHEARSAL_LARGE_WINDOW};
    struct rehearsal *rehearsal = mem_zalloc(sizeof *rehearsal);
    uint64_t divisor = 1;
    while (entries_max / divisor > ENTRIES_MAX)
        divisor *= 2;
    size_t entries = entries_max / divisor ? entries_max / divisor : 1;
    rehearsal->sample_mask = divisor - 1;
    rehearsal->share = REHEARSAL_SMALL_WINDOW;
    rehearsal->table_mask = ENTRIES_MAX * TABLE_FACTOR - 1;
    for (int i = 0; i < STAGES; i++) {
        rehearsal->stages[i].evict = evict_create_fixed(entries, shares[i]);
        rehearsal->stages[i].table = mem_zalloc((rehearsal->table_mask + 1) * sizeof(struct evict_node *));
    }
    return rehearsal;
}

void rehearsal_destroy(struct rehearsal *rehearsal) {
    if (!rehearsal) return;
    for (int i = 0; i < STAGES; i++) {
        for (size_t k = 0; k <= rehearsal->table_mask; k++)
            mem_free(rehearsal->stages[i].table[k]);
        mem_free(rehearsal->stages[i].table);
        evict_destroy(rehearsal->stages[i].evict);
    }
    mem_free(rehearsal);
}

static size_t find(const struct rehearsal *rehearsal, const struct stage *stage, uint64_t hash) {
    size_t slot = hash & rehearsal->table_mask;
    while (stage->table[slot] && stage->table[slot]->hash != hash)
        slot = (slot + 1) & rehearsal->table_mask;
    return slot;
}

/* Closes the gap, so that those behind are still found. */
static void take_out(const struct rehearsal *rehearsal, struct stage *stage, struct evict_node *node) {
    size_t gap = find(rehearsal, stage, node->hash), mask = rehearsal->table_mask;
    for (size_t slot = (gap + 1) & mask; stage->table[slot]; slot = (slot + 1) & mask) {
        size_t home = stage->table[slot]->hash & mask;
        if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
        stage->table[gap] = stage->table[slot];
        gap = slot;
    }
    stage->table[gap] = NULL;
    evict_remove(stage->evict, node);
    mem_free(node);
}

static int play(const struct rehearsal *rehearsal, struct stage *stage, uint64_t hash) {
    size_t slot = find(rehearsal, stage, hash);
    if (stage->table[slot]) {
        evict_touch(stage->evict, stage->table[slot]);
        return 1;
    }
    evict_miss(stage->evict, hash);
    struct evict_node *node = mem_zalloc(sizeof *node), *victim;
    node->hash = hash;
    stage->table[slot] = node;
    evict_add(stage->evict, node);
    while ((victim = evict_victim(stage->evict)))
        take_out(rehearsal, stage, victim);
    return 0;
}

double rehearsal_ask(struct rehearsal *rehearsal, uint64_t hash) {
    if (hash >> SAMPLE_SHIFT & rehearsal->sample_mask) return rehearsal->share;
    int small = play(rehearsal, &rehearsal->stages[0], hash),
        large = play(rehearsal, &rehearsal->stages[1], hash);
    rehearsal->lead += ((double)(large - small) - rehearsal->lead) * MEMORY;
    if (rehearsal->lead > MARGIN) rehearsal->share = REHEARSAL_LARGE_WINDOW;
    if (rehearsal->lead < -MARGIN) rehearsal->share = REHEARSAL_SMALL_WINDOW;
    return rehearsal->share;
}
