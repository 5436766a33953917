/* A result that is found is the one that a fresh run comes to, byte for byte: over all golden cases, over
 * damaged texts, and for documents that are opened, edited and taken back; without the encoder, and, over
 * fewer, with the shipped one. NOODLE_SEED repeats the damage. */
#define _GNU_SOURCE
#include "analysis/cached.h"
#include "analysis/result_bytes.h"
#include "analysis/session.h"
#include "base/clock.h"
#include "base/vec.h"
#include "compute/device_cpu.h"
#include "compute/shipped_weights.h"
#include "tests/support/damage.h"
#include "tests/support/golden_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>

#define BUDGET_NS (2 * NS_PER_S)    /* what is found, not how fast */
#define EDIT_NS   (100 * NS_PER_MS) /* of a text that was edited: what takes longer is not kept */
#define ROUNDS    120
#define EDITS     12
#define FEWER     12 /* with the encoder, which takes most of a search's time: every so manieth */

/* NULL, or the shipped encoder. */
static struct model_source *source;

static const struct model *get_model(void *payload) {
    return payload;
}

struct encoder {
    struct weights *weights;
    struct device *device;
    struct model *model;
    struct model_source source;
};

static void use_encoder(struct encoder *encoder) {
    size_t size;
    struct error error;
    const void *bytes = shipped_weights(&size);
    assert_int_equal(weights_from_memory("the shipped encoder", bytes, size, &encoder->weights, &error),
                     STATUS_OK);
    encoder->device = device_cpu_create(kernel_best());
    assert_int_equal(model_create(encoder->weights, encoder->device, PRECISION_INT8, &encoder->model, &error),
                     STATUS_OK);
    encoder->source = (struct model_source){.get = get_model, .payload = encoder->model, .identity = 77};
    source = &encoder->source;
}

static void leave_encoder(struct encoder *encoder) {
    source = NULL;
    model_destroy(encoder->model);
    device_destroy(encoder->device);
    weights_destroy(encoder->weights);
}

struct desk {
    struct cache *cache;
    struct session *with, *without;
    struct pipeline *pipeline;
    size_t compared, hurried, clean;
};

static void ignore(const struct session_result *result, void *payload) {
    (void)result, (void)payload;
}

static void start(struct desk *desk) {
    struct cache_params cache = {
        .entries_max = 100000, .memory_bytes_max = 256u << 20, .strategy = EVICT_LRU};
    *desk = (struct desk){.cache = cache_create(&cache), .pipeline = pipeline_create()};
    struct session_params params = {.on_result = ignore, .model_source = source};
    desk->without = session_create(&params);
    params.cache = desk->cache;
    desk->with = session_create(&params);
}

static void stop(struct desk *desk) {
    session_destroy(desk->with);
    session_destroy(desk->without);
    pipeline_destroy(desk->pipeline);
    cache_destroy(desk->cache);
}

static struct str bytes_of(const struct analysis *analysis) {
    struct str bytes;
    str_init(&bytes);
    assert_true(result_bytes_encode(analysis, &bytes));
    return bytes;
}

static void check_same(const struct str *expected, const struct str *found, const char *what) {
    if (expected->length == found->length && memcmp(expected->bytes, found->bytes, found->length) == 0)
        return;
    fail_msg("%s: another result than a fresh run's", what);
}

struct opened {
    struct str bytes;
    bool hurried; /* on a busy machine */
};

/* A session that opens the document says the same, with the parse that comes after it. */
static void take_opened(const struct session_result *result, void *payload) {
    struct opened *opened = payload;
    if (!result->analysis || !result->analysis->repairs_done) return;
    opened->hurried |= result->analysis->hurried;
    str_clear(&opened->bytes);
    assert_true(result_bytes_encode(result->analysis, &opened->bytes));
    if (result->analysis->cached && result->syntax)
        assert_ptr_equal(result->analysis->text, syntax_text(result->syntax));
}

