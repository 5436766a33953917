/* vk_stream.h: one pass after another, each recorded anew and submitted once. Recording costs a few
 * microseconds an operation, so nothing recorded is kept.
 *
 * A tensor knows in which epoch of its stream it was last written and read; a barrier begins a new epoch. An
 * operation that touches what another of the same epoch wrote, or writes what one read, gets a barrier before
 * it; the others run beside each other.
 *
 *     idle ──vk_stream_begin──► recording ──vk_stream_run──► idle, or in flight for ever when the device is
 *     stuck
 *
 * Owns    the stream's Vulkan objects; tensors are the caller's.
 * Threads one at a time.
 * Errors  the first one while recording is kept; the rest of the pass is skipped, and vk_stream_run returns
 * it. */
#ifndef NOODLE_VK_STREAM_H
#define NOODLE_VK_STREAM_H

#include "compute/vk_memory.h"

/* Operations, as profiles name them. */
#define VK_OPERATION_MAP(X)                                                                                  \
    X(UPLOAD, "upload")                                                                                      \
    X(EMBED, "embed")                                                                                        \
    X(NORM, "norm")                                                                                          \
    X(QUANTISE, "quantise")                                                                                  \
    X(LINEAR, "linear")                                                                                      \
    X(ATTENTION, "attention")                                                                                \
    X(GAPS, "gaps")                                                                                          \
    X(LOG_SOFTMAX, "log softmax")                                                                            \
    X(MEAN_DOT, "mean dot")                                                                                  \
    X(FETCH, "fetch")

enum vk_operation {
#define X(name, text) VK_OPERATION_##name,
    VK_OPERATION_MAP(X)
#undef X
        VK_OPERATION_COUNT
};

/* A range, and when it was last used. Constants have no epochs: nobody writes them. */
struct vk_tensor {
    struct vk_range range;
    bool constant;
    uint64_t written, read; /* epochs; 0: not yet */
    uint64_t version;       /* counts what was written */
};

enum vk_access { VK_ACCESS_READS = 1, VK_ACCESS_WRITES = 2 };

struct vk_binding {
    struct vk_tensor *tensor;
    unsigned access; /* enum vk_access, or both */
};

struct vk_dispatch {
    enum vk_operation operation;
    enum vk_shader shader;
    uint32_t constants[5], constant_count;
    struct vk_binding bindings[VK_SHADER_BINDINGS_MAX];
    const void *push;
    uint32_t push_bytes;
    uint32_t groups[3];
};

/* Counted over passes while profiling. */
struct vk_profile {
    bool on;
    double ns[VK_OPERATION_COUNT];
};

struct vk_stream {
    struct vk_context *context;
    struct vk_orphan objects; /* .sets is unused: pools */
    VkCommandBuffer commands;
    struct {
        VEC_FIELDS(VkDescriptorPool);
    } pools;
    size_t pool; /* the first that may have room */
    uint64_t epoch;
    enum status status;
    struct error error;
    struct vk_profile profile;
    enum vk_operation stamps[512]; /* of which operation each pair of timestamps is */
    uint32_t stamp_count;
};

enum status vk_stream_init(struct vk_stream *stream, struct vk_context *context, struct error *error);
void vk_stream_finish(struct vk_stream *stream); /* also of one that could not be initialised */

void vk_stream_begin(struct vk_stream *stream);
void vk_stream_dispatch(struct vk_stream *stream, const struct vk_dispatch *dispatch);
void vk_stream_copy(struct vk_stream *stream, enum vk_operation operation, struct vk_tensor *from,
                    struct vk_tensor *to, VkDeviceSize size);
void vk_stream_fail(struct vk_stream *stream, enum status status, const struct error *error);
enum status vk_stream_run(struct vk_stream *stream, struct error *error);

#endif
