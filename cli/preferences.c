#include "cli/preferences.h"
#include "cli/source.h"
#include "cli/suggest.h"
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define WORKERS_MAX              256
#define MEMORY_THRESHOLD_DEFAULT 0.8
#define CPU_THRESHOLD_DEFAULT    0.9
#define CACHE_ENTRIES            10000
#define CACHE_ENTRIES_MAX        100000000
#define CACHE_MEMORY_MB          16
#define CACHE_DISK_MB            256
#define CACHE_MB_MAX             1000000
#define CACHE_TTL_S              3600
#define CACHE_TTL_S_MAX          1000000000

/* Megabytes of a GPU's memory, and milliseconds that it may take to answer. */
#define GPU_MEMORY_LIMIT_DEFAULT 4096
#define GPU_MEMORY_LIMIT_MAX     1048576
#define GPU_MEMORY_FRACTION      0.8
#define GPU_TIMEOUT_DEFAULT      30000
#define GPU_TIMEOUT_MAX          600000

extern char **environ;

/* Settings that the environment and .noodle.json know by these two names. */
struct row {
    const char *variable;
    const char *key; /* NULL: no file says it, only who uses the program; nor is its value ever shown */
    bool (*set)(struct preferences *preferences, const char *value);
    const char *takes;
    const char *takes_outside; /* from files and editors, where that is less; NULL: the same */
};

static bool parse_whole(const char *value, unsigned long low, unsigned long high, unsigned long *ret_number) {
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || errno || number < low || number > high) return false;
    *ret_number = number;
    return true;
}

static bool read_number(const char *value, unsigned largest, unsigned *ret_number) {
    unsigned long number;
    if (!parse_whole(value, 1, largest, &number)) return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool set_max_workers(struct preferences *preferences, const char *value) {
    return read_number(value, WORKERS_MAX, &preferences->settings.thread_count);
}

static bool set_gpu_memory_limit(struct preferences *preferences, const char *value) {
    return read_number(value, GPU_MEMORY_LIMIT_MAX, &preferences->gpu.memory_limit_mb);
}

static bool set_share(double *ret_share, const char *value) {
    char *end;
    double share = strtod(value, &end);
    if (((*value < '0' || *value > '9') && *value != '.') || *end || !(share > 0 && share <= 1)) return false;
    *ret_share = share;
    return true;
}

static bool set_gpu_memory_fraction(struct preferences *preferences, const char *value) {
    return set_share(&preferences->gpu.memory_fraction, value);
}

static bool set_gpu_timeout(struct preferences *preferences, const char *value) {
    return read_number(value, GPU_TIMEOUT_MAX, &preferences->gpu.timeout_ms);
}

static bool parse_switch(const char *value, bool *ret_on) {
    static const char *const words[] = {"true", "1", "yes", "on", "false", "0", "no", "off"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(words[i], value)) continue;
        *ret_on = i < 4;
        return true;
    }
    return false;
}

static bool set_cache_strategy(struct preferences *preferences, const char *value) {
    return evict_strategy_parse(value, &preferences->cache.strategy);
}

static bool set_cache_size(struct preferences *preferences, const char *value) {
    return parse_whole(value, 0, CACHE_ENTRIES_MAX, &preferences->cache.entries);
}

static bool set_cache_ttl(struct preferences *preferences, const char *value) {
    return parse_whole(value, 0, CACHE_TTL_S_MAX, &preferences->cache.ttl_s);
}

static bool set_cache_memory_limit(struct preferences *preferences, const char *value) {
    return parse_whole(value, 0, CACHE_MB_MAX, &preferences->cache.memory_mb);
}

static bool set_cache_disk_limit(struct preferences *preferences, const char *value) {
    return parse_whole(value, 0, CACHE_MB_MAX, &preferences->cache.disk_mb);
}

static bool set_cache_source_text(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->cache.source_text);
}

static bool set_cache_warming(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->settings.cache_warming);
}

static bool set_distributed_cache(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->cache.shares);
}

static bool set_redis_url(struct preferences *preferences, const char *value) {
    return redis_url_parse(value, &preferences->cache.redis, NULL) == STATUS_OK;
}

