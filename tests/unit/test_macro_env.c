/* Environments: where a name's definitions come from and in which order, what is shared, what a change of a
 * header does. Definitions are written as "origin:body", origins o(wn) p(roject) i(ncluded) w(orkspace). */
#include "analysis/macro_env.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/support/fake_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct macro_facts *facts_of(const char *text) {
    return macro_facts_scan(text, strlen(text), NULL);
}

static struct macro_index *index_of(const char *text) {
    struct macro_facts *facts = facts_of(text);
    struct macro_index *index = macro_index_create(&facts, 1);
    macro_facts_unref(facts);
    return index;
}

struct world {
    struct fake_files files;
    struct surroundings *surroundings;
    struct project *project;
    struct macro_index *workspace;
};

static struct project *project_of(const char *path, void *payload) {
    (void)path;
    struct world *world = payload;
    return project_ref(world->project);
}

static struct macro_index *workspace_of(const char *path, void *payload) {
    (void)path;
    struct world *world = payload;
    return world->workspace ? macro_index_ref(world->workspace) : NULL;
}

static void begin(struct world *world, const char *defines) {
    static const char *const folders[] = {"/inc"};
    memset(world, 0, sizeof *world);
    struct project_params project_params = {
        .folders = folders, .folder_count = 1, .defines = defines, .defines_length = strlen(defines)};
    world->project = project_create(&project_params);
    struct surroundings_params params = {.reader = fake_files_reader(&world->files),
                                         .project_of = project_of,
                                         .workspace_of = workspace_of,
                                         .payload = world};
    world->surroundings = surroundings_create(&params);
}

static void end(struct world *world) {
    surroundings_destroy(world->surroundings);
    macro_index_unref(world->workspace);
    project_unref(world->project);
    fake_files_finish(&world->files);
}

static void check_names(const struct macro_env *env, const char *name, enum macro_origin limit,
                        const char *expected) {
    struct str found;
    str_init(&found);
    uint32_t length = (uint32_t)strlen(name), name_hash = macro_name_hash(name, length);
    struct macro_env_entry entry;
    for (uint32_t i = 0; (entry = macro_env_find(env, name, length, name_hash, limit, i)).macro; i++)
        str_addf(&found, "%s%c:%.*s", i > 0 ? " " : "", "opiw"[entry.origin], (int)entry.macro->body_length,
                 entry.macro->body);
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
}

static void definitions_come_near_ones_first(void **state) {
    (void)state;
    struct world world;
    begin(&world, "#define N p\n");
    fake_files_set(&world.files, "/inc/a.h", "#include <b.h>\n#ifdef X\n#define N a1\n#endif\n#define M a\n");
    fake_files_set(&world.files, "/inc/b.h", "#ifndef B_H\n#define B_H\n#define N b\n#endif\n");
    world.workspace = index_of("#define N w1\n#define N w2\n#define W w\n");
    struct macro_facts *facts = facts_of(
        "#include <a.h>\n#include <none.h>\n#if 0\n#define N dead\n#endif\n#ifdef _WIN32\n#define N win\n"
        "#else\n#define N own\n#endif\n");
    struct macro_env_params params = {"/src/m.c", facts, world.surroundings, NULL};
    struct macro_env *env = macro_env_create(&params);
    check_names(env, "N", MACRO_OWN, "o:own o:win");
    check_names(env, "M", MACRO_OWN, "");
    assert_false(macro_env_looked_around(env));
    assert_int_equal(atomic_load(&world.files.reads), 0);
    assert_false(macro_env_depends_on(env, "/inc/b.h"));
    check_names(env, "N", MACRO_PROJECT, "o:own o:win p:p");
    check_names(env, "N", MACRO_INCLUDED, "o:own o:win p:p i:b i:a1");
    check_names(env, "N", MACRO_WORKSPACE, "o:own o:win p:p i:b i:a1 w:w1 w:w2");
    check_names(env, "M", MACRO_WORKSPACE, "i:a");
    check_names(env, "W", MACRO_WORKSPACE, "w:w");
    check_names(env, "B_H", MACRO_WORKSPACE, ""); /* guards are nothing to expand */
    check_names(env, "nothing", MACRO_WORKSPACE, "");
    check_names(NULL, "N", MACRO_WORKSPACE, "");
    assert_true(macro_env_looked_around(env));
    assert_true(macro_env_depends_on(env, "/inc/b.h"));
    assert_true(macro_env_depends_on(env, "/nearer/b.h"));
    assert_false(macro_env_depends_on(env, "/inc/c.h"));
    macro_env_unref(env);
    /* Without anything but itself. */
    env = macro_env_create(&(struct macro_env_params){.facts = facts});
    check_names(env, "N", MACRO_WORKSPACE, "o:own o:win");
    assert_null(macro_env_closure(env));
    assert_true(macro_env_id(env) != macro_env_id(NULL));
    macro_env_unref(env);
    macro_facts_unref(facts);
    end(&world);
}

