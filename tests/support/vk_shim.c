#include "tests/support/vk_shim.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "compute/device_vulkan.h"
#include "tests/support/random_weights.h"

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
    X(GetDeviceQueue)                                                                                        \
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
    X(BeginCommandBuffer)                                                                                    \
    X(CmdPipelineBarrier)                                                                                    \
    X(GetQueryPoolResults)                                                                                   \
    X(GetBufferMemoryRequirements)                                                                           \
    X(MapMemory)                                                                                             \
    X(CmdDispatch)

static void *library;
static PFN_vkGetInstanceProcAddr real_resolver;
static struct {
#define X(name) PFN_vk##name name;
    SHIMMED_MAP(X)
#undef X
} real;

static struct vk_shim_plan plan;
static _Atomic uint32_t submits, waits, allocations, pipelines, dispatches, frees_while_hanging;
static _Atomic uint32_t opened, lost_count, hung_count, refused_count;
static _Atomic uint32_t live; /* instances and devices */
static _Atomic uint64_t wait_ns_max;
static _Atomic uint32_t bare_dispatches, wild_maps;
static _Thread_local bool barrier_seen;
static _Thread_local uint64_t recorded_groups;   /* since the last wait */
static _Thread_local VkDeviceMemory wild_memory; /* that was allocated last */

static struct thread_lock *lock; /* of what follows */
static uint64_t storm;
static uint32_t strikes;

#define SLOW_TIMES     3
#define WILD_TYPES     3
#define UNTIL_RELEASED UINT32_MAX
#define DEVICES_MAX    16
static struct shim_device {
    VkDevice device; /* NULL: free */
    VkQueue queue;
    uint32_t number;
    bool lost;
    uint32_t hangs; /* so many waits more, and until one has seen that it does no longer */
} shims[DEVICES_MAX];

/* Command buffers: of which pool they are, and whether they hang. */
#define KEPT_MAX 256
static struct kept {
    VkCommandBuffer commands; /* NULL: free */
    VkCommandPool pool;
    VkFence fence;
    bool hangs;
} kept[KEPT_MAX];

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
    if (plan.buffer_bytes) properties->limits.maxStorageBufferRange = plan.buffer_bytes;
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
    static const VkMemoryPropertyFlags types[WILD_TYPES] = {
        VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
            VK_MEMORY_PROPERTY_HOST_CACHED_BIT,
        VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
            VK_MEMORY_PROPERTY_HOST_CACHED_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT};
    if (!plan.wild_memory) return;
    properties->memoryProperties.memoryTypeCount = WILD_TYPES;
    for (uint32_t i = 0; i < WILD_TYPES; i++)
        properties->memoryProperties.memoryTypes[i] = (VkMemoryType){.propertyFlags = types[i]};
}

/* Buffers do not take the second of those. */
static void shim_GetBufferMemoryRequirements(VkDevice device, VkBuffer buffer,
                                             VkMemoryRequirements *requirements) {
    real.GetBufferMemoryRequirements(device, buffer, requirements);
    if (plan.wild_memory) requirements->memoryTypeBits = 5;
}

static VkResult shim_MapMemory(VkDevice device, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size,
                               VkMemoryMapFlags flags, void **ret_bytes) {
    wild_maps += memory == wild_memory;
    return real.MapMemory(device, memory, offset, size, flags, ret_bytes);
}

/* The second of a pass has fewer ticks than the first. */
static VkResult shim_GetQueryPoolResults(VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count,
                                         size_t size, void *numbers, VkDeviceSize stride,
                                         VkQueryResultFlags flags) {
    VkResult result = real.GetQueryPoolResults(device, pool, first, count, size, numbers, stride, flags);
    uint64_t *ticks = numbers, start = *ticks;
    for (uint32_t i = 0; plan.short_ticks && i < count; i++)
        ticks[i] = (ticks[i] - start + UINT32_MAX) & UINT32_MAX;
    return result;
}

static void shim_GetPhysicalDeviceQueueFamilyProperties(VkPhysicalDevice device, uint32_t *count,
                                                        VkQueueFamilyProperties *families) {
    real.GetPhysicalDeviceQueueFamilyProperties(device, count, families);
    for (uint32_t i = 0; families && i < *count; i++) {
        if (plan.no_compute_queue) families[i].queueFlags &= ~(VkQueueFlags)VK_QUEUE_COMPUTE_BIT;
        if (plan.no_timestamps) families[i].timestampValidBits = 0;
        if (plan.short_ticks) families[i].timestampValidBits = 32;
    }
}

