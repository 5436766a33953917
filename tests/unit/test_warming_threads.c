/* lsp/warming.h: files used lately are known before they are opened; whoever types, and a busy machine, go
 * first. */
#include "lsp/warming.h"

#include "base/clock.h"
#include "base/thread.h"
#include "cache/store.h"
#include "tests/support/fake_files.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_COUNT 4

static const char *const names[FILE_COUNT] = {"a.py", "b.json", "c.c", "d.txt"};
static const char *const texts[FILE_COUNT] = {"def f(a, b:\n    return a\n", "[1, 2]\n",
                                              "int f(void) { return 1; }\n", "no language of ours\n"};

struct client_side {
    char root[64];
    size_t shown; /* how many of the files the walk visits, from the first */
    struct cache_params cache_params;
    struct server_params params;
    struct surroundings *surroundings; /* or NULL */
    struct core *core;
    struct str sent;
    struct thread_lock *lock;
    struct thread_cond *changed;
    unsigned asked;  /* how often whether the machine is busy */
    bool may_answer; /* gated: none before this */
    bool always_busy, is_gated;
    struct str seen[3]; /* the state at the first questions */
};

static void take_message(const char *bytes, size_t length, void *payload) {
    struct client_side *client = payload;
    str_add(&client->sent, bytes, length);
}

static bool tell_congestion(void *payload) {
    (void)payload;
    return false;
}

static void ignore_wake(void *payload) {
    (void)payload;
}

static void ignore_process(long process, void *payload) {
    (void)process, (void)payload;
}

static enum status walk(const char *folder, const struct cancel *cancel, server_visit *visit,
                        void *visit_payload, void *payload) {
    (void)cancel;
    struct client_side *client = payload;
    char path[128];
    for (size_t i = 0; i < client->shown; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (!visit(path, visit_payload)) break;
    }
    return STATUS_OK;
}

/* The machine is busy when asked for the second time. */
static bool is_busy(void *payload) {
    struct client_side *client = payload;
    thread_lock_acquire(client->lock);
    unsigned turn = client->asked++;
    thread_cond_broadcast(client->changed);
    while (client->is_gated && !client->may_answer)
        thread_cond_wait(client->changed, client->lock);
    bool busy = client->always_busy || turn == 1;
    thread_lock_release(client->lock);
    if (turn < 3 && client->is_gated) {
        struct emit emit;
        emit_init(&emit);
        warming_emit(client->core, &emit);
        str_adds(&client->seen[turn], emit.out.bytes);
        emit_finish(&emit);
    }
    return busy;
}

static void receive(struct client_side *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void receive(struct client_side *client, const char *format, ...) {
    char body[4096];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(body, sizeof body, format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, sizeof body - 1);
    core_receive(client->core, body, (size_t)length);
}

static void write_file(struct client_side *client, const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", client->root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make_files(struct client_side *client) {
    char path[128];
    strcpy(client->root, "/tmp/noodle-warming-XXXXXX");
    assert_non_null(mkdtemp(client->root));
    for (size_t i = 0; i < FILE_COUNT; i++) {
        write_file(client, names[i], texts[i]);
        snprintf(path, sizeof path, "%s/%s", client->root, names[i]);
        struct timespec times[2] = {{.tv_sec = 1000 + (time_t)i}, {.tv_sec = 1000 + (time_t)i}};
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0); /* the last is the newest */
    }
}

static void remove_files(struct client_side *client) {
    char command[160];
    snprintf(command, sizeof command, "rm -r '%s'", client->root);
    assert_int_equal(system(command), 0);
}

static void start(struct client_side *client, unsigned thread_count, const char *options) {
    client->params = (struct server_params){
        .version = "test", .walk = walk, .surroundings = client->surroundings, .payload = client};
    settings_init(&client->params.settings);
    client->params.settings.thread_count = thread_count;
    client->params.cache = client->cache_params.entries_max ? cache_create(&client->cache_params) : NULL;
    client->params.is_busy = is_busy;
    client->asked = 0;
    client->may_answer = false;
    str_init(&client->sent);
    client->lock = thread_lock_create();
    client->changed = thread_cond_create();
    for (size_t i = 0; i < 3; i++)
        str_init(&client->seen[i]);
    struct core_io io = {take_message, tell_congestion, ignore_wake, ignore_process, client};
    client->core = core_create(&client->params, &io);
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"capabilities\":{},"
            "\"rootUri\":\"file://%s/\",\"initializationOptions\":%s}}",
            client->root, options);
    receive(client, "{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");
}

