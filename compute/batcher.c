#include "compute/batcher.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "compute/batcher_parts.h"
#include "compute/network_parts.h"

#include <string.h>

#define WINDOW_TOKENS_DEFAULT 128
#define RETRY_NS_DEFAULT      (60 * NS_PER_S)
#define IDLE_NS_DEFAULT       (30 * NS_PER_S)
#define PATIENCE              4 /* times what was expected, before a window is computed on the CPU after all */
#define PATIENCE_NS_DEFAULT   (20 * NS_PER_MS)
#define PATIENCE_NS_MAX       (2 * NS_PER_S)
#define PATIENCE_NS_UNKNOWN   (500 * NS_PER_MS)
#define SLICE_NS              (10 * NS_PER_MS) /* how late the end of a cancel is seen */
#define CPU_WAIT_NS           (10 * NS_PER_MS) /* at most, for others to leave the CPU when it is short */
#define INTERVAL_NS_MAX       NS_PER_S
#define INTERVAL_WEIGHT       4 /* a call counts as one of so many */
#define REPORT_TOKENS         128
#define REPORT_EIGHT          8
#define REPORT_MANY           64

/* ---- batchers ---- */

static void init_executor(struct batcher *batcher, const struct batcher_params *params, uint32_t index) {
    struct executor *executor = &batcher->executors[index];
    uint32_t tokens = batcher->windows_max * batcher->window_tokens;
    if (tokens < DEVICE_WINDOW_MAX) tokens = DEVICE_WINDOW_MAX;
    *executor = (struct executor){
        .batcher = batcher,
        .device = params->devices[index],
        .number = index + 1,
        .wake = thread_cond_create(),
        .state = PLAN_WARMING,
        .machine = cost_machine(batcher->cost, params->devices[index].name),
        .formats = {.int8_accurate = params->int8_accurate, .wanted = params->precision},
        .tokens = mem_alloc(tokens * sizeof *executor->tokens),
    };
}

struct batcher *batcher_create(const struct batcher_params *params) {
    struct batcher *batcher = mem_zalloc(sizeof *batcher);
    batcher->network = params->network;
    batcher->weights = params->weights;
    batcher->pressure = params->pressure;
    batcher->cost = params->cost;
    batcher->cpu_machine = cost_machine(params->cost, device_name(params->network->device));
    batcher->cores = pool_cpu_count();
    batcher->windows_max =
        params->windows_max && params->windows_max < PLAN_BATCH_MAX ? params->windows_max : PLAN_BATCH_MAX;
    batcher->window_tokens = params->window_tokens ? params->window_tokens : WINDOW_TOKENS_DEFAULT;
    batcher->retry_ns = params->retry_ns ? params->retry_ns : RETRY_NS_DEFAULT;
    batcher->idle_ns = params->idle_ns ? params->idle_ns : IDLE_NS_DEFAULT;
    batcher->patience_ns = params->patience_ns ? params->patience_ns : PATIENCE_NS_DEFAULT;
    batcher->retries = params->retries ? params->retries : 1;
    batcher->switches = params->switches;
    batcher->lock = thread_lock_create();
    batcher->warmed = thread_cond_create();
    batcher->cpu_free = thread_cond_create();
    batcher->executor_count =
        params->device_count < PLAN_DEVICES_MAX ? params->device_count : PLAN_DEVICES_MAX - 1;
    for (uint32_t i = 0; i < batcher->executor_count; i++)
        init_executor(batcher, params, i);
    for (uint32_t i = 0; i < batcher->executor_count; i++)
        batcher->executors[i].thread = thread_create(executor_run, &batcher->executors[i]);
    return batcher;
}

