/* redis_server.h: a real redis-server on a port of its own, and what tests do with the tier that talks to it.
 *
 * Owns    the process, which also ends with the test.
 * Threads one; redis_complain from any.
 * Errors  asserted; the program exits as skipped where there is no redis-server, in CI as failed. */
#ifndef NOODLE_REDIS_SERVER_H
#define NOODLE_REDIS_SERVER_H

#include "base/str.h"
#include "base/thread.h"
#include "cache/redis_tier.h"

#include <stdbool.h>
#include <sys/types.h>

#define REDIS_SERVER_WORDS_MAX 16

struct redis_server {
    pid_t process;
    unsigned port; /* 0: a free one is taken, and kept when it is started again */
};

/* words: of its command line, behind those that make it quiet and local; NULL at the end. */
void redis_server_start(struct redis_server *server, const char *const *words);
void redis_server_stop(struct redis_server *server);

void pause_ms(unsigned ms);
int listen_anywhere(unsigned *ret_port); /* a socket on a port of its own */
int connect_to(unsigned port);           /* -1: nobody is there */

/* Lines that a tier complains with. */
struct redis_complaints {
    struct thread_lock *lock;
    struct str lines;
    unsigned count;
};

void redis_complaints_init(struct redis_complaints *complaints);
void redis_complaints_finish(struct redis_complaints *complaints);
void redis_complain(const char *message, void *payload);

/* Numbered values. */
struct hash128 redis_key_of(unsigned number);
void redis_put(struct redis_tier *tier, unsigned number);
bool redis_has(struct redis_tier *tier, unsigned number); /* and it is the right one */

void redis_wait_for(struct redis_tier *tier, enum redis_state state);

#endif
