#include "analysis/search_cache.h"

#include "analysis/coding.h"
#include "analysis/engine_id.h"
#include "base/clock.h"
#include <math.h>
#include <string.h>

#define MAGIC              "NS"
#define MISTAKE_BYTES_MIN  (5 + CODING_REPAIR_BYTES_MIN)
#define LEFTOVER_BYTES_MIN 4
#define SOLUTION_BYTES_MIN (CODING_REPAIR_BYTES_MIN + 2 * sizeof(double) + 2)

enum bit { BIT_RELATED = 1, BIT_RELATED_WORDS = 2, BITS_ALL = 3 };

/* ---- encoding ---- */

static bool put_range(struct str *out, uint32_t start, uint32_t end, uint32_t length) {
    if (start > end || end > length) return false;
    coding_put_number(out, start);
    coding_put_number(out, end - start);
    return true;
}

static bool put_mistake(struct str *out, const struct mistake *mistake, uint32_t length) {
    bool words = mistake->has_related && mistake->related_message;
    if (!put_range(out, mistake->start_byte, mistake->end_byte, length)) return false;
    str_addc(out, (char)mistake->code);
    str_addc(out, (char)((mistake->has_related ? BIT_RELATED : 0) | (words ? BIT_RELATED_WORDS : 0)));
    coding_put_words(out, mistake->message);
    if (mistake->has_related && !put_range(out, mistake->related_start, mistake->related_end, length))
        return false;
    if (words) coding_put_words(out, mistake->related_message);
    return coding_put_repair(out, &mistake->repair);
}

static bool put_solution(struct str *out, const struct solution *solution, uint32_t length) {
    if (!coding_put_repair(out, &solution->repair) || !isfinite(solution->cost) || !isfinite(solution->score))
        return false;
    str_add(out, &solution->cost, sizeof solution->cost);
    str_add(out, &solution->score, sizeof solution->score);
    coding_put_number(out, solution->mistake_count);
    for (size_t i = 0; i < solution->mistake_count; i++)
        if (!put_mistake(out, &solution->mistakes[i], length)) return false;
    coding_put_number(out, solution->leftover_count);
    for (size_t i = 0; i < solution->leftover_count; i++) {
        const struct rule_violation *leftover = &solution->leftovers[i];
        if (!put_range(out, leftover->start_byte, leftover->end_byte, length)) return false;
        str_addc(out, (char)leftover->code);
        coding_put_words(out, leftover->message);
    }
    return true;
}

bool search_cache_encode(const struct search_result *result, uint32_t length, struct str *out) {
    str_adds(out, MAGIC);
    str_addc(out, SEARCH_CACHE_VERSION);
    str_addc(out, (char)result->refused);
    str_addc(out, (char)result->stuck);
    coding_put_number(out, length);
    if (result->stuck && !put_range(out, result->stuck_start, result->stuck_end, length)) return false;
    coding_put_number(out, result->solution_count);
    for (size_t i = 0; i < result->solution_count; i++)
        if (!put_solution(out, &result->solutions[i], length)) return false;
    return true;
}

/* ---- decoding ---- */

static void get_double(struct decoder *decoder, double *ret_number) {
    decoder_raw(decoder, ret_number, sizeof *ret_number);
    if (!isfinite(*ret_number)) decoder_fail(decoder);
}

static void get_mistake(struct decoder *decoder, struct mistake *mistake) {
    decoder_range(decoder, 0, &mistake->start_byte, &mistake->end_byte);
    mistake->code = (enum finding_code)decoder_byte(decoder, FINDING_CODE_COUNT - 1);
    unsigned bits = decoder_byte(decoder, BITS_ALL);
    mistake->message = decoder_words(decoder);
    mistake->has_related = bits & BIT_RELATED;
    if (mistake->has_related) decoder_range(decoder, 0, &mistake->related_start, &mistake->related_end);
    if (bits & BIT_RELATED_WORDS) mistake->related_message = decoder_words(decoder);
    if (bits & BIT_RELATED_WORDS && !mistake->has_related) decoder_fail(decoder);
    decoder_repair(decoder, &mistake->repair);
}

