#include "compute/vk_survey.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHARED_BYTES_MIN 16384
#define THREADS_MIN      128

static const char *const kind_names[] = {[VULKAN_DISCRETE] = "discrete GPU",
                                         [VULKAN_INTEGRATED] = "integrated GPU",
                                         [VULKAN_VIRTUAL] = "virtual GPU",
                                         [VULKAN_OTHER] = "other device",
                                         [VULKAN_SOFTWARE] = "software"};

const char *vulkan_kind_name(enum vulkan_kind kind) {
    return kind_names[kind];
}

static enum vulkan_kind kind_of(VkPhysicalDeviceType type) {
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return VULKAN_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return VULKAN_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return VULKAN_VIRTUAL;
    case VK_PHYSICAL_DEVICE_TYPE_CPU: return VULKAN_SOFTWARE;
    default: return VULKAN_OTHER;
    }
}

struct extensions {
    bool budget, dot_product;
};

static struct extensions extensions_of(const struct vk_api *api, VkPhysicalDevice physical) {
    struct extensions found = {0};
    uint32_t count = 0;
    if (api->EnumerateDeviceExtensionProperties(physical, NULL, &count, NULL) || !count) return found;
    VkExtensionProperties *all = mem_zalloc(count * sizeof *all);
    if (api->EnumerateDeviceExtensionProperties(physical, NULL, &count, all) == VK_SUCCESS) {
        for (uint32_t i = 0; i < count; i++) {
            if (!strcmp(all[i].extensionName, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME)) found.budget = true;
            if (!strcmp(all[i].extensionName, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME))
                found.dot_product = true;
        }
    }
    mem_free(all);
    return found;
}

/* A family that computes; one that does not draw, too, keeps out of the way of who looks at the screen. */
static bool find_queue(const struct vk_api *api, struct vk_found *found) {
    VkQueueFamilyProperties families[16];
    uint32_t count = sizeof families / sizeof *families;
    api->GetPhysicalDeviceQueueFamilyProperties(found->physical, &count, families);
    bool any = false, alone = false;
    for (uint32_t i = 0; i < count; i++) {
        if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || !families[i].queueCount) continue;
        bool computes_only = !(families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT);
        if (any && (alone || !computes_only)) continue;
        any = true;
        alone = computes_only;
        found->queue_family = i;
        found->timestamp_bits = families[i].timestampValidBits;
    }
    return any;
}

/* The largest heap of its own: all of it, and what the driver says this process may use. */
static void look_at_memory(const struct vk_api *api, struct vk_found *found, bool has_budget) {
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 memory = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = has_budget ? &budget : NULL};
    api->GetPhysicalDeviceMemoryProperties2(found->physical, &memory);
    const VkPhysicalDeviceMemoryProperties *all = &memory.memoryProperties;
    struct device_vulkan_info *info = &found->info;
    for (uint32_t i = 0; i < all->memoryHeapCount; i++) {
        if (!(all->memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)) continue;
        if (all->memoryHeaps[i].size <= info->memory_bytes) continue;
        info->memory_bytes = all->memoryHeaps[i].size;
        info->budget_bytes = info->memory_bytes;
        /* Drivers have been seen to report more than there is. */
        if (has_budget && budget.heapBudget[i] && budget.heapBudget[i] < info->budget_bytes)
            info->budget_bytes = budget.heapBudget[i];
    }
    info->has_budget = has_budget;
    const VkMemoryPropertyFlags mapped =
        VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
        VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    for (uint32_t i = 0; i < all->memoryTypeCount; i++)
        info->unified |= (info->kind == VULKAN_INTEGRATED || info->kind == VULKAN_SOFTWARE) &&
                         (all->memoryTypes[i].propertyFlags & mapped) == mapped;
}

/* Four signed bytes at once, in hardware, and usable by a device of this instance. */
static bool has_dot_product(const struct vk_api *api, const struct vk_found *found) {
    VkPhysicalDeviceShaderIntegerDotProductProperties dot = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES};
    VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                              .pNext = &dot};
    api->GetPhysicalDeviceProperties2(found->physical, &properties);
    VkPhysicalDeviceShaderIntegerDotProductFeatures feature = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES};
    VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                          .pNext = &feature};
    api->GetPhysicalDeviceFeatures2(found->physical, &features);
    return feature.shaderIntegerDotProduct && dot.integerDotProduct4x8BitPackedSignedAccelerated;
}

