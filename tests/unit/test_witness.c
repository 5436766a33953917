/* A witness: what was seen holds until something is another, and only then; what cannot be told makes it
 * doubt. */
#define _GNU_SOURCE
#include "cli/witness.h"
#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct desk {
    char home[64];
    char *root; /* home/project */
    struct witness *witness;
    struct stamp_table kept; /* the sights of an earlier run */
};

static char *at(const struct desk *desk, const char *name) {
    return folder_path(desk->root, name);
}

static void shell(const struct desk *desk, const char *command) {
    char line[512];
    snprintf(line, sizeof line, "cd %s && %s", desk->root, command);
    assert_int_equal(system(line), 0);
}

static void begin(struct desk *desk) {
    memset(desk, 0, sizeof *desk);
    strcpy(desk->home, "/tmp/noodle-witness-XXXXXX");
    assert_non_null(mkdtemp(desk->home));
    desk->root = folder_path(desk->home, "project");
    folder_write(desk->home, "project/include/a.h", "#define A\n");
    folder_write(desk->home, "project/include/sub/b.h", "#define B\n");
    folder_write(desk->home, "project/main.c", "int x;\n");
    desk->witness = witness_create(desk->root);
    stamp_table_init(&desk->kept, 0);
}

static void end(struct desk *desk) {
    witness_destroy(desk->witness);
    stamp_table_finish(&desk->kept);
    mem_free(desk->root);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", desk->home);
    assert_int_equal(system(command), 0);
}

static void see(struct desk *desk, const char *name) {
    char *path = at(desk, name);
    witness_see(desk->witness, path);
    mem_free(path);
}

static void see_name(struct desk *desk, const char *name) {
    char *path = at(desk, name);
    witness_see_name(desk->witness, path);
    mem_free(path);
}

/* The sights as another run finds them, which began long after: those just made have doubts. */
static bool holds(struct desk *desk) {
    return witness_holds(desk->kept.sights.items, desk->kept.sights.count);
}

/* As the run saw it, but for the doubt that all of it is new. */
static void add_sight(struct desk *desk, const char *name, uint32_t kind) {
    char *path = at(desk, name);
    struct stat info = {0};
    struct stamp_sight sight = {.path = path, .kind = kind};
    if (kind == STAMP_SEEN_FILE || kind == STAMP_SEEN_LIST) {
        assert_int_equal(stat(path, &info), 0);
        sight.stamp = file_stamp_of(&info);
    }
    stamp_table_add_sight(&desk->kept, &sight);
    mem_free(path);
}

static void what_is_new_makes_doubts(void **unused) {
    (void)unused;
    struct desk desk;
    const struct stamp_sight *sights;
    size_t count;
    begin(&desk);
    assert_true(witness_sights(desk.witness, &sights, &count));
    assert_int_equal(count, 0);
    see(&desk, "include/a.h");
    assert_false(witness_sights(desk.witness, &sights, &count));
    end(&desk);
}

/* Of what is older than any test the sights are kept, each once. */
static void what_is_old_is_seen_once(void **unused) {
    (void)unused;
    struct desk desk;
    const struct stamp_sight *sights;
    size_t count;
    begin(&desk);
    for (int i = 0; i < 3; i++) {
        witness_see(desk.witness, "/etc/passwd");
        witness_see(desk.witness, "/usr/include");
        witness_see(desk.witness, "/usr/include/no/such/header.h");
        witness_see(desk.witness, "/usr/include/nor.this");
        witness_see_name(desk.witness, "/usr/lib");
        witness_see_name(desk.witness, "/noodle-nothing"); /* above the root: a sight of its own */
        witness_see_pattern(desk.witness, "/usr/incl*");
    }
    assert_true(witness_sights(desk.witness, &sights, &count));
    static const struct {
        const char *path;
        uint32_t kind;
    } expected[] = {{"/etc/passwd", STAMP_SEEN_FILE},
                    {"/usr/include", STAMP_SEEN_LIST},
                    {"/usr/lib", STAMP_SEEN_FOLDER},
                    {"/noodle-nothing", STAMP_SEEN_NOTHING},
                    {"/usr", STAMP_SEEN_LIST}};
    assert_int_equal(count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(sights[i].path, expected[i].path);
        assert_int_equal(sights[i].kind, expected[i].kind);
    }
    assert_true(witness_holds(sights, count));
    struct witness *next = witness_create(desk.root);
    witness_adopt(next, sights, count);
    witness_see(next, "/etc/passwd");
    assert_true(witness_sights(next, &sights, &count));
    assert_int_equal(count, sizeof expected / sizeof *expected);
    witness_doubt(next);
    assert_false(witness_sights(next, &sights, &count));
    witness_destroy(next);
    end(&desk);
}

