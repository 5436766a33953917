#include "compute/device.h"
#include "compute/device_backend.h"

#include <stddef.h>

void device_destroy(struct device *device) {
    if (device) device->backend->destroy(device);
}

const char *device_name(const struct device *device) {
    return device->name;
}

static bool shape_fits(uint32_t rows, uint32_t columns) {
    return rows >= 1 && rows <= DEVICE_ROWS_MAX && columns >= 1 && columns <= DEVICE_COLUMNS_MAX;
}

enum status device_matrix_create(struct device *device, const struct device_matrix_params *params,
                                 struct device_matrix **ret_matrix, struct error *error) {
    if (!shape_fits(params->rows, params->columns) || !params->values ||
        (params->format == FORMAT_INT8 && !params->scales) || params->precision == PRECISION_AUTO)
        return error_set(error, STATUS_INVALID, "a matrix of %u x %u weights cannot be loaded", params->rows,
                         params->columns);
    enum status status = device->backend->matrix_create(device, params, ret_matrix, error);
    if (status) return status;
    (*ret_matrix)->device = device;
    (*ret_matrix)->rows = params->rows;
    (*ret_matrix)->columns = params->columns;
    return STATUS_OK;
}

void device_matrix_destroy(struct device_matrix *matrix) {
    if (matrix) matrix->device->backend->matrix_destroy(matrix);
}

enum status device_table_create(struct device *device, const struct device_table_params *params,
                                struct device_table **ret_table, struct error *error) {
    if (!shape_fits(params->rows, params->columns) || !params->values ||
        (params->format == FORMAT_INT8 && !params->scales))
        return error_set(error, STATUS_INVALID, "a table of %u x %u numbers cannot be loaded", params->rows,
                         params->columns);
    enum status status = device->backend->table_create(device, params, ret_table, error);
    if (status) return status;
    (*ret_table)->device = device;
    (*ret_table)->rows = params->rows;
    (*ret_table)->columns = params->columns;
    return STATUS_OK;
}

void device_table_destroy(struct device_table *table) {
    if (table) table->device->backend->table_destroy(table);
}

enum status device_buffer_create(struct device *device, uint32_t rows, uint32_t columns,
                                 const float *contents, struct device_buffer **ret_buffer,
                                 struct error *error) {
    if (!shape_fits(rows, columns))
        return error_set(error, STATUS_INVALID, "a buffer of %u x %u numbers cannot be made", rows, columns);
    enum status status = device->backend->buffer_create(device, rows, columns, contents, ret_buffer, error);
    if (status) return status;
    (*ret_buffer)->device = device;
    (*ret_buffer)->rows = rows;
    (*ret_buffer)->columns = columns;
    (*ret_buffer)->constant = contents != NULL;
    return STATUS_OK;
}

void device_buffer_destroy(struct device_buffer *buffer) {
    if (buffer) buffer->device->backend->buffer_destroy(buffer);
}

static void end_pass(struct device_stream *stream) {
    stream->status = error_set(&stream->error, STATUS_INVALID, "no pass was begun");
}

enum status device_stream_create(struct device *device, uint32_t rows_max, uint32_t columns_max,
                                 struct device_stream **ret_stream, struct error *error) {
    if (rows_max < 1 || rows_max > DEVICE_ROWS_MAX || columns_max < 1 || columns_max > DEVICE_COLUMNS_MAX)
        return error_set(error, STATUS_INVALID, "a stream for %u x %u numbers cannot be made", rows_max,
                         columns_max);
    enum status status = device->backend->stream_create(device, rows_max, columns_max, ret_stream, error);
    if (status) return status;
    (*ret_stream)->device = device;
    (*ret_stream)->rows_max = rows_max;
    (*ret_stream)->columns_max = columns_max;
    end_pass(*ret_stream);
    return STATUS_OK;
}

void device_stream_destroy(struct device_stream *stream) {
    if (stream) stream->device->backend->stream_destroy(stream);
}

static bool refuse(struct device_stream *stream, const char *operation) {
    if (!stream->status)
        stream->status =
            error_set(&stream->error, STATUS_INVALID,
                      "%s: shapes do not fit each other or the batch (a bug of this program)", operation);
    return false;
}

/* Nothing was refused yet, and this is not either. */
static bool accept(struct device_stream *stream, const char *operation, bool fits) {
    return !stream->status && (fits || refuse(stream, operation));
}

static bool can_read(const struct device_stream *stream, const struct device_buffer *buffer, uint32_t rows,
                     uint32_t columns) {
    return buffer && buffer->device == stream->device && buffer->rows >= rows && buffer->columns == columns;
}

static bool can_write(const struct device_stream *stream, const struct device_buffer *buffer, uint32_t rows,
                      uint32_t columns) {
    return can_read(stream, buffer, rows, columns) && !buffer->constant;
}

void device_begin(struct device_stream *stream, const uint32_t *starts, uint32_t window_count) {
    stream->status = STATUS_OK;
    stream->embedded = false;
    bool fits = window_count >= 1 && window_count <= DEVICE_WINDOWS_MAX && starts[0] == 0;
    for (uint32_t i = 0; fits && i < window_count; i++)
        fits = starts[i] < starts[i + 1] && starts[i + 1] - starts[i] <= DEVICE_WINDOW_MAX;
    /* The gaps must fit too; the sum cannot overflow: both are bounded. */
    fits = fits && starts[window_count] + window_count <= stream->rows_max;
    if (!accept(stream, "begin", fits)) return;
    stream->starts = starts;
    stream->window_count = window_count;
    stream->rows = starts[window_count];
    stream->device->backend->begin(stream);
}

