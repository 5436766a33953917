/* One cache of names, many threads: documents are opened, changed and closed while others look at what they
 * define, and files are touched and refreshed. Who is told of a version is told all of it. Under
 * ThreadSanitizer this is the test of the lock. */
#include "analysis/name_cache.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/thread.h"
#include "tests/support/fake_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LOOKERS 3
#define PATHS   40
#define ROUNDS  4
#define DEFINED 400 /* names of a text, so that it takes a while to find them */

struct shared {
    struct fake_files files;
    struct name_cache *cache;
    struct text *texts[2];
    atomic_uint held, wrong; /* held: how many documents were opened so far */
};

static void path_of(char path[32], unsigned number) {
    snprintf(path, 32, "/p/%u.py", number % PATHS);
}

static void look_at_all(void *payload) {
    struct shared *shared = payload;
    uint64_t f = name_hash("f", 1);
    for (unsigned i = 0; i < PATHS * ROUNDS; i++) {
        char path[32];
        path_of(path, i);
        while (atomic_load(&shared->held) <= i)
            thread_yield();
        struct name_look look = name_cache_look(shared->cache, path);
        bool old = look.version != name_cache_version(shared->cache, look.number);
        if (look.facts ? !name_facts_have(look.facts, f) : !old) atomic_fetch_add(&shared->wrong, 1);
        name_facts_unref(look.facts);
    }
}

static void open_and_close(void *payload) {
    struct shared *shared = payload;
    const struct language *python = language_find("python");
    for (unsigned i = 0; i < PATHS * ROUNDS; i++) {
        char path[32];
        path_of(path, i);
        name_cache_hold(shared->cache, path, python, shared->texts[0]);
        atomic_store(&shared->held, i + 1);
        for (unsigned wait = i % PATHS * 10; wait;
             wait--) /* closed at another moment of the look each time */
            thread_yield();
        struct text *last = shared->texts[i % 3 == 0];
        if (i % 3 == 0) name_cache_hold(shared->cache, path, python, last);
        name_cache_release(shared->cache, path, last);
        if (i % 5 == 0) name_cache_touch(shared->cache, path);
        if (i % 20 == 0) name_cache_refresh(shared->cache, NULL);
    }
}

static void one_cache_serves_all(void **state) {
    (void)state;
    struct shared shared = {0};
    struct str text;
    str_init(&text);
    str_adds(&text, "def f():\n    pass\n");
    for (unsigned i = 0; i < PATHS; i++) {
        char path[32];
        path_of(path, i);
        fake_files_set(&shared.files, path, text.bytes);
    }
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned i = 0; i < DEFINED; i++)
            str_addf(&text, "def f%u_%u(x):\n    return x\n", kind, i);
        assert_int_equal(text_create(text.bytes, text.length, &shared.texts[kind]), STATUS_OK);
    }
    struct source_reader reader = fake_files_reader(&shared.files);
    shared.cache = name_cache_create(&reader, true);
    struct pool *pool = pool_create(LOOKERS + 1);
    for (int i = 0; i < LOOKERS; i++)
        pool_submit(pool, look_at_all, &shared);
    pool_submit(pool, open_and_close, &shared);
    pool_destroy(pool);
    assert_int_equal(atomic_load(&shared.wrong), 0);
    name_cache_destroy(shared.cache);
    text_unref(shared.texts[0]);
    text_unref(shared.texts[1]);
    str_finish(&text);
    fake_files_finish(&shared.files);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_cache_serves_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
