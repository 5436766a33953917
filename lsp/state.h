/* state.h: what the handlers of one connection share. Only lsp/ includes it.
 *
 * Invariants
 * 1. documents[i] belongs to the store's document of the same URI: it is made at didOpen and ends at
 * didClose.
 * 2. documents[i].analysis and .syntax, where there are any, are of documents[i].snapshot: a change drops
 * them.
 * 3. Every request is answered exactly once: at once, by a waiting entry, or by a job. A cancel answers and
 * marks.
 * 4. Nothing is sent after PHASE_EXITED.
 *
 * Owns    everything reachable.
 * Threads the loop thread, except struct note's way in.
 * Errors  none of its own. */
#ifndef NOODLE_STATE_H
#define NOODLE_STATE_H

#include "analysis/session.h"
#include "base/inbox.h"
#include "base/vec.h"
#include "lsp/capabilities.h"
#include "lsp/core.h"
#include "lsp/outgoing.h"
#include "monitor/latency.h"
#include <json-c/json.h>

struct core;
struct job;
struct warming;
struct scan_memory;

/*  NEW ──initialize──► READY ──shutdown──► SHUTDOWN ──exit──► EXITED
 *   └───────────────────exit─┴──────────────────────────────────┘
 * shutdown is answered after the requests before it; an exit that comes sooner waits for that answer. */
enum phase { PHASE_NEW, PHASE_READY, PHASE_SHUTDOWN, PHASE_EXITED };

enum trace { TRACE_OFF, TRACE_MESSAGES, TRACE_VERBOSE };

/* What threads put into the inbox: deliver is called on the loop thread and frees the note. */
struct note {
    struct inbox_message link; /* first */
    void (*deliver)(struct core *core, struct note *note);
};

struct open_document {
    struct snapshot *snapshot; /* a reference of ours */
    struct analysis *analysis; /* the latest for the snapshot, or NULL */
    struct syntax *syntax;     /* of the snapshot, or NULL */
    bool ready;                /* repairs are known, or never will be for this snapshot */
    uint64_t text_number;      /* of its text, among all that the client ever sent */
    bool unpublished;          /* diagnostics were held back while the client did not read */
    uint64_t told_hash;        /* of the diagnostics the client has for this snapshot; 0: none yet */
    struct stage_times
        times;    /* of the results so far, with DECODE, STORE and PUBLISH; for the latency sample */
    bool sampled; /* the sample was taken */
    bool latency_shown;
    char latency_message[LATENCY_MESSAGE_SIZE];
};

struct folder {
    char *uri, *path; /* path NULL: not a local folder */
};

/* One request or notification on its way through a handler. */
struct request {
    const char *id; /* JSON text; NULL: a notification */
    const char *method;
    struct json_object *params; /* or NULL */
    uint64_t received_ns;
    bool waited;      /* it is handled again: who asked has not seen the present result */
    bool last_chance; /* waiting is over: answer with what is there */
    /* Set before HANDLED_WAIT is returned. */
    uint64_t wait_ns; /* at most, from received_ns */
    bool bound;       /* it speaks of places in the present text: a change makes it void */
    const char *uri;  /* of the document it waits for; NULL: params name it */
};

enum handled {
    HANDLED,
    HANDLED_WAIT /* nothing was sent: to be called again when the document has a new result */
};

typedef enum handled handler(struct core *core, struct request *request);

/* A request that waits for a result of its document (waiting.h). */
struct waiting {
    char *id, *method, *uri;
    struct json_object *params;
    handler *handle;
    uint64_t received_ns, deadline_ns;
    bool bound;
};

/* A request of ours that the client has not answered. */
struct sent_request {
    int64_t id;
    void (*answered)(struct core *core, struct json_object *result); /* NULL result: refused */
};

struct core {
    const struct server_params *params;
    struct core_io io;
    enum phase phase;
    int exit_code;
    char *shutdown_id; /* not answered yet */
    bool exit_wanted;  /* after that answer */
    bool greeted;      /* `initialized` came */
    bool warmed_up;
    uint64_t started_ns;
    enum trace trace;
    struct rpc_parser *parser;
    struct outgoing outgoing;
    struct client client;

    struct settings settings; /* in force, and so are cache and meter */
    struct cache *cache;
    struct meter *meter;
    struct json_object *initialize_settings; /* initializationOptions */
    struct json_object *editor_settings;     /* the latest configuration */

    struct document_store *store;
    uint64_t text_count; /* that the client sent */
    struct session *session;
    struct latency *latency;
    struct inbox *inbox;
    struct {
        VEC_FIELDS(struct open_document);
    } documents;
    struct {
        VEC_FIELDS(struct folder);
    } folders;
    struct {
        VEC_FIELDS(struct sent_request);
    } sent;
    struct {
        VEC_FIELDS(struct waiting);
    } waiting;
    struct {
        VEC_FIELDS(struct job *);
    } jobs;
    struct pool *outline_pool, *scan_pool; /* one thread each, made on first use */
    struct parser *outline_parser;         /* used by the outline pool's thread alone */
    struct scan_memory *scan_memory;       /* what earlier scans found, per file */
    bool files_watched;                    /* the client tells about changed files */
    struct warming *warming;               /* or NULL */
    atomic_uint_fast64_t around_changes;   /* of what closed files include and import */
};

struct open_document *core_document(struct core *core, const char *uri); /* NULL: not open */
/* The document of params.textDocument.uri; NULL after the request was refused. */
struct open_document *request_document(struct core *core, const struct request *request);
void open_document_forget(struct core *core,
                          struct open_document *document); /* what is known of the snapshot */

/* Answers with InvalidParams (a notification is logged instead). */
enum handled request_refuse(struct core *core, const struct request *request, const struct error *error);

/* window/logMessage, when the trace level wants it; on stderr before there is a client to tell. */
void client_log(struct core *core, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sends a note home from any thread. */
void core_post(struct core *core, struct note *note);

/* Sends a request of ours; write its params with the emit, then outgoing_end. */
struct emit *client_request(struct core *core, const char *method,
                            void (*answered)(struct core *core, struct json_object *result));

#endif
