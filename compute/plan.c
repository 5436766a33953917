#include "compute/plan.h"

#include <math.h>

#define SPLIT_GAIN      0.9 /* of the time that one device alone takes: what splitting has to get below */
#define SPLIT_ROUNDS    3   /* shares and speeds depend on each other; they settle at once */
#define GATHER_NS_MAX   UINT64_C(2000000)
#define GATHER_PART     2   /* a window waits for others half as long as a pass takes */
#define GATHER_SAVES    0.8 /* of the price of a window in a batch twice as large */
#define TYPICAL_WINDOWS 8   /* by which formats are compared */
#define TYPICAL_TOKENS  (TYPICAL_WINDOWS * 128)
#define NS_IN_MS        1e6
#define LONG_NS         1e9 /* from here on without an exponent */

/* ---- placing ---- */

static bool is_usable(const struct plan_situation *situation, uint32_t device) {
    const struct plan_device *each = &situation->devices[device];
    if (device == PLAN_CPU) return true;
    if (!situation->switches.gpu_acceleration || each->state != PLAN_READY) return false;
    return !situation->switches.auto_optimization ||
           cost_predict_ns(situation->cost, each->machine, each->precision, 1, 1);
}

/* Until this device has computed so many windows of the load, those before them in its queue included.
 * INFINITY: unknown. */
static double finish_ns(const struct plan_situation *situation, const struct plan_load *load, uint32_t device,
                        double windows) {
    const struct plan_device *each = &situation->devices[device];
    uint32_t count = (uint32_t)ceil(windows);
    uint32_t tokens = (uint32_t)ceil((double)load->tokens / load->windows * count);
    uint64_t pass_ns = cost_predict_ns(situation->cost, each->machine, each->precision,
                                       each->waiting_windows + count, each->waiting_tokens + tokens);
    return pass_ns ? (double)each->busy_ns + (double)pass_ns : INFINITY;
}

static struct plan_placement all_on(const struct plan_load *load, uint32_t device, enum plan_reason reason,
                                    double expected_ns) {
    struct plan_placement placement = {.reason = reason,
                                       .expected_ns = isfinite(expected_ns) ? (uint64_t)expected_ns : 0};
    placement.windows[device] = load->windows;
    return placement;
}

/* Largest remainders, so that the parts add up. */
static void round_shares(const double *shares, uint32_t count, uint32_t windows, uint32_t *ret_windows) {
    uint32_t left = windows;
    double rest[PLAN_DEVICES_MAX] = {0};
    for (uint32_t i = 0; i < count; i++) {
        ret_windows[i] = (uint32_t)shares[i];
        rest[i] = shares[i] - ret_windows[i];
        left -= ret_windows[i] < left ? ret_windows[i] : left;
    }
    for (; left; left--) {
        uint32_t most = 0;
        for (uint32_t i = 1; i < count; i++)
            if (rest[i] > rest[most]) most = i;
        ret_windows[most]++;
        rest[most] = -1;
    }
}

/* Shares by which all that take part are done at the same time: of n windows, a device with the speed v that
 * is free after b gets (T - b) * v, where the sum of all is n. Who is not free before T gets none. */
static void level_shares(const bool *takes_part, const double *busy_ns, const double *speed, uint32_t count,
                         uint32_t windows, double *ret_shares) {
    bool in[PLAN_DEVICES_MAX];
    for (uint32_t i = 0; i < count; i++)
        in[i] = takes_part[i];
    for (bool settled = false; !settled;) {
        double head = windows, speeds = 0;
        for (uint32_t i = 0; i < count; i++)
            if (in[i]) head += busy_ns[i] * speed[i], speeds += speed[i];
        double level_ns = head / speeds;
        settled = true;
        for (uint32_t i = 0; i < count; i++) {
            ret_shares[i] = in[i] ? (level_ns - busy_ns[i]) * speed[i] : 0;
            if (ret_shares[i] >= 0) continue;
            in[i] = settled = false;
        }
    }
}

static double split(const struct plan_situation *situation, const struct plan_load *load,
                    const bool *takes_part, struct plan_placement *ret_placement) {
    uint32_t count = situation->device_count;
    double shares[PLAN_DEVICES_MAX], speed[PLAN_DEVICES_MAX] = {0}, busy_ns[PLAN_DEVICES_MAX] = {0};
    for (uint32_t i = 0; i < count; i++) {
        shares[i] = takes_part[i] ? load->windows : 0;
        busy_ns[i] = (double)situation->devices[i].busy_ns;
    }
    for (int round = 0; round < SPLIT_ROUNDS; round++) {
        for (uint32_t i = 0; i < count; i++) {
            double part = fmax(1, shares[i]);
            if (takes_part[i]) speed[i] = part / (finish_ns(situation, load, i, part) - busy_ns[i]);
        }
        level_shares(takes_part, busy_ns, speed, count, load->windows, shares);
    }
    *ret_placement = (struct plan_placement){.reason = PLAN_SPLIT};
    round_shares(shares, count, load->windows, ret_placement->windows);
    double last_ns = 0;
    for (uint32_t i = 0; i < count; i++)
        if (ret_placement->windows[i])
            last_ns = fmax(last_ns, finish_ns(situation, load, i, ret_placement->windows[i]));
    ret_placement->expected_ns = (uint64_t)last_ns;
    return last_ns;
}

