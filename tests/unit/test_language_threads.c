/* Facts of a language that several threads ask for first at the same time are made once for all of them. */
#include "analysis/language.h"
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define THREADS       4
#define LANGUAGES_MAX 32

struct asker {
    const struct language_facts *facts[LANGUAGES_MAX];
};

static void ask(void *payload) {
    struct asker *asker = payload;
    for (size_t i = 0; language_at(i); i++)
        asker->facts[i] = language_facts(language_at(i));
}

static void all_threads_see_the_same_facts(void **state) {
    (void)state;
    struct asker askers[THREADS] = {0};
    struct pool *pool = pool_create(THREADS);
    for (size_t i = 0; i < THREADS; i++)
        pool_submit(pool, ask, &askers[i]);
    pool_wait_idle(pool);
    pool_destroy(pool);
    for (size_t i = 0; language_at(i); i++) {
        assert_in_range(i, 0, LANGUAGES_MAX - 1);
        for (size_t j = 0; j < THREADS; j++)
            assert_ptr_equal(askers[j].facts[i], language_facts(language_at(i)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_threads_see_the_same_facts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
