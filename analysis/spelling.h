/* spelling.h: words that a space fell into, or that lack the one between them: `get Name`, `returnvalue`,
 * `retur nx`. The names that a document knows say which it was.
 *
 * Owns    nothing; variants live in the list's arena.
 * Threads any.
 * Errors  none.
 * Units   byte offsets of the tape. */
#ifndef NOODLE_SPELLING_H
#define NOODLE_SPELLING_H

#include "analysis/variant.h"

/* Adds what the words of the stuck line may have been. */
void spelling_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list);

/* How well the document knows the token, one of its places aside, as a name: NAME_UNKNOWN for what is none.
 */
enum name_standing spelling_standing(const struct layout *layout, const struct token *token,
                                     struct names *names);
/* What it costs more to take the token for a misspelt keyword when it is a name that stands so. */
double spelling_of_name(const struct layout *layout, const struct token *token, const char *keyword,
                        size_t length, enum name_standing standing);
/* By how much it is cheaper to write the sign before the token, when it is one behind which the document has
 * this name elsewhere. */
double spelling_of_member(const struct layout *layout, uint32_t token, const char *sign, struct names *names);

#endif
