/* transport.c: see transport.h. Pipes, sockets and terminals are libuv streams. Files (input from or output
 * to a file) are not, and are read and written in turn. */
#include "lsp/transport.h"

#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES        ((size_t)64 << 10)
#define CONGESTED_BYTES   ((size_t)256 << 10)
#define READ_PAUSE_BYTES  ((size_t)16 << 20)
#define CLOSE_PATIENCE_MS 1000

union stream {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_pipe_t pipe;
    uv_tcp_t tcp;
    uv_tty_t tty;
};

struct transport {
    uv_loop_t *loop;
    struct transport_events events;
    union stream input, output, listener;
    uv_stream_t *reads, *writes; /* the same for a socket; NULL: a file, or not connected yet */
    int input_file, output_file; /* -1: none */
    uv_fs_t file_read;
    bool file_reading;
    uv_timer_t patience;
    char *read_buffer;
    bool paused, closing;
    bool ended;  /* nothing more to read */
    bool broken; /* nothing can be written */
    unsigned port;
    const char *pipe_path;
    bool owns_pipe_path; /* made by us, to be removed */
    uv_connect_t connect;
};

struct pending_write {
    uv_write_t request;
    struct transport *transport;
    char bytes[];
};

static void end(struct transport *transport) {
    if (transport->ended || transport->closing) return;
    transport->ended = true;
    transport->events.on_end(transport->events.payload);
}

static void break_off(struct transport *transport) {
    transport->broken = true;
    end(transport);
}

/* ---- reading ---- */

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    (void)suggested;
    struct transport *transport = handle->data;
    *buffer = uv_buf_init(transport->read_buffer, READ_BYTES);
}

static void take_bytes(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
    struct transport *transport = stream->data;
    if (count > 0)
        transport->events.on_bytes(buffer->base, (size_t)count, transport->events.payload);
    else if (count < 0)
        end(transport);
}

static void read_file_next(struct transport *transport);

static void take_file_bytes(uv_fs_t *request) {
    struct transport *transport = request->data;
    ssize_t count = request->result;
    uv_fs_req_cleanup(request);
    transport->file_reading = false;
    if (transport->closing) return;
    if (count <= 0) {
        end(transport);
        return;
    }
    transport->events.on_bytes(transport->read_buffer, (size_t)count, transport->events.payload);
    if (!transport->paused && !transport->closing) read_file_next(transport);
}

static void read_file_next(struct transport *transport) {
    if (transport->file_reading) return;
    uv_buf_t buffer = uv_buf_init(transport->read_buffer, READ_BYTES);
    transport->file_read.data = transport;
    transport->file_reading = true;
    uv_fs_read(transport->loop, &transport->file_read, transport->input_file, &buffer, 1, -1,
               take_file_bytes);
}

static void start_reading(struct transport *transport) {
    if (transport->reads)
        uv_read_start(transport->reads, give_buffer, take_bytes);
    else
        read_file_next(transport);
}

static void pause_reading(struct transport *transport, bool pause) {
    if (transport->paused == pause || transport->closing) return;
    transport->paused = pause;
    if (!pause)
        start_reading(transport);
    else if (transport->reads)
        uv_read_stop(transport->reads);
}

/* ---- writing ---- */

static size_t waiting_bytes(const struct transport *transport) {
    return transport->writes ? uv_stream_get_write_queue_size(transport->writes) : 0;
}

bool transport_congested(const struct transport *transport) {
    return waiting_bytes(transport) > CONGESTED_BYTES;
}

static void close_handle(uv_handle_t *handle) {
    if (handle->type != UV_UNKNOWN_HANDLE && !uv_is_closing(handle)) uv_close(handle, NULL);
}

static void close_all(struct transport *transport) {
    close_handle(&transport->input.handle);
    close_handle(&transport->output.handle);
    close_handle(&transport->listener.handle);
    close_handle((uv_handle_t *)&transport->patience);
    if (transport->file_reading) uv_cancel((uv_req_t *)&transport->file_read);
    if (transport->owns_pipe_path) unlink(transport->pipe_path);
    transport->owns_pipe_path = false;
}

static void after_write(uv_write_t *request, int status) {
    struct pending_write *pending = (struct pending_write *)request;
    struct transport *transport = pending->transport;
    mem_free(pending);
    if (transport->closing) {
        if (waiting_bytes(transport) == 0) close_all(transport);
        return;
    }
    if (status < 0) {
        break_off(transport);
        return;
    }
    size_t waiting = waiting_bytes(transport);
    if (waiting < READ_PAUSE_BYTES / 2) pause_reading(transport, false);
    if (waiting < CONGESTED_BYTES) transport->events.on_drained(transport->events.payload);
}

