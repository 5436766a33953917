#include "base/pressure.h"

#include "base/mem.h"
#include "base/system_files.h"
#include "base/thread.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECOVERY        0.05 /* below the threshold work grows again */
#define OTHERS_LEAST    0.10 /* of all processors, that others have to use */
#define STALLED_PERCENT 20.0 /* of the time tasks wait for memory: it is short, whatever the share in use */
#define FILE_BYTES      8192 /* the beginning of a file is enough: /proc/stat has its sum first */
#define PATH_BYTES      512
#define LEVELS_MAX      16 /* of nested control groups */
#define NS_PER_US       1000
#define GROUPS          "/sys/fs/cgroup"

/* What grew since the last sample. */
struct counters {
    bool has_ticks, has_group;
    uint64_t busy, all, own; /* ticks */
    uint64_t group_ns, at_ns;
};

struct pressure {
    const char *root;
    uint64_t interval_ns;
    _Atomic uint64_t next_ns;
    struct thread_lock *lock; /* of what follows, but for `last`; no file is read under it */
    atomic_flag sampling;
    double memory_threshold, cpu_threshold;
    struct counters last; /* of the one who samples */
    struct pressure_reading reading;
};

struct pressure *pressure_create(const struct pressure_params *params) {
    struct pressure *pressure = mem_zalloc(sizeof *pressure);
    pressure->root = params->root ? params->root : "";
    pressure->interval_ns = params->interval_ns;
    pressure->memory_threshold = params->memory_threshold;
    pressure->cpu_threshold = params->cpu_threshold;
    pressure->lock = thread_lock_create();
    atomic_init(&pressure->next_ns, 0);
    atomic_flag_clear(&pressure->sampling);
    return pressure;
}

void pressure_destroy(struct pressure *pressure) {
    if (!pressure) return;
    thread_lock_destroy(pressure->lock);
    mem_free(pressure);
}

void pressure_set_thresholds(struct pressure *pressure, double memory_threshold, double cpu_threshold) {
    thread_lock_acquire(pressure->lock);
    pressure->memory_threshold = memory_threshold;
    pressure->cpu_threshold = cpu_threshold;
    thread_lock_release(pressure->lock);
}

/* ---- files ---- */

struct file {
    char text[FILE_BYTES + 1];
};

static bool read_file(const struct pressure *pressure, const char *folder, const char *name,
                      struct file *file) {
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s%s/%s", pressure->root, folder, name);
    if (length < 0 || (size_t)length >= sizeof path) return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t size = read(fd, file->text, FILE_BYTES);
    close(fd);
    if (size < 0) return false;
    file->text[size] = '\0';
    return true;
}

static bool read_number(const struct pressure *pressure, const char *folder, const char *name,
                        uint64_t *ret_number) {
    struct file file;
    return read_file(pressure, folder, name, &file) && system_number(file.text, ret_number);
}

/* The names of one version of control groups. */
struct hierarchy {
    const char *memory_folder, *memory_controller; /* controller NULL: version 2 */
    const char *memory_limit, *memory_used, *memory_cache;
};

static const struct hierarchy hierarchies[] = {
    {GROUPS, NULL, "memory.max", "memory.current", "inactive_file"},
    {GROUPS "/memory", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
};

/* Calls visit for our group's folder and for those it lies in, until it says true. In a container the path
 * may be one of the host's: then only the last, the mount itself, is there. */
static bool up_the_groups(const struct pressure *pressure, const char *mount, const char *controller,
                          bool (*visit)(const struct pressure *pressure, const char *folder, void *payload),
                          void *payload) {
    struct file file;
    char path[PATH_BYTES], folder[PATH_BYTES];
    if (!read_file(pressure, "/proc/self", "cgroup", &file) ||
        !system_group_path(file.text, controller, path, sizeof path))
        return false;
    for (int level = 0; level < LEVELS_MAX; level++) {
        size_t length = strlen(path);
        if (length && path[length - 1] == '/') path[length - 1] = '\0';
        int written = snprintf(folder, sizeof folder, "%s%s", mount, path);
        if (written > 0 && (size_t)written < sizeof folder && visit(pressure, folder, payload)) return true;
        char *slash = strrchr(path, '/');
        if (!slash) return false;
        *slash = '\0';
    }
    return false;
}

/* ---- memory ---- */

struct memory_search {
    const struct hierarchy *hierarchy;
    uint64_t total; /* of the machine; limits above are none */
    double used;    /* the highest share so far */
};

/* Every level can have a limit, so this goes on to the top. */
static bool weigh_group(const struct pressure *pressure, const char *folder, void *payload) {
    struct memory_search *search = payload;
    const struct hierarchy *hierarchy = search->hierarchy;
    uint64_t limit, used, cache = 0;
    if (!read_number(pressure, folder, hierarchy->memory_limit, &limit) || !limit || limit >= search->total ||
        !read_number(pressure, folder, hierarchy->memory_used, &used))
        return false;
    struct file file;
    if (read_file(pressure, folder, "memory.stat", &file))
        system_named_number(file.text, hierarchy->memory_cache, &cache);
    double share = used > cache ? (double)(used - cache) / (double)limit : 0;
    if (share > search->used) search->used = share;
    return false;
}

static double memory_used(const struct pressure *pressure, bool *ret_stalled) {
    struct file file;
    uint64_t total = 0, available = 0;
    struct memory_search search = {.total = UINT64_MAX};
    if (read_file(pressure, "/proc", "meminfo", &file) &&
        system_memory_bytes(file.text, &total, &available)) {
        search.total = total;
        search.used = 1 - (double)available / (double)total;
    }
    for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++) {
        search.hierarchy = &hierarchies[i];
        up_the_groups(pressure, search.hierarchy->memory_folder, search.hierarchy->memory_controller,
                      weigh_group, &search);
    }
    double percent = 0;
    *ret_stalled = read_file(pressure, "/proc/pressure", "memory", &file) &&
                   system_stalled_percent(file.text, &percent) && percent >= STALLED_PERCENT;
    return search.used;
}

