/* carry.h: pieces of C that read as they did in the version before, without a look at their items.
 *
 * Owns    nothing; readings taken over are shared.
 * Threads one at a time.
 * Errors  none.
 * Units   bytes. */
#ifndef NOODLE_CARRY_H
#define NOODLE_CARRY_H

#include "analysis/preprocess.h"

/* Appends to `readings` what the piece was read as, when it is untouched or was edited outside of everything
 * that a reading answers for; means: hash of what decides it besides its bytes. False: it has to be read. */
bool carry_piece(const struct preprocess_request *request, uint64_t means, struct readings *readings);

#endif