static void stop(struct client_side *client) {
    core_destroy(client->core);
    cache_destroy(client->params.cache);
    str_finish(&client->sent);
    thread_cond_destroy(client->changed);
    thread_lock_destroy(client->lock);
    for (size_t i = 0; i < 3; i++)
        str_finish(&client->seen[i]);
}

static void check_status(struct client_side *client, const char *expected) {
    str_clear(&client->sent);
    receive(client, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"noodle/status\"}");
    if (!strstr(client->sent.bytes, expected)) fail_msg("no %s in %s", expected, client->sent.bytes);
}

static void open_named(struct client_side *client, const char *name, const char *text) {
    struct emit quoted;
    emit_init(&quoted);
    emit_text(&quoted, text);
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":"
            "\"file://%s/%s\",\"languageId\":\"\",\"version\":1,\"text\":%s}}}",
            client->root, name, quoted.out.bytes);
    emit_finish(&quoted);
}

static void open_file(struct client_side *client, size_t index) {
    open_named(client, names[index], texts[index]);
}

static struct cache_params memory_alone(size_t entries_max) {
    return (struct cache_params){
        .strategy = EVICT_LRU, .entries_max = entries_max, .memory_bytes_max = 1 << 20};
}

static void test_files_are_known_when_opened(void **state) {
    (void)state;
    struct client_side client = {.shown = FILE_COUNT, .cache_params = memory_alone(1000)};
    make_files(&client);
    start(&client, 0, "{}");
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":3,\"passedOver\":1}");
    for (size_t i = 0; i < 3; i++)
        open_file(&client, i);
    check_status(&client, "\"findings\":1,\"cached\":true");
    assert_null(strstr(client.sent.bytes, "\"cached\":false"));
    stop(&client);
    remove_files(&client);
}

/* A cache for eight entries has room for two files: those that were changed last. */
static void test_small_cache(void **state) {
    (void)state;
    struct client_side client = {.shown = 3, .cache_params = memory_alone(8)};
    make_files(&client);
    start(&client, 0, "{}");
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":2,\"passedOver\":0}");
    open_file(&client, 1);
    check_status(&client, "\"cached\":true");
    open_file(&client, 0);
    check_status(&client, "\"cached\":false");
    stop(&client);
    remove_files(&client);
}

/* What the cache saw used goes before what was changed last. */
static void test_used_before_changed(void **state) {
    (void)state;
    struct client_side client = {.shown = 1, .cache_params = memory_alone(4)};
    char folder[96];
    make_files(&client);
    snprintf(folder, sizeof folder, "%s/cache", client.root);
    client.cache_params.folder = folder;
    client.cache_params.disk_bytes_max = 1 << 20;
    client.cache_params.wait_ns = 20 * NS_PER_S;
    start(&client, 0, "{}");
    check_status(&client, "\"known\":0,\"made\":1");
    stop(&client);
    client.shown = 3;
    start(&client, 0, "{}");
    check_status(&client, "\"known\":1,\"made\":0,\"passedOver\":0}");
    stop(&client);
    /* One of equal text, and none that was changed: what was found for it is a use of it. */
    client.shown = 0;
    client.cache_params.entries_max = 8;
    start(&client, 0, "{}");
    write_file(&client, "e.py", texts[0]);
    open_named(&client, "e.py", texts[0]);
    check_status(&client, "\"cached\":true");
    stop(&client);
    start(&client, 0, "{}");
    check_status(&client, "\"known\":2,\"made\":0,\"passedOver\":0}");
    stop(&client);
    remove_files(&client);
}

