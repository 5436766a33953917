/* server.c: see server.h. Connects the core with the world: transport, frames, wake-ups, deadlines, the
 * client's life.
 *
 * The loop ends when every handle is closed. stop() closes them, from wherever the end was noticed; the core
 * is taken down after the loop. Threads may want to wake the loop until then, so that handle is closed last.
 */
#include "lsp/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "lsp/core.h"
#include "lsp/frame.h"
#include "lsp/transport.h"
#include "lsp/watch.h"
#include <signal.h>
#include <stdio.h>

#define EXIT_NOT_OPENED 2
#define LINGER_MS       1000

struct server {
    uv_loop_t loop;
    uv_async_t async;            /* threads have something for the core */
    uv_timer_t deadline;         /* requests that wait run out of time */
    uv_timer_t linger;           /* the client has said all; its answers are still being made */
    uv_prepare_t turn;           /* before each wait for something to happen */
    uint64_t turned_ns, idle_ns; /* when that was last, and how long the loop had waited by then */
    struct watch watch;
    struct transport *transport;
    struct frame *frame;
    struct core *core;
    bool stopping, lingering;
    int exit_code;
};

static void stop(struct server *server, int exit_code) {
    if (server->stopping) return;
    server->stopping = true;
    server->exit_code = exit_code;
    transport_close(server->transport);
    watch_close(&server->watch);
    uv_close((uv_handle_t *)&server->deadline, NULL);
    uv_close((uv_handle_t *)&server->linger, NULL);
    uv_close((uv_handle_t *)&server->turn, NULL);
    uv_unref((uv_handle_t *)&server->async);
}

static void expire(uv_timer_t *timer);

static void end_turn(uv_prepare_t *turn) {
    struct server *server = turn->data;
    uint64_t now_ns = uv_hrtime(), idle_ns = uv_metrics_idle_time(&server->loop);
    uint64_t waited_ns = idle_ns - server->idle_ns;
    if (server->turned_ns && now_ns - server->turned_ns > waited_ns)
        core_note_turn(server->core, now_ns - server->turned_ns - waited_ns);
    server->turned_ns = now_ns;
    server->idle_ns = idle_ns;
}

static void end_linger(uv_timer_t *timer) {
    struct server *server = timer->data;
    stop(server, core_exit_code(server->core));
}

/* A script may write all its messages and close its end before the first is answered. */
static void linger(struct server *server) {
    if (server->lingering || server->stopping) return;
    server->lingering = true;
    uv_timer_start(&server->linger, end_linger, LINGER_MS, 0);
}

/* After everything that may have changed what the core wants from us. */
static void follow_core(struct server *server) {
    int exit_code;
    if (server->stopping) return;
    if (core_exited(server->core, &exit_code)) {
        stop(server, exit_code);
        return;
    }
    if (core_is_leaving(server->core)) linger(server);
    if (server->lingering && core_is_idle(server->core)) {
        stop(server, core_exit_code(server->core));
        return;
    }
    uint64_t deadline_ns = core_next_deadline_ns(server->core);
    if (!deadline_ns) {
        uv_timer_stop(&server->deadline);
        return;
    }
    uint64_t now_ns = clock_now_ns();
    uint64_t wait_ms = deadline_ns > now_ns ? (deadline_ns - now_ns) / NS_PER_MS + 1 : 0;
    uv_timer_start(&server->deadline, expire, wait_ms, 0);
}

static void expire(uv_timer_t *timer) {
    struct server *server = timer->data;
    core_expire(server->core, clock_now_ns());
    follow_core(server);
}

static void take_bytes(const char *bytes, size_t length, void *payload) {
    struct server *server = payload;
    const char *body;
    size_t body_length;
    struct error error;
    int exit_code;
    while (!core_exited(server->core, &exit_code)) {
        enum frame_event event = frame_read(server->frame, &bytes, &length, &body, &body_length, &error);
        if (event == FRAME_NONE) break;
        if (event == FRAME_BODY)
            core_receive(server->core, body, body_length);
        else
            core_report_fault(server->core, &error);
    }
    follow_core(server);
}

static void take_end(void *payload) {
    linger(payload);
    follow_core(payload);
}

static void take_death(void *payload) {
    struct server *server = payload;
    stop(server, core_exit_code(server->core));
}

static void resume(void *payload) {
    struct server *server = payload;
    core_resume(server->core);
}

static void refuse(const struct error *error, void *payload) {
    fprintf(stderr, "noodle-lsp: %s\n", error->message);
    stop(payload, EXIT_NOT_OPENED);
}

static void send_bytes(const char *bytes, size_t length, void *payload) {
    struct server *server = payload;
    transport_send(server->transport, bytes, length);
}

static bool is_congested(void *payload) {
    struct server *server = payload;
    return transport_congested(server->transport);
}

static void wake(void *payload) {
    struct server *server = payload;
    uv_async_send(&server->async);
}

static void drain(uv_async_t *async) {
    struct server *server = async->data;
    core_drain(server->core);
    follow_core(server);
}

static void watch_process(long process, void *payload) {
    struct server *server = payload;
    watch_start(&server->watch, process);
}

static void log_to_client(enum log_level level, const char *message, void *payload) {
    core_post_log(payload, level, message);
}

int server_run(const struct server_params *params) {
    struct server server = {.exit_code = EXIT_NOT_OPENED};
    struct error error;
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&server.loop);
    uv_async_init(&server.loop, &server.async, drain);
    uv_timer_init(&server.loop, &server.deadline);
    uv_timer_init(&server.loop, &server.linger);
    uv_loop_configure(&server.loop, UV_METRICS_IDLE_TIME);
    uv_prepare_init(&server.loop, &server.turn);
    uv_prepare_start(&server.turn, end_turn);
    uv_unref((uv_handle_t *)&server.turn);
    server.async.data = server.deadline.data = server.linger.data = server.turn.data = &server;
    watch_init(&server.watch, &server.loop, take_death, &server);

    struct core_io io = {send_bytes, is_congested, wake, watch_process, &server};
    if (params->client_process_id > 0) watch_start(&server.watch, params->client_process_id);
    server.core = core_create(params, &io);
    server.frame = frame_create();
    struct transport_events events = {take_bytes, take_end, resume, refuse, &server};
    if (transport_open(&server.loop, params, &events, &server.transport, &error) == STATUS_OK) {
        log_set_sink(log_to_client, server.core);
        follow_core(&server);
    } else {
        refuse(&error, &server);
    }
    uv_run(&server.loop, UV_RUN_DEFAULT);

    core_destroy(server.core);
    log_set_sink(NULL, NULL);
    uv_close((uv_handle_t *)&server.async, NULL);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    frame_destroy(server.frame);
    transport_destroy(server.transport);
    uv_loop_close(&server.loop);
    return server.exit_code;
}
