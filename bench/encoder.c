/* What the encoder costs on one thread: whole windows of networks nobody trained, and products of the shapes
 * they have, beside OpenBLAS's fp32 product in the same run. JSON lines, times in milliseconds, the best of
 * many rounds, because what else runs on the machine only adds. `against_openblas` is a ratio of rates: above
 * 1 is faster.
 *
 * With --device: whole passes of 1, 8 and 64 windows of 256 tokens, in each format, on the CPU (one thread)
 * and on one or all Vulkan devices, with the time that a device says its operations took. With the CPU comes
 * the same network with OpenBLAS's products in place of ours. Vulkan tells nobody how fast a device is at
 * best: with --peak, what its maker says in G operations a second, lines of Vulkan devices have their share
 * of it.
 *
 *     bench_encoder [--rounds N] [--kernels ref|avx2|avxvnni|avx512] [--only windows|products]
 *     bench_encoder --device all|cpu|vulkan:N [--rounds N] [--kernels K] [--peak G] */
#include "compute/encoder.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "compute/device_cpu.h"
#include "compute/device_vulkan.h"
#include "compute/kernel_pack.h"
#include "compute/pass_time.h"
#include "compute/plan.h"
#include "tests/support/random_weights.h"

#include <dlfcn.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_DEFAULT 60
#define WARM_ROUNDS    3
#define LITERALS       300
#define GRAMS          4096
#define ROWS           256
#define OPENBLAS       "libopenblas.so.0"

/* cblas.h, as far as it is used; OpenBLAS is no dependency. */
#define CBLAS_ROW_MAJOR 101
#define CBLAS_NO_TRANS  111
typedef void cblas_sgemm_function(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                                  const float *a, int lda, const float *b, int ldb, float beta, float *c,
                                  int ldc);
typedef void set_num_threads_function(int threads);

static const char *const path_names[KERNEL_PATHS] = {"ref", "avx2", "avxvnni", "avx512"};

struct options {
    int rounds;
    const struct kernel_set *kernels;
    bool windows, products;
    const char *device; /* NULL: those two, on the CPU */
    double peak_gops;   /* of Vulkan devices; 0: not said */
};

static _Noreturn void die(const char *message) {
    fprintf(stderr, "bench_encoder: %s\n", message);
    exit(2);
}

/* On one thread; it stays loaded. NULL: it is not there. */
static cblas_sgemm_function *open_openblas(void) {
    void *library = dlopen(OPENBLAS, RTLD_NOW | RTLD_LOCAL);
    cblas_sgemm_function *sgemm = NULL;
    set_num_threads_function *set_num_threads = NULL;
    if (library) {
        void *symbol = dlsym(library, "cblas_sgemm");
        memcpy(&sgemm, &symbol, sizeof symbol);
        symbol = dlsym(library, "openblas_set_num_threads");
        memcpy(&set_num_threads, &symbol, sizeof symbol);
    }
    if (set_num_threads) set_num_threads(1);
    if (!sgemm)
        fprintf(stderr,
                "bench_encoder: no %s to compare with (Debian: apt-get install libopenblas0-pthread)\n",
                OPENBLAS);
    return sgemm;
}

/* ---- windows ---- */

struct network_case {
    uint32_t layers, width, heads;
};

static uint64_t thread_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

struct window_time {
    double ms, cpu_ms; /* the second does not count what others ran meanwhile */
};

static struct window_time time_window(const struct network *network, struct encoder *encoder, uint32_t count,
                                      int rounds) {
    struct device_token tokens[DEVICE_WINDOW_MAX];
    pass_time_tokens(network_shape(network), count, tokens, count);
    struct encoder_window window = {.tokens = tokens, .count = count};
    struct encoder_scores scores;
    struct error error;
    double best_ns = DBL_MAX, best_cpu_ns = DBL_MAX;
    for (int round = 0; round < rounds + WARM_ROUNDS; round++) {
        uint64_t start_ns = clock_now_ns(), start_cpu_ns = thread_cpu_ns();
        if (encoder_run(encoder, &window, 1, &scores, &error)) die(error.message);
        if (round < WARM_ROUNDS) continue;
        best_cpu_ns = fmin(best_cpu_ns, (double)(thread_cpu_ns() - start_cpu_ns));
        best_ns = fmin(best_ns, (double)(clock_now_ns() - start_ns));
    }
    return (struct window_time){best_ns / NS_PER_MS, best_cpu_ns / NS_PER_MS};
}

