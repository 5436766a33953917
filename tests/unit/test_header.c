/* Headers through a reader of files in memory: what is found where, what it costs the second time, what a
 * change does. A closure is written as its paths, then ! and what is missing. */
#include "analysis/header.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/support/fake_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct fake_files files;
    struct header_cache *cache;
    struct project *project;
};

static void begin(struct world *world, const char *const *folders, size_t count, size_t angled_from) {
    memset(world, 0, sizeof *world);
    struct source_reader reader = fake_files_reader(&world->files);
    world->cache = header_cache_create(&reader);
    struct project_params params = {.folders = folders, .folder_count = count, .angled_from = angled_from};
    world->project = project_create(&params);
}

static void end(struct world *world) {
    header_cache_destroy(world->cache);
    project_unref(world->project);
    fake_files_finish(&world->files);
}

static struct header_closure *close_over(struct world *world, const char *path, const char *text) {
    struct macro_facts *facts = macro_facts_scan(text, strlen(text), NULL);
    struct header_closure *closure = header_cache_closure(world->cache, path, facts, world->project);
    macro_facts_unref(facts);
    return closure;
}

static void check(struct world *world, const char *path, const char *text, const char *expected) {
    struct header_closure *closure = close_over(world, path, text);
    struct str found;
    str_init(&found);
    for (size_t i = 0; i < closure->count; i++)
        str_addf(&found, "%s%s", i > 0 ? " " : "", closure->headers[i]->path);
    for (size_t i = 0; i < closure->missing_count; i++)
        str_addf(&found, " !%s", closure->missing[i]);
    assert_string_equal(found.bytes, expected);
    assert_false(closure->limited);
    str_finish(&found);
    header_closure_unref(closure);
}

static void paths_are_normalized(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"/", "/"},         {"/a", "/a"},          {"/a/", "/a"},
        {"//a//b", "/a/b"}, {"/a/./b", "/a/b"},    {"/a/../b", "/b"},
        {"/../a", "/a"},    {"/a/b/../..", "/"},   {"/a/..b", "/a/..b"},
        {"/..", "/"},       {"/a/b/../c", "/a/c"}, {"/a/...", "/a/..."},
        {"", ""},           {"a/./b", "a/b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[32];
        snprintf(path, sizeof path, "%s", cases[i][0]);
        path_normalize(path);
        assert_string_equal(path, cases[i][1]);
    }
}

static void includes_are_found_in_order(void **state) {
    (void)state;
    static const char *const folders[] = {"/quote", "/inc", "/sys"};
    struct world world;
    begin(&world, folders, 3, 1);
    fake_files_set(&world.files, "/src/a.h", "");
    fake_files_set(&world.files, "/quote/a.h", "");
    fake_files_set(&world.files, "/quote/q.h", "");
    fake_files_set(&world.files, "/inc/a.h", "");
    fake_files_set(&world.files, "/inc/s.h", "#include_next <s.h>\n");
    fake_files_set(&world.files, "/sys/s.h", "");
    fake_files_set(&world.files, "/sys/sub/x.h", "#include \"y.h\"\n#include <s.h>\n");
    fake_files_set(&world.files, "/sys/sub/y.h", "#include \"../s.h\"\n");
    check(&world, "/src/m.c", "#include \"a.h\"\n", "/src/a.h");
    check(&world, "/other/m.c", "#include \"a.h\"\n", "/quote/a.h");
    check(&world, "/src/m.c", "#include <a.h>\n", "/inc/a.h");
    check(&world, "/src/m.c", "#include \"q.h\"\n", "/quote/q.h");
    check(&world, "/src/m.c", "#include <q.h>\n", " !q.h");
    check(&world, "/src/m.c", "#include <s.h>\n", "/inc/s.h /sys/s.h");
    check(&world, "/src/m.c", "#include <sub/x.h>\n", "/sys/sub/x.h /sys/sub/y.h /inc/s.h /sys/s.h");
    check(&world, "/src/m.c", "#include \"../src/./a.h\"\n", "/src/a.h");
    check(&world, "/src/m.c", "#include \"/inc/a.h\"\n", "/inc/a.h");
    check(&world, NULL, "#include \"a.h\"\n#include <s.h>\n", "/quote/a.h /inc/s.h /sys/s.h");
    check(&world, "/src/m.c", "#include <z.h>\n#include <b.h>\n#include <z.h>\n", " !b.h !z.h");
    end(&world);
}