void batcher_destroy(struct batcher *batcher) {
    if (!batcher) return;
    thread_lock_acquire(batcher->lock);
    batcher->stopping = true;
    for (uint32_t i = 0; i < batcher->executor_count; i++)
        thread_cond_signal(batcher->executors[i].wake);
    thread_lock_release(batcher->lock);
    for (uint32_t i = 0; i < batcher->executor_count; i++) {
        thread_join(batcher->executors[i].thread);
        thread_cond_destroy(batcher->executors[i].wake);
        mem_free(batcher->executors[i].tokens);
    }
    thread_cond_destroy(batcher->cpu_free);
    thread_cond_destroy(batcher->warmed);
    thread_lock_destroy(batcher->lock);
    mem_free(batcher);
}

void batcher_configure(struct batcher *batcher, const struct plan_switches *switches) {
    thread_lock_acquire(batcher->lock);
    batcher->switches = *switches;
    for (uint32_t i = 0; i < batcher->executor_count; i++)
        thread_cond_signal(batcher->executors[i].wake);
    thread_lock_release(batcher->lock);
}

struct plan_situation batcher_situation(const struct batcher *batcher, uint64_t now_ns,
                                        struct plan_device *devices) {
    devices[PLAN_CPU] = (struct plan_device){.name = device_name(batcher->network->device),
                                             .state = PLAN_READY,
                                             .machine = batcher->cpu_machine,
                                             .precision = network_precision(batcher->network)};
    uint32_t count = batcher->executor_count; /* those that are absent come last */
    while (count && batcher->executors[count - 1].absent)
        count--;
    for (uint32_t i = 0; i < count; i++) {
        const struct executor *executor = &batcher->executors[i];
        devices[i + 1] = (struct plan_device){
            .name = executor->device.name,
            .state = executor->state,
            .machine = executor->machine,
            .precision = executor->precision,
            .busy_ns = executor->pass_end_ns > now_ns ? executor->pass_end_ns - now_ns : 0,
            .waiting_windows = executor->waiting_windows,
            .waiting_tokens = executor->waiting_tokens,
        };
    }
    return (struct plan_situation){.cost = batcher->cost,
                                   .switches = batcher->switches,
                                   .memory_steps = batcher->strain.memory_steps,
                                   .cpu_steps = batcher->strain.cpu_steps,
                                   .devices = devices,
                                   .device_count = count + 1};
}

/* ---- callers ---- */

enum status batch_caller_create(struct batcher *batcher, const struct network *network, uint32_t windows_max,
                                uint32_t tokens_max, struct batch_caller **ret_caller, struct error *error) {
    struct encoder *encoder;
    enum status status = encoder_create(network, windows_max, tokens_max, &encoder, error);
    if (status) return status;
    struct batch_caller *caller = mem_zalloc(sizeof *caller);
    caller->batcher = batcher;
    caller->encoder = encoder;
    caller->outputs = network_shape(network)->outputs;
    caller->windows_max = windows_max;
    caller->tokens_max = tokens_max;
    if (batcher && batcher->executor_count) {
        caller->answered = thread_cond_create();
        caller->items = mem_zalloc(windows_max * sizeof *caller->items);
        caller->again = mem_alloc(windows_max * sizeof *caller->again);
        caller->again_scores = mem_alloc(windows_max * sizeof *caller->again_scores);
        size_t rows = tokens_max, row_bytes = caller->outputs * sizeof(float);
        caller->token_room = mem_alloc(rows * row_bytes);
        caller->gap_room = mem_alloc((rows + windows_max) * row_bytes);
    }
    *ret_caller = caller;
    return STATUS_OK;
}

void batch_caller_destroy(struct batch_caller *caller) {
    if (!caller) return;
    encoder_destroy(caller->encoder);
    thread_cond_destroy(caller->answered);
    mem_free(caller->items);
    mem_free(caller->again);
    mem_free(caller->again_scores);
    mem_free(caller->token_room);
    mem_free(caller->gap_room);
    mem_free(caller);
}

/* ---- one call ---- */