static void write_file(struct transport *transport, const char *bytes, size_t length) {
    while (length) {
        ssize_t count = write(transport->output_file, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            break_off(transport);
            return;
        }
        bytes += count, length -= (size_t)count;
    }
}

void transport_send(struct transport *transport, const char *bytes, size_t length) {
    if (transport->broken || transport->closing) return;
    if (!transport->writes) {
        if (transport->output_file >= 0) write_file(transport, bytes, length);
        return;
    }
    if (waiting_bytes(transport) == 0) {
        uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)length);
        int written = uv_try_write(transport->writes, &buffer, 1);
        if (written > 0) bytes += written, length -= (size_t)written;
    }
    if (length == 0) return;
    struct pending_write *pending = mem_alloc(sizeof *pending + length);
    pending->transport = transport;
    memcpy(pending->bytes, bytes, length);
    uv_buf_t buffer = uv_buf_init(pending->bytes, (unsigned)length);
    if (uv_write(&pending->request, transport->writes, &buffer, 1, after_write) != 0) {
        mem_free(pending);
        break_off(transport);
        return;
    }
    if (waiting_bytes(transport) > READ_PAUSE_BYTES) pause_reading(transport, true);
}

/* ---- closing ---- */

static void close_now(uv_timer_t *timer) {
    close_all(timer->data);
}

void transport_close(struct transport *transport) {
    if (transport->closing) return;
    transport->closing = true;
    if (transport->reads) uv_read_stop(transport->reads);
    if (transport->broken || waiting_bytes(transport) == 0) {
        close_all(transport);
        return;
    }
    uv_timer_start(&transport->patience, close_now, CLOSE_PATIENCE_MS, 0);
}

void transport_destroy(struct transport *transport) {
    if (!transport) return;
    mem_free(transport->read_buffer);
    mem_free(transport);
}

/* ---- opening: standard input and output ---- */

static int init_standard(struct transport *transport, union stream *stream, int *file, int descriptor,
                         uv_stream_t **ret_stream) {
    int result;
    switch (uv_guess_handle(descriptor)) {
    case UV_NAMED_PIPE:
        uv_pipe_init(transport->loop, &stream->pipe, 0);
        result = uv_pipe_open(&stream->pipe, descriptor);
        break;
    case UV_TCP:
        uv_tcp_init(transport->loop, &stream->tcp);
        result = uv_tcp_open(&stream->tcp, descriptor);
        break;
    case UV_TTY: result = uv_tty_init(transport->loop, &stream->tty, descriptor, 0); break;
    case UV_FILE: *file = descriptor; return 0;
    default: return UV_EBADF;
    }
    stream->handle.data = transport;
    *ret_stream = &stream->stream;
    return result;
}

static enum status open_standard(struct transport *transport, struct error *error) {
    /* Whatever prints to standard output from here on ends in the log instead of in the protocol. */
    int descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (descriptor < 0) return error_set(error, STATUS_IO, "standard output is closed");
    dup2(STDERR_FILENO, STDOUT_FILENO);
    int result =
        init_standard(transport, &transport->output, &transport->output_file, descriptor, &transport->writes);
    if (result == 0)
        result = init_standard(transport, &transport->input, &transport->input_file, STDIN_FILENO,
                               &transport->reads);
    if (result != 0)
        return error_set(error, STATUS_IO, "standard input or output cannot be used: %s",
                         uv_strerror(result));
    start_reading(transport);
    return STATUS_OK;
}

/* ---- opening: socket and pipe ---- */

static void connected(struct transport *transport, uv_stream_t *stream) {
    stream->data = transport;
    if (stream->type == UV_TCP) uv_tcp_nodelay((uv_tcp_t *)stream, 1);
    transport->reads = transport->writes = stream;
    start_reading(transport);
}

static void take_connection(uv_stream_t *listener, int status) {
    struct transport *transport = listener->data;
    if (status < 0 || transport->reads || transport->closing) return;
    if (transport->pipe_path)
        uv_pipe_init(transport->loop, &transport->output.pipe, 0);
    else
        uv_tcp_init(transport->loop, &transport->output.tcp);
    if (uv_accept(listener, &transport->output.stream) != 0) return;
    close_handle((uv_handle_t *)listener);
    if (transport->owns_pipe_path) unlink(transport->pipe_path);
    transport->owns_pipe_path = false;
    connected(transport, &transport->output.stream);
}