static void run_network(const struct options *options, const struct network_case *shape,
                        enum precision precision) {
    static const uint32_t counts[] = {128, 256};
    struct random_weights_params params = {.layers = shape->layers,
                                           .width = shape->width,
                                           .heads = shape->heads,
                                           .feed_forward = 4 * shape->width,
                                           .reach = 64,
                                           .literals = LITERALS,
                                           .grams = GRAMS,
                                           .gap_width = shape->width,
                                           .format = FORMAT_INT8,
                                           .seed = 1};
    struct str bytes;
    random_weights_make(&params, &bytes);
    struct weights *weights;
    struct network *network;
    struct encoder *encoder;
    struct error error;
    uint64_t start_ns = clock_now_ns();
    if (weights_from_memory("random", bytes.bytes, bytes.length, &weights, &error)) die(error.message);
    struct device *device = device_cpu_create(options->kernels);
    if (network_create(weights, device, precision, &network, &error)) die(error.message);
    if (encoder_create(network, 1, DEVICE_WINDOW_MAX, &encoder, &error)) die(error.message);
    double load_ms = (double)(clock_now_ns() - start_ns) / NS_PER_MS;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct window_time time = time_window(network, encoder, counts[i], options->rounds);
        printf("{\"bench\":\"encoder\",\"kernels\":\"%s\",\"layers\":%u,\"width\":%u,\"tokens\":%u,"
               "\"precision\":\"%s\","
               "\"window_ms\":%.2f,\"window_cpu_ms\":%.2f,\"load_ms\":%.1f}\n",
               options->kernels->name, shape->layers, shape->width, counts[i],
               precision == PRECISION_INT8 ? "int8" : "fp32", time.ms, time.cpu_ms, load_ms);
    }
    encoder_destroy(encoder);
    network_destroy(network);
    device_destroy(device);
    weights_destroy(weights);
    str_finish(&bytes);
}

static void run_windows(const struct options *options) {
    static const struct network_case shapes[] = {{4, 192, 6}, {4, 256, 8}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        run_network(options, &shapes[i], PRECISION_FP32);
        run_network(options, &shapes[i], PRECISION_INT8);
    }
}

/* ---- products ---- */

struct product {
    int inputs, outputs;
    float *x, *weights, *output, *bias, *step, *low;
    uint8_t *q;
    struct kernel_pack fp32, int8;
};

static void *room(size_t bytes) {
    void *memory =
        aligned_alloc(KERNEL_ALIGNMENT, (bytes + KERNEL_ALIGNMENT - 1) / KERNEL_ALIGNMENT * KERNEL_ALIGNMENT);
    if (!memory) die("out of memory");
    memset(memory, 1, bytes);
    return memory;
}

static float *random_room(size_t count) {
    float *numbers = room(count * sizeof *numbers);
    uint64_t random = count;
    for (size_t i = 0; i < count; i++)
        numbers[i] = random_normal(&random);
    return numbers;
}

static struct product product_create(int inputs, int outputs, uint32_t levels) {
    struct product product = {.inputs = inputs,
                              .outputs = outputs,
                              .x = random_room((size_t)ROWS * (size_t)inputs),
                              .weights = random_room((size_t)inputs * (size_t)outputs),
                              .output = random_room((size_t)ROWS * (size_t)outputs),
                              .bias = random_room((size_t)outputs),
                              .step = random_room(ROWS),
                              .low = random_room(ROWS),
                              .q = room((size_t)ROWS * (size_t)inputs)};
    struct kernel_pack_params params = {.rows = (uint32_t)outputs,
                                        .columns = (uint32_t)inputs,
                                        .format = FORMAT_FP32,
                                        .values = product.weights};
    if (!kernel_pack_fp32(&params, &product.fp32) || !kernel_pack_int8(&params, levels, &product.int8))
        die("out of memory");
    return product;
}

static void product_destroy(struct product *product) {
    void *all[] = {product->x,    product->weights, product->output, product->bias,
                   product->step, product->low,     product->q};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    kernel_pack_finish(&product->fp32);
    kernel_pack_finish(&product->int8);
}

static struct kernel_output output_of(const struct product *product) {
    return (struct kernel_output){.numbers = product->output,
                                  .stride = (size_t)product->outputs,
                                  .columns = (uint32_t)product->outputs,
                                  .bias = product->bias,
                                  .store = KERNEL_SET};
}

static void fp32_product(const struct product *product, const struct kernel_set *kernels) {
    kernels->fp32(&(struct kernel_fp32_params){.x = product->x,
                                               .x_stride = (size_t)product->inputs,
                                               .rows = ROWS,
                                               .inputs = (uint32_t)product->inputs,
                                               .panels = product->fp32.fp32_panels,
                                               .output = output_of(product)});
}

