/* gap_mask.h: gaps that stay closed from one version of a text to the next (gap.h, mask.h).
 *
 * Once a piece has been read with its gaps closed, the parser is shown them closed, and has no errors to
 * recover from at each keystroke. Around an edit the rules are asked again, as far as they look themselves: a
 * gap that they would not close any more is shown as it is.
 *
 * Owns    the text returned is the caller's reference.
 * Threads any.
 * Errors  none.
 * Units   bytes of the text. */
#ifndef NOODLE_GAP_MASK_H
#define NOODLE_GAP_MASK_H

#include "analysis/mask.h"
#include "analysis/syntax.h"

/* What the parser is shown of the text that follows `previous`: gaps closed there, and those `wanted` besides
 * (masks_wanted). *ret_masks: where they are. */
struct text *gap_masks_next(struct text *text, const struct syntax *previous, const struct mask_list *wanted,
                            struct mask_list *ret_masks);

#endif
