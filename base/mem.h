/* mem.h: allocation. Small allocations abort on failure; sizes that outsiders control are tried and refused.
 *
 * Owns    nothing. Memory from here is released with mem_free.
 * Threads any.
 * Errors  mem_alloc and friends abort with a line on stderr; mem_try_* return NULL. */
#ifndef NOODLE_MEM_H
#define NOODLE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *mem_alloc(size_t size);  /* uninitialised */
void *mem_zalloc(size_t size); /* zeroed */
void *mem_realloc(void *memory, size_t size);
char *mem_strdup(const char *string);
char *mem_strndup(const char *string, size_t length); /* always terminated */
void mem_free(void *memory);                          /* NULL is harmless */

/* For sizes from outside (document texts, message bodies): NULL when refused. */
void *mem_try_alloc(size_t size);
void *mem_try_zalloc(size_t size);
void *mem_try_realloc(void *memory, size_t size);

/* Fault tests: mem_try_* refuse requests of at least limit_bytes; 0 lifts the limit. */
void mem_set_try_limit(size_t limit_bytes);
bool mem_try_refused(size_t size); /* whether they do; for memory that comes from elsewhere */

#endif
