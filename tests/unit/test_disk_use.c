/* The disk tier: what was found counts as used, and so does the file that it was found for. */
#define _GNU_SOURCE
#include "tests/support/disk_desk.h"

static void use(struct desk *desk, uint64_t number, const char *path, bool in_background) {
    struct hash128 key = key_of(number);
    disk_tier_use(desk->tier, &(struct disk_use){&key, 1, path, in_background});
}

static void write_uses(struct desk *desk) {
    close_tier(desk);
    open_tier(desk);
}

static void check_recent(struct desk *desk, const char *expected, size_t expected_count) {
    size_t count;
    char *recent = disk_tier_recent(desk->tier, "/p", 10, &count);
    assert_int_equal(count, expected_count);
    for (const char *path = recent; count;
         count--, path += strlen(path) + 1, expected += strlen(expected) + 1)
        assert_string_equal(path, expected);
    mem_free(recent);
}

#define AGE "UPDATE entry SET used = used - 100; UPDATE file SET used = used - 100 WHERE used > 0"

static void use_is_noted_of_the_entry_and_the_file(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    put(&desk, 1, "json", PATHS("/p/a.json\0/p/a.h"));
    put(&desk, 2, "json", PATHS("/p/c.json"));
    write_uses(&desk);
    execute(&desk, AGE);
    int64_t used_s = ask(&desk, "SELECT used FROM entry WHERE id = 1");
    use(&desk, 1, "/p/b.json", false); /* equal text */
    use(&desk, 9, "/p/d.json", false); /* there is none */
    use(&desk, 2, NULL, false);
    write_uses(&desk);
    assert_true(ask(&desk, "SELECT used FROM entry WHERE id = 1") >= used_s + 100);
    assert_true(ask(&desk, "SELECT used FROM entry WHERE id = 2") >= used_s + 100);
    assert_int_equal(ask(&desk, "SELECT uses FROM entry WHERE id = 1"), 2);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM file"), 4);
    execute(&desk, "UPDATE file SET used = used - 1 WHERE path = '/p/c.json'");
    check_recent(&desk, "/p/b.json\0/p/a.json\0/p/c.json", 3);
    /* One that it was put with, and a header that becomes a document. */
    execute(&desk, AGE);
    use(&desk, 2, "/p/c.json", false);
    write_uses(&desk);
    execute(&desk, "UPDATE file SET used = used - 10 WHERE used > 0");
    use(&desk, 1, "/p/a.h", false);
    write_uses(&desk);
    check_recent(&desk, "/p/a.h\0/p/c.json\0/p/b.json\0/p/a.json", 4);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM dep"), 4);
    struct disk_selection selection = {.path = "/p/b.json"};
    assert_int_equal(disk_tier_clear(desk.tier, &selection), 1);
    assert_false(has(&desk, 1));
    end(&desk);
}

static void use_in_the_background_makes_no_file_recent(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    put(&desk, 1, "json", PATHS("/p/a.json"));
    disk_tier_flush(desk.tier);
    execute(&desk, AGE);
    int64_t used_s = ask(&desk, "SELECT used FROM file");
    use(&desk, 1, "/p/a.json", true);
    use(&desk, 1, "/p/b.json", true);
    write_uses(&desk);
    assert_int_equal(ask(&desk, "SELECT used FROM file WHERE path = '/p/a.json'"), used_s);
    assert_true(ask(&desk, "SELECT used FROM entry") >= used_s + 100);
    check_recent(&desk, "/p/a.json", 1);
    use(&desk, 1, "/p/b.json", false);
    struct disk_selection selection = {.path = "/p/b.json"}; /* what waits is written before it is cleared */
    assert_int_equal(disk_tier_clear(desk.tier, &selection), 1);
    end(&desk);
}

