/* around.h: what the disk knows around C documents: the surroundings (analysis/surroundings.h) with a reader
 * of files, the projects' files, the workspaces, and the system's headers.
 *
 * One of it serves all threads of a command. Workspaces are read when a document asks for something that its
 * headers don't explain: at once where a command waits anyway, in the background for a server, which is told
 * when they are there.
 *
 * Owns    the surroundings and everything below them, a thread in the background.
 * Threads any; create and destroy on one.
 * Errors  bad project files are complained of, one line each; the rest is just not known. */
#ifndef NOODLE_AROUND_H
#define NOODLE_AROUND_H

#include "analysis/surroundings.h"

struct around;
struct witness;

struct around_params {
    bool background;  /* workspaces are read by a thread of their own; else by the one that asks */
    const char *root; /* a folder that files belong to which lie in no project that can be seen; or NULL */
    struct witness *witness; /* of all that is looked at; without a background; or NULL */
    void (*complain)(const char *message, void *payload); /* from any thread */
    void *payload;
};

struct around *around_create(const struct around_params *params);
void around_destroy(struct around *around); /* NULL is harmless */

struct surroundings *around_surroundings(struct around *around);
/* Something happened to a file that is no open document: true when documents may be concerned. */
bool around_touch(struct around *around, const char *path);
/* Looks in the background whether any file that was looked at is another now. */
void around_refresh(struct around *around);
/* Calls changed(listener), from the thread in the background, when a workspace was read or a refresh found
 * something. NULL: nobody any more, and no call is on its way when this returns. */
void around_listen(struct around *around, void (*changed)(void *listener), void *listener);
/* The absolute path of a file for the surroundings, links in its folders followed; for mem_free. NULL for
 * standard input. */
char *around_path(const char *path);

#endif
