#include "tests/support/vk_shim.h"
#include "compute/device_vulkan.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <vulkan/vulkan_core.h>

#define SHIMMED_MAP(X)                                                                                       \
    X(DestroyInstance)                                                                                       \
    X(DestroyDevice)                                                                                         \
    X(CreateInstance)                                                                                        \
    X(EnumeratePhysicalDevices)                                                                              \
    X(EnumerateDeviceExtensionProperties)                                                                    \
    X(GetPhysicalDeviceProperties)                                                                           \
    X(GetPhysicalDeviceProperties2)                                                                          \
    X(GetPhysicalDeviceMemoryProperties2)                                                                    \
    X(GetPhysicalDeviceQueueFamilyProperties)                                                                \
    X(CreateDevice)                                                                                          \
    X(GetDeviceProcAddr)                                                                                     \
    X(QueueSubmit)                                                                                           \
    X(WaitForFences)                                                                                         \
    X(AllocateMemory)                                                                                        \
    X(FreeMemory)                                                                                            \
    X(DestroyBuffer)                                                                                         \
    X(DestroyFence)                                                                                          \
    X(DestroyCommandPool)                                                                                    \
    X(AllocateCommandBuffers)                                                                                \
    X(CreateComputePipelines)                                                                                \
    X(CmdDispatch)

static void *library;
static PFN_vkGetInstanceProcAddr real_resolver;
static struct {
#define X(name) PFN_vk##name name;
    SHIMMED_MAP(X)
#undef X
} real;

static struct vk_shim_plan plan;
static _Atomic uint32_t submits, allocations, pipelines, dispatches, frees_while_hanging;
static _Atomic uint32_t live; /* instances and devices */
static _Atomic uint64_t wait_ns_max;
static _Atomic bool hanging, lost;

/* What was submitted and hangs; and of which pool each command buffer is. */
#define KEPT_MAX 256
static struct {
    VkCommandBuffer commands;
    VkCommandPool pool;
    VkFence fence;
    bool hangs;
} kept[KEPT_MAX];
static _Atomic uint32_t kept_count;

/* ---- what the device is said to be ---- */

static VkResult shim_CreateInstance(const VkInstanceCreateInfo *create,
                                    const VkAllocationCallbacks *allocator, VkInstance *ret_instance) {
    if (plan.no_driver) return VK_ERROR_INCOMPATIBLE_DRIVER;
    VkResult result = real.CreateInstance(create, allocator, ret_instance);
    live += result == VK_SUCCESS;
    return result;
}

static VkResult shim_EnumeratePhysicalDevices(VkInstance instance, uint32_t *count,
                                              VkPhysicalDevice *devices) {
    if (!plan.no_devices) return real.EnumeratePhysicalDevices(instance, count, devices);
    *count = 0;
    return VK_SUCCESS;
}

static void add_extension(VkExtensionProperties *all, uint32_t room, uint32_t *count, const char *name) {
    if (all && *count < room) {
        memset(&all[*count], 0, sizeof *all);
        strcpy(all[*count].extensionName, name);
    }
    ++*count;
}

static VkResult shim_EnumerateDeviceExtensionProperties(VkPhysicalDevice device, const char *layer,
                                                        uint32_t *count, VkExtensionProperties *all) {
    uint32_t room = *count;
    if (plan.no_extensions) {
        *count = 0;
        return VK_SUCCESS;
    }
    VkResult result = real.EnumerateDeviceExtensionProperties(device, layer, count, all);
    if (plan.budget_bytes && (!all || room > *count))
        add_extension(all, room, count, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
    return result == VK_INCOMPLETE && all ? VK_SUCCESS : result;
}

static void change(VkPhysicalDeviceProperties *properties) {
    if (plan.api_version) properties->apiVersion = plan.api_version;
    if (plan.discrete) properties->deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
    if (plan.few_buffers) properties->limits.maxPerStageDescriptorStorageBuffers = 4;
    if (plan.little_shared_memory) properties->limits.maxComputeSharedMemorySize = 8192;
    if (plan.few_threads) properties->limits.maxComputeWorkGroupInvocations = 64;
}

static void shim_GetPhysicalDeviceProperties(VkPhysicalDevice device,
                                             VkPhysicalDeviceProperties *properties) {
    real.GetPhysicalDeviceProperties(device, properties);
    change(properties);
}

static void shim_GetPhysicalDeviceProperties2(VkPhysicalDevice device,
                                              VkPhysicalDeviceProperties2 *properties) {
    real.GetPhysicalDeviceProperties2(device, properties);
    change(&properties->properties);
    for (VkBaseOutStructure *next = properties->pNext; next; next = next->pNext)
        if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES &&
            plan.fast_dot_product)
            ((VkPhysicalDeviceShaderIntegerDotProductProperties *)next)
                ->integerDotProduct4x8BitPackedSignedAccelerated = VK_TRUE;
}

