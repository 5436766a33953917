/* plan_report.h: what the batcher does and why, for people and for noodle/status.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none. */
#ifndef NOODLE_PLAN_REPORT_H
#define NOODLE_PLAN_REPORT_H

#include "compute/batcher.h"
#include "lsp/emit.h"

/* Waits for devices that warm up, measures the CPU, and adds lines: each device with its times, how short the
 * machine is, and what would be done with typical loads. */
void plan_report_text(struct batcher *batcher, const struct network *network, struct str *out);

/* An object; null without a batcher. Measures nothing and waits for nothing. */
void plan_report_emit(struct batcher *batcher, struct emit *emit);

#endif
