/* compute/device_vulkan.h: whatever fails, a request gets right scores or an error, at once, and nothing
 * leaks or is freed under a device that still works on it. Runs on any Vulkan device, the validation layer
 * on. */
#include "compute/device_vulkan.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"
#include "compute/device_cpu.h"
#include "compute/encoder.h"
#include "compute/vk_api.h"
#include "tests/support/machines.h"
#include "tests/support/random_weights.h"
#include "tests/support/vk_shim.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKENS     20
#define WINDOWS    2
#define OUTPUTS    28              /* 8 + literals */
#define TIMEOUT_NS (20 * NS_PER_S) /* for software devices that compile shaders meanwhile */
#define THREADS    4

static struct weights *weights;
static struct str weights_bytes;
static struct device_token tokens[TOKENS];
static float expected[WINDOWS][TOKENS * OUTPUTS];
static const struct encoder_window windows[WINDOWS] = {{tokens, TOKENS}, {tokens + 3, 7}};

static struct device_vulkan_params params_of(void) {
    return (struct device_vulkan_params){.resolver = vk_shim_resolver, .timeout_ns = TIMEOUT_NS};
}

static void no_faults(void) {
    vk_shim_set(&(struct vk_shim_plan){0});
}

/* ---- a request ---- */

/* An encoder on a device, asked once; what was made is destroyed again, whatever happened. */
struct tower {
    struct device *device;
    struct network *network;
    struct encoder *encoder;
};

static enum status raise(struct tower *tower, const struct device_vulkan_params *params, uint32_t number,
                         enum precision precision, struct error *error) {
    *tower = (struct tower){0};
    enum status status = device_vulkan_create(params, number, &tower->device, error);
    if (!status) status = network_create(weights, tower->device, precision, &tower->network, error);
    if (!status) status = encoder_create(tower->network, WINDOWS, WINDOWS * TOKENS, &tower->encoder, error);
    return status;
}

static void raze(struct tower *tower) {
    encoder_destroy(tower->encoder);
    network_destroy(tower->network);
    device_destroy(tower->device);
}

/* Scores that come are right. */
static enum status ask(struct tower *tower, double allowed, struct error *error) {
    struct encoder_scores scores[WINDOWS];
    enum status status = encoder_run(tower->encoder, windows, WINDOWS, scores, error);
    for (int w = 0; !status && w < WINDOWS; w++)
        for (uint32_t i = 0; i < windows[w].count * OUTPUTS; i++)
            if (!(fabs((double)scores[w].token[i] - (double)expected[w][i]) <=
                  allowed * (1 + fabs((double)expected[w][i]))))
                fail_msg("window %d, score %u is %g instead of %g", w, i, (double)scores[w].token[i],
                         (double)expected[w][i]);
    return status;
}

static enum status live_once(const struct device_vulkan_params *params, enum precision precision,
                             double allowed, struct error *error) {
    struct tower tower;
    enum status status = raise(&tower, params, 0, precision, error);
    if (!status) status = ask(&tower, allowed, error);
    raze(&tower);
    return status;
}

static void assert_works(const struct device_vulkan_params *params) {
    struct error error = {0};
    if (live_once(params, PRECISION_FP32, 1e-4, &error)) fail_msg("%s", error.message);
}

static void assert_words(const struct error *error, const char *words) {
    if (!strstr(error->message, words)) fail_msg("'%s' does not say '%s'", error->message, words);
}

/* ---- nothing there ---- */

static void test_no_loader(void **state) {
    (void)state;
    struct device_vulkan_params params = {.library = "libno-such-vulkan.so.1"};
    struct device_vulkan_info *infos;
    uint32_t count;
    struct device *device;
    struct error error = {0};
    assert_int_equal(device_vulkan_list(&params, &infos, &count, &error), STATUS_UNSUPPORTED);
    assert_words(&error, "no libno-such-vulkan.so.1: install the Vulkan loader");
    assert_int_equal(device_vulkan_create(&params, VULKAN_FIRST, &device, &error), STATUS_UNSUPPORTED);
    params.library = "libc.so.6"; /* a library, but no loader */
    assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_UNSUPPORTED);
    assert_words(&error, "libc.so.6 has no vkGetInstanceProcAddr");
}

