/* mask.h: stretches of a text that its parser does not see, because readings answer for them.
 *
 * An item that is valid only by its macros (reading.h) is an error to the parser, and one error can cost the
 * tree of everything behind it, and every keystroke its incremental parse. Once a reading of it is known, the
 * next parse is shown blanks in its place, with the line ends where they were: the rest is parsed as if the
 * item were not there, and the item is judged by itself. What is hidden is never trusted to be good:
 * whatever touches a mask is read.
 *
 * In data a token that the grammar does not know (gap.h) is right or wrong by itself, wherever it stands: the
 * parser is shown another of its kind, and the token itself again once an edit touches it. In programs what
 * closes a gap depends on what stands around it: the parser is shown the closed gap as long as the rules
 * would close it again (gap_mask.h).
 *
 * Owns    lists belong to whoever made them (vec).
 * Threads any: nothing is kept.
 * Errors  none.
 * Units   bytes of the text; masks ascend and are disjoint. */
#ifndef NOODLE_MASK_H
#define NOODLE_MASK_H

#include "analysis/text.h"
#include "base/vec.h"
#include <stdbool.h>

struct readings;

struct mask {
    uint32_t start_byte, end_byte;
};

struct mask_list {
    VEC_FIELDS(struct mask);
};

enum mask_kind {
    MASK_NONE,
    MASK_ITEMS,  /* of C, blanked */
    MASK_TOKENS, /* of data */
    MASK_GAPS    /* of programs, closed */
};

/* Adds to `added` what readings, of a text with `masks`, would hide besides. */
void masks_wanted(const struct mask_list *masks, const struct readings *readings, enum mask_kind kind,
                  struct mask_list *added);

/* The masks at their places after the edits: what is inserted inside of one is hidden too, what an edit takes
 * away of one is shown. */
void masks_move(const struct mask_list *masks, const struct text_hunk *hunks, size_t hunk_count,
                struct mask_list *moved);

/* The same for tokens and gaps: those that an edit touches are hidden no more, and what it leaves of them is
 * in `shown` (or NULL). */
void masks_move_tokens(const struct mask_list *masks, const struct text_hunk *hunks, size_t hunk_count,
                       struct mask_list *moved, struct mask_list *shown);

void masks_join(const struct mask_list *left, const struct mask_list *right, struct mask_list *joined);

/* Whether a mask meets [start_byte, end_byte). */
bool masks_meet(const struct mask_list *masks, uint32_t start_byte, uint32_t end_byte);

/* The first mask that ends behind the byte; masks->count: none. */
size_t masks_find(const struct mask_list *masks, uint32_t byte);

struct mask_change {
    struct mask_list moved; /* hidden already, at their new places */
    struct mask_list added; /* hidden from now on */
    struct mask_list shown; /* hidden no more; apart from both */
    char byte;              /* what stands in place of what is hidden */
};

/* What the parser is shown of `text`: hidden_before, which showed the text before the edits, with the edits
 * made and the change of masks. */
struct text *masks_show(const struct text *text, const struct text *hidden_before,
                        const struct text_hunk *hunks, size_t hunk_count, const struct mask_change *change);
void mask_change_finish(struct mask_change *change);

#endif
