#define _GNU_SOURCE /* dl_iterate_phdr */
#include "tests/support/machines.h"
#include "base/mem.h"
#include "compute/device_cpu.h"
#include "compute/device_vulkan.h"
#include "compute/vk_api.h"

#include <dlfcn.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SETTINGS "vk_layer_settings.txt"
#define LOG      "validation.log"

static struct machine machines[MACHINES_MAX];
static size_t machine_count;
static char folder[] = "/tmp/noodle-vulkan-XXXXXX";

/* LeakSanitizer asks. Ours is C: what is allocated by `new` is a driver's or a layer's, and some of them keep
 * it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:operator new\n";
}

/* ---- validation ---- */

static void path_of(const char *name, char *ret_path, size_t size) {
    snprintf(ret_path, size, "%s/%s", folder, name);
}

static int keep_library(struct dl_phdr_info *info, size_t size, void *payload) {
    (void)size;
    (void)payload;
    if (*info->dlpi_name) dlopen(info->dlpi_name, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    return 0;
}

/* Drivers and layers stay loaded: with them would go what points to their memory, and AddressSanitizer would
 * take that for lost. */
static void keep_drivers(void) {
    struct vk_api api;
    VkInstanceCreateInfo create = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    VkInstance instance;
    if (vk_api_open(&api, VULKAN_LIBRARY, NULL, NULL)) return;
    if (api.CreateInstance(&create, NULL, &instance) == VK_SUCCESS) {
        dl_iterate_phdr(keep_library, NULL);
        if (!vk_api_load_instance(&api, instance, NULL)) api.DestroyInstance(instance, NULL);
    }
    vk_api_close(&api);
}

void machines_validation_begin(void) {
    char settings[64], log[64];
    memcpy(strstr(folder, "vulkan-") + strlen("vulkan-"), "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    path_of(SETTINGS, settings, sizeof settings);
    path_of(LOG, log, sizeof log);
    FILE *file = fopen(settings, "w");
    assert_non_null(file);
    fprintf(file,
            "khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG\n"
            "khronos_validation.report_flags = error,warn\n"
            "khronos_validation.log_filename = %s\n"
            "khronos_validation.enables = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT\n",
            log);
    assert_int_equal(fclose(file), 0);
    setenv("VK_LAYER_SETTINGS_PATH", folder, 1);
    setenv("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation", 1);
    keep_drivers();
}

/* What the layer wrote, to standard error; false when there is something. */
static bool log_is_empty(FILE *log) {
    bool empty = true;
    for (int byte; (byte = fgetc(log)) != EOF; empty = false)
        fputc(byte, stderr);
    return empty;
}

int machines_validation_end(void) {
    char settings[64], path[64];
    path_of(SETTINGS, settings, sizeof settings);
    path_of(LOG, path, sizeof path);
    FILE *log = fopen(path, "r");
    bool good = true;
    if (log) {
        good = log_is_empty(log);
        fclose(log);
    } else {
        print_message("no VK_LAYER_KHRONOS_validation: Vulkan was not validated here\n");
        good = !getenv("CI");
    }
    unlink(settings);
    unlink(path);
    rmdir(folder);
    unsetenv("VK_LAYER_SETTINGS_PATH");
    unsetenv("VK_INSTANCE_LAYERS");
    return good ? 0 : -1;
}

/* ---- machines ---- */

static void open_vulkan(void) {
    struct device_vulkan_params params = {0};
    struct device_vulkan_info *infos;
    uint32_t count;
    struct error error = {0};
    if (device_vulkan_list(&params, &infos, &count, &error)) {
        print_message("%s: no Vulkan is tested here\n", error.message);
        count = 0;
    } else {
        if (!count) print_message("there is no Vulkan device: none is tested here\n");
        for (uint32_t i = 0; i < count; i++)
            if (!infos[i].usable) print_message("%s is not tested: %s\n", infos[i].name, infos[i].reason);
    }
    for (uint32_t i = 0; i < count && machine_count < MACHINES_MAX; i++) {
        struct device *device;
        if (!infos[i].usable) continue;
        if (device_vulkan_create(&params, i, &device, &error)) fail_msg("%s", error.message);
        machines[machine_count++] = (struct machine){
            .name = device_name(device), .device = device, .levels = KERNEL_LEVELS_8_BIT, .vulkan = true};
    }
    if (count) mem_free(infos);
    if (!count && getenv("CI")) fail_msg("a test machine has a Vulkan device (Debian: mesa-vulkan-drivers)");
}

int machines_open(void **state) {
    (void)state;
    machine_count = 0;
    for (int path = 0; path < KERNEL_PATHS; path++) {
        const struct kernel_set *kernels = kernel_find((enum kernel_path)path);
        if (!kernels) {
            print_message("this CPU or this build has no %s: not tested here\n",
                          kernel_path_name((enum kernel_path)path));
            continue;
        }
        machines[machine_count++] = (struct machine){
            .name = kernels->name, .device = device_cpu_create(kernels), .levels = kernels->levels};
    }
    machines_validation_begin();
    open_vulkan();
    return 0;
}

int machines_close(void **state) {
    (void)state;
    for (size_t i = 0; i < machine_count; i++)
        device_destroy(machines[i].device);
    machine_count = 0;
    return machines_validation_end();
}

size_t machines_count(void) {
    return machine_count;
}

const struct machine *machines_at(size_t index) {
    return &machines[index];
}
