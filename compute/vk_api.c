#include "compute/vk_api.h"

#include <dlfcn.h>
#include <string.h>

enum status vk_api_open(struct vk_api *api, const char *library, PFN_vkGetInstanceProcAddr resolver,
                        struct error *error) {
    *api = (struct vk_api){.GetInstanceProcAddr = resolver};
    if (!resolver) {
        api->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
        if (!api->library)
            return error_set(error, STATUS_UNSUPPORTED,
                             "no %s: install the Vulkan loader (Debian: libvulkan1) and the GPU's driver",
                             library);
        void *symbol = dlsym(api->library, "vkGetInstanceProcAddr");
        memcpy(&api->GetInstanceProcAddr, &symbol, sizeof symbol);
    }
    const char *missing = api->GetInstanceProcAddr ? NULL : "vkGetInstanceProcAddr";
#define X(name)                                                                                              \
    if (!missing) {                                                                                          \
        api->name = (PFN_vk##name)api->GetInstanceProcAddr(NULL, "vk" #name);                                \
        if (!api->name) missing = "vk" #name;                                                                \
    }
    VK_API_GLOBAL_MAP(X)
#undef X
    if (!missing) return STATUS_OK;
    vk_api_close(api);
    return error_set(error, STATUS_UNSUPPORTED, "%s has no %s: a Vulkan 1.1 loader is needed", library,
                     missing);
}

enum status vk_api_load_instance(struct vk_api *api, VkInstance instance, struct error *error) {
#define X(name)                                                                                              \
    api->name = (PFN_vk##name)api->GetInstanceProcAddr(instance, "vk" #name);                                \
    if (!api->name) return error_set(error, STATUS_UNSUPPORTED, "the Vulkan loader has no vk" #name);
    VK_API_INSTANCE_MAP(X)
#undef X
    return STATUS_OK;
}

enum status vk_api_load_device(struct vk_api *api, VkDevice device, struct error *error) {
#define X(name)                                                                                              \
    api->name = (PFN_vk##name)api->GetDeviceProcAddr(device, "vk" #name);                                    \
    if (!api->name) return error_set(error, STATUS_UNSUPPORTED, "the GPU's driver has no vk" #name);
    VK_API_DEVICE_MAP(X)
#undef X
    return STATUS_OK;
}

void vk_api_close(struct vk_api *api) {
    if (api->library) dlclose(api->library);
    *api = (struct vk_api){0};
}

const char *vk_api_result_text(VkResult result) {
    switch (result) {
    case VK_SUCCESS: return "success";
    case VK_NOT_READY: return "not ready";
    case VK_TIMEOUT: return "timeout";
    case VK_ERROR_OUT_OF_HOST_MEMORY: return "out of memory";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "out of GPU memory";
    case VK_ERROR_INITIALIZATION_FAILED: return "initialisation failed";
    case VK_ERROR_DEVICE_LOST: return "the device was lost";
    case VK_ERROR_MEMORY_MAP_FAILED: return "memory cannot be mapped";
    case VK_ERROR_LAYER_NOT_PRESENT: return "a layer is missing";
    case VK_ERROR_EXTENSION_NOT_PRESENT: return "an extension is missing";
    case VK_ERROR_FEATURE_NOT_PRESENT: return "a feature is missing";
    case VK_ERROR_INCOMPATIBLE_DRIVER: return "no driver for a GPU is installed";
    case VK_ERROR_TOO_MANY_OBJECTS: return "too many objects";
    case VK_ERROR_OUT_OF_POOL_MEMORY: return "a pool is full";
    default: return "an error of the driver";
    }
}
