#include "tests/support/faulty_device.h"

#include "base/mem.h"
#include "compute/device_backend.h"
#include "compute/device_cpu.h"

#include <math.h>
#include <string.h>

struct faulty {
    struct device device;
    struct device *inner;
    struct faults *faults;
    atomic_bool dead;
    atomic_uint wrong; /* of the last run */
};

void faults_init(struct faults *faults, const struct kernel_set *kernels) {
    memset(faults, 0, sizeof *faults);
    faults->kernels = kernels;
    faults->lock = thread_lock_create();
    faults->opened_gate = thread_cond_create();
    faults->arrived = thread_cond_create();
    faults->seed = 1;
}

void faults_finish(struct faults *faults) {
    thread_cond_destroy(faults->arrived);
    thread_cond_destroy(faults->opened_gate);
    thread_lock_destroy(faults->lock);
}

void faults_close_gate(struct faults *faults) {
    thread_lock_acquire(faults->lock);
    faults->gate_closed = true;
    thread_lock_release(faults->lock);
}

void faults_await_run(struct faults *faults) {
    thread_lock_acquire(faults->lock);
    while (!faults->waiting)
        thread_cond_wait(faults->arrived, faults->lock);
    thread_lock_release(faults->lock);
}

void faults_open_gate(struct faults *faults) {
    thread_lock_acquire(faults->lock);
    faults->gate_closed = false;
    thread_cond_broadcast(faults->opened_gate);
    thread_lock_release(faults->lock);
}

static void pass_gate(struct faults *faults) {
    thread_lock_acquire(faults->lock);
    faults->waiting++;
    thread_cond_broadcast(faults->arrived);
    while (faults->gate_closed)
        thread_cond_wait(faults->opened_gate, faults->lock);
    faults->waiting--;
    thread_lock_release(faults->lock);
}

static bool happens(const struct faults *faults, unsigned run, unsigned one_in, uint64_t salt) {
    if (!one_in) return false;
    uint64_t mixed = (faults->seed + run) * UINT64_C(0x9E3779B97F4A7C15) ^ salt;
    mixed = (mixed ^ mixed >> 31) * UINT64_C(0xBF58476D1CE4E5B9);
    return (mixed >> 33) % one_in == 0;
}

/* ---- backend: the other device's, which is shown its own kind of stream ---- */

static struct faulty *faulty_of(struct device *device) {
    return (struct faulty *)device;
}

static const struct device_backend *inner_of(struct device *device) {
    return faulty_of(device)->inner->backend;
}

static void destroy(struct device *device) {
    device_destroy(faulty_of(device)->inner);
    mem_free(device);
}

static enum status matrix_create(struct device *device, const struct device_matrix_params *params,
                                 struct device_matrix **ret_matrix, struct error *error) {
    struct faulty *faulty = faulty_of(device);
    if (params->precision == atomic_load(&faulty->faults->refused))
        return error_set(error, STATUS_UNSUPPORTED, "this format is not known");
    return inner_of(device)->matrix_create(faulty->inner, params, ret_matrix, error);
}

static void matrix_destroy(struct device_matrix *matrix) {
    const struct device_backend *inner = inner_of(matrix->device);
    matrix->device = faulty_of(matrix->device)->inner;
    inner->matrix_destroy(matrix);
}

static enum status table_create(struct device *device, const struct device_table_params *params,
                                struct device_table **ret_table, struct error *error) {
    return inner_of(device)->table_create(faulty_of(device)->inner, params, ret_table, error);
}

static void table_destroy(struct device_table *table) {
    const struct device_backend *inner = inner_of(table->device);
    table->device = faulty_of(table->device)->inner;
    inner->table_destroy(table);
}

static enum status buffer_create(struct device *device, uint32_t rows, uint32_t columns,
                                 const float *contents, struct device_buffer **ret_buffer,
                                 struct error *error) {
    struct faulty *faulty = faulty_of(device);
    unsigned most = atomic_load(&faulty->faults->buffers_max);
    if (most && !contents && rows > most) return error_set(error, STATUS_NO_MEMORY, "no memory");
    return inner_of(device)->buffer_create(faulty->inner, rows, columns, contents, ret_buffer, error);
}

static void buffer_destroy(struct device_buffer *buffer) {
    const struct device_backend *inner = inner_of(buffer->device);
    buffer->device = faulty_of(buffer->device)->inner;
    inner->buffer_destroy(buffer);
}

static enum status stream_create(struct device *device, uint32_t rows_max, uint32_t columns_max,
                                 struct device_stream **ret_stream, struct error *error) {
    return inner_of(device)->stream_create(faulty_of(device)->inner, rows_max, columns_max, ret_stream,
                                           error);
}

static void stream_destroy(struct device_stream *stream) {
    const struct device_backend *inner = inner_of(stream->device);
    stream->device = faulty_of(stream->device)->inner;
    inner->stream_destroy(stream);
}