static void get_solution(struct decoder *decoder, struct solution *solution) {
    decoder_repair(decoder, &solution->repair);
    get_double(decoder, &solution->cost);
    get_double(decoder, &solution->score);
    solution->mistake_count = decoder_count(decoder, MISTAKE_BYTES_MIN);
    solution->mistakes =
        arena_zalloc(decoder->arena, (solution->mistake_count + 1) * sizeof *solution->mistakes);
    for (size_t i = 0; i < solution->mistake_count && !decoder->bad; i++)
        get_mistake(decoder, &solution->mistakes[i]);
    solution->leftover_count = decoder_count(decoder, LEFTOVER_BYTES_MIN);
    struct rule_violation *leftovers =
        arena_zalloc(decoder->arena, (solution->leftover_count + 1) * sizeof *leftovers);
    solution->leftovers = leftovers;
    for (size_t i = 0; i < solution->leftover_count && !decoder->bad; i++) {
        decoder_range(decoder, 0, &leftovers[i].start_byte, &leftovers[i].end_byte);
        leftovers[i].code = (enum finding_code)decoder_byte(decoder, FINDING_CODE_COUNT - 1);
        leftovers[i].message = decoder_words(decoder);
    }
}

bool search_cache_decode(const void *bytes, size_t size_bytes, uint32_t length, struct arena *arena,
                         struct search_result *result) {
    struct decoder decoder = {
        .at = bytes, .end = (const unsigned char *)bytes + size_bytes, .text_size = length, .arena = arena};
    for (size_t i = 0; i < strlen(MAGIC); i++)
        if (decoder_byte(&decoder, 255) != (unsigned char)MAGIC[i]) decoder_fail(&decoder);
    if (decoder_byte(&decoder, 255) != SEARCH_CACHE_VERSION) decoder_fail(&decoder);
    struct search_result decoded = {.refused = decoder_byte(&decoder, 1)};
    decoded.stuck = decoder_byte(&decoder, 1);
    if (decoder_number(&decoder) != length) decoder_fail(&decoder);
    if (decoded.stuck) decoder_range(&decoder, 0, &decoded.stuck_start, &decoded.stuck_end);
    decoded.solution_count = decoder_count(&decoder, SOLUTION_BYTES_MIN);
    decoded.solutions = arena_zalloc(arena, (decoded.solution_count + 1) * sizeof *decoded.solutions);
    for (size_t i = 0; i < decoded.solution_count && !decoder.bad; i++)
        get_solution(&decoder, &decoded.solutions[i]);
    if (decoder.bad || decoder.at != decoder.end) return false;
    *result = decoded;
    return true;
}

/* ---- finding and keeping ---- */

/* False: nothing can be said of what the result depends on. */
static bool key_of(const struct search_cache *found, const struct search_request *request,
                   struct hash128 *ret_key, uint64_t *ret_model) {
    const struct model_source *source = found->model_source;
    uint64_t model = source ? source->identity : MODEL_IDENTITY_NONE;
    struct {
        struct hash128 engine, excerpt;
        uint64_t language, model, length, solutions, names;
    } all = {.model = model,
             .length = request->length,
             .solutions = request->max_solutions,
             .names = request->names != NULL};
    /* A model that could not be loaded is none that will be the same next time. */
    if (!found->cache || !model || (model != MODEL_IDENTITY_NONE) != (request->opinion != NULL) ||
        !engine_id(&all.engine))
        return false;
    all.excerpt = hash128(request->bytes, request->length);
    all.language = hash64(request->language->id, strlen(request->language->id), SEARCH_CACHE_VERSION);
    *ret_key = hash128(&all, sizeof all);
    *ret_model = model;
    return true;
}

#define QUESTION_BYTES (sizeof(uint64_t) + 2)