static struct plan_placement by_cost(const struct plan_situation *situation, const struct plan_load *load) {
    bool takes_part[PLAN_DEVICES_MAX] = {false};
    uint32_t fastest = PLAN_CPU, fastest_other = PLAN_CPU;
    double times[PLAN_DEVICES_MAX];
    for (uint32_t i = 0; i < situation->device_count; i++) {
        takes_part[i] = is_usable(situation, i);
        times[i] = takes_part[i] ? finish_ns(situation, load, i, load->windows) : INFINITY;
        if (times[i] < times[fastest]) fastest = i;
        if (i != PLAN_CPU && (fastest_other == PLAN_CPU || times[i] < times[fastest_other]))
            fastest_other = i;
    }
    if (isinf(times[PLAN_CPU])) return all_on(load, PLAN_CPU, PLAN_NOT_MEASURED, INFINITY);
    enum plan_reason reason = PLAN_FASTEST;
    bool in_time = !load->time_ns || times[fastest_other] <= (double)load->time_ns;
    if (situation->cpu_steps && isfinite(times[fastest_other]) && in_time) {
        if (fastest == PLAN_CPU) reason = PLAN_CPU_STRAINED;
        fastest = fastest_other;
        takes_part[PLAN_CPU] = false;
    }
    struct plan_placement placement = all_on(load, fastest, reason, times[fastest]), parts;
    if (load->windows > 1 && situation->switches.batch_size_auto &&
        split(situation, load, takes_part, &parts) < SPLIT_GAIN * times[fastest])
        return parts;
    return placement;
}

struct plan_placement plan_place(const struct plan_situation *situation, const struct plan_load *load) {
    uint32_t first = 0;
    for (uint32_t i = situation->device_count - 1; i > 0; i--)
        if (is_usable(situation, i)) first = i;
    if (first && !situation->switches.auto_optimization)
        return all_on(load, first, PLAN_IN_ORDER, finish_ns(situation, load, first, load->windows));
    if (first) return by_cost(situation, load);
    enum plan_reason reason = situation->device_count == 1            ? PLAN_ONLY_CPU
                              : !situation->switches.gpu_acceleration ? PLAN_SWITCHED_OFF
                                                                      : PLAN_NOT_READY;
    return all_on(load, PLAN_CPU, reason, finish_ns(situation, load, PLAN_CPU, load->windows));
}

/* ---- gathering ---- */

static uint32_t batch_max(const struct plan_situation *situation, uint32_t windows_max) {
    uint32_t most = windows_max < PLAN_BATCH_MAX ? windows_max : PLAN_BATCH_MAX;
    if (!situation->switches.auto_optimization) return most;
    unsigned steps =
        situation->memory_steps > situation->cpu_steps ? situation->memory_steps : situation->cpu_steps;
    most = steps < 32 ? most >> steps : 0;
    return most ? most : 1;
}

struct plan_batch plan_gather(const struct plan_situation *situation, uint32_t device,
                              const struct plan_queue *queue) {
    const struct plan_device *each = &situation->devices[device];
    uint32_t most = batch_max(situation, queue->windows_max);
    if (!situation->switches.batch_size_auto) {
        uint32_t call = queue->first_windows;
        return (struct plan_batch){.windows = call < queue->windows_max ? call : queue->windows_max};
    }
    struct plan_batch now = {.windows = queue->windows < most ? queue->windows : most};
    if (queue->windows >= most || !situation->switches.auto_optimization || !queue->interval_ns) return now;
    double pass_ns = (double)cost_predict_ns(situation->cost, each->machine, each->precision, queue->windows,
                                             queue->tokens);
    double double_ns = (double)cost_predict_ns(situation->cost, each->machine, each->precision,
                                               2 * queue->windows, 2 * queue->tokens);
    if (double_ns > GATHER_SAVES * 2 * pass_ns) return now;
    uint64_t wait_ns = (uint64_t)pass_ns / GATHER_PART;
    if (wait_ns > GATHER_NS_MAX) wait_ns = GATHER_NS_MAX;
    if (queue->time_ns) { /* the pass has to be done before the deadline too */
        uint64_t pass = (uint64_t)double_ns;
        uint64_t slack_ns = queue->time_ns > pass ? queue->time_ns - pass : 0;
        if (wait_ns > slack_ns) wait_ns = slack_ns;
    }
    if (queue->interval_ns > wait_ns || queue->waited_ns >= wait_ns) return now;
    return (struct plan_batch){.wait_ns = wait_ns - queue->waited_ns};
}

