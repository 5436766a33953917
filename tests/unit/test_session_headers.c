/* Open documents that include or import each other: who is to be judged again when a header's text changes,
 * and by what. */
#include "analysis/session.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"
#include "tests/support/fake_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct fake_files files;
    struct surroundings *surroundings;
    struct document_store *store;
    struct session *session;
    struct thread_lock *lock; /* guards what follows: results come from workers */
    struct str told;          /* headers, and findings by document */
};

static char *path_of(const char *uri) {
    return str_starts_with(uri, "file://") ? mem_strdup(uri + 7) : NULL;
}

static void take_result(const struct session_result *result, void *payload) {
    struct world *world = payload;
    if (!result->analysis || !result->analysis->repairs_done) return;
    thread_lock_acquire(world->lock);
    str_addf(&world->told, "%s:%zu ", result->snapshot->uri + 7, result->analysis->finding_count);
    thread_lock_release(world->lock);
}

static void take_header(const char *path, void *payload) {
    struct world *world = payload;
    thread_lock_acquire(world->lock);
    str_addf(&world->told, "header %s ", path ? path : "any");
    thread_lock_release(world->lock);
}

static void begin(struct world *world, unsigned thread_count) {
    memset(world, 0, sizeof *world);
    str_init(&world->told);
    world->lock = thread_lock_create();
    struct surroundings_params around = {.reader = fake_files_reader(&world->files)};
    world->surroundings = surroundings_create(&around);
    world->store = document_store_create();
    struct session_params params = {.thread_count = thread_count,
                                    .on_result = take_result,
                                    .surroundings = world->surroundings,
                                    .path_of = path_of,
                                    .on_header = take_header,
                                    .payload = world};
    world->session = session_create(&params);
}

static void end(struct world *world) {
    session_destroy(world->session);
    document_store_destroy(world->store);
    surroundings_destroy(world->surroundings);
    fake_files_finish(&world->files);
    thread_lock_destroy(world->lock);
    str_finish(&world->told);
}

static void submit(struct world *world, const char *uri, const char *text) {
    struct snapshot *snapshot;
    const struct language *language = language_of_path(uri);
    if (!language) language = language_find("c");
    assert_int_equal(document_open(world->store, uri, language, 1, text, strlen(text), &snapshot), STATUS_OK);
    session_submit(world->session, snapshot);
    session_wait_idle(world->session);
}

static void check_told(struct world *world, const char *expected) {
    thread_lock_acquire(world->lock);
    assert_string_equal(world->told.bytes, expected);
    str_clear(&world->told);
    thread_lock_release(world->lock);
}

static const char includer[] = "#include \"a.h\"\nint f(void) {\n    return 0 done\n}\n";
static const char stranger[] = "int f(void) {\n    return 0;\n}\n";

static void follow_a_header(unsigned thread_count) {
    struct world world;
    begin(&world, thread_count);
    fake_files_set(&world.files, "/p/a.h", "#include \"b.h\"\n");
    fake_files_set(&world.files, "/p/b.h", "#define done ;\n");
    submit(&world, "file:///p/m.c", includer);
    submit(&world, "file:///p/s.c", stranger);
    check_told(&world, "/p/m.c:0 /p/s.c:0 ");
    assert_true(session_depends_on(world.session, "file:///p/m.c", "/p/b.h"));
    assert_false(session_depends_on(world.session, "file:///p/m.c", "/p/c.h"));
    assert_false(session_depends_on(world.session, "file:///p/m.c", NULL));
    assert_false(session_depends_on(world.session, "file:///p/s.c", "/p/b.h"));
    assert_false(session_depends_on(world.session, "file:///p/none.c", "/p/b.h"));

    /* Opened as it is on disk: nothing to tell. Then another definition, other code with the same, and the
     * old one. */
    submit(&world, "file:///p/b.h", "#define done ;\n");
    check_told(&world, "/p/b.h:0 ");
    submit(&world, "file:///p/b.h", "#define dome ;\n");
    check_told(&world, "header /p/b.h /p/b.h:0 ");
    assert_true(session_depends_on(world.session, "file:///p/m.c", NULL));
    submit(&world, "file:///p/m.c", includer);
    check_told(&world, "/p/m.c:1 ");
    submit(&world, "file:///p/b.h", "int b;\n#define dome ;\n");
    check_told(&world, "/p/b.h:0 ");
    submit(&world, "file:///p/b.h", "int b;\n#define done ;\n");
    check_told(&world, "header /p/b.h /p/b.h:0 ");
    submit(&world, "file:///p/m.c", includer);
    check_told(&world, "/p/m.c:0 ");

    /* Closed with other macros than its file's. */
    submit(&world, "file:///p/b.h", "");
    check_told(&world, "header /p/b.h /p/b.h:0 ");
    session_close(world.session, "file:///p/b.h");
    session_wait_idle(world.session);
    check_told(&world, "header /p/b.h ");
    submit(&world, "file:///p/m.c", includer);
    check_told(&world, "/p/m.c:0 ");
    end(&world);
}

