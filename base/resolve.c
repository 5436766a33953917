/* Declarations: resolve.h. */
#include "base/resolve.h"

#include "base/mem.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct resolve {
    atomic_uint references; /* of who asked, and of the thread */
    int handle;
    atomic_bool answered;     /* until then what follows is the thread's */
    int result, system_error; /* of getaddrinfo */
    struct addrinfo *addresses;
    char port[12];
    char host[];
};

static void unref(struct resolve *resolve) {
    if (atomic_fetch_sub(&resolve->references, 1) > 1) return;
    if (resolve->addresses) freeaddrinfo(resolve->addresses);
    close(resolve->handle);
    mem_free(resolve);
}

static void look_up(struct resolve *resolve, int flags) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICSERV | flags, .ai_socktype = SOCK_STREAM};
    resolve->result = getaddrinfo(resolve->host, resolve->port, &hints, &resolve->addresses);
    resolve->system_error = errno;
}

static void tell(struct resolve *resolve) {
    atomic_store(&resolve->answered, true);
    eventfd_write(resolve->handle, 1);
}

static void *run(void *payload) {
    struct resolve *resolve = payload;
    look_up(resolve, 0);
    tell(resolve);
    unref(resolve);
    return NULL;
}

/* Signals are for threads that live longer. */
static int start_thread(struct resolve *resolve) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&thread, &attributes, run, resolve);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return result;
}

enum status resolve_start(const char *host, unsigned port, struct resolve **ret_resolve,
                          struct error *error) {
    int handle = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), result = 0;
    if (handle < 0) return error_set(error, STATUS_IO, "%s: %s", host, strerror(errno));
    size_t size = strlen(host) + 1;
    struct resolve *resolve = mem_zalloc(sizeof *resolve + size);
    atomic_init(&resolve->references, 2);
    resolve->handle = handle;
    memcpy(resolve->host, host, size);
    snprintf(resolve->port, sizeof resolve->port, "%u", port);
    look_up(resolve, AI_NUMERICHOST);
    if (resolve->result == EAI_NONAME) {
        result = start_thread(resolve);
    } else {
        tell(resolve);
        unref(resolve);
    }
    if (result) {
        unref(resolve);
        unref(resolve);
        return error_set(error, STATUS_IO, "%s: %s", host, strerror(result));
    }
    *ret_resolve = resolve;
    return STATUS_OK;
}

int resolve_handle(const struct resolve *resolve) {
    return resolve->handle;
}

enum status resolve_addresses(const struct resolve *resolve, const struct addrinfo **ret_addresses,
                              struct error *error) {
    bool answered = atomic_load(&resolve->answered);
    int result = answered ? resolve->result : EAI_AGAIN;
    if (result == EAI_SYSTEM)
        return error_set(error, STATUS_IO, "%s: %s", resolve->host, strerror(resolve->system_error));
    if (result) return error_set(error, STATUS_NOT_FOUND, "%s: %s", resolve->host, gai_strerror(result));
    *ret_addresses = resolve->addresses;
    return STATUS_OK;
}

void resolve_drop(struct resolve *resolve) {
    if (resolve) unref(resolve);
}
