/* What results depend on: of documents that include each other, exactly those are made anew that a change can
 * concern; and what is never kept. */
#include "analysis/cached.h"
#include "analysis/engine_id.h"
#include "analysis/session.h"
#include "base/clock.h"
#include "base/thread.h"
#include "tests/support/fake_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct world {
    struct fake_files files;
    struct surroundings *surroundings;
    struct cache *cache;
    struct session *session;
    struct pipeline *pipeline;
};

static void ignore(const struct session_result *result, void *payload) {
    (void)result, (void)payload;
}

static void begin(struct world *world) {
    memset(world, 0, sizeof *world);
    struct surroundings_params around = {.reader = fake_files_reader(&world->files)};
    world->surroundings = surroundings_create(&around);
    struct cache_params cache = {
        .entries_max = 1000, .memory_bytes_max = 1u << 20, .strategy = EVICT_ADAPTIVE};
    world->cache = cache_create(&cache);
    struct session_params params = {
        .on_result = ignore, .cache = world->cache, .surroundings = world->surroundings};
    world->session = session_create(&params);
    world->pipeline = pipeline_create();
}

static void end(struct world *world) {
    session_destroy(world->session);
    pipeline_destroy(world->pipeline);
    cache_destroy(world->cache);
    surroundings_destroy(world->surroundings);
    fake_files_finish(&world->files);
}

struct document {
    const char *path, *text;
};

/* Each looks at macros, but for the last. */
static const struct document documents[] = {
    {"/p/one.c", "#include \"a.h\"\nint one(void) {\n    return 0 done\n}\n"},
    {"/p/two.c", "#include \"a.h\"\n#include \"other.h\"\nint two(void) {\n    return 0 done\n}\n"},
    {"/p/three.c", "#include \"other.h\"\nint three(void) {\n    return 0 fini\n}\n"},
    {"/p/four.c", "#include \"late.h\"\nint four(void) {\n    return 0 come\n}\n"},
    {"/p/five.c", "#include \"a.h\"\n#include \"other.h\"\nint five(void) {\n    return 0;\n}\n"},
};
#define DOCUMENTS (sizeof documents / sizeof *documents)

static bool analyze(struct world *world, const struct document *document, size_t *ret_findings) {
    struct text *text;
    struct analysis *analysis;
    assert_int_equal(text_create(document->text, strlen(document->text), &text), STATUS_OK);
    const struct language *language = language_of_path(document->path);
    struct macro_env *env = language->flags & LANGUAGE_PREPROCESSOR
                                ? macro_env_of_text(text, document->path, world->surroundings, NULL, NULL)
                                : NULL;
    struct pipeline_request request = {.language = language,
                                       .text = text,
                                       .env = env,
                                       .finish = true,
                                       .want_repairs = true,
                                       .max_repairs = 5,
                                       .repair_budget_ns = UINT64_C(20000000000)};
    assert_int_equal(session_analyze(world->session, world->pipeline, &request,
                                     &(struct session_place){.path = document->path}, &analysis, NULL),
                     STATUS_OK);
    bool cached = analysis->cached;
    *ret_findings = analysis->finding_count;
    analysis_unref(analysis);
    macro_env_unref(env);
    text_unref(text);
    return cached;
}

/* One letter each: n for made anew, k for known; upper case where something is wrong. */
static void check_each(struct world *world, const struct document *items, size_t count,
                       const char *expected) {
    char told[16] = {0};
    assert_true(count < sizeof told);
    for (size_t i = 0; i < count; i++) {
        size_t findings;
        bool cached = analyze(world, &items[i], &findings);
        told[i] = cached ? (findings ? 'K' : 'k') : (findings ? 'N' : 'n');
    }
    assert_string_equal(told, expected);
}

static void check_all(struct world *world, const char *expected) {
    check_each(world, documents, DOCUMENTS, expected);
}

static void set(struct world *world, const char *path, const char *bytes) {
    fake_files_set(&world->files, path, bytes);
    header_cache_touch(surroundings_headers(world->surroundings), path);
}

/* Each has a mistake that names say something of, but for the last two. */
static const struct document importers[] = {
    {"/p/one.py", "import shop\nx = shop.sell Item(1)\n"},
    {"/p/two.py", "from bank import *\nfrom shop import *\nx = sell Item(1)\n"},
    {"/p/three.py", "import bank\nx = bank.take Money(1)\n"},
    {"/p/four.py", "import late\nx = late.come Home(1)\n"},
    {"/p/five.py", "import shop, bank\nx = shop.sellItem(1)\n"},
    {"/q/six.json", "[1 2]"},
};
#define IMPORTERS (sizeof importers / sizeof *importers)

