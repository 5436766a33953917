#include "compute/shipped_weights.h"

/* The assembler reads the file (its path is NOODLE_SHIPPED_WEIGHTS), so that megabytes of numbers never pass
 * through the compiler. */
__asm__(".section .rodata\n"
        ".balign 64\n"
        ".global noodle_shipped_weights\n"
        "noodle_shipped_weights:\n"
        ".incbin \"" NOODLE_SHIPPED_WEIGHTS "\"\n"
        ".global noodle_shipped_weights_end\n"
        "noodle_shipped_weights_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const unsigned char noodle_shipped_weights[], noodle_shipped_weights_end[];

const void *shipped_weights(size_t *ret_size) {
    *ret_size = (size_t)(noodle_shipped_weights_end - noodle_shipped_weights);
    return noodle_shipped_weights;
}
