#include "compute/device_cpu.h"
#include "base/mem.h"
#include "compute/device_backend.h"
#include "compute/kernel_pack.h"

#include <string.h>

_Static_assert(DEVICE_WINDOW_MAX <= KERNEL_WINDOW_MAX, "attention has room for a window");
_Static_assert(DEVICE_HEAD_SIZE_MAX <= KERNEL_HEAD_MAX, "attention has room for a head");

/* kernel.h: bias[2 * rows - 1], and KERNEL_KEYS_STEP more can be read. */
#define BIAS_FLOATS (2 * KERNEL_WINDOW_MAX + KERNEL_KEYS_STEP)

struct cpu {
    struct device device;
    const struct kernel_set *kernels;
};

struct cpu_matrix {
    struct device_matrix matrix;
    struct kernel_pack pack;
};

struct cpu_buffer {
    struct device_buffer buffer;
    float *numbers;
};

struct cpu_stream {
    struct device_stream stream;
    uint8_t *q; /* a whole input of device_linear as int8 */
    float *step, *low;
    float *attention; /* scratch of one head */
    float *bias;
};

static const struct kernel_set *kernels_of(const struct device *device) {
    return ((const struct cpu *)device)->kernels;
}

static float *numbers_of(const struct device_buffer *buffer) {
    return ((const struct cpu_buffer *)buffer)->numbers;
}

/* ---- memory ---- */

static void matrix_destroy(struct device_matrix *base) {
    struct cpu_matrix *matrix = (struct cpu_matrix *)base;
    kernel_pack_finish(&matrix->pack);
    mem_free(matrix);
}

static enum status matrix_create(struct device *device, const struct device_matrix_params *params,
                                 struct device_matrix **ret_matrix, struct error *error) {
    struct kernel_pack_params to_pack = {.rows = params->rows,
                                         .columns = params->columns,
                                         .format = params->format,
                                         .values = params->values,
                                         .scales = params->scales};
    struct cpu_matrix *matrix = mem_zalloc(sizeof *matrix);
    bool packed = params->precision == PRECISION_INT8
                      ? kernel_pack_int8(&to_pack, kernels_of(device)->levels, &matrix->pack)
                      : kernel_pack_fp32(&to_pack, &matrix->pack);
    if (!packed) {
        mem_free(matrix);
        return error_set(error, STATUS_NO_MEMORY, "no memory for a matrix of %u x %u weights", params->rows,
                         params->columns);
    }
    *ret_matrix = &matrix->matrix;
    return STATUS_OK;
}

static enum status buffer_create(struct device *device, uint32_t rows, uint32_t columns,
                                 const float *contents, struct device_buffer **ret_buffer,
                                 struct error *error) {
    (void)device;
    /* A bias is read in whole panels. */
    size_t count = (size_t)rows * columns;
    float *numbers = kernel_room_try_alloc((count + KERNEL_PANEL) * sizeof *numbers);
    if (!numbers) return error_set(error, STATUS_NO_MEMORY, "no memory for %u x %u numbers", rows, columns);
    if (contents) memcpy(numbers, contents, count * sizeof *numbers);
    struct cpu_buffer *buffer = mem_zalloc(sizeof *buffer);
    buffer->numbers = numbers;
    *ret_buffer = &buffer->buffer;
    return STATUS_OK;
}

static void buffer_destroy(struct device_buffer *base) {
    struct cpu_buffer *buffer = (struct cpu_buffer *)base;
    kernel_room_free(buffer->numbers);
    mem_free(buffer);
}

static void stream_destroy(struct device_stream *base) {
    struct cpu_stream *stream = (struct cpu_stream *)base;
    kernel_room_free(stream->q);
    kernel_room_free(stream->step);
    kernel_room_free(stream->low);
    kernel_room_free(stream->attention);
    kernel_room_free(stream->bias);
    mem_free(stream);
}

