#include "analysis/reading.h"

#include "analysis/syntax.h"

#include <string.h>

struct reading *reading_create(void) {
    struct reading *reading = mem_zalloc(sizeof *reading);
    atomic_init(&reading->references, 1);
    return reading;
}

struct reading *reading_ref(const struct reading *reading) {
    struct reading *shared = (struct reading *)reading;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void reading_unref(struct reading *reading) {
    if (!reading || atomic_fetch_sub_explicit(&reading->references, 1, memory_order_acq_rel) != 1) return;
    text_unref(reading->shown);
    text_unref(reading->closed);
    ts_tree_delete(reading->tree);
    vec_finish(&reading->spans);
    vec_finish(&reading->violations);
    mem_free(reading);
}

/* The span that holds the byte `at`; the last one at the end. */
static size_t span_at(const struct reading_spans *spans, uint32_t at) {
    size_t low = 0, high = spans->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (spans->items[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void reading_to_stretch(const struct reading *reading, uint32_t at, uint32_t end, uint32_t *ret_start,
                        uint32_t *ret_end, bool *ret_copied) {
    const struct reading_spans *spans = &reading->spans;
    *ret_start = *ret_end = 0;
    if (ret_copied) *ret_copied = false;
    if (!spans->count) return;
    size_t first = span_at(spans, at), last = end > at ? span_at(spans, end - 1) : first;
    const struct reading_span *from = &spans->items[first], *to = &spans->items[last];
    *ret_start = from->copied ? from->start_byte + (at - from->at) : from->start_byte;
    *ret_end = to->copied ? to->start_byte + (end - to->at) : end > at ? to->end_byte : *ret_start;
    if (*ret_start > from->end_byte) *ret_start = from->end_byte;
    if (*ret_end > to->end_byte) *ret_end = to->end_byte;
    if (*ret_end < *ret_start) *ret_end = *ret_start;
    if (!ret_copied) return;
    *ret_copied = true;
    for (size_t i = first; i <= last; i++)
        *ret_copied &= spans->items[i].copied;
}

uint32_t reading_from_stretch(const struct reading *reading, uint32_t byte) {
    const struct reading_spans *spans = &reading->spans;
    for (size_t i = 0; i < spans->count; i++) {
        const struct reading_span *span = &spans->items[i];
        if (byte >= span->end_byte && i + 1 < spans->count) continue;
        if (byte <= span->start_byte || !span->copied) return span->at;
        uint32_t end = byte < span->end_byte ? byte : span->end_byte;
        return span->at + (end - span->start_byte);
    }
    return 0;
}

void reading_spans_rewritten(struct reading_spans *spans, uint32_t length, uint32_t at, uint32_t end) {
    if (at >= end) return;
    struct reading_spans divided = {0};
    for (size_t i = 0; i < spans->count; i++) {
        struct reading_span span = spans->items[i];
        uint32_t stop = i + 1 < spans->count ? spans->items[i + 1].at : length;
        if (!span.copied || stop <= at || span.at >= end) {
            vec_push(&divided, span);
            continue;
        }
        uint32_t from = span.at > at ? span.at : at, to = stop < end ? stop : end;
        uint32_t shift = span.start_byte - span.at; /* modulo 2^32, as offsets are */
        if (from > span.at)
            vec_push(&divided, (struct reading_span){span.at, span.start_byte, from + shift, true});
        vec_push(&divided, (struct reading_span){from, from + shift, to + shift, false});
        if (stop > to) vec_push(&divided, (struct reading_span){to, to + shift, stop + shift, true});
    }
    vec_finish(spans);
    *spans = divided;
}

struct readings *readings_create(void) {
    struct readings *readings = mem_zalloc(sizeof *readings);
    readings->plain = true;
    return readings;
}

void readings_destroy(struct readings *readings) {
    if (!readings) return;
    for (size_t i = 0; i < readings->placed.count; i++)
        reading_unref(readings->placed.items[i].reading);
    vec_finish(&readings->placed);
    vec_finish(&readings->trusted);
    vec_finish(&readings->pieces);
    vec_finish(&readings->by_key);
    mem_free(readings);
}

const struct readings *readings_of(const struct syntax *syntax) {
    return syntax->readings;
}

const struct read_piece *readings_of_piece(const struct readings *readings, size_t piece) {
    size_t index;
    if (!readings) return NULL;
    vec_bisect(&readings->pieces, item, item->piece < piece, &index);
    if (index == readings->pieces.count || readings->pieces.items[index].piece != piece) return NULL;
    return &readings->pieces.items[index];
}

bool readings_hold_piece(const struct readings *readings, size_t piece) {
    return readings_of_piece(readings, piece) != NULL;
}

size_t readings_find(const struct readings *readings, uint32_t byte) {
    size_t index;
    if (!readings) return SIZE_MAX;
    vec_bisect(&readings->placed, item, item->start_byte <= byte, &index);
    return index ? index - 1 : SIZE_MAX;
}

bool readings_trust(const struct readings *readings, const struct syntax *syntax, uint32_t start_byte,
                    uint32_t end_byte) {
    if (!readings || !readings_hold_piece(readings, syntax_piece_index(syntax, start_byte)))
        return !syntax->half_read;
    size_t index;
    vec_bisect(&readings->trusted, item, item->start_byte <= start_byte, &index);
    if (!index) return false;
    const struct trusted_range *range = &readings->trusted.items[index - 1];
    return end_byte <= range->end_byte && !range->by_earlier;
}

const struct read_piece *readings_piece(const struct readings *readings, uint64_t id, uint64_t means,
                                        size_t near) {
    size_t count = readings ? readings->pieces.count : 0;
    for (size_t i = 0; i < count; i++) { /* from near on, then from the start */
        const struct read_piece *piece = &readings->pieces.items[(near + i) % count];
        if (piece->id == id && piece->means == means) return piece;
    }
    return NULL;
}

static uint64_t slot_hash(struct hash128 key) {
    return key.low ^ key.high;
}

void readings_place(struct readings *readings, uint32_t start_byte, uint32_t end_byte,
                    struct reading *reading) {
    readings->broken_count += reading->broken;
    readings->plain &= reading->as_is;
    vec_push(&readings->placed, (struct placed_reading){start_byte, end_byte, reading});
}

struct read_start readings_start(const struct readings *readings) {
    return (struct read_start){readings->placed.count, readings->trusted.count, readings->broken_count};
}

void readings_end_piece(struct readings *readings, struct read_start start, struct read_piece piece) {
    piece.placed_first = start.placed;
    piece.placed_end = readings->placed.count;
    piece.trusted_first = start.trusted;
    piece.trusted_end = readings->trusted.count;
    readings->plain &= piece.plain;
    vec_push(&readings->pieces, piece);
}

void readings_take_back(struct readings *readings, struct read_start start) {
    while (readings->placed.count > start.placed)
        reading_unref(readings->placed.items[--readings->placed.count].reading);
    readings->trusted.count = start.trusted;
    readings->broken_count = start.broken_count;
}

void readings_index(struct readings *readings) {
    size_t size = 16;
    while (size < readings->placed.count * 2)
        size *= 2;
    vec_clear(&readings->by_key);
    vec_reserve(&readings->by_key, size);
    readings->by_key.count = size;
    memset(readings->by_key.items, 0, size * sizeof *readings->by_key.items);
    for (size_t i = 0; i < readings->placed.count; i++) {
        struct reading *reading = readings->placed.items[i].reading;
        size_t slot = slot_hash(reading->key) & (size - 1);
        while (readings->by_key.items[slot])
            slot = (slot + 1) & (size - 1);
        readings->by_key.items[slot] = reading;
    }
}

struct reading *readings_lookup(const struct readings *readings, struct hash128 key) {
    if (!readings || !readings->by_key.count) return NULL;
    size_t mask = readings->by_key.count - 1;
    for (size_t slot = slot_hash(key) & mask; readings->by_key.items[slot]; slot = (slot + 1) & mask) {
        struct reading *reading = readings->by_key.items[slot];
        if (reading->key.low == key.low && reading->key.high == key.high) return reading;
    }
    return NULL;
}

bool syntax_is_half_read(const struct syntax *syntax) {
    return syntax->half_read;
}

bool syntax_reads_on(const struct syntax *syntax, const struct syntax *earlier) {
    const struct readings *now = syntax->readings, *before = earlier ? earlier->readings : NULL;
    return now && now->pieces.count > (before ? before->pieces.count : 0);
}

bool syntax_is_broken(const struct syntax *syntax) {
    const struct readings *readings = syntax->readings;
    if (!readings) return syntax->broken_count > 0;
    return syntax->broken_count > readings->read_broken_count || readings->broken_count > 0;
}
