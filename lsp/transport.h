/* transport.h: the bytes' way in and out: standard input and output, a loopback socket, a local socket file.
 *
 * Socket and pipe: the client usually listens and the server connects, as the protocol's own libraries do;
 * when nobody listens, the server does, for one client.
 *
 * Standard output belongs to the protocol: its descriptor is moved away, and what is printed by mistake goes
 * to standard error.
 *
 * A client that does not read: what it has not taken is kept (transport_congested says when it is much), and
 * beyond 16 MB nothing more is read from it until it has caught up.
 *
 * Owns    its handles and what waits to be written.
 * Threads the loop thread.
 * Errors  opening: a status with a message; later: on_end.
 * Units   bytes. */
#ifndef NOODLE_TRANSPORT_H
#define NOODLE_TRANSPORT_H

#include "lsp/server.h"
#include <uv.h>

struct transport;

struct transport_events {
    void (*on_bytes)(const char *bytes, size_t length, void *payload);
    void (*on_end)(void *payload);     /* no more bytes will come, or none can be written */
    void (*on_drained)(void *payload); /* what waited is written */
    /* The connection could not be made; nothing else will come. */
    void (*on_failure)(const struct error *error, void *payload);
    void *payload;
};

/* *ret_transport is there in any case, to be closed and destroyed. */
enum status transport_open(uv_loop_t *loop, const struct server_params *params,
                           const struct transport_events *events, struct transport **ret_transport,
                           struct error *error);
/* Copies what the system does not take at once. */
void transport_send(struct transport *transport, const char *bytes, size_t length);
bool transport_congested(const struct transport *transport);
/* Closes when all is written, or a second later. The loop ends after that, and then transport_destroy may be
 * called. */
void transport_close(struct transport *transport);
void transport_destroy(struct transport *transport);

#endif
