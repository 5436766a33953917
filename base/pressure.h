/* pressure.h: whether memory or processors of this machine, or of our control group, run short, and how much
 * smaller work should therefore be.
 *
 * Memory is short when more than memory_threshold of it is in use, page cache that can be let go not counted,
 * or when tasks have to wait for it. Processors are short when more than cpu_threshold of them is busy and a
 * good part of that is somebody else's: our own work alone is no reason to work less. A control group's
 * limits count by themselves, because a group that has used up its time is stopped as a whole.
 *
 *     above the threshold            one step more with each sample, up to PRESSURE_STEPS_MAX
 *     RECOVERY below the threshold   one step less with each sample
 *     between the two                nothing changes
 *
 * Owns    its samples; reads /proc and /sys/fs/cgroup (both versions) and nothing else.
 * Threads any; whoever comes first after the interval takes the sample, the others go on with the last.
 * Errors  none: what a system does not tell is not short.
 * Units   shares from 0 to 1; a step means half. */
#ifndef NOODLE_PRESSURE_H
#define NOODLE_PRESSURE_H

#include <stdint.h>

#define PRESSURE_STEPS_MAX 6

struct pressure;

struct pressure_params {
    const char *root; /* put before every path; NULL: nothing */
    double memory_threshold, cpu_threshold;
    uint64_t interval_ns; /* between samples; 0: one with each call */
};

struct pressure_reading {
    double memory, cpu;               /* in use */
    unsigned memory_steps, cpu_steps; /* how often work is to be halved */
};

struct pressure *pressure_create(const struct pressure_params *params);
void pressure_destroy(struct pressure *pressure); /* NULL is harmless */

/* Takes a sample when the interval has passed. NULL: nothing is short. */
struct pressure_reading pressure_read(struct pressure *pressure, uint64_t now_ns);

/* From the next sample on. */
void pressure_set_thresholds(struct pressure *pressure, double memory_threshold, double cpu_threshold);

#endif
