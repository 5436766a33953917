/* resolve.h: the addresses of a host, which nobody has to wait for.
 *
 * The system's resolver knows no deadline. It works on a thread of its own, which whoever asked can let go
 * of; addresses that are written as numbers are there at once.
 *
 * Owns    what resolve_start returns, until resolve_drop; the thread's share lasts until the system answers.
 * Threads one at a time.
 * Errors  STATUS_NOT_FOUND for a host that has no address, STATUS_IO for what the system refuses.
 * Units   ports as numbers. */
#ifndef NOODLE_RESOLVE_H
#define NOODLE_RESOLVE_H

#include "base/status.h"
#include <netdb.h>

struct resolve;

enum status resolve_start(const char *host, unsigned port, struct resolve **ret_resolve, struct error *error);
int resolve_handle(const struct resolve *resolve); /* can be read from when the system has answered */
/* Of streams, after that; they live as long as the resolve. */
enum status resolve_addresses(const struct resolve *resolve, const struct addrinfo **ret_addresses,
                              struct error *error);
void resolve_drop(struct resolve *resolve); /* never waits; NULL is harmless */

#endif
