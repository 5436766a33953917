/* room.h: memory that kernels read and write: zeroed, and aligned for them.
 *
 * Weights lie side by side on a shelf, whose blocks the system may give as huge pages: the memory of a
 * network comes with a few page faults instead of a thousand, of which each takes 10 us where a hypervisor
 * answers it. Small rooms lie by themselves, so that tools that watch the ends of memory see theirs.
 *
 * Owns    a room is its asker's until room_free; a block lives until its shelf and all rooms on it are gone.
 * Threads any.
 * Errors  NULL when memory is refused.
 * Units   bytes. */
#ifndef NOODLE_ROOM_H
#define NOODLE_ROOM_H

#include <stddef.h>

struct room_shelf;

struct room_shelf *room_shelf_create(void);
void room_shelf_destroy(struct room_shelf *shelf); /* NULL is harmless */

/* shelf: for what is filled at once and stays; or NULL. */
void *room_try_alloc(struct room_shelf *shelf, size_t size);
void room_free(void *room); /* NULL is harmless */

/* All of this memory is about to be read: its pages come in one call. Any memory. */
void room_expect_reads(const void *memory, size_t size);

#endif
