#include "cli/suggest.h"
#include <string.h>

#define WORD_MAX 63 /* longer words are not compared: nobody mistypes those */

/* Edits (insert, delete, replace, swap of neighbours) between two words; WORD_MAX + 1 when one is too long.
 */
static unsigned edit_distance(const char *left, const char *right) {
    size_t left_length = strlen(left), right_length = strlen(right);
    if (left_length > WORD_MAX || right_length > WORD_MAX) return WORD_MAX + 1;
    unsigned rows[3][WORD_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= right_length; j++)
        above[j] = (unsigned)j;
    for (size_t i = 1; i <= left_length; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= right_length; j++) {
            unsigned best = above[j - 1] + (left[i - 1] != right[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[right_length];
}

const char *suggest_nearest(const char *word, const char *const *words, size_t count) {
    const char *nearest = NULL;
    unsigned nearest_distance = 0;
    for (size_t i = 0; i < count; i++) {
        if (!words[i]) continue;
        unsigned distance = edit_distance(word, words[i]);
        size_t length = strlen(words[i]);
        unsigned allowed = length <= 4 ? 1 : length <= 8 ? 2 : 3;
        if (distance > allowed || (nearest && distance >= nearest_distance)) continue;
        nearest = words[i];
        nearest_distance = distance;
    }
    return nearest;
}
