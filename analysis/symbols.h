/* symbols.h: what the terminal symbols of a grammar are as text, for edits that insert them.
 *
 * Owns    its items; symbols_finish frees them. The texts belong to the grammar.
 * Threads any; a table never changes.
 * Errors  none; a symbol that cannot be written as text has SYMBOL_HIDDEN. */
#ifndef NOODLE_SYMBOLS_H
#define NOODLE_SYMBOLS_H

#include "analysis/language.h"

enum symbol_class {
    SYMBOL_HIDDEN,    /* no text of its own: external tokens, string contents, comments */
    SYMBOL_WORD,      /* a keyword */
    SYMBOL_OPENER,    /* ( [ { */
    SYMBOL_CLOSER,    /* ) ] } */
    SYMBOL_SEPARATOR, /* , ; : */
    SYMBOL_OPERATOR,  /* other punctuation */
    SYMBOL_NAME       /* the identifier token: inserted as a placeholder */
};

#define SYMBOL_PLACEHOLDER "_" /* the text of an inserted identifier */

struct symbol {
    const char *text; /* "" for SYMBOL_HIDDEN */
    uint8_t length;
    uint8_t class; /* enum symbol_class */
};

struct symbols {
    struct symbol *items; /* by TSSymbol */
    uint16_t count;
};

void symbols_init(struct symbols *symbols, const struct language *language);
void symbols_finish(struct symbols *symbols);

#endif