static void many_definitions_are_cut(void **state) {
    (void)state;
    struct str text;
    str_init(&text);
    for (int i = 0; i < 20000; i++)
        str_addf(&text, "#ifdef _WIN32\n#define N u%d\n#endif\n#define N %d\n#define N 0\n", i, i);
    struct macro_index *index = index_of(text.bytes);
    uint32_t count = 0, hash = macro_name_hash("N", 1);
    for (;; count++) {
        uint32_t alternative = count;
        const struct macro *macro = macro_index_find(index, "N", 1, hash, &alternative);
        if (!macro) break;
        assert_int_equal(macro->branch, CONDITION_TRUE);
    }
    assert_int_equal(count, 16);
    uint32_t rest = 20;
    assert_null(macro_index_find(index, "N", 1, hash, &rest));
    assert_int_equal(rest, 4);
    assert_true(macro_index_size_bytes(index) > 0);
    macro_index_unref(index);
    str_finish(&text);
}

static void unchanged_environments_are_shared(void **state) {
    (void)state;
    struct world world;
    begin(&world, "");
    fake_files_set(&world.files, "/inc/a.h", "#define A 1\n");
    struct header_cache *cache = surroundings_headers(world.surroundings);
    struct macro_facts *facts = facts_of("#include <a.h>\n#include <missing/c.h>\n");
    struct macro_env_params params = {"/src/m.c", facts, world.surroundings, NULL};
    struct macro_env *first = macro_env_create(&params);
    params.previous = first;
    struct macro_env *same = macro_env_create(&params);
    assert_ptr_equal(first, same);
    check_names(first, "A", MACRO_INCLUDED, "i:1");
    macro_env_unref(same);
    same = macro_env_create(&params);
    assert_ptr_equal(first, same);

    /* A header that is open in an editor gets another definition. */
    struct macro_facts *edited = facts_of("#define A 2\n");
    assert_true(header_cache_put(cache, "/inc/a.h", edited));
    assert_true(macro_env_depends_on(first, "/inc/a.h"));
    struct macro_env *second = macro_env_create(&params);
    assert_ptr_not_equal(first, second);
    assert_true(macro_env_id(first) != macro_env_id(second));
    check_names(first, "A", MACRO_INCLUDED, "i:1");
    check_names(second, "A", MACRO_INCLUDED, "i:2");

    /* And back: another environment, but equal, so that verdicts kept by its id hold again. */
    struct macro_facts *undone = facts_of("#define A 1\n");
    assert_true(header_cache_put(cache, "/inc/a.h", undone));
    struct macro_env *third = macro_env_create(&params);
    assert_ptr_not_equal(first, third);
    assert_true(macro_env_id(first) == macro_env_id(third));

    /* A file that was missed appears somewhere. */
    assert_true(macro_env_depends_on(first, "/inc/missing/c.h"));
    assert_true(macro_env_depends_on(first, "/elsewhere/missing/c.h"));
    assert_false(macro_env_depends_on(first, "/inc/c.h"));

    /* A workspace was read. */
    world.workspace = index_of("#define W 1\n");
    check_names(third, "W", MACRO_WORKSPACE, "");
    surroundings_changed(world.surroundings);
    params.previous = third;
    struct macro_env *fourth = macro_env_create(&params);
    assert_true(macro_env_id(third) != macro_env_id(fourth));
    check_names(fourth, "W", MACRO_WORKSPACE, "w:1");

    macro_env_unref(first);
    macro_env_unref(same);
    macro_env_unref(second);
    macro_env_unref(third);
    macro_env_unref(fourth);
    macro_facts_unref(facts);
    macro_facts_unref(edited);
    macro_facts_unref(undone);
    end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions_come_near_ones_first),
        cmocka_unit_test(many_definitions_are_cut),
        cmocka_unit_test(unchanged_environments_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
