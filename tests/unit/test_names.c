/* The names that files define, and that documents know from their own words and from what they import. */
#include "analysis/names.h"
#include "base/mem.h"
#include "base/thread.h"
#include "tests/support/fake_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Words in `has` are defined by the text, those in `lacks` are not; both are parted by spaces. */
static void check_words(const char *language, const struct name_facts *facts, const char *words,
                        bool expected) {
    for (const char *at = words; *at;) {
        size_t length = strcspn(at, " ");
        if (name_facts_have(facts, name_hash(at, length)) != expected)
            fail_msg("%s: %.*s should %sbe defined", language, (int)length, at, expected ? "" : "not ");
        at += length + (at[length] == ' ');
    }
}

static void check_facts(const char *language, const char *text, const char *has, const char *lacks) {
    struct name_facts *facts = name_facts_of_text(language_find(language), text, strlen(text));
    check_words(language, facts, has, true);
    check_words(language, facts, lacks, false);
    name_facts_unref(facts);
}

static void what_files_define(void **state) {
    (void)state;
    check_facts("python",
                "import os\nfrom a import b as c\nLIMIT = 3\ncount: int = 4\ndef load(path):\n    local = "
                "1\n    return "
                "local\nclass Shop:\n    def sell(self):\n        self.total = 2\n",
                "os b c LIMIT count load Shop sell total", "path local self int");
    check_facts(
        "javascript",
        "export function load(path) { const local = 1; return local; }\nexport const limit = 3;\nclass Shop "
        "{\n"
        "  total = 2;\n  sell(item) { let inner = item; }\n}\nmodule.exports = { load, other: limit };\n"
        "exports.late = 1;\nexport { limit as most };\n",
        "load limit Shop total sell other late most", "path local inner item");
    check_facts("typescript",
                "export interface Item { name: string; price?: number }\nexport enum Kind { A, B }\n",
                "Item name price Kind A B", "string");
    check_facts("go",
                "package a\nfunc Add(x int) int { y := x; return y }\nfunc (s *Shop) Sell() {}\ntype Shop "
                "struct {\n\t"
                "Total int\n}\nconst (\n\tOne = 1\n\tTwo\n)\n",
                "Add Sell Shop Total One Two", "x y s");
    check_facts("rust",
                "pub fn add(x: i32) -> i32 { let y = x; y }\npub struct Shop { pub total: u32 }\nimpl Shop { "
                "fn sell(&self) "
                "{ let z = 1; } }\nenum Kind { A, B(u8) }\nmacro_rules! wow { () => {} }\n",
                "add Shop total sell Kind A B wow", "x y z");
    check_facts("java",
                "package a;\npublic class Shop {\n    private int total = 0;\n    public void sell(Item "
                "item) { int local = "
                "1; }\n    static class Inner { int deep; }\n}\n",
                "Shop total sell Inner deep", "item local");
    check_facts("json", "{\"a\": 1}", "", "a");
}

static void facts_are_their_hash(void **state) {
    (void)state;
    const struct language *python = language_find("python");
    const char *texts[] = {"def a():\n    pass\n", "# more\n\ndef a():\n    return 1\n",
                           "def b():\n    pass\n", "def a():\n    pass\nfrom .x import *\n"};
    struct name_facts *facts[4];
    for (int i = 0; i < 4; i++)
        facts[i] = name_facts_of_text(python, texts[i], strlen(texts[i]));
    assert_memory_equal(&facts[0]->hash, &facts[1]->hash, sizeof facts[0]->hash);
    assert_memory_not_equal(&facts[0]->hash, &facts[2]->hash, sizeof facts[0]->hash);
    assert_memory_not_equal(&facts[0]->hash, &facts[3]->hash, sizeof facts[0]->hash);
    for (int i = 0; i < 4; i++)
        name_facts_unref(facts[i]);
    struct name_facts *module = name_facts_of_file("/p/go.mod", "// a\nmodule example.org/m // b\n", 30);
    assert_string_equal(module->module, "example.org/m");
    name_facts_unref(module);
}