static void test_no_driver_and_no_device(void **state) {
    (void)state;
    struct device_vulkan_params params = params_of();
    struct device_vulkan_info *infos;
    uint32_t count = 7;
    struct device *device;
    struct error error = {0};
    vk_shim_set(&(struct vk_shim_plan){.no_driver = true});
    assert_int_equal(device_vulkan_list(&params, &infos, &count, &error), STATUS_UNSUPPORTED);
    assert_words(&error, "no driver for a GPU is installed");
    vk_shim_set(&(struct vk_shim_plan){.no_devices = true});
    assert_int_equal(device_vulkan_list(&params, &infos, &count, &error), STATUS_OK);
    assert_int_equal(count, 0);
    mem_free(infos);
    assert_int_equal(device_vulkan_create(&params, VULKAN_FIRST, &device, &error), STATUS_NOT_FOUND);
    assert_words(&error, "there are 0 Vulkan devices");
    no_faults();
    assert_int_equal(device_vulkan_create(&params, 99, &device, &error), STATUS_NOT_FOUND);
    assert_words(&error, "there is no Vulkan device 99");
    vk_shim_set(&(struct vk_shim_plan){.no_device_opens = true});
    assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_IO);
    assert_words(&error, "cannot be opened: initialisation failed");
    no_faults();
}

static void test_each_function_missing(void **state) {
    (void)state;
    static const char *const names[] = {
#define X(name) "vk" #name,
        VK_API_GLOBAL_MAP(X) VK_API_INSTANCE_MAP(X) VK_API_DEVICE_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        /* Without these two the layer above would leak what it cannot free. */
        if (!strcmp(names[i], "vkDestroyDevice") || !strcmp(names[i], "vkDestroyInstance")) continue;
        vk_shim_set(&(struct vk_shim_plan){.missing = names[i]});
        struct device_vulkan_params params = params_of();
        struct device *device;
        struct error error = {0};
        assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_UNSUPPORTED);
        assert_words(&error, names[i]);
        assert_int_equal(vk_shim_counts().live, 0);
    }
    no_faults();
}

/* ---- devices that will not do, and that lack what is optional ---- */

static void test_devices_that_will_not_do(void **state) {
    (void)state;
    static const struct {
        struct vk_shim_plan plan;
        const char *reason;
    } cases[] = {{{.api_version = VK_API_VERSION_1_0}, "it has Vulkan 1.0; 1.1 is needed"},
                 {{.no_compute_queue = true}, "it has no queue that computes"},
                 {{.few_buffers = true}, "a shader can have 4 buffers; 6 are needed"},
                 {{.little_shared_memory = true}, "a workgroup has 8192 bytes of memory; 16384 are needed"},
                 {{.few_threads = true}, "a workgroup has 64 threads; 128 are needed"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vk_shim_set(&cases[i].plan);
        struct device_vulkan_params params = params_of();
        struct device_vulkan_info *infos;
        uint32_t count;
        struct device *device;
        struct error error = {0};
        assert_int_equal(device_vulkan_list(&params, &infos, &count, &error), STATUS_OK);
        assert_true(count >= 1);
        assert_false(infos[0].usable);
        assert_false(infos[0].automatic);
        assert_string_equal(infos[0].reason, cases[i].reason);
        mem_free(infos);
        assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_UNSUPPORTED);
        assert_words(&error, cases[i].reason);
    }
    no_faults();
}

static void test_software_is_asked_for_by_number(void **state) {
    (void)state;
    struct device_vulkan_params params = params_of();
    struct device_vulkan_info *infos;
    uint32_t count;
    assert_int_equal(device_vulkan_list(&params, &infos, &count, NULL), STATUS_OK);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(infos[i].automatic, infos[i].kind != VULKAN_SOFTWARE);
        assert_true(i == 0 || infos[i - 1].kind <= infos[i].kind);
    }
    bool any = false;
    for (uint32_t i = 0; i < count; i++)
        any |= infos[i].automatic;
    mem_free(infos);
    struct device *device = NULL;
    struct error error = {0};
    assert_int_equal(device_vulkan_create(&params, VULKAN_FIRST, &device, &error),
                     any ? STATUS_OK : STATUS_NOT_FOUND);
    device_destroy(device);
}