static void headers_are_followed_inline(void **state) {
    (void)state;
    follow_a_header(0);
}

static void headers_are_followed_on_threads(void **state) {
    (void)state;
    follow_a_header(3);
}

/* A text is undone to one without mistakes, and what it includes is another by now. */
static void an_undo_is_judged_by_what_is_included_now(void **state) {
    (void)state;
    struct world world;
    begin(&world, 0);
    fake_files_set(&world.files, "/p/a.h", "#define done ;\n");
    submit(&world, "file:///p/m.c", includer);
    submit(&world, "file:///p/m.c", "#include \"a.h\"\nint f(void {\n    return 0 done\n}\n");
    submit(&world, "file:///p/m.c", includer);
    submit(&world, "file:///p/m.c", "#include \"a.h\"\nint f(void {\n    return 0 done\n}\n");
    check_told(&world, "/p/m.c:0 /p/m.c:1 /p/m.c:0 /p/m.c:1 ");
    submit(&world, "file:///p/a.h", "#define dome ;\n");
    check_told(&world, "header /p/a.h /p/a.h:0 ");
    submit(&world, "file:///p/m.c", includer);
    submit(&world, "file:///p/m.c", "#include \"a.h\"\nint f(void) {\n    return 0 dome\n}\n");
    check_told(&world, "/p/m.c:1 /p/m.c:0 ");
    end(&world);
}

/* What only its macros make valid is hidden from the parser, to which such an edit changes nothing. */
static void what_is_hidden_may_change(void **state) {
    (void)state;
    struct world world;
    begin(&world, 0);
    submit(&world, "file:///p/m.c", "#define done ;\nint f(void) {\n    return 0 done\n}\n");
    submit(&world, "file:///p/m.c", "#define done ;\nint f(void] {\n    return 0 done\n}\n");
    submit(&world, "file:///p/m.c", "#define done ;\nint f(void) {\n    return 0 done\n}\n");
    submit(&world, "file:///p/m.c", "#define done ;\nint f(void) {\n    return 0 dome\n}\n");
    check_told(&world, "/p/m.c:0 /p/m.c:1 /p/m.c:0 /p/m.c:1 ");
    end(&world);
}

static const char importer[] = "import shop\nx = shop.sell Item(1)\n";

