/* The encoder of a command: which precision, what extra devices are used for, what switches change, what is
 * kept between runs. The extra devices are CPUs with other kernels, and the weights in this program a small
 * network that nobody trained: every measurement and answer is there, and takes no time. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "cli/encoder_setup.h"

#include "analysis/features.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/costs_file.h"
#include "cli/plan_report.h"
#include "compute/shipped_weights.h"
#include "tests/support/faulty_device.h"
#include "tests/support/random_weights.h"

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

#define LONG_NS (100 * NS_PER_S)
#define TOKENS  40

static char folder[64];
static struct str complaints;
static struct faults faults;
static struct str weights;

/* Taken by the linker in place of the trained ones. */
const void *shipped_weights(size_t *ret_size) {
    *ret_size = weights.length;
    return weights.bytes;
}

static void make_weights(void) {
    uint32_t feature_sizes[FEATURE_COUNT];
    for (int i = 0; i < FEATURE_COUNT; i++)
        feature_sizes[i] = feature_size((enum feature)i);
    struct random_weights_params params = {.layers = 1,
                                           .width = 32,
                                           .heads = 2,
                                           .feed_forward = 64,
                                           .reach = 8,
                                           .literals = 20,
                                           .grams = FEATURE_GRAM_ROWS,
                                           .gap_width = 32,
                                           .format = FORMAT_INT8,
                                           .seed = 8,
                                           .feature_sizes = feature_sizes};
    random_weights_make(&params, &weights);
}

static void complain(const char *message, void *payload) {
    (void)payload;
    str_addf(&complaints, "%s\n", message);
}

