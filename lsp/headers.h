/* headers.h: documents are judged again when what they include or import, or what else is around them,
 * changes.
 *
 * Owns    nothing but notes on their way.
 * Threads headers_post and headers_post_around from any; the rest on the loop thread.
 * Errors  none. */
#ifndef NOODLE_HEADERS_H
#define NOODLE_HEADERS_H

#include "lsp/state.h"

/* An open document's macros or names changed (session.h: on_header); payload is the core. */
void headers_post(const char *path, void *payload);
/* Something around changed by itself (server.h: listen); listener is the core. */
void headers_post_around(void *listener);

/* A file changed on disk. */
void headers_touch(struct core *core, const char *uri);
/* A document was saved or opened: a good moment to look at what is around on disk. */
void headers_refresh(struct core *core, const char *saved_uri);

#endif