/* ---- formats ---- */

enum precision plan_precision(const struct cost *cost, uint32_t machine, const struct plan_switches *switches,
                              const struct plan_formats *formats) {
    static const enum precision all[] = {PRECISION_INT8, PRECISION_FP16, PRECISION_FP32};
    enum precision fastest = PRECISION_AUTO;
    uint64_t fastest_ns = UINT64_MAX;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        enum precision each = all[i];
        if (formats->refused[each]) continue;
        if (formats->wanted != PRECISION_AUTO) {
            if (each == formats->wanted) return each;
            continue;
        }
        if (each == PRECISION_INT8 && !(switches->quantization && formats->int8_accurate)) continue;
        uint64_t ns = cost_predict_ns(cost, machine, each, TYPICAL_WINDOWS, TYPICAL_TOKENS);
        if (!switches->auto_optimization || !ns) return each;
        if (ns >= fastest_ns) continue;
        fastest = each;
        fastest_ns = ns;
    }
    return fastest;
}

uint32_t plan_cpu_threads(const struct plan_situation *situation, uint32_t cores) {
    if (!situation->switches.auto_optimization || !situation->cpu_steps) return UINT32_MAX;
    uint32_t threads = situation->cpu_steps < 32 ? cores >> situation->cpu_steps : 0;
    return threads ? threads : 1;
}

/* ---- words ---- */

const char *plan_state_name(enum plan_state state) {
    static const char *const names[] = {[PLAN_READY] = "ready",
                                        [PLAN_OFF] = "switched off",
                                        [PLAN_WARMING] = "warming up",
                                        [PLAN_RETIRED] = "failed, will be tried again",
                                        [PLAN_STALLED] = "does not answer",
                                        [PLAN_GONE] = "failed for good"};
    return names[state];
}

void plan_add_time(struct str *out, double ns) {
    if (isfinite(ns) && ns > 0)
        str_addf(out, ns < LONG_NS ? "%.3g ms" : "%.0f ms", ns / NS_IN_MS);
    else
        str_adds(out, "not measured");
}

static void add_part(const struct plan_situation *situation, const struct plan_load *load, uint32_t device,
                     uint32_t windows, struct str *out) {
    const struct plan_device *each = &situation->devices[device];
    str_addf(out, "%s %s (", each->name, precision_name(each->precision));
    plan_add_time(out, finish_ns(situation, load, device, windows));
    str_addc(out, ')');
}

/* What the others would have taken, or why they are not asked. */
static void add_others(const struct plan_situation *situation, const struct plan_load *load,
                       const struct plan_placement *placement, struct str *out) {
    for (uint32_t i = 0; i < situation->device_count; i++) {
        if (placement->windows[i]) continue;
        str_adds(out, "; ");
        if (is_usable(situation, i)) {
            add_part(situation, load, i, load->windows, out);
        } else {
            const struct plan_device *each = &situation->devices[i];
            str_addf(out, "%s: %s", each->name,
                     !situation->switches.gpu_acceleration ? "switched off"
                     : each->state == PLAN_READY           ? "not measured"
                                                           : plan_state_name(each->state));
        }
    }
}

void plan_explain(const struct plan_situation *situation, const struct plan_load *load,
                  const struct plan_placement *placement, struct str *out) {
    static const char *const reasons[] = {
        [PLAN_ONLY_CPU] = "there is no other device",
        [PLAN_SWITCHED_OFF] = "gpuAcceleration is off",
        [PLAN_NOT_READY] = "no other device is ready",
        [PLAN_NOT_MEASURED] = "to learn what the CPU takes",
        [PLAN_IN_ORDER] = "first in order, because autoOptimization is off",
        [PLAN_FASTEST] = "the fastest",
        [PLAN_SPLIT] = "split by speed",
        [PLAN_CPU_STRAINED] = "the processors are short, so not on them",
    };
    str_addf(out, "%u window%s of %u tokens", load->windows, load->windows == 1 ? "" : "s",
             load->tokens / load->windows);
    if (load->time_ns) {
        str_adds(out, " within ");
        plan_add_time(out, (double)load->time_ns);
    }
    str_adds(out, ": ");
    bool first = true;
    for (uint32_t i = 0; i < situation->device_count; i++) {
        if (!placement->windows[i]) continue;
        if (!first) str_adds(out, ", ");
        if (placement->windows[i] != load->windows) str_addf(out, "%u on ", placement->windows[i]);
        add_part(situation, load, i, placement->windows[i], out);
        first = false;
    }
    str_addf(out, ": %s", reasons[placement->reason]);
    add_others(situation, load, placement, out);
}
