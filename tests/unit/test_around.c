/* Projects, workspaces and headers as they lie on disk, in a temporary folder: which root a file belongs to,
 * which project file counts, what is found without any, and what changes when files do. */
#include "analysis/macro_env.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/around.h"
#include "cli/project_finder.h"
#include "cli/workspace.h"
#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char home[64];
    struct str complaints;
};

static void complain(const char *message, void *payload) {
    struct place *place = payload;
    str_addf(&place->complaints, "%s\n", message);
}

static void begin(struct place *place) {
    char template[] = "/tmp/noodle-around-XXXXXX";
    assert_non_null(mkdtemp(template));
    char *real = realpath(template, NULL);
    snprintf(place->home, sizeof place->home, "%s", real);
    free(real);
    str_init(&place->complaints);
}

static void end(struct place *place) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", place->home);
    assert_int_equal(system(command), 0);
    str_finish(&place->complaints);
}

/* The environment's first definition of the name, with the letter of its origin. */
static void check_name(struct around *around, const struct place *place, const char *file, const char *text,
                       const char *name, const char *expected) {
    char *path = folder_path(place->home, file);
    struct macro_facts *facts = macro_facts_scan(text, strlen(text), NULL);
    struct macro_env_params params = {path, facts, around_surroundings(around), NULL};
    struct macro_env *env = macro_env_create(&params);
    uint32_t length = (uint32_t)strlen(name);
    struct macro_env_entry entry =
        macro_env_find(env, name, length, macro_name_hash(name, length), MACRO_WORKSPACE, 0);
    char found[64] = "none";
    if (entry.macro)
        snprintf(found, sizeof found, "%c:%.*s", "opiw"[entry.origin], (int)entry.macro->body_length,
                 entry.macro->body);
    assert_string_equal(found, expected);
    macro_env_unref(env);
    macro_facts_unref(facts);
    mem_free(path);
}

static void check_root(const struct place *place, const char *file, const char *expected) {
    struct project_finder *finder = project_finder_create(NULL, NULL, NULL);
    char *path = folder_path(place->home, file), *root = project_finder_root(finder, path);
    if (expected) {
        char *wanted = folder_path(place->home, expected);
        assert_non_null(root);
        assert_string_equal(root, wanted);
        mem_free(wanted);
    } else {
        assert_null(root);
    }
    mem_free(path);
    mem_free(root);
    project_finder_destroy(finder);
}

static void roots_are_seen(void **state) {
    (void)state;
    struct place place;
    begin(&place);
    folder_write(place.home, "none/a.c", "");
    folder_write(place.home, "git/.git/HEAD", "");
    folder_write(place.home, "git/src/Makefile", "");
    folder_write(place.home, "git/src/deep/er/est/yet/a.c", "");
    folder_write(place.home, "make/configure", "");
    folder_write(place.home, "make/src/Makefile", "");
    folder_write(place.home, "make/src/lib/a.c", "");
    folder_write(place.home, "make/far/a/w/a/y/from/it/a.c", "");
    check_root(&place, "none/a.c", NULL);
    check_root(&place, "git/src/deep/er/est/yet/a.c", "git");
    check_root(&place, "git/src/a.c", "git");
    check_root(&place, "git/a.c", "git");
    check_root(&place, "make/src/lib/a.c", "make");
    check_root(&place, "make/far/a/w/a/y/from/it/a.c", NULL);
    end(&place);
}