static void branches_decide_what_is_followed(void **state) {
    (void)state;
    static const char *const folders[] = {"/sys"};
    struct world world;
    begin(&world, folders, 1, 0);
    fake_files_set(&world.files, "/sys/a.h", "");
    fake_files_set(&world.files, "/sys/b.h", "");
    check(&world, "/m.c", "#if 0\n#include <a.h>\n#include <none.h>\n#else\n#include <b.h>\n#endif\n",
          "/sys/b.h");
    check(&world, "/m.c", "#ifdef _WIN32\n#include <windows.h>\n#include <a.h>\n#endif\n", "/sys/a.h");
    check(&world, "/m.c", "#ifdef X\n#include <a.h>\n#else\n#include <x.h>\n#endif\n", "/sys/a.h !x.h");
    end(&world);
}

static void cycles_end(void **state) {
    (void)state;
    static const char *const folders[] = {"/sys"};
    struct world world;
    begin(&world, folders, 1, 0);
    fake_files_set(&world.files, "/sys/a.h", "#include <b.h>\n#include <a.h>\n");
    fake_files_set(&world.files, "/sys/b.h", "#include <a.h>\n#include \"../m.c\"\n");
    fake_files_set(&world.files, "/m.c", "#include <a.h>\n");
    check(&world, "/m.c", "#include <a.h>\n", "/sys/a.h /sys/b.h /m.c");
    end(&world);
}

static void the_second_time_costs_nothing(void **state) {
    (void)state;
    static const char *const folders[] = {"/none", "/sys"};
    struct world world;
    begin(&world, folders, 2, 0);
    fake_files_set(&world.files, "/sys/a.h", "#include <b.h>\n#include <none.h>\n");
    fake_files_set(&world.files, "/sys/b.h", "#define B 1\n");
    check(&world, "/src/m.c", "#include <a.h>\n", "/sys/a.h /sys/b.h !none.h");
    unsigned stamps = atomic_load(&world.files.stamps), reads = atomic_load(&world.files.reads);
    assert_int_equal(reads, 2);
    check(&world, "/src/m.c", "#include <a.h>\n", "/sys/a.h /sys/b.h !none.h");
    check(&world, "/elsewhere/n.c", "#include <b.h>\n#include <a.h>\n", "/sys/b.h /sys/a.h !none.h");
    assert_int_equal(atomic_load(&world.files.stamps), stamps);
    assert_int_equal(atomic_load(&world.files.reads), reads);
    struct header_cache_counters counters = header_cache_counters(world.cache);
    assert_int_equal(counters.headers, 2);
    assert_true(counters.size_bytes > 0);
    end(&world);
}

static void note_change(const char *path, void *payload) {
    str_addf(payload, "%s ", path);
}

