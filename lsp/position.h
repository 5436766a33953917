/* position.h: between LSP's positions and bytes of a text, in the three encodings.
 *
 * Out of range is ordinary input: a character past the end of its line means the end of the line, a line past
 * the last one the end of the text. A position inside a code point (between surrogates, between its bytes)
 * means its beginning, so that an edit never cuts one. Bytes that are no UTF-8 count as utf8.h says.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   lines and characters from 0, characters in units of the encoding; UTF-8 byte offsets. */
#ifndef NOODLE_POSITION_H
#define NOODLE_POSITION_H

#include "analysis/text.h"
#include "lsp/emit.h"

enum position_encoding { POSITION_UTF8, POSITION_UTF16, POSITION_UTF32 };

struct position {
    uint32_t line, character;
};

struct position_range {
    struct position start, end;
};

const char *position_encoding_name(enum position_encoding encoding);
/* "utf-8", "utf-16", "utf-32"; false for anything else. */
bool position_encoding_find(const char *name, enum position_encoding *ret_encoding);

uint32_t position_to_byte(const struct text *text, struct position position, enum position_encoding encoding);
struct position position_of_byte(const struct text *text, uint32_t byte, enum position_encoding encoding);

/* {"line":..,"character":..} and {"start":..,"end":..}. */
void position_emit(struct emit *emit, struct position position);
void position_emit_range(struct emit *emit, const struct text *text, uint32_t start_byte, uint32_t end_byte,
                         enum position_encoding encoding);

#endif
