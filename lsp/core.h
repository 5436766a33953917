/* core.h: the server without its wires: message bodies in, messages out. server.c connects it to a transport,
 * tests and fuzzers to memory.
 *
 * Owns    all state of one connection, the session and its threads included.
 * Threads every function belongs to the loop thread; io.wake is called from any.
 * Errors  none: what is wrong with a message is answered or logged.
 * Units   instants of clock_now_ns. */
#ifndef NOODLE_CORE_H
#define NOODLE_CORE_H

#include "base/log.h"
#include "lsp/server.h"

struct core;

struct core_io {
    void (*send)(const char *bytes, size_t length,
                 void *payload);      /* a whole framed message; copied or written */
    bool (*congested)(void *payload); /* the client does not read: hold back what can be told later */
    void (*wake)(void *payload);      /* something waits for core_drain */
    void (*watch)(long process, void *payload); /* the client's process, told before initialize is answered */
    void *payload;
};

struct core *core_create(const struct server_params *params,
                         const struct core_io *io); /* params outlives it */
void core_destroy(struct core *core);

void core_receive(struct core *core, const char *body, size_t length);
/* The stream itself was broken: tells the client. */
void core_report_fault(struct core *core, const struct error *error);
/* Delivers what threads have finished. core_receive does it too. */
void core_drain(struct core *core);
/* The loop was busy for so long, from one wait for something to happen to the next. */
void core_note_turn(const struct core *core, uint64_t busy_ns);
/* The client reads again: sends what was held back. */
void core_resume(struct core *core);

/* When core_expire wants to be called next; 0: not at all. */
uint64_t core_next_deadline_ns(const struct core *core);
void core_expire(struct core *core, uint64_t now_ns);

/* The client said its last word, but answers are still being made: core_is_idle tells when they are sent. */
bool core_is_leaving(const struct core *core);
/* Nothing is being worked on: no request waits, every open document has its result. */
bool core_is_idle(const struct core *core);

/* True after `exit`: *ret_code is what the process returns. */
bool core_exited(const struct core *core, int *ret_code);
/* What the process returns when the client leaves without a word. */
int core_exit_code(const struct core *core);

/* A line for the client's log, from any thread. */
void core_post_log(struct core *core, enum log_level level, const char *message);

#endif