/* Under the lock; NULL for NULL. */
static struct shim_device *find_device(VkDevice device) {
    for (size_t i = 0; device && i < DEVICES_MAX; i++)
        if (shims[i].device == device) return &shims[i];
    return NULL;
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
    if (result != VK_SUCCESS) return result;
    live++;
    thread_lock_acquire(lock);
    for (size_t i = 0; i < DEVICES_MAX; i++) {
        if (shims[i].device) continue;
        shims[i] = (struct shim_device){.device = *ret_device, .number = ++opened};
        break;
    }
    thread_lock_release(lock);
    return VK_SUCCESS;
}

static void shim_GetDeviceQueue(VkDevice device, uint32_t family, uint32_t index, VkQueue *ret_queue) {
    real.GetDeviceQueue(device, family, index, ret_queue);
    thread_lock_acquire(lock);
    struct shim_device *found = find_device(device);
    if (found) found->queue = *ret_queue;
    thread_lock_release(lock);
}

static void shim_DestroyInstance(VkInstance instance, const VkAllocationCallbacks *allocator) {
    live -= instance != VK_NULL_HANDLE;
    real.DestroyInstance(instance, allocator);
}

static void shim_DestroyDevice(VkDevice device, const VkAllocationCallbacks *allocator) {
    live -= device != VK_NULL_HANDLE;
    thread_lock_acquire(lock);
    struct shim_device *found = find_device(device);
    if (found) *found = (struct shim_device){0};
    thread_lock_release(lock);
    real.DestroyDevice(device, allocator);
}

/* ---- what goes wrong ---- */

static bool is_now(_Atomic uint32_t *count, uint32_t planned) {
    return atomic_fetch_add(count, 1) + 1 == planned;
}

/* Under the lock. */
static bool happens_to(const struct shim_device *device) {
    return device && (!plan.device || plan.device == device->number);
}

/* Under the lock: something goes wrong now. */
static bool storm_strikes(void) {
    return plan.storm_one_in && random_next(&storm) % plan.storm_one_in == 0;
}

static void hang(struct shim_device *device, uint32_t waits_more) {
    device->hangs = waits_more;
    hung_count++;
}

static VkResult lose(struct shim_device *device) {
    lost_count += !device->lost;
    device->lost = true;
    return VK_ERROR_DEVICE_LOST;
}

/* Under the lock. */
static VkResult judge_submit(struct shim_device *device) {
    if (device->lost) return VK_ERROR_DEVICE_LOST;
    if (!happens_to(device)) return VK_SUCCESS;
    uint32_t number = ++submits, strike = storm_strikes() ? 1 + strikes++ % 4 : 0; /* one after another */
    if ((plan.lost_at_submit && number >= plan.lost_at_submit) || strike == 1) return lose(device);
    if (number == plan.full_at_submit || strike == 2) {
        refused_count++;
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    if (plan.hangs_at_submit && number >= plan.hangs_at_submit)
        hang(device, UNTIL_RELEASED);
    else if (strike > 2)
        hang(device, strike);
    return VK_SUCCESS;
}

static VkResult shim_QueueSubmit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos, VkFence fence) {
    struct shim_device *device = NULL;
    thread_lock_acquire(lock);
    for (size_t i = 0; !device && i < DEVICES_MAX; i++)
        if (shims[i].device && shims[i].queue == queue) device = &shims[i];
    VkResult result = device ? judge_submit(device) : VK_SUCCESS;
    for (size_t i = 0; result == VK_SUCCESS && i < KEPT_MAX; i++) {
        if (kept[i].commands != *infos->pCommandBuffers) continue;
        kept[i].fence = fence;
        kept[i].hangs = device && device->hangs;
    }
    thread_lock_release(lock);
    return result == VK_SUCCESS ? real.QueueSubmit(queue, count, infos, fence) : result;
}

/* What a wait for the device says instead of what it would. */
static VkResult judge_wait(VkDevice wanted, const VkFence *fence) {
    VkResult result = VK_SUCCESS;
    thread_lock_acquire(lock);
    struct shim_device *device = find_device(wanted);
    if (device && device->lost) {
        result = VK_ERROR_DEVICE_LOST;
    } else if (happens_to(device) && ++waits == plan.full_at_wait) {
        hang(device, UNTIL_RELEASED);
        for (size_t i = 0; i < KEPT_MAX; i++)
            kept[i].hangs |= kept[i].commands && kept[i].fence == *fence;
        result = VK_ERROR_OUT_OF_HOST_MEMORY;
    } else if (device && device->hangs > 1) {
        if (device->hangs != UNTIL_RELEASED) device->hangs--;
        result = VK_TIMEOUT;
    } else if (device) {
        device->hangs = 0;
    }
    thread_lock_release(lock);
    return result;
}

