#include "analysis/result_bytes.h"

#include "base/mem.h"
#include <math.h>
#include <string.h>

#define MAGIC "NR"

enum flag { FLAG_PARTIAL = 1, FLAG_TOO_MANY = 2, FLAG_REPAIRS_DONE = 4, FLAGS_ALL = 7 };
enum bit { BIT_WORDS = 1, BIT_RELATED = 2, BIT_RELATED_WORDS = 4, BITS_ALL = 7 };

/* ---- encoding
 * ------------------------------------------------------------------------------------------------ */

static void put_number(struct str *out, uint64_t number) {
    for (; number >= 128; number >>= 7)
        str_addc(out, (char)(number | 128));
    str_addc(out, (char)number);
}

static void put_bytes(struct str *out, const char *bytes, size_t length) {
    put_number(out, length);
    str_add(out, bytes, length);
}

static void put_words(struct str *out, const char *words) {
    put_bytes(out, words, strlen(words));
}

/* Doubles and floats are as the machine has them: little-endian, as all machines that this runs on. */
static bool put_repairs(struct str *out, const struct repair *repairs, size_t count) {
    put_number(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct repair *repair = &repairs[i];
        if (!(repair->confidence >= 0 && repair->confidence <= 1)) return false;
        put_words(out, repair->title);
        str_add(out, &repair->confidence, sizeof repair->confidence);
        for (int k = 0; k < REASON_COUNT; k++) {
            if (!isfinite(repair->reasons[k])) return false;
            str_add(out, &repair->reasons[k], sizeof repair->reasons[k]);
        }
        put_number(out, repair->edit_count);
        for (size_t k = 0; k < repair->edit_count; k++) {
            const struct text_edit *edit = &repair->edits[k];
            put_number(out, edit->start_byte);
            put_number(out, edit->end_byte - edit->start_byte);
            put_bytes(out, edit->new_bytes, edit->new_length);
        }
    }
    return true;
}

static bool put_findings(struct str *out, const struct finding *findings, size_t count) {
    put_number(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &findings[i];
        bool related_words = finding->has_related && finding->related_message;
        put_number(out, finding->start_byte);
        put_number(out, finding->end_byte - finding->start_byte);
        str_addc(out, (char)finding->code);
        str_addc(out, (char)finding->severity);
        str_addc(out, (char)((finding->words ? BIT_WORDS : 0) | (finding->has_related ? BIT_RELATED : 0) |
                             (related_words ? BIT_RELATED_WORDS : 0)));
        put_words(out, finding->message);
        if (finding->words) put_words(out, finding->words);
        if (finding->has_related) {
            put_number(out, finding->related_start);
            put_number(out, finding->related_end - finding->related_start);
        }
        if (related_words) put_words(out, finding->related_message);
        if (!put_repairs(out, finding->repairs, finding->repair_count)) return false;
    }
    return true;
}

bool result_bytes_encode(const struct analysis *analysis, struct str *out) {
    str_adds(out, MAGIC);
    str_addc(out, RESULT_BYTES_VERSION);
    str_addc(out, (char)((analysis->partial ? FLAG_PARTIAL : 0) | (analysis->too_many ? FLAG_TOO_MANY : 0) |
                         (analysis->repairs_done ? FLAG_REPAIRS_DONE : 0)));
    put_number(out, text_size(analysis->text));
    if (!put_findings(out, analysis->findings, analysis->finding_count)) return false;
    if (!put_findings(out, analysis->advice, analysis->advice_count)) return false;
    put_number(out, analysis->echo_count);
    for (size_t i = 0; i < analysis->echo_count; i++) {
        put_number(out, analysis->echoes[i].start_byte);
        put_number(out, analysis->echoes[i].end_byte);
    }
    return put_repairs(out, analysis->fixes, analysis->fix_count);
}

/* ---- decoding
 * ------------------------------------------------------------------------------------------------ */

/* After the first byte that is wrong everything is 0, and `bad` says so. */
struct reader_state {
    const unsigned char *at, *end;
    uint32_t text_size;
    struct arena *arena;
    bool bad;
};

static uint64_t fail(struct reader_state *state) {
    state->bad = true;
    state->at = state->end;
    return 0;
}

static unsigned get_byte(struct reader_state *state, unsigned max) {
    if (state->at == state->end || *state->at > max) return (unsigned)fail(state);
    return *state->at++;
}

/* In its shortest form, so that equal results are equal bytes. */
static uint64_t get_number(struct reader_state *state) {
    uint64_t number = 0;
    for (unsigned shift = 0; shift <= 28; shift += 7) {
        if (state->at == state->end) return fail(state);
        unsigned char byte = *state->at++;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte & 128) continue;
        if (shift && !byte) return fail(state);
        return number;
    }
    return fail(state);
}

/* A list whose items take at least so many bytes each cannot be longer than what is left. */
static size_t get_count(struct reader_state *state, size_t item_bytes_min) {
    uint64_t count = get_number(state);
    if (count > (size_t)(state->end - state->at) / item_bytes_min) return (size_t)fail(state);
    return (size_t)count;
}

static const char *get_bytes(struct reader_state *state, uint32_t *ret_length) {
    size_t length = get_count(state, 1);
    const char *bytes = arena_strndup(state->arena, (const char *)state->at, length);
    state->at += length;
    *ret_length = (uint32_t)length;
    return bytes;
}

