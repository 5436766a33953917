/* A frontier gives the lowest priority first, a tally counts by key however many keys there are. */
#include "analysis/frontier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_lowest_comes_first(void **unused) {
    (void)unused;
    struct frontier frontier = {0};
    uint32_t random = 12345;
    float priorities[500];
    for (uint32_t i = 0; i < 500; i++) {
        random = random * 1664525u + 1013904223u;
        priorities[i] = (float)(random >> 20);
        frontier_push(&frontier, i, priorities[i]);
    }
    float last = -1;
    for (uint32_t i = 0; i < 500; i++) {
        float priority = priorities[frontier_pop(&frontier)];
        assert_true(priority >= last);
        last = priority;
    }
    assert_int_equal(frontier.count, 0);
    frontier_finish(&frontier);
}

static void counts_by_key(void **unused) {
    (void)unused;
    struct tally tally;
    tally_init(&tally);
    for (uint64_t round = 1; round <= 2; round++)
        for (uint64_t key = 1; key <= 20000; key++)
            assert_int_equal(++*tally_of(&tally, key << 32 | 7), round);
    tally_clear(&tally);
    assert_int_equal(*tally_of(&tally, (uint64_t)1 << 32 | 7), 0);
    tally_finish(&tally);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_lowest_comes_first),
                                       cmocka_unit_test(counts_by_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