static void shim_GetPhysicalDeviceMemoryProperties2(VkPhysicalDevice device,
                                                    VkPhysicalDeviceMemoryProperties2 *properties) {
    real.GetPhysicalDeviceMemoryProperties2(device, properties);
    for (VkBaseOutStructure *next = properties->pNext; next; next = next->pNext)
        if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT)
            for (size_t i = 0; i < VK_MAX_MEMORY_HEAPS; i++)
                ((VkPhysicalDeviceMemoryBudgetPropertiesEXT *)next)->heapBudget[i] = plan.budget_bytes;
}

static void shim_GetPhysicalDeviceQueueFamilyProperties(VkPhysicalDevice device, uint32_t *count,
                                                        VkQueueFamilyProperties *families) {
    real.GetPhysicalDeviceQueueFamilyProperties(device, count, families);
    for (uint32_t i = 0; families && i < *count; i++) {
        if (plan.no_compute_queue) families[i].queueFlags &= ~(VkQueueFlags)VK_QUEUE_COMPUTE_BIT;
        if (plan.no_timestamps) families[i].timestampValidBits = 0;
    }
}

/* Without the extension that the real one does not have. */
static VkResult shim_CreateDevice(VkPhysicalDevice physical, const VkDeviceCreateInfo *create,
                                  const VkAllocationCallbacks *allocator, VkDevice *ret_device) {
    if (plan.no_device_opens) return VK_ERROR_INITIALIZATION_FAILED;
    const char *names[8];
    VkDeviceCreateInfo changed = *create;
    changed.enabledExtensionCount = 0;
    changed.ppEnabledExtensionNames = names;
    for (uint32_t i = 0; i < create->enabledExtensionCount; i++)
        if (!plan.budget_bytes ||
            strcmp(create->ppEnabledExtensionNames[i], VK_EXT_MEMORY_BUDGET_EXTENSION_NAME) != 0)
            names[changed.enabledExtensionCount++] = create->ppEnabledExtensionNames[i];
    VkResult result = real.CreateDevice(physical, &changed, allocator, ret_device);
    live += result == VK_SUCCESS;
    return result;
}

static void shim_DestroyInstance(VkInstance instance, const VkAllocationCallbacks *allocator) {
    live -= instance != VK_NULL_HANDLE;
    real.DestroyInstance(instance, allocator);
}

static void shim_DestroyDevice(VkDevice device, const VkAllocationCallbacks *allocator) {
    live -= device != VK_NULL_HANDLE;
    real.DestroyDevice(device, allocator);
}

/* ---- what goes wrong ---- */

static bool is_now(_Atomic uint32_t *count, uint32_t planned) {
    return atomic_fetch_add(count, 1) + 1 == planned;
}

static VkResult shim_QueueSubmit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos, VkFence fence) {
    uint32_t number = atomic_fetch_add(&submits, 1) + 1;
    if (number == plan.lost_at_submit) lost = true;
    if (lost) return VK_ERROR_DEVICE_LOST;
    if (number == plan.full_at_submit) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    if (number == plan.hangs_at_submit) hanging = true;
    for (uint32_t i = 0; hanging && i < kept_count && i < KEPT_MAX; i++) {
        if (kept[i].commands != *infos->pCommandBuffers) continue;
        kept[i].fence = fence;
        kept[i].hangs = true;
    }
    return real.QueueSubmit(queue, count, infos, fence);
}

/* The work is done all the same before the answer comes, so that the machine is quiet when the test is. */
static VkResult shim_WaitForFences(VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all,
                                   uint64_t timeout_ns) {
    if (timeout_ns > wait_ns_max) wait_ns_max = timeout_ns;
    if (lost) return VK_ERROR_DEVICE_LOST;
    if (!hanging) return real.WaitForFences(device, count, fences, all, timeout_ns);
    VkResult result = real.WaitForFences(device, count, fences, all, DEVICE_VULKAN_TIMEOUT_NS);
    return result == VK_SUCCESS ? VK_TIMEOUT : result;
}

static VkResult shim_AllocateMemory(VkDevice device, const VkMemoryAllocateInfo *info,
                                    const VkAllocationCallbacks *allocator, VkDeviceMemory *ret_memory) {
    if (is_now(&allocations, plan.full_at_allocation)) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    return real.AllocateMemory(device, info, allocator, ret_memory);
}