struct call {
    struct batch_caller *caller;
    const struct encoder_window *windows;
    uint32_t count, on_cpu; /* the first on_cpu are computed by the caller */
    const struct cancel *cancel;
    struct encoder_scores *scores;
    uint64_t start_ns, expected_ns;
};

static uint32_t tokens_of(const struct encoder_window *windows, uint32_t count) {
    uint32_t tokens = 0;
    for (uint32_t i = 0; i < count; i++)
        tokens += windows[i].count;
    return tokens;
}

/* Scores of these windows will lie in the caller's room, each where its tokens lie in the call. */
static void use_room(const struct call *call, uint32_t from, uint32_t to) {
    size_t row = call->caller->outputs, tokens = tokens_of(call->windows, from);
    for (uint32_t i = from; i < to; i++) {
        call->scores[i] = (struct encoder_scores){.token = call->caller->token_room + tokens * row,
                                                  .gap = call->caller->gap_room + (tokens + i) * row};
        tokens += call->windows[i].count;
    }
}

/* Under the lock. */
static void note_call(struct batcher *batcher, const struct call *call) {
    uint64_t since_ns = call->start_ns > batcher->last_call_ns ? call->start_ns - batcher->last_call_ns : 0;
    if (since_ns > INTERVAL_NS_MAX) since_ns = INTERVAL_NS_MAX;
    if (!batcher->interval_ns)
        batcher->interval_ns = INTERVAL_NS_MAX;
    else
        batcher->interval_ns += since_ns / INTERVAL_WEIGHT - batcher->interval_ns / INTERVAL_WEIGHT;
    batcher->last_call_ns = call->start_ns;
    batcher->calls++;
    batcher->window_count += call->count;
}

/* Under the lock. */
static void queue_items(struct executor *executor, struct call *call, uint32_t from, uint32_t to) {
    if (from == to) return;
    uint64_t deadline_ns = cancel_deadline_ns(call->cancel);
    for (uint32_t i = from; i < to; i++) {
        struct item *item = &call->caller->items[i];
        *item = (struct item){.caller = call->caller,
                              .executor = executor,
                              .state = ITEM_QUEUED,
                              .window = &call->windows[i],
                              .scores = &call->scores[i],
                              .queued_ns = call->start_ns,
                              .deadline_ns = deadline_ns};
        if (executor->last)
            executor->last->next = item;
        else
            executor->first = item;
        executor->last = item;
        executor->waiting_windows++;
        executor->waiting_tokens += item->window->count;
    }
    thread_cond_signal(executor->wake);
}

/* Decides, and puts into queues what is for others. */
static void place(struct batcher *batcher, struct call *call) {
    thread_lock_acquire(batcher->lock);
    note_call(batcher, call);
    struct plan_device devices[PLAN_DEVICES_MAX];
    struct plan_situation situation = batcher_situation(batcher, call->start_ns, devices);
    uint64_t deadline_ns = cancel_deadline_ns(call->cancel);
    struct plan_load load = {.windows = call->count, .tokens = tokens_of(call->windows, call->count)};
    if (deadline_ns) load.time_ns = deadline_ns > call->start_ns ? deadline_ns - call->start_ns : 1;
    struct plan_placement placement = plan_place(&situation, &load);
    call->on_cpu = placement.windows[PLAN_CPU];
    call->expected_ns = placement.expected_ns;
    batcher->last_load = load;
    batcher->last_placement = placement;
    if (call->on_cpu < call->count) use_room(call, call->on_cpu, call->count);
    uint32_t from = call->on_cpu;
    for (uint32_t i = 0; i < batcher->executor_count; i++) {
        uint32_t to = from + placement.windows[i + 1];
        queue_items(&batcher->executors[i], call, from, to);
        from = to;
    }
    thread_lock_release(batcher->lock);
}

