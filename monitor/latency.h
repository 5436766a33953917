/* latency.h: is a document slow, which stage is to blame, and what would help.
 *
 * The last LATENCY_WINDOW requests of a document are kept; judging is a pure function of them. A user waits
 * for three things: diagnostics, the repair of a simple mistake, the repair of a complex one. A document is
 * slow when the p95 of one of them passes its budget, critical at LATENCY_CRITICAL_FACTOR times that; it
 * steps down again only below LATENCY_CLEAR_PERCENT of the limit it had passed, so that a verdict does not
 * flicker.
 *
 * Owns    the samples, about 30 KB a document.
 * Threads one at a time (the loop); the functions without a struct latency any.
 * Errors  none; of a document that is not known there is nothing to say.
 * Units   nanoseconds, bytes. */
#ifndef NOODLE_LATENCY_H
#define NOODLE_LATENCY_H

#include "base/meter.h"
#include <stdbool.h>
#include <stddef.h>

#define LATENCY_WINDOW          128 /* requests a verdict looks back on */
#define LATENCY_MIN_SAMPLES     8   /* fewer tell nothing about a p95 */
#define LATENCY_CRITICAL_FACTOR 4
#define LATENCY_CLEAR_PERCENT   80
#define LATENCY_MESSAGE_SIZE    256

enum latency_setting { LATENCY_OFF, LATENCY_OVER_BUDGET, LATENCY_ALWAYS };

/* What a request had to do; decides its budget for repairs. */
enum latency_edit {
    LATENCY_CLEAN,  /* nothing was broken, nothing to repair */
    LATENCY_SIMPLE, /* one edit repairs it */
    LATENCY_COMPLEX /* several edits, or none was found */
};

enum latency_severity { LATENCY_FINE, LATENCY_WARNING, LATENCY_CRITICAL };

/* One request: the times of a session_result and what the front door adds (DECODE, STORE, PUBLISH). A zero
 * says that the stage did not happen. */
struct latency_sample {
    enum latency_edit edit;
    uint64_t size_bytes; /* of the text */
    struct stage_times times;
};

struct latency_quantiles {
    size_t count; /* samples looked at; with 0 the others are 0 */
    uint64_t p50_ns, p95_ns, p99_ns;
};

struct latency_verdict {
    enum latency_severity severity;
    enum stage measured; /* STAGE_DIAGNOSED or STAGE_REPAIRED: the wait furthest over its budget */
    struct latency_quantiles waited; /* of that wait */
    uint64_t budget_ns;              /* of that wait */
    enum stage bottleneck;           /* the stage that takes most of the slow requests */
    unsigned bottleneck_percent;
    char message[LATENCY_MESSAGE_SIZE]; /* one sentence for people: what, how long, what would help */
};

/* "off", "overBudget", "always"; false when it is none of them. */
bool latency_setting_parse(const char *text, enum latency_setting *ret_setting);

/* The longest a user should wait: STAGE_DIAGNOSED 50 ms, STAGE_REPAIRED 50 ms (simple) or 500 ms (complex);
 * in proportion for texts above 10 MB. 0 for what has no budget. */
uint64_t latency_budget_ns(enum stage stage, uint64_t size_bytes, enum latency_edit edit);
/* What the benchmarks hold STAGE_DIAGNOSED to at p50. */
uint64_t latency_goal_ns(uint64_t size_bytes);

/* Of the samples in which the stage happened. */
struct latency_quantiles latency_quantiles_of(const struct latency_sample *samples, size_t count,
                                              enum stage stage);
/* At most LATENCY_WINDOW samples, oldest first; before is the severity of the last verdict. False when there
 * are too few. */
bool latency_judge(const struct latency_sample *samples, size_t count, enum latency_severity before,
                   struct latency_verdict *ret_verdict);
/* Whether the setting wants a diagnostic for it. */
bool latency_shows(enum latency_setting setting, const struct latency_verdict *verdict);

struct latency;

struct latency *latency_create(void);
void latency_destroy(struct latency *latency);
void latency_record(struct latency *latency, const char *document, const struct latency_sample *sample);
void latency_forget(struct latency *latency, const char *document);
/* The samples kept of a document, oldest first; borrowed until the next record. Returns their number. */
size_t latency_samples(const struct latency *latency, const char *document,
                       const struct latency_sample **ret_samples);
/* latency_judge on them, with the severity remembered. False when there is nothing to say yet. */
bool latency_verdict(struct latency *latency, const char *document, struct latency_verdict *ret_verdict);

#endif
