/* device_cpu.h: the device that is always there: the CPU, with the best kernels it can run.
 *
 * Owns    what device.h says.
 * Threads what device.h says; an operation runs where it is recorded, on the caller's thread.
 * Errors  none; fp16 is computed as fp32, which the CPU is better at. */
#ifndef NOODLE_DEVICE_CPU_H
#define NOODLE_DEVICE_CPU_H

#include "compute/device.h"
#include "compute/kernel.h"

/* kernels: of kernel_best or kernel_find. */
struct device *device_cpu_create(const struct kernel_set *kernels);

#endif
