/* watch.c: see watch.h. A descriptor of the process where the system has them, which tells at once and of
 * exactly that process; else a look every second. */
#include "lsp/watch.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOK_EVERY_MS 1000

void watch_init(struct watch *watch, uv_loop_t *loop, void (*on_death)(void *payload), void *payload) {
    *watch = (struct watch){.loop = loop, .on_death = on_death, .payload = payload, .descriptor = -1};
}

static void notice(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct watch *watch = poll->data;
    uv_poll_stop(poll);
    watch->on_death(watch->payload);
}

static bool is_alive(long process) {
    return kill((pid_t)process, 0) == 0 || errno == EPERM;
}

static void look(uv_timer_t *timer) {
    struct watch *watch = timer->data;
    if (is_alive(watch->process)) return;
    uv_timer_stop(timer);
    watch->on_death(watch->payload);
}

static bool start_poll(struct watch *watch) {
#ifdef SYS_pidfd_open
    watch->descriptor = (int)syscall(SYS_pidfd_open, (pid_t)watch->process, 0);
    if (watch->descriptor < 0) return false;
    if (uv_poll_init(watch->loop, &watch->poll, watch->descriptor) == 0) {
        watch->has_poll = true;
        watch->poll.data = watch;
        uv_poll_start(&watch->poll, UV_READABLE, notice);
        return true;
    }
    close(watch->descriptor);
    watch->descriptor = -1;
#endif
    return false;
}

void watch_start(struct watch *watch, long process) {
    if (watch->process) return;
    watch->process = process;
    if (!is_alive(process) || start_poll(watch)) return;
    uv_timer_init(watch->loop, &watch->timer);
    watch->has_timer = true;
    watch->timer.data = watch;
    uv_timer_start(&watch->timer, look, LOOK_EVERY_MS, LOOK_EVERY_MS);
}

static void close_descriptor(uv_handle_t *handle) {
    struct watch *watch = handle->data;
    close(watch->descriptor);
    watch->descriptor = -1;
}

void watch_close(struct watch *watch) {
    if (watch->has_poll) uv_close((uv_handle_t *)&watch->poll, close_descriptor);
    if (watch->has_timer) uv_close((uv_handle_t *)&watch->timer, NULL);
    watch->has_poll = watch->has_timer = false;
}
