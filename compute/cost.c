#include "compute/cost.h"

#include "base/hash.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT             "noodle-costs 1"
#define SAMPLES_REMEMBERED 16   /* a sample weighs one of so many at least */
#define SAMPLES_WHEN_READ  3    /* what an estimate of an earlier run weighs */
#define OUTLIER_DEVIATIONS 4.0  /* beyond which a sample counts as this far */
#define DEVIATION_LEAST    0.05 /* of the mean: clocks and caches differ so much anyway */
#define DEVIATION_FIRST    0.25
#define PS_PER_NS          1000.0
#define PS_MAX             1e15 /* of a token: a quarter of an hour; the text has no more */
#define TEXT_MAX           (1u << 20)
#define FORMATS            3
#define FIELDS             6

struct estimate {
    double mean, deviation; /* ns of one token */
    uint32_t samples;       /* 0: nothing is known */
};

struct machine {
    char name[COST_NAME_MAX + 1];
    struct estimate estimates[FORMATS][COST_WINDOW_BUCKETS][COST_TOKEN_BUCKETS];
};

struct cost {
    char *subject;
    uint32_t machine_count;
    struct machine *machines[COST_MACHINES_MAX];
};

static const char *format_name(uint32_t format) {
    return precision_name((enum precision)(PRECISION_FP32 + format));
}

struct cost *cost_create(const char *subject) {
    struct cost *cost = mem_zalloc(sizeof *cost);
    cost->subject = mem_strdup(subject);
    return cost;
}

void cost_destroy(struct cost *cost) {
    if (!cost) return;
    for (uint32_t i = 0; i < cost->machine_count; i++)
        mem_free(cost->machines[i]);
    mem_free(cost->subject);
    mem_free(cost);
}

/* Tabs and line ends separate in the text. */
static void plain_name(const char *name, char *ret_name) {
    size_t length = 0;
    for (; name[length] && length < COST_NAME_MAX; length++)
        ret_name[length] = (unsigned char)name[length] < ' ' ? ' ' : name[length];
    ret_name[length] = '\0';
}

uint32_t cost_machine(struct cost *cost, const char *name) {
    char plain[COST_NAME_MAX + 1];
    plain_name(name, plain);
    for (uint32_t i = 0; i < cost->machine_count; i++)
        if (!strcmp(cost->machines[i]->name, plain)) return i;
    if (cost->machine_count == COST_MACHINES_MAX) return COST_NONE;
    struct machine *machine = mem_zalloc(sizeof *machine);
    memcpy(machine->name, plain, sizeof plain);
    cost->machines[cost->machine_count] = machine;
    return cost->machine_count++;
}

static uint32_t window_bucket(uint32_t windows) {
    uint32_t bucket = 0;
    while (bucket + 1 < COST_WINDOW_BUCKETS && windows >> (bucket + 1))
        bucket++;
    return bucket;
}

static uint32_t token_bucket(uint32_t windows, uint32_t tokens) {
    uint32_t mean = tokens / windows, bucket = 0;
    while (bucket + 1 < COST_TOKEN_BUCKETS && mean > UINT32_C(32) << bucket)
        bucket++;
    return bucket;
}

/* NULL: no such format or machine. */
static struct estimate (*estimates_of(const struct cost *cost, uint32_t machine,
                                      enum precision precision))[COST_TOKEN_BUCKETS] {
    if (machine >= cost->machine_count || precision == PRECISION_AUTO) return NULL;
    return cost->machines[machine]->estimates[precision - PRECISION_FP32];
}

static void take_sample(struct estimate *estimate, double sample) {
    if (!estimate->samples) {
        *estimate = (struct estimate){sample, sample * DEVIATION_FIRST, 1};
        return;
    }
    double least = estimate->mean * DEVIATION_LEAST;
    double usual = estimate->deviation > least ? estimate->deviation : least;
    double off = sample - estimate->mean, limit = OUTLIER_DEVIATIONS * usual;
    off = fmax(-limit, fmin(limit, off));
    if (estimate->samples < SAMPLES_REMEMBERED) estimate->samples++;
    estimate->mean += off / estimate->samples;
    estimate->deviation = usual + (fabs(off) - usual) / estimate->samples;
}

void cost_record(struct cost *cost, uint32_t machine, enum precision precision, uint32_t windows,
                 uint32_t tokens, uint64_t ns) {
    struct estimate(*estimates)[COST_TOKEN_BUCKETS] = estimates_of(cost, machine, precision);
    if (!estimates || !windows || tokens < windows) return;
    take_sample(&estimates[window_bucket(windows)][token_bucket(windows, tokens)], (double)ns / tokens);
}

static uint32_t apart(uint32_t a, uint32_t b) {
    return a > b ? a - b : b - a;
}

uint64_t cost_predict_ns(const struct cost *cost, uint32_t machine, enum precision precision,
                         uint32_t windows, uint32_t tokens) {
    struct estimate(*estimates)[COST_TOKEN_BUCKETS] = estimates_of(cost, machine, precision);
    if (!estimates || !windows || tokens < windows) return 0;
    uint32_t of_windows = window_bucket(windows), of_tokens = token_bucket(windows, tokens);
    const struct estimate *nearest = NULL;
    uint32_t distance = UINT32_MAX;
    /* Fewer windows first: of two that are as far, the one that promises less. */
    for (uint32_t w = 0; w < COST_WINDOW_BUCKETS; w++)
        for (uint32_t t = 0; t < COST_TOKEN_BUCKETS; t++) {
            uint32_t far = apart(w, of_windows) + apart(t, of_tokens);
            if (!estimates[w][t].samples || far >= distance) continue;
            nearest = &estimates[w][t];
            distance = far;
        }
    if (!nearest) return 0;
    double ns = nearest->mean * tokens;
    return ns < 1 ? 1 : (uint64_t)ns;
}

