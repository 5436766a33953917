#include "cache/sketch.h"

#include "base/mem.h"

#define ROWS          4
#define COUNTERS_MIN  256
#define COUNTERS_MAX  ((size_t)1 << 24)
#define SAMPLE_FACTOR 10 /* additions for each entry, until all counts are halved */
#define COUNTS_A_WORD 16
#define HALVES        UINT64_C(0x7777777777777777)

/* Each row has its own counters: mask + 1 of four bits, sixteen to a word. */
struct sketch {
    uint64_t *words;
    size_t mask, row_words;
    size_t additions, sample;
};

struct sketch *sketch_create(size_t entries) {
    struct sketch *sketch = mem_zalloc(sizeof *sketch);
    size_t counters = COUNTERS_MIN;
    while (counters < entries * 2 && counters < COUNTERS_MAX)
        counters *= 2;
    sketch->mask = counters - 1;
    sketch->row_words = counters / COUNTS_A_WORD;
    sketch->words = mem_zalloc(ROWS * sketch->row_words * sizeof *sketch->words);
    sketch->sample = (entries > COUNTERS_MIN ? entries : COUNTERS_MIN) * SAMPLE_FACTOR;
    return sketch;
}

void sketch_destroy(struct sketch *sketch) {
    if (!sketch) return;
    mem_free(sketch->words);
    mem_free(sketch);
}

static size_t place(const struct sketch *sketch, uint64_t hash, unsigned row) {
    static const uint64_t seeds[ROWS] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xc2b2ae3d27d4eb4f),
                                         UINT64_C(0x165667b19e3779f9), UINT64_C(0x27d4eb2f165667c5)};
    uint64_t mixed = (hash ^ hash >> 29) * seeds[row];
    return (size_t)(mixed >> 24) & sketch->mask;
}

static unsigned count_at(const struct sketch *sketch, unsigned row, size_t at) {
    uint64_t word = sketch->words[row * sketch->row_words + at / COUNTS_A_WORD];
    return (unsigned)(word >> at % COUNTS_A_WORD * 4) & SKETCH_COUNT_MAX;
}

static void halve(struct sketch *sketch) {
    for (size_t i = 0; i < ROWS * sketch->row_words; i++)
        sketch->words[i] = sketch->words[i] >> 1 & HALVES;
    sketch->additions /= 2;
}

void sketch_add(struct sketch *sketch, uint64_t hash) {
    unsigned least = sketch_count(sketch, hash);
    if (least == SKETCH_COUNT_MAX) return;
    /* Only the smallest grow: the others are too large already. */
    for (unsigned row = 0; row < ROWS; row++) {
        size_t at = place(sketch, hash, row);
        if (count_at(sketch, row, at) == least)
            sketch->words[row * sketch->row_words + at / COUNTS_A_WORD] += UINT64_C(1)
                                                                           << at % COUNTS_A_WORD * 4;
    }
    if (++sketch->additions >= sketch->sample) halve(sketch);
}

unsigned sketch_count(const struct sketch *sketch, uint64_t hash) {
    unsigned least = SKETCH_COUNT_MAX;
    for (unsigned row = 0; row < ROWS; row++) {
        unsigned count = count_at(sketch, row, place(sketch, hash, row));
        if (count < least) least = count;
    }
    return least;
}