/* Runs `call` with the stream as the other device made it. */
#define FORWARD(stream, call)                                                                                \
    do {                                                                                                     \
        struct device *outer = (stream)->device;                                                             \
        const struct device_backend *inner = inner_of(outer);                                                \
        (stream)->device = faulty_of(outer)->inner;                                                          \
        inner->call;                                                                                         \
        (stream)->device = outer;                                                                            \
    } while (0)

static void begin(struct device_stream *stream) {
    FORWARD(stream, begin(stream));
}

static void embed(struct device_stream *stream, const struct device_embed_params *params) {
    FORWARD(stream, embed(stream, params));
}

static void norm(struct device_stream *stream, const struct device_buffer *input,
                 const struct device_buffer *weight, struct device_buffer *output) {
    FORWARD(stream, norm(stream, input, weight, output));
}

static void linear(struct device_stream *stream, uint32_t rows, const struct device_buffer *input,
                   const struct device_matrix *matrix, const struct device_buffer *bias,
                   enum device_store store, struct device_buffer *output) {
    FORWARD(stream, linear(stream, rows, input, matrix, bias, store, output));
}

static void attention(struct device_stream *stream, const struct device_buffer *input,
                      const struct device_buffer *position, struct device_buffer *output) {
    FORWARD(stream, attention(stream, input, position, output));
}

static void gaps(struct device_stream *stream, const struct device_buffer *left,
                 const struct device_buffer *right, const struct device_buffer *bias,
                 struct device_buffer *output) {
    FORWARD(stream, gaps(stream, left, right, bias, output));
}

static void log_softmax(struct device_stream *stream, uint32_t rows, struct device_buffer *buffer) {
    FORWARD(stream, log_softmax(stream, rows, buffer));
}

static void mean_dot(struct device_stream *stream, const struct device_buffer *input,
                     const struct device_buffer *weight, struct device_buffer *output) {
    FORWARD(stream, mean_dot(stream, input, weight, output));
}

static void fetch(struct device_stream *stream, uint32_t rows, const struct device_buffer *buffer) {
    FORWARD(stream, fetch(stream, rows, buffer));
}

static enum status run(struct device_stream *stream, struct error *error) {
    struct faulty *faulty = faulty_of(stream->device);
    struct faults *faults = faulty->faults;
    unsigned number = atomic_fetch_add(&faults->runs, 1) + 1;
    pass_gate(faults);
    if (atomic_load(&faulty->dead)) return error_set(error, STATUS_IO, "the device is lost");
    if (number == atomic_load(&faults->fail_at) ||
        happens(faults, number, atomic_load(&faults->fail_one_in), 0)) {
        atomic_store(&faulty->dead, atomic_load(&faults->dies));
        return error_set(error, STATUS_IO, "the device failed in run %u", number);
    }
    unsigned one_in = atomic_load(&faults->wrong_one_in), wrong = atomic_load(&faults->wrong);
    if (stream->window_count < atomic_load(&faults->wrong_from)) wrong = WRONG_NONE;
    atomic_store(&faulty->wrong, !one_in || happens(faults, number, one_in, 1) ? wrong : WRONG_NONE);
    FORWARD(stream, run(stream, error)); /* the CPU's never fails */
    return STATUS_OK;
}

static const float *read_buffer(struct device_stream *stream, const struct device_buffer *buffer) {
    struct faulty *faulty = faulty_of(stream->device);
    const float *numbers = inner_of(stream->device)->read(stream, buffer);
    float *spoilt = (float *)numbers;
    uint32_t columns = buffer->columns;
    for (uint32_t row = 0; columns > 1 && row < buffer->rows; row++, spoilt += columns)
        switch (atomic_load(&faulty->wrong)) {
        case WRONG_ZEROS: memset(spoilt, 0, columns * sizeof *spoilt); break;
        case WRONG_NANS: spoilt[row % columns] = NAN; break;
        case WRONG_REVERSED:
            for (uint32_t i = 0; i < columns / 2; i++) {
                float other = spoilt[i];
                spoilt[i] = spoilt[columns - 1 - i];
                spoilt[columns - 1 - i] = other;
            }
            break;
        default: break;
        }
    return numbers;
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

enum status faulty_device_open(void *payload, struct device **ret_device, struct error *error) {
    struct faults *faults = payload;
    atomic_fetch_add(&faults->opens, 1);
    unsigned failing = atomic_load(&faults->failing_opens);
    if (failing) {
        atomic_store(&faults->failing_opens, failing - 1);
        return error_set(error, STATUS_IO, "the device does not open");
    }
    struct faulty *faulty = mem_zalloc(sizeof *faulty);
    faulty->inner = device_cpu_create(faults->kernels);
    faulty->device = (struct device){.backend = &backend, .name = "faulty"};
    faulty->faults = faults;
    *ret_device = &faulty->device;
    return STATUS_OK;
}