/* When processors are short fewer callers compute at once; nobody waits long for that. */
static void enter_cpu(struct batcher *batcher) {
    thread_lock_acquire(batcher->lock);
    struct plan_device devices[PLAN_DEVICES_MAX];
    uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
    struct plan_situation situation = batcher_situation(batcher, now_ns, devices);
    uint32_t threads = plan_cpu_threads(&situation, batcher->cores);
    while (batcher->cpu_running >= threads && now_ns - start_ns < CPU_WAIT_NS) {
        thread_cond_wait_for(batcher->cpu_free, batcher->lock, CPU_WAIT_NS - (now_ns - start_ns));
        now_ns = clock_now_ns();
    }
    batcher->cpu_running++;
    thread_lock_release(batcher->lock);
}

static void leave_cpu(struct batcher *batcher, uint32_t windows, uint32_t tokens, uint64_t ns) {
    thread_lock_acquire(batcher->lock);
    batcher->cpu_running--;
    cost_record(batcher->cost, batcher->cpu_machine, network_precision(batcher->network), windows, tokens,
                ns);
    batcher->cpu_passes++;
    batcher->cpu_windows += windows;
    thread_cond_signal(batcher->cpu_free);
    thread_lock_release(batcher->lock);
}

static enum status run_on_cpu(struct batch_caller *caller, const struct encoder_window *windows,
                              uint32_t count, struct encoder_scores *ret_scores, struct error *error) {
    enter_cpu(caller->batcher);
    uint64_t start_ns = clock_now_ns();
    enum status status = encoder_run(caller->encoder, windows, count, ret_scores, error);
    leave_cpu(caller->batcher, count, tokens_of(windows, count), clock_now_ns() - start_ns);
    return status;
}

/* ---- waiting for devices ---- */

/* Under the lock: out of the queue of its executor. */
static void unqueue(struct item *item) {
    struct executor *executor = item->executor;
    struct item *before = NULL;
    for (struct item *each = executor->first; each != item; each = each->next)
        before = each;
    if (before)
        before->next = item->next;
    else
        executor->first = item->next;
    if (executor->last == item) executor->last = before;
    executor->waiting_windows--;
    executor->waiting_tokens -= item->window->count;
}

/* Under the lock. What is being copied will be in no time, and is waited for. */
static void take_back(const struct call *call, bool overdue) {
    for (uint32_t i = call->on_cpu; i < call->count; i++) {
        struct item *item = &call->caller->items[i];
        while (item->state == ITEM_TAKEN || item->state == ITEM_DELIVERING)
            thread_cond_wait(call->caller->answered, call->caller->batcher->lock);
        if (item->state == ITEM_QUEUED) unqueue(item);
        if (item->state == ITEM_RUNNING) {
            item->executor->pass[item->place] = NULL;
            if (overdue && item->executor->state == PLAN_READY) item->executor->state = PLAN_STALLED;
        }
        if (item->state != ITEM_DONE && item->state != ITEM_FAILED) item->state = ITEM_IDLE;
    }
}

static bool all_answered(const struct call *call) {
    for (uint32_t i = call->on_cpu; i < call->count; i++) {
        enum item_state state = call->caller->items[i].state;
        if (state != ITEM_DONE && state != ITEM_FAILED) return false;
    }
    return true;
}

static uint64_t patience_end_ns(const struct call *call) {
    uint64_t patience_ns = call->expected_ns ? PATIENCE * call->expected_ns : PATIENCE_NS_UNKNOWN;
    if (patience_ns > PATIENCE_NS_MAX) patience_ns = PATIENCE_NS_MAX;
    uint64_t least_ns = call->caller->batcher->patience_ns;
    if (patience_ns < least_ns) patience_ns = least_ns;
    return call->start_ns + patience_ns;
}