/* ---- processors ---- */

struct cpu_search {
    double cores;
    uint64_t used_ns;
};

static bool find_quota(const struct pressure *pressure, const char *folder, void *payload) {
    struct cpu_search *search = payload;
    struct file file;
    uint64_t used_us;
    if (!read_file(pressure, folder, "cpu.max", &file) || !system_cores_allowed(file.text, &search->cores) ||
        !read_file(pressure, folder, "cpu.stat", &file) ||
        !system_named_number(file.text, "usage_usec", &used_us))
        return false;
    search->used_ns = used_us * NS_PER_US;
    return true;
}

static bool find_old_quota(const struct pressure *pressure, const char *folder, void *payload) {
    struct cpu_search *search = payload;
    uint64_t quota_us, period_us;
    if (!read_number(pressure, folder, "cpu.cfs_quota_us", &quota_us) || !quota_us ||
        !read_number(pressure, folder, "cpu.cfs_period_us", &period_us) || !period_us ||
        !read_number(pressure, folder, "cpuacct.usage", &search->used_ns))
        return false;
    search->cores = (double)quota_us / (double)period_us;
    return true;
}

static double share_of(uint64_t part, uint64_t part_before, uint64_t all) {
    return part > part_before && all ? (double)(part - part_before) / (double)all : 0;
}

/* The wait of tasks for processors (/proc/pressure/cpu) is no help: our own threads wait too. */
static double cpu_used(const struct pressure *pressure, const struct counters *last, uint64_t now_ns,
                       struct counters *ret_now, bool *ret_others) {
    struct file file;
    struct counters now = {.at_ns = now_ns};
    double used = 0;
    *ret_others = false;
    now.has_ticks = read_file(pressure, "/proc", "stat", &file) &&
                    system_cpu_ticks(file.text, &now.busy, &now.all) &&
                    read_file(pressure, "/proc/self", "stat", &file) && system_own_ticks(file.text, &now.own);
    if (now.has_ticks && last->has_ticks && now.all > last->all) {
        uint64_t all = now.all - last->all;
        used = share_of(now.busy, last->busy, all);
        *ret_others = used - share_of(now.own, last->own, all) >= OTHERS_LEAST;
    }
    struct cpu_search search = {0};
    now.has_group = up_the_groups(pressure, GROUPS, NULL, find_quota, &search) ||
                    up_the_groups(pressure, GROUPS "/cpu,cpuacct", "cpu", find_old_quota, &search) ||
                    up_the_groups(pressure, GROUPS "/cpu", "cpu", find_old_quota, &search);
    now.group_ns = search.used_ns;
    if (now.has_group && last->has_group && now.at_ns > last->at_ns) {
        double share = share_of(now.group_ns, last->group_ns, now.at_ns - last->at_ns) / search.cores;
        if (share >= used) {
            used = share;
            *ret_others = true;
        }
    }
    *ret_now = now;
    return used;
}

/* ---- samples ---- */

static unsigned next_steps(unsigned steps, bool is_short, bool recovers) {
    if (is_short) return steps < PRESSURE_STEPS_MAX ? steps + 1 : steps;
    return recovers && steps ? steps - 1 : steps;
}

static void take_sample(struct pressure *pressure, uint64_t now_ns) {
    bool stalled, others;
    struct counters now;
    double memory = memory_used(pressure, &stalled);
    double cpu = cpu_used(pressure, &pressure->last, now_ns, &now, &others);
    pressure->last = now;
    thread_lock_acquire(pressure->lock);
    struct pressure_reading *reading = &pressure->reading;
    reading->memory = memory;
    reading->cpu = cpu;
    reading->memory_steps = next_steps(reading->memory_steps, stalled || memory > pressure->memory_threshold,
                                       memory < pressure->memory_threshold - RECOVERY);
    reading->cpu_steps = next_steps(reading->cpu_steps, others && cpu > pressure->cpu_threshold,
                                    !others || cpu < pressure->cpu_threshold - RECOVERY);
    thread_lock_release(pressure->lock);
}

struct pressure_reading pressure_read(struct pressure *pressure, uint64_t now_ns) {
    if (!pressure) return (struct pressure_reading){0};
    if (now_ns >= atomic_load_explicit(&pressure->next_ns, memory_order_relaxed) &&
        !atomic_flag_test_and_set_explicit(&pressure->sampling, memory_order_acquire)) {
        take_sample(pressure, now_ns);
        atomic_store_explicit(&pressure->next_ns, now_ns + pressure->interval_ns, memory_order_relaxed);
        atomic_flag_clear_explicit(&pressure->sampling, memory_order_release);
    }
    thread_lock_acquire(pressure->lock);
    struct pressure_reading reading = pressure->reading;
    thread_lock_release(pressure->lock);
    return reading;
}
