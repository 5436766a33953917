/* batcher_warm.c: how an executor opens its device, and finds out what it is good for. */
#include "compute/batcher_parts.h"

#include "base/clock.h"
#include "base/mem.h"
#include "compute/network_parts.h"
#include "compute/pass_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_NS_MAX UINT64_C(300000000) /* larger passes than this are not probed */
#define PROBE_RUNS   3
#define EXACT_OFF    1e-3 /* of a probability, between the device and the CPU, both in fp32 */
#define ROUNDED_OFF                                                                                          \
    0.3              /* formats round differently, and int8 has 127 or 255 levels; noise is off by more      \
                      */
#define SUM_OFF 0.02 /* of the probabilities of one row */

/* ---- scores that can be ---- */

static bool row_can_be(const float *row, uint32_t outputs) {
    double sum = 0;
    for (uint32_t i = 0; i < outputs; i++)
        sum += (double)expf(row[i]);
    return fabs(sum - 1) <= SUM_OFF; /* false for what is no number */
}

bool executor_scores_can_be(const struct encoder_scores *scores, uint32_t tokens, uint32_t outputs) {
    /* The first row and the last: a device that was lost leaves zeros, or what was there before. */
    return scores->fine >= 0 && scores->fine <= 1 && row_can_be(scores->token, outputs) &&
           row_can_be(scores->gap + (size_t)tokens * outputs, outputs);
}

/* ---- probes ---- */

/* Windows of made-up tokens; the same each time. */
static void make_probe(struct executor *executor, uint32_t windows) {
    uint32_t length = executor->batcher->window_tokens;
    pass_time_tokens(network_shape(executor->batcher->network), 1, executor->tokens, windows * length);
    for (uint32_t i = 0; i < windows; i++)
        executor->pass_windows[i] =
            (struct encoder_window){.tokens = executor->tokens + (size_t)i * length, .count = length};
}

static double farthest(const float *ours, const float *theirs, size_t count) {
    double far = 0;
    for (size_t i = 0; i < count; i++) {
        double off = fabs((double)expf(ours[i]) - (double)expf(theirs[i]));
        if (!(off <= far)) far = off; /* also when it is no number */
    }
    return far;
}

static size_t score_count(const struct executor *executor) {
    return (size_t)executor->batcher->window_tokens * network_shape(executor->network)->outputs;
}

/* A window's scores do not depend on what is computed beside it, whatever else a device does for many. */
static enum status compare_with_alone(struct executor *executor, uint32_t windows, struct error *error) {
    if (!executor->alone) return STATUS_OK;
    double off = farthest(executor->pass_scores[0].token, executor->alone, score_count(executor));
    if (off <= EXACT_OFF) return STATUS_OK;
    return error_set(error, STATUS_MALFORMED,
                     "%s computes something else for a window among %u than for it alone: %.2g off, %.2g is "
                     "allowed",
                     executor->device.name, windows, off, EXACT_OFF);
}

static enum status run_probe(struct executor *executor, uint32_t windows, uint64_t *ret_ns,
                             struct error *error) {
    make_probe(executor, windows);
    uint64_t start_ns = clock_now_ns();
    enum status status =
        encoder_run(executor->encoder, executor->pass_windows, windows, executor->pass_scores, error);
    if (status) return status;
    *ret_ns = clock_now_ns() - start_ns;
    uint32_t outputs = network_shape(executor->network)->outputs;
    for (uint32_t i = 0; i < windows; i++)
        if (!executor_scores_can_be(&executor->pass_scores[i], executor->pass_windows[i].count, outputs))
            return error_set(error, STATUS_MALFORMED, "%s computes what cannot be", executor->device.name);
    return compare_with_alone(executor, windows, error);
}

static void record_probe(struct executor *executor, uint32_t machine, enum precision precision,
                         uint32_t windows, uint64_t ns) {
    struct batcher *batcher = executor->batcher;
    uint32_t tokens = windows * batcher->window_tokens;
    thread_lock_acquire(batcher->lock);
    cost_record(batcher->cost, machine, precision, windows, tokens, ns);
    thread_lock_release(batcher->lock);
}

static bool is_stopping(const struct executor *executor) {
    thread_lock_acquire(executor->batcher->lock);
    bool stopping = executor->batcher->stopping;
    thread_lock_release(executor->batcher->lock);
    return stopping;
}

static bool costs_count(const struct executor *executor) {
    thread_lock_acquire(executor->batcher->lock);
    bool count = executor->batcher->switches.auto_optimization;
    thread_lock_release(executor->batcher->lock);
    return count;
}

/* Passes of 1, 2, 4 ... windows: pipelines for each size are made, and it is known what each takes. One pass
 * shows that it computes where nothing is chosen by costs. A program that ends does not wait for the rest. */
static enum status measure(struct executor *executor, struct error *error) {
    uint64_t ns = 0, least_ns = 0;
    if (!costs_count(executor)) return run_probe(executor, 1, &ns, error);
    for (uint32_t windows = 1;
         windows <= executor->windows_max && 2 * least_ns <= PROBE_NS_MAX && !is_stopping(executor);
         windows *= 2) {
        enum status status = run_probe(executor, windows, &ns, error); /* the first is not typical */
        for (int run = 0; !status && run < PROBE_RUNS; run++) {
            status = run_probe(executor, windows, &ns, error);
            if (!status) record_probe(executor, executor->machine, executor->precision, windows, ns);
            if (!run || ns < least_ns) least_ns = ns;
        }
        if (status) return status;
    }
    return STATUS_OK;
}