static void test_switched_off(void **state) {
    (void)state;
    struct client_side client = {.shown = 3, .cache_params = memory_alone(1000)};
    make_files(&client);
    start(&client, 0, "{\"cacheWarming\":false}");
    check_status(&client, "\"warming\":null");
    assert_int_equal(cache_counters(client.params.cache).puts, 0);
    receive(&client,
            "{\"jsonrpc\":\"2.0\",\"method\":\"workspace/didChangeConfiguration\",\"params\":{\"settings\":"
            "{\"noodle\":{\"cacheWarming\":true}}}}");
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":3,\"passedOver\":0}");
    /* Other repairs are other results: what is made anew is warmed anew. */
    receive(&client,
            "{\"jsonrpc\":\"2.0\",\"method\":\"workspace/didChangeConfiguration\",\"params\":{\"settings\":"
            "{\"noodle\":{\"cacheWarming\":true,\"maxRepairs\":1}}}}");
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":2,\"made\":1,\"passedOver\":0}");
    stop(&client);

    client.cache_params.entries_max = 0; /* no cache */
    start(&client, 0, "{}");
    check_status(&client, "\"warming\":null");
    stop(&client);
    remove_files(&client);
}

/* Its turn is come, and the user opens a document: nothing is made before that is a while ago; nor while the
 * machine is busy. */
static void test_gives_way(void **state) {
    (void)state;
    struct client_side client = {.shown = 3, .cache_params = memory_alone(1000), .is_gated = true};
    make_files(&client);
    start(&client, 1, "{}");
    thread_lock_acquire(client.lock);
    while (!client.asked)
        thread_cond_wait(client.changed, client.lock);
    thread_lock_release(client.lock);
    open_file(&client, 1);
    thread_lock_acquire(client.lock);
    client.may_answer = true;
    thread_cond_broadcast(client.changed);
    thread_lock_release(client.lock);
    warming_wait(client.core);
    assert_string_equal(client.seen[0].bytes,
                        "{\"state\":\"choosing\",\"known\":0,\"made\":0,\"passedOver\":0}");
    assert_string_equal(client.seen[1].bytes,
                        "{\"state\":\"waiting\",\"known\":0,\"made\":0,\"passedOver\":0}");
    assert_string_equal(client.seen[2].bytes,
                        "{\"state\":\"waiting\",\"known\":0,\"made\":0,\"passedOver\":0}");
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":1,\"made\":2,\"passedOver\":0}");
    stop(&client);
    remove_files(&client);
}

static void test_ends_while_it_waits(void **state) {
    (void)state;
    struct client_side client = {.shown = 3, .cache_params = memory_alone(1000), .always_busy = true};
    make_files(&client);
    start(&client, 1, "{}");
    thread_lock_acquire(client.lock);
    while (!client.asked)
        thread_cond_wait(client.changed, client.lock);
    thread_lock_release(client.lock);
    receive(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}");
    assert_true(client.core->warming != NULL); /* nobody waits for the thread before the end */
    assert_int_equal(cache_counters(client.params.cache).puts, 0);
    stop(&client);
    remove_files(&client);
}

/* ---- what open documents include or import ---- */

static const char main_text[] = "#include \"e.h\"\n#include \"/elsewhere/s.h\"\nint f(void) { return E; }\n";
static const char *const header_names[] = {"e.h", "f.h"};
static const char *const header_texts[] = {"#include \"f.h\"\n#define E F\n", "#define F 1\nint g(void);\n"};

static void make_headers(struct client_side *client, struct fake_files *fake) {
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        write_file(client, header_names[i], header_texts[i]);
        snprintf(path, sizeof path, "%s/%s", client->root, header_names[i]);
        fake_files_set(fake, path, header_texts[i]);
    }
    fake_files_set(fake, "/elsewhere/s.h", "#define S 1\n");
    struct surroundings_params around = {.reader = fake_files_reader(fake)};
    client->surroundings = surroundings_create(&around);
}

