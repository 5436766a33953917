/* vk_api.h: the functions of Vulkan, found at run time: the program starts and works where there is none.
 *
 * Owns    the loader's library, until vk_api_close.
 * Threads any, once loaded.
 * Errors  no library, and a loader or driver that lacks a function of Vulkan 1.1, are STATUS_UNSUPPORTED with
 *         what is missing. */
#ifndef NOODLE_VK_API_H
#define NOODLE_VK_API_H

#include "base/status.h"

#include <vulkan/vulkan_core.h>

#define VK_API_GLOBAL_MAP(X)                                                                                 \
    X(EnumerateInstanceVersion)                                                                              \
    X(CreateInstance)

#define VK_API_INSTANCE_MAP(X)                                                                               \
    X(DestroyInstance)                                                                                       \
    X(EnumeratePhysicalDevices)                                                                              \
    X(EnumerateDeviceExtensionProperties)                                                                    \
    X(GetPhysicalDeviceProperties)                                                                           \
    X(GetPhysicalDeviceProperties2)                                                                          \
    X(GetPhysicalDeviceFeatures2)                                                                            \
    X(GetPhysicalDeviceMemoryProperties2)                                                                    \
    X(GetPhysicalDeviceQueueFamilyProperties)                                                                \
    X(CreateDevice)                                                                                          \
    X(GetDeviceProcAddr)

#define VK_API_DEVICE_MAP(X)                                                                                 \
    X(DestroyDevice)                                                                                         \
    X(GetDeviceQueue)                                                                                        \
    X(QueueSubmit)                                                                                           \
    X(AllocateMemory)                                                                                        \
    X(FreeMemory)                                                                                            \
    X(MapMemory)                                                                                             \
    X(CreateBuffer)                                                                                          \
    X(DestroyBuffer)                                                                                         \
    X(BindBufferMemory)                                                                                      \
    X(GetBufferMemoryRequirements)                                                                           \
    X(CreateShaderModule)                                                                                    \
    X(DestroyShaderModule)                                                                                   \
    X(CreateDescriptorSetLayout)                                                                             \
    X(DestroyDescriptorSetLayout)                                                                            \
    X(CreatePipelineLayout)                                                                                  \
    X(DestroyPipelineLayout)                                                                                 \
    X(CreatePipelineCache)                                                                                   \
    X(DestroyPipelineCache)                                                                                  \
    X(GetPipelineCacheData)                                                                                  \
    X(CreateComputePipelines)                                                                                \
    X(DestroyPipeline)                                                                                       \
    X(CreateDescriptorPool)                                                                                  \
    X(DestroyDescriptorPool)                                                                                 \
    X(ResetDescriptorPool)                                                                                   \
    X(AllocateDescriptorSets)                                                                                \
    X(UpdateDescriptorSets)                                                                                  \
    X(CreateCommandPool)                                                                                     \
    X(DestroyCommandPool)                                                                                    \
    X(ResetCommandPool)                                                                                      \
    X(AllocateCommandBuffers)                                                                                \
    X(BeginCommandBuffer)                                                                                    \
    X(EndCommandBuffer)                                                                                      \
    X(CmdBindPipeline)                                                                                       \
    X(CmdBindDescriptorSets)                                                                                 \
    X(CmdPushConstants)                                                                                      \
    X(CmdDispatch)                                                                                           \
    X(CmdPipelineBarrier)                                                                                    \
    X(CmdCopyBuffer)                                                                                         \
    X(CmdFillBuffer)                                                                                         \
    X(CmdResetQueryPool)                                                                                     \
    X(CmdWriteTimestamp)                                                                                     \
    X(CreateFence)                                                                                           \
    X(DestroyFence)                                                                                          \
    X(ResetFences)                                                                                           \
    X(GetFenceStatus)                                                                                        \
    X(WaitForFences)                                                                                         \
    X(CreateQueryPool)                                                                                       \
    X(DestroyQueryPool)                                                                                      \
    X(GetQueryPoolResults)

struct vk_api {
    void *library; /* NULL when the caller gave the resolver */
    PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
#define X(name) PFN_vk##name name;
    VK_API_GLOBAL_MAP(X)
    VK_API_INSTANCE_MAP(X)
    VK_API_DEVICE_MAP(X)
#undef X
};

/* resolver: NULL for that of the library. On failure there is nothing to close. */
enum status vk_api_open(struct vk_api *api, const char *library, PFN_vkGetInstanceProcAddr resolver,
                        struct error *error);
enum status vk_api_load_instance(struct vk_api *api, VkInstance instance, struct error *error);
enum status vk_api_load_device(struct vk_api *api, VkDevice device, struct error *error);
void vk_api_close(struct vk_api *api);

const char *vk_api_result_text(VkResult result);

#endif