static void wait_longer(VkDevice wanted) {
    uint64_t more_ns = plan.group_ns * recorded_groups;
    recorded_groups = 0;
    thread_lock_acquire(lock);
    struct shim_device *device = find_device(wanted);
    if (device && device->number == plan.slow_device) more_ns *= SLOW_TIMES;
    thread_lock_release(lock);
    for (uint64_t end_ns = clock_now_ns() + more_ns; more_ns && clock_now_ns() < end_ns;)
        thread_yield();
}

/* The work is done all the same before the answer comes, so that the machine is quiet when the test is. */
static VkResult shim_WaitForFences(VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all,
                                   uint64_t timeout_ns) {
    if (timeout_ns > wait_ns_max) wait_ns_max = timeout_ns;
    VkResult judged = judge_wait(device, fences);
    if (judged == VK_ERROR_DEVICE_LOST) return judged;
    VkResult result = real.WaitForFences(device, count, fences, all,
                                         judged == VK_SUCCESS ? timeout_ns : DEVICE_VULKAN_TIMEOUT_NS);
    if (judged == VK_SUCCESS) wait_longer(device);
    return result == VK_SUCCESS ? judged : result;
}

static VkResult shim_AllocateMemory(VkDevice wanted, const VkMemoryAllocateInfo *info,
                                    const VkAllocationCallbacks *allocator, VkDeviceMemory *ret_memory) {
    thread_lock_acquire(lock);
    bool full =
        happens_to(find_device(wanted)) && (++allocations == plan.full_at_allocation || storm_strikes());
    refused_count += full;
    thread_lock_release(lock);
    if (full) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    VkMemoryAllocateInfo changed = *info;
    if (plan.wild_memory) changed.memoryTypeIndex = 0;
    VkResult result = real.AllocateMemory(wanted, &changed, allocator, ret_memory);
    wild_memory = plan.wild_memory && info->memoryTypeIndex == 0 ? *ret_memory : VK_NULL_HANDLE;
    return result;
}

static VkResult shim_CreateComputePipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                            const VkComputePipelineCreateInfo *infos,
                                            const VkAllocationCallbacks *allocator,
                                            VkPipeline *ret_pipelines) {
    if (is_now(&pipelines, plan.full_at_pipeline)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    return real.CreateComputePipelines(device, cache, count, infos, allocator, ret_pipelines);
}

static VkResult shim_BeginCommandBuffer(VkCommandBuffer commands, const VkCommandBufferBeginInfo *info) {
    barrier_seen = false;
    return real.BeginCommandBuffer(commands, info);
}

static void shim_CmdPipelineBarrier(VkCommandBuffer commands, VkPipelineStageFlags from,
                                    VkPipelineStageFlags to, VkDependencyFlags flags, uint32_t count,
                                    const VkMemoryBarrier *barriers, uint32_t buffer_count,
                                    const VkBufferMemoryBarrier *buffers, uint32_t image_count,
                                    const VkImageMemoryBarrier *images) {
    barrier_seen = true;
    real.CmdPipelineBarrier(commands, from, to, flags, count, barriers, buffer_count, buffers, image_count,
                            images);
}

static void shim_CmdDispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
    bare_dispatches += !barrier_seen;
    recorded_groups += (uint64_t)x * y * z;
    if (!is_now(&dispatches, plan.lazy_at_dispatch)) real.CmdDispatch(commands, x, y, z);
}

static VkResult shim_AllocateCommandBuffers(VkDevice device, const VkCommandBufferAllocateInfo *info,
                                            VkCommandBuffer *ret_commands) {
    VkResult result = real.AllocateCommandBuffers(device, info, ret_commands);
    thread_lock_acquire(lock);
    for (size_t i = 0; result == VK_SUCCESS && i < KEPT_MAX; i++) {
        if (kept[i].commands) continue;
        kept[i] = (struct kept){.commands = *ret_commands, .pool = info->commandPool};
        break;
    }
    thread_lock_release(lock);
    return result;
}

/* Memory of a device that hangs. */
static void count_free(VkDevice wanted, bool something) {
    thread_lock_acquire(lock);
    struct shim_device *device = find_device(wanted);
    frees_while_hanging += something && device && device->hangs;
    thread_lock_release(lock);
}