static bool set_performance_monitoring(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->performance_monitoring);
}

static bool set_gpu_acceleration(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->switches.gpu_acceleration);
}

static bool set_batch_size_auto(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->switches.batch_size_auto);
}

static bool set_quantization(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->switches.quantization);
}

static bool set_auto_optimization(struct preferences *preferences, const char *value) {
    return parse_switch(value, &preferences->switches.auto_optimization);
}

static bool set_memory_threshold(struct preferences *preferences, const char *value) {
    return set_share(&preferences->memory_threshold, value);
}

static bool set_cpu_threshold(struct preferences *preferences, const char *value) {
    return set_share(&preferences->cpu_threshold, value);
}

static bool set_latency_diagnostics(struct preferences *preferences, const char *value) {
    return latency_setting_parse(value, &preferences->settings.latency_diagnostics);
}

static const struct row rows[] = {
    {"MAX_WORKERS", "maxWorkers", set_max_workers, "a whole number from 1 to 256", NULL},
    {"PERFORMANCE_MONITORING", "performanceMonitoring", set_performance_monitoring, "true or false", NULL},
    {"LATENCY_DIAGNOSTICS", "latencyDiagnostics", set_latency_diagnostics, "off, overBudget or always", NULL},
    {"GPU_ACCELERATION", "gpuAcceleration", set_gpu_acceleration, "true or false", NULL},
    {"BATCH_SIZE_AUTO", "batchSizeAuto", set_batch_size_auto, "true or false", NULL},
    {"QUANTIZATION_ENABLED", "quantizationEnabled", set_quantization, "true or false", NULL},
    {"AUTO_OPTIMIZATION", "autoOptimization", set_auto_optimization, "true or false", NULL},
    {"MEMORY_THRESHOLD", "memoryThreshold", set_memory_threshold, "a number above 0, up to 1", NULL},
    {"CPU_THRESHOLD", "cpuThreshold", set_cpu_threshold, "a number above 0, up to 1", NULL},
    {"GPU_MEMORY_LIMIT", "gpuMemoryLimit", set_gpu_memory_limit,
     "a whole number of megabytes from 1 to 1048576", NULL},
    {"GPU_MEMORY_FRACTION", "gpuMemoryFraction", set_gpu_memory_fraction, "a number above 0, up to 1", NULL},
    {"GPU_TIMEOUT", "gpuTimeout", set_gpu_timeout, "a whole number of milliseconds from 1 to 600000", NULL},
    {"CACHE_STRATEGY", "cacheStrategy", set_cache_strategy, "lru, lfu, ttl, adaptive or advanced", NULL},
    {"CACHE_SIZE", "cacheSize", set_cache_size, "a number of entries from 0 (no cache) to 100000000", NULL},
    {"CACHE_TTL", "cacheTtl", set_cache_ttl, "seconds from 0 (for ever) to 1000000000", NULL},
    {"CACHE_MEMORY_LIMIT", "cacheMemoryLimit", set_cache_memory_limit, "MB from 0 to 1000000", NULL},
    {"CACHE_DISK_LIMIT", "cacheDiskLimit", set_cache_disk_limit, "MB from 0 (nothing on disk) to 1000000",
     NULL},
    {"CACHE_SOURCE_TEXT", "cacheSourceText", set_cache_source_text, "true or false",
     "false, once the environment or a file says so"},
    {"DISTRIBUTED_CACHE", "distributedCache", set_distributed_cache, "true or false",
     "false (what is true, the environment and --redis say)"},
    {"REDIS_URL", NULL, set_redis_url,
     "redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?ca=FILE][&cert=FILE&key=FILE]", NULL},
    {"CACHE_WARMING", "cacheWarming", set_cache_warming, "true or false", NULL},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

/* Variables of the configuration table whose machinery is not in this build: no mistake, and no effect. */
static const char *const without_effect[] = {
    "MONITORING_INTERVAL", "ALERT_THRESHOLD",  "DISTRIBUTED_PROCESSING", "WORKER_TIMEOUT",
    "TASK_CHUNK_SIZE",     "COORDINATOR_PORT", "METRICS_RETENTION",
};
#define WITHOUT_EFFECT_COUNT (sizeof without_effect / sizeof *without_effect)

static const struct row *row_find(const char *key) {
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].key && !strcmp(rows[i].key, key)) return &rows[i];
    return NULL;
}

