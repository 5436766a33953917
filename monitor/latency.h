/* latency.h: is a document slow, which stage is to blame, and what would help.
 *
 * The last LATENCY_WINDOW requests of a document are kept per stage; judging is a pure function of them. A document is
 * slow when the p95 of what its user waits for passes its budget (for findings or for repairs), and fast again when it
 * falls below LATENCY_CLEAR_PERCENT of it: between the two nothing changes, so a verdict does not flicker.
 *
 * Owns    the samples, about 24 KB a document.
 * Threads one at a time (the loop).
 * Errors  none; a document that is not known has no verdict.
 * Units   nanoseconds, bytes. */
#ifndef NOODLE_LATENCY_H
#define NOODLE_LATENCY_H

#include "base/meter.h"
#include <stdbool.h>
#include <stddef.h>

#define LATENCY_WINDOW        128 /* requests a verdict looks back on */
#define LATENCY_MIN_SAMPLES   8   /* fewer tell nothing about a p95 */
#define LATENCY_CLEAR_PERCENT 80

enum latency_setting { LATENCY_OFF, LATENCY_OVER_BUDGET, LATENCY_ALWAYS };

/* What a request had to do; decides its budget for repairs. */
enum latency_edit {
    LATENCY_CLEAN,   /* nothing was broken, nothing to repair */
    LATENCY_SIMPLE,  /* one edit repairs it: 50 ms */
    LATENCY_COMPLEX, /* several edits: 500 ms */
    LATENCY_EDIT_COUNT
};

enum latency_severity { LATENCY_FINE, LATENCY_WARNING, LATENCY_CRITICAL };

struct latency_quantiles {
    size_t count; /* samples looked at; 0: the others say nothing */
    uint64_t p50_ns, p95_ns, p99_ns;
};

struct latency_sample {
    enum latency_edit edit;
    uint64_t size_bytes; /* of the text */
    struct stage_times times;
};

struct latency_verdict {
    bool over_budget;          /* with hysteresis */
    enum latency_severity severity;
    enum stage measured;       /* STAGE_DIAGNOSED or STAGE_REPAIRED: the wait that is furthest over its budget */
    struct latency_quantiles waited; /* of that wait */
    uint64_t budget_ns;
    enum stage bottleneck;     /* the stage that takes most of it */
    unsigned bottleneck_percent;
    char message[256];         /* one sentence for people: what, how much, what would help */
};

struct latency;

/* "off", "overBudget", "always"; false when it is none of them. */
bool latency_setting_parse(const char *text, enum latency_setting *ret_setting);

/* What a user may have to wait for a stage (STAGE_DIAGNOSED, STAGE_REPAIRED), and the tighter goal that the benchmarks
 * hold us to, by size and edit. 0 for stages that have none of their own. */
uint64_t latency_budget_ns(enum stage stage, uint64_t size_bytes, enum latency_edit edit);
uint64_t latency_goal_ns(uint64_t size_bytes); /* change to diagnostics, p50 */

/* Judging samples alone: was_over is the verdict before. False when there are too few. */
bool latency_judge(const struct latency_sample *samples, size_t count, bool was_over,
                   struct latency_verdict *ret_verdict);
struct latency_quantiles latency_quantiles_of(const struct latency_sample *samples, size_t count, enum stage stage);

struct latency *latency_create(void);
void latency_destroy(struct latency *latency);
void latency_record(struct latency *latency, const char *document, const struct latency_sample *sample);
void latency_forget(struct latency *latency, const char *document);
/* The verdict on a document, remembered for its hysteresis. False when there is nothing to say yet. */
bool latency_verdict(struct latency *latency, const char *document, struct latency_verdict *ret_verdict);
/* Whether the setting wants a diagnostic for it. */
bool latency_shows(enum latency_setting setting, const struct latency_verdict *verdict);
/* Every sample kept of a document, oldest first; borrowed until the next record. 0 when unknown. */
size_t latency_samples(struct latency *latency, const char *document, const struct latency_sample **ret_samples);

#endif