static void changes_are_noticed_when_told(void **state) {
    (void)state;
    static const char *const folders[] = {"/inc", "/sys"};
    struct world world;
    struct str changed;
    str_init(&changed);
    begin(&world, folders, 2, 0);
    fake_files_set(&world.files, "/sys/a.h", "#include <b.h>\n");
    fake_files_set(&world.files, "/sys/b.h", "#define B 1\n");
    struct header_closure *first = close_over(&world, "/m.c", "#include <a.h>\n");
    assert_true(header_closure_names(first, "/sys/b.h"));
    assert_true(header_closure_names(first, "/inc/b.h"));
    assert_false(header_closure_names(first, "/sys/c.h"));
    assert_int_equal(first->revision, header_cache_revision(world.cache));

    /* Nothing changed. */
    assert_int_equal(header_cache_refresh(world.cache, NULL, note_change, &changed), 0);
    assert_false(header_cache_touch(world.cache, "/sys/b.h"));
    assert_false(header_cache_touch(world.cache, "/unknown.h"));
    assert_int_equal(first->revision, header_cache_revision(world.cache));

    /* A change that is no other directive. */
    fake_files_set(&world.files, "/sys/b.h", "\n#define B 1\n");
    struct cancel stop;
    cancel_init(&stop, NULL, 0);
    cancel_request(&stop);
    assert_int_equal(header_cache_refresh(world.cache, &stop, note_change, &changed), 0);
    assert_int_equal(header_cache_refresh(world.cache, NULL, note_change, &changed), 1);
    assert_string_equal(changed.bytes, "/sys/b.h ");
    assert_true(first->revision != header_cache_revision(world.cache));
    struct header_closure *second = close_over(&world, "/m.c", "#include <a.h>\n");
    assert_memory_equal(&first->hash, &second->hash, sizeof first->hash);

    /* One that is. */
    fake_files_set(&world.files, "/sys/b.h", "#define B 2\n");
    assert_true(header_cache_touch(world.cache, "/sys/b.h"));
    struct header_closure *third = close_over(&world, "/m.c", "#include <a.h>\n");
    assert_true(memcmp(&first->hash, &third->hash, sizeof first->hash) != 0);
    assert_memory_equal(first->headers[1]->facts->macros[0].body, "1",
                        1); /* what is in use does not change */
    assert_memory_equal(third->headers[1]->facts->macros[0].body, "2", 1);

    /* Another file comes first on the way, and goes again. */
    fake_files_set(&world.files, "/inc/b.h", "");
    assert_true(header_cache_touch(world.cache, "/inc/b.h"));
    check(&world, "/m.c", "#include <a.h>\n", "/sys/a.h /inc/b.h");
    fake_files_set(&world.files, "/inc/b.h", NULL);
    str_clear(&changed);
    assert_int_equal(header_cache_refresh(world.cache, NULL, note_change, &changed), 1);
    assert_string_equal(changed.bytes, "/inc/b.h ");
    check(&world, "/m.c", "#include <a.h>\n", "/sys/a.h /sys/b.h");
    header_closure_unref(first);
    header_closure_unref(second);
    header_closure_unref(third);
    str_finish(&changed);
    end(&world);
}

static bool put(struct world *world, const char *path, const char *text) {
    struct macro_facts *facts = macro_facts_scan(text, strlen(text), NULL);
    bool changed = header_cache_put(world->cache, path, facts);
    macro_facts_unref(facts);
    return changed;
}

static void open_documents_go_before_files(void **state) {
    (void)state;
    static const char *const folders[] = {"/sys"};
    struct world world;
    begin(&world, folders, 1, 0);
    fake_files_set(&world.files, "/sys/a.h", "#include <b.h>\n");
    fake_files_set(&world.files, "/sys/b.h", "");
    assert_false(put(&world, "/m.c", "#include <a.h>\n")); /* nobody includes it */
    assert_false(put(&world, "/sys/a.h", "#include <b.h>\n"));
    check(&world, "/m.c", "#include <a.h>\n", "/sys/a.h /sys/b.h");
    uint64_t revision = header_cache_revision(world.cache);
    assert_false(put(&world, "/sys/a.h", "\n#include <b.h>\n"));
    assert_int_equal(header_cache_revision(world.cache), revision);
    assert_true(put(&world, "/sys/a.h", "#include <c.h>\n"));
    assert_true(header_cache_revision(world.cache) > revision);
    check(&world, "/m.c", "#include <a.h>\n", "/sys/a.h !c.h");
    assert_int_equal(header_cache_refresh(world.cache, NULL, NULL, NULL), 0);
    /* A new document, not yet on disk, is found where it was missed. */
    assert_true(put(&world, "/sys/c.h", ""));
    check(&world, "/m.c", "#include <a.h>\n", "/sys/a.h /sys/c.h");
    /* Closed without having been saved. */
    assert_true(header_cache_touch(world.cache, "/sys/c.h"));
    assert_true(header_cache_touch(world.cache, "/sys/a.h"));
    check(&world, "/m.c", "#include <a.h>\n", "/sys/a.h /sys/b.h");
    end(&world);
}

