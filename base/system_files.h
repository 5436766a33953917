/* system_files.h: the texts in which Linux tells how busy a machine and a control group are, as numbers.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  false when the text does not have it; then nothing was filled in. Any text is fine.
 * Units   in the names; ticks are those of /proc. */
#ifndef NOODLE_SYSTEM_FILES_H
#define NOODLE_SYSTEM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* /proc/stat: of all processors together since the start. */
bool system_cpu_ticks(const char *text, uint64_t *ret_busy, uint64_t *ret_all);

/* /proc/self/stat: of this process, all its threads. */
bool system_own_ticks(const char *text, uint64_t *ret_ticks);

/* /proc/meminfo. */
bool system_memory_bytes(const char *text, uint64_t *ret_total, uint64_t *ret_available);

/* /proc/self/cgroup: the path of our group; controller NULL: in the unified hierarchy (version 2). */
bool system_group_path(const char *text, const char *controller, char *ret_path, size_t size);

/* A file with one number: memory.max, memory.current, cpu.cfs_quota_us ... False for "max" and below 0. */
bool system_number(const char *text, uint64_t *ret_number);

/* A file of lines "name number": memory.stat, cpu.stat. */
bool system_named_number(const char *text, const char *name, uint64_t *ret_number);

/* cpu.max: "quota period"; false for "max". */
bool system_cores_allowed(const char *text, double *ret_cores);

/* /proc/pressure/...: the percentage of the last ten seconds in which some task had to wait. */
bool system_stalled_percent(const char *text, double *ret_percent);

#endif
