/* Declarations: redis_link.h. */
#include "cache/redis_link.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/resolve.h"
#include "base/str.h"
#include "cache/redis_tls.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 16384 /* the longest record of TLS */

struct redis_link {
    struct redis_url url;
    size_t reply_bytes_max;
    atomic_uint_fast64_t end_at_ns; /* UINT64_MAX: not yet */
    int wake;                       /* can be read from once end_at_ns is set; -1: the system had none */
    struct resolve *resolve;        /* a name that is looked up */
    int handle;                     /* -1: closed */
    struct redis_tls *tls;          /* NULL: plain */
    redisReader *reader;
    redisReplyObjectFunctions functions;
    struct str out;
    size_t sent;
};

/* ---- waiting ---- */

static uint64_t end_of(struct redis_link *link, uint64_t deadline_ns) {
    uint64_t end_at_ns = atomic_load(&link->end_at_ns);
    return end_at_ns < deadline_ns ? end_at_ns : deadline_ns;
}

/* Until the handle is ready, or somebody says that all ends. STATUS_DEADLINE has no message. */
static enum status wait_for(struct redis_link *link, int handle, short events, uint64_t deadline_ns) {
    uint64_t now_ns = clock_now_ns(), until_ns = end_of(link, deadline_ns);
    bool ends = atomic_load(&link->end_at_ns) != UINT64_MAX;
    if (now_ns >= until_ns) return STATUS_DEADLINE;
    struct pollfd both[2] = {{handle, events, 0}, {ends ? -1 : link->wake, POLLIN, 0}};
    poll(both, 2, (int)((until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS));
    return STATUS_OK; /* whoever waits tries again, and comes back */
}

static enum status too_late(struct error *error) {
    return error_set(error, STATUS_DEADLINE, "it does not answer in time");
}

/* ---- opening ---- */

static enum status find_host(struct redis_link *link, uint64_t deadline_ns,
                             const struct addrinfo **ret_addresses, struct error *error) {
    enum status status = STATUS_OK;
    if (!link->resolve) status = resolve_start(link->url.host, link->url.port, &link->resolve, error);
    if (status) return status;
    int handle = resolve_handle(link->resolve);
    for (struct pollfd one = {handle, POLLIN, 0}; poll(&one, 1, 0) != 1;)
        if (atomic_load(&link->end_at_ns) != UINT64_MAX || wait_for(link, handle, POLLIN, deadline_ns))
            return error_set(error, STATUS_DEADLINE, "its address is not found in time");
    return resolve_addresses(link->resolve, ret_addresses, error);
}

static enum status connect_to(struct redis_link *link, const struct addrinfo *address, uint64_t deadline_ns,
                              struct error *error) {
    int reason = 0, on = 1;
    socklen_t size = sizeof reason;
    link->handle = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->handle < 0) return error_set(error, STATUS_IO, "%s", strerror(errno));
    setsockopt(link->handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!connect(link->handle, address->ai_addr, address->ai_addrlen)) return STATUS_OK;
    if (errno != EINPROGRESS) return error_set(error, STATUS_IO, "%s", strerror(errno));
    for (struct pollfd one = {link->handle, POLLOUT, 0}; poll(&one, 1, 0) != 1;)
        if (wait_for(link, link->handle, POLLOUT, deadline_ns)) return too_late(error);
    getsockopt(link->handle, SOL_SOCKET, SO_ERROR, &reason, &size);
    return reason ? error_set(error, STATUS_IO, "%s", strerror(reason)) : STATUS_OK;
}

/* One address after the other, each with its share of the time. */
static enum status connect_to_any(struct redis_link *link, const struct addrinfo *addresses,
                                  uint64_t deadline_ns, struct error *error) {
    uint64_t count = 0;
    for (const struct addrinfo *address = addresses; address; address = address->ai_next)
        count++;
    enum status status = error_set(error, STATUS_NOT_FOUND, "%s has no address", link->url.host);
    for (const struct addrinfo *address = addresses; address && status; address = address->ai_next, count--) {
        uint64_t now_ns = clock_now_ns(), end_ns = end_of(link, deadline_ns);
        if (now_ns >= end_ns) return too_late(error);
        if (link->handle >= 0) close(link->handle);
        status = connect_to(link, address, now_ns + (end_ns - now_ns) / count, error);
    }
    return status;
}

static enum status shake_hands(struct redis_link *link, uint64_t deadline_ns, struct error *error) {
    uint64_t start_ns = clock_now_ns();
    enum status status = redis_tls_create(&link->url, link->handle, &link->tls, error);
    deadline_ns += clock_now_ns() - start_ns; /* certificates that are read are not the server's doing */
    for (short events = 0; !status;) {
        status = redis_tls_shake_hands(link->tls, &events, error);
        if (status || !events) break;
        if (wait_for(link, link->handle, events,
                     deadline_ns)) /* a Redis without waits for more, in silence */
            status = error_set(error, STATUS_DEADLINE, "it does not answer in time; perhaps it has no TLS");
    }
    return status;
}

/* hiredis would allocate whatever it is told. */
static void *refuse_array(const redisReadTask *task, int count) {
    (void)task, (void)count;
    return NULL;
}

static enum status start_reader(struct redis_link *link, struct error *error) {
    link->reader = redisReaderCreate();
    if (!link->reader) return error_set(error, STATUS_NO_MEMORY, "out of memory");
    link->functions = *link->reader->fn;
    link->functions.createArray = refuse_array;
    link->reader->fn = &link->functions;
    return STATUS_OK;
}

