/* Flags, their files, and databases of them. Flags are written as "q:... I:... s:... a:... f:..." with "/"
 * paths, then the lines of the defines. */
#include "base/mem.h"
#include "cli/compile_database.h"
#include "cli/compile_flags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add_paths(struct str *out, char letter, const struct compile_flags_paths *paths) {
    for (size_t i = 0; i < paths->count; i++)
        str_addf(out, "%c:%s ", letter, paths->items[i]);
}

static void check_flags(const struct compile_flags *flags, const char *expected) {
    struct str found;
    str_init(&found);
    add_paths(&found, 'q', &flags->quote);
    add_paths(&found, 'I', &flags->folders);
    add_paths(&found, 's', &flags->system);
    add_paths(&found, 'a', &flags->after);
    add_paths(&found, 'f', &flags->forced);
    if (flags->no_system) str_adds(&found, "nostdinc ");
    str_adds(&found, flags->defines.bytes);
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
}

static void check_command(const char *command, const char *expected) {
    struct compile_flags_paths words = {0};
    struct compile_flags flags;
    compile_flags_init(&flags);
    compile_flags_split_command(command, &words);
    compile_flags_add(&flags, (const char *const *)words.items, words.count, "/b");
    check_flags(&flags, expected);
    compile_flags_free_words(&words);
    compile_flags_finish(&flags);
}

static void commands_are_understood(void **state) {
    (void)state;
    check_command("", "");
    check_command("cc -O2 -Wall -c x.c", "");
    check_command("-I/a -Ii -I ../j -I.", "I:/a I:/b/i I:/j I:/b ");
    check_command("-iquote q -isystem/s -idirafter a -include c.h -imacros m.h",
                  "q:/b/q s:/s a:/b/a f:/b/c.h f:/b/m.h ");
    check_command("-DA -DB=2 -D C=\"x y\" '-DF(a)=a' -DS=\\\"s\\\"",
                  "#define A 1\n#define B 2\n#define C x y\n#define F(a) a\n#define S \"s\"\n");
    check_command("-DA=1 -DB -UA -DAB", "#define B 1\n#define AB 1\n");
    check_command("-o -Ix -MF -DY -Iz", "I:/b/z ");
    check_command("-include-pch x.pch --include-directory=d -nostdinc", "I:/b/d nostdinc ");
    check_command("-I", "");
    check_command("-D= -D '-DX\nY'", "#define  \n");
    check_command("\"-I/a b\" '-I/c\\d' -I/e\\ f", "I:/a b I:/c\\d I:/e f ");
    check_command("-I'unclosed", "I:/b/unclosed ");
}

static void lines_are_flags(void **state) {
    (void)state;
    static const char text[] = "# c\n-Iinc\n\n  -DX=a b \r\n-I\ny";
    struct compile_flags_paths words = {0};
    struct compile_flags flags;
    compile_flags_init(&flags);
    compile_flags_split_lines(text, sizeof text - 1, &words);
    compile_flags_add(&flags, (const char *const *)words.items, words.count, "/p");
    check_flags(&flags, "I:/p/inc I:/p/y #define X a b\n");
    compile_flags_free_words(&words);
    compile_flags_finish(&flags);
}

static void check_clangd(const char *text, const char *expected) {
    struct compile_flags_paths add = {0}, removed = {0};
    char *database = NULL;
    bool good = compile_flags_read_clangd(text, strlen(text), &add, &removed, &database);
    struct str found;
    str_init(&found);
    add_paths(&found, '+', &add);
    add_paths(&found, '-', &removed);
    if (database) str_addf(&found, "db:%s ", database);
    if (!good) str_adds(&found, "bad");
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
    compile_flags_free_words(&add);
    compile_flags_free_words(&removed);
    mem_free(database);
}

static void clangd_files_are_read(void **state) {
    (void)state;
    check_clangd("", "");
    check_clangd("CompileFlags:\n  Add: [-Ia, \"-DX=1\", '-DY']\n", "+:-Ia +:-DX=1 +:-DY ");
    check_clangd("CompileFlags:\n  Add:\n    - -Ia # c\n    - \"-I b\"\n  Remove: [-W*, -DZ]\n",
                 "+:-Ia +:-I b -:-W* -:-DZ ");
    check_clangd("CompileFlags:\n  Add:\n  - -Ia\nDiagnostics:\n  Suppress:\n    - x\n", "+:-Ia ");
    check_clangd(
        "CompileFlags:                     # c\n  Add: [\n    -Ia,  \n    -Ib\n  ]\n  Compiler: gcc\n",
        "+:-Ia +:-Ib ");
    check_clangd("CompileFlags: {Add: [-Ia, -Ib]}\n", "+:-Ia +:-Ib ");
    check_clangd("Index:\n  Add: [-Ia]\n---\nCompileFlags:\n  CompilationDatabase: out/x\n", "db:out/x ");
    check_clangd("CompileFlags:\n  CompilationDatabase: None\n  Add: -Ia\n", "+:-Ia ");
    check_clangd("CompileFlags:\n  Add: {a: b}\n", "bad");
    check_clangd("CompileFlags:\n  Add: [-Ia", "");
    check_clangd("CompileFlags:\n  Add:\n    -\n    - \n", "");
    check_clangd("\t- x\n: :\n[", "");
}

