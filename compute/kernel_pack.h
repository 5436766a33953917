/* kernel_pack.h: weights in the layout of kernels (kernel.h says which).
 *
 * Owns    struct kernel_pack owns what it points to, until kernel_pack_finish.
 * Threads any.
 * Errors  false, and NULL, when memory was refused; then nothing is left to be freed. */
#ifndef NOODLE_KERNEL_PACK_H
#define NOODLE_KERNEL_PACK_H

#include "base/vec.h"
#include "compute/kernel.h"
#include "compute/quant.h"
#include "compute/room.h"

struct kernel_pack_params {
    uint32_t rows, columns;
    enum number_format format;
    const void *values;
    const float *scales;      /* of FORMAT_INT8 */
    struct room_shelf *shelf; /* where the pack lies; or NULL */
};

struct kernel_pack {
    float *fp32_panels; /* this, or all of the others */
    int8_t *int8_panels;
    float *scales, *scaled_sums; /* whole panels */
    /* Nothing for KERNEL_LEVELS_8_BIT. */
    uint8_t *mirrors;
    int32_t *mirror_sums;
    struct {
        VEC_FIELDS(struct kernel_excess);
    } excess;
    uint32_t *excess_starts;
};

bool kernel_pack_fp32(const struct kernel_pack_params *params, struct kernel_pack *ret_pack);

/* levels: of the kernels that are to read it. */
bool kernel_pack_int8(const struct kernel_pack_params *params, uint32_t levels, struct kernel_pack *ret_pack);
void kernel_pack_finish(struct kernel_pack *pack);

#endif