/* Something that happens while a file is read: behind its stamp, and behind its contents. */
struct meanwhile {
    struct world *world;
    struct source_reader files;
    const char *path;
    void (*stamped)(struct world *world), (*read)(struct world *world);
};

static bool stamp_meanwhile(const char *path, struct source_stamp *ret_stamp, void *payload) {
    struct meanwhile *meanwhile = payload;
    bool found = meanwhile->files.stamp(path, ret_stamp, meanwhile->files.payload);
    void (*happens)(struct world *) = strcmp(path, meanwhile->path) == 0 ? meanwhile->stamped : NULL;
    meanwhile->stamped = happens ? NULL : meanwhile->stamped;
    if (happens) happens(meanwhile->world);
    return found;
}

static enum status read_meanwhile(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                                  void *payload) {
    struct meanwhile *meanwhile = payload;
    enum status status =
        meanwhile->files.read(path, limit_bytes, ret_bytes, ret_length, meanwhile->files.payload);
    void (*happens)(struct world *) = strcmp(path, meanwhile->path) == 0 ? meanwhile->read : NULL;
    meanwhile->read = happens ? NULL : meanwhile->read;
    if (happens) happens(meanwhile->world);
    return status;
}

static void begin_meanwhile(struct world *world, struct meanwhile *meanwhile) {
    static const char *const folders[] = {"/sys"};
    begin(world, folders, 1, 0);
    header_cache_destroy(world->cache);
    meanwhile->world = world;
    meanwhile->files = fake_files_reader(&world->files);
    struct source_reader reader = {.stamp = stamp_meanwhile, .read = read_meanwhile, .payload = meanwhile};
    world->cache = header_cache_create(&reader);
}

static void open_c(struct world *world) {
    assert_true(put(world, "/sys/c.h", ""));
}

static void documents_opened_meanwhile_are_found(void **state) {
    (void)state;
    struct world world;
    struct meanwhile meanwhile = {.path = "/sys/d.h", .stamped = open_c};
    begin_meanwhile(&world, &meanwhile);
    fake_files_set(&world.files, "/sys/d.h", "");
    struct header_closure *closure = close_over(&world, "/m.c", "#include <c.h>\n#include <d.h>\n");
    assert_null(meanwhile.stamped);
    assert_true(closure->revision < header_cache_revision(world.cache));
    header_closure_unref(closure);
    check(&world, "/m.c", "#include <c.h>\n#include <d.h>\n", "/sys/c.h /sys/d.h");
    end(&world);
}

static void write_d(struct world *world) {
    fake_files_set(&world->files, "/sys/d.h", "#include <e.h>\n");
    assert_true(header_cache_touch(world->cache, "/sys/d.h"));
}

static void files_changed_meanwhile_are_read_again(void **state) {
    (void)state;
    struct world world;
    struct meanwhile meanwhile = {.path = "/sys/d.h", .read = write_d};
    begin_meanwhile(&world, &meanwhile);
    fake_files_set(&world.files, "/sys/d.h", "");
    struct header_closure *closure = close_over(&world, "/m.c", "#include <d.h>\n");
    assert_null(meanwhile.read);
    assert_int_equal(closure->missing_count, 0);
    assert_true(closure->revision < header_cache_revision(world.cache));
    header_closure_unref(closure);
    check(&world, "/m.c", "#include <d.h>\n", "/sys/d.h !e.h");
    end(&world);
}

