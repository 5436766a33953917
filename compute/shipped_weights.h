/* shipped_weights.h: the trained encoder inside the program: model/weights/encoder.safetensors as it was when
 * the program was built.
 *
 * Owns    static data.   Threads any.   Errors none. */
#ifndef NOODLE_SHIPPED_WEIGHTS_H
#define NOODLE_SHIPPED_WEIGHTS_H

#include <stddef.h>

const void *shipped_weights(size_t *ret_size);

#endif