static void check_opened(struct desk *desk, const struct language *language, const char *text, size_t length,
                         struct cache *cache, const struct str *expected, const char *what) {
    struct opened opened = {.hurried = false};
    str_init(&opened.bytes);
    struct session_params params = {.on_result = take_opened,
                                    .payload = &opened,
                                    .cache = cache,
                                    .model_source = source,
                                    .repair_budget_ns = BUDGET_NS,
                                    .run_limit_ns = BUDGET_NS};
    struct session *session = session_create(&params);
    struct document_store *store = document_store_create();
    struct snapshot *snapshot;
    assert_int_equal(document_open(store, "file:///opened", language, 1, text, length, &snapshot), STATUS_OK);
    session_submit(session, snapshot);
    session_destroy(session);
    document_store_destroy(store);
    if (opened.hurried)
        desk->hurried++;
    else
        check_same(expected, &opened.bytes, what);
    str_finish(&opened.bytes);
}

static void check_text(struct desk *desk, const struct language *language, const char *bytes, size_t length,
                       const char *what) {
    struct text *text;
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    struct macro_env *env =
        language->flags & LANGUAGE_PREPROCESSOR ? macro_env_of_text(text, NULL, NULL, NULL, NULL) : NULL;
    struct pipeline_request request = {.language = language,
                                       .text = text,
                                       .env = env,
                                       .finish = true,
                                       .want_repairs = true,
                                       .max_repairs = 5,
                                       .repair_budget_ns = BUDGET_NS};
    struct analysis *fresh, *first, *second;
    assert_int_equal(session_analyze(desk->without, desk->pipeline, &request, NULL, &fresh, NULL), STATUS_OK);
    assert_int_equal(session_analyze(desk->with, desk->pipeline, &request, NULL, &first, NULL), STATUS_OK);
    assert_int_equal(session_analyze(desk->with, desk->pipeline, &request, NULL, &second, NULL), STATUS_OK);
    if (fresh->hurried || first->hurried) {
        desk->hurried++;
        if (first->hurried) assert_false(second->cached);
    } else {
        struct str expected = bytes_of(fresh), found = bytes_of(first);
        check_same(&expected, &found, what);
        str_finish(&found);
        found = bytes_of(second);
        check_same(&expected, &found, what);
        str_finish(&found);
        assert_true(second->cached);
        desk->compared++;
        desk->clean += fresh->finding_count == 0;
        if (!env) { /* documents of C have their own, which this one's result is not for */
            check_opened(desk, language, bytes, length, NULL, &expected, what);
            check_opened(desk, language, bytes, length, desk->cache, &expected, what);
        }
        str_finish(&expected);
    }
    analysis_unref(fresh);
    analysis_unref(first);
    analysis_unref(second);
    macro_env_unref(env);
    text_unref(text);
}

static void check_golden_cases(size_t step) {
    size_t number = 0;
    struct desk desk;
    start(&desk);
    char folder[] = "tests/golden";
    char *const folders[] = {folder, NULL};
    FTS *walk = fts_open(folders, FTS_NOCHDIR | FTS_PHYSICAL, NULL);
    assert_non_null(walk);
    for (FTSENT *entry; (entry = fts_read(walk));) {
        if (entry->fts_info != FTS_F || !str_ends_with(entry->fts_name, ".txt")) continue;
        if (number++ % step) continue;
        struct golden_case golden;
        struct error error;
        assert_int_equal(golden_case_read(&golden, entry->fts_path, &error), STATUS_OK);
        check_text(&desk, language_find(golden.language.bytes), golden.input.bytes, golden.input.length,
                   entry->fts_path);
        golden_case_finish(&golden);
    }
    fts_close(walk);
    printf("%zu compared, %zu of them clean, %zu hurried\n", desk.compared, desk.clean, desk.hurried);
    assert_true(desk.compared > 300 / step);
    assert_true(desk.clean > 0 && desk.clean < desk.compared);
    stop(&desk);
}

static void check_damaged_texts(int rounds) {
    struct damage_random random = damage_random_start();
    struct desk desk;
    start(&desk);
    struct str bytes;
    str_init(&bytes);
    for (int round = 0; round < rounds; round++) {
        const struct damage_source *original = &damage_sources[(size_t)round % damage_source_count];
        str_clear(&bytes);
        str_adds(&bytes, original->text);
        for (uint32_t i = damage_random_below(&random, 4); i > 0; i--) {
            struct damage_edit edit = damage_make(&random, bytes.bytes, bytes.length);
            damage_apply(&bytes, &edit);
        }
        check_text(&desk, language_find(original->language), bytes.bytes, bytes.length, original->language);
    }
    assert_true(desk.compared > (size_t)rounds / 2);
    str_finish(&bytes);
    stop(&desk);
}

