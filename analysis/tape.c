#include "analysis/tape.h"

#include <string.h>

#define TAPES_MAX 400

static struct tape *tape_make(struct tapes *tapes, uint32_t length) {
    struct tape *tape = arena_zalloc(&tapes->arena, sizeof *tape);
    tape->bytes = arena_alloc(&tapes->arena, length + 1u);
    tape->length = length;
    tape->bytes[length] = 0;
    return tape;
}

void tapes_init(struct tapes *tapes, const struct language *language, const char *bytes, uint32_t length) {
    *tapes = (struct tapes){.language = language};
    arena_init(&tapes->arena);
    struct tape *tape = tape_make(tapes, length);
    memcpy(tape->bytes, bytes, length);
    layout_init(&tape->layout, language, tape->bytes, length);
    vec_push(tapes, tape);
}

void tapes_finish(struct tapes *tapes) {
    for (size_t i = 0; i < tapes->count; i++)
        layout_finish(&tapes->items[i]->layout);
    vec_finish(tapes);
    arena_finish(&tapes->arena);
}

uint16_t tapes_add(struct tapes *tapes, uint16_t base, const struct text_edit *splices, size_t count) {
    if (tapes->count >= TAPES_MAX) return UINT16_MAX;
    const struct tape *from = tapes->items[base];
    uint64_t length = from->length;
    for (size_t i = 0; i < count; i++)
        length = length + splices[i].new_length - (splices[i].end_byte - splices[i].start_byte);
    struct tape *tape = tape_make(tapes, (uint32_t)length);
    struct text_edit *own = arena_alloc(&tapes->arena, (count + 1) * sizeof *own);
    uint32_t read = 0, written = 0;
    for (size_t i = 0; i < count; i++) {
        own[i] = splices[i];
        own[i].new_bytes = arena_strndup(&tapes->arena, splices[i].new_bytes, splices[i].new_length);
        memcpy(tape->bytes + written, from->bytes + read, splices[i].start_byte - read);
        written += splices[i].start_byte - read;
        memcpy(tape->bytes + written, splices[i].new_bytes, splices[i].new_length);
        written += splices[i].new_length;
        read = splices[i].end_byte;
    }
    memcpy(tape->bytes + written, from->bytes + read, from->length - read);
    tape->base = base;
    tape->splices = own;
    tape->splice_count = count;
    layout_init(&tape->layout, tapes->language, tape->bytes, tape->length);
    vec_push(tapes, tape);
    return (uint16_t)(tapes->count - 1);
}

uint32_t tape_position(const struct tape *tape, uint32_t base_byte) {
    int64_t shift = 0;
    for (size_t i = 0; i < tape->splice_count; i++) {
        const struct text_edit *splice = &tape->splices[i];
        if (base_byte < splice->end_byte ||
            (base_byte == splice->end_byte && splice->start_byte == splice->end_byte)) {
            if (base_byte > splice->start_byte) base_byte = splice->start_byte;
            break;
        }
        shift += (int64_t)splice->new_length - (splice->end_byte - splice->start_byte);
    }
    return (uint32_t)(base_byte + shift);
}

uint32_t tapes_origin(const struct tapes *tapes, uint16_t number, uint32_t byte) {
    while (number) {
        const struct tape *tape = tapes->items[number];
        int64_t shift = 0; /* tape position minus base position, so far */
        uint32_t origin = byte;
        bool inside = false;
        for (size_t i = 0; i < tape->splice_count && !inside; i++) {
            const struct text_edit *splice = &tape->splices[i];
            int64_t start = splice->start_byte + shift;
            if (byte <= start) break;
            if (byte < start + splice->new_length) {
                origin = splice->start_byte;
                inside = true;
                break;
            }
            shift += (int64_t)splice->new_length - (splice->end_byte - splice->start_byte);
        }
        byte = inside ? origin : (uint32_t)(byte - shift);
        number = tape->base;
    }
    return byte;
}

uint32_t tape_line_start(const struct tape *tape, uint32_t byte) {
    while (byte > 0 && !tape_is_line_end(tape->bytes[byte - 1]))
        byte--;
    return byte;
}

uint32_t tape_line_end(const struct tape *tape, uint32_t byte) {
    while (byte < tape->length && !tape_is_line_end(tape->bytes[byte]))
        byte++;
    return byte;
}

uint32_t tape_text_start(const struct tape *tape, uint32_t line) {
    while (line < tape->length && (tape->bytes[line] == ' ' || tape->bytes[line] == '\t'))
        line++;
    return line;
}

uint32_t tape_line_behind(const struct tape *tape, uint32_t byte) {
    uint32_t end = tape_line_end(tape, byte);
    if (end + 1 < tape->length && tape->bytes[end] == '\r' && tape->bytes[end + 1] == '\n') end++;
    return end < tape->length ? end + 1 : end;
}

const char *tape_line_break(const struct tape *tape) {
    const char *end = memchr(tape->bytes, '\n', tape->length);
    return end && end > tape->bytes && end[-1] == '\r' ? "\r\n" : "\n";
}

uint32_t tape_trimmed_end(const struct tape *tape, uint32_t start, uint32_t end) {
    while (end > start && (tape->bytes[end - 1] == ' ' || tape->bytes[end - 1] == '\t'))
        end--;
    return end;
}