static int bind_listener(struct transport *transport) {
    if (transport->pipe_path) {
        uv_pipe_init(transport->loop, &transport->listener.pipe, 0);
        int result = uv_pipe_bind(&transport->listener.pipe, transport->pipe_path);
        transport->owns_pipe_path = result == 0;
        return result;
    }
    struct sockaddr_in address;
    uv_ip4_addr("127.0.0.1", (int)transport->port, &address);
    uv_tcp_init(transport->loop, &transport->listener.tcp);
    return uv_tcp_bind(&transport->listener.tcp, (const struct sockaddr *)&address, 0);
}

static void listen_instead(struct transport *transport) {
    int result = bind_listener(transport);
    transport->listener.handle.data = transport;
    if (result == 0) result = uv_listen(&transport->listener.stream, 1, take_connection);
    if (result == 0) {
        if (transport->pipe_path)
            fprintf(stderr, "noodle-lsp: listening on %s\n", transport->pipe_path);
        else
            fprintf(stderr, "noodle-lsp: listening on 127.0.0.1:%u\n", transport->port);
        return;
    }
    struct error error;
    if (transport->pipe_path)
        error_set(&error, STATUS_IO, "cannot connect to the pipe %s, nor listen there: %s",
                  transport->pipe_path, uv_strerror(result));
    else
        error_set(&error, STATUS_IO, "cannot connect to port %u on 127.0.0.1, nor listen there: %s",
                  transport->port, uv_strerror(result));
    transport->broken = true;
    transport->events.on_failure(&error, transport->events.payload);
}

static void after_connect(uv_connect_t *request, int status) {
    struct transport *transport = request->data;
    if (transport->closing) return;
    if (status == 0) {
        connected(transport, &transport->input.stream);
        return;
    }
    close_handle(&transport->input.handle);
    /* A socket file that a dead process left behind. */
    if (transport->pipe_path && status == UV_ECONNREFUSED) unlink(transport->pipe_path);
    listen_instead(transport);
}

static enum status open_socket(struct transport *transport, struct error *error) {
    struct sockaddr_in address;
    if (transport->port < 1 || transport->port > 65535)
        return error_set(error, STATUS_INVALID, "port %u does not exist; ports go from 1 to 65535",
                         transport->port);
    uv_ip4_addr("127.0.0.1", (int)transport->port, &address);
    uv_tcp_init(transport->loop, &transport->input.tcp);
    int result = uv_tcp_connect(&transport->connect, &transport->input.tcp, (const struct sockaddr *)&address,
                                after_connect);
    return result == 0 ? STATUS_OK
                       : error_set(error, STATUS_IO, "cannot connect to port %u: %s", transport->port,
                                   uv_strerror(result));
}

static enum status open_pipe(struct transport *transport, struct error *error) {
    size_t room = sizeof((struct sockaddr_un *)0)->sun_path;
    if (strlen(transport->pipe_path) >= room)
        return error_set(error, STATUS_INVALID, "the path of a pipe has to be shorter than %zu bytes", room);
    uv_pipe_init(transport->loop, &transport->input.pipe, 0);
    uv_pipe_connect(&transport->connect, &transport->input.pipe, transport->pipe_path, after_connect);
    return STATUS_OK;
}

enum status transport_open(uv_loop_t *loop, const struct server_params *params,
                           const struct transport_events *events, struct transport **ret_transport,
                           struct error *error) {
    struct transport *transport = mem_zalloc(sizeof *transport);
    transport->loop = loop;
    transport->events = *events;
    transport->input_file = transport->output_file = -1;
    transport->port = params->port;
    transport->read_buffer = mem_alloc(READ_BYTES);
    transport->connect.data = transport;
    uv_timer_init(loop, &transport->patience);
    transport->patience.data = transport;
    if (params->transport == TRANSPORT_PIPE) transport->pipe_path = params->pipe_path;
    *ret_transport = transport;
    switch (params->transport) {
    case TRANSPORT_SOCKET: return open_socket(transport, error);
    case TRANSPORT_PIPE: return open_pipe(transport, error);
    case TRANSPORT_STDIO: break;
    }
    return open_standard(transport, error);
}