/* Returns how many windows are late; all of them are nobody's business but the caller's afterwards. */
static uint32_t wait_for_devices(const struct call *call) {
    struct batcher *batcher = call->caller->batcher;
    uint64_t end_ns = patience_end_ns(call);
    uint32_t late = 0;
    thread_lock_acquire(batcher->lock);
    uint64_t now_ns = clock_now_ns();
    while (!all_answered(call) && now_ns < end_ns && !cancel_reached(call->cancel)) {
        uint64_t left_ns = end_ns - now_ns;
        thread_cond_wait_for(call->caller->answered, batcher->lock, left_ns < SLICE_NS ? left_ns : SLICE_NS);
        now_ns = clock_now_ns();
    }
    take_back(call, now_ns >= end_ns);
    for (uint32_t i = call->on_cpu; i < call->count; i++)
        late += call->caller->items[i].state == ITEM_IDLE;
    thread_lock_release(batcher->lock);
    return late;
}

/* The encoder is about to be used again: what it has said so far goes where it stays. */
static void keep_cpu_scores(const struct call *call) {
    size_t row = call->caller->outputs;
    for (uint32_t i = 0, start = 0; i < call->on_cpu; start += call->windows[i].count, i++) {
        struct encoder_scores from = call->scores[i];
        float *token = call->caller->token_room + start * row;
        float *gap = call->caller->gap_room + (start + i) * row;
        memcpy(token, from.token, call->windows[i].count * row * sizeof *token);
        memcpy(gap, from.gap, (call->windows[i].count + 1) * row * sizeof *gap);
        call->scores[i] = (struct encoder_scores){.token = token, .gap = gap, .fine = from.fine};
    }
}

/* On the CPU: what no device has answered. */
static enum status redo(const struct call *call, uint32_t late, struct error *error) {
    struct batch_caller *caller = call->caller;
    struct batcher *batcher = caller->batcher;
    uint32_t count = 0;
    for (uint32_t i = call->on_cpu; i < call->count; i++)
        if (caller->items[i].state != ITEM_DONE) caller->again[count++] = call->windows[i];
    caller->device_windows += call->count - call->on_cpu - count;
    if (!count) return STATUS_OK;
    thread_lock_acquire(batcher->lock);
    batcher->redone += count;
    batcher->late += late;
    thread_lock_release(batcher->lock);
    keep_cpu_scores(call);
    enum status status = run_on_cpu(caller, caller->again, count, caller->again_scores, error);
    if (status) return status;
    for (uint32_t i = call->on_cpu, next = 0; i < call->count; i++)
        if (caller->items[i].state != ITEM_DONE) call->scores[i] = caller->again_scores[next++];
    return STATUS_OK;
}

static void look_at_pressure(struct batcher *batcher) {
    if (!batcher->pressure) return;
    thread_lock_acquire(batcher->lock);
    bool counts = batcher->switches.auto_optimization;
    thread_lock_release(batcher->lock);
    if (!counts) return;
    struct pressure_reading reading = pressure_read(batcher->pressure, clock_now_ns());
    thread_lock_acquire(batcher->lock);
    batcher->strain = reading;
    thread_lock_release(batcher->lock);
}

static enum status finish_call(const struct call *call, struct error *error) {
    enum status status = STATUS_OK;
    if (call->on_cpu) status = run_on_cpu(call->caller, call->windows, call->on_cpu, call->scores, error);
    if (call->on_cpu == call->count) return status;
    uint32_t late = wait_for_devices(call);
    if (status) return status;
    if (late && cancel_reached(call->cancel))
        return error_set(error, STATUS_CANCELLED, "the windows were not computed in time");
    return redo(call, late, error);
}

enum status batcher_run(struct batch_caller *caller, const struct encoder_window *windows, uint32_t count,
                        const struct cancel *cancel, struct encoder_scores *ret_scores, struct error *error) {
    struct batcher *batcher = caller->batcher;
    if (!batcher) return encoder_run(caller->encoder, windows, count, ret_scores, error);
    /* Before others compute it together with theirs. */
    enum status status = encoder_check(caller->encoder, windows, count, error);
    if (status) return status;
    struct call call = {.caller = caller,
                        .windows = windows,
                        .count = count,
                        .cancel = cancel,
                        .scores = ret_scores,
                        .start_ns = clock_now_ns()};
    place(batcher, &call);
    status = finish_call(&call, error);
    look_at_pressure(batcher); /* last: it reads files, and the answer is there */
    return status;
}