/* However often each stands; of more than there is room for, as many as there is. */
static void names_count_once(void **state) {
    (void)state;
    struct str text;
    str_init(&text);
    for (int i = 0; i < 3 * NAME_FACTS_MAX; i++)
        str_addf(&text, "self.total%d = 1\n", i % 10);
    str_adds(&text, "def last():\n    pass\n");
    struct name_facts *facts = name_facts_of_text(language_find("python"), text.bytes, text.length);
    assert_int_equal(facts->count, 11);
    assert_in_range(facts->size_bytes, sizeof *facts + 11 * sizeof *facts->names, 2 * sizeof *facts);
    check_words("python", facts, "total0 total9 last", true);
    name_facts_unref(facts);
    str_clear(&text);
    for (int i = 0; i < 3 * NAME_FACTS_MAX; i++)
        str_addf(&text, "f%d = 1\n", i);
    facts = name_facts_of_text(language_find("python"), text.bytes, text.length);
    assert_int_equal(facts->count, NAME_FACTS_MAX);
    for (size_t i = 1; i < facts->count; i++)
        assert_true(facts->names[i - 1] < facts->names[i]);
    name_facts_unref(facts);
    str_finish(&text);
}

struct world {
    struct fake_files files;
    struct surroundings *surroundings;
};

static void begin(struct world *world) {
    memset(world, 0, sizeof *world);
    struct surroundings_params params = {.reader = fake_files_reader(&world->files)};
    world->surroundings = surroundings_create(&params);
}

static void end(struct world *world) {
    surroundings_destroy(world->surroundings);
    fake_files_finish(&world->files);
}

static struct names *know(struct world *world, const char *path, const char *source) {
    struct text *text;
    assert_int_equal(text_create(source, strlen(source), &text), STATUS_OK);
    struct names_params params = {.language = language_of_path(path),
                                  .text = text,
                                  .path = path,
                                  .surroundings = world ? world->surroundings : NULL};
    struct names *names = names_create(&params);
    text_unref(text);
    return names;
}

static enum name_standing ask(struct names *names, const char *word, unsigned here) {
    return names_ask(names, word, strlen(word), here);
}

static void own_words(void **state) {
    (void)state;
    struct names *names =
        know(NULL, "a.py",
             "import os as system\ndef load(path):\n    return path + rest + rest\nretrun x\nretrun y\n"
             "retrun z\nElse:\nElse:\nElse:\ntotal = load.cache + 'quoted'\n");
    assert_int_equal(ask(names, "load", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "total", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "system", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "rest", 0), NAME_USED);
    assert_int_equal(ask(names, "rest", 1), NAME_SEEN);
    assert_int_equal(ask(names, "rest", 2), NAME_UNKNOWN);
    /* However often: that is how a keyword stands that is misspelt. */
    assert_int_equal(ask(names, "retrun", 1), NAME_UNKNOWN);
    assert_int_equal(ask(names, "Else", 1), NAME_UNKNOWN);
    assert_int_equal(ask(names, "quoted", 0), NAME_UNKNOWN);
    assert_int_equal(ask(names, "cache", 0), NAME_SEEN);
    assert_true(names_have_member(names, "cache", 5));
    assert_false(names_have_member(names, "total", 5));
    assert_int_equal(ask(NULL, "load", 0), NAME_UNKNOWN);
    assert_int_equal(names_id(NULL), 0);
    names_unref(names);
    /* What is called is used, whatever stands before it, but not what heads a line. */
    names = know(NULL, "a.py",
                 "def f():\n    return foo(1)\n    return foo(1)\n    sum += bar(2)\n    if sum == "
                 "bar(3):\n        whlie(sum)\n        whlie(sum)\n");
    assert_int_equal(ask(names, "foo", 0), NAME_USED);
    assert_int_equal(ask(names, "bar", 0), NAME_USED);
    assert_int_equal(ask(names, "whlie", 0), NAME_UNKNOWN);
    names_unref(names);
    names =
        know(NULL, "a.js", "async function f() { x = await foo(1); y = await foo(2); fro(3); fro(4); }\n");
    assert_int_equal(ask(names, "foo", 0), NAME_USED);
    assert_int_equal(ask(names, "fro", 0), NAME_UNKNOWN);
    names_unref(names);
    /* What imports nothing depends on nothing else. */
    names = know(NULL, "a.py", "one = 1\n");
    assert_int_equal(ask(names, "two", 0), NAME_UNKNOWN);
    assert_false(names_looked_around(names));
    assert_int_equal(names_id(names), 0);
    names_unref(names);
}