static void check_importers(struct world *world, const char *expected) {
    check_each(world, importers, IMPORTERS, expected);
}

/* Nobody is told: a look at the names compares the stamps. */
static void exactly_the_importers_are_made_anew(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    fake_files_set(&world.files, "/p/shop.py", "from .deep import *\n");
    fake_files_set(&world.files, "/p/deep.py", "def sellItem(x):\n    pass\n");
    fake_files_set(&world.files, "/p/bank.py", "def takeMoney():\n    pass\n");
    check_importers(&world, "NNNNnN");
    check_importers(&world, "KKKKkK");
    /* Two steps away; then other code with the same names; then back. */
    fake_files_set(&world.files, "/p/deep.py", "def sellThings(x):\n    pass\n");
    check_importers(&world, "NNKKkK");
    check_importers(&world, "KKKKkK");
    fake_files_set(&world.files, "/p/deep.py", "# the same\ndef sellThings(y):\n    return y\n");
    check_importers(&world, "KKKKkK");
    fake_files_set(&world.files, "/p/deep.py", "def sellItem(x):\n    pass\n");
    check_importers(&world, "KKKKkK");
    /* What two of them import; and a file that is not there yet. */
    fake_files_set(&world.files, "/p/bank.py", "def takeMoney():\n    pass\ndef more():\n    pass\n");
    check_importers(&world, "KNNKkK");
    fake_files_set(&world.files, "/p/late.py", "def comeHome():\n    pass\n");
    check_importers(&world, "KKKNkK");
    fake_files_set(&world.files, "/p/late.py", NULL);
    check_importers(&world, "KKKKkK");
    /* In an editor, unsaved. */
    struct text *text;
    const char *edited = "def sellAll(x):\n    pass\n";
    struct name_cache *names = surroundings_names(world.surroundings);
    assert_int_equal(text_create(edited, strlen(edited), &text), STATUS_OK);
    assert_true(name_cache_hold(names, "/p/deep.py", language_find("python"), text));
    check_importers(&world, "NNKKkK");
    assert_true(name_cache_release(names, "/p/deep.py", text));
    check_importers(&world, "KKKKkK");
    text_unref(text);
    end(&world);
}

static bool is_slow; /* the next look at a file takes all the time there is for looking */

static bool stamp_slowly(const char *path, struct source_stamp *ret_stamp, void *payload) {
    uint64_t until_ns = clock_now_ns() + NAMES_LOOK_NS_MAX;
    while (is_slow && clock_now_ns() < until_ns)
        thread_yield();
    is_slow = false;
    struct source_reader reader = fake_files_reader(payload);
    return reader.stamp(path, ret_stamp, reader.payload);
}

/* What could not be looked at may be another than when the result was made. */
static void what_was_not_looked_at_is_not_known(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    struct surroundings_params around = {.reader = fake_files_reader(&world.files)};
    around.reader.stamp = stamp_slowly;
    session_destroy(world.session);
    surroundings_destroy(world.surroundings);
    world.surroundings = surroundings_create(&around);
    struct session_params params = {
        .on_result = ignore, .cache = world.cache, .surroundings = world.surroundings};
    world.session = session_create(&params);
    fake_files_set(&world.files, "/p/one.py", "def buy():\n    pass\n");
    const struct document document = {"/p/m.py", "import one\nimport two\nx = two.sell Item(1)\n"};
    check_each(&world, &document, 1, "N");
    check_each(&world, &document, 1, "K");
    fake_files_set(&world.files, "/p/two.py", "def sellItem(x):\n    pass\n");
    is_slow = true;
    check_each(&world, &document, 1, "N");
    assert_false(is_slow);
    check_each(&world, &document, 1, "N");
    check_each(&world, &document, 1, "K");
    end(&world);
}

/* A text that imports nothing that is there is one result, wherever it lies. */
static void what_imports_nothing_is_shared(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    fake_files_set(&world.files, "/p/shop.py", "def sellItem(x):\n    pass\n");
    const char *broken = "import shop\nx = shop.sell Item(1)\n";
    const struct document places[] = {{"/p/a.py", broken},
                                      {"/q/a.py", broken},
                                      {"/r/a.py", broken},
                                      {"/p/b.py", "import shop\n"},
                                      {"/q/b.py", "import shop\n"}};
    check_each(&world, places, sizeof places / sizeof *places, "NNKnk");
    end(&world);
}

