/* base/mem.h and base/vec.h: what allocation promises, and what is refused. */
#include "base/mem.h"
#include "base/vec.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int lift_limit(void **state) {
    (void)state;
    mem_set_try_limit(0);
    return 0;
}

static void test_zero_bytes_are_an_allocation(void **state) {
    (void)state;
    void *first = mem_alloc(0), *second = mem_try_alloc(0);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    first = mem_realloc(first, 0);
    assert_non_null(first);
    mem_free(first);
    mem_free(second);
    mem_free(NULL);
}

static void test_zalloc_is_zero(void **state) {
    (void)state;
    for (size_t size = 1; size < 4096; size = size * 3 + 1) {
        unsigned char *bytes = mem_zalloc(size);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xAB, size);
        mem_free(bytes);
    }
}

static void test_copies_are_terminated(void **state) {
    (void)state;
    char *copy = mem_strndup("noodle", 4);
    assert_string_equal(copy, "nood");
    mem_free(copy);
    copy = mem_strndup(NULL, 0);
    assert_string_equal(copy, "");
    mem_free(copy);
    copy = mem_strdup("soup");
    assert_string_equal(copy, "soup");
    mem_free(copy);
}

static void test_try_limit_refuses_from_its_size_on(void **state) {
    (void)state;
    mem_set_try_limit(1000);
    assert_null(mem_try_alloc(1000));
    assert_null(mem_try_alloc(SIZE_MAX));
    char *bytes = mem_try_alloc(999);
    assert_non_null(bytes);
    memset(bytes, 'n', 999);
    assert_null(mem_try_realloc(bytes, 1000));
    assert_int_equal(bytes[998], 'n'); /* refused, and still ours */
    mem_set_try_limit(0);
    bytes = mem_try_realloc(bytes, 1000);
    assert_non_null(bytes);
    assert_int_equal(bytes[998], 'n');
    mem_free(bytes);
}

static void test_the_limit_leaves_other_allocations_alone(void **state) {
    (void)state;
    mem_set_try_limit(1);
    void *bytes = mem_alloc(4096);
    bytes = mem_realloc(bytes, 8192);
    mem_free(bytes);
    assert_null(mem_try_alloc(1));
}

static void test_running_out_aborts_with_a_line(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        mem_strndup("x", SIZE_MAX);
        _exit(0);
    }
    close(ends[1]);
    char line[200] = "";
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(line, "noodle-lsp: out of memory"));
}

static void test_vec_keeps_what_was_pushed(void **state) {
    (void)state;
    struct {
        VEC_FIELDS(struct {
            int number;
            char letter;
        });
    } vec = {0};
    for (int i = 0; i < 10000; i++) {
        vec_reserve(&vec, vec.count + 1);
        vec.items[vec.count].number = i;
        vec.items[vec.count++].letter = (char)('a' + i % 26);
    }
    assert_int_equal(vec.count, 10000);
    assert_true(vec.capacity >= vec.count && vec.capacity <= 2 * vec.count);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(vec.items[i].number, i);
        assert_int_equal(vec.items[i].letter, 'a' + i % 26);
    }
    vec_clear(&vec);
    assert_int_equal(vec.count, 0);
    vec_finish(&vec);
    assert_null(vec.items);
    assert_int_equal(vec.capacity, 0);
}

static void test_vec_reserve_can_jump(void **state) {
    (void)state;
    struct {
        VEC_FIELDS(int);
    } vec = {0};
    vec_push(&vec, 1);
    vec_reserve(&vec, 1000);
    assert_true(vec.capacity >= 1000);
    assert_int_equal(vec.items[0], 1);
    vec_finish(&vec);
    vec_finish(&vec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_bytes_are_an_allocation),
        cmocka_unit_test(test_zalloc_is_zero),
        cmocka_unit_test(test_copies_are_terminated),
        cmocka_unit_test_teardown(test_try_limit_refuses_from_its_size_on, lift_limit),
        cmocka_unit_test_teardown(test_the_limit_leaves_other_allocations_alone, lift_limit),
        cmocka_unit_test(test_running_out_aborts_with_a_line),
        cmocka_unit_test(test_vec_keeps_what_was_pushed),
        cmocka_unit_test(test_vec_reserve_can_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