/* Paths that this machine's device may not take by itself. */
static void test_other_paths(void **state) {
    (void)state;
    static const struct vk_shim_plan plans[] = {{.discrete = true},
                                                {.fast_dot_product = true},
                                                {.no_extensions = true, .no_timestamps = true},
                                                {.api_version = VK_API_VERSION_1_1, .no_extensions = true},
                                                {.budget_bytes = UINT64_C(256) << 20},
                                                {.wild_memory = true},
                                                {.discrete = true, .fast_dot_product = true}};
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        vk_shim_set(&plans[i]);
        struct device_vulkan_params params = params_of();
        struct tower tower;
        struct error error = {0};
        params.memory_fraction = 0.5;
        for (int precision = PRECISION_FP32; precision <= PRECISION_INT8; precision++) {
            uint32_t number = plans[i].discrete ? VULKAN_FIRST : 0;
            if (raise(&tower, &params, number, (enum precision)precision, &error))
                fail_msg("%s", error.message);
            for (int round = 0; round < 3; round++)
                if (ask(&tower, precision == PRECISION_INT8 ? 0.2 : 5e-3, &error))
                    fail_msg("%s", error.message);
            struct device_vulkan_report report;
            device_vulkan_report(tower.device, &report);
            if (plans[i].discrete) assert_false(report.info.unified);
            if (plans[i].fast_dot_product) assert_true(report.info.has_dot_product);
            if (plans[i].no_extensions) assert_false(report.info.has_dot_product || report.info.has_budget);
            if (plans[i].budget_bytes) assert_int_equal(report.memory_max_bytes, UINT64_C(128) << 20);
            assert_true(report.memory_used_bytes > 0 && report.memory_used_bytes <= report.memory_max_bytes);
            assert_int_equal(vk_shim_counts().wild_maps, 0);
            assert_int_equal(vk_shim_counts().bare_dispatches, 0);
            raze(&tower);
        }
    }
    no_faults();
}

/* Whether the clock of the device wraps in the middle or not. */
static void test_profile(void **state) {
    (void)state;
    for (int wraps = 0; wraps < 2; wraps++) {
        vk_shim_set(&(struct vk_shim_plan){.short_ticks = wraps});
        struct device_vulkan_params params = params_of();
        struct tower tower;
        struct error error = {0};
        if (raise(&tower, &params, 0, PRECISION_FP32, &error)) fail_msg("%s", error.message);
        struct device_vulkan_profile profile;
        device_vulkan_profile_start(tower.device);
        if (ask(&tower, 1e-4, &error)) fail_msg("%s", error.message);
        device_vulkan_profile_stop(tower.device, &profile);
        double all_ms = 0;
        for (uint32_t i = 0; i < profile.count; i++)
            all_ms += profile.ms[i];
        assert_true(all_ms > 0 && all_ms < 1000);
        raze(&tower);
    }
    no_faults();
}

/* ---- failures ---- */

/* Nothing goes through any more, and says so in the same words. */
static void assert_done_for(struct tower *tower, const struct error *first) {
    struct error error = {0};
    struct encoder_scores scores[WINDOWS];
    struct device_buffer *buffer;
    uint32_t submits = vk_shim_counts().submits;
    if (tower->encoder) {
        assert_int_equal(encoder_run(tower->encoder, windows, WINDOWS, scores, &error), first->status);
        assert_string_equal(error.message, first->message);
    }
    if (!tower->device) return;
    assert_int_equal(device_buffer_create(tower->device, 10, 10, NULL, &buffer, &error), first->status);
    assert_string_equal(error.message, first->message);
    assert_int_equal(vk_shim_counts().submits, submits);
}

/* The fault at the first, the second, ... of its kind, until it is later than all that is done. */
static void check_lost(bool discrete, uint32_t step) {
    for (uint32_t at = 1;; at += step) {
        vk_shim_set(&(struct vk_shim_plan){.discrete = discrete, .lost_at_submit = at});
        struct device_vulkan_params params = params_of();
        struct tower tower;
        struct error error = {0};
        enum status status = raise(&tower, &params, 0, PRECISION_INT8, &error);
        if (!status) status = ask(&tower, 0.2, &error);
        if (status) {
            assert_int_equal(status, STATUS_IO);
            assert_words(&error, "the device was lost");
            assert_done_for(&tower, &error);
        }
        raze(&tower);
        if (!status) break;
    }
    no_faults();
    struct device_vulkan_params params = params_of();
    assert_works(&params);
    assert_int_equal(vk_shim_counts().live, 0);
}

