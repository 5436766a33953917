/* item.h: splits C into top-level items: declarations, definitions, and what looks like them. An item is
 * small enough to be judged on its own: a file is valid when its items are.
 *
 * Items end where brackets, `;` and the kind of a brace say so; conditional branches are followed one by one.
 * Branches that begin and end between items are no part of any item; where a branch begins or ends inside
 * one, everything from the #if to the #endif belongs to one item. Items cut too large cost time, items cut
 * too small would be wrong: in doubt they go on. A closing brace at the margin that nothing opened belongs to
 * the definition before it that lost a brace.
 *
 * Owns    the list's items (vec).
 * Threads one at a time.
 * Errors  none: with a brace missing the last item runs to the end, or to the next known start.
 * Units   indices of tokens (c_token.h). */
#ifndef NOODLE_ITEM_H
#define NOODLE_ITEM_H

#include "analysis/branch.h"

struct item {
    uint32_t first_token, end_token;
    bool directives;  /* it holds directive lines */
    bool conditional; /* some of them choose */
    bool elements;    /* of a list that another file begins and ends (fragment.h) */
};

struct items {
    VEC_FIELDS(struct item);
};

/* Dead branches between items are left out. starts: tokens, ascending, at which an item begins whatever
 * braces are open. False when the last item runs to the end because a brace is open. */
bool items_split(const char *bytes, const struct c_tokens *tokens, const struct branches *branches,
                 const uint32_t *starts, size_t start_count, struct items *items);

#endif