static VkResult shim_CreateComputePipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                            const VkComputePipelineCreateInfo *infos,
                                            const VkAllocationCallbacks *allocator,
                                            VkPipeline *ret_pipelines) {
    if (is_now(&pipelines, plan.full_at_pipeline)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    return real.CreateComputePipelines(device, cache, count, infos, allocator, ret_pipelines);
}

static void shim_CmdDispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
    if (!is_now(&dispatches, plan.lazy_at_dispatch)) real.CmdDispatch(commands, x, y, z);
}

static VkResult shim_AllocateCommandBuffers(VkDevice device, const VkCommandBufferAllocateInfo *info,
                                            VkCommandBuffer *ret_commands) {
    VkResult result = real.AllocateCommandBuffers(device, info, ret_commands);
    uint32_t index = result == VK_SUCCESS ? atomic_fetch_add(&kept_count, 1) : KEPT_MAX;
    if (index < KEPT_MAX) {
        kept[index].commands = *ret_commands;
        kept[index].pool = info->commandPool;
        kept[index].hangs = false;
    }
    return result;
}

static void shim_FreeMemory(VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *allocator) {
    if (hanging && memory) atomic_fetch_add(&frees_while_hanging, 1);
    real.FreeMemory(device, memory, allocator);
}

static void shim_DestroyBuffer(VkDevice device, VkBuffer buffer, const VkAllocationCallbacks *allocator) {
    if (hanging && buffer) atomic_fetch_add(&frees_while_hanging, 1);
    real.DestroyBuffer(device, buffer, allocator);
}

static void shim_DestroyFence(VkDevice device, VkFence fence, const VkAllocationCallbacks *allocator) {
    for (uint32_t i = 0; hanging && i < kept_count && i < KEPT_MAX; i++)
        if (kept[i].hangs && kept[i].fence == fence) atomic_fetch_add(&frees_while_hanging, 1);
    real.DestroyFence(device, fence, allocator);
}

static void shim_DestroyCommandPool(VkDevice device, VkCommandPool pool,
                                    const VkAllocationCallbacks *allocator) {
    for (uint32_t i = 0; hanging && i < kept_count && i < KEPT_MAX; i++)
        if (kept[i].hangs && kept[i].pool == pool) atomic_fetch_add(&frees_while_hanging, 1);
    real.DestroyCommandPool(device, pool, allocator);
}

/* ---- names ---- */

static PFN_vkVoidFunction shim_GetDeviceProcAddr(VkDevice device, const char *name);

/* Ours in place of `found`, which is kept to be handed on to. */
static PFN_vkVoidFunction put_between(const char *name, PFN_vkVoidFunction found) {
    if (!found || (plan.missing && !strcmp(name, plan.missing))) return NULL;
#define X(function)                                                                                          \
    if (!strcmp(name, "vk" #function)) {                                                                     \
        real.function = (PFN_vk##function)found;                                                             \
        return (PFN_vkVoidFunction)shim_##function;                                                          \
    }
    SHIMMED_MAP(X)
#undef X
    return found;
}

static PFN_vkVoidFunction shim_GetDeviceProcAddr(VkDevice device, const char *name) {
    return put_between(name, real.GetDeviceProcAddr(device, name));
}

void (*vk_shim_resolver(void *instance, const char *name))(void) {
    return put_between(name, real_resolver((VkInstance)instance, name));
}

/* ---- life ---- */

bool vk_shim_open(void) {
    library = dlopen(VULKAN_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "vkGetInstanceProcAddr") : NULL;
    memcpy(&real_resolver, &symbol, sizeof symbol);
    return real_resolver != NULL;
}

void vk_shim_close(void) {
    if (library) dlclose(library);
    library = NULL;
}

void vk_shim_set(const struct vk_shim_plan *new_plan) {
    plan = *new_plan;
    submits = allocations = pipelines = dispatches = frees_while_hanging = 0;
    wait_ns_max = 0;
    kept_count = 0;
    lost = hanging = false;
}

struct vk_shim_counts vk_shim_counts(void) {
    return (struct vk_shim_counts){.submits = submits,
                                   .allocations = allocations,
                                   .pipelines = pipelines,
                                   .dispatches = dispatches,
                                   .live = live,
                                   .frees_while_hanging = frees_while_hanging,
                                   .wait_ns_max = wait_ns_max};
}

void vk_shim_release(void) {
    hanging = false;
}
