/* settings.c: see settings.h. One row per key. */
#include "lsp/settings.h"

#include "base/clock.h"
#include "base/pool.h"
#include "lsp/protocol.h"
#include <stdio.h>

#define SETTINGS_DEFAULT_THREADS_MAX 4
#define SETTINGS_THREADS_MAX         64
#define SETTINGS_DEFAULT_BUDGET_MS   500
#define SETTINGS_DEFAULT_REPAIRS     5
#define SETTINGS_DEFAULT_CONFIDENCE  0.4

void settings_init(struct settings *settings) {
    unsigned cores = pool_cpu_count();
    *settings = (struct settings){
        .thread_count = cores < 1                              ? 1
                        : cores > SETTINGS_DEFAULT_THREADS_MAX ? SETTINGS_DEFAULT_THREADS_MAX
                                                               : cores,
        .repair_budget_ns = SETTINGS_DEFAULT_BUDGET_MS * NS_PER_MS,
        .max_repairs = SETTINGS_DEFAULT_REPAIRS,
        .fix_all_confidence = SETTINGS_DEFAULT_CONFIDENCE,
        .latency_diagnostics = LATENCY_OVER_BUDGET,
        .cache_warming = true,
    };
}

static bool number_between(struct json_object *value, double low, double high, double *ret_number) {
    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return false;
    double number = json_object_get_double(value);
    if (!(number >= low && number <= high)) return false;
    *ret_number = number;
    return true;
}

static bool set_threads(struct settings *settings, struct json_object *value) {
    double number;
    if (!number_between(value, 1, SETTINGS_THREADS_MAX, &number)) return false;
    settings->thread_count = (unsigned)number;
    return true;
}

static bool set_repair_budget(struct settings *settings, struct json_object *value) {
    double number;
    if (!number_between(value, 1, 60000, &number)) return false;
    settings->repair_budget_ns = (uint64_t)(number * (double)NS_PER_MS);
    return true;
}

static bool set_max_repairs(struct settings *settings, struct json_object *value) {
    double number;
    if (!number_between(value, 1, 50, &number)) return false;
    settings->max_repairs = (unsigned)number;
    return true;
}

static bool set_min_confidence(struct settings *settings, struct json_object *value) {
    return number_between(value, 0, 1, &settings->fix_all_confidence);
}

static bool set_latency_diagnostics(struct settings *settings, struct json_object *value) {
    return json_object_is_type(value, json_type_string) &&
           latency_setting_parse(json_object_get_string(value), &settings->latency_diagnostics);
}

static bool set_switch(bool *ret_on, struct json_object *value) {
    if (!json_object_is_type(value, json_type_boolean)) return false;
    *ret_on = json_object_get_boolean(value);
    return true;
}

static bool set_latency_notifications(struct settings *settings, struct json_object *value) {
    return set_switch(&settings->latency_notifications, value);
}

static bool set_cache_warming(struct settings *settings, struct json_object *value) {
    return set_switch(&settings->cache_warming, value);
}

static const struct setting_row {
    const char *key;
    bool (*set)(struct settings *settings, struct json_object *value);
    const char *takes;
} rows[] = {
    {"threads", set_threads, "a number from 1 to 64"},
    {"repairBudgetMs", set_repair_budget, "milliseconds from 1 to 60000"},
    {"maxRepairs", set_max_repairs, "a number from 1 to 50"},
    {"minConfidence", set_min_confidence, "a number from 0 to 1"},
    {"latencyDiagnostics", set_latency_diagnostics, "\"off\", \"overBudget\" or \"always\""},
    {"latencyNotifications", set_latency_notifications, "true or false"},
    {"cacheWarming", set_cache_warming, "true or false"},
};

const char *settings_key(size_t index) {
    return index < sizeof rows / sizeof *rows ? rows[index].key : NULL;
}

struct json_object *settings_inner(struct json_object *configuration) {
    struct json_object *inner = protocol_field(configuration, "noodle");
    if (json_object_is_type(inner, json_type_object)) return inner;
    return json_object_is_type(configuration, json_type_object) ? configuration : NULL;
}

void settings_overlay(struct settings *settings, struct json_object *configuration,
                      void (*complain)(const char *message, void *payload), void *payload) {
    struct json_object *ours = settings_inner(configuration);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* null is how editors say "not set". */
        struct json_object *value = protocol_field(ours, rows[i].key);
        if (!value || rows[i].set(settings, value)) continue;
        char message[ERROR_MESSAGE_SIZE];
        snprintf(message, sizeof message, "setting noodle.%s is %.100s; it takes %s and keeps its value",
                 rows[i].key, json_object_to_json_string(value), rows[i].takes);
        complain(message, payload);
    }
}

void settings_emit(const struct settings *settings, struct emit *emit) {
    static const char *const latency[] = {"off", "overBudget", "always"};
    emit_open_object(emit);
    emit_int_at(emit, "threads", settings->thread_count);
    emit_ms_at(emit, "repairBudgetMs", settings->repair_budget_ns);
    emit_int_at(emit, "maxRepairs", settings->max_repairs);
    emit_key(emit, "minConfidence");
    emit_double(emit, settings->fix_all_confidence);
    emit_text_at(emit, "latencyDiagnostics", latency[settings->latency_diagnostics]);
    emit_bool_at(emit, "latencyNotifications", settings->latency_notifications);
    emit_bool_at(emit, "cacheWarming", settings->cache_warming);
    emit_close_object(emit);
}
