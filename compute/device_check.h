/* device_check.h: does a device compute what plain C computes? One small pass with every operation, in one
 * precision, on both.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  of the device; a device that computes something else is STATUS_UNSUPPORTED, with how far off it
 *         was. */
#ifndef NOODLE_DEVICE_CHECK_H
#define NOODLE_DEVICE_CHECK_H

#include "compute/device.h"

/* The largest error of a number x, against 1 + |x|. */
enum status device_check(struct device *device, enum precision precision, double *ret_largest_error,
                         struct error *error);

#endif
