#include "compute/vk_memory.h"
#include "base/mem.h"

#include <inttypes.h>
#include <string.h>

#define BLOCK_BYTES_MIN (UINT64_C(1) << 20)
#define BLOCK_BYTES_MAX (UINT64_C(32) << 20) /* a larger range gets a block of its own */
#define STAGING_BYTES   (UINT64_C(4) << 20)  /* of a transfer at a time */
#define ALIGNMENT       256                  /* no device asks for more */
#define BYTES_PER_MB    1e6

/* Free pieces ascend and do not touch each other. */
struct span {
    VkDeviceSize offset, size;
};

struct vk_block {
    enum vk_memory_kind kind;
    bool counted; /* against the limit: it is the device's own */
    VkDeviceSize size;
    VkDeviceMemory memory;
    VkBuffer buffer;
    unsigned char *mapped;
    struct {
        VEC_FIELDS(struct span);
    } spans;
};

static VkDeviceSize round_up(VkDeviceSize size, VkDeviceSize step) {
    return (size + step - 1) / step * step;
}

/* ---- blocks ---- */

/* The first type that has all flags, or UINT32_MAX. */
static uint32_t find_type(const struct vk_context *context, uint32_t allowed, VkMemoryPropertyFlags flags) {
    for (uint32_t i = 0; i < context->memory_properties.memoryTypeCount; i++)
        if (allowed >> i & 1 && (context->memory_properties.memoryTypes[i].propertyFlags & flags) == flags)
            return i;
    return UINT32_MAX;
}

static const VkMemoryPropertyFlags own = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
static const VkMemoryPropertyFlags mapped =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
static const VkMemoryPropertyFlags cached = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                            VK_MEMORY_PROPERTY_HOST_COHERENT_BIT |
                                            VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

/* In the order of preference. */
static uint32_t choose_type(const struct vk_context *context, uint32_t allowed, enum vk_memory_kind kind) {
    VkMemoryPropertyFlags wanted[2] = {mapped, mapped};
    if (kind == VK_MEMORY_TENSORS) {
        wanted[0] = context->info.unified ? own | cached : own;
        wanted[1] = own;
    } else if (kind == VK_MEMORY_READBACK) {
        wanted[0] = cached;
    }
    uint32_t type = find_type(context, allowed, wanted[0]);
    return type == UINT32_MAX ? find_type(context, allowed, wanted[1]) : type;
}

static void destroy_block(struct vk_context *context, struct vk_block *block) {
    context->api.DestroyBuffer(context->device, block->buffer, NULL);
    context->api.FreeMemory(context->device, block->memory, NULL);
    if (block->counted) context->used_bytes -= block->size;
    vec_finish(&block->spans);
    mem_free(block);
}

static VkResult make_block(struct vk_context *context, struct vk_block *block) {
    const struct vk_api *api = &context->api;
    VkBufferCreateInfo create = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                 .size = block->size,
                                 .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                          VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                          VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    VkResult result = api->CreateBuffer(context->device, &create, NULL, &block->buffer);
    if (result != VK_SUCCESS) return result;
    VkMemoryRequirements needs;
    api->GetBufferMemoryRequirements(context->device, block->buffer, &needs);
    uint32_t type = choose_type(context, needs.memoryTypeBits, block->kind);
    if (type == UINT32_MAX) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    VkMemoryPropertyFlags flags = context->memory_properties.memoryTypes[type].propertyFlags;
    VkMemoryAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                     .allocationSize = needs.size,
                                     .memoryTypeIndex = type};
    result = api->AllocateMemory(context->device, &allocate, NULL, &block->memory);
    if (result == VK_SUCCESS)
        result = api->BindBufferMemory(context->device, block->buffer, block->memory, 0);
    bool map = block->kind != VK_MEMORY_TENSORS || (context->info.unified && (flags & cached) == cached);
    void *bytes = NULL;
    if (result == VK_SUCCESS && map)
        result = api->MapMemory(context->device, block->memory, 0, VK_WHOLE_SIZE, 0, &bytes);
    block->mapped = bytes;
    return result;
}

/* As much again as there is of the kind. */
static VkDeviceSize usual_size(const struct vk_context *context, enum vk_memory_kind kind) {
    VkDeviceSize size = 0;
    for (size_t i = 0; i < context->blocks.count; i++)
        if (context->blocks.items[i]->kind == kind) size += context->blocks.items[i]->size;
    return size < BLOCK_BYTES_MIN ? BLOCK_BYTES_MIN : size > BLOCK_BYTES_MAX ? BLOCK_BYTES_MAX : size;
}

