#include "analysis/excerpt_item.h"

#include "base/str.h"

#include <string.h>

#define NEIGHBOURS    3           /* on each side */
#define NEIGHBOUR_MAX (4u << 10)  /* bytes; longer ones end the excerpt */
#define WHOLE_MAX     (24u << 10) /* of an item; larger ones are cut to what decides the mistake */
#define GAP_MAX       (1u << 10)  /* between items; larger ones are left out */
#define NONE          SIZE_MAX

/* A neighbour is a trusted range or a placed reading. */
struct element {
    uint32_t start_byte, end_byte;
    size_t reading; /* placed; NONE: trusted */
};

struct elements {
    VEC_FIELDS(struct element);
};

struct builder {
    const struct text *text;
    struct str bytes;
    struct {
        VEC_FIELDS(struct excerpt_range);
    } ranges;
};

static void add_bytes(struct builder *builder, const struct text *text, uint32_t from, uint32_t to) {
    str_reserve(&builder->bytes, to - from + 1u);
    text_copy(text, from, to, builder->bytes.bytes + builder->bytes.length);
    builder->bytes.length += to - from;
    builder->bytes.bytes[builder->bytes.length] = 0;
}

static void add_text(struct builder *builder, uint32_t start, uint32_t end) {
    if (start >= end) return;
    vec_push(&builder->ranges, (struct excerpt_range){start, end, (uint32_t)builder->bytes.length, true});
    add_bytes(builder, builder->text, start, end);
}

/* Bytes [from, to) of what was shown. */
static void add_shown(struct builder *builder, const struct placed_reading *placed, uint32_t from,
                      uint32_t to) {
    const struct reading *reading = placed->reading;
    for (size_t i = 0; i < reading->spans.count; i++) {
        const struct reading_span *span = &reading->spans.items[i];
        uint32_t stop =
            i + 1 < reading->spans.count ? reading->spans.items[i + 1].at : text_size(reading->shown);
        uint32_t first = span->at > from ? span->at : from, last = stop < to ? stop : to;
        if (first >= last) continue;
        struct excerpt_range range = {span->start_byte + placed->start_byte,
                                      span->end_byte + placed->start_byte, (uint32_t)builder->bytes.length,
                                      span->copied};
        if (span->copied) {
            range.start_byte += first - span->at;
            range.end_byte = range.start_byte + (last - first);
        }
        vec_push(&builder->ranges, range);
        add_bytes(builder, reading->shown, first, last);
    }
}

/* What stands between two elements, as far as it is space; else a line end. */
static void add_gap(struct builder *builder, uint32_t start, uint32_t end) {
    bool space = end - start <= GAP_MAX;
    for (uint32_t i = start; i < end && space; i++) {
        int c = text_byte_at(builder->text, i);
        space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }
    if (space) {
        add_text(builder, start, end);
        return;
    }
    vec_push(&builder->ranges, (struct excerpt_range){start, end, (uint32_t)builder->bytes.length, false});
    str_addc(&builder->bytes, '\n');
}

/* From NEIGHBOURS elements before the placed reading to NEIGHBOURS behind it; *ret_focus: its own index. */
static void list_elements(const struct readings *readings, size_t index, struct elements *elements,
                          size_t *ret_focus) {
    const struct placed_reading *focus = &readings->placed.items[index];
    size_t trusted, placed = index; /* the first trusted range behind the focus */
    vec_bisect(&readings->trusted, range, range->start_byte < focus->end_byte, &trusted);
    for (size_t taken = 0; taken < NEIGHBOURS && (trusted > 0 || placed > 0); taken++) {
        uint32_t a = trusted ? readings->trusted.items[trusted - 1].start_byte : 0;
        uint32_t b = placed ? readings->placed.items[placed - 1].start_byte : 0;
        if (trusted && (!placed || a >= b))
            trusted--;
        else
            placed--;
    }
    size_t behind = 0;
    while (behind < NEIGHBOURS && (trusted < readings->trusted.count || placed < readings->placed.count)) {
        uint32_t a =
            trusted < readings->trusted.count ? readings->trusted.items[trusted].start_byte : UINT32_MAX;
        uint32_t b = placed < readings->placed.count ? readings->placed.items[placed].start_byte : UINT32_MAX;
        struct element element = {.reading = NONE};
        if (a < b) {
            element.start_byte = a;
            element.end_byte = readings->trusted.items[trusted++].end_byte;
        } else {
            element.start_byte = b;
            element.end_byte = readings->placed.items[placed].end_byte;
            element.reading = placed++;
        }
        if (element.start_byte > focus->start_byte) behind++;
        /* What a tree has left of the item itself says nothing. */
        if (element.reading != index && element.start_byte < focus->end_byte &&
            element.end_byte > focus->start_byte)
            continue;
        if (elements->count && element.start_byte < elements->items[elements->count - 1].end_byte) continue;
        if (element.reading == index) *ret_focus = elements->count;
        vec_push(elements, element);
    }
}

