#include "tests/support/reading_check.h"

#include "analysis/rule_notes.h"

#include <string.h>

void reading_desk_start(struct reading_desk *desk) {
    reading_desk_start_in(desk, "c");
}

void reading_desk_start_in(struct reading_desk *desk, const char *language) {
    desk->language = language_find(language);
    desk->reader = reader_create();
    desk->parser = parser_create();
    desk->rules = rule_checker_create(desk->language);
}

void reading_desk_finish(struct reading_desk *desk) {
    reader_destroy(desk->reader);
    parser_destroy(desk->parser);
    rule_checker_destroy(desk->rules);
    *desk = (struct reading_desk){0};
}

static struct syntax *read_text(struct reading_desk *desk, struct text *text, struct macro_env *env,
                                const struct syntax *previous, const struct cancel *cancel) {
    struct syntax *syntax = NULL;
    if (syntax_parse(desk->parser, desk->language, text, previous, true, NULL, &syntax) != STATUS_OK)
        return NULL;
    struct reader_means means = {
        .reader = desk->reader, .parser = desk->parser, .env = env, .rules = desk->rules};
    rule_notes_make(&means, syntax, NULL, true);
    reader_read(&means, syntax, previous, NULL, cancel);
    return syntax;
}

struct syntax *reading_desk_read(struct reading_desk *desk, const char *bytes, size_t length,
                                 const struct syntax *previous, const struct cancel *cancel) {
    struct text *text;
    if (text_create(bytes, length, &text) != STATUS_OK) return NULL;
    struct macro_env *env = macro_env_of_text(text, NULL, NULL, NULL, NULL);
    struct syntax *syntax = read_text(desk, text, env, previous, cancel);
    macro_env_unref(env);
    text_unref(text);
    return syntax;
}

struct syntax *reading_desk_read_alone(struct reading_desk *desk, const char *bytes, size_t length) {
    struct text *text;
    if (text_create(bytes, length, &text) != STATUS_OK) return NULL;
    struct syntax *syntax = read_text(desk, text, NULL, NULL, NULL);
    text_unref(text);
    return syntax;
}

static bool same_bytes(const struct text *left, uint32_t left_at, const struct text *right, uint32_t right_at,
                       uint32_t length) {
    char *a = text_dup(left, left_at, left_at + length), *b = text_dup(right, right_at, right_at + length);
    bool same = memcmp(a, b, length) == 0;
    mem_free(a);
    mem_free(b);
    return same;
}

static const char *check_spans(const struct syntax *syntax, const struct placed_reading *placed) {
    const struct reading *reading = placed->reading;
    uint32_t length = placed->end_byte - placed->start_byte, size = text_size(reading->shown), passed = 0;
    if (size > 0 && reading->spans.count == 0) return "what is shown has no spans";
    for (size_t i = 0; i < reading->spans.count; i++) {
        const struct reading_span *span = &reading->spans.items[i];
        uint32_t end = i + 1 < reading->spans.count ? span[1].at : size;
        if ((span->at == 0) != (i == 0) || span->at >= end) return "spans do not cover what is shown";
        if (span->start_byte > span->end_byte || span->end_byte > length)
            return "a span outside of its stretch";
        if (!span->copied) continue;
        if (span->start_byte < passed) return "bytes are copied against their order";
        if (span->end_byte - span->start_byte != end - span->at) return "a copied span of another length";
        if (!same_bytes(reading->shown, span->at, syntax_text(syntax), placed->start_byte + span->start_byte,
                        end - span->at))
            return "copied bytes differ";
        passed = span->end_byte;
    }
    for (uint32_t at = 0; at < size; at += size / 64 + 1) {
        uint32_t start, end;
        reading_to_stretch(reading, at, at + 1, &start, &end, NULL);
        if (start > end || end > length) return "a byte that is shown lies outside of the stretch";
    }
    for (uint32_t byte = 0; byte <= length; byte += length / 64 + 1)
        if (reading_from_stretch(reading, byte) > size) return "a byte of the stretch is shown nowhere";
    return NULL;
}

