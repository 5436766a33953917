/* hunks.h: places of one text in a later or earlier version of it.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: with more differences than HUNKS_FOLLOWED, what lies between the last of them counts as
 *         edited.
 * Units   bytes. */
#ifndef NOODLE_HUNKS_H
#define NOODLE_HUNKS_H

#include "analysis/text.h"
#include <stdbool.h>

#define HUNKS_FOLLOWED 16

struct hunks {
    struct text_hunk items[HUNKS_FOLLOWED];
    size_t count;
};

struct hunks hunks_between(const struct text *earlier, const struct text *later);

/* Moves a range of the earlier text to where it is in the later one; false, and nothing moved, when an edit
 * touches [*start, *end]. *ret_passed (may be NULL): edits before it. */
bool hunks_follow(const struct hunks *hunks, uint32_t *start, uint32_t *end, size_t *ret_passed);
/* Where any place of the earlier text is now; within an edit: where that ends. */
uint32_t hunks_follow_place(const struct hunks *hunks, uint32_t byte);
/* The same for both ends of a range. */
void hunks_follow_loosely(const struct hunks *hunks, uint32_t *start, uint32_t *end);
/* Where a place of the later text was in the earlier one; within an edit: where that begins. */
uint32_t hunks_back(const struct hunks *hunks, uint32_t byte);

#endif