static void project_files_count(void **state) {
    (void)state;
    struct place place;
    begin(&place);
    folder_write(place.home, "db/build/compile_commands.json",
                 "[{\"directory\": \".\", \"command\": \"cc -I../odd -DX=db -c ../src/a.c\", \"file\": "
                 "\"../src/a.c\"}]");
    folder_write(place.home, "db/odd/h.h", "#define H odd\n");
    folder_write(place.home, "txt/compile_flags.txt", "-Iodd\n-DX=txt\n");
    folder_write(place.home, "txt/odd/h.h", "#define H odd\n");
    folder_write(place.home, "txt/near/.clangd",
                 "CompileFlags:\n  Add: [-Imore, -DY=clangd]\n  Remove: [-DX]\n");
    folder_write(place.home, "txt/near/more/m.h", "#define M more\n");
    folder_write(place.home, "plain/include/h.h", "#define H below\n");
    folder_write(place.home, "plain/src/lib/a.c", "");
    folder_write(place.home, "plain/Makefile", "");
    struct around_params params = {.complain = complain, .payload = &place};
    struct around *around = around_create(&params);
    static const char text[] = "#include <h.h>\n#include \"m.h\"\n";
    check_name(around, &place, "db/src/a.c", text, "X", "p:db");
    check_name(around, &place, "db/src/a.c", text, "H", "i:odd");
    check_name(around, &place, "db/src/other.h", text, "H", "i:odd");
    check_name(around, &place, "txt/a.c", text, "X", "p:txt");
    check_name(around, &place, "txt/a.c", text, "H", "i:odd");
    check_name(around, &place, "txt/near/a.c", text, "X", "none");
    check_name(around, &place, "txt/near/a.c", text, "Y", "p:clangd");
    check_name(around, &place, "txt/near/a.c", text, "H", "i:odd");
    check_name(around, &place, "txt/near/a.c", text, "M", "i:more");
    check_name(around, &place, "plain/src/lib/a.c", text, "H", "i:below");
    check_name(around, &place, "plain/src/lib/a.c", "#include <stdio.h>\n#include <stddef.h>\n", "NULL",
               "i:((void *)0)");
    assert_string_equal(place.complaints.bytes, "");

    /* Another database, once we are told. */
    folder_write(place.home, "db/build/compile_commands.json",
                 "[{\"directory\": \"/\", \"command\": \"cc -DX=");
    char *path = folder_path(place.home, "db/build/compile_commands.json");
    check_name(around, &place, "db/src/a.c", text, "X", "p:db");
    assert_true(around_touch(around, path));
    check_name(around, &place, "db/src/a.c", text, "X", "none");
    assert_non_null(strstr(place.complaints.bytes, "compile_commands.json: entry 1 is not valid JSON"));
    size_t told = place.complaints.length;
    check_name(around, &place, "db/src/b.c", text, "X", "none");
    assert_int_equal(place.complaints.length, told); /* once */
    mem_free(path);
    around_destroy(around);
    end(&place);
}

static void workspaces_explain_what_headers_do_not(void **state) {
    (void)state;
    struct place place;
    begin(&place);
    folder_write(place.home, ".git/HEAD", "");
    folder_write(place.home, "src/a.c", "#define LOCAL a\n");
    folder_write(place.home, "lib/deep/x/one.h", "#define ONE 1\n#include \"two.h\"\n");
    folder_write(place.home, "other/x/one.h", "#define ONE other\n");
    folder_write(place.home, "lib/odd/two.h", "#define TWO 2\n");
    folder_write(place.home, "lib/made.h.in", "#define MADE @value@\n");
    struct around_params params = {.complain = complain, .payload = &place};
    struct around *around = around_create(&params);
    /* Found by its name, the nearest of two; what that one includes as well. */
    check_name(around, &place, "lib/b.c", "#include <x/one.h>\n", "ONE", "i:1");
    check_name(around, &place, "lib/b.c", "#include <x/one.h>\n", "TWO", "i:2");
    check_name(around, &place, "other/b.c", "#include <x/one.h>\n", "ONE", "i:other");
    check_name(around, &place, "lib/b.c", "#include <../x/one.h>\n", "ONE", "i:1");
    check_name(around, &place, "lib/b.c", "#include \"made.h\"\n", "MADE", "i:@value@");
    check_name(around, &place, "lib/b.c", "", "LOCAL", "w:a");
    check_name(around, &place, "lib/b.c", "", "NOTHING", "none");
    around_destroy(around);

    char *root = folder_path(place.home, "");
    path_normalize(root);
    struct workspace *workspace = workspace_create(root, NULL, NULL);
    assert_int_equal(workspace_file_count(workspace), 5);
    assert_null(workspace_find(workspace, "ne.h", NULL));
    assert_null(workspace_find(workspace, "one.h/", NULL));
    assert_non_null(workspace_find(workspace, "./one.h", NULL));
    workspace_unref(workspace);
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    workspace = workspace_create(root, &cancel, NULL);
    assert_int_equal(workspace_file_count(workspace), 0);
    workspace_unref(workspace);
    mem_free(root);
    end(&place);
}

static void paths_are_absolute(void **state) {
    (void)state;
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_null(around_path("-"));
    char *path = around_path("x.c");
    assert_true(str_starts_with(path, here));
    assert_true(str_ends_with(path, "/x.c"));
    mem_free(path);
    path = around_path("/none/../x.c");
    assert_string_equal(path, "/x.c");
    mem_free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_seen),
        cmocka_unit_test(project_files_count),
        cmocka_unit_test(workspaces_explain_what_headers_do_not),
        cmocka_unit_test(paths_are_absolute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
