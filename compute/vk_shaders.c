#include "compute/vk_shaders.h"
#include "base/hash.h"

#define X(name, bindings)                                                                                    \
    extern const uint32_t vk_shader_##name[];                                                                \
    extern const size_t vk_shader_##name##_bytes;
VK_SHADER_MAP(X)
#undef X

struct vk_shader_code vk_shader_code(enum vk_shader shader) {
    switch (shader) {
#define X(name, bindings)                                                                                    \
    case VK_SHADER_##name:                                                                                   \
        return (struct vk_shader_code){#name, vk_shader_##name, vk_shader_##name##_bytes, bindings};
        VK_SHADER_MAP(X)
#undef X
    case VK_SHADER_COUNT: break;
    }
    return (struct vk_shader_code){0};
}

uint64_t vk_shader_hash(void) {
    uint64_t hash = 0;
    for (int shader = 0; shader < VK_SHADER_COUNT; shader++) {
        struct vk_shader_code code = vk_shader_code((enum vk_shader)shader);
        hash = hash64(code.words, code.size_bytes, hash);
    }
    return hash;
}
