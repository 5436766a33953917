#include "compute/vk_context.h"
#include "base/mem.h"
#include "compute/vk_memory.h"
#include "compute/vk_pipeline.h"
#include "compute/vk_survey.h"

#include <inttypes.h>
#include <string.h>

#define STUCK_WAIT_NS (200 * UINT64_C(1000000)) /* for a device that is done for, before it is kept */

/* ---- instances ---- */

static enum status open_instance(const struct device_vulkan_params *params, struct vk_api *ret_api,
                                 VkInstance *ret_instance, struct error *error) {
    struct vk_api api;
    enum status status = vk_api_open(&api, params->library ? params->library : VULKAN_LIBRARY,
                                     (PFN_vkGetInstanceProcAddr)params->resolver, error);
    if (status) return status;
    uint32_t version = 0;
    VkResult result = api.EnumerateInstanceVersion(&version);
    VkInstance instance = VK_NULL_HANDLE;
    if (result == VK_SUCCESS) {
        VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                         .pApplicationName = "noodle-lsp",
                                         .apiVersion = VK_API_VERSION_1_1};
        VkInstanceCreateInfo create = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
                                       .pApplicationInfo = &application};
        result = api.CreateInstance(&create, NULL, &instance);
    }
    if (result == VK_SUCCESS)
        status = vk_api_load_instance(&api, instance, error);
    else
        status =
            error_set(error, STATUS_UNSUPPORTED, "Vulkan does not start: %s", vk_api_result_text(result));
    if (status) {
        if (instance && api.DestroyInstance) api.DestroyInstance(instance, NULL);
        vk_api_close(&api);
        return status;
    }
    *ret_api = api;
    *ret_instance = instance;
    return STATUS_OK;
}

enum status vk_context_survey(const struct device_vulkan_params *params,
                              struct device_vulkan_info **ret_infos, uint32_t *ret_count,
                              struct error *error) {
    struct vk_api api;
    VkInstance instance;
    enum status status = open_instance(params, &api, &instance, error);
    if (status) return status;
    struct vk_found found[VK_DEVICES_MAX];
    uint32_t count = 0;
    status = vk_survey(&api, instance, found, &count, error);
    api.DestroyInstance(instance, NULL);
    vk_api_close(&api);
    if (status) return status;
    struct device_vulkan_info *infos = mem_alloc((count + 1) * sizeof *infos);
    for (uint32_t i = 0; i < count; i++)
        infos[i] = found[i].info;
    *ret_infos = infos;
    *ret_count = count;
    return STATUS_OK;
}

/* ---- devices that did not answer ---- */

static _Atomic(struct vk_context *) stuck_contexts;
static _Atomic uint32_t stuck_count;

static void keep_stuck(struct vk_context *context) {
    context->next_stuck = atomic_load(&stuck_contexts);
    while (!atomic_compare_exchange_weak(&stuck_contexts, &context->next_stuck, context))
        ;
    atomic_fetch_add(&stuck_count, 1);
}

static bool is_done(const struct vk_context *context, uint64_t wait_ns) {
    for (size_t i = 0; i < context->orphans.count; i++) {
        VkFence fence = context->orphans.items[i].fence;
        if (!fence) continue;
        VkResult result = context->api.WaitForFences(context->device, 1, &fence, VK_TRUE, wait_ns);
        /* A lost device works on nothing. */
        if (result != VK_SUCCESS && result != VK_ERROR_DEVICE_LOST) return false;
    }
    return true;
}

static void free_orphan(const struct vk_context *context, const struct vk_orphan *orphan) {
    context->api.DestroyFence(context->device, orphan->fence, NULL);
    context->api.DestroyCommandPool(context->device, orphan->commands, NULL);
    context->api.DestroyQueryPool(context->device, orphan->queries, NULL);
    context->api.DestroyDescriptorPool(context->device, orphan->sets, NULL);
}

static void free_context(struct vk_context *context) {
    if (context->device) {
        for (size_t i = 0; i < context->orphans.count; i++)
            free_orphan(context, &context->orphans.items[i]);
        vk_pipeline_finish(context);
        vk_memory_finish(context);
        context->api.DestroyDevice(context->device, NULL);
    }
    vec_finish(&context->orphans);
    if (context->instance) context->api.DestroyInstance(context->instance, NULL);
    vk_api_close(&context->api);
    thread_lock_destroy(context->queue_lock);
    thread_lock_destroy(context->state_lock);
    thread_lock_destroy(context->memory_lock);
    thread_lock_destroy(context->pipeline_lock);
    thread_lock_destroy(context->transfer_lock);
    mem_free(context->cache_path);
    mem_free(context);
}