/* With the rounding of the inputs, which is part of every product. */
static void int8_product(const struct product *product, const struct kernel_set *kernels) {
    uint32_t inputs = (uint32_t)product->inputs;
    kernels->quantise(product->x, inputs, ROWS, inputs, kernels->levels, product->q, product->step,
                      product->low);
    kernels->int8(&(struct kernel_int8_params){.q = product->q,
                                               .step = product->step,
                                               .low = product->low,
                                               .rows = ROWS,
                                               .inputs = inputs,
                                               .panels = product->int8.int8_panels,
                                               .mirrors = product->int8.mirrors,
                                               .mirror_sums = product->int8.mirror_sums,
                                               .excess = product->int8.excess.items,
                                               .excess_starts = product->int8.excess_starts,
                                               .scale = product->int8.scales,
                                               .sum = product->int8.scaled_sums,
                                               .output = output_of(product)});
}

static void keep_best(double *best_ns, uint64_t start_ns) {
    double took_ns = (double)(clock_now_ns() - start_ns);
    if (took_ns < *best_ns) *best_ns = took_ns;
}

static void run_product(const struct options *options, cblas_sgemm_function *sgemm, int inputs, int outputs) {
    struct product product = product_create(inputs, outputs, options->kernels->levels);
    double fp32_ns = DBL_MAX, int8_ns = DBL_MAX, peer_ns = DBL_MAX;
    /* In turns, so that what else the machine does meets all three. */
    for (int round = 0; round < 5 * options->rounds; round++) {
        uint64_t start_ns = clock_now_ns();
        fp32_product(&product, options->kernels);
        keep_best(&fp32_ns, start_ns);
        start_ns = clock_now_ns();
        int8_product(&product, options->kernels);
        keep_best(&int8_ns, start_ns);
        if (!sgemm) continue;
        start_ns = clock_now_ns();
        sgemm(CBLAS_ROW_MAJOR, CBLAS_NO_TRANS, CBLAS_NO_TRANS, ROWS, outputs, inputs, 1, product.x, inputs,
              product.weights, outputs, 0, product.output, outputs);
        keep_best(&peer_ns, start_ns);
    }
    double operations = 2.0 * ROWS * inputs * outputs;
    printf("{\"bench\":\"product\",\"kernels\":\"%s\",\"rows\":%d,\"inputs\":%d,\"outputs\":%d,\"fp32_"
           "gflops\":%.1f,"
           "\"int8_gops\":%.1f",
           options->kernels->name, ROWS, inputs, outputs, operations / fp32_ns, operations / int8_ns);
    if (sgemm)
        printf(",\"openblas_gflops\":%.1f,\"fp32_against_openblas\":%.2f,\"int8_against_openblas\":%.2f",
               operations / peer_ns, peer_ns / fp32_ns, peer_ns / int8_ns);
    printf("}\n");
    product_destroy(&product);
}

static void run_products(const struct options *options) {
    static const int shapes[][2] = {{192, 576}, {192, 192}, {192, 768},  {768, 192},
                                    {256, 768}, {256, 256}, {256, 1024}, {1024, 256}};
    cblas_sgemm_function *sgemm = open_openblas();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        run_product(options, sgemm, shapes[i][0], shapes[i][1]);
}

/* ---- passes on devices ---- */

#define PASS_NS_MAX (20 * NS_PER_S) /* passes of one line, together; software devices are slow */

/* That of the program, with weights nobody trained. */
static const struct random_weights_params shipped_shape = {.layers = 4,
                                                           .width = 192,
                                                           .heads = 6,
                                                           .feed_forward = 768,
                                                           .reach = 64,
                                                           .literals = LITERALS,
                                                           .grams = GRAMS,
                                                           .gap_width = 192,
                                                           .format = FORMAT_INT8,
                                                           .seed = 1};

static struct pass_time time_pass(const struct network *network, uint32_t count, int rounds) {
    struct pass_time_params params = {.network = network,
                                      .windows = count,
                                      .tokens = DEVICE_WINDOW_MAX,
                                      .rounds_max = (uint32_t)rounds,
                                      .time_ns = PASS_NS_MAX};
    struct pass_time time;
    struct error error;
    if (pass_time_measure(&params, &time, &error)) die(error.message);
    return time;
}

static void print_profile(struct device *device, const struct network *network, uint32_t count) {
    struct device_vulkan_profile profile;
    device_vulkan_profile_start(device);
    time_pass(network, count, 0);
    device_vulkan_profile_stop(device, &profile);
    printf(",\"device_ms\":{");
    for (uint32_t i = 0; i < profile.count; i++)
        printf("%s\"%s\":%.3f", i ? "," : "", profile.operation[i], profile.ms[i]);
    printf("}");
}

