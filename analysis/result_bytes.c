#include "analysis/result_bytes.h"

#include "analysis/coding.h"
#include <string.h>

#define MAGIC "NR"

enum flag { FLAG_PARTIAL = 1, FLAG_TOO_MANY = 2, FLAG_REPAIRS_DONE = 4, FLAGS_ALL = 7 };
enum bit { BIT_WORDS = 1, BIT_RELATED = 2, BIT_RELATED_WORDS = 4, BITS_ALL = 7 };

/* ---- encoding ---- */

static bool put_repairs(struct str *out, const struct repair *repairs, size_t count) {
    coding_put_number(out, count);
    for (size_t i = 0; i < count; i++)
        if (!coding_put_repair(out, &repairs[i])) return false;
    return true;
}

static bool put_findings(struct str *out, const struct finding *findings, size_t count) {
    coding_put_number(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &findings[i];
        bool related_words = finding->has_related && finding->related_message;
        coding_put_number(out, finding->start_byte);
        coding_put_number(out, finding->end_byte - finding->start_byte);
        str_addc(out, (char)finding->code);
        str_addc(out, (char)finding->severity);
        str_addc(out, (char)((finding->words ? BIT_WORDS : 0) | (finding->has_related ? BIT_RELATED : 0) |
                             (related_words ? BIT_RELATED_WORDS : 0)));
        coding_put_words(out, finding->message);
        if (finding->words) coding_put_words(out, finding->words);
        if (finding->has_related) {
            coding_put_number(out, finding->related_start);
            coding_put_number(out, finding->related_end - finding->related_start);
        }
        if (related_words) coding_put_words(out, finding->related_message);
        if (!put_repairs(out, finding->repairs, finding->repair_count)) return false;
    }
    return true;
}

bool result_bytes_encode(const struct analysis *analysis, struct str *out) {
    str_adds(out, MAGIC);
    str_addc(out, RESULT_BYTES_VERSION);
    str_addc(out, (char)((analysis->partial ? FLAG_PARTIAL : 0) | (analysis->too_many ? FLAG_TOO_MANY : 0) |
                         (analysis->repairs_done ? FLAG_REPAIRS_DONE : 0)));
    coding_put_number(out, text_size(analysis->text));
    if (!put_findings(out, analysis->findings, analysis->finding_count)) return false;
    if (!put_findings(out, analysis->advice, analysis->advice_count)) return false;
    coding_put_number(out, analysis->echo_count);
    for (size_t i = 0; i < analysis->echo_count; i++) {
        coding_put_number(out, analysis->echoes[i].start_byte);
        coding_put_number(out, analysis->echoes[i].end_byte);
    }
    return put_repairs(out, analysis->fixes, analysis->fix_count);
}

/* ---- decoding ---- */

static struct repair *get_repairs(struct decoder *decoder, size_t *ret_count) {
    size_t count = decoder_count(decoder, CODING_REPAIR_BYTES_MIN);
    struct repair *repairs = arena_zalloc(decoder->arena, (count + 1) * sizeof *repairs);
    for (size_t i = 0; i < count && !decoder->bad; i++)
        decoder_repair(decoder, &repairs[i]);
    *ret_count = count;
    return repairs;
}

static struct finding *get_findings(struct decoder *decoder, size_t *ret_count) {
    size_t count = decoder_count(decoder, 7);
    struct finding *findings = arena_zalloc(decoder->arena, (count + 1) * sizeof *findings);
    for (size_t i = 0; i < count && !decoder->bad; i++) {
        struct finding *finding = &findings[i];
        decoder_range(decoder, i ? finding[-1].start_byte : 0, &finding->start_byte, &finding->end_byte);
        finding->code = (enum finding_code)decoder_byte(decoder, FINDING_CODE_COUNT - 1);
        finding->severity = (enum finding_severity)decoder_byte(decoder, SEVERITY_HINT);
        unsigned bits = decoder_byte(decoder, BITS_ALL);
        finding->message = decoder_words(decoder);
        if (bits & BIT_WORDS) finding->words = decoder_words(decoder);
        finding->has_related = bits & BIT_RELATED;
        if (finding->has_related) decoder_range(decoder, 0, &finding->related_start, &finding->related_end);
        if (bits & BIT_RELATED_WORDS) finding->related_message = decoder_words(decoder);
        if (bits & BIT_RELATED_WORDS && !finding->has_related) decoder_fail(decoder);
        finding->repairs = get_repairs(decoder, &finding->repair_count);
    }
    *ret_count = count;
    return findings;
}

static void get_analysis(struct decoder *decoder, struct analysis *analysis) {
    for (size_t i = 0; i < strlen(MAGIC); i++)
        if (decoder_byte(decoder, 255) != (unsigned char)MAGIC[i]) decoder_fail(decoder);
    if (decoder_byte(decoder, 255) != RESULT_BYTES_VERSION) decoder_fail(decoder);
    unsigned flags = decoder_byte(decoder, FLAGS_ALL);
    analysis->partial = flags & FLAG_PARTIAL;
    analysis->too_many = flags & FLAG_TOO_MANY;
    analysis->repairs_done = flags & FLAG_REPAIRS_DONE;
    if (decoder_number(decoder) != decoder->text_size) decoder_fail(decoder);
    analysis->findings = get_findings(decoder, &analysis->finding_count);
    analysis->advice = get_findings(decoder, &analysis->advice_count);
    size_t echoes = decoder_count(decoder, 2);
    analysis->echoes = arena_zalloc(decoder->arena, (echoes + 1) * sizeof *analysis->echoes);
    for (size_t i = 0; i < echoes && !decoder->bad; i++) {
        uint64_t start = decoder_number(decoder), end = decoder_number(decoder);
        if (start > end || end > decoder->text_size) decoder_fail(decoder);
        analysis->echoes[i] = (struct echo){(uint32_t)start, (uint32_t)end};
    }
    analysis->echo_count = echoes;
    analysis->fixes = get_repairs(decoder, &analysis->fix_count);
    if (decoder->at != decoder->end) decoder_fail(decoder);
}

struct analysis *result_bytes_decode(const void *bytes, size_t size_bytes, struct text *text) {
    struct analysis *analysis = analysis_create(text);
    struct decoder decoder = {.at = bytes,
                              .end = (const unsigned char *)bytes + size_bytes,
                              .text_size = text_size(text),
                              .arena = &analysis->arena};
    get_analysis(&decoder, analysis);
    if (!decoder.bad) return analysis;
    analysis_unref(analysis);
    return NULL;
}