/* Until what is written has a time of its own. */
static void wait_for_tick(const struct desk *desk) {
    char *path = folder_path(desk->home, "tick");
    struct stat first, now;
    folder_write(desk->home, "tick", "");
    assert_int_equal(stat(path, &first), 0);
    do {
        folder_write(desk->home, "tick", "");
        assert_int_equal(stat(path, &now), 0);
    } while (file_stamp_of(&now).changed_ns == file_stamp_of(&first).changed_ns);
    mem_free(path);
}

static void each_change_is_another_sight(void **unused) {
    (void)unused;
    static const struct {
        const char *name;
        uint32_t kind;
        const char *harmless, *change;
    } cases[] = {
        {"include/a.h", STAMP_SEEN_FILE, "touch include/c.h", "echo '#define C' >>include/a.h"},
        {"include/a.h", STAMP_SEEN_FILE, "touch main.c", "cp -p include/a.h x && mv x include/a.h"},
        {"include/a.h", STAMP_SEEN_FILE, "true", "rm include/a.h"},
        {"include/a.h", STAMP_SEEN_FILE, "true", "rm include/a.h && mkdir include/a.h"},
        {"include", STAMP_SEEN_LIST, "echo >>include/a.h", "touch include/new.h"},
        {"include", STAMP_SEEN_LIST, "touch include/sub/new.h", "mv include/a.h include/c.h"},
        {"include", STAMP_SEEN_LIST, "true", "rm include/a.h"},
        {"include", STAMP_SEEN_LIST, "true", "mv include other && mkdir include"},
        {"include", STAMP_SEEN_FOLDER, "touch include/new.h", "rm -r include && touch include"},
        {"none", STAMP_SEEN_NOTHING, "touch include/none", "touch none"},
        {"none/none", STAMP_SEEN_NOTHING, "mkdir none", "touch none/none"},
        {"main.c/none", STAMP_SEEN_NOTHING, "touch main.c", "rm main.c && mkdir -p main.c/none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk desk;
        begin(&desk);
        add_sight(&desk, cases[i].name, cases[i].kind);
        assert_true(holds(&desk));
        shell(&desk, cases[i].harmless);
        assert_true(holds(&desk));
        wait_for_tick(&desk);
        shell(&desk, cases[i].change);
        assert_false(holds(&desk));
        end(&desk);
    }
}

static bool doubts(struct desk *desk) {
    const struct stamp_sight *sights;
    size_t count;
    return !witness_sights(desk->witness, &sights, &count);
}

static void what_stamps_cannot_tell_makes_doubts(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    see_name(&desk, "include"); /* that it is a folder has no age */
    assert_false(doubts(&desk));
    witness_see(desk.witness, "include"); /* relative */
    assert_true(doubts(&desk));
    end(&desk);
    begin(&desk);
    witness_see(desk.witness, "/dev/null");
    assert_true(doubts(&desk));
    end(&desk);
    begin(&desk);
    shell(&desk, "ln -s nowhere include/link.h");
    see(&desk, "include/link.h");
    assert_true(doubts(&desk));
    end(&desk);
    begin(&desk);
    witness_see_name(NULL, "/"); /* nobody asks */
    witness_see(NULL, "/");
    witness_see_pattern(NULL, "/*");
    witness_doubt(NULL);
    assert_true(witness_holds(NULL, 0));
    end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_new_makes_doubts),
        cmocka_unit_test(what_is_old_is_seen_once),
        cmocka_unit_test(each_change_is_another_sight),
        cmocka_unit_test(what_stamps_cannot_tell_makes_doubts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
