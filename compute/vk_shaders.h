/* vk_shaders.h: the shaders of shaders/ as the build compiled them.
 *
 * Owns    nothing; the words are a part of the program.
 * Threads any.
 * Errors  none. */
#ifndef NOODLE_VK_SHADERS_H
#define NOODLE_VK_SHADERS_H

#include <stddef.h>
#include <stdint.h>

/* Name and how many storage buffers it binds, from 0. */
#define VK_SHADER_MAP(X)                                                                                     \
    X(embed, 5)                                                                                              \
    X(norm, 3)                                                                                               \
    X(quantise, 3)                                                                                           \
    X(linear_fp32, 4)                                                                                        \
    X(linear_fp16, 4)                                                                                        \
    X(linear_int8, 6)                                                                                        \
    X(linear_int8_dot, 6)                                                                                    \
    X(attention, 4)                                                                                          \
    X(gaps, 5)                                                                                               \
    X(log_softmax, 1)                                                                                        \
    X(mean_dot, 4)

#define VK_SHADER_BINDINGS_MAX 6

enum vk_shader {
#define X(name, bindings) VK_SHADER_##name,
    VK_SHADER_MAP(X)
#undef X
        VK_SHADER_COUNT
};

struct vk_shader_code {
    const char *name;
    const uint32_t *words;
    size_t size_bytes;
    uint32_t bindings;
};

struct vk_shader_code vk_shader_code(enum vk_shader shader);

uint64_t vk_shader_hash(void); /* of all of them: what pipelines were built from */

#endif