static void names_of_imported_files(void **state) {
    (void)state;
    struct world world;
    begin(&world);
    fake_files_set(&world.files, "/p/shop.py", "def sellItem(x):\n    pass\nfrom .more import *\n");
    fake_files_set(&world.files, "/p/more.py",
                   "def deeper():\n    pass\nfrom .shop import *\nfrom .far import hidden\n");
    fake_files_set(&world.files, "/p/far.py", "def hidden():\n    pass\ndef unseen():\n    pass\n");
    struct names *names = know(&world, "/p/m.py", "import shop\nlocal = 1\n");
    assert_int_equal(ask(names, "local", 0), NAME_DEFINED);
    assert_false(names_looked_around(names));
    assert_int_equal(ask(names, "sellItem", 0), NAME_DEFINED);
    assert_true(names_looked_around(names));
    assert_int_equal(ask(names, "deeper", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "unseen", 0), NAME_UNKNOWN);
    assert_true(names_depend_on(names, "/p/more.py"));
    assert_false(names_depend_on(names, "/p/far.py"));
    assert_string_equal(names_file(names, 0), "/p/shop.py");
    assert_string_equal(names_file(names, 1), "/p/more.py");
    assert_null(names_file(names, 2));
    names_unref(names);
    end(&world);
}

/* Deep in a project, behind many imports of what is installed elsewhere. */
static void the_last_import_is_looked_for(void **state) {
    (void)state;
    struct world world;
    begin(&world);
    struct str source;
    str_init(&source);
    for (int i = 0; i < 14; i++)
        str_addf(&source, "from pkg%d import a, b, c\n", i);
    str_adds(&source, "import shop\n");
    fake_files_set(&world.files, "/p/.git/HEAD", "");
    fake_files_set(&world.files, "/p/shop.py", "def sellItem(x):\n    pass\n");
    struct names *names = know(&world, "/p/a/b/c/d/e/m.py", source.bytes);
    assert_int_equal(ask(names, "sellItem", 0), NAME_DEFINED);
    names_unref(names);
    str_finish(&source);
    end(&world);
}

static void files_of_a_package_know_each_other(void **state) {
    (void)state;
    struct world world;
    begin(&world);
    fake_files_set(&world.files, "/p/go.mod", "module example.org/m\n");
    fake_files_set(&world.files, "/p/a/one.go", "package a\nfunc addOne() {}\n");
    fake_files_set(&world.files, "/p/b/two.go", "package b\nfunc AddTwo() {}\n");
    fake_files_set(&world.files, "/p/a/README.md", "func no() {}\n");
    struct names *names = know(&world, "/p/a/m.go", "package a\nimport \"example.org/m/b\"\n");
    assert_int_equal(ask(names, "addOne", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "AddTwo", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "no", 0), NAME_UNKNOWN);
    names_unref(names);
    end(&world);
}

static void ids_are_of_contents(void **state) {
    (void)state;
    struct world world;
    begin(&world);
    const char *source = "import shop\n";
    struct names *names = know(&world, "/p/m.py", source);
    uint64_t nothing = names_id(names);
    assert_true(nothing != 0);
    assert_false(names_are_outdated(names));
    struct names *alone = know(NULL, "m.py", source);
    assert_true(names_id(alone) == nothing); /* the same answers, wherever it lies */
    names_unref(alone);
    /* What was missed appears; the look that finds it says so to those who looked before. */
    fake_files_set(&world.files, "/p/shop.py", "def sell():\n    pass\n");
    struct names *later = know(&world, "/p/m.py", source);
    uint64_t one = names_id(later);
    assert_true(one != nothing);
    assert_true(names_are_outdated(names));
    names_unref(names);
    fake_files_set(&world.files, "/p/shop.py", "# other code, the same names\ndef sell():\n    return 1\n");
    names = know(&world, "/p/m.py", source);
    assert_true(names_id(names) == one);
    assert_false(names_are_outdated(later));
    names_unref(names);
    names_unref(later);
    end(&world);
}

