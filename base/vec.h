/* vec.h: growable arrays of any type.
 *
 *     struct edits { VEC_FIELDS(struct text_edit); } edits = {0};
 *     vec_push(&edits, edit);   edits.items[i], edits.count
 *     vec_finish(&edits);
 *
 * Owns    items, freed by vec_finish.
 * Threads one at a time.
 * Errors  none: growth aborts on failure, like mem_alloc. */
#ifndef NOODLE_VEC_H
#define NOODLE_VEC_H

#include "base/mem.h"

#define VEC_FIELDS(type)                                                                                     \
    type *items;                                                                                             \
    size_t count, capacity

#define vec_reserve(vec, wanted)                                                                             \
    do {                                                                                                     \
        size_t vec_wanted_ = (wanted);                                                                       \
        if ((vec)->capacity < vec_wanted_) {                                                                 \
            size_t vec_capacity_ = (vec)->capacity ? (vec)->capacity * 2 : 8;                                \
            if (vec_capacity_ < vec_wanted_) vec_capacity_ = vec_wanted_;                                    \
            (vec)->items = mem_realloc((vec)->items, vec_capacity_ * sizeof *(vec)->items);                  \
            (vec)->capacity = vec_capacity_;                                                                 \
        }                                                                                                    \
    } while (0)

#define vec_push(vec, ...)                                                                                   \
    do {                                                                                                     \
        vec_reserve(vec, (vec)->count + 1);                                                                  \
        (vec)->items[(vec)->count++] = (__VA_ARGS__);                                                        \
    } while (0)

#define vec_clear(vec) ((vec)->count = 0)

/* Sets *ret_index to the first item of which the condition, written in terms of the pointer `item`, does not
 * hold; it holds of all items before that and of none behind. */
#define vec_bisect(vec, item, condition, ret_index)                                                          \
    do {                                                                                                     \
        size_t vec_low_ = 0, vec_high_ = (vec)->count;                                                       \
        while (vec_low_ < vec_high_) {                                                                       \
            size_t vec_middle_ = vec_low_ + (vec_high_ - vec_low_) / 2;                                      \
            const __typeof__(*(vec)->items) *item = &(vec)->items[vec_middle_];                              \
            if (condition)                                                                                   \
                vec_low_ = vec_middle_ + 1;                                                                  \
            else                                                                                             \
                vec_high_ = vec_middle_;                                                                     \
        }                                                                                                    \
        *(ret_index) = vec_low_;                                                                             \
    } while (0)

#define vec_finish(vec)                                                                                      \
    do {                                                                                                     \
        mem_free((vec)->items);                                                                              \
        (vec)->items = NULL;                                                                                 \
        (vec)->count = (vec)->capacity = 0;                                                                  \
    } while (0)

#endif
