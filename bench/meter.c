/* What measuring costs: nanoseconds for one record and one look at the clock, and their share of a keystroke
 * in a 10 KB C file, from the change to its diagnostics. One JSON line. Exit code 1 when the share passes
 * MAX_SHARE_PERCENT. */
#include "analysis/session.h"
#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS           2000000
#define KEYSTROKES        400
#define TEXT_BYTES        10000
#define MAX_SHARE_PERCENT 1.0

/* A result looks at the clock at the ends of its stages and of its waits. */
#define CLOCK_READS_PER_STAGE 2

struct desk {
    uint64_t diagnosed_ns[KEYSTROKES];
    size_t count;
    size_t stages; /* recorded by the last result */
};

static void take(const struct session_result *result, void *payload) {
    struct desk *desk = payload;
    if (!result->analysis || !result->analysis->repairs_done || desk->count == KEYSTROKES) return;
    desk->diagnosed_ns[desk->count++] = result->times.ns[STAGE_DIAGNOSED];
    desk->stages = 0;
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        desk->stages += result->times.ns[stage] > 0;
}

static int compare_ns(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static double record_cost_ns(struct meter *meter) {
    uint64_t start_ns = clock_now_ns();
    for (unsigned i = 0; i < RECORDS; i++)
        meter_record(meter, (enum stage)(i % STAGE_COUNT), 1000 + (uint64_t)i * 37 % 1000000);
    return (double)(clock_now_ns() - start_ns) / RECORDS;
}

static double clock_cost_ns(void) {
    uint64_t start_ns = clock_now_ns(), last_ns = start_ns;
    for (unsigned i = 0; i < RECORDS; i++)
        last_ns = clock_now_ns();
    return (double)(last_ns - start_ns) / RECORDS;
}

/* Types and takes back a space inside a function, in the middle of the file. */
static double keystroke_p50_ns(struct desk *desk, struct meter *meter) {
    struct str bytes;
    str_init(&bytes);
    for (int i = 0; bytes.length < TEXT_BYTES; i++)
        str_addf(&bytes, "int function_%d(int a) {\n    if (a > %d) return a * %d;\n    return 0;\n}\n\n", i,
                 i, i);
    struct session_params params = {.meter = meter, .on_result = take, .payload = desk};
    struct session *session = session_create(&params);
    struct document_store *store = document_store_create();
    struct snapshot *snapshot;
    if (document_open(store, "file:///a.c", language_find("c"), 0, bytes.bytes, bytes.length, &snapshot) !=
        STATUS_OK)
        abort();
    session_submit(session, snapshot);
    desk->count = 0; /* the first parse is no keystroke */
    uint32_t at = (uint32_t)bytes.length / 2;
    for (int i = 0; i < KEYSTROKES; i++) {
        struct text *text;
        bool typing = i % 2 == 0;
        if (text_splice(snapshot->text, at, typing ? at : at + 1, " ", typing, &text) != STATUS_OK ||
            document_update(store, "file:///a.c", i + 1, text, &snapshot) != STATUS_OK)
            abort();
        text_unref(text);
        session_submit(session, snapshot);
    }
    session_destroy(session);
    document_store_destroy(store);
    str_finish(&bytes);
    qsort(desk->diagnosed_ns, desk->count, sizeof *desk->diagnosed_ns, compare_ns);
    return (double)desk->diagnosed_ns[desk->count / 2];
}

int main(void) {
    static struct desk desk;
    struct meter *meter = meter_create();
    double record_ns = record_cost_ns(meter), clock_ns = clock_cost_ns(),
           keystroke_ns = keystroke_p50_ns(&desk, meter);
    double measuring_ns = (double)desk.stages * (record_ns + CLOCK_READS_PER_STAGE * clock_ns);
    double percent = 100 * measuring_ns / keystroke_ns;
    meter_destroy(meter);
    printf("{\"bench\":\"meter\",\"record_ns\":%.1f,\"clock_ns\":%.1f,\"stages\":%zu,\"keystroke_us\":%.1f,"
           "\"share_percent\":%.3f}\n",
           record_ns, clock_ns, desk.stages, keystroke_ns / 1000, percent);
    if (percent > MAX_SHARE_PERCENT) {
        fprintf(stderr, "measuring takes %.2f %% of a keystroke, more than %.0f %%\n", percent,
                MAX_SHARE_PERCENT);
        return 1;
    }
    return 0;
}