static void forced_headers_come_first(void **state) {
    (void)state;
    static const char *const forced[] = {"/p/config.h", "/p/none.h"};
    struct world world;
    begin(&world, NULL, 0, 0);
    fake_files_set(&world.files, "/p/config.h", "#include \"more.h\"\n");
    fake_files_set(&world.files, "/p/more.h", "");
    fake_files_set(&world.files, "/p/a.h", "");
    project_unref(world.project);
    struct project_params params = {
        .forced = forced, .forced_count = 2, .defines = "#define X\n", .defines_length = 10};
    world.project = project_create(&params);
    assert_int_equal(world.project->defines->macro_count, 1);
    check(&world, "/p/m.c", "#include \"a.h\"\n", "/p/config.h /p/a.h /p/more.h");
    end(&world);
}

/* A chain of headers that never ends, and one file that includes everything: both are cut. */
static bool any_stamp(const char *path, struct source_stamp *ret_stamp, void *payload) {
    (void)payload;
    *ret_stamp = (struct source_stamp){1, 1, 1};
    return strncmp(path, "/x/", 3) == 0;
}

static enum status endless_read(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                                void *payload) {
    (void)limit_bytes, (void)payload;
    struct str text;
    str_init(&text);
    for (int i = 0; i < 3; i++)
        str_addf(&text, "#include \"%.*s%d\"\n", (int)(strlen(path) - 3 < 40 ? strlen(path) - 3 : 40),
                 path + 3, i);
    *ret_length = text.length;
    *ret_bytes = str_detach(&text);
    return STATUS_OK;
}

static void endless_includes_are_cut(void **state) {
    (void)state;
    struct source_reader reader = {.stamp = any_stamp, .read = endless_read};
    struct header_cache *cache = header_cache_create(&reader);
    struct macro_facts *facts = macro_facts_scan("#include \"a\"\n", 13, NULL);
    struct header_closure *closure = header_cache_closure(cache, "/x/m.c", facts, NULL);
    assert_true(closure->limited);
    assert_int_equal(closure->count, HEADER_CLOSURE_MAX);
    header_cache_destroy(cache); /* closures live on */
    assert_string_equal(closure->headers[0]->path, "/x/a");
    header_closure_unref(closure);
    macro_facts_unref(facts);
}

static void hostile_names_are_missing(void **state) {
    (void)state;
    static const char *const folders[] = {"/sys"};
    struct world world;
    struct str text;
    str_init(&text);
    str_adds(&text, "#include <");
    for (int i = 0; i < 10000; i++)
        str_adds(&text, "../");
    str_adds(&text, "a.h>\n");
    begin(&world, folders, 1, 0);
    struct header_closure *closure = close_over(&world, "/m.c", text.bytes);
    assert_int_equal(closure->count, 0);
    assert_int_equal(closure->missing_count, 1);
    header_closure_unref(closure);
    static const char nul[] = "#include <a\0b.h>\n";
    struct macro_facts *facts = macro_facts_scan(nul, sizeof nul - 1, NULL);
    closure = header_cache_closure(world.cache, "/m.c", facts, world.project);
    assert_int_equal(closure->count, 0);
    header_closure_unref(closure);
    macro_facts_unref(facts);
    str_finish(&text);
    end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_normalized),
        cmocka_unit_test(includes_are_found_in_order),
        cmocka_unit_test(branches_decide_what_is_followed),
        cmocka_unit_test(cycles_end),
        cmocka_unit_test(the_second_time_costs_nothing),
        cmocka_unit_test(changes_are_noticed_when_told),
        cmocka_unit_test(open_documents_go_before_files),
        cmocka_unit_test(documents_opened_meanwhile_are_found),
        cmocka_unit_test(files_changed_meanwhile_are_read_again),
        cmocka_unit_test(forced_headers_come_first),
        cmocka_unit_test(endless_includes_are_cut),
        cmocka_unit_test(hostile_names_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
