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

#define vec_finish(vec)                                                                                      \
    do {                                                                                                     \
        mem_free((vec)->items);                                                                              \
        (vec)->items = NULL;                                                                                 \
        (vec)->count = (vec)->capacity = 0;                                                                  \
    } while (0)

#endif
