/* vk_memory.h: the device's memory, in few large blocks. Each block is one buffer, of which pieces are bound.
 *
 * Owns    blocks belong to the context, ranges to who allocated them. An empty block is freed, but not on a
 *         device that is stuck.
 * Threads any.
 * Errors  STATUS_NO_MEMORY when the device or the limit has no more.
 * Units   bytes. */
#ifndef NOODLE_VK_MEMORY_H
#define NOODLE_VK_MEMORY_H

#include "compute/vk_context.h"

struct vk_range {
    struct vk_block *block; /* NULL: nothing */
    VkBuffer buffer;
    VkDeviceSize offset, size;
    unsigned char *mapped; /* its first byte; NULL: out of the CPU's reach */
};

enum status vk_memory_alloc(struct vk_context *context, enum vk_memory_kind kind, VkDeviceSize size,
                            struct vk_range *ret_range, struct error *error);
void vk_memory_free(struct vk_context *context, struct vk_range *range); /* it is nothing then */
void vk_memory_finish(struct vk_context *context);                       /* all blocks */

/* Puts bytes into a range, or zeros when `bytes` is NULL, and returns when they are there. */
enum status vk_memory_fill(struct vk_context *context, const struct vk_range *range, const void *bytes,
                           VkDeviceSize size, struct error *error);

#endif