static void complain(const struct preferences_params *params, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(const struct preferences_params *params, const char *format, ...) {
    char message[ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    params->complain(message, params->payload);
}

static void load_variable(const struct preferences_params *params, const char *name, const char *value,
                          struct preferences *preferences) {
    const char *names[ROW_COUNT + WITHOUT_EFFECT_COUNT];
    for (size_t i = 0; i < ROW_COUNT; i++) {
        names[i] = rows[i].variable;
        if (strcmp(name, rows[i].variable)) continue;
        const char *shown = rows[i].key ? value : "(not shown)";
        if (!rows[i].set(preferences, value))
            complain(params, PREFERENCES_PREFIX "%s is '%.100s'; it takes %s; ignored", name, shown,
                     rows[i].takes);
        else if (params->origins)
            str_addf(params->origins, PREFERENCES_PREFIX "%s=%.100s\n", name, shown);
        return;
    }
    for (size_t i = 0; i < WITHOUT_EFFECT_COUNT; i++) {
        names[ROW_COUNT + i] = without_effect[i];
        if (strcmp(name, without_effect[i])) continue;
        if (params->origins)
            str_addf(params->origins, PREFERENCES_PREFIX "%s: no effect in this build\n", name);
        return;
    }
    const char *nearest = suggest_nearest(name, names, ROW_COUNT + WITHOUT_EFFECT_COUNT);
    complain(params, PREFERENCES_PREFIX "%.100s is no setting%s%s; ignored", name,
             nearest ? "; did you mean " PREFERENCES_PREFIX : "", nearest ? nearest : "");
}

static void load_environment(const struct preferences_params *params, struct preferences *preferences) {
    size_t prefix_length = strlen(PREFERENCES_PREFIX);
    for (char **variable = environ; variable && *variable; variable++) {
        const char *equals = strchr(*variable, '=');
        if (!equals || strncmp(*variable, PREFERENCES_PREFIX, prefix_length)) continue;
        char *name = mem_strndup(*variable + prefix_length, (size_t)(equals - *variable) - prefix_length);
        load_variable(params, name, equals + 1, preferences);
        mem_free(name);
    }
}

static bool is_editor_key(const char *key) {
    for (size_t i = 0; settings_key(i); i++)
        if (!strcmp(settings_key(i), key)) return true;
    return false;
}

/* A value from outside: what keeps text at home can be added there, not taken away. */
static bool set_outside(const struct row *row, struct json_object *value, struct preferences *preferences) {
    struct cache_preferences before = preferences->cache;
    bool is_plain = value && !json_object_is_type(value, json_type_object) &&
                    !json_object_is_type(value, json_type_array);
    if (!is_plain || !row->set(preferences, json_object_get_string(value))) return false;
    bool lets_go = (preferences->cache.shares && !before.shares) ||
                   (preferences->cache.source_text && !before.source_text);
    if (lets_go) preferences->cache = before;
    return !lets_go;
}

static const char *takes_outside(const struct row *row) {
    return row->takes_outside ? row->takes_outside : row->takes;
}

static void load_object(const struct preferences_params *params, const char *path, struct json_object *object,
                        struct preferences *preferences) {
    struct str keys;
    str_init(&keys);
    json_object_object_foreach(object, key, value) {
        const struct row *row = row_find(key);
        if (row) {
            if (!set_outside(row, value, preferences)) {
                complain(params, "%s: %s is %.100s; it takes %s; ignored", path, key,
                         value ? json_object_to_json_string(value) : "null", takes_outside(row));
                continue;
            }
        } else if (!is_editor_key(key)) {
            complain(params, "%s: %.100s is no setting; ignored", path, key);
            continue;
        }
        str_addf(&keys, "%s%s", keys.length ? ", " : "", key);
    }
    struct json_object *known_elsewhere = NULL; /* the rest, without what the rows above have taken */
    if (!json_object_deep_copy(object, &known_elsewhere, NULL)) {
        for (size_t i = 0; i < ROW_COUNT; i++)
            if (rows[i].key) json_object_object_del(known_elsewhere, rows[i].key);
        settings_overlay(&preferences->settings, known_elsewhere, params->complain, params->payload);
        json_object_put(known_elsewhere);
    }
    if (params->origins && keys.length) str_addf(params->origins, "%s: %s\n", path, keys.bytes);
    str_finish(&keys);
}

static void load_file(const struct preferences_params *params, struct preferences *preferences) {
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/" PREFERENCES_FILE, params->root);
    struct source source;
    struct error error;
    if (!access(path.bytes, F_OK)) {
        if (source_read(path.bytes, language_find("json"), NULL, &source, &error)) {
            complain(params, "%s", error.message);
        } else {
            struct json_tokener *tokener = json_tokener_new();
            json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
            struct json_object *object = NULL;
            bool fits = source.length < INT32_MAX;
            if (fits) object = json_tokener_parse_ex(tokener, source.bytes, (int)source.length);
            enum json_tokener_error reason = json_tokener_get_error(tokener);
            if (json_object_is_type(object, json_type_object))
                load_object(params, path.bytes, object, preferences);
            else
                complain(params, "%s: has to be one JSON object%s%s; ignored", path.bytes, reason ? ": " : "",
                         reason ? json_tokener_error_desc(reason) : "");
            json_object_put(object);
            json_tokener_free(tokener);
            source_finish(&source);
        }
    }
    str_finish(&path);
}

static void load_editor(const struct settings_layer *layer, struct preferences *preferences) {
    struct json_object *inner = settings_inner(layer->configuration);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        struct json_object *value = NULL; /* null is how editors say "not set" */
        bool is_set = inner && row->key && !is_editor_key(row->key) &&
                      json_object_object_get_ex(inner, row->key, &value) && value;
        if (!is_set || set_outside(row, value, preferences)) continue;
        char message[ERROR_MESSAGE_SIZE];
        snprintf(message, sizeof message, "setting noodle.%s is %.100s; it takes %s and keeps its value",
                 row->key, json_object_to_json_string(value), takes_outside(row));
        layer->complain(message, layer->payload);
    }
}

void preferences_load(const struct preferences_params *params, struct preferences *ret_preferences) {
    struct preferences preferences;
    memset(&preferences, 0, sizeof preferences); /* whole, so that they can be compared as bytes */
    preferences.performance_monitoring = true;
    preferences.switches.gpu_acceleration = true;
    preferences.switches.batch_size_auto = true;
    preferences.switches.quantization = true;
    preferences.switches.auto_optimization = true;
    preferences.memory_threshold = MEMORY_THRESHOLD_DEFAULT;
    preferences.cpu_threshold = CPU_THRESHOLD_DEFAULT;
    preferences.gpu.memory_limit_mb = GPU_MEMORY_LIMIT_DEFAULT;
    preferences.gpu.memory_fraction = GPU_MEMORY_FRACTION;
    preferences.gpu.timeout_ms = GPU_TIMEOUT_DEFAULT;
    preferences.cache.strategy = EVICT_ADAPTIVE;
    preferences.cache.entries = CACHE_ENTRIES;
    preferences.cache.memory_mb = CACHE_MEMORY_MB;
    preferences.cache.disk_mb = CACHE_DISK_MB;
    preferences.cache.ttl_s = CACHE_TTL_S;
    preferences.cache.source_text = true;
    settings_init(&preferences.settings);
    if (params->root) load_file(params, &preferences);
    load_environment(params, &preferences);
    if (params->options->threads) preferences.settings.thread_count = params->options->threads;
    if (*params->options->redis.host) {
        preferences.cache.redis = params->options->redis;
        preferences.cache.shares = true;
    }
    for (size_t i = 0; i < params->editor_count; i++)
        load_editor(&params->editor[i], &preferences);
    *ret_preferences = preferences;
}