/* ---- text ---- */

void cost_write(const struct cost *cost, struct str *out) {
    size_t start = out->length;
    str_addf(out, FORMAT "\t%s\n", cost->subject);
    for (uint32_t m = 0; m < cost->machine_count; m++)
        for (uint32_t cell = 0; cell < FORMATS * COST_WINDOW_BUCKETS * COST_TOKEN_BUCKETS; cell++) {
            uint32_t f = cell / (COST_WINDOW_BUCKETS * COST_TOKEN_BUCKETS);
            uint32_t w = cell / COST_TOKEN_BUCKETS % COST_WINDOW_BUCKETS, t = cell % COST_TOKEN_BUCKETS;
            const struct estimate *estimate = &cost->machines[m]->estimates[f][w][t];
            double mean = estimate->mean * PS_PER_NS, deviation = estimate->deviation * PS_PER_NS;
            if (!estimate->samples || mean > PS_MAX || deviation > PS_MAX) continue;
            str_addf(out, "%s\t%s\t%u\t%u\t%.0f\t%.0f\n", cost->machines[m]->name, format_name(f), w, t, mean,
                     deviation);
        }
    str_addf(out, "end\t%016" PRIx64 "\n", hash64(out->bytes + start, out->length - start, 0));
}

/* A whole number of at most `maximum`, and nothing else. */
static bool number_of(const char *text, double maximum, double *ret_number) {
    double number = 0;
    if (!*text || strlen(text) > 16) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        number = number * 10 + (*text - '0');
    }
    *ret_number = number;
    return number <= maximum;
}

static bool read_cell(struct cost *cost, char *line) {
    char *fields[FIELDS], *rest = line;
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = strsep(&rest, "\t");
        if (!fields[i]) return false;
    }
    uint32_t format = 0;
    while (format < FORMATS && strcmp(fields[1], format_name(format)))
        format++;
    double w, t, mean, deviation;
    if (rest || format == FORMATS || strlen(fields[0]) > COST_NAME_MAX ||
        !number_of(fields[2], COST_WINDOW_BUCKETS - 1, &w) ||
        !number_of(fields[3], COST_TOKEN_BUCKETS - 1, &t) || !number_of(fields[4], PS_MAX, &mean) ||
        !number_of(fields[5], PS_MAX, &deviation))
        return false;
    uint32_t machine = cost_machine(cost, fields[0]);
    if (machine == COST_NONE) return false;
    cost->machines[machine]->estimates[format][(uint32_t)w][(uint32_t)t] =
        (struct estimate){mean / PS_PER_NS, deviation / PS_PER_NS, SAMPLES_WHEN_READ};
    return true;
}

static enum status refuse(struct error *error, unsigned line) {
    return error_set(error, STATUS_MALFORMED, "line %u of the measured costs is damaged", line);
}

/* Where the last line begins, when it has the hash of what stands before it. */
static const char *end_of_cells(const char *text, size_t length) {
    char end[32];
    int size = snprintf(end, sizeof end, "end\t%016" PRIx64 "\n", UINT64_C(0));
    if (length < (size_t)size) return NULL;
    size_t cells = length - (size_t)size;
    snprintf(end, sizeof end, "end\t%016" PRIx64 "\n", hash64(text, cells, 0));
    return memcmp(text + cells, end, (size_t)size) ? NULL : text + cells;
}

static enum status read_cells(struct cost *cost, char *text, struct error *error) {
    char *rest = text, *first = strsep(&rest, "\n");
    if (!first || strncmp(first, FORMAT "\t", strlen(FORMAT) + 1))
        return error_set(error, STATUS_UNSUPPORTED, "measured costs begin with '" FORMAT "', not '%.40s'",
                         first ? first : "");
    if (strcmp(first + strlen(FORMAT) + 1, cost->subject))
        return error_set(error, STATUS_UNSUPPORTED, "the measured costs are of '%.80s', not of '%.80s'",
                         first + strlen(FORMAT) + 1, cost->subject);
    unsigned number = 2;
    for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n"), number++)
        if (!read_cell(cost, line)) return refuse(error, number);
    return rest && *rest ? refuse(error, number) : STATUS_OK;
}

static void take_over(struct cost *cost, struct cost *read) {
    for (uint32_t i = 0; i < read->machine_count; i++) {
        uint32_t machine = cost_machine(cost, read->machines[i]->name);
        if (machine != COST_NONE) *cost->machines[machine] = *read->machines[i];
    }
}

enum status cost_read(struct cost *cost, const char *text, size_t length, struct error *error) {
    if (length > TEXT_MAX)
        return error_set(error, STATUS_TOO_LARGE, "measured costs have at most %u bytes, not %zu", TEXT_MAX,
                         length);
    const char *end = memchr(text, '\0', length) ? NULL : end_of_cells(text, length);
    if (!end) return error_set(error, STATUS_MALFORMED, "the measured costs are cut off or damaged");
    char *cells = mem_strndup(text, (size_t)(end - text));
    struct cost *read = cost_create(cost->subject);
    enum status status = read_cells(read, cells, error);
    if (!status) take_over(cost, read);
    cost_destroy(read);
    mem_free(cells);
    return status;
}
