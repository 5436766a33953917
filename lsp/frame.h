/* frame.h: cuts a stream of bytes into messages: header lines, an empty line, Content-Length bytes.
 *
 * Bytes come in pieces of any size; a piece may hold a part of a message or many messages. What is wrong with
 * the stream is reported once and the reader finds back into step: a message that is too large is skipped by
 * its length; after a header that cannot be understood, reading goes on at the next "Content-Length:".
 *
 *     HEADER ──empty line──► BODY ──all bytes──► HEADER
 *       │ too large / foreign charset ──► SKIP ──all bytes──► HEADER
 *       └ not understood ──► RESYNC ──"Content-Length:" seen──► HEADER
 *
 * Owns    the part of a message that has arrived so far; a hostile length claims no memory before its bytes
 *         are there.
 * Threads one at a time.
 * Errors  FRAME_FAULT with a message for people.
 * Units   bytes. */
#ifndef NOODLE_FRAME_H
#define NOODLE_FRAME_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BODY_MAX   (UINT64_C(256) << 20)
#define FRAME_HEADER_MAX 4096 /* all header lines of a message together */

enum frame_event {
    FRAME_NONE, /* all bytes are used up */
    FRAME_BODY, /* a message */
    FRAME_FAULT /* the stream broke a rule: *error says which */
};

struct frame;

struct frame *frame_create(void);
void frame_destroy(struct frame *frame);

/* Takes bytes from *bytes, *length (both are advanced) until there is something to tell. A body stays valid
 * until the next call, and as long as the bytes given. */
enum frame_event frame_read(struct frame *frame, const char **bytes, size_t *length, const char **ret_body,
                            size_t *ret_body_length, struct error *error);

/* Writes "Content-Length: N\r\n\r\n" so that it ends at `end`; returns where it begins. FRAME_HEADER_ROOM
 * bytes before end have to be free. */
#define FRAME_HEADER_ROOM 48
char *frame_header_before(char *end, size_t body_length);

#endif
