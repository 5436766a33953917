/* compute/vk_pipeline.h: the file of compiled shaders is a hit when it is whole and a miss otherwise. Runs on
 * any Vulkan device, the validation layer on. */
#include "compute/device_vulkan.h"

#include "tests/support/machines.h"
#include "tests/support/vk_shim.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void first_file(const char *folder, char *ret_path, size_t size) {
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    *ret_path = 0;
    for (struct dirent *entry; (entry = readdir(entries));)
        if (*entry->d_name != '.') {
            assert_int_equal(*ret_path, 0); /* no other: nothing temporary stays */
            snprintf(ret_path, size, "%s/%s", folder, entry->d_name);
        }
    closedir(entries);
}

static bool is_hit(const struct device_vulkan_params *params) {
    struct device *device;
    struct error error = {0};
    if (device_vulkan_create(params, 0, &device, &error)) fail_msg("%s", error.message);
    struct device_vulkan_report report;
    device_vulkan_report(device, &report);
    device_destroy(device);
    return report.cache_hit;
}

static void test_cache_file(void **state) {
    (void)state;
    char folder[] = "/tmp/noodle-cache-XXXXXX", path[300];
    assert_non_null(mkdtemp(folder));
    struct device_vulkan_params params = {.resolver = vk_shim_resolver, .cache_folder = folder};
    assert_false(is_hit(&params));
    assert_true(is_hit(&params));
    first_file(folder, path, sizeof path);
    FILE *file = fopen(path, "rb");
    unsigned char bytes[200000];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > 64);
    /* A byte changed in each part, cut short anywhere, with more behind, empty: a miss, and whole again. */
    for (size_t i = 0; i < 8; i++) {
        size_t cut = i == 0 ? 0 : i == 1 ? 10 : i == 2 ? 64 : i == 3 ? size - 1 : size;
        file = fopen(path, "wb");
        bytes[i * (size - 1) / 7] ^= i > 3;
        assert_int_equal(fwrite(bytes, 1, cut, file), cut);
        bytes[i * (size - 1) / 7] ^= i > 3;
        if (i == 7) fputc('x', file);
        assert_int_equal(fclose(file), 0);
        assert_false(is_hit(&params));
        assert_true(is_hit(&params));
    }
    unlink(path);
    rmdir(folder);
    assert_false(is_hit(&params)); /* nowhere to put it */
    assert_false(is_hit(&params));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cache_file)};
    int failed = 0;
    machines_validation_begin();
    if (vk_shim_open()) {
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    } else {
        print_message("there is no Vulkan device: its file is not tested here\n");
        failed = getenv("CI") != NULL;
    }
    vk_shim_close();
    return machines_validation_end() || failed;
}
