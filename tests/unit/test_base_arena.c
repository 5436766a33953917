/* base/arena.h: alignment, separate memory for each request, reset that keeps one block. */
#include "base/arena.h"

#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_every_size_is_aligned_and_apart(void **state) {
    (void)state;
    enum { COUNT = 3000 };
    struct arena arena;
    arena_init(&arena);
    unsigned char **parts = mem_alloc(COUNT * sizeof *parts);
    for (size_t size = 0; size < COUNT; size++) {
        parts[size] = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)parts[size] % _Alignof(max_align_t), 0);
        memset(parts[size], (int)(size % 251), size);
    }
    /* Had two overlapped, the later would have overwritten the earlier. */
    for (size_t size = 0; size < COUNT; size++) {
        for (size_t i = 0; i < size; i++)
            assert_int_equal(parts[size][i], size % 251);
    }
    assert_ptr_not_equal(parts[0], parts[1]);
    mem_free(parts);
    arena_finish(&arena);
}

static void test_large_requests_leave_the_current_block_in_use(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *before = arena_alloc(&arena, 16);
    char *large = arena_alloc(&arena, 3 << 20);
    char *after = arena_alloc(&arena, 16);
    memset(large, 1, 3 << 20);
    assert_true(after > before && after - before < 256);
    arena_finish(&arena);
}

static void test_reset_keeps_the_first_block_alone(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *first = arena_alloc(&arena, 100);
    size_t small_bytes = arena.total_bytes;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            memset(arena_alloc(&arena, 1000), i, 1000);
        arena_alloc(&arena, 5 << 20);
        assert_true(arena.total_bytes > (size_t)5 << 20);
        arena_reset(&arena);
        assert_int_equal(arena.total_bytes, small_bytes);
        assert_ptr_equal(arena_alloc(&arena, 100), first);
    }
    arena_finish(&arena);
    assert_int_equal(arena.total_bytes, 0);
}

static void test_finish_and_reset_of_an_empty_arena(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_reset(&arena);
    arena_finish(&arena);
    arena_finish(&arena);
    assert_int_equal(arena.total_bytes, 0);
    char *again = arena_alloc(&arena, 1); /* a finished arena may be used again */
    assert_non_null(again);
    arena_finish(&arena);
}

static void test_zalloc_is_zero_in_used_memory(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    memset(arena_alloc(&arena, 4000), 0xFF, 4000);
    arena_reset(&arena);
    unsigned char *bytes = arena_zalloc(&arena, 4000);
    for (size_t i = 0; i < 4000; i++)
        assert_int_equal(bytes[i], 0);
    arena_finish(&arena);
}

static void test_texts(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *copy = arena_strndup(&arena, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(arena_strndup(&arena, NULL, 0), "");
    assert_string_equal(arena_printf(&arena, "%d %s", 12, "noodles"), "12 noodles");
    char *wide = arena_printf(&arena, "%*d", 20000, 5);
    assert_int_equal(strlen(wide), 20000);
    assert_int_equal(wide[19999], '5');
    arena_finish(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size_is_aligned_and_apart),
        cmocka_unit_test(test_large_requests_leave_the_current_block_in_use),
        cmocka_unit_test(test_reset_keeps_the_first_block_alone),
        cmocka_unit_test(test_finish_and_reset_of_an_empty_arena),
        cmocka_unit_test(test_zalloc_is_zero_in_used_memory),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
