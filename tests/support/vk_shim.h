/* vk_shim.h: a Vulkan that fails on demand: between our code and the real loader, whose functions it hands
 * on. Each opened device fails for itself, so that of two that compute on the same hardware one can die.
 *
 * Owns    the real loader's library, from vk_shim_open to vk_shim_close.
 * Threads calls may come from any; the plan changes only between them.
 * Errors  vk_shim_open is false without a loader, and without a device. */
#ifndef NOODLE_VK_SHIM_H
#define NOODLE_VK_SHIM_H

#include <stdbool.h>
#include <stdint.h>

/* What goes wrong. Counts are from 1, of calls since the plan was set; 0: never. */
struct vk_shim_plan {
    const char *missing;        /* a function that is not there: "vkQueueSubmit" */
    bool no_driver, no_devices; /* CreateInstance fails; there are none */
    bool no_device_opens;       /* CreateDevice fails */
    uint32_t device;            /* that what follows happens to, counted from 1 as they are opened; 0: all */
    uint32_t lost_at_submit;    /* and from then on */
    uint32_t full_at_submit;    /* out of memory, once */
    uint32_t hangs_at_submit;   /* that fence and those after it are never signalled, until vk_shim_release */
    uint32_t full_at_wait;      /* out of memory while waiting, and from then on as if it hung */
    uint32_t full_at_allocation;
    uint32_t full_at_pipeline;
    uint32_t lazy_at_dispatch; /* does nothing, once */
    uint32_t storm_one_in;     /* of submits and of allocations so many goes wrong, at random; 0: none */
    uint64_t seed;             /* of that */
    uint64_t group_ns;         /* a workgroup takes so much longer than it could, on every device ... */
    uint32_t slow_device;      /* ... and on this one, counted as above, three times that; 0: on none */

    /* What the device is said to be. */
    uint32_t api_version;  /* 0: as it is */
    bool discrete;         /* with memory that the CPU does not reach */
    bool fast_dot_product; /* four bytes at once, in hardware */
    bool no_extensions;    /* none of those that are optional */
    bool short_ticks;      /* timestamps of 32 bits, and they wrap behind the first of a pass */
    bool wild_memory;      /* the CPU's memory is not coherent where the device could use it best */
    bool no_timestamps, no_compute_queue, few_buffers, little_shared_memory, few_threads;
    uint64_t budget_bytes; /* VK_EXT_memory_budget with this; 0: as it is */
    uint32_t buffer_bytes; /* that a shader can bind; 0: as it is */
};

struct vk_shim_counts {
    uint32_t submits, waits, allocations, pipelines, dispatches; /* of plan.device, but for the last two */
    uint32_t opened;                                             /* devices, since there was none */
    uint32_t lost, hung, refused; /* what went wrong: devices, and requests for memory */
    uint32_t live;                /* instances and devices that were not destroyed, whatever the plan */
    uint32_t frees_while_hanging; /* of what work in flight may use */
    uint32_t bare_dispatches;     /* of a command buffer, before its first barrier */
    uint32_t wild_maps;           /* of memory that is not coherent */
    uint64_t wait_ns_max;         /* the longest wait that was asked for */
};

bool vk_shim_open(void);
void vk_shim_close(void);

void vk_shim_set(const struct vk_shim_plan *plan); /* counts begin again */
struct vk_shim_counts vk_shim_counts(void);
void vk_shim_release(void); /* what hung is done */

/* For struct device_vulkan_params. */
void (*vk_shim_resolver(void *instance, const char *name))(void);

#endif