static bool is_usable(const struct readings *readings, const struct element *element) {
    if (element->end_byte - element->start_byte > NEIGHBOUR_MAX) return false;
    return element->reading == NONE || readings->placed.items[element->reading].reading->as_is;
}

static void add_focus(struct builder *builder, const struct placed_reading *placed, uint32_t focus_start,
                      uint32_t focus_end, struct arena *arena) {
    const struct reading *reading = placed->reading;
    uint32_t size = text_size(reading->shown);
    struct excerpt *inner = size > WHOLE_MAX ? excerpt_around(reading->shown, reading->tree, 0, size,
                                                              focus_start, focus_end, NULL, arena)
                                             : NULL;
    if (!inner) {
        add_shown(builder, placed, 0, size);
        return;
    }
    for (size_t i = 0; i < inner->range_count; i++)
        add_shown(builder, placed, inner->ranges[i].start_byte, inner->ranges[i].end_byte);
}

struct excerpt *excerpt_of_item(const struct syntax *syntax, size_t index, uint32_t focus_start,
                                uint32_t focus_end, struct arena *arena) {
    const struct readings *readings = readings_of(syntax);
    const struct placed_reading *placed = &readings->placed.items[index];
    if (!placed->reading->shown || !placed->reading->tree) return NULL;
    struct elements elements = {0};
    size_t focus = 0;
    list_elements(readings, index, &elements, &focus);
    size_t first = focus, last = focus;
    while (first > 0 && is_usable(readings, &elements.items[first - 1]))
        first--;
    /* A directive that is wrong would go on in the lines behind it. */
    bool directive = text_byte_at(syntax_text(syntax), placed->start_byte) == '#' && placed->reading->as_is;
    while (!directive && last + 1 < elements.count && is_usable(readings, &elements.items[last + 1]))
        last++;
    struct builder builder = {.text = syntax_text(syntax)};
    str_init(&builder.bytes);
    uint32_t begin =
        text_line_start(builder.text, text_line_of(builder.text, elements.items[first].start_byte));
    bool own_line = first == 0 || elements.items[first - 1].end_byte <= begin;
    if (own_line) add_gap(&builder, begin, elements.items[first].start_byte); /* its indentation */
    for (size_t i = first; i <= last; i++) {
        if (i > first) add_gap(&builder, elements.items[i - 1].end_byte, elements.items[i].start_byte);
        if (i == focus)
            add_focus(&builder, placed, focus_start, focus_end, arena);
        else
            add_text(&builder, elements.items[i].start_byte, elements.items[i].end_byte);
    }
    uint32_t end = elements.items[last].end_byte,
             line_end = text_line_end(builder.text, text_line_of(builder.text, end));
    if (directive && line_end < text_size(builder.text)) add_text(&builder, end, line_end + 1);
    struct excerpt *excerpt = arena_zalloc(arena, sizeof *excerpt);
    excerpt->length = (uint32_t)builder.bytes.length;
    excerpt->bytes = arena_strndup(arena, builder.bytes.bytes, builder.bytes.length);
    excerpt->range_count = builder.ranges.count;
    excerpt->ranges = arena_alloc(arena, (builder.ranges.count + 1) * sizeof *excerpt->ranges);
    memcpy(excerpt->ranges, builder.ranges.items, builder.ranges.count * sizeof *excerpt->ranges);
    str_finish(&builder.bytes);
    vec_finish(&builder.ranges);
    vec_finish(&elements);
    return excerpt;
}
