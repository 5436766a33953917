/* redis_url.h: where a Redis server is, as people write it.
 *
 *     redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?ca=FILE][&cert=FILE&key=FILE]
 *
 * HOST is a name, an IPv4 address, or [an IPv6 address]. With rediss:// it is Redis over TLS: ca names the
 * authorities that may have signed the server's certificate instead of the system's, cert and key are the
 * client's own; all are PEM. USER, PASSWORD and FILE may have bytes as %XX. No message repeats user and
 * password.
 *
 * Owns    nothing: plain data, zero behind each string, so that two can be compared as bytes.
 * Threads any.
 * Errors  STATUS_INVALID. */
#ifndef NOODLE_REDIS_URL_H
#define NOODLE_REDIS_URL_H

#include "base/status.h"
#include <stdbool.h>

#define REDIS_PATH_SIZE 512

struct redis_url {
    char host[256];     /* empty: no server */
    char user[128];     /* empty: the default user */
    char password[512]; /* empty: none is asked for */
    unsigned port, database;
    bool tls;
    char ca[REDIS_PATH_SIZE];                                /* empty: the system's */
    char certificate[REDIS_PATH_SIZE], key[REDIS_PATH_SIZE]; /* both, or both empty */
};

enum status redis_url_parse(const char *text, struct redis_url *ret_url, struct error *error);

#endif