enum status executor_probe(struct executor *executor, struct error *error) {
    uint64_t ns;
    uint32_t windows = executor->next_probe;
    enum status status = run_probe(executor, windows, &ns, error);
    if (status) return status;
    record_probe(executor, executor->machine, executor->precision, windows, ns);
    bool larger = 2 * windows <= executor->windows_max && 2 * ns <= PROBE_NS_MAX;
    executor->next_probe = larger ? 2 * windows : 1;
    return STATUS_OK;
}

/* ---- against the CPU ---- */

static enum status compare_with(struct executor *executor, struct encoder *cpu, struct error *error) {
    struct batcher *batcher = executor->batcher;
    struct encoder_scores expected;
    uint64_t ns;
    enum status status = run_probe(executor, 1, &ns, error);
    for (int run = 0; !status && run < 2; run++) {
        uint64_t start_ns = clock_now_ns();
        status = encoder_run(cpu, executor->pass_windows, 1, &expected, error);
        ns = clock_now_ns() - start_ns;
    }
    if (status) return status;
    enum precision precision = network_precision(batcher->network);
    record_probe(executor, batcher->cpu_machine, precision, 1, ns);
    size_t outputs = network_shape(batcher->network)->outputs, tokens = executor->pass_windows[0].count;
    const struct encoder_scores *got = &executor->pass_scores[0];
    double off = fmax(farthest(got->token, expected.token, tokens * outputs),
                      farthest(got->gap, expected.gap, (tokens + 1) * outputs));
    bool exact = precision == PRECISION_FP32 && executor->precision == PRECISION_FP32;
    double allowed = exact ? EXACT_OFF : ROUNDED_OFF;
    if (off <= allowed) {
        size_t bytes = score_count(executor) * sizeof *executor->alone;
        executor->alone = mem_alloc(bytes);
        memcpy(executor->alone, got->token, bytes);
        return STATUS_OK;
    }
    return error_set(error, STATUS_MALFORMED,
                     "%s computes probabilities that are off by %.2g in %s; %.2g is allowed",
                     executor->device.name, off, precision_name(executor->precision), allowed);
}

static enum status compare(struct executor *executor, struct error *error) {
    struct encoder *cpu;
    struct batcher *batcher = executor->batcher;
    enum status status = encoder_create(batcher->network, 1, batcher->window_tokens, &cpu, error);
    if (status) return status;
    status = compare_with(executor, cpu, error);
    encoder_destroy(cpu);
    return status;
}

/* ---- opening ---- */

static void close_network(struct executor *executor) {
    mem_free(executor->alone);
    encoder_destroy(executor->encoder);
    network_destroy(executor->network);
    executor->alone = NULL;
    executor->encoder = NULL;
    executor->network = NULL;
}

void executor_close(struct executor *executor) {
    close_network(executor);
    device_destroy(executor->opened);
    executor->opened = NULL;
}

static uint32_t tokens_of(const struct executor *executor, uint32_t windows) {
    uint32_t tokens = windows * executor->batcher->window_tokens;
    return tokens < DEVICE_WINDOW_MAX ? DEVICE_WINDOW_MAX : tokens;
}

/* As many windows as fit the device's memory. */
static enum status open_encoder(struct executor *executor, struct error *error) {
    executor->windows_max = executor->batcher->windows_max;
    for (;;) {
        executor->tokens_max = tokens_of(executor, executor->windows_max);
        enum status status = encoder_create(executor->network, executor->windows_max, executor->tokens_max,
                                            &executor->encoder, error);
        if (status != STATUS_NO_MEMORY || executor->windows_max == 1) return status;
        executor->windows_max /= 2;
    }
}

static enum precision choose(struct executor *executor) {
    struct batcher *batcher = executor->batcher;
    thread_lock_acquire(batcher->lock);
    enum precision precision = batcher->stopping ? PRECISION_AUTO
                                                 : plan_precision(batcher->cost, executor->machine,
                                                                  &batcher->switches, &executor->formats);
    thread_lock_release(batcher->lock);
    return precision;
}

static void use(struct executor *executor, enum precision precision) {
    thread_lock_acquire(executor->batcher->lock);
    executor->precision = precision;
    thread_lock_release(executor->batcher->lock);
}

static enum status open_format(struct executor *executor, enum precision precision, struct error *error) {
    use(executor, precision);
    close_network(executor);
    enum status status =
        network_create(executor->batcher->weights, executor->opened, precision, &executor->network, error);
    if (!status) status = open_encoder(executor, error);
    if (!status) status = compare(executor, error);
    if (!status) status = measure(executor, error);
    if (status != STATUS_UNSUPPORTED) return status;
    executor->formats.refused[precision] = true;
    return STATUS_OK;
}

enum status executor_warm_up(struct executor *executor, struct error *error) {
    enum status status = executor->device.open(executor->device.payload, &executor->opened, error);
    if (status) return status;
    executor->next_probe = 1;
    enum precision precision = choose(executor);
    while (!status && precision != PRECISION_AUTO) {
        status = open_format(executor, precision, error);
        enum precision best = choose(executor);
        if (best == precision) break;
        precision = best;
    }
    if (!status && precision == PRECISION_AUTO)
        status = error_set(error, STATUS_UNSUPPORTED, "%s takes none of the formats that may be used",
                           executor->device.name);
    if (status) executor_close(executor);
    return status;
}