/* Nothing is asked for twice before somebody says that it may be another. */
static void watched_files_are_known(void **state) {
    (void)state;
    struct world world = {0};
    struct surroundings_params params = {.reader = fake_files_reader(&world.files), .watched = true};
    world.surroundings = surroundings_create(&params);
    struct name_cache *cache = surroundings_names(world.surroundings);
    fake_files_set(&world.files, "/p/setup.py", "");
    fake_files_set(&world.files, "/p/one.py", "def sell():\n    pass\n");
    const char *source = "import one, two\n";
    struct names *names = know(&world, "/p/a/m.py", source), *later;
    assert_int_equal(ask(names, "sell", 0), NAME_DEFINED);
    uint64_t one = names_id(names);
    unsigned stamps = atomic_load(&world.files.stamps);
    fake_files_set(&world.files, "/p/two.py", "def buy():\n    pass\n");
    later = know(&world, "/p/a/m.py", source);
    assert_true(names_id(later) == one);
    assert_int_equal(atomic_load(&world.files.stamps), stamps);
    assert_false(names_are_outdated(names));
    names_unref(later);
    /* A refresh finds it, a look at what was touched alone as well; both ask once. */
    assert_int_equal(name_cache_refresh(cache, NULL), 1);
    assert_true(names_are_outdated(names));
    names_unref(names);
    names = know(&world, "/p/a/m.py", source);
    assert_int_equal(ask(names, "buy", 0), NAME_DEFINED);
    fake_files_set(&world.files, "/p/two.py", NULL);
    assert_true(name_cache_touch(cache, "/p/two.py"));
    assert_true(names_are_outdated(names));
    stamps = atomic_load(&world.files.stamps);
    later = know(&world, "/p/a/m.py", source);
    assert_true(names_id(later) == one);
    unsigned more = atomic_load(&world.files.stamps);
    assert_true(more > stamps && more - stamps < 5);
    names_unref(later);
    later = know(&world, "/p/a/m.py", source);
    assert_true(names_id(later) == one);
    assert_int_equal(atomic_load(&world.files.stamps), more);
    names_unref(later);
    names_unref(names);
    end(&world);
}

static void open_documents_count_before_their_files(void **state) {
    (void)state;
    struct world world;
    begin(&world);
    struct name_cache *cache = surroundings_names(world.surroundings);
    const struct language *python = language_find("python");
    struct text *texts[3];
    const char *sources[] = {"def sell():\n    pass\n", "def sell():\n    return 2\n",
                             "def buy():\n    pass\n"};
    for (int i = 0; i < 3; i++)
        assert_int_equal(text_create(sources[i], strlen(sources[i]), &texts[i]), STATUS_OK);
    fake_files_set(&world.files, "/p/shop.py", "def onDisk():\n    pass\n");
    assert_false(name_cache_hold(cache, "/p/shop.py", python, texts[0])); /* nobody has looked yet */
    assert_false(name_cache_knows(cache, "/p/shop.py"));
    struct names *names = know(&world, "/p/m.py", "import shop\n");
    assert_int_equal(ask(names, "sell", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "onDisk", 0), NAME_UNKNOWN);
    assert_true(name_cache_knows(cache, "/p/shop.py"));
    assert_false(name_cache_hold(cache, "/p/shop.py", python, texts[0]));
    assert_false(name_cache_hold(cache, "/p/shop.py", python, texts[1]));
    assert_false(names_are_outdated(names));
    assert_true(name_cache_hold(cache, "/p/shop.py", python, texts[2]));
    assert_true(names_are_outdated(names));
    assert_false(name_cache_touch(cache, "/p/shop.py"));             /* the text counts */
    assert_false(name_cache_release(cache, "/p/shop.py", texts[0])); /* it was opened once more since */
    assert_true(name_cache_release(cache, "/p/shop.py", texts[2]));
    names_unref(names);
    names = know(&world, "/p/m.py", "import shop\n");
    assert_int_equal(ask(names, "onDisk", 0), NAME_DEFINED);
    assert_true(name_cache_touch(cache, "/p/shop.py"));
    assert_true(names_are_outdated(names));
    assert_false(name_cache_touch(cache, "/p/none.py"));
    /* A refresh finds what nobody told of. */
    name_cache_refresh(cache, NULL);
    assert_int_equal(name_cache_refresh(cache, NULL), 0);
    fake_files_set(&world.files, "/p/shop.py", NULL);
    struct cancel stop;
    cancel_init(&stop, NULL, 0);
    cancel_request(&stop);
    assert_int_equal(name_cache_refresh(cache, &stop), 0);
    assert_int_equal(name_cache_refresh(cache, NULL), 1);
    assert_int_equal(name_cache_refresh(cache, NULL), 0);
    names_unref(names);
    for (int i = 0; i < 3; i++)
        text_unref(texts[i]);
    end(&world);
}

