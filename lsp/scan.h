/* scan.h: workspace diagnostics: the files of all folders, analysed on a thread of their own while the editor
 * goes on.
 *
 * Reports stream to the client as they are made when it gave a partialResultToken, else they are the answer's
 * items. Open documents are reported as they stand in the editor. Clean files the client has no report of are
 * left out.
 *
 * Owns    nothing beyond the job.
 * Threads the loop thread.
 * Errors  files that cannot be read are passed over. */
#ifndef NOODLE_SCAN_H
#define NOODLE_SCAN_H

#include "lsp/scan_memory.h"
#include "lsp/state.h"

/* params were checked: previousResultIds is an array, tokens are integers or strings. */
void scan_start(struct core *core, const struct request *request);
/* window/workDoneProgress/cancel; the token as JSON text. */
void scan_cancel_token(struct core *core, const char *token);

#endif
