/* Searches of excerpts: what is kept is found as it was, what the clock decided is not kept, other questions
 * have other keys, and no bytes can do harm. */
#include "analysis/search_cache.h"
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

#define MUTATIONS 20000

static const struct {
    const char *language, *text;
} samples[] = {
    {"python", "def f(a, b:\n    return [a, b\n\nprint(f(1, 2)\n"},
    {"python", "print 'a'\nif x:\npass\n"},
    {"javascript", "function f( {\n  return [1, 2;\n}\n"},
    {"c", "int f(void) {\n    if (x) {\n        return 1;\n    return 0;\n}\n"},
    {"json", "{\"a\": [1, 2, \"b\": 3}\n"},
    {"go", "package a\n\nfunc f( {\n\treturn 1\n}\n"},
    {"java", "class A { void f() { int a = 1 } }\n"},
    {"rust", "fn f() { let a = (1, 2; }\n"},
    {"python", ")))]]]}}}((( def def\n"},
};
#define SAMPLES (sizeof samples / sizeof *samples)

struct desk {
    struct cache *cache;
    struct search *search;
    struct parser *parser;
    struct rule_checker *rules;
    struct arena arena;
};

static void begin(struct desk *desk, const char *language) {
    struct cache_params params = {.entries_max = 1000, .memory_bytes_max = 16u << 20, .strategy = EVICT_LRU};
    *desk = (struct desk){.cache = cache_create(&params),
                          .search = search_create(),
                          .parser = parser_create(),
                          .rules = rule_checker_create(language_find(language))};
    arena_init(&desk->arena);
}

static void end(struct desk *desk) {
    arena_finish(&desk->arena);
    rule_checker_destroy(desk->rules);
    parser_destroy(desk->parser);
    search_destroy(desk->search);
    cache_destroy(desk->cache);
}

static struct search_result run(struct desk *desk, const char *language, const char *text,
                                unsigned max_solutions, const struct cancel *cancel) {
    struct search_request request = {.language = language_find(language),
                                     .bytes = text,
                                     .length = (uint32_t)strlen(text),
                                     .rules = desk->rules,
                                     .cancel = cancel,
                                     .max_solutions = max_solutions};
    struct search_cache found = {.cache = desk->cache};
    struct search_result result;
    search_cache_run(&found, desk->search, desk->parser, &request, &desk->arena, &result);
    return result;
}

/* With the names of a document that holds the excerpt; the first repair's title is told. */
static const char *run_in(struct desk *desk, const char *document, const char *excerpt,
                          const struct cancel *cancel) {
    struct text *text;
    const struct language *python = language_find("python");
    assert_int_equal(text_create(document, strlen(document), &text), STATUS_OK);
    struct names *names = names_create(&(struct names_params){.language = python, .text = text});
    struct search_request request = {.language = python,
                                     .bytes = excerpt,
                                     .length = (uint32_t)strlen(excerpt),
                                     .rules = desk->rules,
                                     .names = names,
                                     .cancel = cancel,
                                     .max_solutions = 5};
    struct search_cache found = {.cache = desk->cache};
    struct search_result result;
    search_cache_run(&found, desk->search, desk->parser, &request, &desk->arena, &result);
    names_unref(names);
    text_unref(text);
    assert_true(result.solution_count > 0 || cancel);
    return result.solution_count ? result.solutions[0].repair.title : "";
}

static struct str bytes_of(const struct search_result *result, uint32_t length) {
    struct str bytes;
    str_init(&bytes);
    assert_true(search_cache_encode(result, length, &bytes));
    return bytes;
}

static void check_equal(const struct search_result *first, const struct search_result *second,
                        uint32_t length) {
    struct str expected = bytes_of(first, length), found = bytes_of(second, length);
    assert_int_equal(expected.length, found.length);
    assert_memory_equal(expected.bytes, found.bytes, found.length);
    str_finish(&expected);
    str_finish(&found);
}

static void what_was_searched_is_found(void **unused) {
    (void)unused;
    size_t solutions = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct desk desk;
        begin(&desk, samples[i].language);
        uint32_t length = (uint32_t)strlen(samples[i].text);
        struct search_result first = run(&desk, samples[i].language, samples[i].text, 5, NULL);
        struct cache_counters counters = cache_counters(desk.cache);
        assert_int_equal(counters.part_hits, 0);
        assert_int_equal(counters.part_misses, 1);
        if (!first.cut_short) {
            struct search_result second = run(&desk, samples[i].language, samples[i].text, 5, NULL);
            assert_int_equal(cache_counters(desk.cache).part_hits, 1);
            assert_int_equal(second.propose_ns + second.search_ns + second.verify_ns, 0);
            assert_int_equal(first.refused, second.refused);
            assert_int_equal(first.stuck, second.stuck);
            assert_int_equal(first.stuck_start, second.stuck_start);
            assert_int_equal(first.stuck_end, second.stuck_end);
            check_equal(&first, &second, length);
            solutions += second.solution_count;
        }
        end(&desk);
    }
    assert_true(solutions > SAMPLES);
}

static void other_questions_are_other_keys(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk, "javascript");
    run(&desk, "javascript", "f(1;\n", 5, NULL);
    run(&desk, "typescript", "f(1;\n", 5, NULL);
    run(&desk, "javascript", "f(1;\n", 4, NULL);
    run(&desk, "javascript", "f(1 ;\n", 5, NULL);
    assert_int_equal(cache_counters(desk.cache).part_hits, 0);
    assert_int_equal(cache_counters(desk.cache).part_misses, 4);
    assert_int_equal(cache_counters(desk.cache).hits[CACHE_MEMORY] + cache_counters(desk.cache).misses, 0);
    end(&desk);
}