static const char *get_words(struct reader_state *state) {
    uint32_t length;
    const char *words = get_bytes(state, &length);
    if (strlen(words) != length) fail(state);
    return words;
}

/* A range of the text that begins at or after `from`. */
static void get_range(struct reader_state *state, uint32_t from, uint32_t *ret_start, uint32_t *ret_end) {
    uint64_t start = get_number(state), length = get_number(state);
    if (start < from || start > state->text_size || length > state->text_size - start) {
        fail(state);
        start = length = 0;
    }
    *ret_start = (uint32_t)start;
    *ret_end = (uint32_t)(start + length);
}

static void get_raw(struct reader_state *state, void *number, size_t size) {
    if ((size_t)(state->end - state->at) < size) {
        fail(state);
        memset(number, 0, size);
        return;
    }
    memcpy(number, state->at, size);
    state->at += size;
}

static struct repair *get_repairs(struct reader_state *state, size_t *ret_count) {
    size_t count = get_count(state, 2 + sizeof(double) + REASON_COUNT * sizeof(float));
    struct repair *repairs = arena_zalloc(state->arena, (count + 1) * sizeof *repairs);
    for (size_t i = 0; i < count && !state->bad; i++) {
        struct repair *repair = &repairs[i];
        repair->title = get_words(state);
        get_raw(state, &repair->confidence, sizeof repair->confidence);
        if (!(repair->confidence >= 0 && repair->confidence <= 1)) fail(state);
        for (int k = 0; k < REASON_COUNT; k++) {
            get_raw(state, &repair->reasons[k], sizeof repair->reasons[k]);
            if (!isfinite(repair->reasons[k])) fail(state);
        }
        repair->edit_count = get_count(state, 3);
        repair->edits = arena_zalloc(state->arena, (repair->edit_count + 1) * sizeof *repair->edits);
        for (size_t k = 0; k < repair->edit_count && !state->bad; k++) {
            struct text_edit *edit = &repair->edits[k];
            get_range(state, k ? edit[-1].end_byte : 0, &edit->start_byte, &edit->end_byte);
            edit->new_bytes = get_bytes(state, &edit->new_length);
        }
    }
    *ret_count = count;
    return repairs;
}

static struct finding *get_findings(struct reader_state *state, size_t *ret_count) {
    size_t count = get_count(state, 7);
    struct finding *findings = arena_zalloc(state->arena, (count + 1) * sizeof *findings);
    for (size_t i = 0; i < count && !state->bad; i++) {
        struct finding *finding = &findings[i];
        get_range(state, i ? finding[-1].start_byte : 0, &finding->start_byte, &finding->end_byte);
        finding->code = (enum finding_code)get_byte(state, FINDING_CODE_COUNT - 1);
        finding->severity = (enum finding_severity)get_byte(state, SEVERITY_HINT);
        unsigned bits = get_byte(state, BITS_ALL);
        finding->message = get_words(state);
        if (bits & BIT_WORDS) finding->words = get_words(state);
        finding->has_related = bits & BIT_RELATED;
        if (finding->has_related) get_range(state, 0, &finding->related_start, &finding->related_end);
        if (bits & BIT_RELATED_WORDS) finding->related_message = get_words(state);
        if (bits & BIT_RELATED_WORDS && !finding->has_related) fail(state);
        finding->repairs = get_repairs(state, &finding->repair_count);
    }
    *ret_count = count;
    return findings;
}

static void get_analysis(struct reader_state *state, struct analysis *analysis) {
    for (size_t i = 0; i < strlen(MAGIC); i++)
        if (get_byte(state, 255) != (unsigned char)MAGIC[i]) fail(state);
    if (get_byte(state, 255) != RESULT_BYTES_VERSION) fail(state);
    unsigned flags = get_byte(state, FLAGS_ALL);
    analysis->partial = flags & FLAG_PARTIAL;
    analysis->too_many = flags & FLAG_TOO_MANY;
    analysis->repairs_done = flags & FLAG_REPAIRS_DONE;
    if (get_number(state) != state->text_size) fail(state);
    analysis->findings = get_findings(state, &analysis->finding_count);
    analysis->advice = get_findings(state, &analysis->advice_count);
    size_t echoes = get_count(state, 2);
    analysis->echoes = arena_zalloc(state->arena, (echoes + 1) * sizeof *analysis->echoes);
    for (size_t i = 0; i < echoes && !state->bad; i++) {
        uint64_t start = get_number(state), end = get_number(state);
        if (start > end || end > state->text_size) fail(state);
        analysis->echoes[i] = (struct echo){(uint32_t)start, (uint32_t)end};
    }
    analysis->echo_count = echoes;
    analysis->fixes = get_repairs(state, &analysis->fix_count);
    if (state->at != state->end) fail(state);
}

struct analysis *result_bytes_decode(const void *bytes, size_t size_bytes, struct text *text) {
    struct analysis *analysis = analysis_create(text);
    struct reader_state state = {.at = bytes,
                                 .end = (const unsigned char *)bytes + size_bytes,
                                 .text_size = text_size(text),
                                 .arena = &analysis->arena};
    get_analysis(&state, analysis);
    if (!state.bad) return analysis;
    analysis_unref(analysis);
    return NULL;
}