static void follow_an_import(unsigned thread_count) {
    struct world world;
    begin(&world, thread_count);
    fake_files_set(&world.files, "/p/shop.py", "from .deep import *\n");
    fake_files_set(&world.files, "/p/deep.py", "def sellItem(x):\n    pass\n");
    submit(&world, "file:///p/m.py", importer);
    submit(&world, "file:///p/fine.py", "import shop\nx = shop.sellItem(1)\n");
    submit(&world, "file:///q/n.py", importer);
    check_told(&world, "/p/m.py:1 /p/fine.py:0 /q/n.py:1 ");
    /* What is broken depends on what its imports lead to, and on what they would lead to. */
    assert_true(session_depends_on(world.session, "file:///p/m.py", "/p/deep.py"));
    assert_true(session_depends_on(world.session, "file:///q/n.py", "/q/shop.py"));
    assert_false(session_depends_on(world.session, "file:///q/n.py", "/p/deep.py"));
    assert_false(session_depends_on(world.session, "file:///p/fine.py", "/p/deep.py"));
    assert_false(session_depends_on(world.session, "file:///p/m.py", NULL));

    /* Opened as it is on disk, other code with the same names: nothing to tell. */
    submit(&world, "file:///p/deep.py", "def sellItem(x):\n    pass\n");
    submit(&world, "file:///p/deep.py", "# more\ndef sellItem(y):\n    return y\n");
    check_told(&world, "/p/deep.py:0 /p/deep.py:0 ");
    submit(&world, "file:///p/deep.py", "def sellAll(x):\n    pass\n");
    check_told(&world, "/p/deep.py:0 header /p/deep.py "); /* who types does not wait for the others */
    assert_true(session_depends_on(world.session, "file:///p/m.py", NULL));
    assert_false(session_depends_on(world.session, "file:///p/fine.py", NULL));
    assert_false(session_depends_on(world.session, "file:///q/n.py", NULL));
    submit(&world, "file:///p/m.py", importer);
    check_told(&world, "/p/m.py:1 ");
    assert_false(session_depends_on(world.session, "file:///p/m.py", NULL));

    /* Closed, it is its file again. What is mended depends on nothing. */
    session_close(world.session, "file:///p/deep.py");
    session_wait_idle(world.session);
    check_told(&world, "header /p/deep.py ");
    submit(&world, "file:///p/m.py", "import shop\nx = shop.sellItem(1)\n");
    check_told(&world, "/p/m.py:0 ");
    assert_false(session_depends_on(world.session, "file:///p/m.py", "/p/deep.py"));
    end(&world);
}

static void imports_are_followed_inline(void **state) {
    (void)state;
    follow_an_import(0);
}

static void imports_are_followed_on_threads(void **state) {
    (void)state;
    follow_an_import(3);
}

/* Texts without a file have no macros but their own, and are nobody's header. */
static void texts_without_a_file_are_alone(void **state) {
    (void)state;
    struct world world;
    begin(&world, 0);
    fake_files_set(&world.files, "/p/a.h", "#define done ;\n");
    submit(&world, "untitled:1", includer);
    thread_lock_acquire(world.lock);
    assert_non_null(strstr(world.told.bytes, ":1"));
    str_clear(&world.told);
    thread_lock_release(world.lock);
    submit(&world, "untitled:1", "#define done ;\nint f(void) {\n    return 0 done\n}\n");
    assert_non_null(strstr(world.told.bytes, ":0"));
    assert_null(strstr(world.told.bytes, "header"));
    end(&world);
}

#define LIMIT_NS (NS_PER_S / 4)

struct slow_files {
    struct source_reader files;
    bool rested;
};

/* The first look at a file takes all the time that a run has. */
static bool stamp_slowly(const char *path, struct source_stamp *ret_stamp, void *payload) {
    struct slow_files *slow = payload;
    uint64_t until_ns = clock_now_ns() + LIMIT_NS;
    while (!slow->rested && clock_now_ns() < until_ns)
        thread_yield();
    slow->rested = true;
    return slow->files.stamp(path, ret_stamp, slow->files.payload);
}

static enum status read_slowly(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                               void *payload) {
    struct slow_files *slow = payload;
    return slow->files.read(path, limit_bytes, ret_bytes, ret_length, slow->files.payload);
}

static void what_was_not_judged_in_time_is_judged_again(void **state) {
    (void)state;
    struct world world;
    begin(&world, 0);
    session_destroy(world.session);
    surroundings_destroy(world.surroundings);
    fake_files_set(&world.files, "/p/a.h", "#define dome ;\n");
    struct slow_files slow = {.files = fake_files_reader(&world.files)};
    struct surroundings_params around = {
        .reader = {.stamp = stamp_slowly, .read = read_slowly, .payload = &slow}};
    world.surroundings = surroundings_create(&around);
    struct session_params params = {.run_limit_ns = LIMIT_NS,
                                    .on_result = take_result,
                                    .surroundings = world.surroundings,
                                    .path_of = path_of,
                                    .payload = &world};
    world.session = session_create(&params);
    submit(&world, "file:///p/m.c", includer);
    assert_true(slow.rested);
    check_told(&world, "/p/m.c:0 /p/m.c:1 ");
    end(&world);
}

struct restless_files {
    struct source_reader files;
    struct name_cache *names; /* told of a change while a file is looked at, once; or NULL */
};