static enum status add_block(struct vk_context *context, enum vk_memory_kind kind, VkDeviceSize wanted,
                             struct vk_block **ret_block, struct error *error) {
    bool counted = kind == VK_MEMORY_TENSORS;
    uint64_t left = context->max_bytes - context->used_bytes;
    VkDeviceSize size = usual_size(context, kind);
    if (size < wanted) size = wanted;
    if (counted && size > left) size = wanted;
    if (counted && size > left)
        return error_set(error, STATUS_NO_MEMORY,
                         "%s: %.1f MB more are wanted, and of %.1f MB that it may use %.1f are left",
                         context->info.name, (double)wanted / BYTES_PER_MB,
                         (double)context->max_bytes / BYTES_PER_MB, (double)left / BYTES_PER_MB);
    struct vk_block *block = mem_zalloc(sizeof *block);
    block->kind = kind;
    block->size = size;
    enum status status = vk_context_result(context, make_block(context, block), "memory", error);
    if (status) {
        destroy_block(context, block);
        return status;
    }
    block->counted = counted;
    if (counted) context->used_bytes += size;
    vec_push(&block->spans, (struct span){0, size});
    vec_push(&context->blocks, block);
    *ret_block = block;
    return STATUS_OK;
}

/* ---- ranges ---- */

static bool take(struct vk_block *block, VkDeviceSize size, struct vk_range *ret_range) {
    for (size_t i = 0; i < block->spans.count; i++) {
        struct span *span = &block->spans.items[i];
        if (span->size < size) continue;
        *ret_range = (struct vk_range){.block = block,
                                       .buffer = block->buffer,
                                       .offset = span->offset,
                                       .size = size,
                                       .mapped = block->mapped ? block->mapped + span->offset : NULL};
        span->offset += size;
        span->size -= size;
        if (!span->size) {
            memmove(span, span + 1, (block->spans.count - i - 1) * sizeof *span);
            block->spans.count--;
        }
        return true;
    }
    return false;
}

enum status vk_memory_alloc(struct vk_context *context, enum vk_memory_kind kind, VkDeviceSize size,
                            struct vk_range *ret_range, struct error *error) {
    size = round_up(size, ALIGNMENT); /* a range is bound whole */
    if (size > context->limits.buffer_bytes)
        return error_set(error, STATUS_NO_MEMORY, "%s: a shader reads %.1f MB at once, and %.1f are wanted",
                         context->info.name, (double)context->limits.buffer_bytes / BYTES_PER_MB,
                         (double)size / BYTES_PER_MB);
    enum status status = vk_context_check(context, error);
    if (status) return status;
    thread_lock_acquire(context->memory_lock);
    bool found = false;
    for (size_t i = 0; !found && i < context->blocks.count; i++)
        found = context->blocks.items[i]->kind == kind && take(context->blocks.items[i], size, ret_range);
    struct vk_block *block = NULL;
    if (!found) status = add_block(context, kind, size, &block, error);
    if (!found && !status) take(block, size, ret_range);
    thread_lock_release(context->memory_lock);
    return status;
}

static void give_back(struct vk_block *block, VkDeviceSize offset, VkDeviceSize size) {
    size_t i;
    vec_bisect(&block->spans, span, span->offset < offset, &i);
    vec_push(&block->spans, (struct span){0});
    struct span *spans = block->spans.items;
    memmove(&spans[i + 1], &spans[i], (block->spans.count - 1 - i) * sizeof *spans);
    spans[i] = (struct span){offset, size};
    if (i + 1 < block->spans.count && spans[i].offset + spans[i].size == spans[i + 1].offset) {
        spans[i].size += spans[i + 1].size;
        memmove(&spans[i + 1], &spans[i + 2], (block->spans.count - i - 2) * sizeof *spans);
        block->spans.count--;
    }
    if (i > 0 && spans[i - 1].offset + spans[i - 1].size == spans[i].offset) {
        spans[i - 1].size += spans[i].size;
        memmove(&spans[i], &spans[i + 1], (block->spans.count - i - 1) * sizeof *spans);
        block->spans.count--;
    }
}

static void remove_block(struct vk_context *context, struct vk_block *block) {
    size_t i = 0;
    while (context->blocks.items[i] != block)
        i++;
    context->blocks.items[i] = context->blocks.items[--context->blocks.count];
    destroy_block(context, block);
}

