#include "cli/doctor_devices.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/cache_folder.h"
#include "cli/device_setup.h"
#include "compute/device_cpu.h"
#include "compute/pass_time.h"

#include <inttypes.h>

#define TOKENS       64
#define MEASURE_NS   (60 * NS_PER_MS) /* of one format */
#define ROUNDS_MAX   100
#define BYTES_PER_MB ((double)(UINT64_C(1) << 20))
#define BYTES_PER_GB ((double)(UINT64_C(1) << 30))

/* The best of a few passes of one window. */
static enum status measure(const struct weights *weights, struct device *device, enum precision precision,
                           double *ret_ms, struct error *error) {
    struct network *network;
    struct pass_time time;
    enum status status = network_create(weights, device, precision, &network, error);
    if (status) return status;
    struct pass_time_params params = {
        .network = network, .windows = 1, .tokens = TOKENS, .rounds_max = ROUNDS_MAX, .time_ns = MEASURE_NS};
    status = pass_time_measure(&params, &time, error);
    network_destroy(network);
    if (!status) *ret_ms = (double)time.best_ns / NS_PER_MS;
    return status;
}

static void add_speed(struct str *out, const struct weights *weights, struct device *device) {
    if (!weights) return;
    str_addf(out, "            a window of %d tokens:", TOKENS);
    for (int precision = PRECISION_FP32; precision <= PRECISION_INT8; precision++) {
        const char *name = precision_name((enum precision)precision);
        struct error error = {0};
        double ms;
        if (measure(weights, device, (enum precision)precision, &ms, &error))
            str_addf(out, " %s failed (%s)", name, error.message);
        else
            str_addf(out, " %s %.2f ms", name, ms);
        str_adds(out, precision == PRECISION_INT8 ? "\n" : ",");
    }
}

static void add_self_test(struct str *out, struct device *device) {
    str_adds(out, "            self-test");
    for (int precision = PRECISION_FP32; precision <= PRECISION_INT8; precision++) {
        const char *name = precision_name((enum precision)precision);
        struct error error = {0};
        double largest_error;
        if (precision > PRECISION_FP32) str_adds(out, ",");
        if (device_vulkan_check(device, (enum precision)precision, &largest_error, &error))
            str_addf(out, " failed in %s (%s)", name, error.message);
        else
            str_addf(out, "%s %.1e in %s", precision == PRECISION_FP32 ? " off by" : "", largest_error, name);
    }
}

static void add_vulkan(struct str *out, const struct device_vulkan_params *params, uint32_t number,
                       bool named, const struct device_vulkan_info *info, const struct weights *weights) {
    str_addf(out, "  vulkan:%u  %s, %s, Vulkan %u.%u, %.1f GB: %s\n", number, info->name,
             vulkan_kind_name(info->kind), info->api_version >> 22 & 0x7F, info->api_version >> 12 & 0x3FF,
             (double)info->memory_bytes / BYTES_PER_GB, info->reason);
    if (!info->usable || (!info->automatic && !named)) return;
    struct device *device;
    struct error error = {0};
    if (device_vulkan_create(params, number, &device, &error)) {
        str_addf(out, "            it does not start: %s\n", error.message);
        return;
    }
    struct device_vulkan_report report;
    device_vulkan_report(device, &report);
    add_self_test(out, device);
    str_addf(out, "%s; it may use %.0f MB%s; compiled shaders %s\n",
             info->has_dot_product ? " (dot products)" : "", (double)report.memory_max_bytes / BYTES_PER_MB,
             info->has_budget ? "" : " (its driver tells no budget)",
             report.cache_hit ? "were there from an earlier time" : "were made now");
    add_speed(out, weights, device);
    device_destroy(device);
}

void doctor_add_devices(struct str *out, const struct options *options, const struct gpu_preferences *gpu,
                        const struct weights *weights) {
    struct device *cpu = device_cpu_create(kernel_best());
    str_addf(out, "devices\n  cpu       %s\n", device_name(cpu));
    add_speed(out, weights, cpu);
    device_destroy(cpu);
    char *cache_folder = cache_folder_path();
    struct device_vulkan_params params = device_setup_vulkan(gpu, cache_folder);
    struct device_vulkan_info *infos;
    uint32_t count;
    struct error error = {0};
    if (device_vulkan_list(&params, &infos, &count, &error)) {
        str_addf(out, "  vulkan    none: %s\n", error.message);
    } else {
        if (!count) str_adds(out, "  vulkan    none: there is no device\n");
        for (uint32_t i = 0; i < count; i++) {
            bool named = options->device == DEVICE_KIND_VULKAN && options->device_number == i;
            add_vulkan(out, &params, i, named, &infos[i], weights);
        }
        mem_free(infos);
    }
    mem_free(cache_folder);
}