static void test_device_lost(void **state) {
    (void)state;
    check_lost(false, 1);
    check_lost(true, 13);
}

/* Memory is refused once, and the device goes on. */
static void test_out_of_memory(void **state) {
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        for (uint32_t at = 1;; at++) {
            struct vk_shim_plan plan = {.discrete = kind == 3};
            if (kind == 0 || kind == 3) plan.full_at_allocation = at;
            if (kind == 1) plan.full_at_submit = at;
            if (kind == 2) plan.full_at_pipeline = at;
            vk_shim_set(&plan);
            struct device_vulkan_params params = params_of();
            struct tower tower;
            struct error error = {0};
            enum status status = raise(&tower, &params, 0, PRECISION_FP32, &error);
            unsigned refused = status != STATUS_OK;
            for (int i = 0; tower.encoder && i < 3; i++) {
                enum status answer = ask(&tower, 1e-4, &error);
                refused += answer != STATUS_OK;
                if (answer) status = answer;
            }
            assert_int_equal(status, refused ? STATUS_NO_MEMORY : STATUS_OK);
            assert_in_range(refused, 0, 1);
            raze(&tower);
            struct vk_shim_counts counts = vk_shim_counts();
            if (at > (kind == 1 ? counts.submits : kind == 2 ? counts.pipelines : counts.allocations)) break;
        }
    }
    no_faults();
}

static void test_memory_limit(void **state) {
    (void)state;
    struct device_vulkan_params params = params_of();
    struct device *device;
    struct device_buffer *buffer;
    struct error error = {0};
    params.memory_limit_bytes = 100000;
    assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_NO_MEMORY);
    assert_words(&error, "of 0.1 MB that it may use");
    params.memory_limit_bytes = UINT64_C(40) << 20;
    assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_OK);
    assert_int_equal(device_buffer_create(device, 1 << 20, 11, NULL, &buffer, &error), STATUS_NO_MEMORY);
    assert_int_equal(device_buffer_create(device, 1 << 20, 10000, NULL, &buffer, &error), STATUS_NO_MEMORY);
    assert_words(&error, "a shader reads");
    assert_int_equal(device_buffer_create(device, 1 << 20, 9, NULL, &buffer, &error), STATUS_OK);
    device_buffer_destroy(buffer);
    struct device_stream *stream;
    assert_int_equal(device_stream_create(device, DEVICE_ROWS_MAX, 8, &stream, &error), STATUS_TOO_LARGE);
    device_destroy(device);
}

/* What is bound is a little larger than what was asked for. */
static void test_a_buffer_as_large_as_can_be(void **state) {
    (void)state;
    vk_shim_set(&(struct vk_shim_plan){.buffer_bytes = 1000100});
    struct device_vulkan_params params = params_of();
    struct device *device;
    struct device_buffer *buffer;
    struct error error = {0};
    assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_OK);
    assert_int_equal(device_buffer_create(device, 125012, 2, NULL, &buffer, &error), STATUS_NO_MEMORY);
    assert_words(&error, "a shader reads 1.0 MB at once");
    assert_int_equal(device_buffer_create(device, 124992, 2, NULL, &buffer, &error), STATUS_OK);
    device_buffer_destroy(buffer);
    device_destroy(device);
    no_faults();
}

/* What a fence that is never signalled guards is kept, until the device is done after all. */
static void test_no_answer(void **state) {
    (void)state;
    for (int discrete = 0; discrete < 2; discrete++) {
        uint32_t last = 0;
        for (uint32_t at = 1;; at += discrete ? 13 : 1) {
            vk_shim_set(&(struct vk_shim_plan){.discrete = discrete, .hangs_at_submit = at});
            struct device_vulkan_params params = params_of();
            struct tower tower;
            struct error error = {0};
            enum status status = raise(&tower, &params, 0, PRECISION_FP16, &error);
            if (!status) status = ask(&tower, 5e-3, &error);
            if (status) {
                assert_int_equal(status, STATUS_DEADLINE);
                assert_words(&error, "did not answer within 20000 ms");
                assert_done_for(&tower, &error);
            }
            raze(&tower);
            assert_int_equal(vk_shim_counts().frees_while_hanging, 0);
            vk_shim_release();
            if (!status) break;
            last = at;
        }
        /* The self-test in both formats and a request; a discrete device has uploads besides. */
        assert_true(discrete ? last > 3 : last == 3);
    }
    no_faults();
    struct device_vulkan_params params = params_of();
    assert_works(&params); /* and what was kept is freed */
    assert_int_equal(vk_shim_counts().live, 0);
}