void vk_memory_free(struct vk_context *context, struct vk_range *range) {
    if (!range->block) return;
    thread_lock_acquire(context->state_lock);
    bool stuck = context->stuck;
    thread_lock_release(context->state_lock);
    thread_lock_acquire(context->memory_lock);
    struct vk_block *block = range->block;
    give_back(block, range->offset, range->size);
    if (!stuck && block->spans.count == 1 && block->spans.items[0].size == block->size)
        remove_block(context, block);
    thread_lock_release(context->memory_lock);
    *range = (struct vk_range){0};
}

void vk_memory_finish(struct vk_context *context) {
    while (context->blocks.count)
        destroy_block(context, context->blocks.items[--context->blocks.count]);
    vec_finish(&context->blocks);
}

/* ---- transfers ---- */

struct transfer {
    struct vk_orphan objects;
    VkCommandBuffer commands;
    struct vk_range staging;
};

static enum status transfer_init(struct vk_context *context, bool staged, struct transfer *transfer,
                                 struct error *error) {
    const struct vk_api *api = &context->api;
    VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                    .queueFamilyIndex = context->queue_family};
    VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkResult result = api->CreateFence(context->device, &fence, NULL, &transfer->objects.fence);
    if (result == VK_SUCCESS)
        result = api->CreateCommandPool(context->device, &pool, NULL, &transfer->objects.commands);
    VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                            .commandPool = transfer->objects.commands,
                                            .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                            .commandBufferCount = 1};
    if (result == VK_SUCCESS)
        result = api->AllocateCommandBuffers(context->device, &allocate, &transfer->commands);
    enum status status = vk_context_result(context, result, "transfer", error);
    if (!status && staged)
        status = vk_memory_alloc(context, VK_MEMORY_UPLOAD, STAGING_BYTES, &transfer->staging, error);
    return status;
}

/* One piece: from the staging memory, or zeros. */
static enum status transfer_piece(struct vk_context *context, struct transfer *transfer,
                                  const struct vk_range *range, VkDeviceSize at, VkDeviceSize size,
                                  struct error *error) {
    const struct vk_api *api = &context->api;
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                      .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    VkResult result = api->ResetCommandPool(context->device, transfer->objects.commands, 0);
    if (result == VK_SUCCESS) result = api->ResetFences(context->device, 1, &transfer->objects.fence);
    if (result == VK_SUCCESS) result = api->BeginCommandBuffer(transfer->commands, &begin);
    if (result == VK_SUCCESS) {
        VkBufferCopy copy = {
            .srcOffset = transfer->staging.offset, .dstOffset = range->offset + at, .size = size};
        if (transfer->staging.block)
            api->CmdCopyBuffer(transfer->commands, transfer->staging.buffer, range->buffer, 1, &copy);
        else
            api->CmdFillBuffer(transfer->commands, range->buffer, range->offset + at, round_up(size, 4), 0);
        result = api->EndCommandBuffer(transfer->commands);
    }
    enum status status = vk_context_result(context, result, "transfer", error);
    if (!status) status = vk_context_submit(context, transfer->commands, transfer->objects.fence, error);
    if (status) return status;
    transfer->objects.in_flight = true;
    status = vk_context_wait(context, transfer->objects.fence, error);
    transfer->objects.in_flight = status != STATUS_OK;
    return status;
}

enum status vk_memory_fill(struct vk_context *context, const struct vk_range *range, const void *bytes,
                           VkDeviceSize size, struct error *error) {
    if (range->mapped) {
        if (bytes)
            memcpy(range->mapped, bytes, size);
        else
            memset(range->mapped, 0, size);
        return STATUS_OK;
    }
    thread_lock_acquire(context->transfer_lock);
    struct transfer transfer = {0};
    enum status status = transfer_init(context, bytes != NULL, &transfer, error);
    for (VkDeviceSize at = 0; !status && at < size;) {
        VkDeviceSize piece = size - at;
        if (bytes) {
            if (piece > STAGING_BYTES) piece = STAGING_BYTES;
            memcpy(transfer.staging.mapped, (const unsigned char *)bytes + at, piece);
        }
        status = transfer_piece(context, &transfer, range, at, piece, error);
        at += piece;
    }
    vk_context_orphan(context, &transfer.objects);
    vk_memory_free(context, &transfer.staging);
    thread_lock_release(context->transfer_lock);
    return status;
}