static void flags_are_removed(void **state) {
    (void)state;
    static const char *const arguments[] = {"-Ia", "-DX=1", "-DXY", "-DF(a)=1", "-isystem", "s"};
    static const char *const removed[] = {"-DX", "-I*", "-W*", "-DF"};
    struct compile_flags flags;
    compile_flags_init(&flags);
    compile_flags_add(&flags, arguments, 6, "/p");
    for (size_t i = 0; i < 4; i++)
        compile_flags_remove(&flags, removed[i]);
    check_flags(&flags, "s:/p/s #define XY 1\n");
    compile_flags_remove(&flags, "-D*");
    check_flags(&flags, "s:/p/s ");
    compile_flags_finish(&flags);
}

static void flags_make_projects(void **state) {
    (void)state;
    static const char *const system[] = {"/usr/include"};
    struct compile_flags_paths words = {0};
    struct compile_flags flags;
    compile_flags_init(&flags);
    compile_flags_split_command("-iquote q -I i -isystem s -idirafter a -include f.h -DX", &words);
    compile_flags_add(&flags, (const char *const *)words.items, words.count, "/p");
    struct project *project = compile_flags_project(&flags, system, 1);
    static const char *const expected[] = {"/p/q", "/p/i", "/p/s", "/usr/include", "/p/a"};
    assert_int_equal(project->folder_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(project->folders[i], expected[i]);
    assert_int_equal(project->angled_from, 1);
    assert_string_equal(project->forced[0], "/p/f.h");
    assert_int_equal(project->defines->macro_count, 1);
    compile_flags_add(&flags, (const char *const[]){"-DY"}, 1, "/p");
    struct project *other = compile_flags_project(&flags, system, 1);
    assert_true(memcmp(&project->hash, &other->hash, sizeof project->hash) != 0);
    assert_true(project->folders_hash == other->folders_hash);
    flags.no_system = true;
    struct project *alone = compile_flags_project(&flags, system, 1);
    assert_int_equal(alone->folder_count, 4);
    project_unref(project);
    project_unref(other);
    project_unref(alone);
    compile_flags_free_words(&words);
    compile_flags_finish(&flags);
}

static void databases_tell_flags_by_file(void **state) {
    (void)state;
    static const char text[] =
        "[\n{\"directory\": \"/p/build\", \"command\": \"cc -I../inc -DA -c ../src/a.c\", \"file\": "
        "\"../src/a.c\"},\n"
        "{\"directory\": \"/p\", \"arguments\": [\"cc\", \"-Ilib\", \"-c\", \"lib/z.c\"], \"file\": "
        "\"/p/lib/z.c\"},\n"
        "{\"directory\": \"sub\", \"arguments\": [\"cc\"], \"file\": \"m.c\", \"output\": \"m.o\"},\n"
        "{\"file\": \"/p/lib/y.c\", \"command\": \"cc -I/p/lib -c y.c\"}]\n";
    struct error error = {0};
    struct compile_database *database =
        compile_database_parse("/p/compile_commands.json", text, sizeof text - 1, &error);
    assert_non_null(database);
    assert_int_equal(error.status, STATUS_OK);
    assert_int_equal(compile_database_count(database), 4);
    size_t set, other;
    check_flags(compile_database_find(database, "/p/src/a.c", &set), "I:/p/inc #define A 1\n");
    check_flags(compile_database_find(database, "/p/src/a.h", &other), "I:/p/inc #define A 1\n");
    assert_int_equal(set, other);
    check_flags(compile_database_find(database, "/p/lib/z.c", &set), "I:/p/lib ");
    compile_database_find(database, "/p/lib/y.c", &other);
    assert_int_equal(set, other); /* the same flags, however they were given */
    check_flags(compile_database_find(database, "/p/lib/deep/er.h", &set), "I:/p/lib ");
    check_flags(compile_database_find(database, "/p/sub/m.c", &set), "");
    check_flags(compile_database_find(database, "/a", &set), "I:/p/lib ");
    check_flags(compile_database_find(database, "/z", &set), "");
    compile_database_destroy(database);
}

static void bad_databases_say_what_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
        size_t count;
    } cases[] = {
        {"", "/c.json: has to be a JSON array", 0},
        {"{}", "/c.json: has to be a JSON array", 0},
        {"[]", "", 0},
        {" [ ] ", "", 0},
        {"[{\"file\": \"/a.c\"}, {\"fi", "/c.json: entry 2 is not valid JSON: the file ends too early", 1},
        {"[{\"file\": \"/a.c\"}, 3]", "/c.json: entry 2 has no \"file\"", 1},
        {"[{\"file\": \"/a.c\"} {\"file\": \"/b.c\"}]", "/c.json: a comma or ] is missing after entry 1", 1},
        {"[{\"file\": \"/a.c\"}", "/c.json: a comma or ] is missing after entry 1", 1},
        {"[{\"directory\": \"/\"}]", "/c.json: entry 1 has no \"file\"", 0},
        {"[nonsense]", "/c.json: entry 1 is not valid JSON: null expected", 0},
        {"[{\"file\": \"/a.c\", \"arguments\": [1, null], \"command\": 3}]", "", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        struct compile_database *database =
            compile_database_parse("/c.json", cases[i].text, strlen(cases[i].text), &error);
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(database ? compile_database_count(database) : 0, cases[i].count);
        compile_database_destroy(database);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_understood),
        cmocka_unit_test(lines_are_flags),
        cmocka_unit_test(clangd_files_are_read),
        cmocka_unit_test(flags_are_removed),
        cmocka_unit_test(flags_make_projects),
        cmocka_unit_test(databases_tell_flags_by_file),
        cmocka_unit_test(bad_databases_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
