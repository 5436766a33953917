/* engine_check.h: what must hold for every analysis of every text, for property tests and fuzzers.
 *
 * Owns    nothing but the report the caller passes.
 * Threads one at a time per pipeline.
 * Errors  the first promise that is broken is written to the report, in words; "" when all hold. */
#ifndef NOODLE_ENGINE_CHECK_H
#define NOODLE_ENGINE_CHECK_H

#include "analysis/pipeline.h"

#define ENGINE_CHECK_SIZE 512

struct engine_check {
    struct pipeline *pipeline; /* of the caller, for analysing repaired texts */
    char broken[ENGINE_CHECK_SIZE];
};

/* Findings and edits in range and ascending, confidences within 0 and 1, bytes outside the edits unchanged,
 * and repaired texts less broken than before: not at all after a fix that is not partial. Before and after
 * are counted alike, without a search for repairs. */
bool engine_check_analysis(struct engine_check *check, const struct language *language, struct text *text,
                           const struct syntax *syntax, const struct analysis *analysis);

/* Analyses bytes and checks the result, its time (in CPU time of this thread) included. */
bool engine_check_bytes(struct engine_check *check, const struct language *language, const char *bytes,
                        size_t length, uint64_t repair_budget_ns);

#endif