static void shim_FreeMemory(VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *allocator) {
    count_free(device, memory != VK_NULL_HANDLE);
    real.FreeMemory(device, memory, allocator);
}

static void shim_DestroyBuffer(VkDevice device, VkBuffer buffer, const VkAllocationCallbacks *allocator) {
    count_free(device, buffer != VK_NULL_HANDLE);
    real.DestroyBuffer(device, buffer, allocator);
}

/* What hangs with it, of a device that does; pool is forgotten. */
static void count_used(VkDevice wanted, VkFence fence, VkCommandPool pool) {
    thread_lock_acquire(lock);
    struct shim_device *device = find_device(wanted);
    for (size_t i = 0; i < KEPT_MAX; i++) {
        bool of_pool = pool && kept[i].pool == pool, of_fence = fence && kept[i].fence == fence;
        if (!kept[i].commands || (!of_pool && !of_fence)) continue;
        frees_while_hanging += device && device->hangs && kept[i].hangs;
        if (of_pool) kept[i].commands = VK_NULL_HANDLE;
        if (of_fence) kept[i].fence = VK_NULL_HANDLE;
    }
    thread_lock_release(lock);
}

static void shim_DestroyFence(VkDevice device, VkFence fence, const VkAllocationCallbacks *allocator) {
    count_used(device, fence, VK_NULL_HANDLE);
    real.DestroyFence(device, fence, allocator);
}

static void shim_DestroyCommandPool(VkDevice device, VkCommandPool pool,
                                    const VkAllocationCallbacks *allocator) {
    count_used(device, VK_NULL_HANDLE, pool);
    real.DestroyCommandPool(device, pool, allocator);
}

/* ---- names ---- */

static PFN_vkVoidFunction shim_GetDeviceProcAddr(VkDevice device, const char *name);

/* Functions that are known already are being called by others. */
static void keep(void *place, const void *function, size_t size) {
    thread_lock_acquire(lock);
    if (memcmp(place, function, size)) memcpy(place, function, size);
    thread_lock_release(lock);
}

/* Ours in place of `found`, which is kept to be handed on to. */
static PFN_vkVoidFunction put_between(const char *name, PFN_vkVoidFunction found) {
    if (!found || (plan.missing && !strcmp(name, plan.missing))) return NULL;
#define X(function)                                                                                          \
    if (!strcmp(name, "vk" #function)) {                                                                     \
        keep(&real.function, &found, sizeof found);                                                          \
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
    lock = thread_lock_create();
    if (!real_resolver) return false;
    vk_shim_set(&(struct vk_shim_plan){0});
    struct device_vulkan_params params = {.resolver = vk_shim_resolver};
    struct device_vulkan_info *infos;
    uint32_t count;
    struct error error = {0};
    if (device_vulkan_list(&params, &infos, &count, &error)) return false;
    mem_free(infos);
    return count > 0;
}

void vk_shim_close(void) {
    if (library) dlclose(library);
    library = NULL;
    thread_lock_destroy(lock);
    lock = NULL;
}

void vk_shim_set(const struct vk_shim_plan *new_plan) {
    plan = *new_plan;
    submits = waits = allocations = pipelines = dispatches = frees_while_hanging = 0;
    bare_dispatches = wild_maps = 0;
    lost_count = hung_count = refused_count = 0;
    if (!live) opened = 0; /* those that are there keep their numbers */
    wait_ns_max = 0;
    storm = plan.seed;
    strikes = 0;
    for (size_t i = 0; i < DEVICES_MAX; i++)
        shims[i] = (struct shim_device){
            .device = shims[i].device, .queue = shims[i].queue, .number = shims[i].number};
}

struct vk_shim_counts vk_shim_counts(void) {
    return (struct vk_shim_counts){.submits = submits,
                                   .waits = waits,
                                   .allocations = allocations,
                                   .pipelines = pipelines,
                                   .dispatches = dispatches,
                                   .opened = opened,
                                   .lost = lost_count,
                                   .hung = hung_count,
                                   .refused = refused_count,
                                   .live = live,
                                   .frees_while_hanging = frees_while_hanging,
                                   .bare_dispatches = bare_dispatches,
                                   .wild_maps = wild_maps,
                                   .wait_ns_max = wait_ns_max};
}

void vk_shim_release(void) {
    thread_lock_acquire(lock);
    for (size_t i = 0; i < DEVICES_MAX; i++)
        shims[i].hangs = 0;
    thread_lock_release(lock);
}
