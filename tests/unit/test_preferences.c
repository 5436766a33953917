/* Precedence of settings, and what is said about values that are no good. */
#include "cli/preferences.h"
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static struct str complaints;

static void complain(const char *message, void *payload) {
    (void)payload;
    str_addf(&complaints, "%s\n", message);
}

static int set_up(void **state) {
    (void)state;
    str_init(&complaints);
    unsetenv("NOODLE_SYNTAX_FIXER_CACHE_SIZE"); /* of those who run tests */
    snprintf(folder, sizeof folder, "/tmp/noodle-preferences-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    unsetenv("NOODLE_SYNTAX_FIXER_MAX_WORKERS");
    unsetenv("NOODLE_SYNTAX_FIXER_PERFORMANCE_MONITORING");
    unsetenv("NOODLE_SYNTAX_FIXER_LATENCY_DIAGNOSTICS");
    unsetenv("NOODLE_SYNTAX_FIXER_MAX_WORKRES");
    unsetenv("NOODLE_SYNTAX_FIXER_CACHE_WARMING");
    unsetenv("NOODLE_SYNTAX_FIXER_WORKER_TIMEOUT");
    unsetenv("NOODLE_SYNTAX_FIXER_REDIS_URL");
    unsetenv("NOODLE_SYNTAX_FIXER_DISTRIBUTED_CACHE");
    unsetenv("NOODLE_SYNTAX_FIXER_GPU_ACCELERATION");
    unsetenv("NOODLE_SYNTAX_FIXER_MEMORY_THRESHOLD");
    unsetenv("NOODLE_SYNTAX_FIXER_CPU_THRESHOLD");
    unsetenv("NOODLE_SYNTAX_FIXER_GPU_MEMORY_LIMIT");
    unsetenv("NOODLE_SYNTAX_FIXER_GPU_MEMORY_FRACTION");
    unsetenv("NOODLE_SYNTAX_FIXER_CACHE_SIZE");
    unsetenv("NOODLE_SYNTAX_FIXER_CACHE_SOURCE_TEXT");
    str_finish(&complaints);
    char path[128];
    snprintf(path, sizeof path, "%s/.noodle.json", folder);
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/.noodle.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct preferences load(unsigned threads, struct str *origins) {
    struct options options = {.threads = threads};
    struct preferences preferences;
    struct preferences_params params = {
        .root = folder, .options = &options, .complain = complain, .origins = origins};
    preferences_load(&params, &preferences);
    return preferences;
}

static void test_precedence(void **state) {
    (void)state;
    struct preferences preferences = load(0, NULL);
    assert_true(preferences.performance_monitoring);
    assert_int_equal(preferences.settings.latency_diagnostics, LATENCY_OVER_BUDGET);
    assert_in_range(preferences.settings.thread_count, 1, 4);

    write_file("{\"maxWorkers\": 7, \"latencyDiagnostics\": \"off\", \"performanceMonitoring\": false, "
               "\"maxRepairs\": 9}");
    preferences = load(0, NULL);
    assert_int_equal(preferences.settings.thread_count, 7);
    assert_int_equal(preferences.settings.latency_diagnostics, LATENCY_OFF);
    assert_int_equal(preferences.settings.max_repairs, 9); /* a key that editors may set */
    assert_false(preferences.performance_monitoring);

    setenv("NOODLE_SYNTAX_FIXER_MAX_WORKERS", "8", 1);
    setenv("NOODLE_SYNTAX_FIXER_LATENCY_DIAGNOSTICS", "always", 1);
    setenv("NOODLE_SYNTAX_FIXER_PERFORMANCE_MONITORING", "On", 1);
    struct str origins;
    str_init(&origins);
    preferences = load(0, &origins);
    assert_int_equal(preferences.settings.thread_count, 8);
    assert_int_equal(preferences.settings.latency_diagnostics, LATENCY_ALWAYS);
    assert_true(preferences.performance_monitoring);
    assert_non_null(strstr(
        origins.bytes, ".noodle.json: maxWorkers, latencyDiagnostics, performanceMonitoring, maxRepairs\n"));
    assert_non_null(strstr(origins.bytes, "NOODLE_SYNTAX_FIXER_MAX_WORKERS=8\n"));
    str_finish(&origins);

    assert_int_equal(load(9, NULL).settings.thread_count, 9);

    assert_int_equal(preferences.cache.entries, 10000);
    assert_int_equal(preferences.cache.strategy, EVICT_ADAPTIVE);
    assert_true(preferences.cache.source_text);
    write_file("{\"cacheSize\": 7, \"cacheStrategy\": \"lfu\", \"cacheTtl\": 0, \"cacheMemoryLimit\": 3, "
               "\"cacheDiskLimit\": 0, \"cacheSourceText\": false}");
    preferences = load(0, NULL);
    assert_int_equal(preferences.cache.entries, 7);
    assert_int_equal(preferences.cache.strategy, EVICT_LFU);
    assert_int_equal(preferences.cache.ttl_s, 0);
    assert_int_equal(preferences.cache.memory_mb, 3);
    assert_int_equal(preferences.cache.disk_mb, 0);
    assert_false(preferences.cache.source_text);
    assert_true(preferences.settings.cache_warming);
    write_file("{\"cacheWarming\": false}");
    assert_false(load(0, NULL).settings.cache_warming);
    setenv("NOODLE_SYNTAX_FIXER_CACHE_WARMING", "on", 1);
    assert_true(load(0, NULL).settings.cache_warming);
    assert_string_equal(complaints.bytes, "");
}

static void test_switches(void **state) {
    (void)state;
    struct preferences preferences = load(0, NULL);
    assert_true(preferences.switches.gpu_acceleration && preferences.switches.batch_size_auto);
    assert_true(preferences.switches.quantization && preferences.switches.auto_optimization);
    assert_true(preferences.memory_threshold == 0.8 && preferences.cpu_threshold == 0.9);

    write_file("{\"gpuAcceleration\": true, \"batchSizeAuto\": false, \"quantizationEnabled\": false, "
               "\"autoOptimization\": false, \"memoryThreshold\": 0.5, \"cpuThreshold\": 1}");
    setenv("NOODLE_SYNTAX_FIXER_GPU_ACCELERATION", "off", 1);
    setenv("NOODLE_SYNTAX_FIXER_MEMORY_THRESHOLD", ".25", 1);
    preferences = load(0, NULL);
    assert_false(preferences.switches.gpu_acceleration || preferences.switches.batch_size_auto);
    assert_false(preferences.switches.quantization || preferences.switches.auto_optimization);
    assert_true(preferences.memory_threshold == 0.25 && preferences.cpu_threshold == 1);
    assert_string_equal(complaints.bytes, "");

    static const char *const wrong[] = {"0", "1.01", "-0.5", "nan", "inf", "80%", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv("NOODLE_SYNTAX_FIXER_CPU_THRESHOLD", wrong[i], 1);
        str_clear(&complaints);
        assert_true(load(0, NULL).cpu_threshold == 1);
        assert_non_null(strstr(complaints.bytes, "it takes a number above 0, up to 1; ignored\n"));
    }
}

static void test_gpu(void **state) {
    (void)state;
    struct gpu_preferences gpu = load(0, NULL).gpu;
    assert_int_equal(gpu.memory_limit_mb, 4096);
    assert_true(gpu.memory_fraction == 0.8);
    assert_int_equal(gpu.timeout_ms, 30000);
    write_file("{\"gpuMemoryLimit\": 512, \"gpuMemoryFraction\": 0.25, \"gpuTimeout\": 1000}");
    setenv("NOODLE_SYNTAX_FIXER_GPU_MEMORY_LIMIT", "64", 1);
    setenv("NOODLE_SYNTAX_FIXER_GPU_MEMORY_FRACTION", "1", 1);
    gpu = load(0, NULL).gpu;
    assert_int_equal(gpu.memory_limit_mb, 64);
    assert_true(gpu.memory_fraction == 1);
    assert_int_equal(gpu.timeout_ms, 1000);
    assert_string_equal(complaints.bytes, "");
    setenv("NOODLE_SYNTAX_FIXER_GPU_MEMORY_FRACTION", "1.5", 1);
    setenv("NOODLE_SYNTAX_FIXER_GPU_MEMORY_LIMIT", "0", 1);
    gpu = load(0, NULL).gpu;
    assert_int_equal(gpu.memory_limit_mb, 512);
    assert_true(gpu.memory_fraction == 0.25);
    assert_non_null(
        strstr(complaints.bytes, "GPU_MEMORY_FRACTION is '1.5'; it takes a number above 0, up to 1"));
    assert_non_null(
        strstr(complaints.bytes, "GPU_MEMORY_LIMIT is '0'; it takes a whole number of megabytes from 1"));
}

/* Who uses the program names the server, no file does; and nobody is shown its password. */
static void test_redis(void **state) {
    (void)state;
    assert_false(load(0, NULL).cache.shares);
    write_file(
        "{\"distributedCache\": true, \"redisUrl\": \"redis://other\", \"REDIS_URL\": \"redis://other\"}");
    struct preferences preferences = load(0, NULL);
    assert_false(preferences.cache.shares);
    assert_string_equal(preferences.cache.redis.host, "");
    assert_non_null(
        strstr(complaints.bytes, "distributedCache is true; it takes false (what is true, the environment"));
    setenv("NOODLE_SYNTAX_FIXER_REDIS_URL", "redis://:secret@here/2", 1);
    struct str origins;
    str_init(&origins);
    preferences = load(0, &origins);
    assert_string_equal(preferences.cache.redis.host, "here");
    assert_int_equal(preferences.cache.redis.database, 2);
    assert_non_null(strstr(origins.bytes, "NOODLE_SYNTAX_FIXER_REDIS_URL=(not shown)\n"));
    setenv("NOODLE_SYNTAX_FIXER_REDIS_URL", "rediss://:secret@here/2?crt=file", 1);
    assert_string_equal(load(0, &origins).cache.redis.host, "");
    assert_non_null(
        strstr(complaints.bytes, "NOODLE_SYNTAX_FIXER_REDIS_URL is '(not shown)'; it takes redis[s]://"));
    assert_null(strstr(complaints.bytes, "secret"));
    assert_null(strstr(origins.bytes, "secret"));
    str_finish(&origins);
    setenv("NOODLE_SYNTAX_FIXER_DISTRIBUTED_CACHE", "off", 1);
    assert_false(load(0, NULL).cache.shares);
}

/* Loads with two layers of an editor, the second over the first. */
static struct preferences load_edited(unsigned threads, const char *first, const char *second) {
    struct options options = {.threads = threads};
    struct preferences preferences;
    struct settings_layer layers[2] = {{json_tokener_parse(first), complain, NULL},
                                       {json_tokener_parse(second), complain, NULL}};
    struct preferences_params params = {
        .root = folder, .options = &options, .complain = complain, .editor = layers, .editor_count = 2};
    preferences_load(&params, &preferences);
    json_object_put(layers[0].configuration);
    json_object_put(layers[1].configuration);
    return preferences;
}

static void test_editor(void **state) {
    (void)state;
    write_file("{\"cacheSize\": 5, \"gpuTimeout\": 5, \"maxWorkers\": 5}");
    setenv("NOODLE_SYNTAX_FIXER_CACHE_SIZE", "6", 1);
    struct preferences preferences =
        load_edited(6, "{\"cacheSize\": 7, \"gpuMemoryLimit\": 7, \"maxWorkers\": 7, \"cpuThreshold\": null}",
                    "{\"noodle\": {\"cacheSize\": 8, \"quantizationEnabled\": false}, \"gpuTimeout\": 9}");
    assert_int_equal(preferences.cache.entries, 8);
    assert_int_equal(preferences.gpu.memory_limit_mb, 7);
    assert_int_equal(preferences.gpu.timeout_ms, 5); /* not ours, beside an object that is */
    assert_int_equal(preferences.settings.thread_count, 7);
    assert_false(preferences.switches.quantization);
    assert_true(preferences.cpu_threshold == 0.9);
    preferences = load_edited(0, "null", "[{\"cacheSize\": 3}]"); /* no object, no settings */
    assert_int_equal(preferences.cache.entries, 6);
    assert_string_equal(complaints.bytes, "");

    preferences =
        load_edited(0, "{\"cacheSize\": -1}", "{\"cacheSize\": {}, \"cacheTtl\": [1], \"threads\": \"x\"}");
    assert_int_equal(preferences.cache.entries, 6);
    assert_string_equal(complaints.bytes,
                        "setting noodle.cacheSize is -1; it takes a number of entries from 0 (no "
                        "cache) to 100000000 and keeps its value\n"
                        "setting noodle.cacheSize is { }; it takes a number of entries from 0 (no "
                        "cache) to 100000000 and keeps its value\n"
                        "setting noodle.cacheTtl is [ 1 ]; it takes seconds from 0 (for ever) to "
                        "1000000000 and keeps its value\n");
}

/* A folder may bring an editor's settings along, as it brings its file. */
static void test_nothing_outside_lets_go_of_text(void **state) {
    (void)state;
    setenv("NOODLE_SYNTAX_FIXER_REDIS_URL", "redis://here", 1);
    struct preferences preferences =
        load_edited(0, "{\"distributedCache\": true}",
                    "{\"REDIS_URL\": \"redis://there\", \"redisUrl\": \"redis://there\"}");
    assert_false(preferences.cache.shares);
    assert_string_equal(preferences.cache.redis.host, "here");
    assert_string_equal(complaints.bytes,
                        "setting noodle.distributedCache is true; it takes false (what is true, "
                        "the environment and --redis say) and keeps its value\n");
    setenv("NOODLE_SYNTAX_FIXER_DISTRIBUTED_CACHE", "on", 1);
    assert_true(load_edited(0, "{\"distributedCache\": true}", "null").cache.shares);
    assert_false(load_edited(0, "{\"distributedCache\": false}", "null").cache.shares);
    assert_false(
        load_edited(0, "{\"distributedCache\": false}", "{\"distributedCache\": true}").cache.shares);
    assert_true(load_edited(0, "{\"cacheSourceText\": true}", "null").cache.source_text);
    setenv("NOODLE_SYNTAX_FIXER_CACHE_SOURCE_TEXT", "off", 1);
    str_clear(&complaints);
    assert_false(load_edited(0, "{\"cacheSourceText\": true}", "null").cache.source_text);
    assert_non_null(strstr(complaints.bytes, "it takes false, once the environment or a file says so"));
    write_file("{\"cacheSourceText\": true}");
    assert_false(load(0, NULL).cache.source_text);
}

static void test_wrong_variables(void **state) {
    (void)state;
    setenv("NOODLE_SYNTAX_FIXER_MAX_WORKERS", "many", 1);
    setenv("NOODLE_SYNTAX_FIXER_MAX_WORKRES", "3", 1);
    setenv("NOODLE_SYNTAX_FIXER_WORKER_TIMEOUT", "3", 1); /* known, without effect: no complaint */
    struct str origins;
    str_init(&origins);
    assert_in_range(load(0, &origins).settings.thread_count, 1, 4);
    assert_non_null(strstr(complaints.bytes,
                           "NOODLE_SYNTAX_FIXER_MAX_WORKERS is 'many'; it takes a whole number from 1 "
                           "to 256; ignored\n"));
    assert_non_null(strstr(complaints.bytes, "NOODLE_SYNTAX_FIXER_MAX_WORKRES is no setting; did you mean "
                                             "NOODLE_SYNTAX_FIXER_MAX_WORKERS; ignored\n"));
    assert_string_equal(origins.bytes, "NOODLE_SYNTAX_FIXER_WORKER_TIMEOUT: no effect in this build\n");
    str_finish(&origins);
}

static void test_wrong_file(void **state) {
    (void)state;
    write_file("{\"maxWorkers\": 0, \"latencyDiagnostics\": [1], \"colour\": 1, \"maxRepairs\": \"x\"}");
    assert_in_range(load(0, NULL).settings.thread_count, 1, 4);
    assert_non_null(
        strstr(complaints.bytes, ".noodle.json: maxWorkers is 0; it takes a whole number from 1 to 256"));
    assert_non_null(
        strstr(complaints.bytes, "latencyDiagnostics is [ 1 ]; it takes off, overBudget or always"));
    assert_non_null(strstr(complaints.bytes, ".noodle.json: colour is no setting; ignored\n"));
    assert_non_null(strstr(complaints.bytes, "maxRepairs is \"x\"; it takes a number from 1 to 50"));
    str_clear(&complaints);
    write_file("{\"maxWorkers\": 1");
    load(0, NULL);
    assert_non_null(strstr(complaints.bytes, ".noodle.json: has to be one JSON object"));
    str_clear(&complaints);
    write_file("[]");
    load(0, NULL);
    assert_non_null(strstr(complaints.bytes, ".noodle.json: has to be one JSON object; ignored\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_precedence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_switches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gpu, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_redis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_editor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_outside_lets_go_of_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_variables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
