#include "compute/vk_pipeline.h"
#include "base/beside.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAGIC     "noodleVK"
#define FILE_VERSION   1
#define FILE_BYTES_MAX (64u << 20)

/* At the front of the file; numbers as this machine has them, for nobody else reads it. */
struct file_header {
    char magic[8];
    uint32_t version, vendor, device, driver;
    uint8_t uuid[VK_UUID_SIZE];
    uint64_t shaders, size, hash; /* of what follows */
};

static struct file_header file_header_of(const struct vk_context *context, const void *bytes, size_t size) {
    VkPhysicalDeviceProperties properties;
    context->api.GetPhysicalDeviceProperties(context->physical, &properties);
    struct file_header header = {.version = FILE_VERSION,
                                 .vendor = properties.vendorID,
                                 .device = properties.deviceID,
                                 .driver = properties.driverVersion,
                                 .shaders = vk_shader_hash(),
                                 .size = size,
                                 .hash = hash64(bytes, size, 0)};
    memcpy(header.magic, FILE_MAGIC, sizeof header.magic);
    memcpy(header.uuid, properties.pipelineCacheUUID, VK_UUID_SIZE);
    return header;
}

/* What follows the header, or NULL. */
static unsigned char *read_cache(const struct vk_context *context, size_t *ret_size) {
    FILE *file = context->cache_path ? fopen(context->cache_path, "rb") : NULL;
    if (!file) return NULL;
    struct file_header header;
    unsigned char *bytes = NULL;
    bool good =
        fread(&header, sizeof header, 1, file) == 1 && header.size > 0 && header.size <= FILE_BYTES_MAX;
    if (good) bytes = mem_try_alloc(header.size);
    good = good && bytes && fread(bytes, header.size, 1, file) == 1 && fgetc(file) == EOF;
    if (good) {
        struct file_header wanted = file_header_of(context, bytes, header.size);
        good = !memcmp(&header, &wanted, sizeof header);
    }
    fclose(file);
    if (!good) {
        mem_free(bytes);
        return NULL;
    }
    *ret_size = header.size;
    return bytes;
}

static bool write_cache(const char *path, const struct file_header *header, const void *bytes) {
    struct beside beside;
    if (beside_open(path, &beside, NULL)) return false;
    if (!beside_add(&beside, header, sizeof *header, NULL) && !beside_add(&beside, bytes, header->size, NULL))
        return beside_commit(&beside, NULL) == STATUS_OK;
    beside_abandon(&beside);
    return false;
}

static char *cache_path(const struct vk_found *found, const char *folder) {
    uint64_t hash = hash64(found->device_uuid, VK_UUID_SIZE, vk_shader_hash());
    hash = hash64(found->driver_uuid, VK_UUID_SIZE, hash);
    hash = hash64(&found->properties.driverVersion, sizeof found->properties.driverVersion, hash);
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/vulkan-%016" PRIx64 ".bin", folder, hash);
    return str_detach(&path);
}

enum status vk_pipeline_init(struct vk_context *context, const struct vk_found *found,
                             const char *cache_folder, struct error *error) {
    const struct vk_api *api = &context->api;
    if (cache_folder) context->cache_path = cache_path(found, cache_folder);
    size_t size = 0;
    unsigned char *bytes = read_cache(context, &size);
    context->cache_hit = bytes != NULL;
    context->cache_saved_bytes = size;
    VkPipelineCacheCreateInfo cache = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
                                       .initialDataSize = size,
                                       .pInitialData = bytes};
    VkResult result = api->CreatePipelineCache(context->device, &cache, NULL, &context->cache);
    mem_free(bytes);
    VkDescriptorSetLayoutBinding bindings[VK_SHADER_BINDINGS_MAX];
    VkPushConstantRange push = {.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = VK_PUSH_BYTES};
    for (uint32_t count = 1; result == VK_SUCCESS && count <= VK_SHADER_BINDINGS_MAX; count++) {
        bindings[count - 1] =
            (VkDescriptorSetLayoutBinding){.binding = count - 1,
                                           .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                           .descriptorCount = 1,
                                           .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT};
        VkDescriptorSetLayoutCreateInfo set = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                               .bindingCount = count,
                                               .pBindings = bindings};
        result = api->CreateDescriptorSetLayout(context->device, &set, NULL, &context->set_layouts[count]);
        if (result != VK_SUCCESS) break;
        VkPipelineLayoutCreateInfo layout = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                             .setLayoutCount = 1,
                                             .pSetLayouts = &context->set_layouts[count],
                                             .pushConstantRangeCount = 1,
                                             .pPushConstantRanges = &push};
        result = api->CreatePipelineLayout(context->device, &layout, NULL, &context->layouts[count]);
    }
    return vk_context_result(context, result, "pipelines", error);
}

