/* Project files: of documents that are open, exactly those results are made anew that a change of a
 * compile_flags.txt or a go.mod is a change for. Others that look at macros are asked for again, and known;
 * those that look at nothing are left alone. */
#include "analysis/session.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/around.h"
#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct document {
    const char *path, *text;
};

#define ASKS_FOR_A_MACRO "int f(void) {\n    return 0 done\n}\n"
#define ASKS_FOR_NOTHING "int f(void) {\n    return 0;\n}\n"
#define ASKS_FOR_A_NAME                                                                                      \
    "package main\n\nimport \"example.com/shop/inner\"\n\nfunc f() int {\n\treturn inner.Sell Item(1)\n}\n"
#define IMPORTS_OTHERS                                                                                       \
    "package main\n\nimport \"example.com/other/inner\"\n\nfunc g() int {\n\treturn inner.Sell Item(2)\n}\n"

static const struct document documents[] = {
    {"one/a.c", ASKS_FOR_A_MACRO},
    {"one/deep/b.c", "/* b */ " ASKS_FOR_A_MACRO},
    {"one/c.c", ASKS_FOR_NOTHING},
    {"two/d.c", "/* d */ " ASKS_FOR_A_MACRO},
    {"shop/main.go", ASKS_FOR_A_NAME},
    {"shop/other.go", IMPORTS_OTHERS},
    {"market/main.go", "// market\n" ASKS_FOR_A_NAME},
    {"one/e.py", "x = 1 2\n"},
};
#define DOCUMENTS (sizeof documents / sizeof *documents)

struct world {
    char home[64];
    struct around *around;
    struct cache *cache;
    struct session *session;
    struct document_store *store;
    struct pipeline *pipeline;
    char known[DOCUMENTS + 1]; /* one letter each: what the last results were */
};

/* URIs are the documents' names below the folder. */
static char *path_of(const char *uri) {
    return mem_strdup(uri);
}

/* n: made anew, k: known; upper case where something is wrong. */
static void take(const struct session_result *result, void *payload) {
    struct world *world = payload;
    if (!result->analysis || !result->analysis->repairs_done) return;
    const char *name = result->snapshot->uri + strlen(world->home) + 1;
    for (size_t i = 0; i < DOCUMENTS; i++)
        if (strcmp(documents[i].path, name) == 0)
            world->known[i] = result->analysis->cached ? (result->analysis->finding_count ? 'K' : 'k')
                                                       : (result->analysis->finding_count ? 'N' : 'n');
}

static void begin(struct world *world) {
    char template[] = "/tmp/noodle-dependents-XXXXXX";
    *world = (struct world){.pipeline = pipeline_create()};
    assert_non_null(mkdtemp(template));
    char *real = realpath(template, NULL);
    snprintf(world->home, sizeof world->home, "%s", real);
    free(real);
    folder_write(world->home, "one/compile_flags.txt", "-Ddone=;\n");
    folder_write(world->home, "two/compile_flags.txt", "-Ddone=;\n");
    folder_write(world->home, "shop/go.mod", "module example.com/shop\n");
    folder_write(world->home, "shop/inner/inner.go",
                 "package inner\n\nfunc SellItem(x int) int { return x }\n");
    folder_write(world->home, "market/go.mod", "module example.com/shop\n");
    folder_write(world->home, "market/inner/inner.go",
                 "package inner\n\nfunc SellItem(x int) int { return x }\n");
    for (size_t i = 0; i < DOCUMENTS; i++)
        folder_write(world->home, documents[i].path, documents[i].text);
    world->around = around_create(&(struct around_params){.complain = NULL});
    struct cache_params cache = {
        .strategy = EVICT_ADAPTIVE, .entries_max = 1000, .memory_bytes_max = 1u << 24};
    world->cache = cache_create(&cache);
    struct session_params params = {.on_result = take,
                                    .payload = world,
                                    .cache = world->cache,
                                    .surroundings = around_surroundings(world->around),
                                    .path_of = path_of,
                                    .repair_budget_ns = 20 * NS_PER_S,
                                    .run_limit_ns = 60 * NS_PER_S};
    world->session = session_create(&params);
    world->store = document_store_create();
}

static void end(struct world *world) {
    char command[128];
    session_destroy(world->session);
    document_store_destroy(world->store);
    cache_destroy(world->cache);
    around_destroy(world->around);
    pipeline_destroy(world->pipeline);
    snprintf(command, sizeof command, "rm -rf '%s'", world->home);
    assert_int_equal(system(command), 0);
}

static void submit(struct world *world, size_t number) {
    struct snapshot *snapshot;
    char *uri = folder_path(world->home, documents[number].path);
    const char *text = documents[number].text;
    assert_int_equal(
        document_open(world->store, uri, language_of_path(uri), 1, text, strlen(text), &snapshot), STATUS_OK);
    session_submit(world->session, snapshot);
    mem_free(uri);
}

static void open_all(struct world *world, const char *expected) {
    memset(world->known, '-', DOCUMENTS);
    for (size_t i = 0; i < DOCUMENTS; i++)
        submit(world, i);
    assert_string_equal(world->known, expected);
}

/* What the server does when its client tells of a file; '-': nobody judged it again. */
static void change(struct world *world, const char *name, const char *text, const char *expected) {
    folder_write(world->home, name, text);
    char *path = folder_path(world->home, name);
    memset(world->known, '-', DOCUMENTS);
    if (around_touch(world->around, path)) {
        bool depends[DOCUMENTS];
        for (size_t i = 0; i < DOCUMENTS; i++) {
            char *uri = folder_path(world->home, documents[i].path);
            depends[i] = session_depends_on(world->session, uri, NULL);
            mem_free(uri);
        }
        for (size_t i = 0; i < DOCUMENTS; i++)
            if (depends[i]) submit(world, i);
    }
    assert_string_equal(world->known, expected);
    mem_free(path);
}

static void flags_concern_those_below_them(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    open_all(&world, "nnnnNNNN");
    change(&world, "one/compile_flags.txt", "-Ddome=;\n", "NN-k----");
    change(&world, "one/compile_flags.txt", "-Ddome=;\n-Wall\n", "KK-k----");
    change(&world, "one/compile_flags.txt", "-Ddone=;\n", "kk-k----");
    change(&world, "two/compile_flags.txt", "-Ddome=;\n", "kk-N----");
    end(&world);
}

static void a_module_concerns_those_that_import_it(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    open_all(&world, "nnnnNNNN");
    change(&world, "shop/go.mod", "module example.com/stall\n", "----NK--");
    change(&world, "shop/go.mod", "module example.com/shop\n\ngo 1.21\n", "----KK--");
    change(&world, "shop/go.mod", "module example.com/other\n", "----KN--");
    change(&world, "market/go.mod", "module example.com/market\n", "------N-");
    end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_concern_those_below_them),
        cmocka_unit_test(a_module_concerns_those_that_import_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
