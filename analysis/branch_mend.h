/* branch_mend.h: where the lost one of two directives was: an #if whose #endif is gone, an #endif whose #if
 * is.
 *
 * Counting pairs every #endif with the nearest #if, so with one of them gone it is the outermost that is left
 * over, often an include guard and far from the mistake. What stands behind an #endif, how directives are
 * indented, which braces a branch would leave open and empty lines tell where the gap is.
 *
 * Owns    nothing.
 * Threads one at a time.
 * Errors  none: false when nothing tells.
 * Units   indices of tokens (c_token.h). */
#ifndef NOODLE_BRANCH_MEND_H
#define NOODLE_BRANCH_MEND_H

#include "analysis/branch.h"

struct branch_gap {
    uint32_t token; /* the directive that was put into the gap; at least one byte stands behind its start */
    const char *message; /* static */
};

/* Of branches that were found with a stray or an unclosed directive: puts a directive into the gap, empty for
 * an #endif, for an #if what is left of its line, and finds the branches again. */
bool branch_mend(const char *bytes, uint32_t length, struct c_tokens *tokens, struct branches *branches,
                 struct branch_gap *ret_gap);
#endif