static VkResult create_pipeline(struct vk_context *context, struct vk_pipeline *pipeline,
                                uint32_t constant_count) {
    struct vk_shader_code code = vk_shader_code(pipeline->shader);
    VkShaderModuleCreateInfo create = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                       .codeSize = code.size_bytes,
                                       .pCode = code.words};
    VkShaderModule module;
    VkResult result = context->api.CreateShaderModule(context->device, &create, NULL, &module);
    if (result != VK_SUCCESS) return result;
    VkSpecializationMapEntry entries[5];
    for (uint32_t i = 0; i < constant_count; i++)
        entries[i] = (VkSpecializationMapEntry){
            .constantID = i, .offset = i * (uint32_t)sizeof(uint32_t), .size = sizeof(uint32_t)};
    VkSpecializationInfo special = {.mapEntryCount = constant_count,
                                    .pMapEntries = entries,
                                    .dataSize = constant_count * sizeof(uint32_t),
                                    .pData = pipeline->constants};
    VkComputePipelineCreateInfo compute = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = module,
                  .pName = "main",
                  .pSpecializationInfo = &special},
        .layout = context->layouts[code.bindings]};
    result = context->api.CreateComputePipelines(context->device, context->cache, 1, &compute, NULL,
                                                 &pipeline->pipeline);
    context->api.DestroyShaderModule(context->device, module, NULL);
    return result;
}

enum status vk_pipeline_get(struct vk_context *context, enum vk_shader shader, const uint32_t *constants,
                            uint32_t constant_count, VkPipeline *ret_pipeline, struct error *error) {
    struct vk_pipeline wanted = {.shader = shader};
    memcpy(wanted.constants, constants, constant_count * sizeof *constants);
    enum status status = STATUS_OK;
    thread_lock_acquire(context->pipeline_lock);
    for (size_t i = 0; !wanted.pipeline && i < context->pipelines.count; i++) {
        const struct vk_pipeline *made = &context->pipelines.items[i];
        if (made->shader == shader && !memcmp(made->constants, wanted.constants, sizeof wanted.constants))
            wanted.pipeline = made->pipeline;
    }
    if (!wanted.pipeline) {
        status = vk_context_result(context, create_pipeline(context, &wanted, constant_count),
                                   vk_shader_code(shader).name, error);
        if (!status) vec_push(&context->pipelines, wanted);
    }
    thread_lock_release(context->pipeline_lock);
    if (!status) *ret_pipeline = wanted.pipeline;
    return status;
}

void vk_pipeline_save(struct vk_context *context) {
    if (!context->cache_path) return;
    size_t size = 0;
    VkResult result = context->api.GetPipelineCacheData(context->device, context->cache, &size, NULL);
    if (result != VK_SUCCESS || !size || size > FILE_BYTES_MAX || size == context->cache_saved_bytes) return;
    void *bytes = mem_try_alloc(size);
    if (!bytes) return;
    if (context->api.GetPipelineCacheData(context->device, context->cache, &size, bytes) == VK_SUCCESS) {
        struct file_header header = file_header_of(context, bytes, size);
        if (write_cache(context->cache_path, &header, bytes)) context->cache_saved_bytes = size;
    }
    mem_free(bytes);
}

void vk_pipeline_finish(struct vk_context *context) {
    const struct vk_api *api = &context->api;
    for (size_t i = 0; i < context->pipelines.count; i++)
        api->DestroyPipeline(context->device, context->pipelines.items[i].pipeline, NULL);
    vec_finish(&context->pipelines);
    api->DestroyPipelineCache(context->device, context->cache, NULL);
    for (size_t i = 1; i <= VK_SHADER_BINDINGS_MAX; i++) {
        api->DestroyPipelineLayout(context->device, context->layouts[i], NULL);
        api->DestroyDescriptorSetLayout(context->device, context->set_layouts[i], NULL);
    }
}
