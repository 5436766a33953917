/* cplusplus.h: C++ that is called C, as headers that end in .h are. Nothing is known of it, so nothing is
 * said.
 *
 * Told by what C has no use for, where a line begins and outside of branches that C never sees:
 *
 *     class NAME {      class NAME : public      class NAME;      namespace NAME {      template <
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: in doubt it is C. */
#ifndef NOODLE_CPLUSPLUS_H
#define NOODLE_CPLUSPLUS_H

#include "analysis/branch.h"

/* tokens: of the whole file. */
bool cplusplus_is_told(const char *bytes, const struct c_tokens *tokens, const struct branches *branches);

#endif
