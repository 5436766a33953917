#include "compute/device_vulkan.h"
#include "base/mem.h"
#include "compute/device_backend.h"
#include "compute/device_check.h"
#include "compute/vk_linear.h"
#include "compute/vk_pipeline.h"
#include "compute/vk_stream.h"

#include <string.h>

/* Threads of workgroups; the first two divide a row among them. */
#define NARROW_ROW_THREADS 64
#define WIDE_ROW_THREADS   128
#define WIDE_ROW           256 /* columns */
#define QUERY_THREADS      64
#define KEYS_MAX           32   /* of a tile of attention */
#define KEYS_FLOATS        2048 /* of the keys of a tile: with the values 16 KiB */
#define KEYS_STEP          4

/* shaders/embed.comp reads tokens as nine words. */
_Static_assert(sizeof(struct device_token) == 36 && offsetof(struct device_token, gram_count) == 2 &&
                   offsetof(struct device_token, features) == 3 && offsetof(struct device_token, grams) == 12,
               "a token is as the shader reads it");
_Static_assert(VULKAN_OPERATIONS == VK_OPERATION_COUNT, "a profile has all operations");

static const char *const operation_names[] = {
#define X(name, text) text,
    VK_OPERATION_MAP(X)
#undef X
};

struct vulkan {
    struct device device;
    struct vk_context *context;
    bool is_being_tested;           /* nothing is tested before it is used */
    struct thread_lock *check_lock; /* of the next two */
    bool checked[PRECISION_INT8 + 1];
    double check_error[PRECISION_INT8 + 1];
    struct thread_lock *profile_lock; /* of the sums */
    _Atomic bool profiling;
    double profile_ns[VK_OPERATION_COUNT];
};

struct vulkan_buffer {
    struct device_buffer buffer;
    struct vk_tensor tensor;
};

/* What the CPU reads after a pass, of a buffer out of its reach. */
struct fetched {
    const struct vulkan_buffer *buffer;
    struct vk_tensor copy;
    bool in_this_pass;
};

struct vulkan_table {
    struct device_table table;
    struct vk_tensor tensor;
};

struct vulkan_stream {
    struct device_stream stream;
    struct vk_stream pass;
    struct vk_tensor starts, tokens; /* of the batch */
    struct vk_tensor host_starts,
        host_tokens; /* where the CPU puts them; nothing when it reaches the others */
    struct vk_linear_scratch scratch;
    struct {
        VEC_FIELDS(struct fetched);
    } fetched;
};

static struct vulkan *vulkan_of(const struct device *device) {
    return (struct vulkan *)device;
}

static struct vk_context *context_of(const struct device *device) {
    return vulkan_of(device)->context;
}

static struct vk_tensor *tensor_of(const struct device_buffer *buffer) {
    return &((struct vulkan_buffer *)buffer)->tensor;
}

static struct vk_tensor *table_tensor(const struct device_table *table) {
    return &((struct vulkan_table *)table)->tensor;
}

/* ---- self-test ---- */

enum status device_vulkan_check(struct device *device, enum precision precision, double *ret_largest_error,
                                struct error *error) {
    struct vulkan *vulkan = vulkan_of(device);
    thread_lock_acquire(vulkan->check_lock);
    bool checked = vulkan->checked[precision];
    double largest_error = vulkan->check_error[precision];
    thread_lock_release(vulkan->check_lock);
    if (!checked) {
        struct vulkan tested = {
            .device = vulkan->device, .context = vulkan->context, .is_being_tested = true};
        enum status status = device_check(&tested.device, precision, &largest_error, error);
        if (status) return status;
        thread_lock_acquire(vulkan->check_lock);
        vulkan->checked[precision] = true;
        vulkan->check_error[precision] = largest_error;
        thread_lock_release(vulkan->check_lock);
    }
    if (ret_largest_error) *ret_largest_error = largest_error;
    return STATUS_OK;
}

