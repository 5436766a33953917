/* compute/room.h: rooms are aligned, zeroed and apart from each other, by themselves and on a shelf, outlive
 * their shelf, and are refused as other memory is. */
#include "compute/room.h"

#include "base/mem.h"
#include "base/thread.h"
#include "compute/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROOMS   40
#define THREADS 4

static size_t size_of(size_t number) {
    static const size_t sizes[] = {1, 63, 64, 4096, 32767, 32768, 32769, 100000, 1 << 20, 3 << 20};
    return sizes[number % (sizeof sizes / sizeof *sizes)];
}

static void assert_all(const unsigned char *room, size_t size, unsigned char wanted) {
    assert_int_equal(room[0], wanted);
    assert_memory_equal(room, room + 1, size - 1); /* all bytes are as the first is */
}

static void fill(struct room_shelf *shelf, unsigned char **rooms) {
    for (size_t i = 0; i < ROOMS; i++) {
        rooms[i] = room_try_alloc(shelf, size_of(i));
        assert_non_null(rooms[i]);
        assert_int_equal((uintptr_t)rooms[i] % KERNEL_ALIGNMENT, 0);
        assert_all(rooms[i], size_of(i), 0);
        memset(rooms[i], (int)i + 1, size_of(i));
    }
    for (size_t i = 0; i < ROOMS; i++)
        assert_all(rooms[i], size_of(i), (unsigned char)(i + 1));
}

static void rooms_are_apart(void **state) {
    (void)state;
    unsigned char *rooms[ROOMS];
    fill(NULL, rooms);
    for (size_t i = 0; i < ROOMS; i++)
        room_free(rooms[i]);
    room_free(NULL);
}

static void rooms_outlive_their_shelf(void **state) {
    (void)state;
    unsigned char *rooms[ROOMS];
    struct room_shelf *shelf = room_shelf_create();
    fill(shelf, rooms);
    for (size_t i = 0; i < ROOMS; i += 2)
        room_free(rooms[i]);
    room_shelf_destroy(shelf);
    for (size_t i = 1; i < ROOMS; i += 2) {
        assert_all(rooms[i], size_of(i), (unsigned char)(i + 1));
        room_free(rooms[i]);
    }
    room_shelf_destroy(NULL);
}

static void take_and_give(void *payload) {
    unsigned char *rooms[ROOMS];
    fill(payload, rooms);
    for (size_t i = 0; i < ROOMS; i++)
        room_free(rooms[i]);
}

static void threads_share_a_shelf(void **state) {
    (void)state;
    struct room_shelf *shelf = room_shelf_create();
    struct thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = thread_create(take_and_give, shelf);
    for (int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
    room_shelf_destroy(shelf);
}

static void too_much_is_refused(void **state) {
    (void)state;
    struct room_shelf *shelf = room_shelf_create();
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - KERNEL_ALIGNMENT};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_null(room_try_alloc(shelf, sizes[i]));
        assert_null(room_try_alloc(NULL, sizes[i]));
    }
    assert_null(room_try_alloc(shelf, SIZE_MAX / 2 + 1));
    assert_null(room_try_alloc(shelf, SIZE_MAX / 4)); /* more than an address space has */
    mem_set_try_limit(50000);
    assert_null(room_try_alloc(shelf, 50000));
    assert_null(room_try_alloc(NULL, 50000));
    unsigned char *room = room_try_alloc(shelf, 49999);
    mem_set_try_limit(0);
    assert_non_null(room);
    room_free(room);
    room_shelf_destroy(shelf);
}

static void any_memory_can_be_expected(void **state) {
    (void)state;
    static const unsigned char bytes[100000] = {7};
    room_expect_reads(bytes, 0);
    room_expect_reads(bytes + 1, sizeof bytes - 1);
    room_expect_reads(NULL, sizeof bytes); /* nothing is there, and nothing happens */
    assert_int_equal(bytes[0], 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_are_apart),
        cmocka_unit_test(rooms_outlive_their_shelf),
        cmocka_unit_test(threads_share_a_shelf),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(any_memory_can_be_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
