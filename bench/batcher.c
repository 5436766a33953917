/* What the batcher adds to a window that the CPU computes: the same window of the shipped encoder, directly
 * and through the batcher in turns, so that what else the machine does meets both. One JSON line, times in
 * microseconds: the best of all rounds, and the median.
 *
 *     bench_batcher [ROUNDS] */
#include "compute/batcher.h"
#include "base/clock.h"
#include "compute/device_cpu.h"
#include "compute/shipped_weights.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_DEFAULT 200
#define ROUNDS_MAX     10000
#define WARM_ROUNDS    5
#define TOKENS         128
#define US             1e3

static _Noreturn void die(const char *message) {
    fprintf(stderr, "bench_batcher: %s\n", message);
    exit(2);
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void print_times(const char *name, uint64_t *times_ns, size_t count) {
    qsort(times_ns, count, sizeof *times_ns, by_value);
    printf(",\"%s_best_us\":%.1f,\"%s_median_us\":%.1f", name, (double)times_ns[0] / US, name,
           (double)times_ns[count / 2] / US);
}

static uint64_t time_window(struct batch_caller *caller) {
    static const struct device_token tokens[TOKENS]; /* tokens of zeros are tokens of any network */
    struct encoder_window window = {tokens, TOKENS};
    struct encoder_scores scores;
    struct error error;
    uint64_t start_ns = clock_now_ns();
    if (batcher_run(caller, &window, 1, NULL, &scores, &error)) die(error.message);
    return clock_now_ns() - start_ns;
}

int main(int argc, char **argv) {
    static uint64_t direct_ns[ROUNDS_MAX], through_ns[ROUNDS_MAX];
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS_DEFAULT;
    if (argc > 2 || rounds < 1 || rounds > ROUNDS_MAX) die("it takes a number of rounds, 1 to 10000");
    size_t size;
    struct weights *weights;
    struct network *network;
    struct batch_caller *direct, *through;
    struct error error;
    const void *bytes = shipped_weights(&size);
    if (weights_from_memory("the shipped model", bytes, size, &weights, &error)) die(error.message);
    struct device *device = device_cpu_create(kernel_best());
    if (network_create(weights, device, PRECISION_AUTO, &network, &error)) die(error.message);
    struct pressure_params pressure_params = {
        .memory_threshold = 1, .cpu_threshold = 1, .interval_ns = 2 * NS_PER_S};
    struct batcher_params params = {.network = network,
                                    .switches = {true, true, true, true},
                                    .cost = cost_create("bench"),
                                    .pressure = pressure_create(&pressure_params)};
    struct batcher *batcher = batcher_create(&params);
    if (batch_caller_create(NULL, network, 1, TOKENS, &direct, &error) ||
        batch_caller_create(batcher, network, 1, TOKENS, &through, &error))
        die(error.message);
    for (int i = -WARM_ROUNDS; i < rounds; i++) {
        uint64_t one_ns = time_window(direct), other_ns = time_window(through);
        if (i >= 0) direct_ns[i] = one_ns, through_ns[i] = other_ns;
    }
    printf("{\"bench\":\"batcher\",\"kernels\":\"%s\",\"tokens\":%d,\"rounds\":%d", device_name(device),
           TOKENS, rounds);
    print_times("direct", direct_ns, (size_t)rounds);
    print_times("batcher", through_ns, (size_t)rounds);
    printf("}\n");
    batch_caller_destroy(through);
    batch_caller_destroy(direct);
    batcher_destroy(batcher);
    pressure_destroy(params.pressure);
    cost_destroy(params.cost);
    network_destroy(network);
    device_destroy(device);
    weights_destroy(weights);
    return 0;
}
