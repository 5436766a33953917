/* device_backend.h: what a backend implements. device.c has checked every argument when one of these is
 * called, and calls none after an operation of the pass was refused.
 *
 * Owns    each create gives an object that begins with the struct here; device.c fills that in afterwards,
 *         and calls the destroy that goes with it.
 * Threads as in device.h.
 * Errors  the creates and run return a status with a message. An operation cannot fail; a backend that runs
 *         it later says so in run. */
#ifndef NOODLE_DEVICE_BACKEND_H
#define NOODLE_DEVICE_BACKEND_H

#include "compute/device.h"

#include <stdbool.h>

struct device {
    const struct device_backend *backend;
    const char *name;
};

struct device_matrix {
    struct device *device;
    uint32_t rows, columns;
};

struct device_table {
    struct device *device;
    uint32_t rows, columns;
};

struct device_buffer {
    struct device *device;
    uint32_t rows, columns;
    bool constant;
};

struct device_stream {
    struct device *device;
    uint32_t rows_max, columns_max;
    /* The batch of the pass. */
    const uint32_t *starts;
    uint32_t window_count, rows; /* rows: all tokens */
    bool embedded;               /* in this pass */
    /* The first operation that was refused. */
    enum status status;
    struct error error;
};

struct device_backend {
    void (*destroy)(struct device *device);

    enum status (*matrix_create)(struct device *device, const struct device_matrix_params *params,
                                 struct device_matrix **ret_matrix, struct error *error);
    void (*matrix_destroy)(struct device_matrix *matrix);
    enum status (*table_create)(struct device *device, const struct device_table_params *params,
                                struct device_table **ret_table, struct error *error);
    void (*table_destroy)(struct device_table *table);
    enum status (*buffer_create)(struct device *device, uint32_t rows, uint32_t columns,
                                 const float *contents, struct device_buffer **ret_buffer,
                                 struct error *error);
    void (*buffer_destroy)(struct device_buffer *buffer);
    enum status (*stream_create)(struct device *device, uint32_t rows_max, uint32_t columns_max,
                                 struct device_stream **ret_stream, struct error *error);
    void (*stream_destroy)(struct device_stream *stream);

    void (*begin)(struct device_stream *stream);
    void (*embed)(struct device_stream *stream, const struct device_embed_params *params);
    void (*norm)(struct device_stream *stream, const struct device_buffer *input,
                 const struct device_buffer *weight, struct device_buffer *output);
    void (*linear)(struct device_stream *stream, uint32_t rows, const struct device_buffer *input,
                   const struct device_matrix *matrix, const struct device_buffer *bias,
                   enum device_store store, struct device_buffer *output);
    void (*attention)(struct device_stream *stream, const struct device_buffer *input,
                      const struct device_buffer *position, struct device_buffer *output);
    void (*gaps)(struct device_stream *stream, const struct device_buffer *left,
                 const struct device_buffer *right, const struct device_buffer *bias,
                 struct device_buffer *output);
    void (*log_softmax)(struct device_stream *stream, uint32_t rows, struct device_buffer *buffer);
    void (*mean_dot)(struct device_stream *stream, const struct device_buffer *input,
                     const struct device_buffer *weight, struct device_buffer *output);
    void (*fetch)(struct device_stream *stream, uint32_t rows, const struct device_buffer *buffer);
    enum status (*run)(struct device_stream *stream, struct error *error);
    const float *(*read)(struct device_stream *stream, const struct device_buffer *buffer);
};

#endif
