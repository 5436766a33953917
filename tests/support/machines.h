/* machines.h: what suites of compute/ run over: every set of kernels that this CPU has, and every Vulkan
 * device, software ones too.
 *
 * Vulkan runs under its validation layer, with synchronisation validation. Whatever that says fails the test.
 * Where a CPU, a loader, a device or the layer is missing, one line says so; with CI in the environment a
 * missing loader, device or layer fails the test instead.
 *
 * Owns    the devices, from machines_open to machines_close.
 * Threads one at a time.
 * Errors  fail the running test. */
#ifndef NOODLE_MACHINES_H
#define NOODLE_MACHINES_H

#include "compute/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINES_MAX 24

struct machine {
    const char *name;
    struct device *device;
    uint32_t levels; /* of its int8 inputs */
    bool vulkan;
};

/* Group set-up and tear-down of cmocka. */
int machines_open(void **state);
int machines_close(void **state);

size_t machines_count(void);
const struct machine *machines_at(size_t index);

/* The validation layer from here to machines_validation_end, which fails when it said something. */
void machines_validation_begin(void);
int machines_validation_end(void);

#endif