enum status redis_link_open(struct redis_link *link, uint64_t deadline_ns, struct error *error) {
    const struct addrinfo *addresses;
    enum status status = find_host(link, deadline_ns, &addresses, error);
    if (status == STATUS_DEADLINE) return status;
    if (!status) status = connect_to_any(link, addresses, deadline_ns, error);
    resolve_drop(link->resolve); /* next time it may lie elsewhere */
    link->resolve = NULL;
    if (!status && link->url.tls) status = shake_hands(link, deadline_ns, error);
    if (!status) status = start_reader(link, error);
    if (status) redis_link_close(link);
    return status;
}

void redis_link_close(struct redis_link *link) {
    redis_tls_destroy(link->tls);
    if (link->handle >= 0) close(link->handle);
    if (link->reader) redisReaderFree(link->reader);
    link->tls = NULL;
    link->handle = -1;
    link->reader = NULL;
    link->sent = 0;
    str_clear(&link->out);
}

bool redis_link_is_open(const struct redis_link *link) {
    return link->handle >= 0;
}

/* ---- talking ---- */

enum status redis_link_add(struct redis_link *link, int count, const char **words, const size_t *lengths,
                           struct error *error) {
    char *bytes;
    int length = redisFormatCommandArgv(&bytes, count, words, lengths);
    if (length < 0) return error_set(error, STATUS_NO_MEMORY, "out of memory");
    str_add(&link->out, bytes, (size_t)length);
    redisFreeCommand(bytes);
    return STATUS_OK;
}

static enum status failed(struct error *error) {
    if (errno == ECONNRESET || errno == EPIPE)
        return error_set(error, STATUS_CLOSED, "it closed the connection");
    return error_set(error, STATUS_IO, "%s", strerror(errno));
}

/* Both: *events becomes what there is to wait for; 0: nothing, *ret_count bytes went. */
static enum status write_some(struct redis_link *link, size_t *ret_count, short *events,
                              struct error *error) {
    const char *bytes = link->out.bytes + link->sent;
    size_t length = link->out.length - link->sent;
    if (link->tls) return redis_tls_write(link->tls, bytes, length, ret_count, events, error);
    ssize_t count = send(link->handle, bytes, length, MSG_NOSIGNAL);
    *events = count < 0 && (errno == EAGAIN || errno == EINTR) ? POLLOUT : 0;
    if (count < 0 && !*events) return failed(error);
    *ret_count = count > 0 ? (size_t)count : 0;
    return STATUS_OK;
}

static enum status read_some(struct redis_link *link, char bytes[READ_BYTES], size_t *ret_count,
                             short *events, struct error *error) {
    if (link->tls) return redis_tls_read(link->tls, bytes, READ_BYTES, ret_count, events, error);
    ssize_t count = recv(link->handle, bytes, READ_BYTES, 0);
    *events = count < 0 && (errno == EAGAIN || errno == EINTR) ? POLLIN : 0;
    if (count < 0 && !*events) return failed(error);
    if (count == 0) return error_set(error, STATUS_CLOSED, "it closed the connection");
    *ret_count = count > 0 ? (size_t)count : 0;
    return STATUS_OK;
}

enum status redis_link_send(struct redis_link *link, uint64_t deadline_ns, struct error *error) {
    while (link->sent < link->out.length) {
        size_t count = 0;
        short events = 0;
        enum status status = write_some(link, &count, &events, error);
        if (status) return status;
        link->sent += count;
        bool late = events ? wait_for(link, link->handle, events, deadline_ns) != STATUS_OK
                           : clock_now_ns() >= end_of(link, deadline_ns);
        if (late && link->sent < link->out.length)
            return error_set(error, STATUS_DEADLINE, "it does not read in time");
    }
    link->sent = 0;
    str_clear(&link->out);
    return STATUS_OK;
}

enum status redis_link_read(struct redis_link *link, uint64_t deadline_ns, redisReply **ret_reply,
                            struct error *error) {
    for (;;) {
        void *reply = NULL;
        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK)
            return error_set(error, STATUS_MALFORMED,
                             link->reader->err == REDIS_ERR_OOM ? "it sends what nobody asked for"
                                                                : "it does not speak Redis' protocol");
        if (reply) {
            *ret_reply = reply;
            return STATUS_OK;
        }
        if (link->reader->len > link->reply_bytes_max)
            return error_set(error, STATUS_MALFORMED, "it sends what nobody asked for");
        char bytes[READ_BYTES];
        size_t count = 0;
        short events = 0;
        enum status status = read_some(link, bytes, &count, &events, error);
        if (status) return status;
        if (count && redisReaderFeed(link->reader, bytes, count) != REDIS_OK)
            return error_set(error, STATUS_NO_MEMORY, "out of memory");
        if (events ? wait_for(link, link->handle, events, deadline_ns) != STATUS_OK
                   : clock_now_ns() >= end_of(link, deadline_ns))
            return too_late(error);
    }
}

/* ---- the link ---- */

struct redis_link *redis_link_create(const struct redis_url *url, size_t reply_bytes_max) {
    struct redis_link *link = mem_zalloc(sizeof *link);
    link->url = *url;
    link->reply_bytes_max = reply_bytes_max;
    atomic_init(&link->end_at_ns, UINT64_MAX);
    link->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    link->handle = -1;
    str_init(&link->out);
    return link;
}

void redis_link_destroy(struct redis_link *link) {
    if (!link) return;
    redis_link_close(link);
    resolve_drop(link->resolve);
    if (link->wake >= 0) close(link->wake);
    str_finish(&link->out);
    mem_free(link);
}

void redis_link_end(struct redis_link *link, uint64_t at_ns) {
    atomic_store(&link->end_at_ns, at_ns);
    if (link->wake >= 0) eventfd_write(link->wake, 1);
}