/* A wait that fails says nothing of the work: it is as if there had been no answer. */
static void test_no_memory_to_wait_with(void **state) {
    (void)state;
    for (uint32_t at = 1;; at++) {
        vk_shim_set(&(struct vk_shim_plan){.full_at_wait = at});
        struct device_vulkan_params params = params_of();
        struct tower tower;
        struct error error = {0};
        enum status status = raise(&tower, &params, 0, PRECISION_FP32, &error);
        if (!status) status = ask(&tower, 1e-4, &error);
        if (status) {
            assert_int_equal(status, STATUS_IO);
            assert_words(&error, "wait: out of memory");
            assert_done_for(&tower, &error);
        }
        raze(&tower);
        assert_int_equal(vk_shim_counts().frees_while_hanging, 0);
        vk_shim_release();
        if (!status) break;
    }
    no_faults();
    struct device_vulkan_params params = params_of();
    assert_works(&params);
    assert_int_equal(vk_shim_counts().live, 0);
}

static void test_no_more_than_a_few_are_kept(void **state) {
    (void)state;
    struct device_vulkan_params params = params_of();
    struct device *device;
    struct error error = {0};
    vk_shim_set(&(struct vk_shim_plan){.hangs_at_submit = 1});
    for (int i = 0; i < VULKAN_STUCK_MAX; i++) {
        assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_DEADLINE);
        assert_words(&error, "did not answer within 20000 ms");
    }
    assert_int_equal(device_vulkan_create(&params, 0, &device, &error), STATUS_DEADLINE);
    assert_words(&error, "4 Vulkan devices did not answer, and are not done yet");
    assert_int_equal(vk_shim_counts().frees_while_hanging, 0);
    no_faults();
    assert_works(&params);
}

/* Every single dispatch of the self-test matters. */
static void test_wrong_results(void **state) {
    (void)state;
    uint32_t refused = 0;
    for (uint32_t at = 1;; at++) {
        vk_shim_set(&(struct vk_shim_plan){.lazy_at_dispatch = at});
        struct device_vulkan_params params = params_of();
        struct device *device = NULL;
        struct error error = {0};
        enum status status = device_vulkan_create(&params, 0, &device, &error);
        if (!status) status = device_vulkan_check(device, PRECISION_FP16, NULL, &error);
        if (!status) status = device_vulkan_check(device, PRECISION_INT8, NULL, &error);
        device_destroy(device);
        if (!status) {
            assert_true(at > vk_shim_counts().dispatches);
            break;
        }
        assert_int_equal(status, STATUS_UNSUPPORTED);
        assert_words(&error, "does not compute right");
        refused++;
    }
    assert_true(refused >= 3 * 8);
    no_faults();
}

/* What one format gets wrong is no fault of the others. */
static void test_a_format_that_is_wrong(void **state) {
    (void)state;
    no_faults();
    struct device_vulkan_params params = params_of();
    struct tower tower;
    struct error error = {0};
    assert_int_equal(device_vulkan_create(&params, 0, &tower.device, &error), STATUS_OK);
    uint32_t opening = vk_shim_counts().dispatches;
    device_destroy(tower.device);
    vk_shim_set(&(struct vk_shim_plan){.lazy_at_dispatch = opening + 3});
    assert_int_equal(raise(&tower, &params, 0, PRECISION_FP16, &error), STATUS_UNSUPPORTED);
    assert_words(&error, "does not compute right");
    if (network_create(weights, tower.device, PRECISION_INT8, &tower.network, &error) ||
        encoder_create(tower.network, WINDOWS, WINDOWS * TOKENS, &tower.encoder, &error) ||
        ask(&tower, 0.2, &error))
        fail_msg("%s", error.message);
    raze(&tower);
    no_faults();
}

static void test_waits_are_finite(void **state) {
    (void)state;
    no_faults();
    struct device_vulkan_params params = params_of();
    assert_works(&params);
    assert_true(vk_shim_counts().wait_ns_max <= TIMEOUT_NS);
}

/* ---- together ---- */

struct desk {
    const struct network *network;
    float token[TOKENS * OUTPUTS];
    int failed;
};

