/* source_map.h: where the bytes of a derived text come from.
 *
 * A map is an array of spans in ascending order of `at`; each reaches to the next one's `at`, the last one to
 * the end of the derived text. Bytes of a copied span come from the file one to one: byte at + k from
 * start_byte + k. The bytes of another span were made up (a macro's body) on behalf of the file's range
 * [start_byte, end_byte).
 *
 * Owns    nothing; spans belong to whoever made them.   Threads any.   Errors none.
 * Units   bytes, half open; `at` in the derived text, start_byte and end_byte in the file. */
#ifndef NOODLE_SOURCE_MAP_H
#define NOODLE_SOURCE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_span {
    uint32_t at;
    uint32_t start_byte, end_byte;
    bool copied;
};

struct source_map {
    const struct map_span *spans;
    size_t count;
};

/* The index of the span that holds the derived text's byte; SIZE_MAX before the first one. */
size_t source_map_find(struct source_map map, uint32_t at);
/* The range of the file that the derived range [start, end) stands for: from the first byte's to the last
 * byte's place. An empty range stands for the place of its first byte. False (and nothing set) without any
 * span. */
bool source_map_range(struct source_map map, uint32_t start, uint32_t end, uint32_t *ret_start_byte,
                      uint32_t *ret_end_byte);

#endif
