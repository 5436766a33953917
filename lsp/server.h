/* server.h: the language server: one client, from its first byte to its exit.
 *
 * Owns    the loop, the transport, the open documents, the session and its threads, for the time of
 *         server_run.
 * Threads server_run blocks its caller, whose thread becomes the loop thread. walk and is_busy run on a
 *         worker thread; the other callbacks on the loop thread.
 * Errors  the exit code: 0 after shutdown and exit, 1 when the client left without shutdown (exit alone,
 *         end of input, its process died), 2 when the transport could not be opened (a line on stderr says
 *         why).
 * Units   as the fields' names say. */
#ifndef NOODLE_SERVER_H
#define NOODLE_SERVER_H

#include "analysis/surroundings.h"
#include "base/cancel.h"
#include "base/meter.h"
#include "base/status.h"
#include "lsp/settings.h"
#include <stdint.h>

enum transport_kind {
    TRANSPORT_STDIO,
    TRANSPORT_SOCKET, /* loopback TCP: connects to a listening client, else listens for one */
    TRANSPORT_PIPE    /* the same with a local socket file */
};

/* What a server works with. The editor's own layers are laid over the settings afterwards, by the server. */
struct server_configuration {
    struct settings settings;
    struct meter *meter; /* or NULL: nothing is measured */
    struct cache *cache; /* of results (analysis/session.h); or NULL */
};

struct server_layers {
    const char *root;                /* an absolute path; NULL without a workspace */
    struct settings_layer editor[2]; /* initializationOptions, and over them the latest configuration */
};

/* Called for each file under a folder; false ends the walk. path is absolute. */
typedef bool server_visit(const char *path, void *payload);

struct server_params {
    enum transport_kind transport;
    unsigned port;            /* TRANSPORT_SOCKET */
    const char *pipe_path;    /* TRANSPORT_PIPE */
    long client_process_id;   /* ends the server when it dies, as initialize's processId does; 0: not given */
    const char *version;      /* for serverInfo and noodle/status */
    const char *pages;        /* URI of the folder with a page for each code; NULL: there is none */
    struct settings settings; /* until a workspace root is known, and so are the next two */
    struct meter *meter;      /* or NULL */
    struct cache *cache;      /* or NULL */
    const struct model_source *model_source; /* or NULL */

    /* What command line, environment, the .noodle.json of the workspace root and the editor say together,
     * called before the first document is analysed, and whenever one of the last two changes. What it gave is
     * still in use while it is called the next time. NULL: what stands above stays. */
    void (*configure)(const struct server_layers *layers, struct server_configuration *configuration,
                      void *payload);
    /* The configuration is complete: what takes time may be made ready, in the background. Called once; or
     * NULL. */
    void (*warm_up)(void *payload);

    /* Visits the files of a folder that are worth checking, in a stable order, ignore rules honoured: for
     * workspace diagnostics, which are not offered when this is NULL, and warming. Ends when it is cancelled.
     */
    enum status (*walk)(const char *folder, const struct cancel *cancel, server_visit *visit,
                        void *visit_payload, void *payload);

    /* Whether this machine has no time for what nobody waits for; from any thread; NULL: it always has. */
    bool (*is_busy)(void *payload);

    /* What is around documents of C; or NULL, and then the next three are not called. */
    struct surroundings *surroundings;
    /* A file changed on disk: true when documents may be concerned. */
    bool (*touch)(const char *path, void *payload);
    /* Looks in the background whether files that documents depend on changed. */
    void (*refresh)(void *payload);
    /* Calls changed(listener), on any thread, whenever what is around changed by itself; NULL: no more, and
     * none is on its way after it returned. */
    void (*listen)(void (*changed)(void *listener), void *listener, void *payload);
    /* Emits one value: what computes for the encoder, and why; or NULL. */
    void (*emit_optimizer)(struct emit *emit, void *payload);
    void *payload; /* for the callbacks */
};

int server_run(const struct server_params *params);

#endif