static enum status stream_create(struct device *device, uint32_t rows_max, uint32_t columns_max,
                                 struct device_stream **ret_stream, struct error *error) {
    (void)device;
    struct cpu_stream *stream = mem_zalloc(sizeof *stream);
    stream->q = kernel_room_try_alloc((size_t)rows_max * kernel_round_up(columns_max, KERNEL_INT8_STEP));
    stream->step = kernel_room_try_alloc(rows_max * sizeof *stream->step);
    stream->low = kernel_room_try_alloc(rows_max * sizeof *stream->low);
    stream->attention = kernel_room_try_alloc(KERNEL_ATTENTION_SCRATCH * sizeof *stream->attention);
    stream->bias = kernel_room_try_alloc(BIAS_FLOATS * sizeof *stream->bias);
    if (!stream->q || !stream->step || !stream->low || !stream->attention || !stream->bias) {
        stream_destroy(&stream->stream);
        return error_set(error, STATUS_NO_MEMORY, "no memory to work on %u x %u numbers", rows_max,
                         columns_max);
    }
    *ret_stream = &stream->stream;
    return STATUS_OK;
}

/* ---- operations ---- */

static void begin(struct device_stream *stream) {
    (void)stream;
}

static void add(float *x, const float *row, uint32_t width, float scale) {
    for (uint32_t i = 0; i < width; i++)
        x[i] += scale * row[i];
}

static void embed(struct device_stream *stream, const struct device_embed_params *params) {
    const float *token_table = numbers_of(params->token), *feature_table = numbers_of(params->feature),
                *gram_table = numbers_of(params->gram);
    size_t width = params->output->columns;
    float *x = numbers_of(params->output);
    for (uint32_t row = 0; row < stream->rows; row++, x += width) {
        const struct device_token *token = &params->tokens[row];
        memcpy(x, token_table + token->token * width, width * sizeof *x);
        for (uint32_t i = 0; i < DEVICE_FEATURES; i++)
            add(x, feature_table + (params->feature_offsets[i] + token->features[i]) * width, (uint32_t)width,
                1);
        for (uint32_t i = 0; i < token->gram_count; i++)
            add(x, gram_table + token->grams[i] * width, (uint32_t)width, 1.0f / (float)token->gram_count);
    }
}

static void norm(struct device_stream *stream, const struct device_buffer *input,
                 const struct device_buffer *weight, struct device_buffer *output) {
    kernels_of(stream->device)
        ->norm(numbers_of(input), numbers_of(weight), stream->rows, input->columns, numbers_of(output));
}

static void linear(struct device_stream *base, uint32_t rows, const struct device_buffer *input,
                   const struct device_matrix *matrix_base, const struct device_buffer *bias,
                   enum device_store store, struct device_buffer *output) {
    static const enum kernel_store stores[] = {
        [DEVICE_SET] = KERNEL_SET, [DEVICE_ADD] = KERNEL_ADD, [DEVICE_GELU] = KERNEL_GELU};
    const struct kernel_set *kernels = kernels_of(base->device);
    const struct kernel_pack *pack = &((const struct cpu_matrix *)matrix_base)->pack;
    struct kernel_output to = {.numbers = numbers_of(output),
                               .stride = output->columns,
                               .columns = output->columns,
                               .bias = numbers_of(bias),
                               .store = stores[store]};
    if (pack->fp32_panels) {
        kernels->fp32(&(struct kernel_fp32_params){.x = numbers_of(input),
                                                   .x_stride = input->columns,
                                                   .rows = rows,
                                                   .inputs = input->columns,
                                                   .panels = pack->fp32_panels,
                                                   .output = to});
        return;
    }
    struct cpu_stream *stream = (struct cpu_stream *)base;
    kernels->quantise(numbers_of(input), input->columns, rows, input->columns, kernels->levels, stream->q,
                      stream->step, stream->low);
    kernels->int8(&(struct kernel_int8_params){.q = stream->q,
                                               .step = stream->step,
                                               .low = stream->low,
                                               .rows = rows,
                                               .inputs = input->columns,
                                               .panels = pack->int8_panels,
                                               .excess = pack->excess.items,
                                               .excess_starts = pack->excess_starts,
                                               .scale = pack->scales,
                                               .sum = pack->scaled_sums,
                                               .output = to});
}

