/* edits.h: repairs as LSP edits.   Owns nothing.   Threads any.   Errors none. */
#ifndef NOODLE_EDITS_H
#define NOODLE_EDITS_H

#include "analysis/document.h"
#include "analysis/repair.h"
#include "lsp/capabilities.h"

/* A WorkspaceEdit for one document: `documentChanges` with its version when the client has it, else
 * `changes`. A name that was made up is a snippet's stop where the client takes snippets (LSP 3.18). */
void edits_emit(struct emit *emit, const struct snapshot *snapshot, const struct repair *repair,
                const struct client *client);

#endif
