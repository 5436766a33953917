/* Declarations: latency.h. */
#include "monitor/latency.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_BUDGET_NS (50 * NS_PER_MS)
#define SIMPLE_BUDGET_NS   (50 * NS_PER_MS)
#define COMPLEX_BUDGET_NS  (500 * NS_PER_MS)
/* Budgets hold up to this size and grow in proportion above it. */
#define BUDGET_SIZE_BYTES UINT64_C(10000000)
/* A text from here on is slow because of its size, a smaller one because of its mistakes. */
#define LARGE_TEXT_BYTES UINT64_C(500000)

struct document {
    char *name;
    uint64_t name_hash;
    enum latency_severity severity;
    /* The window is the last LATENCY_WINDOW of them; twice the room keeps it contiguous. */
    size_t count;
    struct latency_sample samples[2 * LATENCY_WINDOW];
};

struct latency {
    struct {
        VEC_FIELDS(struct document *);
    } documents;
};

bool latency_setting_parse(const char *text, enum latency_setting *ret_setting) {
    static const char *const names[] = {"off", "overBudget", "always"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *ret_setting = (enum latency_setting)i;
        return true;
    }
    return false;
}

static uint64_t scaled(uint64_t budget_ns, uint64_t size_bytes) {
    if (size_bytes <= BUDGET_SIZE_BYTES) return budget_ns;
    return (uint64_t)((double)budget_ns * ((double)size_bytes / (double)BUDGET_SIZE_BYTES));
}

uint64_t latency_budget_ns(enum stage stage, uint64_t size_bytes, enum latency_edit edit) {
    if (stage == STAGE_DIAGNOSED) return scaled(FINDINGS_BUDGET_NS, size_bytes);
    if (stage != STAGE_REPAIRED || edit == LATENCY_CLEAN) return 0;
    return scaled(edit == LATENCY_SIMPLE ? SIMPLE_BUDGET_NS : COMPLEX_BUDGET_NS, size_bytes);
}

uint64_t latency_goal_ns(uint64_t size_bytes) {
    if (size_bytes <= 10000) return 400000;
    if (size_bytes <= 100000) return 1500000;
    if (size_bytes <= 1000000) return 4 * NS_PER_MS;
    return scaled(10 * NS_PER_MS, size_bytes);
}

