/* Results that a device beside the CPU helped with: they are what this process found, not what the key says
 * that anybody would find. */
#include "analysis/cached.h"
#include "analysis/opinion.h"
#include "analysis/search_cache.h"
#include "analysis/session.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/biased_model.h"
#include "tests/support/faulty_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_NS (60 * NS_PER_S)

static const struct bias token_biases[] = {{NULL, OUTPUT_DELETE, 3}, {NULL, 0, 0}};
static const struct bias gap_biases[] = {{";", 0, 1}, {NULL, 0, 0}};

struct world {
    char folder[32];
    struct faults faults;
    struct biased_model biased;
    struct model_source source;
    struct cost *cost;
    struct batcher *batcher;
    struct cache *cache;
};

static const struct model *the_model(void *payload) {
    return payload;
}

static struct cache *open_cache(const char *folder) {
    struct cache_params params = {.strategy = EVICT_LRU,
                                  .entries_max = 1000,
                                  .memory_bytes_max = 16u << 20,
                                  .disk_bytes_max = 16u << 20,
                                  .wait_ns = LONG_NS,
                                  .folder = folder};
    return cache_create(&params);
}

/* The device takes all there is to compute, or none of it. */
static void begin(struct world *world, bool takes_all) {
    *world = (struct world){.folder = "/tmp/noodle-devices-XXXXXX"};
    assert_non_null(mkdtemp(world->folder));
    faults_init(&world->faults, kernel_best());
    biased_model_init(&world->biased, token_biases, gap_biases);
    world->source = (struct model_source){.get = the_model, .payload = world->biased.model, .identity = 77};
    world->cost = cost_create("test");
    struct batcher_device device = {"a device", faulty_device_open, &world->faults};
    struct batcher_params params = {.network = model_network(world->biased.model),
                                    .weights = world->biased.weights,
                                    .devices = &device,
                                    .device_count = 1,
                                    .precision = PRECISION_FP32,
                                    .switches = {.gpu_acceleration = takes_all, .quantization = true},
                                    .cost = world->cost,
                                    .patience_ns = LONG_NS};
    world->batcher = batcher_create(&params);
    model_use(world->biased.model, world->batcher);
    assert_true(batcher_wait_warm(world->batcher, LONG_NS));
    world->cache = open_cache(world->folder);
}

static void end(struct world *world) {
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", world->folder);
    cache_destroy(world->cache);
    batcher_destroy(world->batcher);
    cost_destroy(world->cost);
    biased_model_finish(&world->biased);
    faults_finish(&world->faults);
    assert_int_equal(system(command), 0);
}

static bool is_known(struct world *world, bool *ret_on_device) {
    static const char bytes[] = "int x = 1\nint y;\n";
    struct session_params params = {.cache = world->cache, .model_source = &world->source};
    struct session *session = session_create(&params);
    struct pipeline *pipeline = pipeline_create();
    struct text *text;
    struct analysis *analysis;
    assert_int_equal(text_create(bytes, sizeof bytes - 1, &text), STATUS_OK);
    struct pipeline_request request = {.language = language_find("c"),
                                       .text = text,
                                       .finish = true,
                                       .want_repairs = true,
                                       .max_repairs = 5,
                                       .repair_budget_ns = LONG_NS};
    assert_int_equal(session_analyze(session, pipeline, &request, NULL, &analysis, NULL), STATUS_OK);
    assert_int_equal(analysis->finding_count, 1);
    bool cached = analysis->cached;
    *ret_on_device = analysis->on_device;
    analysis_unref(analysis);
    text_unref(text);
    pipeline_destroy(pipeline);
    session_destroy(session);
    return cached;
}

/* What the CPU makes is kept for everybody, what another device makes for this process alone. */
static void what_a_device_made_stays_in_memory(void **unused) {
    (void)unused;
    for (int takes_all = 0; takes_all < 2; takes_all++) {
        struct world world;
        bool on_device;
        begin(&world, takes_all);
        assert_false(is_known(&world, &on_device));
        assert_int_equal(on_device, takes_all);
        assert_true(is_known(&world, &on_device));
        cache_flush(world.cache);
        assert_int_equal(cache_counters(world.cache).disk.entries == 0, takes_all);
        cache_destroy(world.cache);
        world.cache = open_cache(world.folder);
        assert_int_equal(is_known(&world, &on_device), !takes_all);
        end(&world);
    }
}

/* Also at second hand: an excerpt that is found was still searched with a device's opinion. */
static void what_a_device_made_of_an_excerpt_is_told(void **unused) {
    (void)unused;
    static const char bytes[] = "int x = 1\nint y;\n";
    const struct language *c = language_find("c");
    for (int takes_all = 0; takes_all < 2; takes_all++) {
        struct world world;
        begin(&world, takes_all);
        struct search *search = search_create();
        struct parser *parser = parser_create();
        struct rule_checker *rules = rule_checker_create(c);
        struct arena arena;
        arena_init(&arena);
        for (int again = 0; again < 2; again++) {
            struct opinion *opinion = opinion_create(world.biased.model);
            struct search_request request = {.language = c,
                                             .bytes = bytes,
                                             .length = sizeof bytes - 1,
                                             .rules = rules,
                                             .opinion = opinion,
                                             .max_solutions = 5};
            struct search_cache found = {.cache = world.cache, .model_source = &world.source};
            struct search_result result;
            search_cache_run(&found, search, parser, &request, &arena, &result);
            assert_true(result.solution_count > 0);
            assert_int_equal(cache_counters(world.cache).part_hits, again);
            assert_int_equal(opinion_device_windows(opinion) > 0, takes_all);
            opinion_destroy(opinion);
        }
        arena_finish(&arena);
        rule_checker_destroy(rules);
        parser_destroy(parser);
        search_destroy(search);
        end(&world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_device_made_stays_in_memory),
        cmocka_unit_test(what_a_device_made_of_an_excerpt_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
