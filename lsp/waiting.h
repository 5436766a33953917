/* waiting.h: requests that came before the analysis of the newest text was ready. They are handled again when
 * their document has a new result, once more when their time is over, and answered with ContentModified when
 * the text they speak of has changed.
 *
 * Owns    the entries of core->waiting.
 * Threads the loop thread.
 * Errors  none. */
#ifndef NOODLE_WAITING_H
#define NOODLE_WAITING_H

#include "lsp/state.h"

/* Takes what it needs from the request. */
void waiting_add(struct core *core, const struct request *request, handler *handle);
void waiting_retry(struct core *core, const char *uri); /* a new result */
void waiting_text_changed(struct core *core, const char *uri);
void waiting_closed(struct core *core, const char *uri);
bool waiting_cancel(struct core *core, const char *id); /* answers it; false: not among them */
void waiting_cancel_all(struct core *core);
void waiting_expire(struct core *core, uint64_t now_ns);
uint64_t waiting_next_deadline_ns(const struct core *core); /* 0: none */

#endif