/* The row of the table for each distance between two tokens of a window, -(rows - 1) .. rows - 1. */
static void spread_positions(const float *position, uint32_t reach, uint32_t rows, float *bias) {
    for (uint32_t i = 0; i < 2 * rows - 1; i++) {
        int distance = (int)i - (int)(rows - 1), limit = (int)reach;
        int near = distance < -limit ? -limit : distance > limit ? limit : distance;
        bias[i] = position[near + limit];
    }
}

static void attention(struct device_stream *base, const struct device_buffer *input,
                      const struct device_buffer *position, struct device_buffer *output) {
    struct cpu_stream *stream = (struct cpu_stream *)base;
    uint32_t width = output->columns, heads = position->rows, head_size = width / heads;
    for (uint32_t window = 0; window < base->window_count; window++) {
        uint32_t start = base->starts[window], rows = base->starts[window + 1] - start;
        for (uint32_t head = 0; head < heads; head++) {
            const float *query = numbers_of(input) + (size_t)start * input->columns + head * head_size;
            spread_positions(numbers_of(position) + (size_t)head * position->columns, position->columns / 2,
                             rows, stream->bias);
            kernels_of(base->device)
                ->attention(&(struct kernel_attention_params){
                    .query = query,
                    .key = query + width,
                    .value = query + 2 * (size_t)width,
                    .stride = input->columns,
                    .output = numbers_of(output) + (size_t)start * width + head * head_size,
                    .output_stride = width,
                    .rows = rows,
                    .head_size = head_size,
                    .bias = stream->bias,
                    .scratch = stream->attention});
        }
    }
}

static void gaps(struct device_stream *stream, const struct device_buffer *left,
                 const struct device_buffer *right, const struct device_buffer *bias,
                 struct device_buffer *output) {
    size_t width = output->columns;
    float *to = numbers_of(output);
    for (uint32_t window = 0; window < stream->window_count; window++) {
        uint32_t start = stream->starts[window], end = stream->starts[window + 1];
        for (uint32_t row = start; row <= end; row++, to += width)
            kernels_of(stream->device)
                ->gap(row > start ? numbers_of(left) + (row - 1) * width : NULL,
                      row < end ? numbers_of(right) + row * width : NULL, numbers_of(bias), (uint32_t)width,
                      to);
    }
}

static void log_softmax(struct device_stream *stream, uint32_t rows, struct device_buffer *buffer) {
    kernels_of(stream->device)->log_softmax(numbers_of(buffer), rows, buffer->columns);
}

static void mean_dot(struct device_stream *stream, const struct device_buffer *input,
                     const struct device_buffer *weight, struct device_buffer *output) {
    const float *x = numbers_of(input), *weights = numbers_of(weight);
    for (uint32_t window = 0; window < stream->window_count; window++) {
        double sum = 0; /* over a whole window of numbers of either sign */
        uint32_t rows = stream->starts[window + 1] - stream->starts[window];
        for (uint32_t row = 0; row < rows; row++) {
            float dot = 0;
            for (uint32_t i = 0; i < input->columns; i++)
                dot += *x++ * weights[i];
            sum += (double)dot;
        }
        numbers_of(output)[window] = (float)(sum / rows);
    }
}

static void fetch(struct device_stream *stream, uint32_t rows, const struct device_buffer *buffer) {
    (void)stream; /* it is read where it lies */
    (void)rows;
    (void)buffer;
}

static enum status run(struct device_stream *stream, struct error *error) {
    (void)stream; /* everything was done as it came */
    (void)error;
    return STATUS_OK;
}

static const float *read_buffer(struct device_stream *stream, const struct device_buffer *buffer) {
    (void)stream;
    return numbers_of(buffer);
}

static void destroy(struct device *device) {
    mem_free(device);
}

static const struct device_backend backend = {
    .destroy = destroy,
    .matrix_create = matrix_create,
    .matrix_destroy = matrix_destroy,
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

struct device *device_cpu_create(const struct kernel_set *kernels) {
    struct cpu *cpu = mem_zalloc(sizeof *cpu);
    cpu->device = (struct device){.backend = &backend, .name = kernels->name};
    cpu->kernels = kernels;
    return &cpu->device;
}