static void reap_stuck(void) {
    struct vk_context *context = atomic_exchange(&stuck_contexts, NULL);
    while (context) {
        struct vk_context *next = context->next_stuck;
        atomic_fetch_sub(&stuck_count, 1);
        if (is_done(context, 0))
            free_context(context);
        else
            keep_stuck(context);
        context = next;
    }
}

/* ---- life ---- */

static enum status open_device(struct vk_context *context, const struct vk_found *found,
                               struct error *error) {
    const char *extensions[2];
    uint32_t extension_count = 0;
    if (found->info.has_budget) extensions[extension_count++] = VK_EXT_MEMORY_BUDGET_EXTENSION_NAME;
    VkPhysicalDeviceShaderIntegerDotProductFeatures dot = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES,
        .shaderIntegerDotProduct = VK_TRUE};
    if (found->info.has_dot_product)
        extensions[extension_count++] = VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME;
    float priority = 0.5f;
    VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                     .queueFamilyIndex = found->queue_family,
                                     .queueCount = 1,
                                     .pQueuePriorities = &priority};
    VkDeviceCreateInfo create = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                 .pNext = found->info.has_dot_product ? &dot : NULL,
                                 .queueCreateInfoCount = 1,
                                 .pQueueCreateInfos = &queue,
                                 .enabledExtensionCount = extension_count,
                                 .ppEnabledExtensionNames = extensions};
    VkDevice device = VK_NULL_HANDLE;
    VkResult result = context->api.CreateDevice(found->physical, &create, NULL, &device);
    if (result != VK_SUCCESS)
        return error_set(error, STATUS_IO, "%s cannot be opened: %s", found->info.name,
                         vk_api_result_text(result));
    enum status status = vk_api_load_device(&context->api, device, error);
    if (status) {
        if (context->api.DestroyDevice) context->api.DestroyDevice(device, NULL);
        return status;
    }
    context->device = device;
    context->api.GetDeviceQueue(device, found->queue_family, 0, &context->queue);
    return STATUS_OK;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void take_limits(struct vk_context *context, const struct vk_found *found,
                        const struct device_vulkan_params *params) {
    const VkPhysicalDeviceLimits *limits = &found->properties.limits;
    context->physical = found->physical;
    context->queue_family = found->queue_family;
    context->info = found->info;
    context->limits = (struct vk_limits){
        .rows_max = limits->maxComputeWorkGroupCount[0],
        .threads_max =
            (uint32_t)smaller(limits->maxComputeWorkGroupInvocations, limits->maxComputeWorkGroupSize[0]),
        .shared_bytes = limits->maxComputeSharedMemorySize,
        .buffer_bytes = limits->maxStorageBufferRange,
        .tick_ns = found->timestamp_bits ? (double)limits->timestampPeriod : 0,
        .tick_mask = found->timestamp_bits < 64 ? (UINT64_C(1) << found->timestamp_bits) - 1 : UINT64_MAX};
    context->timeout_ns = params->timeout_ns ? params->timeout_ns : DEVICE_VULKAN_TIMEOUT_NS;
    context->max_bytes = found->info.budget_bytes;
    if (params->memory_fraction > 0 && params->memory_fraction < 1)
        context->max_bytes = (uint64_t)((double)found->info.budget_bytes * params->memory_fraction);
    if (params->memory_limit_bytes)
        context->max_bytes = smaller(context->max_bytes, params->memory_limit_bytes);
    VkPhysicalDeviceMemoryProperties2 memory = {.sType =
                                                    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2};
    context->api.GetPhysicalDeviceMemoryProperties2(found->physical, &memory);
    context->memory_properties = memory.memoryProperties;
}

static enum status choose(const struct vk_found *found, uint32_t count, uint32_t number, uint32_t *ret_number,
                          struct error *error) {
    if (number == VULKAN_FIRST) {
        for (number = 0; number < count && !found[number].info.automatic; number++)
            ;
        if (number == count)
            return error_set(error, STATUS_NOT_FOUND,
                             count ? "none of the %u Vulkan devices is a GPU that will do"
                                   : "there are %u Vulkan devices",
                             count);
    }
    if (number >= count)
        return error_set(error, STATUS_NOT_FOUND,
                         "there is no Vulkan device %u; there are %u, counted from 0", number, count);
    if (!found[number].info.usable)
        return error_set(error, STATUS_UNSUPPORTED, "%s will not do: %s", found[number].info.name,
                         found[number].info.reason);
    *ret_number = number;
    return STATUS_OK;
}

