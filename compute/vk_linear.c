#include "compute/vk_linear.h"
#include "base/mem.h"
#include "compute/kernel_pack.h"

#include <string.h>

/* As in shaders/linear.comp and linear_int8.comp. */
#define FLOAT_STEP    16
#define INT8_STEP     32 /* bytes */
#define TILE_OUTPUTS  64 /* the widest tile */
#define QUAD_BYTES    16
#define ROUND_THREADS 64  /* of quantise */
#define BUSY_GROUPS   128 /* with fewer workgroups a large GPU has nothing to do for some of its parts */

/* From the largest; rate is what a thread's registers are worth, measured against the first. 128 x 128 took
 * three times as long for each number on an NVIDIA H200, in fp32 and in int8. */
static const struct tile {
    uint32_t rows, columns, row_quads, column_quads;
    double rate;
} tiles[] = {{128, 64, 2, 1, 1.0}, {64, 32, 1, 1, 0.6}};
#define TILE_COUNT (sizeof tiles / sizeof *tiles)

struct vk_matrix {
    struct device_matrix matrix;
    enum precision precision;
    uint32_t inputs_up, outputs_up;
    struct vk_tensor weights, channels; /* channels: of int8, the scale and the sum of each output */
};

/* ---- matrices ---- */

/* [inputs_up][outputs_up] of words of 4 bytes, from panels of the kernels: [panel][input][16]. */
static void spread_panels(const struct vk_matrix *matrix, const void *panels, uint32_t panel_inputs,
                          uint32_t *words) {
    uint32_t outputs = kernel_round_up(matrix->matrix.rows, KERNEL_PANEL);
    for (uint32_t panel = 0; panel < outputs / KERNEL_PANEL; panel++)
        for (uint32_t input = 0; input < panel_inputs; input++)
            memcpy(words + (size_t)input * matrix->outputs_up + panel * KERNEL_PANEL,
                   (const uint32_t *)panels + ((size_t)panel * panel_inputs + input) * KERNEL_PANEL,
                   KERNEL_PANEL * sizeof *words);
}

static void halve(uint32_t *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float number;
        memcpy(&number, &words[i], sizeof number);
        uint16_t half = quant_float_to_half(number);
        memcpy((unsigned char *)words + i * sizeof half, &half, sizeof half);
    }
}

static enum status upload(struct vk_context *context, struct vk_tensor *tensor, const void *bytes,
                          size_t size, struct error *error) {
    tensor->constant = true;
    enum status status = vk_memory_alloc(context, VK_MEMORY_TENSORS, size, &tensor->range, error);
    if (!status) status = vk_memory_fill(context, &tensor->range, bytes, size, error);
    return status;
}

static enum status upload_float(struct vk_context *context, struct vk_matrix *matrix,
                                const struct kernel_pack *pack, uint32_t *words, struct error *error) {
    size_t count = (size_t)matrix->inputs_up * matrix->outputs_up;
    spread_panels(matrix, pack->fp32_panels, matrix->matrix.columns, words);
    bool half = matrix->precision == PRECISION_FP16;
    if (half) halve(words, count);
    return upload(context, &matrix->weights, words, count * (half ? sizeof(uint16_t) : sizeof(float)), error);
}

static enum status upload_int8(struct vk_context *context, struct vk_matrix *matrix,
                               const struct kernel_pack *pack, uint32_t *words, struct error *error) {
    size_t count = (size_t)matrix->inputs_up / 4 * matrix->outputs_up;
    uint32_t panel_words = kernel_round_up(matrix->matrix.columns, KERNEL_INT8_STEP) / KERNEL_INT8_GROUP;
    spread_panels(matrix, pack->int8_panels, panel_words, words);
    uint32_t *channels = mem_alloc((size_t)matrix->matrix.rows * 2 * sizeof *channels);
    for (uint32_t output = 0; output < matrix->matrix.rows; output++) {
        int32_t sum = 0;
        for (size_t word = output; word < count; word += matrix->outputs_up) {
            int8_t bytes[4];
            memcpy(bytes, &words[word], sizeof bytes);
            sum += bytes[0] + bytes[1] + bytes[2] + bytes[3];
        }
        memcpy(&channels[2 * output], &pack->scales[output], sizeof *channels);
        memcpy(&channels[2 * output + 1], &sum, sizeof *channels);
    }
    enum status status = upload(context, &matrix->weights, words, count * sizeof *words, error);
    if (!status)
        status = upload(context, &matrix->channels, channels,
                        (size_t)matrix->matrix.rows * 2 * sizeof *channels, error);
    mem_free(channels);
    return status;
}

