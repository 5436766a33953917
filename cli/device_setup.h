/* device_setup.h: the GPUs that compute for a command, as the command line and the settings have it.
 *
 *     --device auto      a server: every GPU that is taken without being named; other commands: none
 *     --device vulkan:N  that device, and it takes all that it can
 *     --device cpu       none
 *
 * Nothing is looked for before a device is opened, which the batcher does in the background.
 *
 * Owns    names and payloads of the devices, until device_setup_destroy. Devices are the batcher's.
 * Threads create and destroy on one, with no device being opened; devices are opened on any. The environment
 *         must not change meanwhile.
 * Errors  opening one that is not there by itself is STATUS_NOT_FOUND; all others are messages of
 *         device_vulkan.h. */
#ifndef NOODLE_DEVICE_SETUP_H
#define NOODLE_DEVICE_SETUP_H

#include "cli/options.h"
#include "cli/preferences.h"
#include "compute/batcher.h"
#include "compute/device_vulkan.h"

struct device_setup;

/* automatic: whether GPUs are taken that nobody named. */
struct device_setup *device_setup_create(const struct options *options, const struct gpu_preferences *gpu,
                                         bool automatic);
void device_setup_destroy(struct device_setup *setup);

/* Other limits, for devices that are opened from now on. From any thread. */
void device_setup_configure(struct device_setup *setup, const struct gpu_preferences *gpu);

/* For the batcher, in order of preference. */
const struct batcher_device *device_setup_devices(const struct device_setup *setup, uint32_t *ret_count);

/* How a Vulkan device is opened here. cache_folder: of cache_folder.h, made when it is not there; it must
 * live as long as the parameters. NULL: compiled shaders are not kept. */
struct device_vulkan_params device_setup_vulkan(const struct gpu_preferences *gpu, const char *cache_folder);

#endif
