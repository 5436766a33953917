/* configure.h: which settings are in force, and what follows when they change.
 *
 * Owns    nothing; the settings and the session live in the core.
 * Threads the loop thread.
 * Errors  values that are no good are told to the client's log. */
#ifndef NOODLE_CONFIGURE_H
#define NOODLE_CONFIGURE_H

#include "lsp/state.h"

/* Puts together all layers and makes them true at once: makes the session (anew when it has to be), analyses
 * the open documents again, shows or hides latency diagnostics. news is the editor's layer that is new, and
 * whose mistakes are told; NULL: none. */
void configure_apply(struct core *core, const struct json_object *news);

/* Nothing more is to be said before work begins: what takes time is made ready. */
void configure_complete(struct core *core);

/* Asks the client for its configuration; the answer is applied, and completes it. */
void configure_pull(struct core *core);

#endif