static bool is_table(const struct device_stream *stream, const struct device_table *table, uint32_t width) {
    return table && table->device == stream->device && table->columns == width;
}

static bool token_fits(const struct device_embed_params *params, const struct device_token *token) {
    bool fits = token->token < params->token->rows && token->gram_count <= DEVICE_GRAMS;
    for (uint32_t i = 0; i < DEVICE_FEATURES; i++)
        fits &= params->feature_offsets[i] < params->feature->rows &&
                token->features[i] < params->feature->rows - params->feature_offsets[i];
    for (uint32_t i = 0; fits && i < token->gram_count; i++)
        fits = token->grams[i] < params->gram->rows;
    return fits;
}

void device_embed(struct device_stream *stream, const struct device_embed_params *params) {
    if (stream->status) return;
    uint32_t width = params->output ? params->output->columns : 0;
    bool fits = is_table(stream, params->token, width) && is_table(stream, params->feature, width) &&
                is_table(stream, params->gram, width) &&
                can_write(stream, params->output, stream->rows, width) && params->tokens && !stream->embedded;
    for (uint32_t i = 0; fits && i < stream->rows; i++)
        fits = token_fits(params, &params->tokens[i]);
    if (!accept(stream, "embed", fits)) return;
    stream->embedded = true;
    stream->device->backend->embed(stream, params);
}

void device_norm(struct device_stream *stream, const struct device_buffer *input,
                 const struct device_buffer *weight, struct device_buffer *output) {
    if (stream->status) return;
    uint32_t width = input ? input->columns : 0;
    bool fits = can_read(stream, input, stream->rows, width) && can_read(stream, weight, 1, width) &&
                can_write(stream, output, stream->rows, width);
    if (accept(stream, "norm", fits)) stream->device->backend->norm(stream, input, weight, output);
}

void device_linear(struct device_stream *stream, uint32_t rows, const struct device_buffer *input,
                   const struct device_matrix *matrix, const struct device_buffer *bias,
                   enum device_store store, struct device_buffer *output) {
    if (stream->status) return;
    bool fits = matrix && matrix->device == stream->device && matrix->columns <= stream->columns_max &&
                rows >= 1 && rows <= stream->rows_max && can_read(stream, input, rows, matrix->columns) &&
                can_read(stream, bias, 1, matrix->rows) && can_write(stream, output, rows, matrix->rows) &&
                input != output;
    if (accept(stream, "linear", fits))
        stream->device->backend->linear(stream, rows, input, matrix, bias, store, output);
}

void device_attention(struct device_stream *stream, const struct device_buffer *input,
                      const struct device_buffer *position, struct device_buffer *output) {
    if (stream->status) return;
    uint32_t width = output ? output->columns : 0, heads = position ? position->rows : 1,
             head = width / heads;
    bool fits = width <= DEVICE_COLUMNS_MAX / 3 && can_read(stream, input, stream->rows, 3 * width) &&
                position && can_read(stream, position, heads, position->columns) &&
                position->columns % 2 == 1 && can_write(stream, output, stream->rows, width) &&
                head * heads == width && head >= 1 && head <= DEVICE_HEAD_SIZE_MAX &&
                head % DEVICE_HEAD_SIZE_STEP == 0 && input != output;
    if (accept(stream, "attention", fits))
        stream->device->backend->attention(stream, input, position, output);
}

void device_gaps(struct device_stream *stream, const struct device_buffer *left,
                 const struct device_buffer *right, const struct device_buffer *bias,
                 struct device_buffer *output) {
    if (stream->status) return;
    uint32_t width = output ? output->columns : 0;
    bool fits = can_read(stream, left, stream->rows, width) && can_read(stream, right, stream->rows, width) &&
                can_read(stream, bias, 1, width) &&
                can_write(stream, output, stream->rows + stream->window_count, width) && left != output &&
                right != output;
    if (accept(stream, "gaps", fits)) stream->device->backend->gaps(stream, left, right, bias, output);
}

void device_log_softmax(struct device_stream *stream, uint32_t rows, struct device_buffer *buffer) {
    if (stream->status) return;
    bool fits =
        rows >= 1 && rows <= stream->rows_max && buffer && can_write(stream, buffer, rows, buffer->columns);
    if (accept(stream, "log_softmax", fits)) stream->device->backend->log_softmax(stream, rows, buffer);
}

void device_mean_dot(struct device_stream *stream, const struct device_buffer *input,
                     const struct device_buffer *weight, struct device_buffer *output) {
    if (stream->status) return;
    bool fits = input && can_read(stream, input, stream->rows, input->columns) &&
                can_read(stream, weight, 1, input->columns) &&
                can_write(stream, output, stream->window_count, 1);
    if (accept(stream, "mean_dot", fits)) stream->device->backend->mean_dot(stream, input, weight, output);
}

void device_fetch(struct device_stream *stream, uint32_t rows, const struct device_buffer *buffer) {
    if (stream->status) return;
    bool fits = rows >= 1 && buffer && can_read(stream, buffer, rows, buffer->columns);
    if (accept(stream, "fetch", fits)) stream->device->backend->fetch(stream, rows, buffer);
}

enum status device_run(struct device_stream *stream, struct error *error) {
    if (stream->status) return error_set(error, stream->status, "%s", stream->error.message);
    enum status status = stream->device->backend->run(stream, error);
    end_pass(stream);
    return status;
}

const float *device_read(struct device_stream *stream, const struct device_buffer *buffer) {
    return stream->device->backend->read(stream, buffer);
}