/* Headers of the workspace, also those that headers include; not those of the system. */
static void check_includes(unsigned thread_count) {
    struct client_side client = {.cache_params = memory_alone(1000)};
    struct fake_files fake = {.clock = 0};
    make_files(&client);
    make_headers(&client, &fake);
    start(&client, thread_count, "{}");
    warming_wait(client.core);
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":0,\"passedOver\":0}");
    open_named(&client, "m.c", main_text);
    warming_wait(client.core);
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":2,\"passedOver\":0}");
    open_named(&client, "n.c", main_text); /* what it includes was seen to */
    warming_wait(client.core);
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":2,\"passedOver\":0}");
    stop(&client);
    surroundings_destroy(client.surroundings);
    fake_files_finish(&fake);
    remove_files(&client);
}

static void test_what_is_included(void **state) {
    (void)state;
    check_includes(0);
}

static void test_what_is_included_by_a_thread(void **state) {
    (void)state;
    check_includes(1);
}

static const char importer[] = "import e\nfrom p import f, away\nfrom .. import up\nimport sys\n";
static const char *const import_paths[] = {"e.py", "p/__init__.py", "p/f.py", "q.py"};
static const char *const import_texts[] = {"from q import *\n", "", "def f():\n    return 1\n", "Q = 1\n"};

static void make_imports(struct client_side *client, struct fake_files *fake) {
    char path[128];
    snprintf(path, sizeof path, "%s/p", client->root);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < 4; i++) {
        write_file(client, import_paths[i], import_texts[i]);
        snprintf(path, sizeof path, "%s/%s", client->root, import_paths[i]);
        fake_files_set(fake, path, import_texts[i]);
    }
    fake_files_set(fake, "/tmp/up.py", "U = 1\n");
    struct surroundings_params around = {.reader = fake_files_reader(fake)};
    client->surroundings = surroundings_create(&around);
}

/* Files of the workspace, also one whose names an imported file passes on; not one above it. */
static void check_imports(unsigned thread_count) {
    struct client_side client = {.cache_params = memory_alone(1000)};
    struct fake_files fake = {.clock = 0};
    make_files(&client);
    make_imports(&client, &fake);
    start(&client, thread_count, "{}");
    warming_wait(client.core);
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":0,\"passedOver\":0}");
    open_named(&client, "m.py", importer);
    warming_wait(client.core);
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":4,\"passedOver\":0}");
    open_named(&client, "n.py", importer); /* what it imports was seen to */
    open_named(&client, "b.json", texts[1]);
    warming_wait(client.core);
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":4,\"passedOver\":0}");
    stop(&client);
    surroundings_destroy(client.surroundings);
    fake_files_finish(&fake);
    remove_files(&client);
}

static void test_what_is_imported(void **state) {
    (void)state;
    check_imports(0);
}

static void test_what_is_imported_by_a_thread(void **state) {
    (void)state;
    check_imports(1);
}

/* There is room for two: what an open document includes goes before what was changed last. */
static void test_included_before_changed(void **state) {
    (void)state;
    struct client_side client = {.shown = 2, .cache_params = memory_alone(8)};
    struct fake_files fake = {.clock = 0};
    make_files(&client);
    make_headers(&client, &fake);
    start(&client, 0, "{\"cacheWarming\":false}");
    open_named(&client, "m.c", main_text);
    receive(&client,
            "{\"jsonrpc\":\"2.0\",\"method\":\"workspace/didChangeConfiguration\",\"params\":{\"settings\":"
            "{\"noodle\":{\"cacheWarming\":true}}}}");
    check_status(&client, "\"warming\":{\"state\":\"done\",\"known\":0,\"made\":2,\"passedOver\":0}");
    open_named(&client, "f.h", header_texts[1]);
    check_status(&client, "\"cached\":true");
    open_file(&client, 0);
    check_status(&client, "\"findings\":1,\"cached\":false");
    stop(&client);
    surroundings_destroy(client.surroundings);
    fake_files_finish(&fake);
    remove_files(&client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_included),
        cmocka_unit_test(test_what_is_included_by_a_thread),
        cmocka_unit_test(test_what_is_imported),
        cmocka_unit_test(test_what_is_imported_by_a_thread),
        cmocka_unit_test(test_included_before_changed),
        cmocka_unit_test(test_files_are_known_when_opened),
        cmocka_unit_test(test_small_cache),
        cmocka_unit_test(test_used_before_changed),
        cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_gives_way),
        cmocka_unit_test(test_ends_while_it_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