/* What stands elsewhere matters where it answers one of the questions that were asked, and nowhere else. */
static void names_that_were_asked_for_are_asked_for_again(void **unused) {
    (void)unused;
    static const char excerpt[] = "x = get Name(1)\n";
    struct desk desk;
    begin(&desk, "python");
    assert_string_equal(run_in(&desk, "def getName(a):\n    return a\nx = get Name(1)\n", excerpt, NULL),
                        "write `getName`");
    assert_int_equal(cache_counters(desk.cache).part_misses, 1);
    assert_string_equal(run_in(&desk, "other = 1\ndef getName(a):\n    return other\n", excerpt, NULL),
                        "write `getName`");
    assert_int_equal(cache_counters(desk.cache).part_hits, 1);
    /* Who has no time to search where the answers are others leaves what is right elsewhere. */
    struct cancel late;
    cancel_init(&late, NULL, 1); /* long ago */
    run_in(&desk, "def getAge(a):\n    return a\n", excerpt, &late);
    assert_int_equal(cache_counters(desk.cache).part_misses, 2);
    assert_string_equal(run_in(&desk, "def getName(a):\n    return a\n", excerpt, NULL), "write `getName`");
    assert_int_equal(cache_counters(desk.cache).part_hits, 2);
    const char *without = run_in(&desk, "def getAge(a):\n    return a\n", excerpt, NULL);
    assert_string_not_equal(without, "write `getName`");
    assert_int_equal(cache_counters(desk.cache).part_hits, 2);
    assert_int_equal(cache_counters(desk.cache).part_misses, 3);
    assert_string_equal(run_in(&desk, "def getAge(a):\n    return b\n", excerpt, NULL), without);
    assert_int_equal(cache_counters(desk.cache).part_hits, 3);
    end(&desk);
}

static void what_the_clock_decided_is_not_kept(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk, "python");
    struct cancel late;
    cancel_init(&late, NULL, 1); /* long ago */
    run(&desk, "python", "def f(a:\n    pass\n", 5, &late);
    assert_int_equal(cache_counters(desk.cache).puts, 0);
    struct cancel cancelled;
    cancel_init(&cancelled, NULL, 0);
    cancel_request(&cancelled);
    run(&desk, "python", "def f(a:\n    pass\n", 5, &cancelled);
    assert_int_equal(cache_counters(desk.cache).puts, 0);
    run(&desk, "python", "def f(a:\n    pass\n", 5, NULL);
    assert_int_equal(cache_counters(desk.cache).puts, 1);
    /* What is known needs no time. */
    struct search_result found = run(&desk, "python", "def f(a:\n    pass\n", 5, &late);
    assert_true(found.solution_count > 0 && !found.cut_short);
    end(&desk);
}

static const struct model *no_model(void *payload) {
    (void)payload;
    return NULL;
}

static void a_model_that_is_not_known_is_not_believed(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk, "python");
    const char text[] = "f(1\n";
    /* Nobody knows which; one that could not be loaded; none. */
    static const uint64_t identities[] = {0, 77, MODEL_IDENTITY_NONE};
    for (size_t i = 0; i < 3; i++) {
        struct model_source source = {.get = no_model, .identity = identities[i]};
        struct search_request request = {.language = language_find("python"),
                                         .bytes = text,
                                         .length = sizeof text - 1,
                                         .rules = desk.rules,
                                         .max_solutions = 5};
        struct search_cache found = {.cache = desk.cache, .model_source = &source};
        struct search_result result;
        search_cache_run(&found, desk.search, desk.parser, &request, &desk.arena, &result);
        assert_true(result.solution_count > 0);
        assert_int_equal(cache_counters(desk.cache).puts, i == 2);
    }
    end(&desk);
}

static void no_bytes_do_harm(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    size_t taken = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct desk desk;
        begin(&desk, samples[i].language);
        uint32_t length = (uint32_t)strlen(samples[i].text);
        struct search_result result = run(&desk, samples[i].language, samples[i].text, 5, NULL),
                             decoded = {0};
        struct str bytes = bytes_of(&result, length);
        for (size_t cut = 0; cut < bytes.length; cut++)
            assert_false(search_cache_decode(bytes.bytes, cut, length, &desk.arena, &decoded));
        assert_false(search_cache_decode(bytes.bytes, bytes.length, length + 1, &desk.arena, &decoded));
        for (size_t k = 0; k < MUTATIONS / SAMPLES; k++) {
            struct str changed;
            str_init(&changed);
            str_add(&changed, bytes.bytes, bytes.length);
            for (uint32_t n = 1 + damage_random_below(&random, 3); n > 0; n--)
                changed.bytes[damage_random_below(&random, (uint32_t)changed.length)] =
                    (char)damage_random_below(&random, 256);
            if (search_cache_decode(changed.bytes, changed.length, length, &desk.arena, &decoded)) {
                struct str again = bytes_of(&decoded, length);
                assert_int_equal(again.length, changed.length);
                assert_memory_equal(again.bytes, changed.bytes, again.length);
                str_finish(&again);
                taken++;
            }
            str_finish(&changed);
            if (k % 100 == 99) arena_reset(&desk.arena);
        }
        str_finish(&bytes);
        end(&desk);
    }
    printf("%zu of %d changed bytes are results too\n", taken, MUTATIONS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_searched_is_found),
        cmocka_unit_test(other_questions_are_other_keys),
        cmocka_unit_test(names_that_were_asked_for_are_asked_for_again),
        cmocka_unit_test(what_the_clock_decided_is_not_kept),
        cmocka_unit_test(a_model_that_is_not_known_is_not_believed),
        cmocka_unit_test(no_bytes_do_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
