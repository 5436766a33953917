/* folders.h: the workspace's folders.   Owns core->folders.   Threads the loop thread.   Errors none. */
#ifndef NOODLE_FOLDERS_H
#define NOODLE_FOLDERS_H

#include "lsp/state.h"

void folders_add(struct core *core, const char *uri); /* one that is there already stays once */
void folders_remove(struct core *core, const char *uri);
void folders_clear(struct core *core);

#endif