static int set_up(void **state) {
    (void)state;
    str_init(&complaints);
    faults_init(&faults, kernel_best());
    snprintf(folder, sizeof folder, "/tmp/noodle-setup-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    return setenv("XDG_CACHE_HOME", folder, 1);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int tear_down(void **state) {
    (void)state;
    faults_finish(&faults);
    str_finish(&complaints);
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct preferences defaults(void) {
    struct options options = {0};
    struct preferences preferences;
    struct preferences_params params = {.options = &options, .complain = complain};
    preferences_load(&params, &preferences);
    return preferences;
}

static void start(struct encoder_setup *setup, const struct preferences *preferences, bool with_device) {
    static const struct options options = {0};
    static const struct batcher_device device = {"an extra device", faulty_device_open, &faults};
    struct encoder_setup_params params = {.options = &options,
                                          .preferences = preferences,
                                          .devices = &device,
                                          .device_count = with_device,
                                          .complain = complain};
    encoder_setup_init(setup, &params);
    assert_null(encoder_setup_batcher(setup)); /* nothing is opened before somebody asks */
    assert_int_equal(atomic_load(&faults.runs), 0);
}

static const struct model *open_model(struct encoder_setup *setup) {
    const struct model *model = setup->model_source.get(setup->model_source.payload);
    if (!model) fail_msg("%s", complaints.bytes);
    assert_ptr_equal(model_batcher(model), encoder_setup_batcher(setup));
    assert_true(batcher_wait_warm(encoder_setup_batcher(setup), LONG_NS));
    return model;
}

static double ask_by(struct batcher *batcher, const struct model *model) {
    static const struct device_token tokens[TOKENS];
    struct encoder_window window = {tokens, TOKENS};
    struct encoder_scores scores;
    struct batch_caller *caller;
    assert_int_equal(batch_caller_create(batcher, model_network(model), 1, TOKENS, &caller, NULL), STATUS_OK);
    assert_int_equal(batcher_run(caller, &window, 1, NULL, &scores, NULL), STATUS_OK);
    double fine = (double)scores.fine;
    batch_caller_destroy(caller);
    return fine;
}

static double ask(const struct model *model) {
    return ask_by(model_batcher(model), model);
}

static struct batcher_report report_of(struct encoder_setup *setup) {
    static struct batcher_report report;
    batcher_report(encoder_setup_batcher(setup), &report);
    return report;
}

static void test_quantization(void **state) {
    (void)state;
    double fine[2];
    for (int quantization = 0; quantization < 2; quantization++) {
        struct preferences preferences = defaults();
        struct encoder_setup setup;
        preferences.switches.quantization = quantization;
        start(&setup, &preferences, false);
        const struct model *model = open_model(&setup);
        assert_int_equal(network_precision(model_network(model)),
                         quantization ? PRECISION_INT8 : PRECISION_FP32);
        fine[quantization] = ask(model);
        encoder_setup_finish(&setup);
    }
    assert_true(fabs(fine[0] - fine[1]) < 0.05);
    assert_string_equal(complaints.bytes, "");
}

/* All off: the CPU alone, and the same answers to the bit. */
static void test_everything_off(void **state) {
    (void)state;
    struct preferences preferences = defaults();
    struct encoder_setup setup;
    start(&setup, &preferences, true);
    double on = ask(open_model(&setup));
    encoder_setup_finish(&setup);
    atomic_store(&faults.runs, 0);
    preferences.switches = (struct plan_switches){.quantization = true}; /* which changes the numbers */
    start(&setup, &preferences, true);
    const struct model *model = open_model(&setup);
    double off = ask(model), alone = ask_by(NULL, model);
    assert_int_equal(report_of(&setup).devices[1].windows, 0);
    assert_int_equal(report_of(&setup).devices[0].windows, 1);
    encoder_setup_finish(&setup);
    assert_true(off == alone);
    assert_true(fabs(on - off) < 0.05);
}

static void test_switches_change_while_it_runs(void **state) {
    (void)state;
    struct preferences preferences = defaults();
    struct encoder_setup setup;
    preferences.switches.auto_optimization = false; /* the device gets everything, however fast */
    start(&setup, &preferences, true);
    const struct model *model = open_model(&setup);
    ask(model);
    assert_int_equal(report_of(&setup).devices[1].windows, 1);
    preferences.switches.gpu_acceleration = false;
    encoder_setup_configure(&setup, &preferences);
    ask(model);
    assert_int_equal(report_of(&setup).devices[1].windows, 1);
    assert_int_equal(report_of(&setup).devices[0].windows, 1);
    encoder_setup_finish(&setup);
}

static void test_thresholds(void **state) {
    (void)state;
    struct preferences preferences = defaults();
    struct encoder_setup setup;
    preferences.memory_threshold = 1e-6; /* any machine uses more */
    start(&setup, &preferences, false);
    const struct model *model = open_model(&setup);
    ask(model);
    assert_int_equal(report_of(&setup).pressure.memory_steps, 1);
    encoder_setup_finish(&setup);
    preferences.switches.auto_optimization = false;
    start(&setup, &preferences, false);
    ask(open_model(&setup));
    assert_int_equal(report_of(&setup).pressure.memory_steps, 0); /* nobody looks */
    encoder_setup_finish(&setup);
}

/* The model is made before anybody asks, once; ending waits for it. */
static void test_made_in_the_background(void **state) {
    (void)state;
    struct preferences preferences = defaults();
    struct encoder_setup setup;
    for (int round = 0; round < 2; round++) {
        atomic_store(&faults.runs, 0);
        start(&setup, &preferences, true);
        encoder_setup_warm_up(&setup);
        encoder_setup_warm_up(&setup);
        if (round == 0) ask(open_model(&setup));
        encoder_setup_finish(&setup);
        assert_int_equal(setup.asked, true);
        assert_string_equal(setup.source, "shipped");
    }
    assert_string_equal(complaints.bytes, "");
}

/* A file that was named is opened at once, its model made with the settings that came until then. */
static void test_settings_follow(void **state) {
    (void)state;
    static const struct options options = {.model = "model/weights/encoder.safetensors"};
    struct preferences preferences = defaults();
    struct encoder_setup setup;
    struct encoder_setup_params params = {
        .options = &options, .preferences = &preferences, .incomplete = true, .complain = complain};
    encoder_setup_init(&setup, &params);
    assert_non_null(setup.weights);
    assert_null(encoder_setup_batcher(&setup));
    uint64_t identity = setup.model_source.identity;
    assert_true(identity != 0);
    preferences.switches.quantization = false;
    encoder_setup_configure(&setup, &preferences);
    assert_true(setup.model_source.identity != identity);
    assert_int_equal(network_precision(model_network(open_model(&setup))), PRECISION_FP32);
    encoder_setup_finish(&setup);

    static const struct options missing = {.model = "nowhere.safetensors"};
    params.options = &missing;
    encoder_setup_init(&setup, &params);
    assert_non_null(strstr(complaints.bytes, "nowhere.safetensors: No such file"));
    assert_null(setup.model_source.get(setup.model_source.payload));
    assert_int_equal(setup.model_source.identity, 0);
    encoder_setup_finish(&setup);
    assert_ptr_equal(strchr(complaints.bytes, '\n'), complaints.bytes + complaints.length - 1);
}

/* ---- what is kept ---- */

static char *kept_file(void) {
    struct str path;
    str_init(&path);
    str_addf(&path, "ls %s/noodle/costs-*.txt 2>/dev/null", folder);
    FILE *list = popen(path.bytes, "r");
    assert_non_null(list);
    char line[256] = "";
    char *found = fgets(line, sizeof line, list);
    pclose(list);
    str_finish(&path);
    if (!found) return NULL;
    line[strcspn(line, "\n")] = '\0';
    return mem_strdup(line);
}

static void test_costs_are_kept(void **state) {
    (void)state;
    struct preferences preferences = defaults();
    struct encoder_setup setup;
    start(&setup, &preferences, false); /* nothing to choose, nothing to keep */
    ask(open_model(&setup));
    encoder_setup_finish(&setup);
    assert_null(kept_file());
    start(&setup, &preferences, true);
    setup.model_source.get(setup.model_source.payload);
    assert_true(batcher_wait_warm(encoder_setup_batcher(&setup), LONG_NS));
    assert_true(report_of(&setup).devices[1].one_ns > 0);
    encoder_setup_finish(&setup);
    char *path = kept_file();
    assert_non_null(path);

    /* In the next run they are there before anything was measured. */
    faults_close_gate(&faults);
    atomic_store(&faults.runs, 0);
    start(&setup, &preferences, true);
    setup.model_source.get(setup.model_source.payload);
    assert_true(
        cost_predict_ns(setup.cost, cost_machine(setup.cost, "an extra device"), PRECISION_INT8, 1, 128) > 0);
    faults_open_gate(&faults);
    encoder_setup_finish(&setup);
    assert_string_equal(complaints.bytes, "");

    /* What somebody has spoilt is one line, and is replaced. */
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("noodle-costs 7\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    atomic_store(&faults.runs, 0);
    start(&setup, &preferences, true);
    open_model(&setup);
    encoder_setup_finish(&setup);
    assert_non_null(strstr(complaints.bytes, "the measured costs are cut off or damaged\n"));
    assert_ptr_equal(strchr(complaints.bytes, '\n'), complaints.bytes + complaints.length - 1);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 100 && (info.st_mode & 0777) == 0600);
    mem_free(path);
}

static void test_places_of_the_file(void **state) {
    (void)state;
    struct error error;
    struct cost *cost = cost_create("test");
    setenv("XDG_CACHE_HOME", "/", 1);
    char *path = costs_file_path("test");
    assert_int_equal(strncmp(path, "//noodle/costs-", 15), 0);
    mem_free(path);
    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", folder, 1);
    path = costs_file_path("test");
    assert_non_null(strstr(path, "/.cache/noodle/costs-"));
    assert_int_equal(costs_file_load(path, cost, &error), STATUS_NOT_FOUND);
    assert_int_equal(costs_file_save(path, cost, &error), STATUS_OK);
    assert_int_equal(costs_file_load(path, cost, &error), STATUS_OK);
    assert_int_equal(costs_file_load(folder, cost, &error), STATUS_INVALID); /* a folder */
    assert_non_null(strstr(error.message, "is no plain file"));
    mem_free(path);
    path = mem_strdup("/proc/noodle/costs.txt"); /* where nobody can write */
    assert_int_equal(costs_file_save(path, cost, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "/proc/noodle/costs.txt: cannot write, left as it was"));
    mem_free(path);
    unsetenv("HOME");
    assert_null(costs_file_path("test"));
    cost_destroy(cost);
}

/* ---- reports ---- */

static void test_reports(void **state) {
    (void)state;
    struct preferences preferences = defaults();
    struct encoder_setup setup;
    struct emit emit;
    emit_init(&emit);
    plan_report_emit(NULL, &emit);
    assert_string_equal(emit.out.bytes, "null");
    emit_clear(&emit);
    start(&setup, &preferences, true);
    const struct model *model = open_model(&setup);
    struct str text;
    str_init(&text);
    plan_report_text(encoder_setup_batcher(&setup), model_network(model), &text);
    assert_non_null(strstr(text.bytes, "plan        memory "));
    assert_non_null(strstr(text.bytes, "  an extra device "));
    assert_non_null(strstr(text.bytes, ": ready; 1 window "));
    assert_non_null(strstr(text.bytes, "  a keystroke: 1 window of 128 tokens within 50 ms: "));
    assert_non_null(strstr(text.bytes, "  a folder: 64 windows of 128 tokens: "));
    assert_null(strstr(text.bytes, "not measured"));
    str_finish(&text);
    plan_report_emit(encoder_setup_batcher(&setup), &emit);
    assert_non_null(strstr(emit.out.bytes, "\"gpuAcceleration\":true"));
    assert_non_null(strstr(emit.out.bytes, "\"name\":\"an extra device\",\"state\":\"ready\""));
    assert_non_null(strstr(emit.out.bytes, "\"last\":\"8 windows of 128 tokens"));
    emit_finish(&emit);
    encoder_setup_finish(&setup);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_quantization), TEST(test_everything_off),         TEST(test_switches_change_while_it_runs),
        TEST(test_thresholds),   TEST(test_costs_are_kept),         TEST(test_places_of_the_file),
        TEST(test_reports),      TEST(test_made_in_the_background), TEST(test_settings_follow),
    };
    make_weights();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    str_finish(&weights);
    return failed;
}