enum status vk_matrix_create(struct vk_context *context, const struct device_matrix_params *params,
                             struct device_matrix **ret_matrix, struct error *error) {
    enum status status = vk_context_check(context, error);
    if (status) return status;
    bool int8 = params->precision == PRECISION_INT8;
    struct vk_matrix *matrix = mem_zalloc(sizeof *matrix);
    matrix->matrix = (struct device_matrix){.rows = params->rows, .columns = params->columns};
    matrix->precision = params->precision;
    matrix->inputs_up = kernel_round_up(params->columns, int8 ? INT8_STEP : FLOAT_STEP);
    matrix->outputs_up = kernel_round_up(params->rows, TILE_OUTPUTS);
    struct kernel_pack_params to_pack = {.rows = params->rows,
                                         .columns = params->columns,
                                         .format = params->format,
                                         .values = params->values,
                                         .scales = params->scales};
    struct kernel_pack pack = {0};
    size_t words_bytes = (size_t)matrix->inputs_up * matrix->outputs_up * (int8 ? 1 : sizeof(float));
    uint32_t *words = mem_try_alloc(words_bytes);
    bool packed = words && (int8 ? kernel_pack_int8(&to_pack, KERNEL_LEVELS_8_BIT, &pack)
                                 : kernel_pack_fp32(&to_pack, &pack));
    if (packed) {
        memset(words, 0, words_bytes);
        status = int8 ? upload_int8(context, matrix, &pack, words, error)
                      : upload_float(context, matrix, &pack, words, error);
        kernel_pack_finish(&pack);
    } else {
        status = error_set(error, STATUS_NO_MEMORY, "no memory for a matrix of %u x %u weights", params->rows,
                           params->columns);
    }
    mem_free(words);
    if (status)
        vk_matrix_destroy(context, &matrix->matrix);
    else
        *ret_matrix = &matrix->matrix;
    return status;
}

void vk_matrix_destroy(struct vk_context *context, struct device_matrix *base) {
    struct vk_matrix *matrix = (struct vk_matrix *)base;
    vk_memory_free(context, &matrix->weights.range);
    vk_memory_free(context, &matrix->channels.range);
    mem_free(matrix);
}

/* ---- scratch ---- */

enum status vk_linear_scratch_init(struct vk_context *context, uint32_t rows_max, uint32_t columns_max,
                                   struct vk_linear_scratch *scratch, struct error *error) {
    VkDeviceSize bytes = (VkDeviceSize)rows_max * kernel_round_up(columns_max, INT8_STEP);
    enum status status = vk_memory_alloc(context, VK_MEMORY_TENSORS, bytes, &scratch->q.range, error);
    if (!status)
        status = vk_memory_alloc(context, VK_MEMORY_TENSORS, (VkDeviceSize)rows_max * 2 * sizeof(float),
                                 &scratch->ranges.range, error);
    return status;
}

void vk_linear_scratch_begin(struct vk_linear_scratch *scratch) {
    scratch->source = NULL;
}

void vk_linear_scratch_finish(struct vk_context *context, struct vk_linear_scratch *scratch) {
    vk_memory_free(context, &scratch->q.range);
    vk_memory_free(context, &scratch->ranges.range);
}

/* ---- products ---- */

static uint32_t ceil_div(uint32_t a, uint32_t b) {
    return (a + b - 1) / b;
}

static uint32_t threads_of(const struct tile *tile) {
    return tile->rows / (4 * tile->row_quads) * (tile->columns / (4 * tile->column_quads));
}

