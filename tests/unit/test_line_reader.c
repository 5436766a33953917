/* Lines from a pipe: long ones, glued ones, a last one without an end. */
#include "base/mem.h"
#include "cli/line_reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void put(int fd, const char *bytes, size_t length) {
    assert_int_equal(write(fd, bytes, length), length);
}

static void check_next(struct line_reader *reader, const char *expected, size_t expected_length) {
    char *bytes;
    size_t length;
    assert_int_equal(line_reader_next(reader, &bytes, &length), STATUS_OK);
    assert_int_equal(length, expected_length);
    assert_memory_equal(bytes, expected, expected_length + 1); /* with a NUL behind */
    mem_free(bytes);
}

static void test_lines(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct line_reader reader;
    line_reader_init(&reader, ends[0], 5, NULL);
    assert_false(line_reader_ready(&reader));
    put(ends[1], "one\n\nt\0o\nha", 11);
    assert_true(line_reader_ready(&reader));
    check_next(&reader, "one", 3);
    check_next(&reader, "", 0);
    check_next(&reader, "t\0o", 3);
    assert_false(line_reader_ready(&reader)); /* half a line */
    put(ends[1], "lf\n12345\n123456\nlast", 20);
    check_next(&reader, "half", 4);
    check_next(&reader, "12345", 5);
    char *bytes;
    size_t length;
    assert_int_equal(line_reader_next(&reader, &bytes, &length), STATUS_TOO_LARGE);
    assert_false(line_reader_ready(&reader));
    close(ends[1]);
    assert_true(line_reader_ready(&reader));
    check_next(&reader, "last", 4);
    assert_false(line_reader_ready(&reader));
    assert_int_equal(line_reader_next(&reader, &bytes, &length), STATUS_CLOSED);
    line_reader_finish(&reader);
    close(ends[0]);
}

/* Lines that need several reads, through a file, so that nothing waits. */
static void test_long_lines(void **state) {
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    size_t sizes[] = {200000, 3000000, 10, 3000001, 70000};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < sizes[i]; j++)
            putc('a' + (int)i, file);
        putc('\n', file);
    }
    assert_int_equal(fflush(file), 0);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    struct line_reader reader;
    line_reader_init(&reader, fileno(file), 3000000, NULL);
    for (size_t i = 0; i < 5; i++) {
        char *bytes;
        size_t length;
        enum status status = line_reader_next(&reader, &bytes, &length);
        assert_int_equal(status, i == 3 ? STATUS_TOO_LARGE : STATUS_OK);
        if (status) continue;
        assert_int_equal(length, sizes[i]);
        assert_int_equal(bytes[0], 'a' + i);
        assert_int_equal(bytes[length - 1], 'a' + i);
        mem_free(bytes);
    }
    line_reader_finish(&reader);
    fclose(file);
}

static void test_memory_refused(void **state) {
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    for (size_t j = 0; j < 300000; j++)
        putc('a', file);
    assert_int_equal(fflush(file), 0);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    struct line_reader reader;
    line_reader_init(&reader, fileno(file), 3000000, NULL);
    mem_set_try_limit(200000);
    char *bytes;
    size_t length;
    assert_int_equal(line_reader_next(&reader, &bytes, &length), STATUS_NO_MEMORY);
    mem_set_try_limit(0);
    line_reader_finish(&reader);
    fclose(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_memory_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
