/* rank.h: orders the solutions of a search and says how much each is worth believing.
 *
 * Owns    nothing.   Threads any.   Errors none. */
#ifndef NOODLE_RANK_H
#define NOODLE_RANK_H

#include "analysis/search.h"

/* Whether one of the first `count` solutions makes the same edits. */
bool rank_is_duplicate(const struct solution *solutions, size_t count, const struct solution *candidate);
/* Fills the repair's reasons: layout is that of the slice, opinion of the encoder or NULL, names those that
 * the document knows or NULL. */
void rank_describe(struct solution *solution, const struct layout *layout, struct opinion *opinion,
                   struct names *names);
/* Best first, by their reasons (with_odds) or by cost alone, those with made-up names last; fills score and
 * the confidence of every solution and of its mistakes: its share among all repairs, those that nobody
 * proposed with them, times the chance that its author changes nothing else. */
void rank_solutions(struct solution *solutions, size_t count, bool with_odds);

#endif
