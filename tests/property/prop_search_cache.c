/* A large text with several mistakes that is edited elsewhere: with the cache of excerpts every result is,
 * byte for byte, the one without. NOODLE_SEED repeats the damage. */
#include "analysis/result_bytes.h"
#include "analysis/session.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/damage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define BUDGET_NS  NS_PER_S /* what takes longer may differ, and is not compared */
#define TEXT_BYTES 40000    /* more than is searched whole */
#define MISTAKES   3
#define EDITS      4
#define ROUNDS     1
#define URI        "file:///followed"

/* What can stand several times in one text. */
static const char *const languages[] = {"c", "python", "javascript", "typescript", "rust", "json"};

struct followed {
    struct session *session;
    struct document_store *store;
    struct str bytes; /* of the last complete result */
    bool hurried;
};

static void take(const struct session_result *result, void *payload) {
    struct followed *followed = payload;
    if (!result->analysis || !result->analysis->repairs_done) return;
    str_clear(&followed->bytes);
    assert_true(result_bytes_encode(result->analysis, &followed->bytes));
    followed->hurried |= result->analysis->hurried;
}

static void start(struct followed *followed, struct cache *cache, const struct language *language) {
    *followed = (struct followed){.store = document_store_create()};
    str_init(&followed->bytes);
    struct session_params params = {.on_result = take,
                                    .payload = followed,
                                    .cache = cache,
                                    .repair_budget_ns = BUDGET_NS,
                                    .run_limit_ns = 2 * BUDGET_NS};
    followed->session = session_create(&params);
    struct snapshot *snapshot;
    assert_int_equal(document_open(followed->store, URI, language, 0, "", 0, &snapshot), STATUS_OK);
}

static void stop(struct followed *followed) {
    session_destroy(followed->session);
    document_store_destroy(followed->store);
    str_finish(&followed->bytes);
}

static void show(struct followed *followed, struct text *text, int64_t version) {
    struct snapshot *snapshot;
    assert_int_equal(document_update(followed->store, URI, version, text, &snapshot), STATUS_OK);
    session_submit(followed->session, snapshot);
}

static void repeat(const struct damage_source *source, struct str *bytes) {
    bool list = strcmp(source->language, "json") == 0;
    if (list) str_adds(bytes, "[\n");
    while (bytes->length < TEXT_BYTES) {
        str_adds(bytes, source->text);
        if (list) str_adds(bytes, ",\n");
    }
    if (list) str_adds(bytes, "null]\n");
}

/* Mistakes that stand apart. */
static void break_text(struct damage_random *random, struct str *bytes) {
    for (int i = 0; i < MISTAKES; i++) {
        struct damage_edit edit = damage_make(random, bytes->bytes, bytes->length / MISTAKES);
        uint32_t shift = (uint32_t)(bytes->length / MISTAKES) * (uint32_t)i;
        edit.start_byte += shift;
        edit.end_byte += shift;
        damage_apply(bytes, &edit);
    }
}

static size_t check_language(const char *name, struct damage_random *random, uint64_t *hits) {
    const struct damage_source *source = damage_sources;
    while (strcmp(source->language, name) != 0)
        source++;
    struct cache_params params = {
        .entries_max = 1000, .memory_bytes_max = 64u << 20, .strategy = EVICT_ADAPTIVE};
    struct cache *cache = cache_create(&params);
    struct followed with, without;
    start(&with, cache, language_find(name));
    start(&without, NULL, language_find(name));
    struct str bytes;
    str_init(&bytes);
    repeat(source, &bytes);
    break_text(random, &bytes);
    struct text *text;
    assert_int_equal(text_create(bytes.bytes, bytes.length, &text), STATUS_OK);
    size_t compared = 0;
    for (int i = 0; i <= EDITS; i++) {
        if (i > 0) { /* anything may be typed, also what breaks the text elsewhere */
            struct damage_edit space = {.new_bytes = "\n", .new_length = 1};
            space.start_byte = space.end_byte = damage_random_below(random, (uint32_t)bytes.length);
            struct damage_edit edit = i % 3 ? space : damage_make(random, bytes.bytes, bytes.length);
            struct text *next;
            assert_int_equal(
                text_splice(text, edit.start_byte, edit.end_byte, edit.new_bytes, edit.new_length, &next),
                STATUS_OK);
            text_unref(text);
            text = next;
            damage_apply(&bytes, &edit);
        }
        with.hurried = without.hurried = false;
        show(&with, text, i + 1);
        show(&without, text, i + 1);
        if (with.hurried || without.hurried) continue;
        compared++;
        if (with.bytes.length != without.bytes.length ||
            memcmp(with.bytes.bytes, without.bytes.bytes, with.bytes.length) != 0)
            fail_msg("%s, edit %d: another result than without the cache", name, i);
    }
    *hits += cache_counters(cache).part_hits;
    text_unref(text);
    stop(&with);
    stop(&without);
    cache_destroy(cache);
    str_finish(&bytes);
    return compared;
}

static void edits_elsewhere_change_nothing(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    size_t compared = 0;
    uint64_t hits = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
            compared += check_language(languages[i], &random, &hits);
    printf("%zu results compared, %llu excerpts were known\n", compared, (unsigned long long)hits);
    assert_true(hits > 0 || compared == 0); /* on a very busy machine everything may be hurried */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(edits_elsewhere_change_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
