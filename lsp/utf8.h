/* utf8.h: one code point at a time, with a rule for bytes that are no UTF-8: what cannot be decoded counts as
 * one U+FFFD for the longest beginning of a valid sequence (or one byte), as decoders in editors do, so that
 * columns agree with them.
 *
 * Owns nothing.   Threads any.   Errors none.   Units bytes. */
#ifndef NOODLE_UTF8_H
#define NOODLE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct utf8_step {
    unsigned length; /* bytes taken, at least 1 */
    bool valid;      /* false: stands for U+FFFD */
};

/* length > 0. A sequence that the end of the bytes cuts off is not valid. */
struct utf8_step utf8_next(const unsigned char *bytes, size_t length);

#endif
