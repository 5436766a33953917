/* One cache, many threads: closures, edits of an open header, refreshes and the first look-up of a shared
 * environment at the same time. Under ThreadSanitizer this is the test of the locks; everywhere, that nobody
 * gets half an answer. */
#include "analysis/macro_env.h"
#include "base/pool.h"
#include "base/str.h"
#include "tests/support/fake_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define THREADS 4
#define ROUNDS  60
#define HEADERS 40

struct shared {
    struct fake_files files;
    struct surroundings *surroundings;
    struct header_cache *cache; /* of the surroundings */
    struct project *project;
    struct macro_env *env;
    atomic_uint wrong;
};

static void expect(struct shared *shared, bool right) {
    if (!right) atomic_fetch_add(&shared->wrong, 1);
}

static struct project *project_of(const char *path, void *payload) {
    (void)path;
    return project_ref(((struct shared *)payload)->project);
}

static void look_up(struct shared *shared, const struct macro_env *env) {
    char name[16];
    for (uint32_t i = 0; i < HEADERS; i += 7) {
        uint32_t length = (uint32_t)snprintf(name, sizeof name, "M%u", i);
        struct macro_env_entry entry =
            macro_env_find(env, name, length, macro_name_hash(name, length), MACRO_INCLUDED, 0);
        expect(shared, entry.macro && entry.macro->name_length == length);
    }
}

static void read_closures(void *payload) {
    struct shared *shared = payload;
    struct macro_env *previous = NULL;
    look_up(shared, shared->env);
    for (int round = 0; round < ROUNDS; round++) {
        char text[32], path[32];
        snprintf(text, sizeof text, "#include <%d.h>\n", round % 2);
        snprintf(path, sizeof path, "/src/%d/m.c", round % 5);
        struct macro_facts *facts = macro_facts_scan(text, strlen(text), NULL);
        struct macro_env_params params = {path, facts, shared->surroundings, previous};
        struct macro_env *env = macro_env_create(&params);
        expect(shared, macro_env_closure(env)->count >= HEADERS);
        look_up(shared, env);
        macro_env_unref(previous);
        previous = env;
        macro_facts_unref(facts);
    }
    macro_env_unref(previous);
}

static void edit_header(void *payload) {
    struct shared *shared = payload;
    for (int round = 0; round < ROUNDS; round++) {
        char text[64];
        snprintf(text, sizeof text, "#define M7 %d\n#include <8.h>\n", round % 3);
        struct macro_facts *facts = macro_facts_scan(text, strlen(text), NULL);
        header_cache_put(shared->cache, "/sys/7.h", facts);
        macro_facts_unref(facts);
        if (round % 10 == 9) header_cache_touch(shared->cache, "/sys/7.h");
        if (round % 15 == 9) surroundings_changed(shared->surroundings);
        if (round % 20 == 9) header_cache_refresh(shared->cache, NULL, NULL, NULL);
        header_cache_counters(shared->cache);
    }
}

static void one_cache_serves_all(void **state) {
    (void)state;
    static const char *const folders[] = {"/none", "/sys"};
    struct shared shared = {0};
    for (int i = 0; i < HEADERS; i++) {
        char path[32], text[128];
        snprintf(path, sizeof path, "/sys/%d.h", i);
        snprintf(text, sizeof text, "#define M%d %d\n#include <%d.h>\n#include \"%d.h\"\n", i, i,
                 (i + 1) % HEADERS, (i + 2) % HEADERS);
        fake_files_set(&shared.files, path, text);
    }
    struct surroundings_params around = {
        .reader = fake_files_reader(&shared.files), .project_of = project_of, .payload = &shared};
    shared.surroundings = surroundings_create(&around);
    shared.cache = surroundings_headers(shared.surroundings);
    shared.project = project_create(&(struct project_params){.folders = folders, .folder_count = 2});
    struct macro_facts *facts = macro_facts_scan("#include <0.h>\n", 15, NULL);
    struct macro_env_params params = {"/src/m.c", facts, shared.surroundings, NULL};
    shared.env = macro_env_create(&params);
    struct pool *pool = pool_create(THREADS);
    for (int i = 0; i < THREADS - 1; i++)
        pool_submit(pool, read_closures, &shared);
    pool_submit(pool, edit_header, &shared);
    pool_destroy(pool);
    assert_int_equal(atomic_load(&shared.wrong), 0);
    macro_env_unref(shared.env);
    macro_facts_unref(facts);
    surroundings_destroy(shared.surroundings);
    project_unref(shared.project);
    fake_files_finish(&shared.files);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_cache_serves_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
