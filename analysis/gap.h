/* gap.h: valid code that a grammar cannot read, written with the same number of bytes so that it can.
 *
 * `import("x").T` becomes a name, an attribute becomes spaces. A rule recognises one construct by its tokens,
 * exactly and with its brackets balanced; whether what it wrote helps is for the parser to say (gap_parse.h),
 * so a rule may be wrong about a place but never about a mistake: what the language refuses, no rule makes
 * valid. A language's row names its rules.
 *
 * Owns    nothing; the bytes are the caller's copy.
 * Threads any.
 * Errors  none.
 * Units   bytes of the text given, half open. */
#ifndef NOODLE_GAP_H
#define NOODLE_GAP_H

#include "analysis/language.h"
#include "base/vec.h"

struct gap {
    uint32_t start_byte, end_byte;
};

struct gap_list {
    VEC_FIELDS(struct gap);
};

/* Rewrites in place what the language's rules recognise; of what stands before byte `from`, which is read for
 * the brackets that it leaves open, only so much as may reach behind it. Appends the ranges written to,
 * ascending and disjoint; returns how many. Line ends stay where they are. */
size_t gap_rewrite(const struct language *language, char *bytes, uint32_t length, uint32_t from,
                   struct gap_list *list);

/* Sorts the list from its item `first` on and joins what overlaps. */
void gap_settle(struct gap_list *list, size_t first);

#endif