static const char *check_reading(const struct syntax *syntax, const struct placed_reading *placed) {
    const struct reading *reading = placed->reading;
    uint32_t length = placed->end_byte - placed->start_byte;
    for (size_t i = 0; i < reading->violations.count; i++)
        if (reading->violations.items[i].start_byte > reading->violations.items[i].end_byte ||
            reading->violations.items[i].end_byte > length)
            return "a violation outside of its stretch";
    if ((reading->shown == NULL) != (reading->tree == NULL)) return "a text without its tree";
    if (reading->broken && !reading->shown) return "a broken reading that shows nothing";
    if (reading->broken && !ts_node_has_error(ts_tree_root_node(reading->tree)))
        return "a broken reading without an error";
    return reading->shown ? check_spans(syntax, placed) : NULL;
}

const char *reading_check(const struct syntax *syntax) {
    const struct readings *readings = readings_of(syntax);
    if (!readings) return NULL;
    uint32_t size = text_size(syntax_text(syntax)), passed = 0;
    size_t broken = 0;
    for (size_t i = 0; i < readings->placed.count; i++) {
        const struct placed_reading *placed = &readings->placed.items[i];
        if (placed->start_byte < passed) return "readings overlap";
        if (placed->end_byte <= placed->start_byte || placed->end_byte > size)
            return "a reading outside of the text";
        if (readings_find(readings, placed->start_byte) != i ||
            readings_find(readings, placed->end_byte - 1) != i)
            return "a reading is not found at its place";
        passed = placed->end_byte;
        broken += placed->reading->broken;
        const char *wrong = check_reading(syntax, placed);
        if (wrong) return wrong;
    }
    passed = 0;
    for (size_t i = 0; i < readings->trusted.count; i++) {
        const struct trusted_range *range = &readings->trusted.items[i];
        if (range->start_byte < passed) return "trusted ranges overlap";
        if (range->end_byte <= range->start_byte || range->end_byte > size)
            return "a trusted range outside of the text";
        if (!range->by_earlier && !readings_trust(readings, syntax, range->start_byte, range->end_byte))
            return "a trusted range is not trusted";
        passed = range->end_byte;
    }
    for (size_t i = 1; i < readings->pieces.count; i++)
        if (readings->pieces.items[i - 1].piece >= readings->pieces.items[i].piece)
            return "pieces do not ascend";
    return broken == readings->broken_count ? NULL : "broken readings are counted wrong";
}

static const char *check_same_reading(const struct reading *left, const struct reading *right) {
    if (left->broken != right->broken)
        return left->broken ? "the left one is broken, the right one is not"
                            : "the right one is broken, the left one is not";
    if (left->violations.count != right->violations.count) return "rules refuse different things";
    for (size_t i = 0; i < left->violations.count; i++)
        if (left->violations.items[i].start_byte != right->violations.items[i].start_byte ||
            left->violations.items[i].code != right->violations.items[i].code)
            return "rules refuse different places";
    return NULL;
}

/* The next broken reading. How many others there are is a matter of what the trees show, and what rules say
 * of an item may be said of its tree instead. */
static const struct placed_reading *next_wrong(const struct readings *readings, size_t *index) {
    while (readings && *index < readings->placed.count) {
        const struct placed_reading *placed = &readings->placed.items[(*index)++];
        if (placed->reading->broken) return placed;
    }
    return NULL;
}

const char *reading_check_same(const struct syntax *left, const struct syntax *right) {
    const struct readings *a = readings_of(left), *b = readings_of(right);
    if (syntax_is_broken(left) != syntax_is_broken(right))
        return syntax_is_broken(left) ? "the left text is broken, the right one is not"
                                      : "the right text is broken, the left one is not";
    size_t at[2] = {0, 0};
    for (;;) {
        const struct placed_reading *one = next_wrong(a, &at[0]), *other = next_wrong(b, &at[1]);
        if (!one || !other) return one == other ? NULL : "one has a reading that the other does not refuse";
        if (one->start_byte != other->start_byte || one->end_byte != other->end_byte)
            return "readings lie elsewhere";
        const char *wrong = check_same_reading(one->reading, other->reading);
        if (wrong) return wrong;
    }
}
