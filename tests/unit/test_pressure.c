/* What Linux tells of its memory and processors, as text, and what follows for the size of work. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "base/pressure.h"

#include "base/clock.h"
#include "base/system_files.h"

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-6)

/* ---- texts ---- */

static void test_processors(void **state) {
    (void)state;
    uint64_t busy, all, own;
    assert_true(system_cpu_ticks("cpu  10 1 5 100 20 2 3 4 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n", &busy, &all));
    assert_int_equal(busy, 25);
    assert_int_equal(all, 145);
    assert_true(system_cpu_ticks("intr 1\ncpu 1 1 1 1 1 1 1 1\n", &busy, &all));
    static const char *const wrong[] = {"",
                                        "cpu",
                                        "cpu 1 2 3",
                                        "cpu0 1 1 1 1 1 1 1 1",
                                        "cpu a b c d e f g h",
                                        "cpu 99999999999999999999 1 1 1 1 1 1 1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(system_cpu_ticks(wrong[i], &busy, &all));
    assert_true(system_own_ticks("77 (a ) b) (c) S 1 2 3 4 5 6 7 8 9 10 500 60 1 1 20", &own));
    assert_int_equal(own, 560);
    assert_false(system_own_ticks("77 (a", &own));
    assert_false(system_own_ticks("77 (a) S 1 2 3", &own));
}

static void test_memory_texts(void **state) {
    (void)state;
    uint64_t total, available, number;
    assert_true(system_memory_bytes("MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:   250 kB\n", &total,
                                    &available));
    assert_int_equal(total, 1024000);
    assert_int_equal(available, 256000);
    assert_false(system_memory_bytes("MemTotal: 1000 kB\nMemFree: 1 kB\n", &total, &available));
    assert_false(system_memory_bytes("MemTotal: 0 kB\nMemAvailable: 0 kB\n", &total, &available));
    assert_false(system_memory_bytes("MemTotal: 1 kB\nMemAvailable: 2 kB\n", &total, &available));
    assert_true(system_number("123\n", &number));
    assert_int_equal(number, 123);
    assert_false(system_number("max\n", &number));
    assert_false(system_number("-1\n", &number));
    assert_false(system_number("", &number));
    assert_true(system_named_number("anon 5\ninactive_file 77\n", "inactive_file", &number));
    assert_int_equal(number, 77);
    assert_false(system_named_number("total_inactive_file 77\n", "inactive_file", &number));
}

static void test_group_texts(void **state) {
    (void)state;
    char path[16];
    double value;
    const char *text = "12:cpu,cpuacct:/a/b\n3:memory:/m\n1:name=systemd:/s\n0::/user/x\n";
    assert_true(system_group_path(text, NULL, path, sizeof path));
    assert_string_equal(path, "/user/x");
    assert_true(system_group_path(text, "cpuacct", path, sizeof path));
    assert_string_equal(path, "/a/b");
    assert_true(system_group_path(text, "memory", path, sizeof path));
    assert_string_equal(path, "/m");
    assert_false(system_group_path(text, "cpuset", path, sizeof path));
    assert_false(system_group_path("0::/a/path/that/is/long\n", NULL, path, sizeof path));
    assert_false(system_group_path("0::", NULL, path, sizeof path));
    assert_false(system_group_path("0:\n\n::\n", NULL, path, sizeof path));
    assert_true(system_cores_allowed("150000 100000\n", &value));
    NEAR(value, 1.5);
    assert_false(system_cores_allowed("max 100000\n", &value));
    assert_false(system_cores_allowed("100000 0\n", &value));
    assert_true(
        system_stalled_percent("some avg10=12.50 avg60=1.00 avg300=0.00 total=5\nfull avg10=0.00\n", &value));
    NEAR(value, 12.5);
    assert_false(system_stalled_percent("full avg10=1.00\n", &value));
    assert_false(system_stalled_percent("some avg10=x\n", &value));
}

/* ---- a machine in a folder ---- */

static char root[64];

static int set_up(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/noodle-pressure-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int tear_down(void **state) {
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *path, const char *text) {
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(whole, 0700);
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_memory(unsigned used_percent) {
    char text[128];
    snprintf(text, sizeof text, "MemTotal: 1000000 kB\nMemAvailable: %u kB\n", (100 - used_percent) * 10000);
    write_file("proc/meminfo", text);
}

/* Ticks since the start: of all, of which busy, of which ours. */
static void write_cpu(unsigned all, unsigned busy, unsigned own) {
    char text[128];
    snprintf(text, sizeof text, "cpu %u 0 0 %u 0 0 0 0\n", busy, all - busy);
    write_file("proc/stat", text);
    snprintf(text, sizeof text, "1 (noodle-lsp) S 1 2 3 4 5 6 7 8 9 10 %u 0 0\n", own);
    write_file("proc/self/stat", text);
}

static struct pressure *create(uint64_t interval_ns) {
    struct pressure_params params = {
        .root = root, .memory_threshold = 0.8, .cpu_threshold = 0.9, .interval_ns = interval_ns};
    return pressure_create(&params);
}

static void test_memory_with_hysteresis(void **state) {
    (void)state;
    struct pressure *pressure = create(0);
    static const struct {
        unsigned percent, steps;
    } course[] = {{50, 0}, {79, 0}, {81, 1}, {90, 2}, {78, 2}, {76, 2},
                  {74, 1}, {77, 1}, {81, 2}, {60, 1}, {60, 0}, {60, 0}};
    for (size_t i = 0; i < sizeof course / sizeof *course; i++) {
        write_memory(course[i].percent);
        struct pressure_reading reading = pressure_read(pressure, i);
        NEAR(reading.memory, course[i].percent / 100.0);
        assert_int_equal(reading.memory_steps, course[i].steps);
        assert_int_equal(reading.cpu_steps, 0);
    }
    write_memory(99);
    for (int i = 0; i < 20; i++)
        pressure_read(pressure, NS_PER_S);
    assert_int_equal(pressure_read(pressure, NS_PER_S).memory_steps, PRESSURE_STEPS_MAX);
    pressure_set_thresholds(pressure, 1, 1);
    assert_int_equal(pressure_read(pressure, NS_PER_S).memory_steps,
                     PRESSURE_STEPS_MAX); /* 99 % is near to 1 */
    write_memory(50);
    assert_int_equal(pressure_read(pressure, NS_PER_S).memory_steps, PRESSURE_STEPS_MAX - 1);
    pressure_destroy(pressure);
    pressure_destroy(NULL);
}

static void test_stalls(void **state) {
    (void)state;
    struct pressure *pressure = create(0);
    write_memory(30);
    write_file("proc/pressure/memory", "some avg10=35.00 avg60=0.00 avg300=0.00 total=1\n");
    assert_int_equal(pressure_read(pressure, 0).memory_steps, 1);
    write_file("proc/pressure/memory", "some avg10=1.00 avg60=0.00 avg300=0.00 total=1\n");
    assert_int_equal(pressure_read(pressure, 0).memory_steps, 0);
    pressure_destroy(pressure);
}

static void test_processors_of_others(void **state) {
    (void)state;
    struct pressure *pressure = create(0);
    static const struct {
        unsigned all, busy, own, steps; /* since the sample before */
    } course[] = {{100, 100, 0, 0} /* nothing to compare with */,
                  {100, 95, 95, 0} /* all of it is ours */,
                  {100, 95, 20, 1},
                  {100, 95, 20, 2},
                  {100, 88, 20, 2} /* between the two */,
                  {100, 80, 20, 1},
                  {100, 95, 90, 0},
                  {100, 10, 0, 0}};
    unsigned all = 0, busy = 0, own = 0;
    for (size_t i = 0; i < sizeof course / sizeof *course; i++) {
        write_cpu(all += course[i].all, busy += course[i].busy, own += course[i].own);
        assert_int_equal(pressure_read(pressure, i).cpu_steps, course[i].steps);
    }
    pressure_destroy(pressure);
}

static void test_control_groups(void **state) {
    (void)state;
    struct pressure *pressure = create(0);
    write_memory(10);
    write_cpu(100, 10, 10);
    write_file("proc/self/cgroup", "0::/a/b\n");
    write_file("sys/fs/cgroup/a/b/memory.max", "max\n");
    write_file("sys/fs/cgroup/a/b/memory.current", "1\n");
    write_file("sys/fs/cgroup/a/memory.max", "1000000\n"); /* the limit of the group around ours */
    write_file("sys/fs/cgroup/a/memory.current", "950000\n");
    write_file("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 50000\n");
    write_file("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
    write_file("sys/fs/cgroup/a/cpu.stat", "usage_usec 1000000\n");
    struct pressure_reading reading = pressure_read(pressure, NS_PER_S);
    NEAR(reading.memory, 0.9);
    assert_int_equal(reading.memory_steps, 1);
    assert_int_equal(reading.cpu_steps, 0);
    write_file("sys/fs/cgroup/a/cpu.stat", "usage_usec 1490000\n"); /* of half a core, for a second */
    reading = pressure_read(pressure, 2 * NS_PER_S);
    NEAR(reading.cpu, 0.98);
    assert_int_equal(reading.cpu_steps, 1);
    pressure_destroy(pressure);
}

static void test_old_control_groups(void **state) {
    (void)state;
    struct pressure *pressure = create(0);
    write_memory(10);
    write_file("proc/self/cgroup", "5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n");
    /* In a container the path is the host's, and the mount is ours. */
    write_file("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n");
    write_file("sys/fs/cgroup/memory/memory.usage_in_bytes", "900\n");
    write_file("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 0\n");
    write_file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
    write_file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    write_file("sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "0\n");
    NEAR(pressure_read(pressure, NS_PER_S).memory, 0.9);
    write_file("sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "1900000000\n");
    struct pressure_reading reading = pressure_read(pressure, 2 * NS_PER_S);
    NEAR(reading.cpu, 0.95);
    assert_int_equal(reading.cpu_steps, 1);
    assert_int_equal(reading.memory_steps, 2);
    pressure_destroy(pressure);
}

static void test_interval(void **state) {
    (void)state;
    struct pressure *pressure = create(NS_PER_S);
    write_memory(90);
    assert_int_equal(pressure_read(pressure, NS_PER_S).memory_steps, 1);
    assert_int_equal(pressure_read(pressure, NS_PER_S + 1).memory_steps, 1);
    assert_int_equal(pressure_read(pressure, 2 * NS_PER_S).memory_steps, 2);
    pressure_destroy(pressure);
}

static void test_nothing_told(void **state) {
    (void)state;
    struct pressure *pressure = create(0);
    struct pressure_reading reading = pressure_read(pressure, 1);
    assert_true(reading.memory == 0 && reading.cpu == 0 && !reading.memory_steps && !reading.cpu_steps);
    reading = pressure_read(NULL, 1);
    assert_true(!reading.memory_steps && !reading.cpu_steps);
    write_file("proc/meminfo", "\xff\x00garbage");
    write_file("proc/stat", "cpu cpu cpu");
    write_file("proc/self/cgroup", "::::\n0::/../../..\n");
    assert_int_equal(pressure_read(pressure, 2).memory_steps, 0);
    pressure_destroy(pressure);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processors),
        cmocka_unit_test(test_memory_texts),
        cmocka_unit_test(test_group_texts),
        cmocka_unit_test_setup_teardown(test_memory_with_hysteresis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stalls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_processors_of_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_old_control_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