static void the_same_use_is_noted_once_in_a_while(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    for (int round = 0; round < 2; round++) {
        put(&desk, 1, "json", PATHS("/p/a.json"));
        for (int i = 0; i < 20; i++) {
            use(&desk, 1, "/p/b.json", false);
            use(&desk, 1, "/p/a.json", false);
        }
        disk_tier_flush(desk.tier);
        /* What was noted of an entry that is cleared is noted again of the next. */
        disk_tier_clear(desk.tier, &(struct disk_selection){.language = "c"});
        assert_int_equal(ask(&desk, "SELECT uses FROM entry"), 3);
        assert_int_equal(ask(&desk, "SELECT count(*) FROM file"), 2);
        assert_int_equal(disk_tier_clear(desk.tier, &(struct disk_selection){.path = "/p/b.json"}), 1);
        assert_int_equal(ask(&desk, "SELECT count(*) FROM file"), 0);
    }
    end(&desk);
}

/* More than one transaction writes; who uses the last of them comes behind it. */
static void what_waits_can_be_used(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        struct blob *blob = value_of(i);
        disk_tier_put(desk.tier, &(struct disk_put){.key = key_of(i), .blob = blob, .language = "json"});
        blob_unref(blob);
    }
    use(&desk, ENTRIES - 1, "/p/b.json", false);
    write_uses(&desk);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM entry"), ENTRIES);
    check_recent(&desk, "/p/b.json", 1);
    end(&desk);
}

/* A thousand empty files are one entry: it does not grow without end. */
static void an_entry_has_room_for_so_many_files(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    put(&desk, 1, "python", PATHS("/p/__init__.py"));
    for (int i = 0; i < 1200; i++) {
        char path[32];
        snprintf(path, sizeof path, "/p/%d/__init__.py", i);
        use(&desk, 1, path, false);
    }
    write_uses(&desk);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM dep"), 1024);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM file"), 1024);
    execute(&desk, AGE);
    int64_t used_s = ask(&desk, "SELECT min(used) FROM file");
    use(&desk, 1, "/p/7/__init__.py", false); /* one that is there */
    write_uses(&desk);
    assert_true(ask(&desk, "SELECT used FROM file WHERE path = '/p/7/__init__.py'") >= used_s + 100);
    end(&desk);
}

static bool has_file(const struct desk *desk) {
    char path[128];
    file_path(desk, 1, path);
    return access(path, F_OK) == 0;
}

static void a_lazy_tier_opens_its_file_when_it_is_wanted(void **unused) {
    (void)unused;
    struct desk desk;
    begin(&desk);
    put(&desk, 1, "json", PATHS("/p/a.json"));
    close_tier(&desk);
    assert_true(has_file(&desk));
    desk.params.lazy = true;
    /* Nothing is asked: nothing is opened, nor made. */
    strcat(desk.folder, "/new");
    desk.tier = disk_tier_create(&desk.params);
    disk_tier_count(desk.tier, TALLY_MISSES, 1);
    close_tier(&desk);
    assert_false(has_file(&desk));
    desk.tier = disk_tier_create(&desk.params);
    assert_false(has(&desk, 1));
    assert_true(has_file(&desk));
    put(&desk, 1, "json", PATHS("/p/a.json"));
    close_tier(&desk);
    desk.tier = disk_tier_create(&desk.params);
    assert_true(has(&desk, 1));
    /* What is to be erased is erased all the same. */
    close_tier(&desk);
    desk.folder[strlen(desk.folder) - strlen("/new")] = '\0';
    desk.params.no_quotes = true;
    execute(&desk, "UPDATE entry SET quotes = 1");
    desk.tier = disk_tier_create(&desk.params);
    close_tier(&desk);
    assert_int_equal(ask(&desk, "SELECT count(*) FROM entry"), 0);
    end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(use_is_noted_of_the_entry_and_the_file),
        cmocka_unit_test(use_in_the_background_makes_no_file_recent),
        cmocka_unit_test(the_same_use_is_noted_once_in_a_while),
        cmocka_unit_test(what_waits_can_be_used),
        cmocka_unit_test(an_entry_has_room_for_so_many_files),
        cmocka_unit_test(a_lazy_tier_opens_its_file_when_it_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