/* ---- memory ---- */

static enum status matrix_create(struct device *device, const struct device_matrix_params *params,
                                 struct device_matrix **ret_matrix, struct error *error) {
    enum status status = STATUS_OK;
    if (!vulkan_of(device)->is_being_tested)
        status = device_vulkan_check(device, params->precision, NULL, error);
    if (status) return status;
    return vk_matrix_create(context_of(device), params, ret_matrix, error);
}

static void matrix_destroy(struct device_matrix *matrix) {
    vk_matrix_destroy(context_of(matrix->device), matrix);
}

static void table_free(struct vk_context *context, struct vulkan_table *table) {
    vk_memory_free(context, &table->tensor.range);
    mem_free(table);
}

static enum status table_fill(struct vk_context *context, const struct device_table_params *params,
                              struct vulkan_table *table, struct error *error) {
    size_t count = (size_t)params->rows * params->columns;
    size_t row_bytes = params->columns * quant_format_bytes(params->format);
    float *numbers = mem_try_alloc(count * sizeof *numbers);
    if (!numbers)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a table of %u x %u numbers", params->rows,
                         params->columns);
    for (uint32_t row = 0; row < params->rows; row++)
        quant_widen(params->format, (const unsigned char *)params->values + row * row_bytes,
                    params->scales ? params->scales[row] : 1, params->columns,
                    numbers + (size_t)row * params->columns);
    enum status status =
        vk_memory_fill(context, &table->tensor.range, numbers, count * sizeof *numbers, error);
    mem_free(numbers);
    return status;
}

static enum status table_create(struct device *device, const struct device_table_params *params,
                                struct device_table **ret_table, struct error *error) {
    struct vk_context *context = context_of(device);
    VkDeviceSize size = (VkDeviceSize)params->rows * params->columns * sizeof(float);
    struct vulkan_table *table = mem_zalloc(sizeof *table);
    table->tensor.constant = true;
    enum status status = vk_memory_alloc(context, VK_MEMORY_TENSORS, size, &table->tensor.range, error);
    if (!status) status = table_fill(context, params, table, error);
    if (status)
        table_free(context, table);
    else
        *ret_table = &table->table;
    return status;
}

static void table_destroy(struct device_table *table) {
    table_free(context_of(table->device), (struct vulkan_table *)table);
}

static void buffer_free(struct vk_context *context, struct vulkan_buffer *buffer) {
    vk_memory_free(context, &buffer->tensor.range);
    mem_free(buffer);
}

static enum status buffer_create(struct device *device, uint32_t rows, uint32_t columns,
                                 const float *contents, struct device_buffer **ret_buffer,
                                 struct error *error) {
    struct vk_context *context = context_of(device);
    VkDeviceSize size = (VkDeviceSize)rows * columns * sizeof *contents;
    struct vulkan_buffer *buffer = mem_zalloc(sizeof *buffer);
    buffer->tensor.constant = contents != NULL;
    enum status status = vk_memory_alloc(context, VK_MEMORY_TENSORS, size, &buffer->tensor.range, error);
    if (!status) status = vk_memory_fill(context, &buffer->tensor.range, contents, size, error);
    if (status)
        buffer_free(context, buffer);
    else
        *ret_buffer = &buffer->buffer;
    return status;
}

static void buffer_destroy(struct device_buffer *buffer) {
    buffer_free(context_of(buffer->device), (struct vulkan_buffer *)buffer);
}

static void stream_free(struct vk_context *context, struct vulkan_stream *stream) {
    vk_stream_finish(&stream->pass);
    struct vk_tensor *const tensors[] = {&stream->starts, &stream->tokens, &stream->host_starts,
                                         &stream->host_tokens};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        vk_memory_free(context, &tensors[i]->range);
    for (size_t i = 0; i < stream->fetched.count; i++)
        vk_memory_free(context, &stream->fetched.items[i].copy.range);
    vec_finish(&stream->fetched);
    vk_linear_scratch_finish(context, &stream->scratch);
    mem_free(stream);
}

