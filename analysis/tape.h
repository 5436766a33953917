/* tape.h: the texts a search reads: the slice itself, and variants of it that differ inside tokens.
 *
 * Tape 0 is the slice. A variant is another tape plus splices (a quote set, a line's indentation changed); it
 * has its own layout. Positions map back to the slice through the chain of splices.
 *
 * Owns    bytes and layouts of every tape; tapes_finish frees them.
 * Threads one at a time.
 * Errors  tapes_add returns UINT16_MAX when there are too many.
 * Units   byte offsets of the tape named. */
#ifndef NOODLE_TAPE_H
#define NOODLE_TAPE_H

#include "analysis/layout.h"
#include "analysis/text.h"
#include "base/arena.h"

struct tape {
    char *bytes;
    uint32_t length;
    uint16_t base;                   /* the tape it was made from; its own number for tape 0 */
    const struct text_edit *splices; /* in offsets of base, ascending */
    size_t splice_count;
    struct layout layout;
};

struct tapes {
    const struct language *language;
    struct arena arena; /* bytes and splices */
    VEC_FIELDS(struct tape *);
};

void tapes_init(struct tapes *tapes, const struct language *language, const char *bytes, uint32_t length);
void tapes_finish(struct tapes *tapes);
/* splices ascending, not overlapping; their bytes are copied. */
uint16_t tapes_add(struct tapes *tapes, uint16_t base, const struct text_edit *splices, size_t count);

/* Where a position of a tape lies in the slice: inside spliced bytes, the place of the splice. */
uint32_t tapes_origin(const struct tapes *tapes, uint16_t tape, uint32_t byte);
/* Where a position of the base lies in a tape made from it. */
uint32_t tape_position(const struct tape *tape, uint32_t base_byte);

static inline bool tape_is_line_end(char byte) {
    return byte == '\n' || byte == '\r';
}
/* Of the line that holds the byte; its end is before the line's end characters. */
uint32_t tape_line_start(const struct tape *tape, uint32_t byte);
uint32_t tape_line_end(const struct tape *tape, uint32_t byte);
/* The first byte from `line` on that is no blank: where the text of a line begins. */
uint32_t tape_text_start(const struct tape *tape, uint32_t line);
/* Where the next line begins. */
uint32_t tape_line_behind(const struct tape *tape, uint32_t byte);
/* As the tape's first line ends. */
const char *tape_line_break(const struct tape *tape);
/* The end of [start, end) without the blanks before it. */
uint32_t tape_trimmed_end(const struct tape *tape, uint32_t start, uint32_t end);

#endif
