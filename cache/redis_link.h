/* redis_link.h: a connection to a Redis server, plain or over TLS, on which every step has an end.
 *
 * hiredis writes the commands and reads the answers; the socket is ours, because hiredis resolves names
 * without a deadline and Debian's knows no TLS. The server's certificate has to be valid, of a trusted
 * authority, and for the host that was named. Nothing that we ask for is answered by an array: arrays, which
 * hiredis would allocate before it has read them, are refused, and so are answers that are too long.
 *
 *     CLOSED ──open──► OPEN ──close, or any error──► CLOSED
 *
 * Owns    the socket, what was not sent yet, what was not read yet.
 * Threads one; redis_link_end from any. SIGPIPE has to be blocked there: OpenSSL writes to what may be
 *         closed.
 * Errors  STATUS_IO, STATUS_CLOSED, STATUS_DEADLINE, STATUS_MALFORMED, with what the other side did as the
 *         message.
 * Units   nanoseconds on the clock of base/clock.h. */
#ifndef NOODLE_REDIS_LINK_H
#define NOODLE_REDIS_LINK_H

#include "base/status.h"
#include "cache/redis_url.h"
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

struct redis_link;

struct redis_link *redis_link_create(const struct redis_url *url, size_t reply_bytes_max);
void redis_link_destroy(struct redis_link *link); /* NULL is harmless */

/* Finds the host, connects, and over TLS proves who it is. A name that is not found in time is looked up on,
 * and opening once more waits for the same answer. What OpenSSL takes to be loaded and to read certificates
 * does not count against the deadline. */
enum status redis_link_open(struct redis_link *link, uint64_t deadline_ns, struct error *error);
void redis_link_close(struct redis_link *link);
bool redis_link_is_open(const struct redis_link *link);

/* Commands are gathered until they are sent. */
enum status redis_link_add(struct redis_link *link, int count, const char **words, const size_t *lengths,
                           struct error *error);
enum status redis_link_send(struct redis_link *link, uint64_t deadline_ns, struct error *error);
/* The next answer, for freeReplyObject. */
enum status redis_link_read(struct redis_link *link, uint64_t deadline_ns, redisReply **ret_reply,
                            struct error *error);

/* From now on no step takes longer than until then, and no name is waited for. */
void redis_link_end(struct redis_link *link, uint64_t at_ns);

#endif