static bool stamp_restlessly(const char *path, struct source_stamp *ret_stamp, void *payload) {
    struct restless_files *restless = payload;
    struct name_cache *names = restless->names;
    restless->names = NULL;
    if (names) name_cache_touch(names, path);
    return restless->files.stamp(path, ret_stamp, restless->files.payload);
}

static enum status read_restlessly(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                                   void *payload) {
    struct restless_files *restless = payload;
    return restless->files.read(path, limit_bytes, ret_bytes, ret_length, restless->files.payload);
}

/* Whether the result was made now or before. */
static void a_change_during_the_look_is_told(void **state) {
    (void)state;
    struct world world;
    begin(&world, 0);
    session_destroy(world.session);
    surroundings_destroy(world.surroundings);
    fake_files_set(&world.files, "/p/shop.py", "def sellItem(x):\n    pass\n");
    struct restless_files restless = {.files = fake_files_reader(&world.files)};
    struct surroundings_params around = {
        .reader = {.stamp = stamp_restlessly, .read = read_restlessly, .payload = &restless}};
    world.surroundings = surroundings_create(&around);
    struct cache_params room = {.entries_max = 100, .memory_bytes_max = 1 << 20, .strategy = EVICT_LRU};
    struct cache *cache = cache_create(&room);
    struct session_params params = {.on_result = take_result,
                                    .surroundings = world.surroundings,
                                    .cache = cache,
                                    .path_of = path_of,
                                    .on_header = take_header,
                                    .payload = &world};
    world.session = session_create(&params);
    for (uint64_t hits = 0; hits < 2; hits++) {
        restless.names = surroundings_names(world.surroundings);
        submit(&world, "file:///p/m.py", importer);
        assert_int_equal(cache_counters(cache).hits[CACHE_MEMORY], hits);
        /* With the parse made at leisure behind what was made before. */
        check_told(&world, hits ? "/p/m.py:1 header any /p/m.py:1 " : "/p/m.py:1 header any ");
        session_close(world.session, "file:///p/m.py");
        session_wait_idle(world.session);
    }
    end(&world);
    cache_destroy(cache);
}

/* A header changes when the first result is out. */
static void change_behind(const struct session_result *result, void *payload) {
    struct world *world = payload;
    bool first = world->told.length == 0;
    take_result(result, payload);
    if (!first || !world->told.length) return;
    fake_files_set(&world->files, "/p/a.h", "#define dome ;\n");
    assert_true(header_cache_touch(surroundings_headers(world->surroundings), "/p/a.h"));
}

/* What is done at leisure behind a result does not hide that it is outdated. */
static void a_change_behind_the_result_is_told(void **state) {
    (void)state;
    struct world world;
    begin(&world, 0);
    session_destroy(world.session);
    fake_files_set(&world.files, "/p/a.h", "#define done ;\n");
    struct session_params params = {.on_result = change_behind,
                                    .surroundings = world.surroundings,
                                    .path_of = path_of,
                                    .on_header = take_header,
                                    .payload = &world};
    world.session = session_create(&params);
    submit(&world, "file:///p/m.c", includer);
    assert_non_null(strstr(world.told.bytes, "/p/m.c:0 header any "));
    assert_true(session_depends_on(world.session, "file:///p/m.c", NULL));
    str_clear(&world.told);
    str_adds(&world.told, "again: ");
    submit(&world, "file:///p/m.c", includer);
    check_told(&world, "again: /p/m.c:1 ");
    assert_false(session_depends_on(world.session, "file:///p/m.c", NULL));
    end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_followed_inline),
        cmocka_unit_test(headers_are_followed_on_threads),
        cmocka_unit_test(an_undo_is_judged_by_what_is_included_now),
        cmocka_unit_test(what_is_hidden_may_change),
        cmocka_unit_test(imports_are_followed_inline),
        cmocka_unit_test(imports_are_followed_on_threads),
        cmocka_unit_test(a_change_during_the_look_is_told),
        cmocka_unit_test(a_change_behind_the_result_is_told),
        cmocka_unit_test(texts_without_a_file_are_alone),
        cmocka_unit_test(what_was_not_judged_in_time_is_judged_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
