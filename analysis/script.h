/* script.h: turns the symbol edits of a search into text edits, mistakes and words for people.
 *
 * An op names a symbol and a place between tokens; this module decides the spaces, the line and the
 * indentation of what is written, removes the gaps that a removal leaves, groups ops that make up one mistake
 * and says what was wrong.
 *
 * Owns    results live in the caller's arena.
 * Threads any.
 * Errors  none.
 * Units   ops in bytes of their tape, results in bytes of the slice (tape 0). */
#ifndef NOODLE_SCRIPT_H
#define NOODLE_SCRIPT_H

#include "analysis/search.h"
#include "analysis/symbols.h"
#include "analysis/tape.h"

enum op_kind { OP_INSERT, OP_REMOVE, OP_REPLACE, OP_RETAPE };

struct op {
    uint8_t kind;        /* enum op_kind */
    uint8_t code;        /* OP_RETAPE: enum finding_code */
    bool translates;     /* OP_RETAPE: as in struct variant */
    uint16_t symbol;     /* OP_INSERT, OP_REPLACE */
    const char *title;   /* OP_RETAPE: as in struct variant */
    const char *message; /* likewise */
    uint16_t tape;       /* where the positions are; OP_RETAPE: the new tape */
    uint32_t byte;       /* end of what had been read */
    uint32_t start_byte; /* of the token ahead */
    uint32_t end_byte;
};

struct script_input {
    const struct tapes *tapes;
    const struct symbols *symbols;
    const struct op *ops; /* in the order they were made, which is the order of the text */
    size_t count;
};

/* Fills everything of the solution but its cost and confidences. */
void script_build(const struct script_input *input, struct arena *arena, struct solution *solution);

/* The text after edits; *ret_length its length. In the arena. */
char *script_apply(const char *bytes, uint32_t length, const struct text_edit *edits, size_t count,
                   struct arena *arena, uint32_t *ret_length);

#endif
