#include "analysis/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COST_UNSEEN 3.2 /* the weight of all repairs that nobody proposed, as the cost of one */
#define PER_EDIT    0.6 /* each further mistake is one more chance to be wrong */

bool rank_is_duplicate(const struct solution *solutions, size_t count, const struct solution *candidate) {
    for (size_t i = 0; i < count; i++) {
        const struct repair *a = &solutions[i].repair, *b = &candidate->repair;
        bool same = a->edit_count == b->edit_count;
        for (size_t k = 0; same && k < a->edit_count; k++)
            same = a->edits[k].start_byte == b->edits[k].start_byte &&
                   a->edits[k].end_byte == b->edits[k].end_byte &&
                   a->edits[k].new_length == b->edits[k].new_length &&
                   !memcmp(a->edits[k].new_bytes, b->edits[k].new_bytes, a->edits[k].new_length);
        if (same) return true;
    }
    return false;
}

static int by_cost(const void *a, const void *b) {
    const struct solution *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? -1 : 1;
    if (x->repair.edit_count != y->repair.edit_count)
        return x->repair.edit_count < y->repair.edit_count ? -1 : 1;
    uint32_t a_start = x->repair.edits[0].start_byte, b_start = y->repair.edits[0].start_byte;
    return a_start > b_start ? -1 : a_start < b_start;
}

void rank_solutions(struct solution *solutions, size_t count) {
    if (!count) return;
    qsort(solutions, count, sizeof *solutions, by_cost);
    double total = exp(-COST_UNSEEN);
    for (size_t i = 0; i < count; i++)
        total += exp(-solutions[i].cost);
    for (size_t i = 0; i < count; i++) {
        struct solution *solution = &solutions[i];
        double confidence = exp(-solution->cost) / total;
        if (solution->mistake_count > 1)
            confidence *= exp(-PER_EDIT * (double)(solution->mistake_count - 1) / 2);
        solution->repair.confidence = confidence;
        for (size_t k = 0; k < solution->mistake_count; k++)
            solution->mistakes[k].repair.confidence = confidence;
    }
}
