#include "compute/device_cpu.h"
#include "base/mem.h"
#include "compute/device_backend.h"
#include "compute/kernel_pack.h"
#include "compute/room.h"

#include <string.h>

_Static_assert(DEVICE_WINDOW_MAX <= KERNEL_WINDOW_MAX, "attention has room for a window");
_Static_assert(DEVICE_HEAD_SIZE_MAX <= KERNEL_HEAD_MAX, "attention has room for a head");

#define DOT_CHAINS 16 /* additions that need not wait for each other */

struct cpu {
    struct device device;
    const struct kernel_set *kernels;
    struct room_shelf *shelf; /* of matrices */
};

struct cpu_matrix {
    struct device_matrix matrix;
    struct kernel_pack pack;
};

struct cpu_table {
    struct device_table table;
    const float *numbers; /* these, or bytes and their scales */
    const int8_t *bytes;
    const float *scales;
    float *widened; /* numbers that were something else */
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
                                         .scales = params->scales,
                                         .shelf = ((struct cpu *)device)->shelf};
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

static void table_destroy(struct device_table *base) {
    struct cpu_table *table = (struct cpu_table *)base;
    mem_free(table->widened);
    mem_free(table);
}

/* Bytes are widened row by row when they are taken: nobody asks for most of them. */
static enum status table_create(struct device *device, const struct device_table_params *params,
                                struct device_table **ret_table, struct error *error) {
    (void)device;
    struct cpu_table table = {.scales = params->scales};
    if (params->format == FORMAT_INT8) {
        table.bytes = params->values;
    } else if (params->format == FORMAT_FP32) {
        table.numbers = params->values;
    } else {
        size_t count = (size_t)params->rows * params->columns;
        table.numbers = table.widened = mem_try_alloc(count * sizeof *table.widened);
        if (!table.widened)
            return error_set(error, STATUS_NO_MEMORY, "no memory for a table of %u x %u numbers",
                             params->rows, params->columns);
        quant_widen(params->format, params->values, 1, count, table.widened);
    }
    struct cpu_table *made = mem_alloc(sizeof *made);
    *made = table;
    *ret_table = &made->table;
    return STATUS_OK;
}

static enum status buffer_create(struct device *device, uint32_t rows, uint32_t columns,
                                 const float *contents, struct device_buffer **ret_buffer,
                                 struct error *error) {
    (void)device;
    /* A bias is read in whole panels. */
    size_t count = (size_t)rows * columns;
    float *numbers = room_try_alloc(NULL, (count + KERNEL_PANEL) * sizeof *numbers);
    if (!numbers) return error_set(error, STATUS_NO_MEMORY, "no memory for %u x %u numbers", rows, columns);
    if (contents) memcpy(numbers, contents, count * sizeof *numbers);
    struct cpu_buffer *buffer = mem_zalloc(sizeof *buffer);
    buffer->numbers = numbers;
    *ret_buffer = &buffer->buffer;
    return STATUS_OK;
}

static void buffer_destroy(struct device_buffer *base) {
    struct cpu_buffer *buffer = (struct cpu_buffer *)base;
    room_free(buffer->numbers);
    mem_free(buffer);
}

static void stream_destroy(struct device_stream *base) {
    struct cpu_stream *stream = (struct cpu_stream *)base;
    room_free(stream->q);
    room_free(stream->step);
    room_free(stream->low);
    room_free(stream->attention);
    room_free(stream->bias);
    mem_free(stream);
}

static enum status stream_create(struct device *device, uint32_t rows_max, uint32_t columns_max,
                                 struct device_stream **ret_stream, struct error *error) {
    (void)device;
    struct cpu_stream *stream = mem_zalloc(sizeof *stream);
    stream->q = room_try_alloc(NULL, (size_t)rows_max * kernel_round_up(columns_max, KERNEL_INT8_STEP));
    stream->step = room_try_alloc(NULL, rows_max * sizeof *stream->step);
    stream->low = room_try_alloc(NULL, rows_max * sizeof *stream->low);
    stream->attention = room_try_alloc(NULL, KERNEL_ATTENTION_SCRATCH * sizeof *stream->attention);
    stream->bias = room_try_alloc(NULL, KERNEL_BIAS_MAX * sizeof *stream->bias);
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

static void add_row(const struct kernel_set *kernels, const struct device_table *base, uint32_t row,
                    float weight, float *x) {
    const struct cpu_table *table = (const struct cpu_table *)base;
    uint32_t width = base->columns;
    if (table->numbers) {
        const float *numbers = table->numbers + (size_t)row * width;
        for (uint32_t i = 0; i < width; i++)
            x[i] += weight * numbers[i];
    } else {
        kernels->add_bytes(table->bytes + (size_t)row * width, weight * table->scales[row], width, x);
    }
}

static void embed(struct device_stream *stream, const struct device_embed_params *params) {
    size_t width = params->output->columns;
    float *x = numbers_of(params->output);
    const struct kernel_set *kernels = kernels_of(stream->device);
    for (uint32_t row = 0; row < stream->rows; row++, x += width) {
        const struct device_token *token = &params->tokens[row];
        memset(x, 0, width * sizeof *x);
        add_row(kernels, params->token, token->token, 1, x);
        for (uint32_t i = 0; i < DEVICE_FEATURES; i++)
            add_row(kernels, params->feature, params->feature_offsets[i] + token->features[i], 1, x);
        for (uint32_t i = 0; i < token->gram_count; i++)
            add_row(kernels, params->gram, token->grams[i], 1.0f / (float)token->gram_count, x);
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
                                               .mirrors = pack->mirrors,
                                               .mirror_sums = pack->mirror_sums,
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

static float dot(const float *x, const float *weights, uint32_t count) {
    float sums[DOT_CHAINS] = {0}, sum = 0;
    uint32_t i = 0;
    for (; i + DOT_CHAINS <= count; i += DOT_CHAINS)
        for (uint32_t c = 0; c < DOT_CHAINS; c++)
            sums[c] += x[i + c] * weights[i + c];
    for (; i < count; i++)
        sum += x[i] * weights[i];
    for (uint32_t c = 0; c < DOT_CHAINS; c++)
        sum += sums[c];
    return sum;
}

static void mean_dot(struct device_stream *stream, const struct device_buffer *input,
                     const struct device_buffer *weight, struct device_buffer *output) {
    const float *x = numbers_of(input), *weights = numbers_of(weight);
    for (uint32_t window = 0; window < stream->window_count; window++) {
        double sum = 0; /* over a whole window of numbers of either sign */
        uint32_t rows = stream->starts[window + 1] - stream->starts[window];
        for (uint32_t row = 0; row < rows; row++, x += input->columns)
            sum += (double)dot(x, weights, input->columns);
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
    room_shelf_destroy(((struct cpu *)device)->shelf);
    mem_free(device);
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

struct device *device_cpu_create(const struct kernel_set *kernels) {
    struct cpu *cpu = mem_zalloc(sizeof *cpu);
    cpu->device = (struct device){.backend = &backend, .name = kernels->name};
    cpu->kernels = kernels;
    cpu->shelf = room_shelf_create();
    return &cpu->device;
}
