/* arena.h: memory that lives and dies with one request.
 *
 * Owns    everything allocated from it; arena_finish frees all at once.
 * Threads one at a time.
 * Errors  none: blocks come from mem_alloc. */
#ifndef NOODLE_ARENA_H
#define NOODLE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *next, *end;           /* free space in the block in use */
    size_t total_bytes;         /* handed out by the system so far */
};

void arena_init(struct arena *arena);
void arena_finish(struct arena *arena);
void arena_reset(struct arena *arena); /* frees everything but the first block */

void *arena_alloc(struct arena *arena, size_t size);  /* uninitialised, aligned for any type */
void *arena_zalloc(struct arena *arena, size_t size); /* zeroed */
char *arena_strndup(struct arena *arena, const char *bytes, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
