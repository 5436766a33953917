/* doctor_devices.h: what noodle-lsp doctor says of the devices that the encoder can run on.
 *
 * Owns    nothing.
 * Threads the main thread.
 * Errors  become a part of what is said. */
#ifndef NOODLE_DOCTOR_DEVICES_H
#define NOODLE_DOCTOR_DEVICES_H

#include "cli/options.h"
#include "cli/preferences.h"
#include "compute/weights.h"

/* The CPU and every Vulkan device: why it is taken or not, its self-test, its memory, and how long a window
 * takes in each format. Software devices are measured only when --device names them. */
void doctor_add_devices(struct str *out, const struct options *options, const struct gpu_preferences *gpu,
                        const struct weights *weights);

#endif