/* ---- reports ---- */

uint64_t batch_caller_device_windows(const struct batch_caller *caller) {
    return caller->device_windows;
}

bool batcher_wait_warm(struct batcher *batcher, uint64_t timeout_ns) {
    uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
    bool warm = false;
    thread_lock_acquire(batcher->lock);
    for (;;) {
        warm = true;
        for (uint32_t i = 0; i < batcher->executor_count; i++)
            warm &= batcher->executors[i].state != PLAN_WARMING;
        now_ns = clock_now_ns();
        if (warm || now_ns - start_ns >= timeout_ns) break;
        thread_cond_wait_for(batcher->warmed, batcher->lock, timeout_ns - (now_ns - start_ns));
    }
    thread_lock_release(batcher->lock);
    return warm;
}

static void report_costs(const struct batcher *batcher, uint32_t machine,
                         struct batcher_device_report *report) {
    const struct cost *cost = batcher->cost;
    report->one_ns = cost_predict_ns(cost, machine, report->precision, 1, REPORT_TOKENS);
    report->eight_ns =
        cost_predict_ns(cost, machine, report->precision, REPORT_EIGHT, REPORT_EIGHT * REPORT_TOKENS);
    report->many_ns =
        cost_predict_ns(cost, machine, report->precision, REPORT_MANY, REPORT_MANY * REPORT_TOKENS);
}

void batcher_report(struct batcher *batcher, struct batcher_report *ret_report) {
    thread_lock_acquire(batcher->lock);
    *ret_report = (struct batcher_report){.switches = batcher->switches,
                                          .pressure = batcher->strain,
                                          .calls = batcher->calls,
                                          .windows = batcher->window_count,
                                          .redone = batcher->redone,
                                          .late = batcher->late,
                                          .device_count = 1};
    struct batcher_device_report *cpu = &ret_report->devices[PLAN_CPU];
    cpu->name = device_name(batcher->network->device);
    cpu->precision = network_precision(batcher->network);
    cpu->passes = batcher->cpu_passes;
    cpu->windows = batcher->cpu_windows;
    report_costs(batcher, batcher->cpu_machine, cpu);
    for (uint32_t i = 0; i < batcher->executor_count; i++) {
        const struct executor *executor = &batcher->executors[i];
        if (executor->absent) continue;
        struct batcher_device_report *report = &ret_report->devices[ret_report->device_count++];
        report->name = executor->device.name;
        report->state = executor->state;
        report->precision = executor->precision;
        report->passes = executor->passes;
        report->windows = executor->windows;
        report->failures = executor->failures;
        report_costs(batcher, executor->machine, report);
        memcpy(report->problem, executor->problem.message, sizeof report->problem);
    }
    thread_lock_release(batcher->lock);
}

void batcher_explain(struct batcher *batcher, const struct plan_load *load, struct str *out) {
    struct plan_device devices[PLAN_DEVICES_MAX];
    thread_lock_acquire(batcher->lock);
    struct plan_situation situation = batcher_situation(batcher, clock_now_ns(), devices);
    struct plan_placement placement = plan_place(&situation, load);
    plan_explain(&situation, load, &placement, out);
    thread_lock_release(batcher->lock);
}

void batcher_explain_last(struct batcher *batcher, struct str *out) {
    struct plan_device devices[PLAN_DEVICES_MAX];
    thread_lock_acquire(batcher->lock);
    struct plan_situation situation = batcher_situation(batcher, clock_now_ns(), devices);
    if (batcher->last_load.windows)
        plan_explain(&situation, &batcher->last_load, &batcher->last_placement, out);
    thread_lock_release(batcher->lock);
}