static int compare_ns(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The nearest rank. */
static uint64_t quantile(const uint64_t *sorted, size_t count, unsigned percent) {
    return sorted[(count * percent - 1) / 100];
}

/* One of the things a user waits for. */
struct wait {
    enum stage stage;
    bool any_edit;
    enum latency_edit edit; /* unless any_edit */
};

static const struct wait waits[] = {
    {STAGE_DIAGNOSED, true, LATENCY_CLEAN},
    {STAGE_REPAIRED, false, LATENCY_SIMPLE},
    {STAGE_REPAIRED, false, LATENCY_COMPLEX},
};

static bool belongs(const struct latency_sample *sample, const struct wait *wait) {
    return sample->times.ns[wait->stage] > 0 && (wait->any_edit || sample->edit == wait->edit);
}

static struct latency_quantiles quantiles(const struct latency_sample *samples, size_t count,
                                          const struct wait *wait) {
    uint64_t sorted[LATENCY_WINDOW];
    struct latency_quantiles result = {0};
    if (count > LATENCY_WINDOW) {
        samples += count - LATENCY_WINDOW;
        count = LATENCY_WINDOW;
    }
    for (size_t i = 0; i < count; i++)
        if (belongs(&samples[i], wait)) sorted[result.count++] = samples[i].times.ns[wait->stage];
    if (result.count == 0) return result;
    qsort(sorted, result.count, sizeof *sorted, compare_ns);
    result.p50_ns = quantile(sorted, result.count, 50);
    result.p95_ns = quantile(sorted, result.count, 95);
    result.p99_ns = quantile(sorted, result.count, 99);
    return result;
}

struct latency_quantiles latency_quantiles_of(const struct latency_sample *samples, size_t count,
                                              enum stage stage) {
    struct wait wait = {stage, true, LATENCY_CLEAN};
    return quantiles(samples, count, &wait);
}

/* Which stage takes most of the requests that were as slow as the p95. */
static void find_bottleneck(const struct latency_sample *samples, size_t count, const struct wait *wait,
                            struct latency_verdict *verdict) {
    uint64_t sums[STAGE_COUNT] = {0}, total = 0;
    for (size_t i = 0; i < count; i++) {
        if (!belongs(&samples[i], wait) || samples[i].times.ns[wait->stage] < verdict->waited.p95_ns)
            continue;
        total += samples[i].times.ns[wait->stage];
        for (int stage = 0; stage < STAGE_COUNT; stage++)
            sums[stage] += samples[i].times.ns[stage];
    }
    /* The sums of a user's waits are no stages, and repairs come after the diagnostics. */
    sums[STAGE_DIAGNOSED] = sums[STAGE_REPAIRED] = 0;
    if (wait->stage == STAGE_DIAGNOSED)
        sums[STAGE_PROPOSE] = sums[STAGE_SEARCH] = sums[STAGE_VERIFY] = sums[STAGE_RANK] = 0;
    verdict->bottleneck = STAGE_QUEUE;
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        if (sums[stage] > sums[verdict->bottleneck]) verdict->bottleneck = (enum stage)stage;
    uint64_t percent = total > 0 ? sums[verdict->bottleneck] * 100 / total : 0;
    verdict->bottleneck_percent = percent < 100 ? (unsigned)percent : 100;
}

static const char *activity(enum stage stage) {
    switch (stage) {
    case STAGE_DECODE: return "reading the editor's message";
    case STAGE_STORE: return "storing the text";
    case STAGE_QUEUE: return "waiting for a worker";
    case STAGE_PARSE: return "parsing";
    case STAGE_REGIONS: return "locating the mistakes";
    case STAGE_PROPOSE: return "proposing repairs";
    case STAGE_SEARCH: return "searching repairs";
    case STAGE_VERIFY: return "proving repairs";
    case STAGE_RANK: return "ranking repairs";
    case STAGE_PUBLISH: return "sending the result";
    default: return "something unmeasured";
    }
}

static const char *advice(enum stage stage, uint64_t size_bytes) {
    switch (stage) {
    case STAGE_DECODE:
    case STAGE_STORE: return "let the editor send what changed instead of the whole text";
    case STAGE_QUEUE: return "close large documents, or allow more threads";
    case STAGE_PARSE:
    case STAGE_REGIONS:
        if (size_bytes >= LARGE_TEXT_BYTES) return "the file is large, splitting it would help";
        return "the file has much that does not parse, repairing its first mistakes would help";
    case STAGE_PROPOSE:
    case STAGE_SEARCH:
    case STAGE_VERIFY:
    case STAGE_RANK: return "mistakes stand close together, repairing them one at a time would help";
    case STAGE_PUBLISH: return "the editor takes messages slowly";
    default: return "";
    }
}

static void write_message(struct latency_verdict *verdict, const struct wait *wait, uint64_t size_bytes) {
    double p95_ms = (double)verdict->waited.p95_ns / NS_PER_MS,
           budget_ms = (double)verdict->budget_ns / NS_PER_MS;
    const char *what = wait->stage == STAGE_DIAGNOSED ? "diagnostics"
                       : wait->edit == LATENCY_SIMPLE ? "simple repairs"
                                                      : "complex repairs";
    if (verdict->severity == LATENCY_FINE)
        snprintf(verdict->message, sizeof verdict->message,
                 "%s take %.1f ms (p95, budget %.0f ms), most of it %s", what, p95_ms, budget_ms,
                 activity(verdict->bottleneck));
    else
        snprintf(verdict->message, sizeof verdict->message,
                 "%s takes %u %% of %.0f ms for %s (p95, budget %.0f ms): %s", activity(verdict->bottleneck),
                 verdict->bottleneck_percent, p95_ms, what, budget_ms,
                 advice(verdict->bottleneck, size_bytes));
}

static enum latency_severity judge_severity(uint64_t p95_ns, uint64_t budget_ns,
                                            enum latency_severity before) {
    enum latency_severity severity = LATENCY_FINE;
    if (p95_ns > budget_ns) severity = LATENCY_WARNING;
    if (p95_ns > LATENCY_CRITICAL_FACTOR * budget_ns) severity = LATENCY_CRITICAL;
    for (; severity < before; before--) {
        uint64_t limit_ns = before == LATENCY_CRITICAL ? LATENCY_CRITICAL_FACTOR * budget_ns : budget_ns;
        if (p95_ns >= limit_ns / 100 * LATENCY_CLEAR_PERCENT) return before;
    }
    return severity;
}

bool latency_judge(const struct latency_sample *samples, size_t count, enum latency_severity before,
                   struct latency_verdict *ret_verdict) {
    if (count > LATENCY_WINDOW) {
        samples += count - LATENCY_WINDOW;
        count = LATENCY_WINDOW;
    }
    if (count < LATENCY_MIN_SAMPLES) return false;
    uint64_t size_bytes = samples[count - 1].size_bytes;
    const struct wait *worst = NULL;
    double worst_ratio = 0;
    struct latency_verdict verdict = {0};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        struct latency_quantiles waited = quantiles(samples, count, &waits[i]);
        if (waited.count < LATENCY_MIN_SAMPLES) continue;
        uint64_t budget_ns = latency_budget_ns(waits[i].stage, size_bytes, waits[i].edit);
        double ratio = (double)waited.p95_ns / (double)budget_ns;
        if (worst && ratio <= worst_ratio) continue;
        worst = &waits[i];
        worst_ratio = ratio;
        verdict.measured = waits[i].stage;
        verdict.waited = waited;
        verdict.budget_ns = budget_ns;
    }
    if (!worst) return false;
    verdict.severity = judge_severity(verdict.waited.p95_ns, verdict.budget_ns, before);
    find_bottleneck(samples, count, worst, &verdict);
    write_message(&verdict, worst, size_bytes);
    *ret_verdict = verdict;
    return true;
}

