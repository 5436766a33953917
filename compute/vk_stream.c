#include "compute/vk_stream.h"
#include "compute/vk_pipeline.h"

#include <string.h>

#define SETS_OF_A_POOL 64

/* Dispatches of one pass that are timed; those behind them are not. */
#define STAMPS_MAX (sizeof((struct vk_stream *)0)->stamps / sizeof(enum vk_operation))

enum status vk_stream_init(struct vk_stream *stream, struct vk_context *context, struct error *error) {
    *stream = (struct vk_stream){.context = context};
    const struct vk_api *api = &context->api;
    VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                    .queueFamilyIndex = context->queue_family};
    VkQueryPoolCreateInfo queries = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                     .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                     .queryCount = 2 * STAMPS_MAX};
    VkResult result = api->CreateFence(context->device, &fence, NULL, &stream->objects.fence);
    if (result == VK_SUCCESS)
        result = api->CreateCommandPool(context->device, &pool, NULL, &stream->objects.commands);
    VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                            .commandPool = stream->objects.commands,
                                            .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                            .commandBufferCount = 1};
    if (result == VK_SUCCESS)
        result = api->AllocateCommandBuffers(context->device, &allocate, &stream->commands);
    if (result == VK_SUCCESS && context->limits.tick_ns > 0)
        result = api->CreateQueryPool(context->device, &queries, NULL, &stream->objects.queries);
    return vk_context_result(context, result, "stream", error);
}

void vk_stream_finish(struct vk_stream *stream) {
    /* Pools have the life of the commands that use them; a pool goes with each orphan. */
    for (size_t i = 0; i < stream->pools.count; i++) {
        struct vk_orphan pool = {.in_flight = stream->objects.in_flight, .sets = stream->pools.items[i]};
        vk_context_orphan(stream->context, &pool);
    }
    vec_finish(&stream->pools);
    vk_context_orphan(stream->context, &stream->objects);
}

void vk_stream_fail(struct vk_stream *stream, enum status status, const struct error *error) {
    if (stream->status) return;
    stream->status = status;
    stream->error = *error;
}

static bool check(struct vk_stream *stream, VkResult result, const char *what) {
    struct error error;
    enum status status = vk_context_result(stream->context, result, what, &error);
    if (status) vk_stream_fail(stream, status, &error);
    return !status;
}

static void next_epoch(struct vk_stream *stream) {
    stream->epoch = atomic_fetch_add(&stream->context->epoch, 1) + 1;
}

static void barrier(struct vk_stream *stream) {
    const VkAccessFlags reads = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;
    const VkAccessFlags writes = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
    const VkPipelineStageFlags stages = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
    VkMemoryBarrier all = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = writes, .dstAccessMask = reads | writes};
    stream->context->api.CmdPipelineBarrier(stream->commands, stages, stages, 0, 1, &all, 0, NULL, 0, NULL);
    next_epoch(stream);
}

void vk_stream_begin(struct vk_stream *stream) {
    struct vk_context *context = stream->context;
    const struct vk_api *api = &context->api;
    struct error error;
    stream->stamp_count = 0;
    stream->pool = 0;
    stream->status = vk_context_check(context, &error);
    if (stream->status) {
        stream->error = error;
        return;
    }
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                      .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    VkResult result = api->ResetCommandPool(context->device, stream->objects.commands, 0);
    for (size_t i = 0; result == VK_SUCCESS && i < stream->pools.count; i++)
        result = api->ResetDescriptorPool(context->device, stream->pools.items[i], 0);
    if (result == VK_SUCCESS) result = api->BeginCommandBuffer(stream->commands, &begin);
    if (!check(stream, result, "begin")) return;
    if (stream->profile.on && stream->objects.queries)
        api->CmdResetQueryPool(stream->commands, stream->objects.queries, 0, 2 * STAMPS_MAX);
    /* What earlier submits wrote is there since their fences were seen, but only a barrier shows it to these
     * commands. */
    barrier(stream);
}

/* ---- order ---- */

static bool must_wait(const struct vk_stream *stream, const struct vk_binding *binding) {
    const struct vk_tensor *tensor = binding->tensor;
    return !tensor->constant && (tensor->written == stream->epoch ||
                                 (binding->access & VK_ACCESS_WRITES && tensor->read == stream->epoch));
}

static void order(struct vk_stream *stream, const struct vk_binding *bindings, uint32_t count) {
    bool wait = stream->profile.on;
    for (uint32_t i = 0; i < count; i++)
        wait |= must_wait(stream, &bindings[i]);
    if (wait) barrier(stream);
    for (uint32_t i = 0; i < count; i++) {
        struct vk_tensor *tensor = bindings[i].tensor;
        if (tensor->constant) continue;
        if (bindings[i].access & VK_ACCESS_READS) tensor->read = stream->epoch;
        if (!(bindings[i].access & VK_ACCESS_WRITES)) continue;
        tensor->written = stream->epoch;
        tensor->version++;
    }
}

/* ---- time ---- */

static void stamp(struct vk_stream *stream, enum vk_operation operation, bool end) {
    if (!stream->profile.on || !stream->objects.queries || stream->stamp_count == STAMPS_MAX) return;
    VkPipelineStageFlagBits stage =
        end ? VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT : VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT;
    stream->context->api.CmdWriteTimestamp(stream->commands, stage, stream->objects.queries,
                                           2 * stream->stamp_count + end);
    if (end) stream->stamps[stream->stamp_count++] = operation;
}

