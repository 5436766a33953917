/* coding.h: what results are made of as bytes and back: numbers, words, ranges of a text, repairs.
 *
 *     number   7 bits a byte, the lowest first, 128 set but for the last
 *     string   number length, bytes; no NUL in those that are words
 *     repair   string title, 8 bytes confidence, REASON_COUNT times 4 bytes, list of edits (number start,
 *              number length, string new text); a list is a number count and its items
 *
 * Doubles and floats are as the machine has them: little-endian, as all machines that this runs on.
 *
 * Owns    nothing; what is decoded lives in the decoder's arena.
 * Threads any.
 * Errors  putting: false for what no decoder would take. Decoding: after the first byte that is wrong
 * everything is 0 or empty, and `bad` says so; any bytes may be given.
 * Units   bytes. */
#ifndef NOODLE_CODING_H
#define NOODLE_CODING_H

#include "analysis/repair.h"
#include "base/str.h"

void coding_put_number(struct str *out, uint64_t number);
void coding_put_bytes(struct str *out, const char *bytes, size_t length);
void coding_put_words(struct str *out, const char *words);
bool coding_put_repair(struct str *out, const struct repair *repair);

#define CODING_REPAIR_BYTES_MIN (2 + sizeof(double) + REASON_COUNT * sizeof(float))

struct decoder {
    const unsigned char *at, *end;
    uint32_t text_size; /* ranges lie in a text of so many bytes */
    struct arena *arena;
    bool bad;
};

uint64_t decoder_fail(struct decoder *decoder); /* 0 */
unsigned decoder_byte(struct decoder *decoder, unsigned max);
/* In its shortest form, so that equal results are equal bytes. */
uint64_t decoder_number(struct decoder *decoder);
/* A list whose items take at least so many bytes each cannot be longer than what is left. */
size_t decoder_count(struct decoder *decoder, size_t item_bytes_min);
const char *decoder_bytes(struct decoder *decoder, uint32_t *ret_length);
const char *decoder_words(struct decoder *decoder);
/* A range of the text that begins at or after `from`. */
void decoder_range(struct decoder *decoder, uint32_t from, uint32_t *ret_start, uint32_t *ret_end);
void decoder_raw(struct decoder *decoder, void *number, size_t size);
void decoder_repair(struct decoder *decoder, struct repair *ret_repair);

#endif
