/* position.c: see position.h. A line is walked run by run; runs of ASCII, which are nearly all there is, at
 * once. */
#include "lsp/position.h"

#include "lsp/utf8.h"
#include <string.h>

static const char *const names[] = {"utf-8", "utf-16", "utf-32"};

const char *position_encoding_name(enum position_encoding encoding) {
    return names[encoding];
}

bool position_encoding_find(const char *name, enum position_encoding *ret_encoding) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *ret_encoding = (enum position_encoding)i;
        return true;
    }
    return false;
}

/* How many of the first bytes are ASCII, looking at no more than `most`. Four words at a time: compilers make
 * vector code of it, and a line may be the whole of a large file. */
static uint32_t ascii_prefix(const char *bytes, uint32_t most) {
    uint32_t count = 0;
    for (uint64_t words[4]; count + sizeof words <= most; count += sizeof words) {
        memcpy(words, bytes + count, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080)) break;
    }
    while (count < most && (unsigned char)bytes[count] < 0x80)
        count++;
    return count;
}

static uint32_t units_of(struct utf8_step step, enum position_encoding encoding) {
    switch (encoding) {
    case POSITION_UTF8: return step.length;
    case POSITION_UTF16: return step.valid && step.length == 4 ? 2 : 1;
    case POSITION_UTF32: return 1;
    }
    return 1;
}

/* The code point at byte, which is below the text's end; it may lie across blocks. */
static struct utf8_step step_at(const struct text *text, uint32_t byte, const char *run,
                                uint32_t run_length) {
    char across[4];
    uint32_t left = text_size(text) - byte, wanted = left < 4 ? left : 4;
    if (run_length >= wanted) return utf8_next((const unsigned char *)run, wanted);
    text_copy(text, byte, byte + wanted, across);
    return utf8_next((const unsigned char *)across, wanted);
}

/* Walks from start_byte to the first code point that would pass end_byte or max_units; returns where that is.
 */
static uint32_t walk(const struct text *text, uint32_t start_byte, uint32_t end_byte, uint32_t max_units,
                     enum position_encoding encoding, uint32_t *ret_units) {
    uint32_t byte = start_byte, units = 0;
    while (byte < end_byte && units < max_units) {
        uint32_t block_length, at = 0;
        const char *run = text_run(text, byte, &block_length);
        uint32_t run_length = block_length < end_byte - byte ? block_length : end_byte - byte;
        while (at < run_length && units < max_units) {
            uint32_t most = run_length - at;
            if (most > max_units - units) most = max_units - units;
            uint32_t plain = ascii_prefix(run + at, most);
            at += plain, units += plain;
            if (at == run_length || units == max_units) break;
            if ((unsigned char)run[at] < 0x80) continue;
            struct utf8_step step = step_at(text, byte + at, run + at, block_length - at);
            uint32_t step_units = units_of(step, encoding);
            if (step_units > max_units - units || step.length > end_byte - byte - at) {
                *ret_units = units;
                return byte + at;
            }
            at += step.length, units += step_units;
        }
        byte += at;
    }
    *ret_units = units;
    return byte;
}

/* The beginning of the code point that byte lies in; it began at most three bytes before. */
static uint32_t snap(const struct text *text, uint32_t line_start, uint32_t byte) {
    for (uint32_t back = 1; back <= 3 && byte - line_start >= back; back++) {
        uint32_t block_length, start = byte - back;
        const char *run = text_run(text, start, &block_length);
        if (((unsigned char)*run & 0xC0) == 0x80) continue;
        return step_at(text, start, run, block_length).length > back ? start : byte;
    }
    return byte;
}

uint32_t position_to_byte(const struct text *text, struct position position,
                          enum position_encoding encoding) {
    if (position.line >= text_line_count(text)) return text_size(text);
    uint32_t start = text_line_start(text, position.line), end = text_line_end(text, position.line), units;
    if (encoding != POSITION_UTF8) return walk(text, start, end, position.character, encoding, &units);
    if (position.character >= end - start) return end;
    return snap(text, start, start + position.character);
}

struct position position_of_byte(const struct text *text, uint32_t byte, enum position_encoding encoding) {
    if (byte > text_size(text)) byte = text_size(text);
    uint32_t line = text_line_of(text, byte), start = text_line_start(text, line);
    struct position position = {line, byte - start};
    if (encoding != POSITION_UTF8) walk(text, start, byte, UINT32_MAX, encoding, &position.character);
    return position;
}

void position_emit(struct emit *emit, struct position position) {
    emit_open_object(emit);
    emit_int_at(emit, "line", position.line);
    emit_int_at(emit, "character", position.character);
    emit_close_object(emit);
}

void position_emit_range(struct emit *emit, const struct text *text, uint32_t start_byte, uint32_t end_byte,
                         enum position_encoding encoding) {
    emit_open_object(emit);
    emit_key(emit, "start");
    position_emit(emit, position_of_byte(text, start_byte, encoding));
    emit_key(emit, "end");
    position_emit(emit, position_of_byte(text, end_byte, encoding));
    emit_close_object(emit);
}