/* An input of the pass: where the shaders read it, and where the CPU writes it. */
static enum status input_create(struct vk_context *context, VkDeviceSize size, struct vk_tensor *tensor,
                                struct vk_tensor *host, struct error *error) {
    enum status status = vk_memory_alloc(context, VK_MEMORY_TENSORS, size, &tensor->range, error);
    if (!status && !tensor->range.mapped)
        status = vk_memory_alloc(context, VK_MEMORY_UPLOAD, size, &host->range, error);
    return status;
}

static enum status stream_create(struct device *device, uint32_t rows_max, uint32_t columns_max,
                                 struct device_stream **ret_stream, struct error *error) {
    struct vk_context *context = context_of(device);
    if (rows_max > context->limits.rows_max)
        return error_set(error, STATUS_TOO_LARGE, "%s takes %u rows at once, not %u", context->info.name,
                         context->limits.rows_max, rows_max);
    enum status status = vk_context_check(context, error);
    if (status) return status;
    struct vulkan_stream *stream = mem_zalloc(sizeof *stream);
    status = vk_stream_init(&stream->pass, context, error);
    if (!status)
        status = input_create(context, (DEVICE_WINDOWS_MAX + 1) * sizeof(uint32_t), &stream->starts,
                              &stream->host_starts, error);
    if (!status)
        status = input_create(context, (VkDeviceSize)rows_max * sizeof(struct device_token), &stream->tokens,
                              &stream->host_tokens, error);
    if (!status) status = vk_linear_scratch_init(context, rows_max, columns_max, &stream->scratch, error);
    if (status)
        stream_free(context, stream);
    else
        *ret_stream = &stream->stream;
    return status;
}

static void stream_destroy(struct device_stream *stream) {
    stream_free(context_of(stream->device), (struct vulkan_stream *)stream);
}

/* ---- operations ---- */

static void upload(struct vulkan_stream *stream, struct vk_tensor *tensor, struct vk_tensor *host,
                   const void *bytes, size_t size) {
    if (stream->pass.status) return; /* an earlier pass may still read */
    memcpy(host->range.mapped ? host->range.mapped : tensor->range.mapped, bytes, size);
    if (host->range.mapped) vk_stream_copy(&stream->pass, VK_OPERATION_UPLOAD, host, tensor, size);
}

static void begin(struct device_stream *base) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    stream->pass.profile.on = vulkan_of(base->device)->profiling;
    for (size_t i = 0; i < stream->fetched.count; i++)
        stream->fetched.items[i].in_this_pass = false;
    vk_linear_scratch_begin(&stream->scratch);
    vk_stream_begin(&stream->pass);
    upload(stream, &stream->starts, &stream->host_starts, base->starts,
           (base->window_count + 1) * sizeof *base->starts);
}

static uint32_t threads_of(uint32_t columns) {
    return columns > WIDE_ROW ? WIDE_ROW_THREADS : NARROW_ROW_THREADS;
}

static uint32_t longest_window(const struct device_stream *stream) {
    uint32_t longest = 0;
    for (uint32_t i = 0; i < stream->window_count; i++) {
        uint32_t rows = stream->starts[i + 1] - stream->starts[i];
        if (rows > longest) longest = rows;
    }
    return longest;
}