struct double_look {
    struct fake_files files;
    struct source_reader reader;
    struct name_cache *cache;
    unsigned reads;
    struct name_look inner;
};

/* Another looks at the file while it is read for the first time. */
static enum status read_twice(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                              void *payload) {
    struct double_look *looks = payload;
    if (looks->reads++ == 0) looks->inner = name_cache_look(looks->cache, path);
    return looks->reader.read(path, limit_bytes, ret_bytes, ret_length, &looks->files);
}

static bool stamp_plainly(const char *path, struct source_stamp *ret_stamp, void *payload) {
    struct double_look *looks = payload;
    return looks->reader.stamp(path, ret_stamp, &looks->files);
}

static void two_first_looks_are_no_change(void **state) {
    (void)state;
    struct double_look looks = {0};
    looks.reader = fake_files_reader(&looks.files);
    struct source_reader reader = {.stamp = stamp_plainly, .read = read_twice, .payload = &looks};
    fake_files_set(&looks.files, "/p/shop.py", "def sell():\n    pass\n");
    looks.cache = name_cache_create(&reader, false);
    struct name_look outer = name_cache_look(looks.cache, "/p/shop.py");
    assert_int_equal(looks.reads, 2);
    assert_int_equal(name_cache_revision(looks.cache), 0);
    assert_true(outer.version == looks.inner.version && outer.number == looks.inner.number);
    assert_true(name_facts_have(outer.facts, name_hash("sell", 4)));
    assert_true(name_facts_have(looks.inner.facts, name_hash("sell", 4)));
    name_facts_unref(outer.facts);
    name_facts_unref(looks.inner.facts);
    name_cache_destroy(looks.cache);
    fake_files_finish(&looks.files);
}

/* Each folder is as large as one may be. */
static bool list_much(const char *folder, size_t limit_bytes, char **ret_names, size_t *ret_length,
                      void *payload) {
    (void)folder, (void)payload;
    *ret_names = mem_alloc(limit_bytes);
    memset(*ret_names, 'a', limit_bytes - 1);
    (*ret_names)[limit_bytes - 1] = '\0';
    *ret_length = limit_bytes;
    return true;
}

static void a_full_cache_takes_no_more(void **state) {
    (void)state;
    struct fake_files files = {0};
    struct source_reader reader = fake_files_reader(&files);
    reader.list = list_much;
    fake_files_set(&files, "/p/go.mod", "module example.org/m\n");
    struct name_cache *cache = name_cache_create(&reader, false);
    unsigned taken = 0, most = NAME_CACHE_BYTES_MAX / NAME_FOLDER_BYTES_MAX;
    char path[32];
    for (unsigned i = 0; i < most + 10; i++) {
        snprintf(path, sizeof path, "/p/%u", i);
        struct name_look look = name_cache_look_in(cache, path);
        taken += look.facts != NULL;
        name_facts_unref(look.facts);
    }
    assert_in_range(taken, most - 10, most);
    /* What is known stays, nothing new is read, and whether a file is there costs nothing. */
    struct name_look look = name_cache_look_in(cache, "/p/0");
    assert_non_null(look.facts);
    name_facts_unref(look.facts);
    assert_null(name_cache_look(cache, "/p/go.mod").facts);
    bool exists = false;
    name_cache_look_for(cache, "/p/go.mod", &exists);
    assert_true(exists);
    name_cache_destroy(cache);
    fake_files_finish(&files);
}

/* Two files in a circle, and a crowd. */
static void looking_around_ends(void **state) {
    (void)state;
    struct world world;
    begin(&world);
    struct str source;
    str_init(&source);
    char path[64], text[128];
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "/p/m%d.ts", i);
        snprintf(text, sizeof text, "export * from './m%d';\nexport function f%d() {}\n", (i + 1) % 300, i);
        fake_files_set(&world.files, path, text);
        str_addf(&source, "import './m%d';\n", i);
    }
    struct names *names = know(&world, "/p/first.ts", "import './m0';\n");
    assert_int_equal(ask(names, "f4", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "f5", 0), NAME_UNKNOWN); /* NAMES_STEPS_MAX */
    names_unref(names);
    names = know(&world, "/p/crowd.ts", source.bytes);
    assert_int_equal(ask(names, "nothing", 0), NAME_UNKNOWN);
    assert_non_null(names_file(names, NAMES_FILES_MAX - 1));
    assert_null(names_file(names, NAMES_FILES_MAX));
    names_unref(names);
    /* A cancelled look says that there may be more. */
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    struct text *cancelled;
    assert_int_equal(text_create(source.bytes, source.length, &cancelled), STATUS_OK);
    struct names_params params = {language_find("typescript"), cancelled, "/p/x.ts", world.surroundings,
                                  &cancel};
    names = names_create(&params);
    assert_int_equal(ask(names, "f0", 0), NAME_UNKNOWN);
    assert_true(names_are_incomplete(names));
    names_unref(names);
    text_unref(cancelled);
    str_finish(&source);
    end(&world);
}

