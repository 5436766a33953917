/* emit.h: writes JSON into a string, piece by piece, with the commas in the right places.
 *
 * Owns    its buffer, until emit_finish.
 * Threads one at a time.
 * Errors  none. Strings that are not UTF-8 come out with U+FFFD in place of what is wrong, so that the output
 * always is. Nesting is the caller's business: what is opened has to be closed. */
#ifndef NOODLE_EMIT_H
#define NOODLE_EMIT_H

#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

struct emit {
    struct str out;
    bool comma; /* a value stands before: another one needs a comma */
};

void emit_init(struct emit *emit);
void emit_finish(struct emit *emit);
void emit_clear(struct emit *emit);

void emit_open_object(struct emit *emit);
void emit_close_object(struct emit *emit);
void emit_open_array(struct emit *emit);
void emit_close_array(struct emit *emit);
void emit_key(struct emit *emit, const char *key);        /* plain ASCII, nothing to escape */
void emit_string_key(struct emit *emit, const char *key); /* any text */

void emit_string(struct emit *emit, const char *bytes, size_t length);
void emit_text(struct emit *emit, const char *text); /* NULL: null */
void emit_int(struct emit *emit, int64_t value);
void emit_double(struct emit *emit, double value); /* at most 6 digits; null when it is no number */
void emit_bool(struct emit *emit, bool value);
void emit_null(struct emit *emit);
void emit_raw(struct emit *emit, const char *json, size_t length); /* JSON made elsewhere */

/* A key with its value. */
void emit_text_at(struct emit *emit, const char *key, const char *text);
void emit_int_at(struct emit *emit, const char *key, int64_t value);
void emit_bool_at(struct emit *emit, const char *key, bool value);
void emit_ms_at(struct emit *emit, const char *key, uint64_t ns); /* nanoseconds as milliseconds */

#endif
