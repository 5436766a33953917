/* engine_id.h: which program this is, to the last instruction: what one version says of a text another may
 * not.
 *
 * The identity is the build id that the linker puts into the program: a hash of its code and data, grammars
 * and shipped weights included, the same for equal builds.
 *
 * Owns    nothing.   Threads any.   Errors  false: the program was linked without a build id. */
#ifndef NOODLE_ENGINE_ID_H
#define NOODLE_ENGINE_ID_H

#include "base/hash.h"
#include <stdbool.h>

bool engine_id(struct hash128 *ret_id);

#endif