static void run_batches(const struct options *options, struct device *device, bool is_vulkan,
                        const struct weights *weights, enum precision precision) {
    static const uint32_t batches[] = {1, 8, 64};
    struct network *network;
    struct error error;
    uint64_t start_ns = clock_now_ns();
    if (network_create(weights, device, precision, &network, &error)) die(error.message);
    double load_ms = (double)(clock_now_ns() - start_ns) / NS_PER_MS;
    uint64_t window_ns = 0;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        uint32_t count = batches[i];
        if (window_ns * count > PASS_NS_MAX) break;
        struct pass_time time = time_pass(network, count, options->rounds);
        double operations = count * pass_time_operations(network_shape(network), DEVICE_WINDOW_MAX);
        window_ns = time.best_ns / count;
        printf(
            "{\"bench\":\"pass\",\"device\":\"%s\",\"precision\":\"%s\",\"windows\":%u,\"tokens\":%d,"
            "\"pass_ms\":%.3f,\"median_ms\":%.3f,\"first_ms\":%.1f,\"load_ms\":%.1f,\"windows_per_s\":%.1f,"
            "\"gops\":%.1f",
            device_name(device), precision_name(precision), count, DEVICE_WINDOW_MAX,
            (double)time.best_ns / NS_PER_MS, (double)time.median_ns / NS_PER_MS,
            (double)time.first_ns / NS_PER_MS, load_ms, count * 1e9 / (double)time.best_ns,
            operations / (double)time.best_ns);
        if (is_vulkan && options->peak_gops > 0)
            printf(",\"share_of_peak\":%.4f", operations / (double)time.best_ns / options->peak_gops);
        if (is_vulkan) print_profile(device, network, count);
        printf("}\n");
    }
    network_destroy(network);
}

static void run_device(const struct options *options, struct device *device, bool is_vulkan,
                       const struct weights *weights) {
    for (int precision = PRECISION_FP32; precision <= PRECISION_INT8; precision++)
        run_batches(options, device, is_vulkan, weights, (enum precision)precision);
    device_destroy(device);
}

/* A peer: our network, and all that is no product ours too, with OpenBLAS's products. It wants matrices in
 * rows, which are made of our panels when one is used first. */
#define PEER_MATRICES_MAX 64
static cblas_sgemm_function *peer_sgemm;
static struct {
    const float *panels;
    float *rows; /* [inputs][outputs] */
} peer_matrices[PEER_MATRICES_MAX];

static const float *peer_matrix(const struct kernel_fp32_params *params) {
    size_t inputs = params->inputs, outputs = params->output.columns, i = 0;
    while (i < PEER_MATRICES_MAX && peer_matrices[i].panels && peer_matrices[i].panels != params->panels)
        i++;
    if (i == PEER_MATRICES_MAX) die("the peer has too many matrices");
    if (peer_matrices[i].panels) return peer_matrices[i].rows;
    float *rows = mem_alloc(inputs * outputs * sizeof *rows);
    for (size_t input = 0; input < inputs; input++)
        for (size_t output = 0; output < outputs; output++)
            rows[input * outputs + output] =
                params
                    ->panels[(output / KERNEL_PANEL * inputs + input) * KERNEL_PANEL + output % KERNEL_PANEL];
    peer_matrices[i].panels = params->panels;
    peer_matrices[i].rows = rows;
    return rows;
}

static void peer_product(const struct kernel_fp32_params *params) {
    const struct kernel_output *output = &params->output;
    int rows = (int)params->rows, columns = (int)output->columns, inputs = (int)params->inputs;
    peer_sgemm(CBLAS_ROW_MAJOR, CBLAS_NO_TRANS, CBLAS_NO_TRANS, rows, columns, inputs, 1, params->x,
               (int)params->x_stride, peer_matrix(params), columns, output->store == KERNEL_ADD,
               output->numbers, (int)output->stride);
    for (uint32_t row = 0; row < params->rows; row++) {
        float *numbers = output->numbers + row * output->stride;
        if (output->store == KERNEL_GELU)
            kernel_best()->gap(numbers, NULL, output->bias, output->columns, numbers);
        else
            for (uint32_t column = 0; column < output->columns; column++)
                numbers[column] += output->bias[column];
    }
}

static void run_peer(const struct options *options, const struct weights *weights) {
    peer_sgemm = open_openblas();
    if (!peer_sgemm) return;
    struct kernel_set kernels = *options->kernels;
    kernels.name = "OpenBLAS";
    kernels.fp32 = peer_product;
    struct device *device = device_cpu_create(&kernels);
    run_batches(options, device, false, weights, PRECISION_FP32);
    device_destroy(device);
    for (size_t i = 0; i < PEER_MATRICES_MAX; i++)
        mem_free(peer_matrices[i].rows);
}

