/* sound.h: the stretches that a piece's tree reads without error, and the items of an earlier version of the
 * text that stand as they stood.
 *
 * Whether a top-level item is valid does not depend on what stands around it: one that was good before an
 * edit elsewhere is good behind it, whatever the edit did to the tree; and where it began, an item begins.
 *
 * Owns    lists own their items (vec).
 * Threads one at a time.
 * Errors  none.
 * Units   bytes of the text. */
#ifndef NOODLE_SOUND_H
#define NOODLE_SOUND_H

#include "analysis/parse.h"
#include "base/vec.h"

/* A node of the top level that has no error. */
struct sound_range {
    uint32_t start_byte, end_byte;
    bool joined; /* no error lies between it and the one before */
};

struct sound_ranges {
    VEC_FIELDS(struct sound_range);
};

/* Appends those of a tree that begins at `offset` of the text. Branches and linkage blocks are looked into
 * when they have an error; deep: always. */
void sound_find(const TSTree *tree, uint32_t offset, bool deep, struct sound_ranges *ranges);

/* Whether joined ranges hold all of [start, end). Questions ascend; *next goes with them, from 0. */
bool sound_holds(const struct sound_ranges *ranges, size_t *next, uint32_t start_byte, uint32_t end_byte);

struct known_item {
    uint32_t start_byte, end_byte;
    bool good;    /* by its tree alone */
    bool joined;  /* a node beside the one before, with no error between them */
    size_t edits; /* before it */
};

struct known_items {
    VEC_FIELDS(struct known_item);
};

/* Replaces `items` by those of `earlier` that no edit touched and that lie in or near [start_byte, end_byte)
 * of `text`, at their places there; ascending. Pieces whose tree was dropped are not looked at. */
void known_items_find(const struct syntax *earlier, const struct text *text, uint32_t start_byte,
                      uint32_t end_byte, struct known_items *items);

/* The first item that begins at the byte or behind it. */
size_t known_items_from(const struct known_items *items, uint32_t byte);
bool known_items_good(const struct known_items *items, uint32_t start_byte, uint32_t end_byte);

#endif
