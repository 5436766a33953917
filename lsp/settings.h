/* settings.h: what a user can set about the server, and how an editor sets it.
 *
 * What the command line, the environment and .noodle.json say arrives resolved in a struct settings; the
 * editor's own configuration (initializationOptions, workspace/configuration,
 * workspace/didChangeConfiguration) is laid over it, key by key. The editor's object is {"noodle": {...}} or
 * the inner object alone; keys that are not listed in settings.c are somebody else's and are left alone: of
 * whoever makes the engine (server.h), or of another program.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  a value of a wrong type or out of range is reported by name, with what the key takes; the key is
 * then ignored. */
#ifndef NOODLE_SETTINGS_H
#define NOODLE_SETTINGS_H

#include "base/status.h"
#include "monitor/latency.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emit;
struct json_object;

struct settings {
    unsigned thread_count;     /* analysis workers; 0: everything on the loop thread */
    uint64_t repair_budget_ns; /* from proposing to ranking */
    unsigned max_repairs;      /* offered for one mistake */
    double fix_all_confidence; /* source.fixAll repairs only what is at least this sure, on average */
    enum latency_setting latency_diagnostics;
    bool latency_notifications; /* $/noodle/latency */
    bool cache_warming;         /* files used lately are analysed before they are opened */
};

/* What an editor says, and who is told what is no good about it. */
struct settings_layer {
    struct json_object *configuration; /* or NULL */
    void (*complain)(const char *message, void *payload);
    void *payload;
};

/* The defaults; one worker per core up to SETTINGS_DEFAULT_THREADS_MAX. */
void settings_init(struct settings *settings);

/* The keys that are taken, by index; NULL past the last. */
const char *settings_key(size_t index);

/* Where the keys are: the inner object, or the configuration itself. NULL: there are none. */
struct json_object *settings_inner(struct json_object *configuration);

/* Lays an editor's configuration over *settings. Calls complain once for each value that is no good. */
void settings_overlay(struct settings *settings, struct json_object *configuration,
                      void (*complain)(const char *message, void *payload), void *payload);

/* An object with the same keys. */
void settings_emit(const struct settings *settings, struct emit *emit);

#endif
