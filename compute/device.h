/* device.h: what the encoder runs on. The forward pass is written once against these operations; a backend
 * knows its own memory and its own kernels, and nothing of tokens and repairs.
 *
 *     device_begin(stream, starts, windows);
 *     device_embed(...); device_norm(...); device_linear(...); ...        recorded
 *     device_fetch(stream, rows, buffer);
 *     device_run(stream, &error);                                         done
 *     device_read(stream, buffer)[...]
 *
 * Owns    a device owns nothing of its callers; matrices, tables, buffers and streams are destroyed before
 *         it.
 * Threads device, matrices, tables and constant buffers: any. A stream and the buffers it writes: one at a
 *         time.
 * Errors  each operation is checked here, before a backend sees it: shapes, sizes, the batch. The first
 *         that fails is kept, the rest of the pass is skipped, and device_run returns it; so the pass needs
 *         no ladder of its own.
 * Units   fp32 numbers in rows. A batch is windows of different lengths, one behind the other: window w is
 *         the rows from starts[w] to starts[w + 1]. A window has one gap more than tokens: its gaps are the
 *         rows from starts[w] + w to starts[w + 1] + w + 1 of a buffer of gaps. */
#ifndef NOODLE_DEVICE_H
#define NOODLE_DEVICE_H

#include "base/status.h"
#include "compute/quant.h"

#include <stdint.h>

#define DEVICE_FEATURES       8
#define DEVICE_GRAMS          12
#define DEVICE_WINDOW_MAX     256  /* tokens */
#define DEVICE_WINDOWS_MAX    4096 /* of one batch */
#define DEVICE_ROWS_MAX       (1u << 20)
#define DEVICE_COLUMNS_MAX    (1u << 14)
#define DEVICE_HEAD_SIZE_MAX  128 /* width / heads */
#define DEVICE_HEAD_SIZE_STEP 8   /* heads are multiples of this */

struct device;
struct device_matrix; /* for device_linear; packed for the device, never read back */
struct device_table;  /* for device_embed; rows are taken from it */
struct device_buffer; /* rows of fp32 numbers */
struct device_stream; /* the work of one thread */

/* A matrix of weights, [rows][columns] = [outputs][inputs]. */
struct device_matrix_params {
    uint32_t rows, columns;
    enum number_format format;
    const void *values;       /* aligned for the format */
    const float *scales;      /* [rows], for FORMAT_INT8 */
    enum precision precision; /* to compute in: PRECISION_FP32, _FP16 or _INT8 */
};

/* What it points to is read as long as the table is there. */
struct device_table_params {
    uint32_t rows, columns;
    enum number_format format;
    const void *values;  /* aligned for the format */
    const float *scales; /* [rows], for FORMAT_INT8 */
};

/* A token as the tables of device_embed know it. */
struct device_token {
    uint16_t token;
    uint8_t gram_count;                /* at most DEVICE_GRAMS */
    uint8_t features[DEVICE_FEATURES]; /* rows, counted from where the feature's begin */
    uint16_t grams[DEVICE_GRAMS];      /* the first gram_count are read */
};

/* x = token + features + mean of the grams */
struct device_embed_params {
    const struct device_table *token, *feature, *gram; /* .columns = width */
    uint32_t feature_offsets[DEVICE_FEATURES];         /* where each feature's rows begin */
    const struct device_token *tokens;                 /* one for each row of the batch */
    struct device_buffer *output;
};

enum device_store {
    DEVICE_SET,  /* output = product */
    DEVICE_ADD,  /* output += product */
    DEVICE_GELU, /* output = gelu(product), by tanh */
};

void device_destroy(struct device *device);
const char *device_name(const struct device *device);

enum status device_matrix_create(struct device *device, const struct device_matrix_params *params,
                                 struct device_matrix **ret_matrix, struct error *error);
void device_matrix_destroy(struct device_matrix *matrix);

enum status device_table_create(struct device *device, const struct device_table_params *params,
                                struct device_table **ret_table, struct error *error);
void device_table_destroy(struct device_table *table);

/* With contents the buffer is constant: never an output. Without, it is zeroed. */
enum status device_buffer_create(struct device *device, uint32_t rows, uint32_t columns,
                                 const float *contents, struct device_buffer **ret_buffer,
                                 struct error *error);
void device_buffer_destroy(struct device_buffer *buffer);

/* rows_max: of any operation; columns_max: of any input of device_linear. */
enum status device_stream_create(struct device *device, uint32_t rows_max, uint32_t columns_max,
                                 struct device_stream **ret_stream, struct error *error);
void device_stream_destroy(struct device_stream *stream);

/* Begins a pass over a batch. starts[0] is 0; starts has window_count + 1 entries and is the caller's until
 * device_run returns. */
void device_begin(struct device_stream *stream, const uint32_t *starts, uint32_t window_count);

/* Once in a pass at most: a device reads the tokens when it runs. */
void device_embed(struct device_stream *stream, const struct device_embed_params *params);

/* x / sqrt(mean(x^2) + 1e-5) * weight, over the batch's tokens; output may be input. */
void device_norm(struct device_stream *stream, const struct device_buffer *input,
                 const struct device_buffer *weight, struct device_buffer *output);

/* output[row] (=, +=, = gelu) matrix input[row] + bias. The first `rows` rows. */
void device_linear(struct device_stream *stream, uint32_t rows, const struct device_buffer *input,
                   const struct device_matrix *matrix, const struct device_buffer *bias,
                   enum device_store store, struct device_buffer *output);

/* input: queries, keys and values side by side, each width columns, heads consecutive; position: [heads][2
 * reach + 1]. Each window for itself. */
void device_attention(struct device_stream *stream, const struct device_buffer *input,
                      const struct device_buffer *position, struct device_buffer *output);

/* output[gap] = gelu(left[token before the gap] + right[token behind it] + bias), where the window has them.
 */
void device_gaps(struct device_stream *stream, const struct device_buffer *left,
                 const struct device_buffer *right, const struct device_buffer *bias,
                 struct device_buffer *output);

/* Rows become logarithms of probabilities. The first `rows` rows. */
void device_log_softmax(struct device_stream *stream, uint32_t rows, struct device_buffer *buffer);

/* output[window] = mean of the window's rows . weight; one column. */
void device_mean_dot(struct device_stream *stream, const struct device_buffer *input,
                     const struct device_buffer *weight, struct device_buffer *output);

/* The first `rows` rows will be read after the pass, which writes them no more. */
void device_fetch(struct device_stream *stream, uint32_t rows, const struct device_buffer *buffer);

/* Returns when everything recorded since device_begin is done. */
enum status device_run(struct device_stream *stream, struct error *error);

/* After device_run, of a buffer that was fetched; valid until the next device_begin. */
const float *device_read(struct device_stream *stream, const struct device_buffer *buffer);

#endif