static void embed(struct device_stream *base, const struct device_embed_params *params) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    upload(stream, &stream->tokens, &stream->host_tokens, params->tokens,
           base->rows * sizeof *params->tokens);
    struct {
        uint32_t width, offsets[DEVICE_FEATURES];
    } push = {.width = params->output->columns};
    memcpy(push.offsets, params->feature_offsets, sizeof push.offsets);
    vk_stream_dispatch(&stream->pass,
                       &(struct vk_dispatch){.operation = VK_OPERATION_EMBED,
                                             .shader = VK_SHADER_embed,
                                             .constants = {threads_of(push.width)},
                                             .constant_count = 1,
                                             .bindings = {{&stream->tokens, VK_ACCESS_READS},
                                                          {table_tensor(params->token), VK_ACCESS_READS},
                                                          {table_tensor(params->feature), VK_ACCESS_READS},
                                                          {table_tensor(params->gram), VK_ACCESS_READS},
                                                          {tensor_of(params->output), VK_ACCESS_WRITES}},
                                             .push = &push,
                                             .push_bytes = sizeof push,
                                             .groups = {base->rows, 1, 1}});
}

static void norm(struct device_stream *base, const struct device_buffer *input,
                 const struct device_buffer *weight, struct device_buffer *output) {
    vk_stream_dispatch(&((struct vulkan_stream *)base)->pass,
                       &(struct vk_dispatch){.operation = VK_OPERATION_NORM,
                                             .shader = VK_SHADER_norm,
                                             .constants = {threads_of(input->columns)},
                                             .constant_count = 1,
                                             .bindings = {{tensor_of(input), VK_ACCESS_READS},
                                                          {tensor_of(weight), VK_ACCESS_READS},
                                                          {tensor_of(output), VK_ACCESS_WRITES}},
                                             .push = &input->columns,
                                             .push_bytes = sizeof input->columns,
                                             .groups = {base->rows, 1, 1}});
}

static void linear(struct device_stream *base, uint32_t rows, const struct device_buffer *input,
                   const struct device_matrix *matrix, const struct device_buffer *bias,
                   enum device_store store, struct device_buffer *output) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    vk_linear(&stream->pass, &stream->scratch,
              &(struct vk_linear_params){.matrix = matrix,
                                         .rows = rows,
                                         .input = tensor_of(input),
                                         .bias = tensor_of(bias),
                                         .store = store,
                                         .output = tensor_of(output)});
}

static void attention(struct device_stream *base, const struct device_buffer *input,
                      const struct device_buffer *position, struct device_buffer *output) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    struct {
        uint32_t width, positions;
    } push = {output->columns, position->columns};
    uint32_t head_size = output->columns / position->rows, keys = KEYS_FLOATS / head_size;
    if (keys > KEYS_MAX) keys = KEYS_MAX;
    vk_stream_dispatch(
        &stream->pass,
        &(struct vk_dispatch){.operation = VK_OPERATION_ATTENTION,
                              .shader = VK_SHADER_attention,
                              .constants = {QUERY_THREADS, head_size, keys / KEYS_STEP * KEYS_STEP},
                              .constant_count = 3,
                              .bindings = {{&stream->starts, VK_ACCESS_READS},
                                           {tensor_of(input), VK_ACCESS_READS},
                                           {tensor_of(position), VK_ACCESS_READS},
                                           {tensor_of(output), VK_ACCESS_WRITES}},
                              .push = &push,
                              .push_bytes = sizeof push,
                              .groups = {(longest_window(base) + QUERY_THREADS - 1) / QUERY_THREADS,
                                         position->rows, base->window_count}});
}

static void gaps(struct device_stream *base, const struct device_buffer *left,
                 const struct device_buffer *right, const struct device_buffer *bias,
                 struct device_buffer *output) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    vk_stream_dispatch(&stream->pass,
                       &(struct vk_dispatch){.operation = VK_OPERATION_GAPS,
                                             .shader = VK_SHADER_gaps,
                                             .constants = {threads_of(output->columns)},
                                             .constant_count = 1,
                                             .bindings = {{&stream->starts, VK_ACCESS_READS},
                                                          {tensor_of(left), VK_ACCESS_READS},
                                                          {tensor_of(right), VK_ACCESS_READS},
                                                          {tensor_of(bias), VK_ACCESS_READS},
                                                          {tensor_of(output), VK_ACCESS_WRITES}},
                                             .push = &output->columns,
                                             .push_bytes = sizeof output->columns,
                                             .groups = {longest_window(base) + 1, base->window_count, 1}});
}