/* The first look at a file takes all the time that there is for looking. */
static bool stamp_slowly(const char *path, struct source_stamp *ret_stamp, void *payload) {
    struct fake_files *files = payload;
    uint64_t until_ns = clock_now_ns() + NAMES_LOOK_NS_MAX;
    while (atomic_load(&files->stamps) == 0 && clock_now_ns() < until_ns)
        thread_yield();
    struct source_reader reader = fake_files_reader(files);
    return reader.stamp(path, ret_stamp, reader.payload);
}

static void looking_around_has_its_own_time(void **state) {
    (void)state;
    struct world world = {0};
    struct surroundings_params params = {.reader = fake_files_reader(&world.files)};
    params.reader.stamp = stamp_slowly;
    world.surroundings = surroundings_create(&params);
    fake_files_set(&world.files, "/p/one.py", "def sell():\n    pass\n");
    fake_files_set(&world.files, "/p/two.py", "def buy():\n    pass\n");
    uint64_t reached = cancel_reached_count();
    struct names *names = know(&world, "/p/m.py", "import one\nimport two\n");
    assert_int_equal(ask(names, "sell", 0), NAME_DEFINED);
    assert_int_equal(ask(names, "buy", 0), NAME_UNKNOWN);
    assert_true(names_are_incomplete(names));
    assert_true(cancel_reached_count() > reached); /* what comes of it is not kept */
    names_unref(names);
    names = know(&world, "/p/m.py", "import one\nimport two\n");
    assert_int_equal(ask(names, "buy", 0), NAME_DEFINED);
    assert_false(names_are_incomplete(names));
    names_unref(names);
    end(&world);
}

static void questions_are_remembered(void **state) {
    (void)state;
    struct names *names = know(NULL, "a.py", "one = 1\ntwo = one\n");
    size_t count;
    names_remember(names);
    ask(names, "one", 0), ask(names, "one", 0), ask(names, "none", 0);
    names_have_member(names, "one", 3);
    const struct name_question *questions = names_remembered(names, &count);
    assert_int_equal(count, 3);
    assert_true(names_still_answer(names, questions, count));
    struct names *other = know(NULL, "a.py", "one = 1\n# none\nthree = 3\n");
    assert_true(names_still_answer(other, questions, count));
    struct names *differs = know(NULL, "a.py", "one = 1\nnone = 3\n");
    assert_false(names_still_answer(differs, questions, count));
    assert_false(names_still_answer(NULL, questions, count));
    char word[16];
    for (int i = 0; i <= NAMES_QUESTIONS_MAX; i++) {
        snprintf(word, sizeof word, "w%d", i);
        ask(names, word, 0);
    }
    assert_null(names_remembered(names, &count));
    names_unref(names);
    names_unref(other);
    names_unref(differs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_files_define),
        cmocka_unit_test(facts_are_their_hash),
        cmocka_unit_test(names_count_once),
        cmocka_unit_test(own_words),
        cmocka_unit_test(names_of_imported_files),
        cmocka_unit_test(the_last_import_is_looked_for),
        cmocka_unit_test(files_of_a_package_know_each_other),
        cmocka_unit_test(ids_are_of_contents),
        cmocka_unit_test(watched_files_are_known),
        cmocka_unit_test(open_documents_count_before_their_files),
        cmocka_unit_test(two_first_looks_are_no_change),
        cmocka_unit_test(a_full_cache_takes_no_more),
        cmocka_unit_test(looking_around_ends),
        cmocka_unit_test(looking_around_has_its_own_time),
        cmocka_unit_test(questions_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