static void read_stamps(struct vk_stream *stream) {
    uint64_t ticks[2 * STAMPS_MAX];
    if (!stream->stamp_count) return;
    VkResult result = stream->context->api.GetQueryPoolResults(
        stream->context->device, stream->objects.queries, 0, 2 * stream->stamp_count, sizeof ticks, ticks,
        sizeof *ticks, VK_QUERY_RESULT_64_BIT);
    if (result != VK_SUCCESS) return;
    for (uint32_t i = 0; i < stream->stamp_count; i++)
        stream->profile.ns[stream->stamps[i]] +=
            (double)((ticks[2 * i + 1] - ticks[2 * i]) & stream->context->limits.tick_mask) *
            stream->context->limits.tick_ns;
}

/* ---- commands ---- */

static bool new_pool(struct vk_stream *stream) {
    VkDescriptorPoolSize size = {.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                 .descriptorCount = SETS_OF_A_POOL * VK_SHADER_BINDINGS_MAX};
    VkDescriptorPoolCreateInfo create = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                         .maxSets = SETS_OF_A_POOL,
                                         .poolSizeCount = 1,
                                         .pPoolSizes = &size};
    VkDescriptorPool pool;
    VkResult result =
        stream->context->api.CreateDescriptorPool(stream->context->device, &create, NULL, &pool);
    if (!check(stream, result, "descriptors")) return false;
    vec_push(&stream->pools, pool);
    return true;
}

static bool new_set(struct vk_stream *stream, uint32_t bindings, VkDescriptorSet *ret_set) {
    for (;; stream->pool++) {
        bool fresh = stream->pool == stream->pools.count;
        if (fresh && !new_pool(stream)) return false;
        VkDescriptorSetAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                                .descriptorPool = stream->pools.items[stream->pool],
                                                .descriptorSetCount = 1,
                                                .pSetLayouts = &stream->context->set_layouts[bindings]};
        VkResult result =
            stream->context->api.AllocateDescriptorSets(stream->context->device, &allocate, ret_set);
        bool full = result == VK_ERROR_OUT_OF_POOL_MEMORY || result == VK_ERROR_FRAGMENTED_POOL;
        if (!full || fresh) return check(stream, result, "descriptors");
    }
}

void vk_stream_dispatch(struct vk_stream *stream, const struct vk_dispatch *dispatch) {
    if (stream->status) return;
    struct vk_context *context = stream->context;
    const struct vk_api *api = &context->api;
    uint32_t count = vk_shader_code(dispatch->shader).bindings;
    struct error error;
    VkPipeline pipeline;
    VkDescriptorSet set;
    enum status status = vk_pipeline_get(context, dispatch->shader, dispatch->constants,
                                         dispatch->constant_count, &pipeline, &error);
    if (status) {
        vk_stream_fail(stream, status, &error);
        return;
    }
    if (!new_set(stream, count, &set)) return;
    VkDescriptorBufferInfo buffers[VK_SHADER_BINDINGS_MAX];
    VkWriteDescriptorSet writes[VK_SHADER_BINDINGS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        const struct vk_range *range = &dispatch->bindings[i].tensor->range;
        buffers[i] =
            (VkDescriptorBufferInfo){.buffer = range->buffer, .offset = range->offset, .range = range->size};
        writes[i] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                           .dstSet = set,
                                           .dstBinding = i,
                                           .descriptorCount = 1,
                                           .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                           .pBufferInfo = &buffers[i]};
    }
    api->UpdateDescriptorSets(context->device, count, writes, 0, NULL);
    order(stream, dispatch->bindings, count);
    stamp(stream, dispatch->operation, false);
    api->CmdBindPipeline(stream->commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    api->CmdBindDescriptorSets(stream->commands, VK_PIPELINE_BIND_POINT_COMPUTE, context->layouts[count], 0,
                               1, &set, 0, NULL);
    api->CmdPushConstants(stream->commands, context->layouts[count], VK_SHADER_STAGE_COMPUTE_BIT, 0,
                          dispatch->push_bytes, dispatch->push);
    api->CmdDispatch(stream->commands, dispatch->groups[0], dispatch->groups[1], dispatch->groups[2]);
    stamp(stream, dispatch->operation, true);
}

void vk_stream_copy(struct vk_stream *stream, enum vk_operation operation, struct vk_tensor *from,
                    struct vk_tensor *to, VkDeviceSize size) {
    if (stream->status) return;
    const struct vk_binding bindings[] = {{from, VK_ACCESS_READS}, {to, VK_ACCESS_WRITES}};
    order(stream, bindings, 2);
    stamp(stream, operation, false);
    VkBufferCopy copy = {.srcOffset = from->range.offset, .dstOffset = to->range.offset, .size = size};
    stream->context->api.CmdCopyBuffer(stream->commands, from->range.buffer, to->range.buffer, 1, &copy);
    stamp(stream, operation, true);
}

enum status vk_stream_run(struct vk_stream *stream, struct error *error) {
    if (stream->status) return error_set(error, stream->status, "%s", stream->error.message);
    struct vk_context *context = stream->context;
    const struct vk_api *api = &context->api;
    /* What the CPU reads afterwards. */
    VkMemoryBarrier to_host = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                               .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                               .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
    api->CmdPipelineBarrier(stream->commands,
                            VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                            VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &to_host, 0, NULL, 0, NULL);
    VkResult result = api->EndCommandBuffer(stream->commands);
    if (result == VK_SUCCESS) result = api->ResetFences(context->device, 1, &stream->objects.fence);
    enum status status = vk_context_result(context, result, "record", error);
    if (!status) status = vk_context_submit(context, stream->commands, stream->objects.fence, error);
    if (status) return status;
    stream->objects.in_flight = true;
    status = vk_context_wait(context, stream->objects.fence, error);
    if (status) return status;
    stream->objects.in_flight = false;
    read_stamps(stream);
    return STATUS_OK;
}
