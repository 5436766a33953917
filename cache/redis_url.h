/* redis_url.h: where a Redis server is, as people write it.
 *
 *     redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]     HOST: a name, an IPv4 address, or [an IPv6
 * address]
 *
 * USER and PASSWORD may have bytes as %XX. No message repeats them.
 *
 * Owns    nothing: plain data, zero behind each string, so that two can be compared as bytes.
 * Threads any.
 * Errors  STATUS_INVALID; STATUS_UNSUPPORTED for rediss://, which is Redis over TLS. */
#ifndef NOODLE_REDIS_URL_H
#define NOODLE_REDIS_URL_H

#include "base/status.h"

struct redis_url {
    char host[256];     /* empty: no server */
    char user[128];     /* empty: the default user */
    char password[512]; /* empty: none is asked for */
    unsigned port, database;
};

enum status redis_url_parse(const char *text, struct redis_url *ret_url, struct error *error);

#endif
