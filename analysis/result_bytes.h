/* result_bytes.h: an analysis as bytes and back, for caches.
 *
 *     'N' 'R' version flags   flags: 1 partial, 2 too_many, 4 repairs_done
 *     number                  size of the text
 *     list of findings, list of advice, list of echoes (number start, number end), list of repairs (fixes)
 *
 *     list     number count, items; numbers, strings and repairs are as coding.h has them
 *     finding  number start, number length, code, severity, bits (1 words, 2 related, 4 words of the
 * related), string message, [string words], [number start, number length], [string words of the related],
 *              list of repairs
 *
 * Places and edits only: the text itself is not in it, but words quote it and edits write parts of it.
 *
 * Owns    nothing; a decoded analysis is the caller's.
 * Threads any.
 * Errors  encoding: false for what no reader would take (numbers that are none). Decoding: NULL for bytes
 * that are not exactly what encoding makes of some analysis of a text of this size, hostile ones included.
 * Units   bytes. */
#ifndef NOODLE_RESULT_BYTES_H
#define NOODLE_RESULT_BYTES_H

#include "analysis/repair.h"
#include "base/str.h"

#define RESULT_BYTES_VERSION 1

/* Appends to out, also when it fails. */
bool result_bytes_encode(const struct analysis *analysis, struct str *out);
struct analysis *result_bytes_decode(const void *bytes, size_t size_bytes, struct text *text);

#endif