bool latency_shows(enum latency_setting setting, const struct latency_verdict *verdict) {
    if (setting == LATENCY_OFF) return false;
    return setting == LATENCY_ALWAYS || verdict->severity != LATENCY_FINE;
}

struct latency *latency_create(void) {
    return mem_zalloc(sizeof(struct latency));
}

static void destroy_document(struct document *document) {
    mem_free(document->name);
    mem_free(document);
}

void latency_destroy(struct latency *latency) {
    if (!latency) return;
    for (size_t i = 0; i < latency->documents.count; i++)
        destroy_document(latency->documents.items[i]);
    vec_finish(&latency->documents);
    mem_free(latency);
}

static struct document *find_document(const struct latency *latency, const char *name, size_t *ret_index) {
    uint64_t hash = hash64(name, strlen(name), 0);
    for (size_t i = 0; i < latency->documents.count; i++) {
        struct document *document = latency->documents.items[i];
        if (document->name_hash != hash || strcmp(document->name, name) != 0) continue;
        if (ret_index) *ret_index = i;
        return document;
    }
    return NULL;
}

void latency_record(struct latency *latency, const char *document, const struct latency_sample *sample) {
    struct document *found = find_document(latency, document, NULL);
    if (!found) {
        found = mem_alloc(sizeof *found);
        found->name = mem_strdup(document);
        found->name_hash = hash64(document, strlen(document), 0);
        found->severity = LATENCY_FINE;
        found->count = 0;
        vec_push(&latency->documents, found);
    }
    if (found->count == 2 * LATENCY_WINDOW) {
        memmove(found->samples, found->samples + LATENCY_WINDOW, LATENCY_WINDOW * sizeof *found->samples);
        found->count = LATENCY_WINDOW;
    }
    found->samples[found->count++] = *sample;
}

void latency_forget(struct latency *latency, const char *document) {
    size_t index;
    struct document *found = find_document(latency, document, &index);
    if (!found) return;
    latency->documents.items[index] = latency->documents.items[--latency->documents.count];
    destroy_document(found);
}

size_t latency_samples(const struct latency *latency, const char *document,
                       const struct latency_sample **ret_samples) {
    const struct document *found = find_document(latency, document, NULL);
    if (!found) return 0;
    size_t count = found->count < LATENCY_WINDOW ? found->count : LATENCY_WINDOW;
    *ret_samples = found->samples + (found->count - count);
    return count;
}

bool latency_verdict(struct latency *latency, const char *document, struct latency_verdict *ret_verdict) {
    struct document *found = find_document(latency, document, NULL);
    if (!found || !latency_judge(found->samples, found->count, found->severity, ret_verdict)) return false;
    found->severity = ret_verdict->severity;
    return true;
}