/* The fastest that the device can run and that leaves none of it idle, else the smallest. */
static const struct tile *choose_tile(const struct vk_context *context, uint32_t rows, uint32_t columns,
                                      uint32_t step_quads) {
    const struct tile *best = &tiles[TILE_COUNT - 1];
    double best_cost = 0;
    for (size_t i = 0; i < TILE_COUNT; i++) {
        const struct tile *tile = &tiles[i];
        uint32_t shared_bytes = step_quads * (tile->rows / 4 + 1 + tile->columns / 4) * QUAD_BYTES;
        uint32_t groups = ceil_div(rows, tile->rows) * ceil_div(columns, tile->columns);
        if (threads_of(tile) > context->limits.threads_max || shared_bytes > context->limits.shared_bytes)
            continue;
        if (groups < BUSY_GROUPS && i + 1 < TILE_COUNT) continue;
        double cost = (double)groups * tile->rows * tile->columns / tile->rate;
        if (best_cost > 0 && cost >= best_cost) continue;
        best = tile;
        best_cost = cost;
    }
    return best;
}

static void quantise(struct vk_stream *stream, struct vk_linear_scratch *scratch,
                     const struct vk_linear_params *params, uint32_t words) {
    if (scratch->source == params->input && scratch->source_version == params->input->version &&
        scratch->source_rows >= params->rows)
        return;
    struct {
        uint32_t inputs, words;
    } push = {params->matrix->columns, words};
    vk_stream_dispatch(stream, &(struct vk_dispatch){.operation = VK_OPERATION_QUANTISE,
                                                     .shader = VK_SHADER_quantise,
                                                     .constants = {ROUND_THREADS},
                                                     .constant_count = 1,
                                                     .bindings = {{params->input, VK_ACCESS_READS},
                                                                  {&scratch->q, VK_ACCESS_WRITES},
                                                                  {&scratch->ranges, VK_ACCESS_WRITES}},
                                                     .push = &push,
                                                     .push_bytes = sizeof push,
                                                     .groups = {params->rows, 1, 1}});
    scratch->source = params->input;
    scratch->source_version = params->input->version;
    scratch->source_rows = params->rows;
}

void vk_linear(struct vk_stream *stream, struct vk_linear_scratch *scratch,
               const struct vk_linear_params *params) {
    struct vk_matrix *matrix = (struct vk_matrix *)params->matrix;
    bool int8 = matrix->precision == PRECISION_INT8;
    uint32_t step = int8 ? INT8_STEP / 4 : FLOAT_STEP; /* quads of a tile along the inputs */
    const struct tile *tile = choose_tile(stream->context, params->rows, matrix->matrix.rows, step);
    struct {
        uint32_t rows, inputs, columns, steps, columns_quads, store;
    } push = {.rows = params->rows,
              .inputs = int8 ? matrix->inputs_up / 4 : matrix->matrix.columns,
              .columns = matrix->matrix.rows,
              .steps = matrix->inputs_up / (int8 ? INT8_STEP : FLOAT_STEP),
              .columns_quads = matrix->outputs_up / 4,
              .store = params->store};
    enum vk_shader shader =
        matrix->precision == PRECISION_FP16 ? VK_SHADER_linear_fp16 : VK_SHADER_linear_fp32;
    if (int8) {
        shader = stream->context->info.has_dot_product ? VK_SHADER_linear_int8_dot : VK_SHADER_linear_int8;
        quantise(stream, scratch, params, push.inputs);
    }
    unsigned output_access =
        params->store == DEVICE_ADD ? VK_ACCESS_READS | VK_ACCESS_WRITES : VK_ACCESS_WRITES;
    vk_stream_dispatch(
        stream,
        &(struct vk_dispatch){
            .operation = VK_OPERATION_LINEAR,
            .shader = shader,
            .constants = {threads_of(tile), tile->rows, tile->columns, tile->row_quads, tile->column_quads},
            .constant_count = 5,
            .bindings = {{int8 ? &scratch->q : params->input, VK_ACCESS_READS},
                         {&matrix->weights, VK_ACCESS_READS},
                         {params->bias, VK_ACCESS_READS},
                         {params->output, output_access},
                         {&scratch->ranges, VK_ACCESS_READS},
                         {&matrix->channels, VK_ACCESS_READS}},
            .push = &push,
            .push_bytes = sizeof push,
            .groups = {ceil_div(push.columns, tile->columns), ceil_div(params->rows, tile->rows), 1}});
}
