/* handlers.h: one function per method; handle_*.c hold them, dispatch.c names them. Their contract is
 * `handler` in state.h: a request is answered or waits, a notification is taken in.
 *
 * Owns    nothing.
 * Threads the loop thread.
 * Errors  answered to the client, or logged where there is no answer. */
#ifndef NOODLE_HANDLERS_H
#define NOODLE_HANDLERS_H

#include "lsp/state.h"

handler handle_initialize, handle_initialized, handle_shutdown, handle_exit, handle_set_trace;
handler handle_did_open, handle_did_change, handle_did_save, handle_did_close;
handler handle_document_diagnostic, handle_workspace_diagnostic, handle_progress_cancel;
handler handle_code_action, handle_code_action_resolve, handle_execute_command;
handler handle_inline_completion;
handler handle_document_symbol, handle_folding_range, handle_selection_range;
handler handle_did_change_configuration, handle_did_change_watched_files, handle_did_change_workspace_folders;
handler handle_status;

#endif