static void put_questions(struct str *out, const struct name_question *questions, size_t count) {
    coding_put_number(out, count);
    for (size_t i = 0; i < count; i++) {
        str_add(out, &questions[i].hash, sizeof questions[i].hash);
        str_addc(out, (char)questions[i].here);
        str_addc(out, (char)questions[i].answer);
    }
}

/* Whether the document answers as it did; the decoder is behind them then. */
static bool still_answers(struct decoder *decoder, struct names *names) {
    size_t count = decoder_count(decoder, QUESTION_BYTES);
    bool same = true;
    for (size_t i = 0; i < count && same && !decoder->bad; i++) {
        struct name_question question;
        decoder_raw(decoder, &question.hash, sizeof question.hash);
        question.here = (uint8_t)decoder_byte(decoder, 255);
        question.answer = (uint8_t)decoder_byte(decoder, NAME_DEFINED);
        same = names_still_answer(names, &question, 1);
    }
    return same && !decoder->bad;
}

static bool look_up(struct cache *cache, struct hash128 key, const struct search_request *request,
                    struct arena *arena, struct search_result *result) {
    struct cache_found where;
    struct blob *blob = cache_get(cache, key, CACHE_MEMORY, &where);
    bool found = false;
    if (blob) {
        const unsigned char *bytes = (const unsigned char *)blob->bytes;
        struct decoder decoder = {.at = bytes, .end = bytes + blob->size_bytes, .arena = arena};
        bool on_device = decoder_byte(&decoder, 1);
        bool answers = still_answers(&decoder, request->names);
        found = answers && search_cache_decode(decoder.at, (size_t)(decoder.end - decoder.at),
                                               request->length, arena, result);
        if (found && on_device) opinion_count_earlier_device(request->opinion);
        /* Other answers are no damage: it is right for a document with these. */
        if (decoder.bad || (answers && !found)) cache_drop(cache, key);
    }
    blob_unref(blob);
    cache_count_part(cache, found);
    return found;
}

static void keep(struct cache *cache, struct hash128 key, const struct search_request *request,
                 const struct search_result *result, bool on_device, uint64_t took_ns) {
    size_t count;
    const struct name_question *questions = names_remembered(request->names, &count);
    if (!questions) return;
    struct str bytes;
    str_init(&bytes);
    str_addc(&bytes, (char)on_device);
    put_questions(&bytes, questions, count);
    uint64_t cost_us = took_ns / 1000;
    if (search_cache_encode(result, request->length, &bytes)) {
        struct cache_put put = {.key = key,
                                .bytes = bytes.bytes,
                                .size_bytes = bytes.length,
                                .cost_us = cost_us < UINT32_MAX ? (uint32_t)cost_us : UINT32_MAX,
                                .reach = CACHE_MEMORY,
                                .quotes_source = true};
        cache_put(cache, &put);
    }
    str_finish(&bytes);
}

void search_cache_run(const struct search_cache *found, struct search *search, struct parser *parser,
                      const struct search_request *request, struct arena *arena,
                      struct search_result *result) {
    struct hash128 key;
    uint64_t model = 0;
    bool asks = key_of(found, request, &key, &model);
    if (asks && look_up(found->cache, key, request, arena, result)) return;
    uint64_t start_ns = clock_now_ns(), reached = cancel_reached_count();
    uint64_t failures = opinion_failures(request->opinion);
    uint64_t device_windows = opinion_device_windows(request->opinion);
    if (asks) names_remember(request->names);
    search_run(search, parser, request, arena, result);
    bool unhurried = !result->cut_short && cancel_reached_count() == reached &&
                     !cancel_requested(request->cancel) && opinion_failures(request->opinion) == failures;
    bool same_model = !found->model_source || found->model_source->identity == model;
    bool on_device = opinion_device_windows(request->opinion) > device_windows;
    if (asks && unhurried && same_model)
        keep(found->cache, key, request, result, on_device, clock_now_ns() - start_ns);
}