static void run_vulkan(const struct options *options, uint32_t number, const struct weights *weights) {
    struct device_vulkan_params params = {0};
    struct device *device;
    struct error error;
    uint64_t start_ns = clock_now_ns();
    if (device_vulkan_create(&params, number, &device, &error)) die(error.message);
    struct device_vulkan_report report;
    device_vulkan_report(device, &report);
    printf("{\"bench\":\"device\",\"device\":\"%s\",\"kind\":\"%s\",\"start_ms\":%.1f,\"dot_product\":%s,"
           "\"check_error\":[",
           report.info.name, vulkan_kind_name(report.info.kind),
           (double)(clock_now_ns() - start_ns) / NS_PER_MS, report.info.has_dot_product ? "true" : "false");
    for (int precision = PRECISION_FP32; precision <= PRECISION_INT8; precision++) {
        double largest_error;
        if (device_vulkan_check(device, (enum precision)precision, &largest_error, &error))
            die(error.message);
        printf("%s%.2e", precision == PRECISION_FP32 ? "" : ",", largest_error);
    }
    puts("]}");
    run_device(options, device, true, weights);
}

static void run_devices(const struct options *options) {
    struct device_vulkan_params params = {0};
    struct device_vulkan_info *infos;
    uint32_t count = 0;
    struct str bytes;
    struct weights *weights;
    struct error error;
    bool all = !strcmp(options->device, "all");
    random_weights_make(&shipped_shape, &bytes);
    if (weights_from_memory("random", bytes.bytes, bytes.length, &weights, &error)) die(error.message);
    if (all || !strcmp(options->device, "cpu")) {
        run_device(options, device_cpu_create(options->kernels), false, weights);
        run_peer(options, weights);
    }
    if (all) {
        if (device_vulkan_list(&params, &infos, &count, &error))
            fprintf(stderr, "bench_encoder: %s\n", error.message);
        for (uint32_t i = 0; i < count; i++) {
            if (infos[i].usable)
                run_vulkan(options, i, weights);
            else
                fprintf(stderr, "bench_encoder: %s: %s\n", infos[i].name, infos[i].reason);
        }
        if (count) mem_free(infos);
    } else if (!strncmp(options->device, "vulkan:", strlen("vulkan:"))) {
        run_vulkan(options, (uint32_t)atoi(options->device + strlen("vulkan:")), weights);
    } else if (strcmp(options->device, "cpu") != 0) {
        die("--device takes all, cpu or vulkan:N");
    }
    weights_destroy(weights);
    str_finish(&bytes);
}

/* ---- command line ---- */

static const struct kernel_set *kernels_named(const char *name) {
    for (int path = 0; path < KERNEL_PATHS; path++) {
        if (strcmp(name, path_names[path])) continue;
        const struct kernel_set *kernels = kernel_find((enum kernel_path)path);
        if (!kernels) die("this CPU or this build has no such kernels");
        return kernels;
    }
    die("--kernels takes ref, avx2, avxvnni or avx512");
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line is there when it is measured */
    struct options options = {
        .rounds = ROUNDS_DEFAULT, .kernels = kernel_best(), .windows = true, .products = true};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) die("an option lacks its value");
        if (!strcmp(argv[i], "--rounds")) {
            options.rounds = atoi(argv[i + 1]);
            if (options.rounds < 1) die("--rounds takes a number from 1");
        } else if (!strcmp(argv[i], "--kernels")) {
            options.kernels = kernels_named(argv[i + 1]);
        } else if (!strcmp(argv[i], "--only")) {
            options.windows = !strcmp(argv[i + 1], "windows");
            options.products = !strcmp(argv[i + 1], "products");
            if (!options.windows && !options.products) die("--only takes windows or products");
        } else if (!strcmp(argv[i], "--device")) {
            options.device = argv[i + 1];
        } else if (!strcmp(argv[i], "--peak")) {
            options.peak_gops = atof(argv[i + 1]);
            if (!(options.peak_gops > 0)) die("--peak takes G operations a second, above 0");
        } else {
            die("it takes --rounds, --kernels, --only, --device and --peak");
        }
    }
    if (options.peak_gops > 0 && (!options.device || !strcmp(options.device, "cpu")))
        die("--peak is of Vulkan devices: --device all or vulkan:N");
    if (options.device) {
        run_devices(&options);
        return 0;
    }
    if (options.windows) run_windows(&options);
    if (options.products) run_products(&options);
    return 0;
}
