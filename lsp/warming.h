/* warming.h: files of the workspace that were used lately, analysed once in the background, so that the cache
 * knows them when they are opened.
 *
 * Which ones: those that the cache saw used last, then the files below the workspace's folders that open
 * documents include or import, then, while there is room, those that were changed last. They are bounded in
 * number, by a part of the cache, and in the time that working on them takes. The thread gives way: it runs
 * at a low priority, lets go of its file when the user opens or changes a document and waits until that is a
 * while ago, and waits while the machine is busy.
 *
 *     begin ──► choosing ──► working ◄──hold, busy / a while passed──► waiting
 *                               └──nothing left, or the time is up──► done ──a document is opened──► choosing
 *
 * Owns    core->warming and its thread.
 * Threads the loop thread; server_params.walk and .is_busy are called on the thread of its own.
 * Errors  files that cannot be read are passed over.
 * Units   nanoseconds. */
#ifndef NOODLE_WARMING_H
#define NOODLE_WARMING_H

#include "lsp/state.h"

/* As the settings have it: begins, unless it has begun; or ends. Nothing without a cache or a workspace. With
 * zero threads of the session everything is done before it returns, and nobody is waited for. */
void warming_apply(struct core *core);
/* The user does something. */
void warming_hold(struct core *core);
/* A document was opened: what it includes or imports is wanted next. */
void warming_opened(struct core *core, struct snapshot *snapshot);
/* Tells it to end, and returns at once. */
void warming_stop(struct core *core);
/* Returns when the thread has ended. What it made stays in the cache. */
void warming_end(struct core *core);
/* Returns when nothing is left to do: for tests. */
void warming_wait(struct core *core);
/* One value: null, or how far it is. */
void warming_emit(struct core *core, struct emit *emit);

#endif