enum status vk_context_create(const struct device_vulkan_params *params, uint32_t number,
                              struct vk_context **ret_context, struct error *error) {
    reap_stuck();
    if (atomic_load(&stuck_count) >= VULKAN_STUCK_MAX)
        return error_set(error, STATUS_DEADLINE, "%d Vulkan devices did not answer, and are not done yet",
                         VULKAN_STUCK_MAX);
    struct vk_api api;
    VkInstance instance;
    enum status status = open_instance(params, &api, &instance, error);
    if (status) return status;
    struct vk_context *context = mem_zalloc(sizeof *context);
    context->api = api;
    context->instance = instance;
    context->queue_lock = thread_lock_create();
    context->state_lock = thread_lock_create();
    context->memory_lock = thread_lock_create();
    context->pipeline_lock = thread_lock_create();
    context->transfer_lock = thread_lock_create();
    atomic_init(&context->epoch, 1);
    struct vk_found found[VK_DEVICES_MAX];
    uint32_t count = 0;
    status = vk_survey(&context->api, instance, found, &count, error);
    if (!status) status = choose(found, count, number, &number, error);
    if (!status) {
        take_limits(context, &found[number], params);
        status = open_device(context, &found[number], error);
    }
    if (!status) status = vk_pipeline_init(context, &found[number], params->cache_folder, error);
    if (status)
        free_context(context);
    else
        *ret_context = context;
    return status;
}

void vk_context_destroy(struct vk_context *context) {
    if (context->stuck && !is_done(context, STUCK_WAIT_NS)) {
        keep_stuck(context);
        return;
    }
    if (!context->failed) vk_pipeline_save(context);
    free_context(context);
}

/* ---- failures ---- */

enum status vk_context_check(struct vk_context *context, struct error *error) {
    thread_lock_acquire(context->state_lock);
    enum status status = context->failed;
    if (status) error_set(error, status, "%s", context->failure.message);
    thread_lock_release(context->state_lock);
    return status;
}

static void set_failed(struct vk_context *context, const struct error *failure, bool stuck) {
    thread_lock_acquire(context->state_lock);
    if (!context->failed) {
        context->failed = failure->status;
        context->failure = *failure;
    }
    context->stuck |= stuck;
    thread_lock_release(context->state_lock);
}

enum status vk_context_result(struct vk_context *context, VkResult result, const char *what,
                              struct error *error) {
    if (result == VK_SUCCESS) return STATUS_OK;
    if (result == VK_ERROR_OUT_OF_HOST_MEMORY || result == VK_ERROR_OUT_OF_DEVICE_MEMORY)
        return error_set(error, STATUS_NO_MEMORY, "%s, %s: %s", context->info.name, what,
                         vk_api_result_text(result));
    struct error failure = {0};
    error_set(&failure, STATUS_IO, "%s, %s: %s", context->info.name, what, vk_api_result_text(result));
    set_failed(context, &failure, false);
    return vk_context_check(context, error);
}

enum status vk_context_submit(struct vk_context *context, VkCommandBuffer commands, VkFence fence,
                              struct error *error) {
    VkSubmitInfo submit = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &commands};
    thread_lock_acquire(context->queue_lock);
    VkResult result = context->api.QueueSubmit(context->queue, 1, &submit, fence);
    thread_lock_release(context->queue_lock);
    return vk_context_result(context, result, "submit", error);
}

enum status vk_context_wait(struct vk_context *context, VkFence fence, struct error *error) {
    VkResult result = context->api.WaitForFences(context->device, 1, &fence, VK_TRUE, context->timeout_ns);
    if (result == VK_SUCCESS || result == VK_ERROR_DEVICE_LOST)
        return vk_context_result(context, result, "wait", error);
    /* Too late, or no memory to wait with: nobody knows whether it still works on what was submitted. */
    struct error failure = {0};
    if (result == VK_TIMEOUT)
        error_set(&failure, STATUS_DEADLINE, "%s did not answer within %" PRIu64 " ms", context->info.name,
                  context->timeout_ns / 1000000);
    else
        error_set(&failure, STATUS_IO, "%s, wait: %s", context->info.name, vk_api_result_text(result));
    set_failed(context, &failure, true);
    return vk_context_check(context, error);
}

void vk_context_orphan(struct vk_context *context, const struct vk_orphan *orphan) {
    thread_lock_acquire(context->state_lock);
    bool keep = context->stuck && orphan->in_flight;
    if (keep) vec_push(&context->orphans, *orphan);
    thread_lock_release(context->state_lock);
    if (!keep) free_orphan(context, orphan);
}
