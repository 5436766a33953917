/* excerpt_blocks.h: a smaller excerpt (excerpt.h) of a language with braces: blocks that lie far from the
 * mistake are emptied.
 *
 * A tree that went wrong early says little of what stands behind, so its nodes leave much of the text in the
 * excerpt. Brackets before the mistake, and brackets behind it, still match among themselves; where their
 * layout agrees, what is between them is left out. That an empty block stands for a full one is a guess, as
 * any excerpt is: the proof is made on the whole text.
 *
 * Owns    memory in the caller's arena.
 * Threads any.
 * Errors  none: the excerpt itself is returned when little would be won.
 * Units   UTF-8 byte offsets of the text. */
#ifndef NOODLE_EXCERPT_BLOCKS_H
#define NOODLE_EXCERPT_BLOCKS_H

#include "analysis/excerpt.h"

struct excerpt *excerpt_empty_blocks(struct excerpt *excerpt, const struct language *language,
                                     uint32_t focus_start, uint32_t focus_end, struct arena *arena);

#endif