static void set_reason(struct device_vulkan_info *info, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_reason(struct device_vulkan_info *info, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(info->reason, sizeof info->reason, format, arguments);
    va_end(arguments);
}

static void judge(struct vk_found *found, bool has_queue) {
    struct device_vulkan_info *info = &found->info;
    const VkPhysicalDeviceLimits *limits = &found->properties.limits;
    if (!has_queue)
        set_reason(info, "it has no queue that computes");
    else if (limits->maxPerStageDescriptorStorageBuffers < VK_SHADER_BINDINGS_MAX)
        set_reason(info, "a shader can have %u buffers; %d are needed",
                   limits->maxPerStageDescriptorStorageBuffers, VK_SHADER_BINDINGS_MAX);
    else if (limits->maxComputeSharedMemorySize < SHARED_BYTES_MIN)
        set_reason(info, "a workgroup has %u bytes of memory; %d are needed",
                   limits->maxComputeSharedMemorySize, SHARED_BYTES_MIN);
    else if (limits->maxComputeWorkGroupInvocations < THREADS_MIN ||
             limits->maxComputeWorkGroupSize[0] < THREADS_MIN)
        set_reason(info, "a workgroup has %u threads; %d are needed", limits->maxComputeWorkGroupInvocations,
                   THREADS_MIN);
    else if (!info->memory_bytes)
        set_reason(info, "it has no memory of its own");
    else
        info->usable = true;
    if (!info->usable) return;
    info->automatic = info->kind != VULKAN_SOFTWARE;
    set_reason(info, "%s",
               info->automatic ? "computes what is needed" : "software: only when it is asked for by number");
}

static void look_at(const struct vk_api *api, VkPhysicalDevice physical, struct vk_found *found) {
    *found = (struct vk_found){.physical = physical};
    struct device_vulkan_info *info = &found->info;
    api->GetPhysicalDeviceProperties(physical, &found->properties);
    uint32_t version = found->properties.apiVersion;
    snprintf(info->name, sizeof info->name, "%s", found->properties.deviceName);
    info->kind = kind_of(found->properties.deviceType);
    info->api_version = version;
    info->driver_version = found->properties.driverVersion;
    if (version < VK_API_VERSION_1_1) {
        set_reason(info, "it has Vulkan %u.%u; 1.1 is needed", VK_API_VERSION_MAJOR(version),
                   VK_API_VERSION_MINOR(version));
        return;
    }
    VkPhysicalDeviceIDProperties ids = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                              .pNext = &ids};
    api->GetPhysicalDeviceProperties2(physical, &properties);
    memcpy(found->device_uuid, ids.deviceUUID, VK_UUID_SIZE);
    memcpy(found->driver_uuid, ids.driverUUID, VK_UUID_SIZE);
    struct extensions extensions = extensions_of(api, physical);
    bool has_queue = find_queue(api, found);
    look_at_memory(api, found, extensions.budget);
    info->has_dot_product = extensions.dot_product && has_dot_product(api, found);
    judge(found, has_queue);
}

enum status vk_survey(const struct vk_api *api, VkInstance instance, struct vk_found *ret_found,
                      uint32_t *ret_count, struct error *error) {
    VkPhysicalDevice physical[VK_DEVICES_MAX];
    uint32_t count = VK_DEVICES_MAX;
    VkResult result = api->EnumeratePhysicalDevices(instance, &count, physical);
    if (result != VK_SUCCESS && result != VK_INCOMPLETE)
        return error_set(error, STATUS_IO, "Vulkan cannot list its devices: %s", vk_api_result_text(result));
    uint32_t placed = 0;
    for (int kind = VULKAN_DISCRETE; kind <= VULKAN_SOFTWARE; kind++) {
        for (uint32_t i = 0; i < count; i++) {
            struct vk_found found;
            look_at(api, physical[i], &found);
            if ((int)found.info.kind == kind) ret_found[placed++] = found;
        }
    }
    *ret_count = placed;
    return STATUS_OK;
}
