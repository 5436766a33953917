/* vk_linear.h: matrices on a Vulkan device and products with them: which shader, which tile, which layout.
 *
 * Weights lie transposed, [inputs][outputs], zeros where inputs are filled up to whole steps of the shaders
 * and outputs to whole tiles: fp32 as numbers, fp16 as halves, int8 as words of four inputs. A row of inputs
 * for int8 is rounded once, however many products follow each other that read it.
 *
 * Owns    what is created, until destroyed; tensors are the caller's.
 * Threads matrices: any. Scratch: that of its stream.
 * Errors  of memory, and of vk_stream.h. */
#ifndef NOODLE_VK_LINEAR_H
#define NOODLE_VK_LINEAR_H

#include "compute/device_backend.h"
#include "compute/vk_stream.h"

enum status vk_matrix_create(struct vk_context *context, const struct device_matrix_params *params,
                             struct device_matrix **ret_matrix, struct error *error);
void vk_matrix_destroy(struct vk_context *context, struct device_matrix *matrix);

/* Rounded inputs of int8, of one stream. */
struct vk_linear_scratch {
    struct vk_tensor q, ranges;
    const struct vk_tensor *source; /* what is in them; NULL: nothing of this pass */
    uint64_t source_version;
    uint32_t source_rows;
};

enum status vk_linear_scratch_init(struct vk_context *context, uint32_t rows_max, uint32_t columns_max,
                                   struct vk_linear_scratch *scratch, struct error *error);
void vk_linear_scratch_begin(struct vk_linear_scratch *scratch);
void vk_linear_scratch_finish(struct vk_context *context, struct vk_linear_scratch *scratch);

struct vk_linear_params {
    const struct device_matrix *matrix;
    uint32_t rows;
    struct vk_tensor *input, *bias, *output;
    enum device_store store;
};

void vk_linear(struct vk_stream *stream, struct vk_linear_scratch *scratch,
               const struct vk_linear_params *params);

#endif
