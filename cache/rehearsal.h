/* rehearsal.h: what a store would have come to with a large and with a small window (evict.h), tried out in
 * miniature.
 *
 * Of all keys a fixed share is looked at, by their hashes; for these, two small stores play both ways, and
 * how often each of them hits, lately, says which is better. Both play the same requests, so a few hundred
 * tell.
 *
 * Owns    the small stores, which hold hashes alone.
 * Threads one at a time.
 * Errors  none.
 * Units   keys by their hash. */
#ifndef NOODLE_REHEARSAL_H
#define NOODLE_REHEARSAL_H

#include <stddef.h>
#include <stdint.h>

#define REHEARSAL_SMALL_WINDOW 0.01
#define REHEARSAL_LARGE_WINDOW 0.98

struct rehearsal;

struct rehearsal *rehearsal_create(size_t entries_max); /* of the store */
void rehearsal_destroy(struct rehearsal *rehearsal);    /* NULL is harmless */
/* A key was asked for. Returns the share of the window that is better now. */
double rehearsal_ask(struct rehearsal *rehearsal, uint64_t hash);

#endif
