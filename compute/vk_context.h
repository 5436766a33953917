/* vk_context.h: one opened Vulkan device: its instance, its queue, what it can do, and whether it still
 * lives.
 *
 *     alive ──vk_context_result: any error but out of memory──► failed
 *     alive ──vk_context_wait: no answer, for whatever reason──► failed and stuck
 *
 * Owns    instance and device. vk_context_destroy frees them, or keeps them as device_vulkan.h says when they
 *         are stuck.
 * Threads any; the locks are in here. failed is set once and only read then.
 * Errors  statuses with messages as device_vulkan.h says. */
#ifndef NOODLE_VK_CONTEXT_H
#define NOODLE_VK_CONTEXT_H

#include "base/thread.h"
#include "base/vec.h"
#include "compute/device_vulkan.h"
#include "compute/vk_api.h"
#include "compute/vk_shaders.h"

#include <stdatomic.h>

#define VK_PUSH_BYTES 64

/* Of vk_memory.c. */
struct vk_block;
enum vk_memory_kind {
    VK_MEMORY_TENSORS,  /* the device's own; mapped where that is the CPU's memory too */
    VK_MEMORY_UPLOAD,   /* mapped; written by the CPU */
    VK_MEMORY_READBACK, /* mapped; read by the CPU */
    VK_MEMORY_KINDS
};

/* Of vk_pipeline.c. */
struct vk_pipeline {
    enum vk_shader shader;
    uint32_t constants[5];
    VkPipeline pipeline;
};

/* What work in flight may still use when its device did not answer in time. */
struct vk_orphan {
    bool in_flight; /* submitted, and the fence was not seen signalled */
    VkFence fence;
    VkCommandPool commands;
    VkQueryPool queries;
    VkDescriptorPool sets;
};

struct vk_limits {
    uint32_t rows_max;     /* workgroups in one direction */
    uint32_t threads_max;  /* of a workgroup */
    uint32_t shared_bytes; /* of a workgroup */
    uint64_t buffer_bytes; /* a shader can bind */
    double tick_ns;        /* of a timestamp; 0: none */
    uint64_t tick_mask;    /* the bits that count */
};

struct vk_context {
    struct vk_api api;
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    uint32_t queue_family;
    struct device_vulkan_info info;
    struct vk_limits limits;
    VkPhysicalDeviceMemoryProperties memory_properties;
    uint64_t timeout_ns;

    struct thread_lock *queue_lock; /* of queue */

    struct thread_lock *state_lock; /* of the next four */
    enum status failed;
    struct error failure;
    bool stuck;
    struct {
        VEC_FIELDS(struct vk_orphan);
    } orphans;

    struct thread_lock *memory_lock; /* of the next three */
    struct {
        VEC_FIELDS(struct vk_block *);
    } blocks;
    uint64_t used_bytes;
    uint64_t max_bytes;

    struct thread_lock *pipeline_lock; /* of the next three */
    struct {
        VEC_FIELDS(struct vk_pipeline);
    } pipelines;
    VkPipelineCache cache;
    size_t cache_saved_bytes;
    char *cache_path; /* NULL: not kept */
    bool cache_hit;
    VkDescriptorSetLayout set_layouts[VK_SHADER_BINDINGS_MAX + 1]; /* by how many buffers are bound */
    VkPipelineLayout layouts[VK_SHADER_BINDINGS_MAX + 1];

    struct thread_lock *transfer_lock; /* one transfer at a time */

    _Atomic uint64_t epoch; /* vk_stream.c */
    struct vk_context *next_stuck;
};

/* For device_vulkan_list; the context has no device. */
enum status vk_context_survey(const struct device_vulkan_params *params,
                              struct device_vulkan_info **ret_infos, uint32_t *ret_count,
                              struct error *error);

enum status vk_context_create(const struct device_vulkan_params *params, uint32_t number,
                              struct vk_context **ret_context, struct error *error);
void vk_context_destroy(struct vk_context *context);

/* The failure of a device that failed, else STATUS_OK. */
enum status vk_context_check(struct vk_context *context, struct error *error);

/* What `result` of `what` means for the caller and for the device. */
enum status vk_context_result(struct vk_context *context, VkResult result, const char *what,
                              struct error *error);

enum status vk_context_submit(struct vk_context *context, VkCommandBuffer commands, VkFence fence,
                              struct error *error);
enum status vk_context_wait(struct vk_context *context, VkFence fence, struct error *error);

/* Frees it, or keeps it while its fence may be in flight. */
void vk_context_orphan(struct vk_context *context, const struct vk_orphan *orphan);

#endif
