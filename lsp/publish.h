/* publish.h: from a result of the session to what the client sees: diagnostics pushed, or told to ask again.
 *
 * Only what belongs to the newest text is published. While the client does not read, a document is marked
 * instead, and core_resume publishes its newest state once it reads again: what waits never grows beyond one
 * message a document.
 *
 * Owns    nothing.
 * Threads publish_take_result from any thread, the rest on the loop thread.
 * Errors  none. */
#ifndef NOODLE_PUBLISH_H
#define NOODLE_PUBLISH_H

#include "lsp/state.h"

/* session_params.on_result; payload is the core. */
void publish_take_result(const struct session_result *result, void *payload);

/* The document's diagnostics as a JSON array, the latency diagnostic included. */
void publish_emit_items(struct core *core, struct emit *emit, const struct open_document *document);

uint64_t publish_hash(const struct str *items); /* for open_document.told_hash */

/* Push clients: sends the diagnostics unless the client has just these. */
void publish_document(struct core *core, struct open_document *document);
void publish_clear(struct core *core, const char *uri);
/* Pull clients: asks them to ask again, where they can be asked. */
void publish_refresh(struct core *core);

/* Decides anew about the latency diagnostic; publishes when it comes or goes. */
void publish_judge_latency(struct core *core, struct open_document *document);

#endif