/* ---- a document that is edited and taken back ---- */

struct followed {
    struct str bytes; /* of the last complete result */
    bool cached;
    bool hurried;
    size_t results;
};

static void take_followed(const struct session_result *result, void *payload) {
    struct followed *followed = payload;
    if (!result->analysis || !result->analysis->repairs_done) return;
    str_clear(&followed->bytes);
    assert_true(result_bytes_encode(result->analysis, &followed->bytes));
    followed->cached = result->analysis->cached;
    followed->hurried |= result->analysis->hurried;
    followed->results++;
}

static void submit(struct session *session, struct document_store *store, const char *uri, struct text *text,
                   int64_t version) {
    struct snapshot *snapshot;
    assert_int_equal(document_update(store, uri, version, text, &snapshot), STATUS_OK);
    session_submit(session, snapshot);
}

static void what_is_taken_back_is_found(const struct damage_source *original, struct damage_random *random) {
    struct followed followed = {.results = 0};
    str_init(&followed.bytes);
    struct cache_params cache_params = {
        .entries_max = 10000, .memory_bytes_max = 64u << 20, .strategy = EVICT_ADAPTIVE};
    struct cache *cache = cache_create(&cache_params);
    struct session_params params = {.on_result = take_followed,
                                    .payload = &followed,
                                    .cache = cache,
                                    .model_source = source,
                                    .repair_budget_ns = source ? BUDGET_NS : EDIT_NS,
                                    .run_limit_ns = BUDGET_NS};
    struct session *session = session_create(&params);
    struct document_store *store = document_store_create();
    struct snapshot *snapshot;
    const char *uri = "file:///followed";
    assert_int_equal(document_open(store, uri, language_find(original->language), 0, original->text,
                                   strlen(original->text), &snapshot),
                     STATUS_OK);
    session_submit(session, snapshot);
    struct text *texts[EDITS + 1];
    struct str said[EDITS + 1];
    bool kept[EDITS + 1];
    texts[0] = text_ref(snapshot->text);
    for (int i = 0; i <= EDITS; i++) {
        if (i > 0) {
            char *bytes = text_dup(texts[i - 1], 0, text_size(texts[i - 1]));
            struct damage_edit edit = damage_make(random, bytes, text_size(texts[i - 1]));
            assert_int_equal(text_splice(texts[i - 1], edit.start_byte, edit.end_byte, edit.new_bytes,
                                         edit.new_length, &texts[i]),
                             STATUS_OK);
            mem_free(bytes);
            followed.hurried = false;
            submit(session, store, uri, texts[i], i);
        }
        str_init(&said[i]);
        str_add(&said[i], followed.bytes.bytes, followed.bytes.length);
        kept[i] = !followed.hurried;
    }
    for (int i = EDITS - 1; i >= 0; i--) {
        submit(session, store, uri, texts[i], 2 * EDITS - i);
        if (!kept[i]) continue;
        assert_true(followed.cached);
        check_same(&said[i], &followed.bytes, original->language);
    }
    for (int i = 0; i <= EDITS; i++) {
        str_finish(&said[i]);
        text_unref(texts[i]);
    }
    session_destroy(session);
    document_store_destroy(store);
    cache_destroy(cache);
    str_finish(&followed.bytes);
}

static void check_undo(size_t step) {
    struct damage_random random = damage_random_start();
    for (size_t i = 0; i < damage_source_count; i += step)
        what_is_taken_back_is_found(&damage_sources[i], &random);
}

static void golden_cases_are_found_as_they_were(void **unused) {
    (void)unused;
    check_golden_cases(1);
}

static void damaged_texts_are_found_as_they_were(void **unused) {
    (void)unused;
    check_damaged_texts(ROUNDS);
}

static void undo_is_a_hit(void **unused) {
    (void)unused;
    check_undo(1);
}

static void so_are_they_with_the_encoder(void **unused) {
    (void)unused;
    struct encoder encoder;
    use_encoder(&encoder);
    check_golden_cases(FEWER);
    check_damaged_texts(ROUNDS / FEWER);
    check_undo(FEWER / 2);
    leave_encoder(&encoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_cases_are_found_as_they_were),
        cmocka_unit_test(damaged_texts_are_found_as_they_were),
        cmocka_unit_test(undo_is_a_hit),
        cmocka_unit_test(so_are_they_with_the_encoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
