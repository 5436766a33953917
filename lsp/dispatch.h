/* dispatch.h: from a parsed message to its handler, and the rules about when which method may come.
 *
 * Owns    nothing.
 * Threads the loop thread.
 * Errors  answered to the client: ServerNotInitialized, InvalidRequest, MethodNotFound. */
#ifndef NOODLE_DISPATCH_H
#define NOODLE_DISPATCH_H

#include "lsp/state.h"

void dispatch_message(struct core *core, struct rpc_message *message, uint64_t received_ns);

#endif
