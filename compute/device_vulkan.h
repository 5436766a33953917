/* device_vulkan.h: devices that compute through Vulkan: GPUs of any vendor, and software devices where asked
 * for.
 *
 * Devices are numbered from 0: discrete GPUs before integrated before virtual before others, as a driver
 * lists them among their like. Nobody has a device that has not computed what plain C computes
 * (device_check.h), in fp32, nor a matrix on it in a precision in which it has not: that is tested when the
 * first is made.
 *
 * A wait for the device takes at most timeout_ns. What fails is a status with a message from the call it
 * failed in: STATUS_NO_MEMORY leaves the device as it is; after anything else (device lost: STATUS_IO,
 * timeout: STATUS_DEADLINE) the device is done for, and every further call on it fails at once with the same
 * words. Then destroy it and what was made of it, and go on with another.
 *
 * A device that did not answer in time may still read and write its memory. That is kept until the device
 * says that it is done with it, which is asked for when another is created; until then no more than
 * VULKAN_STUCK_MAX such devices are kept, and with as many no other is created.
 *
 * Owns    what device.h says; lists are the caller's, for mem_free.
 * Threads what device.h says. Streams may run beside each other: what they share has locks, and no other lock
 *         is taken under one of them.
 * Errors  no loader, no driver, no such device, or one that lacks what is needed, does not compute right, or
 *         failed: one line that says which. */
#ifndef NOODLE_DEVICE_VULKAN_H
#define NOODLE_DEVICE_VULKAN_H

#include "compute/device.h"

#include <stdbool.h>

#define VULKAN_LIBRARY    "libvulkan.so.1"
#define VULKAN_NAME_SIZE  256
#define VULKAN_STUCK_MAX  4
#define VULKAN_FIRST      UINT32_MAX /* the first one that is taken without being named */
#define VULKAN_OPERATIONS 10

struct device_vulkan_params {
    const char *library; /* NULL: VULKAN_LIBRARY */
    /* vkGetInstanceProcAddr in place of the library's; NULL: the library's. */
    void (*(*resolver)(void *instance, const char *name))(void);
    uint64_t memory_limit_bytes; /* 0: no other limit than the fraction */
    double memory_fraction;      /* of what the driver gives to this process; 0: all */
    uint64_t timeout_ns;         /* of every wait; 0: DEVICE_VULKAN_TIMEOUT_NS */
    const char *cache_folder;    /* for compiled shaders; NULL: they are compiled every time */
};

#define DEVICE_VULKAN_TIMEOUT_NS (30 * UINT64_C(1000000000))

enum vulkan_kind { VULKAN_DISCRETE, VULKAN_INTEGRATED, VULKAN_VIRTUAL, VULKAN_OTHER, VULKAN_SOFTWARE };

struct device_vulkan_info {
    char name[VULKAN_NAME_SIZE];
    enum vulkan_kind kind;
    uint32_t api_version, driver_version;
    bool usable;                         /* can be created */
    bool automatic;                      /* and is taken without being named */
    char reason[VULKAN_NAME_SIZE];       /* why, or why not */
    uint64_t memory_bytes, budget_bytes; /* of its own memory; what the driver gives to this process */
    bool has_budget;                     /* that is the driver's word, not all of the memory */
    bool has_dot_product;                /* four bytes at once */
    bool unified;                        /* the CPU reads and writes its memory */
};

const char *vulkan_kind_name(enum vulkan_kind kind);

/* The devices by number; none is no error. */
enum status device_vulkan_list(const struct device_vulkan_params *params,
                               struct device_vulkan_info **ret_infos, uint32_t *ret_count,
                               struct error *error);

/* number: from the list, or VULKAN_FIRST. */
enum status device_vulkan_create(const struct device_vulkan_params *params, uint32_t number,
                                 struct device **ret_device, struct error *error);

/* The self-test in one precision, if it has not been. The largest error (or NULL) is what device_check says.
 */
enum status device_vulkan_check(struct device *device, enum precision precision, double *ret_largest_error,
                                struct error *error);

/* What a device that device_vulkan_create made says of itself. */
struct device_vulkan_report {
    struct device_vulkan_info info;
    uint64_t memory_used_bytes, memory_max_bytes; /* max: the limit that was chosen */
    bool cache_hit;                               /* compiled shaders were there from an earlier time */
};

void device_vulkan_report(const struct device *device, struct device_vulkan_report *ret_report);

/* Time on the device by operation, of all passes since profiling was switched on. While it is on, operations
 * wait for each other. A device without timestamps has zeros. Not while streams run. */
struct device_vulkan_profile {
    const char *operation[VULKAN_OPERATIONS];
    double ms[VULKAN_OPERATIONS];
    uint32_t count; /* of operations */
};

void device_vulkan_profile_start(struct device *device);
void device_vulkan_profile_stop(struct device *device, struct device_vulkan_profile *ret_profile);

#endif