static void exactly_the_dependents_are_made_anew(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    set(&world, "/p/a.h", "#include \"deep.h\"\n");
    set(&world, "/p/deep.h", "#define done ;\n");
    set(&world, "/p/other.h", "#define fini ;\n");
    check_all(&world, "nnnNn");
    check_all(&world, "kkkKk");
    /* Two includes away, and it makes a difference; then other code with the same macros; then back. */
    set(&world, "/p/deep.h", "#define dome ;\n");
    check_all(&world, "NNkKk");
    check_all(&world, "KKkKk");
    set(&world, "/p/deep.h", "/* the same */\n#define dome ;\n");
    check_all(&world, "KKkKk");
    set(&world, "/p/deep.h", "#define done ;\n");
    check_all(&world, "kkkKk");
    /* One document's alone. */
    set(&world, "/p/other.h", "#define fini ;\n#define more 1\n");
    check_all(&world, "knnKk");
    /* What was missed appears, and goes. */
    set(&world, "/p/late.h", "#define come ;\n");
    check_all(&world, "kkknk");
    set(&world, "/p/late.h", NULL);
    check_all(&world, "kkkKk");
    end(&world);
}

static void open_headers_count_before_their_files(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    set(&world, "/p/a.h", "#define done ;\n");
    set(&world, "/p/other.h", "#define fini ;\n");
    check_all(&world, "nnnNn");
    struct text *text;
    const char *edited = "#define dome ;\n";
    assert_int_equal(text_create(edited, strlen(edited), &text), STATUS_OK);
    struct macro_facts *facts = macro_facts_of_text(text, NULL, NULL);
    assert_true(header_cache_put(surroundings_headers(world.surroundings), "/p/a.h", facts));
    check_all(&world, "NNkKk");
    assert_true(header_cache_touch(surroundings_headers(world.surroundings), "/p/a.h"));
    check_all(&world, "kkkKk");
    macro_facts_unref(facts);
    text_unref(text);
    end(&world);
}

static struct analysis *fresh(struct world *world, struct text *text) {
    struct analysis *analysis;
    struct pipeline_request request = {
        .language = language_find("json"), .text = text, .finish = true, .want_repairs = true};
    assert_int_equal(pipeline_run(world->pipeline, &request, &analysis, NULL), STATUS_OK);
    return analysis;
}

static const struct model *no_model(void *payload) {
    ++*(unsigned *)payload;
    return NULL;
}

static void some_results_are_not_kept(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    struct text *text;
    unsigned asked = 0;
    struct model_source unnamed = {no_model, &asked, 0}, none = {no_model, &asked, MODEL_IDENTITY_NONE},
                        broken = {no_model, &asked, 7};
    assert_int_equal(text_create("[1 2]", 5, &text), STATUS_OK);
    struct analysis *analysis = fresh(&world, text);
    struct cached_params params = {
        .cache = world.cache, .language = language_find("json"), .text = text, .max_repairs = 5};
    struct cached cached;
    struct cached_result result = {.analysis = analysis, .reach = CACHE_DISK};

    cached_init(&cached, &params);
    assert_true(cached.asks);
    const struct {
        bool *field, value;
    } marks[] = {{&analysis->hurried, true},
                 {&analysis->open, true},
                 {&analysis->cached, true},
                 {&analysis->repairs_done, false}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        *marks[i].field = marks[i].value;
        cached_keep(&cached, &result);
        *marks[i].field = !marks[i].value;
        assert_null(cached_find(&cached, CACHED_FRESH, CACHE_DISK));
    }
    /* Whose opinion it is cannot be said; or it was to be asked and was not there. */
    params.model_source = &unnamed;
    cached_init(&cached, &params);
    assert_false(cached.asks);
    cached_keep(&cached, &result);
    params.model_source = &broken;
    cached_init(&cached, &params);
    assert_true(cached.asks);
    cached_keep(&cached, &result);
    assert_int_equal(asked, 1);
    assert_null(cached_find(&cached, CACHED_FRESH, CACHE_DISK));
    params.model_source = &none;
    cached_init(&cached, &params);
    cached_keep(&cached, &result);
    assert_int_equal(asked, 1);
    struct analysis *found = cached_find(&cached, CACHED_FRESH, CACHE_DISK);
    assert_non_null(found);
    assert_true(found->cached);
    assert_int_equal(found->finding_count, 1);
    analysis_unref(found);
    /* Every other question is another. */
    params.max_repairs = 4;
    cached_init(&cached, &params);
    assert_null(cached_find(&cached, CACHED_FRESH, CACHE_DISK));
    params.max_repairs = 5;
    params.language = language_find("jsonc");
    cached_init(&cached, &params);
    assert_null(cached_find(&cached, CACHED_FRESH, CACHE_DISK));
    params.language = language_find("json");
    cached_init(&cached, &params);
    assert_null(cached_find(&cached, CACHED_FOLLOWED, CACHE_DISK));
    analysis_unref(analysis);
    text_unref(text);
    end(&world);
}

