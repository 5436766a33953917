#include "analysis/coding.h"

#include <math.h>
#include <string.h>

/* ---- encoding ---- */

void coding_put_number(struct str *out, uint64_t number) {
    for (; number >= 128; number >>= 7)
        str_addc(out, (char)(number | 128));
    str_addc(out, (char)number);
}

void coding_put_bytes(struct str *out, const char *bytes, size_t length) {
    coding_put_number(out, length);
    str_add(out, bytes, length);
}

void coding_put_words(struct str *out, const char *words) {
    coding_put_bytes(out, words, strlen(words));
}

bool coding_put_repair(struct str *out, const struct repair *repair) {
    if (!(repair->confidence >= 0 && repair->confidence <= 1)) return false;
    coding_put_words(out, repair->title);
    str_add(out, &repair->confidence, sizeof repair->confidence);
    for (int k = 0; k < REASON_COUNT; k++) {
        if (!isfinite(repair->reasons[k])) return false;
        str_add(out, &repair->reasons[k], sizeof repair->reasons[k]);
    }
    coding_put_number(out, repair->edit_count);
    for (size_t k = 0; k < repair->edit_count; k++) {
        const struct text_edit *edit = &repair->edits[k];
        coding_put_number(out, edit->start_byte);
        coding_put_number(out, edit->end_byte - edit->start_byte);
        coding_put_bytes(out, edit->new_bytes, edit->new_length);
    }
    return true;
}

/* ---- decoding ---- */

uint64_t decoder_fail(struct decoder *decoder) {
    decoder->bad = true;
    decoder->at = decoder->end;
    return 0;
}

unsigned decoder_byte(struct decoder *decoder, unsigned max) {
    if (decoder->at == decoder->end || *decoder->at > max) return (unsigned)decoder_fail(decoder);
    return *decoder->at++;
}

uint64_t decoder_number(struct decoder *decoder) {
    uint64_t number = 0;
    for (unsigned shift = 0; shift <= 28; shift += 7) {
        if (decoder->at == decoder->end) return decoder_fail(decoder);
        unsigned char byte = *decoder->at++;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte & 128) continue;
        if (shift && !byte) return decoder_fail(decoder);
        return number;
    }
    return decoder_fail(decoder);
}

size_t decoder_count(struct decoder *decoder, size_t item_bytes_min) {
    uint64_t count = decoder_number(decoder);
    if (count > (size_t)(decoder->end - decoder->at) / item_bytes_min) return (size_t)decoder_fail(decoder);
    return (size_t)count;
}

const char *decoder_bytes(struct decoder *decoder, uint32_t *ret_length) {
    size_t length = decoder_count(decoder, 1);
    const char *bytes = arena_strndup(decoder->arena, (const char *)decoder->at, length);
    decoder->at += length;
    *ret_length = (uint32_t)length;
    return bytes;
}

const char *decoder_words(struct decoder *decoder) {
    uint32_t length;
    const char *words = decoder_bytes(decoder, &length);
    if (strlen(words) != length) decoder_fail(decoder);
    return words;
}

void decoder_range(struct decoder *decoder, uint32_t from, uint32_t *ret_start, uint32_t *ret_end) {
    uint64_t start = decoder_number(decoder), length = decoder_number(decoder);
    if (start < from || start > decoder->text_size || length > decoder->text_size - start) {
        decoder_fail(decoder);
        start = length = 0;
    }
    *ret_start = (uint32_t)start;
    *ret_end = (uint32_t)(start + length);
}

void decoder_raw(struct decoder *decoder, void *number, size_t size) {
    if ((size_t)(decoder->end - decoder->at) < size) {
        decoder_fail(decoder);
        memset(number, 0, size);
        return;
    }
    memcpy(number, decoder->at, size);
    decoder->at += size;
}

void decoder_repair(struct decoder *decoder, struct repair *ret_repair) {
    ret_repair->title = decoder_words(decoder);
    decoder_raw(decoder, &ret_repair->confidence, sizeof ret_repair->confidence);
    if (!(ret_repair->confidence >= 0 && ret_repair->confidence <= 1)) decoder_fail(decoder);
    for (int k = 0; k < REASON_COUNT; k++) {
        decoder_raw(decoder, &ret_repair->reasons[k], sizeof ret_repair->reasons[k]);
        if (!isfinite(ret_repair->reasons[k])) decoder_fail(decoder);
    }
    ret_repair->edit_count = decoder_count(decoder, 3);
    ret_repair->edits =
        arena_zalloc(decoder->arena, (ret_repair->edit_count + 1) * sizeof *ret_repair->edits);
    for (size_t k = 0; k < ret_repair->edit_count && !decoder->bad; k++) {
        struct text_edit *edit = &ret_repair->edits[k];
        decoder_range(decoder, k ? edit[-1].end_byte : 0, &edit->start_byte, &edit->end_byte);
        edit->new_bytes = decoder_bytes(decoder, &edit->new_length);
    }
}
