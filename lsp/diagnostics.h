/* diagnostics.h: findings as LSP diagnostics.
 *
 * Owns    nothing.
 * Threads any: the parts that need a connection are in publish.h.
 * Errors  none. */
#ifndef NOODLE_DIAGNOSTICS_H
#define NOODLE_DIAGNOSTICS_H

#include "analysis/repair.h"
#include "lsp/capabilities.h"

#define DIAGNOSTIC_SOURCE "noodle"

void diagnostic_emit(struct emit *emit, const struct finding *finding, const struct text *text,
                     const char *uri, const struct client *client);
/* The array's items, without its brackets. */
void diagnostics_emit(struct emit *emit, const struct analysis *analysis, const char *uri,
                      const struct client *client);
#endif
