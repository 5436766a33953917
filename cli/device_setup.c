#include "cli/device_setup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "cli/cache_folder.h"

#include <glob.h>
#include <stdio.h>

#define BYTES_PER_MB  (UINT64_C(1) << 20)
#define AUTOMATIC_MAX 4 /* GPUs that nobody named */
#define NAME_SIZE     24

struct slot {
    struct device_setup *setup;
    uint32_t number; /* of device_vulkan_list */
    char name[NAME_SIZE];
};

struct device_setup {
    char *cache_folder; /* or NULL */
    struct slot slots[AUTOMATIC_MAX];
    struct batcher_device devices[AUTOMATIC_MAX];
    uint32_t device_count;

    struct thread_lock *lock; /* of what follows */
    struct device_vulkan_params params;
    bool listed;
    struct device_vulkan_info *infos;
    uint32_t count;
};

struct device_vulkan_params device_setup_vulkan(const struct gpu_preferences *gpu, const char *cache_folder) {
    bool keeps = cache_folder && cache_folder_make(cache_folder);
    return (struct device_vulkan_params){.memory_limit_bytes = gpu->memory_limit_mb * BYTES_PER_MB,
                                         .memory_fraction = gpu->memory_fraction,
                                         .timeout_ns = gpu->timeout_ms * NS_PER_MS,
                                         .cache_folder = keeps ? cache_folder : NULL};
}

/* ---- devices for the batcher ---- */

static enum status open_slot(void *payload, struct device **ret_device, struct error *error) {
    const struct slot *slot = payload;
    thread_lock_acquire(slot->setup->lock);
    struct device_vulkan_params params = slot->setup->params;
    thread_lock_release(slot->setup->lock);
    return device_vulkan_create(&params, slot->number, ret_device, error);
}

/* That it is not there is a failure like others, to be told. */
static enum status open_named(void *payload, struct device **ret_device, struct error *error) {
    enum status status = open_slot(payload, ret_device, error);
    return status == STATUS_NOT_FOUND ? STATUS_INVALID : status;
}

/* Drivers are large, software ones above all: none is loaded where the system has no GPU. */
static bool has_gpu_node(void) {
    static const char *const nodes[] = {"/dev/dri/renderD*", "/dev/nvidia[0-9]*", "/dev/dxg"};
    bool found = false;
    for (size_t i = 0; !found && i < sizeof nodes / sizeof *nodes; i++) {
        glob_t paths;
        if (!glob(nodes[i], GLOB_NOSORT, NULL, &paths)) {
            found = paths.gl_pathc > 0;
            globfree(&paths);
        }
    }
    return found;
}

/* The driver is asked once, by the first that opens one. */
static bool is_automatic(struct device_setup *setup, uint32_t number) {
    struct error error;
    thread_lock_acquire(setup->lock);
    if (!setup->listed && has_gpu_node() &&
        device_vulkan_list(&setup->params, &setup->infos, &setup->count, &error)) {
        setup->infos = NULL;
        setup->count = 0;
    }
    setup->listed = true;
    bool automatic = number < setup->count && setup->infos[number].automatic;
    thread_lock_release(setup->lock);
    return automatic;
}

static enum status open_automatic(void *payload, struct device **ret_device, struct error *error) {
    const struct slot *slot = payload;
    if (!is_automatic(slot->setup, slot->number))
        return error_set(error, STATUS_NOT_FOUND, "there is no GPU number %u", slot->number);
    return open_slot(payload, ret_device, error);
}

struct device_setup *device_setup_create(const struct options *options, const struct gpu_preferences *gpu,
                                         bool automatic) {
    struct device_setup *setup = mem_zalloc(sizeof *setup);
    setup->lock = thread_lock_create();
    bool named = options->device == DEVICE_KIND_VULKAN;
    if (named)
        setup->device_count = 1;
    else if (automatic && options->device == DEVICE_KIND_AUTO)
        setup->device_count = AUTOMATIC_MAX;
    if (setup->device_count) {
        setup->cache_folder = cache_folder_path();
        setup->params = device_setup_vulkan(gpu, setup->cache_folder);
    }
    for (uint32_t i = 0; i < setup->device_count; i++) {
        struct slot *slot = &setup->slots[i];
        *slot = (struct slot){.setup = setup, .number = named ? options->device_number : i};
        snprintf(slot->name, sizeof slot->name, slot->number == VULKAN_FIRST ? "vulkan" : "vulkan:%u",
                 slot->number);
        setup->devices[i] = (struct batcher_device){
            .name = slot->name, .open = named ? open_named : open_automatic, .payload = slot};
    }
    return setup;
}

void device_setup_configure(struct device_setup *setup, const struct gpu_preferences *gpu) {
    thread_lock_acquire(setup->lock);
    if (setup->device_count) setup->params = device_setup_vulkan(gpu, setup->cache_folder);
    thread_lock_release(setup->lock);
}

void device_setup_destroy(struct device_setup *setup) {
    if (!setup) return;
    mem_free(setup->infos);
    thread_lock_destroy(setup->lock);
    mem_free(setup->cache_folder);
    mem_free(setup);
}

const struct batcher_device *device_setup_devices(const struct device_setup *setup, uint32_t *ret_count) {
    *ret_count = setup->device_count;
    return setup->devices;
}