static void a_clean_text_is_one_result_however_many_repairs(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    struct text *text;
    assert_int_equal(text_create("[1, 2]", 6, &text), STATUS_OK);
    struct analysis *analysis = fresh(&world, text);
    struct cached_params params = {
        .cache = world.cache, .language = language_find("json"), .text = text, .max_repairs = 5};
    struct cached cached;
    cached_init(&cached, &params);
    cached_keep(&cached, &(struct cached_result){.analysis = analysis});
    params.max_repairs = 1;
    cached_init(&cached, &params);
    struct cache_counters before = cache_counters(world.cache);
    struct analysis *found = cached_find(&cached, CACHED_FRESH, CACHE_MEMORY);
    assert_non_null(found);
    analysis_unref(found);
    analysis_unref(analysis);
    text_unref(text);
    /* One with findings lies behind two keys and is one hit; what is nowhere is one miss, whichever way. */
    assert_int_equal(text_create("[1 2]", 5, &text), STATUS_OK);
    analysis = fresh(&world, text);
    params.text = text;
    cached_init(&cached, &params);
    assert_null(cached_find_followed(&cached));
    cached_keep(&cached, &(struct cached_result){.analysis = analysis, .way = CACHED_FOLLOWED});
    found = cached_find_followed(&cached);
    assert_non_null(found);
    struct cache_counters after = cache_counters(world.cache);
    assert_int_equal(after.hits[CACHE_MEMORY] - before.hits[CACHE_MEMORY], 2);
    assert_int_equal(after.misses - before.misses, 1);
    analysis_unref(found);
    analysis_unref(analysis);
    text_unref(text);
    end(&world);
}

/* Who kept the place of a result finds it without asking what is around; of another text, and where nothing
 * is, not. */
static void a_place_leads_to_the_result_of_its_text(void **unused) {
    (void)unused;
    struct world world;
    begin(&world);
    static const struct {
        const char *text;
        uint8_t keys;
    } cases[] = {{"[1, 2]", 1}, {"[1 2]", 2}};
    struct hash128 program, again;
    assert_true(cached_program(NULL, &program));
    assert_true(cached_program(NULL, &again));
    assert_memory_equal(&program, &again, sizeof program);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text *text;
        assert_int_equal(text_create(cases[i].text, strlen(cases[i].text), &text), STATUS_OK);
        struct analysis *analysis = fresh(&world, text);
        struct cached_params params = {
            .cache = world.cache, .language = language_find("json"), .text = text, .max_repairs = 5};
        struct cached cached;
        cached_init(&cached, &params);
        struct cached_known known = {.text = text_hash(text)};
        assert_null(cached_find_known(&cached, &known)); /* no keys */
        cached_keep(&cached, &(struct cached_result){.analysis = analysis, .place = &known.place});
        assert_int_equal(known.place.count, cases[i].keys);
        assert_false(known.place.around);
        struct analysis *found = cached_find_known(&cached, &known);
        assert_non_null(found);
        assert_true(found->cached);
        assert_int_equal(found->finding_count, analysis->finding_count);
        assert_memory_equal(&found->place, &known.place, sizeof known.place);
        analysis_unref(found);
        found = cached_find(&cached, CACHED_FRESH, CACHE_MEMORY);
        assert_memory_equal(&found->place, &known.place, sizeof known.place);
        analysis_unref(found);
        cached_use(world.cache, &known.place, "/p/a.json");
        known.text.low++;
        assert_null(cached_find_known(&cached, &known));
        known.text.low--;
        known.place.keys[known.place.count - 1].low++;
        assert_null(cached_find_known(&cached, &known));
        known.place.count = RESULT_KEYS_MAX + 1;
        assert_null(cached_find_known(&cached, &known));
        analysis_unref(analysis);
        text_unref(text);
    }
    end(&world);
}

static void the_program_has_a_name(void **unused) {
    (void)unused;
    struct hash128 one = {0}, two = {0};
    assert_true(engine_id(&one));
    assert_true(engine_id(&two));
    assert_memory_equal(&one, &two, sizeof one);
    assert_true(one.low || one.high);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_dependents_are_made_anew),
        cmocka_unit_test(open_headers_count_before_their_files),
        cmocka_unit_test(exactly_the_importers_are_made_anew),
        cmocka_unit_test(what_was_not_looked_at_is_not_known),
        cmocka_unit_test(what_imports_nothing_is_shared),
        cmocka_unit_test(some_results_are_not_kept),
        cmocka_unit_test(a_clean_text_is_one_result_however_many_repairs),
        cmocka_unit_test(a_place_leads_to_the_result_of_its_text),
        cmocka_unit_test(the_program_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