static void log_softmax(struct device_stream *base, uint32_t rows, struct device_buffer *buffer) {
    vk_stream_dispatch(
        &((struct vulkan_stream *)base)->pass,
        &(struct vk_dispatch){.operation = VK_OPERATION_LOG_SOFTMAX,
                              .shader = VK_SHADER_log_softmax,
                              .constants = {threads_of(buffer->columns)},
                              .constant_count = 1,
                              .bindings = {{tensor_of(buffer), VK_ACCESS_READS | VK_ACCESS_WRITES}},
                              .push = &buffer->columns,
                              .push_bytes = sizeof buffer->columns,
                              .groups = {rows, 1, 1}});
}

static void mean_dot(struct device_stream *base, const struct device_buffer *input,
                     const struct device_buffer *weight, struct device_buffer *output) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    vk_stream_dispatch(&stream->pass,
                       &(struct vk_dispatch){.operation = VK_OPERATION_MEAN_DOT,
                                             .shader = VK_SHADER_mean_dot,
                                             .constants = {WIDE_ROW_THREADS},
                                             .constant_count = 1,
                                             .bindings = {{&stream->starts, VK_ACCESS_READS},
                                                          {tensor_of(input), VK_ACCESS_READS},
                                                          {tensor_of(weight), VK_ACCESS_READS},
                                                          {tensor_of(output), VK_ACCESS_WRITES}},
                                             .push = &input->columns,
                                             .push_bytes = sizeof input->columns,
                                             .groups = {base->window_count, 1, 1}});
}

/* Its place among those fetched, made when it is new or has grown. */
static struct fetched *place_of(struct vulkan_stream *stream, const struct vulkan_buffer *buffer,
                                struct error *error) {
    struct vk_context *context = stream->pass.context;
    size_t i = 0;
    while (i < stream->fetched.count && stream->fetched.items[i].buffer != buffer)
        i++;
    if (i == stream->fetched.count) vec_push(&stream->fetched, (struct fetched){.buffer = buffer});
    struct fetched *fetched = &stream->fetched.items[i];
    if (fetched->copy.range.size >= buffer->tensor.range.size) return fetched;
    vk_memory_free(context, &fetched->copy.range);
    if (vk_memory_alloc(context, VK_MEMORY_READBACK, buffer->tensor.range.size, &fetched->copy.range, error))
        return NULL;
    return fetched;
}

static void fetch(struct device_stream *base, uint32_t rows, const struct device_buffer *buffer) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    if (tensor_of(buffer)->range.mapped || stream->pass.status) return;
    struct error error = {0};
    struct fetched *fetched = place_of(stream, (const struct vulkan_buffer *)buffer, &error);
    if (!fetched) {
        vk_stream_fail(&stream->pass, error.status, &error);
        return;
    }
    fetched->in_this_pass = true;
    vk_stream_copy(&stream->pass, VK_OPERATION_FETCH, tensor_of(buffer), &fetched->copy,
                   (VkDeviceSize)rows * buffer->columns * sizeof(float));
}

static void add_profile(struct vulkan *vulkan, struct vk_profile *profile) {
    thread_lock_acquire(vulkan->profile_lock);
    for (int i = 0; i < VK_OPERATION_COUNT; i++)
        vulkan->profile_ns[i] += profile->ns[i];
    thread_lock_release(vulkan->profile_lock);
    *profile = (struct vk_profile){0};
}

static enum status run(struct device_stream *base, struct error *error) {
    struct vulkan_stream *stream = (struct vulkan_stream *)base;
    enum status status = vk_stream_run(&stream->pass, error);
    if (stream->pass.profile.on) add_profile(vulkan_of(base->device), &stream->pass.profile);
    return status;
}

