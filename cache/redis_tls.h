/* redis_tls.h: TLS over a socket that does not block, by OpenSSL: 1.2 or newer, the server's certificate
 * valid, of an authority that is trusted (the system's, or the file that the URL names) and for the host of
 * the URL; the client's own certificate when the URL names one. The library is loaded by the first who needs
 * it.
 *
 * Owns    the session, until redis_tls_destroy; the socket is borrowed.
 * Threads one. SIGPIPE has to be blocked there.
 * Errors  messages say what the other side did, or which file is no good. What is only not ready yet is no
 * error: *ret_events becomes the POLLIN or POLLOUT to wait for, else 0.
 * Units   bytes. */
#ifndef NOODLE_REDIS_TLS_H
#define NOODLE_REDIS_TLS_H

#include "base/status.h"
#include "cache/redis_url.h"

struct redis_tls;

enum status redis_tls_create(const struct redis_url *url, int handle, struct redis_tls **ret_tls,
                             struct error *error);
void redis_tls_destroy(struct redis_tls *tls); /* NULL is harmless */

enum status redis_tls_shake_hands(struct redis_tls *tls, short *ret_events, struct error *error);
enum status redis_tls_write(struct redis_tls *tls, const char *bytes, size_t length, size_t *ret_count,
                            short *ret_events, struct error *error);
enum status redis_tls_read(struct redis_tls *tls, char *bytes, size_t size, size_t *ret_count,
                           short *ret_events, struct error *error);

#endif
