/* sketch.h: how often keys were asked for lately, in four bits each: a count-min sketch that forgets.
 *
 * Counts are never too small, seldom too large, and stop at SKETCH_COUNT_MAX. After ten times as many
 * additions as there are entries all of them are halved, so that what was popular once makes room.
 *
 * Owns    its table.
 * Threads one at a time.
 * Errors  none.
 * Units   keys by their hash. */
#ifndef NOODLE_SKETCH_H
#define NOODLE_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#define SKETCH_COUNT_MAX 15

struct sketch;

struct sketch *sketch_create(size_t entries); /* how many keys a full store holds */
void sketch_destroy(struct sketch *sketch);   /* NULL is harmless */
void sketch_add(struct sketch *sketch, uint64_t hash);
unsigned sketch_count(const struct sketch *sketch, uint64_t hash);

#endif