static void work(void *payload) {
    struct desk *desk = payload;
    struct encoder *encoder = NULL;
    struct encoder_scores scores[WINDOWS];
    desk->failed = encoder_create(desk->network, WINDOWS, WINDOWS * TOKENS, &encoder, NULL) != STATUS_OK;
    for (int i = 0; i < 5 && !desk->failed; i++)
        desk->failed = encoder_run(encoder, windows, WINDOWS, scores, NULL) != STATUS_OK;
    if (!desk->failed) memcpy(desk->token, scores[0].token, sizeof desk->token);
    encoder_destroy(encoder);
}

static void test_streams_beside_each_other(void **state) {
    (void)state;
    static struct desk desks[THREADS];
    for (int discrete = 0; discrete < 2; discrete++) {
        vk_shim_set(&(struct vk_shim_plan){.discrete = discrete});
        struct device_vulkan_params params = params_of();
        params.timeout_ns = 0;
        struct tower tower;
        struct error error = {0};
        if (raise(&tower, &params, 0, PRECISION_FP32, &error)) fail_msg("%s", error.message);
        struct thread *threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            desks[i] = (struct desk){.network = tower.network};
            threads[i] = thread_create(work, &desks[i]);
        }
        for (int i = 0; i < THREADS; i++)
            thread_join(threads[i]);
        for (int i = 0; i < THREADS; i++) {
            assert_false(desks[i].failed);
            assert_memory_equal(desks[i].token, desks[0].token, sizeof desks[i].token);
        }
        raze(&tower);
    }
    no_faults();
}

/* ---- set-up ---- */

static int set_up(void **state) {
    (void)state;
    struct random_weights_params shape = {.layers = 1,
                                          .width = 32,
                                          .heads = 2,
                                          .feed_forward = 64,
                                          .reach = 8,
                                          .literals = OUTPUTS - 8,
                                          .grams = 7,
                                          .gap_width = 16};
    random_weights_make(&shape, &weights_bytes);
    assert_int_equal(weights_from_memory("random", weights_bytes.bytes, weights_bytes.length, &weights, NULL),
                     0);
    for (uint32_t i = 0; i < TOKENS; i++)
        tokens[i] =
            (struct device_token){.token = (uint16_t)i, .gram_count = 2, .grams = {1, (uint16_t)(i % 7)}};
    struct device *device = device_cpu_create(&kernel_ref);
    struct network *network;
    struct encoder *encoder;
    struct encoder_scores scores[WINDOWS];
    assert_int_equal(network_create(weights, device, PRECISION_FP32, &network, NULL), 0);
    assert_int_equal(encoder_create(network, WINDOWS, WINDOWS * TOKENS, &encoder, NULL), 0);
    assert_int_equal(encoder_run(encoder, windows, WINDOWS, scores, NULL), 0);
    for (int w = 0; w < WINDOWS; w++)
        memcpy(expected[w], scores[w].token, windows[w].count * OUTPUTS * sizeof **expected);
    encoder_destroy(encoder);
    network_destroy(network);
    device_destroy(device);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weights_destroy(weights);
    str_finish(&weights_bytes);
    return vk_shim_counts().live ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest first[] = {cmocka_unit_test(test_no_loader)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_driver_and_no_device),
        cmocka_unit_test(test_each_function_missing),
        cmocka_unit_test(test_devices_that_will_not_do),
        cmocka_unit_test(test_software_is_asked_for_by_number),
        cmocka_unit_test(test_other_paths),
        cmocka_unit_test(test_profile),
        cmocka_unit_test(test_device_lost),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_a_buffer_as_large_as_can_be),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_no_memory_to_wait_with),
        cmocka_unit_test(test_no_more_than_a_few_are_kept),
        cmocka_unit_test(test_wrong_results),
        cmocka_unit_test(test_a_format_that_is_wrong),
        cmocka_unit_test(test_waits_are_finite),
        cmocka_unit_test(test_streams_beside_each_other),
    };
    machines_validation_begin();
    int failed = cmocka_run_group_tests_name("without Vulkan", first, NULL, NULL);
    if (vk_shim_open()) {
        failed += cmocka_run_group_tests_name("with faults", tests, set_up, tear_down);
    } else {
        print_message("there is no Vulkan device: its faults are not tested here\n");
        failed += getenv("CI") != NULL;
    }
    vk_shim_close();
    return machines_validation_end() || failed;
}