static const float *read_buffer(struct device_stream *base, const struct device_buffer *buffer) {
    const struct vulkan_stream *stream = (const struct vulkan_stream *)base;
    const void *mapped = tensor_of(buffer)->range.mapped;
    for (size_t i = 0; !mapped && i < stream->fetched.count; i++) {
        const struct fetched *fetched = &stream->fetched.items[i];
        if (&fetched->buffer->buffer == buffer && fetched->in_this_pass) mapped = fetched->copy.range.mapped;
    }
    return mapped;
}

/* ---- life ---- */

static void destroy(struct device *device) {
    struct vulkan *vulkan = vulkan_of(device);
    vk_context_destroy(vulkan->context);
    thread_lock_destroy(vulkan->profile_lock);
    thread_lock_destroy(vulkan->check_lock);
    mem_free(vulkan);
}

static const struct device_backend backend = {
    .destroy = destroy,
    .matrix_create = matrix_create,
    .matrix_destroy = matrix_destroy,
    .table_create = table_create,
    .table_destroy = table_destroy,
    .buffer_create = buffer_create,
    .buffer_destroy = buffer_destroy,
    .stream_create = stream_create,
    .stream_destroy = stream_destroy,
    .begin = begin,
    .embed = embed,
    .norm = norm,
    .linear = linear,
    .attention = attention,
    .gaps = gaps,
    .log_softmax = log_softmax,
    .mean_dot = mean_dot,
    .fetch = fetch,
    .run = run,
    .read = read_buffer,
};

enum status device_vulkan_list(const struct device_vulkan_params *params,
                               struct device_vulkan_info **ret_infos, uint32_t *ret_count,
                               struct error *error) {
    return vk_context_survey(params, ret_infos, ret_count, error);
}

enum status device_vulkan_create(const struct device_vulkan_params *params, uint32_t number,
                                 struct device **ret_device, struct error *error) {
    struct vk_context *context;
    enum status status = vk_context_create(params, number, &context, error);
    if (status) return status;
    struct vulkan *vulkan = mem_zalloc(sizeof *vulkan);
    vulkan->context = context;
    vulkan->device = (struct device){.backend = &backend, .name = context->info.name};
    vulkan->profile_lock = thread_lock_create();
    vulkan->check_lock = thread_lock_create();
    status = device_vulkan_check(&vulkan->device, PRECISION_FP32, NULL, error);
    if (status) {
        destroy(&vulkan->device);
        return status;
    }
    vk_pipeline_save(context);
    *ret_device = &vulkan->device;
    return STATUS_OK;
}

void device_vulkan_report(const struct device *device, struct device_vulkan_report *ret_report) {
    const struct vulkan *vulkan = vulkan_of(device);
    struct vk_context *context = vulkan->context;
    *ret_report = (struct device_vulkan_report){
        .info = context->info, .memory_max_bytes = context->max_bytes, .cache_hit = context->cache_hit};
    thread_lock_acquire(context->memory_lock);
    ret_report->memory_used_bytes = context->used_bytes;
    thread_lock_release(context->memory_lock);
}

void device_vulkan_profile_start(struct device *device) {
    struct vulkan *vulkan = vulkan_of(device);
    memset(vulkan->profile_ns, 0, sizeof vulkan->profile_ns);
    vulkan->profiling = true;
}

void device_vulkan_profile_stop(struct device *device, struct device_vulkan_profile *ret_profile) {
    struct vulkan *vulkan = vulkan_of(device);
    vulkan->profiling = false;
    *ret_profile = (struct device_vulkan_profile){.count = VK_OPERATION_COUNT};
    for (int i = 0; i < VK_OPERATION_COUNT; i++) {
        ret_profile->operation[i] = operation_names[i];
        ret_profile->ms[i] = vulkan->profile_ns[i] / 1e6;
    }
}
